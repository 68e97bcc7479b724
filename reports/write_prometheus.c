/* write_prometheus.c - gauges for the textfile collector of node_exporter. Which columns of a
 * report become a gauge, and which its labels, stands in one table. */
#include <inttypes.h>
#include <string.h>

#include "base/insist.h"
#include "base/mem.h"
#include "base/text.h"
#include "reports/writer.h"

enum { LABELS = 4, NO_LABEL = -1 };

/* One gauge a row: its value is that column, 1 for one of text that has any. Labels are two columns
 * of the same report, and where `label` is not NULL `word`, which is not in the report. Of a host
 * they are also who answers for it, and where it stands. */
#define GAUGE(report, name, help, value, label, word, one, other) \
	{ REPORT_##report, name, help, report##_##value, label, word, \
	  { report##_##one, report##_##other, NO_LABEL, NO_LABEL } },
#define HOST_GAUGE(name, help, value, other) \
	{ REPORT_COMPLIANCE, name, help, COMPLIANCE_##value, NULL, NULL, \
	  { COMPLIANCE_HOST, COMPLIANCE_##other, COMPLIANCE_OWNER, COMPLIANCE_SITE } },
/* A verdict that counts. */
#define GAUGE_GOOD(...) __VA_ARGS__
#define GAUGE_BEHIND(...) __VA_ARGS__
#define GAUGE_BAD(...) __VA_ARGS__
#define GAUGE_UNKNOWN(...) __VA_ARGS__
#define GAUGE_NONE(...)
#define VERDICT_GAUGE(id, word, alarm, then, column, head, wide, weight, ...) \
	GAUGE_##weight(GAUGE(CHECKS, "marshal_check_hosts", "Hosts by check and verdict.", id, \
			     "verdict", word, ID, SEVERITY))

/* clang-format off */
static const struct gauge {
	enum report_id report;
	const char *name, *help;
	int value;
	const char *label, *word;
	int labels[LABELS];
} gauges[] = {
	HOST_GAUGE("marshal_host_last_seen_timestamp_seconds",
		   "When the host was last seen whole.", SEEN, STATUS)
	HOST_GAUGE("marshal_host_unreachable",
		   "1 where the last look ended in a fault.", UNREACHABLE, FAULT)
	HOST_GAUGE("marshal_host_obengine_stopped",
		   "1 where a run of marshal left obengine stopped, or nobody saw it run since.", ENGINE, ENGINE)
	VERDICTS(VERDICT_GAUGE)
	GAUGE(VERSIONS, "marshal_version_hosts",
	      "Hosts by version of the agent.", COUNT_OF, NULL, NULL, VERSION, STATE)
};

/* Numbers of the summary, or an object of numbers; with a label, its value is the number's key. */
#define STATE_TOTAL(id, word, ...) \
	{ REPORT_EXCEPTIONS, word, "marshal_exceptions", "state", "Exceptions of the policy by state." },
static const struct { enum report_id report; const char *key, *name, *label, *help; } totals[] = {
	{ REPORT_COMPLIANCE, "by_status", "marshal_hosts", "status", "Hosts by status." },
	{ REPORT_COMPLIANCE, "unreachable", "marshal_hosts_unreachable", NULL,
	  "Hosts whose last look ended in a fault, without excluded ones." },
	{ REPORT_COMPLIANCE, "stale", "marshal_hosts_stale", NULL,
	  "Hosts whose facts are too old, without excluded ones." },
	{ REPORT_COMPLIANCE, "accepted", "marshal_hosts_accepted", NULL,
	  "Hosts that are not compliant, but would be without what exceptions cover." },
	{ REPORT_COMPLIANCE, "obengine_stopped", "marshal_hosts_obengine_stopped", NULL,
	  "Hosts on which a run of marshal left obengine stopped, or nobody saw it run since." },
	{ REPORT_COMPLIANCE, "compliant_share", "marshal_compliant_ratio", NULL,
	  "Compliant hosts of all but the excluded." },
	{ REPORT_FAULTS, "by_fault", "marshal_fault_hosts", "fault",
	  "Hosts whose last look ended in this fault." },
	EXCEPTION_STATES(STATE_TOTAL)
};
/* clang-format on */

bool has_prometheus(enum report_id report)
{
	bool has = false;

	for (size_t i = 0; i < ARRAY_LEN(gauges); i++)
		has = has || gauges[i].report == report;
	for (size_t i = 0; i < ARRAY_LEN(totals); i++)
		has = has || totals[i].report == report;
	return has;
}

/* A gauge of several rows, which stand together, says its help once. */
static void put_help(FILE *f, const char **said, const char *name, const char *help)
{
	if (strcmp(*said, name) == 0)
		return;
	fprintf(f, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name);
	*said = name;
}

/* A label's value may hold anything but the end of its line and of itself. */
static void put_label(FILE *f, const char **between, const char *name, const char *value)
{
	size_t len = strlen(value);
	AUTO_FREE char *safe =
		text_is_utf8(value, len) ? NULL : text_printable(value, len, 4 * len);

	fprintf(f, "%s%s=\"", *between, name);
	for (const char *c = safe ? safe : value; *c; c++) {
		if (*c == '\n')
			fputs("\\n", f);
		else if (*c == '"' || *c == '\\')
			fprintf(f, "\\%c", *c);
		else
			fputc(*c, f);
	}
	fputc('"', f);
	*between = ",";
}

static void put_row(FILE *f, const struct report *r, const struct gauge *g, int row)
{
	const struct cell *value = report_cell(r, row, g->value);
	const char *between = "{";

	if (!value->known)
		return;
	fputs(g->name, f);
	for (int i = 0; i < LABELS && g->labels[i] != NO_LABEL; i++) {
		const char *text = report_cell(r, row, g->labels[i])->text;

		INSIST(r->column[g->labels[i]].type == COL_TEXT);
		put_label(f, &between, r->column[g->labels[i]].id, text ? text : "");
	}
	if (g->label)
		put_label(f, &between, g->label, g->word);
	/* seconds, as everything in Prometheus */
	fprintf(f, "} %" PRId64 "\n",
		r->column[g->value].type == COL_TEXT ? 1 :
		r->column[g->value].type == COL_TIME ? value->number / 1000 :
						       value->number);
}

static void put_labelled(FILE *f, const char *name, const char *label, const char *word,
			 const json_t *value)
{
	const char *between = "{";

	fputs(name, f);
	put_label(f, &between, label, word);
	fprintf(f, "} %" JSON_INTEGER_FORMAT "\n", json_integer_value(value));
}

static void put_total(FILE *f, size_t total, const json_t *value)
{
	const char *name = totals[total].name, *label = totals[total].label, *key;
	json_t *member;

	if (!label && json_is_integer(value))
		fprintf(f, "%s %" JSON_INTEGER_FORMAT "\n", name, json_integer_value(value));
	if (!label && json_is_real(value))
		fprintf(f, "%s %.6f\n", name, json_real_value(value));
	if (!label)
		return;
	if (json_is_integer(value))
		put_labelled(f, name, label, totals[total].key, value);
	json_object_foreach((json_t *)value, key, member)
	{
		put_labelled(f, name, label, key, member);
	}
}

/* Whether a row of the tables is of this report. */
static bool is_of(const struct report *r, enum report_id report)
{
	return strcmp(report_kind(report)->name, r->name) == 0;
}

void write_prometheus(const struct report *r, const struct write_options *options, FILE *f)
{
	const char *said = "";

	(void)options;
	for (size_t i = 0; i < ARRAY_LEN(totals); i++) {
		const json_t *value = json_object_get(r->summary, totals[i].key);

		if (!is_of(r, totals[i].report))
			continue;
		INSIST(value);
		if (json_is_null(value))
			continue;
		put_help(f, &said, totals[i].name, totals[i].help);
		put_total(f, i, value);
	}
	for (size_t i = 0; i < ARRAY_LEN(gauges); i++) {
		if (!is_of(r, gauges[i].report))
			continue;
		put_help(f, &said, gauges[i].name, gauges[i].help);
		for (int row = 0; row < r->row_count; row++)
			put_row(f, r, &gauges[i], row);
	}
	/* by report, so that two files side by side have no series twice */
	put_help(f, &said, "marshal_report_timestamp_seconds", "When the report was made.");
	fprintf(f, "marshal_report_timestamp_seconds{report=\"%s\"} %" PRId64 "\n", r->name,
		r->utc_ms / 1000);
	put_help(f, &said, "marshal_report_older_rules",
		 "1 where the hosts of the report were judged by older rules, and stand as "
		 "undetermined.");
	fprintf(f, "marshal_report_older_rules{report=\"%s\"} %d\n", r->name, r->older_rules);
}
