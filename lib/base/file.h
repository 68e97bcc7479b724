/* file.h - whole files in, whole files out. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stddef.h>
#include <stdio.h>

#include "base/err.h"

/* Reads a file of at most max bytes; yours: free() it (a NUL stands behind). A larger file,
 * a folder, a pipe with a name or an unreadable one is ERR_USAGE. path "-" is standard input. */
char *file_read(const char *path, size_t max, size_t *out_len, struct err *err);
/* The same into memory of base/secret.h, and nowhere else: secret_free() it. "-" is a name like any
 * other. */
char *file_read_secret(const char *path, size_t max, size_t *out_len, struct err *err);

/* The folder that `path` is in, as a descriptor for openat() and the like, and its name there
 * (yours), all links followed; but a link in a folder that others can write (base/trust.h), at any
 * place in the path, is ERR_SYSTEM: whoever made it would choose what we write to. Nothing need be
 * there under that name. -1 on failure. */
int file_open_folder(const char *path, char **out_name, struct err *err);
/* A file to read and append to, made with mode where there is none; links as above. -1 on
 * failure. */
int file_open_to_append(const char *path, unsigned mode, struct err *err);

/* A file that appears whole or not at all: written beside `path`, flushed to the disk, then
 * renamed over it; links as above. Its mode is what the umask leaves, but never wider than that of
 * a file of ours which it replaces. What is there and is no regular file is written to itself.
 * "-" is standard output. */
struct file_out;
struct file_out *file_out_open(const char *path, struct err *err);
FILE *file_out_stream(struct file_out *f);
/* Renames into place; after a failure the old file is as it was. Frees f in both cases. */
int file_out_commit(struct file_out *f, struct err *err);
void file_out_abandon(struct file_out *f);              /* NULL is fine */

/* Another text in the place of a file, which is kept beside it as path.old. */
int file_replace(const char *path, const char *text, size_t len, struct err *err);

/* Names are stored and shown as UTF-8: any other is ERR_USAGE, with its bytes shown. */
int file_check_name(const char *what, const char *path, struct err *err);
/* The same file as it would be found from another folder; a path that leads nowhere comes back as
 * it is. Yours: free() it. NULL: its name, or that of a folder above it, is not UTF-8. */
char *file_absolute(const char *path, struct err *err);

/* A name in the home of who runs this: $HOME, else what the system says. Yours. */
char *file_at_home(const char *name);

/* A new name in the folder of `path` is on the disk only once the folder is. Where a file system
 * cannot do that, nothing is told. */
void file_sync_folder(const char *path);

/* Makes a folder and its parents with mode; one that exists is fine. */
int file_make_folder(const char *path, unsigned mode, struct err *err);

#endif
