/* run.c - which job may begin when: one host first, then a few at a time, none after the limit of
 * failures, none after Ctrl-C. Pure bookkeeping between jobs; each job moves by itself. */
#include "upgrader/run.h"

#include <string.h>

#include "base/clock.h"
#include "base/insist.h"
#include "base/log.h"
#include "base/mem.h"

enum { UPLOADS_AT_ONCE = 4 };

void run_pace_default(struct run_pace *out)
{
	*out = (struct run_pace){ .slice_ms = 30 * 1000,
				  .poll_ms = 5 * 1000,
				  .retry_ms = 5 * 1000,
				  .ask_ms = 20 * 1000,
				  .look_ms = 60 * 1000 };
}

bool job_counts_as_failure(const struct job *j)
{
	enum outcome outcome = outcome_from_name(j->row.outcome);

	return outcome == OUTCOME_FAILED || outcome == OUTCOME_UNCERTAIN;
}

/* What another process left in the middle comes first and is no new host. */
static bool may_begin(const struct run *run, const struct job *j)
{
	if (run->stop != RUN_ON || (run->halted && !j->settled))
		return false;
	if (j->state == JOB_PLANNED && run->upgraded < run->terms.first)
		return run->upgraded + run->in_flight < run->terms.first;
	return run->in_flight < run->terms.parallel;
}

static struct job *next_job(struct run *run, bool planned)
{
	for (int i = 0; i < run->count; i++) {
		struct job *j = &run->job[i];

		if (!j->active && !j->ended && (j->state == JOB_PLANNED) == planned)
			return j;
	}
	return NULL;
}

void run_fill(struct run *run)
{
	struct job *j;

	if (run->filling || run->is_over)
		return;         /* a job that ended while it began: the loop below goes on */
	run->filling = true;
	for (;;) {
		j = next_job(run, false);
		if (!j)
			j = next_job(run, true);
		if (!j || !may_begin(run, j))
			break;
		run->in_flight++;
		run->progress.in_flight = run->in_flight;
		job_begin(j);
	}
	run->filling = false;
	if (run->in_flight > 0)
		return;
	INSIST(run->uploads == 0);
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
	run->in_flight--;
	run->progress.in_flight = run->in_flight;
	run->progress.done++;
	progress_clear(&run->progress);
}

static void tell(const struct job *j)
{
	const struct store_job_row *r = &j->row;
	enum outcome outcome = outcome_from_name(r->outcome);
	enum log_level level = job_counts_as_failure(j) ? LOG_ERROR : LOG_INFO;

	if (outcome == OUTCOME_NONE)
		log_line(LOG_WARN, "%s: left in state '%s': %s", r->host, job_state_name(j->state),
			 job_state_left(job_state_name(j->state)));
	else if (outcome == OUTCOME_UPGRADED)
		log_line(level, "%s: upgraded from %s to %s%s%s", r->host,
			 *r->before ? r->before : "?", *r->after ? r->after : "?",
			 *r->reason ? ": " : "", r->reason);
	else
		log_line(level, "%s: %s: %s", r->host, r->outcome, r->reason);
}

static void count_failure(struct run *run)
{
	bool first = run->upgraded < run->terms.first;

	run->failures++;
	run->progress.failed++;
	if (run->halted || (!first && run->failures < run->terms.max_failures))
		return;
	run->halted = true;
	if (first)
		log_line(LOG_ERROR,
			 "halted: a first host was not upgraded well; no other host is begun");
	else
		log_line(LOG_ERROR, "halted after %d failures; no other host is begun",
			 run->failures);
}

void run_job_ended(struct job *j)
{
	struct run *run = j->run;

	leave(j);
	tell(j);
	/* A settled one was counted when it was taken up, or in its own time. */
	if (!j->settled && outcome_from_name(j->row.outcome) == OUTCOME_UPGRADED)
		run->upgraded++;
	else if (!j->settled && job_counts_as_failure(j))
		count_failure(run);
	run_fill(run);
}

static void interrupt_all(struct run *run)
{
	for (int i = 0; i < run->count; i++)
		if (run->job[i].active)
			job_interrupt(&run->job[i]);
}

void run_job_lost(struct job *j, const struct err *err)
{
	struct run *run = j->run;
	bool first = run->broken.code == ERR_NONE;

	leave(j);
	run->ops->close(j);
	/* The row is as the store has it, not as the move would have made it. */
	job_set(&j->row.state, job_state_name(j->state));
	if (!j->settled)
		job_set(&j->row.outcome, "");
	tell(j);
	if (first) {
		run->broken = *err;
		run->stop = RUN_PAUSE;
		interrupt_all(run);
	}
	run_fill(run);
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
