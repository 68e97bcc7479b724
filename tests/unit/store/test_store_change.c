/* test_store_change.c - inventory, runs and jobs, and the trail. */
#include <stdlib.h>
#include <string.h>

#include "../unit.h"
#include "base/mem.h"
#include "fixture.h"
#include "store/plans.h"

enum { RUN = 9, OTHER_RUN = 10, JOB = 100 };

START_TEST(the_inventory_keeps_ids_and_marks_the_gone)
{
	static const char *const first[] = { "web10", "web2", "db" }, *const second[] = { "db",
											  "new" };
	AUTO_FREE char *path = xstrdup(temp_path());
	struct store *s = open_at(path);
	struct host_rows rows;
	struct err err;
	int64_t id;

	put_hosts(s, first, 3);
	id = query_number(path, "select id from host where name = 'db'");
	ck_assert_int_eq(store_hosts(s, NULL, 0, &rows, &err), 0);
	ck_assert_int_eq(rows.count, 3);
	ck_assert_str_eq(rows.row[1].name, "web2"); /* before web10 */
	ck_assert_str_eq(rows.row[1].mars, "required");
	host_rows_release(&rows);
	put_hosts(s, second, 2);
	ck_assert_int_eq(query_number(path, "select id from host where name = 'db'"), id);
	ck_assert_int_eq(store_hosts(s, NULL, 0, &rows, &err), 0);
	ck_assert_int_eq(rows.count, 2);
	host_rows_release(&rows);
	ck_assert_int_eq(store_hosts(s, "web2", 0, &rows, &err), 0);
	ck_assert_int_eq(rows.count, 0);
	host_rows_release(&rows);
	ck_assert_int_eq(store_hosts(s, NULL, ROWS_GONE | ROWS_FACTS | ROWS_FINDINGS, &rows, &err),
			 0);
	ck_assert_int_eq(rows.count, 4);
	ck_assert_str_eq(rows.row[2].name, "web2");
	ck_assert_int_eq(rows.row[2].gone_utc_ms, 1000);
	ck_assert_ptr_nonnull(rows.row[2].facts);
	host_rows_release(&rows);
	put_hosts(s, first, 3); /* and back */
	ck_assert_int_eq(store_hosts(s, "web2", 0, &rows, &err), 0);
	ck_assert_int_eq(rows.count, 1);
	host_rows_release(&rows);
	store_close(s);
}
END_TEST

static void put_run(struct store *s, int64_t id, const char *name, int64_t utc_ms)
{
	struct store_run_row run = { .id = id,
				     .name = (char *)name,
				     .installer = "/x.exe",
				     .sha256 = "ab",
				     .target = "2.0.9262.0",
				     .options = "{\"first\":1}",
				     .state = "running",
				     .begun_utc_ms = utc_ms };
	struct store_job_row job[2] = {
		{ .id = id * JOB, .host = "h2", .state = "planned", .position = 0 },
		{ .id = id * JOB + 1, .host = "h1", .state = "planned", .position = 1 },
	};
	struct tx *tx = tx_new();

	tx_run_create(tx, &run, job, 2);
	must_run(s, tx);
}

START_TEST(a_run_is_found_by_name_or_as_last)
{
	struct store *s = temp_store();
	struct store_run_row run;
	struct tx *tx = tx_new();
	struct err err = { 0 };

	ck_assert_int_ne(store_run_find(s, "last", &run, &err), 0);
	ck_assert_msg(err.code == ERR_NOT_FOUND && strstr(err.msg, "no run yet"), "%s", err.msg);
	ck_assert_ptr_nonnull(strstr(err.hint, "marshal upgrade"));
	put_run(s, RUN, "20261121-7c3e", 5000);
	put_run(s, OTHER_RUN, "20261122-aaaa", 6000);
	tx_run_state(tx, &(struct store_run_row){ .id = RUN }, RUN_STATE_HALTED, 7000);
	must_run(s, tx);
	ck_assert_int_eq(store_run_find(s, "20261121-7c3e", &run, &err), 0);
	ck_assert_int_eq(run.id, RUN);
	ck_assert_str_eq(run.state, "halted");
	ck_assert_str_eq(run.actor, store_actor());
	ck_assert_str_eq(run.options, "{\"first\":1}");
	ck_assert_int_eq(run.ended_utc_ms, 7000);
	ck_assert_int_eq(run.version, 1);
	store_run_release(&run);
	ck_assert_int_eq(store_run_find(s, "last", &run, &err), 0);
	ck_assert_int_eq(run.id, OTHER_RUN);
	store_run_release(&run);
	ck_assert_int_ne(store_run_find(s, "typo", &run, &err), 0);
	ck_assert_msg(strstr(err.msg, "20261122-aaaa, 20261121-7c3e"), "%s", err.msg);
	store_close(s);
}
END_TEST

static struct store_job_row first_job(struct store *s, struct job_rows *rows)
{
	struct err err;

	ck_assert_int_eq(store_jobs(s, RUN, rows, &err), 0);
	ck_assert_int_eq(rows->count, 2);
	return rows->row[0];
}

START_TEST(a_job_moves_with_its_event_or_not_at_all)
{
	struct store *s = temp_store();
	struct event_rows events;
	struct store_job_row job;
	struct job_rows rows;
	struct tx *tx = tx_new();
	struct err err;

	put_run(s, RUN, "r", 5000);
	job = first_job(s, &rows);
	ck_assert_str_eq(job.host, "h2");
	job.state = "staged";
	job.before = "2.0.9070.0";
	job.changed = true;
	json_object_set_new(job.memory, "path", json_string("C:\\x"));
	tx_job_move(tx, &job, "stage", "installer staged", 6000);
	must_run(s, tx);
	tx = tx_new();
	job.state = "installed";
	tx_job_move(tx, &job, "install", "too late", 7000);
	must_fail(s, tx, ERR_MOVED, "host 'h2' is not as it was seen, but 'staged'");
	job_rows_release(&rows);
	job = first_job(s, &rows);
	ck_assert_str_eq(job.state, "staged");
	ck_assert_str_eq(job.before, "2.0.9070.0");
	ck_assert_int_eq(job.version, 1);
	ck_assert_str_eq(job.outcome, "");
	ck_assert(job.changed && !job.reboot_pending);
	ck_assert_str_eq(json_string_value(json_object_get(job.memory, "path")), "C:\\x");
	job_rows_release(&rows);
	ck_assert_int_eq(store_events(s, RUN, "h2", 10, &events, &err), 0);
	ck_assert_int_eq(events.count, 1);
	ck_assert_str_eq(events.row[0].kind, "stage");
	ck_assert_str_eq(events.row[0].text, "installer staged");
	ck_assert_str_eq(events.row[0].actor, store_actor());
	ck_assert_int_eq(events.row[0].run, RUN);
	ck_assert_int_eq(events.row[0].utc_ms, 6000);
	event_rows_release(&events);
	store_close(s);
}
END_TEST

/* To the state that it has already, and back to one that it had: the word alone would not tell. */
START_TEST(what_somebody_else_moved_is_not_moved_again)
{
	struct store *s = temp_store();
	struct store_run_row run = { .id = RUN };
	struct store_job_row job, theirs;
	struct job_rows rows;
	struct tx *tx;

	put_run(s, RUN, "r", 5000);
	job = theirs = first_job(s, &rows);
	for (int i = 0; i < 2; i++) {
		theirs.state = i == 0 ? "looking" : "planned";
		tx = tx_new();
		tx_job_move(tx, &theirs, "elsewhere", "", 6000);
		must_run(s, tx);
		theirs.version++;
	}
	tx = tx_new();
	tx_job_move(tx, &job, "note", "", 7000);
	must_fail(s, tx, ERR_MOVED, "'planned': somebody else moved it");
	job.version = 2;
	tx = tx_new();
	tx_job_move(tx, &job, "note", "", 7000);
	must_run(s, tx);
	job_rows_release(&rows);
	for (int i = 0; i < 2; i++) {
		tx = tx_new();
		tx_run_state(tx, &run, RUN_STATE_RUNNING, 7000);
		if (i == 0)
			must_run(s, tx);
		else
			must_fail(s, tx, ERR_MOVED, "the run 'r' is not as it was seen");
	}
	store_close(s);
}
END_TEST

START_TEST(a_run_with_an_unknown_host_is_not_made)
{
	struct store *s = temp_store();
	struct store_run_row run = { .id = RUN, .name = "r", .state = "running" };
	struct store_job_row job = { .id = JOB, .host = "nobody", .state = "planned" };
	struct tx *tx = tx_new();

	tx_run_create(tx, &run, &job, 1);
	must_fail(s, tx, ERR_NOT_FOUND, "'nobody'");
	ck_assert_int_ne(store_run_find(s, "r", &run, NULL), 0);
	store_close(s);
}
END_TEST

/* clang-format off */
static const struct {
	int64_t run;
	const char *host;
	int max;
	const char *want;
} trails[] = {
	{ 0,   NULL,     10, "abcd" },
	{ 0,   NULL,     2,  "cd"   },
	{ RUN, NULL,     10, "bc"   },
	{ RUN, NULL,     1,  "c"    },
	{ RUN, "h1",     10, "b"    },
	{ 0,   "h1",     10, "bd"   },
	{ 0,   "nobody", 10, ""     },
};
/* clang-format on */

START_TEST(the_trail_is_read_oldest_first)
{
	struct store *s = temp_store();
	struct event_rows rows;
	struct tx *tx = tx_new();
	char got[16] = "";
	struct err err;

	put_run(s, RUN, "r", 5000);
	/* All in one millisecond: the order is that of adding. */
	tx_event(tx, NULL, 0, "a", "scan", 6000);
	tx_event(tx, "h1", RUN, "b", "x", 6000);
	tx_event(tx, "h2", RUN, "c", "y", 6000);
	tx_event(tx, "h1", 0, "d", NULL, 6000);
	must_run(s, tx);
	ck_assert_int_eq(
		store_events(s, trails[_i].run, trails[_i].host, trails[_i].max, &rows, &err), 0);
	for (int i = 0; i < rows.count; i++)
		got[i] = rows.row[i].kind[0];
	ck_assert_str_eq(got, trails[_i].want);
	event_rows_release(&rows);
	store_close(s);
}
END_TEST

START_TEST(ids_grow_and_differ)
{
	int64_t before = 0;

	for (int i = 0; i < 10000; i++) {
		int64_t id = store_new_id();

		ck_assert_int_gt(id, before);
		before = id;
	}
}
END_TEST

START_TEST(ids_go_on_from_those_that_are_stored)
{
	int64_t now = store_new_id(), ahead = now + (INT64_C(3600000) << 21);

	ids_follow(ahead);
	ck_assert_int_gt(store_new_id(), ahead);
	ids_follow(now);
	ck_assert_int_gt(store_new_id(), ahead);
	ids_follow(INT64_MAX);          /* none of ours */
	ck_assert_int_lt(store_new_id(), 2 * ahead - now);
}
END_TEST

START_TEST(what_is_made_later_has_the_higher_id)
{
	static const char *const name[] = { "h1" };
	AUTO_FREE char *path = xstrdup(temp_path());
	struct store *s = open_at(path);
	struct event_rows rows;
	struct tx *tx = tx_new();
	struct err err;
	char sql[200];

	put_hosts(s, name, 1);
	tx_event(tx, "h1", 0, "first", "", 3600000);
	must_run(s, tx);
	store_close(s);
	/* as if an hour ahead of now */
	snprintf(sql, sizeof(sql), "update event set id = id + %lld returning id", 3600000LL << 21);
	query_number(path, sql);
	s = open_at(path);
	tx = tx_new();
	tx_event(tx, "h1", 0, "second", "", 1000);
	must_run(s, tx);
	ck_assert_int_eq(store_events(s, 0, NULL, 10, &rows, &err), 0);
	ck_assert_int_eq(rows.count, 2);
	ck_assert_str_eq(rows.row[0].kind, "first");
	ck_assert_str_eq(rows.row[1].kind, "second");
	event_rows_release(&rows);
	store_close(s);
}
END_TEST

static struct tx *planning(const char *name, int64_t run)
{
	struct store_run_row row = { .id = run,
				     .name = (char *)(run == RUN ? "r1" : "r2"),
				     .state = (char *)run_state_name(RUN_STATE_PLANNED),
				     .begun_utc_ms = 5000 };
	struct store_plan_row plan = {
		.run = run, .name = (char *)name, .hash = "h", .policy = "p"
	};
	struct tx *tx = tx_new();

	tx_plan_create(tx, &row, NULL, 0, &plan, 5000);
	return tx;
}

/* The plan was made before a run that is over when it begins. */
START_TEST(a_plan_is_no_run_before_it_begins)
{
	struct store *s = temp_store();
	struct store_plan_row plan;
	struct store_run_row run;
	struct tx *tx = tx_new();
	struct err err;

	must_run(s, planning("night", RUN));
	must_fail(s, planning("night", OTHER_RUN), ERR_USAGE, "there is a plan 'night' already");
	ck_assert_int_ne(store_run_find(s, "last", &run, &err), 0);
	put_run(s, OTHER_RUN, "r2", 6000);
	ck_assert_int_eq(store_plan_find(s, "night", &plan, &run, &err), 0);
	ck_assert_str_eq(run.name, "r1");
	tx_plan_approve(tx, &run, "h", 6000);
	must_run(s, tx);
	tx = tx_new();
	tx_plan_drop(tx, &run, 6000);   /* seen before it was approved */
	must_fail(s, tx, ERR_MOVED, "'r1' is not as it was seen, but 'approved'");
	run.version++;
	tx = tx_new();
	tx_plan_start(tx, &run, 7000);
	must_run(s, tx);
	store_run_release(&run);
	store_plan_release(&plan);
	ck_assert_int_eq(store_run_find(s, "last", &run, &err), 0);
	ck_assert_str_eq(run.name, "r1");
	ck_assert_int_eq(run.begun_utc_ms, 7000);
	store_run_release(&run);
	store_close(s);
}
END_TEST

/* Made first by a process whose clock was ahead, and written last. */
START_TEST(the_trail_is_in_the_order_of_its_writing)
{
	struct store *s = temp_store();
	struct tx *early = tx_new(), *tx = tx_new();
	struct event_rows rows;
	struct err err;

	tx_event(early, "h1", 0, "second", "", 1000);
	tx_event(tx, "h1", 0, "first", "", 2000);
	must_run(s, tx);
	must_run(s, early);
	ck_assert_int_eq(store_events(s, 0, "h1", 10, &rows, &err), 0);
	ck_assert_int_eq(rows.count, 2);
	ck_assert_str_eq(rows.row[0].kind, "first");
	event_rows_release(&rows);
	store_close(s);
}
END_TEST

UNIT_SUITE(store_change)
{
	Suite *suite = suite_create("store_change");
	TCase *tc = tcase_create("changes");

	tcase_add_test(tc, the_inventory_keeps_ids_and_marks_the_gone);
	tcase_add_test(tc, a_run_is_found_by_name_or_as_last);
	tcase_add_test(tc, a_job_moves_with_its_event_or_not_at_all);
	tcase_add_test(tc, what_somebody_else_moved_is_not_moved_again);
	tcase_add_test(tc, a_run_with_an_unknown_host_is_not_made);
	tcase_add_loop_test(tc, the_trail_is_read_oldest_first, 0, ARRAY_LEN(trails));
	tcase_add_test(tc, ids_grow_and_differ);
	tcase_add_test(tc, ids_go_on_from_those_that_are_stored);
	tcase_add_test(tc, what_is_made_later_has_the_higher_id);
	tcase_add_test(tc, the_trail_is_in_the_order_of_its_writing);
	tcase_add_test(tc, a_plan_is_no_run_before_it_begins);
	suite_add_tcase(suite, tc);
	return suite;
}
