/* deep.c - which hosts of a scan are asked for their deep facts too. */
#include "scanner/deep.h"

#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "base/mem.h"

/* Time is cut into periods, each host's cut elsewhere. Due is who was not asked in this one: so a
 * fleet that was first scanned in one night spreads within the next period, and stays spread. */
bool deep_is_due(const char *host, int64_t last_utc_ms, int64_t now_utc_ms, int64_t every_ms)
{
	int64_t shift;

	if (every_ms <= 0)
		return false;
	if (last_utc_ms <= 0)
		return true;
	shift = (int64_t)(fnv_hash(FNV_BEGIN, host, strlen(host)) % (uint64_t)every_ms);
	return (last_utc_ms + shift) / every_ms != (now_utc_ms + shift) / every_ms;
}

static int by_name(const void *name, const void *row)
{
	return strverscmp(name, ((const struct host_row *)row)->name);
}

bool *deep_plan(const struct selection *hosts, struct store *store,
		const struct scan_options *options, int64_t now_utc_ms, struct err *err)
{
	struct host_rows rows;
	bool *due;

	/* rows come in the order of strverscmp(), a host that is new has none yet */
	if (store_hosts(store, NULL, 0, &rows, err) < 0)
		return NULL;
	due = xcalloc((size_t)hosts->count + 1, sizeof(*due));
	for (int i = 0; i < hosts->count; i++) {
		const char *name = hosts->host[i]->name;
		const struct host_row *row =
			bsearch(name, rows.row, (size_t)rows.count, sizeof(*rows.row), by_name);

		due[i] = options->deep || deep_is_due(name, row ? row->deep_utc_ms : 0, now_utc_ms,
						      options->deep_every_ms);
	}
	host_rows_release(&rows);
	return due;
}
