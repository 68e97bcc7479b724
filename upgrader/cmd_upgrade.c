/* cmd_upgrade.c - `marshal upgrade`: plans, asks, writes the run with everything that whoever goes
 * on with it needs, and drives it. */
#include "upgrader/commands.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "scanner/died.h"
#include "scanner/recheck.h"
#include "scanner/remember.h"
#include "upgrader/command.h"
#include "upgrader/show.h"

#define AT(member) offsetof(struct upgrade_opts, member)

/* clang-format off */
static const struct opt option_table[] = {
	{ "installer", 0, OPT_TEXT, "FILE", "MARSAgentInstaller.exe of the version to bring",
	  AT(installer), 0, 0 },
	{ "download", 0, OPT_TEXT, "URL",
	  "where hosts fetch it themselves, by https, that have no marshal_installer_url",
	  AT(download), 0, 0 },
	{ "push", 0, OPT_FLAG, NULL, "put it there from here where a host cannot fetch it", AT(push),
	  0, 0 },
	{ "dry-run", 'n', OPT_FLAG, NULL, "print the plan, with the reason for every host, and end",
	  AT(dry_run), 0, 0 },
	{ "rehearse", 0, OPT_FLAG, NULL,
	  "all but the change: sign in, put the installer there, check it, the login URL and the rights, take it away",
	  AT(rehearse), 0, 0 },
	{ "yes", 'y', OPT_FLAG, NULL, "begin without asking", AT(yes), 0, 0 },
	CHOICE_OPTIONS(struct upgrade_opts),
	RUN_PACE_OPTIONS,
	{ "include", 0, OPT_LIST, "KIND", "dpm: also DPM and MABS servers", AT(include), 0, 0 },
	{ "accept-unknown-backup", 0, OPT_FLAG, NULL,
	  "also where it cannot be known whether a backup runs or is due",
	  AT(accept_unknown_backup), 0, 0 },
	{ "accept-stopped", 0, OPT_FLAG, NULL,
	  "also where obengine is stopped or disabled; it stays so", AT(accept_stopped), 0, 0 },
	{ "close-console", 0, OPT_FLAG, NULL,
	  "end open consoles of the agent instead of waiting for them", AT(close_console), 0, 0 },
	{ "allow-unsigned", 0, OPT_FLAG, NULL,
	  "an installer without a signature (the simulated one)", AT(allow_unsigned), 0, 0 },
	{ "push-large", 0, OPT_FLAG, NULL,
	  "put an installer above " SAID(PUSH_MB) " MB also where only WinRM leads there",
	  AT(push_large), 0, 0 },
	{ "note", 0, OPT_TEXT, "TEXT", "kept with the run, for its report: the number of a change",
	  AT(note), 0, 0 },
	WAY_OPTIONS(struct upgrade_opts),
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

/* What one invocation opened beside what each run has. */
struct beginning {
	struct upgrade u;
	struct selection hosts;
	struct plan plan;
	json_t *kept;                   /* options of the run */
};

static void print_plan_json(const struct beginning *b)
{
	static const char *const inner[] = { "v", "size", "inventory", "with" };
	AUTO_JSON json_t *options = json_copy(b->kept);

	for (size_t i = 0; i < ARRAY_LEN(inner); i++)
		json_object_del(options, inner[i]);
	plan_print_json(&b->plan, &b->u.installer, &b->u.terms, options);
}

/* A plan that shall be confirmed is made of what today's rules find; one that is only read tells
 * that older ones found it, and changes nothing. */
static int judge_first(const struct upgrade *u, struct err *err)
{
	AUTO_FREE char *said = NULL;
	struct policies *policies;
	int older;

	if (!u->o->dry_run) {
		policies = policies_adopt(u->store, NULL, &said, err);
		if (said)
			log_line(LOG_WARN, "%s", said);
		policies_free(policies);
		return policies ? 0 : -1;
	}
	older = judged_by_older_rules(u->store, err);
	if (older > 0)
		warn_older_rules();
	return older < 0 ? -1 : 0;
}

static int make_plan(struct beginning *b, char **args, int nargs, struct err *err)
{
	struct upgrade *u = &b->u;
	const struct upgrade_opts *o = u->o;

	if (!o->installer)
		return err_set(
			err, ERR_USAGE,
			"--installer FILE is missing: what shall the hosts be upgraded with?");
	if (nargs == 0 && !choice_is_made(&o->choice))
		return err_set(err, ERR_USAGE,
			       "name the hosts to upgrade; 'all' is every host of the inventory");
	if (upgrade_options_read(o, &u->terms, &u->way, err) < 0 ||
	    installer_open(o->installer, &u->installer, err) < 0)
		return -1;
	if (!u->terms.allow_unsigned && installer_want_signature(&u->installer, err) < 0)
		return -1;
	b->kept = upgrade_options_keep(u->app, o, &u->terms, u->installer.len, err);
	if (!b->kept)
		return -1;
	u->inv = inventory_open(u->app, err);
	if (!u->inv ||
	    inventory_choose(u->inv, &(struct wish){ args, nargs, &o->choice, u->app->db },
			     &b->hosts, err) < 0 ||
	    upgrade_open_store(u, false, err) < 0)
		return -1;
	if ((!o->dry_run && inventory_remember(u->inv, u->store, err) < 0) ||
	    warn_died(u->store, err) < 0 || judge_first(u, err) < 0)
		return -1;
	return plan_make(u->store, &b->hosts, &u->installer, &u->terms, &b->plan, err);
}

static void print_plan(const struct beginning *b)
{
	const struct upgrade *u = &b->u;
	AUTO_FREE char *with = upgrade_options_text(u->o, &u->terms);

	plan_print(&b->plan, &u->installer, &u->terms);
	term_say(stdout, "with %s", with);
}

static int begin(struct beginning *b, char **args, int nargs)
{
	struct upgrade *u = &b->u;
	struct err err;

	if (make_plan(b, args, nargs, &err) < 0)
		return cmd_fail_in(&cmd_upgrade, &err);
	if (u->o->csv)
		plan_print_csv(&b->plan, &u->terms);
	else if (u->o->json && u->o->dry_run)
		print_plan_json(b);
	else if (!u->o->json)
		print_plan(b);
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
	plan_release(&b->plan);
	json_decref(b->kept);
	selection_release(&b->hosts);
	upgrade_release(&b->u);
	free(b);
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
