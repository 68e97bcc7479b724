/* trust.h - who else can change a file: one judgement for all that is read from files and steers
 * what is done, and for links that would be followed when a file is written. */
#ifndef BASE_TRUST_H
#define BASE_TRUST_H

#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>

/* Whether what is described there can be changed by nobody but root and us: it is root's, ours, or
 * under sudo that of who called it; not everybody's to write, and a group's only where the group
 * is its owner's alone. The rule is that of Debian's OpenSSH for ~/.ssh/config and the like:
 * safe_path() in misc.c, with secure_permissions() of its user-group-modes.patch. Neither follows
 * what an access control list says: here a named one counts as a group with others. `fd` is the
 * open file or folder, -1 where only its state is known. */
bool trust_state(const struct stat *st, int fd);

/* Why others than root and us can change the file at `path`, or put another in its place: in words
 * for a message, such as "'/srv/inv' can be written by everybody (mode 0777)". NULL: they cannot,
 * or there is no such file. Yours. As ssh does, the folders above are looked at, after links were
 * followed; one with the sticky bit (/tmp) counts as safe, since nobody can replace there what
 * belongs to another. */
char *trust_why_not(const char *path);

/* The same of what is only read and told, which may be another account's as well as ours: why
 * others than that one, root and us can change it. */
char *trust_why_not_to_read(const char *path);

/* trust_why_not(), told as a warning: `what` is "inventory", "key", ... Returns whether it was. */
bool trust_warn(const char *what, const char *path);
bool trust_warn_to_read(const char *what, const char *path);

#endif
