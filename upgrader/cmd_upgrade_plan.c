/* cmd_upgrade_plan.c - `marshal upgrade plan`: what `upgrade` would do, stored for somebody to
 * approve and to start later. */
#include "upgrader/commands.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/term.h"
#include "upgrader/beginning.h"
#include "upgrader/planned.h"

struct plan_opts {
	struct upgrade_opts o;
	const char *name, *change;
};

/* clang-format off */
static const struct opt option_table[] = {
	UPGRADE_OPTIONS,
	{ "name", 0, OPT_TEXT, "NAME", "what the plan is called, else as its run will be",
	  offsetof(struct plan_opts, name), 0, 0 },
	{ "change", 0, OPT_TEXT, "ID", "the number of a change: kept, and in the report of the run",
	  offsetof(struct plan_opts, change), 0, 0 },
	{ "json", 0, OPT_FLAG, NULL, "name, hash and counts as JSON", UPGRADE_AT(json), 0, 0 },
	{ .name = NULL },
};
/* clang-format on */

static void print_stored(const struct beginning *b, const struct store_plan_row *plan)
{
	char until[CLOCK_TEXT];

	clock_format_utc(plan->expires_utc_ms, until);
	if (b->u.o->json) {
		AUTO_JSON json_t *all = json_pack(
			"{s:i, s:s, s:s, s:s, s:s, s:i, s:i, s:i, s:i}", "schema", 1, "plan",
			plan->name, "run", b->u.run.row.name, "hash", plan->hash, "expires", until,
			"to_upgrade", b->plan.to_upgrade, "current", b->plan.current, "blocked",
			b->plan.blocked, "excluded", b->plan.excluded);

		json_dumpf(all, stdout, JSON_INDENT(2) | JSON_SORT_KEYS);
		putchar('\n');
		return;
	}
	term_say(stdout, "plan %s, hash %s, expires %s", plan->name, plan->hash, until);
	printf("approve it with: marshal upgrade approve %s\n", plan->name);
}

static int make(struct beginning *b, const struct plan_opts *o, char **args, int nargs,
		struct err *err)
{
	struct store_plan_row plan = { .run = 0 };
	int rc;

	if ((o->name && planned_check_name(o->name, err) != 0) ||
	    beginning_make(b, args, nargs, err) != 0)
		return -1;
	if (!b->u.o->json)
		beginning_print(b);
	if (b->plan.to_upgrade == 0)
		return err_set(err, ERR_USAGE,
			       "no host of these would be upgraded: no plan is made");
	upgrade_prepare(&b->u);
	rc = planned_store(&b->u.run, &b->plan, b->kept,
			   &(struct planned_words){ o->name, o->change }, &plan, err);
	if (rc == 0)
		print_stored(b, &plan);
	store_plan_release(&plan);
	return rc;
}

static int run_upgrade_plan(const struct app *app, const void *opts, char **args, int nargs)
{
	struct beginning *b = xcalloc(1, sizeof(*b));
	const struct plan_opts *o = opts;
	struct err err;
	int status;

	b->u.app = app;
	b->u.o = &o->o;
	b->stored = true;
	status =
		make(b, o, args, nargs, &err) == 0 ? EXIT_OK : cmd_fail_in(&cmd_upgrade_plan, &err);
	beginning_free(b);
	return status;
}

const struct cmd cmd_upgrade_plan = {
	.name = "upgrade plan",
	.args = "[PATTERN...] --installer FILE",
	.help = "store what an upgrade would do, to be approved and started later",
	.more = "Every host is in it with what was decided and why, excluded ones too, and with a\n"
		"hash over all of it. `marshal upgrade approve PLAN` and then `start PLAN` begin\n"
		"it, within " SAID(PLAN_DAYS) " days or the policy's `plan-expires`; `drop PLAN`\n"
		"takes it away.\n"
		"`marshal report run PLAN` shows it. The inventory is read anew from the same\n"
		"place then.\n"
		"Exit status: 0 it is stored, 2 wrong usage or nothing to upgrade, 3 the database\n"
		"could not be written.",
	.options = option_table,
	.options_size = sizeof(struct plan_opts),
	.uses = CMD_INVENTORY | CMD_WRITES_DB,
	.max_args = -1,
	.run = run_upgrade_plan,
};
