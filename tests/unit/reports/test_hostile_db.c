/* test_hostile_db.c - a database from elsewhere, or one that another of its group wrote to:
 * whatever stands in a column, the reading commands end with an answer or an error. MARSHAL_SEED
 * and MARSHAL_ROUNDS choose what is written at random, and how often. */
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "store/upkeep.h"
#include "tests/unit/reports/hostile.h"
#include "tests/unit/unit.h"

enum { ROUNDS = 20 };

/* clang-format off */
static const char *const values[] = {
	"null", "-1", "0", "2", "1000000000", "9223372036854775807", "-9223372036854775807 - 1",
	"4611686018427387904", "1.5", "9e999", "''", "'x'", "'{'", "'{}'", "'[]'", "'[[[1,{}]]]'",
	"'{\"clock\":[1,{\"skew_ms\":\"x\"}]}'", "'null'", "'7'", "cast(x'fffe80' as text)",
	"x'00ff'", "cast(x'c3' as text)", "'%s%n'", "char(27) || '[31m'", "zeroblob(500)",
	"replace(hex(zeroblob(250)), '0', 'a')",
};
/* clang-format on */

static char original[4300], copy[4300];
static struct hostile_column column[HOSTILE_COLUMNS_MAX];
static int column_count;

static void run_sql(sqlite3 *db, const char *text)
{
	char *why = NULL;

	ck_assert_msg(sqlite3_exec(db, text, NULL, NULL, &why) == SQLITE_OK, "%s: %s", text, why);
}

static void setup(void)
{
	const char *folder = unit_folder();

	snprintf(original, sizeof(original), "%s/original.db", folder);
	snprintf(copy, sizeof(copy), "%s/copy.db", folder);
	hostile_make(original, 4096);
	column_count = hostile_columns(original, column);
	unsetenv("MARSHAL_INVENTORY");
	unsetenv("MARSHAL_POLICY");
}

/* A fresh copy of the original, with statements run on it. */
static void spoil(const char *sql)
{
	AUTO_FREE char *wal = xasprintf("%s-wal", copy), *shm = xasprintf("%s-shm", copy);
	AUTO_FREE char *command = xasprintf("vacuum into '%s'", copy);
	sqlite3 *db = NULL;

	unlink(copy);
	unlink(wal);
	unlink(shm);
	ck_assert_int_eq(sqlite3_open(original, &db), SQLITE_OK);
	run_sql(db, command);
	sqlite3_close(db);
	ck_assert_int_eq(sqlite3_open(copy, &db), SQLITE_OK);
	/* What a unique index forbids is not written: the next one is. */
	sqlite3_exec(db, sql, NULL, NULL, NULL);
	sqlite3_close(db);
}

/* The reading commands one after the other; what they print is of no interest. */
static void run_all(void)
{
	for (int i = 0; i < hostile_commands(); i++) {
		const char *const *word = hostile_words(i);
		int status = hostile_run(i, copy);

		ck_assert_msg(status >= 0 && status <= 3, "%s %s: %d", word[0],
			      word[1] ? word[1] : "", status);
	}
}

static int silence(int fd)
{
	int kept = dup(fd), null = open("/dev/null", O_WRONLY);

	fflush(NULL);
	dup2(null, fd);
	close(null);
	return kept;
}

static void speak(int fd, int kept)
{
	fflush(NULL);
	dup2(kept, fd);
	close(kept);
}

static const int64_t ids[] = { -1, 0, 1000000000, INT64_MAX, INT64_MIN };

START_TEST(ids_from_the_file_are_bounds_checked)
{
	static const char *const at[] = { "host set name = null, engine_stopped_by = %lld",
					  "word set id = %lld where name = 'mars.version'",
					  "host set id = %lld where name = 'seen'",
					  "finding set name = %lld",
					  "fact set name = %lld",
					  "finding set host = %lld",
					  "reading set host = %lld" };
	AUTO_FREE char *tail =
		xasprintf(at[_i % (int)ARRAY_LEN(at)], (long long)ids[_i / (int)ARRAY_LEN(at)]);
	AUTO_FREE char *sql = xasprintf("update %s", tail);
	int out = silence(1), talk = silence(2);

	spoil(sql);
	run_all();
	speak(1, out);
	speak(2, talk);
}
END_TEST

START_TEST(whatever_stands_in_a_column_ends_no_command_badly)
{
	const char *given = getenv("MARSHAL_SEED"), *rounds = getenv("MARSHAL_ROUNDS");
	unsigned seed = given ? (unsigned)strtoul(given, NULL, 10) : (unsigned)getpid();
	int count = rounds ? (int)strtol(rounds, NULL, 10) : ROUNDS, out, talk;

	printf("hostile database: MARSHAL_SEED=%u\n", seed);
	fflush(stdout);
	srandom(seed);
	out = silence(1);
	talk = given ? 2 : silence(2);  /* who looks for a cause wants to see it */
	for (int i = 0; i < count; i++) {
		AUTO_FREE char *sql = xstrdup("");

		for (int k = 0; k < 1 + i % 4; k++) {
			const struct hostile_column *c = &column[random() % column_count];
			char *more = xasprintf(
				"%supdate %s set \"%s\" = %s where %s rowid = (select rowid from "
				"%s limit 1); ",
				sql, c->table, c->name, values[random() % (long)ARRAY_LEN(values)],
				random() % 2 ? "" : "1 or", c->table);

			free(sql);
			sql = more;
		}
		if (given)
			fprintf(stderr, "%s\n", sql);
		spoil(sql);
		run_all();
	}
	speak(1, out);
	if (!given)
		speak(2, talk);
}
END_TEST

/* Each time at the end of all numbers. */
START_TEST(times_that_no_clock_reaches_end_no_command_badly)
{
	int out = silence(1), talk = silence(2);

	for (int i = 0; i < column_count; i++) {
		AUTO_FREE char *sql =
			xasprintf("update %s set \"%s\" = %lld", column[i].table, column[i].name,
				  (long long)(_i ? INT64_MIN : INT64_MAX));

		if (!strstr(column[i].name, "utc_ms"))
			continue;
		spoil(sql);
		run_all();
	}
	speak(1, out);
	speak(2, talk);
}
END_TEST

static bool is_for_a_person(int which)
{
	for (const char *const *word = hostile_words(which); *word; word++)
		if (strstr(*word, "json") || strcmp(*word, "prometheus") == 0)
			return false;
	return true;
}

/* What the command prints. */
static size_t printed(int which, char *text, size_t size)
{
	FILE *to = tmpfile();
	int out = dup(1), talk = silence(2);
	size_t len;

	ck_assert(to && out >= 0);
	fflush(NULL);
	dup2(fileno(to), 1);
	hostile_run(which, copy);
	speak(1, out);
	speak(2, talk);
	rewind(to);
	len = fread(text, 1, size, to);
	fclose(to);
	return len;
}

START_TEST(no_text_of_the_file_steers_a_terminal)
{
	static char text[1 << 20];

	for (int i = 0; i < column_count; i++) {
		const struct hostile_column *c = &column[i];
		AUTO_FREE char *sql = xasprintf("update %s set \"%s\" = char(27) || \"%s\"",
						c->table, c->name, c->name);

		spoil(sql);
		for (int which = 0; which < hostile_commands(); which++)
			ck_assert_msg(!is_for_a_person(which) ||
					      !memchr(text, 27, printed(which, text, sizeof(text))),
				      "%s.%s: command %d", c->table, c->name, which);
	}
}
END_TEST

static void add(void *ctx, const char *trouble)
{
	char *text = ctx;

	snprintf(text + strlen(text), 4000 - strlen(text), "%s\n", trouble);
}

/* clang-format off */
static const struct { const char *sql, *want; } troubles[] = {
	{ "update word set id = -1 where id = 1",        "table 'word', column 'id': 1 rows with an id that is none" },
	{ "update host set name = null where id = 1",    "table 'host', column 'name': 1 rows with no value" },
	{ "update job set position = 'x'",               "table 'job', column 'position': 1 rows with a value of another type" },
	{ "update run set options = '{'",                "table 'run', column 'options': 1 rows with a text that is no JSON" },
	{ "update scan set actor = cast(x'ff' as text)", "table 'scan', column 'actor': 1 rows with a text that is not UTF-8" },
	{ "update event set utc_ms = -5 where id = 1",   "table 'event', column 'utc_ms': 1 rows with a time that is none" },
	{ "update finding set name = 99",                "refers to a row of 'word' that is not there" },
	{ "drop table event",                            "table 'event': no such table" },
	{ "alter table process rename column machine to m", "table 'process': no such column: machine" },
	{ "alter table host add column other text",      "table 'host', column 'other' is none of ours" },
	{ "create table t as select * from finding; drop table finding; alter table t rename to finding",
	                                                 "table 'finding' has no key of the columns" },
	{ "create trigger t after insert on host begin select 1; end", "trigger 't' is none of ours" },
};
/* clang-format on */

START_TEST(check_says_what_is_wrong)
{
	char text[4096] = "";
	struct err err;

	spoil("");
	ck_assert_msg(store_check(copy, add, text, &err) == 0, "%s", text);
	spoil(troubles[_i].sql);
	ck_assert_msg(store_check(copy, add, text, &err) >= 1, "%s", troubles[_i].sql);
	ck_assert_msg(strstr(text, troubles[_i].want) != NULL, "%s", text);
}
END_TEST

START_TEST(what_is_no_database_is_not_checked)
{
	char text[4096] = "";
	FILE *f = fopen(copy, "w");
	struct err err;

	ck_assert_ptr_nonnull(f);
	fclose(f);
	ck_assert_int_eq(store_check(copy, add, text, &err), -1);
	ck_assert_msg(strstr(err.msg, "is empty and no database"), "%s", err.msg);
	f = fopen(copy, "w");
	fputs("a letter to somebody, which is no database, and longer than a header of one "
	      "would be: a hundred bytes\n",
	      f);
	fclose(f);
	ck_assert_int_eq(store_check(copy, add, text, &err), -1);
	ck_assert_msg(strstr(err.hint, "restore"), "%s", err.hint);
}
END_TEST

/* What it has and we have not is no trouble, and what it lacks is none. */
START_TEST(what_a_newer_marshal_wrote_is_not_checked)
{
	char text[4096] = "";
	struct err err;

	spoil("insert into schema_version (version) values (99)");
	ck_assert_int_eq(store_check(copy, add, text, &err), -1);
	ck_assert_msg(strstr(err.msg, "has schema 99, this marshal knows up to"), "%s", err.msg);
	ck_assert_msg(strstr(err.hint, "newer"), "%s", err.hint);
	ck_assert_str_eq(text, "");
}
END_TEST

START_TEST(a_schema_before_the_first_is_said)
{
	char text[4096] = "";
	struct err err = { 0 };

	spoil("update schema_version set version = -version");
	ck_assert_int_eq(store_check(copy, add, text, &err), -1);
	ck_assert_msg(strstr(err.msg, "has schema -1"), "%s", err.msg);
	ck_assert_msg(strstr(err.hint, "restore"), "%s", err.hint);
}
END_TEST

UNIT_SUITE(hostile_db)
{
	Suite *suite = suite_create("hostile_db");
	TCase *tc = tcase_create("hostile");

	tcase_set_timeout(tc, 600);
	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_loop_test(tc, ids_from_the_file_are_bounds_checked, 0, 7 * (int)ARRAY_LEN(ids));
	tcase_add_test(tc, whatever_stands_in_a_column_ends_no_command_badly);
	tcase_add_test(tc, no_text_of_the_file_steers_a_terminal);
	tcase_add_loop_test(tc, times_that_no_clock_reaches_end_no_command_badly, 0, 2);
	tcase_add_loop_test(tc, check_says_what_is_wrong, 0, ARRAY_LEN(troubles));
	tcase_add_test(tc, what_is_no_database_is_not_checked);
	tcase_add_test(tc, what_a_newer_marshal_wrote_is_not_checked);
	tcase_add_test(tc, a_schema_before_the_first_is_said);
	suite_add_tcase(suite, tc);
	return suite;
}
