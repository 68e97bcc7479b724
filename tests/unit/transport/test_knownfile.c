/* test_knownfile.c - what is taken out of a file of known_hosts, and what stays. */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "transport/ssh/hostline.h"
#include "transport/ssh/knownfile.h"

#define KEY "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAAQE="
#define OTHER "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAAQI="

/* Of "a" and of "[a]:2222"; lines -1: refused. */
/* clang-format off */
static const struct { const char *label, *name, *before, *after; int lines; } cases[] = {
	{ "its line",         "a", "a " KEY "\nb " KEY "\n", "b " KEY "\n", 1 },
	{ "all of its lines", "a", "a " KEY "\nb " KEY "\na " OTHER "\n", "b " KEY "\n", 2 },
	{ "no LF at the end", "a", "b " KEY "\na " KEY, "b " KEY "\n", 1 },
	{ "none",             "a", "b " KEY "\n", "b " KEY "\n", 0 },
	{ "case",             "a", "A " KEY "\n", "", 1 },
	{ "first of names",   "a", "a,b,c " KEY " x\n", "b,c " KEY " x\n", 1 },
	{ "last of names",    "a", " b,a\t" KEY "\n", "b\t" KEY "\n", 1 },
	{ "part of a name",   "a", "aa,ba " KEY "\n", "aa,ba " KEY "\n", 0 },
	{ "port",             "[a]:2222", "a " KEY "\n[a]:2222 " KEY "\n", "a " KEY "\n", 1 },
	{ "comments, bad lines and empty ones", "a", "# a\n\nnonsense\na " KEY "\r\n#x", "# a\n\nnonsense\n#x", 1 },
	{ "markers stay",     "a", "@revoked a " KEY "\n@cert-authority a " KEY "\n", "@revoked a " KEY "\n@cert-authority a " KEY "\n", 0 },
	{ "pattern",          "a", "a " KEY "\n? " OTHER "\n", "a " KEY "\n? " OTHER "\n", -1 },
	{ "pattern of others", "a", "a " KEY "\nb* " KEY "\n", "b* " KEY "\n", 1 },
	{ "pattern without it", "a", "*,!a " KEY "\n", "*,!a " KEY "\n", 0 },
};
/* clang-format on */

START_TEST(a_hosts_lines_are_taken_out)
{
	AUTO_FREE char *path = xasprintf("%s/kh", unit_folder());
	AUTO_FREE char *old = xasprintf("%s.old", path), *now = NULL, *kept = NULL;
	struct err err = { .msg = "" };
	int lines = -1, rc;
	struct stat st;

	unit_write(path, cases[_i].before);
	unit_write(old, "older");
	ck_assert_int_eq(chmod(path, 0600), 0);
	rc = known_file_forget(path, cases[_i].name, &lines, &err);
	ck_assert_msg(rc == (cases[_i].lines < 0 ? -1 : 0), "%s: %s", cases[_i].label, err.msg);
	ck_assert_msg(lines == cases[_i].lines, "%s: %d", cases[_i].label, lines);
	if (rc != 0)
		ck_assert_ptr_nonnull(strstr(err.msg, "kh line 2 is about a by a pattern"));
	now = unit_read(path);
	ck_assert_msg(strcmp(now, cases[_i].after) == 0, "%s: '%s'", cases[_i].label, now);
	kept = unit_read(old);
	ck_assert_msg(strcmp(kept, lines > 0 ? cases[_i].before : "older") == 0, "%s: '%s'",
		      cases[_i].label, kept);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0600);
}
END_TEST

START_TEST(a_hashed_line_is_found)
{
	AUTO_FREE char *path = xasprintf("%s/kh", unit_folder());
	AUTO_FREE char *a = host_line_hash("a"), *b = host_line_hash("b");
	AUTO_FREE char *before = xasprintf("%s " KEY "\n%s " KEY "\n", a, b);
	AUTO_FREE char *after = xasprintf("%s " KEY "\n", b), *now = NULL;
	int lines = 0;

	unit_write(path, before);
	ck_assert_int_eq(known_file_forget(path, "a", &lines, NULL), 0);
	ck_assert_int_eq(lines, 1);
	now = unit_read(path);
	ck_assert_str_eq(now, after);
}
END_TEST

UNIT_SUITE(knownfile)
{
	Suite *s = suite_create("knownfile");
	TCase *tc = tcase_create("knownfile");

	tcase_add_loop_test(tc, a_hosts_lines_are_taken_out, 0, ARRAY_LEN(cases));
	tcase_add_test(tc, a_hashed_line_is_found);
	suite_add_tcase(s, tc);
	return s;
}
