/* zone.h - the clocks of places: what the time zones of the IANA database show. The C library has
 * one zone a process, so libical reads them, from the system's files. */
#ifndef CALENDAR_ZONE_H
#define CALENDAR_ZONE_H

#include <stdint.h>

#include "base/err.h"

/* A zone by its name in the database, "Europe/Berlin", or "UTC". It lives as long as the program.
 * NULL and ERR_USAGE: there is none of that name; the message says which is near. */
struct zone;
const struct zone *zone_find(const char *name, struct err *err);

/* How far its clock is ahead of UTC at that moment, in seconds; west of Greenwich below 0. */
int zone_offset_s(const struct zone *zone, int64_t utc_s);

/* The moment when its clock first shows that time, or, where it passes over it as in spring, shows
 * a later one. `local_s` is what the clock shows, reckoned as if it were UTC. Never goes back when
 * local_s goes on. */
int64_t zone_first_s(const struct zone *zone, int64_t local_s);

#endif
