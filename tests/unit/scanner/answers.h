/* answers.h - facts for tests: a healthy server's, with single facts replaced. */
#ifndef UNIT_SCANNER_ANSWERS_H
#define UNIT_SCANNER_ANSWERS_H

#include "scanner/facts/facts.h"

/* What a server answers for one fact: the rest of its line, "\"value\":{...}" or
 * "\"error\":\"...\""; NULL: nothing. */
struct answer { const char *fact, *rest; };

/* All facts of a healthy server (agent 2.0.9938.0), but those answers. */
void healthy_with(struct facts *f, const struct answer *answer, int count);
/* But for one fact, or for none where it is NULL. */
void healthy_but(struct facts *f, const char *fact, const char *rest);
/* The healthy server's own answer. */
const char *healthy_answer(const char *fact);

/* When they were seen: 2023-11-14T22:13:20Z. The last backup completed at 19:26:40. */
#define HEALTHY_UTC_MS INT64_C(1700000000000)

#endif
