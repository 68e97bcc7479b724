/* scan.h - one look at a set of hosts: many sessions on one loop, facts judged as they arrive,
 * written in batches. */
#ifndef SCANNER_SCAN_H
#define SCANNER_SCAN_H

#include "base/causes.h"
#include "scanner/look.h"
#include "scanner/way.h"

/* As long as somebody else writes to the database a scan waits. */
#define SCAN_PATIENCE_MINUTES 10

struct scan_options {
	struct way_options way;
	int64_t deadline_ms;            /* 0 none; from the start */
	bool deep;                      /* all facts of all hosts */
	int64_t deep_every_ms;          /* of a host whose deep facts are older; 0 never */
	bool as_system;                 /* a task on each host reads what only SYSTEM may */
	bool accept_changed;            /* another machine than before is as intended */
	bool quiet;
	const char *patterns;           /* as typed, for the record */
	const struct policies *policies;
};
struct scan_result {
	int total, seen, not_seen;              /* total = seen + skipped.hosts + not_seen */
	struct inv_skipped skipped;
	int compliant;                          /* of those seen */
	int not_begun;                          /* of those not seen: it ended before their turn */
	int64_t took_ms;
	struct causes causes;                   /* of those not seen; names are the inventory's */
	bool interrupted, deadline;
};
/* Runs to the end. Faults of hosts are in the result, not errors; release its causes. */
int scan_run(const struct selection *hosts, struct store *store, const struct scan_options *options,
	     struct scan_result *out, struct err *err);

#endif
