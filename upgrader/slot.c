/* slot.c - see slot.h. */
#include "upgrader/slot.h"

#include <stdio.h>

#include "base/clock.h"

enum slot slot_find(const struct slot_wish *wish, int64_t now_utc_ms, struct span *out)
{
	int64_t from = now_utc_ms, limit = now_utc_ms + CALENDAR_DAYS * DAY_MS;

	*out = (struct span){ now_utc_ms, INT64_MAX };
	if (!wish->calendar)
		return SLOT_NOW;
	while (from < limit && calendar_next(wish->calendar, from, out)) {
		if (out->to_utc_ms - out->from_utc_ms >= wish->needs_ms) {
			if (out->from_utc_ms == now_utc_ms)
				return SLOT_NOW;
			return out->from_utc_ms <= wish->until_utc_ms ? SLOT_LATER : SLOT_NONE;
		}
		from = out->to_utc_ms;
	}
	*out = (struct span){ 0 };
	return SLOT_NONE;
}

const char *slot_text(enum slot slot, const struct slot_wish *wish, const struct span *found,
		      char *out)
{
	char at[CALENDAR_TEXT], needs[CLOCK_TEXT];

	out[0] = '\0';
	if (!wish->calendar)
		return out;
	clock_format_duration(wish->needs_ms, needs);
	if (slot == SLOT_NOW)
		snprintf(out, SLOT_TEXT, "its window is open until %s %s",
			 calendar_format(wish->calendar, found->to_utc_ms, at),
			 calendar_zone(wish->calendar));
	else if (found->to_utc_ms > 0)
		snprintf(out, SLOT_TEXT, "its next window of %s or more opens %s %s", needs,
			 calendar_format(wish->calendar, found->from_utc_ms, at),
			 calendar_zone(wish->calendar));
	else
		snprintf(out, SLOT_TEXT, "it has no window of %s or more in the next %d days",
			 needs, (int)CALENDAR_DAYS);
	return out;
}
