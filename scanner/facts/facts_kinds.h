/* facts_kinds.h - the catalogue of facts as facts.c reads it: for every fact its depth and the
 * type of every member. What each means stands in docs/protocol.md. */
#ifndef SCANNER_FACTS_FACTS_KINDS_H
#define SCANNER_FACTS_FACTS_KINDS_H

#include "scanner/facts/facts.h"

enum { MAX_MEMBERS = 14 };

/* LIST: an array of flat objects, or one flat object. */
enum member_type { TEXT = 1, NUMBER, BOOLEAN, LIST };

/* READING: a number that changes at every look, kept apart in the store. OURS: added here, never
 * by the host. MAY_LACK: left out counts as null (a member of a later release: answers of older
 * scripts are imported too). PROXY, ADDRESS: may come with a secret (a sign-in, a query), which is
 * taken out of it.
 * MACHINE_ID: an id of the machine, of which a hash is kept.
 * MAY_DROP: one of another form is dropped and the others of the fact stand; without it the fact
 * is lost. Of members of which null claims nothing: no check passes, fails or does not apply since
 * one of these is null, but where it asks fact_dropped(). */
enum {
	MAY_BE_NULL = 1, READING = 2, OURS = 4, MAY_LACK = 8, PROXY = 16, ADDRESS = 32,
	MACHINE_ID = 64, MAY_DROP = 128
};

struct member {
	const char *name;
	enum member_type type;
	int flags;
};

struct kind {
	const char *name;
	enum depth depth;
	struct member member[MAX_MEMBERS];
};

extern const struct kind kinds[FACT_COUNT];
const struct kind *kind_find(const char *name);         /* NULL when there is none */

#endif
