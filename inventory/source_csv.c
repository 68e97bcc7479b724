/* source_csv.c - hosts as a table, as it comes out of a spreadsheet or a database of machines: a
 * row a host, in columns of any order. `host` is its name, `groups` its groups, any other column
 * the variable of that name; an empty cell says nothing. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/csv.h"
#include "base/mem.h"
#include "base/text.h"
#include "inventory/build.h"

struct table {
	struct inventory *inv;
	const struct source *src;
	struct arena texts;
	const char **column;            /* names of variables; NULL for the two others */
	int columns, host, groups;
	struct ids hosts;               /* of the row */
};

static bool is_one_of(const char *id, const char *a, const char *b)
{
	return text_casecmp(id, a) == 0 || text_casecmp(id, b) == 0;
}

static int take_header(struct table *t, const struct place *at, const char *const *field, int count,
		       struct err *err)
{
	struct buf unread;

	t->columns = count;
	t->column = arena_alloc(&t->texts, (size_t)count, sizeof(*t->column));
	buf_init(&unread, 400);
	for (int i = 0; i < count; i++) {
		int *to = is_one_of(field[i], "host", "name")	 ? &t->host :
			  is_one_of(field[i], "group", "groups") ? &t->groups :
								   NULL;

		if (to && *to >= 0)
			return place_error(at, err, "a second column '%s'", field[i]);
		if (to)
			*to = i;
		else
			t->column[i] = arena_strdup(&t->texts, field[i]);
		if (!to && known_find(field[i]) < 0)
			(void)buf_addf(&unread, "%s%s", unread.len ? ", " : "", field[i]);
	}
	if (unread.len)
		build_warn(t->inv, "%s: columns that mean nothing to marshal: %s", t->src->path,
			   buf_text(&unread));
	buf_release(&unread);
	if (t->host < 0)
		return place_error(at, err,
				   "no column 'host': expected the names of columns in "
				   "the first line");
	return 0;
}

static int add_to(struct table *t, const char *name, const char *pattern, const struct place *at,
		  struct err *err)
{
	struct group *g;

	if (build_group(t->inv, name, at, &g, err) < 0)
		return -1;
	if (g->section_of != t->src) {
		g->section_of = t->src;
		g->section = build_section(t->inv);
	}
	if (build_hosts(t->inv, g, pattern, at, &t->hosts, err) < 0)
		return -1;
	return t->hosts.again ? place_error(at, err, "host '%s' is there twice", pattern) : 0;
}

/* "web, prod" or "web;prod" */
static int add_to_groups(struct table *t, const char *groups, const char *pattern,
			 const struct place *at, struct err *err)
{
	AUTO_FREE char *copy = xstrdup(groups);
	char *rest = copy, *name;
	int count = 0;

	while ((name = strsep(&rest, ",; \t")) != NULL) {
		if (!*name)
			continue;
		if (add_to(t, name, pattern, at, err) < 0)
			return -1;
		count++;
	}
	return count ? 0 : add_to(t, "ungrouped", pattern, at, err);
}

static int take_vars(struct table *t, const struct place *at, const char *const *field,
		     struct err *err)
{
	AUTO_FREE char *owner = xasprintf("host %s", field[t->host]);

	for (int i = 0; i < t->columns; i++) {
		struct written w = { .owner = owner,
				     .name = t->column[i],
				     .value = field[i],
				     .open = var_is_template(field[i]) ? OPEN_TEMPLATE : OPEN_NOT,
				     .at = at };
		const struct var *v;

		if (!t->column[i] || field[i][0] == '\0')
			continue;
		if (build_var(t->inv, &w, &v, err) < 0 ||
		    build_host_var(t->inv, &t->hosts, v, err) < 0)
			return -1;
	}
	return 0;
}

static int on_row(void *ctx, int line, const char *const *field, int count, struct err *err)
{
	struct table *t = ctx;
	struct place at = { t->src, line, 1 };

	if (!t->column)
		return take_header(t, &at, field, count, err);
	if (field[t->host][0] == '\0')
		return place_error(&at, err, "a row without a host");
	if (add_to_groups(t, t->groups < 0 ? "" : field[t->groups], field[t->host], &at, err) < 0)
		return -1;
	return take_vars(t, &at, field, err);
}

int csv_inventory_read(struct inventory *inv, const struct source *src, struct err *err)
{
	struct table t = { .inv = inv, .src = src, .host = -1, .groups = -1 };
	struct place top = { src, 1, 1 };
	struct err why;
	int r = csv_read(src->text, src->len, on_row, &t, &why);

	if (r < 0 && strncmp(why.msg, src->path, strlen(src->path)) == 0)
		r = err ? (*err = why, -1) : -1;
	else if (r < 0)
		r = place_error(&top, err, "%s", why.msg);
	arena_release(&t.texts);
	free(t.hosts.id);
	return r;
}
