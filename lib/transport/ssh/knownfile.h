/* knownfile.h - what changes in files of known_hosts: what a line can name, and a host's lines
 * taken out. */
#ifndef TRANSPORT_SSH_KNOWNFILE_H
#define TRANSPORT_SSH_KNOWNFILE_H

#include <stdbool.h>

#include "base/err.h"
#include "transport/ssh/knownhosts.h"

/* Whether it can stand in a line: not a name that would mean something else there, or break it. */
bool known_file_can_name(const char *host);

/* What the file says by now: 0 nothing of the host, 1 that it has this key; -1 and err: that it has
 * another, or that this one is revoked. */
int known_file_still(const char *path, const char *host, int port, const struct host_key *key,
		     struct err *err);

/* Takes out every plain line about `name` ("host", "[host]:port"), as ssh-keygen -R does, and keeps
 * the file as it was beside it, as path.old. Of a line that names others too only this name goes.
 * ERR_USAGE and nothing is changed: a line is about it by a pattern. *out_lines: how many. */
int known_file_forget(const char *path, const char *name, int *out_lines, struct err *err);

#endif
