/* starting.h - an approved plan that a command takes up: read with its options and inventory as
 * they are by now, and proven to be what was approved. */
#ifndef UPGRADER_STARTING_H
#define UPGRADER_STARTING_H

#include "upgrader/command.h"
#include "upgrader/planned.h"

struct starting {
	struct upgrade u;               /* app and o are the caller's */
	bool stages;                    /* and does not begin: planned_stage() */
	struct store_plan_row plan;
	int64_t run;                    /* that it was when it was first read; 0: not yet */
	json_t *options;
};

/* The plan as it is by now, against the inventory as it is by now; the store is open. Once more is
 * fine. ERR_USAGE: it is not to be started (planned_prove()), is another plan by now, or another
 * process stages it. */
int starting_prove(struct starting *s, const char *name, struct err *err);
/* Which hosts leave the plan, but for those told before; NULL: none was. */
void starting_tell_leaving(const struct run *run, const bool *told);
/* Asks, unless it was said beforehand (--yes), and proves it again: what changed while the question
 * stood counts, and is told. ask() gets how many hosts are left. ERR_USAGE: none is, too. */
int starting_ask(struct starting *s, const char *name,
		 int (*ask)(const struct starting *s, int count, struct err *err), struct err *err);
void starting_free(struct starting *s); /* itself too */

#endif
