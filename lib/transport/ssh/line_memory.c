/* line_memory.c - libssh2's memory, an account a line. It hands out what it allocated for a peer's
 * words without having written it (1.10, an exit-signal that says it is longer than it is), reads
 * behind them (1.10, 32 bytes of an ed25519 host key however short it is), asks for as much as a
 * peer says, and loses some (1.10, the old host key when keys change): so memory is zeros from
 * birth and has some behind it, never is more than a line may have, and all of it goes with the
 * line. It holds a session's keys: each piece is wiped before it is given back. */
#include "transport/ssh/line.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { BEHIND = 32 };   /* zeros, a key's length */

struct piece {
	LIST_ENTRY(piece) link;
	size_t size;
	_Alignas(max_align_t) unsigned char bytes[];
};

static struct line_memory *memory_of(void **abstract)
{
	return &((struct line *)*abstract)->memory;
}

static struct piece *piece_of(void *bytes)
{
	return (struct piece *)((unsigned char *)bytes - offsetof(struct piece, bytes));
}

static void give_back(struct line_memory *m, struct piece *p)
{
	LIST_REMOVE(p, link);
	m->size -= p->size;
	free_wiped(p);
}

LIBSSH2_ALLOC_FUNC(line_alloc)
{
	struct line_memory *m = memory_of(abstract);
	struct piece *p;

	if (count > SSH_PIECE_MAX || count > m->max - m->size) {
		m->refused = true;
		return NULL;
	}
	p = xcalloc(1, sizeof(*p) + count + BEHIND);
	p->size = count;
	m->size += count;
	LIST_INSERT_HEAD(&m->pieces, p, link);
	return p->bytes;
}

LIBSSH2_FREE_FUNC(line_unalloc)
{
	if (ptr)
		give_back(memory_of(abstract), piece_of(ptr));
}

LIBSSH2_REALLOC_FUNC(line_realloc)
{
	void *bytes = line_alloc(count, abstract);
	size_t old = ptr ? piece_of(ptr)->size : 0;

	if (!bytes)
		return NULL;
	if (old > 0)
		memcpy(bytes, ptr, old < count ? old : count);
	line_unalloc(ptr, abstract);
	return bytes;
}

void line_memory_release(struct line_memory *m)
{
	struct piece *p;

	while ((p = LIST_FIRST(&m->pieces)) != NULL)
		give_back(m, p);
}
