/* build.c - hosts, groups and variables come in here one by one, from whatever format. What is
 * wrong with a single one of them is found here, while its line and column are at hand. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/trust.h"
#include "inventory/build.h"

const struct source_kind inventory_files = {
	.noun = "an inventory file",
	.hint = "correct the file; docs/inventory.md describes what it may hold",
	.max = LIMIT_FILE,
	.vaulted_values = true,
};

const struct source_kind json_files = {
	.noun = "an inventory file",
	.hint = "correct the file; docs/inventory.md describes what it may hold",
	.max = LIMIT_FILE,
	.vaulted_values = true,
	.json = true,
};

const struct source_kind program_output = {
	.noun = "the JSON of a dynamic inventory",
	.hint = "run the program with --list; docs/inventory.md describes what it may print",
	.max = LIMIT_FILE,
	.vaulted_values = true,
	.json = true,
};

const struct source_kind vars_files = {
	.noun = "a file of variables",
	.hint = "correct the file; docs/inventory.md describes what it may hold",
	.max = LIMIT_FILE,
	.vaulted_values = true,
	.vaulted_whole = true,
};

static struct group *new_group(struct inventory *inv, const char *name, const struct place *at)
{
	struct group *g = arena_alloc(&inv->arena, 1, sizeof(*g));

	MEM_GROW(inv->group, inv->group_count, inv->group_cap);
	g->name = arena_strdup(&inv->arena, name);
	g->id = inv->group_count;
	g->at = *at;
	g->priority = 1; /* Ansible's default */
	inv->group[inv->group_count++] = g;
	map_add(&inv->group_by_name, name_fold(&inv->arena, name), g);
	return g;
}

struct inventory *build_new(void)
{
	struct inventory *inv = xcalloc(1, sizeof(*inv));
	struct place nowhere = { 0 };

	new_group(inv, "all", &nowhere)->defined = true;
	new_group(inv, "ungrouped", &nowhere)->defined = true;
	return inv;
}

int build_open(struct inventory *inv, const struct source_kind *kind, const char *path,
	       const char *base, struct source **out, struct err *err)
{
	AUTO_FREE char *why = NULL;
	int i = 0;

	if (source_open(&inv->arena, kind, path, base, out, err) < 0)
		return -1;
	why = strcmp(path, "-") == 0 ? NULL : trust_why_not(path);
	if (!why)
		return 0;
	/* of many files in one folder the folder is the cause, and told once */
	while (i < inv->loose_count && strcmp(inv->loose[i], why) != 0)
		i++;
	if (i == inv->loose_count) {
		MEM_GROW(inv->loose, inv->loose_count, inv->loose_cap);
		inv->loose[inv->loose_count++] = arena_strdup(&inv->arena, why);
	}
	(*out)->loose = inv->loose[i];
	return 0;
}

void build_warn(struct inventory *inv, const char *fmt, ...)
{
	char text[1024];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	MEM_GROW(inv->warning, inv->warning_count, inv->warning_cap);
	inv->warning[inv->warning_count++] = arena_strdup(&inv->arena, text);
}

int build_entry(struct inventory *inv, const struct place *at, struct err *err)
{
	if (++inv->entries > LIMIT_ENTRIES)
		return place_error(at, err, "more than %d entries (aliases count each time)",
				   (int)LIMIT_ENTRIES);
	return 0;
}

int build_group(struct inventory *inv, const char *name, const struct place *at, struct group **out,
		struct err *err)
{
	struct group *g;

	if (name_check_group(name, at, err) < 0 || build_entry(inv, at, err) < 0)
		return -1;
	g = name_find(&inv->group_by_name, name);
	if (g && strcmp(g->name, name) != 0)
		return place_error(at, err, "group '%s' differs only in case from '%s'", name,
				   g->name);
	if (!g) {
		if (inv->group_count >= LIMIT_GROUPS)
			return place_error(at, err, "more than %d groups", (int)LIMIT_GROUPS);
		g = new_group(inv, name, at);
	}
	if (!g->at.file)
		g->at = *at;
	*out = g;
	return 0;
}

int build_child(struct inventory *inv, struct group *parent, struct group *child,
		const struct place *at, struct err *err)
{
	if (build_entry(inv, at, err) < 0)
		return -1;
	parent->defined = true;
	ids_add(&parent->child, child->id);
	ids_add(&child->parent, parent->id);
	return 0;
}

int build_section(struct inventory *inv)
{
	return ++inv->section;
}

/* What range_expand() hands each name to. */
struct adding {
	struct inventory *inv;
	struct group *group;
	int section;
	const struct place *at;
	struct ids *out;
};

/* Whether the section at hand named h already. All but INI sections that are taken up again are
 * the newest one, so that looking at the last entry suffices. */
static bool named_before(const struct inventory *inv, const struct host *h, int section)
{
	for (int i = h->named_count - 1; i >= 0; i--) {
		if (h->named[i] == section)
			return true;
		if (section == inv->section)
			break;
	}
	return false;
}

static struct host *new_host(struct inventory *inv, const char *name, const struct place *at)
{
	struct host *h = arena_alloc(&inv->arena, 1, sizeof(*h));

	h->name = arena_strdup(&inv->arena, name);
	h->id = inv->build_count;
	h->at = *at;
	MEM_GROW(inv->build, inv->build_count, inv->build_cap);
	inv->build[inv->build_count++] = h;
	map_add(&inv->host_by_name, name_fold(&inv->arena, name), h);
	return h;
}

static int add_host(void *ctx, const char *name, struct err *err)
{
	struct adding *a = ctx;
	struct inventory *inv = a->inv;
	struct host *h;

	if (name_check_host(name, a->at, err) < 0 || build_entry(inv, a->at, err) < 0)
		return -1;
	h = name_find(&inv->host_by_name, name);
	if (h && strcmp(h->name, name) != 0)
		return place_error(a->at, err, "host '%s' differs only in case from '%s' (%s:%d)",
				   name, h->name, h->at.file->path, h->at.line);
	if (h && named_before(inv, h, a->section)) {
		a->out->again++;
		ids_add(a->out, h->id);
		return 0;
	}
	if (!h && inv->build_count >= LIMIT_HOSTS)
		return place_error(a->at, err, "more than %d hosts", (int)LIMIT_HOSTS);
	h = h ? h : new_host(inv, name, a->at);
	MEM_GROW(h->named, h->named_count, h->named_cap);
	h->named[h->named_count++] = a->section;
	ids_add(&h->group, a->group->id);
	ids_add(&a->group->host, h->id);
	ids_add(a->out, h->id);
	return 0;
}

/* Splits NAME:PORT and [IPv6]:PORT; *out_port is NULL where none is written. Colons inside
 * brackets belong to ranges, several outside to an IPv6 address. */
static char *split_port(const char *pattern, const char **out_port)
{
	const char *colon = NULL, *close = strchr(pattern, ']');
	int depth = 0, colons = 0;

	if (pattern[0] == '[' && close && (close[1] == '\0' || close[1] == ':')) {
		AUTO_FREE char *inside = xstrndup(pattern + 1, (size_t)(close - pattern - 1));

		if (name_is_ipv6(inside)) {
			*out_port = close[1] ? close + 2 : NULL;
			return xstrdup(inside);
		}
	}
	for (const char *c = pattern; *c; c++) {
		depth += *c == '[' ? 1 : *c == ']' && depth ? -1 : 0;
		if (*c == ':' && depth == 0) {
			colon = c;
			colons++;
		}
	}
	*out_port = colons == 1 ? colon + 1 : NULL;
	return colons == 1 ? xstrndup(pattern, (size_t)(colon - pattern)) : xstrdup(pattern);
}

int build_hosts(struct inventory *inv, struct group *g, const char *pattern, const struct place *at,
		struct ids *out_hosts, struct err *err)
{
	struct adding adding = { inv, g, g->section, at, out_hosts };
	AUTO_FREE char *name = NULL;
	AUTO_FREE char *owner = NULL;
	const char *port;
	const struct var *v;
	struct err why;

	out_hosts->count = out_hosts->again = 0;
	g->defined = true;
	g->has_hosts = true;
	name = split_port(pattern, &port);
	if (range_check(name, LIMIT_HOSTS, &why) < 0)
		return place_error(at, err, "%s", why.msg);
	if (range_expand(name, add_host, &adding, err) < 0)
		return -1;
	if (!port)
		return 0;
	owner = xasprintf("host %s", pattern);
	if (build_var(inv,
		      &(struct written){
			      .owner = owner, .name = "ansible_port", .value = port, .at = at },
		      &v, err) < 0)
		return -1;
	return build_host_var(inv, out_hosts, v, err);
}

int build_host(struct inventory *inv, struct group *g, const char *name, const struct place *at,
	       struct ids *out_hosts, struct err *err)
{
	struct adding adding = { inv, g, g->section, at, out_hosts };

	out_hosts->count = out_hosts->again = 0;
	g->has_hosts = true;
	return add_host(&adding, name, err);
}

int build_var(struct inventory *inv, const struct written *w, const struct var **out,
	      struct err *err)
{
	const struct place *at = w->at;
	struct var *v;

	if (build_entry(inv, at, err) < 0)
		return -1;
	if (w->name[0] == '\0' || strlen(w->name) > 255)
		return place_error(at, err, "expected a variable's name of 1 to 255 bytes");
	v = arena_alloc(&inv->arena, 1, sizeof(*v));
	v->is.name = arena_strdup(&inv->arena, w->name);
	v->is.value = arena_strdup(&inv->arena, w->value);
	v->is.origin = arena_printf(&inv->arena, "%s:%d:%d (%s)", at->file->path, at->line, at->col,
				    w->owner);
	v->base = at->file->base;
	v->collection = w->collection;
	v->null = w->null;
	v->known = known_find(w->name);
	v->open = w->open;
	v->at = *at;
	v->is.opened = v->secret = at->file->opened;
	if (known_check(&inv->arena, v, err) < 0)
		return -1;
	if (v->open == OPEN_WRONG && var_is_ours(v))
		varset_add(&inv->wrong, v);
	known_hide(v);
	*out = v;
	return 0;
}

int build_group_var(struct group *g, const struct var *v, struct err *err)
{
	char *end;

	g->defined = true;
	if (strcmp(v->is.name, "ansible_group_priority") != 0) {
		varset_add(&g->vars, v);
		return 0;
	}
	/* as in Ansible it steers the merging and is no variable of the hosts */
	errno = 0;
	g->priority = strtol(v->is.value, &end, 10);
	if (errno || end == v->is.value || *end)
		return place_error(&v->at, err, "ansible_group_priority is '%s': expected a number",
				   v->is.value);
	return 0;
}

int build_host_var(struct inventory *inv, const struct ids *hosts, const struct var *v,
		   struct err *err)
{
	/* a range gives one line's variables to 200,000 hosts */
	inv->host_vars += hosts->count;
	if (inv->host_vars > LIMIT_VARIABLES)
		return place_error(&v->at, err, "more than %d variables of hosts",
				   (int)LIMIT_VARIABLES);
	for (int i = 0; i < hosts->count; i++)
		varset_add(&inv->build[hosts->id[i]]->vars, v);
	return 0;
}

void varset_add(struct varset *s, const struct var *v)
{
	MEM_GROW(s->item, s->count, s->cap);
	s->item[s->count++] = v;
}

void ids_add(struct ids *s, int id)
{
	MEM_GROW(s->id, s->count, s->cap);
	s->id[s->count++] = id;
}
