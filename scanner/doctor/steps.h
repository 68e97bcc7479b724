/* steps.h - the way to one bastion or host, step by step: what each found, how long it took, and
 * at the one that fails what to do. One at a time; nothing is written or changed. */
#ifndef SCANNER_DOCTOR_STEPS_H
#define SCANNER_DOCTOR_STEPS_H

#include "inventory/inventory.h"
#include "scanner/doctor/lines.h"
#include "transport/transport.h"

/* Hears of the states of its transport: set as moved_ctx of the options, with steps_moved. */
struct steps {
	struct doctor *doctor;
	struct session *session;        /* under way; NULL none */
	const char *name;               /* of its endpoint */
	const char *what;               /* the step it is at; NULL none */
	int64_t begun_ms;
	bool done, interrupted, on_other_way;
	bool told;                      /* of its certificate */
	struct err err;
	struct look *look;              /* of a host that was asked */
};
void steps_moved(void *ctx, const struct session *s);

/* Connects to a bastion, or a host, and signs in. Runs the loop. */
void steps_reach(struct steps *steps, uv_loop_t *loop, struct transport *t,
		 const struct endpoint *e);
/* The same for a host, and asks it who we are there. */
void steps_host(struct steps *steps, uv_loop_t *loop, struct transport *t,
		const struct inv_host *host, int64_t limit_ms);
/* Ends what is under way; nothing else is begun. */
void steps_interrupt(struct steps *steps);

/* What a host's answer means: of the facts `host` and `powershell`, either may be NULL. */
void steps_answer(struct doctor *d, const json_t *host, const json_t *powershell);

#endif
