/* test_checks.c - every check's verdicts as a table: one fact of a healthy server is replaced,
 * the verdict and words of the evidence are compared. */
#include "../unit.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "broken.h"
#include "verdicts.h"

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
	{ "mars.registration", "agent-config", NOT_REGISTERED, V_FAIL,
	  "not registered with a vault any more: a backup completed 2023-11-14T19:26:40Z" },
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
	{ "scratch.free-space", "scratch", SCRATCH("1", "-5"), V_UNKNOWN, "is not known" },
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
	static const char *const host[] = {
		"\"value\":{\"name\":\"WEB01\",\"domain\":null,\"user\":\"u\",\"admin\":true}",
		"\"value\":{\"name\":\"WEB01\",\"domain\":null,\"user\":\"u\",\"admin\":false}",
		LATE,
		NULL,
	};

	for (size_t i = 0; i < ARRAY_LEN(host); i++) {
		struct judgement j;
		struct facts f;

		healthy_but(&f, "host", host[i]);
		judge_facts(&f, "public", NULL, &j);
		ck_assert_int_eq(j.status, i == 0 ? STATUS_COMPLIANT : STATUS_UNDETERMINED);
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
#define SEEN(installed, path, more)                                                     \
	",\"\",0,{\"installed\":" installed ",\"exe_version\":null,\"exe_path\":" path more \
	"}]"
#define BLANK(more) SEEN("true", "\"x\"", more)
#define UNINSTALLED SEEN("false", "null", ",\"uninstall\":[]")
#define LEFTOVER SEEN("true", "null", ",\"service_path\":null,\"uninstall\":[]")
#define SAYS(version) ",\"uninstall\":[{\"version\":\"x\"},{\"version\":\"" version "\"}]"
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
	/* what others told where cbengine.exe had no version */
	{ "others told an old one", "[[1" BLANK(SAYS("2.0.9070.0")) "]", V_FAIL },
	{ "the service's program did",
	  "[[1" BLANK(",\"service_version\":\"2.0.9070.0\"") ",[1699995000000,\"2.0.9938.0\"]]",
	  V_FAIL },
	{ "others told it, before the last backup",
	  "[[1" BLANK(SAYS("2.0.9070.0")) ",[1699980000000,\"2.0.9938.0\"]]", V_PASS },
	{ "others told a new one", "[[1" BLANK(SAYS("2.0.9938.0")) "]", V_PASS },
	{ "nothing told one", "[[1" BLANK("") ",[1699995000000,\"2.0.9938.0\"]]", V_UNKNOWN },
	{ "nothing told one, before this look", "[[1" BLANK("") "]", V_UNKNOWN },
	{ "nothing told one, before the last backup",
	  "[[1" BLANK("") ",[1699980000000,\"2.0.9938.0\"]]", V_PASS },
	{ "nothing told one, but an earlier look did", "[[1,\"2.0.9938.0\"],[2" BLANK("") "]", V_PASS },
	{ "none was installed", "[[1" UNINSTALLED "]", V_PASS },
	{ "leavings of one", "[[1" LEFTOVER "]", V_PASS },
};

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
	ck_assert_int_eq(j.status, histories[_i].want == V_PASS	   ? STATUS_COMPLIANT :
				   histories[_i].want == V_UNKNOWN ? STATUS_UNDETERMINED :
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

/* The same facts out of the store, where `clock_utc_ms` is when the clock was seen. */
static enum verdict judged_again(struct facts *f, int64_t clock_utc_ms)
{
	AUTO_JSON json_t *values = json_object();
	AUTO_JSON json_t *utc = json_object();
	struct judgement j;
	struct facts again;
	enum verdict verdict;

	for (int i = 0; i < f->count; i++) {
		const struct fact *fact = &f->fact[i];

		json_object_set(values, fact->name, fact->value);
		json_object_set_new(utc, fact->name,
				    json_integer(strcmp(fact->name, "clock") == 0 ?
							 clock_utc_ms :
							 HEALTHY_UTC_MS));
	}
	facts_init(&again);
	facts_under(&again, values, utc);
	judge_facts(&again, "public", NULL, &j);
	verdict = finding_of(&j, "backup.last")->verdict;
	judgement_release(&j);
	facts_release(&again);
	return verdict;
}

START_TEST(a_time_ahead_is_judged_as_in_its_look)
{
	struct judgement j;
	struct facts f;

	healthy_but(&f, "backup.last-job", "\"error\":\"x\"");
	facts_set_skew(&f, -HOUR_MS * 3);       /* by our clock its backup ends in 13 minutes */
	judge_facts(&f, "public", NULL, &j);
	ck_assert_int_eq(finding_of(&j, "backup.last")->verdict, V_UNKNOWN);
	judgement_release(&j);
	ck_assert_int_eq(judged_again(&f, HEALTHY_UTC_MS), V_UNKNOWN);
	ck_assert_int_eq(judged_again(&f, HEALTHY_UTC_MS - 1), V_PASS);
	facts_release(&f);
}
END_TEST

/* It is not asked, and no backup goes there; where one does, the inventory has the wrong cloud. */
START_TEST(nobody_backs_up_to_the_closed_cloud)
{
	const struct finding *login;
	AUTO_JSON json_t *past = NULL;
	struct judgement j;
	struct facts f;

	healthy_but(&f, "network.login", NULL);
	judge_facts(&f, "german", NULL, &j);
	login = finding_of(&j, "network.login-url");
	ck_assert_int_eq(login->verdict, V_FAIL);
	ck_assert_ptr_nonnull(strstr(login->evidence, "closed since 29 October 2021"));
	ck_assert_int_eq(j.status, STATUS_AT_RISK);
	past = json_pack("{s:{s:[I, s]}}", "failing", "network.login-url",
			 (json_int_t)1699000000000, login->evidence);
	judgement_release(&j);
	judge_facts(&f, "german", past, &j);
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

UNIT_SUITE(checks)
{
	Suite *s = suite_create("checks");
	TCase *tc = tcase_create("checks");

	tcase_add_loop_test(tc, verdicts_are_as_documented, 0, ARRAY_LEN(cases));
	tcase_add_test(tc, what_no_administrator_asked_is_undetermined);
	tcase_add_loop_test(tc, a_wrong_clock_is_told, 0, ARRAY_LEN(skews));
	tcase_add_test(tc, what_no_look_asked_for_is_not_examined);
	tcase_add_test(tc, a_raised_minimum_tells_of_no_failing_backup);
	tcase_add_loop_test(tc, crossing_the_minimum_needs_a_backup_after_it, 0,
			    ARRAY_LEN(histories));
	tcase_add_test(tc, times_of_the_server_are_set_to_our_clock);
	tcase_add_test(tc, the_servers_clock_tells_when_a_version_came);
	tcase_add_test(tc, a_time_ahead_is_judged_as_in_its_look);
	tcase_add_test(tc, nobody_backs_up_to_the_closed_cloud);
	tcase_add_test(tc, evidence_holds_no_control_characters);
	suite_add_tcase(s, tc);
	return s;
}
