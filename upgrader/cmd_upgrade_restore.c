/* cmd_upgrade_restore.c - `marshal upgrade restore`: says which hosts are meant and what is known
 * of them, asks, and starts obengine where a run of ours left it stopped. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "inventory/choice.h"
#include "scanner/remember.h"
#include "upgrader/commands.h"
#include "upgrader/options.h"
#include "upgrader/restore.h"
#include "upgrader/show.h"

struct upgrade_restore_opts {
	const char *host_key, *known_hosts;
	struct opt_list limit;
	bool yes, json, group_exchange;
	struct choice choice;
};

#define AT(member) offsetof(struct upgrade_restore_opts, member)

/* clang-format off */
static const struct opt option_table[] = {
	{ "yes", 'y', OPT_FLAG, NULL, "begin without asking", AT(yes), 0, 0 },
	CHOICE_OPTIONS(struct upgrade_restore_opts),
	{ "limit", 0, OPT_PAIRS, "STATE=TIME",
	  "limit of one state; by default " LINE_LIMIT_HELP ", " PROBE_LIMIT_HELP, AT(limit), 0, 0 },
	WAY_OPTIONS(struct upgrade_restore_opts),
	{ "json", 0, OPT_FLAG, NULL, "the result as JSON", AT(json), 0, 0 },
	{ .name = NULL },
};

/* clang-format on */

/* What one invocation opened; released in one place. */
struct command {
	const struct app *app;
	const struct upgrade_restore_opts *o;
	struct inventory *inv;
	struct way_options way;
	json_t *run_options;            /* of the run asked for; NULL: none */
	struct restore restore;
};

static int read_options(struct command *c, struct err *err)
{
	const struct upgrade_restore_opts *o = c->o;
	const char *known_hosts = json_get_str(c->run_options, "known_hosts");
	const char *host_key = json_get_str(c->run_options, "host_key");

	way_defaults(&c->way);
	c->way.transport.known_hosts = o->known_hosts ? o->known_hosts : known_hosts;
	c->way.transport.no_prompt = !isatty(STDIN_FILENO);
	c->way.transport.group_exchange =
		o->group_exchange ||
		json_is_true(json_object_get(c->run_options, "group_exchange"));
	for (int i = 0; i < o->limit.count; i++)
		if (way_set_limit(&c->way, WAY_PROBE, o->limit.item[i], err) != 0)
			return -1;
	return way_set_host_key(&c->way, o->host_key ? o->host_key : host_key, err);
}

static int open_store(struct command *c, struct err *err)
{
	AUTO_FREE char *path = store_path(c->app->db, err);

	if (!path)
		return -1;
	c->restore.store = store_open(&(struct store_options){ .path = path,
							       .group = c->app->db_group,
							       .must_exist = true,
							       .command = "upgrade restore" },
				      err);
	return c->restore.store ? 0 : -1;
}

/* One word may be a run; then it is one. */
static int find_run(struct command *c, char **args, int nargs, struct err *err)
{
	AUTO_FREE char *text = NULL;

	if (nargs != 1 || choice_is_made(&c->o->choice))
		return 0;
	if (restore_find(&c->restore, args[0], &text, err) != 0)
		return err->code == ERR_NOT_FOUND ? 0 : -1;
	if (!*text)
		return 0;
	c->run_options = json_parse_trusted(text, strlen(text), err);
	return c->run_options ? 0 : err_in(err, "run '%s'", c->restore.run);
}

static int find_hosts(struct command *c, char **args, int nargs, struct err *err)
{
	struct selection hosts;

	if (inventory_choose(c->inv, &(struct wish){ args, nargs, &c->o->choice, c->app->db },
			     &hosts, err) != 0)
		return -1;
	restore_select(&c->restore, &hosts);
	selection_release(&hosts);
	return 0;
}

static int find(struct command *c, char **args, int nargs, struct err *err)
{
	if (nargs == 0 && !choice_is_made(&c->o->choice))
		return err_set(err, ERR_USAGE, "name a run, 'last', or hosts");
	if (open_store(c, err) != 0 || find_run(c, args, nargs, err) != 0 ||
	    read_options(c, err) != 0)
		return -1;
	c->inv = upgrade_inventory(c->app, c->run_options, err);
	if (!c->inv || inventory_remember(c->inv, c->restore.store, err) != 0)
		return -1;
	if (!*c->restore.run && find_hosts(c, args, nargs, err) != 0)
		return -1;
	return restore_prepare(&c->restore, c->inv, err);
}

/* What is known before anything is looked at. */
static char *known(const struct restore_target *t)
{
	if (t->end == RESTORE_LEFT_OUT)
		return xasprintf("left out: %s", t->reason);
	if (*t->stopped_by)
		return xasprintf("left stopped by run %s", t->stopped_by);
	if (*t->changed_by)
		return xasprintf("not seen running since run %s", t->changed_by);
	return xstrdup("not known to be stopped by a run");
}

static void print_plan(const struct restore *r)
{
	struct term_table *t = term_table_new(stdout);

	term_table_column(t, "HOST", false);
	term_table_column(t, "OBENGINE", false);
	for (int i = 0; i < r->count; i++) {
		AUTO_FREE char *what = known(&r->target[i]);

		term_table_row(t);
		term_table_cell(t, 0, TERM_PLAIN, r->target[i].name);
		term_table_cell(t, 1, TERM_PLAIN, what);
	}
	term_table_print(t);
	term_table_free(t);
	fflush(stdout);                 /* before the question, and before it takes long */
}

static int confirm(const struct restore *r, struct err *err)
{
	AUTO_FREE char *question = NULL;
	int open = 0;

	for (int i = 0; i < r->count; i++)
		open += r->target[i].end == RESTORE_NOT_BEGUN;
	question = xasprintf("%d host%s looked at, and obengine started where a run of marshal "
			     "left it stopped",
			     open, open == 1 ? " is" : "s are");
	return confirm_count(question, open, "read the list, then say --yes", err);
}

static enum term_color color(enum restore_end end)
{
	return restore_is_well(end) ? TERM_GREEN : end == RESTORE_FAILED ? TERM_RED : TERM_YELLOW;
}

static void print_text(const struct restore *r)
{
	struct term_table *t = term_table_new(stdout);
	static const char *const titles[] = { "HOST", "RESULT", "RUN", "REASON" };
	int well = 0;

	for (size_t i = 0; i < ARRAY_LEN(titles); i++)
		term_table_column(t, titles[i], false);
	for (int i = 0; i < r->count; i++) {
		const struct restore_target *host = &r->target[i];

		well += restore_is_well(host->end);
		term_table_row(t);
		term_table_cell(t, 0, TERM_PLAIN, host->name);
		term_table_cell(t, 1, color(host->end), restore_end_name(host->end));
		term_table_cell(t, 2, TERM_PLAIN, host->run);
		term_table_cell(t, 3, TERM_PLAIN, host->reason);
	}
	term_table_print(t);
	term_table_free(t);
	printf("obengine runs on %d of %d host%s\n", well, r->count, r->count == 1 ? "" : "s");
}

static void print_json(const struct restore *r)
{
	json_t *hosts = json_array();
	AUTO_JSON json_t *all = json_pack("{s:i, s:o}", "schema", 1, "hosts", hosts);

	for (int i = 0; i < r->count; i++) {
		const struct restore_target *t = &r->target[i];

		json_array_append_new(hosts, json_pack("{s:s, s:s, s:s, s:s}", "host", t->name,
						       "result", restore_end_name(t->end), "run",
						       t->run, "reason", t->reason));
	}
	json_dumpf(all, stdout, JSON_INDENT(2) | JSON_SORT_KEYS);
	putchar('\n');
}

static int exit_status(const struct restore *r)
{
	if (r->asked)
		return EXIT_INTERRUPTED;
	for (int i = 0; i < r->count; i++)
		if (!restore_is_well(r->target[i].end))
			return EXIT_SOME;
	return EXIT_OK;
}

static int begin(struct command *c, char **args, int nargs)
{
	struct restore *r = &c->restore;
	struct err err;
	int rc;

	if (find(c, args, nargs, &err) != 0)
		return cmd_fail_in(&cmd_upgrade_restore, &err);
	if (r->count == 0) {
		log_line(LOG_INFO, "run %s changed no host whose obengine ran", r->run);
		return EXIT_OK;
	}
	if (!c->o->json)
		print_plan(r);
	if (!c->o->yes && confirm(r, &err) != 0)
		return cmd_fail_in(&cmd_upgrade_restore, &err);
	rc = restore_drive(r, &c->way, c->app->quiet || c->o->json, &err);
	if (rc != 0 && r->broken.code == ERR_NONE)
		return cmd_fail(&err);
	if (c->o->json)
		print_json(r);
	else
		print_text(r);
	return rc == 0 ? exit_status(r) : cmd_fail(&err);
}

static int run_upgrade_restore(const struct app *app, const void *opts, char **args, int nargs)
{
	struct command c = { .app = app, .o = opts };
	int status = begin(&c, args, nargs);

	restore_release(&c.restore);
	store_close(c.restore.store);
	inventory_free(c.inv);
	json_decref(c.run_options);
	return status;
}

const struct cmd cmd_upgrade_restore = {
	.name = "upgrade restore",
	.args = "RUN | last | HOST... [--from REPORT]",
	.help = "start obengine where a run of marshal left it stopped",
	.more = "A run: its hosts that it began to change while obengine ran, and those whose key\n"
		"on the server names it. Hosts: by that key, or by the journal of this database.\n"
		"Each is looked at first. A service that no run of marshal stopped is left to a\n"
		"person, and under an installer nothing is started: until when it has is said.\n"
		"A scan says which hosts there are, so does every report. A host of the inventory\n"
		"that is called `restore` is upgraded with `marshal upgrade -- restore`.\n"
		"Exit status: 0 obengine runs on all of them, 1 not on some, 2 wrong usage or\n"
		"not confirmed, 3 the database could not be written, 130 interrupted.",
	.options = option_table,
	.options_size = sizeof(struct upgrade_restore_opts),
	.uses = CMD_INVENTORY | CMD_WRITES_DB | CMD_LONG,
	.max_args = -1,
	.run = run_upgrade_restore,
};
