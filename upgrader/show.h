/* show.h - plans and runs for people and machines, and the question before a run begins. */
#ifndef UPGRADER_SHOW_H
#define UPGRADER_SHOW_H

#include "upgrader/run.h"

void show_plan(const struct plan *plan, const struct installer *installer);
void show_plan_json(const struct plan *plan, const struct installer *installer);

/* Asks on the terminal for the number of hosts that would be changed. ERR_USAGE: no terminal to ask
 * on, or another answer. */
int confirm_plan(const struct plan *plan, struct err *err);

void show_run(const struct run *run);
void show_run_json(const struct run *run);

#endif
