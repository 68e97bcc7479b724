/* err.h - why something failed: a value that travels up. The one who knows the cause
 * sets it, each level above adds only what it knows, a command or the pool logs it, once. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include "base/faults.h"

#define FAULT_ID(id, ...) FAULT_##id,
enum err_code {
	ERR_NONE = 0,
	/* faults: they end one host (faults.h) */
	FAULTS(FAULT_ID)
	FAULT_LAST = FAULT_CANCELLED,
	/* errors of the program: they end the command */
	ERR_USAGE,      /* options, inventory, configuration: exit 2 */
	ERR_STORE,      /* the database is broken or out of room: exit 3 */
	ERR_SYSTEM,     /* disk, memory, operating system: exit 3 */
	ERR_BUSY,       /* the database, by another writer, for now: exit 3 */
	ERR_HELD,       /* a host or a job, by another process, for as long as it works: exit 3 */
	ERR_MOVED,      /* not as it was seen: somebody else moved it, it is theirs: exit 3 */
	ERR_NOT_FOUND,  /* what was named does not exist: exit 2 */
	ERR_COUNT
};
#undef FAULT_ID

struct err {
	enum err_code code;
	char msg[480];          /* cut in the middle when it must be */
	const char *hint;       /* what to do next; err_set() takes it from the table of codes */
};

/* Fill err and return -1, so that `return err_set(...)` reads well. err may be NULL. */
int err_set(struct err *err, enum err_code code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* As err_set(), with strerror(errno_value) behind the text. */
int err_errno(struct err *err, enum err_code code, int errno_value, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* Puts "what: " before the message. Returns -1. */
int err_in(struct err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The message without "NAME: " before it, where that stands: for places that name it already.
 * Borrowed. */
const char *err_text_without(const struct err *err, const char *name);

/* Replaces the hint. The text must be static. Returns -1. */
int err_hint(struct err *err, const char *hint);

/* The hint where it is not that of the code; NULL else. */
const char *err_own_hint(const struct err *err);

/* The stable id of a code: "name-not-found", "usage". Never NULL. */
const char *err_name(enum err_code code);

/* The code with that id, ERR_NONE when there is none. */
enum err_code err_from_name(const char *name);

/* What a code means, one sentence; what to do about it, another. Never NULL. */
const char *err_meaning_of(enum err_code code);
const char *err_hint_of(enum err_code code);

/* Whether the code ends one host (and not the program). */
int err_is_fault(enum err_code code);

/* The exit status a command returns for this error: 2 or 3, 1 for a fault. */
int err_exit_status(enum err_code code);

#endif
