/* cmd_keys_scan.c - `marshal keys scan`: collects host keys and certificates, which nothing trusts
 * by that. */
#include "scanner/commands.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/fold.h"
#include "base/insist.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/term.h"
#include "base/text.h"
#include "scanner/keys/collect.h"
#include "scanner/keys/print.h"
#include "scanner/tell_causes.h"

enum { SUMMARY_MAX = 1000 };

struct keys_scan_opts {
	int jobs;
	struct opt_list limit;
	const char *known_hosts;
	bool group_exchange, json;
	struct choice choice;
};

static const struct keys_scan_opts defaults = { .jobs = WAY_JOBS };

/* clang-format off */
static const struct opt option_table[] = {
	{ "jobs", 'j', OPT_INT, "N", "hosts in flight (" SAID(WAY_JOBS) ")",
	  offsetof(struct keys_scan_opts, jobs), 1, 100000 },
	{ "limit", 0, OPT_PAIRS, "STATE=TIME",
	  "limit of one state; by default " LINE_LIMIT_HELP,
	  offsetof(struct keys_scan_opts, limit), 0, 0 },
	KNOWN_HOSTS_OPTION(struct keys_scan_opts),
	GROUP_EXCHANGE_OPTION(struct keys_scan_opts),
	CHOICE_OPTIONS(struct keys_scan_opts),
	{ "json", 0, OPT_FLAG, NULL, "the summary as JSON", offsetof(struct keys_scan_opts, json), 0, 0 },
	{ .name = NULL },
};
/* clang-format on */

struct keys_scan {
	struct key_files *files;
	int64_t utc_ms;                 /* when it began */
	int count[KEY_VERDICT_COUNT];
	struct err err;                 /* of a file of ours */
};

static void tell_alarm(const struct key_row *row)
{
	AUTO_FREE char *called = key_row_called(row), *disagrees = key_row_disagrees(row);
	char since[CLOCK_TEXT];

	log_line(LOG_WARN, "%s: %s %s; shown since %s", row->target->name, called, disagrees,
		 clock_format_utc(row->key->first_utc_ms, since));
}

/* One that an authority vouches for is as good as known, where no line says what it has to be. */
static bool is_vouched_for(const struct key_row *row, const struct shown_key *shown)
{
	return row->target->kind == KEY_CERTIFICATE && !shown->why_not &&
	       (row->verdict == KEY_NEW ||
		(row->verdict == KEY_CHANGED && row->place.key.len == 0));
}

static void on_shown(void *ctx, const struct key_target *target, const struct shown_key *shown)
{
	struct keys_scan *scan = ctx;
	const struct host_key key = { shown->data, shown->len };
	struct key_file *file = key_files_of(scan->files, target, &scan->err);
	struct key_row row;

	INSIST(file);                   /* all were read before the first host was asked */
	row = key_row(target, file, &key);
	if (is_vouched_for(&row, shown))
		row.verdict = KEY_SAME;
	scan->count[row.verdict]++;
	if (row.verdict == KEY_SAME) {
		pending_drop(file->pending, target->known_as);
	} else if (!pending_saw(file->pending, target->known_as, &key, scan->utc_ms)) {
		log_line(LOG_WARN, "%s: '%s' cannot stand in %s", target->name, target->known_as,
			 file->first);
	} else {
		row.key = pending_find(file->pending, target->known_as);
		if (row.verdict == KEY_CHANGED || row.verdict == KEY_REVOKED)
			tell_alarm(&row);
		else if (shown->why_not && !shown->nobody)
			log_line(LOG_WARN, "%s: %s", target->name, shown->why_not);
	}
	key_row_release(&row);
}

static void tell_not_asked(const struct key_names *hosts, const char *why)
{
	AUTO_FREE char *names =
		fold_some(hosts->name, hosts->count, "marshal inventory check names all");

	if (hosts->count > 0)
		term_say(stdout, "not asked (%s): %s", why, names);
}

static void print_text(const struct keys_scan *scan, const struct key_targets *targets,
		       const struct collected *r)
{
	AUTO_FREE char *skipped = inv_skipped_text(&targets->skipped);
	char took[CLOCK_TEXT];
	struct buf text;

	buf_init(&text, SUMMARY_MAX);
	buf_addf(&text, "%d host%s: %d new, %d changed, %d revoked, %d as known, %d not reached",
		 targets->asked, targets->asked == 1 ? "" : "s", scan->count[KEY_NEW],
		 scan->count[KEY_CHANGED], scan->count[KEY_REVOKED], scan->count[KEY_SAME],
		 r->not_shown);
	if (r->not_begun > 0)
		buf_addf(&text, " (%d of them not begun)", r->not_begun);
	if (targets->skipped.hosts > 0)
		buf_addf(&text, ", %s", skipped);
	if (targets->without_way.count > 0)
		buf_addf(&text, ", %d without SSH or WinRM", targets->without_way.count);
	buf_addf(&text, ", in %s%s", clock_format_duration(r->took_ms, took),
		 r->interrupted ? "; interrupted, what was seen is kept" : "");
	term_say(stdout, "%s", buf_text(&text));
	buf_release(&text);
	if (r->not_shown > r->not_begun)
		causes_print(&r->causes, NULL);
	tell_not_asked(&targets->without_way, "neither SSH nor WinRM");
	tell_not_asked(&targets->unresolved,
		       "unresolved-variable, marshal inventory check says why");
}

static void print_json(const struct keys_scan *scan, const struct key_targets *targets,
		       const struct collected *r)
{
	AUTO_JSON json_t *all = json_pack(
		"{s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:I, s:b, s:o}", "schema",
		1, "hosts", targets->asked, "new", scan->count[KEY_NEW], "changed",
		scan->count[KEY_CHANGED], "revoked", scan->count[KEY_REVOKED], "same",
		scan->count[KEY_SAME], "not_reached", r->not_shown, "not_begun", r->not_begun,
		"skipped", targets->skipped.hosts, "without_ssh", targets->without_way.count,
		"unresolved", targets->unresolved.count, "took_ms", (json_int_t)r->took_ms,
		"interrupted", r->interrupted, "faults", causes_json(&r->causes));

	json_dumpf(all, stdout, JSON_INDENT(2));
	putchar('\n');
}

static int scan_targets(const struct key_targets *targets, const struct keys_scan_opts *o,
			const struct collect_options *options, struct keys_scan *scan)
{
	struct collected result = { .shown = 0 };
	struct err err;
	int status = EXIT_OK;

	for (int i = 0; i < targets->count; i++)
		if (!key_files_of(scan->files, &targets->item[i], &err))
			return cmd_fail(&err);
	scan->utc_ms = clock_utc_ms();
	if (collect_run(targets, options, on_shown, scan, &result, &err) != 0 ||
	    key_files_save(scan->files, &err) != 0) {
		causes_release(&result.causes);
		return cmd_fail(&err);
	}
	causes_order(&result.causes);
	if (o->json)
		print_json(scan, targets, &result);
	else
		print_text(scan, targets, &result);
	if (result.interrupted)
		status = EXIT_INTERRUPTED;
	else if (result.not_shown > 0 || targets->unresolved.count > 0 ||
		 scan->count[KEY_CHANGED] + scan->count[KEY_REVOKED] > 0)
		status = EXIT_SOME;
	causes_release(&result.causes);
	return status;
}

static int run_keys_scan(const struct app *app, const void *opts, char **args, int nargs)
{
	const struct keys_scan_opts *o = opts;
	struct collect_options options = { .quiet = app->quiet };
	struct key_targets targets = { .count = 0 };
	struct keys_scan scan = { .files = NULL };
	struct inventory *inv;
	struct err err;
	int status;

	way_defaults(&options.way);
	options.way.jobs = o->jobs;
	options.way.transport.known_hosts = o->known_hosts;
	options.way.transport.group_exchange = o->group_exchange;
	for (int i = 0; i < o->limit.count; i++)
		if (way_set_limit(&options.way, 0, o->limit.item[i], &err) != 0)
			return cmd_fail_in(&cmd_keys_scan, &err);
	inv = inventory_open(app, &err);
	scan.files = key_files_new(o->known_hosts);
	if (inv && key_targets_select(inv, &(struct wish){ args, nargs, &o->choice, app->db },
				      &targets, &err) == 0)
		status = scan_targets(&targets, o, &options, &scan);
	else
		status = cmd_fail(&err);
	key_files_free(scan.files);
	key_targets_release(&targets);
	inventory_free(inv);
	return status;
}

const struct cmd cmd_keys_scan = {
	.name = "keys scan",
	.args = "[PATTERN...]",
	.help = "collect host keys and certificates without signing in, to be approved",
	.more = "Connects, exchanges keys and leaves: no user and no key is needed, but for the\n"
		"bastions on the way, whose own keys are collected first and must be known. One\n"
		"connection a host, which asks as a scan does: for the types on record, then for\n"
		"the others; of WinRM for its certificate, which is new where no authority\n"
		"vouches for it. What is not in known_hosts, or in known_certificates, is written\n"
		"beside it, in known_hosts.pending and known_certificates.pending, and trusted by\n"
		"nobody until marshal keys approve.\n"
		"Exit status: 0 every host showed a new or a known key, 1 some were not reached,\n"
		"or showed a changed or revoked one, 2 wrong usage, inventory or file, 3 a file\n"
		"could not be written, 130 interrupted.",
	.options = option_table,
	.options_size = sizeof(struct keys_scan_opts),
	.defaults = &defaults,
	.uses = CMD_INVENTORY | CMD_DB | CMD_LONG,
	.max_args = -1,
	.run = run_keys_scan,
};
