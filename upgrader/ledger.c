/* ledger.c - a run's rows in the store: written from a plan, closed at the end. What becomes of
 * them in between when another process takes the run up stands in ledger_take.c. Everything but the
 * beginning is written one job a transaction, and so that it is read rightly where that broke off:
 * first that the run goes on, and last that it ended. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/log.h"
#include "base/mem.h"
#include "upgrader/controller.h"
#include "upgrader/ledger.h"

/* "20261121-7c3e": what people type, and part of names on hosts. NULL and err on failure. */
static char *new_name(struct store *store, int64_t utc_ms, struct err *err)
{
	time_t seconds = (time_t)(utc_ms / 1000);
	struct store_run_row other;
	char day[16], tail[5];
	struct tm tm;

	gmtime_r(&seconds, &tm);
	strftime(day, sizeof(day), "%Y%m%d", &tm);
	for (;;) {
		AUTO_FREE char *name = NULL;

		if (random_hex(tail, 2, err) < 0)
			return NULL;
		name = xasprintf("%s-%s", day, tail);
		if (store_run_find(store, name, &other, err) < 0)
			return err->code == ERR_NOT_FOUND ? xstrdup(name) : NULL;
		store_run_release(&other);      /* taken; short names are worth another try */
	}
}

/* All strings of a row are there, so that nobody asks. */
void job_row_copy(struct store_job_row *to, const struct store_job_row *from)
{
	const struct {
		char **to;
		const char *from;
	} text[] = {
		{ &to->host, from->host },	 { &to->state, from->state },
		{ &to->outcome, from->outcome }, { &to->reason, from->reason },
		{ &to->before, from->before },	 { &to->after, from->after },
		{ &to->folder, from->folder },	 { &to->fault, from->fault },
	};

	*to = *from;
	for (size_t i = 0; i < ARRAY_LEN(text); i++)
		*text[i].to = xstrdup(text[i].from ? text[i].from : "");
	to->memory = from->memory ? json_deep_copy(from->memory) : json_object();
}

void job_row_release(struct store_job_row *r)
{
	free(r->host);
	free(r->state);
	free(r->outcome);
	free(r->reason);
	free(r->before);
	free(r->after);
	free(r->folder);
	free(r->fault);
	json_decref(r->memory);
}

struct job *run_add_job(struct run *run, const struct store_job_row *row,
			const struct inv_host *host)
{
	struct job *j = &run->job[run->count++];

	j->run = run;
	j->host = host;
	job_row_copy(&j->row, row);
	return j;
}

static enum outcome outcome_of(const struct plan_row *p)
{
	if (p->excluded)
		return OUTCOME_EXCLUDED;
	switch (p->verdict) {
	case PREFLIGHT_GO:
		break;
	case PREFLIGHT_CURRENT:
		return OUTCOME_CURRENT;
	case PREFLIGHT_FOR_NOW:
		return OUTCOME_BLOCKED_NOW;
	case PREFLIGHT_BLOCKED:
		return OUTCOME_BLOCKED;
	}
	return OUTCOME_NONE;
}

struct job *ledger_plan_job(struct run *run, const struct plan_row *p, int64_t now)
{
	enum outcome outcome = outcome_of(p);
	bool go = outcome == OUTCOME_NONE;
	struct store_job_row row = { .id = store_new_id(),
				     .run = run->row.id,
				     .host = (char *)p->host->name,
				     .state = (char *)job_state_name(go ? JOB_PLANNED : JOB_ENDED),
				     .outcome = (char *)outcome_name(outcome),
				     .before = (char *)p->before,
				     .reason = (char *)p->reason,
				     .position = run->count + 1,
				     .wave = p->wave,
				     .ended_utc_ms = go ? 0 : now };
	struct job *j = run_add_job(run, &row, p->host);

	j->state = go ? JOB_PLANNED : JOB_ENDED;
	j->ended = j->stood = !go;
	return j;
}

int ledger_run_row(struct run *run, const json_t *options, const char *note, enum run_state state,
		   int64_t now, struct err *err)
{
	char target[VERSION_TEXT];
	char *name = new_name(run->store, now, err);

	if (!name)
		return -1;
	run->row = (struct store_run_row){
		.id = store_new_id(),
		.name = name,
		.installer = xstrdup(run->installer->path),
		.sha256 = xstrdup(run->installer->sha256),
		.target = xstrdup(version_format(run->installer->version, target)),
		.options = json_dumps(options, JSON_COMPACT | JSON_SORT_KEYS),
		.state = xstrdup(run_state_name(state)),
		.actor = xstrdup(store_actor()),
		.note = xstrdup(note ? note : ""),
		.begun_utc_ms = now,
	};
	return 0;
}

int run_create(struct run *run, const struct plan *plan, json_t *options, const char *note,
	       struct err *err)
{
	AUTO_JSON json_t *taken = options;
	AUTO_FREE struct store_job_row *rows = xcalloc((size_t)plan->count + 1, sizeof(*rows));
	int64_t now = clock_utc_ms();
	struct tx *tx;

	run->controller = controller_name(run->store, err);
	if (!run->controller || ledger_run_row(run, taken, note, RUN_STATE_RUNNING, now, err) != 0)
		return -1;
	run->job = xcalloc((size_t)plan->count + 1, sizeof(*run->job));
	for (int i = 0; i < plan->count; i++)
		if (!plan->row[i].excluded)
			ledger_plan_job(run, &plan->row[i], now);
	for (int i = 0; i < run->count; i++)
		rows[i] = run->job[i].row;
	tx = tx_new();
	tx_run_create(tx, &run->row, rows, run->count);
	tx_event(tx, NULL, run->row.id, "run", "begun", now);
	return store_write(run->store, tx, true, err);
}

void run_drop_jobs(struct run *run)
{
	for (int i = 0; i < run->count; i++) {
		look_free(run->job[i].look);
		free(run->job[i].left_because);
		json_decref(run->job[i].plans_over);
		job_row_release(&run->job[i].row);
		job_stage_release(&run->job[i]);
	}
	free(run->job);
	free(run->shown);
	free(run->site_rate);
	run->site_rate = NULL;
	run->job = NULL;
	run->shown = NULL;
	run->count = 0;
}

/* Whether something of the plan is still open. */
static bool has_open(const struct run *run)
{
	for (int i = 0; i < run->count; i++) {
		enum outcome outcome = outcome_from_name(run->job[i].row.outcome);

		if (outcome == OUTCOME_NONE || outcome == OUTCOME_NOT_STARTED ||
		    outcome == OUTCOME_CANCELLED)
			return true;
	}
	return false;
}

bool run_is(const struct run *run, enum run_state state)
{
	return strcmp(run->row.state, run_state_name(state)) == 0;
}

static enum run_state end_of(const struct run *run)
{
	if (run->stays != RUN_STATE_RUNNING)
		return run->stays;
	return has_open(run) ? RUN_STATE_INTERRUPTED : RUN_STATE_DONE;
}

static const char *why_not_begun(const struct job *j)
{
	const struct run *run = j->run;

	if (!j->host)
		return "no longer in the inventory";
	if (run->stays == RUN_STATE_HALTED)
		return "the run halted before its turn";
	if (j->slot == SLOT_NONE && run->stop == RUN_ON)
		return "no maintenance window was open for long enough when its turn came";
	if (run->stays == RUN_STATE_PAUSED)
		return "the run paused before its turn";
	return run->stop == RUN_ON ? "the wave before its own did not come to an end" :
				     "the run was interrupted before its turn";
}

/* Gives their outcome to the hosts that were never begun, and says which these are. */
static bool *end_planned(struct run *run, int64_t now)
{
	bool *ended = xcalloc((size_t)run->count + 1, sizeof(*ended));

	for (int i = 0; i < run->count; i++) {
		struct job *j = &run->job[i];

		if (j->state != JOB_PLANNED || *j->row.outcome || j->passed_over)
			continue;
		ended[i] = true;
		job_set(&j->row.outcome, outcome_name(OUTCOME_NOT_STARTED));
		job_set(&j->row.reason, why_not_begun(j));
		j->row.ended_utc_ms = now;
	}
	return ended;
}

/* A job that another process was quicker with is left to it. */
static int write_not_started(struct job *j, int64_t now, struct err *err)
{
	struct tx *tx = tx_new();

	tx_job_move(tx, &j->row, outcome_name(OUTCOME_NOT_STARTED), j->row.reason, now);
	if (store_write(j->run->store, tx, false, err) == 0) {
		j->row.version++;
		return 0;
	}
	if (err->code != ERR_MOVED)
		return -1;
	j->passed_over = true;
	job_set(&j->row.outcome, "");
	log_line(LOG_WARN, "%s: left to whoever has it now: %s", j->row.host, err->msg);
	return 0;
}

/* A run that another process took up meanwhile is ended by that one. */
static int write_run_end(struct run *run, int64_t now, struct err *err)
{
	enum run_state end = end_of(run);
	struct tx *tx = tx_new();

	if (!run->elsewhere)
		tx_run_state(tx, &run->row, end, now);
	tx_event(tx, NULL, run->row.id, "run", run->elsewhere ? "left" : run_state_name(end), now);
	if (store_write(run->store, tx, true, err) == 0) {
		if (!run->elsewhere)
			job_set(&run->row.state, run_state_name(end));
		return 0;
	}
	if (err->code != ERR_MOVED || run->elsewhere)
		return -1;
	log_line(LOG_WARN, "%s; it is not ended from here", err->msg);
	run->elsewhere = true;
	return write_run_end(run, now, err);
}

/* Those of `ended` that are written are none any more: what failed is tried again from there. */
static int write_end(struct run *run, bool *ended, int64_t now, struct err *err)
{
	for (int i = 0; i < run->count; i++) {
		if (ended[i] && write_not_started(&run->job[i], now, err) != 0)
			return -1;
		ended[i] = false;
	}
	return write_run_end(run, now, err);
}

int run_close_ledger(struct run *run, struct err *err)
{
	enum { TRIES = 20 };            /* each waits as long as the store does, half a minute */
	int64_t now = clock_utc_ms();
	AUTO_FREE bool *ended = end_planned(run, now);
	int r = -1;

	for (int i = 0; i < TRIES && r != 0; i++) {
		r = write_end(run, ended, now, err);
		if (r == 0 || err->code != ERR_BUSY)
			break;
		log_line(LOG_WARN, "%s; the end of the run is written when it is free", err->msg);
	}
	return r;
}

void run_release(struct run *run)
{
	run_drop_jobs(run);
	slots_release(&run->slots);
	free(run->controller);
	policies_free(run->policies);
	json_decref(run->past);
	store_run_release(&run->row);
}
