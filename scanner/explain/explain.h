/* explain.h - what words and codes mean, offline: errors of the agent, of snapshots and of the
 * installer, checks, faults, statuses, outcomes, verdicts, events. Everything is a static text of
 * ours with the document it comes from; nothing is asked anywhere. */
#ifndef SCANNER_EXPLAIN_EXPLAIN_H
#define SCANNER_EXPLAIN_EXPLAIN_H

#include <stdint.h>

#include "scanner/checks/checks.h"

/* A code of the documents. The agent's ids, written in decimal or hexadecimal, and HRESULTs share
 * one number space; the exit codes of installers have one of their own. */
enum error_space { ERRORS_OF_AGENT, ERRORS_OF_WINDOWS, ERRORS_OF_INSTALLER };
struct known_error {
	enum error_space space;
	uint32_t code;                  /* 0 with a name: known by its name alone */
	const char *name;               /* "CBPSourceSnapshotFailed", NULL when it has none */
	const char *meaning, *cause, *remedy, *source;
};
extern const struct known_error known_errors[];         /* ends with a row without a meaning */

/* Of the agent or Windows, as a probe brings it: an HRESULT may be negative. NULL: not known. */
const struct known_error *error_known(int64_t code);
const struct known_error *error_of_installer(int64_t exit_code);

/* "0x1FBD3 (130003)", an HRESULT "0x800423F2". out has ERROR_TEXT bytes. */
enum { ERROR_TEXT = 40 };
const char *error_shown(int64_t code, char *out);

/* One thing that a query names. Texts are static or NULL. */
struct topic {
	const char *kind;               /* "error of the agent", "check", "fault", "status" */
	char name[80];                  /* "0x1FBD3 (130003)", "mars.version" */
	const struct check *check;      /* the whole row, when it is one */
	const char *meaning, *cause, *remedy, *command, *document;
};
enum { TOPICS_MAX = 8 };
/* Everything that "0x1FBD3", "130003", "mars.version", "refused", "event 14", "9249" name; how
 * many. */
int explain(const char *query, struct topic out[TOPICS_MAX]);
/* The word we know that is nearest to one we do not; NULL when none is near. Borrowed. */
const char *explain_nearest(const char *query);

#endif
