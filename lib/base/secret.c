/* secret.c - pages that are mapped for one secret and unmapped with it. How much was mapped stands
 * in front of it. */
#include "base/secret.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/mem.h"

#if __has_include(<sanitizer/asan_interface.h>)      /* whose macros do nothing without it */
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(at, size)   ((void)(at), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(at, size) ((void)(at), (void)(size))
#endif

enum { STACK_WIPED = 64 * 1024 };

struct secret {
	size_t mapped;
	alignas(max_align_t) unsigned char bytes[];
};

void *secret_alloc(size_t size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), mapped = sizeof(struct secret) + size;
	struct secret *s = MAP_FAILED;

	if (size < SIZE_MAX / 2) {
		mapped = (mapped + page - 1) / page * page;
		s = mmap(NULL, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	}
	if (s == MAP_FAILED)
		mem_exhausted();
	(void)mlock(s, mapped);
	(void)madvise(s, mapped, MADV_DONTDUMP);
	s->mapped = mapped;
	/* a sanitizer sees a read behind the end as it does behind a block of the heap */
	ASAN_POISON_MEMORY_REGION(s->bytes + size, mapped - sizeof(*s) - size);
	return s->bytes;
}

void secret_free(void *secret)
{
	struct secret *s;
	size_t mapped;

	if (!secret)
		return;
	s = (struct secret *)((unsigned char *)secret - offsetof(struct secret, bytes));
	mapped = s->mapped;
	ASAN_UNPOISON_MEMORY_REGION(s, mapped);
	explicit_bzero(s, mapped);
	munmap(s, mapped);      /* unlocks */
}

/* LeakSanitizer looks into our memory in the same way as others would. */
void secret_guard(void)
{
	const struct rlimit none = { 0, 0 };

	(void)setrlimit(RLIMIT_CORE, &none);
#ifndef __SANITIZE_ADDRESS__
	(void)prctl(PR_SET_DUMPABLE, 0);
#endif
}

/* What was taken out of the environment and nobody has asked for yet. */
static struct hidden {
	struct hidden *next;
	char *text;                     /* secret */
	char name[];
} *hidden;

static struct hidden **find_hidden(const char *name)
{
	struct hidden **at = &hidden;

	while (*at && strcmp((*at)->name, name) != 0)
		at = &(*at)->next;
	return at;
}

static char *move_out(const char *name)
{
	char *value = getenv(name), *text;
	size_t len;

	if (!value)
		return NULL;
	secret_guard();
	len = strlen(value);
	text = secret_alloc(len + 1);
	memcpy(text, value, len);
	explicit_bzero(value, len);
	unsetenv(name);
	return text;
}

void secret_env_hide(const char *name)
{
	char *text = move_out(name);
	struct hidden **at = find_hidden(name);

	if (!text)
		return;
	if (!*at) {
		*at = xcalloc(1, sizeof(**at) + strlen(name) + 1);
		memcpy((*at)->name, name, strlen(name));
	}
	secret_free((*at)->text);
	(*at)->text = text;
}

char *secret_env_take(const char *name)
{
	struct hidden **at, *found;
	char *text;

	secret_env_hide(name);
	at = find_hidden(name);
	found = *at;
	if (!found)
		return NULL;
	text = found->text;
	*at = found->next;
	free(found);
	return text;
}

__attribute__((noinline)) void secret_wipe_stack(void)
{
	unsigned char below[STACK_WIPED];

	explicit_bzero(below, sizeof(below));
}

void secret_auto_free(void *pointer_to_pointer)
{
	secret_free(*(void **)pointer_to_pointer);
}
