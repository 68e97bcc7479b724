/* cmd_keys_approve.c - `marshal keys approve`: pending keys become trusted, once somebody who
 * has seen their fingerprints, or a list of them, says so. */
#include "scanner/commands.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/term.h"
#include "scanner/keys/print.h"
#include "scanner/keys/select.h"

struct approve_opts {
	const char *known_hosts, *from;
	bool changed, yes;
};

/* clang-format off */
static const struct opt option_table[] = {
	{ "known-hosts", 0, OPT_TEXT, "FILE", "where they are written, instead of ~/.ssh/known_hosts",
	  offsetof(struct approve_opts, known_hosts), 0, 0 },
	{ "from", 0, OPT_TEXT, "CSV",
	  "only keys that this list has, columns host and fingerprint; - for standard input",
	  offsetof(struct approve_opts, from), 0, 0 },
	{ "changed", 0, OPT_FLAG, NULL,
	  "also the changed key of a host that is named: its old lines go, FILE.old keeps them",
	  offsetof(struct approve_opts, changed), 0, 0 },
	{ "yes", 'y', OPT_FLAG, NULL, "do not ask", offsetof(struct approve_opts, yes), 0, 0 },
	{ .name = NULL },
};
/* clang-format on */

static bool is_named(const struct key_target *target, char *const *args, int nargs)
{
	for (int i = 0; i < nargs; i++)
		if (strcmp(args[i], target->name) == 0)
			return true;
	return false;
}

/* Why a pending key stays pending, NULL when it may be approved. Yours. */
static char *why_not(const struct key_row *row, const struct approve_opts *o, char **args,
		     int nargs)
{
	AUTO_FREE char *disagrees = row->place.path ? key_row_disagrees(row) : NULL;
	const char *print = row->fingerprint;
	const char *key = row->target->kind == KEY_CERTIFICATE ? "certificate" : "key";

	if (row->verdict == KEY_REVOKED)
		return xasprintf("its %s %s %s", key, print, disagrees);
	if (row->verdict == KEY_CHANGED && row->place.line == 0)
		return xasprintf("its %s %s %s: correct the inventory", key, print, disagrees);
	if (row->verdict == KEY_CHANGED && !(o->changed && is_named(row->target, args, nargs)))
		return xasprintf("its %s %s %s: find out why, then name the host with --changed",
				 key, print, disagrees);
	if (row->listed == LISTED_DIFFERS)
		return xasprintf("its %s %s is another than the list has", key, print);
	if (row->listed == LISTED_MISSING)
		return xasprintf("its %s %s is not in the list", key, print);
	return NULL;
}

/* Of all rows those that may be approved; the strings stay with all. How many must stay pending. */
static int choose(const struct key_rows *all, const struct approve_opts *o, char **args, int nargs,
		  struct key_rows *out)
{
	int left = 0;

	out->item = xcalloc((size_t)all->count + 1, sizeof(*out->item));
	for (int i = 0; i < all->count; i++) {
		const struct key_row *row = &all->item[i];
		AUTO_FREE char *why = NULL;

		if (row->verdict == KEY_SAME) {
			pending_drop(row->file->pending, row->target->known_as);
			continue;
		}
		why = why_not(row, o, args, nargs);
		if (why)
			log_line(LOG_WARN, "%s: not approved: %s", row->target->name, why);
		else
			out->item[out->count++] = *row;
		left += why != NULL;
	}
	return left;
}

static int confirm(const struct key_rows *rows, struct err *err)
{
	int count[KEY_KINDS] = { 0 };
	AUTO_FREE char *number = xasprintf("%d", rows->count);

	for (int i = 0; i < rows->count; i++)
		count[rows->item[i].target->kind]++;
	AUTO_FREE char *counted = key_counted(count);
	AUTO_FREE char *question =
		xasprintf("%s will be trusted. Type that number to approve", counted);

	fflush(stdout);
	return term_confirm(question, number, "compare the fingerprints, then say --yes", err);
}

/* FILE.old is beside the file itself where a link leads to it. The old key stays trusted as long as
 * a line has it. */
static void tell_old(const struct key_row *row, int lines)
{
	const char *first = row->file->first;
	AUTO_FREE char *real = lines > 0 ? realpath(first, NULL) : NULL;

	if (lines > 0)
		log_line(LOG_INFO, "%s: %d line%s taken out of %s, which %s.old has",
			 row->target->name, lines, lines == 1 ? "" : "s", first,
			 real ? real : first);
	if (row->verdict == KEY_CHANGED && strcmp(row->place.path, first) != 0)
		log_line(LOG_WARN, "%s: the old key stays trusted by %s line %d: take it out there",
			 row->target->name, row->place.path, row->place.line);
}

static int approve(const struct key_row *row, struct err *err)
{
	const struct host_key key = { row->key->line.key, row->key->line.key_len };
	AUTO_FREE char *called = key_row_called(row);
	int lines = 0;
	int rc = key_trust(row->file, row->target, &key, row->recorded, &lines, err);

	tell_old(row, lines);
	if (rc != 0)
		return err_in(err, "%s", row->target->name);
	printf("%s: %s is trusted, in %s\n", row->target->name, called, row->file->first);
	pending_drop(row->file->pending, row->target->known_as);
	return 0;
}

/* One that cannot be approved is told, and stays among *left: it is no reason against the others,
 * but where nothing can be written. What was approved is not pending any more. */
static int approve_all(const struct key_rows *rows, struct key_files *files, int *left,
		       struct err *err)
{
	struct err unsaved;
	int rc = 0;

	for (int i = 0; i < rows->count && rc == 0; i++) {
		rc = approve(&rows->item[i], err);
		if (rc == 0 || err->code == ERR_SYSTEM)
			continue;
		log_line(LOG_ERROR, "%s", err->msg);
		++*left;
		rc = 0;
	}
	if (key_files_save(files, rc == 0 ? err : &unsaved) != 0)
		return -1;
	return rc;
}

static int run_chosen(const struct key_rows *chosen, const struct approve_opts *o,
		      struct key_files *files, int left)
{
	struct err err;

	if (chosen->count > 0)
		key_rows_print_table(chosen);
	else if (left == 0)
		log_line(LOG_INFO, "no key is pending: marshal keys scan collects them");
	if (chosen->count > 0 && !o->yes && confirm(chosen, &err) != 0)
		return cmd_fail(&err);
	if (approve_all(chosen, files, &left, &err) != 0)
		return cmd_fail(&err);
	return left > 0 ? EXIT_SOME : EXIT_OK;
}

static int run_approve(const struct app *app, const void *opts, char **args, int nargs)
{
	const struct approve_opts *o = opts;
	const struct key_sources sources = { o->known_hosts, o->from };
	struct key_rows chosen = { .count = 0 };
	struct key_selection all;
	struct err err;
	int status;

	if (key_selection_open(app, args, nargs, &sources, &all, &err) != 0) {
		status = cmd_fail(&err);
	} else {
		int left = choose(&all.rows, o, args, nargs, &chosen);

		status = run_chosen(&chosen, o, all.files, left);
	}
	free(chosen.item);              /* its strings are those of all rows */
	key_selection_close(&all);
	return status;
}

const struct cmd cmd_keys_approve = {
	.name = "keys approve",
	.args = "[PATTERN...]",
	.help = "trust collected host keys and certificates, after a look at their fingerprints",
	.more = "Only what marshal keys scan has seen; host keys go into known_hosts, names\n"
		"hashed where those of the file are, certificates into known_certificates\n"
		"beside it. A changed key needs --changed and the host's own name, a\n"
		"revoked one is never approved.\n"
		"Exit status: 0 none is left, 1 some were not approved and why was said, 2 wrong\n"
		"usage, or not confirmed, 3 a file could not be written.",
	.options = option_table,
	.options_size = sizeof(struct approve_opts),
	.uses = CMD_INVENTORY,
	.max_args = -1,
	.run = run_approve,
};
