/* upkeep.h - looking after the database itself: what is in it, a copy of it, taking out what only
 * repeats. */
#ifndef STORE_UPKEEP_H
#define STORE_UPKEEP_H

#include "store/store.h"

struct table_rows { char *name; int64_t rows; };
struct store_info {
	int64_t schema;
	int64_t bytes, free_bytes;              /* of the file; of these, free for new rows */
	int64_t log_bytes;                      /* of -wal beside it */
	int64_t oldest_utc_ms, newest_utc_ms;   /* of looks; 0 none */
	struct table_rows *table; int table_count;      /* the most rows first */
};
int store_info(struct store *s, struct store_info *out, struct err *err);
void store_info_release(struct store_info *info);

/* A copy of the database as it stands now, while others go on writing. It appears under its name
 * when it is whole and was checked; who may read the database may read it. An existing file is
 * ERR_USAGE unless `replace`. Any schema can be copied: an older database is best copied before a
 * newer marshal opens it. */
int store_backup(const char *path, const char *to, bool replace,
		 const struct upkeep_watch *watch, int64_t *out_bytes, struct err *err);

/* Tells what is wrong with the database, one line each: pages, schema, types, nulls, ids, times,
 * texts and references. Texts may hold anything that stands in the file. Reads all of it and
 * changes nothing. The number of things told; -1 when it cannot be read at all. */
int store_check(const char *path, void (*each)(void *ctx, const char *trouble), void *ctx,
		struct err *err);

struct prune_options {
	int64_t before_utc_ms;
	bool dry_run;                           /* counts, removes nothing; s may be read only */
	struct upkeep_watch watch;
};
struct prune_result {
	int64_t looks, looks_kept;              /* before that moment */
	int64_t facts, facts_kept;              /* past values */
	int64_t bytes;                          /* about: what the removed rows took */
};
/* Removes what is older and only repeats: looks between the first and the last of each change of
 * their host, and past values of a fact between the first and the last time it had that value.
 * Changes of verdicts, words and versions stay, and with them what a report of a past moment needs.
 * In small transactions, so that a scan beside it goes on. */
int store_prune(struct store *s, const struct prune_options *options, struct prune_result *out,
		struct err *err);

/* Writes the database anew without its free pages. Nobody else can write meanwhile. */
int store_vacuum(struct store *s, struct err *err);

#endif
