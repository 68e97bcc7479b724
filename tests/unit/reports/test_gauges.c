/* test_gauges.c - each gauge tells its own column: every cell and every number of a report is
 * another one here, so that a neighbour's shows. */
#include "tests/unit/unit.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "reports/writer.h"

/* clang-format off */
/* Of a column (NULL value: one that is text, hence 1) or of the summary (NULL labels). */
#define CHECK_GAUGE(id, word, alarm, then, column, head, wide, weight, ...) \
	CHECK_GAUGE_##weight(column, word)
#define CHECK_GAUGE_GOOD(column, word) { REPORT_CHECKS, "marshal_check_hosts", column, "check,severity", word },
#define CHECK_GAUGE_BEHIND CHECK_GAUGE_GOOD
#define CHECK_GAUGE_BAD CHECK_GAUGE_GOOD
#define CHECK_GAUGE_UNKNOWN CHECK_GAUGE_GOOD
#define CHECK_GAUGE_NONE(...)
#define EXCEPTION_GAUGE(id, word, ...) { REPORT_EXCEPTIONS, "marshal_exceptions{state=\"" word "\"}", word, NULL, NULL },
static const struct { enum report_id report; const char *gauge, *value, *labels, *verdict; } told[] = {
	{ REPORT_COMPLIANCE, "marshal_host_last_seen_timestamp_seconds", "last_seen", "host,status,owner,site", NULL },
	{ REPORT_COMPLIANCE, "marshal_host_unreachable", "unreachable", "host,fault,owner,site", NULL },
	{ REPORT_COMPLIANCE, "marshal_host_obengine_stopped", NULL, "host,obengine_stopped_by,owner,site", NULL },
	{ REPORT_COMPLIANCE, "marshal_hosts{status=\"at-risk\"}", "by_status", NULL, NULL },
	{ REPORT_COMPLIANCE, "marshal_hosts_unreachable", "unreachable", NULL, NULL },
	{ REPORT_COMPLIANCE, "marshal_hosts_stale", "stale", NULL, NULL },
	{ REPORT_COMPLIANCE, "marshal_hosts_accepted", "accepted", NULL, NULL },
	{ REPORT_COMPLIANCE, "marshal_hosts_obengine_stopped", "obengine_stopped", NULL, NULL },
	{ REPORT_COMPLIANCE, "marshal_compliant_ratio", "compliant_share", NULL, NULL },
	VERDICTS(CHECK_GAUGE)
	{ REPORT_VERSIONS, "marshal_version_hosts", "count", "version,state", NULL },
	{ REPORT_FAULTS, "marshal_fault_hosts{fault=\"at-risk\"}", "by_fault", NULL, NULL },
	EXCEPTION_STATES(EXCEPTION_GAUGE)
};
/* clang-format on */

/* A number of each word, in seconds where it is a time. */
static int64_t number_of(const char *word)
{
	int64_t number = 1;

	for (; *word; word++)
		number = (number * 31 + (unsigned char)*word) % 1000003;
	return number;
}

static void fill(struct report *r, enum report_id report)
{
	report_row(r);
	for (int i = 0; i < r->column_count; i++) {
		const struct column *c = &r->column[i];

		if (c->type == COL_TEXT || c->type == COL_LIST)
			report_text(r, i, c->id);
		else
			report_int(r, i, number_of(c->id) * (c->type == COL_TIME ? 1000 : 1));
	}
	for (size_t i = 0; i < ARRAY_LEN(told); i++) {
		json_t *number;

		if (told[i].report != report || told[i].labels)
			continue;
		number = json_integer(number_of(told[i].value));
		if (strncmp(told[i].value, "by_", 3) == 0)
			number = json_pack("{s:o}", "at-risk", number);
		json_object_set_new(r->summary, told[i].value, number);
	}
}

/* "\nname{host="host",status="status"} 7\n", as the writer should have it. Yours. */
static char *line_of(size_t row)
{
	AUTO_FREE char *labels = xstrdup(told[row].labels ? told[row].labels : "");
	char *rest = labels, *label;
	const char *between = "{";
	struct buf line;

	buf_init(&line, 1024);
	buf_addf(&line, "\n%s", told[row].gauge);
	while (told[row].labels && (label = strsep(&rest, ","))) {
		buf_addf(&line, "%s%s=\"%s\"", between, label, label);
		between = ",";
	}
	if (told[row].verdict)
		buf_addf(&line, ",verdict=\"%s\"", told[row].verdict);
	buf_addf(&line, "%s %" PRId64 "\n", told[row].labels ? "}" : "",
		 told[row].value ? number_of(told[row].value) : 1);
	return buf_take(&line);
}

static int series_in(const char *text)
{
	int count = 0;

	for (const char *at = text; *at; at = strchr(at, '\n') + 1)
		count += *at != '#';
	return count;
}

START_TEST(each_gauge_tells_its_own_column)
{
	enum report_id report = (enum report_id)_i;
	struct report *r;
	AUTO_FREE char *text = NULL;
	size_t size;
	int series = 2;                 /* when it was made, and by which rules */
	FILE *f;

	if (!has_prometheus(report))
		return;
	r = report_new(report_kind(report));
	fill(r, report);
	f = open_memstream(&text, &size);
	report_write(r, FORMAT_PROMETHEUS, &(struct write_options){ .wide = false }, f);
	fclose(f);
	report_free(r);
	for (size_t i = 0; i < ARRAY_LEN(told); i++) {
		AUTO_FREE char *line = told[i].report == report ? line_of(i) : NULL;

		if (!line)
			continue;
		ck_assert_msg(strstr(text, line) != NULL, "no%sin:\n%s", line, text);
		series++;
	}
	ck_assert_msg(series_in(text) == series, "%d of these are not in the table here:\n%s",
		      series_in(text) - series, text);
}
END_TEST

UNIT_SUITE(gauges)
{
	Suite *s = suite_create("gauges");
	TCase *tc = tcase_create("gauges");

	tcase_add_loop_test(tc, each_gauge_tells_its_own_column, 0, REPORT_COUNT);
	suite_add_tcase(s, tc);
	return s;
}
