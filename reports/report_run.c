/* report_run.c - what a run changed: one row a host of the run, in its order, for the change
 * ticket. */
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "reports/model.h"

/* The run that left obengine stopped there, as is known now, or NULL. */
static const char *stopped_by(const struct stopped_rows *stopped, const char *host)
{
	for (int i = 0; i < stopped->count; i++)
		if (strcmp(stopped->row[i].host, host) == 0)
			return stopped->row[i].run;
	return NULL;
}

static void add_job(struct report *r, const struct store_job_row *job,
		    const struct stopped_rows *stopped)
{
	report_row(r);
	report_text(r, RUN_HOST, job->host);
	report_text(r, RUN_OUTCOME, job->outcome);
	report_text(r, RUN_BEFORE, job->before);
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

static void add_summary(struct report *r, const struct store_run_row *run,
			const struct job_rows *jobs)
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
}

static void advise(struct report *r, const char *run)
{
	AUTO_FREE char *what = xasprintf("start it where run %s left it stopped: "
					 "marshal upgrade restore %s",
					 run, text_pasteable(run, "RUN"));

	report_advise(r, "obengine", what);
}

static struct report *make_report(const struct store_run_row *run, const struct job_rows *jobs,
				  const struct stopped_rows *stopped, int64_t now_utc_ms)
{
	struct report *r = report_new(report_kind(REPORT_RUN));

	r->utc_ms = now_utc_ms;
	r->status_column = RUN_OUTCOME;
	for (int i = 0; i < jobs->count; i++) {
		add_job(r, &jobs->row[i], stopped);
		if (report_cell(r, i, RUN_ENGINE)->known)
			advise(r, report_cell(r, i, RUN_ENGINE)->text);
	}
	add_summary(r, run, jobs);
	return r;
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
		if (store_stopped(s, &stopped, err) == 0) {
			r = make_report(&row, &jobs, &stopped, o->now_utc_ms);
			stopped_rows_release(&stopped);
		}
		job_rows_release(&jobs);
	}
	store_run_release(&row);
	return r;
}
