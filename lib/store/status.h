/* status.h - the one place that lays over the status from facts what only the moment of
 * reading knows: excluded and never-seen (the word), stale and unreachable (beside it). */
#ifndef STORE_STATUS_H
#define STORE_STATUS_H

#include <stdbool.h>
#include <stdint.h>

#include "store/store.h"

/* The word alone: what histories keep and judging again compares. */
const char *host_word(const char *status, const char *mars, bool skip);

struct host_view {
	const char *status;             /* one of the nine words; borrowed from the row or static */
	bool excluded;
	bool unreachable;               /* the last look ended in a fault; the status is older */
	bool stale;                     /* the facts are older than stale_after_ms */
	int64_t age_ms;                 /* of the facts; -1 never seen */
};
void host_view(const struct host_row *row, int64_t now_utc_ms, int64_t stale_after_ms,
	       struct host_view *out);

/* How often it was tried since it was last seen whole, in words: "never tried", "tried once,
 * no-answer", "tried 3 times, last: no-answer". The caller's. */
char *host_tries(const struct host_row *row);

#endif
