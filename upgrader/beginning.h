/* beginning.h - what the commands share that make a plan: `upgrade`, which goes on with it at once,
 * and `upgrade plan`, which stores it. */
#ifndef UPGRADER_BEGINNING_H
#define UPGRADER_BEGINNING_H

#include "upgrader/command.h"

/* What one invocation opened beside what each run has. */
struct beginning {
	struct upgrade u;
	struct selection hosts;
	struct plan plan;
	json_t *kept;                   /* options of the run */
	/* It is for a plan that is started later: hosts come in that have a window until then. Else
	 * the terms say which are waited for. */
	bool stored;
};

/* Opens installer, inventory and store, and plans for the hosts that were named. */
int beginning_make(struct beginning *b, char **args, int nargs, struct err *err);
void beginning_print(const struct beginning *b);
void beginning_free(struct beginning *b);

#endif
