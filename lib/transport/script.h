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

extern const struct script script_bootstrap;    /* its text is the bootstrap alone */
extern const struct script scripts[];           /* each of these ends with a row without a name */
extern const struct script script_files[];

const struct script *script_find(const char *name);     /* NULL when there is none */

/* SHA-256 of the text as 64 hexadecimal digits and a NUL. */
void script_sha256(const struct script *s, char out[65]);

/* Of docs/protocol.md, in every request: a request with 1 is an older marshal's. */
enum { PROTOCOL_VERSION = 2 };

/* Names on a server, the member "at" of every request: what does not stand in a script is not
 * compiled, hence in no log of PowerShell's. Those of ours are those of older versions of marshal,
 * which meet this one there. The caller's. */
json_t *script_names(void);

/* The fixed command line of every call (below 8,191 characters). Borrowed, made once. */
const char *script_command(void);

#endif
