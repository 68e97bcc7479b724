/* test_backup.c - the backup that --verify backup asks for: what becomes of a job by how it ends,
 * and that it is begun once whatever happens to the line or to us. */
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "tests/unit/store/fixture.h"
#include "tests/unit/unit.h"
#include "tests/unit/upgrader/fakefleet.h"

static struct fake_fleet f;
static struct run run;
static struct upgrade_terms terms;

static void setup(void)
{
	fake_fleet_of_one(&f, &terms);
	log_set_level(LOG_ERROR + 1);
	f.verify_backup = terms.verify_backup = true;
	f.host[0].version = "2.0.9100.0";
	f.host[0].backup_polls = 2;
	f.host[0].backup_event = 3;
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
	int begun;
	bool confirmed;
	const char *reason;             /* that is part of it */
} ends[] = {
	{ "it ends well",            { .backup_event = 3 }, "U", 1, true, "" },
	{ "with warnings",           { .backup_event = 10 }, "U", 1, true, "" },
	{ "it fails with a code",    { .backup_event = 11, .backup_error = 0x1FBD3 }, "F", 1, false,
	  "the agent is upgraded to 2.0.9999.0 and runs, but its backup failed: 0x1FBD3: " },
	{ "it fails without",        { .backup_event = 18 }, "F", 1, false, "its backup failed (event 18 of CloudBackup)" },
	{ "it does not begin",       { .backup_event = -1, .backup_error = 0x1FC07 }, "F", 1, false, "its backup did not begin: 0x1FC07: " },
	{ "nor says why",            { .backup_event = -1, .backup_error = 1 }, "F", 1, false, "but Start-OBBackup ended with an error" },
	{ "it was not asked for",    { .backup_event = -1, .backup_error = 2 }, "U", 1, false, "none was begun, since an installer was at work" },
	{ "it ends without a word",  { .backup_event = -1 }, "U", 1, false, "not yet confirmed by a backup: one was begun, and no event" },
	{ "it never ends",           { .backup_polls = FAKE_NEVER }, "U", 1, false,
	  "one is not over after 1 min and goes on by itself; left on the host: backup-task" },
	{ "and says it is young",    { .backup_polls = FAKE_NEVER, .backup_age_ms = 1 }, "U", 1, false, "one is not over after 1 min and goes on by itself" },
	{ "there is no policy",      { .refuse_op = "backup-start", .refuse_code = "no-policy" }, "U", 0, false,
	  "not yet confirmed by a backup: none was begun" },
	{ "to be registered again",  { .version = "2.0.9070.0" }, "U", 0, false, "since the server must be registered again first" },
};
/* clang-format on */

static void play(const struct fake_host *with)
{
	struct fake_host *h = &f.host[0];

	h->backup_event = with->backup_event ? with->backup_event : h->backup_event;
	h->backup_error = with->backup_error;
	h->backup_polls = with->backup_polls ? with->backup_polls : h->backup_polls;
	h->backup_age_ms = with->backup_age_ms;
	h->refuse_op = with->refuse_op;
	h->refuse_code = with->refuse_code;
	h->version = with->version ? with->version : h->version;
	if (with->backup_polls == FAKE_NEVER)
		terms.limit_backup = MINUTE_MS;
}

START_TEST(a_host_ends_as_its_backup_does)
{
	play(&ends[_i].host);
	fake_run(&f, &run, &terms);
	ck_assert_msg(strcmp(fake_outcomes(&f, &run), ends[_i].outcome) == 0, "%s: %s",
		      ends[_i].label, row()->reason);
	ck_assert_msg(strstr(row()->reason, ends[_i].reason) != NULL, "%s: '%s'", ends[_i].label,
		      row()->reason);
	ck_assert_msg(ends[_i].confirmed ==
			      (json_object_get(row()->memory, JOB_MEMORY_CONFIRMED) != NULL),
		      "%s", ends[_i].label);
	ck_assert_msg(f.host[0].backups == ends[_i].begun, "%s: %d backups", ends[_i].label,
		      f.host[0].backups);
	ck_assert(fake_is_clean(&f.host[0]));
	fake_run_release(&run);
}
END_TEST

/* The estimates take it off the time of an upgrade. */
START_TEST(an_age_that_cannot_be_is_not_kept)
{
	static const int64_t ages[] = { INT64_MIN, -1, INT64_MAX, 3 * DAY_MS };

	f.host[0].backup_age_ms = ages[_i];
	if (ages[_i] > 0)       /* past the limit, too: it is over at once */
		f.host[0].backup_polls = 0;
	fake_run(&f, &run, &terms);
	ck_assert_str_eq(fake_outcomes(&f, &run), "U");
	ck_assert_ptr_null(json_object_get(row()->memory, JOB_MEMORY_BACKUP));
	fake_run_release(&run);
}
END_TEST

static int64_t kept_ms(void)
{
	return json_integer_value(json_object_get(row()->memory, JOB_MEMORY_BACKUP));
}

/* Nor is waiting for the backups of others, whether ours begins in the end or not. */
START_TEST(what_others_back_up_is_no_time_of_the_upgrade)
{
	bool ours = _i == 0;

	f.host[0].backup_busy = ours ? 2 : 100;
	terms.limit_backup = 30 * MINUTE_MS;
	fake_run(&f, &run, &terms);
	ck_assert_str_eq(fake_outcomes(&f, &run), "U");
	ck_assert_int_eq(f.host[0].backups, ours);
	ck_assert_msg(kept_ms() >= (ours ? 20 : 30) * MINUTE_MS && kept_ms() <= 32 * MINUTE_MS,
		      "%d s", (int)(kept_ms() / 1000));
	fake_run_release(&run);
}
END_TEST

START_TEST(none_is_begun_unasked)
{
	terms.verify_backup = false;
	fake_run(&f, &run, &terms);
	ck_assert_str_eq(fake_outcomes(&f, &run), "U");
	ck_assert_int_eq(f.host[0].backups, 0);
	ck_assert_int_eq(query_number(f.db, "select count(*) from event where kind in "
					    "('backing-up', 'backed-up')"),
			 0);
	fake_run_release(&run);
}
END_TEST

START_TEST(one_that_runs_already_is_followed)
{
	f.host[0].backup_runs = true;
	fake_run(&f, &run, &terms);
	ck_assert_str_eq(fake_outcomes(&f, &run), "U");
	ck_assert_int_eq(f.host[0].backups, 0);
	ck_assert_ptr_nonnull(json_object_get(row()->memory, JOB_MEMORY_CONFIRMED));
	fake_run_release(&run);
}
END_TEST

/* At each call, with its effect on the host or without: the line is lost, or this process dies. */
START_TEST(it_is_begun_once)
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
	ck_assert_int_eq(f.host[0].backups, 1);
	ck_assert_int_eq(f.host[0].started, 1);
	ck_assert_ptr_nonnull(json_object_get(row()->memory, JOB_MEMORY_CONFIRMED));
	ck_assert(fake_is_clean(&f.host[0]));
	fake_run_release(&run);
}
END_TEST

/* It needs nobody: a second Ctrl-C leaves it, and a resume goes on following. */
START_TEST(it_may_be_left_and_followed_again)
{
	f.host[0].backup_polls = 6;
	f.play = PLAY_STOP_TWICE;
	f.stop_state = JOB_BACKING_UP;
	fake_run(&f, &run, &terms);
	f.play = PLAY_ON;
	ck_assert_str_eq(fake_outcomes(&f, &run), " ");
	ck_assert_str_eq(row()->state, "backing-up");
	fake_run_release(&run);
	fake_resume(&f, &run, "last");
	ck_assert_str_eq(fake_outcomes(&f, &run), "U");
	ck_assert_int_eq(f.host[0].backups, 1);
	fake_run_release(&run);
}
END_TEST

UNIT_SUITE(backup)
{
	Suite *s = suite_create("backup");
	TCase *tc = tcase_create("backup");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 30);
	tcase_add_loop_test(tc, a_host_ends_as_its_backup_does, 0, (int)ARRAY_LEN(ends));
	tcase_add_loop_test(tc, an_age_that_cannot_be_is_not_kept, 0, 4);
	tcase_add_loop_test(tc, what_others_back_up_is_no_time_of_the_upgrade, 0, 2);
	tcase_add_test(tc, none_is_begun_unasked);
	tcase_add_test(tc, one_that_runs_already_is_followed);
	tcase_add_loop_test(tc, it_is_begun_once, 0, 4 * 16);
	tcase_add_test(tc, it_may_be_left_and_followed_again);
	suite_add_tcase(s, tc);
	return s;
}
