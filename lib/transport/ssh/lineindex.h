/* lineindex.h - a multimap from hashes to numbers of lines, for the lines of known_hosts; who asks
 * compares what stands there. All zeros is an empty one. */
#ifndef TRANSPORT_SSH_LINEINDEX_H
#define TRANSPORT_SSH_LINEINDEX_H

#include <stddef.h>
#include <stdint.h>

struct line_index {
	struct line_node {
		uint64_t hash;
		int line, next;         /* next: in the same bucket, -1 at the end */
	} *node;
	int *bucket;
	size_t count, cap, buckets;     /* buckets: a power of two */
};

uint64_t line_index_hash(const void *data, size_t len);
void line_index_add(struct line_index *x, uint64_t hash, int line);
/* The node with this hash behind `after`, from -1 on; -1 when there is none. */
int line_index_next(const struct line_index *x, uint64_t hash, int after);
void line_index_release(struct line_index *x);

#endif
