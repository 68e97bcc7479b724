/* deep.h - when a scan asks a host for its deep facts: the first time, then once in a period, at
 * a moment of it that differs from host to host, so that a night has its share of a fleet. */
#ifndef SCANNER_DEEP_H
#define SCANNER_DEEP_H

#include "scanner/scan.h"

/* `last_utc_ms` is 0 for never. every_ms 0: never is due. */
bool deep_is_due(const char *host, int64_t last_utc_ms, int64_t now_utc_ms, int64_t every_ms);

/* For each host of the selection whether it is due, all with options->deep. Yours: free(). NULL
 * and err when the store cannot be read. */
bool *deep_plan(const struct selection *hosts, struct store *store,
		const struct scan_options *options, int64_t now_utc_ms, struct err *err);

#endif
