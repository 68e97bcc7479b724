/* run.c - does to the jobs of a run what schedule.c decides, tells what became of them, and hands
 * out turns to upload. Each job moves by itself. */
#include "upgrader/run.h"

#include <string.h>

#include "base/clock.h"
#include "base/insist.h"
#include "base/log.h"
#include "base/mem.h"
#include "scanner/policy/policy.h"
#include "upgrader/estimate.h"
#include "upgrader/ledger.h"

enum { UPLOADS_AT_ONCE = 4 };
/* So often one that was blocked for now is begun once more. */
enum { RETURNS_MAX = 2 };

void run_pace_default(struct run_pace *out)
{
	*out = (struct run_pace){ .slice_ms = 30 * 1000,
				  .poll_ms = 5 * 1000,
				  .retry_ms = 5 * 1000,
				  .rejected_ms = 60 * 1000,
				  .ask_ms = 20 * 1000,
				  .return_ms = 10 * MINUTE_MS,
				  .look_ms = 60 * 1000 };
}

bool job_counts_as_failure(const struct job *j)
{
	return outcome_is_failure(outcome_from_name(j->row.outcome));
}

/* They go first in their wave: every day counts for them. */
bool job_crosses_minimum(const struct job *j)
{
	struct version before;

	return version_parse(j->row.before, &before) &&
	       crosses_minimum(before, j->run->installer->version);
}

/* One of an earlier process by the journal; what was under way when that ended, by what it took
 * since. */
static bool was_slow(const struct job *j)
{
	const struct store_job_row *r = &j->row;
	int64_t took_ms = j->stood ? r->ended_utc_ms - r->begun_utc_ms : j->ended_ms - j->begun_ms;

	took_ms -= estimate_aside_ms(r);
	return j->ended && outcome_from_name(r->outcome) == OUTCOME_UPGRADED &&
	       r->begun_utc_ms > 0 && j->run->needs_ms > 0 && took_ms > j->run->needs_ms;
}

/* What ended before this process, or by the plan, was not asked for in this one. */
static int64_t again_at(const struct job *j)
{
	int64_t return_ms = j->run->pace.return_ms;

	if (return_ms == 0 || j->run->staging || !j->ended || j->stood || !j->host ||
	    j->returns >= RETURNS_MAX || outcome_from_name(j->row.outcome) != OUTCOME_BLOCKED_NOW ||
	    (j->row.changed && job_left_some(j)))
		return 0;
	return j->ended_ms + return_ms;
}

/* The plan had nothing to do there. */
static bool is_apart(const struct job *j, enum outcome outcome)
{
	return (outcome == OUTCOME_CURRENT || outcome == OUTCOME_BLOCKED ||
		outcome == OUTCOME_BLOCKED_NOW) &&
	       j->row.begun_utc_ms == 0;
}

/* Who is begun anew had something to be done after all. */
void run_shares(const struct run *run, struct shares_of *out)
{
	enum { LAST = ARRAY_LEN(out->wave) - 1 };

	*out = (struct shares_of){ .hosts = 0 };
	for (int i = 0; i < run->count; i++) {
		const struct job *j = &run->job[i];
		int wave = j->row.wave <= 0 || j->row.wave > LAST ? LAST : j->row.wave;
		bool apart = j->take != TAKE_ANEW && is_apart(j, outcome_from_name(j->row.outcome));

		out->hosts += !apart;
		out->wave[wave].hosts++;
		out->wave[wave].apart += apart;
	}
}

/* As the scheduler shall see it: when it begins, and whenever it leaves. */
static void show(struct run *run, const struct job *j)
{
	enum outcome outcome =
		j->active && !j->settled ? OUTCOME_NONE : outcome_from_name(j->row.outcome);

	run->shown[j - run->job] = (struct schedule_job){
		.outcome = outcome,
		.planned = j->state == JOB_PLANNED,
		.active = j->active,
		.begun = j->row.begun_utc_ms > 0,
		.ended = j->ended,
		.wave = j->run->staging ? 0 : j->row.wave,
		.group = j->site,
		.late = !job_crosses_minimum(j),
		.ended_ms = j->ended_ms,
		.again_ms = again_at(j),
		.stood = j->stood,
		.forgotten = job_is_forgotten(j),
		.slow = was_slow(j),
		.confirmed = j->confirmed || job_recall(j, MEMORY_CONFIRMED),
		.lost = outcome == OUTCOME_UNCERTAIN && *j->row.fault,
		.apart = is_apart(j, outcome),
	};
}

static struct decision decide(struct run *run)
{
	run_show_slots(run);
	return schedule_next(&(struct schedule){ .job = run->shown,
						 .count = run->count,
						 .first = run->terms.first,
						 .parallel = run->terms.parallel,
						 .max_failures = run->terms.max_failures,
						 .max_unreachable = run->terms.max_unreachable,
						 .max_slow = run->terms.max_slow,
						 .max_consecutive = run->terms.max_consecutive,
						 .groups = run->sites,
						 .per_group = run->terms.per_site,
						 .promote = run->terms.promote,
						 .promote_confirmed = run->terms.promote_confirmed,
						 .soak_ms = run->terms.soak,
						 .gate = run->terms.gate,
						 .canaries = run->terms.canaries && !run->staging,
						 .looked_at = run->looked_at,
						 .now_ms = clock_now_ms(),
						 .patient = run->until_utc_ms > 0,
						 .first_anew = run->first_anew,
						 .paused = run->stays == RUN_STATE_PAUSED,
						 .halted = run->stays == RUN_STATE_HALTED,
						 .stopping = run->stop != RUN_ON });
}

static void tell_wave(const struct run *run)
{
	int waves = 0, hosts = 0;

	for (int i = 0; i < run->count; i++) {
		waves = run->job[i].row.wave > waves ? run->job[i].row.wave : waves;
		hosts += run->job[i].row.wave == run->wave;
	}
	if (waves > 1)
		log_line(LOG_INFO, "wave %d of %d: %d host%s", run->wave, waves, hosts,
			 hosts == 1 ? "" : "s");
}

static void begin_once_more(struct job *j)
{
	log_line(LOG_INFO, "%s: is begun once more: %s", j->row.host, j->row.reason);
	ledger_begin_anew(j);
	j->returns++;
	j->ended = j->cancelled = j->engine_runs = false;
	j->ended_ms = j->fresh_ms = j->reserved_ms = 0;
	j->run->progress.done--;
}

static void begin(struct run *run, struct job *j, int wave)
{
	int64_t now = clock_utc_ms();
	struct span window;
	enum slot slot = run_find_slot(run, j, now, &window);

	run->waits = false;
	if (j->ended)
		begin_once_more(j);
	job_enter_window(j, slot, &window, now);
	if (wave > run->wave) {
		run->wave = wave;
		tell_wave(run);
	}
	run->in_flight++;
	run->progress.in_flight = run->in_flight;
	job_begin(j);
	show(run, j);
}

/* ", 3 of them: no-answer", where most that count have their fault or reason in common; else "".
 * free() it. */
static char *common_cause(const struct run *run, bool failures)
{
	AUTO_FREE const char **cause = xcalloc((size_t)run->count + 1, sizeof(*cause));
	int count = 0, times;
	const char *common;

	for (int i = 0; i < run->count; i++) {
		const struct schedule_job *shown = &run->shown[i];
		const struct store_job_row *row = &run->job[i].row;

		if (!shown->forgotten && (failures ? outcome_is_failure(shown->outcome) :
						     shown->outcome == OUTCOME_UNREACHABLE))
			cause[count++] = *row->fault ? row->fault : row->reason;
	}
	common = budget_common(cause, count, &times);
	return common ? xasprintf(", %d of them: %s", times, common) : xstrdup("");
}

/* Which only a look after it can tell. */
static void tell_not_confirmed(const struct run *run, const struct decision *d, const char *closed)
{
	log_line(LOG_ERROR,
		 "paused: %d host%s of wave %d %s confirmed by a backup, fewer than --promote%s; "
		 "no other host is begun: scan them after their next backup, then marshal upgrade "
		 "resume %s",
		 d->count, d->count == 1 ? "" : "s", d->wave, d->count == 1 ? "is" : "are", closed,
		 run->row.name);
}

static void tell_stuck_wave(const struct run *run, const struct decision *d)
{
	AUTO_FREE char *closed =
		d->closed == 0 ? xstrdup("") :
				 xasprintf(", %d %s no maintenance window in time (--deadline)",
					   d->closed, d->closed == 1 ? "has" : "have");

	if (run->terms.promote_confirmed) {
		tell_not_confirmed(run, d, closed);
		return;
	}
	log_line(LOG_ERROR, "paused: %d host%s of wave %d %s upgraded%s%s; no other host is begun",
		 d->count, d->count == 1 ? "" : "s", d->wave, d->count == 1 ? "is" : "are",
		 budget_of(run->terms.promote, 1) > 0 ? ", fewer than --promote" : "", closed);
}

static void halt(struct run *run, const struct decision *d)
{
	AUTO_FREE char *cause = common_cause(run, d->halt != PAUSE_UNREACHABLE);
	char needs[CLOCK_TEXT];

	run->stays = halt_is_pause(d->halt) ? RUN_STATE_PAUSED : RUN_STATE_HALTED;
	switch (d->halt) {
	case HALT_FIRST:
		log_line(LOG_ERROR,
			 "halted: a first host was not upgraded well; no other host is begun");
		break;
	case HALT_LOST:
		log_line(LOG_ERROR,
			 "halted: %s was changed and is not reached any more; no other host is "
			 "begun",
			 run->job[d->job].row.host);
		break;
	case HALT_DAMAGED:
		log_line(LOG_ERROR,
			 "halted: %s is damaged: it does not have any more what it had; no other "
			 "host is begun",
			 run->job[d->job].row.host);
		break;
	case PAUSE_FAILURES:
		log_line(LOG_ERROR, "paused after %d failure%s%s; no other host is begun", d->count,
			 d->count == 1 ? "" : "s", cause);
		break;
	case PAUSE_CONSECUTIVE:
		log_line(LOG_ERROR, "paused after %d failure%s in a row%s; no other host is begun",
			 d->count, d->count == 1 ? "" : "s", cause);
		break;
	case PAUSE_SLOW:
		log_line(LOG_ERROR,
			 "paused after %d host%s that took longer than %s; no other host "
			 "is begun",
			 d->count, d->count == 1 ? "" : "s",
			 clock_format_duration(run->needs_ms, needs));
		break;
	case PAUSE_GATE:
		log_line(LOG_ERROR,
			 "paused (--gate): wave %d came to its end, %d of it upgraded; look at it, "
			 "then: marshal upgrade resume %s",
			 d->wave, d->count, run->row.name);
		break;
	case PAUSE_WAVE:
		tell_stuck_wave(run, d);
		break;
	case PAUSE_UNREACHABLE:
		log_line(LOG_ERROR, "paused after %d unreachable host%s%s; no other host is begun",
			 d->count, d->count == 1 ? "" : "s", cause);
		break;
	}
}

static void number_sites(struct run *run)
{
	for (int i = 0; i < run->count; i++) {
		struct job *j = &run->job[i];
		int k = 0;

		if (!j->host || !*j->host->site)
			continue;
		while (k < i &&
		       !(run->job[k].site && strcmp(run->job[k].host->site, j->host->site) == 0))
			k++;
		j->site = k < i ? run->job[k].site : ++run->sites;
	}
}

/* By our clock; a clock that was set back since makes no wait longer. */
static void ended_before(struct job *j)
{
	int64_t age_ms = clock_utc_ms() - j->row.ended_utc_ms;

	if (j->ended)
		j->ended_ms = j->row.ended_utc_ms == 0 ? INT64_MIN / 2 :
							 clock_now_ms() - (age_ms > 0 ? age_ms : 0);
}

static void set_site_rates(struct run *run)
{
	if (run->site_bytes_s == 0)
		return;
	run->site_rate = xcalloc((size_t)run->sites + 1, sizeof(*run->site_rate));
	for (int i = 1; i <= run->sites; i++)
		run->site_rate[i].bytes_s = run->site_bytes_s;
}

int64_t run_may_send(struct job *j, size_t len)
{
	struct run *run = j->run;
	int64_t now = clock_now_ms(), all = rate_take(&run->rate, len, now);
	int64_t site = run->site_rate ? rate_take(&run->site_rate[j->site], len, now) : 0;

	return all > site ? all : site;
}

/* With so many others beside it, each of which takes its share. */
static int64_t shared_ms(const struct run *run, const struct rate *rate, int others)
{
	int most = run->terms.parallel < UPLOADS_AT_ONCE ? run->terms.parallel : UPLOADS_AT_ONCE;

	if (rate->bytes_s == 0)
		return 0;
	others = others < most - 1 ? others : most - 1;
	return others * ((int64_t)run->installer->len * 1000 / rate->bytes_s);
}

int64_t run_upload_limit_ms(const struct job *j)
{
	const struct run *run = j->run;
	int64_t all_ms = shared_ms(run, &run->rate, run->count - 1), site_ms = 0;
	int neighbours = -1;

	for (int i = 0; i < run->count && run->site_rate; i++)
		neighbours += run->job[i].site == j->site;
	if (run->site_rate)
		site_ms = shared_ms(run, &run->site_rate[j->site], neighbours);
	return run->terms.limit_upload + (all_ms > site_ms ? all_ms : site_ms);
}

static void show_all(struct run *run)
{
	if (run->shown)
		return;
	run->shown = xcalloc((size_t)run->count + 1, sizeof(*run->shown));
	number_sites(run);
	set_site_rates(run);
	run_set_calendars(run);
	for (int i = 0; i < run->count; i++) {
		ended_before(&run->job[i]);
		show(run, &run->job[i]);
	}
}

static void on_alarm(uv_timer_t *timer)
{
	run_fill(timer->data);
}

/* Once, where nothing else happens until then. */
static void tell_once_more(struct run *run, int64_t at_ms, int64_t left_ms)
{
	char at[CLOCK_TEXT];

	if (run->in_flight > 0 || run->told_ms == at_ms)
		return;
	run->told_ms = at_ms;
	log_line(LOG_INFO, "who was blocked for now is begun once more at %s",
		 clock_format_utc(clock_utc_ms() + left_ms, at));
}

static void wait_until(struct run *run, const struct decision *d)
{
	int64_t left = d->until_ms - clock_now_ms();
	char at[CLOCK_TEXT];

	if (d->until_ms == 0)
		return;
	if (!run->alarm.data) {
		uv_timer_init(run->loop, &run->alarm);
		run->alarm.data = run;
	}
	if (d->wave == 0)
		tell_once_more(run, d->until_ms, left);
	else if (!uv_is_active((uv_handle_t *)&run->alarm))
		log_line(LOG_INFO, "wave %d is through; the next begins at %s (--soak)", d->wave,
			 clock_format_utc(clock_utc_ms() + left, at));
	uv_update_time(run->loop);
	uv_timer_start(&run->alarm, on_alarm, (uint64_t)(left > 0 ? left : 0), 0);
}

void run_fill(struct run *run)
{
	struct decision d;

	if (run->filling || run->is_over)
		return;         /* a job that ended while it began: the loop below goes on */
	run->filling = true;
	show_all(run);
	for (d = decide(run); d.what == DECIDE_BEGIN || d.what == DECIDE_HALT; d = decide(run)) {
		if (d.what == DECIDE_HALT)
			halt(run, &d);
		else
			begin(run, &run->job[d.job], d.wave);
	}
	run->filling = false;
	if (d.what == DECIDE_WAIT) {
		wait_until(run, &d);
		if (d.wave == 0)
			run_tell_windows(run);
		return;
	}
	if (run->alarm.data)
		uv_close((uv_handle_t *)&run->alarm, NULL);
	run->alarm.data = NULL;
	INSIST(run->uploads == 0 && run->in_flight == 0);
	run->is_over = true;
	run->over(run);
}

static void leave(struct job *j)
{
	struct run *run = j->run;

	INSIST(j->active && !j->ended && job_is_idle(j));
	INSIST(run->in_flight > 0 && !run->is_over);
	j->active = false;
	j->ended = true;
	j->ended_ms = clock_now_ms();
	run->in_flight--;
	run->progress.in_flight = run->in_flight;
	run->progress.done++;
	progress_clear(&run->progress);
	show(run, j);
}

/* One that was left in the same state before, and told with all that it means. */
static const struct job *left_alike(const struct job *j)
{
	for (int i = 0; i < j->run->count; i++) {
		const struct job *other = &j->run->job[i];

		if (other != j && other->told_left && other->state == j->state)
			return other;
	}
	return NULL;
}

static void tell_left(struct job *j)
{
	const struct job *alike = left_alike(j);
	const char *state = job_state_name(j->state);

	if (alike)
		log_line(LOG_WARN, "%s: left in state '%s', as %s", j->row.host, state,
			 alike->row.host);
	else
		log_line(LOG_WARN, "%s: left in state '%s': %s", j->row.host, state,
			 job_state_left(state));
	j->told_left = !alike;
}

static void tell(struct job *j)
{
	const struct store_job_row *r = &j->row;
	enum outcome outcome = outcome_from_name(r->outcome);
	enum log_level level = job_counts_as_failure(j) ? LOG_ERROR : LOG_INFO;

	if (outcome == OUTCOME_NONE)
		tell_left(j);
	else if (outcome == OUTCOME_UPGRADED)
		log_line(level, "%s: upgraded from %s to %s%s%s", r->host,
			 *r->before ? r->before : "?", *r->after ? r->after : "?",
			 *r->reason ? ": " : "", r->reason);
	else
		log_line(level, "%s: %s: %s", r->host, r->outcome, r->reason);
}

void run_job_ended(struct job *j)
{
	struct run *run = j->run;

	leave(j);
	tell(j);
	run->progress.failed += !j->settled && job_counts_as_failure(j);
	run_fill(run);
}

static void interrupt_all(struct run *run)
{
	for (int i = 0; i < run->count; i++)
		if (run->job[i].active)
			job_interrupt(&run->job[i]);
}

/* Out of flight without an outcome of ours. */
static void let_go(struct job *j)
{
	j->run->ops->close(j);
	/* The row is as the store had it, not as the move would have made it. */
	job_set(&j->row.state, job_state_name(j->state));
	if (!j->settled)
		job_set(&j->row.outcome, "");
	leave(j);
}

void run_job_lost(struct job *j, const struct err *err)
{
	struct run *run = j->run;
	bool first = run->broken.code == ERR_NONE;

	let_go(j);
	tell(j);
	if (first) {
		run->broken = *err;
		run->stop = RUN_PAUSE;
		interrupt_all(run);
	}
	run_fill(run);
}

void run_job_taken(struct job *j, const struct err *err)
{
	let_go(j);
	j->passed_over = true;
	log_line(LOG_WARN, "%s: left to whoever has it now: %s", j->row.host, err->msg);
	run_fill(j->run);
}

void run_on_ctrl_c(void *ctx, int count)
{
	struct run *run = ctx;

	progress_clear(&run->progress);
	if (count == 1) {
		run->stop = run->stop == RUN_ON ? RUN_NO_NEW_HOSTS : run->stop;
		log_line(LOG_WARN,
			 "no new host is begun; %d in flight %s (Ctrl-C again: stop at the next "
			 "safe point)",
			 run->in_flight, run->in_flight == 1 ? "finishes" : "finish");
	} else if (run->stop != RUN_PAUSE) {
		run->stop = RUN_PAUSE;
		log_line(LOG_WARN, "stopping at the next safe point of every host in flight");
		interrupt_all(run);
	}
	run_fill(run);
}

void run_upload_ask(struct job *j, void (*then)(struct job *j))
{
	struct run *run = j->run;

	INSIST(j->active && job_is_idle(j));
	INSIST(run->uploads <= UPLOADS_AT_ONCE);
	j->then = then;
	if (run->uploads >= UPLOADS_AT_ONCE) {
		j->wants_upload = true;
		return;
	}
	run->uploads++;
	j->uploading = true;
	then(j);
}

void run_upload_give(struct job *j)
{
	struct run *run = j->run;

	INSIST(j->uploading && run->uploads > 0);
	run->uploads--;
	j->uploading = false;
	for (int i = 0; i < run->count && run->uploads < UPLOADS_AT_ONCE; i++) {
		struct job *next = &run->job[i];

		if (!next->wants_upload)
			continue;
		next->wants_upload = false;
		run_upload_ask(next, next->then);
	}
}
