/* test_checks_all.c - what holds for every check: what it says without its fact, past the time
 * limit, where it may not read, without an agent; and that no answer, however wrong, is more than
 * `unknown`. */
#include "../unit.h"

#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "scanner/facts/facts_kinds.h"
#include "verdicts.h"

/* The fact a check is judged from first, and whether it needs an agent. */
static const struct { const char *check, *fact; bool agent; } needs[] = {
	{ "host.account", "host", false }, { "host.identity", "host", false },
	{ "mars.installed", "agent", false }, { "mars.version", "agent", true },
	{ "mars.target", "agent", true }, { "mars.witnesses", "agent", true },
	{ "mars.thresholds", "agent", true }, { "mars.registration", "agent", true },
	{ "mars.newer-required", "event.newer-required", true },
	{ "service.obengine", "service.obengine", true },
	{ "service.management-agent", "service.management-agent", true },
	{ "service.rpcss", "services", false }, { "service.eventsystem", "services", false },
	{ "service.sens", "services", false }, { "service.vss", "services", false },
	{ "service.swprv", "services", false }, { "network.login-url", "network.login", false },
	{ "network.endpoints", "network.endpoints", false },
	{ "network.proxy", "network.proxy", true }, { "network.tls12", "tls", false },
	{ "scratch.location", "scratch", true }, { "scratch.free-space", "scratch", true },
	{ "systemstate.free-space", "backup.policy", true },
	{ "volumes.supported", "backup.policy", true }, { "volumes.files", "volumes.files", true },
	{ "os.supported", "os", false },
	{ "os.core", "os", false }, { "os.azure-vm", "machine", false },
	{ "os.updates", "updates", false }, { "os.pending-reboot", "reboot", false },
	{ "os.clock", "clock", false }, { "os.time-zone", NULL, false },
	{ "os.dotnet", "dotnet", false }, { "os.powershell", "powershell", false },
	{ "feature.windows-server-backup", "features", true }, { "feature.wbjob", "wsb", true },
	{ "wsb.last-job", "wsb", true },
	{ "security.system-volume-information", "security.svi", false },
	{ "security.antivirus", "antivirus", false },
	{ "security.av-exclusions", "antivirus.exclusions", true },
	{ "security.other-backups", "interference", false }, { "vss.writers", "vss.writers", false },
	{ "vss.shadow-storage", "vss.shadow-storage", false },
	{ "vss.writer-timeout", "event.vss-timeout", false },
	{ "vss.shadow-space", "event.volsnap", false },
	{ "vss.efi-locked", "event.efi-locked", false }, { "backup.last", "backup.last", true },
	{ "backup.schedule", "agent-config", true }, { "backup.running", "backup.running", true },
	{ "backup.next", "backup.next", true }, { "backup.error", "backup.last", true },
	{ "backup.passphrase", "agent-config", true }, { "offline.azure-powershell", NULL, false },
	{ "marshal.left-overs", "left-overs", false },
};
_Static_assert(ARRAY_LEN(needs) == CHECK_COUNT, "a row a check");

START_TEST(a_check_without_its_fact_does_not_guess)
{
	const char *check = needs[_i].check, *fact = needs[_i].fact;
	enum depth depth = fact ? kind_find(fact)->depth : DEPTH_FAST;
	struct row left_out = ROW(check, V_UNKNOWN, "did not answer", fact, LEFT_OUT);
	struct row late = ROW(check, V_UNKNOWN, "time limit (time-limit)", fact, LATE);
	struct row denied = ROW(check, V_NOT_EXAMINED, "Zugriff verweigert", fact, DENIED);
	struct row no_agent = ROW(check, V_NOT_APPLICABLE, "no agent", "agent", "installed=false");

	if (!fact)
		return;
	if (depth != DEPTH_FAST) {
		left_out.want = V_NOT_EXAMINED;
		left_out.evidence = depth == DEPTH_DEEP ? check_not_deep : check_not_system;
	}
	if (depth == DEPTH_SYSTEM)
		denied.evidence = "Zugriff verweigert (access-denied); readable as SYSTEM only: "
				  "scan with --as-system";
	verdict_holds(&left_out, NULL);
	verdict_holds(&late, NULL);
	verdict_holds(&denied, NULL);
	if (needs[_i].agent)
		verdict_holds(&no_agent, NULL);
}
END_TEST

START_TEST(every_check_is_whole_and_in_these_tables)
{
	for (int i = 0; i < CHECK_COUNT; i++) {
		ck_assert_str_eq(checks[i].id, needs[i].check);
		ck_assert_ptr_nonnull(checks[i].title);
		ck_assert_ptr_nonnull(checks[i].looks_at);
		ck_assert_ptr_nonnull(checks[i].rule);
		ck_assert_ptr_nonnull(checks[i].document);
		ck_assert_ptr_nonnull(checks[i].remedy);
	}
}
END_TEST

static char *source(const char *path)
{
	struct err err;
	size_t len;
	char *text = file_read(path, 200000, &len, &err);

	ck_assert_msg(text != NULL, "%s (unit tests run at the top of the sources)", err.msg);
	return text;
}

START_TEST(the_page_has_every_check)
{
	AUTO_FREE char *page = source("docs/checks.md");

	for (const struct check *check = checks; check->id; check++) {
		AUTO_FREE char *row = xasprintf("\n| [%s](#%s) | %s | %s |\n", check->id, check->id,
						severity_name(check->severity), check->title);

		ck_assert_msg(strstr(page, row) != NULL, "scripts/checks-page: no row%s", row);
	}
}
END_TEST

START_TEST(these_stop_backups)
{
	static const char *const stopping[] = {
		"mars.installed",   "mars.version",	 "mars.registration",
		"service.obengine", "service.rpcss",	 "service.eventsystem",
		"service.vss",	    "service.swprv",	 "network.login-url",
		"network.tls12",    "scratch.location",	 "scratch.free-space",
		"os.dotnet",	    "backup.last",	 "backup.schedule",
		"backup.error",	    "backup.passphrase",
	};
	size_t found = 0;

	for (int i = 0; i < CHECK_COUNT; i++) {
		if (checks[i].severity != SEVERITY_STOPS_BACKUPS)
			continue;
		ck_assert_uint_lt(found, ARRAY_LEN(stopping));
		ck_assert_str_eq(checks[i].id, stopping[found++]);
	}
	ck_assert_uint_eq(found, ARRAY_LEN(stopping));
}
END_TEST

START_TEST(a_healthy_server_has_nothing_to_tell)
{
	struct policy policy;
	struct judgement j;
	struct facts f;

	policy_default(&policy);
	healthy_but(&f, NULL, NULL);
	facts_set_skew(&f, 0);
	judge(&(struct context){ .facts = &f, .policy = &policy, .cloud = "public" }, "required",
	      &j);
	for (int i = 0; i < j.count; i++)
		ck_assert_msg(j.finding[i].verdict == V_PASS ||
				      j.finding[i].verdict == V_NOT_APPLICABLE,
			      "%s: %s, %s", j.finding[i].check->id,
			      verdict_name(j.finding[i].verdict), j.finding[i].evidence);
	judgement_release(&j);
	facts_release(&f);
}
END_TEST

/* What the shape of a member lets through, however absurd: all of it must be judged. */
static const char *const absurd[] = {
	"null", "0", "-1", "1", "-9223372036854775808", "9223372036854775807", "4294967295",
	"true", "false", "\"\"", "\"%s%n%1$s\"", "\"\\u001b[2J\\u202e\"", "[]", "[{}]",
	"[{\"name\":null,\"state\":\"x\",\"exists\":7,\"host\":[],\"value\":true}]",
	"[{\"name\":\"C:\\\\\",\"state\":-9223372036854775808,\"error\":9223372036854775807,"
	"\"size_bytes\":-9223372036854775808,\"max_bytes\":9223372036854775807}]",
};

/* One member of one fact is `value`; nothing of it may break a check or reach a terminal. */
static void judge_absurd(const struct kind *kind, const char *member, const char *value,
			 int64_t skew_ms)
{
	AUTO_JSON json_t *past = json_loads(
		"{\"versions\":[[1,\"2.0.1.0\"],[\"x\"],[2,null]],\"failing\":{\"os.dotnet\":1}}",
		0, NULL);
	AUTO_FREE char *whole = xasprintf("{%s}", healthy_answer(kind->name)), *dump = NULL,
		       *rest = NULL;
	AUTO_JSON json_t *line = json_loads(whole, 0, NULL);
	struct policy policy;
	struct judgement j;
	struct facts f;

	json_object_set_new(json_object_get(line, "value"), member,
			    json_loads(value, JSON_DECODE_ANY, NULL));
	dump = json_dumps(json_object_get(line, "value"), JSON_COMPACT);
	rest = xasprintf("\"value\":%s", dump);
	policy_default(&policy);
	healthy_but(&f, kind->name, rest);
	facts_set_skew(&f, skew_ms);
	judge(
		&(struct context){
			.facts = &f, .policy = &policy, .past = past, .offline = "source" },
		"required", &j);
	for (int i = 0; i < j.count; i++) {
		ck_assert_msg(j.finding[i].evidence[0] != '\0', "%s with %s.%s=%s has no evidence",
			      j.finding[i].check->id, kind->name, member, value);
		for (const char *c = j.finding[i].evidence; *c; c++)
			ck_assert_int_ge((unsigned char)*c, 32);
	}
	judgement_release(&j);
	facts_release(&f);
}

START_TEST(no_answer_breaks_a_check)
{
	static const int64_t skews[] = { 0, INT64_MIN, INT64_MAX };
	const struct kind *kind = &kinds[_i];

	for (int m = 0; m < MAX_MEMBERS && kind->member[m].name; m++)
		for (size_t v = 0; v < ARRAY_LEN(absurd); v++)
			for (size_t s = 0; s < ARRAY_LEN(skews); s++)
				judge_absurd(kind, kind->member[m].name, absurd[v], skews[s]);
}
END_TEST

static void judge_history(const struct facts *f, struct judgement *out)
{
	AUTO_JSON json_t *past =
		json_loads("{\"versions\":[[1,\"2.0.9070.0\"],[2,\"2.0.9938.0\"]]}", 0, NULL);

	judge_facts(f, "public", past, out);
}

/* What is dropped claims nothing: each verdict stands without it, or is not known. */
START_TEST(what_is_dropped_is_taken_for_nothing)
{
	const struct kind *kind = &kinds[_i];
	struct judgement whole, j;
	struct facts f, healthy;

	healthy_but(&healthy, NULL, NULL);
	judge_history(&healthy, &whole);
	for (int m = 0; m < MAX_MEMBERS && kind->member[m].name; m++) {
		AUTO_FREE char *change = xasprintf("%s=1.5", kind->member[m].name);
		const char *const changes[6] = { kind->name, change };

		if (!(kind->member[m].flags & MAY_DROP))
			continue;
		row_facts(changes, &f);
		judge_history(&f, &j);
		for (int i = 0; i < j.count; i++)
			ck_assert_msg(j.finding[i].verdict == whole.finding[i].verdict ||
					      j.finding[i].verdict == V_UNKNOWN,
				      "%s without %s.%s: %s, %s", j.finding[i].check->id,
				      kind->name, kind->member[m].name,
				      verdict_name(j.finding[i].verdict), j.finding[i].evidence);
		judgement_release(&j);
		facts_release(&f);
	}
	judgement_release(&whole);
	facts_release(&healthy);
}
END_TEST

UNIT_SUITE(checks_all)
{
	Suite *s = suite_create("checks_all");
	TCase *tc = tcase_create("all");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, a_check_without_its_fact_does_not_guess, 0, ARRAY_LEN(needs));
	tcase_add_test(tc, every_check_is_whole_and_in_these_tables);
	tcase_add_test(tc, the_page_has_every_check);
	tcase_add_test(tc, these_stop_backups);
	tcase_add_test(tc, a_healthy_server_has_nothing_to_tell);
	tcase_add_loop_test(tc, no_answer_breaks_a_check, 0, FACT_COUNT);
	tcase_add_loop_test(tc, what_is_dropped_is_taken_for_nothing, 0, FACT_COUNT);
	suite_add_tcase(s, tc);
	return s;
}
