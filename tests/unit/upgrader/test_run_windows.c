/* test_run_windows.c - a run and maintenance windows: who is begun, and what a window that closes
 * does to hosts that were changed and to those that were not. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "tests/unit/unit.h"
#include "tests/unit/upgrader/fakefleet.h"

static struct fake_fleet f;
static struct run run;
static struct upgrade_terms terms;

/* Yesterday to tomorrow. */
static const char *open_now(void)
{
	static char text[120];
	char from[CLOCK_TEXT], to[CLOCK_TEXT];

	clock_format_utc(clock_utc_ms() - DAY_MS, from);
	clock_format_utc(clock_utc_ms() + DAY_MS, to);
	snprintf(text, sizeof(text), "windows: {dates: [%.10s - %.10s]}", from, to);
	return text;
}

static void setup(void)
{
	log_set_level(LOG_ERROR);
	fake_fleet_init(&f, 3);
	upgrade_terms_default(&terms);
	terms.limit_console = terms.limit_verify = 40;
}

static void teardown(void)
{
	fake_run_release(&run);
	fake_fleet_release(&f);
}

START_TEST(hosts_without_a_window_are_not_begun)
{
	f.policy = "windows: {weekly: never}";
	fake_run(&f, &run, &terms);
	ck_assert_str_eq(fake_outcomes(&f, &run), "---");
	ck_assert_ptr_nonnull(
		strstr(fake_job(&run, "h1")->row.reason, "no maintenance window was open"));
	ck_assert_str_eq(run.row.state, "interrupted");
	ck_assert_int_eq(f.ops, 0);
	fake_run_release(&run);
	/* a resume in a window goes on */
	f.policy = open_now();
	fake_resume(&f, &run, "last");
	ck_assert_str_eq(fake_outcomes(&f, &run), "UUU");
	ck_assert_str_eq(fake_job(&run, "h1")->row.reason, "");
}
END_TEST

START_TEST(who_says_so_begins_them_all_the_same)
{
	f.policy = "windows: {weekly: never}";
	terms.ignore_windows = true;
	fake_run(&f, &run, &terms);
	ck_assert_str_eq(fake_outcomes(&f, &run), "UUU");
}
END_TEST

static void turn_days(void *ctx)
{
	(void)ctx;
	unit_clock_turn(3 * DAY_MS);
}

/* What the first operation after which the window is closed does to the only host: at each of them
 * it is either as it was, and was not changed, or is upgraded and says how much longer it took. */
START_TEST(a_window_closes_in_the_middle)
{
	const struct job *j;

	fake_fleet_release(&f);
	fake_fleet_init(&f, 1);
	f.policy = open_now();
	terms.limit_console = terms.limit_stop = terms.limit_install = terms.limit_verify =
		10 * DAY_MS;
	f.play = PLAY_CALL;
	f.at = _i;
	f.effect = true;
	f.called = turn_days;
	fake_run(&f, &run, &terms);
	j = fake_job(&run, "h1");
	if (f.host[0].started == 0) {
		ck_assert_str_eq(j->row.outcome, "blocked-now");
		ck_assert_msg(strstr(j->row.reason, "maintenance window is closed") != NULL, "%s",
			      j->row.reason);
		ck_assert_int_eq(f.host[0].cycles, 0);
		ck_assert(fake_is_clean(&f.host[0]));
	} else {
		ck_assert_str_eq(j->row.outcome, "upgraded");
		if (f.ops > _i)
			ck_assert_msg(strstr(j->row.reason,
					     "after its maintenance window closed") != NULL,
				      "%s", j->row.reason);
	}
}
END_TEST

/* A step that was refused left the host as it was: it is not asked again behind its window. */
START_TEST(a_closed_window_ends_the_wait_for_another_call)
{
	fake_fleet_release(&f);
	fake_fleet_init(&f, 1);
	f.policy = open_now();
	f.host[0].refuse_op = "engine-cycle";
	f.host[0].refuse_code = "locked";
	terms.limit_stop = terms.limit_start = terms.limit_install = 10 * DAY_MS;
	f.play = PLAY_CALL;
	f.at = 8 + _i;
	f.called = turn_days;
	fake_run(&f, &run, &terms);
	ck_assert_int_eq(f.host[0].started, 0);
	ck_assert_str_eq(fake_job(&run, "h1")->row.outcome, "blocked-now");
	ck_assert_int_eq(f.host[0].cycles, 0);
	ck_assert(fake_is_clean(&f.host[0]));
}
END_TEST

START_TEST(a_closed_window_ends_the_wait_for_a_console)
{
	f.policy = open_now();
	f.host[0].consoles = FAKE_NEVER;
	terms.limit_console = 10 * DAY_MS;
	f.play = PLAY_CALL;
	f.at = 8;
	f.called = turn_days;
	fake_run(&f, &run, &terms);
	ck_assert_str_eq(fake_job(&run, "h1")->row.outcome, "blocked-now");
	ck_assert_ptr_nonnull(
		strstr(fake_job(&run, "h1")->row.reason, "a console of the agent is open"));
	ck_assert(fake_is_clean(&f.host[0]));
}
END_TEST

UNIT_SUITE(run_windows)
{
	Suite *s = suite_create("run_windows");
	TCase *c = tcase_create("run_windows");

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, hosts_without_a_window_are_not_begun);
	tcase_add_test(c, who_says_so_begins_them_all_the_same);
	tcase_add_loop_test(c, a_window_closes_in_the_middle, 0, 14);
	tcase_add_loop_test(c, a_closed_window_ends_the_wait_for_another_call, 0, 8);
	tcase_add_test(c, a_closed_window_ends_the_wait_for_a_console);
	suite_add_tcase(s, c);
	return s;
}
