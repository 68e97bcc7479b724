/* schedule.c - see schedule.h. What another process left in the middle comes first and is no new
 * host; then one host first, then a few at a time, in the order of the plan. */
#include "upgrader/schedule.h"

struct tally { int in_flight, upgraded, failures; };

bool outcome_is_failure(enum outcome outcome)
{
	return outcome == OUTCOME_FAILED || outcome == OUTCOME_UNCERTAIN ||
	       outcome == OUTCOME_NEEDS_HANDS || outcome == OUTCOME_DAMAGED ||
	       outcome == OUTCOME_AGENT_GONE;
}

static struct tally count(const struct schedule *s)
{
	struct tally t = { 0 };

	for (int i = 0; i < s->count; i++) {
		const struct schedule_job *j = &s->job[i];

		t.in_flight += j->active;
		t.upgraded += j->outcome == OUTCOME_UPGRADED && !(j->stood && s->first_anew);
		t.failures += outcome_is_failure(j->outcome) && !j->stood;
	}
	return t;
}

static bool may_begin(const struct schedule *s, const struct tally *t, const struct schedule_job *j)
{
	if (j->active || j->ended || (s->halted && !j->settled))
		return false;
	if (j->planned && t->upgraded < s->first)
		return t->upgraded + t->in_flight < s->first;
	return t->in_flight < s->parallel;
}

/* -1: none. */
static int find(const struct schedule *s, const struct tally *t, bool planned)
{
	for (int i = 0; i < s->count; i++)
		if (s->job[i].planned == planned && may_begin(s, t, &s->job[i]))
			return i;
	return -1;
}

struct decision schedule_next(const struct schedule *s)
{
	struct tally t = count(s);
	struct decision d = { .what = t.in_flight > 0 ? DECIDE_WAIT : DECIDE_OVER,
			      .failures = t.failures };

	if (!s->halted && t.failures > 0 &&
	    (t.upgraded < s->first || t.failures >= s->max_failures)) {
		d.what = DECIDE_HALT;
		d.halt = t.upgraded < s->first ? HALT_FIRST : HALT_FAILURES;
		return d;
	}
	if (s->stopping)
		return d;
	d.job = find(s, &t, false);
	if (d.job < 0)
		d.job = find(s, &t, true);
	if (d.job >= 0)
		d.what = DECIDE_BEGIN;
	return d;
}
