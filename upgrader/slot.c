/* slot.c - see slot.h. */
#include "upgrader/slot.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"

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

struct slot_known {
	const struct calendar *calendar;
	int64_t needs_ms;
	enum slot slot;
	struct span found;
	int64_t from_utc_ms, to_utc_ms;         /* asked then; holds until then */
};

static bool is_known(const struct slot_known *k, int64_t now)
{
	return now >= k->from_utc_ms && now <= k->to_utc_ms;
}

/* A window that is open stays long enough up to some moment; one that opens later does so until it
 * opens, or until it is too late to wait for it. */
static int64_t known_until(const struct slot_known *k, const struct slot_wish *wish, int64_t now)
{
	if (k->slot == SLOT_NOW)
		return k->found.to_utc_ms - wish->needs_ms;
	return k->found.to_utc_ms > 0 ? k->found.from_utc_ms - 1 : now + DAY_MS;
}

enum slot slots_find(struct slots *s, const struct slot_wish *wish, int64_t now_utc_ms,
		     struct span *out)
{
	struct slot_known *k = NULL;

	if (!wish->calendar)
		return slot_find(wish, now_utc_ms, out);
	for (int i = 0; i < s->count && !k; i++)
		if (s->item[i].calendar == wish->calendar && s->item[i].needs_ms == wish->needs_ms)
			k = &s->item[i];
	if (!k) {
		MEM_GROW(s->item, s->count, s->cap);
		k = &s->item[s->count++];
		*k = (struct slot_known){ .calendar = wish->calendar,
					  .needs_ms = wish->needs_ms,
					  .to_utc_ms = -1 };
	}
	if (!is_known(k, now_utc_ms)) {
		k->slot = slot_find(wish, now_utc_ms, &k->found);
		k->from_utc_ms = now_utc_ms;
		k->to_utc_ms = known_until(k, wish, now_utc_ms);
	}
	*out = k->found;
	if (k->slot == SLOT_NOW)
		out->from_utc_ms = now_utc_ms;
	return k->slot;
}

void slots_release(struct slots *s)
{
	free(s->item);
	*s = (struct slots){ 0 };
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
