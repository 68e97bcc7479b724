/* test_pattern.c - which hosts a pattern means, and which patterns are refused. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "tests/unit/inventory/files.h"
#include "tests/unit/unit.h"

static const char fleet[] = "web[01:03]\n[web]\nweb[01:03]\n[db]\ndb1\n[prod:children]\nweb\ndb\n"
			    "[old]\nweb02\n[empty]\n[v6]\n[2001:db8::1]:22\n[x]\nsrv[1:12]\n";

static const struct {
	const char *pattern, *want;
} cases[] = {
	{ NULL, "2001:db8::1 db1 srv1 srv2 srv3 srv4 srv5 srv6 srv7 srv8 srv9 srv10 srv11 srv12 "
		"web01 web02 web03" },
	{ "web", "web01 web02 web03" },
	{ "WEB01", "web01" },
	{ "prod", "db1 web01 web02 web03" },
	{ "db1,web01", "db1 web01" },
	{ "db:web01", "db1 web01" },
	{ "web:!old", "web01 web03" },
	{ "!old:web", "web01 web03" },
	{ "web:&old", "web02" },
	{ "prod:&web:!web01", "web02 web03" },
	{ "all:!x:!v6", "db1 web01 web02 web03" },
	{ "!x:!v6:!db", "web01 web02 web03" },
	{ "*", "2001:db8::1 db1 srv1 srv2 srv3 srv4 srv5 srv6 srv7 srv8 srv9 srv10 srv11 srv12 "
	       "web01 web02 web03" },
	{ "web*", "web01 web02 web03" },
	{ "*1", "2001:db8::1 db1 srv1 srv11 web01" },
	{ "web0[13]", "web01 web03" },
	{ "web0?", "web01 web02 web03" },
	{ "pro*", "db1 web01 web02 web03" },
	{ "srv[9:11]", "srv9 srv10 srv11" },
	{ "srv[11:99]", "srv11 srv12" },
	{ "srv[1:3]:!srv2", "srv1 srv3" },
	{ "srv[9-11]", "srv9 srv10 srv11" },
	{ "srv[2-3,10,12-40]", "srv2 srv3 srv10 srv12" },
	{ "web[01,03]", "web01 web03" },
	{ "web[01-02]:db1", "db1 web01 web02" },
	{ "web0[1-2]", "web01 web02" },
	{ "srv[3-1]", "error: range in 'srv[3:1]': the first is above the last" },
	{ "srv[1-2000000]", "error: 'srv[1:2000000]' makes more than " },
	{ "srv[77-99]", "error: no host or group matches 'srv[77-99]'" },
	{ "srv[1]-", "error: no host or group matches 'srv[1]-'" },
	{ "~^(db|web0)1", "db1 web01" },
	{ "2001:db8::1", "2001:db8::1" },
	{ "2001:DB8::1,db1", "2001:db8::1 db1" },
	{ "db1:[2001:db8::1]", "2001:db8::1 db1" },
	{ "v6:!2001:db8::9", "error: no host or group matches 'db8'" },
	{ " web01 , db1 ", "db1 web01" },
	{ "web:!zz*", "web01 web02 web03" },
	{ "web:!empty", "web01 web02 web03" },
	{ "wbe", "error: no host or group matches 'wbe': did you mean 'web'?" },
	{ "web:!odl", "error: no host or group matches 'odl': did you mean 'old'?" },
	{ "web:nosuchthing", "error: no host or group matches 'nosuchthing'" },
	{ "zz*", "error: no host or group matches 'zz*'" },
	{ "srv[77:99]", "error: no host or group matches 'srv[77:99]'" },
	{ "web:&db", "error: the pattern leaves no host" },
	{ "empty", "error: the pattern leaves no host" },
	{ "web[01:02]",
	  "error: pattern 'web[01:02]': 'web' is a group, and a part of a group cannot" },
	{ "srv[3:1]", "error: range in 'srv[3:1]': the first is above the last" },
	{ "~(", "error: pattern '~(': " },
	{ "", "error: an empty pattern" },
	{ " , ", "error: an empty pattern" },
	{ "web:!", "error: pattern: expected a name behind !" },
};

START_TEST(a_pattern_means_these_hosts)
{
	struct inventory *inv = load_text("f.ini", fleet);
	AUTO_FREE char *got = select_text(inv, cases[_i].pattern);
	bool error = strncmp(cases[_i].want, "error", 5) == 0;
	int diff = error ? strncmp(got, cases[_i].want, strlen(cases[_i].want)) :
			   strcmp(got, cases[_i].want);

	ck_assert_msg(diff == 0, "%s:\nwant %s\ngot  %s", cases[_i].pattern, cases[_i].want, got);
	inventory_free(inv);
}
END_TEST

START_TEST(several_arguments_are_one_pattern)
{
	struct inventory *inv = load_text("f.ini", fleet);
	char *args[] = { "web", "!web02", "db" };
	struct selection s;
	struct err err;

	ck_assert_int_eq(inventory_select(inv, args, 3, &s, &err), 0);
	ck_assert_int_eq(s.count, 3);
	ck_assert_str_eq(s.host[0]->name, "db1");
	ck_assert_str_eq(s.host[2]->name, "web03");
	selection_release(&s);
	inventory_free(inv);
}
END_TEST

/* clang-format off */
static const struct { const char *text, *pattern, *want, *warned; } files[] = {
	{ "web01\r\n  db1 \n\n", "@f", "db1 web01", "" },
	{ "\xef\xbb\xbfweb\n!web02", "@f", "web01 web03", "" },
	{ "web01\nweb02", "@f,!web02", "web01", "" },
	{ "web01\nweb02\n", "@f:!web02", "web01", "" },
	{ "web01\n", "db1:@f", "db1 web01", "" },
	{ "!web02\n!db\n!x\n!v6", "@f", "web01 web03", "" },
	{ "web\n&db*\nweb01", "@f", "error: the pattern leaves no host", "" },
	/* each line is one pattern, and one that nothing has the name of adds nobody */
	{ "web01,web02\ndb1\n", "@f", "db1", "pattern '@f': no host or group matches 'web01,web02': the line is passed over" },
	{ "web01 web02\nweb01:db1\nweb03", "@f", "web03",
	  "pattern '@f': no host or group matches 'web01 web02': 2 such lines are passed over, each is one pattern" },
	{ "# ours\nweb01\n", "@f", "web01", "no host or group matches '# ours'" },
	{ "wbe01\nweb02\n", "@f", "web02", "no host or group matches 'wbe01': did you mean 'web01'?: the line is" },
	{ "@f\nq*\n~qq\nweb02", "@f", "web02", "'@f': 3 such lines" },
	{ "nosuch9\n", "@f,web01", "web01", "nosuch9" },
	{ "nosuch9\nweb02\n", "@f,web01,!web0[12]", "error: pattern '@f': no host or group matches 'nosuch9'", "" },
	{ "", "@f,web01", "web01", "" },
	/* never all, and nobody who was to be left out */
	{ "\n \n", "@f", "error: pattern '@f': the file names no host", "" },
	{ "", "@f:!web01", "error: pattern '@f': the file names no host", "" },
	{ "nosuch9\n", "@f", "error: pattern '@f': no host or group matches 'nosuch9'", "" },
	{ "nosuch9\n", "@f:!web01", "error: pattern '@f': no host or group matches 'nosuch9'", "" },
	{ "web\n!wbe02\n", "@f", "error: no host or group matches 'wbe02': did you mean 'web02'?", "" },
	{ "web\n&dbb\n", "@f", "error: no host or group matches 'dbb'", "" },
	{ "web01\n", "!@f", "error: pattern '!@f': a file can only add hosts: write the ! in front of its lines", "" },
	{ "web01\n", "web:&@f", "error: pattern '&@f': a file can only add hosts: write the & in front", "" },
	{ "", "@none", "error: pattern '@none': cannot open", "" },
};
/* clang-format on */

START_TEST(a_file_holds_patterns)
{
	struct inventory *inv = load_text("f.ini", fleet);
	const char *folder = unit_folder();
	AUTO_FREE char *got = NULL, *told = NULL;
	struct err err;
	size_t len;

	put_file(folder, "f", files[_i].text);
	ck_assert_int_eq(chdir(folder), 0);
	ck_assert_ptr_nonnull(freopen("told", "w", stderr));
	got = select_text(inv, files[_i].pattern);
	fflush(stderr);
	told = file_read("told", 1 << 20, &len, &err);
	ck_assert_msg(strncmp(got, files[_i].want, strlen(files[_i].want)) == 0,
		      "row %d:\nwant %s\ngot  %s", _i, files[_i].want, got);
	ck_assert_msg(strstr(told, files[_i].warned) && !told[0] == !files[_i].warned[0],
		      "row %d:\nwant %s\ngot  %s", _i, files[_i].warned, told);
	inventory_free(inv);
}
END_TEST

START_TEST(an_inventory_without_hosts_selects_none)
{
	struct inventory *inv = load_text("f.ini", "[w]\n");
	AUTO_FREE char *all = select_text(inv, "all");
	AUTO_FREE char *name = select_text(inv, "x");

	ck_assert_str_eq(all, "error: the inventory has no hosts");
	ck_assert_str_eq(name, "error: the inventory has no hosts");
	inventory_free(inv);
}
END_TEST

UNIT_SUITE(pattern)
{
	Suite *s = suite_create("pattern");
	TCase *tc = tcase_create("pattern");

	tcase_add_loop_test(tc, a_pattern_means_these_hosts, 0, ARRAY_LEN(cases));
	tcase_add_loop_test(tc, a_file_holds_patterns, 0, ARRAY_LEN(files));
	tcase_add_test(tc, several_arguments_are_one_pattern);
	tcase_add_test(tc, an_inventory_without_hosts_selects_none);
	suite_add_tcase(s, tc);
	return s;
}
