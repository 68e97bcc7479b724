/* Who else can change a file: by its own state and by that of the folders above. */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/trust.h"

static char *make_file(const char *folder, mode_t mode)
{
	char *path = xasprintf("%s/file", folder);
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	ck_assert(fd >= 0 && fchmod(fd, mode) == 0 && close(fd) == 0);
	return path;
}

/* What is said of a file and its folder with these modes, NULL: nothing. */
static const struct { mode_t folder, file; const char *why; } modes[] = {
	{ 0700, 0600, NULL },
	{ 0755, 0644, NULL },
	{ 0755, 0666, "file' can be written by everybody (mode 0666)" },
	{ 0777, 0600, "' can be written by everybody (mode 0777)" },
	{ 01777, 0600, NULL },
	{ 01777, 0602, "file' can be written by everybody (mode 0602)" },
};

START_TEST(modes_are_judged_as_ssh_does)
{
	const char *folder = unit_folder();
	AUTO_FREE char *path = make_file(folder, modes[_i].file);
	AUTO_FREE char *why = NULL;

	ck_assert_int_eq(chmod(folder, modes[_i].folder), 0);
	why = trust_why_not(path);
	ck_assert_msg(modes[_i].why ? why && strstr(why, modes[_i].why) : !why, "%s", why);
}
END_TEST

START_TEST(a_link_is_judged_by_what_it_names)
{
	const char *folder = unit_folder();
	AUTO_FREE char *path = make_file(folder, 0666), *link = xasprintf("%s/link", folder);
	AUTO_FREE char *none = xasprintf("%s/none", folder);
	AUTO_FREE char *why = NULL, *device = trust_why_not("/dev/null");

	ck_assert_int_eq(symlink("file", link), 0);
	why = trust_why_not(link);
	ck_assert_pstr_ne(why, NULL);
	ck_assert_ptr_null(device);
	ck_assert_ptr_null(trust_why_not(none));
}
END_TEST

/* Only root can make files of others: a child of it that is another then looks. */
START_TEST(owners_and_groups_are_judged)
{
	const char *folder = unit_folder();
	AUTO_FREE char *path = make_file(folder, 0600);
	AUTO_FREE char *of_other = NULL, *of_caller = NULL, *of_group = NULL;
	struct stat st = { .st_uid = geteuid(), .st_mode = S_IFREG | 0664 };

	if (geteuid() != 0)
		return;
	unsetenv("SUDO_UID");
	ck_assert_int_eq(chown(path, 12345, 0), 0);
	of_other = trust_why_not(path);
	ck_assert_ptr_nonnull(strstr(of_other, "belongs to another user (12345)"));
	setenv("SUDO_UID", "12345", 1);
	of_caller = trust_why_not(path);
	ck_assert_ptr_null(of_caller);
	setenv("SUDO_UID", "1234567", 1);
	ck_assert_ptr_nonnull(of_group = trust_why_not(path));
	unsetenv("SUDO_UID");

	st.st_gid = 0;          /* root's own */
	ck_assert(trust_state(&st, -1));
	st.st_gid = 54321;      /* nobody's: any name may come to be in it */
	ck_assert(!trust_state(&st, -1));
	st.st_gid = 1;          /* daemon's */
	ck_assert(!trust_state(&st, -1));
}
END_TEST

UNIT_SUITE(trust)
{
	Suite *s = suite_create("trust");
	TCase *tc = tcase_create("trust");

	tcase_add_loop_test(tc, modes_are_judged_as_ssh_does, 0, ARRAY_LEN(modes));
	tcase_add_test(tc, a_link_is_judged_by_what_it_names);
	tcase_add_test(tc, owners_and_groups_are_judged);
	suite_add_tcase(s, tc);
	return s;
}
