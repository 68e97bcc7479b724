/* filelock.h - files that several processes append lines to. */
#ifndef BASE_FILELOCK_H
#define BASE_FILELOCK_H

#include <stdbool.h>
#include <sys/stat.h>

#include "base/err.h"

/* The file for ourselves, among those who ask for that, to read and append to: what is in it can be
 * looked at first. It is made with mode 0600, its folder with 0700; links as file_open_folder() has
 * it. The lock goes with the descriptor. -1: it was not to be had in 3 seconds, or the file cannot
 * be made. */
int file_lock(const char *path, struct err *err);
/* While it is open nobody who does so writes: what is read by its name is whole, which a line that
 * is just written need not be. -1: there is none. Close it. */
int file_lock_to_read(const char *path);
/* Appends a line, which ends in LF, in one write, all of it or nothing, behind one that has no LF
 * on a line of its own. */
int file_append_locked(int fd, const char *path, const char *line, struct err *err);
/* Whether what is there is as it was when `then` was taken: the same file with the same size and
 * time of change. */
bool file_is(const char *path, const struct stat *then);

#endif
