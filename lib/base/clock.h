/* clock.h - `_ms` is the monotonic clock, `_utc_ms` the wall clock since 1970. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

int64_t clock_now_ms(void);
int64_t clock_utc_ms(void);

enum { CLOCK_TEXT = 32 };
/* "2026-11-21T04:05:06Z" (RFC 3339, seconds), or "" for 0. out has CLOCK_TEXT bytes. */
const char *clock_format_utc(int64_t utc_ms, char *out);
bool clock_parse_utc(const char *text, int64_t *out_utc_ms);    /* RFC 3339, or a date */

/* "90" (seconds), "500ms", "30s", "10m", "2h", "3d". */
int clock_parse_duration(const char *text, int64_t *out_ms, struct err *err);
/* For people: "3 d 4 h", "12 min", "850 ms". out has CLOCK_TEXT bytes. */
const char *clock_format_duration(int64_t ms, char *out);

#endif
