/* report_run.c - what a run changed: one row a host of the run, in its order, for the change
 * ticket. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "reports/model.h"
#include "scanner/duties.h"

/* The run that left obengine stopped there, as is known now, or NULL. */
static const char *stopped_by(const struct stopped_rows *stopped, const char *host)
{
	for (int i = 0; i < stopped->count; i++)
		if (strcmp(stopped->row[i].host, host) == 0)
			return stopped->row[i].run;
	return NULL;
}

static void add_job(struct report *r, const struct store_job_row *job,
		    const struct stopped_rows *stopped, unsigned left)
{
	AUTO_FREE char *words = duties_words(left);

	report_row(r);
	report_text(r, RUN_HOST, job->host);
	report_text(r, RUN_OUTCOME, job->outcome);
	report_text(r, RUN_BEFORE, version_before(job));
	report_text(r, RUN_AFTER, job->after);
	report_text(r, RUN_REASON, job->reason);
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
	report_text(r, RUN_ENGINE, stopped_by(stopped, job->host));
	report_text(r, RUN_LEFT, words);
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

static json_t *count_outcomes(const struct job_rows *jobs)
{
	json_t *by_outcome = json_object();

	for (int i = 0; i < jobs->count; i++) {
		const char *outcome = jobs->row[i].outcome;
		const char *key = outcome && outcome[0] ? outcome : "under-way";
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

static void add_summary(struct report *r, const struct store_run_row *run,
			const struct job_rows *jobs, const unsigned *left)
{
	int reboots = 0, engines = 0;

	for (int i = 0; i < jobs->count; i++)
		reboots += jobs->row[i].reboot_pending;
	for (int i = 0; i < r->row_count; i++)
		engines += report_cell(r, i, RUN_ENGINE)->known;
	set_text(r->summary, "run", run->name);
	set_text(r->summary, "state", run->state);
	set_text(r->summary, "actor", run->actor);
	set_text(r->summary, "target", run->target);
	set_text(r->summary, "installer", run->installer);
	set_text(r->summary, "sha256", run->sha256);
	set_time(r->summary, "began", run->begun_utc_ms);
	set_time(r->summary, "ended", run->ended_utc_ms);
	json_object_set_new(r->summary, "hosts", json_integer(jobs->count));
	json_object_set_new(r->summary, "by_outcome", count_outcomes(jobs));
	json_object_set_new(r->summary, "reboots_pending", json_integer(reboots));
	json_object_set_new(r->summary, "obengine_stopped", json_integer(engines));
	json_object_set_new(r->summary, "left_to_do", count_duties(left, jobs->count));
}

static void advise(struct report *r, const char *run)
{
	AUTO_FREE char *what = xasprintf("start it where run %s left it stopped: "
					 "marshal upgrade restore %s",
					 run, text_pasteable(run, "RUN"));

	report_advise(r, "obengine", what);
}

static struct report *make_report(const struct store_run_row *run, const struct job_rows *jobs,
				  const struct stopped_rows *stopped, const unsigned *left,
				  const struct report_options *o)
{
	struct report *r = report_begin(REPORT_RUN, o);

	r->status_column = RUN_OUTCOME;
	for (int i = 0; i < jobs->count; i++) {
		add_job(r, &jobs->row[i], stopped, left[i]);
		if (report_cell(r, i, RUN_ENGINE)->known)
			advise(r, report_cell(r, i, RUN_ENGINE)->text);
		for (int d = 0; d < DUTY_COUNT; d++)
			if (left[i] & 1U << d)
				report_advise(r, duties[d].word, duties[d].remedy);
	}
	add_summary(r, run, jobs, left);
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

struct report *report_run(struct store *s, const struct report_options *o, struct err *err)
{
	struct stopped_rows stopped;
	struct store_run_row row;
	struct job_rows jobs;
	struct report *r = NULL;

	if (store_run_find(s, o->run ? o->run : "last", &row, err) < 0)
		return NULL;
	if (store_jobs(s, row.id, &jobs, err) == 0) {
		AUTO_FREE unsigned *left = find_duties(s, &jobs, err);

		if (left && store_stopped(s, &stopped, err) == 0) {
			r = make_report(&row, &jobs, &stopped, left, o);
			stopped_rows_release(&stopped);
		}
		job_rows_release(&jobs);
	}
	store_run_release(&row);
	return r;
}
