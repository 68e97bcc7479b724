/* filelock.c - a lock is on what has the name now: who replaces a file under its lock leaves those
 * who wait with another. */
#include "base/filelock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"

enum { LOCK_TRIES = 1500, LOCK_PAUSE_MS = 2 };

static int make_parent(const char *path, struct err *err)
{
	const char *slash = strrchr(path, '/');
	AUTO_FREE char *folder =
		slash && slash > path ? xstrndup(path, (size_t)(slash - path)) : NULL;

	return folder ? file_make_folder(folder, 0700, err) : 0;
}

static int open_to_append(const char *path, struct err *err)
{
	return make_parent(path, err) == 0 ? file_open_to_append(path, 0600, err) : -1;
}

int file_append_locked(int fd, const char *path, const char *line, struct err *err)
{
	AUTO_FREE char *text = NULL;
	struct stat st;
	char last = '\n';
	ssize_t written;

	if (fstat(fd, &st) != 0 || (st.st_size > 0 && pread(fd, &last, 1, st.st_size - 1) < 0))
		return err_errno(err, ERR_SYSTEM, errno, "cannot write to '%s'", path);
	/* One write, so that lines of two processes do not mix. */
	text = xasprintf("%s%s", last == '\n' ? "" : "\n", line);
	written = write(fd, text, strlen(text));
	if (written == (ssize_t)strlen(text))
		return 0;
	err_errno(err, ERR_SYSTEM, written < 0 ? errno : ENOSPC, "cannot write to '%s'", path);
	/* half a line is none, and would be in everybody's way */
	if (written > 0 && ftruncate(fd, st.st_size) != 0)
		return err_in(err, "half a line was left at its end");
	return -1;
}

/* 0: it is ours, 1: it is somebody's, after a pause; -1 and errno. */
static int try_lock(int fd, int how)
{
	if (flock(fd, how | LOCK_NB) == 0)
		return 0;
	if (errno != EWOULDBLOCK && errno != EINTR)
		return -1;
	(void)poll(NULL, 0, LOCK_PAUSE_MS);
	return 1;
}

int file_lock(const char *path, struct err *err)
{
	struct stat st, now;

	for (int i = 0; i < LOCK_TRIES; i++) {
		AUTO_CLOSE int fd = open_to_append(path, err);
		int rc;

		if (fd < 0)
			return -1;
		rc = try_lock(fd, LOCK_EX);
		if (rc < 0)
			return err_errno(err, ERR_SYSTEM, errno, "cannot lock '%s'", path);
		/* who had it may have put another in its place */
		if (rc == 0 && fstat(fd, &st) == 0 && stat(path, &now) == 0 &&
		    st.st_ino == now.st_ino && st.st_dev == now.st_dev) {
			int held = fd;

			fd = -1;
			return held;
		}
	}
	return err_set(err, ERR_SYSTEM, "'%s' is held by another process", path);
}

int file_lock_to_read(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), rc = 1;

	for (int i = 0; fd >= 0 && rc == 1 && i < LOCK_TRIES; i++)
		rc = try_lock(fd, LOCK_SH);
	return fd;
}

bool file_is(const char *path, const struct stat *then)
{
	struct stat now;

	return stat(path, &now) == 0 && now.st_ino == then->st_ino && now.st_dev == then->st_dev &&
	       now.st_size == then->st_size && now.st_mtim.tv_sec == then->st_mtim.tv_sec &&
	       now.st_mtim.tv_nsec == then->st_mtim.tv_nsec;
}
