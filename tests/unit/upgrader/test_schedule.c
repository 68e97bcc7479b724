/* test_schedule.c - what a run does next, from a letter a job. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "upgrader/schedule.h"

enum { JOBS = 12 };

/* Planned, Begun by another process, In flight, Upgraded, Failed, ? uncertain, K blocked,
 * uNreachable, Clean-up of an upgraded one, c the same in flight, x lost or cut. Lower case u and
 * f: it ended so before the run was taken up. */
static struct schedule_job job_of(char letter)
{
	switch (letter) {
	case 'P':
		return (struct schedule_job){ .planned = true };
	case 'B':
		return (struct schedule_job){ .outcome = OUTCOME_NONE };
	case 'I':
		return (struct schedule_job){ .active = true };
	case 'U':
		return (struct schedule_job){ .outcome = OUTCOME_UPGRADED, .ended = true };
	case 'u':
		return (struct schedule_job){ .outcome = OUTCOME_UPGRADED,
					      .ended = true,
					      .stood = true };
	case 'F':
		return (struct schedule_job){ .outcome = OUTCOME_FAILED, .ended = true };
	case 'f':
		return (struct schedule_job){ .outcome = OUTCOME_FAILED,
					      .ended = true,
					      .stood = true };
	case '?':
		return (struct schedule_job){ .outcome = OUTCOME_UNCERTAIN, .ended = true };
	case 'K':
		return (struct schedule_job){ .outcome = OUTCOME_BLOCKED, .ended = true };
	case 'N':
		return (struct schedule_job){ .outcome = OUTCOME_UNREACHABLE, .ended = true };
	case 'C':
		return (struct schedule_job){ .outcome = OUTCOME_UPGRADED,
					      .settled = true,
					      .stood = true };
	case 'c':
		return (struct schedule_job){
			.outcome = OUTCOME_UPGRADED, .active = true, .settled = true, .stood = true
		};
	case 'x':
		return (struct schedule_job){ .ended = true };
	}
	ck_abort_msg("letter %c", letter);
	return (struct schedule_job){ .ended = true };
}

/* clang-format off */
static const struct {
	const char *label, *jobs;
	int first, parallel, max_failures;
	const char *want;               /* begin N, wait, halt first, halt N, over */
	const char *how;                /* Halted, Stopping, first ones Anew */
} cases[] = {
	{ "nothing at all",                       "",         1, 10, 2, "over", "" },
	{ "the first",                            "PPPP",     1, 10, 2, "begin 0", "" },
	{ "nobody beside the first",              "IPPP",     1, 10, 2, "wait", "" },
	{ "two first ones",                       "IPPP",     2, 10, 2, "begin 1", "" },
	{ "nobody beside two first ones",         "IIPP",     2, 10, 2, "wait", "" },
	{ "one of two was upgraded",              "UIPP",     2, 10, 2, "wait", "" },
	{ "the others after the first",           "UPPP",     1, 10, 2, "begin 1", "" },
	{ "up to the number in flight",           "UIIP",     1, 3,  2, "begin 3", "" },
	{ "not beyond it",                        "UIIIP",    1, 3,  2, "wait", "" },
	{ "a blocked first gives its place",      "KNPP",     1, 10, 2, "begin 2", "" },
	{ "all ended",                            "UUKN",     1, 10, 2, "over", "" },
	{ "the last is in flight",                "UUKI",     1, 10, 2, "wait", "" },
	{ "a first failed",                       "FPPP",     1, 10, 2, "halt first", "" },
	{ "a first is uncertain",                 "?PPP",     1, 10, 2, "halt first", "" },
	{ "the second of two first failed",       "UFPP",     2, 10, 9, "halt first", "" },
	{ "one failure less than the limit",      "UFPP",     1, 10, 2, "begin 2", "" },
	{ "the limit",                            "UF?P",     1, 10, 2, "halt 2", "" },
	{ "the limit with some in flight",        "UFFIIP",   1, 10, 2, "halt 2", "" },
	{ "a limit of one",                       "UFPP",     1, 10, 1, "halt 1", "" },
	{ "blocked and unreachable do not count", "UKNKNP",   1, 10, 1, "begin 5", "" },
	{ "halted: none is begun",                "UFFIP",    1, 10, 2, "wait", "h" },
	{ "halted and over",                      "UFFUP",    1, 10, 2, "over", "h" },
	{ "halted: what was left is taken away",  "UFFPC",    1, 10, 2, "begin 4", "h" },
	{ "stopping: none is begun",              "UIPPC",    1, 10, 2, "wait", "s" },
	{ "stopping and over",                    "UUPPC",    1, 10, 2, "over", "s" },
	{ "a halt while it stops is said",        "FxPP",     1, 10, 2, "halt first", "s" },
	{ "what was begun comes first",           "PPBP",     1, 10, 2, "begin 2", "" },
	{ "and is no first host",                 "PPIB",     1, 10, 2, "begin 3", "" },
	{ "but is in flight beside none",         "PPIP",     1, 10, 2, "wait", "" },
	{ "within the number in flight",          "uIB",      1, 1,  2, "wait", "" },
	{ "upgraded before is a first",           "uPPP",     1, 10, 2, "begin 1", "" },
	{ "unless they are had anew",             "uIPP",     1, 10, 2, "wait", "a" },
	{ "and anew was one",                     "uUPP",     1, 10, 2, "begin 2", "a" },
	{ "failures of before do not count",      "uffFP",    1, 10, 2, "begin 4", "" },
	{ "nor do they halt as first ones",       "fPPP",     1, 10, 2, "begin 1", "" },
	{ "one being cleaned is in flight",       "cP",       1, 1,  2, "wait", "" },
};
/* clang-format on */

static const char *text_of(const struct decision *d)
{
	static char text[40];

	switch (d->what) {
	case DECIDE_WAIT:
		return "wait";
	case DECIDE_OVER:
		return "over";
	case DECIDE_BEGIN:
		snprintf(text, sizeof(text), "begin %d", d->job);
		break;
	case DECIDE_HALT:
		snprintf(text, sizeof(text), "halt %d", d->failures);
		return d->halt == HALT_FIRST ? "halt first" : text;
	}
	return text;
}

START_TEST(the_next_thing_follows_from_the_jobs)
{
	struct schedule_job jobs[JOBS];
	int count = (int)strlen(cases[_i].jobs);
	struct decision d;

	ck_assert_int_le(count, JOBS);
	for (int i = 0; i < count; i++)
		jobs[i] = job_of(cases[_i].jobs[i]);
	d = schedule_next(&(struct schedule){ .job = jobs,
					      .count = count,
					      .first = cases[_i].first,
					      .parallel = cases[_i].parallel,
					      .max_failures = cases[_i].max_failures,
					      .first_anew = *cases[_i].how == 'a',
					      .halted = *cases[_i].how == 'h',
					      .stopping = *cases[_i].how == 's' });
	ck_assert_msg(strcmp(text_of(&d), cases[_i].want) == 0, "%s: %s", cases[_i].label,
		      text_of(&d));
}
END_TEST

UNIT_SUITE(schedule)
{
	Suite *s = suite_create("schedule");
	TCase *tc = tcase_create("schedule");

	tcase_add_loop_test(tc, the_next_thing_follows_from_the_jobs, 0, (int)ARRAY_LEN(cases));
	suite_add_tcase(s, tc);
	return s;
}
