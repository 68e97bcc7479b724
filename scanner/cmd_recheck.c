/* cmd_recheck.c - `marshal recheck`: judges what is stored again, by another policy or another
 * catalogue of checks, and says what changed. No server is touched. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fold.h"
#include "base/json.h"
#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/term.h"
#include "inventory/inventory.h"
#include "scanner/cmd_policy.h"
#include "scanner/commands.h"
#include "scanner/idle.h"
#include "scanner/recheck.h"
#include "scanner/remember.h"

enum { CHANGES_SHOWN = 20 };
#define ALL_NAMED "--json names all"

struct recheck_opts {
	const char *policy;
	bool dry_run, json;
};

/* clang-format off */
static const struct opt option_table[] = {
	POLICY_OPTION(offsetof(struct recheck_opts, policy)),
	{ "dry-run", 'n', OPT_FLAG, NULL, "only say what would change", offsetof(struct recheck_opts,
	  dry_run), 0, 0 },
	{ "json", 0, OPT_FLAG, NULL, "all changes as JSON", offsetof(struct recheck_opts, json), 0,
	  0 },
	{ .name = NULL },
};

static const struct opt_rule rules[] = {
	{ "inventory", OPT_NOT_WITH, "dry-run", NULL,
	  "a dry run takes the inventory as last loaded" },
	{ "db-group", OPT_NOT_WITH, "dry-run", NULL, "a dry run leaves the file as it is" },
	{ 0 }
};
/* clang-format on */

static const char *const moves[] = {
	[MOVE_OTHER] = "changed",
	[MOVE_WORSE] = "worse",
	[MOVE_BETTER] = "better",
};

static enum move move_of(const struct recheck_change *c)
{
	return status_move(c->before, c->after);
}

static int count_of(const struct recheck *r, enum move move)
{
	int count = 0;

	for (int i = 0; i < r->moved.count; i++)
		count += move_of(&r->moved.item[i]) == move;
	return count;
}

static void print_statuses(const struct recheck *r)
{
	struct term_table *t = term_table_new(stdout);
	char before[16], after[16];

	term_table_column(t, "STATUS", false);
	term_table_column(t, "BEFORE", true);
	term_table_column(t, "AFTER", true);
	for (int i = 0; i < STATUS_COUNT; i++) {
		bool moved = r->before[i] != r->after[i];

		if (r->before[i] == 0 && r->after[i] == 0)
			continue;
		snprintf(before, sizeof(before), "%d", r->before[i]);
		snprintf(after, sizeof(after), "%d", r->after[i]);
		term_table_row(t);
		term_table_cell(t, 0, TERM_PLAIN, status_name((enum status)i));
		term_table_cell(t, 1, TERM_PLAIN, before);
		term_table_cell(t, 2, moved ? TERM_BOLD : TERM_PLAIN, after);
	}
	term_table_print(t);
	term_table_free(t);
}

/* Those that got better, or worse, or are only otherwise now; the first of them. */
static void print_changes(const struct recheck *r, enum move move)
{
	static const enum term_color color[] = {
		[MOVE_OTHER] = TERM_YELLOW,
		[MOVE_WORSE] = TERM_RED,
		[MOVE_BETTER] = TERM_GREEN,
	};
	int total = count_of(r, move), shown = 0;
	struct term_table *t;

	if (total == 0)
		return;
	printf("\n%s:\n", moves[move]);
	t = term_table_new(stdout);
	term_table_column(t, "HOST", false);
	term_table_column(t, "WAS", false);
	term_table_column(t, "IS", false);
	term_table_column(t, "BECAUSE", false);
	for (int i = 0; i < r->moved.count && shown < CHANGES_SHOWN; i++) {
		const struct recheck_change *c = &r->moved.item[i];

		if (move_of(c) != move)
			continue;
		shown++;
		term_table_row(t);
		term_table_cell(t, 0, TERM_PLAIN, c->host);
		term_table_cell(t, 1, TERM_PLAIN, status_name(c->before));
		term_table_cell(t, 2, color[move], status_name(c->after));
		term_table_cell(t, 3, TERM_PLAIN, c->because);
	}
	term_table_print(t);
	term_table_free(t);
	if (shown < total)
		printf("and %d more: " ALL_NAMED "\n", total - shown);
}

/* Hosts whose checks came out otherwise in the same way. */
struct alike { const char *because; const char **host; int count, cap; };

static int by_count(const void *a, const void *b)
{
	const struct alike *x = a, *y = b;

	return x->count != y->count ? y->count - x->count : strcmp(x->because, y->because);
}

static void print_alike(struct alike *alike, int count)
{
	struct term_table *t = term_table_new(stdout);
	char number[16];

	qsort(alike, (size_t)count, sizeof(*alike), by_count);
	term_table_column(t, "CHECKS", false);
	term_table_column(t, "COUNT", true);
	term_table_column(t, "HOSTS", false);
	for (int i = 0; i < count && i < CHANGES_SHOWN; i++) {
		AUTO_FREE char *hosts = fold_some(alike[i].host, alike[i].count, ALL_NAMED);

		snprintf(number, sizeof(number), "%d", alike[i].count);
		term_table_row(t);
		term_table_cell(t, 0, TERM_PLAIN, alike[i].because);
		term_table_cell(t, 1, TERM_PLAIN, number);
		term_table_cell(t, 2, TERM_PLAIN, hosts);
	}
	term_table_print(t);
	term_table_free(t);
	if (count > CHANGES_SHOWN)
		printf("and %d more: " ALL_NAMED "\n", count - CHANGES_SHOWN);
}

/* Other verdicts that move no status: a policy or new rules have them of many hosts at once. */
static void print_same(const struct recheck_changes *same)
{
	AUTO_FREE struct alike *alike = xcalloc((size_t)same->count + 1, sizeof(*alike));
	struct map by_because = { 0 };
	int count = 0;

	for (int i = 0; i < same->count; i++) {
		const struct recheck_change *c = &same->item[i];
		struct alike *a = map_get(&by_because, c->because);

		if (!a) {
			a = &alike[count++];
			a->because = c->because;
			map_add(&by_because, c->because, a);
		}
		MEM_GROW(a->host, a->count, a->cap);
		a->host[a->count++] = c->host;
	}
	map_release(&by_because);
	if (count > 0) {
		printf("\nother verdicts, same status:\n");
		print_alike(alike, count);
	}
	for (int i = 0; i < count; i++)
		free(alike[i].host);
}

static void print_text(const struct recheck *r, bool dry_run)
{
	int other = count_of(r, MOVE_OTHER);
	char changed[32] = "";

	if (other)
		snprintf(changed, sizeof(changed), ", %d changed", other);
	term_say(stdout,
		 "%d of %d hosts judged%s: %d better, %d worse%s, %d with other verdicts and the "
		 "same status",
		 r->judged, r->hosts, dry_run ? ", nothing stored" : "", count_of(r, MOVE_BETTER),
		 count_of(r, MOVE_WORSE), changed, r->same.count);
	putchar('\n');
	print_statuses(r);
	print_changes(r, MOVE_WORSE);
	print_changes(r, MOVE_OTHER);
	print_changes(r, MOVE_BETTER);
	print_same(&r->same);
}

static json_t *statuses_json(const int *count)
{
	json_t *all = json_object();

	for (int i = 0; i < STATUS_COUNT; i++)
		json_object_set_new(all, status_name((enum status)i), json_integer(count[i]));
	return all;
}

static void print_json(const struct recheck *r, bool dry_run)
{
	json_t *changes = json_array(), *same = json_array();
	AUTO_JSON json_t *all = NULL;

	for (int i = 0; i < r->moved.count; i++) {
		const struct recheck_change *c = &r->moved.item[i];

		json_array_append_new(changes, json_pack("{s:s, s:s, s:s, s:b, s:s, s:s}", "host",
							 c->host, "before", status_name(c->before),
							 "after", status_name(c->after), "better",
							 move_of(c) == MOVE_BETTER, "move",
							 moves[move_of(c)], "because", c->because));
	}
	for (int i = 0; i < r->same.count; i++) {
		const struct recheck_change *c = &r->same.item[i];

		json_array_append_new(same,
				      json_pack("{s:s, s:s, s:s}", "host", c->host, "status",
						status_name(c->after), "because", c->because));
	}
	all = json_pack("{s:i, s:b, s:i, s:i, s:i, s:o, s:o, s:o, s:o}", "schema", 1, "dry_run",
			dry_run, "hosts", r->hosts, "judged", r->judged, "other_verdicts",
			r->same.count, "before", statuses_json(r->before), "after",
			statuses_json(r->after), "changes", changes, "same_status", same);
	json_dumpf(all, stdout, JSON_INDENT(2));
	putchar('\n');
}

/* Takes `given` over. A dry run writes nothing: the store is open for reading only. */
static int recheck(struct store *store, struct policies *given, const struct recheck_opts *o,
		   struct recheck *out, struct err *err)
{
	struct policies *p = policies_chosen(store, given, err);
	struct tx *tx;
	int rc;

	if (!p)
		return -1;
	tx = tx_new();
	if (!o->dry_run && given)
		policies_remember(p, tx);
	if (!o->dry_run)
		rules_remember(tx);
	rc = recheck_run(store, p, NULL, tx, out, err);
	if (rc == 0 && !o->dry_run)
		rc = store_write(store, tx, false, err);
	else
		tx_free(tx);
	if (rc == 0)
		warn_expired(p, clock_utc_ms());
	if (rc == 0 && given)
		warn_no_check(p, clock_utc_ms());
	policies_free(p);
	return rc;
}

/* Without one the inventory is the one last loaded. */
static int load_inventory(const struct app *app, struct store *store, struct err *err)
{
	const char *from_environment = getenv("MARSHAL_INVENTORY");
	struct inventory *inv;
	int rc;

	if (app->inventory.count == 0 && (!from_environment || !from_environment[0]))
		return 0;
	inv = inventory_open(app, err);
	rc = inv ? inventory_keep(inv, store, err) : -1;
	inventory_free(inv);
	return rc;
}

static int run_opened(const struct app *app, struct store *store, struct policies *given,
		      const struct recheck_opts *o)
{
	struct recheck result = { 0 };
	struct err err;
	int status = EXIT_OK;

	if (!o->dry_run && load_inventory(app, store, &err) < 0) {
		policies_free(given);
		return cmd_fail(&err);
	}
	if (recheck(store, given, o, &result, &err) < 0)
		status = cmd_fail(&err);
	else if (o->json)
		print_json(&result, o->dry_run);
	else
		print_text(&result, o->dry_run);
	recheck_release(&result);
	return status;
}

static int run_recheck(const struct app *app, const void *opts, char **args, int nargs)
{
	const struct recheck_opts *o = opts;
	struct policies *given = NULL;
	struct store_options options = { .group = app->db_group,
					 .read_only = o->dry_run,
					 .must_exist = true };
	AUTO_FREE char *path = NULL;
	struct store *store;
	struct err err;
	int status;

	(void)args;
	(void)nargs;
	if (policies_given(o->policy, &given, &err) < 0)
		return cmd_fail_in(&cmd_recheck, &err);
	path = store_path(app->db, &err);
	options.path = path;
	options.command = o->dry_run ? NULL : "recheck";
	store = path ? store_open(&options, &err) : NULL;
	if (!store) {
		policies_free(given);
		return cmd_fail(&err);
	}
	status = run_opened(app, store, given, o);
	store_close(store);
	return status;
}

const struct cmd cmd_recheck = {
	.name = "recheck",
	.help = "judge stored facts again, by another policy, without touching a server",
	.more = "Judges by --policy FILE, which is remembered, else by the policy as remembered.\n"
		"A dry run takes the inventory as last loaded, whatever $MARSHAL_INVENTORY says.\n"
		"Exit status: 0 done, whatever came out of it; 2 the policy is not right, 3 the\n"
		"database could not be read or written.",
	.options = option_table,
	.rules = rules,
	.options_size = sizeof(struct recheck_opts),
	.uses = CMD_INVENTORY | CMD_WRITES_DB,
	.run = run_recheck,
};
