/* write_prometheus.c - gauges for the textfile collector of node_exporter. Which columns of a
 * report become a gauge, and which its labels, stands in one table. */
#include <inttypes.h>
#include <string.h>

#include "base/insist.h"
#include "base/mem.h"
#include "base/text.h"
#include "reports/writer.h"

enum { LABELS_MAX = 3 };

/* clang-format off */
/* One gauge a row: its value is that column, 1 for one of text that has any. `label` and `word` add
 * one label that is not in the report; labels are the columns given by id. */
static const struct gauge {
	const char *report, *name, *help, *value, *label, *word, *labels[LABELS_MAX];
} gauges[] = {
	{ "compliance", "marshal_host_last_seen_timestamp_seconds",
	  "When the host was last seen whole.", "last_seen", NULL, NULL, { "host", "status" } },
	{ "compliance", "marshal_host_unreachable",
	  "1 where the last look ended in a fault.", "unreachable", NULL, NULL, { "host", "fault" } },
	{ "compliance", "marshal_host_obengine_stopped",
	  "1 where a run of marshal left obengine stopped.", "obengine_stopped_by", NULL, NULL,
	  { "host", "obengine_stopped_by" } },
	{ "checks", "marshal_check_hosts", "Hosts by check and verdict.", "pass", "verdict", "pass",
	  { "check", "severity" } },
	{ "checks", "marshal_check_hosts", NULL, "fail", "verdict", "fail", { "check", "severity" } },
	{ "checks", "marshal_check_hosts", NULL, "warn", "verdict", "warn", { "check", "severity" } },
	{ "checks", "marshal_check_hosts", NULL, "unknown", "verdict", "unknown",
	  { "check", "severity" } },
	{ "checks", "marshal_check_hosts", NULL, "not_examined", "verdict", "not examined",
	  { "check", "severity" } },
	{ "versions", "marshal_version_hosts", "Hosts by version of the agent.", "count", NULL, NULL,
	  { "version", "state" } },
};

/* Numbers of the summary, or an object of numbers; with a label, its value is the number's key. As
 * above, a gauge of several lines says its help once. */
static const struct { const char *report, *key, *name, *label, *help; } totals[] = {
	{ "compliance", "by_status", "marshal_hosts", "status", "Hosts by status." },
	{ "compliance", "unreachable", "marshal_hosts_unreachable", NULL,
	  "Hosts whose last look ended in a fault, without excluded ones." },
	{ "compliance", "stale", "marshal_hosts_stale", NULL,
	  "Hosts whose facts are too old, without excluded ones." },
	{ "compliance", "accepted", "marshal_hosts_accepted", NULL,
	  "Hosts that are not compliant, but would be without what exceptions cover." },
	{ "compliance", "obengine_stopped", "marshal_hosts_obengine_stopped", NULL,
	  "Hosts on which a run of marshal left obengine stopped." },
	{ "compliance", "compliant_share", "marshal_compliant_ratio", NULL,
	  "Compliant hosts of all but the excluded." },
	{ "faults", "by_fault", "marshal_fault_hosts", "fault",
	  "Hosts whose last look ended in this fault." },
	{ "exceptions", "active", "marshal_exceptions", "state", "Exceptions of the policy by state." },
	{ "exceptions", "expired", "marshal_exceptions", "state", NULL },
	{ "exceptions", "unused", "marshal_exceptions", "state", NULL },
};
/* clang-format on */

bool has_prometheus(const char *report)
{
	bool has = false;

	for (size_t i = 0; i < ARRAY_LEN(gauges); i++)
		has = has || strcmp(gauges[i].report, report) == 0;
	for (size_t i = 0; i < ARRAY_LEN(totals); i++)
		has = has || strcmp(totals[i].report, report) == 0;
	return has;
}

static void put_help(FILE *f, const char *name, const char *help)
{
	fprintf(f, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name);
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

/* The table of gauges names columns by their ids: one that is not there is our mistake. */
static int column_of(const struct report *r, const char *id)
{
	int i = 0;

	while (i < r->column_count && strcmp(r->column[i].id, id) != 0)
		i++;
	INSIST(i < r->column_count);
	return i;
}

static void put_row(FILE *f, const struct report *r, const struct gauge *g, int row)
{
	int column = column_of(r, g->value);
	const struct cell *value = report_cell(r, row, column);
	const char *between = "{";

	if (!value->known)
		return;
	fputs(g->name, f);
	for (int i = 0; i < LABELS_MAX && g->labels[i]; i++) {
		const char *text = report_cell(r, row, column_of(r, g->labels[i]))->text;

		put_label(f, &between, g->labels[i], text ? text : "");
	}
	if (g->label)
		put_label(f, &between, g->label, g->word);
	/* seconds, as everything in Prometheus */
	fprintf(f, "} %" PRId64 "\n",
		r->column[column].type == COL_TEXT ? 1 :
		r->column[column].type == COL_TIME ? value->number / 1000 :
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

void write_prometheus(const struct report *r, const struct write_options *options, FILE *f)
{
	(void)options;
	for (size_t i = 0; i < ARRAY_LEN(totals); i++) {
		const json_t *value = json_object_get(r->summary, totals[i].key);

		if (strcmp(totals[i].report, r->name) != 0 || json_is_null(value))
			continue;
		if (totals[i].help)
			put_help(f, totals[i].name, totals[i].help);
		put_total(f, i, value);
	}
	for (size_t i = 0; i < ARRAY_LEN(gauges); i++) {
		if (strcmp(gauges[i].report, r->name) != 0)
			continue;
		if (gauges[i].help)
			put_help(f, gauges[i].name, gauges[i].help);
		for (int row = 0; row < r->row_count; row++)
			put_row(f, r, &gauges[i], row);
	}
	/* by report, so that two files side by side have no series twice */
	put_help(f, "marshal_report_timestamp_seconds", "When the report was made.");
	fprintf(f, "marshal_report_timestamp_seconds{report=\"%s\"} %" PRId64 "\n", r->name,
		r->utc_ms / 1000);
}
