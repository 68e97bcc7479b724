/* memory.c - reads this process's memory through the kernel, which passes over what a sanitizer has
 * forbidden or nobody has mapped. */
#include "tests/unit/memory.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/secret.h"
#include "tests/unit/unit.h"

enum { CHUNK = 1 << 16 };

/* What is looked for, and what is looked at: secrets too, that do not count. */
struct search {
	size_t len;
	unsigned char *bytes, *chunk;
};

static bool is_own(const struct search *s, unsigned long at)
{
	return at - (unsigned long)s->bytes < s->len || at - (unsigned long)s->chunk < CHUNK;
}

static int look_between(const struct search *s, unsigned long from, unsigned long to)
{
	int count = 0;

	/* chunks overlap, so that nothing is cut */
	for (; from < to; from += CHUNK - s->len + 1) {
		struct iovec here = { s->chunk, CHUNK };
		struct iovec there = { (void *)from, to - from < CHUNK ? to - from : CHUNK };
		ssize_t got = process_vm_readv(getpid(), &here, 1, &there, 1, 0);
		const unsigned char *at = s->chunk, *end = s->chunk + (got > 0 ? got : 0);

		while ((at = memmem(at, (size_t)(end - at), s->bytes, s->len)) != NULL)
			count += !is_own(s, from + (unsigned long)(at++ - s->chunk));
	}
	return count;
}

struct memory_seen memory_look(const void *inverted, size_t len)
{
	AUTO_FCLOSE FILE *maps = fopen("/proc/self/smaps", "re");
	AUTO_SECRET unsigned char *bytes = secret_alloc(len), *chunk = secret_alloc(CHUNK);
	struct search s = { .len = len, .bytes = bytes, .chunk = chunk };
	struct memory_seen seen = { 0, 0 };
	unsigned long from = 0, to = 0, range[2];
	char line[512];

	ck_assert_ptr_nonnull(maps);
	for (size_t i = 0; i < len; i++)
		bytes[i] = (unsigned char)~((const unsigned char *)inverted)[i];
	while (fgets(line, sizeof(line), maps)) {
		if (sscanf(line, "%lx-%lx ", &range[0], &range[1]) == 2) {
			from = range[0];
			to = range[1];
		}
		/* what is larger than any heap is the shadow of a sanitizer */
		if (strncmp(line, "VmFlags:", 8) != 0 || !strstr(line, " wr") ||
		    to - from > 1UL << 30)
			continue;
		*(strstr(line, " dd") ? &seen.secret : &seen.elsewhere) +=
			look_between(&s, from, to);
	}
	return seen;
}

long memory_locked_kb(void)
{
	AUTO_FCLOSE FILE *status = fopen("/proc/self/status", "re");
	char line[256];
	long kb = -1;

	ck_assert_ptr_nonnull(status);
	while (kb < 0 && fgets(line, sizeof(line), status))
		(void)sscanf(line, "VmLck: %ld kB", &kb);
	return kb;
}
