/* test_slot.c - when a host may be begun: by its windows, and how long it is expected to take. */
#include "tests/unit/unit.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "upgrader/slot.h"

static int64_t at(const char *text)
{
	int64_t ms;

	ck_assert_msg(clock_parse_utc(text, &ms), "%s", text);
	return ms;
}

/* clang-format off */
static const struct {
	const char *weekly, *now, *until; int needs_min; enum slot slot; const char *begins, *says;
} rows[] = {
	/* in the middle, at the begin, at the end: it must fit into what is left, to the millisecond */
	{ "Sat 22:00-04:00", "2026-12-05T23:00:00Z", "2026-12-05T23:00:00Z", 60, SLOT_NOW, "2026-12-05T23:00:00Z",
	  "its window is open until Sun 2026-12-06 04:00 UTC" },
	{ "Sat 22:00-04:00", "2026-12-05T22:00:00Z", "2026-12-05T22:00:00Z", 360, SLOT_NOW, "2026-12-05T22:00:00Z", NULL },
	{ "Sat 22:00-04:00", "2026-12-06T03:00:00Z", "2026-12-06T03:00:00Z", 60, SLOT_NOW, "2026-12-06T03:00:00Z", NULL },
	{ "Sat 22:00-04:00", "2026-12-06T03:00:01Z", "2026-12-06T12:00:00Z", 60, SLOT_NONE, "2026-12-12T22:00:00Z",
	  "its next window of 1 h or more opens Sat 2026-12-12 22:00 UTC" },
	/* before it: waited for where it opens in time */
	{ "Sat 22:00-04:00", "2026-12-05T21:00:00Z", "2026-12-05T22:00:00Z", 60, SLOT_LATER, "2026-12-05T22:00:00Z",
	  "its next window of 1 h or more opens Sat 2026-12-05 22:00 UTC" },
	{ "Sat 22:00-04:00", "2026-12-05T21:00:00Z", "2026-12-05T21:59:59Z", 60, SLOT_NONE, "2026-12-05T22:00:00Z", NULL },
	/* one that is too short is none; where all are, there is none */
	{ "Sat 22:00-22:30; Sun 02:00-04:00", "2026-12-05T21:00:00Z", "2026-12-06T12:00:00Z", 60, SLOT_LATER, "2026-12-06T02:00:00Z", NULL },
	{ "Sat 22:00-22:30", "2026-12-05T21:00:00Z", "2027-12-05T21:00:00Z", 60, SLOT_NONE, NULL,
	  "it has no window of 1 h or more in the next 400 days" },
	{ "never", "2026-12-05T21:00:00Z", "2027-12-05T21:00:00Z", 1, SLOT_NONE, NULL, NULL },
	{ "always", "2026-12-05T21:00:00Z", "2026-12-05T21:00:00Z", 60, SLOT_NOW, "2026-12-05T21:00:00Z", NULL },
};
/* clang-format on */

START_TEST(a_host_begins_where_its_upgrade_fits)
{
	AUTO_FREE char *rules = xstrdup(rows[_i].weekly);
	struct calendar *c = calendar_new();
	struct slot_wish wish = { .calendar = c,
				  .needs_ms = rows[_i].needs_min * MINUTE_MS,
				  .until_utc_ms = at(rows[_i].until) };
	char text[SLOT_TEXT], *rest = rules;
	struct span found;
	struct err err;

	for (char *rule; (rule = strsep(&rest, ";"));)
		ck_assert_msg(calendar_add(c, CALENDAR_WEEKLY, rule + strspn(rule, " "), &err) == 0,
			      "%s", err.msg);
	ck_assert_int_eq(slot_find(&wish, at(rows[_i].now), &found), rows[_i].slot);
	ck_assert_int_eq(found.from_utc_ms, rows[_i].begins ? at(rows[_i].begins) : 0);
	if (rows[_i].says)
		ck_assert_str_eq(slot_text(rows[_i].slot, &wish, &found, text), rows[_i].says);
	calendar_free(c);
}
END_TEST

START_TEST(without_windows_it_begins_at_any_time)
{
	struct slot_wish wish = { .needs_ms = 1000 * DAY_MS };
	char text[SLOT_TEXT];
	struct span found;

	ck_assert_int_eq(slot_find(&wish, at("2026-12-05"), &found), SLOT_NOW);
	ck_assert_str_eq(slot_text(SLOT_NOW, &wish, &found, text), "");
}
END_TEST

UNIT_SUITE(slot)
{
	Suite *s = suite_create("slot");
	TCase *c = tcase_create("slot");

	tcase_add_loop_test(c, a_host_begins_where_its_upgrade_fits, 0, ARRAY_LEN(rows));
	tcase_add_test(c, without_windows_it_begins_at_any_time);
	suite_add_tcase(s, c);
	return s;
}
