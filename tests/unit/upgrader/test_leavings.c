/* test_leavings.c - what an ended job left on its host, and who makes up for it: a resume and a new
 * upgrade take away what is left and start what we stopped, and nothing that somebody else has
 * stopped. */
#include <sqlite3.h>
#include <string.h>

#include "tests/unit/unit.h"
#include "tests/unit/upgrader/fakefleet.h"

static struct fake_fleet f;
static struct run run;
static struct upgrade_terms terms;

static void setup(void)
{
	fake_fleet_of_one(&f, &terms);
}

static void teardown(void)
{
	fake_fleet_release(&f);
}

START_TEST(what_a_failed_job_left_is_cleaned_up_by_resume)
{
	const struct job *j;

	f.host[0].exit = 1603;
	f.host[0].no_clean = true;
	fake_run(&f, &run, &terms);
	ck_assert_str_eq(fake_job(&run, "h1")->row.outcome, "failed");
	ck_assert(f.host[0].folder && f.host[0].key.phase);
	fake_run_release(&run);
	for (int still = 1; still >= 0; still--) {
		f.host[0].no_clean = still == 1;
		fake_resume(&f, &run, "last");
		j = fake_job(&run, "h1");
		ck_assert_str_eq(j->row.outcome, "failed");
		ck_assert_str_eq(j->row.state, "ended");
		ck_assert_int_eq(strstr(j->row.reason, "not cleaned up") != NULL, still);
		ck_assert_int_eq(job_left_some(j), still);
		ck_assert_int_eq(fake_is_clean(&f.host[0]), !still);
		ck_assert_str_eq(run.row.state, "halted");
		fake_run_release(&run);
	}
	ck_assert_int_eq(f.host[0].started, 1);
	f.host[0].exit = 0;
	fake_run(&f, &run, &terms);
	ck_assert_str_eq(fake_job(&run, "h1")->row.outcome, "upgraded");
	fake_run_release(&run);
}
END_TEST

START_TEST(what_a_failed_job_left_stopped_is_started_by_resume)
{
	const struct job *j;

	f.host[0].exit = 1603;
	f.host[0].engine_stays_down = true;
	f.host[0].boot_task = false;
	terms.limit_verify = 5;
	/* without the cycle there is no other task either */
	fake_run(&f, &run, &terms);
	j = fake_job(&run, "h1");
	ck_assert_str_eq(j->row.outcome, "failed");
	ck_assert_int_eq(f.host[0].engine, 1);
	ck_assert_msg(strstr(j->row.reason, "obengine is stopped") != NULL, "%s", j->row.reason);
	ck_assert(job_left_some(j));
	fake_run_release(&run);
	for (int still = 2; still >= 0; still--) {
		f.host[0].engine_stays_down = still > 0;
		f.host[0].foreign_installer = still == 1;
		fake_resume(&f, &run, "last");
		j = fake_job(&run, "h1");
		ck_assert_str_eq(j->row.outcome, "failed");
		ck_assert_int_eq(f.host[0].engine, still ? 1 : 4);
		ck_assert_int_eq(strstr(j->row.reason, "obengine is stopped") != NULL, still == 2);
		ck_assert_int_eq(strstr(j->row.reason,
					"an installer is at work until 1970-01-01T00:00:03Z") !=
					 NULL,
				 still == 1);
		ck_assert_int_eq(job_left_some(j), still > 0);
		ck_assert_int_eq(fake_is_clean(&f.host[0]), still == 0);
		fake_run_release(&run);
	}
}
END_TEST

/* The cycle stopped it, and somebody else's installer forbids to start it for now. */
START_TEST(what_waits_behind_a_foreign_installer_is_started_by_resume)
{
	struct fake_host *h = &f.host[0];
	const struct job *j;

	h->installer_begins = true;
	fake_run(&f, &run, &terms);
	j = fake_job(&run, "h1");
	ck_assert_str_eq(j->row.outcome, "failed");
	ck_assert_msg(strstr(j->row.reason, "an installer of somebody else began") &&
			      strstr(j->row.reason, "an installer is at work"),
		      "%s", j->row.reason);
	ck_assert(j->row.changed && job_left_some(j));
	ck_assert_int_eq(h->engine, 1);
	ck_assert_int_eq(h->started, 0);
	fake_run_release(&run);
	h->installer_begins = h->foreign_installer = false;
	fake_resume(&f, &run, "last");
	ck_assert_int_eq(h->engine, 4);
	ck_assert(fake_is_clean(h));
	fake_run_release(&run);
}
END_TEST

START_TEST(a_new_upgrade_starts_what_the_journal_says_was_left_stopped)
{
	struct fake_host *h = &f.host[0];

	h->engine_stays_down = true;
	fake_run(&f, &run, &terms);
	ck_assert_str_eq(fake_job(&run, "h1")->row.outcome, "failed");
	ck_assert_int_eq(h->engine, 1);
	fake_run_release(&run);
	h->key = (struct fake_key){ .phase = NULL };    /* somebody tidied up */
	h->safety_task = h->boot_task = h->engine_stays_down = false;
	if (_i)
		h->version = "2.0.9999.0";
	fake_run(&f, &run, &terms);
	ck_assert_str_eq(fake_job(&run, "h1")->row.outcome, _i ? "current" : "upgraded");
	ck_assert_int_eq(h->engine, 4);
	ck_assert(fake_is_clean(h));
	fake_run_release(&run);
}
END_TEST

static void execute(const char *statement)
{
	sqlite3 *db;

	ck_assert_int_eq(sqlite3_open(f.db, &db), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(db, statement, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

/* An older version of this program ended so, and remembers nothing of it; or the line was lost
 * before any look that is stored saw it stopped. */
START_TEST(what_nobody_remembers_to_have_left_stopped_is_started_by_resume)
{
	f.host[0].engine_stays_down = true;
	fake_run(&f, &run, &terms);
	ck_assert_str_eq(fake_job(&run, "h1")->row.outcome, "failed");
	fake_run_release(&run);
	f.host[0].engine_stays_down = false;
	f.host[0].key = (struct fake_key){ .phase = NULL };
	f.host[0].safety_task = f.host[0].boot_task = false;
	execute("update job set memory = '{\"found\":{\"state\":4}}'");
	if (_i)
		execute("update host set engine_stopped_by = ''");
	fake_resume(&f, &run, "last");
	ck_assert_int_eq(f.host[0].engine, 4);
	ck_assert_str_eq(fake_job(&run, "h1")->row.outcome, "failed");
	fake_run_release(&run);
}
END_TEST

/* The service ran when the job ended, so that its stop is not the job's. */
START_TEST(what_a_person_stopped_since_is_not_started_by_resume)
{
	f.host[0].exit = 1603;
	f.host[0].no_clean = true;
	fake_run(&f, &run, &terms);
	ck_assert_str_eq(fake_job(&run, "h1")->row.outcome, "failed");
	ck_assert(job_left_some(fake_job(&run, "h1")));
	ck_assert_int_eq(f.host[0].engine, 4);
	fake_run_release(&run);
	f.host[0].no_clean = false;
	f.host[0].engine = 1;
	f.host[0].key.engine_ran = false;       /* somebody tidied up, too */
	fake_resume(&f, &run, "last");
	ck_assert_int_eq(f.host[0].engine, 1);
	ck_assert(fake_is_clean(&f.host[0]));
	fake_run_release(&run);
}
END_TEST

UNIT_SUITE(leavings)
{
	Suite *s = suite_create("leavings");
	TCase *tc = tcase_create("ended jobs");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, what_a_failed_job_left_is_cleaned_up_by_resume);
	tcase_add_test(tc, what_a_failed_job_left_stopped_is_started_by_resume);
	tcase_add_test(tc, what_waits_behind_a_foreign_installer_is_started_by_resume);
	tcase_add_loop_test(tc, a_new_upgrade_starts_what_the_journal_says_was_left_stopped, 0, 2);
	tcase_add_loop_test(tc, what_nobody_remembers_to_have_left_stopped_is_started_by_resume, 0,
			    2);
	tcase_add_test(tc, what_a_person_stopped_since_is_not_started_by_resume);
	suite_add_tcase(s, tc);
	return s;
}
