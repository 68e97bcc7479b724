/* mem.c - allocation that cannot fail: the process ends instead, because what it did so far is
 * in the store and nothing sensible can be done without memory. */
#include "base/mem.h"

#include <jansson.h>
#include <malloc.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void mem_exhausted(void)
{
	static const char text[] = "marshal: error: out of memory\n";

	/* stdio may want memory itself; the status says it even where stderr is gone */
	ssize_t written = write(STDERR_FILENO, text, sizeof(text) - 1);

	(void)written;
	_exit(3);
}

void *xmalloc(size_t size)
{
	void *p = malloc(size ? size : 1);

	if (!p)
		mem_exhausted();
	return p;
}

void *xcalloc(size_t count, size_t size)
{
	void *p = calloc(count ? count : 1, size ? size : 1);

	if (!p)
		mem_exhausted();
	return p;
}

void *xrealloc_array(void *old, size_t count, size_t size)
{
	void *p = reallocarray(old, count ? count : 1, size ? size : 1);

	if (!p)
		mem_exhausted();
	return p;
}

char *xstrdup(const char *s)
{
	return s ? xstrndup(s, strlen(s)) : NULL;
}

char *xstrndup(const char *s, size_t len)
{
	len = strnlen(s, len);
	char *copy = xmalloc(len + 1);

	memcpy(copy, s, len);
	copy[len] = '\0';
	return copy;
}

char *xasprintf(const char *fmt, ...)
{
	va_list ap;
	char *text = NULL;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		mem_exhausted();
	va_end(ap);
	return text;
}

void free_wiped(void *p)
{
	if (p)
		explicit_bzero(p, malloc_usable_size(p));
	free(p);
}

void *realloc_wiped(void *p, size_t len)
{
	size_t old = p ? malloc_usable_size(p) : 0;
	void *moved = malloc(len);

	if (!moved)
		return NULL;
	if (old > 0)
		memcpy(moved, p, old < len ? old : len);
	free_wiped(p);
	return moved;
}

void mem_auto_free(void *pointer_to_pointer)
{
	free(*(void **)pointer_to_pointer);
}

void mem_auto_fclose(void *pointer_to_file)
{
	FILE *f = *(FILE **)pointer_to_file;

	if (f)
		fclose(f);
}

void mem_auto_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

void mem_auto_json(void *pointer_to_json)
{
	json_decref(*(json_t **)pointer_to_json);
}
