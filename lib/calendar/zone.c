/* zone.c - time zones by libical. It is asked one thing alone, the offset at a moment of UTC: what
 * that means for a time on a clock, which there may be twice or not at all, is settled here. */
#include "calendar/zone.h"

#include <libical/ical.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

enum {
	NAMES_MAX = 1000,
	AROUND_S = 26 * 3600            /* no clock is further from UTC, no two changes nearer */
};

static int no_zone(const char *name, struct err *err)
{
	icalarray *all = icaltimezone_get_builtin_timezones();
	AUTO_FREE char *shown = text_printable(name, strlen(name), 60);
	const char *known[NAMES_MAX], *near;
	int count = 0;

	for (size_t i = 0; i < all->num_elements && count < NAMES_MAX; i++)
		known[count++] = icaltimezone_get_location(icalarray_element_at(all, i));
	near = text_nearest(name, known, count);
	return err_set(err, ERR_USAGE, "there is no time zone '%s'%s%s%s", shown,
		       near ? "; did you mean '" :
			      ": expected a name such as Europe/Berlin, or UTC",
		       near ? near : "", near ? "'?" : "");
}

const struct zone *zone_find(const char *name, struct err *err)
{
	icaltimezone *zone = strcmp(name, "UTC") == 0 ? icaltimezone_get_utc_timezone() :
							icaltimezone_get_builtin_timezone(name);

	if (!zone)
		no_zone(name, err);
	return (const struct zone *)zone;
}

int zone_offset_s(const struct zone *zone, int64_t utc_s)
{
	icaltimetype at =
		icaltime_from_timet_with_zone((time_t)utc_s, 0, icaltimezone_get_utc_timezone());
	int summer;

	/* libical fills its table of changes on demand and so takes no const */
	return icaltimezone_get_utc_offset_of_utc_time((icaltimezone *)(uintptr_t)zone, &at,
						       &summer);
}

/* The first moment of the offset that holds at `after`, between the two. */
static int64_t change_between(const struct zone *zone, int64_t before, int64_t after)
{
	int offset = zone_offset_s(zone, after);

	while (after - before > 1) {
		int64_t middle = before + (after - before) / 2;

		if (zone_offset_s(zone, middle) == offset)
			after = middle;
		else
			before = middle;
	}
	return after;
}

int64_t zone_first_s(const struct zone *zone, int64_t local_s)
{
	int before = zone_offset_s(zone, local_s - AROUND_S);
	int after = zone_offset_s(zone, local_s + AROUND_S);

	/* the larger offset is the earlier moment */
	for (int i = 0; i < 2; i++) {
		int offset = (before > after) == (i == 0) ? before : after;

		if (zone_offset_s(zone, local_s - offset) == offset)
			return local_s - offset;
	}
	return change_between(zone, local_s - AROUND_S, local_s + AROUND_S);
}
