/* rate.h - so many bytes a second, of whatever shares them: who sends takes its bytes beforehand
 * and is told when they may go. Pure: the time is a parameter. */
#ifndef BASE_RATE_H
#define BASE_RATE_H

#include <stddef.h>
#include <stdint.h>

struct rate {
	int64_t bytes_s;                /* 0: as many as there are */
	int64_t free_us;                /* when all taken has gone, by the caller's clock */
};

#define RATE_EXPECTED "bytes a second, as 500K or 10M (1 to 100G)"
/* "500K", "10M": powers of 1000. Returns what was expected instead, or NULL with *out. */
const char *rate_expected(const char *text, int64_t *out_bytes_s);

/* Takes len bytes behind those that others took. Returns in how many ms they may go, rounded up; 0
 * is now. What nobody took is not saved up: after a pause no more goes at once than after none. */
int64_t rate_take(struct rate *r, size_t len, int64_t now_ms);

#endif
