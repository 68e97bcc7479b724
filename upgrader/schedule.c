/* schedule.c - see schedule.h. What another process left in the middle comes first and is no new
 * host; then one host first, then a few at a time, wave by wave, in the order of the plan. */
#include "upgrader/schedule.h"

#include <stdlib.h>

#include "base/mem.h"

enum { LAST_WAVE = WAVES_MAX + 2 };     /* canaries before, the rest behind */

/* `fresh`: of these, since the run was taken up. */
struct kind { int all, fresh; };

struct wave {
	int hosts, ended, succeeded;
	int apart, confirmed;           /* confirmed: or not changed, where its turn came */
	int planned, closed;            /* closed: those whose window does not open in time */
	bool fresh;                     /* one of it ended since the run was taken up */
	int64_t last_ms;                /* when the last one ended */
};

struct tally {
	int in_flight, upgraded;
	int hosts;                      /* that the run has to change */
	struct kind failures, unreachable, slow;
	struct kind in_a_row;           /* failures behind the last that was upgraded */
	int lost, damaged;              /* the first one that is fresh; -1 */
	struct wave wave[LAST_WAVE + 1];
	int *in_group;                  /* how many are in flight, where that counts; else NULL */
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
	return halt != HALT_FIRST && halt != HALT_LOST && halt != HALT_DAMAGED;
}

static void add(struct kind *kind, const struct schedule_job *j)
{
	kind->all += !j->forgotten;
	kind->fresh += !j->stood;
}

/* Who is in none comes with the last: nobody goes before those that show the way. */
static int wave_of(const struct schedule_job *j)
{
	return j->wave <= 0 || j->wave > LAST_WAVE ? LAST_WAVE : j->wave;
}

static bool has_succeeded(const struct schedule_job *j)
{
	return j->ended && (went_well(j->outcome) || j->outcome == OUTCOME_CURRENT);
}

/* Who was not changed when its turn came has nothing to be confirmed. */
static bool is_confirmed(const struct schedule_job *j)
{
	return has_succeeded(j) && !j->apart && (j->confirmed || j->outcome != OUTCOME_UPGRADED);
}

static bool counts(const struct schedule *s, const struct schedule_job *j)
{
	return s->promote_confirmed ? is_confirmed(j) : has_succeeded(j);
}

static void add_to_wave(const struct schedule *s, struct wave *wave, const struct schedule_job *j)
{
	bool planned = j->planned && !j->active && !j->ended;

	wave->hosts++;
	wave->planned += planned && j->slot != SLOT_NONE;
	wave->closed += planned && j->slot == SLOT_NONE;
	wave->succeeded += has_succeeded(j);
	wave->apart += j->apart;
	wave->confirmed += is_confirmed(j);
	if (!j->ended || j->outcome == OUTCOME_NONE)
		return;                 /* how it ended is not known, or in other hands */
	if (s->patient && j->again_ms > 0 && j->slot != SLOT_NONE)
		return;                 /* it comes back */
	wave->fresh |= !j->stood;
	if (wave->ended++ == 0 || j->ended_ms > wave->last_ms)
		wave->last_ms = j->ended_ms;    /* below 0: before this boot */
}

/* By when they ended; of two in one moment the order of the plan is as good as any. */
static void count_in_a_row(const struct schedule *s, struct kind *out)
{
	int64_t last_ms = INT64_MIN;
	int last = -1;

	for (int i = 0; i < s->count; i++) {
		const struct schedule_job *j = &s->job[i];

		if (j->ended && went_well(j->outcome) && j->ended_ms >= last_ms) {
			last_ms = j->ended_ms;
			last = i;
		}
	}
	for (int i = 0; i < s->count; i++) {
		const struct schedule_job *j = &s->job[i];

		if (outcome_is_failure(j->outcome) &&
		    (last < 0 || j->ended_ms > last_ms || (j->ended_ms == last_ms && i > last)))
			add(out, j);
	}
}

static struct tally count(const struct schedule *s)
{
	struct tally t = { .lost = -1, .damaged = -1 };

	if (s->per_group > 0)
		t.in_group = xcalloc((size_t)s->groups + 1, sizeof(*t.in_group));
	for (int i = 0; i < s->count; i++) {
		const struct schedule_job *j = &s->job[i];

		t.in_flight += j->active;
		if (t.in_group && j->active)
			t.in_group[j->group]++;
		add_to_wave(s, &t.wave[wave_of(j)], j);
		t.hosts += !j->apart;
		t.upgraded += went_well(j->outcome) && !(j->stood && s->first_anew);
		if (outcome_is_failure(j->outcome))
			add(&t.failures, j);
		else if (j->outcome == OUTCOME_UNREACHABLE)
			add(&t.unreachable, j);
		else if (j->slow)
			add(&t.slow, j);
		if (j->lost && !j->stood && t.lost < 0)
			t.lost = i;
		if (j->outcome == OUTCOME_DAMAGED && !j->stood && t.damaged < 0)
			t.damaged = i;
	}
	count_in_a_row(s, &t.in_a_row);
	return t;
}

/* What was there when the run was taken up was known to who took it up: the next one pauses it. */
static bool is_used_up(struct budget budget, const struct kind *kind, int hosts)
{
	int limit = budget_of(budget, hosts);

	return limit > 0 && kind->fresh > 0 && kind->all >= limit;
}

/* Nothing more of it happens now. */
static bool is_done(const struct wave *wave)
{
	return wave->ended + wave->closed == wave->hosts;
}

/* How many of a wave have to succeed for the next one; 0: all have to end. */
static int wanted_of(const struct schedule *s, const struct wave *wave)
{
	int hosts = wave->hosts - (s->promote_confirmed ? wave->apart : 0);
	int wanted = budget_of(s->promote, hosts);

	return wanted < hosts ? wanted : hosts;
}

/* How many of a wave count for that. */
static int counted_of(const struct schedule *s, const struct wave *wave)
{
	return s->promote_confirmed ? wave->confirmed : wave->succeeded;
}

/* Whether it is the first, and named by the operator. */
static bool is_of_canaries(const struct schedule *s, const struct tally *t, int wave)
{
	for (int w = 1; w < wave; w++)
		if (t->wave[w].hosts > 0)
			return false;
	return s->canaries;
}

/* Who goes on with a run where too few succeeded promotes that wave, but none that is to be
 * confirmed. One that did not come to
 * anything because windows are closed is never passed over, and none of named canaries by itself:
 * the others wait for what it shows. */
static bool is_through(const struct schedule *s, const struct tally *t, int w)
{
	const struct wave *wave = &t->wave[w];
	int wanted = wanted_of(s, wave);
	bool looked_at = !wave->fresh || w <= s->looked_at;

	if (wave->succeeded == 0 && (wave->closed > 0 || (!looked_at && is_of_canaries(s, t, w))))
		return false;
	return (wanted > 0 && counted_of(s, wave) >= wanted) ||
	       (is_done(wave) && (wanted == 0 || (looked_at && !s->promote_confirmed)));
}

static int by_time(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

/* When the number of those that succeeded became enough. */
static int64_t promoted_at(const struct schedule *s, int wave, int wanted)
{
	AUTO_FREE int64_t *at = xcalloc((size_t)s->count + 1, sizeof(*at));
	int count = 0;

	for (int i = 0; i < s->count; i++)
		if (wave_of(&s->job[i]) == wave && counts(s, &s->job[i]))
			at[count++] = s->job[i].ended_ms;
	qsort(at, (size_t)count, sizeof(*at), by_time);
	return at[wanted - 1];
}

static int64_t through_at(const struct schedule *s, const struct tally *t, int wave)
{
	int wanted = wanted_of(s, &t->wave[wave]);

	return wanted > 0 && counted_of(s, &t->wave[wave]) >= wanted ?
		       promoted_at(s, wave, wanted) :
		       t->wave[wave].last_ms;
}

static bool has_planned_behind(const struct tally *t, int wave)
{
	for (int w = wave + 1; w <= LAST_WAVE; w++)
		if (t->wave[w].planned > 0)
			return true;
	return false;
}

/* The last wave that may be begun now. Where it ends by the time alone, *out_until_ms says when. */
static int open_wave(const struct schedule *s, const struct tally *t, int64_t *out_until_ms)
{
	int wave;

	for (wave = 1; wave < LAST_WAVE; wave++) {
		if (t->wave[wave].hosts == 0)
			continue;
		if (!is_through(s, t, wave) || !has_planned_behind(t, wave) ||
		    (s->gate && !is_done(&t->wave[wave])))
			break;
		if (s->soak_ms > 0 && s->now_ms < through_at(s, t, wave) + s->soak_ms) {
			*out_until_ms = through_at(s, t, wave) + s->soak_ms;
			break;
		}
	}
	return wave;
}

/* The wave that has ended and is not through; 0: none. */
static int stuck_wave(const struct schedule *s, const struct tally *t)
{
	int64_t until;
	int wave = open_wave(s, t, &until);

	return t->wave[wave].hosts > 0 && is_done(&t->wave[wave]) && !is_through(s, t, wave) &&
			       has_planned_behind(t, wave) ?
		       wave :
		       0;
}

/* Whether a budget is used up, and which. */
static bool is_spent(const struct schedule *s, const struct tally *t, struct decision *d)
{
	const struct {
		struct budget budget;
		const struct kind *kind;
		enum halt halt;
	} each[] = {
		{ s->max_failures, &t->failures, PAUSE_FAILURES },
		{ { .number = s->max_consecutive }, &t->in_a_row, PAUSE_CONSECUTIVE },
		{ s->max_unreachable, &t->unreachable, PAUSE_UNREACHABLE },
		{ s->max_slow, &t->slow, PAUSE_SLOW },
	};

	for (size_t i = 0; i < ARRAY_LEN(each); i++) {
		if (!is_used_up(each[i].budget, each[i].kind, t->hosts))
			continue;
		d->halt = each[i].halt;
		d->count = each[i].kind->all;
		return true;
	}
	return false;
}

/* Somebody let the waves behind it begin. */
static bool has_begun_behind(const struct schedule *s, int wave)
{
	for (int i = 0; i < s->count; i++)
		if (wave_of(&s->job[i]) > wave && (s->job[i].begun || s->job[i].active))
			return true;
	return false;
}

/* The wave that came to its end and was not looked at, with others behind; 0: none. */
static int gate_wave(const struct schedule *s, const struct tally *t)
{
	for (int w = 1; s->gate && w < LAST_WAVE; w++) {
		if (t->wave[w].hosts == 0)
			continue;
		if (!is_done(&t->wave[w]) || !is_through(s, t, w))
			return 0;
		if (w > s->looked_at && has_planned_behind(t, w) && !has_begun_behind(s, w))
			return w;
	}
	return 0;
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
	if (is_spent(s, t, d))
		return true;
	d->wave = gate_wave(s, t);
	d->count = t->wave[d->wave].succeeded;
	d->halt = PAUSE_GATE;
	if (d->wave > 0)
		return true;
	d->halt = PAUSE_WAVE;
	d->wave = stuck_wave(s, t);
	d->count = counted_of(s, &t->wave[d->wave]);
	d->closed = t->wave[d->wave].closed;
	return d->wave > 0;
}

static bool may_begin(const struct schedule *s, const struct tally *t, const struct schedule_job *j,
		      int open)
{
	if (j->active || (j->ended && !(j->again_ms > 0 && j->again_ms <= s->now_ms)) ||
	    (t->in_group && j->group > 0 && t->in_group[j->group] >= s->per_group))
		return false;
	if (!j->planned && !j->ended)
		return t->in_flight < s->parallel;
	if (s->paused || s->halted || wave_of(j) > open || j->slot != SLOT_NOW)
		return false;
	return t->upgraded < s->first ? t->upgraded + t->in_flight < s->first :
					t->in_flight < s->parallel;
}

static bool comes_before(const struct schedule_job *a, const struct schedule_job *b)
{
	if (a->ended != b->ended)
		return b->ended;        /* once more: behind all others */
	if (a->planned != b->planned)
		return b->planned;
	if (!a->planned)
		return false;
	return wave_of(a) != wave_of(b) ? wave_of(a) < wave_of(b) : !a->late && b->late;
}

/* -1: none. */
static int find(const struct schedule *s, const struct tally *t, int open)
{
	int best = -1;

	for (int i = 0; i < s->count; i++)
		if (may_begin(s, t, &s->job[i], open) &&
		    (best < 0 || comes_before(&s->job[i], &s->job[best])))
			best = i;
	return best;
}

/* One that may be begun, or once more, when its window opens. */
static bool waits(const struct schedule *s)
{
	for (int i = 0; i < s->count && !s->paused && !s->halted; i++) {
		const struct schedule_job *j = &s->job[i];

		if (j->slot == SLOT_LATER &&
		    (j->ended ? s->patient && j->again_ms > 0 : j->planned))
			return true;
	}
	return false;
}

/* When the next one may be begun once more; 0: none. */
static int64_t next_again(const struct schedule *s, int open)
{
	int64_t next_ms = 0;

	for (int i = 0; i < s->count && !s->paused && !s->halted; i++) {
		const struct schedule_job *j = &s->job[i];

		if (j->ended && j->again_ms > s->now_ms && wave_of(j) <= open &&
		    (next_ms == 0 || j->again_ms < next_ms))
			next_ms = j->again_ms;
	}
	return next_ms;
}

static struct decision decide(const struct schedule *s, const struct tally *t)
{
	struct decision d = { .what = DECIDE_HALT };
	int64_t until_ms = 0, again_ms;
	int open;

	if (stop(s, t, &d))
		return d;
	d = (struct decision){ .what = t->in_flight > 0 ? DECIDE_WAIT : DECIDE_OVER };
	if (s->stopping)
		return d;
	open = open_wave(s, t, &until_ms);
	d.job = find(s, t, open);
	again_ms = next_again(s, open);
	if (d.job >= 0) {
		d.what = DECIDE_BEGIN;
		d.wave = s->job[d.job].wave;
	} else if (until_ms > 0 && !s->paused && !s->halted) {
		d.what = DECIDE_WAIT;
		d.wave = open;
		d.until_ms = until_ms;
	} else if (waits(s)) {
		d.what = DECIDE_WAIT;
	}
	if (d.what == DECIDE_OVER && s->patient && again_ms > 0)
		d.what = DECIDE_WAIT;
	if (d.what == DECIDE_WAIT && again_ms > 0 && (d.until_ms == 0 || again_ms < d.until_ms)) {
		d.until_ms = again_ms;
		d.wave = 0;
	}
	return d;
}

struct decision schedule_next(const struct schedule *s)
{
	struct tally t = count(s);
	struct decision d = decide(s, &t);

	free(t.in_group);
	return d;
}
