/* answers.h - facts for tests: a healthy server's, with single facts replaced. */
#ifndef UNIT_SCANNER_ANSWERS_H
#define UNIT_SCANNER_ANSWERS_H

#include "scanner/facts.h"

/* All facts of a healthy server (agent 2.0.9938.0) but `fact`, which gets `rest` as the rest of
 * its line: "\"value\":{...}" or "\"error\":\"...\"". fact NULL: all healthy; rest NULL: left
 * out. */
void healthy_but(struct facts *f, const char *fact, const char *rest);

/* When they were seen: 2023-11-14T22:13:20Z. The last backup completed at 19:26:40. */
#define HEALTHY_UTC_MS INT64_C(1700000000000)

#endif
