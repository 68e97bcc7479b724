/* explain.h - what words and codes mean, offline: errors of the agent, of snapshots and of the
 * installer, checks, faults, statuses, outcomes, verdicts, events. Everything is a static text of
 * ours with the document it comes from; nothing is asked anywhere. Codes alone, which checks
 * explain too: known_errors.h. */
#ifndef SCANNER_EXPLAIN_EXPLAIN_H
#define SCANNER_EXPLAIN_EXPLAIN_H

#include "scanner/checks/checks.h"

/* One thing that a query names. Texts are static or NULL, or stand in `room`. */
struct topic {
	const char *kind;               /* "error of the agent", "check", "fault", "status" */
	char name[80];                  /* "0x1FBD3 (130003)", "mars.version" */
	const struct check *check;      /* the whole row, when it is one */
	const char *meaning, *cause, *remedy, *command, *document;
	char room[ERROR_REMEDY];        /* of a remedy that names the very code */
};
enum { TOPICS_MAX = 16 };
/* Everything that "0x1FBD3", "130003", "mars.version", "refused", "event 14", "9249", "KB4096064"
 * or a pasted message name; how many. A number is always explained, if only by its family. Other
 * words find checks and guides that speak of them, a few. */
int explain(const char *query, struct topic out[TOPICS_MAX]);
/* The word we know that is nearest to one we do not; NULL when none is near. Borrowed. */
const char *explain_nearest(const char *query);

#endif
