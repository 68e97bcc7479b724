/* pending.h - host keys that servers showed and nobody has approved: a file beside known_hosts, in
 * its form, with first and last time behind each key. Nothing trusts what stands there. */
#ifndef SCANNER_KEYS_PENDING_H
#define SCANNER_KEYS_PENDING_H

#include <stdint.h>

#include "base/map.h"
#include "transport/ssh/hostline.h"
#include "transport/ssh/knownhosts.h"

struct pending_key {
	struct host_line line;          /* of one name */
	int64_t first_utc_ms, last_utc_ms;
	bool dropped;
};

struct pending {
	char *path;
	struct pending_key **item;      /* one a name */
	size_t count, cap;
	struct map by_name;
};

/* That of a file of known hosts; a missing one is empty, a bad line is skipped with a warning. NULL
 * and err when it cannot be read. */
struct pending *pending_load(const char *known_hosts, struct err *err);
void pending_free(struct pending *p);           /* NULL is fine */

/* By the name it has in known_hosts; NULL: none. */
struct pending_key *pending_find(const struct pending *p, const char *name);
/* The host shows this key now. Another than before begins a new time. False: not with this name. */
bool pending_saw(struct pending *p, const char *name, const struct host_key *key, int64_t utc_ms);
void pending_drop(struct pending *p, const char *name);

/* Writes the file anew; one without keys is removed. */
int pending_save(const struct pending *p, struct err *err);

#endif
