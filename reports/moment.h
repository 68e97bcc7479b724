/* moment.h - moments as people name them: 2026-11-01, 2026-11-01T02:00Z, 7d (ago), now, and the
 * scans of the database: last, previous. */
#ifndef REPORTS_MOMENT_H
#define REPORTS_MOMENT_H

#include <stdint.h>

#include "base/err.h"
#include "store/store.h"

/* A scan stands for its end. ERR_USAGE says what was expected, and where there is no such scan. */
int moment_parse(struct store *s, const char *text, int64_t now_utc_ms, int64_t *out_utc_ms,
		 struct err *err);

/* The scans of less than half of the hosts that came after the one that such a word means, newest
 * first, each by a moment that names it: "2026-11-01T02:00:01Z (1 host: web01)". "" for none, and
 * for other moments. Yours; NULL and err where they cannot be read. */
char *moment_passed_over(struct store *s, const char *text, struct err *err);

/* The begins of those that were large enough and never ended, but for the newest scan of all, of
 * which every report tells: "2026-11-01T02:00:00Z (50 hosts: all)". As above. */
char *moment_unended(struct store *s, const char *text, struct err *err);

#endif
