/* sshtool.h - OpenSSH's own tools for tests of ours: what they write must be read here. */
#ifndef UNIT_TRANSPORT_SSHTOOL_H
#define UNIT_TRANSPORT_SSHTOOL_H

#include <stdbool.h>

#include "base/buf.h"

/* Exit status of a program run to its end with its output thrown away; 127 when it is not
 * there. argv ends with NULL. */
int tool_run(const char *const *argv);
/* The same; what it wrote to stdout is yours: free() it. NULL when it failed. */
char *tool_output(const char *const *argv);

/* False, said on stderr, where ssh-keygen is not installed. */
bool tool_have_keygen(void);

/* A new key file in a folder of its own: `ssh-keygen -q -N passphrase ARGS -f file`. Yours. */
char *tool_keygen(const char *passphrase, const char *const *args);

/* What may stand nowhere in memory but among secrets, inverted as memory_look() wants it: a secret
 * number of the key in the file `path`, as libcrypto has it in memory and as the file has it, and a
 * line of the file itself. Read by a process of its own, so that this one never had them. */
enum { TOOL_SECRETS = 3, TOOL_SECRET_LEN = 24 };
struct tool_secrets {
	unsigned char inverted[TOOL_SECRETS][TOOL_SECRET_LEN];
};
struct tool_secrets tool_secrets_of(const char *path, const char *passphrase);

/* The bytes libssh2 gives to be signed at a sign-in with this algorithm. */
void tool_signin_request(struct buf *out, const char *algorithm);

#endif
