/* cmd_upgrade_start.c - `marshal upgrade start`: proves that a plan still says what was approved,
 * asks, proves it again, and drives it. */
#include "upgrader/commands.h"

#include <stddef.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/mem.h"
#include "upgrader/show.h"
#include "upgrader/starting.h"

/* clang-format off */
static const struct opt option_table[] = {
	{ "installer", 0, OPT_TEXT, "FILE", "another copy of the installer that it was planned with",
	  UPGRADE_AT(installer), 0, 0 },
	{ "yes", 'y', OPT_FLAG, NULL, "begin without asking", UPGRADE_AT(yes), 0, 0 },
	DEADLINE_OPTION,
	WAY_OPTIONS(struct upgrade_opts),
	{ "json", 0, OPT_FLAG, NULL, "the result as JSON", UPGRADE_AT(json), 0, 0 },
	{ .name = NULL },
};
/* clang-format on */

static int ask(const struct starting *s, int count, struct err *err)
{
	char when[CLOCK_TEXT];
	AUTO_FREE char *what =
		xasprintf("plan %s, approved by %s at %s: %d host%s will be changed", s->plan.name,
			  s->plan.approved_by, clock_format_utc(s->plan.approved_utc_ms, when),
			  count, count == 1 ? "" : "s");

	return confirm_count(what, count, "read the plan, then say --yes", err);
}

static int start(struct starting *s, const char *name)
{
	struct upgrade *u = &s->u;
	struct err err;

	if (upgrade_open_store(u, true, &err) != 0 || starting_prove(s, name, &err) != 0)
		return cmd_fail_in(&cmd_upgrade_start, &err);
	starting_tell_leaving(&u->run, NULL);
	if (starting_ask(s, name, ask, &err) != 0 || planned_start(&u->run, &err) != 0)
		return cmd_fail_in(&cmd_upgrade_start, &err);
	return upgrade_drive(u);
}

static int run_upgrade_start(const struct app *app, const void *opts, char **args, int nargs)
{
	struct starting *s = xcalloc(1, sizeof(*s));
	int status;

	(void)nargs;
	s->u.app = app;
	s->u.o = opts;
	status = start(s, args[0]);
	starting_free(s);
	return status;
}

const struct cmd cmd_upgrade_start = {
	.name = "upgrade start",
	.args = "PLAN",
	.help = "begin an upgrade that was planned and approved",
	.more = "Refused where the installer or the policy is another than when it was planned,\n"
		"where its rows were changed, or where it has expired. The inventory is read anew\n"
		"from where the plan had it: a host that would be decided otherwise by now, or to\n"
		"which another address or way leads, leaves the plan and is named; no host comes\n"
		"in. What changed while the question stood counts, too. From here on it is a run.\n"
		UPGRADE_EXIT_STATUS,
	.options = option_table,
	.options_size = sizeof(struct upgrade_opts),
	.uses = CMD_WRITES_DB | CMD_LONG,
	.min_args = 1,
	.max_args = 1,
	.run = run_upgrade_start,
};
