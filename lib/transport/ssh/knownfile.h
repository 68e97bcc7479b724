/* knownfile.h - what is written to files of known_hosts: a line at the end, and a host's lines
 * taken out. */
#ifndef TRANSPORT_SSH_KNOWNFILE_H
#define TRANSPORT_SSH_KNOWNFILE_H

#include <stdbool.h>

#include "base/err.h"

/* Whether it can stand in a line: not a name that would mean something else there, or break it. */
bool known_file_can_name(const char *host);

/* Appends a line, which ends in LF; the file is made with mode 0600, its folder with 0700. */
int known_file_append(const char *path, const char *line, struct err *err);

/* Takes out every plain line about `name` ("host", "[host]:port"), as ssh-keygen -R does, and keeps
 * the file as it was beside it, as path.old. Of a line that names others too only this name goes.
 * ERR_USAGE and nothing is changed: a line is about it by a pattern. *out_lines: how many. */
int known_file_forget(const char *path, const char *name, int *out_lines, struct err *err);

#endif
