/* test_store_trouble.c - when the world is not as it should be: another writer, a full disk, a
 * killed process. What was stored stays, and the message says what to do. */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../unit.h"
#include "base/clock.h"
#include "base/mem.h"
#include "fixture.h"
#include "store/lease.h"

enum { SHORT_WAIT_MS = 150, HUGE_TEXT = 2000000 };

static struct store *open_with(const char *path, int64_t wait_ms, int64_t max_pages,
			       struct err *err)
{
	return store_open_limits(&(struct store_options){ .path = path, .command = "test" },
				 &(struct store_limits){ wait_ms, max_pages }, err);
}

static sqlite3 *hold(const char *path)
{
	sqlite3 *other = NULL;

	ck_assert_int_eq(sqlite3_open(path, &other), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(other,
				      "begin immediate; insert into setting (name, value) values "
				      "('controller', 'done')",
				      NULL, NULL, NULL),
			 SQLITE_OK);
	return other;
}

static struct tx *setting(enum setting which, const char *value)
{
	struct tx *tx = tx_new();

	tx_setting(tx, which, value);
	return tx;
}

START_TEST(a_busy_writer_is_named)
{
	AUTO_FREE char *path = xstrdup(temp_path());
	struct store_options scan = { .path = path, .command = "scan" };
	struct err err = { 0 };
	struct store *holder = store_open(&scan, &err);
	struct store *s = open_with(path, SHORT_WAIT_MS, 0, &err);
	sqlite3 *other = hold(path);
	int64_t begun_ms = clock_now_ms();

	ck_assert_int_ne(store_write(s, setting(SETTING_TARGET, "1"), true, &err), 0);
	ck_assert_int_ge(clock_now_ms() - begun_ms, SHORT_WAIT_MS);
	ck_assert_int_eq(err.code, ERR_BUSY);
	ck_assert_msg(strstr(err.msg, "scan (pid ") && strstr(err.msg, store_actor()), "%s",
		      err.msg);
	ck_assert_msg(!strstr(err.msg, "test (pid "), "names itself: %s", err.msg);
	ck_assert_ptr_null(open_with(path, SHORT_WAIT_MS, 0, &err));
	ck_assert_msg(err.code == ERR_BUSY && strstr(err.msg, "scan (pid "), "%s", err.msg);
	sqlite3_exec(other, "commit", NULL, NULL, NULL);
	must_run(s, setting(SETTING_TARGET, "1")); /* and goes on as if nothing had been */
	sqlite3_close(other);
	store_close(s);
	store_close(holder);
}
END_TEST

struct holder {
	sqlite3 *db;
	int said; /* what the store says */
};

/* Lets go once it was said that one wait was not enough. */
static void *commit_later(void *ctx)
{
	struct holder *h = ctx;
	char text[4096] = "";
	size_t len = 0;
	ssize_t got = 1;

	while (!strstr(text, "waited for") && got > 0 && len < sizeof(text) - 1) {
		got = read(h->said, text + len, sizeof(text) - 1 - len);
		len += got > 0 ? (size_t)got : 0;
		text[len] = '\0';
	}
	sqlite3_exec(h->db, "commit", NULL, NULL, NULL);
	return NULL;
}

START_TEST(with_patience_a_busy_writer_is_waited_for)
{
	AUTO_FREE char *path = xstrdup(temp_path());
	struct store_options options = { .path = path, .patience_ms = 20 * 1000 };
	struct err err = { 0 };
	struct store *s =
		store_open_limits(&options, &(struct store_limits){ SHORT_WAIT_MS, 0 }, &err);
	struct holder other = { .db = hold(path) };
	int said[2], before = dup(STDERR_FILENO);
	pthread_t thread;

	ck_assert_int_eq(pipe(said), 0);
	other.said = said[0];
	dup2(said[1], STDERR_FILENO);
	close(said[1]);
	ck_assert_int_eq(pthread_create(&thread, NULL, commit_later, &other), 0);
	must_run(s, setting(SETTING_TARGET, "1"));
	pthread_join(thread, NULL);
	dup2(before, STDERR_FILENO);
	close(before);
	close(said[0]);
	sqlite3_close(other.db);
	store_close(s);
}
END_TEST

START_TEST(an_unknown_writer_is_said_to_be_unknown)
{
	AUTO_FREE char *path = xstrdup(temp_path());
	struct err err = { 0 };
	struct store *s = open_with(path, SHORT_WAIT_MS, 0, &err);
	sqlite3 *other = hold(path);

	ck_assert_int_ne(store_write(s, setting(SETTING_TARGET, "1"), true, &err), 0);
	ck_assert_msg(err.code == ERR_BUSY && strstr(err.msg, "did not register"), "%s", err.msg);
	sqlite3_close(other);
	store_close(s);
}
END_TEST

/* One of two is always in the middle of reading. In a process that began before the writer: two
 * must not share what SQLite knows of open files. */
static void read_in_turns(const char *path, int begin, int began)
{
	sqlite3 *turn[2] = { NULL, NULL };
	char byte;

	if (read(begin, &byte, 1) != 1)
		_exit(1);
	for (int i = 0;; i = !i) {
		if (sqlite3_open_v2(path, &turn[i], SQLITE_OPEN_READONLY, NULL) != SQLITE_OK ||
		    sqlite3_exec(turn[i], "begin; select count(*) from setting", NULL, NULL,
				 NULL) != SQLITE_OK)
			_exit(1);
		sqlite3_close(turn[!i]);
		turn[!i] = NULL;
		if (began >= 0 && write(began, "x", 1) == 1) {
			close(began);
			began = -1;
		}
	}
}

START_TEST(readers_that_take_turns_do_not_keep_the_log_growing)
{
	enum { MB = 1024 * 1024, WRITES = 100 };
	AUTO_FREE char *path = xstrdup(temp_path());
	AUTO_FREE char *wal = xasprintf("%s-wal", path);
	AUTO_FREE char *value = xcalloc(1, MB + 1);
	int begin[2], began[2], status;
	struct stat st = { 0 };
	struct store *s;
	pid_t child;
	char byte;

	ck_assert(pipe(begin) == 0 && pipe(began) == 0);
	child = fork();
	if (child == 0)
		read_in_turns(path, begin[0], began[1]);
	s = open_at(path);
	ck_assert_int_eq(write(begin[1], "x", 1), 1);
	ck_assert_int_eq(read(began[0], &byte, 1), 1);
	for (int i = 0; i < WRITES; i++) {
		memset(value, 'a' + i % 26, MB);
		must_run(s, setting(SETTING_TARGET, value));
	}
	ck_assert_int_eq(waitpid(child, &status, WNOHANG), 0);  /* reads to the end */
	ck_assert_int_eq(kill(child, SIGKILL), 0);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(stat(wal, &st), 0);
	ck_assert_msg(st.st_size < WRITES / 2 * MB, "%lld bytes", (long long)st.st_size);
	store_close(s);
}
END_TEST

START_TEST(readers_never_wait)
{
	AUTO_FREE char *path = xstrdup(temp_path());
	struct err err = { 0 };
	struct store *s = open_at(path), *reader;
	struct host_rows rows;
	sqlite3 *other;

	must_run(s, setting(SETTING_TARGET, "1"));
	other = hold(path);
	reader = open_with(path, 0, 0, &err); /* a writer would be refused at once */
	ck_assert_ptr_null(reader);
	reader = open_read_only(path);

	AUTO_FREE char *a = store_setting(reader, SETTING_TARGET, &err);

	ck_assert_str_eq(a, "1");
	ck_assert_ptr_null(
		store_setting(reader, SETTING_CONTROLLER, &err)); /* not committed, not seen */
	ck_assert_int_eq(store_hosts(s, NULL, ROWS_FACTS, &rows, &err), 0);
	host_rows_release(&rows);
	store_close(reader);
	sqlite3_close(other);
	store_close(s);
}
END_TEST

static char *huge_text(void)
{
	char *text = xmalloc(HUGE_TEXT + 1);

	memset(text, 'x', HUGE_TEXT);
	text[HUGE_TEXT] = '\0';
	return text;
}

static void check_full(struct store *s, const char *path)
{
	AUTO_FREE char *huge = huge_text();
	struct err err = { 0 };

	ck_assert_int_ne(store_write(s, setting(SETTING_POLICY, huge), true, &err), 0);
	ck_assert_int_eq(err.code, ERR_STORE);
	ck_assert_msg(strstr(err.msg, "this was not stored"), "%s", err.msg);
	ck_assert_ptr_nonnull(strstr(err.hint, "disk"));
	must_run(s, setting(SETTING_POLICY_FILE, "2"));

	AUTO_FREE char *before = store_setting(s, SETTING_TARGET, &err),
		       *after = store_setting(s, SETTING_POLICY_FILE, &err);

	ck_assert_str_eq(before, "1");
	ck_assert_str_eq(after, "2");
	ck_assert_ptr_null(store_setting(s, SETTING_POLICY, &err));
	store_close(s);
	ck_assert_int_eq(query_number(path, "select count(*) from setting"), 2);
	ck_assert_int_eq(query_number(path, "select count(*) from pragma_integrity_check "
					    "where integrity_check = 'ok'"),
			 1);
}

START_TEST(a_full_database_loses_nothing)
{
	AUTO_FREE char *path = xstrdup(temp_path());
	struct err err = { 0 };
	struct store *s = open_with(path, SHORT_WAIT_MS, 120, &err);

	ck_assert_msg(s != NULL, "%s", err.msg);
	must_run(s, setting(SETTING_TARGET, "1"));
	check_full(s, path);
}
END_TEST

START_TEST(a_full_disk_loses_nothing)
{
	AUTO_FREE char *path = xstrdup(temp_path());
	struct rlimit limit = { 1000000, RLIM_INFINITY };
	struct store *s = open_at(path);

	must_run(s, setting(SETTING_TARGET, "1"));
	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	check_full(s, path);
}
END_TEST

static int done_count, failed_count;

static void count(void *ctx, const struct err *err)
{
	(void)ctx;
	done_count++;
	failed_count += err != NULL;
}

START_TEST(in_a_batch_what_fits_gets_in)
{
	AUTO_FREE char *path = xstrdup(temp_path());
	AUTO_FREE char *huge = huge_text();
	struct err err = { 0 };
	struct store *s = open_with(path, 10000, 120, &err);
	sqlite3 *other = hold(path);
	uv_loop_t loop;

	uv_loop_init(&loop);
	store_submit(s, setting(SETTING_TARGET, "1"), false, &loop, count, NULL);
	store_submit(s, setting(SETTING_POLICY, huge), false, &loop, count, NULL);
	store_submit(s, setting(SETTING_POLICY_FILE, "2"), false, &loop, count, NULL);
	sqlite3_close(other); /* gives the lock back, undone */
	uv_run(&loop, UV_RUN_DEFAULT);
	uv_loop_close(&loop);
	ck_assert_int_eq(done_count, 3);
	ck_assert_int_eq(failed_count, 1);
	store_close(s);
	ck_assert_int_eq(query_number(path, "select count(*) from setting "
					    "where name in ('target', 'policy-file')"),
			 2);
	ck_assert_int_eq(query_number(path, "select count(*) from setting"), 2);
}
END_TEST

/* Writes, says over the pipe what is done, and is killed while it goes on writing. */
static void write_until_killed(const char *path, int fd)
{
	struct store *s =
		store_open(&(struct store_options){ .path = path, .command = "upgrade" }, NULL);

	for (int i = 0; s; i++) {
		struct tx *tx = tx_new();
		int64_t epoch;

		tx_event(tx, NULL, 0, "x", "", 1);
		tx_lease_take(tx, "h1", 1, &epoch);
		if (store_write(s, tx, true, NULL) != 0 || write(fd, &i, sizeof(i)) != sizeof(i))
			break;
	}
	_exit(1);
}

START_TEST(a_killed_process_keeps_what_it_was_told_is_done)
{
	AUTO_FREE char *path = xstrdup(temp_path());
	static const char *const name[] = { "h1" };
	int fd[2], last = -1, i, status;
	struct store *s = open_at(path);
	struct tx *tx = tx_new();
	int64_t epoch;
	pid_t child;

	put_hosts(s, name, 1);
	store_close(s);
	ck_assert_int_eq(pipe(fd), 0);
	child = fork();
	if (child == 0)
		write_until_killed(path, fd[1]);
	close(fd[1]);
	while (last < 20 && read(fd[0], &i, sizeof(i)) == sizeof(i))
		last = i;
	kill(child, SIGKILL);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	while (read(fd[0], &i, sizeof(i)) == sizeof(i))
		last = i;
	close(fd[0]);
	ck_assert_int_ge(last, 20);
	s = open_at(path);
	ck_assert_int_ge(query_number(path, "select count(*) from event"), last + 1);
	tx_lease_take(tx, "h1", 2, &epoch); /* the dead one's */
	must_run(s, tx);
	ck_assert_int_eq(query_number(path, "select count(*) from process"), 1);
	store_close(s);
}
END_TEST

UNIT_SUITE(store_trouble)
{
	Suite *suite = suite_create("store_trouble");
	TCase *tc = tcase_create("trouble");

	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, a_busy_writer_is_named);
	tcase_add_test(tc, with_patience_a_busy_writer_is_waited_for);
	tcase_add_test(tc, an_unknown_writer_is_said_to_be_unknown);
	tcase_add_test(tc, readers_that_take_turns_do_not_keep_the_log_growing);
	tcase_add_test(tc, readers_never_wait);
	tcase_add_test(tc, a_full_database_loses_nothing);
	tcase_add_test(tc, a_full_disk_loses_nothing);
	tcase_add_test(tc, in_a_batch_what_fits_gets_in);
	tcase_add_test(tc, a_killed_process_keeps_what_it_was_told_is_done);
	suite_add_tcase(suite, tc);
	return suite;
}
