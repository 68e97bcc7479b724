/* The reports behind the tests of HTML, written by hand to the columns of reports/model.h. */
#include "tests/unit/reports/pages.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "reports/html_page.h"
#include "reports/writer.h"
#include "scanner/judge.h"
#include "store/status.h"

#define NOW INT64_C(1795233906000)

#define HOSTILE \
	"<script>alert(1)</script>\"'><img src=x onerror=alert(2)>\x1b[31m\xE2\x80\xAE\xFF&amp;"

/* clang-format off */
static const struct column run_columns[] = {
	{ "host", "HOST", COL_TEXT, false }, { "outcome", "OUTCOME", COL_TEXT, false },
	{ "reason", "REASON", COL_TEXT, false }, { "began", "BEGAN", COL_TIME, false },
	{ "took_s", "TOOK", COL_SPAN, false }, { "changed", "CHANGED", COL_BOOL, false },
	{ "never_known", "NEVER", COL_TEXT, false },
};
/* clang-format on */

static struct host_row host(const char *name, const char *status, int64_t age_ms)
{
	return (struct host_row){
		.name = (char *)name,
		.address = (char *)name,
		.owner = "",
		.site = "",
		.vault = "",
		.cloud = "public",
		.mars = "required",
		.status = (char *)status,
		.seen_utc_ms = NOW - age_ms,
		.fault = "",
		.fault_text = "",
		.version = "",
		.engine_stopped_by = "",
		.groups = "[]",
		.tried_utc_ms = NOW - HOUR_MS,
	};
}

static struct report *compliance(struct host_row *rows, int count)
{
	struct host_rows hosts = { .row = rows, .count = count };
	struct policies *policies = policies_default();
	struct report_options options = { .now_utc_ms = NOW,
					  .policies = policies,
					  .host_count = -1 };
	struct report *r = compliance_of(&hosts, NULL, &options);

	policies_free(policies);
	return r;
}

static struct report *checks_of(const char *text)
{
	struct report *r = report_new(report_kind(REPORT_CHECKS));

	report_row(r);
	report_text(r, CHECKS_ID, "os.updates");
	report_text(r, CHECKS_TITLE, text);
	report_text(r, CHECKS_SEVERITY, "may-fail");
	report_int(r, CHECKS_FAIL, 4);
	report_row(r);
	report_text(r, CHECKS_ID, "mars.version");
	report_text(r, CHECKS_TITLE, text);
	report_text(r, CHECKS_SEVERITY, severity_name(SEVERITY_STOPS_BACKUPS));
	report_int(r, CHECKS_FAIL, 1);
	report_int(r, CHECKS_PASS, 3);
	report_text(r, CHECKS_HOSTS, "b");
	report_text(r, CHECKS_REMEDY, "Upgrade the agent.");
	report_text(r, CHECKS_COMMAND, "upgrade <this>\nthen that");
	report_text(r, CHECKS_ADDRESSES, "https://a.example/x;https://b.example/\"><y>");
	report_row(r);
	report_text(r, CHECKS_ID, "os.clock");
	report_text(r, CHECKS_TITLE, text);
	report_int(r, CHECKS_UNKNOWN, 2);
	return r;
}

static struct report *faults_of(const char *text)
{
	struct report *r = report_new(report_kind(REPORT_FAULTS));

	report_row(r);
	report_text(r, FAULTS_FAULT, "refused");
	report_int(r, FAULTS_COUNT_OF, 1);
	report_text(r, FAULTS_HOSTS, "c");
	report_text(r, FAULTS_TEXT, text);
	report_text(r, FAULTS_HINT, "start it");
	report_int(r, FAULTS_SINCE, NOW - 9 * DAY_MS);
	return r;
}

static void add_version(struct report *r, const char *version, int count, const char *state)
{
	report_row(r);
	report_text(r, VERSIONS_VERSION, version);
	report_int(r, VERSIONS_COUNT_OF, count);
	report_text(r, VERSIONS_STATE, state);
	report_text(r, VERSIONS_HOSTS, "a");
}

static struct report *versions_of(const char *text)
{
	struct report *r = report_new(report_kind(REPORT_VERSIONS));

	add_version(r, "2.0.9262.0", 3, "ok");
	add_version(r, "2.0.9070.0", 1, "outdated");
	add_version(r, text, 1, "outdated");
	add_version(r, "", 1, "");
	return r;
}

static struct report *exceptions_of(const char *text)
{
	struct report *r = report_new(report_kind(REPORT_EXCEPTIONS));

	r->status_column = EXCEPTIONS_STATE;
	report_row(r);
	report_text(r, EXCEPTIONS_STATE, "expired");
	report_text(r, EXCEPTIONS_SCOPE, "host");
	report_text(r, EXCEPTIONS_NAME, "b");
	report_text(r, EXCEPTIONS_CHECK, "mars.version");
	report_text(r, EXCEPTIONS_OWNER, text);
	report_text(r, EXCEPTIONS_REASON, text);
	report_text(r, EXCEPTIONS_EXPIRES, "2026-11-20");
	return r;
}

static struct report *history_of(const char *text)
{
	struct report *r = report_new(report_kind(REPORT_HISTORY));

	report_row(r);
	report_text(r, HISTORY_DAY, text);
	report_int(r, HISTORY_STATUS + STATUS_NEVER_SEEN, 6);
	report_row(r);
	report_text(r, HISTORY_DAY, "2026-11-21");
	report_int(r, HISTORY_STATUS + STATUS_COMPLIANT, 2);
	report_int(r, HISTORY_STATUS + STATUS_OUTDATED, 1);
	report_int(r, HISTORY_STATUS + STATUS_NEVER_SEEN, 3);
	report_int(r, HISTORY_STATUS + STATUS_EXCLUDED, 9);
	return r;
}

/* A page with every section; `text` stands wherever a text from outside may. */
static void put_all(FILE *f, struct report *hosts, const char *text)
{
	struct report *checks_ = checks_of(text), *faults = faults_of(text);
	struct report *versions = versions_of(text), *exceptions = exceptions_of(text);
	struct report *history = history_of(text);
	struct page page = {
		.compliance = hosts,
		.checks = checks_,
		.faults = faults,
		.versions = versions,
		.exceptions = exceptions,
		.history = history,
		.policy = "{\"minimum\": \"<1>\"}",
		.minimum = "2.0.9083.0",
		.target = "",
		.stale_after_ms = 3 * DAY_MS,
	};

	page_write(&page, f);
	report_free(checks_);
	report_free(faults);
	report_free(versions);
	report_free(exceptions);
	report_free(history);
	report_free(hosts);
}

static struct finding_row old[] = { { "mars.version", "fail", "old", 0, false },
				    { "os.clock", "unknown", "?", 0, false } };

/* A row whose findings are all under exceptions. */
static void accept_row(struct report *r, int row)
{
	struct cell *cell = &r->cell[row * r->column_count];

	cell[COMPLIANCE_ACCEPTED] = (struct cell){ .number = 1, .known = true };
	cell[COMPLIANCE_EXCEPTIONS] = (struct cell){ .text = xstrdup("os.dotnet"), .known = true };
}

void make_six(FILE *f)
{
	struct report *r;
	struct host_row rows[] = {
		host("a", "compliant", HOUR_MS),
		host("b", "outdated", HOUR_MS),
		host("c", "compliant", 9 * DAY_MS),
		host("d", "undetermined", HOUR_MS),
		host("e", "", 0),
		host("f", "at-risk", HOUR_MS),
		host("g", "outdated", HOUR_MS),
	};

	rows[1].finding = old;
	rows[1].finding_count = ARRAY_LEN(old);
	rows[1].version = "2.0.9070.0";
	rows[2].fault = "refused";
	rows[4].seen_utc_ms = 0;
	rows[6].skip = true;
	r = compliance(rows, ARRAY_LEN(rows));
	accept_row(r, 5);
	put_all(f, r, "2026-11-20");
}

void make_stopped(FILE *f)
{
	enum { HOSTS = 12 };
	struct host_row rows[HOSTS];
	char name[HOSTS][16];

	for (int i = 0; i < HOSTS; i++) {
		snprintf(name[i], sizeof(name[i]), "web%d", i + 1);
		rows[i] = host(name[i], "at-risk", HOUR_MS);
		rows[i].engine_stopped_by = i == HOSTS - 1 ? "" : "20261121-7c3e";
	}
	rows[0].skip = true;
	put_all(f, compliance(rows, HOSTS), "2026-11-20");
}

void make_hostile(FILE *f)
{
	static struct finding_row finding = { HOSTILE, "fail", HOSTILE, 0, false };
	struct host_row rows[] = { host(HOSTILE, "outdated", HOUR_MS),
				   host("b", "compliant", HOUR_MS) };

	rows[0].finding = &finding;
	rows[0].finding_count = 1;
	rows[0].engine_stopped_by = HOSTILE;
	rows[0].owner = rows[0].site = rows[0].vault = rows[0].version = rows[0].fault = HOSTILE;
	put_all(f, compliance(rows, ARRAY_LEN(rows)), HOSTILE);
}

void make_empty(FILE *f)
{
	struct page page = {
		.compliance = compliance(NULL, 0),
		.minimum = "",
		.target = "",
		.stale_after_ms = 3 * DAY_MS,
	};

	page_write(&page, f);
	report_free((struct report *)page.compliance);
}

void make_one(FILE *f)
{
	static const struct report_kind kind = { "run", 1, run_columns, ARRAY_LEN(run_columns) };
	struct report *r = report_new(&kind);
	struct write_options options = { 0 };

	r->status_column = 1;
	r->utc_ms = NOW;
	for (int i = 0; i < 2; i++) {
		report_row(r);
		report_text(r, 0, i ? "web2" : HOSTILE);
		report_text(r, 1, i ? "failed" : "upgraded");
		report_text(r, 2, HOSTILE);
		report_int(r, 3, NOW);
		report_int(r, 4, 90);
		report_int(r, 5, i);
	}
	json_object_set_new(r->summary, "reboots_pending", json_integer(1500));
	json_object_set_new(r->summary, "by_outcome",
			    json_pack("{si,si}", "upgraded", 2, "failed", 0));
	json_object_set_new(r->summary, "share", json_real(2.0 / 3));
	json_object_set_new(r->summary, "nothing", json_null());
	report_write(r, FORMAT_HTML, &options, f);
	report_free(r);
}

/* A page without other reports, of `count` hosts that have `finding`s in turn. */
static void put_rows(FILE *f, int count, struct finding_row (*finding)[3], int sorts)
{
	struct host_row *rows = xcalloc((size_t)count, sizeof(*rows));
	char(*name)[40] = xcalloc((size_t)count, sizeof(*name));
	struct report *checks_ = checks_of("x");
	struct page page = {
		.checks = checks_, .minimum = "", .target = "", .stale_after_ms = DAY_MS
	};

	for (int i = 0; i < count; i++) {
		snprintf(name[i], sizeof(name[i]), "srv%05d.example.com", i);
		rows[i] = host(name[i], "outdated", HOUR_MS);
		rows[i].address = "10.11.12.13";
		rows[i].owner = "some team";
		rows[i].site = "Berlin";
		rows[i].vault = "vault-emea";
		rows[i].version = "2.0.9070.0";
		rows[i].finding = finding[i % sorts];
		rows[i].finding_count = 3;
	}
	page.compliance = compliance(rows, count);
	page_write(&page, f);
	report_free((struct report *)page.compliance);
	report_free(checks_);
	free(rows);
	free(name);
}

void make_alike(FILE *f)
{
	static struct finding_row finding[][3] = {
		{ { "os.clock", "unknown", "", 0, false },
		  { "a", "pass", "", 0, false },
		  { "b", "pass", "", 0, false } },
		{ { "os.dotnet", "unknown", "", 0, false },
		  { "os.clock", "unknown", "", 0, false },
		  { "b", "pass", "", 0, false } },
	};

	put_rows(f, 30, finding, 2);
}

void make_many(FILE *f)
{
	static struct finding_row finding[][3] = {
		{ { "scratch.free-space", "fail", "", 0, false },
		  { "mars.version", "fail", "", 0, false },
		  { "security.system-volume-information", "not examined", "", 0, false } },
		{ { "feature.windows-server-backup", "fail", "", 0, false },
		  { "os.pending-reboot", "warn", "", 0, false },
		  { "security.system-volume-information", "not examined", "", 0, false } },
	};

	put_rows(f, 10000, finding, 2);
}

const struct page_kind page_kinds[PAGE_KINDS] = {
	{ "six", make_six, 10 },
	{ "hostile", make_hostile, 10 },
	{ "empty", make_empty, 4 },
	{ "one", make_one, 2 },
};

char *make_page(page_make make)
{
	char *out = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&out, &len);

	make(f);
	fclose(f);
	return out;
}
