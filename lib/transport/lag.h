/* lag.h - when the loop listened to its descriptors, and for how long it did not: it worked for
 * other sessions, or the machine gave it no time. What a host sent meanwhile lay there unread,
 * which is our doing and counts in no limit of waiting for that host. Pure: time is a parameter. */
#ifndef TRANSPORT_LAG_H
#define TRANSPORT_LAG_H

#include <stdbool.h>
#include <stdint.h>

struct lag {
	bool begun;                     /* the loop turns: before that nothing is late */
	bool listening;
	int64_t begun_ms, due_ms;       /* of this listening: its begin, its end at the latest */
	int64_t busy_ms;                /* from the last listening to this one */
	int64_t late_ms;                /* how much later than due the last one ended */
	int64_t listened_ms, heard_ms;  /* begin and end of the last */
	int64_t away_ms;                /* not listened to before heard_ms */
};

/* The loop waits for descriptors from now on, for timeout_ms at most (-1: for any time). */
void lag_listen(struct lag *l, int64_t now_ms, int64_t timeout_ms);
/* It woke. Any number of times. */
void lag_heard(struct lag *l, int64_t now_ms);

/* For how long what is read now may have lain there. */
int64_t lag_away_ms(const struct lag *l, int64_t now_ms);
/* Whether a listening began since that time and ended: what came until then was told. One that was
 * under way then may not tell it, where a signal ended it. */
bool lag_listened_since(const struct lag *l, int64_t then_ms);

#endif
