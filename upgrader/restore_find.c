/* restore_find.c - which hosts are meant by a run: by its journal, and by what looks said of it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/map.h"
#include "base/mem.h"
#include "scanner/facts/service.h"
#include "upgrader/job/job.h"
#include "upgrader/restore.h"

/* Found running before anything was changed, and changed. */
static bool was_stopped(const struct store_job_row *job)
{
	int64_t state = 0;

	json_get_int(job_row_recall(job, MEMORY_FOUND), "state", &state);
	return job->changed && state == SERVICE_RUNNING;
}

static int add_jobs(struct errand *e, int64_t run, struct err *err)
{
	struct job_rows jobs;

	if (store_jobs(e->store, run, &jobs, err) != 0)
		return -1;
	for (int i = 0; i < jobs.count; i++)
		if (was_stopped(&jobs.row[i]))
			errand_add(e, jobs.row[i].host);
	job_rows_release(&jobs);
	return 0;
}

static int add_stopped(struct errand *e, const char *run, bool *out_any, struct err *err)
{
	struct stopped_rows stopped;

	*out_any = false;
	if (store_stopped(e->store, &stopped, err) != 0)
		return -1;
	for (int i = 0; i < stopped.count; i++) {
		if (strcmp(stopped.row[i].run, run) != 0)
			continue;
		errand_add(e, stopped.row[i].host);
		*out_any = true;
	}
	stopped_rows_release(&stopped);
	return 0;
}

int restore_find(struct errand *e, const char *run, char **out_options, struct err *err)
{
	struct store_run_row row = { .name = NULL };
	int found = store_run_find(e->store, run, &row, err), rc;
	bool any;

	if (found != 0 && err->code != ERR_NOT_FOUND)
		return -1;
	if (found == 0 && run_state_is_plan(row.state)) {       /* it changed nothing */
		store_run_release(&row);
		found = -1;
	}
	rc = found == 0 ? add_jobs(e, row.id, err) : 0;
	if (rc == 0)
		rc = add_stopped(e, found == 0 ? row.name : run, &any, err);
	if (rc == 0 && found != 0 && !any)
		rc = err_set(err, ERR_NOT_FOUND, "no run '%s' is known, or left obengine stopped",
			     run);
	if (rc == 0) {
		snprintf(e->run, sizeof(e->run), "%s", found == 0 ? row.name : run);
		*out_options = xstrdup(found == 0 ? row.options : "");
	}
	if (found == 0)
		store_run_release(&row);
	return rc;
}
