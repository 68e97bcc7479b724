/* cmd_scan.c - `marshal scan`: looks at hosts and says what it could not see, folded by cause. */
#include "scanner/commands.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "inventory/choice.h"
#include "inventory/inventory.h"
#include "scanner/cmd_policy.h"
#include "scanner/died.h"
#include "scanner/idle.h"
#include "scanner/recheck.h"
#include "scanner/remember.h"
#include "scanner/scan.h"
#include "scanner/stopped.h"
#include "scanner/tell_causes.h"
#include "scanner/who.h"
#include "store/store.h"

struct scan_opts {
	int jobs;
	int64_t deadline_ms;
	struct opt_list limit;
	const char *host_key, *known_hosts, *target, *policy;
	int64_t deep_every_ms;
	bool json, deep, as_system, group_exchange, accept_changed;
	struct choice choice;
};

#define DEADLINE_MAX_MS (30 * DAY_MS)

#define DEEP_EVERY_DAYS 7
#define WEEK_MS (7 * DAY_MS)

static const struct scan_opts defaults = {
	.jobs = WAY_JOBS,
	.deep_every_ms = DEEP_EVERY_DAYS * DAY_MS,
};

/* clang-format off */
static const struct opt option_table[] = {
	{ "jobs", 'j', OPT_INT, "N", "hosts in flight (" SAID(WAY_JOBS) ")",
	  offsetof(struct scan_opts, jobs), 1, 100000 },
	{ "deadline", 0, OPT_TIME, "TIME", "end after this time, say 2h, whatever is still open (none)",
	  offsetof(struct scan_opts, deadline_ms), 1, DEADLINE_MAX_MS },
	{ "limit", 0, OPT_PAIRS, "STATE=TIME",
	  "limit of one state; by default " LINE_LIMIT_HELP ", " SCAN_LIMIT_HELP,
	  offsetof(struct scan_opts, limit), 0, 0 },
	WAY_OPTIONS(struct scan_opts),
	{ "target", 0, OPT_TEXT, "VERSION", "the version hosts shall have; remembered",
	  offsetof(struct scan_opts, target), 0, 0 },
	{ "deep", 0, OPT_FLAG, NULL,
	  "ask every host for the deep facts too: features, jobs, writers, updates, modules",
	  offsetof(struct scan_opts, deep), 0, 0 },
	{ "deep-every", 0, OPT_TIME, "TIME",
	  "ask a host for them once in this time, and the first time; 0s never (" SAID(DEEP_EVERY_DAYS) "d)",
	  offsetof(struct scan_opts, deep_every_ms), 0, 520 * WEEK_MS },
	{ "as-system", 0, OPT_FLAG, NULL,
	  "read also what only SYSTEM may: a task on each host, removed at once",
	  offsetof(struct scan_opts, as_system), 0, 0 },
	{ "accept-changed", 0, OPT_FLAG, NULL,
	  "what answers under these names is the right machine, though it was another one before",
	  offsetof(struct scan_opts, accept_changed), 0, 0 },
	CHOICE_OPTIONS(struct scan_opts),
	POLICY_OPTION(offsetof(struct scan_opts, policy)),
	{ "json", 0, OPT_FLAG, NULL, "the summary as JSON", offsetof(struct scan_opts, json), 0, 0 },
	{ .name = NULL },
};

static const struct opt_rule rules[] = {
	{ "deep-every", OPT_NOT_WITH, "deep", NULL, "every host is asked now" },
	{ 0 }
};
/* clang-format on */

static void print_text(const struct scan_result *r)
{
	AUTO_FREE char *skipped = inv_skipped_text(&r->skipped);
	char took[CLOCK_TEXT];

	printf("%d host%s: %d seen, %d not seen", r->total, r->total == 1 ? "" : "s", r->seen,
	       r->not_seen);
	if (r->not_begun > 0)
		printf(" (%d of them not begun)", r->not_begun);
	if (r->skipped.hosts > 0)
		printf(", %s", skipped);
	printf(", in %s%s\n", clock_format_duration(r->took_ms, took),
	       r->interrupted ? "; interrupted, what was seen is kept" :
	       r->deadline    ? "; the deadline passed, what was seen is kept" :
				"");
	if (r->not_seen == 0)
		return;
	causes_print(&r->causes, "marshal report faults --format csv");
	/* once more below what may be several screens */
	printf("\n%d seen, %d of them compliant; %d not seen\n", r->seen, r->compliant,
	       r->not_seen);
}

/* Takes `stopped`. */
static void print_json(const struct scan_result *r, json_t *stopped)
{
	AUTO_JSON json_t *all = NULL;

	all = json_pack("{s:i, s:i, s:i, s:i, s:i, s:i, s:I, s:b, s:b, s:o, s:o}", "schema", 1,
			"hosts", r->total, "seen", r->seen, "not_seen", r->not_seen, "not_begun",
			r->not_begun, "skipped", r->skipped.hosts, "took_ms",
			(json_int_t)r->took_ms, "interrupted", r->interrupted, "deadline",
			r->deadline, "faults", causes_json(&r->causes), "obengine_stopped",
			stopped);
	json_dumpf(all, stdout, JSON_INDENT(2));
	putchar('\n');
}

/* Everything of the options that can be wrong, before anything is done. */
static int fill_options(const struct app *app, const struct scan_opts *o, struct scan_options *out,
			struct err *err)
{
	struct version target;

	way_defaults(&out->way);
	out->way.jobs = o->jobs;
	out->way.transport.known_hosts = o->known_hosts;
	out->way.transport.group_exchange = o->group_exchange;
	out->deadline_ms = o->deadline_ms;
	out->quiet = app->quiet;
	out->deep = o->deep;
	out->deep_every_ms = o->deep_every_ms;
	out->as_system = o->as_system;
	out->accept_changed = o->accept_changed;
	for (int i = 0; i < o->limit.count; i++)
		if (way_set_limit(&out->way, WAY_PROBE | WAY_HOST, o->limit.item[i], err) != 0)
			return -1;
	if (o->target && !version_parse(o->target, &target))
		return err_set(err, ERR_USAGE,
			       "--target '%s': expected a version such as 2.0.9938.0", o->target);
	return way_set_host_key(&out->way, o->host_key, err);
}

/* A new target changes verdicts of hosts that are not looked at now. */
static int remember_target(struct store *store, const char *text, struct policies *policies,
			   struct err *err)
{
	struct version version;
	char clean[VERSION_TEXT];
	struct tx *tx;

	(void)version_parse(text, &version);    /* fill_options() has seen that it is one */
	tx = tx_new();
	tx_setting(tx, SETTING_TARGET, version_format(version, clean));
	policies_set_target(policies, version, false, "--target");
	if (recheck_run(store, policies, NULL, tx, NULL, err) != 0) {
		tx_free(tx);
		return -1;
	}
	if (policies_has_target(policies)) {
		log_line(LOG_WARN,
			 "--target %s holds for this scan; afterwards hosts that the policy names "
			 "a target for are measured by that again",
			 clean);
		policies_set_target(policies, version, true, "--target");
	}
	return store_write(store, tx, false, err);
}

/* First what no fault outweighs: servers that we left without backups. */
static int tell(struct store *store, const struct scan_result *r, bool json, struct err *err)
{
	json_t *stopped = NULL;

	if (warn_stopped(store, err) != 0 || warn_died(store, err) != 0 ||
	    warn_who(store, err) != 0)
		return -1;
	if (!json) {
		print_text(r);
		return 0;
	}
	stopped = stopped_json(store, err);
	if (!stopped)
		return -1;
	print_json(r, stopped);
	return 0;
}

static int scan_judged(struct store *store, const struct scan_opts *o,
		       const struct selection *hosts, struct scan_options *scan_options,
		       struct policies *policies)
{
	struct scan_result result = { .total = 0 };
	struct err err;
	int rc;

	scan_options->policies = policies;
	if ((o->target && remember_target(store, o->target, policies, &err) != 0) ||
	    scan_run(hosts, store, scan_options, &result, &err) != 0) {
		causes_release(&result.causes);
		return cmd_fail(&err);
	}
	causes_order(&result.causes);
	rc = tell(store, &result, o->json, &err);
	causes_release(&result.causes);
	if (rc != 0)
		return cmd_fail(&err);
	warn_expired(policies, clock_utc_ms());
	if (result.interrupted)
		return EXIT_INTERRUPTED;
	/* the scan of a night, not each one of a few hosts */
	if (strcmp(scan_options->patterns, "all") == 0 && !choice_is_made(&o->choice)) {
		if (warn_idle(policies, store, clock_utc_ms(), &err) != 0)
			return cmd_fail(&err);
	} else if (o->policy) {
		warn_no_check(policies, clock_utc_ms());
	}
	return result.not_seen > 0 ? EXIT_SOME : EXIT_OK;
}

/* Takes `given` over: the policy that was named now, or NULL. */
static int scan(const struct inventory *inv, struct store *store, const struct scan_opts *o,
		const struct selection *hosts, struct scan_options *scan_options,
		struct policies *given)
{
	AUTO_FREE char *replaced = NULL;
	struct policies *policies;
	struct err err;
	int status;

	if (inventory_remember(inv, store, &err) != 0) {
		policies_free(given);
		return cmd_fail(&err);
	}
	policies = policies_adopt(store, given, &replaced, &err);
	if (replaced)
		log_line(LOG_INFO, "%s", replaced);
	status = policies ? scan_judged(store, o, hosts, scan_options, policies) : cmd_fail(&err);
	policies_free(policies);
	return status;
}

static char *join(char **word, int count)
{
	struct buf text;

	buf_init(&text, 64 * 1024);
	for (int i = 0; i < count; i++)
		if (buf_addf(&text, "%s%s", i ? " " : "", word[i]) != 0)
			break;
	return count > 0 ? buf_take(&text) : xstrdup("all");
}

static int run_scan(const struct app *app, const void *opts, char **args, int nargs)
{
	const struct scan_opts *o = opts;
	struct scan_options scan_options = { .quiet = false };
	struct selection hosts = { .host = NULL };
	AUTO_FREE char *path = NULL;
	AUTO_FREE char *patterns = join(args, nargs);
	struct policies *given = NULL;
	struct inventory *inv;
	struct store *store;
	struct err err;
	bool is_new;
	int status;

	if (fill_options(app, o, &scan_options, &err) != 0 ||
	    policies_given(o->policy, &given, &err) != 0)
		return cmd_fail_in(&cmd_scan, &err);
	scan_options.patterns = patterns;
	inv = inventory_open(app, &err);
	if (!inv) {
		policies_free(given);
		return cmd_fail(&err);
	}
	path = store_path(app->db, &err);
	is_new = path && access(path, F_OK) != 0;
	store = NULL;
	if (inventory_choose(inv, &(struct wish){ args, nargs, &o->choice, app->db }, &hosts,
			     &err) == 0 &&
	    path)
		/* a night's looks are not thrown away for somebody's long transaction */
		store = store_open(
			&(struct store_options){ .path = path,
						 .patience_ms = SCAN_PATIENCE_MINUTES * MINUTE_MS,
						 .group = app->db_group,
						 .command = "scan" },
			&err);
	/* where nobody reads what the store says of it: a timer's may be one that was lost */
	if (store && is_new && app->quiet)
		log_line(LOG_WARN,
			 "database '%s' was not there: it is made anew, and knows "
			 "nothing from before",
			 path);
	if (store)
		status = scan(inv, store, o, &hosts, &scan_options, given);
	else
		status = cmd_fail(&err);
	if (!store)
		policies_free(given);
	store_close(store);
	selection_release(&hosts);
	inventory_free(inv);
	return status;
}

const struct cmd cmd_scan = {
	.name = "scan",
	.args = "[PATTERN...]",
	.help = "look at hosts: agent version and what its backups need",
	.more = "Reads only: nothing on a host is changed. Without a pattern all hosts are\n"
		"looked at.\n"
		"A host's fast facts are asked every time, its deep ones once a week, on another\n"
		"day for another host. What a look does not ask keeps its value and age.\n"
		"With --as-system a task of SYSTEM is made on each host and removed by the same\n"
		"call; who asked for it and what became of it is kept (marshal show HOST).\n"
		"Exit status: 0 all hosts were seen, 1 some were not, 2 wrong usage or inventory,\n"
		"3 the database could not be written, 130 interrupted.",
	.options = option_table,
	.rules = rules,
	.options_size = sizeof(struct scan_opts),
	.uses = CMD_INVENTORY | CMD_WRITES_DB | CMD_LONG,
	.defaults = &defaults,
	.max_args = -1,
	.run = run_scan,
};
