/* unsynced.c - preloaded into marshal by the bench: what it writes is never waited for until it
 * is on the disk. With its database in memory besides, a journal that costs CPU time alone. */
#include <unistd.h>

int fsync(int fd)
{
	(void)fd;
	return 0;
}

int fdatasync(int fd)
{
	(void)fd;
	return 0;
}
