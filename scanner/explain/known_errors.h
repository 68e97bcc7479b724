/* known_errors.h - what codes mean: the documented errors of the agent, of Windows and of its
 * installer, and the families that the others belong to. Knows no check: checks speak of codes. */
#ifndef SCANNER_EXPLAIN_KNOWN_ERRORS_H
#define SCANNER_EXPLAIN_KNOWN_ERRORS_H

#include <stdbool.h>
#include <stdint.h>

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
/* Its source, where that has several pages the one that has its number. */
const char *error_document(const struct known_error *e);
/* The n-th of all rows, from 0; NULL behind the last. */
const struct known_error *error_nth(int n);
bool error_is(const struct known_error *e, int64_t code);

/* Of the agent or Windows, as a probe brings it: an HRESULT may be negative. NULL: not known. */
const struct known_error *error_known(int64_t code);
const struct known_error *error_of_system(int64_t code);        /* 5 and 0x80070005 */
const struct known_error *error_of_installer(int64_t exit_code);

/* What a code without a row is, by its number: there is always an answer. Its remedy names the very
 * code: of ERROR_REMEDY bytes. */
enum { ERROR_REMEDY = 360 };
struct error_family {
	uint32_t from, to;
	const char *meaning, *remedy;   /* the second with {code} and {number} in it */
};
const struct error_family *error_family(int64_t code);
const char *error_family_remedy(int64_t code, char *out);

/* What a check says of a code that it met in that place: of its row there, else of what it is, else
 * of its family. Never NULL. */
struct error_words {
	const char *meaning;
	char remedy[ERROR_REMEDY];
	bool of_family;                 /* no document explains the code itself */
};
struct error_words error_in(enum error_space place, int64_t code);

/* "0x1FBD3 (130003)", an HRESULT "0x800423F2". out has ERROR_TEXT bytes. */
enum { ERROR_TEXT = 40 };
const char *error_shown(int64_t code, char *out);

#endif
