/* test_judge.c - what follows from verdicts: the one word for a host, what a policy and a good
 * backup make of a finding. */
#include "../unit.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "broken.h"
#include "scanner/reason.h"
#include "verdicts.h"

/* Which check fails since the day before the last good backup; NULL: first seen now. Of `was` its
 * evidence said then, NULL: the same. */
static const struct {
	const char *label, *fact, *rest, *failing, *was;
	enum status want;
	const char *contradicted;       /* a check; NULL: none */
} contradictions[] = {
	{ "from the day before on", "tls", NO_TLS12, "network.tls12", NULL, STATUS_COMPLIANT, "network.tls12" },
	{ "first seen now", "tls", NO_TLS12, NULL, NULL, STATUS_AT_RISK, NULL },
	{ "for another reason before", "tls", NO_TLS12, "network.tls12",
	  "a value of .NET is 0; but backups go through: one completed 2023-11-14T19:26:40Z",
	  STATUS_AT_RISK, NULL },
	{ "no passphrase, though backups go through", "agent-config", NO_PASSPHRASE, "backup.passphrase",
	  NULL, STATUS_COMPLIANT, "backup.passphrase" },
	{ "a proxy that wants a sign-in", "network.login", SIGN_IN, NULL, NULL, STATUS_COMPLIANT,
	  "network.login-url" },
	{ "a schedule is not contradicted", "agent-config", TASK_DISABLED, "backup.schedule",
	  NULL, STATUS_AT_RISK, NULL },
	{ "nor a registration", "agent-config", NOT_REGISTERED, "mars.registration",
	  NULL, STATUS_NEEDS_REGISTRATION, NULL },
	{ "nor the backups themselves", "backup.last", LAST_FAILED, "backup.last", NULL, STATUS_FAILING,
	  NULL },
};

/* The past of a host whose check failed since then with this evidence; NULL: with that of now. */
static json_t *past_failing(const struct facts *f, const char *failing, const char *was,
			    int64_t since_utc_ms)
{
	struct judgement now;
	json_t *past;

	judge_facts(f, "public", NULL, &now);
	past = json_pack("{s:{s:[I, s]}}", "failing", failing ? failing : "none",
			 (json_int_t)since_utc_ms,
			 was	 ? was :
			 failing ? finding_of(&now, failing)->evidence :
				   "");
	judgement_release(&now);
	return past;
}

START_TEST(a_good_backup_contradicts_what_stops_backups)
{
	const char *failing = contradictions[_i].failing;
	AUTO_JSON json_t *past = NULL;
	struct judgement j;
	struct facts f;

	healthy_but(&f, contradictions[_i].fact, contradictions[_i].rest);
	past = past_failing(&f, failing, contradictions[_i].was, 1699990000000 - DAY_MS);
	judge_facts(&f, "public", past, &j);
	ck_assert_msg(j.status == contradictions[_i].want, "%s: %s", contradictions[_i].label,
		      status_name(j.status));
	for (int i = 0; i < j.count; i++) {
		const struct finding *found = &j.finding[i];
		bool want = contradictions[_i].contradicted &&
			    strcmp(found->check->id, contradictions[_i].contradicted) == 0;

		ck_assert_msg((found->severity != found->check->severity) == want, "%s: %s",
			      contradictions[_i].label, found->evidence);
		ck_assert(!want || found->severity == SEVERITY_MAY_FAIL);
		ck_assert_msg(!!strstr(found->evidence, "but backups go through: one completed "
							"2023-11-14T19:26:40Z") == want,
			      "%s", found->evidence);
		ck_assert(!want || found->verdict == V_FAIL || found->verdict == V_UNKNOWN);
	}
	judgement_release(&j);
	facts_release(&f);
}
END_TEST

START_TEST(a_sign_in_is_as_unknown_as_the_backups_are)
{
	static const struct answer answers[] = { { "network.login", SIGN_IN },
						 { "backup.last", LAST_FAILED } };
	struct judgement j;
	struct facts f;

	healthy_with(&f, answers, ARRAY_LEN(answers));
	judge_facts(&f, "public", NULL, &j);
	ck_assert_int_eq(finding_of(&j, "network.login-url")->severity, SEVERITY_STOPS_BACKUPS);
	judgement_release(&j);
	facts_release(&f);
}
END_TEST

#define NO_ADMIN \
	"\"value\":{\"name\":\"WEB01\",\"domain\":null,\"user\":\"WEB01\\\\eve\",\"admin\":false}"

/* A policy's word on what a check counts for, and what the status follows from it. */
static const struct {
	const char *fact, *rest;
	enum check_id check;
	struct grade grade;
	enum status want;
} graded[] = {
	{ "tls", NO_TLS12, CHECK_TLS12, { LEVEL_DOCUMENTED, 1 + SEVERITY_MAY_FAIL }, STATUS_COMPLIANT },
	{ "tls", NO_TLS12, CHECK_TLS12, { LEVEL_FAIL, 1 + SEVERITY_STOPS_BACKUPS }, STATUS_AT_RISK },
	{ "os", SERVER_CORE, CHECK_CORE, { LEVEL_DOCUMENTED, 1 + SEVERITY_STOPS_BACKUPS }, STATUS_COMPLIANT },
	{ "os", SERVER_CORE, CHECK_CORE, { LEVEL_FAIL, 1 + SEVERITY_STOPS_BACKUPS }, STATUS_AT_RISK },
	{ "agent-config", NOT_REGISTERED, CHECK_REGISTRATION, { LEVEL_DOCUMENTED, 1 + SEVERITY_INFO },
	  STATUS_COMPLIANT },
	{ "backup.last", LAST_FAILED, CHECK_LAST, { LEVEL_DOCUMENTED, 1 + SEVERITY_MAY_FAIL },
	  STATUS_AT_RISK },       /* by backup.error */
	/* what backups say of it changes nothing of that */
	{ "network.login", SIGN_IN, CHECK_LOGIN, { LEVEL_DOCUMENTED, 1 + SEVERITY_INFO },
	  STATUS_COMPLIANT },
	{ "host", NO_ADMIN, CHECK_ACCOUNT, { LEVEL_DOCUMENTED, 1 + SEVERITY_MAY_FAIL },
	  STATUS_UNDETERMINED },
	{ "host", NO_ADMIN, CHECK_ACCOUNT, { LEVEL_DOCUMENTED, 1 + SEVERITY_INFO },
	  STATUS_COMPLIANT },
	{ "updates", NO_UPDATES, CHECK_UPDATES, { LEVEL_DOCUMENTED, 1 + SEVERITY_STOPS_BACKUPS },
	  STATUS_UNDETERMINED },
};

START_TEST(a_policy_says_what_a_check_counts_for)
{
	struct policy policy;
	struct judgement j;
	struct facts f;

	policy_default(&policy);
	policy.grade[graded[_i].check] = graded[_i].grade;
	healthy_but(&f, graded[_i].fact, graded[_i].rest);
	judge(&(struct context){ .facts = &f, .policy = &policy, .cloud = "public" }, "required",
	      &j);
	ck_assert_int_eq(j.finding[graded[_i].check].severity, graded[_i].grade.counts_as - 1);
	ck_assert_msg(j.status == graded[_i].want, "%s as %d: %s", checks[graded[_i].check].id,
		      graded[_i].grade.counts_as, status_name(j.status));
	judgement_release(&j);
	facts_release(&f);
}
END_TEST

/* Judged again, by other rules or another policy, in whatever words: the facts are the same. */
START_TEST(judging_again_gives_no_new_reason)
{
	AUTO_JSON json_t *past =
		json_pack("{s:{s:[I, s]}}", "failing", "network.tls12",
			  (json_int_t)1699990000000 - DAY_MS, "as it was said before");
	struct policy policy;
	struct judgement j;
	struct facts f;

	policy_default(&policy);
	healthy_but(&f, "tls", NO_TLS12);
	for (int again = 0; again < 2; again++) {
		judge(&(struct context){ .facts = &f,
					 .policy = &policy,
					 .cloud = "public",
					 .past = past,
					 .again = again },
		      "required", &j);
		ck_assert_int_eq(j.status, again ? STATUS_COMPLIANT : STATUS_AT_RISK);
		ck_assert_int_eq(finding_of(&j, "network.tls12")->new_reason, !again);
		judgement_release(&j);
	}
	facts_release(&f);
}
END_TEST

static const struct { const char *before, *now; bool want; } reasons[] = {
	{ "SChannel is off", "SChannel is off", false },
	{ "D:\\Scratch does not exist", "OnlineBackup.KEK is not in D:\\Scratch", true },
	{ "1.5 GB (4 %) free for D:\\x", "0.9 GB (12 %) free for D:\\x", false },
	{ "failed 2023-11-14T19:26:40Z; it took 3 h 5 min", "failed 2023-11-15T01:02:03Z; it took 45 min", false },
	{ "failed, for 3 d", "failed, for 3 d 4 h", false },
	{ "it ended with 0x80070005: denied", "it ended with 0x800423F4: denied", true },
	{ "OnlineBackup.KEK is not in C:\\Scratch1", "OnlineBackup.KEK is not in C:\\Scratch2", true },
	{ "it is not in C:\\Scratch 1", "it is not in C:\\Scratch 2", true },
	{ "l: HTTP 403, through proxy p1:80 (agent)", "l: HTTP 502, through proxy p1:80 (agent)", true },
	{ "l: HTTP 403, through proxy p1:80 (agent)", "l: HTTP 403, through proxy p2:80 (agent)", true },
	{ "through proxy 10.0.0.1:80", "through proxy 10.0.0.2:80", true },
	{ "through proxy 10.0.0.1", "through proxy 10.0.0.2", true },
	{ "event 5 of 2023-11-14T19:26:40Z: a", "event 11 of 2023-11-15T19:26:40Z: a", true },
	{ "event 5 of 2023-11-14T19:26:40Z: a", "event 5 of 2023-11-15T19:26:40Z: a", false },
	{ "System Writer failed (state 7)", "System Writer failed (state 9)", true },
	{ "VSS is stopping; as it was 2023-11-14", "VSS is stopping; as it was 2023-11-15", false },
	{ "12.5 GB (4 %), of 3 volumes, at 22:13", "9 MB (11%), of 12 volumes, at 02:01:07", false },
	{ "off by -3 min", "off by 12 s", false },
	{ "a; but backups go through: one completed 2023-11-14T19:26:40Z", "a", false },
	{ "a; b; c", "c; a", false },
	{ "a; b", "a; b; c", true },
	{ "ab", "b", true },
	{ "", "a", true },
};

START_TEST(a_reason_is_what_does_not_vary_from_night_to_night)
{
	ck_assert_msg(reason_is_new(reasons[_i].before, reasons[_i].now) == reasons[_i].want,
		      "'%s', then '%s'", reasons[_i].before, reasons[_i].now);
}
END_TEST

/* What did not fit is not compared: a number that grew may have cut it elsewhere. */
START_TEST(a_reason_that_was_cut_is_none)
{
	char before[EVIDENCE_MAX] = "a; ", now[EVIDENCE_MAX] = "a; ";

	memset(before + 3, 'b', EVIDENCE_MAX - 4);
	memset(now + 3, 'c', EVIDENCE_MAX - 4);
	ck_assert(!reason_is_new(before, now));
	now[0] = 'x';
	ck_assert(reason_is_new(before, now));
	now[EVIDENCE_MAX - 2] = '\0';
	now[0] = 'a';
	ck_assert(reason_is_new(before, now));
}
END_TEST

START_TEST(the_day_itself_contradicts_nothing)
{
	AUTO_JSON json_t *past = NULL;
	struct judgement j;
	struct facts f;

	healthy_but(&f, "tls", NO_TLS12);
	past = past_failing(&f, "network.tls12", NULL, 1699990000000 - 3600000);
	judge_facts(&f, "public", past, &j);
	ck_assert_int_eq(j.status, STATUS_AT_RISK);
	judgement_release(&j);
	facts_release(&f);
}
END_TEST

static const struct { enum status before, after; enum move want; } moves[] = {
	{ STATUS_OUTDATED, STATUS_COMPLIANT, MOVE_BETTER },
	{ STATUS_UNDETERMINED, STATUS_BEHIND, MOVE_BETTER },
	{ STATUS_NOT_INSTALLED, STATUS_AT_RISK, MOVE_BETTER },
	{ STATUS_COMPLIANT, STATUS_BEHIND, MOVE_WORSE },
	{ STATUS_COMPLIANT, STATUS_UNDETERMINED, MOVE_WORSE },
	{ STATUS_UNDETERMINED, STATUS_OUTDATED, MOVE_WORSE },
	{ STATUS_OUTDATED, STATUS_UNDETERMINED, MOVE_OTHER },
	{ STATUS_NEEDS_REGISTRATION, STATUS_UNDETERMINED, MOVE_OTHER },
	{ STATUS_AT_RISK, STATUS_UNDETERMINED, MOVE_OTHER },
	{ STATUS_AT_RISK, STATUS_AT_RISK, MOVE_OTHER },
	{ STATUS_EXCLUDED, STATUS_COMPLIANT, MOVE_OTHER },
	{ STATUS_COMPLIANT, STATUS_EXCLUDED, MOVE_OTHER },
	{ STATUS_NEVER_SEEN, STATUS_OUTDATED, MOVE_OTHER },
};

/* What stops all backups of a server counts as that, and what stops some as what may fail. */
#define ONLY_STATE "files=false;system_state=true;volumes=[]"
#define STATE_TOO "files=true;system_state=true"
#define NO_SYSTEM_WRITER "list=[{'id':'x','name':'SqlServerWriter','state':1,'error':0}]"
#define SYSTEM_WRITER(state) \
	"list=[{'id':'E8132975-6F93-4464-A53E-1050253AE220','name':'S','state':" state "}]"
#define FILES(volumes) \
	"files=true;system_state=false;volumes=[{'name':'" volumes "\\\\'}]"
#define VOLUME_C "list=[{'name':'C:\\\\','drive_type':3,"
#define NAME(from, open) \
	"{'host':'a','open':" open ",'error':'connect','from':'" from "'}"
#define TWO_VOLUMES FILES("C:\\\\'},{'name':'E:")
#define REMOVABLE_E "{'name':'E:\\\\','drive_type':2}]"
static const struct {
	const char *policy, *fact, *change;
	enum check_id check;
	enum severity want;
} states[] = {
	{ ONLY_STATE, "features", "windows_server_backup='Available'", CHECK_WSB_FEATURE,
	  SEVERITY_STOPS_BACKUPS },
	{ ONLY_STATE, "wsb", "cmdlet=false", CHECK_WBJOB, SEVERITY_STOPS_BACKUPS },
	{ ONLY_STATE, "system-volume", "free_bytes=1", CHECK_STATE_SPACE, SEVERITY_STOPS_BACKUPS },
	{ ONLY_STATE, "vss.writers", NO_SYSTEM_WRITER, CHECK_WRITERS, SEVERITY_STOPS_BACKUPS },
	{ ONLY_STATE, "vss.writers", "list=[]", CHECK_WRITERS, SEVERITY_STOPS_BACKUPS },
	{ ONLY_STATE, "vss.writers", SYSTEM_WRITER("9"), CHECK_WRITERS, SEVERITY_STOPS_BACKUPS },
	/* a writer of another is not what all of it needs */
	{ ONLY_STATE, "vss.writers",
	  "list=[{'id':'E8132975-6F93-4464-A53E-1050253AE220','name':'S','state':1,'error':0},"
	  "{'id':'x','name':'SqlServerWriter','state':9,'error':0}]",
	  CHECK_WRITERS, SEVERITY_MAY_FAIL },
	{ STATE_TOO, "features", "windows_server_backup='Available'", CHECK_WSB_FEATURE,
	  SEVERITY_MAY_FAIL },
	{ STATE_TOO, "vss.writers", NO_SYSTEM_WRITER, CHECK_WRITERS, SEVERITY_MAY_FAIL },
	{ "files=null;system_state=true", "wsb", "cmdlet=false", CHECK_WBJOB, SEVERITY_MAY_FAIL },

	/* scheduled backups of any kind run a script */
	{ FILES("C:"), "powershell", "version='2.0'", CHECK_POWERSHELL, SEVERITY_STOPS_BACKUPS },
	{ FILES("C:"), "powershell", "execution_policy='Restricted'", CHECK_POWERSHELL,
	  SEVERITY_STOPS_BACKUPS },

	/* all that is backed up, or some of it */
	{ FILES("C:"), "volumes", VOLUME_C "'file_system':'FAT32'}]", CHECK_VOLUMES,
	  SEVERITY_STOPS_BACKUPS },
	{ FILES("C:"), "volumes", VOLUME_C "'locked':true}]", CHECK_VOLUMES, SEVERITY_STOPS_BACKUPS },
	{ FILES("C:"), "volumes", VOLUME_C "'file_system':'NTFS','read_only':true}]", CHECK_VOLUMES,
	  SEVERITY_STOPS_BACKUPS },
	{ FILES("C:"), "volumes", "list=[{'name':'C:\\\\','drive_type':2,'file_system':'NTFS'}]",
	  CHECK_VOLUMES, SEVERITY_STOPS_BACKUPS },
	{ FILES("E:"), NULL, NULL, CHECK_VOLUMES, SEVERITY_STOPS_BACKUPS },
	{ TWO_VOLUMES, "volumes", VOLUME_C "'locked':true}]", CHECK_VOLUMES,
	  SEVERITY_STOPS_BACKUPS },
	{ TWO_VOLUMES, "volumes",
	  "list=[{'name':'C:\\\\','drive_type':3,'file_system':'NTFS'},"
	  REMOVABLE_E,
	  CHECK_VOLUMES, SEVERITY_MAY_FAIL },
	{ TWO_VOLUMES, "volumes",
	  "list=[{'name':'C:\\\\'},"
	  REMOVABLE_E, CHECK_VOLUMES, SEVERITY_MAY_FAIL },
	{ "system_state=true", "volumes", VOLUME_C "'locked':true}]", CHECK_VOLUMES, SEVERITY_MAY_FAIL },
	{ "system_state=null", "volumes", VOLUME_C "'locked':true}]", CHECK_VOLUMES, SEVERITY_MAY_FAIL },

	/* every name that the agent itself uses, or some */
	{ FILES("C:"), "network.endpoints",
	  "results=[" NAME("log", "false") "," NAME("config", "false") "]", CHECK_ENDPOINTS,
	  SEVERITY_STOPS_BACKUPS },
	{ FILES("C:"), "network.endpoints",
	  "results=[" NAME("log", "false") "," NAME("log", "true") "]", CHECK_ENDPOINTS,
	  SEVERITY_MAY_FAIL },
	{ FILES("C:"), "network.endpoints", "results=[" NAME("log", "false")
	  ",{'host':'b','open':null,'status':407,'error':'sign-in','from':'log'}]",
	  CHECK_ENDPOINTS, SEVERITY_MAY_FAIL },
	/* one that no name server knows may be of a vault that is no more: the others count */
	{ FILES("C:"), "network.endpoints", "results=[" NAME("log", "false")
	  ",{'host':'b','open':false,'error':'name','from':'log'}]", CHECK_ENDPOINTS,
	  SEVERITY_STOPS_BACKUPS },
};

/* One of two closed names goes past the proxy that was asked: the agent may reach that one. */
START_TEST(a_name_that_another_way_may_reach_is_not_closed)
{
	const char *change[6] = {
		"backup.policy",
		FILES("C:"),
		"network.endpoints",
		"proxy='x';proxy_source='system';results=[{'host':'b','open':false,"
		"'error':'connect','from':'log'}," NAME("log", "false") "]",
		"network.proxy",
		"system='x';winhttp='x';agent='x'"
	};
	struct judgement j;
	struct facts f;

	row_facts(change, &f);
	judge_facts(&f, "public", NULL, &j);
	ck_assert_int_eq(finding_of(&j, "network.endpoints")->severity, SEVERITY_STOPS_BACKUPS);
	judgement_release(&j);
	facts_release(&f);
	change[5] = "system='x';winhttp='x';agent='x';system_except='a'";
	row_facts(change, &f);
	judge_facts(&f, "public", NULL, &j);
	ck_assert_int_eq(finding_of(&j, "network.endpoints")->verdict, V_FAIL);
	ck_assert_int_eq(finding_of(&j, "network.endpoints")->severity, SEVERITY_MAY_FAIL);
	judgement_release(&j);
	facts_release(&f);
}
END_TEST

START_TEST(what_no_backup_goes_through_without_stops_backups)
{
	const char *change[6] = { "backup.policy", states[_i].policy, states[_i].fact,
				  states[_i].change };
	bool stops = states[_i].want == SEVERITY_STOPS_BACKUPS;
	const char *id = checks[states[_i].check].id;
	AUTO_JSON json_t *past = NULL;
	struct policy policy;
	struct judgement j;
	struct facts f;

	row_facts(change, &f);
	judge_facts(&f, "public", NULL, &j);
	ck_assert_int_eq(finding_of(&j, id)->verdict, V_FAIL);
	ck_assert_int_eq(finding_of(&j, id)->severity, states[_i].want);
	ck_assert_int_eq(j.status, stops ? STATUS_AT_RISK : STATUS_COMPLIANT);
	/* backups that go through say otherwise, and so may a policy */
	past = json_pack("{s:{s:[I, s]}}", "failing", id, (json_int_t)1699000000000,
			 finding_of(&j, id)->evidence);
	judgement_release(&j);
	judge_facts(&f, "public", past, &j);
	ck_assert_int_eq(finding_of(&j, id)->severity, SEVERITY_MAY_FAIL);
	judgement_release(&j);
	policy_default(&policy);
	policy.grade[states[_i].check] = (struct grade){ LEVEL_DOCUMENTED, 1 + SEVERITY_MAY_FAIL };
	judge(&(struct context){ .facts = &f, .policy = &policy, .cloud = "public" }, "required",
	      &j);
	ck_assert_int_eq(j.status, STATUS_COMPLIANT);
	judgement_release(&j);
	facts_release(&f);
}
END_TEST

#define ANOTHER_MACHINE                                                     \
	"00000000000000000000000000000001 00000000000000000000000000000002" \
	" 00000000000000000000000000000003"

/* What stored findings come to, with an exception for host.identity or without. */
static enum status status_again(const struct judgement *j, bool excepted)
{
	struct finding_row row[CHECK_COUNT] = { { NULL } };
	bool passed[CHECK_COUNT] = { false };

	for (int i = 0; i < j->count; i++)
		row[i] = (struct finding_row){
			.check = (char *)checks[i].id,
			.verdict = (char *)verdict_name(j->finding[i].verdict),
			.evidence = (char *)j->finding[i].evidence,
			.severity = (char *)severity_name(j->finding[i].severity)
		};
	passed[CHECK_IDENTITY] = excepted;
	return status_from_findings(row, j->count, "required", passed);
}

/* What another machine told is of that one, whatever a policy makes of its finding; a mere other
 * name is none. */
START_TEST(of_another_machine_nothing_is_determined)
{
	static const struct {
		const char *known, *name;
		int level;
		bool accept;
		enum status want;
	} of[] = {
		{ ANOTHER_MACHINE, "web01", LEVEL_DOCUMENTED, false, STATUS_UNDETERMINED },
		{ ANOTHER_MACHINE, "web01", LEVEL_WARN, false, STATUS_UNDETERMINED },
		{ ANOTHER_MACHINE, "web01", LEVEL_OFF, false, STATUS_COMPLIANT },
		{ ANOTHER_MACHINE, "web01", LEVEL_DOCUMENTED, true, STATUS_COMPLIANT },
		{ "", "app05", LEVEL_DOCUMENTED, false, STATUS_COMPLIANT },
		{ "", "app05", LEVEL_FAIL, false, STATUS_COMPLIANT },
	};
	struct policy policy;
	struct judgement j;
	struct facts f;

	healthy_with(&f, NULL, 0);
	policy_default(&policy);
	for (size_t i = 0; i < ARRAY_LEN(of); i++) {
		AUTO_JSON json_t *past = json_pack("{s:{s:s}}", "machine", "known", of[i].known);

		policy.grade[CHECK_IDENTITY].level = (unsigned char)of[i].level;
		judge(&(struct context){ .facts = &f,
					 .policy = &policy,
					 .name = of[i].name,
					 .address = of[i].name,
					 .cloud = "public",
					 .past = past,
					 .accept_changed = of[i].accept },
		      "required", &j);
		ck_assert_msg(j.status == of[i].want, "%zu: %s, %s", i, status_name(j.status),
			      finding_of(&j, "host.identity")->evidence);
		ck_assert_int_eq(status_again(&j, false), of[i].want);
		ck_assert_int_eq(status_again(&j, true), STATUS_COMPLIANT);
		judgement_release(&j);
	}
	facts_release(&f);
}
END_TEST

START_TEST(nothing_is_better_for_not_being_known)
{
	ck_assert_msg(status_move(moves[_i].before, moves[_i].after) == moves[_i].want, "%s to %s",
		      status_name(moves[_i].before), status_name(moves[_i].after));
}
END_TEST

static const struct { const char *label, *fact, *rest, *mars; enum status want; } words[] = {
	{ "healthy", NULL, NULL, "required", STATUS_COMPLIANT },
	{ "absent", "agent", NO_AGENT, "required", STATUS_NOT_INSTALLED },
	{ "absent, optional", "agent", NO_AGENT, "optional", STATUS_EXCLUDED },
	{ "old", "agent", AGENT("true", "\"2.0.9070.0\"", "", "null"), "required",
	  STATUS_OUTDATED },
	{ "old, optional", "agent", AGENT("true", "\"2.0.9070.0\"", "", "null"), "optional",
	  STATUS_OUTDATED },
	{ "service stopped", "service.obengine", SERVICE("true", "1", "2"), "required",
	  STATUS_AT_RISK },
	{ "agent not known", "agent", LATE, "required", STATUS_UNDETERMINED },
	{ "not examined", "scratch", DENIED, "required", STATUS_UNDETERMINED },
	{ "never registered", "agent-config", NOT_REGISTERED, "required", STATUS_NEEDS_REGISTRATION },
	{ "the last backup failed", "backup.last", LAST_FAILED, "required", STATUS_FAILING },
	{ "no passphrase", "agent-config", NO_PASSPHRASE, "required", STATUS_AT_RISK },
	{ "no task", "agent-config", TASK_DISABLED, "required", STATUS_AT_RISK },
	{ "no scratch folder", "scratch", NO_SCRATCH, "required", STATUS_AT_RISK },
	{ "VSS disabled", "services", VSS_DISABLED, "required", STATUS_AT_RISK },
	{ "no TLS 1.2", "tls", NO_TLS12, "required", STATUS_AT_RISK },
	{ "behind", "agent", AGENT("true", "\"2.0.9900.0\"", UNINSTALL("\"2.0.9900.0\""), "null"),
	  "required",
	  STATUS_BEHIND },
	{ "a warning only", "service.obengine", SERVICE("true", "4", "4"), "required",
	  STATUS_COMPLIANT },
};

START_TEST(one_word_follows_from_the_findings)
{
	struct policy policy;
	struct judgement j;
	struct facts f;

	policy_default(&policy);
	policy.has_target = version_parse("2.0.9938.0", &policy.target);
	healthy_but(&f, words[_i].fact, words[_i].rest);
	judge(&(struct context){ .facts = &f, .policy = &policy, .cloud = "public" },
	      words[_i].mars, &j);
	ck_assert_msg(j.status == words[_i].want, "%s: %s", words[_i].label, status_name(j.status));
	judgement_release(&j);
	facts_release(&f);
}
END_TEST

START_TEST(without_a_target_nobody_is_behind)
{
	struct policy policy;
	struct judgement j;
	struct facts f;

	policy_default(&policy);
	healthy_but(&f, NULL, NULL);
	judge(&(struct context){ .facts = &f, .policy = &policy, .cloud = "public" }, "required",
	      &j);
	ck_assert_int_eq(finding_of(&j, "mars.target")->verdict, V_NOT_APPLICABLE);
	judgement_release(&j);
	facts_release(&f);
}
END_TEST

START_TEST(names_go_both_ways)
{
	enum severity severity;
	enum status status;

	for (int i = 0; i < STATUS_COUNT; i++) {
		ck_assert(status_from_name(status_name((enum status)i), &status));
		ck_assert_int_eq(status, i);
	}
	ck_assert(!status_from_name("perfect", &status));
	for (int i = 0; i < SEVERITY_COUNT; i++) {
		ck_assert(severity_from_name(severity_name((enum severity)i), &severity));
		ck_assert_int_eq(severity, i);
	}
	ck_assert(!severity_from_name("stop-backups", &severity));
	for (int i = 0; i < VERDICT_COUNT; i++)
		ck_assert_int_eq(verdict_from_name(verdict_name((enum verdict)i)), i);
	for (int i = 0; i < CHECK_COUNT; i++)
		ck_assert_ptr_eq(check_find(checks[i].id), &checks[i]);
}
END_TEST

/* A host may say what we would. */
START_TEST(only_what_may_fail_was_contradicted)
{
	struct finding_row f = {
		.check = "network.login-url",
		.verdict = "fail",
		.severity = "stops-backups",
		.evidence = "through proxy but backups go through: one completed today (agent)",
	};

	ck_assert_ptr_null(finding_contradicted(&f));
	f.severity = "may-fail";
	ck_assert_ptr_eq(finding_contradicted(&f), f.evidence + strlen("through proxy "));
}
END_TEST

UNIT_SUITE(judge)
{
	Suite *s = suite_create("judge");
	TCase *tc = tcase_create("judge");

	tcase_add_loop_test(tc, a_good_backup_contradicts_what_stops_backups, 0,
			    ARRAY_LEN(contradictions));
	tcase_add_loop_test(tc, a_policy_says_what_a_check_counts_for, 0, ARRAY_LEN(graded));
	tcase_add_test(tc, the_day_itself_contradicts_nothing);
	tcase_add_test(tc, only_what_may_fail_was_contradicted);
	tcase_add_test(tc, judging_again_gives_no_new_reason);
	tcase_add_test(tc, of_another_machine_nothing_is_determined);
	tcase_add_loop_test(tc, a_reason_is_what_does_not_vary_from_night_to_night, 0,
			    ARRAY_LEN(reasons));
	tcase_add_test(tc, a_reason_that_was_cut_is_none);
	tcase_add_test(tc, a_sign_in_is_as_unknown_as_the_backups_are);
	tcase_add_test(tc, a_name_that_another_way_may_reach_is_not_closed);
	tcase_add_loop_test(tc, what_no_backup_goes_through_without_stops_backups, 0,
			    ARRAY_LEN(states));
	tcase_add_loop_test(tc, nothing_is_better_for_not_being_known, 0, ARRAY_LEN(moves));
	tcase_add_loop_test(tc, one_word_follows_from_the_findings, 0, ARRAY_LEN(words));
	tcase_add_test(tc, without_a_target_nobody_is_behind);
	tcase_add_test(tc, names_go_both_ways);
	suite_add_tcase(s, tc);
	return s;
}
