/* pending.h - keys that servers showed and nobody has approved: a file beside known_hosts, or
 * known_certificates, in its form, with first and last time behind each key. Nothing trusts what
 * stands there. */
#ifndef SCANNER_KEYS_PENDING_H
#define SCANNER_KEYS_PENDING_H

#include <stdint.h>

#include "base/map.h"
#include "scanner/keys/kind.h"
#include "transport/ssh/hostline.h"

struct pending_key {
	struct host_line line;          /* of one name */
	int64_t first_utc_ms, last_utc_ms;
	bool dropped;
	bool touched;                   /* seen or dropped by us: to be saved */
};

struct pending {
	char *path;
	enum key_kind kind;
	struct pending_key **item;      /* one a name */
	size_t count, cap;
	struct map by_name;
};

/* That of a file of what is known; a missing one is empty, a bad line is skipped with a warning.
 * NULL and err when it cannot be read. */
struct pending *pending_load(const char *known, enum key_kind kind, struct err *err);
/* Text as if it were there (fuzzing). */
struct pending *pending_parse(const char *known, enum key_kind kind, const char *text, size_t len);
void pending_free(struct pending *p);           /* NULL is fine */

/* By the name it has in that file; NULL: none. */
struct pending_key *pending_find(const struct pending *p, const char *name);
/* The host shows this key now. Another than before begins a new time. False: not with this name. */
bool pending_saw(struct pending *p, const char *name, const struct host_key *key, int64_t utc_ms);
void pending_drop(struct pending *p, const char *name);

/* Writes what was seen and dropped here into the file as others have left it by now; of one that we
 * dropped, and another command saw with another key since, that key stays. A file without keys is
 * removed. */
int pending_save(struct pending *p, struct err *err);

#endif
