/* map.h - a hash table from text to a pointer. Keys are borrowed and must outlive it; no key
 * is ever removed. A zeroed struct is an empty map. The hash is seeded, so that nobody can
 * choose keys that all fall on one place. */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include <stddef.h>
#include <stdint.h>

struct map_slot;
struct map {
	struct map_slot *slot;
	size_t count, cap;
	uint64_t seed;
};

void *map_get(const struct map *m, const char *key);    /* NULL when absent */

/* Adds; where the key is there already, nothing changes and its value comes back, else NULL.
 * value must not be NULL. */
void *map_add(struct map *m, const char *key, void *value);
void map_release(struct map *m);                        /* may be used again */

#endif
