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

#endif
