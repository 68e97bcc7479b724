/* test_winpath.c - texts that name the same file on Windows, and such that do not. */
#include "../unit.h"

#include <string.h>

#include "base/mem.h"
#include "base/winpath.h"

/* clang-format off */
static const struct { const char *a, *b; bool equal; } pairs[] = {
	{ "C:\\S", "C:\\S", true },
	{ "C:\\S", "c:\\s\\", true },
	{ "C:\\S", "C:/S", true },
	{ "C:\\S\\T", "C:\\\\S\\/T\\\\", true },
	{ "C:\\", "c:", true },
	{ "\\\\?\\C:\\S", "C:\\S", true },
	{ "\\\\?\\UNC\\nas\\s", "\\\\NAS\\S\\", true },
	{ "//nas/s", "\\\\nas\\s", true },
	{ "\\\\\\nas\\s", "\\\\nas\\s", true },
	{ "C:\\B\xc3\x9c" "CHER", "c:\\b\xc3\xbc" "cher", true },
	{ "\xce\x91\xd0\x96\xd0\x81\xc4\x80\xc5\xb9", "\xce\xb1\xd0\xb6\xd1\x91\xc4\x81\xc5\xba", true },
	{ "C:\\a\xc3\x97", "C:\\a\xc3\xb7", false },    /* times and divided by */
	{ "C:\\a\xc3", "C:\\a\xc3", true },
	{ "", "", true },
	{ "", "C:\\", false },
	{ "C:\\S", "D:\\S", false },
	{ "C:\\S", "C:\\S2", false },
	{ "C:\\S", "C:S", false },
	{ "\\S", "\\\\S", false },
	{ "\\\\nas\\s", "nas\\s", false },
	{ "\\\\?\\Volume{1}\\", "Volume{1}", false },
};

static const struct { const char *folder, *path; bool within; } folders[] = {
	{ "C:\\A", "c:\\a", true },
	{ "C:\\A\\", "c:/a/b", true },
	{ "c:\\", "C:\\A", true },
	{ "C:\\A", "C:\\AB", false },
	{ "C:\\A\\B", "C:\\A", false },
	{ "", "C:\\A", false },
	{ "\\", "C:\\A", false },
};
/* clang-format on */

START_TEST(one_file_by_two_names)
{
	ck_assert_msg(winpath_equal(pairs[_i].a, pairs[_i].b) == pairs[_i].equal, "%s and %s",
		      pairs[_i].a, pairs[_i].b);
	ck_assert_msg(winpath_equal(pairs[_i].b, pairs[_i].a) == pairs[_i].equal, "%s and %s",
		      pairs[_i].b, pairs[_i].a);
}
END_TEST

START_TEST(what_stands_in_a_folder)
{
	ck_assert_msg(winpath_within(folders[_i].folder, folders[_i].path) == folders[_i].within,
		      "%s in %s", folders[_i].path, folders[_i].folder);
}
END_TEST

START_TEST(shares_names_and_patterns)
{
	ck_assert(winpath_is_share("\\\\nas\\s") && winpath_is_share("//nas/s") &&
		  winpath_is_share("\\\\?\\UNC\\nas\\s"));
	ck_assert(!winpath_is_share("C:\\S") && !winpath_is_share("\\\\?\\C:\\S") &&
		  !winpath_is_share("\\\\.\\pipe\\x") && !winpath_is_share("\\\\") &&
		  !winpath_is_share(""));
	ck_assert_str_eq(winpath_name("C:\\A\\b.exe"), "b.exe");
	ck_assert_str_eq(winpath_name("C:/A/b.exe"), "b.exe");
	ck_assert_str_eq(winpath_name("b.exe"), "b.exe");
	ck_assert_str_eq(winpath_name(""), "");
	ck_assert(winpath_matches("c:/a/*.EXE", "C:\\A\\b.exe"));
	ck_assert(!winpath_matches("c:/b/*.exe", "C:\\A\\b.exe"));
}
END_TEST

UNIT_SUITE(winpath)
{
	Suite *s = suite_create("winpath");
	TCase *tc = tcase_create("paths of Windows");

	tcase_add_loop_test(tc, one_file_by_two_names, 0, (int)ARRAY_LEN(pairs));
	tcase_add_loop_test(tc, what_stands_in_a_folder, 0, (int)ARRAY_LEN(folders));
	tcase_add_test(tc, shares_names_and_patterns);
	suite_add_tcase(s, tc);
	return s;
}
