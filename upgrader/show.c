/* show.c - prints plans and runs. Results go to stdout, the question and its answer to the
 * terminal. */
#include "upgrader/show.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/csv.h"
#include "base/fold.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/term.h"
#include "scanner/duties.h"
#include "scanner/stopped.h"
#include "upgrader/estimate.h"

enum { QUESTION_MAX = 1000, STOPPING_MAX = 16384 };
/* Where a list of hosts that was cut goes on. */
#define ALL_ROWS "the same with --dry-run --csv"

static const char *verdict_word(const struct plan_row *row)
{
	if (row->excluded)
		return status_name(STATUS_EXCLUDED);
	switch (row->verdict) {
	case PREFLIGHT_GO:
		return "upgrade";
	case PREFLIGHT_CURRENT:
		return outcome_name(OUTCOME_CURRENT);
	case PREFLIGHT_BLOCKED:
		return outcome_name(OUTCOME_BLOCKED);
	case PREFLIGHT_FOR_NOW:
		return outcome_name(OUTCOME_BLOCKED_NOW);
	}
	return "";
}

static const char *version_of(const struct plan_row *row)
{
	return row->unreadable ? WORD_UNREADABLE : row->before;
}

static enum term_color verdict_color(const struct plan_row *row)
{
	if (row->excluded)
		return TERM_DIM;
	switch (row->verdict) {
	case PREFLIGHT_GO:
		return TERM_BOLD;
	case PREFLIGHT_CURRENT:
		return TERM_GREEN;
	case PREFLIGHT_BLOCKED:
	case PREFLIGHT_FOR_NOW:
		return TERM_YELLOW;
	}
	return TERM_PLAIN;
}

/* A list of a program's, for people. */
static void add_spaced(struct buf *text, const char *list)
{
	for (; *list; list++)
		buf_addf(text, "%c%s", *list, *list == ';' ? " " : "");
}

/* "also fails scratch.location; vss.services, but backups go through: one completed ..." */
static void add_stopping(struct buf *text, const struct plan *plan, const struct plan_row *row)
{
	const char *before = text->len ? "; " : "";

	if (row->excluded || row->never_seen)
		return;
	if (*row->stops || *row->contradicted)
		buf_addf(text, "%salso fails ", before);
	add_spaced(text, row->stops);
	if (*row->contradicted) {
		buf_adds(text, *row->stops ? "; " : "");
		add_spaced(text, row->contradicted);
		buf_addf(text, ", %s", row->but);
	}
	if (plan->older_rules)
		buf_addf(text, "%s%s, judged by older rules", text->len ? "; else " : "",
			 status_name(STATUS_UNDETERMINED));
}

/* All that is said of a host, in one column: several have no room on a terminal. What its last try
 * said would fill a screen there: `marshal report faults` and the plan as CSV have it. */
static void print_notes(struct term_table *t, int column, const struct plan *plan,
			const struct plan_row *row)
{
	bool brief = row->brief > 0 && term_width(stdout) > 0;
	struct buf text;

	buf_init(&text, STOPPING_MAX);
	buf_addf(&text, "%.*s", brief ? row->brief : PREFLIGHT_REASON, row->reason);
	add_stopping(&text, plan, row);
	if (row->registers)
		buf_addf(&text, "%safterwards %s", text.len ? "; " : "",
			 duties[DUTY_REGISTER].short_text);
	term_table_cell(t, column, TERM_PLAIN, buf_text(&text));
	buf_release(&text);
}

static void print_wave(struct term_table *t, int column, const struct plan_row *row)
{
	char text[16];

	if (row->wave == 0)
		return;
	snprintf(text, sizeof(text), "%d", row->wave);
	term_table_cell(t, column, TERM_PLAIN, text);
}

static void print_rows(const struct plan *plan)
{
	struct term_table *t = term_table_new(stdout);
	int wave = plan->estimate.waves > 1 ? 3 : -1, notes = wave > 0 ? 4 : 3;

	term_table_column(t, "HOST", false);
	term_table_column(t, "PLAN", false);
	term_table_column(t, "VERSION", false);
	if (wave > 0)
		term_table_column(t, "WAVE", true);
	term_table_column(t, "REASON", false);
	for (int i = 0; i < plan->count; i++) {
		const struct plan_row *row = &plan->row[i];

		term_table_row(t);
		term_table_cell(t, 0, TERM_PLAIN, row->host->name);
		term_table_cell(t, 1, verdict_color(row), verdict_word(row));
		term_table_cell(t, 2, TERM_PLAIN, version_of(row));
		if (wave > 0)
			print_wave(t, wave, row);
		print_notes(t, notes, plan, row);
	}
	term_table_print(t);
	term_table_free(t);
}

/* "30 min, which is assumed: web[01-12]", a line for each kind of it. */
static void print_expected(const struct plan *plan)
{
	static const char *const by[] = {
		[EXPECTED_ASSUMED] = "which is assumed",
		[EXPECTED_ALL] = "by earlier upgrades of all hosts",
		[EXPECTED_SITE] = "by earlier upgrades of its site",
		[EXPECTED_OWN] = "by its own earlier upgrades",
	};
	AUTO_FREE const char **name = xcalloc((size_t)plan->count + 1, sizeof(*name));

	for (size_t kind = 0; kind < ARRAY_LEN(by); kind++) {
		int64_t least_ms = INT64_MAX, most_ms = 0;
		char least[CLOCK_TEXT], most[CLOCK_TEXT];
		AUTO_FREE char *hosts = NULL;
		int count = 0;

		for (int i = 0; i < plan->count; i++) {
			const struct plan_row *row = &plan->row[i];

			if (!plan_row_is_upgraded(row) || row->expected.from != kind)
				continue;
			least_ms = row->expected.ms < least_ms ? row->expected.ms : least_ms;
			most_ms = row->expected.ms > most_ms ? row->expected.ms : most_ms;
			name[count++] = row->host->name;
		}
		if (count == 0)
			continue;
		hosts = fold_some(name, count, ALL_ROWS);
		clock_format_duration(least_ms, least);
		clock_format_duration(most_ms, most);
		term_say(stdout, "expected to last at most %s%s%s, %s: %s", least,
			 least_ms < most_ms ? " to " : "", least_ms < most_ms ? most : "", by[kind],
			 hosts);
	}
}

/* Of those that nobody knows to be there, no number may be taken for what will be upgraded. */
static void print_counts_of_plan(const struct plan *plan, const struct upgrade_terms *terms)
{
	int open = plan->never_seen + plan->unreachable;
	AUTO_FREE char *unseen =
		open == 0 ? xstrdup("") :
			    xasprintf(", %d more if the fresh look reaches them (%d never seen, %d "
				      "not reached at the last look)",
				      open, plan->never_seen, plan->unreachable);
	AUTO_FREE char *estimate = estimate_text(&plan->estimate, terms);

	term_say(stdout, "%d to upgrade%s, %d current, %d blocked, %d excluded",
		 plan->to_upgrade - open, unseen, plan->current, plan->blocked, plan->excluded);
	if (plan->to_upgrade > 0)
		term_say(stdout, "%s%s", open ? "at most " : "", estimate);
	if (plan->waiting > 0)
		term_say(stdout, "%d of them %s for %s maintenance window%s to open", plan->waiting,
			 plan->waiting == 1 ? "waits" : "wait",
			 plan->waiting == 1 ? "its" : "their", plan->waiting == 1 ? "" : "s");
}

static void print_unbelieved(const struct plan *plan)
{
	AUTO_FREE const char **name = xcalloc((size_t)plan->count + 1, sizeof(*name));
	AUTO_FREE char *hosts = NULL;
	int count = 0;

	for (int i = 0; i < plan->count; i++)
		if (plan_row_is_unbelieved(&plan->row[i]))
			name[count++] = plan->row[i].host->name;
	if (count == 0)
		return;
	hosts = fold_some(name, count, ALL_ROWS);
	term_say(stdout,
		 "host.account fails on %d of them: nothing that is known of them need be so, and "
		 "as long as the account is no administrator there they are not changed: %s",
		 count, hosts);
}

/* A line a way the installer takes, with the hosts that get it so. */
static void print_deliveries(const struct plan *plan, const struct upgrade_terms *terms)
{
	AUTO_FREE const char **name = xcalloc((size_t)plan->count + 1, sizeof(*name));
	AUTO_FREE char **way = xcalloc((size_t)plan->count + 1, sizeof(*way));

	for (int i = 0; i < plan->count; i++)
		if (plan_row_is_upgraded(&plan->row[i]))
			way[i] = delivery_text(terms, plan->row[i].host);
	for (int i = 0; i < plan->count; i++) {
		AUTO_FREE char *now = way[i], *hosts = NULL;
		int count = 0;

		for (int k = i; now && k < plan->count; k++) {
			if (!way[k] || strcmp(way[k], now) != 0)
				continue;
			name[count++] = plan->row[k].host->name;
			if (k > i)
				free(way[k]);
			way[k] = NULL;
		}
		hosts = fold_some(name, count, ALL_ROWS);
		if (now)
			term_say(stdout, "the installer %s: %s", now, hosts);
	}
}

void plan_print(const struct plan *plan, const struct installer *installer,
		const struct upgrade_terms *terms)
{
	char target[VERSION_TEXT];

	term_say(stdout, "installer %s, version %s, SHA-256 %s", installer->path,
		 version_format(installer->version, target), installer->sha256);
	print_rows(plan);
	print_counts_of_plan(plan, terms);
	print_expected(plan);
	print_deliveries(plan, terms);
	print_unbelieved(plan);
	if (plan->to_register > 0)
		term_say(stdout,
			 "%d of them must be registered with their vaults again afterwards: they "
			 "come from below " MINIMUM_SAID,
			 plan->to_register);
	if (plan->unreadable > 0)
		term_say(stdout,
			 "%d of them have a version that cannot be read: from below " MINIMUM_SAID
			 " they must be registered again afterwards",
			 plan->unreadable);
	if (plan->to_mend > 0)
		term_say(stdout,
			 "%d of them also fail checks that stop their backups and that no upgrade "
			 "mends: marshal show HOST",
			 plan->to_mend);
	if (plan->contradicted > 0)
		term_say(stdout,
			 "%d of them fail checks that stop backups, although backups went through "
			 "since: marshal show HOST",
			 plan->contradicted);
	if (plan->to_upgrade > 0 && terms->reboot_if_needed)
		term_say(stdout, "each where a restart is pending then is restarted once, in its "
				 "windows for that (marshal windows)");
	if (plan->to_upgrade > 0)
		term_say(stdout,
			 "afterwards on each: %s; marshal report run says where that was not "
			 "seen yet",
			 duties[DUTY_BACK_UP].short_text);
}

static void print_json(const json_t *value)
{
	json_dumpf(value, stdout, JSON_INDENT(2) | JSON_SORT_KEYS);
	putchar('\n');
}

/* Null for a host that gets none. */
static json_t *installer_json(const struct plan_row *row, const struct upgrade_terms *terms)
{
	const char *url = delivery_url(terms, row->host);

	if (!plan_row_is_upgraded(row))
		return json_null();
	return json_pack("{s:s, s:s?}", "by", delivery_word(delivery_of(terms, row->host)), "url",
			 url);
}

/* A row a host: as a member of the plan's JSON, and the columns of its CSV in this order. */
static json_t *plan_row_json(const struct plan_row *row, const struct upgrade_terms *terms)
{
	bool upgraded = plan_row_is_upgraded(row), in_window = upgraded && row->calendar;
	char opens[CLOCK_TEXT], closes[CLOCK_TEXT];

	return json_pack(
		"{s:s, s:s, s:s, s:s, s:i, s:b, s:b, s:b, s:b, s:s, s:s, s:o, s:s?, s:s?, "
		"s:I, s:s?}",
		"host", row->host->name, "plan", verdict_word(row), "version", version_of(row),
		"reason", row->reason, "wave", row->wave, "to_register", row->registers,
		"unbelieved", row->unbelieved, "never_seen", row->never_seen, "unreachable",
		row->unreachable, "stops_backups", row->stops, "contradicted", row->contradicted,
		"installer", installer_json(row, terms), "window_opens",
		in_window ? clock_format_utc(row->window.from_utc_ms, opens) : NULL,
		"window_closes", in_window ? clock_format_utc(row->window.to_utc_ms, closes) : NULL,
		"expected_s", (json_int_t)(upgraded ? row->expected.ms / 1000 : 0), "expected_from",
		upgraded ? expected_word(row->expected.from) : NULL);
}

void plan_print_json(const struct plan *plan, const struct installer *installer,
		     const struct upgrade_terms *terms, json_t *options)
{
	char target[VERSION_TEXT];
	json_t *hosts = json_array();
	AUTO_JSON json_t *all = json_pack(
		"{s:i, s:s, s:s, s:s, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:b, "
		"s:i, s:o, s:O, s:o}",
		"schema", 1, "installer", installer->path, "sha256", installer->sha256, "target",
		version_format(installer->version, target), "to_upgrade", plan->to_upgrade,
		"current", plan->current, "blocked", plan->blocked, "excluded", plan->excluded,
		"to_register", plan->to_register, "to_mend", plan->to_mend, "contradicted",
		plan->contradicted, "unbelieved", plan->unbelieved, "never_seen", plan->never_seen,
		"unreachable", plan->unreachable, "older_rules", plan->older_rules, "waiting",
		plan->waiting, "estimate", estimate_json(&plan->estimate), "options", options,
		"hosts", hosts);

	for (int i = 0; i < plan->count; i++)
		json_array_append_new(hosts, plan_row_json(&plan->row[i], terms));
	print_json(all);
}

static void put_csv(const json_t *value)
{
	char number[24];

	snprintf(number, sizeof(number), "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	if (json_is_integer(value))
		csv_cell(stdout, json_integer_value(value) ? number : "", true);
	else if (json_is_boolean(value))
		csv_cell(stdout, json_is_true(value) ? "yes" : "no", true);
	else if (json_is_object(value))
		csv_cell(stdout, json_get_str(value, "by"), false);
	else
		csv_cell(stdout, json_is_string(value) ? json_string_value(value) : "", false);
}

void plan_print_csv(const struct plan *plan, const struct upgrade_terms *terms)
{
	static const char *const columns[] = { "host",	       "plan",		"version",
					       "reason",       "to_register",	"unbelieved",
					       "never_seen",   "unreachable",	"stops_backups",
					       "contradicted", "installer",	"wave",
					       "window_opens", "window_closes", "expected_s",
					       "expected_from" };

	for (size_t i = 0; i < ARRAY_LEN(columns); i++)
		printf("%s%s", i ? "," : "", columns[i]);
	fputs("\r\n", stdout);
	for (int i = 0; i < plan->count; i++) {
		AUTO_JSON json_t *row = plan_row_json(&plan->row[i], terms);

		for (size_t k = 0; k < ARRAY_LEN(columns); k++) {
			fputs(k ? "," : "", stdout);
			put_csv(json_object_get(row, columns[k]));
		}
		fputs("\r\n", stdout);
	}
}

int confirm_count(const char *what, int count, const char *otherwise, struct err *err)
{
	AUTO_FREE char *question = xasprintf("%s. Type that number to begin", what);
	AUTO_FREE char *number = xasprintf("%d", count);

	return term_confirm(question, number, otherwise, err);
}

static void add_of_them(struct buf *text, int count, const char *what)
{
	if (count > 0)
		buf_addf(text, "%d %s; ", count, what);
}

int confirm_plan(const struct plan *plan, bool rehearse, struct err *err)
{
	bool open = plan->never_seen + plan->unreachable + plan->unbelieved > 0;
	int count = plan->to_upgrade, r;
	struct buf what;

	buf_init(&what, QUESTION_MAX);
	add_of_them(&what, plan->never_seen, "were never seen");
	add_of_them(&what, plan->unreachable, "were not reached at the last look");
	add_of_them(&what, plan->unbelieved,
		    "were seen without an administrator's rights (host.account)");
	add_of_them(&what, plan->to_register,
		    "must be registered with their vaults again afterwards");
	buf_addf(&what, "%s%s%d host%s will be %s", what.len ? "in all " : "",
		 open ? "at most " : "", count, count == 1 ? "" : "s",
		 rehearse ? "given the installer for a rehearsal, and have it taken away" :
			    "changed");
	r = confirm_count(buf_text(&what), count, "read the plan with --dry-run, then say --yes",
			  err);
	buf_release(&what);
	return r;
}

static enum term_color outcome_color(enum outcome outcome)
{
	switch (outcome) {
	case OUTCOME_UPGRADED:
	case OUTCOME_REHEARSED:
	case OUTCOME_STAGED:
	case OUTCOME_CURRENT:
		return TERM_GREEN;
	case OUTCOME_FAILED:
	case OUTCOME_UNCERTAIN:
	case OUTCOME_NEEDS_HANDS:
	case OUTCOME_DAMAGED:
	case OUTCOME_AGENT_GONE:
		return TERM_RED;
	case OUTCOME_BLOCKED:
	case OUTCOME_BLOCKED_NOW:
	case OUTCOME_STEP_BLOCKED:
	case OUTCOME_UNREACHABLE:
	case OUTCOME_CANCELLED:
		return TERM_YELLOW;
	case OUTCOME_NONE:
	case OUTCOME_EXCLUDED:
	case OUTCOME_NOT_STARTED:
		break;
	}
	return TERM_PLAIN;
}

/* The outcome, or where the job was left. */
static const char *job_word(const struct job *j)
{
	return *j->row.outcome ? j->row.outcome : j->row.state;
}

static void print_counts(const struct run *run)
{
	int count[OUTCOME_COUNT] = { 0 };
	const char *comma = " ";
	struct buf text;

	for (int i = 0; i < run->count; i++)
		count[outcome_from_name(run->job[i].row.outcome)]++;
	buf_init(&text, QUESTION_MAX);
	for (int o = 0; o < OUTCOME_COUNT; o++) {
		if (count[o] == 0)
			continue;
		buf_addf(&text, "%s%d %s", comma, count[o],
			 o == OUTCOME_NONE ? "left in the middle" : outcome_name((enum outcome)o));
		comma = ", ";
	}
	if (run->staging)
		term_say(stdout, "plan %s:%s", run->staging, buf_text(&text));
	else
		term_say(stdout, "run %s %s:%s", run->row.name, run->row.state, buf_text(&text));
	buf_release(&text);
	if (run->staging)
		term_say(stdout, "nothing was changed; begin it with: marshal upgrade start %s",
			 run->staging);
	else
		term_say(stdout, "marshal report run %s says what it changed", run->row.name);
}

/* What each job leaves to people, as the store knows it by now: free() it. */
static unsigned *find_duties(const struct run *run)
{
	AUTO_FREE const struct store_job_row **job = xcalloc((size_t)run->count + 1, sizeof(*job));
	unsigned *left;
	struct err err;

	for (int i = 0; i < run->count; i++)
		job[i] = &run->job[i].row;
	left = duties_find(run->store, job, run->count, &err);
	if (left)
		return left;
	log_line(LOG_WARN, "what is left to do is not known: %s", err.msg);
	return xcalloc((size_t)run->count + 1, sizeof(*left));
}

/* A line a duty, with the hosts that have it. */
static void print_duties(const struct run *run, const unsigned *left)
{
	AUTO_FREE const char **name = xcalloc((size_t)run->count + 1, sizeof(*name));
	AUTO_FREE char *all = xasprintf("marshal report run %s", run->row.name);

	for (int d = 0; d < DUTY_COUNT; d++) {
		AUTO_FREE char *hosts = NULL;
		int count = 0;

		for (int i = 0; i < run->count; i++)
			if (left[i] & 1U << d)
				name[count++] = run->job[i].row.host;
		if (count == 0)
			continue;
		hosts = fold_some(name, count, all);
		term_say(stdout, "left to do on %d: %s: %s", count, duties[d].short_text, hosts);
		fputs("    ", stdout);
		term_wrap(stdout, duties[d].remedy, 4, 4, term_width(stdout));
	}
}

void run_print(const struct run *run)
{
	AUTO_FREE unsigned *left = find_duties(run);
	struct term_table *t = term_table_new(stdout);

	term_table_column(t, "HOST", false);
	term_table_column(t, "OUTCOME", false);
	term_table_column(t, "BEFORE", false);
	term_table_column(t, "AFTER", false);
	term_table_column(t, "REASON", false);
	for (int i = 0; i < run->count; i++) {
		const struct job *j = &run->job[i];
		bool said = *j->row.outcome || *j->row.reason;

		term_table_row(t);
		term_table_cell(t, 0, TERM_PLAIN, j->row.host);
		term_table_cell(t, 1, outcome_color(outcome_from_name(j->row.outcome)),
				job_word(j));
		term_table_cell(t, 2, TERM_PLAIN, version_before(&j->row));
		term_table_cell(t, 3, TERM_PLAIN, j->row.after);
		term_table_cell(t, 4, TERM_PLAIN,
				said ? j->row.reason : job_state_left(j->row.state));
	}
	term_table_print(t);
	term_table_free(t);
	print_counts(run);
	print_duties(run, left);
}

static json_t *duties_json(unsigned left)
{
	json_t *list = json_array();

	for (int d = 0; d < DUTY_COUNT; d++)
		if (left & 1U << d)
			json_array_append_new(list, json_string(duties[d].word));
	return list;
}

void run_print_json(const struct run *run)
{
	AUTO_FREE unsigned *left = find_duties(run);
	json_t *hosts = json_array(), *stopped;
	struct err err;

	stopped = stopped_json(run->store, &err);
	if (!stopped)
		log_line(LOG_WARN, "whose obengine was left stopped is not known: %s", err.msg);

	AUTO_JSON json_t *all =
		json_pack("{s:i, s:s, s:s, s:s, s:o?, s:o}", "schema", 1, "run", run->row.name,
			  "state", run->row.state, "target", run->row.target, "obengine_stopped",
			  stopped, "hosts", hosts);

	for (int i = 0; i < run->count; i++) {
		const struct store_job_row *r = &run->job[i].row;

		json_array_append_new(
			hosts,
			json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:b, s:o}", "host",
				  r->host, "outcome", r->outcome, "state", r->state, "fault",
				  r->fault, "before", version_before(r), "after", r->after,
				  "reason", r->reason, "changed", r->changed, "reboot_pending",
				  r->reboot_pending, "left_to_do", duties_json(left[i])));
	}
	print_json(all);
}
