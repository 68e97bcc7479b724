/* answers.h - facts for tests: a healthy server's, with single facts replaced. */
#ifndef UNIT_SCANNER_ANSWERS_H
#define UNIT_SCANNER_ANSWERS_H

#include "scanner/facts.h"

/* All facts of a healthy server (agent 2.0.9938.0) but `fact`, which gets `rest` as the rest of
 * its line: "\"value\":{...}" or "\"error\":\"...\"". fact NULL: all healthy; rest NULL: left
 * out. */
void healthy_but(struct facts *f, const char *fact, const char *rest);

enum { HEALTHY_UTC_MS = 1700000000 };   /* when they were seen, in ms: any time will do */

#endif
