/* Reports over the whole fleet - checks, faults, versions, history - from a store. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "reports/dossier.h"
#include "reports/model.h"
#include "scanner/judge.h"
#include "tests/unit/store/fixture.h"

#define NOW (1000 * DAY_MS + 5 * HOUR_MS)

/* What one look found. */
struct found {
	const char *host, *status, *version, *fault, *text;
	const char *check, *verdict;
	int64_t utc_ms;
};

static void put_look(struct store *s, const struct found *f)
{
	struct store_finding finding = { f->check, f->verdict, "so it is", NULL, false };
	struct tx *tx = tx_new();

	tx_look(tx, &(struct store_look){
			    .host = f->host,
			    .source = "scan",
			    .utc_ms = f->utc_ms,
			    .fault = f->fault,
			    .fault_text = f->text,
			    /* one cause has advice of its own */
			    .fault_hint = f->fault && strcmp(f->fault, "no-answer") == 0 ?
						  "look at the cable" :
						  NULL,
			    .finding = &finding,
			    .finding_count = f->check ? 1 : 0,
			    .status = f->status,
			    .version = f->version,
		    });
	must_run(s, tx);
}

/* The inventory from a time on; w7 is to be skipped. */
static void put_fleet(struct store *s, const char *const *name, size_t count, int64_t utc_ms)
{
	struct store_host host[8] = { 0 };
	struct tx *tx = tx_new();

	for (size_t i = 0; i < count; i++)
		host[i] = (struct store_host){ .name = name[i],
					       .address = "10.0.0.1",
					       .owner = "",
					       .site = "",
					       .vault = "",
					       .cloud = "public",
					       .mars = "required",
					       .skip = strcmp(name[i], "w7") == 0 };
	tx_inventory(tx, host, (int)count, utc_ms);
	must_run(s, tx);
}

/* w1 and w2 outdated, w3 good, w4 and w5 unreachable for one cause, w6 for another, w7 skipped. */
static struct store *fleet(void)
{
	static const char *const name[] = { "w1", "w2", "w3", "w4", "w5", "w6", "w7" };
	static const struct found found[] = {
		{ "w1", "outdated", "2.0.9070.0", NULL, NULL, "mars.version", "fail",
		  NOW - 9 * DAY_MS },
		{ "w2", "outdated", "2.0.9070.0", NULL, NULL, "mars.version", "fail",
		  NOW - 9 * DAY_MS },
		{ "w3", "compliant", "2.0.9938.0", NULL, NULL, "mars.version", "pass",
		  NOW - DAY_MS },
		{ "w4", "behind", "2.0.9262.0", NULL, NULL, "mars.version", "pass",
		  NOW - 3 * DAY_MS },
		{ "w4", NULL, NULL, "refused", "w4: connect: 10.0.0.1: refused", NULL, NULL, NOW },
		{ "w5", NULL, NULL, "refused", "w5: connect: 10.0.0.1: refused", NULL, NULL, NOW },
		{ "w6", NULL, NULL, "no-answer", "w6: silence", NULL, NULL, NOW },
		{ "w7", "outdated", "2.0.1.0", "refused", "w7: no", "mars.version", "fail", NOW },
	};
	struct store *s = open_at(temp_path());

	put_fleet(s, name, ARRAY_LEN(name), NOW - 9 * DAY_MS);
	for (size_t i = 0; i < ARRAY_LEN(found); i++)
		put_look(s, &found[i]);
	return s;
}

typedef struct report *maker(struct store *s, const struct report_options *o, struct err *err);

static struct report *made(maker *make, struct store *s, char *const *only, int count)
{
	struct policies *policies = policies_default();
	struct report_options options = {
		.now_utc_ms = NOW, .policies = policies, .host = only, .host_count = count
	};
	struct err err;
	struct report *r;

	policies_set_target(policies, (struct version){ { 2, 0, 9900, 0 } }, false, "test");
	r = make(s, &options, &err);
	policies_free(policies);
	ck_assert_msg(r != NULL, "%s", err.msg);
	/* cppcheck-suppress returnDanglingLifetime ; a report keeps nothing of its options */
	return r;
}

/* Some columns of all rows: "a|b\nc|d\n". In a static buffer. */
static const char *rows_of(const struct report *r, const int *column, int count)
{
	static char text[8192];
	size_t len = 0;

	text[0] = '\0';
	for (int row = 0; row < r->row_count; row++) {
		for (int i = 0; i < count; i++) {
			const struct cell *cell = report_cell(r, row, column[i]);
			char number[32] = "-";

			if (cell->known)
				snprintf(number, sizeof(number), "%lld", (long long)cell->number);
			len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s",
						i ? "|" : "", cell->text ? cell->text : number);
		}
		len += (size_t)snprintf(text + len, sizeof(text) - len, "\n");
	}
	return text;
}
#define ROWS(r, ...) rows_of(r, (const int[]){ __VA_ARGS__ }, \
			     sizeof((const int[]){ __VA_ARGS__ }) / sizeof(int))

START_TEST(versions_are_counted_newest_first)
{
	struct store *s = fleet();
	struct report *r = made(report_versions, s, NULL, -1);
	char *only[] = { "w3", "w4" };

	ck_assert_str_eq(ROWS(r, VERSIONS_VERSION, VERSIONS_COUNT_OF, VERSIONS_SHARE,
			      VERSIONS_STATE, VERSIONS_HOSTS),
			 "2.0.9938.0|1|250|ok|w3\n2.0.9262.0|1|250|behind|w4\n"
			 "2.0.9070.0|2|500|outdated|w[1-2]\nunknown|2|-|-|w[5-6]\n");
	report_free(r);
	r = made(report_versions, s, only, 2);
	ck_assert_str_eq(ROWS(r, VERSIONS_COUNT_OF, VERSIONS_SHARE), "1|500\n1|500\n");
	report_free(r);
	store_close(s);
}
END_TEST

static struct report *diff_of_the_last_step(struct store *s, const struct report_options *o,
					    struct err *err)
{
	return report_diff(s, NOW + 2, NOW + 3, o, err);
}

/* An agent that is there and has no version is one, and outdated; no agent is none. */
START_TEST(a_version_that_cannot_be_read_is_told_in_one_way)
{
	static const char *const name[] = { "w1", "w2", "w3" };
	static const struct found found[] = {
		{ "w1", "outdated", "", NULL, NULL, "mars.installed", "pass", NOW },
		{ "w2", "not-installed", "", NULL, NULL, "mars.installed", "fail", NOW },
		{ "w3", "compliant", "2.0.9938.0", NULL, NULL, "mars.version", "pass", NOW },
		{ "w1", "not-installed", "", NULL, NULL, "mars.installed", "fail", NOW + 1 },
		{ "w1", "behind", "2.0.9200.0", NULL, NULL, "mars.installed", "pass", NOW + 2 },
		{ "w1", "outdated", "", NULL, NULL, "mars.installed", "pass", NOW + 3 },
	};
	struct store *s = temp_store();
	struct dossier d = { .policies = policies_default(), .now_utc_ms = NOW };
	char text[8000] = "";
	AUTO_FCLOSE FILE *f = fmemopen(text, sizeof(text), "w");
	struct report *r;
	json_t *json;
	struct err err;

	put_fleet(s, name, ARRAY_LEN(name), NOW - DAY_MS);
	for (size_t i = 0; i < ARRAY_LEN(found); i++)
		put_look(s, &found[i]);
	r = made(report_versions, s, NULL, -1);
	ck_assert_str_eq(ROWS(r, VERSIONS_VERSION, VERSIONS_COUNT_OF, VERSIONS_SHARE,
			      VERSIONS_STATE, VERSIONS_HOSTS),
			 "2.0.9938.0|1|500|ok|w3\nunreadable|1|500|outdated|w1\nnone|1|-|-|w2\n");
	report_free(r);
	r = made(report_compliance, s, NULL, -1);
	ck_assert_str_eq(ROWS(r, COMPLIANCE_HOST, COMPLIANCE_STATUS, COMPLIANCE_VERSION),
			 "w1|outdated|unreadable\nw2|not-installed|-\nw3|compliant|2.0.9938.0\n");
	report_free(r);
	ck_assert_int_eq(dossier_load(&d, s, "w1", 0, &err), 0);
	dossier_print(&d, false, f);
	fflush(f);
	ck_assert_ptr_nonnull(strstr(text, "version          unreadable: counts as outdated\n"));
	/* by what was found then; a version that stayed none is no news */
	ck_assert_ptr_nonnull(strstr(text, "  unreadable (scan)\n"));
	ck_assert_ptr_nonnull(strstr(text, "  2.0.9200.0 (scan)\n"));
	ck_assert_ptr_null(strstr(text, "no readable version"));
	json = dossier_json(&d);
	ck_assert_str_eq(json_get_str(json, "version"), "unreadable");
	ck_assert_str_eq(json_get_str(json_array_get(json_get_arr(json, "versions"), 0), "version"),
			 "unreadable");
	json_decref(json);
	dossier_release(&d);
	r = made(diff_of_the_last_step, s, NULL, -1);
	ck_assert_str_eq(ROWS(r, DIFF_CHANGE, DIFF_BEFORE, DIFF_AFTER),
			 "worse|behind|outdated\nversion|2.0.9200.0|unreadable\n");
	report_free(r);
	policies_free((struct policies *)d.policies);
	store_close(s);
}
END_TEST

START_TEST(checks_are_counted_worst_first)
{
	struct store *s = fleet();
	struct report *r = made(report_checks, s, NULL, -1);
	const struct cell *first = report_cell(r, 0, CHECKS_ID);

	ck_assert_str_eq(first->text, "mars.version");
	ck_assert_int_eq(report_cell(r, 0, CHECKS_FAIL)->number, 2);
	ck_assert_int_eq(report_cell(r, 0, CHECKS_PASS)->number, 2);
	ck_assert_int_eq(report_cell(r, 0, CHECKS_UNKNOWN)->number, 0);
	ck_assert_str_eq(report_cell(r, 0, CHECKS_HOSTS)->text, "w[1-2]");
	ck_assert_str_eq(report_cell(r, 1, CHECKS_ID)->text, "mars.installed");
	ck_assert_int_eq(json_integer_value(json_object_get(r->summary, "hosts")), 4);
	/* by these they were never judged: neither passes, nor are they left out */
	ck_assert_int_eq(report_cell(r, 0, CHECKS_NOT_EXAMINED)->number, 0);
	ck_assert_int_eq(report_cell(r, 1, CHECKS_PASS)->number, 0);
	ck_assert_int_eq(report_cell(r, 1, CHECKS_NOT_EXAMINED)->number, 4);
	ck_assert_uint_eq(json_object_size(r->advice), 1);
	/* the reason differs from host to host, and so does what fits */
	ck_assert_ptr_nonnull(
		strstr(json_get_str(r->advice, "mars.version"), "`marshal show HOST`"));
	for (int row = 0; row < r->row_count; row++) {
		const char *id = report_cell(r, row, CHECKS_ID)->text;
		const char *remedy = report_cell(r, row, CHECKS_REMEDY)->text;

		ck_assert_msg((strstr(remedy, "`marshal show HOST` has what fits") != NULL) ==
				      check_remedy_differs(check_find(id)),
			      "%s: %s", id, remedy);
	}
	report_free(r);
	store_close(s);
}
END_TEST

/* One that stops backups on one host stands before one that warns on two; of two that weigh the
 * same, the one whose failures nobody answers for. */
START_TEST(checks_that_weigh_most_come_first)
{
	static const char policy[] =
		"exceptions:\n"
		"- {group: all, check: os.updates, owner: ann, reason: r, expires: 1972-12-31}\n";
	static const struct found found[] = {
		{ "w1", "at-risk", "2.0.1.0", NULL, NULL, "os.updates", "fail", NOW },
		{ "w2", "at-risk", "2.0.1.0", NULL, NULL, "os.updates", "fail", NOW },
		{ "w3", "at-risk", "2.0.1.0", NULL, NULL, "os.clock", "fail", NOW },
		{ "w4", "at-risk", "2.0.1.0", NULL, NULL, "service.obengine", "fail", NOW },
		{ "w5", "at-risk", "2.0.1.0", NULL, NULL, "os.clock", "warn", NOW },
		{ "w6", "at-risk", "2.0.1.0", NULL, NULL, "os.dotnet", "pass", NOW },
	};
	struct store *s = fleet();
	struct err err;
	struct policies *policies = policies_parse(policy, strlen(policy), "p.yml", &err);
	struct report_options options = { .now_utc_ms = NOW,
					  .policies = policies,
					  .host_count = -1 };

	for (size_t i = 0; i < ARRAY_LEN(found); i++)
		put_look(s, &found[i]);
	struct report *r = report_checks(s, &options, &err);
	const char *rows = ROWS(r, CHECKS_ID, CHECKS_FAIL, CHECKS_EXCEPTED);
	static const char want[] = "service.obengine|1|0\nos.clock|1|0\nos.updates|2|6\n"
				   "mars.installed|0|0\n";

	ck_assert_msg(strncmp(rows, want, strlen(want)) == 0, "%s", rows);
	ck_assert_int_eq(r->quiet_rows, r->row_count - 3);
	report_free(r);
	policies_free(policies);
	store_close(s);
}
END_TEST

START_TEST(faults_are_folded_by_cause)
{
	struct store *s = fleet();
	struct report *r = made(report_faults, s, NULL, -1);

	ck_assert_str_eq(ROWS(r, FAULTS_FAULT, FAULTS_COUNT_OF, FAULTS_HOSTS, FAULTS_TEXT),
			 "refused|2|w[4-5]|connect: \u2026: refused\nno-answer|1|w6|silence\n");
	ck_assert_str_eq(report_cell(r, 0, FAULTS_HINT)->text, err_hint_of(FAULT_REFUSED));
	ck_assert_str_eq(report_cell(r, 1, FAULTS_HINT)->text, "look at the cable");
	ck_assert_str_eq(json_get_str(r->advice, "no-answer: silence"), "look at the cable");
	ck_assert_int_eq(report_cell(r, 0, FAULTS_SINCE)->number, NOW - 3 * DAY_MS);
	ck_assert(!report_cell(r, 1, FAULTS_SINCE)->known);
	AUTO_FREE char *summary = json_canonical(r->summary);

	ck_assert_str_eq(summary, "{\"by_fault\":{\"no-answer\":1,\"refused\":2},\"causes\":2,"
				  "\"hosts\":6,\"unreachable\":3}");
	report_free(r);
	store_close(s);
}
END_TEST

START_TEST(exceptions_say_what_they_cover)
{
	/* the day of NOW is 1972-09-27 */
	static const char policy[] =
		"exceptions:\n"
		"- {host: w3, check: os.dotnet, owner: ann, reason: r, expires: 1972-12-31}\n"
		"- {group: all, check: mars.version, owner: bob, reason: r, expires: 1972-09-27}\n"
		"- {host: w1, check: '*', owner: eve, reason: r, expires: 1972-09-26}\n";
	struct store *s = fleet();
	struct err err;
	struct policies *policies = policies_parse(policy, strlen(policy), "p.yml", &err);
	struct report_options options = { .now_utc_ms = NOW,
					  .policies = policies,
					  .host_count = -1 };

	ck_assert_msg(policies != NULL, "%s", err.msg);
	struct report *r = report_exceptions(s, &options, &err);
	struct report *failing = report_checks(s, &options, &err);

	ck_assert_str_eq(ROWS(r, EXCEPTIONS_STATE, EXCEPTIONS_NAME, EXCEPTIONS_CHECK,
			      EXCEPTIONS_OWNER, EXCEPTIONS_EXPIRES, EXCEPTIONS_COVERS,
			      EXCEPTIONS_HOSTS),
			 "expired|w1|*|eve|1972-09-26|1|w1\n"
			 "active|all|mars.version|bob|1972-09-27|2|w[1-2]\n"
			 "unused|w3|os.dotnet|ann|1972-12-31|0|-\n");
	ck_assert_int_eq(report_cell(failing, 0, CHECKS_EXCEPTED)->number, 2);
	report_free(r);
	report_free(failing);
	policies_free(policies);
	store_close(s);
}
END_TEST

START_TEST(history_has_a_row_a_day)
{
	struct store *s = fleet();
	struct report *r = made(report_history, s, NULL, -1);
	char *only[] = { "w3" };

	ck_assert_int_eq(r->row_count, 10);
	ck_assert_str_eq(ROWS(r, HISTORY_DAY, HISTORY_HOSTS, HISTORY_SHARE,
			      HISTORY_STATUS + STATUS_NEVER_SEEN, HISTORY_STATUS + STATUS_OUTDATED,
			      HISTORY_STATUS + STATUS_COMPLIANT),
			 "1972-09-18|7|0|4|2|0\n1972-09-19|7|0|4|2|0\n1972-09-20|7|0|4|2|0\n"
			 "1972-09-21|7|0|4|2|0\n1972-09-22|7|0|4|2|0\n1972-09-23|7|0|4|2|0\n"
			 "1972-09-24|7|0|3|2|0\n1972-09-25|7|0|3|2|0\n1972-09-26|7|167|2|2|1\n"
			 "1972-09-27|7|167|2|2|1\n");
	for (int row = 0; row < r->row_count; row++) {
		int64_t sum = report_cell(r, row, HISTORY_OTHER)->number;

		for (int i = 0; i < STATUS_COUNT; i++)
			if (r->column[HISTORY_STATUS + i].shown == SHOWN_ALWAYS)
				sum += report_cell(r, row, HISTORY_STATUS + i)->number;
		ck_assert_int_eq(sum, report_cell(r, row, HISTORY_HOSTS)->number);
	}
	report_free(r);
	r = made(report_history, s, only, 1);
	ck_assert_int_eq(r->row_count, 10);
	ck_assert_int_eq(report_cell(r, 9, HISTORY_HOSTS)->number, 1);
	ck_assert_int_eq(report_cell(r, 9, HISTORY_SHARE)->number, 1000);
	report_free(r);
	store_close(s);
}
END_TEST

START_TEST(compliance_since_a_moment_has_only_what_changed)
{
	struct store *s = fleet();
	struct policies *policies = policies_default();
	struct report_options options = { .now_utc_ms = NOW,
					  .policies = policies,
					  .host_count = -1,
					  .since_utc_ms = NOW - 2 * DAY_MS };
	struct err err;
	struct report *r = report_compliance(s, &options, &err);

	policies_free(policies);
	ck_assert_str_eq(ROWS(r, COMPLIANCE_HOST, COMPLIANCE_STATUS),
			 "w3|compliant\nw7|excluded\n");
	report_free(r);
	store_close(s);
}
END_TEST

START_TEST(two_moments_are_compared)
{
	static const struct found later[] = {
		{ "w1", "compliant", "2.0.9938.0", NULL, NULL, "mars.version", "pass",
		  NOW - HOUR_MS },
		{ "w2", "outdated", "2.0.9070.0", NULL, NULL, "mars.version", "unknown",
		  NOW - HOUR_MS },
		{ "w3", "at-risk", "2.0.9938.0", NULL, NULL, "os.dotnet", "fail", NOW - HOUR_MS },
		{ "w5", "compliant", "2.0.9938.0", NULL, NULL, "mars.target", "fail",
		  NOW - HOUR_MS },
	};
	static const char *const left[] = { "w1", "w2", "w3", "w5", "w8" };
	struct report_options options = { .now_utc_ms = NOW, .host_count = -1 };
	struct store *s = fleet();
	struct err err;

	for (size_t i = 0; i < ARRAY_LEN(later); i++)
		put_look(s, &later[i]);
	put_fleet(s, left, ARRAY_LEN(left), NOW - HOUR_MS);
	struct report *r = report_diff(s, NOW - 20 * HOUR_MS, NOW, &options, &err);

	ck_assert_msg(r != NULL, "%s", err.msg);
	ck_assert_str_eq(ROWS(r, DIFF_CHANGE, DIFF_SUBJECT, DIFF_BEFORE, DIFF_AFTER, DIFF_HOSTS),
			 "worse|status|compliant|at-risk|w3\n"
			 "fails-now|os.dotnet|not examined|fail|w3\n"
			 "vanished|status|behind|-|w4\nvanished|status|excluded|-|w7\n"
			 "vanished|status|never-seen|-|w6\n"
			 "better|status|outdated|compliant|w1\n"
			 "fails-no-more|mars.version|fail|-|w1\n"
			 "version|version|-|2.0.9938.0|w5\n"
			 "version|version|2.0.9070.0|2.0.9938.0|w1\n"
			 "changed|mars.target|not examined|fail|w5\n"
			 "changed|status|never-seen|compliant|w5\n"
			 "new|status|-|never-seen|w8\n");
	report_free(r);
	store_close(s);
}
END_TEST

/* w3 and w4 were seen once; w5 never was, which its status says. */
START_TEST(who_is_not_reached_any_more_is_told_with_its_fault)
{
	static const struct found later[] = {
		{ "w3", NULL, NULL, "no-answer", "w3: silence", NULL, NULL, NOW + HOUR_MS },
		{ "w4", "behind", "2.0.9262.0", NULL, NULL, NULL, NULL, NOW + HOUR_MS },
		{ "w5", NULL, NULL, "no-answer", "w5: silence", NULL, NULL, NOW + HOUR_MS },
		{ "w6", "compliant", "2.0.9938.0", NULL, NULL, NULL, NULL, NOW + HOUR_MS },
		{ "w7", "outdated", "2.0.1.0", NULL, NULL, NULL, NULL, NOW + HOUR_MS },
	};
	struct report_options options = { .now_utc_ms = NOW + 2 * HOUR_MS, .host_count = -1 };
	struct store *s = fleet();
	struct err err;

	for (size_t i = 0; i < ARRAY_LEN(later); i++)
		put_look(s, &later[i]);
	struct report *r = report_diff(s, NOW + 1, options.now_utc_ms, &options, &err);

	ck_assert_msg(r != NULL, "%s", err.msg);
	ck_assert_str_eq(ROWS(r, DIFF_CHANGE, DIFF_SUBJECT, DIFF_BEFORE, DIFF_AFTER, DIFF_HOSTS),
			 "unreachable|look|-|no-answer|w3\n"
			 "reached-again|look|refused|-|w4\n"
			 "version|version|-|2.0.9938.0|w6\n"
			 "changed|status|never-seen|compliant|w6\n");
	ck_assert_int_eq(json_integer_value(json_object_get(r->summary, "unreachable")), 1);
	ck_assert_int_eq(json_integer_value(json_object_get(r->summary, "reached_again")), 1);
	report_free(r);
	store_close(s);
}
END_TEST

/* By a version that has the check no more, or not yet: nothing is known of it then. */
START_TEST(what_is_not_judged_any_more_did_not_end)
{
	const struct found now = { "w1", "compliant",	   "2.0.9938.0", NULL,
				   NULL, "mars.installed", "pass",	 NOW - HOUR_MS };
	struct report_options options = { .now_utc_ms = NOW, .host_count = -1 };
	struct store *s = fleet();
	struct err err;

	put_look(s, &now);
	struct report *r = report_diff(s, NOW - 2 * HOUR_MS, NOW, &options, &err);

	ck_assert_msg(r != NULL, "%s", err.msg);
	ck_assert_int_eq(json_integer_value(json_object_get(r->summary, "failures_ended")), 0);
	report_free(r);
	store_close(s);
}
END_TEST

START_TEST(what_is_good_to_know_ends_as_it_began)
{
	const struct found then = { "w3", "compliant",	 "2.0.9938.0", NULL,
				    NULL, "mars.target", "fail",       NOW - 2 * HOUR_MS },
			   now = { "w3", "compliant",	"2.0.9938.0", NULL,
				   NULL, "mars.target", "pass",	      NOW - HOUR_MS };
	struct report_options options = { .now_utc_ms = NOW, .host_count = -1 };
	struct store *s = fleet();
	struct err err;

	put_look(s, &then);
	put_look(s, &now);
	struct report *r = report_diff(s, NOW - 2 * HOUR_MS + 1, NOW - HOUR_MS + 1, &options, &err);

	ck_assert_msg(r != NULL, "%s", err.msg);
	ck_assert_str_eq(ROWS(r, DIFF_CHANGE, DIFF_SUBJECT, DIFF_BEFORE, DIFF_AFTER, DIFF_HOSTS),
			 "changed|mars.target|fail|-|w3\n");
	ck_assert_int_eq(json_integer_value(json_object_get(r->summary, "failures_ended")), 0);
	report_free(r);
	store_close(s);
}
END_TEST

START_TEST(before_the_first_host_there_is_nothing_to_compare)
{
	struct report_options options = { .now_utc_ms = NOW, .host_count = -1 };
	struct store *s = open_at(temp_path());
	struct err err;

	ck_assert_ptr_null(report_diff(s, NOW - DAY_MS, NOW, &options, &err));
	ck_assert_str_eq(err.msg, "no host is known yet");
	store_close(s);
	s = fleet();
	ck_assert_ptr_null(report_diff(s, NOW - 9 * DAY_MS - 1, NOW, &options, &err));
	ck_assert_int_eq(err.code, ERR_USAGE);
	ck_assert_str_eq(err.msg, "no host was known before 1972-09-18T05:00:00Z: nothing can be "
				  "compared with that");
	for (int ahead = 0; ahead < 2; ahead++) {
		struct report *r = report_diff(s, NOW - (9 + ahead) * DAY_MS, options.now_utc_ms,
					       &options, &err);

		ck_assert_msg(r != NULL, "%s", err.msg);
		report_free(r);
		options.now_utc_ms =
			NOW - 9 * DAY_MS - 1; /* as a clock that went ahead is set right */
	}
	store_close(s);
}
END_TEST

UNIT_SUITE(fleet_reports)
{
	Suite *s = suite_create("fleet_reports");
	TCase *tc = tcase_create("fleet_reports");

	tcase_add_test(tc, versions_are_counted_newest_first);
	tcase_add_test(tc, a_version_that_cannot_be_read_is_told_in_one_way);
	tcase_add_test(tc, checks_are_counted_worst_first);
	tcase_add_test(tc, checks_that_weigh_most_come_first);
	tcase_add_test(tc, faults_are_folded_by_cause);
	tcase_add_test(tc, exceptions_say_what_they_cover);
	tcase_add_test(tc, history_has_a_row_a_day);
	tcase_add_test(tc, compliance_since_a_moment_has_only_what_changed);
	tcase_add_test(tc, two_moments_are_compared);
	tcase_add_test(tc, who_is_not_reached_any_more_is_told_with_its_fault);
	tcase_add_test(tc, what_is_not_judged_any_more_did_not_end);
	tcase_add_test(tc, what_is_good_to_know_ends_as_it_began);
	tcase_add_test(tc, before_the_first_host_there_is_nothing_to_compare);
	suite_add_tcase(s, tc);
	return s;
}
