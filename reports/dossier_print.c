/* dossier_print.c - everything known about one host, for people: first what is wrong and what
 * to do about it, then what was seen. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/term.h"
#include "base/text.h"
#include "inventory/inventory.h"
#include "reports/dossier.h"
#include "reports/model.h"
#include "scanner/checks/checks.h"
#include "scanner/duties.h"
#include "scanner/facts/server_kind.h"
#include "scanner/judge.h"

enum { LINE_MAX_BYTES = 1000, HEAD_COLUMN = 17 };

/* "name    value", nothing where there is no value. */
static void put(FILE *f, const char *name, const char *value)
{
	AUTO_FREE char *safe = NULL;

	if (!value || !value[0])
		return;
	safe = text_printable(value, strlen(value), LINE_MAX_BYTES);
	fprintf(f, "%-*s", HEAD_COLUMN, name);
	term_wrap(f, safe, HEAD_COLUMN, HEAD_COLUMN, term_width(f));
}

static void put_title(FILE *f, const char *title)
{
	fprintf(f, "\n%s%s%s\n", term_color(f, TERM_BOLD), title, term_color(f, TERM_PLAIN));
}

/* "2026-11-21T04:05:06Z, 3 d 4 h ago" */
static void put_time(FILE *f, const char *name, int64_t utc_ms, int64_t now_utc_ms)
{
	char when[CLOCK_TEXT], ago[CLOCK_TEXT];
	AUTO_FREE char *text = NULL;

	if (utc_ms == 0)
		return;
	text = xasprintf("%s, %s ago", clock_format_utc(utc_ms, when),
			 clock_format_duration(clock_age_ms(utc_ms, now_utc_ms), ago));
	put(f, name, text);
}

/* The inventory has it, or had it: who is gone from there is looked at no more. */
static void put_first_look(FILE *f, const struct host_row *row)
{
	AUTO_FREE char *text = xasprintf("marshal scan %s", text_pasteable(row->name, "HOST"));

	if (row->gone_utc_ms == 0)
		put(f, "what to do", text);
}

/* Once, and not with each check that would have read it. */
static void put_dropped(FILE *f, const struct dossier *d)
{
	AUTO_FREE char *dropped = facts_dropped(&d->facts);
	AUTO_FREE char *text = dropped ? xasprintf("told in a form that none has, and taken for "
						   "not known: %s",
						   dropped) :
					 NULL;

	put(f, "dropped", text);
}

static void put_reach(FILE *f, const struct dossier *d)
{
	const struct host_row *row = &d->rows.row[0];

	put_time(f, "last seen", row->seen_utc_ms, d->now_utc_ms);
	if (row->tried_utc_ms != row->seen_utc_ms)
		put_time(f, "last tried", row->tried_utc_ms, d->now_utc_ms);
	put(f, "by WinRM", row->not_by_ssh);
	put_time(f, "gone since", row->gone_utc_ms, d->now_utc_ms);
	if (d->view.stale)
		put(f, "facts", "stale: they may no longer be true");
	put_dropped(f, d);
	if (strcmp(d->view.status, status_name(STATUS_NEVER_SEEN)) == 0 && row->failed_looks == 0)
		put_first_look(f, row);
	if (!d->view.unreachable)
		return;
	put(f, "fault", row->fault);
	put(f, "", row->fault_text);
	put(f, "what to do",
	    *row->fault_hint ? row->fault_hint : err_hint_of(err_from_name(row->fault)));
}

static void put_connection(FILE *f, const struct inv_host *h)
{
	AUTO_FREE char *port = xasprintf("%d", h->port);

	put(f, "connection", h->connection_name);
	put(f, "port", port);
	put(f, "user", h->user ? h->user : "none");
	put(f, "key file", h->key_file ? h->key_file : "none: the key agent's");
	put(f, "known hosts", h->known_hosts);
	put(f, "program", h->program);
}

/* The first that holds, as store/status.c judges it. */
static const char *why_excluded(const struct dossier *d)
{
	const struct host_row *row = &d->rows.row[0];

	if (row->skip)
		return d->host && d->host->skip ? inv_why_skipped(d->host) :
						  "the inventory passes it over";
	return strcmp(row->mars, inv_mars_name(MARS_NONE)) == 0 ? "marshal_mars: none" :
								  "agent optional and absent";
}

/* That nobody tried is other news than that it never answered. */
static char *never_seen(const struct host_row *row)
{
	AUTO_FREE char *tries = host_tries(row);

	return xasprintf("%s: %s", status_name(STATUS_NEVER_SEEN), tries);
}

/* What a server is besides a server with the agent, and what that means for an upgrade. Yours. */
static char *kind_text(const struct host_row *row)
{
	enum server_kind kind = server_kind_of(row->kind);

	switch (kind) {
	case SERVER_DPM:
	case SERVER_MABS:
		return xasprintf("%s: upgraded only with --include dpm", server_kinds[kind].whole);
	case SERVER_ASR:
		return xasprintf("%s, which upgrades its agent itself", server_kinds[kind].whole);
	case SERVER_PLAIN:
	case SERVER_KIND_COUNT:
		break;
	}
	return NULL;
}

/* The word, and what it does not say: compliant means that no check that stops backups fails, and
 * others may. */
static void put_status(FILE *f, const struct dossier *d)
{
	const struct host_row *row = &d->rows.row[0];
	AUTO_FREE char *text = NULL;
	int failing = 0;

	for (int i = 0; i < row->finding_count; i++)
		failing += verdict_from_name(row->finding[i].verdict) == V_FAIL;
	if (failing > 0 && strcmp(d->view.status, status_name(STATUS_COMPLIANT)) == 0)
		text = xasprintf("%s, with %d %s", d->view.status, failing,
				 failing == 1 ? "finding that fails" : "findings that fail");
	else if (d->view.excluded)
		text = xasprintf("%s (%s)", d->view.status, why_excluded(d));
	else if (strcmp(d->view.status, status_name(STATUS_NEVER_SEEN)) == 0)
		text = never_seen(row);
	else if (report_reason(d->older_rules, d->view.status))
		text = xasprintf("%s (" JUDGED_BY_OLDER ")", d->view.status);
	put(f, "status", text ? text : d->view.status);
}

/* What no status says, and what no finding outweighs. */
static void put_engine(FILE *f, const struct dossier *d)
{
	AUTO_FREE char *how = d->stopped_by ? stopped_text(d->stopped_by, d->stopped_seen) : NULL;
	AUTO_FREE char *text = NULL;

	if (!how)
		return;
	text = xasprintf("%s, %s with: marshal upgrade restore %s", how,
			 d->stopped_seen ? "no backup runs; start it" : "look at it",
			 text_pasteable(d->rows.row[0].name, "HOST"));
	put(f, "obengine", text);
}

/* Above all else, because it says what all else is worth. */
static void put_who(FILE *f, const struct dossier *d)
{
	const struct host_row *row = &d->rows.row[0];

	for (int i = 0; i < row->finding_count; i++) {
		const struct finding_row *finding = &row->finding[i];

		if (dossier_exception(d, finding))
			continue;
		if (check_is(finding->check, CHECK_ACCOUNT) &&
		    verdict_from_name(finding->verdict) == V_FAIL)
			put(f, "account", finding->evidence);
		else if (finding_other_machine(finding))
			put(f, "machine", finding->evidence);
	}
}

/* What the newest upgrade left to people. obengine has a line of its own where we stopped it. */
static void put_duties(FILE *f, const struct dossier *d)
{
	for (int i = 0; i < DUTY_COUNT; i++)
		if (d->duties & 1U << i && !(d->stopped_by && i == DUTY_START))
			put(f, "left to do", duties[i].remedy);
}

/* That none is there is known, or it is not known whether one is. */
static const char *without_version(const struct host_row *row)
{
	for (int i = 0; i < row->finding_count; i++)
		if (check_is(row->finding[i].check, CHECK_INSTALLED) &&
		    verdict_from_name(row->finding[i].verdict) != V_UNKNOWN)
			return "none: no agent is installed";
	return "unknown";
}

/* As all reports have it; nothing is known of a host that was never looked at. */
static void put_version(FILE *f, const struct host_row *row)
{
	const char *version = report_version(row);

	if (strcmp(version, WORD_UNREADABLE) == 0)
		put(f, "version", WORD_UNREADABLE ": counts as outdated");
	else if (!version[0])
		put(f, "version", without_version(row));
	else
		put(f, "version", version);
}

static void put_head(FILE *f, const struct dossier *d)
{
	const struct host_row *row = &d->rows.row[0];
	AUTO_FREE char *kind = kind_text(row);

	put_who(f, d);
	put(f, "host", row->name);
	put_engine(f, d);
	put(f, "address", row->address);
	put_status(f, d);
	put_duties(f, d);
	put(f, "kind", kind);
	put_version(f, row);
	put(f, "minimum", d->minimum);
	put(f, "target", d->target);
	put_reach(f, d);
	put(f, "owner", row->owner);
	put(f, "site", row->site);
	put(f, "vault", row->vault);
	put(f, "cloud", row->cloud);
	put(f, "mars", row->mars);
	if (d->host)
		put_connection(f, d->host);
}

static void put_facts(FILE *f, const struct dossier *d)
{
	const struct host_row *row = &d->rows.row[0];
	struct term_table *t = term_table_new(f);
	const char *name;
	json_t *value;

	term_table_column(t, "FACT", false);
	term_table_column(t, "AGE", false);
	term_table_column(t, "VALUE", false);
	json_object_foreach(row->facts, name, value)
	{
		int64_t seen = json_integer_value(json_object_get(row->facts_utc, name));
		int64_t age = clock_age_ms(seen, d->now_utc_ms);
		AUTO_FREE char *text = json_canonical(value);
		char ago[CLOCK_TEXT];

		term_table_row(t);
		term_table_cell(t, 0, TERM_PLAIN, name);
		term_table_cell(t, 1, TERM_PLAIN, clock_format_duration(age, ago));
		term_table_cell(t, 2, TERM_PLAIN, text);
	}
	put_title(f, "Facts");
	term_table_print(t);
	term_table_free(t);
}

static void put_versions(FILE *f, const struct version_rows *versions)
{
	char when[CLOCK_TEXT];

	put_title(f, "Versions");
	for (int i = 0; i < versions->count; i++) {
		const struct version_row *v = &versions->row[i];
		AUTO_FREE char *text = xasprintf(
			"%s (%s)", v->version[0] ? v->version : "none is known", v->source);
		AUTO_FREE char *safe = text_printable(text, strlen(text), LINE_MAX_BYTES);

		fprintf(f, "%s  %s\n", clock_format_utc(v->utc_ms, when), safe);
	}
}

/* Of the newest upgrade, where its installer failed. */
static void put_logs(FILE *f, const struct dossier *d)
{
	const json_t *logs = dossier_logs(d), *log, *line;
	char when[CLOCK_TEXT];
	size_t i, k;

	if (json_array_size(logs) > 0)
		put_title(f, "Last lines of the installer's logs");
	json_array_foreach(logs, i, log)
	{
		const char *name = json_string_value(json_object_get(log, "name"));
		AUTO_FREE char *safe = text_printable(name ? name : "?", strlen(name ? name : "?"),
						      LINE_MAX_BYTES);

		fprintf(f, "%s, %" JSON_INTEGER_FORMAT " bytes, written %s\n", safe,
			json_integer_value(json_object_get(log, "size")),
			clock_format_utc(json_integer_value(json_object_get(log, "written_utc_ms")),
					 when));
		json_array_foreach(json_object_get(log, "lines"), k, line)
		{
			const char *text = json_is_string(line) ? json_string_value(line) : "?";
			AUTO_FREE char *shown = text_printable(text, strlen(text), LINE_MAX_BYTES);

			fprintf(f, "    %s\n", shown);
		}
	}
}

static void put_events(FILE *f, const struct event_rows *events)
{
	struct term_table *t = term_table_new(f);
	char when[CLOCK_TEXT];

	term_table_column(t, "TIME", false);
	term_table_column(t, "WHO", false);
	term_table_column(t, "WHAT", false);
	term_table_column(t, "TEXT", false);
	for (int i = 0; i < events->count; i++) {
		const struct event_row *e = &events->row[i];

		term_table_row(t);
		term_table_cell(t, 0, TERM_PLAIN, clock_format_utc(e->utc_ms, when));
		term_table_cell(t, 1, TERM_PLAIN, e->actor);
		term_table_cell(t, 2, TERM_PLAIN, e->kind);
		term_table_cell(t, 3, TERM_PLAIN, e->text);
	}
	put_title(f, "Events");
	term_table_print(t);
	term_table_free(t);
}

/* Folded: most who ask want to know what is wrong. */
static void put_facts_folded(FILE *f, const struct dossier *d)
{
	put_title(f, "Facts");
	fprintf(f, "%d are known; --all prints them\n",
		(int)json_object_size(d->rows.row[0].facts));
}

void dossier_print(const struct dossier *d, bool all, FILE *f)
{
	const struct host_row *row = &d->rows.row[0];

	put_head(f, d);
	if (row->finding_count > 0)
		dossier_findings(d, all, f);
	if (json_object_size(row->facts) > 0) {
		if (all)
			put_facts(f, d);
		else
			put_facts_folded(f, d);
	}
	put_logs(f, d);
	if (d->versions.count > 0)
		put_versions(f, &d->versions);
	if (d->events.count > 0)
		put_events(f, &d->events);
}
