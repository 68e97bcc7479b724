/* way.h - how hosts are reached, by the inventory and as said on the command line: what scans and
 * upgrades share. */
#ifndef SCANNER_WAY_H
#define SCANNER_WAY_H

#include "base/text.h"
#include "inventory/inventory.h"
#include "transport/transport.h"

/* The endpoint of an inventory host; strings stay the inventory's, its bastions the transport's. */
void endpoint_of(struct transport *t, const struct inv_host *h, struct endpoint *out);
/* The same, beginning with the way that led there last, of two. `past` is the host's of
 * past_of_all(), or NULL. */
void endpoint_as_before(struct transport *t, const struct inv_host *h, const json_t *past,
			struct endpoint *out);
/* What the store is to keep of the way that led there: store_look.not_by_ssh. Borrowed. */
const char *way_not_by_ssh(const struct inv_host *h, const struct session *s);
/* The last of the first so many bastions of a host; NULL of none. */
const struct endpoint *way_over(struct transport *t, const struct inv_host *h, int hops);
/* Says how many of them have their password in clear in the inventory, where any has. */
void way_warn(const struct inv_host *const *host, int count);
/* transport_prepare() for those hosts. */
int way_prepare(struct transport *t, const struct inv_host *const *host, int count,
		struct err *err);

/* The options of a command whose options struct has these three members. */
/* clang-format off */
#define KNOWN_HOSTS_OPTION(type) \
	{ "known-hosts", 0, OPT_TEXT, "FILE", \
	  "instead of ~/.ssh/known_hosts and /etc/ssh/ssh_known_hosts", \
	  offsetof(type, known_hosts), 0, 0 }
#define GROUP_EXCHANGE_OPTION(type) \
	{ "group-exchange", 0, OPT_FLAG, NULL, \
	  "also offer a key exchange whose numbers the server chooses: it can hold up all others", \
	  offsetof(type, group_exchange), 0, 0 }
#define WAY_OPTIONS(type) \
	{ "host-key", 0, OPT_TEXT, "RULE", "unknown host keys: strict (default) or accept-new", \
	  offsetof(type, host_key), 0, 0 }, \
	KNOWN_HOSTS_OPTION(type), \
	GROUP_EXCHANGE_OPTION(type)
/* clang-format on */

/* What scans and upgrades share on the command line: --limit, --host-key, --known-hosts,
 * --group-exchange; and a scan's --jobs. */
#define WAY_JOBS 256
struct way_options {
	int jobs;                       /* hosts in flight */
	int64_t probe_limit_ms;         /* 0: way_probe_limit() */
	int64_t host_limit_ms;          /* of a scan */
	struct transport_options transport;
};
void way_defaults(struct way_options *out);
/* Hosts in flight: as wanted, or what the open-files limit allows, with a warning. After the
 * transport was prepared. */
int way_jobs(int wanted, const struct transport *t);
/* That of a look in ms: what was said, else longer for a deep one. */
int64_t way_probe_limit(const struct way_options *way, bool deep);
/* What --limit names: the states of a line (LINE_LIMITS), a look's call, a whole look; in errors
 * by name, in help with its default. */
#define LIMIT_PROBE "probe"
#define LIMIT_HOST "host"
#define PROBE_LIMIT_MINUTES 2
#define PROBE_DEEP_LIMIT_MINUTES 4
#define HOST_LIMIT_MINUTES 5
#define LINE_LIMIT_SAID(word, member, seconds, then) word then
#define LINE_LIMIT_WORDS LINE_LIMITS(LINE_LIMIT_SAID, ", ")
#define LINE_LIMIT_SET(word, member, seconds, then) word "=" SAID(seconds) "s" then
#define LINE_LIMIT_HELP LINE_LIMITS(LINE_LIMIT_SET, ", ")
#define PROBE_LIMIT_HELP LIMIT_PROBE "=" SAID(PROBE_LIMIT_MINUTES) "m"
#define SCAN_LIMIT_HELP \
	PROBE_LIMIT_HELP " (deep " SAID(PROBE_DEEP_LIMIT_MINUTES) "m), " LIMIT_HOST \
							       "=" SAID(HOST_LIMIT_MINUTES) "m"
/* "handshake=20s": a state of the line, and what else the command has: the probe's call, a whole
 * look. ERR_USAGE names them. */
enum { WAY_PROBE = 1, WAY_HOST = 2 };
bool way_has_limit(unsigned more, const char *text);
int way_set_limit(struct way_options *way, unsigned more, const char *text, struct err *err);
/* The time of a "NAME=TIME" whose name is known: 1 ms to 24 h. ERR_USAGE quotes the whole. */
int way_limit_time(const char *text, int64_t *out_ms, struct err *err);
/* strict, accept-new */
int way_set_host_key(struct way_options *way, const char *text, struct err *err);

#endif
