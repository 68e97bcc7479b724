/* slot.h - when a host may be begun: in a window that stays open for as long as its upgrade is
 * expected to last. Pure: who asks brings the time and the calendar. */
#ifndef UPGRADER_SLOT_H
#define UPGRADER_SLOT_H

#include <stdint.h>

#include "calendar/calendar.h"

enum slot {
	SLOT_NOW,                       /* its window is open, and long enough */
	SLOT_LATER,                     /* one opens in time */
	SLOT_NONE                       /* none that is long enough, until then */
};

struct slot_wish {
	const struct calendar *calendar;        /* NULL: at any time */
	int64_t needs_ms;               /* how long the upgrade is expected to last */
	int64_t until_utc_ms;           /* nothing is begun later */
};

/* *out is the window to begin in, of NOW from now on; of NONE the next that is long enough, begin
 * and end 0 where there is none for CALENDAR_DAYS. */
enum slot slot_find(const struct slot_wish *wish, int64_t now_utc_ms, struct span *out);

/* The same, remembered: the hosts of a run have few calendars. All are asked with the same
 * until. A zeroed struct is empty. */
struct slots { struct slot_known *item; int count, cap; };
enum slot slots_find(struct slots *s, const struct slot_wish *wish, int64_t now_utc_ms,
		     struct span *out);
void slots_release(struct slots *s);

/* For people, "its window opens Sat 2026-12-05 22:00 Europe/Berlin"; of NONE why, and of NOW until
 * when it is open, "" where that is always. out has SLOT_TEXT bytes. */
enum { SLOT_TEXT = 200 };
const char *slot_text(enum slot slot, const struct slot_wish *wish, const struct span *found,
		      char *out);

#endif
