/* script.h - the scripts that run on servers, embedded at build: a text for each kind of call, made
 * of what that kind uses (scripts/sent.awk, by lib/transport/scripts.txt), and the files they are
 * made of (scripts/ps2c.awk writes build/MODE/lib/transport/scripts.c). */
#ifndef TRANSPORT_SCRIPT_H
#define TRANSPORT_SCRIPT_H

#include <jansson.h>
#include <stddef.h>

struct script {
	const char *name;               /* the op of its requests; of a file its path */
	const char *path;               /* the files it is made of, a blank between them */
	const char *facts;              /* it can be asked: "fast", "deep", names, "-" for none */
	const char *text;               /* as sent, of a file as written; NUL behind */
	size_t len;
};

/* Every kind of call, as scripts.txt has them: the table does not build where one is not here, or
 * here alone. */
enum script_id {
	SCRIPT_PROBE, SCRIPT_PROBE_DEEP, SCRIPT_PROBE_UPGRADE, SCRIPT_AS_SYSTEM,
	SCRIPT_STAGE_OPEN, SCRIPT_STAGE_PUT, SCRIPT_STAGE_GET, SCRIPT_STAGE_CHECK,
	SCRIPT_CONSOLE_WAIT,
	SCRIPT_ENGINE_CYCLE, SCRIPT_ENGINE_START, SCRIPT_INSTALL_START, SCRIPT_INSTALL_WAIT,
	SCRIPT_REBOOT_START, SCRIPT_REBOOT_STATE,
	SCRIPT_BACKUP_START, SCRIPT_BACKUP_WAIT,
	SCRIPT_CLEAN, SCRIPT_SWEEP,
	SCRIPT_WSB_CHECK, SCRIPT_WSB_START, SCRIPT_WSB_WAIT, SCRIPT_WSB_END,
	SCRIPT_COUNT
};

extern const struct script script_bootstrap;            /* its text is the bootstrap alone */
extern const struct script scripts[SCRIPT_COUNT + 1];   /* these end with a row without a name */
extern const struct script script_files[];
/* What a call has a task of SYSTEM run: its text there. That of task-look has two words behind it,
 * which are new each time. */
extern const struct script script_tasks[];
/* Names on a server, as scripts.txt has them. */
struct script_at { const char *name, *value; };
extern const struct script_at script_at[];

/* One that somebody typed; NULL when there is none. */
const struct script *script_find(const char *name);
const struct script *script_find_task(const char *name);
/* What our own code calls. */
const struct script *script_of(enum script_id id);
const char *script_name(enum script_id id);             /* "stage-open": the op of its requests */

/* SHA-256 of the text as 64 hexadecimal digits and a NUL. */
void script_sha256(const struct script *s, char out[65]);

/* Of docs/protocol.md, in every request: a request with 1 is an older marshal's. */
enum { PROTOCOL_VERSION = 2 };

/* script_at as the member "at" of every request: what does not stand in a script is not compiled,
 * hence in no log of PowerShell's. The caller's. */
json_t *script_names(void);

/* The fixed command line of every call (below 8,191 characters). Borrowed, made once. */
const char *script_command(void);
/* That of a task, where a text is its whole script (the caller's). */
char *script_task_command(const struct script *task);

#endif
