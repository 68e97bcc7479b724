/* report_run.c - what a run changed: one row a host of the run, in its order, for the change
 * ticket. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/json.h"
#include "reports/model.h"
#include "scanner/duties.h"
#include "store/outcomes.h"

/* All that is known of the run. */
struct story {
	struct store_run_row run;
	struct job_rows jobs;
	struct run_standing standing;
	struct event_rows trail;        /* of the run itself, not of its hosts */
	struct stopped_rows stopped;
	unsigned *left;                 /* duties, a job each */
};

enum { TRAIL_MAX = 200, LOG_LINES = 5, LOGS_TEXT = 8000 };

/* What is under way on a host, and where nobody is at it any more how that left the host. */
static char *say_under_way(const struct story *story, const struct store_job_row *job)
{
	const char *left = job_state_left(job->state);

	if (story->standing.life != RUN_LIFE_DIED)
		return strcmp(job->state, job_state_name(JOB_PLANNED)) == 0 ?
			       xstrdup("") :
			       xasprintf("under way: %s", job->state);
	return xasprintf("left at '%s'%s%s", job->state, *left ? ": " : "", left);
}

/* A host that was not begun when the run died never will be by itself. */
static bool was_not_begun(const struct story *story, const struct store_job_row *job)
{
	return story->standing.life == RUN_LIFE_DIED && !*job->outcome &&
	       strcmp(job->state, job_state_name(JOB_PLANNED)) == 0;
}

/* The end of what an installer that failed wrote, a line an item; the whole is in `show`. Yours. */
static char *last_of_logs(const json_t *memory)
{
	const json_t *logs = json_object_get(memory, JOB_MEMORY_LOGS), *log;
	struct buf text;
	size_t i;

	buf_init(&text, LOGS_TEXT);
	json_array_foreach(logs, i, log)
	{
		const json_t *lines = json_object_get(log, "lines");
		size_t count = json_array_size(lines);

		for (size_t k = count > LOG_LINES ? count - LOG_LINES : 0; k < count; k++)
			buf_addf(&text, "%s%s: %s", text.len ? "\n" : "",
				 json_string_value(json_object_get(log, "name")),
				 json_string_value(json_array_get(lines, k)));
	}
	for (char *c = text.data; c && *c; c++)
		*c = *c == ';' ? ',' : *c == '\n' ? ';' : *c;       /* between items */
	return buf_take(&text);
}

/* Of a host that waits in a plan: when the installer was proven there; 0: it was not. */
static int64_t staged_at(const struct store_job_row *job)
{
	int64_t utc_ms = 0;

	if (strcmp(job->state, job_state_name(JOB_PLANNED)) == 0)
		json_get_int(job->memory, JOB_MEMORY_STAGED, &utc_ms);
	return utc_ms;
}

/* Verified; whether the new agent works a backup alone confirms. */
static bool is_upgraded(const struct store_job_row *job)
{
	return outcome_from_name(job->outcome) == OUTCOME_UPGRADED;
}

static void add_job(struct report *r, const struct story *story, const struct store_job_row *job,
		    unsigned left)
{
	AUTO_FREE char *words = duties_words(left);
	AUTO_FREE char *logs = last_of_logs(job->memory);
	const struct stopped_row *stopped = stopped_find(&story->stopped, job->host);
	int64_t staged = staged_at(job);
	AUTO_FREE char *reason = *job->outcome ? xstrdup(job->reason) :
				 was_not_begun(story, job) ?
						 xstrdup("the run died before its turn") :
						 say_under_way(story, job);

	report_row(r);
	report_text(r, RUN_HOST, job->host);
	report_text(r, RUN_OUTCOME,
		    was_not_begun(story, job) ? outcome_name(OUTCOME_NOT_STARTED) : job->outcome);
	report_text(r, RUN_BEFORE, version_before(job));
	report_text(r, RUN_AFTER, job->after);
	report_text(r, RUN_REASON, reason);
	if (*job->fault)
		report_text(r, RUN_FAULT, job->fault);
	if (job->wave > 0)
		report_int(r, RUN_WAVE, job->wave);
	report_int(r, RUN_REBOOT, job->reboot_pending);
	report_int(r, RUN_CHANGED, job->changed);
	report_text(r, RUN_STATE, job->state);
	if (job->begun_utc_ms)
		report_int(r, RUN_BEGAN, job->begun_utc_ms);
	if (job->ended_utc_ms)
		report_int(r, RUN_ENDED, job->ended_utc_ms);
	if (job->begun_utc_ms && job->ended_utc_ms)
		report_int(r, RUN_TOOK, (job->ended_utc_ms - job->begun_utc_ms) / 1000);
	report_text(r, RUN_FOLDER, job->folder);
	report_text(r, RUN_LOGS, logs);
	if (stopped)
		report_text(r, RUN_ENGINE, stopped->run);
	if (is_upgraded(job) && left != DUTIES_UNKNOWN)
		report_int(r, RUN_CONFIRMED, !(left & 1U << DUTY_BACK_UP));
	report_text(r, RUN_LEFT, words);
	if (staged)
		report_int(r, RUN_STAGED, staged);
}

static void set_text(json_t *obj, const char *key, const char *text)
{
	json_object_set_new(obj, key, report_json_text(text));
}

static void set_time(json_t *obj, const char *key, int64_t utc_ms)
{
	char text[CLOCK_TEXT];

	set_text(obj, key, clock_format_utc(utc_ms, text));
}

static json_t *count_outcomes(const struct story *story)
{
	const char *open = story->standing.life == RUN_LIFE_DIED ? "left" : "under-way";
	json_t *by_outcome = json_object();

	for (int i = 0; i < story->jobs.count; i++) {
		const struct store_job_row *job = &story->jobs.row[i];
		const char *key = was_not_begun(story, job) ? outcome_name(OUTCOME_NOT_STARTED) :
				  *job->outcome		    ? job->outcome :
							      open;
		json_int_t n = json_integer_value(json_object_get(by_outcome, key));

		json_object_set_new(by_outcome, key, json_integer(n + 1));
	}
	return by_outcome;
}

static json_t *count_duties(const unsigned *left, int count)
{
	json_t *all = json_object();

	for (int d = 0; d < DUTY_COUNT; d++) {
		int n = 0;

		for (int i = 0; i < count; i++)
			n += (left[i] & 1U << d) != 0;
		json_object_set_new(all, duties[d].word, json_integer(n));
	}
	return all;
}

static const char *shown_state(const struct story *story)
{
	return story->standing.life == RUN_LIFE_DIED ? run_state_name(RUN_STATE_DIED) :
						       story->run.state;
}

/* Who began it, went on with it and ended it, when. */
static json_t *tell_trail(const struct event_rows *trail)
{
	json_t *list = json_array();

	for (int i = 0; i < trail->count; i++) {
		const struct event_row *e = &trail->row[i];
		json_t *line = json_object();

		set_time(line, "time", e->utc_ms);
		set_text(line, "actor", e->actor);
		set_text(line, "what", e->text);
		json_array_append_new(list, line);
	}
	return list;
}

/* Of a run that has not ended: who is at it, and when it was last heard of. */
static void add_standing(json_t *summary, const struct story *story)
{
	const struct run_standing *st = &story->standing;

	if (st->life == RUN_LIFE_ENDED)
		return;
	set_time(summary, "last_sign", st->last_utc_ms);
	if (st->life != RUN_LIFE_DIED)
		set_text(summary, "process",
			 *st->holder ? st->holder : "not known: an older program began it");
}

static void add_summary(struct report *r, const struct story *story)
{
	const struct store_run_row *run = &story->run;
	AUTO_JSON json_t *options = json_parse_trusted(run->options, strlen(run->options), NULL);
	int reboots = 0, engines = 0, open = 0;

	for (int i = 0; i < story->jobs.count; i++) {
		reboots += story->jobs.row[i].reboot_pending;
		open += is_upgraded(&story->jobs.row[i]) && story->left[i] & 1U << DUTY_BACK_UP;
	}
	for (int i = 0; i < r->row_count; i++)
		engines += report_cell(r, i, RUN_ENGINE)->known;
	set_text(r->summary, "run", run->name);
	set_text(r->summary, "state", shown_state(story));
	add_standing(r->summary, story);
	set_text(r->summary, "note", *run->note ? run->note : NULL);
	set_text(r->summary, "actor", run->actor);
	set_text(r->summary, "target", run->target);
	set_text(r->summary, "installer", run->installer);
	set_text(r->summary, "sha256", run->sha256);
	set_text(r->summary, "options", json_get_str(options, "with"));
	set_time(r->summary, "began", run->begun_utc_ms);
	set_time(r->summary, "ended", run->ended_utc_ms);
	json_object_set_new(r->summary, "trail", tell_trail(&story->trail));
	json_object_set_new(r->summary, "hosts", json_integer(story->jobs.count));
	json_object_set_new(r->summary, "by_outcome", count_outcomes(story));
	json_object_set_new(r->summary, "reboots_pending", json_integer(reboots));
	json_object_set_new(r->summary, "obengine_stopped", json_integer(engines));
	json_object_set_new(r->summary, "verified_not_yet_confirmed", json_integer(open));
	json_object_set_new(r->summary, "left_to_do", count_duties(story->left, story->jobs.count));
}

static void advise(struct report *r, const char *run)
{
	AUTO_FREE char *what =
		xasprintf("start it where run %s left it stopped, or was the last to "
			  "change it: marshal upgrade restore %s",
			  run, text_pasteable(run, "RUN"));

	report_advise(r, "obengine", what);
}

static void advise_of_run(struct report *r, const struct story *story)
{
	char since[CLOCK_TEXT];
	AUTO_FREE char *what = xasprintf("its process is gone, and was last heard of at %s; go on "
					 "with: marshal upgrade resume %s",
					 clock_format_utc(story->standing.last_utc_ms, since),
					 text_pasteable(story->run.name, "RUN"));

	if (story->standing.life == RUN_LIFE_DIED)
		report_advise(r, run_state_name(RUN_STATE_DIED), what);
}

/* Of what is not mended by running it again. */
static void advise_of_outcome(struct report *r, const char *word)
{
	enum outcome outcome = outcome_from_name(word);

	if (outcome == OUTCOME_STEP_BLOCKED || outcome == OUTCOME_NEEDS_HANDS ||
	    outcome == OUTCOME_DAMAGED || outcome == OUTCOME_AGENT_GONE)
		report_advise(r, word, outcome_remedy(outcome));
}

static struct report *make_report(const struct story *story, const struct report_options *o)
{
	struct report *r = report_begin(REPORT_RUN, o);

	r->status_column = RUN_OUTCOME;
	advise_of_run(r, story);
	for (int i = 0; i < story->jobs.count; i++) {
		add_job(r, story, &story->jobs.row[i], story->left[i]);
		advise_of_outcome(r, story->jobs.row[i].outcome);
		if (report_cell(r, i, RUN_ENGINE)->known)
			advise(r, report_cell(r, i, RUN_ENGINE)->text);
		for (int d = 0; d < DUTY_COUNT; d++)
			if (story->left[i] & 1U << d)
				report_advise(r, duties[d].word, duties[d].remedy);
	}
	add_summary(r, story);
	return r;
}

/* NULL and err on failure. The caller's. */
static unsigned *find_duties(struct store *s, const struct job_rows *jobs, struct err *err)
{
	AUTO_FREE const struct store_job_row **job = xcalloc((size_t)jobs->count + 1, sizeof(*job));

	for (int i = 0; i < jobs->count; i++)
		job[i] = &jobs->row[i];
	return duties_find(s, job, jobs->count, err);
}

static int read_story(struct store *s, const char *name, struct story *out, struct err *err)
{
	if (store_run_find(s, name, &out->run, err) < 0 ||
	    store_run_life(s, &out->run, &out->standing, err) < 0 ||
	    store_run_trail(s, out->run.id, TRAIL_MAX, &out->trail, err) < 0 ||
	    store_jobs(s, out->run.id, &out->jobs, err) < 0 ||
	    store_stopped(s, &out->stopped, err) < 0)
		return -1;
	out->left = find_duties(s, &out->jobs, err);
	return out->left ? 0 : -1;
}

struct report *report_run(struct store *s, const struct report_options *o, struct err *err)
{
	struct story story = { 0 };
	struct report *r = NULL;

	if (read_story(s, o->run ? o->run : "last", &story, err) == 0)
		r = make_report(&story, o);
	free(story.left);
	stopped_rows_release(&story.stopped);
	job_rows_release(&story.jobs);
	event_rows_release(&story.trail);
	run_standing_release(&story.standing);
	store_run_release(&story.run);
	return r;
}
