/* lag.c - see lag.h. */
#include "transport/lag.h"

/* What ended late may have told nothing, where a signal ended it (SIGCONT does): then it is the
 * next listening that tells what lay there meanwhile. */
void lag_listen(struct lag *l, int64_t now_ms, int64_t timeout_ms)
{
	l->busy_ms = l->begun ? now_ms - l->heard_ms + l->late_ms : 0;
	l->begun_ms = now_ms;
	l->due_ms = timeout_ms < 0 ? INT64_MAX : now_ms + timeout_ms;
	l->begun = l->listening = true;
}

void lag_heard(struct lag *l, int64_t now_ms)
{
	if (!l->listening)
		return;
	l->listening = false;
	l->listened_ms = l->begun_ms;
	l->heard_ms = now_ms;
	l->late_ms = now_ms > l->due_ms ? now_ms - l->due_ms : 0;
	l->away_ms = l->busy_ms + l->late_ms;
}

int64_t lag_away_ms(const struct lag *l, int64_t now_ms)
{
	return l->begun && !l->listening ? l->away_ms + now_ms - l->heard_ms : 0;
}

bool lag_listened_since(const struct lag *l, int64_t then_ms)
{
	return !l->begun || l->listened_ms >= then_ms;
}
