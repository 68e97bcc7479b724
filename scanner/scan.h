/* scan.h - one look at a set of hosts: many sessions on one loop, facts judged as they arrive,
 * written in batches. Also the single look an upgrade uses. */
#ifndef SCANNER_SCAN_H
#define SCANNER_SCAN_H

#include "inventory/inventory.h"
#include "scanner/facts.h"
#include "scanner/judge.h"
#include "store/store.h"
#include "transport/transport.h"

/* Endpoints and cloud hosts out of an inventory host; strings stay the inventory's. */
void endpoint_of(const struct inv_host *h, struct endpoint *out);
/* The names the probe asks for a cloud: NULL-ended, empty for a closed one. */
const char *const *login_hosts(enum inv_cloud cloud);
/* Hands the inventory to the store (every command that reads one does). */
int inventory_remember(const struct inventory *inv, struct store *s, struct err *err);

/* One probe of one host over a session of the caller's. */
struct look {
	struct facts facts;             /* of this look, the older ones under them */
	struct judgement judgement;
	struct err err;                 /* code ERR_NONE when seen whole */
	int64_t begun_ms, took_ms, utc_ms;
	int64_t clock_skew_ms; bool clock_known;
};
struct look_request {
	struct session *session;
	const struct inv_host *host;
	const struct host_row *row;     /* what the store knew, with facts; NULL for nothing */
	const json_t *versions;         /* of this host; may be NULL */
	const struct policy *policy;
	const char *const *only;        /* names of facts, NULL-ended; NULL for all */
	int64_t limit_ms;               /* of the probe, 120 s */
	void (*done)(void *ctx, struct look *look);      /* the look is the callee's: look_free() */
	void *ctx;
};
/* Keeps nothing of the request beyond what it borrows until done is called. */
void look_start(const struct look_request *request);
void look_free(struct look *look);
/* Adds the look to a transaction. */
void look_store(const struct look *look, struct tx *tx, const char *host, int64_t scan, const char *source);

struct scan_options {
	int jobs;                       /* hosts in flight, 256 */
	int64_t probe_limit_ms;         /* 120 s */
	int64_t host_limit_ms;          /* 300 s */
	int64_t deadline_ms;            /* 0 none; from the start */
	bool quiet;
	struct transport_options transport;
};
struct scan_result {
	int total, seen, skipped, not_seen;
	int by_fault[FAULT_LAST + 1];
	bool interrupted, deadline;
};
/* Runs to the end. Faults of hosts are in the result, not errors. */
int scan_run(const struct selection *hosts, struct store *store, const struct scan_options *options,
	     struct scan_result *out, struct err *err);

#endif
