/* script.h - the scripts that run on servers, embedded at build (scripts/ps2c.awk writes
 * build/MODE/lib/transport/scripts.c from the parts that lib/transport/scripts.txt names). */
#ifndef TRANSPORT_SCRIPT_H
#define TRANSPORT_SCRIPT_H

#include <stddef.h>

struct script {
	const char *name;               /* "probe", "probe-deep", "stage" */
	const char *path;               /* its parts' files, a blank between them */
	const char *text;               /* all parts, as sent; NUL behind */
	size_t len;
};

extern const struct script script_bootstrap;    /* its text is the bootstrap alone */
extern const struct script scripts[];           /* ends with a row without a name */

const struct script *script_find(const char *name);     /* NULL when there is none */

/* SHA-256 of the text as 64 hexadecimal digits and a NUL. */
void script_sha256(const struct script *s, char out[65]);

/* The fixed command line of every call (below 8,191 characters). Borrowed, made once. */
const char *script_command(void);

#endif
