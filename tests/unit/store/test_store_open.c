/* test_store_open.c - making, opening and migrating a database: where it is, who may read it, which
 * schemas are refused. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../unit.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/trust.h"
#include "fixture.h"

/* clang-format off */
static const struct {
	const char *option, *env, *state, *home, *want;
} places[] = {
	{ "/a.db", "/b.db", "/s",       "/h", "/a.db"                              },
	{ NULL,    "/b.db", "/s",       "/h", "/b.db"                              },
	{ NULL,    "",      "/s",       "/h", "/s/marshal/marshal.db"              },
	{ NULL,    NULL,    "relative", "/h", "/h/.local/state/marshal/marshal.db" },
	{ NULL,    NULL,    NULL,       "/h", "/h/.local/state/marshal/marshal.db" },
	{ NULL,    NULL,    NULL,       NULL, NULL                                 },
};
/* clang-format on */

static void set(const char *name, const char *value)
{
	if (value)
		setenv(name, value, 1);
	else
		unsetenv(name);
}

START_TEST(the_path_comes_from_the_first_that_names_one)
{
	struct err err = { 0 };

	set("MARSHAL_DB", places[_i].env);
	set("XDG_STATE_HOME", places[_i].state);
	set("HOME", places[_i].home);

	AUTO_FREE char *path = store_path(places[_i].option, &err);

	if (places[_i].want)
		ck_assert_str_eq(path, places[_i].want);
	else
		ck_assert(!path && err.code == ERR_USAGE);
}
END_TEST

static int mode_of(const char *path, const char *suffix, gid_t *out_gid)
{
	AUTO_FREE char *file = xasprintf("%s%s", path, suffix);
	struct stat st;

	ck_assert_msg(stat(file, &st) == 0, "%s: %s", file, strerror(errno));
	if (out_gid)
		*out_gid = st.st_gid;
	return st.st_mode & 07777;
}

START_TEST(files_are_the_owners_alone)
{
	AUTO_FREE char *path = xasprintf("%s/new/er/marshal.db", unit_folder());
	struct store *s;

	umask(0);
	s = open_at(path);
	*strrchr(path, '/') = '\0';
	ck_assert_int_eq(mode_of(path, "", NULL), 0700);
	path[strlen(path)] = '/';
	ck_assert_int_eq(mode_of(path, "", NULL), 0600);
	ck_assert_int_eq(mode_of(path, "-wal", NULL), 0600);
	ck_assert_int_eq(mode_of(path, "-shm", NULL), 0600);
	store_close(s);
}
END_TEST

START_TEST(files_are_the_groups_when_asked)
{
	/* root may give a file to any group, others to their own. */
	gid_t want = geteuid() == 0 ? 65534 : getegid(), gid;
	struct group *group = getgrgid(want);
	AUTO_FREE char *path = xasprintf("%s/shared/marshal.db", unit_folder());
	AUTO_FREE char *folder = xstrndup(path, strlen(path) - strlen("/marshal.db"));
	static const char *const suffix[] = { "", "-wal", "-shm" };
	struct err err = { 0 };
	struct store *s;

	ck_assert_ptr_nonnull(group);
	umask(077);
	for (int round = 0; round < 2; round++) { /* the second opens what is there, unasked */
		s = store_open(&(struct store_options){ .path = path,
							.command = "test",
							.group = round ? NULL : group->gr_name },
			       &err);
		ck_assert_msg(s != NULL, "%s", err.msg);
		for (size_t i = 0; i < ARRAY_LEN(suffix); i++) {
			ck_assert_int_eq(mode_of(path, suffix[i], &gid), 0640);
			ck_assert_int_eq(gid, want);
		}
		store_close(s);
		/* Even where the folder does not hand its group down. */
		ck_assert_int_eq(mode_of(folder, "", NULL), 0750);
		ck_assert_int_eq(chown(folder, (uid_t)-1, getegid()), 0);
	}
}
END_TEST

START_TEST(what_others_could_write_is_narrowed)
{
	AUTO_FREE char *path = xasprintf("%s/shared/marshal.db", unit_folder());
	AUTO_FREE char *folder = xstrndup(path, strlen(path) - strlen("/marshal.db"));
	static const char *const suffix[] = { "", "-wal", "-shm" };

	store_close(open_at(path));
	ck_assert_int_eq(chmod(folder, 02770), 0);
	for (size_t i = 0; i < ARRAY_LEN(suffix); i++) {
		AUTO_FREE char *file = xasprintf("%s%s", path, suffix[i]);

		ck_assert_int_eq(chmod(file, 0664), 0);
	}
	store_close(open_read_only(path)); /* is not its business */
	ck_assert_int_eq(mode_of(path, "", NULL), 0664);
	store_close(open_at(path));
	for (size_t i = 0; i < ARRAY_LEN(suffix); i++)
		ck_assert_int_eq(mode_of(path, suffix[i], NULL), 0644);
	ck_assert_int_eq(mode_of(folder, "", NULL), 0750);
	/* A folder that is none of our making keeps its mode. */
	ck_assert_int_eq(chmod(folder, 0770), 0);
	ck_assert_int_eq(chmod(path, 0660), 0);
	store_close(open_at(path));
	ck_assert_int_eq(mode_of(path, "", NULL), 0640);
	ck_assert_int_eq(mode_of(folder, "", NULL), 0770);
}
END_TEST

static off_t size_of(const char *path, const char *suffix)
{
	AUTO_FREE char *file = xasprintf("%s%s", path, suffix);
	struct stat st;

	ck_assert_msg(stat(file, &st) == 0, "%s: %s", file, strerror(errno));
	return st.st_size;
}

START_TEST(what_readers_need_is_left_beside_it)
{
	AUTO_FREE char *path = xstrdup(temp_path());
	struct store *s = open_at(path), *reader;
	struct tx *tx = tx_new();

	tx_setting(tx, SETTING_TARGET, "1");
	must_run(s, tx);
	ck_assert_int_gt(size_of(path, "-wal"), 0);
	reader = open_read_only(path);
	store_close(reader);
	store_close(s);
	ck_assert_int_eq(size_of(path, "-wal"), 0);
	ck_assert_int_gt(size_of(path, "-shm"), 0);
}
END_TEST

/* What a name may hold that would mean something where SQLite takes options behind it. */
static const char *const names[] = {
	"plain.db", "a b", "a?immutable=1", "a%41", "a#b", "a&mode=memory", "\xc3\xa9.db",
};

/* The head of a log without a page behind it: who wrote it was killed right then. */
START_TEST(a_log_of_a_head_alone_is_empty)
{
	const char *path = temp_path();
	AUTO_FREE char *wal = xasprintf("%s-wal", path);
	struct store *s = open_at(path), *reader;
	struct tx *tx = tx_new();
	struct err err = { 0 };
	size_t len;
	int fd;

	tx_setting(tx, SETTING_TARGET, "1");
	must_run(s, tx);

	AUTO_FREE char *log = file_read(wal, 1 << 24, &len, &err);

	ck_assert_int_gt(len, 32);
	store_close(s);
	fd = open(wal, O_WRONLY | O_TRUNC);
	log[16] ^= 1;   /* its salt is not the one that -shm knows, as of a log begun anew */
	ck_assert_int_eq(write(fd, log, 32), 32);
	close(fd);
	reader = open_read_only(path);

	AUTO_FREE char *target = store_setting(reader, SETTING_TARGET, &err);

	ck_assert_str_eq(target, "1");
	ck_assert_int_eq(size_of(path, "-wal"), 32);
	store_close(reader);
	store_close(open_at(path));
	ck_assert_int_eq(size_of(path, "-wal"), 0);
}
END_TEST

START_TEST(any_name_is_read_as_it_is_written)
{
	AUTO_FREE char *path = xasprintf("%s/%s", unit_folder(), names[_i]);
	struct store *s = open_at(path), *reader = open_read_only(path);
	struct tx *tx = tx_new();
	struct err err;

	tx_setting(tx, SETTING_TARGET, "1");
	must_run(s, tx);

	AUTO_FREE char *target = store_setting(reader, SETTING_TARGET, &err);

	ck_assert_pstr_eq(target, "1");
	store_close(reader);
	store_close(s);
}
END_TEST

START_TEST(no_other_file_is_given_to_a_group)
{
	const char *path = temp_path();
	gid_t want = getegid() == 0 ? 1 : getegid();
	struct group *group = getgrgid(want);
	FILE *f = fopen(path, "w");
	struct store_options o = { .path = path, .command = "test" };
	struct stat st;
	struct err err;

	ck_assert_ptr_nonnull(group);
	o.group = group->gr_name;
	ck_assert_ptr_nonnull(f);
	fputs("root:x:0:0:root:/root:/bin/bash", f);
	fclose(f);
	ck_assert_int_eq(chmod(path, 0600), 0);
	ck_assert_ptr_null(store_open(&o, &err));
	ck_assert_msg(strstr(err.msg, "is no database") != NULL, "%s", err.msg);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0600);
}
END_TEST

START_TEST(an_unknown_group_is_a_usage_error)
{
	struct store_options o = { .path = temp_path(), .group = "no-such-group" };
	struct err err = { 0 };

	ck_assert_ptr_null(store_open(&o, &err));
	ck_assert_int_eq(err.code, ERR_USAGE);
	ck_assert_int_ne(access(o.path, F_OK), 0);
}
END_TEST

START_TEST(opening_again_finds_what_was_stored)
{
	AUTO_FREE char *path = xstrdup(temp_path());
	struct store *s = open_at(path);
	struct tx *tx = tx_new();
	struct err err = { 0 };

	tx_setting(tx, SETTING_TARGET, "2.0.9262.0");
	must_run(s, tx);
	store_close(s);
	for (int read_only = 0; read_only < 2; read_only++) {
		s = read_only ? open_read_only(path) : open_at(path);

		AUTO_FREE char *target = store_setting(s, SETTING_TARGET, &err);

		ck_assert_str_eq(target, "2.0.9262.0");
		ck_assert_ptr_null(store_setting(s, SETTING_POLICY, &err));
		ck_assert_int_eq(err.code, ERR_NONE);
		store_close(s);
	}
}
END_TEST

START_TEST(reading_only_makes_nothing)
{
	struct store_options o = { .path = temp_path(), .read_only = true };
	struct err err = { 0 };

	ck_assert_ptr_null(store_open(&o, &err));
	ck_assert_int_eq(err.code, ERR_STORE);
	ck_assert_ptr_nonnull(strstr(err.msg, "no database"));
	ck_assert_int_ne(access(o.path, F_OK), 0);
}
END_TEST

START_TEST(one_that_must_exist_is_not_made)
{
	AUTO_FREE char *path = xasprintf("%s.d/marshal.db", temp_path());
	AUTO_FREE char *folder = xasprintf("%s.d", temp_path());
	struct store_options o = { .path = path, .must_exist = true, .command = "report" };
	struct err err;

	ck_assert_ptr_null(store_open(&o, &err));
	ck_assert_int_eq(err.code, ERR_STORE);
	ck_assert_ptr_nonnull(strstr(err.msg, "there is no database"));
	ck_assert_int_ne(access(folder, F_OK), 0);
}
END_TEST

START_TEST(one_that_must_exist_is_written_when_it_does)
{
	AUTO_FREE char *path = xstrdup(temp_path());
	struct store_options o = { .path = path, .must_exist = true };
	struct tx *tx = tx_new();
	struct store *s = open_at(path);
	struct err err;

	store_close(s);
	s = store_open(&o, &err);
	ck_assert_msg(s != NULL, "%s", s ? "" : err.msg);
	tx_setting(tx, SETTING_TARGET, "2.0.9262.0");
	must_run(s, tx);
	store_close(s);
}
END_TEST

START_TEST(a_newer_schema_is_refused)
{
	AUTO_FREE char *path = xstrdup(temp_path());
	struct err err;

	store_close(open_at(path));
	query_number(path, "insert into schema_version (version) values (999) returning 1");
	for (int read_only = 0; read_only < 2; read_only++) {
		struct store_options o = { .path = path, .read_only = read_only };

		err = (struct err){ 0 };
		ck_assert_ptr_null(store_open(&o, &err));
		ck_assert_int_eq(err.code, ERR_STORE);
		ck_assert_ptr_nonnull(strstr(err.msg, "schema 999"));
	}
}
END_TEST

START_TEST(an_older_schema_is_not_read)
{
	AUTO_FREE char *path = xstrdup(temp_path());
	struct store_options o = { .path = path, .read_only = true };
	struct err err = { 0 };

	store_close(open_at(path));
	query_number(path, "delete from schema_version returning 1");
	ck_assert_ptr_null(store_open(&o, &err));
	ck_assert_msg(strstr(err.msg, "has schema 0, this marshal needs"), "%s", err.msg);
}
END_TEST

START_TEST(what_is_no_database_is_left_alone)
{
	AUTO_FREE char *path = xstrdup(temp_path());
	struct store_options o = { .path = path };
	struct err err = { 0 };
	char text[64] = { 0 };
	AUTO_FCLOSE FILE *f = fopen(path, "w+");

	fputs("a letter to somebody, which is no database\n", f);
	fflush(f);
	ck_assert_ptr_null(store_open(&o, &err));
	ck_assert_int_eq(err.code, ERR_STORE);
	ck_assert_msg(strstr(err.msg, "is no database of marshal"), "%s", err.msg);
	rewind(f);
	ck_assert_ptr_nonnull(fgets(text, sizeof(text), f));
	ck_assert_str_eq(text, "a letter to somebody, which is no database\n");
}
END_TEST

#define NOTE(n) "insert into schema_version (version) values (" #n ");"
#define FIRST                                                                                      \
	{                                                                                          \
		1, "first", "create table schema_version (version bigint primary key); " NOTE(1)   \
	}

static const struct schema_step two_steps[] = {
	FIRST, {2, "second", "create table b (x bigint); " NOTE(2)}, {0, NULL, NULL}};
static const struct schema_step broken[] = {
	FIRST,
	{2, "second", "create table b (x bigint); create table b (x bigint); " NOTE(2)},
	{0, NULL, NULL}};
static const struct schema_step forgetful[] = {
	FIRST, {2, "second", "create table b (x bigint);"}, {0, NULL, NULL}};

static int migrate(const char *path, const struct schema_step *steps, struct err *err)
{
	struct db *db =
		db_open(&(struct db_options){ .path = path, .writer = true, .wait_ms = 1000 }, err);
	int r;

	ck_assert_ptr_nonnull(db);
	r = db_migrate(db, steps, err);
	db_close(db);
	return r;
}

START_TEST(a_step_is_taken_whole_or_not_at_all)
{
	AUTO_FREE char *path = xstrdup(temp_path());
	struct err err = { 0 };

	ck_assert_int_ne(migrate(path, broken, &err), 0);
	ck_assert_msg(strstr(err.msg, "migration second"), "%s", err.msg);
	ck_assert_int_eq(query_number(path, "select max(version) from schema_version"), 1);
	ck_assert_int_eq(query_number(path, "select count(*) from sqlite_master where name = 'b'"),
			 0);
	ck_assert_int_ne(migrate(path, forgetful, &err), 0);
	ck_assert_int_eq(query_number(path, "select count(*) from sqlite_master where name = 'b'"),
			 0);
	for (int again = 0; again < 2; again++) {
		ck_assert_int_eq(migrate(path, two_steps, &err), 0);
		ck_assert_int_eq(query_number(path, "select max(version) from schema_version"), 2);
	}
}
END_TEST

/* Whether a process holds SQLite's lock of those who have the database open: its byte 0x40000002
 * and those behind it (https://sqlite.org/fileformat2.html#the_lock_byte_page). Asked from a child:
 * a process never meets its own locks. */
static bool is_locked_open(const char *path)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		struct flock lock = { .l_type = F_WRLCK, .l_start = 0x40000002, .l_len = 510 };
		int fd = open(path, O_RDWR | O_CLOEXEC);

		_exit(fd >= 0 && fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	return status == 0;
}

/* Any descriptor of the file that this process closes takes all its locks away: then the next one
 * to close the database believes itself the last, and writes of this one are lost. */
START_TEST(an_open_database_stays_locked)
{
	const char *path = temp_path();
	struct err err;
	struct store *s =
		store_open(&(struct store_options){ .path = path, .command = "test" }, &err);

	ck_assert_msg(s != NULL, "%s", err.msg);
	ck_assert(is_locked_open(path));
	AUTO_FREE char *why = trust_why_not(path);

	ck_assert(is_locked_open(path));
	store_close(s);
	ck_assert(!is_locked_open(path));
}
END_TEST

START_TEST(many_may_make_it_at_once)
{
	enum { CHILDREN = 4 };
	AUTO_FREE char *path = xstrdup(temp_path());
	pid_t child[CHILDREN];
	int status, said[2];
	char text[1000] = "";

	ck_assert_int_eq(pipe(said), 0);
	for (int i = 0; i < CHILDREN; i++) {
		child[i] = fork();
		if (child[i] == 0) {
			struct err err = { 0 };
			struct store *s = store_open(
				&(struct store_options){ .path = path, .command = "test" }, &err);

			if (!s)
				dprintf(said[1], "%s; ", err.msg);
			store_close(s);
			_exit(s ? 0 : 1);
		}
	}
	close(said[1]);
	ck_assert_int_ge(read(said[0], text, sizeof(text) - 1), 0);
	close(said[0]);
	for (int i = 0; i < CHILDREN; i++) {
		ck_assert_int_eq(waitpid(child[i], &status, 0), child[i]);
		ck_assert_msg(status == 0, "status %d: %s", status, text);
	}
	ck_assert_int_eq(query_number(path, "select count(*) = max(version) from schema_version"),
			 1);
	ck_assert_int_eq(query_number(path, "select count(*) from process"), 0);
}
END_TEST

START_TEST(the_page_has_every_setting)
{
	struct err err;
	size_t len;
	AUTO_FREE char *page = file_read("docs/database.md", 100000, &len, &err);
	const char *row;

	ck_assert_msg(page != NULL, "%s (unit tests run at the top of the sources)", err.msg);
	row = strstr(page, "| `setting` |");
	ck_assert_msg(row != NULL, "docs/database.md: no row of setting");
	AUTO_FREE char *line = xstrndup(row, strcspn(row, "\n"));

	for (int i = 0; i < SETTING_COUNT; i++) {
		AUTO_FREE char *word = xasprintf("`%s`", setting_name((enum setting)i));

		ck_assert_msg(strstr(line, word) != NULL, "docs/database.md: no %s", word);
	}
}
END_TEST

UNIT_SUITE(store_open)
{
	Suite *suite = suite_create("store_open");
	TCase *tc = tcase_create("open");

	tcase_add_loop_test(tc, the_path_comes_from_the_first_that_names_one, 0, ARRAY_LEN(places));
	tcase_add_test(tc, the_page_has_every_setting);
	tcase_add_test(tc, files_are_the_owners_alone);
	tcase_add_test(tc, files_are_the_groups_when_asked);
	tcase_add_test(tc, what_others_could_write_is_narrowed);
	tcase_add_test(tc, what_readers_need_is_left_beside_it);
	tcase_add_test(tc, a_log_of_a_head_alone_is_empty);
	tcase_add_loop_test(tc, any_name_is_read_as_it_is_written, 0, ARRAY_LEN(names));
	tcase_add_test(tc, no_other_file_is_given_to_a_group);
	tcase_add_test(tc, an_unknown_group_is_a_usage_error);
	tcase_add_test(tc, opening_again_finds_what_was_stored);
	tcase_add_test(tc, reading_only_makes_nothing);
	tcase_add_test(tc, one_that_must_exist_is_not_made);
	tcase_add_test(tc, one_that_must_exist_is_written_when_it_does);
	tcase_add_test(tc, a_newer_schema_is_refused);
	tcase_add_test(tc, an_older_schema_is_not_read);
	tcase_add_test(tc, what_is_no_database_is_left_alone);
	tcase_add_test(tc, a_step_is_taken_whole_or_not_at_all);
	tcase_add_test(tc, an_open_database_stays_locked);
	tcase_add_test(tc, many_may_make_it_at_once);
	suite_add_tcase(suite, tc);
	return suite;
}
