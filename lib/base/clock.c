/* clock.c - the two clocks, and times as people and machines write them. UTC only: a report
 * is read in more than one place. */
#include "base/clock.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timex.h>
#include <time.h>

#include "base/mem.h"

static int64_t now_of(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t clock_now_ms(void)
{
	return now_of(CLOCK_MONOTONIC);
}

int64_t clock_utc_ms(void)
{
	return now_of(CLOCK_REALTIME);
}

int64_t clock_boot_ms(void)
{
	return now_of(CLOCK_BOOTTIME);
}

bool clock_is_kept(void)
{
	struct timex state = { .modes = 0 };

	return adjtimex(&state) >= 0 && !(state.status & STA_UNSYNC);
}

struct clock_span clock_span_begin(void)
{
	return (struct clock_span){ clock_now_ms(), clock_utc_ms() };
}

int64_t clock_span_ms(const struct clock_span *s)
{
	return clock_now_ms() - s->begun_ms;
}

int64_t clock_span_utc_ms(const struct clock_span *s)
{
	return s->begun_utc_ms + clock_span_ms(s);
}

int64_t clock_age_ms(int64_t then_utc_ms, int64_t now_utc_ms)
{
	return now_utc_ms > then_utc_ms ? now_utc_ms - then_utc_ms : 0;
}

int64_t clock_cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

const char *clock_format_utc(int64_t utc_ms, char *out)
{
	time_t seconds = (time_t)(utc_ms / 1000);
	struct tm tm;

	out[0] = '\0';
	if (utc_ms != 0 && gmtime_r(&seconds, &tm))
		strftime(out, CLOCK_TEXT, "%Y-%m-%dT%H:%M:%SZ", &tm);
	return out;
}

/* ".123" behind the seconds: milliseconds are kept, finer digits are dropped. */
static const char *parse_fraction(const char *at, int64_t *ms)
{
	int scale = 100;

	*ms = 0;
	if (*at != '.')
		return at;
	for (at++; isdigit((unsigned char)*at); at++) {
		*ms += (*at - '0') * scale;
		scale /= 10;
	}
	return at;
}

/* "Z", "+02:00" or nothing; false for anything else. */
static bool parse_offset(const char *at, int64_t *offset_ms)
{
	int hours, minutes, used = 0;
	char sign;

	*offset_ms = 0;
	if (*at == '\0' || strcmp(at, "Z") == 0 || strcmp(at, "z") == 0)
		return true;
	if (sscanf(at, "%c%2d:%2d%n", &sign, &hours, &minutes, &used) != 3 || at[used] ||
	    used != 6 || (sign != '+' && sign != '-') || hours > 23 || minutes > 59)
		return false;
	*offset_ms = (int64_t)(hours * 60 + minutes) * 60000 * (sign == '-' ? -1 : 1);
	return true;
}

bool clock_parse_utc(const char *text, int64_t *out_utc_ms)
{
	struct tm tm = { 0 }, kept;
	const char *at;
	int64_t ms = 0, offset_ms = 0;
	time_t seconds;

	at = strptime(text, "%Y-%m-%d", &tm);
	if (!at || at - text != 10)
		return false;
	if (*at == 'T' || *at == 't' || *at == ' ') {
		const char *time_text = at + 1;

		at = strptime(time_text, "%H:%M:%S", &tm);
		if (!at || at - time_text != 8)
			return false;
		at = parse_fraction(at, &ms);
	}
	if (!parse_offset(at, &offset_ms))
		return false;
	kept = tm;
	seconds = timegm(&tm);
	if (tm.tm_mday != kept.tm_mday)         /* the 31st of February was moved on */
		return false;
	*out_utc_ms = (int64_t)seconds * 1000 + ms - offset_ms;
	return true;
}

/* clang-format off */
static const struct { const char *name; int64_t ms; } units[] = {
	{ "ms", 1 }, { "s", 1000 }, { "", 1000 }, { "m", 60000 }, { "min", 60000 },
	{ "h", HOUR_MS }, { "d", DAY_MS },
};
/* clang-format on */

int clock_parse_duration(const char *text, int64_t *out_ms, struct err *err)
{
	int64_t n = 0;
	const char *at = text;

	for (; isdigit((unsigned char)*at); at++) {
		n = n * 10 + (*at - '0');
		if (n > INT64_C(1000000000000))
			return err_set(err, ERR_USAGE, "'%s' is too long a time", text);
	}
	for (size_t i = 0; at != text && i < ARRAY_LEN(units); i++)
		if (strcmp(at, units[i].name) == 0) {
			if (n > INT64_MAX / units[i].ms)
				return err_set(err, ERR_USAGE, "'%s' is too long a time", text);
			*out_ms = n * units[i].ms;
			return 0;
		}
	return err_set(err, ERR_USAGE, "'%s' is no time: 500ms, 30s, 10m, 2h or 3d was expected",
		       text);
}

const char *clock_format_typed(int64_t ms, char *out)
{
	size_t largest = 0;

	/* the shorter of two names for one stands first; "" is for who types seconds alone */
	for (size_t i = 1; i < ARRAY_LEN(units); i++)
		if (*units[i].name && ms % units[i].ms == 0 && units[i].ms > units[largest].ms)
			largest = i;
	snprintf(out, CLOCK_TEXT, "%" PRId64 "%s", ms / units[largest].ms, units[largest].name);
	return out;
}

const char *clock_format_duration(int64_t ms, char *out)
{
	int64_t s = ms / 1000, m = s / 60, h = m / 60, d = h / 24;

	if (ms < 1000)
		snprintf(out, CLOCK_TEXT, "%" PRId64 " ms", ms);
	else if (s < 60)
		snprintf(out, CLOCK_TEXT, "%" PRId64 " s", s);
	else if (m < 60)
		snprintf(out, CLOCK_TEXT, "%" PRId64 " min", m);
	else if (h < 24 && m % 60)
		snprintf(out, CLOCK_TEXT, "%" PRId64 " h %" PRId64 " min", h, m % 60);
	else if (h < 24)
		snprintf(out, CLOCK_TEXT, "%" PRId64 " h", h);
	else if (h % 24)
		snprintf(out, CLOCK_TEXT, "%" PRId64 " d %" PRId64 " h", d, h % 24);
	else
		snprintf(out, CLOCK_TEXT, "%" PRId64 " d", d);
	return out;
}
