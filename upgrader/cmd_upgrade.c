/* cmd_upgrade.c - `marshal upgrade`: plans, asks, writes the run with everything that whoever goes
 * on with it needs, and drives it. */
#include "upgrader/commands.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "upgrader/beginning.h"
#include "upgrader/show.h"

#define AT(member) offsetof(struct upgrade_opts, member)

/* clang-format off */
static const struct opt option_table[] = {
	UPGRADE_OPTIONS,
	DEADLINE_OPTION,
	{ "dry-run", 'n', OPT_FLAG, NULL, "print the plan, with the reason for every host, and end",
	  AT(dry_run), 0, 0 },
	{ "rehearse", 0, OPT_FLAG, NULL,
	  "all but the change: sign in, put the installer there, check it, the login URL and the rights, take it away",
	  AT(rehearse), 0, 0 },
	{ "yes", 'y', OPT_FLAG, NULL, "begin without asking", AT(yes), 0, 0 },
	{ "note", 0, OPT_TEXT, "TEXT", "kept with the run, for its report: the number of a change",
	  AT(note), 0, 0 },
	{ "csv", 0, OPT_FLAG, NULL, "the plan as CSV, a row a host: for a ticket", AT(csv), 0, 0 },
	{ "json", 0, OPT_FLAG, NULL, "the plan (with --dry-run) or the result as JSON", AT(json), 0,
	  0 },
	{ .name = NULL },
};

static const struct opt_rule rules[] = {
	{ "yes", OPT_NOT_WITH, "dry-run", NULL, "a dry run begins nothing, and asks nothing" },
	{ "db-group", OPT_NOT_WITH, "dry-run", NULL, "a dry run leaves the file as it is" },
	{ "rehearse", OPT_NOT_WITH, "dry-run", NULL, "a dry run contacts no host" },
	{ "rehearse", OPT_NOT_WITH, "close-console", NULL, "a rehearsal ends nothing" },
	{ "csv", OPT_NOT_WITH, "json", NULL, "one form of the plan" },
	{ "csv", OPT_ONLY_WITH, "dry-run", NULL, "it is the plan" },
	{ 0 }
};

static const struct opt_moved moved[] = {
	{ "resume", "marshal upgrade resume RUN" },
	{ "clean", "marshal upgrade clean HOST" },
	{ 0 }
};
/* clang-format on */

static void print_plan_json(const struct beginning *b)
{
	static const char *const inner[] = { "v", "size", "inventory", "with" };
	AUTO_JSON json_t *options = json_copy(b->kept);

	for (size_t i = 0; i < ARRAY_LEN(inner); i++)
		json_object_del(options, inner[i]);
	plan_print_json(&b->plan, &b->u.installer, &b->u.terms, options);
}

static int begin(struct beginning *b, char **args, int nargs)
{
	struct upgrade *u = &b->u;
	struct err err;

	if (beginning_make(b, args, nargs, &err) < 0)
		return cmd_fail_in(&cmd_upgrade, &err);
	if (u->o->csv)
		plan_print_csv(&b->plan, &u->terms);
	else if (u->o->json && u->o->dry_run)
		print_plan_json(b);
	else if (!u->o->json)
		beginning_print(b);
	fflush(stdout);                 /* before the question, and before a long run */
	if (u->terms.allow_unsigned)
		log_line(LOG_WARN, "--allow-unsigned: a file without a signature is run as SYSTEM; "
				   "this is for simulated servers");
	if (u->o->dry_run)
		return EXIT_OK;
	if (b->plan.to_upgrade == 0) {
		log_line(LOG_INFO, "nothing to upgrade");
		return b->plan.blocked > 0 ? EXIT_SOME : EXIT_OK;
	}
	if (!u->o->yes && confirm_plan(&b->plan, u->terms.rehearse, &err) < 0)
		return cmd_fail_in(&cmd_upgrade, &err);
	upgrade_prepare(u);
	if (run_create(&u->run, &b->plan, json_incref(b->kept), u->o->note, &err) < 0)
		return cmd_fail_in(&cmd_upgrade, &err);
	return upgrade_drive(u);
}

static int run_upgrade(const struct app *app, const void *opts, char **args, int nargs)
{
	struct beginning *b = xcalloc(1, sizeof(*b));
	int status;

	b->u.app = app;
	b->u.o = opts;
	status = begin(b, args, nargs);
	beginning_free(b);
	return status;
}

const struct cmd cmd_upgrade = {
	.name = "upgrade",
	.args = "[PATTERN...] --installer FILE",
	.help = "bring the agent of hosts up to date, one host first, then a few at a time",
	.more = "Every host is looked at again right before it is changed, and verified after it.\n"
		"Each move is journalled: after a crash, Ctrl-C twice, a pause or a halt, the\n"
		"command `marshal upgrade resume RUN` (or last) goes on. Ctrl-C once begins no\n"
		"new host, twice stops at the next safe point.\n" UPGRADE_EXIT_STATUS,
	.options = option_table,
	.rules = rules,
	.moved = moved,
	.options_size = sizeof(struct upgrade_opts),
	.uses = CMD_INVENTORY | CMD_WRITES_DB | CMD_LONG,
	.max_args = -1,
	.run = run_upgrade,
};
