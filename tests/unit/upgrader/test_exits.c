/* test_exits.c - what an installer's exit code, its processes and the version afterwards make of an
 * upgrade together: a row each. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "upgrader/job/job.h"
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

enum brought { OLD, NEW };
enum rest { OVER, AT_WORK };

/* clang-format off */
static const struct {
	int exit;
	enum brought version;           /* of cbengine.exe afterwards */
	enum rest rest;                 /* its processes */
	enum outcome want;
	const char *reason;
	bool reboot;
} cases[] = {
	{ 0,    NEW, OVER,    OUTCOME_UPGRADED,  "", false },
	{ 0,    NEW, AT_WORK, OUTCOME_UNCERTAIN, "still at work after", false },
	{ 0,    OLD, OVER,    OUTCOME_FAILED,    "said 0 but cbengine.exe is still 2.0.9070.0", false },
	{ 0,    OLD, AT_WORK, OUTCOME_UNCERTAIN, "still at work after", false },
	{ 3010, NEW, OVER,    OUTCOME_UPGRADED,  "a reboot is pending", true },
	{ 3010, OLD, OVER,    OUTCOME_FAILED,    "said 3010 but cbengine.exe is still 2.0.9070.0", false },
	{ 3010, NEW, AT_WORK, OUTCOME_UNCERTAIN, "still at work after", false },
	{ 1641, NEW, OVER,    OUTCOME_UPGRADED,  "a reboot is pending", true },
	{ 1641, OLD, OVER,    OUTCOME_FAILED,    "said 1641 but cbengine.exe is still 2.0.9070.0", false },
	{ 1603, OLD, OVER,    OUTCOME_FAILED,    "ended with 1603: The installation failed.", false },
	{ 1603, NEW, OVER,    OUTCOME_FAILED,    "cbengine.exe is 2.0.9999.0, though the installer ended with 1603: ", false },
	{ 1603, OLD, AT_WORK, OUTCOME_UNCERTAIN, "still at work after", false },
	{ 1618, OLD, OVER,    OUTCOME_FAILED,    "ended with 1618: Another installation is running.", false },
	{ 1618, NEW, OVER,    OUTCOME_FAILED,    "cbengine.exe is 2.0.9999.0, though the installer ended with 1618: ", false },
	{ 1618, OLD, AT_WORK, OUTCOME_UNCERTAIN, "still at work after", false },
	{ 1602, OLD, OVER,    OUTCOME_FAILED,    "ended with 1602: ", false },
	{ 1602, NEW, OVER,    OUTCOME_FAILED,    "cbengine.exe is 2.0.9999.0, though the installer ended with 1602: ", false },
	{ 5,    OLD, OVER,    OUTCOME_FAILED,    "ended with 5: ", false },
	{ 5,    OLD, AT_WORK, OUTCOME_UNCERTAIN, "still at work after", false },
	{ 4711, OLD, OVER,    OUTCOME_FAILED,    "ended with 4711: No code of the agent", false },
	{ 4711, NEW, OVER,    OUTCOME_FAILED,    "cbengine.exe is 2.0.9999.0, though the installer ended with 4711: ", false },
	{ 4711, NEW, AT_WORK, OUTCOME_UNCERTAIN, "still at work after", false },
};
/* clang-format on */

START_TEST(the_code_is_judged_with_the_processes_and_the_version)
{
	const struct job *j;

	f.host[0].polls = 1;
	f.host[0].exit = cases[_i].exit;
	f.host[0].brings = cases[_i].version == NEW;
	f.host[0].old_version = cases[_i].version == OLD;
	f.host[0].works_on = cases[_i].rest == AT_WORK;
	terms.limit_install = 30;
	fake_run(&f, &run, &terms);
	j = fake_job(&run, "h1");
	ck_assert_msg(outcome_from_name(j->row.outcome) == cases[_i].want, "%d: %s (%s)",
		      cases[_i].exit, j->row.outcome, j->row.reason);
	ck_assert_msg(*cases[_i].reason ? strstr(j->row.reason, cases[_i].reason) != NULL :
					  !*j->row.reason,
		      "%d: '%s'", cases[_i].exit, j->row.reason);
	ck_assert_int_eq(j->row.reboot_pending, cases[_i].reboot);
	ck_assert_int_eq(f.host[0].started, 1);
	ck_assert_int_eq(f.host[0].engine, 4);
	ck_assert_int_eq(fake_is_clean(&f.host[0]), cases[_i].rest == OVER);
	fake_run_release(&run);
}
END_TEST

/* The key of the agent is gone afterwards, and what else of it. */
static const struct {
	const char *loses;
	int exit;
	enum outcome want;
	const char *reason;
} gone[] = {
	{ "agent", 0, OUTCOME_AGENT_GONE, "no agent is there any more" },
	{ "agent", 1603, OUTCOME_AGENT_GONE, "no agent is there any more" },
	{ "agent-but-service", 0, OUTCOME_DAMAGED,
	  "the agent is half gone: its service obengine is still there" },
	{ "agent-but-program", 0, OUTCOME_DAMAGED,
	  "the agent is half gone: the program of its service is still there" },
	{ "agent-but-entry", 1603, OUTCOME_DAMAGED,
	  "the agent is half gone: its entry among the installed programs is still there" },
};

START_TEST(an_agent_is_gone_when_all_of_it_is)
{
	const struct job *j;

	f.host[0].polls = 1;
	f.host[0].exit = gone[_i].exit;
	f.host[0].loses = gone[_i].loses;
	fake_run(&f, &run, &terms);
	j = fake_job(&run, "h1");
	ck_assert_msg(outcome_from_name(j->row.outcome) == gone[_i].want, "%s: %s (%s)",
		      gone[_i].loses, j->row.outcome, j->row.reason);
	ck_assert_msg(strstr(j->row.reason, gone[_i].reason) != NULL, "%s: '%s'", gone[_i].loses,
		      j->row.reason);
	fake_run_release(&run);
}
END_TEST

/* What a host answers is made printable, and counted. */
START_TEST(the_logs_of_one_that_failed_are_kept)
{
	const json_t *logs, *first;

	f.host[0].polls = 1;
	f.host[0].exit = _i == 1 ? 0 : 1603;
	f.host[0].log_lines = _i == 2 ? 0 : 50;
	f.host[0].log_lost = _i == 3;
	fake_run(&f, &run, &terms);
	ck_assert_str_eq(fake_job(&run, "h1")->row.outcome, _i == 1 ? "upgraded" : "failed");
	logs = job_recall(fake_job(&run, "h1"), MEMORY_LOGS);
	ck_assert_int_eq(json_array_size(logs), _i == 0 ? 4 : 0);
	if (_i == 0) {
		first = json_array_get(logs, 0);
		ck_assert_str_eq(json_string_value(json_object_get(first, "name")), "OBMsi.log\\r");
		first = json_object_get(first, "lines");
		ck_assert_int_eq(json_array_size(first), 40);
		ck_assert_str_eq(json_string_value(json_array_get(first, 0)), "line 11\\x1b[31m");
		ck_assert_str_eq(json_string_value(json_array_get(first, 39)), "?");
	}
	fake_run_release(&run);
}
END_TEST

UNIT_SUITE(exits)
{
	Suite *s = suite_create("exits");
	TCase *tc = tcase_create("exits");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, the_code_is_judged_with_the_processes_and_the_version, 0,
			    ARRAY_LEN(cases));
	tcase_add_loop_test(tc, an_agent_is_gone_when_all_of_it_is, 0, ARRAY_LEN(gone));
	tcase_add_loop_test(tc, the_logs_of_one_that_failed_are_kept, 0, 4);
	suite_add_tcase(s, tc);
	return s;
}
