/* crash.c - preloaded into the program under test: what becomes of it at one of its durable
 * transactions, which are counted from 1. A library and no option of the program: what is released
 * has no switch that kills it. CRASH_AT is WHAT:N:
 *   before:N   the process is killed when it is about to commit its Nth transaction
 *   after:N    as soon as that is on the disk
 *   full:N     from then on the disk is full for whatever it writes to a file: ENOSPC
 *   broken:N   from then on the disk writes nothing: EIO
 * CRASH_COUNT is a file: how many there were, as text, whenever one was committed. What SQLite does
 * by itself, as making a table, is not counted: only the program's own "commit". */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

struct sqlite3;
typedef int exec_fn(struct sqlite3 *db, const char *sql, int (*row)(void *, int, char **, char **),
		    void *arg, char **message);

static atomic_long commits;
static atomic_int disk;                 /* the error of its writes; 0: it writes */

/* Whether that is to happen now: `what` is a word of CRASH_AT. */
static int is_due(const char *what, long n)
{
	const char *at = getenv("CRASH_AT");
	size_t len = strlen(what);

	return at && strncmp(at, what, len) == 0 && at[len] == ':' &&
	       strtol(at + len + 1, NULL, 10) == n;
}

static void count(long n)
{
	const char *path = getenv("CRASH_COUNT");
	char text[32];
	int fd = path ? open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600) : -1;

	if (fd < 0)
		return;
	(void)!syscall(SYS_write, fd, text, (size_t)snprintf(text, sizeof(text), "%ld\n", n));
	close(fd);
}

static void disk_from(long n)
{
	if (is_due("full", n))
		atomic_store(&disk, ENOSPC);
	if (is_due("broken", n))
		atomic_store(&disk, EIO);
}

int sqlite3_exec(struct sqlite3 *db, const char *sql, int (*row)(void *, int, char **, char **),
		 void *arg, char **message)
{
	exec_fn *real = (exec_fn *)(uintptr_t)dlsym(RTLD_NEXT, "sqlite3_exec");
	long n = 0;
	int rc;

	if (sql && strcmp(sql, "commit") == 0) {
		n = atomic_fetch_add(&commits, 1) + 1;
		disk_from(n);
		if (is_due("before", n))
			raise(SIGKILL);
	}
	rc = real(db, sql, row, arg, message);
	if (n && is_due("after", n))
		raise(SIGKILL);
	if (n)
		count(n);
	return rc;
}

ssize_t pwrite64(int fd, const void *bytes, size_t len, off_t at)
{
	int why = atomic_load(&disk);

	if (why) {
		errno = why;
		return -1;
	}
	return syscall(SYS_pwrite64, fd, bytes, len, at);
}

ssize_t pwrite(int fd, const void *bytes, size_t len, off_t at)
{
	return pwrite64(fd, bytes, len, at);
}
