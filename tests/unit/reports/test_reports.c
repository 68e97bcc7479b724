/* The reports themselves, from made-up rows and from a store. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "reports/dossier.h"
#include "reports/writer.h"
#include "scanner/checks/checks.h"
#include "tests/unit/store/fixture.h"

#define NOW (1000 * DAY_MS)

static struct finding_row findings[] = {
	{ "mars.installed", "pass", "installed", 0, false }, { "mars.version", "fail", "old", 0, false },
	{ "os.dotnet", "unknown", "?", 0, false },           { "os.clock", "warn", "off", 0, false },
	{ "mars.target", "not examined", "?", 0, false },    { "x", "not applicable", "", 0, false },
};

static struct finding_row absent[] = { { "mars.installed", "fail", "no key", 0, false } };

static struct host_row row(const char *name, const char *mars, const char *status, int64_t seen)
{
	return (struct host_row){
		.name = (char *)name,
		.address = "10.0.0.1",
		.owner = "",
		.site = "",
		.vault = "",
		.cloud = "public",
		.mars = (char *)mars,
		.status = (char *)status,
		.seen_utc_ms = seen,
		.tried_utc_ms = seen,
		.fault = "",
		.fault_text = "",
		.version = "",
		.engine_stopped_by = "",
	};
}

/* Six hosts: compliant, outdated with findings, unreachable, never seen, excluded twice. */
static struct report *six_hosts(char *const *only, int count)
{
	struct host_row rows[] = {
		row("a", "required", "compliant", NOW - DAY_MS),
		row("b", "required", "outdated", NOW - DAY_MS),
		row("c", "required", "compliant", NOW - 9 * DAY_MS),
		row("d", "required", "", 0),
		row("e", "none", "not-installed", NOW - 9 * DAY_MS),
		row("f", "required", "outdated", NOW - DAY_MS),
	};
	struct host_rows hosts = { .row = rows, .count = ARRAY_LEN(rows) };
	struct policies *policies = policies_default();
	struct report_options options = {
		.now_utc_ms = NOW,
		.policies = policies,
		.host = only,
		.host_count = count,
	};
	struct report *r;

	rows[1].finding = findings;
	rows[1].finding_count = ARRAY_LEN(findings);
	rows[1].version = "2.0.9070.0";
	rows[1].kind = "dpm";
	rows[2].fault = "refused";
	rows[4].finding = absent;
	rows[4].finding_count = 1;
	rows[5].skip = true;
	r = compliance_of(&hosts, NULL, &options);
	policies_free(policies);
	return r;
}

static const char *text_of(const struct report *r, int at, int column)
{
	const char *text = report_cell(r, at, column)->text;

	return text ? text : "";
}

START_TEST(compliance_tells_what_is_wrong)
{
	struct report *r = six_hosts(NULL, -1);

	ck_assert_int_eq(r->row_count, 6);
	ck_assert_str_eq(text_of(r, 1, COMPLIANCE_STATUS), "outdated");
	ck_assert_str_eq(text_of(r, 1, COMPLIANCE_VERSION), "2.0.9070.0");
	ck_assert_str_eq(text_of(r, 1, COMPLIANCE_KIND), "dpm");
	ck_assert_str_eq(text_of(r, 1, COMPLIANCE_FAILING), "mars.version");
	ck_assert_str_eq(text_of(r, 1, COMPLIANCE_UNKNOWN), "os.dotnet");
	ck_assert_str_eq(text_of(r, 1, COMPLIANCE_WARNING), "os.clock");
	ck_assert_int_eq(report_cell(r, 1, COMPLIANCE_AGENT)->number, 1);
	ck_assert_str_eq(text_of(r, 2, COMPLIANCE_STATUS), "compliant");
	ck_assert_str_eq(text_of(r, 2, COMPLIANCE_FAULT), "refused");
	ck_assert_int_eq(report_cell(r, 2, COMPLIANCE_STALE)->number, 1);
	ck_assert_int_eq(report_cell(r, 2, COMPLIANCE_AGE)->number, 9 * 86400);
	ck_assert_str_eq(text_of(r, 3, COMPLIANCE_STATUS), "never-seen");
	ck_assert(!report_cell(r, 3, COMPLIANCE_AGE)->known);
	ck_assert(!report_cell(r, 3, COMPLIANCE_AGENT)->known);
	ck_assert_str_eq(text_of(r, 4, COMPLIANCE_STATUS), "excluded");
	ck_assert_str_eq(text_of(r, 4, COMPLIANCE_FAILING), "");
	ck_assert(report_cell(r, 4, COMPLIANCE_AGENT)->known);
	ck_assert_int_eq(report_cell(r, 4, COMPLIANCE_AGENT)->number, 0);
	report_free(r);
}
END_TEST

START_TEST(the_share_is_of_all_but_the_excluded)
{
	struct report *r = six_hosts(NULL, -1);
	AUTO_FREE char *summary = json_canonical(r->summary);

	ck_assert_str_eq(
		summary,
		"{\"accepted\":0,\"by_status\":{\"at-risk\":0,\"behind\":0,\"compliant\":2,"
		"\"excluded\":2,\"failing\":0,\"needs-registration\":0,\"never-seen\":1,"
		"\"not-installed\":0,\"outdated\":1,\"undetermined\":0},"
		"\"compliant_share\":0.5,\"exceptions_expired\":0,"
		"\"excluded\":2,\"hosts\":6,\"obengine_stopped\":0,\"stale\":1,"
		"\"unreachable\":1}");
	report_free(r);
}
END_TEST

START_TEST(only_the_selected_are_reported)
{
	char *only[] = { "c", "e", "gone" };
	struct report *r = six_hosts(only, ARRAY_LEN(only));
	char *excluded[] = { "e" };

	ck_assert_int_eq(r->row_count, 2);
	ck_assert_str_eq(text_of(r, 0, COMPLIANCE_HOST), "c");
	report_free(r);
	r = six_hosts(excluded, 1);
	ck_assert(json_is_null(json_object_get(r->summary, "compliant_share")));
	report_free(r);
	r = six_hosts(NULL, 0);
	ck_assert_int_eq(r->row_count, 0);
	report_free(r);
}
END_TEST

/* A run of three jobs, one ended, one under way and one not begun, in a store of its own. */
static struct store *store_with_run(const char *path)
{
	static const char *const name[] = { "h1", "h2", "h3" };
	struct store *s = open_at(path);
	struct store_run_row run = {
		.id = 1,
		.name = "20261121-7c3e",
		.installer = "x.exe",
		.sha256 = "ab",
		.target = "2.0.9938.0",
		.options = "{}",
		.state = "running",
		.actor = "me",
		.begun_utc_ms = NOW,
	};
	struct store_job_row jobs[] = {
		{ .id = 1,
		  .run = 1,
		  .host = "h2",
		  .state = "done",
		  .outcome = "upgraded",
		  .reason = "",
		  .before = "",         /* it could not be read */
		  .after = "2.0.9938.0",
		  .folder = "f",
		  .position = 0,
		  .begun_utc_ms = NOW,
		  .ended_utc_ms = NOW + 61000,
		  .changed = true,
		  .reboot_pending = true,
		  .memory = json_object() },
		{ .id = 2,
		  .run = 1,
		  .host = "h1",
		  .state = "planned",
		  .outcome = "",
		  .reason = "",
		  .before = "",
		  .after = "",
		  .folder = "",
		  .position = 1,
		  .memory = json_object() },
		{ .id = 3,
		  .run = 1,
		  .host = "h3",
		  .state = "installing",
		  .outcome = "",
		  .position = 2,
		  .memory = json_object() },
	};
	struct tx *tx = tx_new();

	put_hosts(s, name, 3);
	tx_run_create(tx, &run, jobs, 3);
	tx_event(tx, NULL, 1, "run", "begun", NOW);
	must_run(s, tx);
	for (int i = 0; i < 3; i++)
		json_decref(jobs[i].memory);
	return s;
}

START_TEST(a_run_is_reported_in_its_order)
{
	AUTO_FREE char *path = xstrdup(temp_path());
	struct store *s = store_with_run(path);
	struct report_options options = { .now_utc_ms = NOW }, other = { .run = "20200101-0000" };
	struct err err;
	struct report *r = report_run(s, &options, &err);

	ck_assert_msg(r != NULL, "%s", err.msg);
	ck_assert_int_eq(r->row_count, 3);
	ck_assert_str_eq(text_of(r, 0, 0), "h2");
	ck_assert_str_eq(text_of(r, 0, 1), "upgraded");
	ck_assert_str_eq(text_of(r, 1, 0), "h1");
	ck_assert_str_eq(text_of(r, 1, 1), "");
	ck_assert_str_eq(text_of(r, 0, RUN_BEFORE), "unreadable");
	ck_assert_str_eq(text_of(r, 1, RUN_BEFORE), "");
	AUTO_FREE char *counts = json_canonical(json_object_get(r->summary, "by_outcome"));

	ck_assert_str_eq(counts, "{\"under-way\":2,\"upgraded\":1}");
	ck_assert_str_eq(text_of(r, 2, RUN_REASON), "under way: installing");
	ck_assert_str_eq(json_get_str(r->summary, "state"), "running");
	ck_assert_ptr_nonnull(strstr(json_get_str(r->summary, "process"), "test (pid "));
	ck_assert_str_eq(json_get_str(r->summary, "run"), "20261121-7c3e");
	report_free(r);
	ck_assert_ptr_null(report_run(s, &other, &err));
	ck_assert_int_eq(err.code, ERR_NOT_FOUND);
	store_close(s);
}
END_TEST

/* Nobody is at it any more: what that means is said of each host. */
START_TEST(a_run_that_died_says_how_it_left_each_host)
{
	AUTO_FREE char *path = xstrdup(temp_path());
	struct report_options options = { .now_utc_ms = NOW };
	struct store *s = store_with_run(path);
	struct err err;
	struct report *r;

	query_number(path, "update run set process = 77 returning 1");
	r = report_run(s, &options, &err);
	ck_assert_msg(r != NULL, "%s", err.msg);
	AUTO_FREE char *counts = json_canonical(json_object_get(r->summary, "by_outcome"));
	AUTO_FREE char *trail = json_canonical(json_object_get(r->summary, "trail"));

	ck_assert_str_eq(json_get_str(r->summary, "state"), "died");
	ck_assert_ptr_null(json_object_get(r->summary, "process"));
	ck_assert_str_eq(counts, "{\"left\":1,\"not-started\":1,\"upgraded\":1}");
	ck_assert_ptr_nonnull(strstr(trail, "\"what\":\"begun\""));
	ck_assert_str_eq(text_of(r, 1, RUN_OUTCOME), "not-started");
	ck_assert_str_eq(text_of(r, 1, RUN_REASON), "the run died before its turn");
	ck_assert_str_eq(text_of(r, 2, RUN_OUTCOME), "");
	ck_assert_ptr_nonnull(strstr(text_of(r, 2, RUN_REASON),
				     "left at 'installing': an installer may work there"));
	ck_assert_ptr_nonnull(strstr(json_get_str(r->advice, "died"),
				     "go on with: marshal upgrade resume 20261121-7c3e"));
	report_free(r);
	store_close(s);
}
END_TEST

/* --- show ------------------------------------------------------------------------------- */
/* One finding, two facts: one of them without two members of no form. */
static struct store *store_with_look(void)
{
	static const struct store_finding found[] = { { "mars.version", "fail", "is 2.0.9070.0",
							NULL, false } };
	static const struct store_fact fact[] = {
		{ "dotnet", DEPTH_FAST, "{\"release\":461814}", NULL, NULL, 5 },
		{ "host", DEPTH_FAST, "{\"dropped\":\"user;admin\",\"name\":\"H1\"}", NULL, NULL,
		  5 }
	};
	struct store_look look = {
		.host = "h1",
		.source = "scan",
		.utc_ms = NOW,
		.fact = fact,
		.fact_count = ARRAY_LEN(fact),
		.finding = found,
		.finding_count = 1,
		.status = "outdated",
		.version = "2.0.9070.0",
	};
	struct store *s = temp_store();
	struct tx *tx = tx_new();

	tx_look(tx, &look);
	must_run(s, tx);
	return s;
}

START_TEST(everything_about_a_host_is_shown)
{
	struct policies *policies = policies_default();
	struct dossier d = { .now_utc_ms = NOW + DAY_MS, .policies = policies };
	AUTO_FCLOSE FILE *f = tmpfile();
	char text[8192];
	struct store *s = store_with_look();
	struct err err;
	size_t len;

	ck_assert_msg(dossier_load(&d, s, "h1", 3 * DAY_MS, &err) == 0, "%s", err.msg);
	dossier_print(&d, true, f);
	rewind(f);
	len = fread(text, 1, sizeof(text) - 1, f);
	text[len] = '\0';
	AUTO_JSON json_t *all = dossier_json(&d);
	const json_t *finding = json_array_get(json_get_arr(all, "findings"), 0);

	ck_assert_ptr_nonnull(strstr(text, "status           outdated\n"));
	ck_assert_ptr_nonnull(strstr(text, "1 d ago"));
	ck_assert_ptr_nonnull(
		strstr(text, "fail (1)\n  mars.version (stops-backups), for 1 d\n"
			     "    is 2.0.9070.0\n    remedy    Download the latest agent ("));
	ck_assert_ptr_nonnull(strstr(text, "{\"release\":461814}"));
	ck_assert_ptr_nonnull(strstr(text, "\ndropped          told in a form that none has, and "
					   "taken for not known: host: user, admin\n"));
	ck_assert_str_eq(json_get_str(finding, "evidence"), "is 2.0.9070.0");
	ck_assert_ptr_nonnull(json_get_str(finding, "remedy"));
	ck_assert_ptr_nonnull(
		strstr(json_string_value(json_array_get(json_get_arr(finding, "addresses"), 0)),
		       "https://learn.microsoft.com/"));
	ck_assert_str_eq(json_get_str(json_array_get(json_get_arr(all, "versions"), 0), "version"),
			 "2.0.9070.0");
	/* by the others it was never judged */
	ck_assert_uint_eq(json_array_size(json_get_arr(all, "findings")), CHECK_COUNT);
	finding = json_array_get(json_get_arr(all, "findings"), 1);
	ck_assert_str_eq(json_get_str(finding, "verdict"), "not examined");
	ck_assert_str_eq(json_get_str(finding, "evidence"), check_newer);
	ck_assert_ptr_nonnull(strstr(text, "\n  newer than the last look:\n    host."));
	dossier_release(&d);
	policies_free(policies);
	store_close(s);
}
END_TEST

START_TEST(a_host_that_is_not_known_has_a_neighbour)
{
	struct dossier d = { .now_utc_ms = NOW };
	struct store *s = temp_store();
	struct err err;

	ck_assert_int_eq(dossier_load(&d, s, "h9", 3 * DAY_MS, &err), -1);
	ck_assert_int_eq(err.code, ERR_NOT_FOUND);
	ck_assert_ptr_nonnull(strstr(err.msg, "did you mean 'h"));
	dossier_release(&d);
	store_close(s);
}
END_TEST

UNIT_SUITE(reports)
{
	Suite *s = suite_create("reports");
	TCase *tc = tcase_create("reports");

	tcase_add_test(tc, compliance_tells_what_is_wrong);
	tcase_add_test(tc, the_share_is_of_all_but_the_excluded);
	tcase_add_test(tc, only_the_selected_are_reported);
	tcase_add_test(tc, a_run_is_reported_in_its_order);
	tcase_add_test(tc, a_run_that_died_says_how_it_left_each_host);
	tcase_add_test(tc, everything_about_a_host_is_shown);
	tcase_add_test(tc, a_host_that_is_not_known_has_a_neighbour);
	suite_add_tcase(s, tc);
	return s;
}
