/* test_dossier.c - the findings of one host as `show` prints them: the worst first, each remedy
 * once, what was never asked as one class, nothing of a server's own on the terminal. */
#include "../unit.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "reports/dossier.h"
#include "scanner/checks/checks.h"

#define NOW INT64_C(1700000000000)

static struct finding_row findings[] = {
	{ "vss.swprv-of-tomorrow", "warn", "something new", NOW - HOUR_MS, false },
	{ "security.system-volume-information", "not examined", NULL, NOW, false },
	{ "os.updates", "not examined", NULL, NOW, false },
	{ "vss.writers", "not examined", NULL, NOW, false },
	{ "os.dotnet", "not examined", "dotnet: denied (access-denied)", NOW, false },
	{ "os.clock", "pass", "0 ms ahead", NOW, false },
	{ "mars.installed", "pass", "installed in C:\\A", NOW, false },
	{ "os.time-zone", "not applicable", "the inventory expects none", NOW, false },
	{ "vss.shadow-space", "fail", "volsnap event 36\x1b[2J", NOW - HOUR_MS, false },
	{ "mars.target", "fail", "2.0.9070.0, target 2.0.9938.0", NOW - HOUR_MS, false },
	{ "mars.version", "fail", "cbengine.exe is 2.0.9070.0", NOW - 2 * HOUR_MS, false },
	{ "mars.newer-required", "warn", "event 14", NOW + HOUR_MS, false },
};

/* These texts are known to no initializer. */
static void complete_findings(void)
{
	findings[1].evidence = (char *)check_not_system;
	findings[2].evidence = findings[3].evidence = (char *)check_not_deep;
}

/* What `show` prints of these. Yours. */
static char *printed(bool all)
{
	AUTO_FCLOSE FILE *f = tmpfile();
	struct host_row row = { .name = "web1",
				.finding = findings,
				.finding_count = (int)ARRAY_LEN(findings) };
	struct policies *policies = policies_default();
	struct dossier d = { .rows = { .row = &row, .count = 1 },
			     .policies = policies,
			     .now_utc_ms = NOW };
	char *text = xcalloc(16384, 1);

	complete_findings();
	dossier_findings(&d, all, f);
	policies_free(policies);
	rewind(f);
	ck_assert_uint_lt(fread(text, 1, 16383, f), 16383);
	return text;
}

START_TEST(the_worst_stands_first_and_the_rest_is_folded)
{
	static const char want[] =
		"\nFindings: 3 fail, 2 warn, 4 not examined, 1 not applicable, 2 pass\n"
		"\nfail (3)\n"
		"  mars.version (stops-backups), for 2 h\n"
		"    cbengine.exe is 2.0.9070.0\n"
		"    remedy    Download the latest agent (https://aka.ms/azurebackup_agent) and "
		"upgrade with it. If the issue persists, contact Microsoft Support.\n"
		"    command   marshal upgrade web1 --installer MARSAgentInstaller.exe\n"
		"    document  KB 4096064, Azure Backup service version and agent versions do not "
		"match\n"
		"    address   https://learn.microsoft.com/troubleshoot/azure/site-recovery/backup/"
		"backup-service-mars-agent-versions-not-match\n"
		"  vss.shadow-space (may-fail), for 1 h\n"
		"    volsnap event 36\\x1b[2J\n";
	static const char tail[] = "  mars.newer-required (may-fail), for 0 ms\n"
				   "    event 14\n"
				   "    remedy    as for mars.version\n"
				   "  vss.swprv-of-tomorrow, for 1 h\n"
				   "    something new\n"
				   "\nnot examined (4)\n"
				   "  os.dotnet, for 0 ms\n"
				   "    dotnet: denied (access-denied)\n"
				   "  asked by deep scans only: scan with --deep:\n"
				   "    os.updates, vss.writers\n"
				   "  readable as SYSTEM only: scan with --as-system:\n"
				   "    security.system-volume-information\n"
				   "\nnot applicable (1)\n"
				   "  os.time-zone\n"
				   "\npass (2)\n"
				   "  mars.installed, os.clock\n";
	AUTO_FREE char *text = printed(false);

	ck_assert_msg(strncmp(text, want, strlen(want)) == 0, "%s", text);
	ck_assert_uint_gt(strlen(text), strlen(tail));
	ck_assert_str_eq(text + strlen(text) - strlen(tail), tail);
}
END_TEST

START_TEST(all_shows_the_evidence_of_what_passed)
{
	AUTO_FREE char *text = printed(true);

	ck_assert_ptr_nonnull(strstr(text, "  mars.installed, for 0 ms\n    installed in C:\\A\n"));
	ck_assert_ptr_nonnull(strstr(text, "    the inventory expects none\n"));
	ck_assert_ptr_nonnull(strstr(text, "    os.updates, vss.writers\n"));
	ck_assert_ptr_null(strchr(text, '\x1b'));
}
END_TEST

static const struct {
	const char *status;
	int findings;
	const char *want, *mars;
	bool skip;
	int tries;
	const char *kind;
} heads[] = {
	{ "compliant", 0, "\nstatus           compliant\n", "required", false, 0, "" },
	{ "compliant", 9, "\nstatus           compliant, with 1 finding that fails\n", "required", false, 0, "" },
	{ "compliant", 12, "\nstatus           compliant, with 3 findings that fail\n", "required", false, 0, "" },
	{ "at-risk", 12, "\nstatus           at-risk\n", "required", false, 0, "" },
	{ "excluded", 12, "\nstatus           excluded (the inventory passes it over)\n", "required", true, 0, "" },
	{ "excluded", 12, "\nstatus           excluded (marshal_mars: none)\n", "none", false, 0, "" },
	{ "excluded", 12, "\nstatus           excluded (agent optional and absent)\n", "optional", false, 0, "" },
	{ "never-seen", 0, "\nstatus           never-seen: never tried\n", "required", false, 0, "" },
	{ "never-seen", 0, "\nwhat to do       marshal scan web1\n", "required", false, 0, "" },
	{ "never-seen", 0, "\nstatus           never-seen: tried once, refused\n", "required", false, 1, "" },
	{ "never-seen", 0, "\nstatus           never-seen: tried 12 times, last: refused\n",
	  "required", false, 12, "" },
	{ "at-risk", 0, "\nkind             Data Protection Manager: upgraded only with --include dpm\n",
	  "required", false, 3, "dpm" },
	{ "at-risk", 0, "\nkind             Azure Backup Server: upgraded only with", "required", false, 0, "mabs" },
	{ "at-risk", 0, "\nkind             Site Recovery, which upgrades", "required", false, 0, "asr" },
};

START_TEST(the_status_says_what_remains)
{
	AUTO_FCLOSE FILE *f = tmpfile();
	struct host_row row = { .name = "web1",
				.version = "",
				.status = (char *)heads[_i].status,
				.mars = (char *)heads[_i].mars,
				.skip = heads[_i].skip,
				.failed_looks = heads[_i].tries,
				.fault = heads[_i].tries ? "refused" : "",
				.fault_text = "",
				.kind = (char *)heads[_i].kind,
				.finding = findings,
				.finding_count = heads[_i].findings };
	struct policies *policies = policies_default();
	struct dossier d = { .rows = { .row = &row, .count = 1 },
			     .view = { .status = heads[_i].status,
				       .excluded = strcmp(heads[_i].status, "excluded") == 0 },
			     .policies = policies,
			     .now_utc_ms = NOW };
	AUTO_FREE char *text = xcalloc(16384, 1);

	complete_findings();
	dossier_print(&d, false, f);
	policies_free(policies);
	rewind(f);
	ck_assert_uint_lt(fread(text, 1, 16383, f), 16383);
	ck_assert_msg(strstr(text, heads[_i].want) != NULL, "%s", text);
}
END_TEST

/* What the facts of now do not have: since when. */
START_TEST(a_remedy_goes_by_the_evidence_too)
{
	struct finding_row found = { "service.obengine", "fail", "obengine is stopping; stuck", NOW,
				     NULL };
	struct host_row row = { .name = "web1", .finding = &found, .finding_count = 1 };
	struct dossier d = { .rows = { .row = &row, .count = 1 } };
	struct remedy r;

	dossier_remedy(&d, check_find("service.obengine"), &r);
	ck_assert_msg(strstr(r.text, "Do not end cbengine.exe") != NULL, "%s", r.text);
}
END_TEST

START_TEST(there_is_one_remedy_for_what_a_run_left_stopped)
{
	struct finding_row found = { "service.obengine", "fail", "obengine is stopped", NOW, NULL };
	struct host_row row = { .name = "web1", .finding = &found, .finding_count = 1 };
	struct dossier d = { .rows = { .row = &row, .count = 1 }, .stopped_by = "20261121-7c3e" };
	struct remedy r;

	dossier_remedy(&d, check_find("service.obengine"), &r);
	ck_assert_str_eq(r.command, "marshal upgrade restore HOST");
}
END_TEST

static const struct { const char *verdict, *status, *want; } agents[] = {
	{ "fail", "not-installed", "\nversion          none: no agent is installed\n" },
	{ "not applicable", "excluded", "\nversion          none: no agent is installed\n" },
	{ "unknown", "undetermined", "\nversion          unknown\n" },
	{ NULL, "never-seen", "\nversion          unknown\n" },
};

START_TEST(no_agent_is_not_an_unknown_one)
{
	AUTO_FCLOSE FILE *f = tmpfile();
	struct finding_row found = { "mars.installed", (char *)agents[_i].verdict, "", NOW, NULL };
	struct host_row row = { .name = "web1",
				.version = "",
				.status = agents[_i].verdict ? (char *)agents[_i].status : "",
				.mars = "required",
				.fault = "",
				.kind = "",
				.finding = &found,
				.finding_count = agents[_i].verdict ? 1 : 0 };
	struct policies *policies = policies_default();
	struct dossier d = { .rows = { .row = &row, .count = 1 },
			     .view = { .status = agents[_i].status },
			     .policies = policies,
			     .now_utc_ms = NOW };
	AUTO_FREE char *text = xcalloc(16384, 1);

	dossier_print(&d, false, f);
	policies_free(policies);
	rewind(f);
	ck_assert_uint_lt(fread(text, 1, 16383, f), 16383);
	ck_assert_msg(strstr(text, agents[_i].want) != NULL, "%s", text);
}
END_TEST

UNIT_SUITE(dossier)
{
	Suite *s = suite_create("dossier");
	TCase *tc = tcase_create("findings");

	tcase_add_test(tc, the_worst_stands_first_and_the_rest_is_folded);
	tcase_add_loop_test(tc, the_status_says_what_remains, 0, ARRAY_LEN(heads));
	tcase_add_test(tc, a_remedy_goes_by_the_evidence_too);
	tcase_add_test(tc, there_is_one_remedy_for_what_a_run_left_stopped);
	tcase_add_loop_test(tc, no_agent_is_not_an_unknown_one, 0, ARRAY_LEN(agents));
	tcase_add_test(tc, all_shows_the_evidence_of_what_passed);
	suite_add_tcase(s, tc);
	return s;
}
