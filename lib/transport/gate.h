/* gate.h - whose turn it is to offer a credential, and what the fleet said to it. Until one host
 * has accepted a credential, one host at a time may offer it; two rejections before any
 * acceptance suspend it. After an acceptance a rejection is that host's alone, and ten in a row
 * with no acceptance between suspend it too. So a stale key never locks an account, and one odd
 * host never blinds the rest. Pure: no network, no clock. */
#ifndef TRANSPORT_GATE_H
#define TRANSPORT_GATE_H

#include <stdbool.h>

enum { CREDENTIAL_FIRST_REJECTIONS = 2, CREDENTIAL_ROW_REJECTIONS = 10 };

struct gate {
	bool accepted, suspended;
	int rejected_before, rejected_row;      /* before any acceptance; since the last one */
	const void *turn;                       /* who may offer it now, while not accepted */
};

enum gate_answer { GATE_GO, GATE_WAIT, GATE_SUSPENDED };

/* Whether `who` may offer the credential now; GATE_GO gives it the turn. */
enum gate_answer gate_ask(struct gate *g, const void *who);
void gate_accepted(struct gate *g, const void *who);
void gate_rejected(struct gate *g, const void *who);
/* `who` went away without an answer: gives the turn back. Harmless when it had none. */
void gate_left(struct gate *g, const void *who);

#endif
