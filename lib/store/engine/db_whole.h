/* db_whole.h - a database as a whole, by SQLite's own means: copied page by page while others
 * write, and looked through for what is wrong. The doors to both, with what they promise, are
 * store_backup() and store_check() in upkeep.h. */
#ifndef STORE_ENGINE_DB_WHOLE_H
#define STORE_ENGINE_DB_WHOLE_H

#include "base/err.h"
#include "store/engine/engine.h"

/* `to` must not exist unless `replace`. */
int db_copy(const char *from, const char *to, bool replace, const struct upkeep_watch *watch,
	    int64_t *out_bytes, struct err *err);

/* The number of things told; -1 when it cannot be read at all. */
int db_check(const char *path, void (*each)(void *ctx, const char *trouble), void *ctx,
	     struct err *err);

#endif
