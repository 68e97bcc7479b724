/* probe.c - which names the probe asks for, a cloud a row. A wildcard of the documents
 * (*.windowsazure.com) names nobody: names of its domain are what the server's agent has in its
 * configuration or its log, and where it has none, one that is known to answer stands in. */
#include "scanner/facts/probe.h"

#include "base/insist.h"
#include "base/mem.h"
#include "scanner/facts/facts.h"

enum { NAMES_MAX = 4, FACTS_SPARE_MS = 15000 };

/* Login: KB 4096064, step 3; the public cloud's newer name beside the one of the document. Domains:
 * "Network and access support" of the agent's support matrix, and the self-help collection for the
 * other clouds. Stand-ins: the management addresses of the clouds, and where the agent itself is
 * loaded from. www.msftncsi.com and www.msftconnecttest.com, which the first has too, are of
 * Windows' own test of its line: that speaks no TLS. */
/* clang-format off */
static const struct {
	const char *login[NAMES_MAX], *domain[NAMES_MAX], *stand_in[NAMES_MAX];
} clouds[] = {
	[CLOUD_PUBLIC] = { { "login.windows.net", "login.microsoftonline.com" },
		{ ".windowsazure.com", ".windows.net", ".storage.azure.net" },
		{ "management.core.windows.net", "download.microsoft.com" } },
	[CLOUD_CHINA] = { { "login.chinacloudapi.cn" },
		{ ".windowsazure.cn", ".chinacloudapi.cn" },
		{ "management.core.chinacloudapi.cn" } },
	[CLOUD_USGOV] = { { "login.microsoftonline.us" },
		{ ".windowsazure.us", ".usgovcloudapi.net" },
		{ "management.core.usgovcloudapi.net" } },
	/* closed on 29 October 2021; its login URL was login.microsoftonline.de */
	[CLOUD_GERMAN] = { { NULL }, { NULL }, { NULL } },
};
/* clang-format on */

static json_t *names_json(const char *const *name)
{
	json_t *names = json_array();

	for (; *name; name++)
		json_array_append_new(names, json_string(*name));
	return names;
}

json_t *login_hosts_json(enum inv_cloud cloud)
{
	INSIST((unsigned)cloud < ARRAY_LEN(clouds));
	return names_json(clouds[cloud].login);
}

int64_t probe_facts_ms(int64_t call_ms)
{
	int64_t spare = call_ms / 5;

	return call_ms - (spare < FACTS_SPARE_MS ? spare : FACTS_SPARE_MS);
}

json_t *probe_request(enum inv_cloud cloud, const enum fact_id *only, bool deep, int64_t facts_ms)
{
	json_t *names = only ? json_array() : json_null();

	for (; only && *only != FACT_NONE; only++)
		json_array_append_new(names, json_string(fact_name(*only)));
	return json_pack("{s:s, s:s, s:o, s:{s:o, s:o}, s:o, s:{s:i, s:i, s:o}, s:b}", "op",
			 "probe", "cloud", inv_cloud_name(cloud), "login_hosts",
			 login_hosts_json(cloud), "service", "domains",
			 names_json(clouds[cloud].domain), "stand_ins",
			 names_json(clouds[cloud].stand_in), "facts", names, "limits", "fact_ms",
			 FACT_LIMIT_MS, "ob_ms", OB_LIMIT_MS, "all_ms",
			 facts_ms ? json_integer(facts_ms) : json_null(), "deep", deep);
}
