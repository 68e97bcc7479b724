/* lease.h - who may change a host now. One process at a time, over all names of one server: it
 * takes a lease, its loop renews it, each move of a job checks it, and a server's own reservation
 * stands beside it for whoever has another database. */
#ifndef STORE_LEASE_H
#define STORE_LEASE_H

#include "base/clock.h"
#include "store/store.h"

#define LEASE_MS (2 * MINUTE_MS)

/* Takes the host, for a run or another such id. ERR_HELD with the holder's name: a process that is
 * not known to be dead has it, or the same server under another name - which may be this process.
 * *out_epoch is set by the time that the transaction is told of: what the next two name. */
void tx_lease_take(struct tx *tx, const char *host, int64_t run, int64_t *out_epoch);
/* Checks that it is still ours, and begins its time anew; ERR_MOVED where not. seen_anew: a look in
 * the same transaction may just have told which server it is, so another name of it is looked for
 * as when it was taken. */
void tx_lease_keep(struct tx *tx, const char *host, int64_t run, int64_t epoch, bool seen_anew);
void tx_lease_give(struct tx *tx, const char *host, int64_t run, int64_t epoch);
/* Writes nothing; ERR_HELD where another process that is not known to be dead holds a host for the
 * run, which is called so to people. */
void tx_lease_none(struct tx *tx, int64_t run, const char *called);
void tx_leases_renew(struct tx *tx);    /* all of this process */

/* Renews those of this process as long as the loop turns. Stop it, then let the loop come to its
 * end. */
struct lease_timer {
	uv_timer_t timer;
	struct store *store;
	bool under_way;
};
void lease_timer_start(struct lease_timer *t, struct store *s, uv_loop_t *loop);
void lease_timer_stop(struct lease_timer *t);

/* What other processes hold that are not known to be dead, on one host or (NULL) on all. */
struct lease_row {
	char *host;
	char *holder;                   /* "upgrade (pid 7 on web-1, user bob, since 2026-...)" */
	char *run_name;                 /* "" for what is no run's */
	char *computer, *machine;       /* the server, as in host_row; "" unknown */
	int64_t run, process, epoch;
	bool seen_alive;                /* the holder, on this machine, just now */
	bool ends;                      /* by itself, where the holder is gone */
};
struct lease_rows { struct lease_row *row; int count; };
/* Whether it keeps others from that host: it holds it, or its server under another name. */
bool lease_is_of(const struct lease_row *lease, const struct host_row *host);
int store_leases(struct store *s, const char *host, struct lease_rows *out, struct err *err);
void lease_rows_release(struct lease_rows *rows);
/* Frees one of these, with a line in the trail. ERR_HELD: it is another one by now. Whether its
 * holder is gone is for the caller to know. */
void tx_lease_free(struct tx *tx, const struct lease_row *lease, int64_t utc_ms);

#endif
