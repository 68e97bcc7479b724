/* test_calendar.c - windows on the clocks of places, also on the nights when those are put back or
 * forward. The moments of those nights are from the IANA database (2026: Europe/Berlin 29 March and
 * 25 October 01:00 UTC; America/New_York 8 March 07:00 and 1 November 06:00 UTC;
 * Australia/Lord_Howe, by half an hour, 4 April 15:00 and 3 October 15:30 UTC). */
#include "../unit.h"

#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "calendar/calendar.h"
#include "calendar/zone.h"

static int64_t at(const char *text)
{
	int64_t ms;

	ck_assert_msg(clock_parse_utc(text, &ms), "%s", text);
	return ms;
}

/* "Europe/Berlin; weekly Sat 22:00-04:00; but 2026-12-26": what people write, in one line. */
static struct calendar *calendar_of(const char *text)
{
	static const struct {
		const char *word;
		enum calendar_rule rule;
	} kinds[] = { { "weekly ", CALENDAR_WEEKLY },
		      { "date ", CALENDAR_DATE },
		      { "but ", CALENDAR_BLACKOUT } };
	AUTO_FREE char *copy = xstrdup(text);
	struct calendar *c = calendar_new();
	char *rest = copy, *part = strsep(&rest, ";");
	struct err err;

	ck_assert_msg(calendar_set_zone(c, part, &err) == 0, "%s", err.msg);
	while ((part = strsep(&rest, ";"))) {
		part += strspn(part, " ");
		for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
			size_t len = strlen(kinds[i].word);

			if (strncmp(part, kinds[i].word, len) == 0)
				ck_assert_msg(calendar_add(c, kinds[i].rule, part + len, &err) == 0,
					      "%s: %s", part, err.msg);
		}
	}
	return c;
}

/* "2026-12-05T21:00:00Z+360 ...": begin and minutes. Yours. */
static char *spans_text(const struct spans *s)
{
	char text[CLOCK_TEXT];
	struct buf b;

	buf_init(&b, 4096);
	for (int i = 0; i < s->count; i++)
		buf_addf(&b, "%s%s+%d", i ? " " : "", clock_format_utc(s->at[i].from_utc_ms, text),
			 (int)((s->at[i].to_utc_ms - s->at[i].from_utc_ms) / MINUTE_MS));
	buf_adds(&b, "");
	return buf_take(&b);
}

/* clang-format off */
static const struct { const char *rules, *from, *to, *open; } rows[] = {
	/* an ordinary night, winter and summer */
	{ "Europe/Berlin; weekly Sat 22:00-04:00", "2026-12-01", "2026-12-08", "2026-12-05T21:00:00Z+360" },
	{ "Europe/Berlin; weekly Sat 22:00-04:00", "2026-07-01", "2026-07-08", "2026-07-04T20:00:00Z+360" },
	/* forward: five hours; one in what the clock passes over: none, or what is left of it */
	{ "Europe/Berlin; weekly Sat 22:00-04:00", "2026-03-28", "2026-03-30", "2026-03-28T21:00:00Z+300" },
	{ "Europe/Berlin; weekly Sun 02:00-02:45", "2026-03-28", "2026-03-30", "" },
	{ "Europe/Berlin; weekly Sun 02:15-03:30", "2026-03-28", "2026-03-30", "2026-03-29T01:00:00Z+30" },
	{ "Europe/Berlin; weekly Sun 01:30-02:30", "2026-03-28", "2026-03-30", "2026-03-29T00:30:00Z+30" },
	/* back: seven hours; what is shown twice counts the first time */
	{ "Europe/Berlin; weekly Sat 22:00-04:00", "2026-10-24", "2026-10-26", "2026-10-24T20:00:00Z+420" },
	{ "Europe/Berlin; weekly Sun 02:00-02:30", "2026-10-24", "2026-10-26", "2026-10-25T00:00:00Z+30" },
	{ "Europe/Berlin; weekly Sun 01:00-02:30", "2026-10-24", "2026-10-26", "2026-10-24T23:00:00Z+90" },
	{ "Europe/Berlin; weekly Sun 02:30-03:00", "2026-10-24", "2026-10-26", "2026-10-25T00:30:00Z+90" },
	{ "America/New_York; weekly Sun 00:00-06:00", "2026-03-08", "2026-03-09", "2026-03-08T05:00:00Z+300" },
	{ "America/New_York; weekly Sun 00:00-06:00", "2026-11-01", "2026-11-02", "2026-11-01T04:00:00Z+420" },
	{ "Australia/Lord_Howe; weekly Sun 01:00-03:00", "2026-04-04", "2026-04-05", "2026-04-04T14:00:00Z+150" },
	{ "Australia/Lord_Howe; weekly Sun 01:00-03:00", "2026-10-03", "2026-10-04", "2026-10-03T14:30:00Z+90" },
	/* days */
	{ "UTC; weekly Mon-Wed, Fri 23:00-24:00", "2026-11-30", "2026-12-07",
	  "2026-11-30T23:00:00Z+60 2026-12-01T23:00:00Z+60 2026-12-02T23:00:00Z+60 2026-12-04T23:00:00Z+60" },
	{ "UTC; weekly saturday-MON 01:00-02:00", "2026-12-04", "2026-12-09",
	  "2026-12-05T01:00:00Z+60 2026-12-06T01:00:00Z+60 2026-12-07T01:00:00Z+60" },
	{ "UTC; weekly 2nd Tue 20:00-23:00", "2026-12-01", "2027-02-01", "2026-12-08T20:00:00Z+180 2027-01-12T20:00:00Z+180" },
	{ "UTC; weekly 1st, 3rd Sun 00:00-01:00", "2026-12-01", "2027-01-01", "2026-12-06T00:00:00Z+60 2026-12-20T00:00:00Z+60" },
	{ "UTC; weekly last Sun 00:00-01:00", "2026-10-01", "2027-01-01",
	  "2026-10-25T00:00:00Z+60 2026-11-29T00:00:00Z+60 2026-12-27T00:00:00Z+60" },
	{ "UTC; weekly daily 23:30-00:30", "2026-12-01", "2026-12-03",
	  "2026-12-01T00:00:00Z+30 2026-12-01T23:30:00Z+60 2026-12-02T23:30:00Z+30" },
	/* what overlaps or touches is one */
	{ "UTC; weekly Sat 20:00-24:00; weekly Sun 00:00-04:00; weekly Sat 23:00-02:00", "2026-12-04", "2026-12-07", "2026-12-05T20:00:00Z+480" },
	{ "UTC; date 2026-12-05; date 2026-12-06 - 2026-12-07", "2026-12-01", "2026-12-31", "2026-12-05T00:00:00Z+4320" },
	{ "UTC; date 2026-12-05 20:00-04:00; date 2026-12-10 06:00 - 2026-12-10 07:30", "2026-12-01", "2026-12-31",
	  "2026-12-05T20:00:00Z+480 2026-12-10T06:00:00Z+90" },
	/* a Z is UTC on whatever clock */
	{ "Asia/Tokyo; date 2026-12-05 20:00Z - 2026-12-05 22:00Z", "2026-12-01", "2026-12-31", "2026-12-05T20:00:00Z+120" },
	{ "Asia/Tokyo; date 2026-12-05 20:00-22:00", "2026-12-01", "2026-12-31", "2026-12-05T11:00:00Z+120" },
	/* blackouts: at the begin, at the end, in the middle, all of it, over several */
	{ "UTC; weekly Sat 20:00-04:00; but 2026-12-05", "2026-12-04", "2026-12-07", "2026-12-06T00:00:00Z+240" },
	{ "UTC; weekly Sat 20:00-04:00; but 2026-12-06", "2026-12-04", "2026-12-07", "2026-12-05T20:00:00Z+240" },
	{ "UTC; weekly Sat 20:00-04:00; but 2026-12-05 22:00-23:00", "2026-12-04", "2026-12-07", "2026-12-05T20:00:00Z+120 2026-12-05T23:00:00Z+300" },
	{ "UTC; weekly Sat 20:00-04:00; but 2026-12-05 - 2026-12-06", "2026-12-04", "2026-12-07", "" },
	{ "UTC; weekly daily 01:00-02:00; but 2026-12-02 01:30 - 2026-12-04 01:30", "2026-12-01", "2026-12-05",
	  "2026-12-01T01:00:00Z+60 2026-12-02T01:00:00Z+30 2026-12-04T01:30:00Z+30" },
	{ "UTC; weekly daily 01:00-03:00; but 2026-12-02 00:00-01:30; but 2026-12-02 02:30-04:00", "2026-12-02", "2026-12-03", "2026-12-02T01:30:00Z+60" },
	/* no windows: always; blackouts alone: but for those */
	{ "UTC", "2026-12-01", "2026-12-02", "2026-12-01T00:00:00Z+1440" },
	{ "UTC; but 2026-12-02", "2026-12-01", "2026-12-04", "2026-12-01T00:00:00Z+1440 2026-12-03T00:00:00Z+1440" },
	{ "UTC; weekly always; weekly Sat 20:00-21:00; but 2026-12-02", "2026-12-01", "2026-12-04", "2026-12-01T00:00:00Z+1440 2026-12-03T00:00:00Z+1440" },
	{ "UTC; weekly never", "2026-12-01", "2026-12-04", "" },
	{ "UTC; weekly never; date 2026-12-02", "2026-12-01", "2026-12-04", "2026-12-02T00:00:00Z+1440" },
	/* cut at both ends */
	{ "UTC; weekly Sat 20:00-04:00", "2026-12-05T22:00:00Z", "2026-12-06T02:00:00Z", "2026-12-05T22:00:00Z+240" },
	{ "Pacific/Kiritimati; weekly Sun 00:00-06:00", "2026-12-05T09:00:00Z", "2026-12-05T20:00:00Z", "2026-12-05T10:00:00Z+360" },
};
/* clang-format on */

START_TEST(what_is_open_when)
{
	struct calendar *c = calendar_of(rows[_i].rules);
	AUTO_FREE char *text = NULL;
	struct spans s;

	calendar_spans(c, at(rows[_i].from), at(rows[_i].to), &s);
	text = spans_text(&s);
	ck_assert_msg(strcmp(text, rows[_i].open) == 0, "%s: %s, not %s", rows[_i].rules, text,
		      rows[_i].open);
	spans_release(&s);
	calendar_free(c);
}
END_TEST

/* clang-format off */
static const struct { enum calendar_rule rule; const char *text; } wrong[] = {
	{ CALENDAR_WEEKLY, "" }, { CALENDAR_WEEKLY, "Sat" }, { CALENDAR_WEEKLY, "22:00-04:00" },
	{ CALENDAR_WEEKLY, "Sat 22:00" }, { CALENDAR_WEEKLY, "Sat 22-04" }, { CALENDAR_WEEKLY, "Sat 25:00-26:00" },
	{ CALENDAR_WEEKLY, "Sat 22:60-23:00" }, { CALENDAR_WEEKLY, "Sat 24:01-04:00" }, { CALENDAR_WEEKLY, "Sat 24:00-04:00" },
	{ CALENDAR_WEEKLY, "Sat 22:00-22:00" }, { CALENDAR_WEEKLY, "Sat 22:00-04:00 x" }, { CALENDAR_WEEKLY, "Samstag 22:00-04:00" },
	{ CALENDAR_WEEKLY, "5th Sat 22:00-04:00" }, { CALENDAR_WEEKLY, "2nd 22:00-04:00" }, { CALENDAR_WEEKLY, "Mon- 22:00-04:00" },
	{ CALENDAR_WEEKLY, "Sat 022:00-04:00" }, { CALENDAR_WEEKLY, "Sat 22:000-04:00" }, { CALENDAR_WEEKLY, "nevr" },
	{ CALENDAR_DATE, "" }, { CALENDAR_DATE, "2026-13-01" }, { CALENDAR_DATE, "2026-02-29" }, { CALENDAR_DATE, "26-12-01" },
	{ CALENDAR_DATE, "2026-12-01 20:00" }, { CALENDAR_DATE, "2026-12-01 20:00 - 2026-12-02" }, { CALENDAR_DATE, "2026-12-02 - 2026-12-01" },
	{ CALENDAR_DATE, "2026-12-01 - 2026-12-02 04:00" }, { CALENDAR_DATE, "2026-12-01 20:00Z - 2026-12-02 04:00" },
	{ CALENDAR_DATE, "2026-12-01 20:00 - 2026-12-01 20:00" }, { CALENDAR_DATE, "Sat 20:00-21:00" }, { CALENDAR_DATE, "2026-12-01x" },
	{ CALENDAR_BLACKOUT, "always" }, { CALENDAR_BLACKOUT, "1969-12-01" },
};
/* clang-format on */

START_TEST(what_is_no_rule_is_said)
{
	struct calendar *c = calendar_new();
	struct err err = { 0 };
	struct spans s;

	ck_assert_msg(calendar_add(c, wrong[_i].rule, wrong[_i].text, &err) == -1, "taken: %s",
		      wrong[_i].text);
	ck_assert_int_eq(err.code, ERR_USAGE);
	ck_assert_ptr_nonnull(strstr(err.msg, "expected "));
	calendar_spans(c, 0, DAY_MS, &s);
	ck_assert_int_eq(s.count, 1);
	spans_release(&s);
	calendar_free(c);
}
END_TEST

START_TEST(the_next_window)
{
	struct calendar *c = calendar_of("Europe/Berlin; weekly Sat 22:00-04:00");
	struct span s;
	char text[CALENDAR_TEXT];

	ck_assert(calendar_next(c, at("2026-12-01"), &s));
	ck_assert_int_eq(s.from_utc_ms, at("2026-12-05T21:00:00Z"));
	ck_assert_int_eq(s.to_utc_ms, at("2026-12-06T03:00:00Z"));
	ck_assert_str_eq(calendar_format(c, s.from_utc_ms, text), "Sat 2026-12-05 22:00");
	/* in its middle; at its end that of the next week */
	ck_assert(calendar_next(c, at("2026-12-06T02:59:59Z"), &s));
	ck_assert_int_eq(s.from_utc_ms, at("2026-12-06T02:59:59Z"));
	ck_assert_int_eq(s.to_utc_ms, at("2026-12-06T03:00:00Z"));
	ck_assert(calendar_next(c, at("2026-12-06T03:00:00Z"), &s));
	ck_assert_int_eq(s.from_utc_ms, at("2026-12-12T21:00:00Z"));
	calendar_free(c);
	c = calendar_of("UTC; date 2026-12-05");
	ck_assert(!calendar_next(c, at("2026-12-06"), &s));
	calendar_free(c);
	c = calendar_of("UTC");
	ck_assert(calendar_next(c, at("2026-12-06"), &s));
	ck_assert_int_eq(s.to_utc_ms - s.from_utc_ms, CALENDAR_DAYS * DAY_MS);
	calendar_free(c);
}
END_TEST

START_TEST(zones_are_known_or_said)
{
	struct err err = { 0 };

	ck_assert_ptr_nonnull(zone_find("UTC", &err));
	ck_assert_ptr_nonnull(zone_find("America/Argentina/Buenos_Aires", &err));
	ck_assert_ptr_null(zone_find("Europe/Berln", &err));
	ck_assert_int_eq(err.code, ERR_USAGE);
	ck_assert_ptr_nonnull(strstr(err.msg, "did you mean 'Europe/Berlin'?"));
	ck_assert_ptr_null(zone_find("", &err));
	ck_assert_ptr_null(zone_find("../../etc/passwd", &err));
	ck_assert_ptr_nonnull(strstr(err.msg, "Europe/Berlin, or UTC"));
	ck_assert_ptr_null(zone_find("\x1b[31m", &err));
	ck_assert_ptr_null(strchr(err.msg, '\x1b'));
}
END_TEST

/* Whatever the clock does, a later time on it is no earlier moment. */
START_TEST(moments_never_go_back)
{
	static const char *const names[] = { "Europe/Berlin",	  "America/New_York",
					     "America/Sao_Paulo", "Australia/Lord_Howe",
					     "Africa/Casablanca", "Asia/Kathmandu",
					     "Pacific/Apia" };
	const struct zone *zone = zone_find(names[_i], NULL);
	int64_t from = at("2026-01-01") / SECOND_MS, last = INT64_MIN;

	ck_assert_ptr_nonnull(zone);
	for (int64_t local = from; local < from + 400 * 86400; local += 900) {
		int64_t utc = zone_first_s(zone, local);

		ck_assert_int_ge(utc, last);
		ck_assert_int_ge(utc + zone_offset_s(zone, utc), local);
		last = utc;
	}
}
END_TEST

UNIT_SUITE(calendar)
{
	Suite *s = suite_create("calendar");
	TCase *c = tcase_create("calendar");

	tcase_set_timeout(c, 60);
	tcase_add_loop_test(c, what_is_open_when, 0, ARRAY_LEN(rows));
	tcase_add_loop_test(c, what_is_no_rule_is_said, 0, ARRAY_LEN(wrong));
	tcase_add_test(c, the_next_window);
	tcase_add_test(c, zones_are_known_or_said);
	tcase_add_loop_test(c, moments_never_go_back, 0, 7);
	suite_add_tcase(s, c);
	return s;
}
