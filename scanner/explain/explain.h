/* explain.h - what words and codes mean, offline: errors of the agent, of snapshots and of the
 * installer, checks, faults, statuses, outcomes, verdicts, events. Everything is a static text of
 * ours with the document it comes from; nothing is asked anywhere. */
#ifndef SCANNER_EXPLAIN_EXPLAIN_H
#define SCANNER_EXPLAIN_EXPLAIN_H

#include <stdint.h>

#include "scanner/checks/checks.h"

/* A code of the documents. The agent's ids, written in decimal or hexadecimal, and HRESULTs share
 * one number space. System errors have another one, to which exit codes of installers belong; as
 * HRESULTs they are 0x80070000 and the number. The last four say what such a code means in one
 * place: on a backup, in Windows Server Backup, as a task's result, of a service. */
enum error_space {
	ERRORS_OF_AGENT,
	ERRORS_OF_WINDOWS,
	ERRORS_OF_SYSTEM,
	ERRORS_OF_INSTALLER,
	ERRORS_IN_BACKUP,
	ERRORS_IN_WSB,
	ERRORS_OF_TASK,
	ERRORS_OF_SERVICE,
	ERROR_SPACES
};
struct known_error {
	enum error_space space;
	uint32_t code;                  /* 0 with a name: known by its name alone */
	const char *name;               /* "CBPSourceSnapshotFailed", NULL when it has none */
	const char *meaning, *cause, *remedy, *source;
};
/* The n-th of all rows, from 0; NULL behind the last. */
const struct known_error *error_nth(int n);
bool error_is(const struct known_error *e, int64_t code);

/* Of the agent or Windows, as a probe brings it: an HRESULT may be negative. NULL: not known. */
const struct known_error *error_known(int64_t code);
const struct known_error *error_of_system(int64_t code);        /* 5 and 0x80070005 */
const struct known_error *error_of_installer(int64_t exit_code);

/* What a code without a row is, by its number: there is always an answer. */
struct error_family {
	uint32_t from, to;
	const char *meaning, *remedy;
};
const struct error_family *error_family(int64_t code);

/* What a check says of a code that it met in that place: of its row there, else of what it is, else
 * of its family. Never NULL. */
struct error_words {
	const char *meaning, *remedy;
};
struct error_words error_in(enum error_space place, int64_t code);

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
enum { TOPICS_MAX = 16 };
/* Everything that "0x1FBD3", "130003", "mars.version", "refused", "event 14", "9249", "KB4096064"
 * or a pasted message name; how many. A number is always explained, if only by its family. */
int explain(const char *query, struct topic out[TOPICS_MAX]);
/* The word we know that is nearest to one we do not; NULL when none is near. Borrowed. */
const char *explain_nearest(const char *query);

#endif
