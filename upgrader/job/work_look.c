/* work_look.c - looking at the host: before anything (and again when a job waited), and at the end.
 * What was found before the first change is remembered in the job, because the verification
 * compares with it. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/insist.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "scanner/facts/left.h"
#include "scanner/facts/service.h"
#include "scanner/facts/reservation.h"
#include "scanner/who.h"
#include "upgrader/job/found.h"
#include "upgrader/run.h"

enum { LOOK_AGAIN_LIMIT_MS = 5 * 60 * 1000 };

static void look(struct job *j, const enum fact_id *only, void (*done)(struct job *, struct look *))
{
	INSIST(j->active && job_is_idle(j));
	j->fresh_ms = clock_now_ms();
	j->calling = true;
	j->run->ops->look(j, only, done);
}

/* Keeps the look for the next move; false when it was not whole. */
static bool keep(struct job *j, struct look *seen)
{
	j->calling = false;
	look_free(j->look);
	j->look = seen;
	return seen->err.code == ERR_NONE;
}

static enum preflight judge_now(struct job *j, const struct look *seen,
				char reason[PREFLIGHT_REASON])
{
	struct machine_ids machine;

	who_stored(j->run->store, j->row.host, &seen->facts, &machine);
	return preflight(&(struct preflight_input){ .facts = &seen->facts,
						    .host = j->host,
						    .installer = j->run->installer,
						    .terms = &j->run->terms,
						    .machine = &machine,
						    .now_utc_ms = seen->utc_ms,
						    .run = j->run->row.name,
						    .controller = j->run->controller },
			 reason);
}

static const char *version_of(const struct facts *facts, char out[VERSION_TEXT])
{
	struct version version;

	if (!agent_version(facts, &version))
		return "";
	return version_format(version, out);
}

bool job_found_running(const struct job *j)
{
	int64_t state = 0;

	json_get_int(job_recall(j, MEMORY_FOUND), "state", &state);
	return state == SERVICE_RUNNING;
}

static void on_started_first(struct job *j, const json_t *answer)
{
	if (answer_ok(answer)) {
		work_look(j);
	} else if (answer_says(answer, CODE_START_FAILED)) {
		job_end(j, OUTCOME_BLOCKED, "%s, and it does not start again", j->step.engine);
	} else {
		j->step.flag = false;   /* it was not tried */
		j->step.engine[0] = '\0';
		job_refused(j, SCRIPT_ENGINE_START, answer);
	}
}

static void start_first(struct job *j)
{
	ask_engine_start(j, on_started_first);
}

static bool is_stopped(const struct facts *facts)
{
	int64_t state;

	return json_get_int(facts_value(facts, FACT_SERVICE_OBENGINE), "state", &state) &&
	       state == SERVICE_STOPPED;
}

/* The run of ours that left obengine stopped, by the key on the host or by the journal; NULL: none
 * did. Yours: free() it. */
static char *left_stopped_by(const struct job *j)
{
	char *by = NULL;
	struct host_rows rows;
	const char *run;
	struct err err;

	if (engine_stopped_by_us(&j->look->facts, &run))
		return text_printable(run, strlen(run), 60);
	if (!is_stopped(&j->look->facts) ||
	    store_hosts(j->run->store, j->row.host, 0, &rows, &err) != 0)
		return NULL;            /* the store's trouble shows at the next move */
	for (int i = 0; i < rows.count && !by; i++) {
		const struct host_row *h = &rows.row[i];
		const char *word =
			*h->engine_changed_by ? h->engine_changed_by : h->engine_stopped_by;

		by = *word ? xstrdup(word) : NULL;
	}
	host_rows_release(&rows);
	return by;
}

/* No backup runs where a run of ours left obengine stopped, so that is mended before anything is
 * judged. False: there is nothing of that kind, or it was tried. */
static bool starts_first(struct job *j)
{
	AUTO_FREE char *by = j->step.flag ? NULL : left_stopped_by(j);

	if (!by)
		return false;
	j->step.flag = true;
	snprintf(j->step.engine, sizeof(j->step.engine), "run %s left obengine stopped", by);
	job_note(j, j->step.engine, start_first);
	return true;
}

/* Ends the job where the look says no. */
static void leave(struct job *j, enum preflight verdict, const char *reason)
{
	bool started = *j->step.engine;
	AUTO_FREE char *text = xasprintf("%s%s%s%s", reason, started ? "; " : "", j->step.engine,
					 started ? "; it was started" : "");

	if (verdict == PREFLIGHT_FOR_NOW)
		job_end_for_now(j, text);
	else
		job_end(j, verdict == PREFLIGHT_CURRENT ? OUTCOME_CURRENT : OUTCOME_BLOCKED, "%s",
			text);
}

/* They go with the folder that is made next. */
static void note_plans_over(struct job *j, const struct facts *facts)
{
	struct left left;

	json_decref(j->plans_over);
	j->plans_over = NULL;
	left_find(facts, json_object_get(j->run->past, j->row.host), &left);
	for (int i = 0; i < left.count; i++) {
		if (!left_is_staged(&left.run[i]))
			continue;
		if (!j->plans_over)
			j->plans_over = json_array();
		json_array_append_new(j->plans_over, json_string(left.run[i].name));
	}
}

static void on_looked(struct job *j, struct look *seen)
{
	const char *started = *j->step.engine ? "; it was started" : "";
	enum preflight verdict;
	char reason[PREFLIGHT_REASON], version[VERSION_TEXT];

	if (!keep(j, seen)) {
		job_fault(j, &seen->err);
		return;
	}
	if (!j->run->terms.rehearse && !j->run->staging && starts_first(j))
		return;
	note_plans_over(j, &seen->facts);
	job_set(&j->row.before, version_of(&seen->facts, version));
	verdict = judge_now(j, seen, reason);
	if (verdict == PREFLIGHT_CURRENT)
		job_set(&j->row.after, j->row.before);
	if (verdict != PREFLIGHT_GO) {
		leave(j, verdict, reason);
		return;
	}
	job_remember(j, MEMORY_FOUND, found_keep(&j->look->facts));
	job_set(&j->row.reason, "");            /* the plan's note is answered */
	job_done(j, "agent %s, nothing in the way%s%s%s",
		 *j->row.before ? j->row.before : WORD_UNREADABLE, *started ? "; " : "",
		 j->step.engine, started);
}

void work_look(struct job *j)
{
	look(j, NULL, on_looked);
}

static void look_again(struct job *j);

/* It knows a part of the facts, so the store keeps the look of before. */
static void on_looked_again(struct job *j, struct look *seen)
{
	char reason[PREFLIGHT_REASON];
	enum preflight verdict;
	struct err err = seen->err;

	j->calling = false;
	verdict = judge_now(j, seen, reason);
	look_free(seen);
	if (err.code != ERR_NONE) {
		job_fault(j, &err);
		return;
	}
	if (verdict != PREFLIGHT_GO) {
		leave(j, verdict, reason);
		return;
	}
	j->step.look_until_ms = 0;
	j->after_look(j);
}

static void look_again(struct job *j)
{
	look(j, preflight_facts(), on_looked_again);
}

void work_look_again(struct job *j, void (*then)(struct job *j))
{
	j->after_look = then;
	j->again = look_again;
	j->step.look_until_ms = clock_now_ms() + LOOK_AGAIN_LIMIT_MS;
	look_again(j);
}

void work_look_if_old(struct job *j, void (*then)(struct job *j))
{
	if (j->fresh_ms <= j->reserved_ms || clock_now_ms() - j->fresh_ms > j->run->pace.look_ms)
		work_look_again(j, then);
	else
		then(j);
}

static void on_last_look(struct job *j, struct look *seen)
{
	char version[VERSION_TEXT];

	if (!keep(j, seen)) {
		job_fault(j, &seen->err);
		return;
	}
	if (*version_of(&seen->facts, version))
		job_set(&j->row.after, version);
	job_done(j, "agent %s", *j->row.after ? j->row.after : WORD_UNREADABLE);
}

void work_last_look(struct job *j)
{
	look(j, NULL, on_last_look);
}
