/* causes.h - faults of many hosts, folded by cause: one cause is a fault and what was met, without
 * what is each host's own (name, address, port, key, line of a file, of an unresolved variable the
 * wrong value). A zeroed struct is empty. */
#ifndef BASE_CAUSES_H
#define BASE_CAUSES_H

#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/map.h"

struct cause {
	enum err_code fault;
	const char *text;               /* as it was met by one host; of several an ellipsis where
					 * they differ */
	const char *alike;              /* the same with wrong values; NULL: they differ */
	const char *key;                /* what it is found by */
	const char *hint;               /* its own, NULL: what is said of the fault */
	const char **name;              /* of the hosts, borrowed */
	int count, cap;
	int64_t since_utc_ms;           /* the caller's to set; 0 at first */
};

struct causes {
	struct cause **item;
	int count, cap;
	struct map by_key;
	struct arena texts;
};

/* Adds one host; name is borrowed, address ("" for none) and text are not. Gives its cause. */
struct cause *causes_add(struct causes *c, enum err_code fault, const char *name,
			 const char *address, const char *text);
/* What to do about it, as the first of its hosts met it; that of the fault itself is none. */
void causes_hint(struct causes *c, struct cause *cause, const char *hint);
void causes_order(struct causes *c);            /* most hosts first */
void causes_release(struct causes *c);

#endif
