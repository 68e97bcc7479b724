/* calendar.h - when something may be done: windows that come back each week, single ones, and what
 * is blacked out of them, on the clock of one time zone. Pure: who asks brings the time.
 *
 * A window opens and closes when its clock first shows the time that was written, or a later one.
 * On the night when clocks go forward one that opens at 22:00 and closes at 04:00 lasts five hours,
 * on the one when they go back seven, and one from 02:00 to 02:30 lasts no time or half an hour:
 * never longer than its clock says. */
#ifndef CALENDAR_CALENDAR_H
#define CALENDAR_CALENDAR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/* From, and up to but not with, the other. */
struct span { int64_t from_utc_ms, to_utc_ms; };
struct spans { struct span *at; int count, cap; };
void spans_release(struct spans *s);

/* Without rules it is always open; with blackouts alone, but for those. */
struct calendar;
/* On the clock of UTC until another is set. Never NULL; calendar_free(). */
struct calendar *calendar_new(void);
void calendar_free(struct calendar *c);                 /* NULL is fine */
/* -1 and ERR_USAGE: no such zone. What was added goes by the new clock. */
int calendar_set_zone(struct calendar *c, const char *name, struct err *err);

/* What a rule says, as people write it:
 *   WEEKLY    "Sat 22:00-04:00", "Mon-Fri 01:00-05:00", "2nd Tue 20:00-24:00",
 *             "last Sun 00:00-06:00", "daily 02:00-04:00", "always", "never"; one
 *             whose end is not after its begin ends on the next day
 *   DATE      "2026-12-27", "2026-12-27 - 2026-12-29" (both days whole), "2026-12-27 20:00-04:00",
 *             "2026-12-27 20:00 - 2026-12-28 04:00"; a Z behind a time is UTC
 *   BLACKOUT  as DATE */
enum calendar_rule { CALENDAR_WEEKLY, CALENDAR_DATE, CALENDAR_BLACKOUT };
/* -1 and ERR_USAGE: err says what was expected, not where it stands; nothing was added. */
int calendar_add(struct calendar *c, enum calendar_rule rule, const char *text, struct err *err);

/* What is open in between: in order, apart from each other, cut at both ends. Release it. */
void calendar_spans(const struct calendar *c, int64_t from_utc_ms, int64_t to_utc_ms,
		    struct spans *out);

/* The window that is open at that time, whose begin is then that time, else the next that opens.
 * One that closes later than CALENDAR_DAYS ahead is told as closing there. False: none opens
 * until then. */
enum { CALENDAR_DAYS = 400 };
bool calendar_next(const struct calendar *c, int64_t now_utc_ms, struct span *out);

/* What its clock shows then: "Sat 2026-12-05 22:00". out has CALENDAR_TEXT bytes. */
enum { CALENDAR_TEXT = 40 };
const char *calendar_format(const struct calendar *c, int64_t utc_ms, char *out);
/* The same as seconds, reckoned as if it were UTC. */
int64_t calendar_local_s(const struct calendar *c, int64_t utc_ms);
/* The name of its zone; borrowed. */
const char *calendar_zone(const struct calendar *c);

#endif
