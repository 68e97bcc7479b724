/* under_way.h - who is in flight, at which step, and until when at most: on the progress line, for
 * whoever asks with SIGUSR1, and in a log in which nothing ended for long. */
#ifndef SCANNER_UNDER_WAY_H
#define SCANNER_UNDER_WAY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/term.h"

/* After so long without an end it is told unasked where there is no terminal; then again. */
#define UNDER_WAY_SILENCE_MINUTES 5

/* Times are of the monotonic clock. Texts are borrowed. */
struct in_flight {
	const char *host, *step;
	int64_t begun_ms;               /* when it took off */
	int64_t until_ms;               /* when its step ends at the latest; INT64_MAX: unknown */
};
struct in_flights { struct in_flight *item; int count, cap; };
void in_flights_add(struct in_flights *to, const struct in_flight *host);

struct under_way {
	struct progress *progress;
	/* Adds those in flight, in any order. */
	void (*collect)(void *ctx, struct in_flights *to);
	void *ctx;
	int64_t heard_ms;               /* when somebody ended last, or it was told */
	int done;                       /* how many had ended then */
};
/* All is borrowed; the progress was begun. */
void under_way_init(struct under_way *u, struct progress *progress,
		    void (*collect)(void *ctx, struct in_flights *to), void *ctx);
/* From the loop, several times a second, with progress->done as it is. */
void under_way_tick(struct under_way *u, int64_t now_ms);
/* Logs them, those first that are in flight longest; of very many the first. */
void under_way_tell(struct under_way *u, int64_t now_ms);

#endif
