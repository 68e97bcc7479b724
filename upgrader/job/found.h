/* found.h - what a server had before its upgrade and must have after it: kept in the job from the
 * look before, compared with a look after. Pure, and without secrets: a proxy's sign-in is no part
 * of what a look brings. */
#ifndef UPGRADER_JOB_FOUND_H
#define UPGRADER_JOB_FOUND_H

#include "scanner/facts/facts.h"

/* What that look knew of it; the caller's. What it did not know is not compared later. */
json_t *found_keep(const struct facts *facts);

/* LOST: something that was there is gone, or weaker. UNKNOWN: nothing is lost as far as is seen,
 * but something that tells it was not to be read. */
enum found_verdict { FOUND_SAME, FOUND_UNKNOWN, FOUND_LOST };
/* `before` as found_keep() made it; NULL: nothing was known. `out`, of `size` bytes, tells all that
 * is lost, else the first that was not to be read. */
enum found_verdict found_compare(const json_t *before, const struct facts *now, char *out,
				 size_t size);

#endif
