/* Files: limits when reading; whole or not at all when writing. */
#include "tests/unit/unit.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/secret.h"
#include "tests/unit/memory.h"

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

/* Nothing of the file is left but what the caller gives back. */
START_TEST(a_secret_file_leaves_no_copy_behind)
{
	enum { BYTES = 20000, WORD = 32 };
	AUTO_FREE char *path = path_in(unit_folder(), "key");
	unsigned char inverted[WORD];
	AUTO_FCLOSE FILE *f = fopen(path, "we");
	struct err err;
	size_t len;
	char *text;

	setvbuf(f, NULL, _IONBF, 0);
	for (int i = 0; i < WORD; i++)
		inverted[i] = (unsigned char)(1 + (i * 37 + (int)getpid()) % 250);
	for (int i = 0; i < BYTES; i++)
		fputc((unsigned char)~inverted[i % WORD], f);
	text = file_read_secret(path, BYTES, &len, &err);
	ck_assert_msg(text != NULL, "%s", err.msg);
	ck_assert_uint_eq(len, BYTES);
	ck_assert_int_eq(text[BYTES], 0);
	ck_assert_int_eq(memory_look(inverted, WORD).secret, BYTES / WORD);
	ck_assert_int_eq(memory_look(inverted, WORD).elsewhere, 0);
	secret_free(text);
	ck_assert_int_eq(memory_look(inverted, WORD).secret, 0);
	ck_assert_int_eq(memory_look(inverted, WORD).elsewhere, 0);
	ck_assert_ptr_null(file_read_secret(path, BYTES - 1, &len, &err));
	ck_assert_int_eq(err.code, ERR_USAGE);
	ck_assert_int_eq(memory_look(inverted, WORD).secret, 0);
}
END_TEST

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

/* The cause of the first write that failed, however much was written before the end. */
START_TEST(no_space_left_is_said)
{
	struct err err;
	struct file_out *f = file_out_open("/dev/full", &err);

	for (int i = 0; i < 100000; i++)
		fputs("text ", file_out_stream(f));
	ck_assert_int_eq(file_out_commit(f, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.msg, "No space left"));
}
END_TEST

/* A folder in which others can make links, and a link in it, at any place of the path. */
static const struct { mode_t folder; const char *path; bool refused; } links[] = {
	{ 0700, "f/link", false },
	{ 0755, "f/link", false },
	{ 0777, "f/link", true },
	{ 01777, "f/link", true },
	{ 0777, "f/to-folder/real", true },
	{ 0777, "f/../direct/f/link", true },
	{ 0777, "direct/real", false },
	{ 0777, "f/new", false },
	{ 0777, "f/dangling", true },
	{ 0777, "chain", true },
	{ 0755, "chain", false },
};

START_TEST(a_link_that_others_could_have_made_is_refused)
{
	const char *folder = unit_folder();
	AUTO_FREE char *f = path_in(folder, "f"), *direct = path_in(folder, "direct");
	AUTO_FREE char *real = path_in(direct, "real"), *link = path_in(f, "link");
	AUTO_FREE char *below = path_in(direct, "f"), *to_folder = path_in(f, "to-folder");
	AUTO_FREE char *dangling = path_in(f, "dangling"), *lost = path_in(direct, "lost");
	AUTO_FREE char *chain = path_in(folder, "chain"), *path = path_in(folder, links[_i].path);
	struct err err = { 0 };
	struct file_out *out;

	ck_assert(mkdir(f, 0700) == 0 && mkdir(direct, 0700) == 0);
	write_text(real, "old");
	ck_assert(symlink(real, link) == 0 && symlink(f, below) == 0 &&
		  symlink(direct, to_folder) == 0 && symlink(lost, dangling) == 0 &&
		  symlink("f/link", chain) == 0 && chmod(f, links[_i].folder) == 0);
	out = file_out_open(path, &err);
	ck_assert_msg((out == NULL) == links[_i].refused, "%s: %s", path, err.msg);
	if (out) {
		fputs("new", file_out_stream(out));
		ck_assert_msg(file_out_commit(out, &err) == 0, "%s", err.msg);
	} else {
		ck_assert_ptr_nonnull(strstr(err.msg, "a link in a folder that others can write"));
		ck_assert_int_ne(access(lost, F_OK), 0);
	}
	AUTO_FREE char *text = read_text(strcmp(links[_i].path, "f/new") == 0 ? path : real);

	ck_assert_str_eq(text, links[_i].refused ? "old" : "new");
}
END_TEST

START_TEST(a_loop_of_links_ends)
{
	AUTO_FREE char *path = path_in(unit_folder(), "loop");
	struct err err;

	ck_assert_int_eq(symlink("loop", path), 0);
	ck_assert_ptr_null(file_out_open(path, &err));
	ck_assert_ptr_nonnull(strstr(err.msg, "symbolic links"));
}
END_TEST

/* The report of root is no wider than the one that it replaces. */
START_TEST(a_mode_is_never_widened)
{
	AUTO_FREE char *path = path_in(unit_folder(), "a");
	struct stat st;
	mode_t mask = umask(022);

	write_text(path, "x");
	ck_assert_int_eq(chmod(path, 0600), 0);
	write_text(path, "y");
	ck_assert(stat(path, &st) == 0 && (st.st_mode & 07777) == 0600);
	ck_assert_int_eq(chmod(path, 0666), 0);
	write_text(path, "z");
	umask(mask);
	ck_assert(stat(path, &st) == 0 && (st.st_mode & 07777) == 0644);
}
END_TEST

/* Nobody writes to the one: a read would wait for ever. */
START_TEST(a_pipe_is_read_where_it_was_handed_to_us)
{
	AUTO_FREE char *path = path_in(unit_folder(), "pipe"), *proc = NULL, *text = NULL;
	struct err err = { .msg = "" };
	size_t len;
	int ends[2];

	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert_ptr_null(file_read(path, 100, &len, &err));
	ck_assert_msg(strstr(err.msg, "is a pipe"), "%s", err.msg);
	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(write(ends[1], "one", 3), 3);
	close(ends[1]);
	proc = xasprintf("/dev/fd/%d", ends[0]);
	text = file_read(proc, 100, &len, &err);
	ck_assert_msg(text, "%s", err.msg);
	ck_assert_str_eq(text, "one");
	close(ends[0]);
}
END_TEST

START_TEST(a_pipe_is_written_to)
{
	AUTO_FREE char *path = path_in(unit_folder(), "pipe"), *proc = NULL;
	char text[8] = "";
	int fd;

	ck_assert_int_eq(mkfifo(path, 0600), 0);
	fd = open(path, O_RDWR | O_CLOEXEC);
	write_text(path, "one");
	ck_assert(read(fd, text, sizeof(text)) == 3 && memcmp(text, "one", 3) == 0);
	proc = xasprintf("/proc/self/fd/%d", fd);       /* as /dev/stdout is one */
	write_text(proc, "two");
	ck_assert(read(fd, text, sizeof(text)) == 3 && memcmp(text, "two", 3) == 0);
	close(fd);
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
	tcase_add_test(tc, no_space_left_is_said);
	tcase_add_loop_test(tc, a_link_that_others_could_have_made_is_refused, 0, ARRAY_LEN(links));
	tcase_add_test(tc, a_loop_of_links_ends);
	tcase_add_test(tc, a_mode_is_never_widened);
	tcase_add_test(tc, a_pipe_is_read_where_it_was_handed_to_us);
	tcase_add_test(tc, a_pipe_is_written_to);
	tcase_add_test(tc, a_secret_file_leaves_no_copy_behind);
	tcase_add_test(tc, files_get_the_usual_mode);
	tcase_add_test(tc, what_cannot_be_read_is_said);
	tcase_add_test(tc, folders_are_made_with_their_parents);
	suite_add_tcase(s, tc);
	return s;
}
