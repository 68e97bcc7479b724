/* clock.h - `_ms` is the monotonic clock, `_utc_ms` the wall clock since 1970. No other file reads
 * a clock (scripts/lint). The wall clock may be wrong and is set while we run: it is for what is
 * written down and shown. How long something takes or may take, and what was before what, is never
 * asked of it. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

int64_t clock_now_ms(void);
int64_t clock_utc_ms(void);
/* Since this machine was started, its sleep counted in: the same for all processes of a boot. */
int64_t clock_boot_ms(void);
int64_t clock_cpu_us(void);     /* CPU time of this thread, in microseconds */

/* Whether the kernel was told of late, by whoever keeps the wall clock, that it is right. */
bool clock_is_kept(void);

/* Something that goes on for a while under one wall clock, that of its begin: when the clock is set
 * meanwhile, its own times still fit each other. */
struct clock_span { int64_t begun_ms, begun_utc_ms; };
struct clock_span clock_span_begin(void);
int64_t clock_span_ms(const struct clock_span *s);              /* since its begin */
int64_t clock_span_utc_ms(const struct clock_span *s);          /* now */

/* How long ago that was. What is noted under a time that is still to come was noted just now: a
 * clock that was set back makes nothing younger than that. */
int64_t clock_age_ms(int64_t then_utc_ms, int64_t now_utc_ms);

#define SECOND_MS INT64_C(1000)
#define MINUTE_MS (60 * SECOND_MS)
#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MS (24 * HOUR_MS)
#define TEN_YEARS_MS (3650 * DAY_MS)            /* longer ahead or ago is nobody's wish */

/* Wall clock: no server has these. The year 10000 has five digits, which RFC 3339 cannot say. */
#define YEAR_2100_UTC_MS INT64_C(4102444800000)
#define YEAR_10000_UTC_MS INT64_C(253402300800000)

enum { CLOCK_TEXT = 32 };
/* "2026-11-21T04:05:06Z" (RFC 3339, seconds), or "" for 0. out has CLOCK_TEXT bytes. */
const char *clock_format_utc(int64_t utc_ms, char *out);
bool clock_parse_utc(const char *text, int64_t *out_utc_ms);    /* RFC 3339, or a date */

/* "90" (seconds), "500ms", "30s", "10m", "2h", "3d". */
int clock_parse_duration(const char *text, int64_t *out_ms, struct err *err);
/* As clock_parse_duration() reads it, in the largest unit that needs no point: "90s", "2h". out has
 * CLOCK_TEXT bytes. */
const char *clock_format_typed(int64_t ms, char *out);
/* For people: "3 d 4 h", "12 min", "850 ms". out has CLOCK_TEXT bytes. */
const char *clock_format_duration(int64_t ms, char *out);

#endif
