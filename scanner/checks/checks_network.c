/* checks_network.c - the way to Azure: login URLs and endpoints through the proxy that the agent
 * uses, whether the proxies agree, and TLS 1.2. Who issued a certificate is a text: it only
 * ever warns. */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "scanner/checks/checks_inside.h"

enum { BUILD_2012_R2 = 9600 };          /* from it on TLS 1.2 is on where nothing is set */

/* The authorities that the documents list, as a part of the issuer's name. */
static const char *const authorities[] = { "DigiCert", "Microsoft", "Baltimore", "D-TRUST",
					   "GlobalSign" };

static bool is_foreign(const char *issuer)
{
	for (size_t i = 0; issuer && i < ARRAY_LEN(authorities); i++)
		if (strcasestr(issuer, authorities[i]))
			return false;
	return issuer != NULL;
}

/* Whether the way to one asked name is open, and a line on it. A proxy that wants a sign-in (407)
 * has said that we gave none: not known. */
static enum answer read_result(const json_t *result, char *text, size_t size)
{
	const char *host = json_get_str(result, "host"), *error = json_get_str(result, "error");
	int64_t status = 0;
	bool told = json_get_int(result, "status", &status);

	if (status == 407)
		snprintf(text, size, "%.80s: a proxy wants a sign-in (HTTP 407)", or_none(host));
	else if (told)
		snprintf(text, size, "%.80s: %sHTTP %lld", or_none(host),
			 error && strcmp(error, "proxy") == 0 ? "the proxy refuses, " : "",
			 (long long)status);
	else
		snprintf(text, size, "%.80s: no answer (%.40s)", or_none(host),
			 error ? error : "unknown");
	/* what older looks have of it is "not open" */
	return status == 407 ? NOT_KNOWN : bool_of(result, "open") == YES ? YES : NO;
}

/* What goes past the proxy of that source. */
static const char *except_of(const json_t *proxies, const char *source)
{
	return json_get_str(proxies,
			    strcmp(source, "winhttp") == 0 ? "winhttp_except" : "system_except");
}

/* What Windows would heed on this way and we did not. */
static void say_not_followed(const struct context *c, const char *source, char *evidence)
{
	const json_t *proxies = facts_value(c->facts, FACT_NETWORK_PROXY);
	const char *script = json_get_str(proxies, "system_auto"),
		   *except = except_of(proxies, source);

	if (strcmp(source, "agent") == 0)
		return;                 /* nothing goes before the agent's own */
	if (script)
		say_also(evidence, "not followed: SYSTEM's configuration script %.80s", script);
	if (except && strcmp(source, "none") != 0)
		say_also(evidence, "not followed: what goes past that proxy, %.80s", except);
	if (bool_of(proxies, "machine_wide") == YES)
		say_also(evidence, "not followed: a policy that makes proxies the machine's");
}

static void say_proxy(const struct context *c, const json_t *fact, char *evidence)
{
	const char *proxy = json_get_str(fact, "proxy"),
		   *source = or_none(json_get_str(fact, "proxy_source"));
	size_t len = strlen(evidence);

	snprintf(evidence + len, EVIDENCE_MAX - len, ", %s%.100s (%.20s)",
		 proxy ? "through proxy " : "no proxy", proxy ? proxy : "", source);
	say_not_followed(c, source, evidence);
}

/* "<local>;*.windows.net": whether the list has the name. */
static bool goes_past(const char *except, const char *host)
{
	AUTO_FREE char *copy = xstrdup(except ? except : "");
	char *rest = copy, *entry;

	while (host && (entry = strsep(&rest, "; ")) != NULL)
		if (*entry && text_glob(entry, host))
			return true;
	return false;
}

/* Whether the agent may reach it by a way that was not gone: a configuration script's, past the
 * proxy by a list, or by what a policy sets for the whole machine. None of these is followed. */
static bool has_other_way(const struct context *c, const json_t *fact, const char *host)
{
	const json_t *proxies = facts_value(c->facts, FACT_NETWORK_PROXY);
	const char *source = or_none(json_get_str(fact, "proxy_source"));

	if (strcmp(source, "agent") == 0)
		return false;           /* nothing goes before the agent's own */
	if (bool_of(proxies, "machine_wide") == YES)
		return true;
	if (!json_get_str(fact, "proxy"))
		return json_get_str(proxies, "system_auto") != NULL;
	return goes_past(except_of(proxies, source), host);
}

/* A certificate that somebody between issued: the agent may refuse it. */
static enum verdict judge_issuers(const json_t *results, char *evidence)
{
	size_t i;
	json_t *result;

	json_array_foreach(results, i, result)
	{
		const char *issuer = json_get_str(result, "issuer");

		if (!is_foreign(issuer))
			continue;
		say_also(evidence, "the certificate was issued by '%.80s': is TLS inspected?",
			 issuer);
		return V_WARN;
	}
	return V_PASS;
}

bool is_inspected(const json_t *results)
{
	char line[EVIDENCE_MAX] = "";
	size_t i;
	json_t *result;

	json_array_foreach(results, i, result) if (bool_of(result, "open") != YES) return false;
	return judge_issuers(results, line) != V_PASS;
}

/* The first name is the documented one, and decides; another that is closed warns. */
enum verdict judge_login(const struct context *c, char *evidence)
{
	const json_t *fact, *results;
	enum verdict verdict;
	enum answer first = NOT_KNOWN;
	bool other_closed = false;
	size_t i;
	json_t *result;

	if (c->cloud && strcmp(c->cloud, "german") == 0)
		return say(evidence, V_FAIL,
			   SAID_GERMAN ", closed since 29 October 2021, and with it "
				       "login.microsoftonline.de: no backup goes there");
	fact = need(c, FACT_NETWORK_LOGIN, evidence, &verdict);
	if (!fact)
		return verdict;
	results = json_get_arr(fact, "results");
	if (bool_of(fact, "asked") != YES || json_array_size(results) == 0)
		return say(evidence, V_UNKNOWN, "the login URL was not asked");
	json_array_foreach(results, i, result)
	{
		char text[200];
		enum answer open = read_result(result, text, sizeof(text));

		if (i == 0)
			first = open;
		if (i == 0 || open != YES)
			say_also(evidence, "%s", text);
		other_closed |= i > 0 && open == NO;
	}
	say_proxy(c, fact, evidence);
	verdict = judge_issuers(results, evidence);
	if (first == NO && has_other_way(c, fact, json_get_str(json_array_get(results, 0), "host")))
		return V_UNKNOWN;
	if (first != YES)
		return first == NO ? V_FAIL : V_UNKNOWN;
	return other_closed ? V_WARN : verdict;
}

/* "Agent", "SYSTEM": none is as good as another none. */
static bool same_proxy(const char *a, const char *b)
{
	return text_casecmp(a ? a : "", b ? b : "") == 0;
}

/* Whether the names were asked through another proxy than the agent has by now: each look reads
 * which that is, a deep one alone asks them. */
static bool went_another_way(const struct context *c, const json_t *fact, char *evidence)
{
	const struct fact *then = facts_find(c->facts, FACT_NETWORK_ENDPOINTS);
	const struct fact *login = facts_find(c->facts, FACT_NETWORK_LOGIN);
	const json_t *newer = facts_value(c->facts, FACT_NETWORK_LOGIN);
	const char *was = json_get_str(fact, "proxy"), *is = json_get_str(newer, "proxy");
	char when[CLOCK_TEXT];

	if (bool_of(newer, "asked") != YES || login->utc_ms <= then->utc_ms || same_proxy(was, is))
		return false;
	say(evidence, V_NOT_EXAMINED, "asked %s through proxy %.80s, by now it is %.80s; %s",
	    clock_format_utc(then->utc_ms, when), or_none(was), or_none(is), check_not_deep);
	return true;
}

static bool stands_in(const json_t *result)
{
	return !says(result, "from", "config") && !says(result, "from", "log");
}

/* The log may still name a vault or an account that is no more. */
static bool is_gone(const json_t *result)
{
	return says(result, "from", "log") && says(result, "error", "name");
}

/* A name of the agent's own that is closed on each way that the agent may go. */
static bool is_closed(const struct context *c, const json_t *fact, const json_t *result)
{
	char text[200];

	return !stands_in(result) && !is_gone(result) &&
	       read_result(result, text, sizeof(text)) == NO &&
	       !has_other_way(c, fact, json_get_str(result, "host"));
}

bool all_names_closed(const struct context *c)
{
	const json_t *fact = facts_value(c->facts, FACT_NETWORK_ENDPOINTS);
	const json_t *results = json_get_arr(fact, "results");
	int closed = 0;
	size_t i;
	json_t *result;

	json_array_foreach(results, i, result)
	{
		if (stands_in(result) || is_gone(result))
			continue;
		if (!is_closed(c, fact, result))
			return false;
		closed++;
	}
	return closed > 0;
}

/* A name that the agent itself uses fails the check where it is closed; one that stands in for a
 * wildcard, which a firewall may pass name by name, does not. */
enum verdict judge_endpoints(const struct context *c, char *evidence)
{
	enum verdict verdict;
	const json_t *fact, *results;
	int closed = 0, unknown = 0;
	bool stand_in = false;
	size_t i;
	json_t *result;

	if (c->cloud && strcmp(c->cloud, "german") == 0)
		return say(evidence, V_NOT_APPLICABLE, "the German cloud is closed");
	fact = need(c, FACT_NETWORK_ENDPOINTS, evidence, &verdict);
	if (!fact)
		return verdict;
	if (went_another_way(c, fact, evidence))
		return V_NOT_EXAMINED;
	results = json_get_arr(fact, "results");
	if (json_array_size(results) == 0)
		return say(evidence, V_NOT_APPLICABLE,
			   "neither the agent's configuration nor its log has a name of the "
			   "service to ask");
	json_array_foreach(results, i, result)
	{
		char text[200];
		enum answer open = read_result(result, text, sizeof(text));
		bool of_others = stands_in(result), gone = is_gone(result);

		stand_in |= of_others;
		if (open == YES)
			continue;
		say_also(evidence, "%s%s", text,
			 of_others ? " (it only stands in)" :
			 gone	   ? " (the log names it)" :
				     "");
		closed += is_closed(c, fact, result);
		unknown++;
	}
	if (unknown == 0)
		say(evidence, V_PASS, "%d reachable%s", (int)json_array_size(results),
		    stand_in ? " that stand in: the agent's configuration and log name none" : "");
	say_proxy(c, fact, evidence);
	verdict = judge_issuers(results, evidence);
	if (closed > 0)
		return V_FAIL;
	return unknown > 0 ? V_UNKNOWN : verdict;
}

enum verdict judge_proxy(const struct context *c, char *evidence)
{
	enum verdict verdict;
	const json_t *fact = need_of_agent(c, FACT_NETWORK_PROXY, evidence, &verdict);
	const char *agent = json_get_str(fact, "agent"), *own = json_get_str(fact, "system"),
		   *winhttp = json_get_str(fact, "winhttp"),
		   *automatic = json_get_str(fact, "system_auto");
	bool known = bool_of(fact, "agent_known") == YES;
	bool alike = same_proxy(own, winhttp) && (!known || same_proxy(agent, own));

	if (!fact)
		return verdict;
	if (known)
		say_also(evidence, "agent %.80s", or_none(agent));
	else
		say_also(evidence, "agent's not known");
	say_also(evidence, "SYSTEM %.80s", or_none(own));
	if (automatic)
		say_also(evidence, "SYSTEM's configuration script %.80s", automatic);
	say_also(evidence, "WinHTTP %.80s", or_none(winhttp));
	if (!alike)
		return V_WARN;
	/* DPM and MABS servers lack the cmdlet that tells */
	return known || is_dpm(c) ? V_PASS : V_UNKNOWN;
}

/* -1 not set, else whether the value says "on". */
static int switched(const json_t *fact, const char *member)
{
	int64_t value;

	return json_get_int(fact, member, &value) ? value != 0 : -1;
}

/* Only approved algorithms: what looks for the cause of a refusal wants to know. */
static void say_fips(const json_t *fact, char *evidence)
{
	if (switched(fact, "fips") == 1)
		say_also(evidence, "FIPS mode is on");
}

enum verdict judge_tls12(const struct context *c, char *evidence)
{
	static const struct {
		const char *member, *shown;
	} net[] = {
		{ "net64_system_default", "SystemDefaultTlsVersions (64 bit)" },
		{ "net64_strong_crypto", "SchUseStrongCrypto (64 bit)" },
		{ "net32_system_default", "SystemDefaultTlsVersions (32 bit)" },
		{ "net32_strong_crypto", "SchUseStrongCrypto (32 bit)" },
	};
	enum verdict verdict;
	const json_t *fact = need(c, FACT_TLS, evidence, &verdict);
	int64_t build = 0;
	int missing = 0;
	bool old, off = false;

	if (!fact)
		return verdict;
	if (switched(fact, "schannel_enabled") == 0 ||
	    switched(fact, "schannel_disabled_by_default") == 1)
		return say(evidence, V_FAIL, "SChannel has TLS 1.2 switched off for clients");
	for (size_t i = 0; i < ARRAY_LEN(net); i++) {
		int value = switched(fact, net[i].member);

		missing += value < 0;
		if (value == 0) {
			say_also(evidence, "%s is 0, documented is 1", net[i].shown);
			off = true;
		}
	}
	if (off) {
		say_fips(fact, evidence);
		return V_WARN;
	}
	json_get_int(facts_value(c->facts, FACT_OS), "build", &build);
	old = build > 0 && build < BUILD_2012_R2;
	if (old && (switched(fact, "schannel_enabled") < 0 || missing > 0))
		return say(evidence, V_WARN, "this system needs the values to be set, and %s",
			   missing > 0 ? "not all of .NET's are" : "SChannel's is not");
	if (missing > 0)
		say(evidence, V_PASS,
		    "TLS 1.2 is not switched off; %d of 4 .NET values are not set", missing);
	else
		say(evidence, V_PASS, "TLS 1.2 is not switched off, .NET's values are set");
	say_fips(fact, evidence);
	return V_PASS;
}
