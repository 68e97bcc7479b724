/* test_plan_ways.c - the inventory leads to a host otherwise than when it was planned, and the run
 * that the plan became is gone on with: what did not begin leaves, what did is brought to its
 * end. */
#include <string.h>

#include "base/mem.h"
#include "tests/unit/unit.h"
#include "tests/unit/upgrader/fakefleet.h"
#include "upgrader/planned.h"

#define OTHER_WAY "ansible_connection=local marshal_program=another"

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

static void resume(const char *outcome, const char *reason)
{
	const struct job *j;

	fake_resume(&f, &run, "last");
	j = fake_job(&run, "h1");
	ck_assert_msg(strcmp(j->row.outcome, outcome) == 0 && strstr(j->row.reason, reason),
		      "%s: %s", j->row.outcome, j->row.reason);
	fake_run_release(&run);
}

static void start_in_vain(void)
{
	fake_plan(&f, &terms);
	f.host[0].silent = true;
	fake_start(&f, &run);
	ck_assert_str_eq(fake_job(&run, "h1")->row.outcome, "unreachable");
	fake_run_release(&run);
}

START_TEST(what_did_not_begin_leaves_the_plan)
{
	start_in_vain();
	for (int again = 0; again < _i; again++)
		resume("unreachable", "");
	f.host[0].silent = false;
	fake_fleet_lead(&f, OTHER_WAY);
	resume("blocked", "another address or way");
	ck_assert_int_eq(f.host[0].started + f.host[0].cycles, 0);
	resume("blocked", "another address or way");
}
END_TEST

START_TEST(by_the_same_way_it_is_begun)
{
	start_in_vain();
	f.host[0].silent = false;
	resume("upgraded", "");
}
END_TEST

/* obengine must not stay stopped for it, nor an installer be left alone. */
START_TEST(what_began_is_brought_to_its_end)
{
	fake_plan(&f, &terms);
	f.at = _i;
	f.effect = true;
	f.play = PLAY_CRASH;
	fake_start(&f, &run);
	ck_assert_str_eq(fake_job(&run, "h1")->row.outcome, "");
	fake_run_release(&run);
	f.play = PLAY_ON;
	fake_fleet_lead(&f, OTHER_WAY);
	resume("upgraded", "");
	ck_assert_int_eq(f.host[0].started, 1);
	ck_assert(fake_is_clean(&f.host[0]));
}
END_TEST

/* Nobody approved where it leads: who goes on with it mends the inventory for that. */
START_TEST(a_run_that_was_no_plan_takes_the_new_way)
{
	f.host[0].silent = true;
	fake_run(&f, &run, &terms);
	fake_run_release(&run);
	f.host[0].silent = false;
	fake_fleet_lead(&f, OTHER_WAY);
	resume("upgraded", "");
}
END_TEST

UNIT_SUITE(plan_ways)
{
	Suite *s = suite_create("plan_ways");
	TCase *tc = tcase_create("ways");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, what_did_not_begin_leaves_the_plan, 0, 2);
	tcase_add_test(tc, by_the_same_way_it_is_begun);
	tcase_add_loop_test(tc, what_began_is_brought_to_its_end, 1, 6);
	tcase_add_test(tc, a_run_that_was_no_plan_takes_the_new_way);
	suite_add_tcase(s, tc);
	return s;
}
