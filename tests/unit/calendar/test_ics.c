/* test_ics.c - events of iCalendar files (RFC 5545) as rules. */
#include "../unit.h"

#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "calendar/calendar.h"
#include "calendar/ics.h"

static void add_rule(void *ctx, const char *rule)
{
	struct buf *b = ctx;

	ck_assert_int_eq(buf_addf(b, "%s%s", b->len ? "; " : "", rule), 0);
}

/* What the events of 2026 to 2028 give. Yours; NULL and err. */
static char *rules_of(const char *events, struct err *err)
{
	AUTO_FREE char *text = xasprintf("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\n"
					 "%sEND:VCALENDAR\r\n",
					 events);
	struct span within;
	struct buf b;

	ck_assert(clock_parse_utc("2026-01-01", &within.from_utc_ms) &&
		  clock_parse_utc("2029-01-01", &within.to_utc_ms));
	buf_init(&b, 1 << 20);
	buf_adds(&b, "");
	if (ics_read(text, strlen(text), &within, add_rule, &b, err) == 0)
		return buf_take(&b);
	buf_release(&b);
	return NULL;
}

#define EVENT(lines) "BEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20260101T000000Z\r\n" lines "END:VEVENT\r\n"

/* clang-format off */
static const struct { const char *events, *rules; } rows[] = {
	{ "", "" },
	/* a day, days (their end is not one of them), one without an end */
	{ EVENT("DTSTART;VALUE=DATE:20261225\r\nDTEND;VALUE=DATE:20261226\r\n"), "2026-12-25 - 2026-12-25" },
	{ EVENT("DTSTART;VALUE=DATE:20261220\r\nDTEND;VALUE=DATE:20270107\r\nSUMMARY:Freeze\r\n"), "2026-12-20 - 2027-01-06" },
	{ EVENT("DTSTART;VALUE=DATE:20261225\r\n"), "2026-12-25 - 2026-12-25" },
	/* one that lasts for ever, as people write it, is told as far as it is asked for, and what no clock can show more */
	{ EVENT("DTSTART:20281231T180000Z\r\nDTEND:99991231T235959Z\r\n"), "2028-12-31 18:00Z - 2029-01-02 00:00Z" },
	{ EVENT("DTSTART;VALUE=DATE:20200101\r\nDTEND;VALUE=DATE:99991231\r\n"), "2025-12-31 - 2029-01-01" },
	/* what comes back later than is asked for, or ended before it began */
	{ EVENT("DTSTART;VALUE=DATE:20400101\r\nRRULE:FREQ=YEARLY\r\n"), "" },
	{ EVENT("DTSTART;VALUE=DATE:20260101\r\nRRULE:FREQ=YEARLY;UNTIL=20251231\r\n"), "2026-01-01 - 2026-01-01" },
	{ EVENT("DTSTART;VALUE=DATE:20260101\r\nRRULE:FREQ=YEARLY;UNTIL=20260101\r\n"), "2026-01-01 - 2026-01-01" },
	/* each year, for as long as is asked; one left out; one more */
	{ EVENT("DTSTART;VALUE=DATE:20201225\r\nDTEND;VALUE=DATE:20201227\r\nRRULE:FREQ=YEARLY\r\n"),
	  "2026-12-25 - 2026-12-26; 2027-12-25 - 2027-12-26; 2028-12-25 - 2028-12-26" },
	{ EVENT("DTSTART;VALUE=DATE:20261225\r\nRRULE:FREQ=YEARLY;COUNT=3\r\nEXDATE;VALUE=DATE:20271225\r\n"),
	  "2026-12-25 - 2026-12-25; 2028-12-25 - 2028-12-25" },
	{ EVENT("DTSTART;VALUE=DATE:20261225\r\nRDATE;VALUE=DATE:20270401,20270402\r\n"),
	  "2026-12-25 - 2026-12-25; 2027-04-01 - 2027-04-01; 2027-04-02 - 2027-04-02" },
	/* periods, which have their own length: also where the event has none */
	{ EVENT("DTSTART:20261224T180000Z\r\nDURATION:PT1H\r\n"
		"RDATE;VALUE=PERIOD:20270101T100000Z/PT3H,20270201T100000Z/20270201T110000Z\r\n"),
	  "2026-12-24 18:00Z - 2026-12-24 19:00Z; 2027-01-01 10:00Z - 2027-01-01 13:00Z; 2027-02-01 10:00Z - 2027-02-01 11:00Z" },
	{ EVENT("DTSTART;TZID=Europe/Berlin:20260704T180000\r\nRDATE;TZID=Europe/Berlin;VALUE=PERIOD:20260705T180000/PT2H\r\n"
		"EXDATE;TZID=Europe/Berlin:20260706T180000\r\nRDATE;TZID=Europe/Berlin;VALUE=PERIOD:20260706T180000/PT2H\r\n"),
	  "2026-07-05 16:00Z - 2026-07-05 18:00Z" },
	{ EVENT("DTSTART;TZID=Europe/Berlin:20260704T180000\r\nDURATION:PT1H\r\nRDATE;VALUE=PERIOD:20260705T100000/20260705T123000\r\n"),
	  "2026-07-04 16:00Z - 2026-07-04 17:00Z; 2026-07-05 08:00Z - 2026-07-05 10:30Z" },
	/* one more on the clock of another zone than the event's */
	{ EVENT("DTSTART;TZID=Europe/Berlin:20260704T180000\r\nDURATION:PT1H\r\nRDATE:20260705T100000Z\r\n"
		"RDATE;TZID=America/New_York:20260706T100000\r\n"),
	  "2026-07-04 16:00Z - 2026-07-04 17:00Z; 2026-07-05 10:00Z - 2026-07-05 11:00Z; 2026-07-06 14:00Z - 2026-07-06 15:00Z" },
	/* the last workday of a quarter */
	{ EVENT("DTSTART;VALUE=DATE:20261231\r\nRRULE:FREQ=MONTHLY;INTERVAL=3;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=3\r\n"),
	  "2026-12-31 - 2026-12-31; 2027-03-31 - 2027-03-31; 2027-06-30 - 2027-06-30" },
	/* UTC, a zone of the database, no zone */
	{ EVENT("DTSTART:20261224T180000Z\r\nDTEND:20261224T200000Z\r\n"), "2026-12-24 18:00Z - 2026-12-24 20:00Z" },
	{ EVENT("DTSTART;TZID=Europe/Berlin:20260704T180000\r\nDTEND;TZID=Europe/Berlin:20260704T200000\r\n"),
	  "2026-07-04 16:00Z - 2026-07-04 18:00Z" },
	{ EVENT("DTSTART;TZID=Europe/Berlin:20260704T180000\r\nDURATION:PT90M\r\n"), "2026-07-04 16:00Z - 2026-07-04 17:30Z" },
	{ EVENT("DTSTART:20261224T180000\r\nDTEND:20261224T200030\r\n"), "2026-12-24 18:00 - 2026-12-24 20:01" },
	/* over the night when clocks change: at the same time of its own clock */
	{ EVENT("DTSTART;TZID=Europe/Berlin:20261024T180000\r\nDURATION:PT1H\r\nRRULE:FREQ=DAILY;COUNT=2\r\n"),
	  "2026-10-24 16:00Z - 2026-10-24 17:00Z; 2026-10-25 17:00Z - 2026-10-25 18:00Z" },
	/* called off; before and behind what is asked for; of no length */
	{ EVENT("DTSTART;VALUE=DATE:20261225\r\nSTATUS:CANCELLED\r\n"), "" },
	{ EVENT("DTSTART;VALUE=DATE:20251225\r\n") EVENT("DTSTART;VALUE=DATE:20290101\r\n"), "" },
	{ EVENT("DTSTART:20261224T180000Z\r\n"), "" },
	/* no event */
	{ "BEGIN:VTODO\r\nUID:2\r\nDTSTART;VALUE=DATE:20261225\r\nEND:VTODO\r\n", "" },
};
/* clang-format on */

START_TEST(events_are_rules)
{
	struct err err = { 0 };
	AUTO_FREE char *got = rules_of(rows[_i].events, &err);
	struct calendar *c = calendar_new();
	char *rest, *rule;

	ck_assert_msg(got != NULL, "%s", err.msg);
	ck_assert_str_eq(got, rows[_i].rules);
	/* each is one that a calendar takes */
	rest = got;
	while (*got && (rule = strsep(&rest, ";")))
		ck_assert_msg(calendar_add(c, CALENDAR_BLACKOUT, rule, &err) == 0, "%s", err.msg);
	calendar_free(c);
}
END_TEST

/* clang-format off */
#define TEN(x) x x x x x x x x x x
#define SINCE_LONG_AGO "DTSTART:19700101T000000Z\r\nDURATION:PT1H\r\nSUMMARY:Old\r\nRRULE:FREQ=DAILY;UNTIL=20251231T000000Z\r\n"
#define EVERY_HOUR "DTSTART:20200101T000000Z\r\nDURATION:PT1H\r\nRRULE:FREQ=DAILY;BYHOUR=0,1,2,3,4,5,6,7,8,9,10\r\n"
static const struct { const char *events, *says; } wrong[] = {
	{ EVENT("SUMMARY:Nothing\r\n"), "event 'Nothing': it has no begin" },
	{ EVENT("DTSTART:20261224T180000Z\r\nDURATION:PT1S\r\nSUMMARY:a\\nb\r\nRRULE:FREQ=SECONDLY\r\n"),
	  "event 'a\\nb': it comes back more often than daily" },
	{ EVENT("DTSTART:20261224T180000Z\r\nDURATION:PT1H\r\nRDATE;VALUE=PERIOD:20270101T100000Z\r\n"),
	  "event 'without a name': its RDATE cannot be read" },
	{ EVENT("DTSTART:20261224T180000Z\r\nDURATION:PT1H\r\nRDATE:tomorrow\r\n"),
	  "event 'without a name': its RDATE cannot be read" },
	{ EVENT("DTSTART:20261224T180000Z\r\nDURATION:PT1H\r\nEXDATE:x\r\n"), "event 'without a name': its EXDATE cannot be read" },
	{ EVENT("DTSTART:20261224T180000Z\r\nDURATION:PT1H\r\nRRULE:FREQ=SOMETIMES\r\n"), "event 'without a name': its RRULE cannot be read" },
	{ EVENT("DTSTART:20261224T180000Z\r\nDTEND:never\r\n"), "event 'without a name': its DTEND cannot be read" },
	{ EVENT(EVERY_HOUR), "more than 5000 events" },
	{ TEN(TEN(EVENT(SINCE_LONG_AGO))), "event 'Old': it comes back, or is called off, too often" },
	{ EVENT("DTSTART:19691231T000000Z\r\nSUMMARY:Older\r\nRRULE:FREQ=DAILY\r\n"),
	  "event 'Older': it comes back since before 1970" },
	/* a day that no year has would cost centuries each time */
	{ EVENT("DTSTART;VALUE=DATE:20260101\r\nSUMMARY:Never\r\nRRULE:FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30\r\n"),
	  "event 'Never': its RRULE says no day" },
};
/* clang-format on */

START_TEST(what_cannot_be_read_is_said)
{
	struct err err = { 0 };

	ck_assert_ptr_null(rules_of(wrong[_i].events, &err));
	ck_assert_int_eq(err.code, ERR_USAGE);
	ck_assert_str_eq(err.msg, wrong[_i].says);
}
END_TEST

START_TEST(other_files_are_none)
{
	static const char *const texts[] = { "", "hello", "BEGIN:VCARD\r\nEND:VCARD\r\n",
					     "BEGIN:VCALENDAR\r\n\0END:VCALENDAR\r\n" };
	static const size_t lens[] = { 0, 5, 25, 33 };
	const struct span day = { 0, DAY_MS };
	struct err err = { 0 };

	ck_assert_int_eq(ics_read(texts[_i], lens[_i], &day, add_rule, NULL, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.msg, "no iCalendar file"));
}
END_TEST

UNIT_SUITE(ics)
{
	Suite *s = suite_create("ics");
	TCase *c = tcase_create("ics");

	tcase_add_loop_test(c, events_are_rules, 0, ARRAY_LEN(rows));
	tcase_add_loop_test(c, what_cannot_be_read_is_said, 0, ARRAY_LEN(wrong));
	tcase_add_loop_test(c, other_files_are_none, 0, 4);
	suite_add_tcase(s, c);
	return s;
}
