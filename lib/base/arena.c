/* arena.c - blocks of 64 KB handed out from the front. A request larger than a quarter of a
 * block gets a block of its own, so that the rest of the open one is not lost. */
#include "base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { BLOCK_SIZE = 64 * 1024, ALIGN = alignof(max_align_t) };

struct arena_block {
	struct arena_block *older;
	alignas(max_align_t) char data[];
};

static struct arena_block *new_block(size_t size)
{
	return xcalloc(1, sizeof(struct arena_block) + size);
}

void *arena_alloc(struct arena *a, size_t count, size_t size)
{
	/* an overflow must end like any other lack of memory: xcalloc() refuses it */
	size_t want = size && count > SIZE_MAX / 2 / size ? SIZE_MAX / 2 : count * size;
	struct arena_block *b;

	want = (want + ALIGN - 1) / ALIGN * ALIGN;
	if (want > BLOCK_SIZE / 4) {
		b = new_block(want);
		if (!a->newest) {
			a->newest = b;
			a->used = BLOCK_SIZE;
		} else {
			b->older = a->newest->older;
			a->newest->older = b;
		}
		return b->data;
	}
	if (!a->newest || a->used + want > BLOCK_SIZE) {
		b = new_block(BLOCK_SIZE);
		b->older = a->newest;
		a->newest = b;
		a->used = 0;
	}
	a->used += want;
	return a->newest->data + a->used - want;
}

char *arena_strndup(struct arena *a, const char *s, size_t len)
{
	char *copy = arena_alloc(a, len + 1, 1);

	memcpy(copy, s, len);
	return copy;
}

char *arena_strdup(struct arena *a, const char *s)
{
	return arena_strndup(a, s, strlen(s));
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list args;
	char *text;
	int len;

	va_start(args, fmt);
	len = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	if (len < 0)
		abort(); /* only a wrong format string ends here */
	text = arena_alloc(a, (size_t)len + 1, 1);
	va_start(args, fmt);
	vsnprintf(text, (size_t)len + 1, fmt, args);
	va_end(args);
	return text;
}

void arena_release(struct arena *a)
{
	struct arena_block *older;

	for (struct arena_block *b = a->newest; b; b = older) {
		older = b->older;
		free(b);
	}
	*a = (struct arena){ 0 };
}
