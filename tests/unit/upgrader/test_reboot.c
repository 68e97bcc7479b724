/* test_reboot.c - the restart that --reboot if-needed asks for: what becomes of a job by what the
 * server says and does, that one is asked for once whatever happens to the line or to us, and what
 * proves that it happened. */
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "tests/unit/store/fixture.h"
#include "tests/unit/unit.h"
#include "tests/unit/upgrader/fakefleet.h"
#include "upgrader/estimate.h"
#include "upgrader/job/reboot.h"

static struct fake_fleet f;
static struct run run;
static struct upgrade_terms terms;

static void setup(void)
{
	fake_fleet_of_one(&f, &terms);
	log_set_level(LOG_ERROR + 1);
	f.reboot_if_needed = terms.reboot_if_needed = true;
	f.host[0].version = "2.0.9100.0";
	f.host[0].pending = true;
	f.host[0].away = 2;
}

static void teardown(void)
{
	fake_fleet_release(&f);
}

static const struct store_job_row *row(void)
{
	return &fake_job(&run, "h1")->row;
}

/* clang-format off */
static const struct {
	const char *label;
	struct fake_host host;
	const char *outcome;
	int asked;
	bool duty;                      /* a restart is still to be made */
	const char *reason;             /* that is part of it */
} ends[] = {
	{ "servicing waits",           { .pending = true }, "U", 1, false, "restarted" },
	{ "the installer wants it",    { .exit = 3010 }, "U", 1, false, "restarted" },
	{ "it began one",              { .exit = 1641 }, "U", 1, false, "restarted" },
	{ "which was over by then",    { .exit = 1641, .restarts_at = "reboot-state" }, "U", 0, false, "" },
	{ "none is pending",           { .exit = 0 }, "U", 0, false, "" },
	{ "it is pending afterwards",  { .pending = true, .pending_stays = true }, "U", 1, true,
	  "restarted, and a reboot is still pending (component servicing)" },
	{ "it is refused",             { .pending = true, .refuse_op = "reboot-start", .refuse_code = "reboot-refused" }, "U", 0, true,
	  "a reboot is pending: none was begun (played)" },
	{ "the lock is never free",    { .pending = true, .refuse_op = "reboot-start", .refuse_code = "locked" }, "U", 0, true,
	  "a reboot is pending: none was begun (played)" },
	{ "a backup runs for a while", { .pending = true, .backup_looks = 3 }, "U", 1, false, "restarted" },
	{ "a backup never ends",       { .pending = true, .backup_looks = FAKE_NEVER }, "U", 0, true,
	  "a reboot is pending: a backup is running" },
	{ "it is taken back",          { .pending = true, .restart_ignored = true }, "U", 1, true,
	  "a reboot is pending: one was begun, and the server did not restart within 1 min" },
	{ "obengine does not come",    { .pending = true, .engine_booted = 1 }, "U", 1, false, "restarted" },
	{ "and does not start",        { .pending = true, .engine_booted = 1, .refuse_op = "engine-start", .refuse_code = "start-failed" }, "F", 1, false,
	  "obengine does not start again" },
	{ "its domain comes later",    { .pending = true, .away = 3, .away_code = FAULT_SIGN_IN_REJECTED }, "U", 1, false, "restarted" },
	{ "or not",                    { .pending = true, .away = 4, .away_code = FAULT_SIGN_IN_REJECTED }, "?", 1, false,
	  "rebooting: it restarts" },
	{ "each call is lost",         { .pending = true, .restart_fault = FAULT_CONNECTION_LOST }, "?", 0, false, "rebooting: played" },
	{ "security blocks it",        { .pending = true, .restart_fault = FAULT_BLOCKED_BY_SECURITY }, "U", 0, true,
	  "a reboot is pending: none was begun (played)" },
	{ "it never comes back",       { .pending = true, .away = FAKE_NEVER }, "?", 1, false, "rebooting: it restarts" },
};
/* clang-format on */

static void play(const struct fake_host *with)
{
	struct fake_host *h = &f.host[0];

	h->pending = with->pending;
	h->pending_stays = with->pending_stays;
	h->exit = with->exit;
	h->restarts_at = with->restarts_at;
	h->refuse_op = with->refuse_op;
	h->refuse_code = with->refuse_code;
	h->backup_looks = with->backup_looks;
	h->restart_ignored = with->restart_ignored;
	h->engine_booted = with->engine_booted;
	h->away_code = with->away_code;
	h->restart_fault = with->restart_fault;
	h->away = with->away ? with->away : h->away;
	if (with->restart_fault || with->backup_looks == FAKE_NEVER ||
	    (with->refuse_code && !with->engine_booted) || with->restart_ignored ||
	    with->away == FAKE_NEVER)
		terms.limit_reboot = MINUTE_MS;
}

START_TEST(a_host_ends_as_its_restart_does)
{
	const struct store_job_row *r;

	play(&ends[_i].host);
	fake_run(&f, &run, &terms);
	r = row();
	ck_assert_msg(strcmp(fake_outcomes(&f, &run), ends[_i].outcome) == 0, "%s: %s %s",
		      ends[_i].label, fake_outcomes(&f, &run), r->reason);
	ck_assert_msg(strstr(r->reason, ends[_i].reason) != NULL, "%s: '%s'", ends[_i].label,
		      r->reason);
	ck_assert_msg(f.host[0].boot.asked == ends[_i].asked, "%s: %d restarts", ends[_i].label,
		      f.host[0].boot.asked);
	ck_assert_msg(r->reboot_pending == ends[_i].duty, "%s", ends[_i].label);
	ck_assert_int_eq(f.host[0].started, 1);
	/* who did not see obengine run behind it owes it */
	ck_assert_msg((*ends[_i].outcome != 'U') ==
			      (query_number(f.db, "select count(*) from host where "
						  "engine_changed_by <> ''") == 1),
		      "%s", ends[_i].label);
	fake_run_release(&run);
}
END_TEST

START_TEST(none_is_asked_for_unasked)
{
	terms.reboot_if_needed = false;
	f.host[0].exit = 3010;
	fake_run(&f, &run, &terms);
	ck_assert_str_eq(fake_outcomes(&f, &run), "U");
	ck_assert_int_eq(f.host[0].boot.asked, 0);
	ck_assert(row()->reboot_pending);
	ck_assert_int_eq(query_number(f.db, "select count(*) from event where kind in "
					    "('rebooting', 'rebooted')"),
			 0);
	fake_run_release(&run);
}
END_TEST

/* At each call, with its effect on the host or without: the line is lost, or this process dies. */
START_TEST(it_is_asked_for_once)
{
	f.play = _i % 2 ? PLAY_CRASH : PLAY_LOSE;
	f.effect = _i / 2 % 2;
	f.at = _i / 4;
	fake_run(&f, &run, &terms);
	f.play = PLAY_ON;
	if (*fake_outcomes(&f, &run) != 'U') {
		fake_run_release(&run);
		fake_resume(&f, &run, "last");
	}
	ck_assert_msg(strcmp(fake_outcomes(&f, &run), "U") == 0, "%s", row()->reason);
	ck_assert_int_eq(f.host[0].boot.asked, 1);
	ck_assert_int_eq(f.host[0].boot.happened, 1);
	ck_assert_int_eq(f.host[0].started, 1);
	ck_assert_str_eq(row()->reason, "restarted");
	ck_assert(!row()->reboot_pending);
	ck_assert(fake_is_clean(&f.host[0]));
	fake_run_release(&run);
}
END_TEST

/* Right before a step of then: what was pending is gone by that. */
START_TEST(one_that_restarts_by_itself_is_as_good)
{
	static const char *const steps[] = { "reboot-state", "clean" };

	f.host[0].restarts_at = steps[_i];
	fake_run(&f, &run, &terms);
	ck_assert_msg(strcmp(fake_outcomes(&f, &run), "U") == 0, "%s", row()->reason);
	ck_assert_int_le(f.host[0].boot.asked, 1);
	ck_assert(!row()->reboot_pending);
	ck_assert(fake_is_clean(&f.host[0]));
	fake_run_release(&run);
}
END_TEST

/* It needs nobody: a second Ctrl-C leaves it, and a resume goes on. */
START_TEST(it_may_be_left_and_followed_again)
{
	f.host[0].away = 6;
	f.play = PLAY_STOP_TWICE;
	f.stop_state = JOB_REBOOTING;
	fake_run(&f, &run, &terms);
	f.play = PLAY_ON;
	f.stop_state = 0;
	ck_assert_str_eq(fake_outcomes(&f, &run), " ");
	ck_assert_str_eq(row()->state, "rebooting");
	fake_run_release(&run);
	fake_resume(&f, &run, "last");
	ck_assert_str_eq(fake_outcomes(&f, &run), "U");
	ck_assert_int_eq(f.host[0].boot.asked, 1);
	fake_run_release(&run);
}
END_TEST

/* Until obengine was seen running behind the restart, the run is who stopped it. */
START_TEST(obengine_is_owed_until_it_was_seen)
{
	f.host[0].away = FAKE_NEVER;
	terms.limit_reboot = MINUTE_MS;
	fake_run(&f, &run, &terms);
	ck_assert_str_eq(fake_outcomes(&f, &run), "?");
	ck_assert_int_eq(
		query_number(f.db, "select count(*) from host where engine_changed_by <> ''"), 1);
	fake_run_release(&run);
	f.host[0].boot.away = 0;
	fake_resume(&f, &run, "last");
	ck_assert_str_eq(fake_outcomes(&f, &run), "U");
	ck_assert_int_eq(
		query_number(f.db, "select count(*) from host where engine_changed_by <> ''"), 0);
	ck_assert_int_eq(f.host[0].boot.asked, 1);
	fake_run_release(&run);
}
END_TEST

/* Minutes of an upgrade of an hour; below zero: not there. */
static const struct { int reboot, backup, aside; } asides[] = {
	{ -1, -1, 0 }, { 10, -1, 10 }, { 10, 20, 30 }, { 70, -1, 0 }, { 50, 20, 20 }, { 10, 70, 10 },
};

START_TEST(what_it_takes_is_no_part_of_the_upgrade)
{
	struct store_job_row r = { .begun_utc_ms = 1,
				   .ended_utc_ms = 1 + 60 * MINUTE_MS,
				   .memory = json_object() };

	if (asides[_i].reboot >= 0)
		json_object_set_new(r.memory, JOB_MEMORY_REBOOT,
				    json_integer(asides[_i].reboot * MINUTE_MS));
	if (asides[_i].backup >= 0)
		json_object_set_new(r.memory, JOB_MEMORY_BACKUP,
				    json_integer(asides[_i].backup * MINUTE_MS));
	ck_assert_int_eq(estimate_aside_ms(&r), asides[_i].aside * MINUTE_MS);
	json_decref(r.memory);
	/* whatever came of it */
	f.host[0].restart_ignored = _i % 2;
	terms.limit_reboot = 10 * MINUTE_MS;
	fake_run(&f, &run, &terms);
	ck_assert(json_is_integer(json_object_get(row()->memory, JOB_MEMORY_REBOOT)));
	fake_run_release(&run);
}
END_TEST

/* clang-format off */
static const struct {
	const char *policy;
	int asked;
	const char *reason;
} windows[] = {
	{ "reboot-windows: {weekly: always}", 1, "restarted" },
	{ "reboot-windows: {weekly: never}", 0,
	  "a reboot is pending: it is outside its windows for that: it has no window of 30 min or more in the next" },
	{ "reboot-windows: {dates: [2099-01-01 - 2099-01-02]}", 0, "a reboot is pending: it is outside its windows for that" },
	/* what is not said of restarts is said of all */
	{ "{windows: {weekly: always}, reboot-windows: {weekly: never}}", 0, "a reboot is pending" },
	{ "{windows: {weekly: always}}", 1, "restarted" },
};
/* clang-format on */

START_TEST(it_is_asked_for_in_its_windows)
{
	f.policy = windows[_i].policy;
	fake_run(&f, &run, &terms);
	ck_assert_str_eq(fake_outcomes(&f, &run), "U");
	ck_assert_msg(f.host[0].boot.asked == windows[_i].asked, "%s", f.policy);
	ck_assert_msg(strstr(row()->reason, windows[_i].reason) != NULL, "%s: %s", f.policy,
		      row()->reason);
	ck_assert_int_eq(row()->reboot_pending, !windows[_i].asked);
	fake_run_release(&run);
}
END_TEST

#define S(uptime, boot, was_uptime, was_boot) \
	{ .uptime_ms = (uptime)*MINUTE_MS, .boot_utc_ms = (boot)*MINUTE_MS, \
	  .was_uptime_ms = (was_uptime)*MINUTE_MS, .was_boot_utc_ms = (was_boot)*MINUTE_MS, \
	  .asked = true }
/* clang-format off */
/* Minutes; asked for at 1060. */
static const struct {
	const char *label;
	struct restart_seen s;
	int64_t since_min;
	bool proven;
} proofs[] = {
	{ "it restarted",                       S(5, 1065, 60, 1000), 10, true },
	{ "it did not",                         S(70, 1000, 60, 1000), 10, false },
	{ "not yet",                            S(60, 1000, 60, 1000), 0, false },
	{ "its clock was set an hour ahead",    S(70, 1060, 60, 1000), 10, false },
	{ "or an hour back",                    S(70, 940, 60, 1000), 10, false },
	{ "it restarted, its clock an hour back", S(5, 1005, 60, 1000), 10, true },
	{ "it ran for a minute, and restarted", S(8, 1062, 1, 1059), 10, true },
	{ "it ran for a minute, and did not",   S(11, 1059, 1, 1059), 10, false },
	{ "nor is it by a clock set ahead",     S(13, 1120, 3, 1059), 10, false },
	{ "its clock was set right a little",   S(11, 1060, 1, 1059), 10, false },
	{ "seen the next day",                  S(1200, 1070, 60, 1000), 1210, true },
	{ "not seen restarting the next day",   S(1270, 1000, 60, 1000), 1210, false },
	{ "nobody knows the last start",        { .uptime_ms = 5 * MINUTE_MS, .boot_utc_ms = -1, .was_uptime_ms = 60 * MINUTE_MS,
						  .was_boot_utc_ms = -1 }, 10, true },
	{ "nor the uptime",                     { .uptime_ms = -1, .boot_utc_ms = 9, .was_uptime_ms = 3, .was_boot_utc_ms = 1 }, 10, false },
	{ "nothing of before",                  { .uptime_ms = 5, .boot_utc_ms = 9, .was_uptime_ms = -1, .was_boot_utc_ms = -1 }, 10, false },
};
/* clang-format on */

START_TEST(a_restart_is_proved)
{
	ck_assert_msg(restart_is_proven(&proofs[_i].s, proofs[_i].since_min * MINUTE_MS) ==
			      proofs[_i].proven,
		      "%s", proofs[_i].label);
}
END_TEST

UNIT_SUITE(reboot)
{
	Suite *s = suite_create("reboot");
	TCase *tc = tcase_create("reboot");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 30);
	tcase_add_loop_test(tc, a_host_ends_as_its_restart_does, 0, (int)ARRAY_LEN(ends));
	tcase_add_test(tc, none_is_asked_for_unasked);
	tcase_add_loop_test(tc, it_is_asked_for_once, 0, 4 * 24);
	tcase_add_loop_test(tc, one_that_restarts_by_itself_is_as_good, 0, 2);
	tcase_add_test(tc, it_may_be_left_and_followed_again);
	tcase_add_test(tc, obengine_is_owed_until_it_was_seen);
	tcase_add_loop_test(tc, what_it_takes_is_no_part_of_the_upgrade, 0, (int)ARRAY_LEN(asides));
	tcase_add_loop_test(tc, it_is_asked_for_in_its_windows, 0, (int)ARRAY_LEN(windows));
	tcase_add_loop_test(tc, a_restart_is_proved, 0, (int)ARRAY_LEN(proofs));
	suite_add_tcase(s, tc);
	return s;
}
