/* test_rehearse.c - a rehearsal comes up to the first change, whatever is cut, and leaves
 * nothing. */
#include <string.h>

#include "tests/unit/unit.h"
#include "tests/unit/upgrader/fakefleet.h"

enum { MOMENTS = 14 };          /* more operations than a rehearsal has */

static struct fake_fleet f;
static struct run run;
static struct upgrade_terms terms;

static void setup(void)
{
	fake_fleet_of_one(&f, &terms);
	terms.rehearse = f.rehearse = true;
}

static void teardown(void)
{
	fake_fleet_release(&f);
}

static void check_untouched(const char *outcome)
{
	const struct fake_host *h = &f.host[0];
	const struct job *j = fake_job(&run, "h1");

	ck_assert_msg(strcmp(j->row.outcome, outcome) == 0, "%d: %s (%s)", f.at, j->row.outcome,
		      j->row.reason);
	ck_assert(!j->row.changed && fake_is_clean(h));
	ck_assert_int_eq(h->engine, 4);
	ck_assert_int_eq(h->cycles + h->started + h->consoles_ended, 0);
	ck_assert_str_eq(h->version, "2.0.9070.0");
}

START_TEST(a_rehearsal_stops_before_the_change)
{
	fake_run(&f, &run, &terms);
	check_untouched("rehearsed");
	ck_assert_int_eq(f.host[0].rehearsals, 1);
	ck_assert_int_eq(f.most_uploads, 1);
	fake_run_release(&run);
}
END_TEST

START_TEST(what_is_in_the_way_is_told_as_by_an_upgrade)
{
	static const struct {
		const char *op, *code, *outcome;
	} rows[] = {
		{ "stage-check", "not-signed", "failed" },
		{ "engine-cycle", "login-closed", "blocked" },
		{ "engine-cycle", "task-denied", "step-blocked" },
		{ "engine-cycle", "backup-running", "blocked-now" },
	};

	f.host[0].refuse_op = rows[_i].op;
	f.host[0].refuse_code = rows[_i].code;
	fake_run(&f, &run, &terms);
	check_untouched(rows[_i].outcome);
	fake_run_release(&run);
}
END_TEST

START_TEST(it_comes_to_the_same_end_wherever_it_is_cut)
{
	f.at = _i / 2;
	f.effect = _i % 2;
	f.play = PLAY_CRASH;
	fake_run(&f, &run, &terms);
	fake_run_release(&run);
	f.play = PLAY_ON;
	fake_resume(&f, &run, "last");
	check_untouched("rehearsed");
	fake_run_release(&run);
}
END_TEST

START_TEST(where_nothing_would_be_stopped_nothing_is_asked)
{
	f.host[0].engine = 1;
	terms.accept_stopped = true;
	fake_run(&f, &run, &terms);
	ck_assert_str_eq(fake_job(&run, "h1")->row.outcome, "rehearsed");
	ck_assert_int_eq(f.host[0].rehearsals, 0);
	ck_assert(fake_is_clean(&f.host[0]));
	fake_run_release(&run);
}
END_TEST

UNIT_SUITE(rehearse)
{
	Suite *s = suite_create("rehearse");
	TCase *tc = tcase_create("rehearse");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_rehearsal_stops_before_the_change);
	tcase_add_loop_test(tc, what_is_in_the_way_is_told_as_by_an_upgrade, 0, 4);
	tcase_add_loop_test(tc, it_comes_to_the_same_end_wherever_it_is_cut, 0, 2 * MOMENTS);
	tcase_add_test(tc, where_nothing_would_be_stopped_nothing_is_asked);
	suite_add_tcase(s, tc);
	return s;
}
