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

/* Whether the run asks again by its clock, since a window opens later for one that it may begin. */
static const struct {
	const char *label;
	enum { OPEN, LATER, NEVER } window;
	int days;                       /* of --deadline; 0: none is waited for */
	bool active, ended;
	enum job_state state;
	int64_t again_ms;
	bool later;
} waits[] = {
	{ "it opens in time", LATER, 5, false, false, JOB_PLANNED, 0, true },
	{ "not in time", LATER, 0, false, false, JOB_PLANNED, 0, false },
	{ "it is open", OPEN, 5, false, false, JOB_PLANNED, 0, false },
	{ "there is none", NEVER, 5, false, false, JOB_PLANNED, 0, false },
	{ "in flight", LATER, 5, true, false, JOB_PLANNED, 0, false },
	{ "under way elsewhere", LATER, 5, false, false, JOB_STAGED, 0, false },
	{ "it ended", LATER, 5, false, true, JOB_ENDED, 0, false },
	{ "it ended for now", LATER, 5, false, true, JOB_ENDED, 20, true },
	{ "and none is waited for", LATER, 0, false, true, JOB_ENDED, 20, false },
};

static const char *window_text(int window)
{
	static char text[120];
	char from[CLOCK_TEXT], to[CLOCK_TEXT];

	if (window == NEVER)
		return "windows: {weekly: never}";
	if (window == OPEN)
		return open_now();
	clock_format_utc(clock_utc_ms() + 2 * DAY_MS, from);
	clock_format_utc(clock_utc_ms() + 3 * DAY_MS, to);
	snprintf(text, sizeof(text), "windows: {dates: [%.10s - %.10s]}", from, to);
	return text;
}

START_TEST(a_run_asks_again_for_whose_window_opens_later)
{
	struct schedule_job shown[2] = { { .again_ms = waits[_i].again_ms } };
	struct inv_host host = { .name = (char *)"h1" };
	struct job job[2] = { { .host = &host,
				.active = waits[_i].active,
				.ended = waits[_i].ended,
				.state = waits[_i].state },
			      { .state = JOB_PLANNED } };       /* may be begun now */
	const char *text = window_text(waits[_i].window);
	struct run r = { .job = job, .count = 2, .shown = shown, .needs_ms = 1, .later = true };

	r.policies = policies_parse(text, strlen(text), "p.yml", NULL);
	ck_assert_ptr_nonnull(r.policies);
	if (waits[_i].days)
		r.until_utc_ms = clock_utc_ms() + waits[_i].days * DAY_MS;
	run_set_calendars(&r);
	run_show_slots(&r);
	ck_assert_msg(r.later == waits[_i].later, "%s", waits[_i].label);
	slots_release(&r.slots);
	policies_free(r.policies);
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
	tcase_add_loop_test(c, a_run_asks_again_for_whose_window_opens_later, 0, ARRAY_LEN(waits));
	suite_add_tcase(s, c);
	return s;
}
