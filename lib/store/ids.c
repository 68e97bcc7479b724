/* ids.c - the numbers of what has no name: runs, jobs, scans, events, processes. They are the order
 * in which things were done, which the wall clock is not: it may be set back. So they run on from
 * the newest that the database has, by the monotonic clock. */
#include <pthread.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/clock.h"
#include "store/store_inside.h"

enum { RANDOM_BITS = 21 };
#define LAST_MS YEAR_2100_UTC_MS         /* fits above the random bits */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct clock_span span;
static int64_t last;

/* Our own time: that of the wall clock when the first id was made, or what ids_follow() said. */
static int64_t time_ms(void)
{
	if (span.begun_utc_ms == 0)
		span = clock_span_begin();
	return clock_span_utc_ms(&span);
}

void ids_follow(int64_t id)
{
	int64_t ms = id >> RANDOM_BITS, ahead;

	if (ms < 0 || ms > LAST_MS)
		return;                 /* none of ours */
	pthread_mutex_lock(&lock);
	ahead = ms + 1 - time_ms();
	if (ahead > 0)
		span.begun_utc_ms += ahead;
	pthread_mutex_unlock(&lock);
}

/* Milliseconds in the upper bits; random below, so that two processes do not meet; counted up
 * within this process, so that it never gives one twice and keeps its order. */
int64_t store_new_id(void)
{
	uint32_t random = 0;
	int64_t id;

	if (getrandom(&random, sizeof(random), 0) != (ssize_t)sizeof(random))
		random = (uint32_t)getpid() * 2654435761U;
	pthread_mutex_lock(&lock);
	id = (time_ms() << RANDOM_BITS) | (random & ((1U << RANDOM_BITS) - 1));
	last = id > last ? id : last + 1;
	id = last;
	pthread_mutex_unlock(&lock);
	return id;
}
