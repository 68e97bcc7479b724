/* cmd_upgrade_approve.c - `marshal upgrade approve` and `drop`: what becomes of a plan. */
#include "upgrader/commands.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fold.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/term.h"
#include "base/text.h"
#include "scanner/policy/policy_store.h"
#include "upgrader/ledger.h"
#include "upgrader/planned.h"

enum { SHOWN_MAX = 1000 };

struct approve_opts { bool yes; };

/* clang-format off */
static const struct opt option_table[] = {
	{ "yes", 'y', OPT_FLAG, NULL, "approve without asking", offsetof(struct approve_opts, yes), 0, 0 },
	{ .name = NULL },
};
/* clang-format on */

/* A plan that was opened to decide about it. */
struct waiting {
	struct run run;                 /* its row and jobs */
	struct store_plan_row plan;
};

static int open_plan(const struct app *app, const char *command, const char *name,
		     struct waiting *out, struct err *err)
{
	AUTO_FREE char *path = store_path(app->db, err);

	*out = (struct waiting){ .run = { .store = NULL } };
	if (!path)
		return -1;
	out->run.store = store_open(&(struct store_options){ .path = path,
							     .group = app->db_group,
							     .must_exist = true,
							     .command = command },
				    err);
	if (!out->run.store ||
	    store_plan_find(out->run.store, name, &out->plan, &out->run.row, err) != 0)
		return -1;
	return 0;
}

static void close_plan(struct waiting *w)
{
	struct store *s = w->run.store;

	store_plan_release(&w->plan);
	run_release(&w->run);
	store_close(s);
}

static int ask(const struct waiting *w, struct err *err)
{
	const struct store_run_row *row = &w->run.row;
	char made[CLOCK_TEXT], until[CLOCK_TEXT], digits[PLAN_DIGITS + 1];
	/* what who made it wrote must not draw over what who approves it reads */
	AUTO_FREE char *note = text_printable(row->note, strlen(row->note), SHOWN_MAX);
	AUTO_FREE char *installer =
		text_printable(row->installer, strlen(row->installer), SHOWN_MAX);

	term_say(stdout, "plan %s of %s, made at %s%s%s, expires %s", w->plan.name, row->actor,
		 clock_format_utc(row->begun_utc_ms, made), *note ? ", for " : "", note,
		 clock_format_utc(w->plan.expires_utc_ms, until));
	term_say(stdout, "installer %s, version %s, SHA-256 %s", installer, row->target,
		 row->sha256);
	term_say(stdout, "%d of %d hosts would be upgraded: marshal report run %s",
		 planned_count(&w->run), w->run.count, w->plan.name);
	term_say(stdout, "hash %s", w->plan.hash);
	fflush(stdout);                 /* before the question */
	snprintf(digits, sizeof(digits), "%s", w->plan.hash);
	return term_confirm("Type the first " SAID(12) " digits of its hash to approve it", digits,
			    "read the plan, then say --yes", err);
}

/* Where the policy says so, who made a plan does not approve it. */
static int want_another(const struct waiting *w, struct err *err)
{
	struct policies *policies = policies_load(w->run.store, err);
	bool refused;

	if (!policies)
		return -1;
	refused = policies_another_login(policies) && strcmp(w->run.row.actor, store_actor()) == 0;
	policies_free(policies);
	if (!refused)
		return 0;
	err_set(err, ERR_USAGE,
		"plan '%s' was made by %s: the policy wants another login to approve it",
		w->plan.name, w->run.row.actor);
	return err_hint(err, "have somebody else approve it, under a login of their own");
}

static int approve(struct waiting *w, bool yes, struct err *err)
{
	struct tx *tx;

	if (planned_waits(&w->run, &w->plan, err) != 0 ||
	    planned_read(&w->run, &w->plan, NULL, err) != 0)
		return -1;
	if (run_is(&w->run, RUN_STATE_APPROVED))
		return err_set(err, ERR_USAGE, "plan '%s' is approved already, by %s", w->plan.name,
			       w->plan.approved_by);
	if (want_another(w, err) != 0)
		return -1;
	if (!yes && ask(w, err) != 0)
		return -1;
	tx = tx_new();
	tx_plan_approve(tx, &w->run.row, w->plan.hash, clock_utc_ms());
	if (store_write(w->run.store, tx, true, err) != 0)
		return -1;
	log_line(LOG_INFO, "plan %s is approved by %s; begin it with: marshal upgrade start %s",
		 w->plan.name, store_actor(), w->plan.name);
	return 0;
}

static int run_approve(const struct app *app, const void *opts, char **args, int nargs)
{
	const struct approve_opts *o = opts;
	struct waiting w;
	struct err err;
	int r = open_plan(app, "upgrade approve", args[0], &w, &err);

	(void)nargs;
	if (r == 0)
		r = approve(&w, o->yes, &err);
	close_plan(&w);
	return r == 0 ? EXIT_OK : cmd_fail_in(&cmd_upgrade_approve, &err);
}

/* Who has the installer for nothing now. */
static int tell_staged(struct run *run, struct err *err)
{
	AUTO_FREE const char **name = NULL;
	AUTO_FREE char *hosts = NULL;
	int count = 0;

	if (ledger_read_jobs(run, NULL, err) != 0)
		return -1;
	name = xcalloc((size_t)run->count + 1, sizeof(*name));
	for (int i = 0; i < run->count; i++)
		if (*run->job[i].row.folder)
			name[count++] = run->job[i].row.host;
	if (count == 0)
		return 0;
	hosts = fold_some(name, count, "the report of the plan has them all");
	log_line(LOG_INFO,
		 "its folder lies on %s: it goes with the next upgrade there, or at once with "
		 "`marshal upgrade clean`",
		 hosts);
	return 0;
}

/* One that expired, or whose rows were changed, most of all. */
static int drop(struct waiting *w, struct err *err)
{
	AUTO_FREE char *called = xasprintf("plan '%s'", w->plan.name);
	struct tx *tx;

	if (!run_is(&w->run, RUN_STATE_PLANNED) && !run_is(&w->run, RUN_STATE_APPROVED))
		return planned_waits(&w->run, &w->plan, err);
	tx = tx_new();
	tx_lease_none(tx, w->run.row.id, called);
	tx_plan_drop(tx, &w->run.row, clock_utc_ms());
	if (store_write(w->run.store, tx, true, err) != 0)
		return -1;
	log_line(LOG_INFO, "plan %s is dropped", w->plan.name);
	return tell_staged(&w->run, err);
}

static int run_drop(const struct app *app, const void *opts, char **args, int nargs)
{
	struct waiting w;
	struct err err;
	int r = open_plan(app, "upgrade drop", args[0], &w, &err);

	(void)opts;
	(void)nargs;
	if (r == 0)
		r = drop(&w, &err);
	close_plan(&w);
	return r == 0 ? EXIT_OK : cmd_fail_in(&cmd_upgrade_drop, &err);
}

const struct cmd cmd_upgrade_approve = {
	.name = "upgrade approve",
	.args = "PLAN",
	.help = "approve a plan as it is, so that it can be started",
	.more = "Shows the plan's hash and asks for its first digits. What is approved is the\n"
		"plan with that hash: one whose rows somebody changed since is not started. Who\n"
		"approved it and when is kept, and is in the trail of the run.",
	.options = option_table,
	.options_size = sizeof(struct approve_opts),
	.uses = CMD_WRITES_DB,
	.min_args = 1,
	.max_args = 1,
	.run = run_approve,
};

const struct cmd cmd_upgrade_drop = {
	.name = "upgrade drop",
	.args = "PLAN",
	.help = "take away a plan that nobody wants",
	.more = "It is never started then, and another may have its name. Its rows stay for\n"
		"`marshal report run`, by the name of the run that it would have been.",
	.uses = CMD_WRITES_DB,
	.min_args = 1,
	.max_args = 1,
	.run = run_drop,
};
