/* memory.h - what stands in this process's memory: whether a secret is where it should be only. */
#ifndef UNIT_MEMORY_H
#define UNIT_MEMORY_H

#include <stddef.h>

/* How often these bytes stand in memory that can be written to. They are given inverted (~), so
 * that the question itself is no place where they are. */
struct memory_seen {
	int secret;             /* in pages of base/secret.h: no core file gets them */
	int elsewhere;
};
struct memory_seen memory_look(const void *inverted, size_t len);

/* What /proc/self/status says is locked. */
long memory_locked_kb(void);

#endif
