/* calendar_inside.h - a calendar from the inside: rules as they were read. Only the files of
 * calendar/ include it. */
#ifndef CALENDAR_CALENDAR_INSIDE_H
#define CALENDAR_CALENDAR_INSIDE_H

#include "calendar/calendar.h"
#include "calendar/zone.h"

enum { MINUTE_S = 60, DAY_S = 24 * 3600, DAY_MINUTES = 24 * 60 };

/* On these days, when the clock shows so many minutes since midnight; up to two days long. */
struct weekly {
	unsigned days;                  /* bit 0: Monday */
	unsigned which;                 /* of the month: bits 0 to 3 first to fourth; 0: each */
	bool last;                      /* the last of the month */
	int from_min, to_min;
};
/* What a clock shows, in seconds as if it were UTC; or UTC itself. */
struct mark { int64_t s; bool utc; };
struct stretch { struct mark from, to; };

struct calendar {
	const struct zone *zone;
	char *zone_name;
	bool always;
	bool ruled;                     /* some rule says when it is open */
	struct weekly *weekly;
	struct stretch *date, *blackout;
	int weekly_count, weekly_cap, date_count, date_cap, blackout_count, blackout_cap;
};

/* --- rules.c ------------------------------------------------------------------------------- */
/* "Sat 22:00-04:00"; false: it is none of that kind. */
bool weekly_parse(const char *text, struct weekly *out);
bool stretch_parse(const char *text, struct stretch *out);
/* Days since 1970 of a date, and the date of a day, by the Gregorian calendar. */
int64_t day_of(int year, int month, int day);
void date_of(int64_t day, int *year, int *month, int *mday);
int weekday_of(int64_t day);                    /* 0: Monday */
int month_days(int year, int month);

#endif
