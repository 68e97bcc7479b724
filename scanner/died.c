/* died.c - tells of runs that died. */
#include "scanner/died.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"

enum { RUNS_TOLD = 20 };                /* the newest */

static void tell(const struct store_run_row *run, const struct run_standing *standing,
		 const struct job_rows *jobs)
{
	int begun = 0, planned = 0;
	char at[CLOCK_TEXT];

	for (int i = 0; i < jobs->count; i++) {
		const struct store_job_row *job = &jobs->row[i];

		if (*job->outcome)
			continue;
		if (strcmp(job->state, job_state_name(JOB_PLANNED)) == 0)
			planned++;
		else
			begun++;
	}
	log_line(LOG_WARN,
		 "run %s of %s died, and was last heard of at %s: %d host%s left in the middle, %d "
		 "not begun; how each was left: marshal report run %s; go on with: marshal upgrade "
		 "resume %s",
		 run->name, run->actor, clock_format_utc(standing->last_utc_ms, at), begun,
		 begun == 1 ? "" : "s", planned, text_pasteable(run->name, "RUN"),
		 text_pasteable(run->name, "RUN"));
}

static int look_at(struct store *s, const struct store_run_row *run, struct err *err)
{
	struct run_standing standing;
	struct job_rows jobs;
	int r = 0;

	if (store_run_life(s, run, &standing, err) != 0)
		return -1;
	if (standing.life == RUN_LIFE_DIED) {
		r = store_jobs(s, run->id, &jobs, err);
		if (r == 0) {
			tell(run, &standing, &jobs);
			job_rows_release(&jobs);
		}
	}
	run_standing_release(&standing);
	return r;
}

int warn_died(struct store *s, struct err *err)
{
	struct run_rows runs;
	int r = 0;

	if (store_runs_in(s, RUN_STATE_RUNNING, RUNS_TOLD, &runs, err) != 0)
		return -1;
	for (int i = 0; i < runs.count && r == 0; i++)
		r = look_at(s, &runs.row[i], err);
	run_rows_release(&runs);
	return r;
}
