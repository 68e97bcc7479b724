/* wrong.c - values that are not what was expected, and variables of ours that there are not. Each
 * is found where it is written, and is the fault of those hosts whose way reads it (host_way.c);
 * one that counts for nobody is told all the same, so that it does not wait for the day it counts.
 * The whole file is refused only where it would be uncertain which hosts are meant, or where others
 * could choose what is run. */
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "inventory/build.h"
#include "inventory/known.h"

bool var_is_ours(const struct var *v)
{
	return strncmp(v->is.name, "marshal_", 8) == 0;
}

void var_set_wrong(struct arena *a, struct var *v, const char *text, const char *key)
{
	v->open = OPEN_WRONG;
	v->wrong = arena_alloc(a, 1, sizeof(*v->wrong));
	v->wrong->text = text;
	v->wrong->key = key;
}

void var_keep_wrong(struct arena *a, struct var *v, const struct err *err)
{
	const char *message = strstr(err->msg, v->is.name);

	var_set_wrong(a, v, arena_strdup(a, message ? message : err->msg), v->is.name);
}

/* Which hosts a command is about. */
static bool says_who(const struct known *k)
{
	return k->kind == MARS || k->offset == offsetof(struct inv_host, skip);
}

/* A file of a vault's password that can be run is run by ansible-vault. */
static bool is_run(const struct known *k)
{
	return k->offset == offsetof(struct inv_host, program) ||
	       k->offset == offsetof(struct inv_host, vault_password_file) ||
	       strcmp(k->name, "marshal_password_command") == 0;
}

/* Whoever can write the file would run what he likes as the one who reads it. */
static int refuse_loose(const struct var *v, struct err *err)
{
	if (!v->at.file->loose || v->is.value[0] == '\0' || !is_run(known_row(v->known)))
		return 0;
	place_error(&v->at, err, "%s in a file that others can change: %s", v->is.name,
		    v->at.file->loose);
	return err_hint(err, "make the file and its folders yours, and no one else's to write");
}

static int check_value(struct arena *a, struct var *v, struct err *err)
{
	const struct known *k = known_row(v->known);
	struct arena scratch = { 0 };
	struct inv_host unused = { 0 };
	struct err why;
	int r = known_apply(&scratch, v, k->round, &unused, &why);

	arena_release(&scratch);
	if (r == 0)
		return refuse_loose(v, err);
	if (says_who(k)) {
		*err = why;
		return -1;
	}
	var_keep_wrong(a, v, &why);
	return 0;
}

/* What it was to say nobody knows: it may be a slip in marshal_skip. */
static void keep_unknown(struct arena *a, struct var *v)
{
	AUTO_FREE const char **names = xcalloc((size_t)known_count(), sizeof(*names));
	const char *near, *text;
	int count = 0;

	for (int i = 0; i < known_count(); i++)
		if (strncmp(known_row(i)->name, "marshal_", 8) == 0)
			names[count++] = known_row(i)->name;
	near = text_nearest(v->is.name, names, count);
	text = near ? arena_printf(a, "unknown variable '%s': did you mean '%s'?", v->is.name,
				   near) :
		      arena_printf(a,
				   "unknown variable '%s': docs/inventory.md lists those that "
				   "begin with marshal_",
				   v->is.name);
	var_set_wrong(a, v, text, text);
}

int known_check(struct arena *a, struct var *v, struct err *err)
{
	if (var_is_applied(v))
		return check_value(a, v, err);
	if (var_is_ours(v) && v->known < 0)
		keep_unknown(a, v);
	return 0;
}

/* --- what counts for nobody ----------------------------------------------------------------- */

/* Those of one name. */
struct unused { const struct var *first; int count; };

/* A column of reports is read by no way, and warn_columns() tells of it. */
static bool is_unused(const struct var *v)
{
	return !v->wrong->counts && (v->known < 0 || known_row(v->known)->readers != 0);
}

void warn_wrong(struct inventory *inv)
{
	AUTO_FREE struct unused *unused = xcalloc((size_t)inv->wrong.count + 1, sizeof(*unused));
	struct map by_name = { 0 };
	int n = 0;

	for (int i = 0; i < inv->wrong.count; i++) {
		const struct var *v = inv->wrong.item[i];
		struct unused *u = map_get(&by_name, v->is.name);

		if (!is_unused(v))
			continue;
		if (!u) {
			u = &unused[n++];
			u->first = v;
			map_add(&by_name, v->is.name, u);
		}
		u->count++;
	}
	for (int i = 0; i < n; i++) {
		AUTO_FREE char *more =
			unused[i].count == 1 ?
				xstrdup("") :
				xasprintf("; and %d other%s of it", unused[i].count - 1,
					  unused[i].count == 2 ? "" : "s");

		build_warn(inv, "%s: %s: it counts for no host that is contacted%s",
			   unused[i].first->is.origin, unused[i].first->wrong->text, more);
	}
	map_release(&by_name);
}
