/* status.h - the one place that lays over the status from facts what only the moment of
 * reading knows: excluded and never-seen (the word), stale and unreachable (beside it). */
#ifndef STORE_STATUS_H
#define STORE_STATUS_H

#include <stdbool.h>
#include <stdint.h>

#include "store/store.h"

/* The word alone: what histories keep and judging again compares. */
const char *host_word(const char *status, const char *mars, bool skip);

bool status_is_judged(const char *word);        /* neither excluded nor never-seen */

/* The number of the rules that judge here: raised whenever the same facts come to another verdict
 * or status than before, and where a check that fails gives its reason in other words, which would
 * be a new one else (scanner/reason.h); CHANGELOG.md says what. A database knows by which it was
 * judged last. */
enum { JUDGE_RULES = 14 };
/* 1 where the hosts of the store were judged by older rules, else 0; -1 and err on failure. */
int judged_by_older_rules(struct store *s, struct err *err);

/* The word that counts: undetermined where older rules judged, whatever they made of it. */
const char *host_word_by(bool older_rules, const char *word);

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
