/* settle.c - from what the files say to what holds for each host: its groups, its effective
 * variables in Ansible's order of precedence, and the fields made of them. Hosts of the same
 * groups share one merged set, so that 50,000 hosts cost 50,000 short merges. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "inventory/build.h"

/* What all hosts with the same direct groups have in common. */
struct groupset {
	const char **name;
	int name_count;
	const struct var **var; /* sorted by name, one of each */
	int var_count;
	struct closed *closed; /* a file of theirs that was not opened; NULL: none */
	const struct variable *shown; /* the same, for hosts without any of their own */
};

struct settling {
	struct inventory *inv;
	struct map sets; /* direct groups as text -> struct groupset */
	struct arena scratch;
	struct varset merge, applied, opened; /* reused */
	struct ids walk; /* reused */
	long variables;
};

/* In order of precedence; seq keeps it through the sort by name. */
struct ranked {
	const struct var *var;
	int seq;
};

static int cmp_ranked(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;
	int diff = strcmp(x->var->is.name, y->var->is.name);

	return diff ? diff : x->seq - y->seq;
}

/* Whether it says where the password is, and something stronger does. */
static bool is_beaten(const struct var *v, const struct var *strongest)
{
	return strongest && known_is_password(v->known) && !known_same_owner(v, strongest);
}

/* Sorts by name and keeps the last of each. */
static void keep_last(struct varset *s)
{
	AUTO_FREE struct ranked *all = xcalloc((size_t)s->count + 1, sizeof(*all));
	const struct var *strongest = NULL;
	int kept = 0;

	for (int i = 0; i < s->count; i++) {
		all[i] = (struct ranked){ s->item[i], i };
		if (known_is_password(s->item[i]->known))
			strongest = s->item[i];
	}
	qsort(all, (size_t)s->count, sizeof(*all), cmp_ranked);
	for (int i = 0; i < s->count; i++)
		if ((i + 1 == s->count ||
		     strcmp(all[i].var->is.name, all[i + 1].var->is.name) != 0) &&
		    !is_beaten(all[i].var, strongest))
			s->item[kept++] = all[i].var;
	s->count = kept;
}

static bool has_password(const struct varset *s)
{
	for (int i = 0; i < s->count; i++)
		if (known_is_password(s->item[i]->known))
			return true;
	return false;
}

/* A file that was not opened: the first of the layers, else `before`. */
static struct closed *closed_of(const struct layers *layers, struct closed *before)
{
	for (int i = 0; i < layers->count && !before; i++)
		before = layers->item[i].closed;
	return before;
}

static void append(struct varset *to, const struct varset *from)
{
	for (int i = 0; i < from->count; i++)
		varset_add(to, from->item[i]);
}

/* What the folder `base` gives; every folder for base -1. */
static void append_layers(struct varset *to, const struct layers *layers, int base)
{
	for (int i = 0; i < layers->count; i++)
		if (base < 0 || layers->item[i].base == base)
			append(to, &layers->item[i].vars);
}

static int cmp_int(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

static int cmp_name(const void *a, const void *b)
{
	return name_natural_cmp(*(const char *const *)a, *(const char *const *)b);
}

/* The ranks of the groups in `direct` and of all above them, into s->walk, sorted: that is the
 * order of precedence, and `all` comes first. */
static void walk_up(struct settling *s, const struct ids *direct)
{
	struct inventory *inv = s->inv;
	int mark = ++inv->visit;

	s->walk.count = 0;
	for (int i = 0; i < direct->count; i++) {
		inv->group[direct->id[i]]->visit = mark;
		ids_add(&s->walk, inv->group[direct->id[i]]->rank);
	}
	for (int i = 0; i < s->walk.count; i++) {
		const struct ids *up = &inv->ranked[s->walk.id[i]]->parent;

		for (int k = 0; k < up->count; k++) {
			struct group *g = inv->group[up->id[k]];

			if (g->visit != mark) {
				g->visit = mark;
				ids_add(&s->walk, g->rank);
			}
		}
	}
	qsort(s->walk.id, (size_t)s->walk.count, sizeof(*s->walk.id), cmp_int);
}

/* Ansible's order: the inventory files' own, then group_vars/all of each folder, then folder by
 * folder the group_vars of the other groups. */
static void merge_groups(struct settling *s)
{
	struct inventory *inv = s->inv;
	const struct group *all = inv->group[GROUP_ALL];

	s->merge.count = 0;
	for (int i = 0; i < s->walk.count; i++)
		append(&s->merge, &inv->ranked[s->walk.id[i]]->vars);
	append_layers(&s->merge, &all->files, -1);
	for (int base = 0; base < inv->base_count; base++)
		for (int i = 0; i < s->walk.count; i++)
			if (inv->ranked[s->walk.id[i]] != all)
				append_layers(&s->merge, &inv->ranked[s->walk.id[i]]->files, base);
	keep_last(&s->merge);
}

static struct groupset *new_groupset(struct settling *s, const struct ids *direct)
{
	struct arena *a = &s->inv->arena;
	struct groupset *set = arena_alloc(&s->scratch, 1, sizeof(*set));
	struct variable *shown;

	walk_up(s, direct);
	set->name = arena_alloc(a, (size_t)s->walk.count, sizeof(*set->name));
	for (int i = 0; i < s->walk.count; i++) {
		const struct group *g = s->inv->ranked[s->walk.id[i]];

		set->closed = closed_of(&g->files, set->closed);
		if (g->id != GROUP_ALL)
			set->name[set->name_count++] = g->name;
	}
	qsort(set->name, (size_t)set->name_count, sizeof(*set->name), cmp_name);
	merge_groups(s);
	set->var_count = s->merge.count;
	set->var = arena_alloc(&s->scratch, (size_t)set->var_count, sizeof(*set->var));
	shown = arena_alloc(a, (size_t)set->var_count, sizeof(*shown));
	for (int i = 0; i < set->var_count; i++) {
		set->var[i] = s->merge.item[i];
		shown[i] = set->var[i]->is;
	}
	set->shown = shown;
	return set;
}

static struct groupset *groupset_of(struct settling *s, const struct ids *direct)
{
	char text[256], *key = text;
	size_t room = sizeof(text), used = 0;
	struct groupset *set;

	if ((size_t)direct->count * 12 >= room) {
		room = (size_t)direct->count * 12 + 1;
		key = arena_alloc(&s->scratch, room, 1);
	}
	key[0] = '\0';
	for (int i = 0; i < direct->count; i++)
		used += (size_t)snprintf(key + used, room - used, "%d,", direct->id[i]);
	set = map_get(&s->sets, key);
	if (!set) {
		set = new_groupset(s, direct);
		map_add(&s->sets, arena_strdup(&s->scratch, key), set);
	}
	return set;
}

/* Each group once; ungrouped exactly where there is no other but all. */
static void clean_groups(struct host *h)
{
	struct ids *g = &h->group;
	int kept = 0;
	bool other = false;

	qsort(g->id, (size_t)g->count, sizeof(*g->id), cmp_int);
	for (int i = 0; i < g->count; i++)
		other |= g->id[i] > GROUP_UNGROUPED;
	for (int i = 0; i < g->count; i++)
		if ((kept == 0 || g->id[kept - 1] != g->id[i]) && g->id[i] != GROUP_UNGROUPED)
			g->id[kept++] = g->id[i];
	g->count = kept;
	if (!other)
		ids_add(g, GROUP_UNGROUPED);
}

/* The file with the vault's password is a variable as well, and comes first. */
static const char *vault_file(struct arena *a, const struct varset *s)
{
	struct inv_host said = { 0 };

	for (int i = 0; i < s->count; i++)
		if (strcmp(s->item[i]->is.name, "marshal_vault_password_file") == 0 &&
		    var_is_applied(s->item[i]))
			(void)known_apply(a, s->item[i], 0, &said, NULL); /* told by apply() */
	return vault_file_of(&said);
}

/* With what ansible-vault opens of them. */
static void open_vaulted(struct settling *s, const struct var *const *var, int count)
{
	bool vaulted = false;
	const char *file;

	s->opened.count = 0;
	for (int i = 0; i < count; i++) {
		vaulted |= var[i]->open == OPEN_VAULTED;
		varset_add(&s->opened, var[i]);
	}
	file = vaulted ? vault_file(&s->inv->arena, &s->opened) : "";
	for (int i = 0; i < count && file[0]; i++)
		s->opened.item[i] = vault_opened(s->inv, var[i], file);
}

/* One that is wrong beside the others, as a second place of the password, is so for this host. */
static const struct var *apply_one(struct arena *a, const struct var *v, int round,
				   struct inv_host *out)
{
	struct var *wrong;
	struct err err;

	if (!var_is_applied(v) || known_apply(a, v, round, out, &err) == 0)
		return v;
	wrong = arena_alloc(a, 1, sizeof(*wrong));
	*wrong = *v;
	var_keep_wrong(a, wrong, &err);
	return wrong;
}

/* What the variables mean to us, all together. Only those that count are here, so that an empty
 * text can take a value back. */
static void apply(struct settling *s, const struct var *const *var, int count,
		  struct closed *closed, struct inv_host *out)
{
	struct arena *a = &s->inv->arena;

	open_vaulted(s, var, count);
	var = s->opened.item;
	for (int round = 0; round < KNOWN_ROUNDS; round++)
		for (int i = 0; i < count; i++)
			s->opened.item[i] = apply_one(a, var[i], round, out);
	host_way(a, var, count, closed, out);
}

/* The groups' variables and the host's own, two sorted lists, into one; of equal names the
 * host's counts. */
static void merge_own(struct settling *s, const struct groupset *set, struct closed *closed,
		      struct inv_host *out)
{
	const struct varset *own = &s->merge;
	struct arena *a = &s->inv->arena;
	struct variable *all;
	bool own_password = has_password(own);
	int g = 0, h = 0, n = 0;

	all = arena_alloc(a, (size_t)(set->var_count + own->count), sizeof(*all));
	s->applied.count = 0;
	while (g < set->var_count || h < own->count) {
		const struct var *v;
		int diff = g == set->var_count ? 1 : -1;

		if (g < set->var_count && h < own->count)
			diff = strcmp(set->var[g]->is.name, own->item[h]->is.name);
		v = diff < 0 ? set->var[g] : own->item[h];
		g += diff <= 0;
		h += diff >= 0;
		if (diff < 0 && own_password && known_is_password(v->known))
			continue;
		all[n++] = v->is;
		varset_add(&s->applied, v);
	}
	out->variable = all;
	out->variable_count = n;
	apply(s, s->applied.item, n, closed, out);
}

static int settle_host(struct settling *s, struct host *h, struct inv_host *out, struct err *err)
{
	const struct groupset *set = groupset_of(s, &h->group);
	struct closed *closed = closed_of(&h->files, set->closed);

	*out = (struct inv_host){ .name = h->name,
				  .address = h->name,
				  .ssh_port = 22,
				  .connection = CONNECT_SSH,
				  .connection_name = "ssh",
				  .cloud = CLOUD_PUBLIC,
				  .limited_internet = true,
				  .mars = MARS_REQUIRED,
				  .computer_name = "",
				  .time_zone = "",
				  .owner = "",
				  .site = "",
				  .vault = "",
				  .variable = set->shown,
				  .variable_count = set->var_count,
				  .group = set->name,
				  .group_count = set->name_count };
	s->merge.count = 0;
	append(&s->merge, &h->vars);
	append_layers(&s->merge, &h->files, -1);
	keep_last(&s->merge);
	if (s->merge.count == 0) {
		apply(s, set->var, set->var_count, closed, out);
		return 0;
	}
	s->variables += set->var_count + s->merge.count;
	if (s->variables > LIMIT_VARIABLES)
		return place_error(&h->at, err, "more than %d variables of hosts",
				   (int)LIMIT_VARIABLES);
	merge_own(s, set, closed, out);
	return 0;
}

/* Two names for one server would be upgraded twice at a time. Only what is dialled counts, and
 * behind two gateways one address may be two machines. */
static int check_addresses(struct inventory *inv, struct err *err)
{
	struct map seen = { 0 };
	struct arena keys = { 0 };
	int r = 0;

	for (int i = 0; r == 0 && i < inv->host_count; i++) {
		struct host *h = inv->build[i], *first;
		const struct inv_host *host = &inv->host[inv->host_index[i]];
		char *key = arena_printf(&keys, "%s %d %s", host->address, host->port,
					 host->jump ? host->jump : "");

		first = host->connection != CONNECT_SSH && host->connection != CONNECT_WINRM ?
				NULL :
				map_add(&seen, name_fold(&keys, key), h);
		if (first)
			r = place_error(&h->at, err,
					"host '%s' has the address %s port %d of host '%s' "
					"(%s:%d)",
					h->name, host->address, host->port, first->name,
					first->at.file->path, first->at.line);
	}
	map_release(&seen);
	arena_release(&keys);
	return r;
}

static int cmp_host(const void *a, const void *b)
{
	const struct host *x = *(struct host *const *)a, *y = *(struct host *const *)b;

	return name_natural_cmp(x->name, y->name);
}

/* Group names for inventory_group(), and what is odd about groups without being wrong. */
static void list_groups(struct inventory *inv)
{
	inv->group_name =
		arena_alloc(&inv->arena, (size_t)inv->group_count, sizeof(*inv->group_name));
	for (int i = 0; i < inv->group_count; i++) {
		const struct group *g = inv->group[i];

		inv->group_name[i] = g->name;
		if (i > GROUP_UNGROUPED && g->defined && !g->has_hosts && g->child.count == 0)
			build_warn(inv, "%s:%d:%d: group '%s' has neither hosts nor children",
				   g->at.file->path, g->at.line, g->at.col, g->name);
		if (name_find(&inv->host_by_name, g->name))
			build_warn(inv, "'%s' is both a group and a host: patterns select both",
				   g->name);
	}
	qsort(inv->group_name, (size_t)inv->group_count, sizeof(*inv->group_name), cmp_name);
}

static int settle_hosts(struct settling *s, struct err *err)
{
	struct inventory *inv = s->inv;
	size_t n = (size_t)inv->build_count;
	AUTO_FREE struct host **sorted = xcalloc(n + 1, sizeof(struct host *));

	for (int i = 0; i < inv->group_count; i++)
		inv->group[i]->host.count = 0;
	if (n)
		memcpy(sorted, inv->build, n * sizeof(*sorted));
	qsort(sorted, n, sizeof(*sorted), cmp_host);
	inv->host = arena_alloc(&inv->arena, n, sizeof(*inv->host));
	inv->host_index = arena_alloc(&inv->arena, n, sizeof(*inv->host_index));
	inv->host_count = inv->build_count;
	for (int i = 0; i < inv->host_count; i++) {
		struct host *h = sorted[i];

		clean_groups(h);
		inv->host_index[h->id] = i;
		for (int k = 0; k < h->group.count; k++)
			ids_add(&inv->group[h->group.id[k]]->host, i);
		if (settle_host(s, h, &inv->host[i], err) < 0)
			return -1;
	}
	return 0;
}

int settle(struct inventory *inv, struct err *err)
{
	struct settling s = { .inv = inv };
	int r = graph_order(inv, err);

	if (r == 0)
		r = settle_hosts(&s, err);
	if (r == 0)
		jumps_settle(inv);
	if (r == 0)
		r = check_addresses(inv, err);
	if (r == 0) {
		list_groups(inv);
		warn_closed(inv);
		warn_passwords(inv);
		warn_unheeded(inv);
		warn_columns(inv);
		warn_wrong(inv);
	}
	map_release(&s.sets);
	arena_release(&s.scratch);
	free(s.merge.item);
	free(s.applied.item);
	free(s.opened.item);
	free(s.walk.id);
	return r;
}
