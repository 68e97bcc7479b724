/* scan.h - one look at a set of hosts: many sessions on one loop, facts judged as they arrive,
 * written in batches. Also the single look an upgrade uses. */
#ifndef SCANNER_SCAN_H
#define SCANNER_SCAN_H

#include "base/causes.h"
#include "inventory/inventory.h"
#include "scanner/as_system.h"
#include "scanner/facts/facts.h"
#include "scanner/facts/probe.h"
#include "scanner/judge.h"
#include "store/store.h"
#include "transport/transport.h"

/* Endpoints and cloud hosts out of an inventory host; strings stay the inventory's. */
void endpoint_of(const struct inv_host *h, struct endpoint *out);
/* Hands the inventory to the store (every command that reads one does). */
int inventory_remember(const struct inventory *inv, struct store *s, struct err *err);

/* One probe of one host over a session of the caller's. */
struct look {
	struct facts facts;             /* of this look, the older ones under them */
	struct judgement judgement;
	struct err err;                 /* code ERR_NONE when seen whole */
	int64_t took_ms, utc_ms;        /* the whole look; when its answer was complete */
	struct as_system *as_system;    /* what became of that call; NULL when it was not made */
};
struct look_request {
	struct session *session;
	const struct inv_host *host;
	/* read for what a cut answer leaves open; NULL: nothing known */
	struct store *store;
	const json_t *versions;         /* of this host; may be NULL */
	const struct policy *policy;    /* what holds for this host */
	const char *const *only;        /* names of facts, NULL-ended; NULL for all */
	bool deep;                      /* all facts, not the fast ones; `only` wins over it */
	bool as_system;                 /* and then those that only SYSTEM may read, by a task */
	int64_t limit_ms;               /* of the probe */
	void (*done)(void *ctx, struct look *look);      /* the look is the callee's: look_free() */
	void *ctx;
};
/* Copies the request; what it points to is borrowed until done is called, from the loop. */
void look_start(const struct look_request *request);
void look_free(struct look *look);
/* Adds the look to a transaction. What was not answered in it keeps its older row. */
void look_store(const struct look *look, struct tx *tx, const char *host, int64_t scan,
		const char *source);
/* Judges a look's facts by what `about` holds beside them; `mars` is the inventory's word. */
void look_judge(struct look *look, const struct context *about, const char *mars);

/* What scans and upgrades share on the command line: --jobs, --limit, --host-key, --known-hosts. */
struct way_options {
	int jobs;                       /* hosts in flight, 256 */
	int64_t probe_limit_ms;         /* 0: way_probe_limit() */
	int64_t host_limit_ms;          /* 300 s, of a scan */
	struct transport_options transport;
};
void way_defaults(struct way_options *out);
/* That of a look in ms: what was said, else 120 s, and 240 s of a deep one. */
int64_t way_probe_limit(const struct way_options *way, bool deep);
/* "handshake=20s": name, connect, handshake, sign-in, channel, and what else the command has: the
 * probe's call, a whole look. ERR_USAGE names them. */
enum { WAY_PROBE = 1, WAY_HOST = 2 };
int way_set_limit(struct way_options *way, unsigned more, const char *text, struct err *err);
/* strict, accept-new */
int way_set_host_key(struct way_options *way, const char *text, struct err *err);

struct scan_options {
	struct way_options way;
	int64_t deadline_ms;            /* 0 none; from the start */
	bool deep;                      /* all facts of all hosts */
	int64_t deep_every_ms;          /* of a host whose deep facts are older; 0 never */
	bool as_system;                 /* a task on each host reads what only SYSTEM may */
	bool quiet;
	const char *patterns;           /* as typed, for the record */
	const struct policies *policies;
};
struct scan_result {
	int total, seen, skipped, not_seen;     /* total = seen + skipped + not_seen */
	int not_begun;                          /* of those not seen: it ended before their turn */
	int64_t took_ms;
	struct causes causes;                   /* of those not seen; names are the inventory's */
	bool interrupted, deadline;
};
/* Runs to the end. Faults of hosts are in the result, not errors; release its causes. */
int scan_run(const struct selection *hosts, struct store *store, const struct scan_options *options,
	     struct scan_result *out, struct err *err);

#endif
