/* probe.c - which names the probe asks for, a cloud a row. Wildcards of the documents
 * (*.windowsazure.com) name nobody who could be asked, and are left out. */
#include "scanner/facts/probe.h"

#include "base/insist.h"
#include "base/mem.h"
#include "scanner/facts/facts.h"

enum { NAMES_MAX = 4 };

struct endpoint_row { const char *host; int port; bool tls; };

/* Login: KB 4096064, step 3; the public cloud's newer name beside the one of the document. The
 * others: "Network and access support" of the agent's support matrix, where two names are whole.
 * Both are of Windows' own test of its line, which speaks HTTP without TLS. */
/* clang-format off */
static const struct {
	const char *login[NAMES_MAX];
	struct endpoint_row endpoint[NAMES_MAX];
} clouds[] = {
	[CLOUD_PUBLIC] = { { "login.windows.net", "login.microsoftonline.com" },
		{ { "www.msftncsi.com", 80, false }, { "www.msftconnecttest.com", 80, false } } },
	[CLOUD_CHINA] = { { "login.chinacloudapi.cn" },
		{ { "www.msftncsi.com", 80, false }, { "www.msftconnecttest.com", 80, false } } },
	[CLOUD_USGOV] = { { "login.microsoftonline.us" },
		{ { "www.msftncsi.com", 80, false }, { "www.msftconnecttest.com", 80, false } } },
	[CLOUD_GERMAN] = { { NULL }, { { NULL, 0, false } } },  /* closed on 29 October 2021 */
};
/* clang-format on */

const char *const *login_hosts(enum inv_cloud cloud)
{
	INSIST((unsigned)cloud < ARRAY_LEN(clouds));
	return clouds[cloud].login;
}

json_t *login_hosts_json(enum inv_cloud cloud)
{
	json_t *names = json_array();

	for (const char *const *name = login_hosts(cloud); *name; name++)
		json_array_append_new(names, json_string(*name));
	return names;
}

static json_t *endpoints_json(enum inv_cloud cloud)
{
	json_t *list = json_array();

	INSIST((unsigned)cloud < ARRAY_LEN(clouds));
	for (const struct endpoint_row *row = clouds[cloud].endpoint; row->host; row++)
		json_array_append_new(list, json_pack("{s:s, s:i, s:b}", "host", row->host, "port",
						      row->port, "tls", row->tls));
	return list;
}

json_t *probe_request(enum inv_cloud cloud, const enum fact_id *only, bool deep)
{
	json_t *names = only ? json_array() : json_null();

	for (; only && *only != FACT_NONE; only++)
		json_array_append_new(names, json_string(fact_name(*only)));
	return json_pack("{s:s, s:s, s:o, s:o, s:o, s:{s:i, s:i}, s:b}", "op", "probe", "cloud",
			 inv_cloud_name(cloud), "login_hosts", login_hosts_json(cloud), "endpoints",
			 endpoints_json(cloud), "facts", names, "limits", "fact_ms", FACT_LIMIT_MS,
			 "ob_ms", OB_LIMIT_MS, "deep", deep);
}
