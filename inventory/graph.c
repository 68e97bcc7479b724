/* graph.c - groups in groups: every child known, no loops, how deep each lies below `all`, and
 * the order in which their variables are merged: depth, priority, name, as in Ansible. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "inventory/build.h"

/* A child to which nothing gives hosts, children or variables: a slip of the fingers, as a rule. */
static int check_defined(struct inventory *inv, struct err *err)
{
	for (int i = 0; i < inv->group_count; i++) {
		const struct group *g = inv->group[i];
		AUTO_FREE const char **name = NULL;
		const char *near;
		int count = 0;

		if (g->defined)
			continue;
		name = xcalloc((size_t)inv->group_count, sizeof(*name));
		for (int k = 0; k < inv->group_count; k++)
			if (inv->group[k]->defined)
				name[count++] = inv->group[k]->name;
		near = text_nearest(g->name, name, count);
		AUTO_FREE char *what = xasprintf("group '%s' in children: expected one with hosts, "
						 "children or vars%s%s%s",
						 g->name, near ? "; did you mean '" : "",
						 near ? near : "", near ? "'?" : "");

		if (!g->may_be_empty)
			return place_error(&g->at, err, "unknown %s", what);
		build_warn(inv, "%s:%d:%d: empty %s", g->at.file->path, g->at.line, g->at.col,
			   what);
	}
	return 0;
}

/* Groups that nobody names as a child are children of `all`. */
static void adopt(struct inventory *inv)
{
	struct group *all = inv->group[GROUP_ALL];

	for (int i = 1; i < inv->group_count; i++) {
		if (inv->group[i]->parent.count == 0) {
			ids_add(&all->child, i);
			ids_add(&inv->group[i]->parent, GROUP_ALL);
		}
	}
}

/* pending[i] > 0 holds for the groups of loops and those below them. Going up from any of them,
 * always to a parent that is pending too, must come round. */
static int name_loop(struct inventory *inv, const int *pending, struct err *err)
{
	AUTO_FREE int *path = xcalloc((size_t)inv->group_count, sizeof(*path));
	AUTO_FREE char *text = NULL;
	int at = 0, length = 0, mark = ++inv->visit, first;

	while (pending[at] == 0)
		at++;
	while (inv->group[at]->visit != mark) {
		const struct ids *up = &inv->group[at]->parent;
		int k = 0;

		inv->group[at]->visit = mark;
		path[length++] = at;
		while (pending[up->id[k]] == 0)
			k++;
		at = up->id[k];
	}
	for (first = 0; path[first] != at; first++)
		;
	/* the path goes upwards, people read downwards; a long loop is shown by its first names */
	text = xstrdup(inv->group[at]->name);
	for (int i = length - 1; i >= first && length - i <= 10; i--) {
		char *longer = xasprintf("%s -> %s", text, inv->group[path[i]]->name);

		free(text);
		text = longer;
	}
	while (!inv->group[at]->at.file) /* `all` may have been named nowhere */
		at = path[--length];
	return place_error(&inv->group[at]->at, err, "groups form a loop: %s", text);
}

static int find_depths(struct inventory *inv, struct err *err)
{
	size_t n = (size_t)inv->group_count;
	AUTO_FREE int *pending = xcalloc(n, sizeof(*pending));
	AUTO_FREE int *queue = xcalloc(n, sizeof(*queue));
	int head = 0, tail = 0;

	for (int i = 0; i < inv->group_count; i++) {
		pending[i] = inv->group[i]->parent.count;
		if (pending[i] == 0)
			queue[tail++] = i;
	}
	while (head < tail) {
		const struct group *g = inv->group[queue[head++]];

		if (g->depth > LIMIT_NESTING)
			return place_error(&g->at, err, "groups nested deeper than %d",
					   (int)LIMIT_NESTING);
		for (int k = 0; k < g->child.count; k++) {
			struct group *child = inv->group[g->child.id[k]];

			if (child->depth <= g->depth)
				child->depth = g->depth + 1;
			if (--pending[child->id] == 0)
				queue[tail++] = child->id;
		}
	}
	return tail < inv->group_count ? name_loop(inv, pending, err) : 0;
}

static int cmp_rank(const void *a, const void *b)
{
	const struct group *x = *(struct group *const *)a, *y = *(struct group *const *)b;

	if (x->depth != y->depth)
		return x->depth < y->depth ? -1 : 1;
	if (x->priority != y->priority)
		return x->priority < y->priority ? -1 : 1;
	return strcmp(x->name, y->name);
}

int graph_order(struct inventory *inv, struct err *err)
{
	size_t n = (size_t)inv->group_count;

	if (check_defined(inv, err) < 0)
		return -1;
	adopt(inv);
	if (find_depths(inv, err) < 0)
		return -1;
	inv->ranked = arena_alloc(&inv->arena, n, sizeof(struct group *));
	memcpy(inv->ranked, inv->group, n * sizeof(*inv->ranked));
	qsort(inv->ranked, n, sizeof(*inv->ranked), cmp_rank);
	for (int i = 0; i < inv->group_count; i++)
		inv->ranked[i]->rank = i;
	return 0;
}
