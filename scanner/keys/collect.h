/* collect.h - asks hosts for their keys and certificates: connects, exchanges keys and leaves,
 * before anybody signs in. */
#ifndef SCANNER_KEYS_COLLECT_H
#define SCANNER_KEYS_COLLECT_H

#include "base/causes.h"
#include "scanner/keys/targets.h"
#include "scanner/way.h"

struct collect_options {
	struct way_options way;
	bool quiet;
};

struct collected {
	int shown, not_shown;
	int not_begun;                  /* of those not shown: it ended before their turn */
	int64_t took_ms;
	struct causes causes;           /* of those not shown; names are the inventory's */
	bool interrupted;
};

/* Runs to the end; `shown` is called from the loop with the key, borrowed, of each that shows one,
 * for the target of its kind.
 * Faults of hosts are in the result, not errors; release its causes. */
int collect_run(const struct key_targets *targets, const struct collect_options *options,
		void (*shown)(void *ctx, const struct key_target *target,
			      const struct shown_key *key),
		void *ctx, struct collected *out, struct err *err);

#endif
