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

/* The bytes libssh2 gives to be signed at a sign-in with this algorithm. */
void tool_signin_request(struct buf *out, const char *algorithm);

#endif
