/* cmd_upgrade_start.c - `marshal upgrade start`: proves that a plan still says what was approved,
 * asks, proves it again, and drives it. */
#include "upgrader/commands.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "scanner/recheck.h"
#include "scanner/remember.h"
#include "upgrader/command.h"
#include "upgrader/planned.h"
#include "upgrader/show.h"

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

struct starting {
	struct upgrade u;
	struct store_plan_row plan;
	int64_t run;                    /* that it was when it was first read; 0: not yet */
	json_t *options;
};

/* The plan as it is by now, against the inventory as it is by now. */
static int prove(struct starting *s, const char *name, struct err *err)
{
	struct upgrade *u = &s->u;
	AUTO_FREE char *said = NULL;
	struct policies *policies;

	store_plan_release(&s->plan);
	store_run_release(&u->run.row);
	inventory_free(u->inv);
	u->inv = NULL;
	if (store_plan_find(u->store, name, &s->plan, &u->run.row, err) != 0 ||
	    planned_waits(&u->run, &s->plan, err) != 0)
		return -1;
	if (s->run != 0 && s->run != u->run.row.id)
		return err_set(err, ERR_USAGE,
			       "plan '%s' is another one now than when the question was asked",
			       name);
	s->run = u->run.row.id;
	json_decref(s->options);
	s->options = json_parse_trusted(u->run.row.options, strlen(u->run.row.options), err);
	if (!s->options)
		return err_in(err, "plan '%s'", s->plan.name);
	if (upgrade_options_again(u->o, s->options, &u->terms, &u->way, err) != 0)
		return -1;
	if (!u->installer.path && upgrade_open_same_installer(u, err) != 0)
		return -1;
	u->inv = upgrade_inventory(u->app, s->options, err);
	if (!u->inv || inventory_remember(u->inv, u->store, err) != 0)
		return -1;
	policies = policies_adopt(u->store, NULL, &said, err);
	if (said)
		log_line(LOG_WARN, "%s", said);
	if (!policies)
		return -1;
	policies_free(policies);
	upgrade_prepare(u);
	return planned_prove(&u->run, &s->plan, u->inv, err);
}

/* Each once, though it is looked twice. */
static void tell_leaving(const struct run *run, const bool *told)
{
	for (int i = 0; i < run->count; i++)
		if (run->job[i].left_because && !(told && told[i]))
			log_line(LOG_WARN, "%s: leaves the plan: %s", run->job[i].row.host,
				 run->job[i].left_because);
}

static int ask(const struct starting *s, int count, struct err *err)
{
	char when[CLOCK_TEXT];
	AUTO_FREE char *what =
		xasprintf("plan %s, approved by %s at %s: %d host%s will be changed", s->plan.name,
			  s->plan.approved_by, clock_format_utc(s->plan.approved_utc_ms, when),
			  count, count == 1 ? "" : "s");

	return confirm_count(what, count, "read the plan, then say --yes", err);
}

static int still_any(const struct starting *s, struct err *err)
{
	int count = planned_count(&s->u.run);

	if (count == 0)
		err_set(err, ERR_USAGE, "no host of plan '%s' would be upgraded any more",
			s->plan.name);
	return count;
}

/* What changed while the question stood counts. */
static int ask_and_prove(struct starting *s, const char *name, struct err *err)
{
	struct run *run = &s->u.run;
	AUTO_FREE bool *told = NULL;
	int count = still_any(s, err), before = run->count;

	if (count == 0)
		return -1;
	if (s->u.o->yes)
		return 0;
	if (ask(s, count, err) != 0)
		return -1;
	told = xcalloc((size_t)before + 1, sizeof(*told));
	for (int i = 0; i < before; i++)
		told[i] = run->job[i].left_because != NULL;
	if (prove(s, name, err) != 0)
		return -1;
	tell_leaving(run, run->count == before ? told : NULL);
	return still_any(s, err) > 0 ? 0 : -1;
}

static int start(struct starting *s, const char *name)
{
	struct upgrade *u = &s->u;
	struct err err;

	if (upgrade_open_store(u, true, &err) != 0 || prove(s, name, &err) != 0)
		return cmd_fail_in(&cmd_upgrade_start, &err);
	tell_leaving(&u->run, NULL);
	if (ask_and_prove(s, name, &err) != 0 || planned_start(&u->run, &err) != 0)
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
	store_plan_release(&s->plan);
	json_decref(s->options);
	upgrade_release(&s->u);
	free(s);
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
