/* map.c - open addressing with linear probing, at most two thirds full. The full hash is kept
 * beside the key: most misses then end without touching the key, and growing needs no hashing. */
#include "base/map.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/encode.h"
#include "base/insist.h"
#include "base/mem.h"

struct map_slot {
	const char *key; /* NULL: free */
	uint64_t hash;
	void *value;
};

enum { FIRST_CAP = 16 }; /* a power of two, as is every later one */

/* FNV-1a, its end mixed once more: the low bits choose the slot. */
static uint64_t hash_of(uint64_t seed, const char *key)
{
	uint64_t h = fnv_hash(FNV_BEGIN ^ seed, key, strlen(key));

	h ^= h >> 32;
	h *= 0x9e3779b97f4a7c15u;
	return h ^ h >> 29;
}

/* The slot that holds the key, else the free one where it belongs. */
static struct map_slot *slot_of(const struct map *m, const char *key, uint64_t hash)
{
	size_t i = hash & (m->cap - 1);

	while (m->slot[i].key && (m->slot[i].hash != hash || strcmp(m->slot[i].key, key) != 0))
		i = (i + 1) & (m->cap - 1);
	return &m->slot[i];
}

static void grow(struct map *m)
{
	struct map old = *m;

	m->cap = old.cap ? old.cap * 2 : FIRST_CAP;
	m->slot = xcalloc(m->cap, sizeof(*m->slot));
	/* before the kernel has random numbers the table still works, only unseeded */
	if (!old.cap && getrandom(&m->seed, sizeof(m->seed), GRND_NONBLOCK) != sizeof(m->seed))
		m->seed = 0;
	for (size_t i = 0; i < old.cap; i++)
		if (old.slot[i].key)
			*slot_of(m, old.slot[i].key, old.slot[i].hash) = old.slot[i];
	free(old.slot);
}

void *map_get(const struct map *m, const char *key)
{
	return m->cap ? slot_of(m, key, hash_of(m->seed, key))->value : NULL;
}

void *map_add(struct map *m, const char *key, void *value)
{
	struct map_slot *s;
	uint64_t hash;

	INSIST(value);
	if (m->count + 1 > m->cap / 3 * 2)
		grow(m);
	hash = hash_of(m->seed, key);
	s = slot_of(m, key, hash);
	if (s->key)
		return s->value;
	*s = (struct map_slot){ key, hash, value };
	m->count++;
	return NULL;
}

void map_release(struct map *m)
{
	free(m->slot);
	*m = (struct map){ 0 };
}
