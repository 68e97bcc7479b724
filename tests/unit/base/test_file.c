/* Files: limits when reading; whole or not at all when writing. */
#include "tests/unit/unit.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"

static char *path_in(const char *folder, const char *name)
{
	return xasprintf("%s/%s", folder, name);
}

static void write_text(const char *path, const char *text)
{
	struct err err;
	struct file_out *f = file_out_open(path, &err);

	ck_assert_msg(f != NULL, "%s", err.msg);
	fputs(text, file_out_stream(f));
	ck_assert_msg(file_out_commit(f, &err) == 0, "%s", err.msg);
}

static char *read_text(const char *path)
{
	struct err err;
	size_t len;
	char *text = file_read(path, 1000, &len, &err);

	ck_assert_msg(text != NULL, "%s", err.msg);
	ck_assert_uint_eq(strlen(text), len);
	return text;
}

static int entries(const char *folder)
{
	DIR *dir = opendir(folder);
	int count = 0;

	while (readdir(dir))
		count++;
	closedir(dir);
	return count - 2;
}

START_TEST(what_is_written_is_read)
{
	const char *folder = unit_folder();
	AUTO_FREE char *path = path_in(folder, "a");

	write_text(path, "one");
	write_text(path, "two");
	AUTO_FREE char *text = read_text(path);

	ck_assert_str_eq(text, "two");
	ck_assert_int_eq(entries(folder), 1);
}
END_TEST

START_TEST(an_abandoned_file_leaves_the_old_one)
{
	const char *folder = unit_folder();
	AUTO_FREE char *path = path_in(folder, "a");
	struct file_out *f;

	write_text(path, "old");
	f = file_out_open(path, NULL);
	fputs("new", file_out_stream(f));
	file_out_abandon(f);
	file_out_abandon(NULL);
	AUTO_FREE char *text = read_text(path);

	ck_assert_str_eq(text, "old");
	ck_assert_int_eq(entries(folder), 1);
}
END_TEST

START_TEST(a_full_disk_is_an_error)
{
	struct err err;
	struct file_out *f = file_out_open("/dev/full", &err);

	ck_assert_msg(f != NULL, "%s", err.msg);
	fputs("x", file_out_stream(f));
	ck_assert_int_eq(file_out_commit(f, &err), -1);
	ck_assert_int_eq(err.code, ERR_SYSTEM);
	ck_assert_ptr_nonnull(strstr(err.msg, "/dev/full"));
	ck_assert_int_eq(access("/dev/full", F_OK), 0);         /* a device is not renamed over */
}
END_TEST

START_TEST(a_link_is_written_through)
{
	const char *folder = unit_folder();
	AUTO_FREE char *path = path_in(folder, "real"), *link = path_in(folder, "link");
	struct stat st;

	write_text(path, "old");
	ck_assert_int_eq(symlink(path, link), 0);
	write_text(link, "new");
	AUTO_FREE char *text = read_text(path);

	ck_assert_str_eq(text, "new");
	ck_assert(lstat(link, &st) == 0 && S_ISLNK(st.st_mode));
}
END_TEST

START_TEST(files_get_the_usual_mode)
{
	AUTO_FREE char *path = path_in(unit_folder(), "a");
	struct stat st;
	mode_t mask = umask(027);

	write_text(path, "x");
	umask(mask);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_mode & 0777, 0640);
}
END_TEST

START_TEST(what_cannot_be_read_is_said)
{
	const char *folder = unit_folder();
	AUTO_FREE char *path = path_in(folder, "a"), *none = path_in(folder, "none");
	AUTO_FREE char *lost = path_in(folder, "no/where");
	struct err err = { 0 };
	size_t len;

	write_text(path, "12345");
	ck_assert_ptr_null(file_read(none, 100, &len, &err));
	ck_assert_int_eq(err.code, ERR_USAGE);
	ck_assert_ptr_null(file_read(folder, 100, &len, &err));
	ck_assert_int_eq(err.code, ERR_USAGE);
	ck_assert_ptr_null(file_read(path, 4, &len, &err));
	ck_assert_int_eq(err.code, ERR_USAGE);
	AUTO_FREE char *text = file_read(path, 5, &len, &err);

	ck_assert_str_eq(text, "12345");
	ck_assert_ptr_null(file_out_open(lost, &err));
	ck_assert_int_eq(err.code, ERR_SYSTEM);
	ck_assert_int_eq(file_out_commit(file_out_open(folder, &err), &err), -1);
}
END_TEST

START_TEST(folders_are_made_with_their_parents)
{
	AUTO_FREE char *path = path_in(unit_folder(), "a/b//c/");
	AUTO_FREE char *file = path_in(path, "f"), *below = path_in(file, "g");
	struct stat st;
	struct err err;

	ck_assert_msg(file_make_folder(path, 0700, &err) == 0, "%s", err.msg);
	ck_assert_int_eq(file_make_folder(path, 0700, &err), 0);
	ck_assert(stat(path, &st) == 0 && (st.st_mode & 0777) == 0700);
	write_text(file, "x");
	ck_assert_int_eq(file_make_folder(file, 0700, &err), -1);
	ck_assert_int_eq(file_make_folder(below, 0700, &err), -1);
	ck_assert_int_eq(err.code, ERR_SYSTEM);
	ck_assert_int_eq(file_make_folder("", 0700, &err), -1);
}
END_TEST

UNIT_SUITE(file)
{
	Suite *s = suite_create("file");
	TCase *tc = tcase_create("file");

	tcase_add_test(tc, what_is_written_is_read);
	tcase_add_test(tc, an_abandoned_file_leaves_the_old_one);
	tcase_add_test(tc, a_full_disk_is_an_error);
	tcase_add_test(tc, a_link_is_written_through);
	tcase_add_test(tc, files_get_the_usual_mode);
	tcase_add_test(tc, what_cannot_be_read_is_said);
	tcase_add_test(tc, folders_are_made_with_their_parents);
	suite_add_tcase(s, tc);
	return s;
}
