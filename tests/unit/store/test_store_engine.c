/* test_store_engine.c - whose doing it is that obengine stands still: the key's word, then the
 * journal's, until a look saw it running; and what is made of jobs from before these columns. */
#include <string.h>

#include "../unit.h"
#include "base/mem.h"
#include "store/lease.h"
#include "fixture.h"
#include "store/schema.h"

#define RUN "20261121-7c3e"

enum { ENGINE_STEP = 5 };        /* the migration */

static struct store *s;

static void look_at(enum store_engine engine, const char *key)
{
	struct tx *tx = tx_new();

	tx_look(tx, &(struct store_look){ .host = "h2",
					  .source = "scan",
					  .utc_ms = 5000,
					  .engine = engine,
					  .engine_run = key });
	must_run(s, tx);
}

static void change(void)
{
	struct tx *tx = tx_new();

	tx_engine_change(tx, "h2", RUN);
	must_run(s, tx);
}

static void is_said(const char *label, const char *changed, const char *stopped)
{
	struct host_rows rows;

	get_host(s, "h2", &rows);
	ck_assert_msg(strcmp(rows.row->engine_changed_by, changed) == 0, "%s: changed by '%s'",
		      label, rows.row->engine_changed_by);
	ck_assert_msg(strcmp(rows.row->engine_stopped_by, stopped) == 0, "%s: stopped by '%s'",
		      label, rows.row->engine_stopped_by);
	host_rows_release(&rows);
}

/* clang-format off */
static const struct {
	const char *label;
	bool journal;                   /* a run of this store began to change the host */
	const char *before;             /* the key at an earlier look that saw it stopped; "-": none */
	enum store_engine engine;
	const char *key;
	const char *changed, *stopped;
} looks[] = {
	{ "somebody else stopped it",        false, "-", STORE_ENGINE_STOPPED, "", "", "" },
	{ "the key was not read",            false, "-", STORE_ENGINE_STOPPED, NULL, "", "" },
	{ "the key says so",                 false, "-", STORE_ENGINE_STOPPED, "other", "", "other" },
	{ "the journal says so",             true,  "-", STORE_ENGINE_STOPPED, "", RUN, RUN },
	{ "without the key as well",         true,  "-", STORE_ENGINE_STOPPED, NULL, RUN, RUN },
	{ "the key goes before the journal", true,  "-", STORE_ENGINE_STOPPED, "other", RUN, "other" },
	{ "seen running",                    true,  "-", STORE_ENGINE_RUNS, "other", "", "" },
	{ "running again",                   true,  "other", STORE_ENGINE_RUNS, NULL, "", "" },
	{ "not seen",                        true,  "-", STORE_ENGINE_NOT_SEEN, NULL, RUN, "" },
	{ "not seen again",                  false, "other", STORE_ENGINE_NOT_SEEN, NULL, "", "other" },
	{ "the key is not read again",       false, "other", STORE_ENGINE_STOPPED, NULL, "", "other" },
	{ "the key is gone",                 false, "other", STORE_ENGINE_STOPPED, "", "", "" },
	{ "the key is gone, not the journal", true, "other", STORE_ENGINE_STOPPED, "", RUN, RUN },
};
/* clang-format on */

START_TEST(who_stopped_obengine)
{
	s = temp_store();
	if (looks[_i].journal)
		change();
	if (strcmp(looks[_i].before, "-") != 0)
		look_at(STORE_ENGINE_STOPPED, looks[_i].before);
	look_at(looks[_i].engine, looks[_i].key);
	is_said(looks[_i].label, looks[_i].changed, looks[_i].stopped);
	store_close(s);
}
END_TEST

START_TEST(what_somebody_stops_later_is_nobodys_of_ours)
{
	s = temp_store();
	change();
	look_at(STORE_ENGINE_RUNS, "");
	look_at(STORE_ENGINE_STOPPED, "");
	is_said("stopped after it was seen running", "", "");
	store_close(s);
}
END_TEST

static int count_stopped(bool *out_seen)
{
	struct stopped_rows rows;
	struct err err;
	int count;

	ck_assert_int_eq(store_stopped(s, &rows, &err), 0);
	count = rows.count;
	*out_seen = count > 0 && rows.row[0].seen;
	ck_assert(count == 0 || strcmp(rows.row[0].run, RUN) == 0);
	stopped_rows_release(&rows);
	return count;
}

/* As long as somebody is at it, that one shall bring it to its end. */
START_TEST(who_was_not_seen_running_since_is_told_too)
{
	static const char *const name[] = { "h1", "h2" };
	AUTO_FREE char *path = xstrdup(temp_path());
	struct store *other;
	struct tx *tx = tx_new();
	int64_t epoch;
	bool seen;

	s = open_at(path);
	put_hosts(s, name, ARRAY_LEN(name));
	change();
	ck_assert_int_eq(count_stopped(&seen), 1);
	ck_assert(!seen);
	other = open_at(path);
	tx_lease_take(tx, "h2", 7, &epoch);
	must_run(other, tx);
	ck_assert_int_eq(count_stopped(&seen), 0);
	store_close(other);             /* it is gone */
	ck_assert_int_eq(count_stopped(&seen), 1);
	look_at(STORE_ENGINE_STOPPED, NULL);
	ck_assert_int_eq(count_stopped(&seen), 1);
	ck_assert(seen);
	look_at(STORE_ENGINE_RUNS, "");
	ck_assert_int_eq(count_stopped(&seen), 0);
	store_close(s);
}
END_TEST

START_TEST(the_stopped_are_told_by_run)
{
	static const char *const name[] = { "web10", "web2", "db", "gone" };
	static const char *const left[] = { "web10", "web2", "db" };
	struct stopped_rows rows;
	struct tx *tx = tx_new();
	struct err err;

	s = open_at(temp_path());
	put_hosts(s, name, ARRAY_LEN(name));
	for (size_t i = 0; i < ARRAY_LEN(name); i++)
		tx_look(tx, &(struct store_look){ .host = name[i],
						  .source = "scan",
						  .utc_ms = 5000,
						  .engine = STORE_ENGINE_STOPPED,
						  .engine_run = i == 2 ? "a" : "b" });
	must_run(s, tx);
	put_hosts(s, left, ARRAY_LEN(left));
	ck_assert_int_eq(store_stopped(s, &rows, &err), 0);
	ck_assert_int_eq(rows.count, 3);
	ck_assert_str_eq(rows.row[0].host, "db");
	ck_assert_str_eq(rows.row[1].host, "web2");
	ck_assert_str_eq(rows.row[2].host, "web10");
	ck_assert_str_eq(rows.row[2].run, "b");
	stopped_rows_release(&rows);
	store_close(s);
}
END_TEST

/* --- what was there before ------------------------------------------------------------------ */
#define STOPPED "{\"exists\":true,\"name\":\"obengine\",\"start\":2,\"state\":1}"
#define RUNNING "{\"exists\":true,\"name\":\"obengine\",\"start\":2,\"state\":4}"
#define FOUND_RUNNING "{\"found\":{\"path\":\"C:\\\\\",\"start\":2,\"state\":4}}"
#define FOUND_STOPPED "{\"found\":{\"start\":2,\"state\":1}}"

/* clang-format off */
static const struct {
	const char *label, *memory;
	int changed, began, ended;
	const char *fact; int fact_since;
	bool ours;
} jobs[] = {
	{ "left stopped",           FOUND_RUNNING, 1, 100, 200, STOPPED, 150, true },
	{ "and never ended",        FOUND_RUNNING, 1, 100, 0,   STOPPED, 150, true },
	{ "runs",                   FOUND_RUNNING, 1, 100, 200, RUNNING, 150, false },
	{ "never changed",          FOUND_RUNNING, 0, 100, 200, STOPPED, 150, false },
	{ "was found stopped",      FOUND_STOPPED, 1, 100, 200, STOPPED, 50,  false },
	{ "was stopped later",      FOUND_RUNNING, 1, 100, 200, STOPPED, 300, false },
	{ "there is no service",    FOUND_RUNNING, 1, 100, 200, "{\"exists\":false,\"state\":null}", 150, false },
};
/* clang-format on */

static void run_sql(sqlite3 *db, const char *text)
{
	char *why = NULL;

	ck_assert_msg(sqlite3_exec(db, text, NULL, NULL, &why) == SQLITE_OK, "%s: %s", text, why);
}

START_TEST(jobs_of_before_are_judged_by_what_they_remember)
{
	AUTO_FREE char *rows = xasprintf(
		"insert into host (id, name, address, owner, site, vault, cloud, mars, skip) "
		"values (1, 'h2', '', '', '', '', 'public', 'required', 0);"
		"insert into word values (7, 'service.obengine');"
		"insert into fact (host, name, depth, since_utc_ms, value) "
		"values (1, 7, 0, %d, '%s');"
		"insert into run "
		"values (1, '" RUN "', 'x', 'y', '1', '{}', 'halted', 'me', 90, 210);"
		"insert into job values (1, 1, 1, 1, 'ended', 'failed', '', '', '', '', "
		"'%s', %d, 0, %d, %d);",
		jobs[_i].fact_since, jobs[_i].fact, jobs[_i].memory, jobs[_i].changed,
		jobs[_i].began, jobs[_i].ended);
	const char *said = jobs[_i].ours ? RUN : "";
	const char *path = temp_path();
	sqlite3 *db = NULL;

	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
	for (const struct schema_step *step = schema_steps; step->number < ENGINE_STEP; step++)
		run_sql(db, step->text);
	run_sql(db, rows);
	sqlite3_close(db);
	s = open_at(path);
	is_said(jobs[_i].label, said, said);
	store_close(s);
}
END_TEST

UNIT_SUITE(store_engine)
{
	Suite *suite = suite_create("store_engine");
	TCase *tc = tcase_create("engine");

	tcase_add_loop_test(tc, who_stopped_obengine, 0, ARRAY_LEN(looks));
	tcase_add_test(tc, what_somebody_stops_later_is_nobodys_of_ours);
	tcase_add_test(tc, who_was_not_seen_running_since_is_told_too);
	tcase_add_test(tc, the_stopped_are_told_by_run);
	tcase_add_loop_test(tc, jobs_of_before_are_judged_by_what_they_remember, 0,
			    ARRAY_LEN(jobs));
	suite_add_tcase(suite, tc);
	return suite;
}
