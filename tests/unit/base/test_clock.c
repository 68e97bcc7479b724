/* Times in and out. */
#include "tests/unit/unit.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

static const struct { const char *text; bool ok; int64_t ms; } times[] = {
	{ "1970-01-01T00:00:01Z", true, 1000 },
	{ "2026-11-21T04:05:06Z", true, 1795233906000 },
	{ "2026-11-21 04:05:06", true, 1795233906000 },
	{ "2026-11-21t04:05:06z", true, 1795233906000 },
	{ "2026-11-21T04:05:06.789Z", true, 1795233906789 },
	{ "2026-11-21T04:05:06.7894561Z", true, 1795233906789 },
	{ "2026-11-21T06:05:06+02:00", true, 1795233906000 },
	{ "2026-11-20T22:35:06-05:30", true, 1795233906000 },
	{ "2026-11-21", true, 1795219200000 },
	{ "2024-02-29", true, 1709164800000 },
	{ "2026-02-29", false, 0 },
	{ "2026-02-31T00:00:00Z", false, 0 },
	{ "2026-13-01", false, 0 },
	{ "2026-11-21T24:61:00Z", false, 0 },
	{ "2026-11-21T04:05Z", false, 0 },
	{ "2026-1-2", false, 0 },
	{ "26-11-21", false, 0 },
	{ "2026-11-21T04:05:06X", false, 0 },
	{ "2026-11-21T04:05:06+0200", false, 0 },
	{ "2026-11-21T04:05:06Z ", false, 0 },
	{ "yesterday", false, 0 },
	{ "", false, 0 },
};

START_TEST(times_are_read_or_refused)
{
	int64_t ms = -1;

	ck_assert_msg(clock_parse_utc(times[_i].text, &ms) == times[_i].ok, "'%s'", times[_i].text);
	ck_assert_msg(ms == (times[_i].ok ? times[_i].ms : -1), "'%s': %lld", times[_i].text,
		      (long long)ms);
}
END_TEST

START_TEST(times_are_written_in_utc)
{
	char out[CLOCK_TEXT];

	ck_assert_str_eq(clock_format_utc(1795233906789, out), "2026-11-21T04:05:06Z");
	ck_assert_str_eq(clock_format_utc(0, out), "");
	ck_assert_str_eq(clock_format_utc(-1000, out), "1969-12-31T23:59:59Z");
	ck_assert_uint_lt(strlen(clock_format_utc(INT64_MAX, out)), CLOCK_TEXT);
}
END_TEST

static const struct { const char *text; int64_t ms; } spans[] = {
	{ "90", 90000 }, { "500ms", 500 }, { "30s", 30000 }, { "10m", 600000 }, { "10min", 600000 },
	{ "2h", 7200000 }, { "3d", 259200000 }, { "0", 0 }, { "", -1 }, { "m", -1 }, { "-1s", -1 },
	{ "1.5h", -1 }, { "10 m", -1 }, { "3w", -1 }, { "99999999999999999999d", -1 },
	{ "999999999999d", -1 },        /* fits as a number of days, not of milliseconds */
};

START_TEST(durations_are_read_or_refused)
{
	int64_t ms = -1;
	struct err err = { 0 };
	int rc = clock_parse_duration(spans[_i].text, &ms, &err);

	ck_assert_msg(ms == spans[_i].ms, "'%s': %lld", spans[_i].text, (long long)ms);
	ck_assert_int_eq(rc, spans[_i].ms < 0 ? -1 : 0);
	ck_assert_int_eq(err.code, spans[_i].ms < 0 ? ERR_USAGE : ERR_NONE);
}
END_TEST

static const struct { int64_t ms; const char *text; } shown[] = {
	{ 0, "0 ms" }, { 850, "850 ms" }, { 59999, "59 s" }, { 720000, "12 min" },
	{ 7200000, "2 h" }, { 7260000, "2 h 1 min" }, { 86400000, "1 d" }, { 273600000, "3 d 4 h" },
};

START_TEST(durations_are_shown_for_people)
{
	char out[CLOCK_TEXT];

	ck_assert_str_eq(clock_format_duration(shown[_i].ms, out), shown[_i].text);
}
END_TEST

START_TEST(the_clocks_go_on)
{
	int64_t a = clock_now_ms(), b = clock_now_ms();

	ck_assert_int_le(a, b);
	ck_assert(clock_utc_ms() > INT64_C(1600000000000));
}
END_TEST

START_TEST(a_span_is_told_by_the_monotonic_clock)
{
	struct clock_span now = clock_span_begin();
	/* as if the wall clock had been an hour back a minute ago, when it began */
	struct clock_span s = { now.begun_ms - 60000, now.begun_utc_ms - 3660000 };

	ck_assert_int_ge(clock_span_ms(&s), 60000);
	ck_assert_int_lt(clock_span_ms(&s), 120000);
	ck_assert_int_ge(clock_span_utc_ms(&s), now.begun_utc_ms - 3600000);
	ck_assert_int_lt(clock_span_utc_ms(&s), now.begun_utc_ms - 3540000);
}
END_TEST

START_TEST(nothing_is_younger_than_now)
{
	ck_assert_int_eq(clock_age_ms(1000, 5000), 4000);
	ck_assert_int_eq(clock_age_ms(5000, 5000), 0);
	ck_assert_int_eq(clock_age_ms(6000, 5000), 0);
}
END_TEST

static const struct { int64_t ms; const char *text; } typed[] = {
	{ 500, "500ms" },	       { 90 * SECOND_MS, "90s" },   { 30 * MINUTE_MS, "30m" },
	{ 90 * MINUTE_MS, "90m" },     { 6 * HOUR_MS, "6h" },	    { 36 * HOUR_MS, "36h" },
	{ 3 * DAY_MS, "3d" },	       { SECOND_MS + 1, "1001ms" },
};

START_TEST(what_is_written_for_an_option_is_read_as_it_was)
{
	char out[CLOCK_TEXT];
	struct err err;
	int64_t ms;

	ck_assert_str_eq(clock_format_typed(typed[_i].ms, out), typed[_i].text);
	ck_assert_int_eq(clock_parse_duration(out, &ms, &err), 0);
	ck_assert_int_eq(ms, typed[_i].ms);
}
END_TEST

UNIT_SUITE(clock)
{
	Suite *s = suite_create("clock");
	TCase *tc = tcase_create("clock");

	tcase_add_loop_test(tc, times_are_read_or_refused, 0, ARRAY_LEN(times));
	tcase_add_test(tc, times_are_written_in_utc);
	tcase_add_loop_test(tc, durations_are_read_or_refused, 0, ARRAY_LEN(spans));
	tcase_add_loop_test(tc, durations_are_shown_for_people, 0, ARRAY_LEN(shown));
	tcase_add_loop_test(tc, what_is_written_for_an_option_is_read_as_it_was, 0,
			    ARRAY_LEN(typed));
	tcase_add_test(tc, the_clocks_go_on);
	tcase_add_test(tc, a_span_is_told_by_the_monotonic_clock);
	tcase_add_test(tc, nothing_is_younger_than_now);
	suite_add_tcase(s, tc);
	return s;
}
