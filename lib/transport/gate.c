/* gate.c - whose turn it is to offer a credential nobody has accepted yet, and when to stop
 * offering it. A key that works is never slowed down: the turn only exists before the
 * first acceptance. */
#include "transport/gate.h"

#include <stddef.h>

enum gate_answer gate_ask(struct gate *g, const void *who)
{
	if (g->suspended)
		return GATE_SUSPENDED;
	if (g->accepted)
		return GATE_GO;
	if (g->turn && g->turn != who)
		return GATE_WAIT;
	g->turn = who;
	return GATE_GO;
}

void gate_accepted(struct gate *g, const void *who)
{
	gate_left(g, who);
	/* A suspension stays: hosts that were signing in when it came do not lift it. */
	g->accepted = true;
	g->rejected_row = 0;
}

void gate_rejected(struct gate *g, const void *who)
{
	gate_left(g, who);
	if (g->accepted)
		g->suspended |= ++g->rejected_row >= CREDENTIAL_ROW_REJECTIONS;
	else
		g->suspended |= ++g->rejected_before >= CREDENTIAL_FIRST_REJECTIONS;
}

void gate_left(struct gate *g, const void *who)
{
	if (g->turn == who)
		g->turn = NULL;
}
