/* show.h - plans and runs for people and machines, and the question before a run begins. */
#ifndef UPGRADER_SHOW_H
#define UPGRADER_SHOW_H

#include "upgrader/run.h"

void plan_print(const struct plan *plan, const struct installer *installer,
		const struct upgrade_terms *terms);
/* `options`: what the run would be begun with, borrowed. */
void plan_print_json(const struct plan *plan, const struct installer *installer,
		     const struct upgrade_terms *terms, json_t *options);

/* A row a host, as reports write CSV (docs/formats.md). */
void plan_print_csv(const struct plan *plan, const struct upgrade_terms *terms);

/* Says what will be done and asks on the terminal for that number. ERR_USAGE: no terminal to ask
 * on, which `otherwise` says what to do about, or another answer. */
int confirm_count(const char *what, int count, const char *otherwise, struct err *err);
/* The same for a plan: the number of hosts that would be changed. */
int confirm_plan(const struct plan *plan, bool rehearse, struct err *err);

void run_print(const struct run *run);
void run_print_json(const struct run *run);

#endif
