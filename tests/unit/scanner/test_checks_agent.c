/* test_checks_agent.c - verdicts about the agent, its services and its network. */
#include <string.h>

#include "../unit.h"

#include "base/mem.h"
#include "verdicts.h"

#define RESULT(open, status, error, issuer) \
	"results=[{'host':'a.example','open':" open ",'status':" status ",'error':" error \
	",'issuer':" issuer "}]"

/* Two names of a login URL: what is said of each. */
#define TWO(first, second) \
	"results=[{'host':'old.example'," first "},{'host':'new.example'," second "}]"
#define OPEN "'open':true,'status':200,'error':null,'issuer':null"
#define CLOSED "'open':false,'status':null,'error':'connect','issuer':null"
#define SIGN_IN "'open':null,'status':407,'error':'sign-in','issuer':null"
#define NO_NAME "'open':false,'status':null,'error':'name','issuer':null"
#define OLD_ENGINE "service_path='C:\\\\Old\\\\cbengine.exe';service_version='2.0.9070.0'"
#define FROM(place, what) "results=[{'host':'a.example'," what ",'from':'" place "'}]"

/* clang-format off */
static const struct row rows[] = {
	ROW("mars.installed", V_PASS, "installed in C:\\A; a MABS server", "server-kind",
	  "kind='mabs'"),
	ROW("mars.installed", V_PASS, "Site Recovery", "server-kind", "kind='asr'"),
	ROW("mars.witnesses", V_WARN,
	  "Setup names C:\\A\\bin\\cbengine.exe, the service runs D:\\x.exe", "agent",
	  "service_path='D:\\\\x.exe'"),
	ROW("mars.witnesses", V_PASS, "2 other", "agent",
	  "service_path='c:\\\\a\\\\BIN\\\\CBENGINE.EXE'"),
	ROW("mars.thresholds", V_PASS, "above every", NULL, NULL),
	ROW("mars.thresholds", V_WARN, "below 2.0.9262.0: passphrase kept in Key Vault", "agent",
	  "exe_version='2.0.9261.0'"),
	ROW("mars.thresholds", V_WARN, "2.0.9100.0; below 2.0.9190.0", "agent",
	  "exe_version='2.0.9100.0'"),
	ROW("mars.thresholds", V_WARN, "2.0.8700.0; below 2.0.9070.0", "agent",
	  "exe_version='2.0.8700.0'"),
	ROW("mars.thresholds", V_WARN, "2.0.8700.0; below 2.0.8719.0: cloud backup of DPM", "agent",
	  "exe_version='2.0.8700.0'", "server-kind", "kind='dpm'"),
	ROW("mars.thresholds", V_UNKNOWN, "no readable version", "agent", "exe_version=null"),
	ROW("mars.thresholds", V_PASS, "2.0.10000.0", "agent", "exe_version='2.0.10000.0';service_version='2.0.10000.0'"),
	ROW("mars.newer-required", V_PASS, "no event 14", NULL, NULL),
	ROW("mars.newer-required", V_WARN, "event 14 of 2023-11-14T19:26:40Z: a newer",
	  "event.newer-required", "utc_ms=1699990000000"),
	ROW("mars.newer-required", V_UNKNOWN, "could not be read", "event.newer-required",
	  "known=false"),
	ROW("mars.newer-required", V_UNKNOWN, "impossible", "event.newer-required", "utc_ms=5"),
	ROW("mars.newer-required", V_UNKNOWN, "out of range", "event.newer-required",
	  "utc_ms=-9223372036854775808"),
	ROW("mars.newer-required", V_UNKNOWN, "impossible", "event.newer-required",
	  "utc_ms=1800000000000"),

	ROW("mars.installed", V_FAIL, "what a removed agent left", "agent",
	  "exe_path=null;exe_version=null", "service.obengine",
	  "exists=false;state=null;start=null"),
	/* whose program is not known, which is not one without it */
	ROW("mars.installed", V_PASS, "installed in C:\\A", "agent", "exe_path=1.5;exe_version=null",
	    "service.obengine", "exists=false;state=null;start=null"),
	ROW("mars.version", V_FAIL,
	  "cbengine.exe is 2.0.9938.0, but the service obengine runs 2.0.9070.0, older than "
	  "2.0.9083.0: every backup fails", "agent", OLD_ENGINE),
	ROW("mars.version", V_FAIL, "cbengine.exe is 2.0.9070.0, older", "agent",
	  "exe_version='2.0.9070.0'"),
	ROW("mars.version", V_PASS, "cbengine.exe is 2.0.9938.0", "agent",
	  "service_path='C:\\\\Old\\\\cbengine.exe';service_version=null"),
	ROW("mars.target", V_FAIL, "2.0.9070.0, target 2.0.9938.0", "agent", OLD_ENGINE),
	ROW("mars.thresholds", V_WARN, "2.0.9070.0; below", "agent", OLD_ENGINE),
	ROW("mars.registration", V_NOT_APPLICABLE, "to be judged once", "agent", OLD_ENGINE),
	ROW("mars.witnesses", V_WARN, "cbengine.exe is 2.0.9938.0, the service's program is 2.0.9070.0",
	  "agent", OLD_ENGINE),
	ROW("mars.version", V_UNKNOWN, "told in a form that none has", "agent", "exe_version=1.5"),
	ROW("mars.version", V_NOT_APPLICABLE, "no agent installed", "agent",
	  "exe_path=null;exe_version=null", "service.obengine",
	  "exists=false;state=null;start=null"),
	ROW("service.obengine", V_NOT_APPLICABLE, "no agent installed", "agent",
	  "exe_path=null;exe_version=null", "service.obengine",
	  "exists=false;state=null;start=null"),
	/* one of the three is there: it is an agent, and damaged */
	ROW("mars.version", V_FAIL, "no readable version", "agent", "exe_path=null;exe_version=null"),
	ROW("service.obengine", V_FAIL, "there is no service", "service.obengine",
	  "exists=false;state=null;start=null"),
	ROW("mars.version", V_FAIL, "no readable version", "agent", "exe_version='0.0.0.0'"),
	ROW("mars.version", V_FAIL, "no readable version", "agent", "exe_version=''"),
	ROW("mars.witnesses", V_PASS, "agree", "agent",
	  "uninstall=[{'key':'k','version':'0.0'}]"),

	ROW("service.management-agent", V_PASS, "OBRecoveryServicesManagementAgent is running",
	  NULL, NULL),
	ROW("service.management-agent", V_FAIL, "stopped", "service.management-agent", "state=1"),
	ROW("service.management-agent", V_WARN, "starting", "service.management-agent", "state=2"),
	ROW("service.management-agent", V_WARN, "disabled", "service.management-agent", "start=4"),
	ROW("service.management-agent", V_FAIL, "there is no service", "service.management-agent",
	  "exists=false;name=null;state=null;start=null"),
	ROW("service.management-agent", V_UNKNOWN, "not known", "service.management-agent",
	  "state=null"),
	ROW("service.management-agent", V_UNKNOWN, "impossible", "service.management-agent",
	  "state=8"),
	ROW("service.management-agent", V_UNKNOWN, "impossible", "service.management-agent",
	  "start=5"),
	ROW("service.rpcss", V_PASS, "RpcSs is running, start type automatic", NULL, NULL),
	ROW("service.rpcss", V_FAIL, "stopped", "services",
	  "list=[{'name':'RpcSs','exists':true,'state':1,'start':2}]"),
	ROW("service.rpcss", V_FAIL, "disabled", "services",
	  "list=[{'name':'rpcss','exists':true,'state':4,'start':4}]"),
	ROW("service.rpcss", V_WARN, "manual; documented is automatic", "services",
	  "list=[{'name':'RpcSs','exists':true,'state':4,'start':3}]"),
	ROW("service.rpcss", V_WARN, "starting", "services",
	  "list=[{'name':'RpcSs','exists':true,'state':2,'start':2}]"),
	ROW("service.eventsystem", V_PASS, "running", NULL, NULL),
	ROW("service.eventsystem", V_FAIL, "there is no service", "services",
	  "list=[{'name':'EventSystem','exists':false,'state':null,'start':null}]"),
	ROW("service.eventsystem", V_UNKNOWN, "did not name EventSystem", "services", "list=[]"),
	ROW("service.sens", V_PASS, "running", NULL, NULL),
	ROW("service.sens", V_FAIL, "SENS is stopped", "services",
	  "list=[{'name':'SENS','exists':true,'state':1,'start':2}]"),
	ROW("service.sens", V_UNKNOWN, "not known", "services", "list=[{'name':'SENS'}]"),
	ROW("service.sens", V_UNKNOWN, "impossible", "services",
	  "list=[{'name':'SENS','exists':true,'state':4,'start':99}]"),
	ROW("service.vss", V_PASS, "VSS is stopped, start type manual", NULL, NULL),
	ROW("service.vss", V_FAIL, "disabled", "services",
	  "list=[{'name':'VSS','exists':true,'state':1,'start':4}]"),
	ROW("service.vss", V_WARN, "automatic; documented is manual", "services",
	  "list=[{'name':'VSS','exists':true,'state':4,'start':2}]"),
	ROW("service.vss", V_UNKNOWN, "impossible", "services",
	  "list=[{'name':'VSS','exists':true,'state':0,'start':3}]"),
	ROW("service.swprv", V_PASS, "swprv is stopped", NULL, NULL),
	ROW("service.swprv", V_FAIL, "disabled", "services",
	  "list=[{'name':'swprv','exists':true,'state':1,'start':4}]"),
	ROW("service.swprv", V_WARN, "unknown; documented is manual", "services",
	  "list=[{'name':'swprv','exists':true,'state':1,'start':null}]"),

	ROW("network.login-url", V_WARN, "issued by 'CN=Corp Proxy'", "network.login",
	  RESULT("true", "200", "null", "'CN=Corp Proxy'")),
	ROW("network.login-url", V_PASS, "HTTP 200", "network.login",
	  RESULT("true", "200", "null", "'CN=Microsoft Azure RSA TLS Issuing CA 03'")),
	ROW("network.login-url", V_FAIL, "old.example: no answer (connect), no proxy",
	  "network.login", TWO(CLOSED, OPEN)),
	ROW("network.login-url", V_WARN, "HTTP 200; new.example: no answer (connect)",
	  "network.login", TWO(OPEN, CLOSED)),
	ROW("network.login-url", V_PASS, "HTTP 200; new.example: a proxy wants", "network.login",
	  TWO(OPEN, SIGN_IN)),
	ROW("network.login-url", V_UNKNOWN, "old.example: a proxy wants a sign-in (HTTP 407)",
	  "network.login", TWO(SIGN_IN, CLOSED)),
	ROW("network.login-url", V_PASS,
	  "not followed: SYSTEM's configuration script http://pac/", NULL, NULL, "network.proxy",
	  "system_auto='http://pac/'"),
	ROW("network.login-url", V_PASS, "not followed: what goes past that proxy, *.windows.net",
	  "network.login", "proxy='p:1';proxy_source='winhttp'", "network.proxy",
	  "winhttp='p:1';winhttp_except='*.windows.net'"),
	ROW("network.login-url", V_PASS, "a policy that makes proxies the machine's", NULL, NULL,
	  "network.proxy", "machine_wide=true"),

	/* a configuration script may name a proxy that passes it */
	ROW("network.login-url", V_UNKNOWN, "not followed: SYSTEM's configuration script",
	  "network.login", TWO(CLOSED, OPEN), "network.proxy", "system_auto='http://pac/'"),
	ROW("network.login-url", V_FAIL, "no answer (connect)", "network.login",
	  TWO(CLOSED, OPEN) ";proxy='p:1';proxy_source='agent'", "network.proxy",
	  "system_auto='http://pac/';agent='p:1'"),
	/* so may what goes past the proxy, and a policy of the machine */
	ROW("network.login-url", V_UNKNOWN, "not followed: what goes past that proxy", "network.login",
	  TWO(CLOSED, OPEN) ";proxy='p:1';proxy_source='system'", "network.proxy",
	  "system='p:1';system_except='<local> *.EXAMPLE'"),
	ROW("network.login-url", V_FAIL, "not followed: what goes past that proxy", "network.login",
	  TWO(CLOSED, OPEN) ";proxy='p:1';proxy_source='system'", "network.proxy",
	  "system='p:1';system_except='<local> *.corp'"),
	ROW("network.login-url", V_UNKNOWN, "a policy that makes proxies the machine's", "network.login",
	  TWO(CLOSED, OPEN), "network.proxy", "machine_wide=true"),
	ROW("network.login-url", V_FAIL, "no answer (connect)", "network.login",
	  TWO(CLOSED, OPEN) ";proxy='p:1';proxy_source='agent'", "network.proxy",
	  "machine_wide=true;agent='p:1'"),
	ROW("network.endpoints", V_UNKNOWN, "a.example: no answer", "network.endpoints",
	  FROM("config", CLOSED) ";proxy='p:1';proxy_source='winhttp'", "network.login",
	  "proxy='p:1';proxy_source='winhttp'", "network.proxy",
	  "winhttp='p:1';winhttp_except='a.example'"),
	ROW("mars.registration", V_UNKNOWN, "whether it is registered is not known", "agent-config",
	  "registered=null"),
	ROW("mars.registration", V_UNKNOWN, "time limit", "agent-config", LATE),
	ROW("mars.registration", V_UNKNOWN, "what is registered on a DPM server is not known by this",
	  "agent-config", LATE, "server-kind", "kind='dpm'"),
	ROW("mars.registration", V_UNKNOWN, "what is registered on a MABS server is not known",
	  "agent-config", "registered=false", "server-kind", "kind='mabs'"),
	ROW("mars.registration", V_UNKNOWN, "on a DPM server is not known", "agent-config",
	  "registered=null", "server-kind", "kind='dpm'"),
	ROW("mars.registration", V_PASS, "no older version on record", "server-kind", "kind='dpm'"),
	ROW("network.endpoints", V_UNKNOWN, "a.example: no answer (name) (the log names it)",
	  "network.endpoints", FROM("log", NO_NAME)),
	ROW("network.endpoints", V_FAIL, "a.example: no answer (name), no", "network.endpoints",
	  FROM("config", NO_NAME)),

	ROW("network.endpoints", V_PASS, "1 reachable, no proxy", NULL, NULL),
	ROW("network.endpoints", V_PASS, "1 reachable that stand in", "network.endpoints",
	  FROM("stand-in", OPEN)),
	ROW("network.endpoints", V_FAIL, "a.example: no answer (connect), no", "network.endpoints",
	  FROM("log", CLOSED)),
	ROW("network.endpoints", V_FAIL, "a.example: no answer (connect), no", "network.endpoints",
	  FROM("config", CLOSED)),
	/* as of the login URL: not followed is not known */
	ROW("network.endpoints", V_UNKNOWN, "not followed: SYSTEM's configuration script",
	  "network.endpoints", FROM("config", CLOSED), "network.proxy", "system_auto='http://pac/'"),
	ROW("network.endpoints", V_FAIL, "a.example: no answer", "network.endpoints",
	  FROM("config", CLOSED) ";proxy='p:1';proxy_source='agent'", "network.proxy", "system_auto='http://pac/';agent='p:1'"),
	ROW("network.endpoints", V_UNKNOWN, "no answer (connect) (it only stands in), no",
	  "network.endpoints", FROM("stand-in", CLOSED)),
	ROW("network.endpoints", V_UNKNOWN, "wants a sign-in", "network.endpoints",
	  FROM("log", SIGN_IN)),
	ROW("network.endpoints", V_WARN, "is TLS inspected", "network.endpoints",
	  RESULT("true", "200", "null", "'CN=ACME'")),
	ROW("network.endpoints", V_NOT_APPLICABLE, "neither the agent's configuration nor its log",
	  "network.endpoints", "results=null"),
	/* a test page of Windows, as older looks have it */
	ROW("network.endpoints", V_UNKNOWN, "a.example: no answer (name)", "network.endpoints",
	  RESULT("false", "null", "'name'", "null")),
	ROW("network.endpoints", V_UNKNOWN, "none: no answer (unknown)", "network.endpoints",
	  "results=[{}]"),
	ROW("network.proxy", V_PASS, "agent none; SYSTEM none; WinHTTP none", NULL, NULL),
	ROW("network.proxy", V_WARN, "agent p:1; SYSTEM none", "network.proxy", "agent='p:1'"),
	ROW("network.proxy", V_PASS, "SYSTEM P:1; WinHTTP p:1", "network.proxy",
	  "agent='p:1';system='P:1';winhttp='p:1'"),
	ROW("network.proxy", V_WARN, "WinHTTP q:2", "network.proxy",
	  "agent='p:1';system='p:1';winhttp='q:2'"),
	ROW("network.proxy", V_UNKNOWN, "agent's not known", "network.proxy", "agent_known=false"),
	ROW("network.proxy", V_PASS, "agent's not known", "network.proxy", "agent_known=false",
	  "server-kind", "kind='dpm'"),
	ROW("network.proxy", V_PASS, "configuration script http://pac/", "network.proxy",
	  "system_auto='http://pac/'"),
	ROW("network.tls12", V_PASS, "are set", NULL, NULL),
	ROW("network.tls12", V_FAIL, "switched off", "tls", "schannel_enabled=0"),
	ROW("network.tls12", V_FAIL, "switched off", "tls", "schannel_disabled_by_default=1"),
	ROW("network.tls12", V_PASS, "are set", "tls",
	  "schannel_enabled=4294967295;schannel_disabled_by_default=0"),
	ROW("network.tls12", V_WARN, "SchUseStrongCrypto (32 bit) is 0", "tls",
	  "net32_strong_crypto=0"),
	ROW("network.tls12", V_PASS, "4 of 4 .NET values are not set", "tls",
	  "net64_system_default=null;net64_strong_crypto=null;net32_system_default=null;"
	  "net32_strong_crypto=null"),
	ROW("network.tls12", V_WARN, "this system needs", "tls", "net64_system_default=null", "os",
	  "build=9200"),
	ROW("network.tls12", V_WARN, "SChannel's is not", NULL, NULL, "os", "build=7601"),
	ROW("network.tls12", V_PASS, "are set", "tls", "schannel_enabled=1", "os", "build=7601"),
};
/* clang-format on */

/* Nothing of Windows goes before the agent's own proxy. */
START_TEST(with_a_proxy_of_the_agent_all_is_followed)
{
	static const struct answer answers[] = {
		{ "network.login",
		  "\"value\":{\"asked\":true,\"proxy\":\"p:1\",\"proxy_source\":"
		  "\"agent\",\"results\":[{\"host\":\"l\",\"open\":true,\"status\":200,"
		  "\"error\":null,\"issuer\":null}]}" },
		{ "network.proxy",
		  "\"value\":{\"agent_known\":true,\"agent\":\"p:1\",\"system\":null,"
		  "\"system_auto\":\"http://pac/\",\"system_except\":\"<local>\","
		  "\"winhttp\":null,\"winhttp_except\":null,\"machine_wide\":true}" },
	};
	struct policy policy;
	struct judgement j;
	struct facts f;

	policy_default(&policy);
	healthy_with(&f, answers, ARRAY_LEN(answers));
	judge(&(struct context){ .facts = &f, .policy = &policy, .cloud = "public" }, "required",
	      &j);
	ck_assert_str_eq(finding_of(&j, "network.login-url")->evidence,
			 "l: HTTP 200, through proxy p:1 (agent)");
	judgement_release(&j);
	facts_release(&f);
}
END_TEST

START_TEST(verdicts_are_as_documented)
{
	verdict_holds(&rows[_i], NULL);
}
END_TEST

/* The event of the row is of 1699990000000. */
static const struct { const char *versions; enum verdict want; } histories[] = {
	{ "[[1699000000000,\"2.0.9938.0\"]]", V_WARN },
	{ "[[1600000000000,\"2.0.9070.0\"],[1699000000000,\"2.0.9938.0\"]]", V_WARN },
	{ "[[1600000000000,\"2.0.9070.0\"],[1699995000000,\"2.0.9938.0\"]]", V_PASS },
	{ "[[1600000000000,\"2.0.9070.0\"]]", V_PASS },         /* changed in this look */
	{ "[]", V_WARN },
	{ "[[null,null],[\"x\",7]]", V_WARN },
};

START_TEST(a_newer_agent_is_required_until_the_version_changes)
{
	AUTO_JSON json_t *past =
		json_pack("{s:o}", "versions", json_loads(histories[_i].versions, 0, NULL));

	verdict_holds(&(struct row)ROW("mars.newer-required", histories[_i].want, "event 14 of",
				       "event.newer-required", "utc_ms=1699990000000"),
		      &(struct context){ .past = past });
}
END_TEST

/* What the store says of until when it was registered; 0: the newest look still saw it so. */
START_TEST(what_was_registered_once_was_not_never)
{
	static const struct {
		const char *until, *evidence;
	} rows_of[] = {
		{ "{}", "never registered with a vault" },
		{ "{\"until\":{\"agent-config\":1690000000000}}",
		  "registered with a vault until 2023-07-22, and not any more" },
		{ "{\"until\":{\"agent-config\":0}}",
		  "registered with a vault until 2023-11-14, and not any more" },
		{ "{\"until\":{\"agent-config\":\"x\"}}", "never registered with a vault" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows_of); i++) {
		AUTO_JSON json_t *past = json_loads(rows_of[i].until, 0, NULL);

		verdict_holds(&(struct row)ROW("mars.registration", V_FAIL, rows_of[i].evidence,
					       "agent-config", "registered=false", "backup.last",
					       "completed_utc_ms=null;event=null",
					       "backup.last-job", "good_utc_ms=null"),
			      &(struct context){ .past = past });
	}
}
END_TEST

START_TEST(an_operator_adds_thresholds)
{
	static const struct threshold own = { { { 2, 0, 9940, 0 } }, "our own tests", "us", false };
	struct policy policy;

	policy_default(&policy);
	policy.threshold = &own;
	policy.threshold_count = 1;
	verdict_holds(&(struct row)ROW("mars.thresholds", V_WARN, "below 2.0.9940.0: our own tests",
				       NULL),
		      &(struct context){ .policy = &policy });
}
END_TEST

START_TEST(what_a_removed_agent_left_is_no_agent)
{
	static const char *const left[6] = { "agent", "exe_path=null;exe_version=null",
					     "service.obengine",
					     "exists=false;state=null;start=null" };
	static const struct {
		const char *mars;
		enum status want;
	} words[] = {
		{ "required", STATUS_NOT_INSTALLED },
		{ "optional", STATUS_EXCLUDED },
	};
	struct policy policy;
	struct judgement j;
	struct facts facts;

	policy_default(&policy);
	row_facts(left, &facts);
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		judge(&(struct context){ .facts = &facts, .policy = &policy, .cloud = "public" },
		      words[i].mars, &j);
		ck_assert_int_eq(j.status, words[i].want);
		ck_assert(j.installed_known && !j.installed && !j.version[0]);
		judgement_release(&j);
	}
	facts_release(&facts);
}
END_TEST

/* Endpoints are asked by deep looks alone; the way to them every look tells. */
static const struct {
	const char *login, *endpoints;          /* what each went through, JSON */
	int later_ms;                           /* login was asked */
	bool asked;
	enum verdict want;
	const char *evidence;
} ways[] = {
	{ "null", "null", 1, true, V_PASS, "1 reachable" },
	{ "'P:1'", "'p:1'", 1, true, V_PASS, "1 reachable" },
	{ "'p:2'", "'p:1'", 0, true, V_PASS, "1 reachable" },
	{ "'p:2'", "'p:1'", -1, true, V_PASS, "1 reachable" },
	{ "'p:2'", "'p:1'", 1, false, V_PASS, "1 reachable" },
	{ "'p:2'", "'p:1'", 1, true, V_NOT_EXAMINED,
	  "asked 2023-11-14T22:13:20Z through proxy p:1, by now it is p:2; asked by deep scans" },
	{ "null", "'p:1'", 1, true, V_NOT_EXAMINED, "by now it is none" },
	{ "'p:1'", "null", 1, true, V_NOT_EXAMINED, "through proxy none, by now it is p:1" },
};

START_TEST(endpoints_are_judged_by_the_way_that_they_went)
{
	AUTO_FREE char *now =
		xasprintf("proxy=%s;asked=%s", ways[_i].login, ways[_i].asked ? "true" : "false");
	AUTO_FREE char *then = xasprintf("proxy=%s", ways[_i].endpoints);
	const char *const change[6] = { "network.login", now, "network.endpoints", then };
	const struct finding *found;
	struct judgement j;
	struct facts f;

	row_facts(change, &f);
	for (int i = 0; i < f.count; i++)
		if (strcmp(f.fact[i].name, "network.login") == 0)
			f.fact[i].utc_ms += ways[_i].later_ms;
	judge_facts(&f, "public", NULL, &j);
	found = finding_of(&j, "network.endpoints");
	ck_assert_msg(found->verdict == ways[_i].want && strstr(found->evidence, ways[_i].evidence),
		      "%s, '%s'", verdict_name(found->verdict), found->evidence);
	judgement_release(&j);
	facts_release(&f);
}
END_TEST

UNIT_SUITE(checks_agent)
{
	Suite *s = suite_create("checks_agent");
	TCase *tc = tcase_create("verdicts");

	tcase_add_loop_test(tc, verdicts_are_as_documented, 0, ARRAY_LEN(rows));
	tcase_add_test(tc, with_a_proxy_of_the_agent_all_is_followed);
	tcase_add_loop_test(tc, a_newer_agent_is_required_until_the_version_changes, 0,
			    ARRAY_LEN(histories));
	tcase_add_test(tc, what_was_registered_once_was_not_never);
	tcase_add_test(tc, an_operator_adds_thresholds);
	tcase_add_test(tc, what_a_removed_agent_left_is_no_agent);
	tcase_add_loop_test(tc, endpoints_are_judged_by_the_way_that_they_went, 0, ARRAY_LEN(ways));
	suite_add_tcase(s, tc);
	return s;
}
