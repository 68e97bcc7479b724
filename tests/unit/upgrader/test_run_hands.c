/* test_run_hands.c - a run and the others: hosts, jobs and runs in the hands of another process,
 * and a run that is taken up. */
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "scanner/judge.h"
#include "store/lease.h"
#include "tests/unit/scanner/answers.h"
#include "tests/unit/store/fixture.h"
#include "tests/unit/unit.h"
#include "tests/unit/upgrader/fakefleet.h"

static struct fake_fleet f;
static struct run run;
static struct upgrade_terms terms;

static void setup(void)
{
	log_set_level(LOG_ERROR);
	fake_fleet_init(&f, FAKE_HOSTS);
	upgrade_terms_default(&terms);
	terms.limit_verify = 40;
}

static void teardown(void)
{
	fake_fleet_release(&f);
}

static const char *outcomes(void)
{
	return fake_outcomes(&f, &run);
}

static void database_exec(const char *sql)
{
	sqlite3 *db;

	ck_assert_int_eq(sqlite3_open(f.db, &db), SQLITE_OK);
	sqlite3_busy_timeout(db, 5000);
	ck_assert_int_eq(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

START_TEST(a_host_that_another_process_changes_is_blocked_for_now)
{
	struct fake_holder holder = fake_hold(&f, "h1", 0);
	const char *reason;

	fake_run(&f, &run, &terms);
	ck_assert_str_eq(outcomes(), "BUUUUU");
	reason = fake_job(&run, "h1")->row.reason;
	ck_assert_msg(strstr(reason, "for now: host 'h1' is being changed by test (pid ") &&
			      strstr(reason, "since 2"),
		      "%s", reason);
	ck_assert_int_eq(f.host[0].cycles, 0);
	fake_run_release(&run);
	fake_resume(&f, &run, "last");  /* it still is */
	ck_assert_str_eq(outcomes(), "BUUUUU");
	fake_run_release(&run);
	fake_let_go(&holder);
	fake_resume(&f, &run, "last");
	ck_assert_str_eq(outcomes(), "UUUUUU");
	ck_assert_int_eq(f.host[0].started, 1);
	fake_run_release(&run);
}
END_TEST

/* Two hosts in the middle, of which another process holds one: for another run, or for this one,
 * which it then may be walking. */
START_TEST(a_held_host_does_not_keep_the_others_from_going_on)
{
	bool same_run = _i == 1;
	struct fake_host before;
	struct fake_holder holder;

	terms.first = 2;
	f.play = PLAY_STOP_TWICE;
	f.at = 14;
	f.effect = true;
	fake_run(&f, &run, &terms);
	ck_assert_str_eq(outcomes(), "  ----");
	if (same_run)                   /* as if its process lived and had not begun them yet */
		query_number(f.db, "update job set outcome = '' where outcome = 'not-started' "
				   "returning 1");
	holder = fake_hold(&f, "h1", same_run ? run.row.id : 1);
	fake_run_release(&run);
	f.play = PLAY_ON;
	before = f.host[0];
	fake_resume(&f, &run, "last");
	ck_assert_str_eq(outcomes(), same_run ? " U    " : " UUUUU");
	ck_assert(memcmp(&before, &f.host[0], sizeof(before)) == 0);
	ck_assert_str_eq(run.row.state, same_run ? "running" : "interrupted");
	fake_run_release(&run);
	fake_let_go(&holder);
	fake_resume(&f, &run, "last");
	ck_assert_str_eq(outcomes(), "UUUUUU");
	for (int i = 0; i < FAKE_HOSTS; i++)
		ck_assert_msg(f.host[i].started == 1 && fake_is_clean(&f.host[i]), "h%d", i + 1);
	fake_run_release(&run);
}
END_TEST

/* The first host in its fifth operation: somebody else moves its job, or takes the host. */
START_TEST(a_job_that_is_somebody_elses_is_left_to_them)
{
	f.play = PLAY_STEAL;
	f.at = 4;
	f.effect = true;
	fake_run(&f, &run, &terms);
	ck_assert_int_eq(run.broken.code, ERR_NONE);
	ck_assert_str_eq(outcomes(), " UUUUU");
	ck_assert_int_eq(f.host[0].started, 0);
	ck_assert_str_eq(run.row.state, "interrupted");
	/* what could not be written is not shown as if it were */
	ck_assert_str_eq(fake_job(&run, "h1")->row.state,
			 job_state_name(fake_job(&run, "h1")->state));
	fake_run_release(&run);
	f.play = PLAY_ON;
	fake_resume(&f, &run, "last");
	ck_assert_int_eq(f.host[0].started, 0);         /* theirs was on its way back */
	ck_assert(fake_is_clean(&f.host[0]));
	fake_run_release(&run);
}
END_TEST

static int changes;                     /* of the first host, when its lease was lost */

static void sleep_through_the_lease(void *ctx)
{
	struct tx *tx = tx_new();
	int64_t epoch;

	changes = f.host[0].cycles + f.host[0].started;

	unit_clock_turn(LEASE_MS + 1);
	tx_lease_take(tx, "h1", 1, &epoch);
	must_run(ctx, tx);
}

START_TEST(a_host_whose_lease_was_over_is_left_to_its_new_holder)
{
	struct store *other = open_at(f.db);

	f.play = PLAY_CALL;
	f.at = _i;
	f.effect = true;
	f.called = sleep_through_the_lease;
	f.called_ctx = other;
	fake_run(&f, &run, &terms);
	ck_assert_int_eq(run.broken.code, ERR_NONE);
	ck_assert_str_eq(outcomes(), " UUUUU");
	/* but for the step under way nothing more was done there */
	ck_assert_int_le(f.host[0].cycles + f.host[0].started, changes + 1);
	ck_assert_str_eq(run.row.state, "interrupted");
	fake_run_release(&run);
	f.play = PLAY_ON;
	fake_resume(&f, &run, "last");
	ck_assert_str_eq(outcomes(), " UUUUU");         /* it still is */
	fake_run_release(&run);
	store_close(other);
	fake_resume(&f, &run, "last");
	ck_assert_str_eq(outcomes(), "UUUUUU");
	ck_assert_int_eq(f.host[0].started, 1);
	fake_run_release(&run);
}
END_TEST

/* The other process took the run up while ours had it; both walk on, and one ends it. */
static void take_the_run_up(void *ctx)
{
	struct store_run_row row;
	struct tx *tx = tx_new();
	struct err err;

	ck_assert_int_eq(store_run_find(ctx, "last", &row, &err), 0);
	tx_run_state(tx, &row, RUN_STATE_RUNNING, 1);
	must_run(ctx, tx);
	store_run_release(&row);
}

START_TEST(a_run_that_another_took_up_is_ended_by_that_one)
{
	struct store *other = open_at(f.db);

	f.play = PLAY_CALL;
	f.at = 4;
	f.effect = true;
	f.called = take_the_run_up;
	f.called_ctx = other;
	fake_run(&f, &run, &terms);
	ck_assert_str_eq(outcomes(), "UUUUUU");
	ck_assert_str_eq(run.row.state, "running");
	ck_assert(run.elsewhere);
	ck_assert_int_eq(query_number(f.db, "select count(*) from run where state = 'running'"), 1);
	fake_run_release(&run);
	store_close(other);
}
END_TEST

/* Of two names of one server, one of which answered nobody lately: the plan lets it decide. */
START_TEST(two_names_of_one_server_are_not_changed_at_once)
{
	database_exec("update host set machine = 'aa bb cc', machine_known = 'aa bb cc', "
		      "computer = 'SAME' where name in ('h1', 'h3')");
	database_exec("update host set fault = 'no-answer' where name = 'h3'");
	terms.first = 6;
	fake_run(&f, &run, &terms);
	ck_assert_str_eq(outcomes(), "UUBUUU");
	ck_assert_ptr_nonnull(
		strstr(fake_job(&run, "h3")->row.reason, "'h3' is the same server as 'h1'"));
	ck_assert_int_eq(f.host[2].cycles, 0);
	fake_run_release(&run);
}
END_TEST

/* One of them is held by another process: the resume of a run that was at the other passes over it,
 * and says so. */
START_TEST(a_server_that_is_held_under_another_name_is_passed_over)
{
	struct fake_holder holder;

	terms.first = 2;
	f.play = PLAY_STOP_TWICE;
	f.at = 14;
	f.effect = true;
	fake_run(&f, &run, &terms);
	ck_assert_str_eq(outcomes(), "  ----");
	fake_run_release(&run);
	database_exec("update host set machine = 'aa bb cc', machine_known = 'aa bb cc', "
		      "computer = 'SAME' where name in ('h1', 'h6')");
	holder = fake_hold(&f, "h6", 1);
	f.play = PLAY_ON;
	fake_resume(&f, &run, "last");
	ck_assert_str_eq(outcomes(), " UUUUB");
	ck_assert_ptr_nonnull(strstr(fake_job(&run, "h1")->left_because, "changed, as 'h6', by"));
	fake_run_release(&run);
	fake_let_go(&holder);
	fake_resume(&f, &run, "last");
	ck_assert_str_eq(outcomes(), "UUUUUB");         /* h1 was under way */
	fake_run_release(&run);
	fake_resume(&f, &run, "last");
	ck_assert_str_eq(outcomes(), "UUUUUU");
	fake_run_release(&run);
}
END_TEST

/* A resume that died between any two of its transactions: another one reads what it left. */
START_TEST(a_crash_while_it_is_taken_up_loses_nothing)
{
	/* so many hosts come in, and the next one breaks it */
	AUTO_FREE char *sql = xasprintf("create unique index crash on event (host %% %d) "
					"where kind = 'resumed'",
					_i);
	struct err err;

	terms.first = 3;
	f.host[3].silent = true;
	f.play = PLAY_STOP_TWICE;
	f.at = 20;
	f.effect = true;
	fake_run(&f, &run, &terms);
	fake_run_release(&run);
	database_exec(sql);
	run = (struct run){ .store = f.store, .installer = &f.installer, .terms = terms };
	ck_assert_int_eq(store_run_find(f.store, "last", &run.row, &err), 0);
	ck_assert_int_ne(run_take_up(&run, f.inv, &err), 0);
	ck_assert_ptr_nonnull(strstr(err.msg, "crash"));
	fake_run_release(&run);
	database_exec("drop index crash");
	ck_assert_int_eq(query_number(f.db, "select count(*) from event where kind = 'resumed'"),
			 _i);
	ck_assert_int_eq(query_number(f.db, "select count(*) from run where state = 'running'"), 1);
	f.play = PLAY_ON;
	f.host[3].silent = false;
	fake_resume(&f, &run, "last");
	ck_assert_str_eq(outcomes(), "UUUUUU");
	for (int i = 0; i < FAKE_HOSTS; i++)
		ck_assert_msg(f.host[i].started == 1 && fake_is_clean(&f.host[i]), "h%d", i + 1);
	fake_run_release(&run);
}
END_TEST

/* A scan of it that sees a backup which ended after its upgrade. */
static void see_backup_of(const char *host)
{
	struct look *look = xcalloc(1, sizeof(*look));
	struct tx *tx = tx_new();
	struct policy policy;

	healthy_but(&look->facts, NULL, NULL);
	look->utc_ms = clock_utc_ms();
	for (int k = 0; k < look->facts.count; k++)
		look->facts.fact[k].utc_ms = look->utc_ms;
	json_object_set_new((json_t *)facts_value(&look->facts, FACT_BACKUP_LAST),
			    "completed_utc_ms", json_integer(look->utc_ms - 1000));
	policy_default(&policy);
	look_judge(look, &(struct context){ .policy = &policy, .cloud = "public" }, "required");
	look_store(look, tx, host, 0, "scan");
	look_free(look);
	must_run(f.store, tx);
	database_exec("update job set ended_utc_ms = ended_utc_ms - 60000 where outcome = "
		      "'upgraded'");
}

/* Waves of two, four and all, and no look while the run is at work sees a backup. */
START_TEST(a_wave_that_backups_shall_confirm_is_asked_about_again)
{
	f.promote_confirmed = true;
	terms.promote.percent = 100;
	terms.promote_confirmed = true;
	ck_assert_ptr_null(waves_expected("2,4,100%", &terms.waves));
	fake_run(&f, &run, &terms);
	ck_assert_str_eq(outcomes(), "UU----");
	ck_assert_str_eq(run.row.state, "paused");
	fake_run_release(&run);
	for (int i = 0; i < 2; i++) {
		if (i == 1)
			see_backup_of("h1");
		fake_resume(&f, &run, "last");  /* who goes on promotes nothing by that */
		ck_assert_str_eq(outcomes(), "UU----");
		ck_assert_str_eq(run.row.state, "paused");
		fake_run_release(&run);
	}
	see_backup_of("h2");
	fake_resume(&f, &run, "last");
	ck_assert_str_eq(outcomes(), "UUUU--");
	ck_assert_str_eq(run.row.state, "paused");
	fake_run_release(&run);
}
END_TEST

UNIT_SUITE(run_hands)
{
	Suite *s = suite_create("run_hands");
	TCase *tc = tcase_create("other hands");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, a_host_that_another_process_changes_is_blocked_for_now);
	tcase_add_loop_test(tc, a_held_host_does_not_keep_the_others_from_going_on, 0, 2);
	tcase_add_test(tc, a_job_that_is_somebody_elses_is_left_to_them);
	tcase_add_loop_test(tc, a_host_whose_lease_was_over_is_left_to_its_new_holder, 1, 8);
	tcase_add_test(tc, a_run_that_another_took_up_is_ended_by_that_one);
	tcase_add_test(tc, two_names_of_one_server_are_not_changed_at_once);
	tcase_add_test(tc, a_server_that_is_held_under_another_name_is_passed_over);
	tcase_add_loop_test(tc, a_crash_while_it_is_taken_up_loses_nothing, 1, 6);
	tcase_add_test(tc, a_wave_that_backups_shall_confirm_is_asked_about_again);
	suite_add_tcase(s, tc);
	return s;
}
