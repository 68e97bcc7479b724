/* engine.h - what is known of the database engine outside of it: how long it waits, what its long
 * work tells, and what to do about a damaged file. */
#ifndef STORE_ENGINE_ENGINE_H
#define STORE_ENGINE_ENGINE_H

#include <stdbool.h>
#include <stdint.h>

/* How long another process's transaction is waited for. */
enum { STORE_BUSY_WAIT_MS = 30000 };

/* Hints of errors: about what no marshal would have written, the same once `db check` has looked,
 * and about what is no database of marshal, or no longer one. */
#define STORE_RESTORE "restore the database from a copy (docs/database.md), or begin a new one"
#define STORE_DAMAGED "`marshal db check` says what is wrong; " STORE_RESTORE
#define STORE_STRANGE                                                                              \
	"name the database with --db or $MARSHAL_DB; where this was it, restore it from a copy "   \
	"(docs/database.md)"

/* Told now and then of work that may take minutes. False ends it (ERR_CANCELLED). */
struct upkeep_watch {
	bool (*go_on)(void *ctx, int64_t done, int64_t total);
	void *ctx;
};

#endif
