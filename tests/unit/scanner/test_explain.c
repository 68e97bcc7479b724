/* test_explain.c - what codes and words mean: found by every form they are written in, and none of
 * the words of this program left out. */
#include "../unit.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "scanner/checks/documents.h"
#include "scanner/checks/checks.h"
#include "scanner/explain/events.h"
#include "scanner/explain/explain.h"
#include "scanner/explain/guides.h"
#include "scanner/explain/known_errors.h"
#include "scanner/judge.h"
#include "store/outcomes.h"
#include "upgrader/upgrader.h"

/* clang-format off */
static const struct { const char *query, *kind, *name, *text; } cases[] = {
	{ "0x1FBD3",         "error of the agent",     "0x1FBD3 (130003)",        "does not match" },
	{ "0X1fbd3",         "error of the agent",     "0x1FBD3 (130003)",        "does not match" },
	{ "1FBD3",           "error of the agent",     "0x1FBD3 (130003)",        "does not match" },
	{ "130003",          "error of the agent",     "0x1FBD3 (130003)",        "does not match" },
	{ "(ID: 130003)",    "error of the agent",     "0x1FBD3 (130003)",        "does not match" },
	{ "[0x1FC07]",       "error of the agent",     "0x1FC07 (130055)",        "Activation" },
	{ "0x800423f2",      "error of Windows",       "0x800423F2 VSS_E_WRITERERROR_TIMEOUT", "Freeze" },
	{ "-2147212302",     "error of Windows",       "0x800423F2 VSS_E_WRITERERROR_TIMEOUT", "Freeze" },
	{ "2147754994",      "error of Windows",       "0x800423F2 VSS_E_WRITERERROR_TIMEOUT", "Freeze" },
	{ "sallowdiskspace", "error of the agent",     "SalLowDiskSpace",         "full" },
	{ "CBPSourceSnapshotFailed", "error of the agent", "0x186C2 (100034) CBPSourceSnapshotFailed", "snapshot" },
	{ "3010",            "exit code of installers", "3010 ERROR_SUCCESS_REBOOT_REQUIRED", "restart" },
	{ "0",               "exit code of installers", "0",                      "Installed" },
	{ "login.microsoftonline.de", "check",         "network.login-url",       "reachable" },
	{ "login.chinacloudapi.cn", "check",           "network.login-url",       "reachable" },
	{ "https://login.windows.net", "check",        "network.login-url",       "reachable" },
	{ "mars.version",    "check",                  "mars.version",            "minimum" },
	{ "MARS.Version",    "check",                  "mars.version",            "minimum" },
	{ "host-key-changed", "fault",                 "host-key-changed",        "another key" },
	{ "usage",           "error of this program",  "usage",                   "option" },
	{ "needs-registration", "status",              "needs-registration",      "2.0.9083.0" },
	{ "compliant",       "status",                 "compliant",               "no check that stops backups fails" },
	{ "uncertain",       "outcome of an upgrade",  "uncertain",               "not known" },
	{ "not examined",    "verdict",                "not examined",            "nobody asked" },
	{ "never-scanned",   "word of before",         "never-scanned",           "it is called never-seen now" },
	{ "blocks backup",   "word of before",         "blocks backup",           "it is called stops-backups now" },
	{ "stops-backups",   "severity",               "stops-backups",           "status" },
	{ "event 14",        "event",                  "CloudBackup event 14",    "newer version" },
	{ "14",              "event",                  "CloudBackup event 14",    "newer version" },
	{ "CloudBackup 18",  "event",                  "CloudBackup event 18",    "scheduled" },
	{ "volsnap 36",      "event",                  "volsnap event 36",        "limited" },
	{ "-2147212538",     "error of Windows",       "0x80042306 VSS_E_PROVIDER_VETO", "refused" },
	{ "80042306",        "error of Windows",       "0x80042306 VSS_E_PROVIDER_VETO", "refused" },
	{ "0x80042306L",     "error of Windows",       "0x80042306 VSS_E_PROVIDER_VETO", "refused" },
	{ "80042306h",       "error of Windows",       "0x80042306 VSS_E_PROVIDER_VETO", "refused" },
	{ "Fehlercode 130003", "error of the agent",   "0x1FBD3 (130003)",        "does not match" },
	{ "Azure Backup service and Microsoft Azure Recovery Services Agent versions do not match.",
	  "error of the agent", "0x1FBD3 (130003)", "does not match" },
	{ "0x8007000D",      "error of Windows",       "0x8007000D (13) ERROR_INVALID_DATA", "not valid" },
	{ "0x800700E8",      "error of Windows",       "0x800700E8 (232) ERROR_NO_DATA", "pipe" },
	{ "0x80070103",      "error of Windows",       "0x80070103 (259) ERROR_NO_MORE_ITEMS", "no more" },
	{ "0x8004232A",      "error of Windows",       "0x8004232A VSS_E_UNSELECTED_VOLUME", "chosen" },
	{ "KB978773",        "error of Windows",       "0x80042409 VSS_E_WRITER_STATUS_NOT_AVAILABLE", "session" },
	{ "0x643",           "exit code of installers", "1603 ERROR_INSTALL_FAILURE", "failed" },
	{ "0x80070643",      "exit code of installers", "1603 ERROR_INSTALL_FAILURE", "failed" },
	{ "80070643",        "exit code of installers", "1603 ERROR_INSTALL_FAILURE", "failed" },
	{ "exit code 1612",  "exit code of installers", "1612 ERROR_INSTALL_SOURCE_ABSENT", "package" },
	{ "1053",            "error of Windows",       "0x8007041D (1053) ERROR_SERVICE_REQUEST_TIMEOUT", "in time" },
	{ "0x80070422",      "error of Windows",       "0x80070422 (1058) ERROR_SERVICE_DISABLED", "disabled" },
	{ "0x80072EE7",      "error of Windows",       "0x80072EE7 ERROR_WINHTTP_NAME_NOT_RESOLVED", "name" },
	{ "0x8004130F",      "error of Windows",       "0x8004130F SCHED_E_ACCOUNT_INFORMATION_NOT_SET", "account" },
	{ "267014",          "error of Windows",       "0x41306 (267014) SCHED_S_TASK_TERMINATED", "ended" },
	{ "0x80780119",      "error of Windows",       "0x80780119",              "space" },
	{ "2155348249",      "error of Windows",       "0x80780119",              "space" },
	{ "120002",          "error of the agent",     "0x1D4C2 (120002)",        "passphrase" },
	{ "0x18770",         "error of the agent",     "0x18770 (100208) WSBPathIncorrectErrorForSSB", "path" },
	{ "applicatorsyncerror", "error of the agent", "ApplicatorSyncError",     "replica" },
	{ "Event ID 24",     "event",                  "volsnap event 24",        "no space" },
	{ "Event ID: 517",   "event",                  "Backup event 517",        "failed" },
	{ "VSS 8193",        "event",                  "VSS event 8193",          "routine" },
	{ "CAPI2 event 513", "event",                  "CAPI2 event 513",         "System Writer" },
	{ "7009",            "event",                  "Service Control Manager event 7009", "in time" },
	{ "Service Control Manager 7034", "event",     "Service Control Manager event 7034", "unexpectedly" },
	{ "Error 34506.",    "error of the agent",     "0x86CA (34506)",          "passphrase" },
	{ "(id: 100050)",    "error of the agent",     "0x186D2 (100050)",        "cannot be reached" },
	{ "Updating",        "what to do",             "update, of the agent",    "0x1FBD3" },
	{ "Download the latest version", "what to do", "update, of the agent",    "0x1FBD3" },
	{ "time zone",       "check",                  "os.time-zone",            "time zone" },
	{ "encryption passphrase", "check",            "backup.passphrase",       "passphrase" },
	{ "Uninstall-WindowsFeature", "check",         "feature.wbjob",           "Get-WBJob" },
	{ "9249",            "threshold",              "2.0.9249.0",              "vault credential" },
	{ "2.0.9190.0",      "threshold",              "2.0.9190.0",              "passphrase" },
};
/* clang-format on */

START_TEST(a_query_finds_what_it_names)
{
	struct topic topic[TOPICS_MAX];
	int count = explain(cases[_i].query, topic);

	ck_assert_msg(count == 1, "'%s' names %d", cases[_i].query, count);
	ck_assert_str_eq(topic[0].kind, cases[_i].kind);
	ck_assert_str_eq(topic[0].name, cases[_i].name);
	ck_assert_ptr_nonnull(strstr(topic[0].meaning, cases[_i].text));
	ck_assert_ptr_nonnull(topic[0].remedy);
	ck_assert_ptr_nonnull(topic[0].document);
}
END_TEST

START_TEST(a_cause_is_told_beside_a_meaning)
{
	struct topic topic[TOPICS_MAX];

	ck_assert_int_eq(explain("0x800423f2", topic), 1);
	ck_assert_str_eq(
		topic[0].cause,
		"The server lacks CPU and memory, or another backup software uses the writer.");
}
END_TEST

/* What a number is by itself, where no row explains it. */
static const struct { const char *query, *name, *meaning, *remedy; } unknown[] = {
	{ "0x800704C8", "0x800704C8 (1224)", "system error", "`net helpmsg 1224`, on any Windows, has its text." },
	{ "0x80042355", "0x80042355",        "Volume Shadow Copy", "vssadmin list writers" },
	{ "80780123",   "0x80780123",        "Windows Server Backup", "Get-WBJob" },
	{ "0x80072EF3", "0x80072EF3 (12019)", "over HTTP", "documented URLs" },
	{ "0x80338099", "0x80338099",        "WSMan", "`winrm helpmsg 0x80338099`" },
	{ "0x80090399", "0x80090399",        "sign-in or of TLS", "`certutil -error 0x80090399`" },
	{ "0x800B0199", "0x800B0199",        "trust", "`certutil -error 0x800B0199`" },
	{ "0x80041399", "0x80041399",        "Task Scheduler", "TaskScheduler/Operational" },
	{ "0x186A3",    "0x186A3 (100003)",  "agent's numbers", "CBEngineCurr.errlog" },
	{ "0x07EF8",    "0x7EF8 (32504)",    "DPM and MABS", "CBEngineCurr.errlog" },
	{ "7",          "0x7 (7)",           "system error", "`net helpmsg 7`" },
	{ "0x12345678", "0x12345678 (305419896)", "no family", "CBEngineCurr.errlog" },
	{ "-1",         "0xFFFFFFFF",        "no family", "CBEngineCurr.errlog" },
	{ "it failed with (0x80780124) again", "0x80780124", "Windows Server Backup", "Get-WBJob" },
};

START_TEST(a_code_without_a_row_is_told_its_family)
{
	struct topic topic[TOPICS_MAX];
	int count = explain(unknown[_i].query, topic);

	ck_assert_msg(count == 1, "'%s' names %d", unknown[_i].query, count);
	ck_assert_str_eq(topic[0].name, unknown[_i].name);
	ck_assert_str_eq(topic[0].kind, "code without an explanation of its own");
	ck_assert_msg(strstr(topic[0].meaning, unknown[_i].meaning) != NULL, "%s",
		      topic[0].meaning);
	ck_assert_msg(strstr(topic[0].remedy, unknown[_i].remedy) != NULL, "%s", topic[0].remedy);
}
END_TEST

/* Whole messages, as the documents quote them; "|" stands between the names of the topics. */
/* clang-format off */
static const struct { const char *message, *names; } pasted[] = {
	{ "HResult: 80780049 DetailedHResult: 8007007B",
	  "0x80780049|0x8007007B (123) ERROR_INVALID_NAME|0x8007007B (123)" },
	{ "Unable to perform the operation as Windows Server Backup job failed with error message: None of "
	  "the items included in backup were backed up. Detailed error : The filename, directory name or "
	  "volume label syntax is incorrect HResult: 80780049 DetailedHResult: 8007007B Goto "
	  "https://go.microsoft.com/fwlink/?linkid=847810 to fix this. (0x1873D)",
	  "0x1873D (100157) SSJobFailedOnWSB|0x80780049|0x8007007B (123) ERROR_INVALID_NAME|0x8007007B (123)" },
	{ "Azure Backup service version and Microsoft Azure Recovery Services Agent do not match. Please "
	  "install the latest version of Microsoft Azure Recovery Services Agent from the Microsoft Download "
	  "Center (https://go.microsoft.com/fwlink/?linkid=225925). If the issue persists, please contact "
	  "Microsoft Support (0x1FBD3).", "0x1FBD3 (130003)" },
	{ "Azure Backup service version and Microsoft Azure Recovery\n\tServices Agent do not match.",
	  "0x1FBD3 (130003)" },
	{ "A VSS writer has rejected an event with error 0x800423f2, the writer's timeout expired between the "
	  "Freeze and Thaw events.", "0x800423F2 VSS_E_WRITERERROR_TIMEOUT" },
	{ "WSB job failed with VSS errors. Check VSS event logs to resolve the failure", "vss.writer-timeout" },
	{ "Backup failed as the shadow copy volume could not grow due to insufficient disk space on volumes "
	  "containing system files", "vss.shadow-space" },
	{ "There was insufficient disk space on volume C: to grow the shadow copy storage for shadow copies of "
	  "C: due to this failure all shadow copies of volume C: are at risk of being deleted", "0x80060018" },
	{ "System state back up failed as the EFI system partition is locked. This can be due to system "
	  "partition access by a third-party security or back up software", "vss.efi-locked" },
	{ "Get-WBJob: The term 'Get-WBJob' is not recognized as the name of a cmdlet", "feature.wbjob" },
	{ "The activation did not complete successfully. The current operation failed due to an internal "
	  "service error [0x1FC07]. Retry the operation after some time.", "0x1FC07 (130055)" },
	{ "Error 34506. The encryption passphrase stored on this computer is not correctly configured.",
	  "0x86CA (34506)" },
	{ "(0x80042306) while it asked, then (0x186C2)",
	  "0x186C2 (100034) CBPSourceSnapshotFailed|0x80042306 VSS_E_PROVIDER_VETO" },
	{ "The operation failed because of a protection agent failure. Retry the operation",
	  "CBPSendDataFailure|GenericAgentFailure" },
	{ "SalLowDiskSpace occurred on D:", "SalLowDiskSpace" },
	{ "Source: volsnap, Event ID: 36", "volsnap event 36" },
	{ "C:\\Temp\\0x80042306 (0x80042301) C:\\x (0x80042302)\\y", "0x80042301 VSS_E_BAD_STATE" },
	{ "KB4096064", "0x1FBD3 (130003)" },
	{ "see KB 4053355",
	  "0x1873D (100157) SSJobFailedOnWSB|0x18770 (100208) WSBPathIncorrectErrorForSSB|0x80780049|0x8007007B (123)" },
};
/* clang-format on */

START_TEST(a_pasted_message_finds_its_codes)
{
	struct topic topic[TOPICS_MAX];
	int count = explain(pasted[_i].message, topic);
	char names[1000] = "";

	for (int i = 0; i < count; i++) {
		size_t len = strlen(names);

		snprintf(names + len, sizeof(names) - len, "%s%s", i ? "|" : "", topic[i].name);
	}
	ck_assert_str_eq(names, pasted[_i].names);
}
END_TEST

/* What a code is comes first, then what it means where it was met. */
START_TEST(a_code_of_many_places_is_told_by_place)
{
	static const char *const queries[] = { "0x80070005", "5", "80070005", "-2147024891" };
	struct topic topic[TOPICS_MAX];

	for (size_t i = 0; i < ARRAY_LEN(queries); i++) {
		ck_assert_int_ge(explain(queries[i], topic), 4);
		ck_assert_str_eq(topic[0].name, "0x80070005 (5) ERROR_ACCESS_DENIED");
		ck_assert_str_eq(topic[0].kind, "error of Windows");
		ck_assert_str_eq(topic[1].kind, "in a backup");
		ck_assert_ptr_nonnull(strstr(topic[1].remedy, "antivirus"));
		ck_assert_str_eq(topic[2].kind, "in Windows Server Backup");
		ck_assert_str_eq(topic[3].kind, "as the result of a scheduled task");
	}
	ck_assert_int_eq(explain("1", topic), 3);
	ck_assert_str_eq(topic[1].kind, "as the result of a scheduled task");
	ck_assert_str_eq(topic[2].name, "CloudBackup event 1");
	ck_assert_int_eq(explain("0x80070001", topic), 1);
}
END_TEST

START_TEST(a_check_is_told_what_a_code_means_there)
{
	ck_assert_ptr_nonnull(strstr(error_in(ERRORS_IN_BACKUP, 0x80070002).remedy, "scratch"));
	ck_assert_ptr_nonnull(strstr(error_in(ERRORS_OF_TASK, -2147024894).meaning, "program"));
	ck_assert_ptr_nonnull(strstr(error_in(ERRORS_OF_TASK, 1).meaning, "PowerShell"));
	ck_assert_ptr_nonnull(strstr(error_in(ERRORS_OF_TASK, 0x80070015).meaning, "not ready"));
	ck_assert_ptr_nonnull(strstr(error_in(ERRORS_IN_WSB, 0x8007007B).remedy, "ImagePath"));
	ck_assert_ptr_nonnull(strstr(error_in(ERRORS_IN_WSB, 0x80780123).remedy, "Get-WBJob"));
	ck_assert_ptr_nonnull(error_in(ERRORS_IN_BACKUP, INT64_MAX).meaning);
	ck_assert_ptr_nonnull(error_in(ERRORS_IN_BACKUP, INT64_MIN).remedy);
}
END_TEST

static const char *const strange[] = {
	"", " ", "0x", "0xzz", "99999999999999999999999", "mars", "event", "event x", "event 999",
	"disk 24", "%s", "2.0.1.0", "..", "\xFF\xFE", "9249 9249", "bad", "(407) again",
	"C:\\Temp\\0x80070005.log", "https://go.microsoft.com/fwlink/?linkid=34506",
	"at last (2024)",
};

START_TEST(a_strange_query_finds_nothing)
{
	struct topic topic[TOPICS_MAX];

	ck_assert_msg(explain(strange[_i], topic) == 0, "'%s' is %s", strange[_i], topic[0].name);
}
END_TEST

START_TEST(the_nearest_word_is_named)
{
	ck_assert_str_eq(explain_nearest("mars.verson"), "mars.version");
	ck_assert_str_eq(explain_nearest("host-key-change"), "host-key-changed");
	ck_assert_str_eq(explain_nearest("SalLowDiscSpace"), "SalLowDiskSpace");
	ck_assert_ptr_null(explain_nearest("quite another thing"));
	ck_assert_ptr_null(explain_nearest(""));
}
END_TEST

static void explained(const char *word, const char *kind)
{
	struct topic topic[TOPICS_MAX];
	int count = explain(word, topic);

	for (int i = 0; i < count; i++)
		if (strcmp(topic[i].kind, kind) == 0 && strcmp(topic[i].name, word) == 0)
			return;
	ck_abort_msg("no explanation of %s '%s'", kind, word);
}

START_TEST(every_word_of_ours_is_explained)
{
	for (int i = 0; i < STATUS_COUNT; i++)
		explained(status_name((enum status)i), "status");
	for (int i = OUTCOME_NONE + 1; i < OUTCOME_COUNT; i++)
		explained(outcome_name((enum outcome)i), "outcome of an upgrade");
	for (int i = 0; i < VERDICT_COUNT; i++)
		explained(verdict_name((enum verdict)i), "verdict");
	for (int i = 0; i < SEVERITY_COUNT; i++)
		explained(severity_name((enum severity)i), "severity");
	for (int i = ERR_NONE + 1; i <= FAULT_LAST; i++)
		explained(err_name((enum err_code)i), "fault");
	for (int i = 0; i < CHECK_COUNT; i++)
		explained(checks[i].id, "check");
}
END_TEST

#define IS_EXPLAINED(id, word, ...) explained(word, "word of the reports");
#define STATE_IS_EXPLAINED(id, word, ...) explained(word, "state of a run");

START_TEST(words_beside_the_status_are_explained)
{
	struct topic topic[TOPICS_MAX];

	WORDS_BESIDE(IS_EXPLAINED)
	RUN_STATES(STATE_IS_EXPLAINED)
	ck_assert_int_eq(explain("undetermined", topic), 1);
	ck_assert_ptr_nonnull(strstr(topic[0].remedy, "--as-system"));
	ck_assert_ptr_nonnull(strstr(topic[0].remedy, "--deep"));
}
END_TEST

START_TEST(the_table_of_errors_is_whole)
{
	const struct known_error *e;

	for (int n = 0; (e = error_nth(n)) != NULL; n++) {
		ck_assert_ptr_nonnull(e->remedy);
		ck_assert_ptr_nonnull(e->source);
		ck_assert_uint_lt(strlen(e->remedy), ERROR_REMEDY);
		if (e->space == ERRORS_OF_INSTALLER)
			ck_assert_ptr_eq(error_of_installer(e->code), e);
		else if (e->space == ERRORS_OF_SYSTEM)
			ck_assert_ptr_eq(error_of_system(e->code), e);
		else if (e->space > ERRORS_OF_INSTALLER)
			ck_assert_str_eq(error_in(e->space, e->code).meaning, e->meaning);
		else if (e->code != 0)
			ck_assert_ptr_eq(error_known(e->code), e);
		else
			ck_assert_ptr_nonnull(e->name);
	}
	ck_assert_ptr_null(error_known(0));
	ck_assert_ptr_null(error_known(INT64_MIN));
	ck_assert_ptr_null(error_known(INT64_C(0x100000000) + 130003));
	ck_assert_ptr_eq(error_known((int32_t)0x800423F2), error_known(0x800423F2));
}
END_TEST

START_TEST(a_code_is_shown_as_products_write_it)
{
	char out[ERROR_TEXT];

	ck_assert_str_eq(error_shown(130003, out), "0x1FBD3 (130003)");
	ck_assert_str_eq(error_shown(-2147212302, out), "0x800423F2");
	ck_assert_str_eq(error_shown(2147754994, out), "0x800423F2");
	ck_assert_str_eq(error_shown(0, out), "0x0 (0)");
	ck_assert_str_eq(error_shown(INT64_MAX, out), "9223372036854775807");
	ck_assert_str_eq(error_shown(INT64_MIN, out), "-9223372036854775808");
}
END_TEST

START_TEST(where_a_message_stands_is_told)
{
	struct topic topic[TOPICS_MAX];

	ck_assert_int_gt(explain("0x1FBD3", topic), 0);
	ck_assert_ptr_nonnull(strstr(topic[0].cause, "tab Errors of Job Details"));
}
END_TEST

/* What the documents have beside errors: by the words that ask for it, with what must be in it. */
static const struct { const char *query; int count; const char *says[7]; } told[] = {
	{ "restore", 4, { "This server", "Another server", "not recommended", "Original Location",
			  "wbadmin start recovery" } },
	{ "recovery", 4, { "different hardware is not recommended by Microsoft" } },
	{ "system-state", 2, { "on premises, not for Azure virtual machines", "test wsb",
			       "different hardware" } },
	{ "system state", 2, { "AB-AA4dwtr", "backup-azure-system-state" } },
	{ "update", 1, { "linkid=229525", "linkid=225925", "aka.ms/azurebackup_agent",
			 "login.microsoftonline.de", "login.chinacloudapi.cn", "Back up Now" } },
	{ "wsb", 1, { "wbadmin start systemstatebackup", "Get-WBJob -Previous 1", "makes the agent's backups",
		      "marshal test wsb HOST --target X:" } },
	{ "Get-WBJob", 1, { "how far it is" } },
	{ "test wsb", 1, { "Windows Server Backup" } },
	{ "UPGRADE", 1, { "updating-azure-backup-agents", "Close the agent's console",
			  "in an elevated prompt: 2. `net stop obengine`", "Next, Upgrade",
			  "report versions" } },
	{ "safety-task", 1, { "ten minutes after a stop", "marshal upgrade clean HOST" } },
	{ "marker", 1, { "HKLM\\SOFTWARE\\marshal\\install", "upgrade resume RUN" } },
	{ "left-overs", 1, { "folders marshal-RUN", "warning_checks=marshal.left-overs" } },
};

START_TEST(what_to_do_is_told)
{
	struct topic topic[TOPICS_MAX];
	int count = explain(told[_i].query, topic);
	struct buf all;

	ck_assert_msg(count == told[_i].count, "'%s' names %d", told[_i].query, count);
	buf_init(&all, 20000);
	for (int i = 0; i < count; i++) {
		struct addresses addresses;

		ck_assert_str_eq(topic[i].kind, "what to do");
		document_addresses(topic[i].document, &addresses);
		ck_assert_int_eq(addresses.count > 0, strcmp(topic[i].document, "marshal") != 0);
		buf_addf(&all, "%s %s %s", topic[i].meaning, topic[i].remedy,
			 topic[i].command ? topic[i].command : "");
		for (int k = 0; k < addresses.count; k++)
			buf_addf(&all, " %s", addresses.text[k]);
	}
	for (size_t i = 0; i < ARRAY_LEN(told[_i].says) && told[_i].says[i]; i++)
		ck_assert_msg(strstr(buf_text(&all), told[_i].says[i]) != NULL, "%s: no '%s'",
			      told[_i].query, told[_i].says[i]);
	buf_release(&all);
}
END_TEST

START_TEST(what_to_do_is_near_too)
{
	static const char *const words[] = { GUIDE_WORDS };
	struct topic topic[TOPICS_MAX];

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		AUTO_FREE char *wrong = xasprintf("%sx", words[i]);

		ck_assert_int_gt(explain(words[i], topic), 0);
		ck_assert_str_eq(explain_nearest(wrong), words[i]);
	}
}
END_TEST

/* A system error is on the page that has its number, whatever it is written as. */
START_TEST(a_system_error_has_the_page_of_its_range)
{
	const struct known_error *e;
	unsigned from, to, found = 0;

	for (int n = 0; (e = error_nth(n)) != NULL; n++) {
		if (strncmp(e->source, "System error codes", 18) != 0)
			continue;
		ck_assert_msg(sscanf(error_document(e), "System error codes (%u-%u)", &from, &to) ==
				      2,
			      "%s", error_document(e));
		ck_assert_msg((e->code & 0xFFFF) >= from && (e->code & 0xFFFF) <= to, "%X: %s",
			      e->code, error_document(e));
		found++;
	}
	ck_assert_uint_gt(found, 50);
}
END_TEST

/* A document that nobody can find is none. */
START_TEST(every_document_has_an_address)
{
	const struct known_error *e;
	struct addresses addresses;

	for (int n = 0; (e = error_nth(n)) != NULL; n++)
		ck_assert_msg(document_is_known(error_document(e)), "%s", e->source);
	for (const struct known_event *event = known_events; event->meaning; event++)
		ck_assert_msg(document_is_known(event->document), "%s", event->document);
	for (int i = 0; i < thresholds_count; i++)
		ck_assert_msg(document_is_known(thresholds[i].source), "%s", thresholds[i].source);
	for (const struct check *c = checks; c->id; c++) {
		ck_assert_msg(document_is_known(c->document), "%s: %s", c->id, c->document);
		document_addresses(c->document, &addresses);
		ck_assert_msg(addresses.count > 0 || strstr(c->document, "docs/") ||
				      strstr(c->document, "CloudBackup event log"),
			      "%s: %s", c->id, c->document);
	}
}
END_TEST

/* clang-format off */
static const struct { const char *document, *address[3]; } places[] = {
	{ "KB 4096064, step 3", { "https://learn.microsoft.com/troubleshoot/azure/site-recovery/backup/backup-service-mars-agent-versions-not-match" } },
	{ "Azure Backup self-help topics", { "https://github.com/TheresaLui/SelfHelpContent_v2" } },
	{ "Azure Backup self-help topics, cbpdiskfull; KB 4095462",
	  { "https://github.com/TheresaLui/SelfHelpContent_v2/blob/HEAD/articles/microsoft.recoveryservices/azurebackup-crc-cbpdiskfull.md",
	    "https://support.microsoft.com/help/4095462" } },
	{ "KB 4095462; KB 4095462, again", { "https://support.microsoft.com/help/4095462" } },
	{ "System error codes (1000-1299), winerror.h", { "https://learn.microsoft.com/windows/win32/debug/system-error-codes--1000-1299-" } },
	{ "COM error codes (Security and Setup)", { "https://learn.microsoft.com/windows/win32/com/com-error-codes-4" } },
	{ "docs/protocol.md, fact host", { NULL } },
	{ "", { NULL } },
};
/* clang-format on */

START_TEST(a_document_is_found_by_its_title)
{
	struct addresses addresses;
	int count = 0;

	document_addresses(places[_i].document, &addresses);
	for (; places[_i].address[count]; count++) {
		ck_assert_int_lt(count, addresses.count);
		ck_assert_str_eq(addresses.text[count], places[_i].address[count]);
	}
	ck_assert_int_eq(addresses.count, count);
}
END_TEST

/* clang-format off */
static const struct { uint32_t code; const char *page; } own[] = {
	{ 0x800423F4, "/nf-vswriter-cvsswriterex2-setwriterfailureex" },
	{ 0x80042313, "/nf-vsbackup-ivssbackupcomponents-dosnapshotset" },
	{ 0x80042312, "/nf-vsbackup-ivssbackupcomponents-addtosnapshotset" },
	{ 0x8004232D, "docs.rs/winapi/latest/src/winapi/um/vsserror.rs.html" },
	{ 0x80090322, "/sspi-status-codes" },
	{ 0x800B0109, "/com-error-codes-4" },
	{ 0x80004005, "/com-error-codes-1" },
	{ 0x8007042C, "/system-error-codes--1000-1299-" },
};
/* clang-format on */

START_TEST(an_error_has_the_page_that_names_it)
{
	const struct known_error *e = error_known(own[_i].code);
	struct addresses addresses;

	ck_assert_ptr_nonnull(e);
	document_addresses(error_document(e), &addresses);
	ck_assert_int_eq(addresses.count, 1);
	ck_assert_msg(strstr(addresses.text[0], own[_i].page) != NULL, "%X: %s", own[_i].code,
		      addresses.text[0]);
}
END_TEST

UNIT_SUITE(explain)
{
	Suite *s = suite_create("explain");
	TCase *tc = tcase_create("explain");

	tcase_add_test(tc, a_cause_is_told_beside_a_meaning);
	tcase_add_loop_test(tc, a_query_finds_what_it_names, 0, ARRAY_LEN(cases));
	tcase_add_loop_test(tc, a_strange_query_finds_nothing, 0, ARRAY_LEN(strange));
	tcase_add_loop_test(tc, a_code_without_a_row_is_told_its_family, 0, ARRAY_LEN(unknown));
	tcase_add_loop_test(tc, a_pasted_message_finds_its_codes, 0, ARRAY_LEN(pasted));
	tcase_add_test(tc, a_code_of_many_places_is_told_by_place);
	tcase_add_test(tc, a_check_is_told_what_a_code_means_there);
	tcase_add_test(tc, the_nearest_word_is_named);
	tcase_add_test(tc, every_word_of_ours_is_explained);
	tcase_add_test(tc, words_beside_the_status_are_explained);
	tcase_add_test(tc, where_a_message_stands_is_told);
	tcase_add_loop_test(tc, what_to_do_is_told, 0, ARRAY_LEN(told));
	tcase_add_test(tc, what_to_do_is_near_too);
	tcase_add_test(tc, a_system_error_has_the_page_of_its_range);
	tcase_add_loop_test(tc, an_error_has_the_page_that_names_it, 0, ARRAY_LEN(own));
	tcase_add_test(tc, every_document_has_an_address);
	tcase_add_loop_test(tc, a_document_is_found_by_its_title, 0, ARRAY_LEN(places));
	tcase_add_test(tc, the_table_of_errors_is_whole);
	tcase_add_test(tc, a_code_is_shown_as_products_write_it);
	suite_add_tcase(s, tc);
	return s;
}
