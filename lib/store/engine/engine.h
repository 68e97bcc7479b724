/* engine.h - what is known of the database engine outside of it: how long it waits, what its long
 * work tells, and what to do about a damaged file. */
#ifndef STORE_ENGINE_ENGINE_H
#define STORE_ENGINE_ENGINE_H

#include <stdbool.h>
#include <stdint.h>

/* How long another process's transaction is waited for. */
enum { STORE_BUSY_WAIT_MS = 30000 };

/* The hint of an error about what no marshal would have written. */
#define STORE_DAMAGED                                                                              \
	"`marshal db check` says what is wrong; restore the database from a copy "                 \
	"(docs/database.md), or begin a new one"

/* Told now and then of work that may take minutes. False ends it (ERR_CANCELLED). */
struct upkeep_watch {
	bool (*go_on)(void *ctx, int64_t done, int64_t total);
	void *ctx;
};

#endif
