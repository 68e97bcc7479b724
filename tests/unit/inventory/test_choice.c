/* Hosts out of a report: which rows hold, in each format a report is kept in; what is refused. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "inventory/choice.h"
#include "tests/unit/inventory/files.h"
#include "tests/unit/unit.h"

static const char fleet[] = "[web]\nweb[01:04]\n[db]\ndb1\ndb2\n";

static const char csv[] = "host,status,version,failing_checks,stale,count,nothing\r\n"
			  "web01,outdated,2.0.9070.0,mars.version;os.clock,no,5,\r\n"
			  "web02,compliant,2.0.9938.0,,yes,10,\r\n"
			  "WEB03,at-risk,2.0.10000.0,os.dotnet,no,,\r\n"
			  "db1,outdated,,mars.version,no,7,\r\n";
static const char excel[] = "\xEF\xBB\xBFhost;status\r\nweb01;outdated\r\nweb02;'+1+1\r\n";
static const char json[] = "{\"report\": \"compliance\", \"version\": 1,\n \"rows\": [\n"
			   "{\"host\": \"web01\", \"checks\": [\"a\", \"b\"], \"stale\": true, "
			   "\"n\": 3},\n"
			   "{\"host\": \"db1\", \"checks\": [], \"stale\": null, \"n\": null}]}\n";
static const char jsonl[] = "{\"host\": \"web01\", \"stale\": true}\n\n"
			    "{\"host\": \"db1\", \"stale\": false}\n";
static const char folded[] = "fault,hosts\nrefused,\"web[01-02,04],db1\"\nno-answer,web03\n";
static const char many[] = "host\na\nb\nc\nd\ne\nf\ng\nh\ni\n";
static const char left[] = "host,status\nweb01,ok\nweb98,ok\nweb99,ok\nold,bad\n";

static const struct {
	const char *label, *report, *pattern, *where[2], *want;
} cases[] = {
	{ "all rows", csv, NULL, { NULL }, "db1 web01 web02 web03" },
	{ "one word", csv, NULL, { "status=outdated" }, "db1 web01" },
	{ "several words", csv, NULL, { "status=compliant,at-risk" }, "web02 web03" },
	{ "any letter case", csv, NULL, { "status=OUTDATED" }, "db1 web01" },
	{ "another word", csv, NULL, { "status!=outdated,at-risk" }, "web02" },
	{ "a word of a list", csv, NULL, { "failing_checks=os.clock" }, "web01" },
	{ "no word of a list", csv, NULL, { "failing_checks!=mars.version" }, "web02 web03" },
	{ "a part of a word is none", csv, NULL, { "status=out" },
	  "error: no row has status 'out' (there are: outdated, compliant, at-risk)" },
	{ "nor a misspelt one", csv, NULL, { "status=outdatd,behnd" },
	  "error: no row has status 'outdatd,behnd' (there are: outdated, compliant, at-risk)" },
	{ "the words of lists", csv, NULL, { "count>1", "failing_checks=x" },
	  "error: no row has failing_checks 'x' (there are: mars.version, os.clock, os.dotnet)" },
	{ "eight words are enough", many, NULL, { "host=web9" },
	  "error: no row has host 'web9' (there are: a, b, c, d, e, f, g, h, ...)" },
	{ "no words at all", csv, NULL, { "nothing=x" },
	  "error: no row has nothing 'x' (all are empty)" },
	{ "each has rows, both have none", csv, NULL, { "status=compliant", "stale=no" },
	  "error: no row of it is so" },
	{ "both in one", csv, NULL, { "status=outdated and version<2.0.9938.0" }, "web01" },
	{ "in any letter case, with blanks", csv, NULL, { "status=outdated   AND  version=" }, "db1" },
	{ "three of them", csv, NULL, { "stale=no and count<8 and count>5", "host!=web01" }, "db1" },
	{ "none behind it", csv, NULL, { "status=outdated and " },
	  "error: --where '': status=outdated,at-risk" },
	{ "a misspelt column", csv, NULL, { "stale=no and statsu=outdated" },
	  "error: the report has no column 'statsu': did you mean 'status'?" },
	{ "a condition in a word", csv, NULL, { "status=outdated,stale=no" },
	  "error: --where 'status=outdated,stale=no': '=' inside a word" },
	{ "a comparison in one", csv, NULL, { "status=outdated,count>5" },
	  "error: --where 'status=outdated,count>5': '>' inside a word" },
	{ "two signs", csv, NULL, { "status==outdated" },
	  "error: --where 'status==outdated': '='" },
	{ "an empty cell", csv, NULL, { "failing_checks=" }, "web02" },
	{ "one that is not", csv, NULL, { "failing_checks!=" }, "db1 web01 web03" },
	{ "a version below", csv, NULL, { "version<2.0.9938.0" }, "web01" },
	{ "or equal", csv, NULL, { "version<=2.0.9938.0" }, "web01 web02" },
	{ "above", csv, NULL, { "version>2.0.9938" }, "web03" },
	{ "or equal", csv, NULL, { "version>=2.0.9938.0" }, "web02 web03" },
	{ "numbers", csv, NULL, { "count>5" }, "db1 web02" },
	{ "two conditions", csv, NULL, { "status=outdated", "version=" }, "db1" },
	{ "patterns as well", csv, "web", { "status=outdated" }, "web01" },
	{ "patterns that leave none", csv, "db2", { NULL },
	  "error: the patterns leave no host of the report" },
	{ "a German Excel", excel, NULL, { NULL }, "web01 web02" },
	{ "its apostrophe", excel, NULL, { "status=+1+1" }, "web02" },
	{ "JSON", json, NULL, { "checks=b" }, "web01" },
	{ "yes and no", json, NULL, { "stale=yes" }, "web01" },
	{ "null", json, NULL, { "n=" }, "db1" },
	{ "JSON lines", jsonl, NULL, { "stale=no" }, "db1" },
	{ "ranges", folded, NULL, { "fault=refused" }, "db1 web01 web02 web04" },
	{ "hosts that left", left, NULL, { NULL },
	  "error: 3 of its hosts are not in the inventory: old,web[98-99]" },
	{ "not asked for", left, NULL, { "host!=web98,web99,old" }, "web01" },
	{ "no such column", csv, NULL, { "statsu=outdated" },
	  "error: the report has no column 'statsu': did you mean 'status'?" },
	{ "no condition", csv, NULL, { "outdated" }, "error: --where 'outdated': " },
	{ "nothing before it", csv, NULL, { "=x" }, "error: --where '=x': " },
	{ "a report of no hosts", "day,hostz\n1,2\n", NULL, { NULL },
	  "error: the report names no hosts" },
	{ "no rows", "host\n", NULL, { NULL }, "error: it has no rows" },
	{ "a broken line", "host,b\nweb01\n", NULL, { NULL }, "error: line 2: 1 fields" },
	{ "broken JSON", "{\"host\": \n", NULL, { NULL }, "error: " },
	{ "no report", "{\"a\":\n 1}", NULL, { NULL }, "error: it is no report" },
	{ "JSON without rows", "{\"rows\": 1}", NULL, { NULL }, "error: it is no report" },
	{ "a row that is none", "{\"rows\": [1]}", NULL, { NULL }, "error: row 1 is no object" },
	{ "no range", "hosts\nweb[01-\n", NULL, { NULL }, "error: row 2: 'web[01-' is no range" },
	{ "a range too wide", "hosts\nweb[1-900000000]\n", NULL, { NULL },
	  "error: row 2: 'web[1:9" },
};

/* "web01 web02", or "error: ..." without the path of the report. Yours. */
static char *choose(const char *pattern, const struct choice *choice)
{
	struct inventory *inv = load_text("f.ini", fleet);
	struct selection s;
	struct buf text;
	struct err err;
	size_t path = strlen(choice->from ? choice->from : "") + 2;

	buf_init(&text, 4096);
	if (inventory_choose(inv,
			     &(struct wish){ (char *[]){ (char *)pattern }, pattern ? 1 : 0, choice,
					     "/nowhere/marshal.db" },
			     &s, &err) < 0) {
		bool named = choice->from && strstr(err.msg, choice->from) == err.msg;

		buf_addf(&text, "error: %s", err.msg + (named ? path : 0));
	} else {
		for (int i = 0; i < s.count; i++)
			buf_addf(&text, "%s%s", i ? " " : "", s.host[i]->name);
		selection_release(&s);
	}
	inventory_free(inv);
	return buf_take(&text);
}

START_TEST(rows_choose_hosts)
{
	const char *folder = unit_folder();
	AUTO_FREE char *path = xasprintf("%s/report", folder);
	struct choice choice = { .from = path,
				 .where = { .item = (const char **)cases[_i].where } };

	while (choice.where.count < 2 && cases[_i].where[choice.where.count])
		choice.where.count++;
	put_file(folder, "report", cases[_i].report);
	AUTO_FREE char *got = choose(cases[_i].pattern, &choice);
	bool error = strncmp(cases[_i].want, "error", 5) == 0;
	int differs = error ? strncmp(got, cases[_i].want, strlen(cases[_i].want)) :
			      strcmp(got, cases[_i].want);

	ck_assert_msg(differs == 0, "%s: %s", cases[_i].label, got);
}
END_TEST

UNIT_SUITE(choice)
{
	Suite *s = suite_create("choice");
	TCase *tc = tcase_create("choice");

	tcase_add_loop_test(tc, rows_choose_hosts, 0, ARRAY_LEN(cases));
	suite_add_tcase(s, tc);
	return s;
}
