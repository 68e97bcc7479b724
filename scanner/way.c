/* way.c - how hosts are reached, as said on the command line: what scans and upgrades share. */
#include "scanner/way.h"

#include <string.h>

#include "base/clock.h"
#include "base/insist.h"
#include "base/log.h"
#include "base/mem.h"

const struct endpoint *way_over(struct transport *t, const struct inv_host *h, int hops)
{
	const struct endpoint *via = NULL;

	for (int i = 0; i < hops; i++)
		via = transport_bastion(t, &(struct endpoint){
						   .name = h->itself ? "its SSH" : h->hop[i].name,
						   .itself = h->itself,
						   .kind = ENDPOINT_SSH,
						   .address = h->hop[i].address,
						   .port = h->hop[i].port,
						   .user = h->hop[i].user,
						   .key_file = h->hop[i].key_file,
						   .password = h->hop[i].password,
						   .known_hosts = h->hop[i].known_hosts,
						   .via = via,
						   .sessions = h->hop[i].sessions,
						   .channels = h->hop[i].channels,
						   .one_time_code = h->hop[i].one_time_code,
					   });
	return via;
}

static void as_winrm(const struct inv_host *h, struct endpoint *out)
{
	static const enum winrm_sign_in sign_ins[] = {
		[SIGN_IN_BASIC] = WINRM_BASIC,
		[SIGN_IN_KERBEROS] = WINRM_KERBEROS,
		[SIGN_IN_NTLM] = WINRM_NTLM,
	};

	INSIST((unsigned)h->sign_in < ARRAY_LEN(sign_ins));
	out->tls_name = h->address;
	out->ca_file = h->winrm_ca;
	out->certificate = h->winrm_cert;
	out->through = h->through;
	out->sign_in = sign_ins[h->sign_in];
	out->service_host = h->service_host;
	out->answer_ms = (int64_t)h->answer_s * 1000;
}

void endpoint_of(struct transport *t, const struct inv_host *h, struct endpoint *out)
{
	static const enum endpoint_kind kinds[] = {
		[CONNECT_SSH] = ENDPOINT_SSH,
		[CONNECT_WINRM] = ENDPOINT_WINRM,
		[CONNECT_LOCAL] = ENDPOINT_LOCAL,
		[CONNECT_UNSUPPORTED] = ENDPOINT_UNSUPPORTED,
		[CONNECT_UNRESOLVED] = ENDPOINT_UNRESOLVED,
	};
	struct endpoint other;

	INSIST((unsigned)h->connection < ARRAY_LEN(kinds));
	*out = (struct endpoint){
		.name = h->name,
		.kind = kinds[h->connection],
		.why_not = h->unresolved ? h->unresolved : h->unsupported,
		.why_not_hint = h->unresolved_hint,
		.address = h->itself ? "127.0.0.1" : h->address,
		.port = h->port,
		.user = h->user,
		.key_file = h->key_file,
		.password = h->password,
		.known_hosts = h->known_hosts,
		.program = h->program,
		.via = way_over(t, h, h->hop_count),
		.one_time_code = h->one_time_code,
	};
	as_winrm(h, out);
	if (!h->winrm_too)
		return;
	other = *out;
	other.kind = ENDPOINT_WINRM;
	other.user = h->winrm_user;
	other.port = h->winrm_port;
	out->password = NULL;           /* is never offered to a server of SSH */
	if (out->via)
		out->otherwise = transport_endpoint(t, &other);
}

void endpoint_as_before(struct transport *t, const struct inv_host *h, const json_t *past,
			struct endpoint *out)
{
	struct endpoint first;

	endpoint_of(t, h, out);
	if (!out->otherwise || !json_object_get(json_object_get(past, "way"), "not_by_ssh"))
		return;
	first = *out->otherwise;
	out->otherwise = NULL;
	first.otherwise = transport_endpoint(t, out);
	*out = first;
}

const char *way_not_by_ssh(const struct inv_host *h, const struct session *s)
{
	struct session_facts way;

	if (!h->winrm_too)
		return NULL;
	session_look(s, &way);
	/* what led nowhere is not begun with again */
	if (!way.connected || way.way == ENDPOINT_SSH)
		return "";
	return way.passed_over[0] ? way.passed_over : NULL;
}

void way_warn(const struct inv_host *const *host, int count)
{
	int in_clear = 0;

	for (int i = 0; i < count; i++)
		in_clear += host[i]->password && strncmp(host[i]->password, "text:", 5) == 0;
	if (in_clear)
		log_line(LOG_WARN,
			 "the inventory holds passwords in clear, of %d of these hosts "
			 "(docs/inventory.md)",
			 in_clear);
}

int way_prepare(struct transport *t, const struct inv_host *const *host, int count, struct err *err)
{
	AUTO_FREE struct endpoint *endpoint = xcalloc((size_t)count + 1, sizeof(*endpoint));
	AUTO_FREE const struct endpoint **list = xcalloc((size_t)count + 1, sizeof(*list));

	for (int i = 0; i < count; i++) {
		endpoint_of(t, host[i], &endpoint[i]);
		list[i] = &endpoint[i];
	}
	return transport_prepare(t, list, count, err);
}

int way_jobs(int wanted, const struct transport *t)
{
	int limit = transport_max_in_flight(t);

	if (wanted <= limit)
		return wanted;
	log_line(LOG_WARN,
		 "%d in flight instead of %d hosts: the open-files limit allows no more (raise "
		 "ulimit -n)",
		 limit, wanted);
	return limit;
}

void way_defaults(struct way_options *out)
{
	*out = (struct way_options){
		.jobs = WAY_JOBS,
		.host_limit_ms = HOST_LIMIT_MINUTES * MINUTE_MS,
	};
	transport_defaults(&out->transport);
}

int64_t way_probe_limit(const struct way_options *way, bool deep)
{
	if (way->probe_limit_ms)
		return way->probe_limit_ms;
	return (deep ? PROBE_DEEP_LIMIT_MINUTES : PROBE_LIMIT_MINUTES) * MINUTE_MS;
}

static int64_t *limit_named(struct way_options *way, unsigned more, const char *name, size_t len)
{
	struct transport_limits *limits = &way->transport.limits;
	const struct {
		const char *name;
		unsigned of;
		int64_t *limit;
	} known[] = {
#define LINE_LIMIT(word, member, seconds, then) { word, 0, &limits->member },
		LINE_LIMITS(LINE_LIMIT, "")
#undef LINE_LIMIT
			{ LIMIT_PROBE, WAY_PROBE, &way->probe_limit_ms },
		{ LIMIT_HOST, WAY_HOST, &way->host_limit_ms },
	};

	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if ((known[i].of & more) == known[i].of && strlen(known[i].name) == len &&
		    memcmp(known[i].name, name, len) == 0)
			return known[i].limit;
	return NULL;
}

int way_limit_time(const char *text, int64_t *out_ms, struct err *err)
{
	int64_t ms;

	if (clock_parse_duration(strchr(text, '=') + 1, &ms, err) != 0)
		return err_in(err, "--limit '%s'", text);
	if (ms < 1 || ms > DAY_MS)
		return err_set(err, ERR_USAGE, "--limit '%s': expected a time from 1ms to 24h",
			       text);
	*out_ms = ms;
	return 0;
}

bool way_has_limit(unsigned more, const char *text)
{
	struct way_options any;

	return limit_named(&any, more, text, strcspn(text, "=")) && strchr(text, '=');
}

static const char *limit_words(unsigned more)
{
	if (more & WAY_HOST)
		return LINE_LIMIT_WORDS ", " LIMIT_PROBE " or " LIMIT_HOST;
	if (more & WAY_PROBE)
		return LINE_LIMIT_WORDS " or " LIMIT_PROBE;
	return LINE_LIMITS(LINE_LIMIT_SAID, " or ");
}

int way_set_limit(struct way_options *way, unsigned more, const char *text, struct err *err)
{
	int64_t *limit = limit_named(way, more, text, strcspn(text, "="));

	if (!limit || !strchr(text, '='))
		return err_set(err, ERR_USAGE,
			       "--limit '%s': expected %s, then =TIME (handshake=20s)", text,
			       limit_words(more));
	return way_limit_time(text, limit, err);
}

int way_set_host_key(struct way_options *way, const char *text, struct err *err)
{
	if (!text || strcmp(text, "strict") == 0)
		way->transport.host_key = HOST_KEY_STRICT;
	else if (strcmp(text, "accept-new") == 0)
		way->transport.host_key = HOST_KEY_ACCEPT_NEW;
	else
		return err_set(err, ERR_USAGE, "--host-key '%s': expected strict or accept-new",
			       text);
	return 0;
}
