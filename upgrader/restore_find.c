/* restore_find.c - which hosts are meant: of a run, by its journal and by what looks said of it, or
 * those that were named; and what the inventory and the store know of them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/map.h"
#include "base/mem.h"
#include "scanner/facts/service.h"
#include "upgrader/job/job.h"
#include "upgrader/restore.h"

static struct restore_target *add(struct restore *r, const char *name)
{
	struct restore_target *t;

	for (int i = 0; i < r->count; i++)
		if (strcmp(r->target[i].name, name) == 0)
			return &r->target[i];
	r->target = xrealloc_array(r->target, (size_t)r->count + 1, sizeof(*r->target));
	t = &r->target[r->count++];
	*t = (struct restore_target){ .name = xstrdup(name),
				      .changed_by = xstrdup(""),
				      .stopped_by = xstrdup("") };
	return t;
}

static int by_name(const void *a, const void *b)
{
	return strverscmp(((const struct restore_target *)a)->name,
			  ((const struct restore_target *)b)->name);
}

/* Found running before anything was changed, and changed. */
static bool was_stopped(const struct store_job_row *job)
{
	int64_t state = 0;

	json_get_int(job_row_recall(job, MEMORY_FOUND), "state", &state);
	return job->changed && state == SERVICE_RUNNING;
}

static int add_jobs(struct restore *r, int64_t run, struct err *err)
{
	struct job_rows jobs;

	if (store_jobs(r->store, run, &jobs, err) != 0)
		return -1;
	for (int i = 0; i < jobs.count; i++)
		if (was_stopped(&jobs.row[i]))
			add(r, jobs.row[i].host);
	job_rows_release(&jobs);
	return 0;
}

static int add_stopped(struct restore *r, const char *run, bool *out_any, struct err *err)
{
	struct stopped_rows stopped;

	*out_any = false;
	if (store_stopped(r->store, &stopped, err) != 0)
		return -1;
	for (int i = 0; i < stopped.count; i++) {
		if (strcmp(stopped.row[i].run, run) != 0)
			continue;
		add(r, stopped.row[i].host);
		*out_any = true;
	}
	stopped_rows_release(&stopped);
	return 0;
}

int restore_find(struct restore *r, const char *run, char **out_options, struct err *err)
{
	struct store_run_row row = { .name = NULL };
	int found = store_run_find(r->store, run, &row, err), rc;
	bool any;

	if (found != 0 && err->code != ERR_NOT_FOUND)
		return -1;
	rc = found == 0 ? add_jobs(r, row.id, err) : 0;
	if (rc == 0)
		rc = add_stopped(r, found == 0 ? row.name : run, &any, err);
	if (rc == 0 && found != 0 && !any)
		rc = err_set(err, ERR_NOT_FOUND, "no run '%s' is known, or left obengine stopped",
			     run);
	if (rc == 0) {
		snprintf(r->run, sizeof(r->run), "%s", found == 0 ? row.name : run);
		*out_options = xstrdup(found == 0 ? row.options : "");
	}
	if (found == 0)
		store_run_release(&row);
	return rc;
}

void restore_select(struct restore *r, const struct selection *hosts)
{
	r->target = xcalloc((size_t)hosts->count + 1, sizeof(*r->target));
	for (int i = 0; i < hosts->count; i++)
		r->target[r->count++] =
			(struct restore_target){ .name = xstrdup(hosts->host[i]->name),
						 .changed_by = xstrdup(""),
						 .stopped_by = xstrdup("") };
}

static void leave_out(struct restore_target *t, const char *why)
{
	t->end = RESTORE_LEFT_OUT;
	snprintf(t->reason, sizeof(t->reason), "%s", why);
}

static void lay_inventory(struct restore_target *t, const struct inventory *inv)
{
	t->host = inventory_find(inv, t->name);
	if (!t->host)
		leave_out(t, "it is no longer in the inventory");
	else if (t->host->skip)
		leave_out(t, "the inventory says marshal_skip");
}

static void set(char **field, const char *text)
{
	free(*field);
	*field = xstrdup(text);
}

int restore_prepare(struct restore *r, const struct inventory *inv, struct err *err)
{
	struct map by = { 0 };
	struct host_rows rows;

	if (store_hosts(r->store, NULL, ROWS_GONE, &rows, err) != 0)
		return -1;
	if (r->count > 0)
		qsort(r->target, (size_t)r->count, sizeof(*r->target), by_name);
	for (int i = 0; i < r->count; i++) {
		r->target[i].restore = r;
		lay_inventory(&r->target[i], inv);
		map_add(&by, r->target[i].name, &r->target[i]);
	}
	for (int i = 0; i < rows.count; i++) {
		struct restore_target *t = map_get(&by, rows.row[i].name);

		if (!t)
			continue;
		set(&t->changed_by, rows.row[i].engine_changed_by);
		set(&t->stopped_by, rows.row[i].engine_stopped_by);
		snprintf(t->run, sizeof(t->run), "%s", t->stopped_by);
	}
	map_release(&by);
	host_rows_release(&rows);
	return 0;
}

void restore_release(struct restore *r)
{
	for (int i = 0; i < r->count; i++) {
		free(r->target[i].name);
		free(r->target[i].changed_by);
		free(r->target[i].stopped_by);
	}
	free(r->target);
	r->target = NULL;
	r->count = 0;
}
