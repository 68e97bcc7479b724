/* errand_hosts.c - the hosts of an errand, and what the inventory and the store know of them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"
#include "scanner/judge.h"
#include "upgrader/errand.h"

struct errand_target *errand_add(struct errand *e, const char *name)
{
	struct errand_target *t;

	for (int i = 0; i < e->count; i++)
		if (strcmp(e->target[i].name, name) == 0)
			return &e->target[i];
	e->target = xrealloc_array(e->target, (size_t)e->count + 1, sizeof(*e->target));
	t = &e->target[e->count++];
	*t = (struct errand_target){ .name = xstrdup(name),
				     .changed_by = xstrdup(""),
				     .stopped_by = xstrdup(""),
				     .left = xstrdup("") };
	return t;
}

static int by_name(const void *a, const void *b)
{
	return strverscmp(((const struct errand_target *)a)->name,
			  ((const struct errand_target *)b)->name);
}

void errand_select(struct errand *e, const struct selection *hosts)
{
	for (int i = 0; i < hosts->count; i++)
		errand_add(e, hosts->host[i]->name);
}

static void leave_out(struct errand_target *t, const char *said, const char *what)
{
	t->end = ERRAND_LEFT_OUT;
	snprintf(t->reason, sizeof(t->reason), "%s%s", said, what);
}

static void lay_inventory(struct errand_target *t, const struct inventory *inv)
{
	t->host = inventory_find(inv, t->name);
	if (!t->host)
		leave_out(t, "it is no longer in the inventory", "");
	else if (t->host->skip)
		leave_out(t, "the inventory says ", inv_why_skipped(t->host));
}

static void set(char **field, const char *text)
{
	free(*field);
	*field = xstrdup(text);
}

/* What a look said of left-overs that there were. */
static const char *left_of(const struct host_row *row)
{
	for (int i = 0; i < row->finding_count; i++)
		if (check_is(row->finding[i].check, CHECK_LEFT_OVERS) &&
		    verdict_is_trouble(verdict_from_name(row->finding[i].verdict)))
			return row->finding[i].evidence;
	return "";
}

int errand_prepare(struct errand *e, const struct inventory *inv, struct err *err)
{
	struct map by = { 0 };
	struct host_rows rows;

	if (store_hosts(e->store, NULL, ROWS_GONE | e->kind->rows, &rows, err) != 0)
		return -1;
	if (e->count > 0)
		qsort(e->target, (size_t)e->count, sizeof(*e->target), by_name);
	for (int i = 0; i < e->count; i++) {
		e->target[i].errand = e;
		lay_inventory(&e->target[i], inv);
		map_add(&by, e->target[i].name, &e->target[i]);
	}
	for (int i = 0; i < rows.count; i++) {
		struct errand_target *t = map_get(&by, rows.row[i].name);

		if (!t)
			continue;
		set(&t->changed_by, rows.row[i].engine_changed_by);
		set(&t->stopped_by, rows.row[i].engine_stopped_by);
		set(&t->left, left_of(&rows.row[i]));
		snprintf(t->run, sizeof(t->run), "%s", t->stopped_by);
	}
	map_release(&by);
	host_rows_release(&rows);
	return 0;
}

void errand_release(struct errand *e)
{
	for (int i = 0; i < e->count; i++) {
		free(e->target[i].name);
		free(e->target[i].changed_by);
		free(e->target[i].stopped_by);
		free(e->target[i].left);
		json_decref(e->target[i].more);
	}
	free(e->target);
	e->target = NULL;
	e->count = 0;
}
