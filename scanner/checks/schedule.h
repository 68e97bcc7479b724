/* schedule.h - how often a server backs up, as its schedules say. */
#ifndef SCANNER_CHECKS_SCHEDULE_H
#define SCANNER_CHECKS_SCHEDULE_H

#include <stdint.h>

#include "scanner/checks/checks.h"

/* The longest time between two backups that the schedules leave: those of the agent's policies
 * where they are known, else of its task. 0: not known. MARS starts a backup at some times of some
 * days of every week, or of every second to fourth week; in which of them is not told, so that
 * such a schedule is taken alone, and the shortest is what all of them together leave at most. */
int64_t schedule_gap_ms(const struct context *c);

#endif
