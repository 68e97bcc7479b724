/* test_checks_backup.c - verdicts about snapshots and about backups. */
#include <string.h>

#include "../unit.h"

#include "base/clock.h"
#include "base/mem.h"
#include "scanner/checks/checks.h"
#include "verdicts.h"

#define WRITER(state, error) \
	"list=[{'name':'System Writer','state':1,'error':0}," \
	"{'name':'SqlServerWriter','state':" state ",'error':" error "}]"
#define STORAGE(size, max) "list=[{'volume':'C:\\\\','size_bytes':" size ",'max_bytes':" max "}]"
#define DPM "server-kind", "kind='dpm'"
#define FAILED(at, event, code) "failed_utc_ms=" at ";failed_event=" event ";error=" code
#define NEVER "completed_utc_ms=null;event=null"
/* An event after the last good backup of the healthy server, and one before it. */
#define AFTER "utc_ms=1699995000000"
#define BEFORE "utc_ms=1699980000000"
#define NO_POLICY "files=false;system_state=false;volumes=[]"
#define NO_GOOD_JOB "backup.last-job", "good_utc_ms=null"

/* clang-format off */
static const struct row rows[] = {
	ROW("vss.writers", V_PASS, "none of 1 writers failed", NULL),
	ROW("vss.writers", V_PASS, "none of 2 writers", "vss.writers", WRITER("5", "0")),
	ROW("vss.writers", V_PASS, "none of 2 writers", "vss.writers", WRITER("1", "null")),
	ROW("vss.writers", V_FAIL, "SqlServerWriter has failed at identifying (state 6)", "vss.writers",
	  WRITER("6", "0")),
	ROW("vss.writers", V_FAIL, "(state 9); its last error is 0x800423F2: A writer took", "vss.writers",
	  WRITER("9", "-2147212302")),
	ROW("vss.writers", V_WARN, "its last error is 0x800423F3", "vss.writers",
	  WRITER("1", "2147754995")),
	ROW("vss.writers", V_UNKNOWN, "SqlServerWriter is in no known state", "vss.writers",
	  WRITER("0", "0")),
	ROW("vss.writers", V_UNKNOWN, "no known state", "vss.writers", WRITER("16", "0")),
	ROW("vss.writers", V_UNKNOWN, "no known state", "vss.writers",
	  WRITER("'fehlgeschlagen'", "0")),
	ROW("vss.writers", V_FAIL,
	  "\xE3\x83\xA9\xE3\x82\xA4\xE3\x82\xBF\xE3\x83\xBC has failed at preparing the snapshot (state 8)", "vss.writers",
	  "list=[{'name':'\xE3\x83\xA9\xE3\x82\xA4\xE3\x82\xBF\xE3\x83\xBC','state':8,'error':0}]"),
	ROW("vss.writers", V_FAIL, "A has failed at preparing the backup (state 7); B is stable", "vss.writers",
	  "list=[{'name':'A','state':7,'error':0},{'name':'B','state':1,'error':1},{'name':'C',"
	  "'state':0}]"),
	ROW("vss.writers", V_FAIL, "System Writer is not listed, and system state is protected",
	  "vss.writers", WRITER("1", "0"), "backup.policy", "system_state=true"),
	ROW("vss.writers", V_PASS, "none of 1 writers", "vss.writers",
	  "list=[{'id':'E8132975-6F93-4464-A53E-1050253AE220','name':'S','state':1,'error':0}]",
	  "backup.policy", "system_state=true"),
	ROW("vss.writers", V_PASS, "none of 2 writers", "vss.writers", WRITER("1", "0"),
	  "backup.policy", "system_state=null"),
	ROW("vss.writers", V_UNKNOWN, "no writer was listed", "vss.writers", "list=[]"),
	ROW("vss.writers", V_UNKNOWN, "no writer was listed", "vss.writers", "list=[]", "backup.policy",
	  "system_state=null"),
	ROW("vss.writers", V_FAIL,
	  "no writer was listed, System Writer neither, and system state is protected", "vss.writers",
	  "list=[]", "backup.policy", "system_state=true"),
	/* nobody could look */
	ROW("vss.writers", V_UNKNOWN, "time limit", "vss.writers", LATE, "backup.policy",
	  "system_state=true"),
	ROW("vss.shadow-storage", V_PASS, "limited below 10 %", NULL),
	ROW("vss.shadow-storage", V_PASS, "limited below 10 %", "vss.shadow-storage", "list=[]"),
	ROW("vss.shadow-storage", V_PASS, "limited", "vss.shadow-storage",
	  STORAGE("107374182400", "null")),
	ROW("vss.shadow-storage", V_WARN, "C:\\ may use 1.0 GB for copies, 1 % of its size",
	  "vss.shadow-storage", STORAGE("107374182400", "1073741824")),
	ROW("vss.shadow-storage", V_UNKNOWN, "impossible", "vss.shadow-storage",
	  STORAGE("0", "1073741824")),
	ROW("vss.shadow-storage", V_UNKNOWN, "out of range", "vss.shadow-storage",
	  STORAGE("107374182400", "-9223372036854775808")),
	ROW("vss.shadow-storage", V_PASS, "limited", "vss.shadow-storage",
	  STORAGE("1152921504606846975", "1152921504606846975")),
	ROW("vss.writer-timeout", V_PASS, "no writer timeout", NULL),
	ROW("vss.writer-timeout", V_FAIL,
	  "writer timeout (0x800423F2) of 2023-11-14T20:50:00Z, and no good backup after it",
	  "event.vss-timeout", AFTER),
	ROW("vss.writer-timeout", V_PASS, "older than the last good backup", "event.vss-timeout",
	  BEFORE),
	ROW("vss.writer-timeout", V_UNKNOWN, "could not be read", "event.vss-timeout",
	  "known=false"),
	ROW("vss.writer-timeout", V_UNKNOWN, "impossible", "event.vss-timeout",
	  "utc_ms=1799995000000"),
	ROW("vss.writer-timeout", V_UNKNOWN, "whether a backup completed", "event.vss-timeout",
	  AFTER, "backup.last", LATE),
	ROW("vss.shadow-space", V_PASS, "no volsnap event 24, 25, 35 or 36", NULL),
	ROW("vss.shadow-space", V_FAIL, "volsnap event 35 of", "event.volsnap", AFTER ";event=35"),
	ROW("vss.shadow-space", V_FAIL, "volsnap event 24 for volume D: of", "event.volsnap",
	  AFTER ";event=24;volume='D:'"),
	ROW("vss.shadow-space", V_PASS, "volsnap event 24 of 2023-11-14T16:40:00Z, older",
	  "event.volsnap", BEFORE ";event=24"),
	ROW("vss.shadow-space", V_UNKNOWN, "impossible", "event.volsnap", "utc_ms=0"),
	ROW("vss.efi-locked", V_PASS, "no 'EFI", NULL),
	ROW("vss.efi-locked", V_WARN, "no good backup after it", "event.efi-locked", AFTER),
	ROW("vss.efi-locked", V_PASS, "older than", "event.efi-locked", BEFORE),

	ROW("backup.last", V_PASS, "completed 2023-11-14T19:26:40Z, 2 h 46 min before the look",
	  NULL),
	ROW("backup.last", V_FAIL,
	  "failed 2023-11-14T20:50:00Z; event 11; error 0x1FC07 (130055); the last good one "
	  "completed 2023-11-14T19:26:40Z", "backup.last", FAILED("1699995000000", "11", "130055")),
	ROW("backup.last", V_FAIL, "event 18; no good one is on record", "backup.last",
	  NEVER ";" FAILED("1699995000000", "18", "null"), NO_GOOD_JOB),
	ROW("backup.last", V_PASS, "completed", "backup.last",
	  FAILED("1699980000000", "11", "130055")),
	ROW("backup.last", V_WARN, "with warnings (event 10)", "backup.last", "event=10"),
	ROW("backup.last", V_WARN, "11 d 13 h before", "backup.last",
	  "completed_utc_ms=1699000000000", NO_GOOD_JOB, "agent-config", "task_starts=null"),
	ROW("backup.last", V_FAIL, "its schedule is not known, so 29 days count", "backup.last",
	  "completed_utc_ms=1697000000000", NO_GOOD_JOB, "agent-config", "task_starts=null"),
	ROW("backup.last", V_FAIL, "before the look; it took 1 h; its schedule leaves 1 d at most between",
	  "backup.last", "completed_utc_ms=1699819999999", NO_GOOD_JOB),
	ROW("backup.last", V_PASS, "2 d 1 h before", "backup.last",
	  "completed_utc_ms=1699820000001", NO_GOOD_JOB),
	ROW("backup.last", V_UNKNOWN, "since when it is registered is not known", "backup.last",
	  NEVER, "backup.last-job", LEFT_OUT),
	ROW("backup.last", V_UNKNOWN, "neither the agent's log nor its commands", "backup.last",
	  NEVER ";known=false", "backup.last-job", LEFT_OUT),
	/* an answer of a probe that did not tell */
	ROW("backup.last", V_UNKNOWN, "neither the agent's log nor its commands", "backup.last",
	  NEVER ";known=null", "backup.last-job", LEFT_OUT),
	ROW("backup.last", V_PASS, "completed 2023-11-14T22:18:19Z, 0 ms before", "backup.last",
	  "completed_utc_ms=1700000299000"),
	ROW("backup.last", V_UNKNOWN, "impossible", "backup.last", "completed_utc_ms=1700000301000",
	  "backup.last-job", LEFT_OUT),
	ROW("backup.last", V_NOT_APPLICABLE, "jobs are run by DPM", "backup.last", NEVER, DPM),
	ROW("backup.last", V_PASS, "completed 2023-11-14T19:26:40Z", "backup.last", NEVER),
	ROW("backup.last", V_FAIL, "failed 2023-11-14T20:50:00Z; error 0x186D2 (100050)",
	  "backup.last-job", "state='Failed';error=100050;ended_utc_ms=1699995000000"),
	ROW("backup.last", V_FAIL, "failed 2023-11-14T20:50:00Z; error 0x186D2 (100050)",
	  "backup.last-job", "state='Aborted';error=100050;ended_utc_ms=1699995000000"),
	ROW("backup.last", V_PASS, "completed", "backup.last-job",
	  "type='Restore';state='Failed';error=100050;ended_utc_ms=1699995000000"),
	ROW("backup.last", V_UNKNOWN, "impossible", "backup.last", "failed_utc_ms=1"),
	ROW("backup.last", V_UNKNOWN, "impossible", "backup.last", "completed_utc_ms=1800000000000",
	  "backup.last-job", LEFT_OUT),
	ROW("backup.schedule", V_PASS, "enabled, runs as SYSTEM", NULL),
	ROW("backup.schedule", V_FAIL, "the task is disabled", "agent-config",
	  "task_enabled=false"),
	ROW("backup.schedule", V_FAIL, "there is no task", "agent-config",
	  "task_exists=false;task_count=0"),
	ROW("backup.schedule", V_FAIL, "there is no task", "agent-config",
	  "task_exists=false;task_count=null"),
	ROW("backup.schedule", V_WARN, "1 other starts a backup without it", "agent-config",
	  "task_exists=false;task_count=1"),
	ROW("backup.schedule", V_WARN, "runs as KORP\\backup, documented", "agent-config",
	  "task_sid='S-1-5-21-1';task_account='KORP\\\\backup'"),
	ROW("backup.schedule", V_PASS, "runs as Administratoren", "agent-config",
	  "task_sid='S-1-5-32-544';task_account='Administratoren'"),
	ROW("backup.schedule", V_PASS, "runs as \xE3\x82\xB7\xE3\x82\xB9\xE3\x83\x86\xE3\x83\xA0",
	  "agent-config", "task_account='\xE3\x82\xB7\xE3\x82\xB9\xE3\x83\x86\xE3\x83\xA0'"),
	ROW("backup.schedule", V_WARN, "second instance", "agent-config", "task_instances=0"),
	ROW("backup.schedule", V_WARN, "3 tasks start a backup", "agent-config", "task_count=3"),
	ROW("backup.schedule", V_WARN,
	  "ended with 0x80070005: The task's account may not do what the task does; a backup "
	  "completed since: it works when started by hand",
	  "agent-config", "task_result=-2147024891;task_ran_utc_ms=1699980000000"),
	ROW("backup.schedule", V_WARN, "its last run ended with 0x41306 (267014): The task was ended",
	  "agent-config", "task_result=267014"),
	ROW("backup.schedule", V_WARN, "ended with 0x1 (1): The task's program ended with 1: PowerShell",
	  "agent-config", "task_result=1"),
	ROW("backup.schedule", V_WARN, "ended with 0x80070002: The program that the task starts is not",
	  "agent-config", "task_result=2147942402"),
	ROW("backup.schedule", V_WARN, "ended with 0x800710E0: Task Scheduler refused to start",
	  "agent-config", "task_result=-2147020576"),
	ROW("backup.schedule", V_WARN, "ended with 0x80041399: An error of Task Scheduler",
	  "agent-config", "task_result=-2147216487"),
	ROW("backup.schedule", V_PASS, "enabled", "agent-config", "task_result=267011"),
	ROW("backup.schedule", V_FAIL,
	  "its last run ended with 0x8007052E: The account's name or password is wrong; that was "
	  "2023-11-14T20:50:00Z, and no backup completed since",
	  "agent-config", "task_result=2147943726;task_ran_utc_ms=1699995000000"),
	ROW("backup.schedule", V_FAIL, "and no backup completed since", "agent-config",
	  "task_result=2147943726", "backup.last", NEVER, NO_GOOD_JOB),
	/* the run may have been refused since another is at work */
	ROW("backup.schedule", V_WARN, "its last run ended with 0x800710E0", "agent-config",
	  "task_result=2147946720;task_ran_utc_ms=1699995000000", "backup.running",
	  "running=true;since_utc_ms=1699994000000"),
	ROW("backup.schedule", V_WARN, "its last run ended with", "agent-config",
	  "task_result=2147943726;task_ran_utc_ms=null"),
	ROW("backup.schedule", V_FAIL, "the agent has no backup policy, of files or of system state",
	  "backup.policy", NO_POLICY),
	ROW("backup.schedule", V_FAIL, "no backup policy, of files or of system state: nothing is",
	  "backup.policy", NO_POLICY, "agent-config", "task_exists=false;task_count=0"),
	ROW("backup.schedule", V_NOT_APPLICABLE, "not registered", "backup.policy", NO_POLICY,
	  "agent-config", "registered=false"),
	ROW("backup.schedule", V_NOT_APPLICABLE, "run by DPM", "backup.policy", NO_POLICY, DPM),
	/* one of the two could not be asked for, or neither */
	ROW("backup.schedule", V_PASS, "enabled", "backup.policy", "files=false;system_state=null;volumes=[]"),
	ROW("backup.schedule", V_PASS, "enabled", "backup.policy", "known=false;" NO_POLICY),
	ROW("backup.schedule", V_PASS, "enabled", "backup.policy", LATE),
	/* one was made since it was asked for */
	ROW("backup.schedule", V_PASS, "enabled", "backup.policy", NO_POLICY, "backup.last",
	  "completed_utc_ms=1700000100000"),
	ROW("backup.schedule", V_UNKNOWN, "could not be read", "agent-config", "task_exists=null"),
	ROW("backup.schedule", V_UNKNOWN, "not known", "agent-config", "task_enabled=null"),
	ROW("backup.schedule", V_NOT_APPLICABLE, "run by DPM", DPM),
	ROW("backup.schedule", V_NOT_APPLICABLE, "not registered", "agent-config",
	  "registered=false;task_exists=false"),
	ROW("backup.running", V_PASS, "none runs", NULL),
	ROW("backup.running", V_WARN, "begun 2023-11-14T20:50:00Z", "backup.running",
	  "running=true;since_utc_ms=1699995000000"),
	ROW("backup.running", V_WARN, "for 2 d: stuck?; an engine that was killed", "backup.running",
	  "running=true;since_utc_ms=1699827199999"),
	ROW("backup.running", V_WARN, "begun 2023-11-12T22:13:20Z", "backup.running",
	  "running=true;since_utc_ms=1699827200000", "backup.last-job", LEFT_OUT),
	ROW("backup.running", V_WARN, "for 3 h, longer than the 2 h of any of the last ten: stuck?",
	  "backup.running", "running=true;since_utc_ms=1699989200000", "backup.last-job",
	  "longest_ms=7200000"),
	ROW("backup.running", V_WARN, "was running", "backup.running",
	  "running=true;since_utc_ms=9"),
	ROW("backup.running", V_UNKNOWN, "whether", "backup.running", "running=null"),
	ROW("backup.next", V_PASS, "due 2023-11-15T12:06:40Z; files", NULL),
	ROW("backup.next", V_PASS, "system state 2023-11-15", "backup.policy",
	  "next_system_state_utc_ms=1700050000000"),
	ROW("backup.next", V_WARN, "none is scheduled", "backup.next", "next_utc_ms=null"),
	ROW("backup.next", V_WARN, "that was before the look", "backup.next",
	  "next_utc_ms=1699980000000"),
	ROW("backup.next", V_UNKNOWN, "could not be read", "backup.next", "known=false"),
	ROW("backup.next", V_UNKNOWN, "impossible", "backup.next", "next_utc_ms=4102444700000"),
	ROW("backup.next", V_NOT_APPLICABLE, "run by DPM", DPM),
	ROW("backup.error", V_PASS, "no failure is on record", NULL),
	ROW("backup.error", V_UNKNOWN, "neither the agent's log nor its commands", "backup.last",
	  "known=false", "backup.last-job", "known=false"),
	ROW("backup.error", V_PASS, "no failure is on record", "backup.last", "known=false"),
	/* as a probe answered that did not say so */
	ROW("backup.error", V_PASS, "no failure is on record", "backup.last", "known=null",
	  "backup.last-job", LEFT_OUT),
	ROW("backup.last", V_PASS, "it took 1 h", NULL),
	ROW("backup.error", V_FAIL,
	  "0x1FC07 (130055) of 2023-11-14T20:50:00Z; Activation did not complete. Upgrade",
	  "backup.last", FAILED("1699995000000", "11", "130055")),
	ROW("backup.error", V_FAIL, "0x800423F2 of 2023-11-14T20:50:00Z; A writer took",
	  "backup.last", FAILED("1699995000000", "11", "2147754994")),
	ROW("backup.error", V_FAIL, "0x3039 (12345) of 2023-11-14T20:50:00Z; No code of the agent; as a",
	  "backup.last", FAILED("1699995000000", "11", "12345")),
	ROW("backup.error", V_FAIL, "A file is missing. Free space; exclude the scratch folder",
	  "backup.last", FAILED("1699995000000", "11", "2147942402")),
	ROW("backup.error", V_FAIL, "An error of Windows Server Backup. `Get-WBJob -Previous 1` has",
	  "backup.last", FAILED("1699995000000", "11", "2155348259")),
	ROW("backup.error", V_FAIL, "0x2746 (10054) of 2023-11-14T20:50:00Z; The connection was closed",
	  "backup.last", FAILED("1699995000000", "11", "10054")),
	ROW("backup.error", V_UNKNOWN, "out of range", "backup.last",
	  FAILED("1699995000000", "11", "9223372036854775807")),
	ROW("backup.error", V_PASS, "older than the last good backup", "backup.last",
	  FAILED("1699980000000", "11", "130055")),
	ROW("backup.error", V_WARN, "names no code", "backup.last",
	  FAILED("1699995000000", "18", "null")),
	ROW("backup.error", V_UNKNOWN, "impossible", "backup.last", FAILED("5", "18", "1")),
	ROW("backup.passphrase", V_PASS, "is set", NULL),
	ROW("backup.passphrase", V_FAIL, "no encryption key", "agent-config",
	  "encryption_set=false"),
	ROW("backup.passphrase", V_UNKNOWN, "whether", "agent-config", "encryption_set=null"),
	ROW("backup.passphrase", V_NOT_APPLICABLE, "DPM", DPM),
	ROW("backup.passphrase", V_NOT_APPLICABLE, "not registered", "agent-config",
	  "registered=false"),
	ROW("offline.azure-powershell", V_NOT_APPLICABLE, "no offline backup", NULL),
	ROW("offline.azure-powershell", V_WARN, "source computer: Azure none", "backup.policy",
	  "offline=true"),
	ROW("offline.azure-powershell", V_PASS, "Azure 3.7.0", "backup.policy", "offline=true",
	  "modules", "azure='3.7.0'"),
	ROW("offline.azure-powershell", V_PASS, "AzureRM 6.13.1", "backup.policy", "offline=true",
	  "modules", "azurerm='6.13.1'"),
	ROW("offline.azure-powershell", V_WARN, "Az 9.0.1", "backup.policy", "offline=true",
	  "modules", "az='9.0.1';azure='3.6.9'"),
	ROW("offline.azure-powershell", V_UNKNOWN, "time limit", "backup.policy", "offline=true",
	  "modules", LATE),
	ROW("offline.azure-powershell", V_NOT_EXAMINED, "deep scans only", "backup.policy",
	  "offline=true", "modules", LEFT_OUT),
};
/* clang-format on */

START_TEST(verdicts_are_as_documented)
{
	verdict_holds(&rows[_i], NULL);
}
END_TEST

START_TEST(an_event_before_a_change_of_version_is_past)
{
	AUTO_JSON json_t *past = json_loads("{\"versions\":[[1600000000000,\"2.0.9070.0\"],"
					    "[1699996000000,\"2.0.9938.0\"]]}",
					    0, NULL);

	verdict_holds(&(struct row)ROW("vss.writer-timeout", V_PASS,
				       "older than the last change of version", "event.vss-timeout",
				       AFTER),
		      &(struct context){ .past = past });
}
END_TEST

START_TEST(a_policy_fails_old_backups)
{
	struct policy policy;

	policy_default(&policy);
	policy.backup_fail_ms = INT64_C(3600000);
	verdict_holds(&(struct row)ROW("backup.last", V_FAIL, "2 h 46 min before", NULL),
		      &(struct context){ .policy = &policy });
}
END_TEST

/* No backup on record is one that is missing only where one would be, for so long. */
START_TEST(none_on_record_is_missing_after_a_while)
{
	AUTO_JSON json_t *old =
		json_pack("{s:{s:I}}", "passing", "mars.registration", (json_int_t)1697000000000);
	AUTO_JSON json_t *new =
		json_pack("{s:{s:I}}", "passing", "mars.registration", (json_int_t)1699950000000);
	struct policy policy;
	struct context context = { .policy = &policy, .past = old };

	policy_default(&policy);
	verdict_holds(&(struct row)ROW("backup.last", V_FAIL,
				       "since 2023-10-11T04:53:20Z, when it was registered",
				       "backup.last", NEVER, NO_GOOD_JOB),
		      &context);
	/* the log begins later */
	verdict_holds(&(struct row)ROW("backup.last", V_UNKNOWN,
				       "since 2023-11-14T08:20:00Z, when the log begins",
				       "backup.last", NEVER ";begins_utc_ms=1699950000000",
				       NO_GOOD_JOB),
		      &context);
	context.past = new;
	verdict_holds(&(struct row)ROW("backup.last", V_UNKNOWN, "no backup is on record",
				       "backup.last", NEVER, NO_GOOD_JOB),
		      &context);
	policy.backup_fail_ms = HOUR_MS;
	verdict_holds(&(struct row)ROW("backup.last", V_FAIL, "no backup is on record",
				       "backup.last", NEVER, NO_GOOD_JOB),
		      &context);
	policy.backup_fail_ms = 0;
	context.past = old;
	verdict_holds(&(struct row)ROW("backup.last", V_UNKNOWN, "no backup is on record",
				       "backup.last", NEVER, NO_GOOD_JOB),
		      &context);
}
END_TEST

/* The longest gap of a schedule in hours, worked out by hand on a calendar; 0: not known. */
static const struct { const char *what, *starts; int hours; } gaps[] = {
	{ "daily", "[{\"days\":127,\"weeks\":1,\"minute\":1260}]", 24 },
	{ "three times a day", "[{\"days\":127,\"weeks\":1,\"minute\":360},"
	  "{\"days\":127,\"weeks\":1,\"minute\":720},"
	  "{\"days\":127,\"weeks\":1,\"minute\":1080}]", 12 },
	{ "Monday and Thursday", "[{\"days\":18,\"weeks\":1,\"minute\":0}]", 96 },
	{ "Saturday", "[{\"days\":64,\"weeks\":1,\"minute\":1439}]", 168 },
	{ "Sunday of every fourth week", "[{\"days\":1,\"weeks\":4,\"minute\":60}]", 672 },
	{ "Monday and Tuesday of every second", "[{\"days\":6,\"weeks\":2,\"minute\":60}]", 312 },
	{ "files daily, system state weekly", "[{\"days\":127,\"weeks\":1,\"minute\":60},"
	  "{\"days\":1,\"weeks\":1,\"minute\":60}]", 24 },
	{ "weekly, and every second week", "[{\"days\":2,\"weeks\":1,\"minute\":60},"
	  "{\"days\":8,\"weeks\":2,\"minute\":60}]", 168 },
	{ "none", "[]", 0 },
	{ "no day", "[{\"days\":0,\"weeks\":1,\"minute\":60}]", 0 },
	{ "no such day", "[{\"days\":128,\"weeks\":1,\"minute\":60}]", 0 },
	{ "no such minute", "[{\"days\":1,\"weeks\":1,\"minute\":1440}]", 0 },
	{ "no such minute", "[{\"days\":1,\"weeks\":1,\"minute\":-1}]", 0 },
	{ "no week", "[{\"days\":1,\"weeks\":0,\"minute\":60}]", 0 },
	{ "a year of weeks and one", "[{\"days\":1,\"weeks\":53,\"minute\":60}]", 0 },
	{ "words", "[{\"days\":\"1\",\"weeks\":1,\"minute\":60}]", 0 },
};

/* The policies' word stands before the task's. */
START_TEST(a_schedule_has_a_longest_gap)
{
	AUTO_FREE char *task = xasprintf("\"value\":{\"registered\":true,\"task_exists\":true,"
					 "\"task_enabled\":true,\"task_account\":null,"
					 "\"encryption_set\":null,\"task_starts\":%s}",
					 gaps[_i].starts);
	AUTO_FREE char *policy =
		xasprintf("\"value\":{\"known\":true,\"files\":true,\"system_state\":true,"
			  "\"offline\":null,\"volumes\":[],\"next_files_utc_ms\":null,"
			  "\"next_system_state_utc_ms\":null,\"starts\":%s}",
			  gaps[_i].starts);
	struct facts f;
	const struct context c = { .facts = &f };

	healthy_but(&f, "agent-config", task);
	ck_assert_int_eq(schedule_gap_ms(&c), gaps[_i].hours * HOUR_MS);
	facts_release(&f);
	healthy_but(&f, "backup.policy", policy);
	ck_assert_int_eq(schedule_gap_ms(&c), (gaps[_i].hours ? gaps[_i].hours : 24) * HOUR_MS);
	facts_release(&f);
}
END_TEST

/* The documented age that warns does not do so before a schedule's own gap has passed. */
START_TEST(a_schedule_of_four_weeks_warns_of_nothing)
{
	verdict_holds(&(struct row)ROW("backup.last", V_PASS, "23 d", "backup.last",
				       "completed_utc_ms=1698000000000", NO_GOOD_JOB,
				       "agent-config",
				       "task_starts=[{\"days\":1,\"weeks\":4,\"minute\":60}]"),
		      NULL);
	verdict_holds(&(struct row)ROW("backup.last", V_FAIL, "its schedule leaves 28 d at most",
				       "backup.last", "completed_utc_ms=1697000000000", NO_GOOD_JOB,
				       "agent-config",
				       "task_starts=[{\"days\":1,\"weeks\":4,\"minute\":60}]"),
		      NULL);
}
END_TEST

START_TEST(a_restore_says_nothing_of_how_long_a_backup_takes)
{
	struct judgement j;
	struct facts f;

	healthy_but(&f, "backup.last-job",
		    "\"value\":{\"known\":true,\"type\":\"Restore\",\"state\":\"Completed\","
		    "\"error\":null,\"begun_utc_ms\":1699980000000,\"ended_utc_ms\":1699990000000,"
		    "\"good_utc_ms\":1699990000000,\"protected_bytes\":null}");
	judge_facts(&f, "public", NULL, &j);
	ck_assert_ptr_null(strstr(finding_of(&j, "backup.last")->evidence, "it took"));
	judgement_release(&j);
	facts_release(&f);
}
END_TEST

START_TEST(a_copy_computer_needs_azure_powershell_too)
{
	const struct context copy = { .offline = "copy" };

	verdict_holds(&(struct row)ROW("offline.azure-powershell", V_WARN, "copy computer", NULL),
		      &copy);
}
END_TEST

UNIT_SUITE(checks_backup)
{
	Suite *s = suite_create("checks_backup");
	TCase *tc = tcase_create("verdicts");

	tcase_add_loop_test(tc, verdicts_are_as_documented, 0, ARRAY_LEN(rows));
	tcase_add_test(tc, an_event_before_a_change_of_version_is_past);
	tcase_add_test(tc, a_policy_fails_old_backups);
	tcase_add_test(tc, none_on_record_is_missing_after_a_while);
	tcase_add_loop_test(tc, a_schedule_has_a_longest_gap, 0, ARRAY_LEN(gaps));
	tcase_add_test(tc, a_schedule_of_four_weeks_warns_of_nothing);
	tcase_add_test(tc, a_restore_says_nothing_of_how_long_a_backup_takes);
	tcase_add_test(tc, a_copy_computer_needs_azure_powershell_too);
	suite_add_tcase(s, tc);
	return s;
}
