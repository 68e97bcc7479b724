/* cmd_upgrade_resume.c - `marshal upgrade resume`: says what became of a run and what will be done
 * on each of its hosts, asks, and goes on with it. */
#include "upgrader/commands.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/fold.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "scanner/policy/policy_store.h"
#include "scanner/remember.h"
#include "upgrader/command.h"
#include "upgrader/planned.h"
#include "upgrader/show.h"

#define AT(member) offsetof(struct upgrade_opts, member)

/* clang-format off */
static const struct opt option_table[] = {
	{ "installer", 0, OPT_TEXT, "FILE", "another copy of the installer that the run began with",
	  AT(installer), 0, 0 },
	{ "dry-run", 'n', OPT_FLAG, NULL, "print what would be done on each host, and end",
	  AT(dry_run), 0, 0 },
	{ "yes", 'y', OPT_FLAG, NULL, "go on without asking", AT(yes), 0, 0 },
	RUN_PACE_OPTIONS,
	DEADLINE_OPTION,
	{ "reset", 0, OPT_FLAG, NULL, "hosts that failed until now do not count as failures any more",
	  AT(reset), 0, 0 },
	WAY_OPTIONS(struct upgrade_opts),
	{ "json", 0, OPT_FLAG, NULL, "the result as JSON", AT(json), 0, 0 },
	{ .name = NULL },
};

static const struct opt_rule rules[] = {
	{ "yes", OPT_NOT_WITH, "dry-run", NULL, "a dry run begins nothing, and asks nothing" },
	{ "db-group", OPT_NOT_WITH, "dry-run", NULL, "a dry run leaves the file as it is" },
	{ "json", OPT_NOT_WITH, "dry-run", NULL, "it is the result's" },
	{ 0 }
};
/* clang-format on */

static int open_inventory(struct upgrade *u, const json_t *options, struct err *err)
{
	u->inv = upgrade_inventory(u->app, options, err);
	if (!u->inv)
		return -1;
	return u->o->dry_run ? 0 : inventory_remember(u->inv, u->store, err);
}

/* Where somebody else approved how carefully a run goes, nobody goes on with it less so. */
static int want_as_careful(const struct upgrade *u, const json_t *options, struct err *err)
{
	struct policies *policies = policies_load(u->store, err);
	struct upgrade_terms begun;
	const char *loosened;
	struct shares_of of;
	bool another;

	if (!policies)
		return -1;
	another = policies_another_login(policies) && !u->terms.rehearse;
	policies_free(policies);
	upgrade_terms_read(&begun, json_get_obj(options, "policy"));
	run_shares(&u->run, &of);
	loosened = upgrade_terms_loosened(&begun, &u->terms, &of);
	if (!loosened && u->o->reset)
		loosened = "reset";     /* as many may fail once more */
	if (!another || !loosened)
		return 0;
	err_set(err, ERR_USAGE,
		"the policy wants upgrades to be approved by another login, and with this --%s run "
		"%s would go on less carefully than it was begun",
		loosened, u->run.row.name);
	return err_hint(err, "store a plan that has it, for somebody else to approve");
}

/* As far as nothing is written. */
static int find(struct upgrade *u, const char *name, json_t **out_options, struct err *err)
{
	struct store_run_row *row = &u->run.row;

	if (upgrade_open_store(u, true, err) < 0 || store_run_find(u->store, name, row, err) < 0)
		return -1;
	if (run_state_is_plan(row->state)) {
		err_set(err, ERR_USAGE, "'%s' is a plan, which did not begin: it is %s", name,
			row->state);
		return err_hint(err, "begin it with `marshal upgrade start PLAN`");
	}
	*out_options = json_parse_trusted(row->options, strlen(row->options), err);
	if (!*out_options)
		return err_in(err, "run '%s'", row->name);
	if (upgrade_options_again(u->o, *out_options, &u->terms, &u->way, err) < 0 ||
	    upgrade_open_same_installer(u, err) < 0 || open_inventory(u, *out_options, err) < 0)
		return -1;
	upgrade_prepare(u);
	u->run.first_anew = u->o->first > 0;
	u->run.forget = u->o->reset;
	u->run.resumed_with = u->given;
	return run_look_at(&u->run, u->inv, err) == 0 ? want_as_careful(u, *out_options, err) : -1;
}

/* "begun by bob at 2026-..., died; last heard of at 2026-..." */
static int print_story(const struct upgrade *u, struct err *err)
{
	const struct store_run_row *row = &u->run.row;
	char began[CLOCK_TEXT], at[CLOCK_TEXT];
	AUTO_FREE char *note = text_printable(row->note, strlen(row->note), 1000);
	struct run_standing standing;
	AUTO_FREE char *how = NULL;

	if (store_run_life(u->store, row, &standing, err) < 0)
		return -1;
	if (standing.life == RUN_LIFE_ENDED)
		how = xasprintf("%s at %s", row->state, clock_format_utc(row->ended_utc_ms, at));
	else if (standing.life == RUN_LIFE_DIED)
		how = xasprintf("died; last heard of at %s",
				clock_format_utc(standing.last_utc_ms, at));
	else
		how = xasprintf("under way: %s",
				*standing.holder ? standing.holder : "by whom is not known");
	term_say(stdout, "run %s, begun by %s at %s%s%s, %s", row->name, row->actor,
		 clock_format_utc(row->begun_utc_ms, began), *note ? ", " : "", note, how);
	run_standing_release(&standing);
	return 0;
}

/* What will be done on a host, and where that is nothing why. free() it. */
static char *say_take(const struct job *j)
{
	switch (j->take) {
	case TAKE_ON:
		return xasprintf("goes on from '%s': %s", j->row.state,
				 job_state_left(j->row.state));
	case TAKE_ANEW:
		return xasprintf("begun from the start%s%s", *j->row.outcome ? "; it was " : "",
				 j->row.outcome);
	case TAKE_CLEAN:
		return xasprintf("what was left there is taken away, obengine started where the "
				 "run left it stopped; it stays %s",
				 j->row.outcome);
	case TAKE_LEFT:
		return xasprintf("left as it is: %s", j->left_because);
	case TAKE_LEAVE:
		return xstrdup("leaves the plan: " PLANNED_WAY_CHANGED);
	case TAKE_ENDED:
		break;
	}
	return xasprintf("ended: %s", j->row.outcome);
}

static int count_take(const struct run *run, enum take take)
{
	int count = 0;

	for (int i = 0; i < run->count; i++)
		count += run->job[i].take == take;
	return count;
}

/* On how many hosts something will be done. */
static int count_takes(const struct run *run)
{
	return run->count - count_take(run, TAKE_ENDED) - count_take(run, TAKE_LEFT) -
	       count_take(run, TAKE_LEAVE);
}

static void print_takes(const struct run *run)
{
	struct term_table *t = term_table_new(stdout);
	int ended = 0;

	term_table_column(t, "HOST", false);
	term_table_column(t, "WHAT WILL BE DONE", false);
	for (int i = 0; i < run->count; i++) {
		const struct job *j = &run->job[i];
		AUTO_FREE char *what = say_take(j);

		ended += j->take == TAKE_ENDED;
		if (j->take == TAKE_ENDED)
			continue;
		term_table_row(t);
		term_table_cell(t, 0, TERM_PLAIN, j->row.host);
		term_table_cell(t, 1, j->take == TAKE_LEFT ? TERM_YELLOW : TERM_PLAIN, what);
	}
	if (ended < run->count)
		term_table_print(t);
	term_table_free(t);
	if (ended > 0)
		printf("%d of %d host%s ended, and stay%s as %s\n", ended, run->count,
		       run->count == 1 ? " has" : "s have", ended == 1 ? "s" : "",
		       ended == 1 ? "it is" : "they are");
}

static void print_failures(const struct run *run)
{
	int count = 0;

	for (int i = 0; i < run->count; i++) {
		const struct job *j = &run->job[i];

		count += j->take != TAKE_ON && job_counts_as_failure(j) && !job_is_forgotten(j);
	}
	if (count > 0)
		term_say(stdout, "%d that failed %scount%s%s", count, run->forget ? "do not " : "",
			 run->forget ? " any more" : "",
			 run->forget ? "" : "; --reset forgets them");
}

static int confirm(const struct run *run, int count, struct err *err)
{
	static const char *const otherwise = "read the list with --dry-run, then say --yes";
	AUTO_FREE char *what = xasprintf("run %s of %s goes on with %d host%s", run->row.name,
					 run->row.actor, count, count == 1 ? "" : "s");
	AUTO_FREE char *question = xasprintf("%s, though it halted. Type its name to begin", what);

	/* a host was lost, or the first one failed: that is not answered with a number */
	if (run_is(run, RUN_STATE_HALTED))
		return term_confirm(question, run->row.name, otherwise, err);
	return confirm_count(what, count, otherwise, err);
}

static int resume(struct upgrade *u, const char *name)
{
	AUTO_JSON json_t *options = NULL;
	struct err err;
	int count;

	if (find(u, name, &options, &err) < 0)
		return cmd_fail_in(&cmd_upgrade_resume, &err);
	if (!u->o->json) {
		AUTO_FREE char *with = upgrade_options_text(u->o, &u->terms);

		if (print_story(u, &err) < 0)
			return cmd_fail_in(&cmd_upgrade_resume, &err);
		print_takes(&u->run);
		print_failures(&u->run);
		term_say(stdout, "with %s", with);
	}
	fflush(stdout);                 /* before the question, and before a long run */
	if (u->o->dry_run)
		return EXIT_OK;
	count = count_takes(&u->run);
	if (count == 0 && count_take(&u->run, TAKE_LEAVE) == 0 &&
	    !run_is(&u->run, RUN_STATE_RUNNING)) {
		run_tell_left(&u->run);
		u->run.stays = run_stayed(&u->run);
		log_line(LOG_INFO, "nothing is left to do for run %s", u->run.row.name);
		return upgrade_tell(u);
	}
	if (!u->o->yes && count > 0 && confirm(&u->run, count, &err) < 0)
		return cmd_fail_in(&cmd_upgrade_resume, &err);
	if (run_take_up(&u->run, u->inv, &err) < 0)
		return cmd_fail_in(&cmd_upgrade_resume, &err);
	return upgrade_drive(u);
}

static int run_upgrade_resume(const struct app *app, const void *opts, char **args, int nargs)
{
	struct upgrade *u = xcalloc(1, sizeof(*u));
	int status;

	(void)nargs;
	u->app = app;
	u->o = opts;
	u->given = upgrade_options_given(opts);
	status = resume(u, args[0]);
	upgrade_release(u);
	free(u);
	return status;
}

const struct cmd cmd_upgrade_resume = {
	.name = "upgrade resume",
	.args = "RUN | last",
	.help = "go on with a run that was left: it died, paused, halted or was interrupted",
	.more = "Says first whose run it is and what will be done on each of its hosts, and asks.\n"
		"Every host is looked at again, also those that were unreachable, cancelled or\n"
		"not begun; what failed still counts (--reset: no more), so that the next failure\n"
		"may pause the run again. What an ended upgrade left on its host is\n"
		"taken away, its outcome stands. A service that the run left stopped is started\n"
		"first, also where the agent is current; `marshal upgrade restore RUN` does that\n"
		"alone. No installer is started twice. What the run was allowed when it began\n"
		"stands; how hosts are reached and how carefully it goes on may be said anew, and\n"
		"its trail keeps that; where the policy has `approval: another-login` not less\n"
		"carefully, nor with --reset. Of a run that was a plan a host leaves, named, to\n"
		"which the inventory leads otherwise by now, unless it was begun.\n"
		"A host that is called `resume`: `marshal upgrade -- resume`.\n"
		UPGRADE_EXIT_STATUS,
	.options = option_table,
	.rules = rules,
	.options_size = sizeof(struct upgrade_opts),
	.uses = CMD_INVENTORY | CMD_WRITES_DB | CMD_LONG,
	.min_args = 1,
	.max_args = 1,
	.run = run_upgrade_resume,
};
