/* run.c - what a run changed: one row a host of the run, in its order, for the change ticket. */
#include <string.h>

#include "base/clock.h"
#include "reports/model.h"

/* clang-format off */
static const struct column columns[RUN_COUNT] = {
	[RUN_HOST]    = { "host", "HOST", COL_TEXT, false },
	[RUN_OUTCOME] = { "outcome", "OUTCOME", COL_TEXT, false },
	[RUN_BEFORE]  = { "before", "BEFORE", COL_TEXT, false },
	[RUN_AFTER]   = { "after", "AFTER", COL_TEXT, false },
	[RUN_REASON]  = { "reason", "REASON", COL_TEXT, false },
	[RUN_REBOOT]  = { "reboot_pending", "REBOOT", COL_BOOL, true },
	[RUN_CHANGED] = { "changed", "CHANGED", COL_BOOL, true },
	[RUN_STATE]   = { "state", "STATE", COL_TEXT, true },
	[RUN_BEGAN]   = { "began", "BEGAN", COL_TIME, true },
	[RUN_ENDED]   = { "ended", "ENDED", COL_TIME, true },
	[RUN_TOOK]    = { "took_s", "TOOK", COL_SPAN, true },
	[RUN_FOLDER]  = { "folder", "FOLDER", COL_TEXT, true },
};
/* clang-format on */

static void add_job(struct report *r, const struct store_job_row *job)
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
	int reboots = 0;

	for (int i = 0; i < jobs->count; i++)
		reboots += jobs->row[i].reboot_pending;
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
}

struct report *report_run(struct store *s, const char *run, const struct report_options *o,
			  struct err *err)
{
	struct store_run_row row;
	struct job_rows jobs;
	struct report *r = NULL;

	if (store_run_find(s, run, &row, err) < 0)
		return NULL;
	if (store_jobs(s, row.id, &jobs, err) == 0) {
		r = report_new("run", 1, columns, RUN_COUNT);
		r->utc_ms = o->now_utc_ms;
		r->status_column = RUN_OUTCOME;
		for (int i = 0; i < jobs.count; i++)
			add_job(r, &jobs.row[i]);
		add_summary(r, &row, &jobs);
		job_rows_release(&jobs);
	}
	store_run_release(&row);
	return r;
}
