/* test_checks.c - every check's verdicts as a table: one fact of a healthy server is replaced,
 * the verdict and words of the evidence are compared. */
#include "../unit.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "verdicts.h"

#define AGENT(installed, version, uninstall, service) \
	"\"value\":{\"installed\":" installed ",\"install_path\":\"C:\\\\A\",\"exe_path\":null," \
	"\"exe_version\":" version ",\"uninstall\":[" uninstall "],\"service_path\":null," \
	"\"service_version\":" service "}"
#define UNINSTALL(version) "{\"view\":64,\"key\":\"Windows Azure Backup\",\"version\":" version "}"
#define NO_AGENT AGENT("false", "null", "", "null")
#define SERVICE(exists, state, start) \
	"\"value\":{\"exists\":" exists ",\"state\":" state ",\"start\":" start "}"
#define SCRATCH(size, free) \
	"\"value\":{\"config\":null,\"provider\":null,\"path\":\"C:\\\\S\",\"exists\":true,\"" \
	"volume\":" \
	"\"C:\\\\\",\"size_bytes\":" size ",\"free_bytes\":" free "}"
#define LOGIN(status, open, error) \
	"\"value\":{\"asked\":true,\"proxy\":\"proxy:8080\",\"proxy_source\":\"agent\"," \
	"\"results\":[{\"host\":\"login.windows.net\",\"open\":" open \
	",\"status\":" status ",\"error\":" error "}]}"
#define SIGN_IN LOGIN("407", "null", "\"sign-in\"")
#define CONFIG(registered, enabled, encryption) \
	"\"value\":{\"registered\":" registered ",\"task_exists\":true,\"task_enabled\":" enabled \
	",\"task_account\":\"SYSTEM\",\"task_sid\":\"S-1-5-18\",\"task_result\":0," \
	"\"task_ran_utc_ms\":1699990000000,\"task_instances\":2,\"task_count\":1," \
	"\"encryption_set\":" encryption "}"
#define NOT_REGISTERED CONFIG("false", "true", "true")
#define TASK_DISABLED CONFIG("true", "false", "true")
#define NO_PASSPHRASE CONFIG("true", "true", "false")
#define LAST_FAILED \
	"\"value\":{\"completed_utc_ms\":1699990000000,\"event\":3," \
	"\"failed_utc_ms\":1699995000000,\"failed_event\":11,\"error\":230006}"
#define NO_SCRATCH \
	"\"value\":{\"config\":\"C:\\\\S\",\"provider\":\"C:\\\\S\",\"path\":\"C:\\\\S\"," \
	"\"exists\":false,\"kek_exists\":false,\"attributes\":null,\"volume\":\"C:\\\\\"," \
	"\"drive_type\":3,\"file_system\":\"NTFS\",\"deduplicated\":false," \
	"\"size_bytes\":107374182400,\"free_bytes\":53687091200}"
#define VSS_DISABLED \
	"\"value\":{\"list\":[{\"name\":\"RpcSs\",\"exists\":true,\"state\":4,\"start\":2}," \
	"{\"name\":\"EventSystem\",\"exists\":true,\"state\":4,\"start\":2}," \
	"{\"name\":\"SENS\",\"exists\":true,\"state\":4,\"start\":2}," \
	"{\"name\":\"VSS\",\"exists\":true,\"state\":1,\"start\":4}," \
	"{\"name\":\"swprv\",\"exists\":true,\"state\":1,\"start\":4}]}"
#define NO_TLS12 \
	"\"value\":{\"schannel_enabled\":0,\"schannel_disabled_by_default\":1," \
	"\"net64_system_default\":null,\"net64_strong_crypto\":null," \
	"\"net32_system_default\":null,\"net32_strong_crypto\":null,\"fips\":null}"
static const struct {
	const char *check, *fact, *rest;
	enum verdict want;
	const char *evidence;           /* part of it */
} cases[] = {
	{ "mars.installed", NULL, NULL, V_PASS, "installed in C:\\A" },
	{ "mars.installed", "agent", NO_AGENT, V_FAIL, "Windows Azure Backup\\Setup" },
	{ "mars.installed", "agent", NULL, V_UNKNOWN, "did not answer 'agent'" },
	{ "mars.installed", "agent", LATE, V_UNKNOWN, "time limit" },
	{ "mars.installed", "agent", DENIED, V_NOT_EXAMINED, "Zugriff verweigert" },
	{ "mars.version", NULL, NULL, V_PASS, "2.0.9938.0" },
	{ "mars.version", "agent", AGENT("true", "\"2.0.9083.0\"", "", "null"), V_PASS,
	  "2.0.9083.0" },
	{ "mars.version", "agent", AGENT("true", "\"2.0.9082.9\"", "", "null"), V_FAIL, "0x1FBD3" },
	{ "mars.version", "agent", AGENT("true", "\"2.0.10000.0\"", "", "null"), V_PASS,
	  "2.0.10000.0" },
	{ "mars.version", "agent", AGENT("true", "null", "", "null"), V_FAIL, "0x1FBD3" },
	{ "mars.version", "agent", AGENT("true", "\"\"", "", "null"), V_FAIL,
	  "no readable version" },
	{ "mars.version", "agent", AGENT("true", "\"zwei\"", "", "null"), V_FAIL,
	  "no readable version" },
	{ "mars.version", "agent", NO_AGENT, V_NOT_APPLICABLE, "no agent" },
	{ "mars.version", "agent", LATE, V_UNKNOWN, "time limit" },
	{ "mars.witnesses", NULL, NULL, V_PASS, "2 other witnesses agree" },
	{ "mars.witnesses", "agent", AGENT("true", "\"2.0.9938.0\"", UNINSTALL("\"2.0.9070.0\""),
	  "null"),
	  V_WARN, "says 2.0.9070.0" },
	{ "mars.witnesses", "agent", AGENT("true", "\"2.0.9938.0\"", "", "\"2.0.1.0\""), V_WARN,
	  "service's program is 2.0.1.0" },
	{ "mars.witnesses", "agent", AGENT("true", "\"2.0.9938.0\"", UNINSTALL("null"), "null"),
	  V_UNKNOWN,
	  "no other witness" },
	{ "mars.witnesses", "agent", NO_AGENT, V_NOT_APPLICABLE, "no agent" },
	{ "mars.witnesses", "agent", AGENT("true", "null", "", "null"), V_UNKNOWN,
	  "to compare with" },
	{ "mars.target", NULL, NULL, V_PASS, "target 2.0.9938.0" },
	{ "mars.target", "agent", AGENT("true", "\"2.0.9900.0\"", "", "null"), V_FAIL,
	  "target 2.0.9938.0" },
	{ "mars.target", "agent", AGENT("true", "null", "", "null"), V_UNKNOWN,
	  "no readable version" },
	{ "mars.target", "agent", NO_AGENT, V_NOT_APPLICABLE, "no agent" },
	{ "mars.registration", NULL, NULL, V_PASS, "no older version on record" },
	{ "mars.registration", "agent", AGENT("true", "\"2.0.9000.0\"", "", "null"),
	  V_NOT_APPLICABLE, "at 2.0.9083.0" },
	{ "mars.registration", "agent", NO_AGENT, V_NOT_APPLICABLE, "no agent" },
	{ "mars.registration", "agent-config", NOT_REGISTERED, V_FAIL, "never registered" },
	{ "service.obengine", NULL, NULL, V_PASS, "running" },
	{ "service.obengine", "service.obengine", SERVICE("true", "1", "3"), V_FAIL,
	  "stopped, start type manual" },
	{ "service.obengine", "service.obengine", SERVICE("true", "1", "4"), V_FAIL, "disabled" },
	{ "service.obengine", "service.obengine", SERVICE("true", "4", "4"), V_WARN, "disabled" },
	{ "service.obengine", "service.obengine", SERVICE("true", "2", "2"), V_WARN, "starting" },
	{ "service.obengine", "service.obengine", SERVICE("true", "99", "2"), V_UNKNOWN,
	  "impossible" },
	{ "service.obengine", "service.obengine", SERVICE("true", "null", "2"), V_UNKNOWN,
	  "not known" },
	{ "service.obengine", "service.obengine", SERVICE("false", "null", "null"), V_FAIL,
	  "no service" },
	{ "service.obengine", "service.obengine", DENIED, V_NOT_EXAMINED, "Zugriff" },
	{ "service.obengine", "agent", NO_AGENT, V_NOT_APPLICABLE, "no agent" },
	{ "network.login-url", NULL, NULL, V_PASS, "HTTP 200, no proxy" },
	{ "network.login-url", "network.login", LOGIN("404", "true", "null"), V_PASS,
	  "through proxy proxy:8080 (agent)" },
	{ "network.login-url", "network.login", SIGN_IN, V_UNKNOWN,
	  "a proxy wants a sign-in (HTTP 407)" },
	/* as older looks have it */
	{ "network.login-url", "network.login", LOGIN("407", "false", "null"), V_UNKNOWN,
	  "HTTP 407" },
	{ "network.login-url", "network.login", LOGIN("403", "false", "\"proxy\""), V_FAIL,
	  "the proxy refuses, HTTP 403" },
	{ "network.login-url", "network.login", LOGIN("null", "false", "\"tls\""), V_FAIL,
	  "no answer (tls)" },
	{ "network.login-url", "network.login", "\"value\":{\"asked\":false}", V_UNKNOWN,
	  "not asked" },
	{ "network.login-url", "network.login", LATE, V_UNKNOWN, "time limit" },
	{ "scratch.free-space", NULL, NULL, V_PASS, "50.0 GB (50 %) free" },
	{ "scratch.free-space", "scratch", SCRATCH("107374182400", "2684354559"), V_FAIL,
	  "2.5 GB" },
	{ "scratch.free-space", "scratch", SCRATCH("107374182400", "2684354560"), V_PASS, "(2 %)" },
	{ "scratch.free-space", "scratch", SCRATCH("10737418240", "2684354560"), V_PASS, "(25 %)" },
	{ "scratch.free-space", "scratch", SCRATCH("5", "10"), V_UNKNOWN, "not known" },
	{ "scratch.free-space", "scratch", SCRATCH("null", "null"), V_UNKNOWN, "not known" },
	{ "scratch.free-space", "scratch", SCRATCH("1", "-5"), V_UNKNOWN, "out of range" },
	{ "scratch.free-space", "scratch", LATE, V_UNKNOWN, "time limit" },
	{ "scratch.free-space", "agent", NO_AGENT, V_NOT_APPLICABLE, "no agent" },
	{ "os.dotnet", NULL, NULL, V_PASS, "528049" },
	{ "os.dotnet", "dotnet", "\"value\":{\"release\":379893}", V_PASS, "379893" },
	{ "os.dotnet", "dotnet", "\"value\":{\"release\":379892}", V_FAIL, "379892" },
	{ "os.dotnet", "dotnet", "\"value\":{\"release\":null}", V_FAIL, "no .NET" },
	{ "os.dotnet", "dotnet", DENIED, V_NOT_EXAMINED, "Zugriff" },
	{ "os.clock", NULL, NULL, V_UNKNOWN, "not compared" },
	{ "os.clock", "clock", LATE, V_UNKNOWN, "time limit" },
};

static void judge_facts(const struct facts *f, const char *cloud, const json_t *past,
			struct judgement *out)
{
	static struct policy policy;

	policy_default(&policy);
	policy.has_target = version_parse("2.0.9938.0", &policy.target);
	judge(&(struct context){ .facts = f, .policy = &policy, .cloud = cloud, .past = past },
	      "required", out);
}

START_TEST(verdicts_are_as_documented)
{
	const struct finding *found;
	struct judgement j;
	struct facts f;

	healthy_but(&f, cases[_i].fact, cases[_i].rest);
	judge_facts(&f, "public", NULL, &j);
	found = finding_of(&j, cases[_i].check);
	ck_assert_msg(found->verdict == cases[_i].want, "%s with %s: %s (%s)", cases[_i].check,
		      cases[_i].rest ? cases[_i].rest : "-", verdict_name(found->verdict),
		      found->evidence);
	ck_assert_msg(strstr(found->evidence, cases[_i].evidence) != NULL, "%s: '%s' not in '%s'",
		      cases[_i].check, cases[_i].evidence, found->evidence);
	judgement_release(&j);
	facts_release(&f);
}
END_TEST

/* Nothing is known of a server that shows only what anybody may see. */
START_TEST(what_no_administrator_asked_is_undetermined)
{
	static const char *const admin[] = { "true", "false" };
	static const enum status want[] = { STATUS_COMPLIANT, STATUS_UNDETERMINED };

	for (size_t i = 0; i < ARRAY_LEN(admin); i++) {
		AUTO_FREE char *rest =
			xasprintf("\"value\":{\"name\":\"WEB01\",\"domain\":null,\"user\":\"u\","
				  "\"admin\":%s}",
				  admin[i]);
		struct judgement j;
		struct facts f;

		healthy_but(&f, "host", rest);
		judge_facts(&f, "public", NULL, &j);
		ck_assert_int_eq(j.status, want[i]);
		judgement_release(&j);
		facts_release(&f);
	}
}
END_TEST

static const struct { int64_t minutes; enum verdict want; } skews[] = {
	{ 0, V_PASS }, { 4, V_PASS }, { -5, V_WARN }, { 14, V_WARN }, { 15, V_FAIL }, { -600,
		V_FAIL },
};

START_TEST(a_wrong_clock_is_told)
{
	struct judgement j;
	struct facts f;

	healthy_but(&f, NULL, NULL);
	facts_set_skew(&f, skews[_i].minutes * 60000);
	judge_facts(&f, "public", NULL, &j);
	ck_assert_int_eq(finding_of(&j, "os.clock")->verdict, skews[_i].want);
	judgement_release(&j);
	facts_release(&f);
}
END_TEST

/* The last backup of the healthy server ended at 1699990000000; the look is at 1700000000000. */
static const struct { const char *label, *versions; enum verdict want; } histories[] = {
	{ "first seen new", "[]", V_PASS },
	{ "always new", "[[1,\"2.0.9938.0\"]]", V_PASS },
	{ "crossed in this look", "[[1,\"2.0.9070.0\"]]", V_FAIL },
	{ "crossed before the last backup", "[[1,\"2.0.9070.0\"],[1699980000000,\"2.0.9938.0\"]]",
	  V_PASS },
	{ "crossed after the last backup", "[[1,\"2.0.9070.0\"],[1699995000000,\"2.0.9938.0\"]]",
	  V_FAIL },
	{ "with an unreadable one between",
	  "[[1,\"2.0.9070.0\"],[2,\"\"],[1699995000000,\"2.0.9938.0\"]]", V_FAIL },
	{ "up, down and up again", "[[1,\"2.0.9070.0\"],[2,\"2.0.9938.0\"],[3,\"2.0.9070.0\"]]",
	  V_FAIL },
	{ "new to newer", "[[1,\"2.0.9100.0\"],[1699995000000,\"2.0.9938.0\"]]", V_PASS },
};

/* Which check fails since the day before the last good backup; NULL: first seen now. */
static const struct {
	const char *label, *fact, *rest, *failing;
	enum status want;
	const char *contradicted;       /* a check; NULL: none */
} contradictions[] = {
	{ "from the day before on", "tls", NO_TLS12, "network.tls12", STATUS_COMPLIANT, "network.tls12" },
	{ "first seen now", "tls", NO_TLS12, NULL, STATUS_AT_RISK, NULL },
	{ "no passphrase, though backups go through", "agent-config", NO_PASSPHRASE, "backup.passphrase",
	  STATUS_COMPLIANT, "backup.passphrase" },
	{ "a proxy that wants a sign-in", "network.login", SIGN_IN, NULL, STATUS_COMPLIANT,
	  "network.login-url" },
	{ "a schedule is not contradicted", "agent-config", TASK_DISABLED, "backup.schedule",
	  STATUS_AT_RISK, NULL },
	{ "nor a registration", "agent-config", NOT_REGISTERED, "mars.registration",
	  STATUS_NEEDS_REGISTRATION, NULL },
	{ "nor the backups themselves", "backup.last", LAST_FAILED, "backup.last", STATUS_FAILING,
	  NULL },
};

START_TEST(a_good_backup_contradicts_what_stops_backups)
{
	const char *failing = contradictions[_i].failing;
	AUTO_JSON json_t *past = json_pack("{s:{s:I}}", "failing", failing ? failing : "none",
					   (json_int_t)1699990000000 - DAY_MS);
	struct judgement j;
	struct facts f;

	healthy_but(&f, contradictions[_i].fact, contradictions[_i].rest);
	judge_facts(&f, "public", past, &j);
	ck_assert_msg(j.status == contradictions[_i].want, "%s: %s", contradictions[_i].label,
		      status_name(j.status));
	for (int i = 0; i < j.count; i++) {
		const struct finding *found = &j.finding[i];
		bool want = contradictions[_i].contradicted &&
			    strcmp(found->check->id, contradictions[_i].contradicted) == 0;

		ck_assert_msg(found->contradicted == want, "%s: %s", contradictions[_i].label,
			      found->evidence);
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
	ck_assert(!finding_of(&j, "network.login-url")->contradicted);
	judgement_release(&j);
	facts_release(&f);
}
END_TEST

/* Stored facts, judged again by rules that want one more. */
START_TEST(what_no_look_asked_for_is_not_examined)
{
	AUTO_JSON json_t *stored = json_pack("{s:{s:i}}", "dotnet", "release", 528049);
	AUTO_JSON json_t *utc = json_object();
	const struct finding *found;
	struct judgement j;
	struct facts f;

	facts_init(&f);
	facts_under(&f, stored, utc);
	judge_facts(&f, "public", NULL, &j);
	ck_assert_int_eq(finding_of(&j, "os.dotnet")->verdict, V_PASS);
	found = finding_of(&j, "mars.installed");
	ck_assert_int_eq(found->verdict, V_NOT_EXAMINED);
	ck_assert_str_eq(found->evidence, "newer than the last look");
	judgement_release(&j);
	facts_release(&f);
}
END_TEST

START_TEST(the_day_itself_contradicts_nothing)
{
	AUTO_JSON json_t *past = json_pack("{s:{s:I}}", "failing", "network.tls12",
					   (json_int_t)1699990000000 - 3600000);
	struct judgement j;
	struct facts f;

	healthy_but(&f, "tls", NO_TLS12);
	judge_facts(&f, "public", past, &j);
	ck_assert_int_eq(j.status, STATUS_AT_RISK);
	judgement_release(&j);
	facts_release(&f);
}
END_TEST

/* What a policy asks for beyond the documents makes agents outdated, and nothing else. */
START_TEST(a_raised_minimum_tells_of_no_failing_backup)
{
	AUTO_JSON json_t *past =
		json_pack("{s:[[i,s],[i,s]]}", "versions", 1, "2.0.9249.0", 2, "2.0.9938.0");
	const struct finding *found;
	struct policy policy;
	struct judgement j;
	struct facts f;

	healthy_but(&f, NULL, NULL);
	policy_default(&policy);
	ck_assert(version_parse("2.0.9940.0", &policy.minimum));
	judge(&(struct context){ .facts = &f, .policy = &policy, .cloud = "public", .past = past },
	      "required", &j);
	found = finding_of(&j, "mars.version");
	ck_assert_int_eq(found->verdict, V_FAIL);
	ck_assert_ptr_nonnull(strstr(found->evidence, "the minimum of the policy"));
	ck_assert_ptr_null(strstr(found->evidence, "0x1FBD3"));
	ck_assert_int_eq(finding_of(&j, "mars.registration")->verdict, V_PASS);
	judgement_release(&j);
	facts_release(&f);
}
END_TEST

START_TEST(crossing_the_minimum_needs_a_backup_after_it)
{
	AUTO_JSON json_t *past =
		json_pack("{s:o}", "versions", json_loads(histories[_i].versions, 0, NULL));
	const struct finding *found;
	struct judgement j;
	struct facts f;

	healthy_but(&f, NULL, NULL);
	judge_facts(&f, "public", past, &j);
	found = finding_of(&j, "mars.registration");
	ck_assert_msg(found->verdict == histories[_i].want, "%s: %s", histories[_i].label,
		      found->evidence);
	ck_assert_int_eq(j.status, histories[_i].want == V_PASS ? STATUS_COMPLIANT :
								  STATUS_NEEDS_REGISTRATION);
	judgement_release(&j);
	facts_release(&f);
}
END_TEST

/* Our clock was an hour ahead when the new version was seen, the server's own was right. The
 * server's is 20,000 s ahead of ours. */
START_TEST(the_servers_clock_tells_when_a_version_came)
{
	AUTO_JSON json_t *past = json_loads("{\"versions\":[[1,\"2.0.9070.0\",0],"
					    "[1699973500000,\"2.0.9938.0\",1699989900000]]}",
					    0, NULL);
	struct judgement j;
	struct facts f;

	healthy_but(&f, NULL, NULL);
	facts_set_skew(&f, 20000000);
	judge_facts(&f, "public", past, &j);
	ck_assert_int_eq(finding_of(&j, "mars.registration")->verdict, V_PASS);
	judgement_release(&j);
	json_array_set_new(json_array_get(json_object_get(past, "versions"), 1), 2,
			   json_integer(1699990000001));
	judge_facts(&f, "public", past, &j);
	ck_assert_int_eq(finding_of(&j, "mars.registration")->verdict, V_FAIL);
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

START_TEST(nothing_is_better_for_not_being_known)
{
	ck_assert_msg(status_move(moves[_i].before, moves[_i].after) == moves[_i].want, "%s to %s",
		      status_name(moves[_i].before), status_name(moves[_i].after));
}
END_TEST

START_TEST(times_of_the_server_are_set_to_our_clock)
{
	AUTO_JSON json_t *past = json_loads(
		"{\"versions\":[[1,\"2.0.9070.0\"],[1699980000000,\"2.0.9938.0\"]]}", 0, NULL);
	struct judgement j;
	struct facts f;

	healthy_but(&f, NULL, NULL);
	facts_set_skew(&f,
		       20000000); /* its backup of 1699990000000 ended at 1699970000000 by ours */
	judge_facts(&f, "public", past, &j);
	ck_assert_int_eq(finding_of(&j, "mars.registration")->verdict, V_FAIL);
	judgement_release(&j);
	facts_release(&f);
}
END_TEST

START_TEST(the_closed_cloud_is_not_asked)
{
	struct judgement j;
	struct facts f;

	healthy_but(&f, "network.login", NULL);
	judge_facts(&f, "german", NULL, &j);
	ck_assert_int_eq(finding_of(&j, "network.login-url")->verdict, V_NOT_APPLICABLE);
	ck_assert_int_eq(j.status, STATUS_COMPLIANT);
	judgement_release(&j);
	facts_release(&f);
}
END_TEST

START_TEST(evidence_holds_no_control_characters)
{
	struct judgement j;
	struct facts f;

	healthy_but(&f, "agent", "\"error\":\"\\u001b[31mred\\n\",\"kind\":\"failed\"");
	judge_facts(&f, "public", NULL, &j);
	for (const char *c = finding_of(&j, "mars.version")->evidence; *c; c++)
		ck_assert_int_ge((unsigned char)*c, 32);
	judgement_release(&j);
	facts_release(&f);
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
	enum status status;

	for (int i = 0; i < STATUS_COUNT; i++) {
		ck_assert(status_from_name(status_name((enum status)i), &status));
		ck_assert_int_eq(status, i);
	}
	ck_assert(!status_from_name("perfect", &status));
	for (int i = 0; i < VERDICT_COUNT; i++)
		ck_assert_int_eq(verdict_from_name(verdict_name((enum verdict)i)), i);
	for (int i = 0; i < CHECK_COUNT; i++)
		ck_assert_ptr_eq(check_find(checks[i].id), &checks[i]);
}
END_TEST

UNIT_SUITE(checks)
{
	Suite *s = suite_create("checks");
	TCase *tc = tcase_create("checks");

	tcase_add_loop_test(tc, verdicts_are_as_documented, 0, ARRAY_LEN(cases));
	tcase_add_test(tc, what_no_administrator_asked_is_undetermined);
	tcase_add_loop_test(tc, a_wrong_clock_is_told, 0, ARRAY_LEN(skews));
	tcase_add_loop_test(tc, a_good_backup_contradicts_what_stops_backups, 0,
			    ARRAY_LEN(contradictions));
	tcase_add_test(tc, the_day_itself_contradicts_nothing);
	tcase_add_test(tc, a_sign_in_is_as_unknown_as_the_backups_are);
	tcase_add_test(tc, what_no_look_asked_for_is_not_examined);
	tcase_add_test(tc, a_raised_minimum_tells_of_no_failing_backup);
	tcase_add_loop_test(tc, crossing_the_minimum_needs_a_backup_after_it, 0,
			    ARRAY_LEN(histories));
	tcase_add_test(tc, times_of_the_server_are_set_to_our_clock);
	tcase_add_test(tc, the_servers_clock_tells_when_a_version_came);
	tcase_add_loop_test(tc, nothing_is_better_for_not_being_known, 0, ARRAY_LEN(moves));
	tcase_add_test(tc, the_closed_cloud_is_not_asked);
	tcase_add_test(tc, evidence_holds_no_control_characters);
	tcase_add_loop_test(tc, one_word_follows_from_the_findings, 0, ARRAY_LEN(words));
	tcase_add_test(tc, without_a_target_nobody_is_behind);
	tcase_add_test(tc, names_go_both_ways);
	suite_add_tcase(s, tc);
	return s;
}
