/* arena.h - memory that dies together. Nothing in it is freed alone; a zeroed struct is an
 * empty arena. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

struct arena_block;
struct arena {
	struct arena_block *newest;
	size_t used;                    /* bytes taken from the newest block */
};

/* Zeroed, aligned for anything. Never NULL. */
void *arena_alloc(struct arena *a, size_t count, size_t size);
char *arena_strndup(struct arena *a, const char *s, size_t len);
char *arena_strdup(struct arena *a, const char *s);
char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void arena_release(struct arena *a);            /* frees all; may be used again */

#endif
