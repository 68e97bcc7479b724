/* schedule.c - see schedule.h. What another process left in the middle comes first and is no new
 * host; then one host first, then a few at a time, in the order of the plan. */
#include "upgrader/schedule.h"

/* `fresh`: of these, since the run was taken up. */
struct kind { int all, fresh; };

struct tally {
	int in_flight, upgraded;
	int hosts;                      /* that the run has to change */
	struct kind failures, unreachable;
	int lost, damaged;              /* the first one that is fresh; -1 */
};

bool outcome_is_failure(enum outcome outcome)
{
	return outcome == OUTCOME_FAILED || outcome == OUTCOME_UNCERTAIN ||
	       outcome == OUTCOME_NEEDS_HANDS || outcome == OUTCOME_DAMAGED ||
	       outcome == OUTCOME_AGENT_GONE;
}

/* A rehearsal shows that others may follow as an upgrade does. */
static bool went_well(enum outcome outcome)
{
	return outcome == OUTCOME_UPGRADED || outcome == OUTCOME_REHEARSED;
}

bool halt_is_pause(enum halt halt)
{
	return halt == PAUSE_FAILURES || halt == PAUSE_UNREACHABLE;
}

static void add(struct kind *kind, const struct schedule_job *j)
{
	kind->all += !j->forgotten;
	kind->fresh += !j->stood;
}

static struct tally count(const struct schedule *s)
{
	struct tally t = { .lost = -1, .damaged = -1 };

	for (int i = 0; i < s->count; i++) {
		const struct schedule_job *j = &s->job[i];

		t.in_flight += j->active;
		t.hosts += !j->apart;
		t.upgraded += went_well(j->outcome) && !(j->stood && s->first_anew);
		if (outcome_is_failure(j->outcome))
			add(&t.failures, j);
		else if (j->outcome == OUTCOME_UNREACHABLE)
			add(&t.unreachable, j);
		if (j->lost && !j->stood && t.lost < 0)
			t.lost = i;
		if (j->outcome == OUTCOME_DAMAGED && !j->stood && t.damaged < 0)
			t.damaged = i;
	}
	return t;
}

/* What was there when the run was taken up was known to who took it up: the next one pauses it. */
static bool is_used_up(struct budget budget, const struct kind *kind, int hosts)
{
	int limit = budget_of(budget, hosts);

	return limit > 0 && kind->fresh > 0 && kind->all >= limit;
}

static bool stop(const struct schedule *s, const struct tally *t, struct decision *d)
{
	if (s->halted)
		return false;
	if (t->lost >= 0 || t->damaged >= 0) {
		d->halt = t->lost >= 0 ? HALT_LOST : HALT_DAMAGED;
		d->job = t->lost >= 0 ? t->lost : t->damaged;
		return true;
	}
	if (s->paused)
		return false;
	if (t->failures.fresh > 0 && t->upgraded < s->first) {
		d->halt = HALT_FIRST;
		return true;
	}
	if (is_used_up(s->max_failures, &t->failures, t->hosts)) {
		d->halt = PAUSE_FAILURES;
		d->count = t->failures.all;
		return true;
	}
	d->halt = PAUSE_UNREACHABLE;
	d->count = t->unreachable.all;
	return is_used_up(s->max_unreachable, &t->unreachable, t->hosts);
}

static bool may_begin(const struct schedule *s, const struct tally *t, const struct schedule_job *j)
{
	if (j->active || j->ended)
		return false;
	if (!j->planned)
		return t->in_flight < s->parallel;
	if (s->paused || s->halted)
		return false;
	return t->upgraded < s->first ? t->upgraded + t->in_flight < s->first :
					t->in_flight < s->parallel;
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
	struct decision d = { .what = DECIDE_HALT };

	if (stop(s, &t, &d))
		return d;
	d = (struct decision){ .what = t.in_flight > 0 ? DECIDE_WAIT : DECIDE_OVER };
	if (s->stopping)
		return d;
	d.job = find(s, &t, false);
	if (d.job < 0)
		d.job = find(s, &t, true);
	if (d.job >= 0)
		d.what = DECIDE_BEGIN;
	return d;
}
