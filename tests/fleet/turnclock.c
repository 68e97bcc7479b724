/* turnclock.c - preloaded into the program under test: its wall clock is wrong, or is set while it
 * runs. A library and no option of the program: what is released has no switch that makes it lie
 * about the time. TURN_CLOCK is "OFFSET" in ms, and as often as wanted ":READS:OFFSET" behind it:
 * from that many reads of the wall clock on, that offset. The monotonic clock stays as it is, as it
 * does when a clock is set. */
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static _Atomic int64_t reads;

static int64_t offset_ms(int64_t after)
{
	const char *at = getenv("TURN_CLOCK");
	char *end;
	int64_t offset = at ? strtoll(at, &end, 10) : 0;

	while (at && *end == ':') {
		int64_t from = strtoll(end + 1, &end, 10);
		int64_t next = *end == ':' ? strtoll(end + 1, &end, 10) : offset;

		if (after >= from)
			offset = next;
	}
	return offset;
}

static int turned(clockid_t clock, struct timespec *out, int64_t after)
{
	int rc = (int)syscall(SYS_clock_gettime, clock, out);
	int64_t ms;

	if (rc != 0 || (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE))
		return rc;
	ms = (int64_t)out->tv_sec * 1000 + out->tv_nsec / 1000000 + offset_ms(after);
	out->tv_nsec = ms % 1000 * 1000000 + out->tv_nsec % 1000000;
	out->tv_sec = (time_t)(ms / 1000);
	return 0;
}

/* Only these reads are counted: those of the program's own seam. */
int clock_gettime(clockid_t clock, struct timespec *out)
{
	bool wall = clock == CLOCK_REALTIME;

	return turned(clock, out, wall ? atomic_fetch_add(&reads, 1) : atomic_load(&reads));
}

int gettimeofday(struct timeval *restrict out, void *restrict zone)
{
	struct timespec t;

	(void)zone;
	turned(CLOCK_REALTIME, &t, atomic_load(&reads));
	*out = (struct timeval){ t.tv_sec, t.tv_nsec / 1000 };
	return 0;
}

time_t time(time_t *out)
{
	struct timespec t;

	turned(CLOCK_REALTIME, &t, atomic_load(&reads));
	if (out)
		*out = t.tv_sec;
	return t.tv_sec;
}
