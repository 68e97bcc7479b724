/* as_system.h - the second call of a look, with --as-system: a task of SYSTEM on the host answers
 * the facts that only that account may read (scanner/facts/as-system.ps1). */
#ifndef SCANNER_AS_SYSTEM_H
#define SCANNER_AS_SYSTEM_H

#include "base/clock.h"
#include "scanner/facts/facts.h"
#include "transport/transport.h"

struct as_system {
	struct facts facts;     /* of every such fact its value, or why there is none */
	char *note;             /* what became of the task, for the trail; never NULL */
	bool left;              /* it may still be there, and goes by itself */
};

/* The answer is the callee's: as_system_free(). A line that is lost or an answer that is none
 * costs these facts and nothing else. Borrows the session until done is called, from the loop;
 * it may be used again inside that. `span` is that of the whole look. */
void as_system_start(struct session *session, const struct clock_span *span,
		     void (*done)(void *ctx, struct as_system *seen), void *ctx);
void as_system_free(struct as_system *seen);            /* NULL is fine */

#endif
