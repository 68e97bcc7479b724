/* cmd_upgrade.c - `marshal upgrade`: reads options, plans, asks, and hands the plan to drive.c;
 * or takes up a run that was left. Everything a --resume needs is written into the run's row
 * here. */
#include "upgrader/commands.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "inventory/choice.h"
#include "scanner/facts/server_kind.h"
#include "scanner/recheck.h"
#include "scanner/remember.h"
#include "scanner/stopped.h"
#include "upgrader/show.h"

struct upgrade_opts {
	const char *installer, *download, *resume, *host_key, *known_hosts;
	bool dry_run, yes, json, group_exchange;
	bool accept_unknown_backup, accept_stopped, close_console, allow_unsigned, push_large;
	bool push;
	struct opt_list limit, include;
	int first, parallel, max_failures;      /* 0: not given */
	struct choice choice;
};

enum { PATH_SHOWN = 400 };

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
	{ "yes", 'y', OPT_FLAG, NULL, "begin without asking", AT(yes), 0, 0 },
	CHOICE_OPTIONS(struct upgrade_opts),
	{ "first", 0, OPT_INT, "N",
	  "hosts to upgrade and verify before any other is begun (" SAID(UPGRADE_FIRST) ")",
	  AT(first), 1, 1000 },
	{ "parallel", 0, OPT_INT, "N", "hosts in flight after that (" SAID(UPGRADE_PARALLEL) ")",
	  AT(parallel), 1, 1000 },
	{ "max-failures", 0, OPT_INT, "N",
	  "failed or uncertain hosts that halt the run (" SAID(UPGRADE_MAX_FAILURES) ")",
	  AT(max_failures), 1, 100000 },
	{ "limit", 0, OPT_PAIRS, "STEP=TIME",
	  "limit of one step: " STEP_LIMIT_WORDS "; or of a state: " LINE_LIMIT_WORDS ", "
	  LIMIT_PROBE, AT(limit), 0, 0 },
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
	{ "resume", 0, OPT_TEXT, "RUN", "go on with a run that was left, or with the last",
	  AT(resume), 0, 0 },
	WAY_OPTIONS(struct upgrade_opts),
	{ "json", 0, OPT_FLAG, NULL, "the plan (with --dry-run) or the result as JSON", AT(json), 0,
	  0 },
	{ .name = NULL },
};

#define AS_IT_BEGAN "the run goes on with its hosts, under the options it began with"

static const struct opt_rule rules[] = {
	{ "yes", OPT_NOT_WITH, "dry-run", NULL, "a dry run begins nothing, and asks nothing" },
	{ "resume", OPT_NOT_WITH, OPT_ARGUMENT, NULL, AS_IT_BEGAN },
	{ "from", OPT_NOT_WITH, "resume", NULL, AS_IT_BEGAN },
	{ "where", OPT_NOT_WITH, "resume", NULL, AS_IT_BEGAN },
	{ "yes", OPT_NOT_WITH, "resume", NULL, "the run was confirmed when it began" },
	{ "dry-run", OPT_NOT_WITH, "resume", NULL,
	  "the run has begun; marshal report run says how far it came" },
	{ "first", OPT_NOT_WITH, "resume", NULL, AS_IT_BEGAN },
	{ "parallel", OPT_NOT_WITH, "resume", NULL, AS_IT_BEGAN },
	{ "max-failures", OPT_NOT_WITH, "resume", NULL, AS_IT_BEGAN },
	{ "include", OPT_NOT_WITH, "resume", NULL, AS_IT_BEGAN },
	{ "accept-unknown-backup", OPT_NOT_WITH, "resume", NULL, AS_IT_BEGAN },
	{ "accept-stopped", OPT_NOT_WITH, "resume", NULL, AS_IT_BEGAN },
	{ "close-console", OPT_NOT_WITH, "resume", NULL, AS_IT_BEGAN },
	{ "allow-unsigned", OPT_NOT_WITH, "resume", NULL, AS_IT_BEGAN },
	{ "push-large", OPT_NOT_WITH, "resume", NULL, AS_IT_BEGAN },
	{ "push", OPT_NOT_WITH, "resume", NULL, AS_IT_BEGAN },
	{ "download", OPT_NOT_WITH, "resume", NULL, AS_IT_BEGAN },
	{ 0 }
};
/* clang-format on */

/* What one invocation opened; released in one place. */
struct upgrade {
	const struct app *app;
	const struct upgrade_opts *o;
	struct inventory *inv;
	struct store *store;
	struct selection hosts;
	struct installer installer;
	struct upgrade_terms terms;
	struct way_options way;
	struct plan plan;
	json_t *kept;                   /* options of the run, for --resume */
	struct run run;
};

static int read_limits(struct upgrade *u, const char *text, struct err *err)
{
	if (way_has_limit(WAY_PROBE, text))
		return way_set_limit(&u->way, WAY_PROBE, text, err);
	if (upgrade_terms_limit(&u->terms, text, err) == 0)
		return 0;
	if (err->code == ERR_NOT_FOUND)
		err_set(err, ERR_USAGE,
			"--limit '%s': expected " STEP_LIMIT_WORDS ", " LINE_LIMIT_WORDS
			" or " LIMIT_PROBE ", then =TIME",
			text);
	return -1;
}

static int read_options(struct upgrade *u, struct err *err)
{
	const struct upgrade_opts *o = u->o;
	struct upgrade_terms *p = &u->terms;

	upgrade_terms_default(p);
	way_defaults(&u->way);
	p->first = o->first ? o->first : p->first;
	p->parallel = o->parallel ? o->parallel : p->parallel;
	p->max_failures = o->max_failures ? o->max_failures : p->max_failures;
	p->accept_unknown_backup = o->accept_unknown_backup;
	p->accept_stopped = o->accept_stopped;
	p->close_console = o->close_console;
	p->allow_unsigned = o->allow_unsigned;
	p->push_large = o->push_large;
	p->push = o->push;
	if (o->download && url_expected(o->download))
		return err_set(err, ERR_USAGE, "--download: expected %s",
			       url_expected(o->download));
	snprintf(p->download, sizeof(p->download), "%s", o->download ? o->download : "");
	for (int i = 0; i < o->include.count; i++) {
		if (server_kind_of(o->include.item[i]) != SERVER_DPM)
			return err_set(err, ERR_USAGE, "--include '%s': expected dpm",
				       o->include.item[i]);
		p->include_dpm = true;
	}
	for (int i = 0; i < o->limit.count; i++)
		if (read_limits(u, o->limit.item[i], err) < 0)
			return -1;
	u->way.transport.known_hosts = o->known_hosts;
	u->way.transport.group_exchange = o->group_exchange;
	u->way.transport.no_prompt = !isatty(STDIN_FILENO);
	return way_set_host_key(&u->way, o->host_key, err);
}

static int add_path(json_t *list, const char *path, struct err *err)
{
	AUTO_FREE char *full = file_absolute(path, err);

	return full ? json_array_append_new(list, json_string(full)) : -1;
}

/* What --resume needs beside the rows of the jobs. NULL: a path cannot be kept. */
static json_t *run_options(const struct upgrade *u, struct err *err)
{
	const struct upgrade_opts *o = u->o;
	json_t *limits = json_array(), *inventory = json_array(), *out;
	const char *env = getenv("MARSHAL_INVENTORY");
	AUTO_FREE char *known = NULL;
	int r = 0;

	for (int i = 0; i < o->limit.count; i++)
		json_array_append_new(limits, json_string(o->limit.item[i]));
	out = json_pack("{s:i, s:I, s:o, s:o, s:o}", "v", 1, "size", (json_int_t)u->installer.len,
			"inventory", inventory, "limits", limits, "policy",
			upgrade_terms_json(&u->terms));
	for (int i = 0; i < u->app->inventory.count && r == 0; i++)
		r = add_path(inventory, u->app->inventory.item[i], err);
	if (u->app->inventory.count == 0 && env)
		r = add_path(inventory, env, err);
	if (o->host_key)
		json_object_set_new(out, "host_key", json_string(o->host_key));
	if (o->known_hosts && r == 0) {
		known = file_absolute(o->known_hosts, err);
		r = known ? json_object_set_new(out, "known_hosts", json_string(known)) : -1;
	}
	if (o->group_exchange)
		json_object_set_new(out, "group_exchange", json_true());
	if (r == 0)
		return out;
	json_decref(out);
	return NULL;
}

/* What a dry run is about beside the hosts: the options that the run would be begun with. */
static void print_with(const struct upgrade *u)
{
	const struct upgrade_opts *o = u->o;
	const struct upgrade_terms *p = &u->terms;
	const struct {
		const char *name;
		bool given;
	} flags[] = {
		{ "include dpm", p->include_dpm },
		{ "accept-unknown-backup", p->accept_unknown_backup },
		{ "accept-stopped", p->accept_stopped },
		{ "close-console", p->close_console },
		{ "allow-unsigned", p->allow_unsigned },
		{ "push-large", p->push_large },
		{ "push", p->push },
		{ "group-exchange", o->group_exchange },
	};

	printf("with --first %d --parallel %d --max-failures %d", p->first, p->parallel,
	       p->max_failures);
	for (int i = 0; i < o->limit.count; i++)
		printf(" --limit %s", o->limit.item[i]);
	for (size_t i = 0; i < ARRAY_LEN(flags); i++)
		if (flags[i].given)
			printf(" --%s", flags[i].name);
	if (*p->download)
		printf(" --download %s", p->download);
	if (o->host_key)
		printf(" --host-key %s", o->host_key);
	if (o->known_hosts) {
		AUTO_FREE char *shown =
			text_printable(o->known_hosts, strlen(o->known_hosts), PATH_SHOWN);

		printf(" --known-hosts %s", shown);
	}
	putchar('\n');
}

static void print_plan_json(const struct upgrade *u)
{
	static const char *const inner[] = { "v", "size", "inventory" };
	AUTO_JSON json_t *options = json_copy(u->kept);

	for (size_t i = 0; i < ARRAY_LEN(inner); i++)
		json_object_del(options, inner[i]);
	plan_print_json(&u->plan, &u->installer, &u->terms, options);
}

static int open_store(struct upgrade *u, struct err *err)
{
	AUTO_FREE char *path = store_path(u->app->db, err);

	if (!path)
		return -1;
	u->store = store_open(&(struct store_options){ .path = path,
						       .group = u->app->db_group,
						       .must_exist = u->o->resume != NULL,
						       .command = "upgrade" },
			      err);
	return u->store ? 0 : -1;
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

static int make_plan(struct upgrade *u, char **args, int nargs, struct err *err)
{
	if (!u->o->installer)
		return err_set(
			err, ERR_USAGE,
			"--installer FILE is missing: what shall the hosts be upgraded with?");
	if (nargs == 0 && !choice_is_made(&u->o->choice))
		return err_set(err, ERR_USAGE,
			       "name the hosts to upgrade; 'all' is every host of the inventory");
	if (read_options(u, err) < 0 || installer_open(u->o->installer, &u->installer, err) < 0)
		return -1;
	if (!u->terms.allow_unsigned && installer_want_signature(&u->installer, err) < 0)
		return -1;
	u->kept = run_options(u, err);
	if (!u->kept)
		return -1;
	u->inv = inventory_open(u->app, err);
	if (!u->inv ||
	    inventory_choose(u->inv, &(struct wish){ args, nargs, &u->o->choice, u->app->db },
			     &u->hosts, err) < 0 ||
	    open_store(u, err) < 0)
		return -1;
	if (inventory_remember(u->inv, u->store, err) < 0 || judge_first(u, err) < 0)
		return -1;
	return plan_make(u->store, &u->hosts, &u->installer, &u->terms, &u->plan, err);
}

static int exit_status(const struct run *run)
{
	if (run->halted)
		return EXIT_HALTED;
	if (run_is(run, RUN_STATE_INTERRUPTED))
		return EXIT_INTERRUPTED;
	for (int i = 0; i < run->count; i++) {
		enum outcome outcome = outcome_from_name(run->job[i].row.outcome);

		if (outcome != OUTCOME_UPGRADED && outcome != OUTCOME_CURRENT)
			return EXIT_SOME;
	}
	return EXIT_OK;
}

static void tell_resume(const struct run *run)
{
	struct err err;

	if (warn_stopped(run->store, &err) != 0)
		log_line(LOG_WARN, "%s", err.msg);
	for (int i = 0; i < run->count; i++) {
		enum outcome outcome = outcome_from_name(run->job[i].row.outcome);

		if (!job_left_some(&run->job[i]) && !job_was_held(&run->job[i]) &&
		    outcome != OUTCOME_NONE && outcome != OUTCOME_UNCERTAIN &&
		    outcome != OUTCOME_CANCELLED && outcome != OUTCOME_NOT_STARTED)
			continue;
		log_line(LOG_INFO, "go on with: marshal upgrade --resume %s", run->row.name);
		return;
	}
}

static void show(const struct upgrade *u)
{
	if (u->o->json)
		run_print_json(&u->run);
	else
		run_print(&u->run);
	fflush(stdout);
}

static bool upgraded_any(const struct run *run)
{
	for (int i = 0; i < run->count; i++)
		if (outcome_from_name(run->job[i].row.outcome) == OUTCOME_UPGRADED)
			return true;
	return false;
}

/* The newest installer is what hosts are measured by while nobody named a target. It counts once a
 * server took it - its signature was checked there - and came up with its version: what they all
 * refuse is no target. */
static int remember_installer(struct upgrade *u, struct err *err)
{
	struct err own = { .code = ERR_NONE };
	AUTO_FREE char *text = NULL;
	struct version known;
	struct policies *policies;
	char version[VERSION_TEXT];
	int rc;
	struct tx *tx;

	if (!upgraded_any(&u->run))
		return 0;
	text = store_setting(u->store, SETTING_NEWEST_INSTALLER, &own);
	if (!text && own.code != ERR_NONE) {
		*err = own;
		return -1;
	}
	if (text && version_parse(text, &known) && version_cmp(known, u->installer.version) >= 0)
		return 0;
	tx = tx_new();
	tx_setting(tx, SETTING_NEWEST_INSTALLER, version_format(u->installer.version, version));
	if (store_write(u->store, tx, false, err) < 0)
		return -1;
	log_line(LOG_INFO,
		 "%s is the newest agent that an upgrade brought: the target where nobody "
		 "names one",
		 version);
	policies = policies_load(u->store, err);
	rc = policies ? judge_stored(u->store, policies, err) : -1;
	policies_free(policies);
	return rc;
}

static int drive(struct upgrade *u)
{
	struct err err;
	int status;

	log_line(LOG_INFO, "run %s", u->run.row.name);
	if (run_drive(&u->run, &u->way, u->app->quiet || u->o->json, &err) < 0) {
		if (u->run.broken.code != ERR_NONE)
			show(u);        /* how far it came */
		status = cmd_fail(&err);
		tell_resume(&u->run);
		return status;
	}
	show(u);
	tell_resume(&u->run);
	return remember_installer(u, &err) < 0 ? cmd_fail(&err) : exit_status(&u->run);
}

static void prepare_run(struct upgrade *u)
{
	u->run.store = u->store;
	u->run.installer = &u->installer;
	u->run.terms = u->terms;
	run_pace_default(&u->run.pace);
}

static int begin(struct upgrade *u, char **args, int nargs)
{
	struct err err;

	if (make_plan(u, args, nargs, &err) < 0)
		return cmd_fail_in(&cmd_upgrade, &err);
	if (u->o->json && u->o->dry_run) {
		print_plan_json(u);
	} else if (!u->o->json) {
		plan_print(&u->plan, &u->installer, &u->terms);
		print_with(u);
	}
	fflush(stdout);                 /* before the question, and before a long run */
	if (u->terms.allow_unsigned)
		log_line(LOG_WARN, "--allow-unsigned: a file without a signature is run as SYSTEM; "
				   "this is for simulated servers");
	if (u->o->dry_run)
		return EXIT_OK;
	if (u->plan.to_upgrade == 0) {
		log_line(LOG_INFO, "nothing to upgrade");
		return u->plan.blocked > 0 ? EXIT_SOME : EXIT_OK;
	}
	if (!u->o->yes && confirm_plan(&u->plan, &err) < 0)
		return cmd_fail_in(&cmd_upgrade, &err);
	prepare_run(u);
	if (run_create(&u->run, &u->plan, json_incref(u->kept), &err) < 0)
		return cmd_fail_in(&cmd_upgrade, &err);
	return drive(u);
}

struct inventory *upgrade_inventory(const struct app *app, const json_t *options, struct err *err)
{
	const json_t *list = json_get_arr(options, "inventory"), *item;
	int count = (int)json_array_size(list);
	AUTO_FREE const char **path = xcalloc((size_t)count + 1, sizeof(*path));
	size_t i;

	json_array_foreach(list, i, item) path[i] =
		json_is_string(item) ? json_string_value(item) : "";
	return app->inventory.count > 0 || count == 0 ? inventory_open(app, err) :
							inventory_load(path, count, err);
}

static int open_inventory(struct upgrade *u, const json_t *options, struct err *err)
{
	u->inv = upgrade_inventory(u->app, options, err);
	return u->inv ? inventory_remember(u->inv, u->store, err) : -1;
}

static int open_same_installer(struct upgrade *u, struct err *err)
{
	const char *path = u->o->installer ? u->o->installer : u->run.row.installer;

	if (installer_open(path, &u->installer, err) < 0)
		return err_hint(err, "--installer FILE names another copy with the same SHA-256");
	if (strcmp(u->installer.sha256, u->run.row.sha256) == 0)
		return 0;
	return err_set(err, ERR_USAGE,
		       "'%s' is not the installer this run began with: SHA-256 %s, then %s", path,
		       u->installer.sha256, u->run.row.sha256);
}

/* The run goes on as it was allowed then; only how hosts are reached may be said anew. */
static int read_run_options(struct upgrade *u, const json_t *options, struct err *err)
{
	const json_t *limits = json_get_arr(options, "limits"), *item;
	struct upgrade_terms stored;
	size_t i;

	if (read_options(u, err) < 0)
		return -1;
	if (!u->o->host_key &&
	    way_set_host_key(&u->way, json_get_str(options, "host_key"), err) < 0)
		return -1;
	if (!u->o->known_hosts)
		u->way.transport.known_hosts = json_get_str(options, "known_hosts");
	if (json_is_true(json_object_get(options, "group_exchange")))
		u->way.transport.group_exchange = true;
	upgrade_terms_read(&stored, json_get_obj(options, "policy"));
	u->terms = stored;
	json_array_foreach(limits, i, item)
	{
		const char *text = json_is_string(item) ? json_string_value(item) : "";

		/* older versions kept the limit of a whole look, and did nothing with it */
		if (*text && strncmp(text, "host=", 5) != 0 && read_limits(u, text, err) < 0)
			return -1;
	}
	for (int k = 0; k < u->o->limit.count; k++)
		if (read_limits(u, u->o->limit.item[k], err) < 0)
			return -1;
	return 0;
}

static int take_up(struct upgrade *u, json_t **out_options, struct err *err)
{
	if (open_store(u, err) < 0 || store_run_find(u->store, u->o->resume, &u->run.row, err) < 0)
		return -1;
	*out_options = json_parse_trusted(u->run.row.options, strlen(u->run.row.options), err);
	if (!*out_options)
		return err_in(err, "run '%s'", u->run.row.name);
	if (read_run_options(u, *out_options, err) < 0 || open_same_installer(u, err) < 0 ||
	    open_inventory(u, *out_options, err) < 0)
		return -1;
	prepare_run(u);
	return run_take_up(&u->run, u->inv, err);
}

static int resume(struct upgrade *u)
{
	AUTO_JSON json_t *options = NULL;
	struct err err;

	if (take_up(u, &options, &err) < 0)
		return cmd_fail_in(&cmd_upgrade, &err);
	return drive(u);
}

static int run_upgrade(const struct app *app, const void *opts, char **args, int nargs)
{
	struct upgrade *u = xcalloc(1, sizeof(*u));
	int status;

	u->app = app;
	u->o = opts;
	status = u->o->resume ? resume(u) : begin(u, args, nargs);
	run_release(&u->run);
	plan_release(&u->plan);
	json_decref(u->kept);
	store_close(u->store);
	installer_close(&u->installer);
	selection_release(&u->hosts);
	inventory_free(u->inv);
	free(u);
	return status;
}

const struct cmd cmd_upgrade = {
	.name = "upgrade",
	.args = "[PATTERN...] --installer FILE | --resume RUN",
	.help = "bring the agent of hosts up to date, one host first, then a few at a time",
	.more = "Every host is looked at again right before it is changed, and verified after it.\n"
		"Each move is journalled: after a crash, Ctrl-C twice or a halt, --resume RUN (or\n"
		"last) goes on by looking at the hosts, also with those that were unreachable,\n"
		"cancelled or not begun; failures are counted anew then. What an ended upgrade\n"
		"left on its host is taken away, its outcome stands. A service that a run left\n"
		"stopped is started first, also where the agent is current, and by itself with\n"
		"`marshal upgrade restore RUN`. Ctrl-C once begins no new\n"
		"host, twice stops at the next safe point.\n"
		"Exit status: 0 all are upgraded or current, 1 some are not, 2 wrong usage or\n"
		"not confirmed, 3 the database could not be written, 4 the run halted,\n"
		"130 interrupted.",
	.options = option_table,
	.rules = rules,
	.options_size = sizeof(struct upgrade_opts),
	.uses = CMD_INVENTORY | CMD_WRITES_DB | CMD_LONG,
	.max_args = -1,
	.run = run_upgrade,
};
