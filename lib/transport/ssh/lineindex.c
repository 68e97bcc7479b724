/* lineindex.c - see lineindex.h. */
#include "transport/ssh/lineindex.h"

#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "base/mem.h"

uint64_t line_index_hash(const void *data, size_t len)
{
	uint64_t h = fnv_hash(FNV_BEGIN, data, len);

	return h ^ h >> 32;
}

static void grow(struct line_index *x)
{
	free(x->bucket);
	x->buckets = x->buckets ? x->buckets * 2 : 64;
	x->bucket = xrealloc_array(NULL, x->buckets, sizeof(*x->bucket));
	memset(x->bucket, -1, x->buckets * sizeof(*x->bucket));
	for (size_t i = 0; i < x->count; i++) {
		int *head = &x->bucket[x->node[i].hash & (x->buckets - 1)];

		x->node[i].next = *head;
		*head = (int)i;
	}
}

void line_index_add(struct line_index *x, uint64_t hash, int line)
{
	int *head;

	if (x->count >= x->buckets)
		grow(x);
	MEM_GROW(x->node, x->count, x->cap);
	head = &x->bucket[hash & (x->buckets - 1)];
	x->node[x->count] = (struct line_node){ .hash = hash, .line = line, .next = *head };
	*head = (int)x->count++;
}

int line_index_next(const struct line_index *x, uint64_t hash, int after)
{
	int i;

	if (x->count == 0)
		return -1;
	i = after < 0 ? x->bucket[hash & (x->buckets - 1)] : x->node[after].next;
	while (i >= 0 && x->node[i].hash != hash)
		i = x->node[i].next;
	return i;
}

void line_index_release(struct line_index *x)
{
	free(x->node);
	free(x->bucket);
	memset(x, 0, sizeof(*x));
}
