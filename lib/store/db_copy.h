/* db_copy.h - a whole database to another file, page by page. */
#ifndef STORE_DB_COPY_H
#define STORE_DB_COPY_H

#include "store/upkeep.h"

/* As store_backup(); `to` must not exist unless `replace`. */
int db_copy(const char *from, const char *to, bool replace, const struct upkeep_watch *watch,
	    int64_t *out_bytes, struct err *err);

#endif
