/* buf.h - a growing run of bytes with a hard limit from birth. What would pass the limit
 * is refused and costs no memory. Always has a NUL behind its last byte. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stddef.h>

struct buf {
	char *data;             /* never NULL after the first append; len bytes and a NUL */
	size_t len;
	size_t cap;
	size_t max;
};

void buf_init(struct buf *b, size_t max);
void buf_release(struct buf *b);                /* frees; may be used again after buf_init() */
void buf_clear(struct buf *b);                  /* empties, keeps the memory */

/* Return 0, or -1 when the limit would be passed: then nothing was added. */
int buf_add(struct buf *b, const void *data, size_t len);
int buf_addf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
int buf_adds(struct buf *b, const char *s);

void buf_drop(struct buf *b, size_t len);       /* removes len bytes at the front */
char *buf_take(struct buf *b);                  /* yours: free() it; the buffer is empty after */
const char *buf_text(const struct buf *b);      /* borrowed, "" when empty */

#endif
