/* mem.h - memory. Out of memory ends the process: progress is in the store. */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* For locals: freed or closed on every way out of the block. */
#define AUTO_FREE   __attribute__((cleanup(mem_auto_free)))
#define AUTO_FCLOSE __attribute__((cleanup(mem_auto_fclose)))
#define AUTO_CLOSE  __attribute__((cleanup(mem_auto_close)))
#define AUTO_JSON   __attribute__((cleanup(mem_auto_json)))

void *xmalloc(size_t size);
void *xcalloc(size_t count, size_t size);
void *xrealloc_array(void *old, size_t count, size_t size);
char *xstrdup(const char *s);                   /* NULL gives NULL */
char *xstrndup(const char *s, size_t len);
char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Room for one more in an array that doubles: `MEM_GROW(v->item, v->count, v->cap)`. */
#define MEM_GROW(array, count, cap) do { \
	if ((count) == (cap)) { \
		(cap) = (cap) ? (cap) * 2 : 8; \
		(array) = xrealloc_array((array), (cap), sizeof(*(array))); \
	} \
} while (0)

/* Wipes the whole block and frees it. NULL is fine. For what a library keeps in its memory; secrets
 * of our own are in base/secret.h. */
void free_wiped(void *p);
void *realloc_wiped(void *p, size_t len);       /* for the same; NULL where there is no memory */

_Noreturn void mem_exhausted(void);             /* says so and ends the process */

void mem_auto_free(void *pointer_to_pointer);
void mem_auto_fclose(void *pointer_to_file);
void mem_auto_close(int *fd);                   /* nothing for -1 */
void mem_auto_json(void *pointer_to_json);      /* json_decref */

#endif
