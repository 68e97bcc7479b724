/* ics.h - days off and freezes that people keep in a calendar program: the events of an iCalendar
 * file (RFC 5545) as rules of calendar.h. */
#ifndef CALENDAR_ICS_H
#define CALENDAR_ICS_H

#include <stddef.h>

#include "calendar/calendar.h"

enum { ICS_FILE_MAX = 4 << 20, ICS_EVENTS_MAX = 5000 };

/* Calls `each` with a rule of kind CALENDAR_DATE for every event that lies within, also in part,
 * and for every one of those that come back. Whole days stay days, on whatever clock they are
 * read; times without a zone likewise; all others come as UTC. Events that were called off are
 * left out; of one that was moved both the old time and the new come; what begins or ends more
 * than a day away from what is asked for is told as if it did so there. -1 and ERR_USAGE: it is no
 * iCalendar file, an event has no begin, comes back more often than daily, since before 1970 or on
 * no day, or has a time that cannot be read, all come back too often to be gone through, there are
 * more than ICS_EVENTS_MAX, or more bytes than ICS_FILE_MAX; `each` may have been called. */
int ics_read(const char *text, size_t len, const struct span *within,
	     void (*each)(void *ctx, const char *rule), void *ctx, struct err *err);

#endif
