/* test_nagios_range.c - ranges by the Monitoring Plugins Development Guidelines: their table of
 * examples, and what is none. */
#include "reports/nagios_range.h"
#include "base/mem.h"
#include "tests/unit/unit.h"

/* clang-format off */
static const struct { const char *text; double rings[3], quiet[3]; } ranges[] = {
	{ "10",     { -0.1, 10.1, 100 }, { 0, 5, 10 } },
	{ "10:",    { 9.9, 0, -1 },      { 10, 11, 1e9 } },
	{ "~:10",   { 10.1, 11, 1e9 },   { 10, -1e9, 0 } },
	{ "10:20",  { 9.9, 20.1, 0 },    { 10, 15, 20 } },
	{ "@10:20", { 10, 15, 20 },      { 9.9, 20.1, 0 } },
	{ ":20",    { -1, 20.1, 21 },    { 0, 1, 20 } },
	{ "97.5:",  { 97.4, 97.49, 0 },  { 97.5, 98, 100 } },
	{ "-5:5",   { -5.1, 5.1, 6 },    { -5, 0, 5 } },
	{ "@95",    { 0, 95, 50 },       { 95.1, 100, -1 } },
};
static const char *const none[] = { "@", "-", ".", "~", "~10", "1e3", "10 ", "0x10", "10::", "20:10", "1.2.3:",
				    "~:~", "-1", "9999999999", "10:x", "@@1", "--1:", "1,5:" };
/* clang-format on */

START_TEST(a_range_rings_where_the_guidelines_say)
{
	struct range range;

	ck_assert(range_is_meant(ranges[_i].text) &&
		  range_parse(ranges[_i].text, &range, NULL) == 0);
	for (int i = 0; i < 3; i++) {
		ck_assert_msg(range_rings(&range, ranges[_i].rings[i]), "%s of %g", ranges[_i].text,
			      ranges[_i].rings[i]);
		ck_assert_msg(!range_rings(&range, ranges[_i].quiet[i]), "%s of %g",
			      ranges[_i].text, ranges[_i].quiet[i]);
	}
}
END_TEST

START_TEST(other_texts_are_no_range)
{
	struct range range;

	ck_assert_msg(range_parse(none[_i], &range, NULL) < 0, "%s", none[_i]);
}
END_TEST

START_TEST(where_none_was_given_none_rings)
{
	ck_assert(!range_rings(&(struct range){ .inside = true }, 50));
	ck_assert(!range_is_meant("outdated") && !range_is_meant(""));
}
END_TEST

UNIT_SUITE(nagios_range)
{
	Suite *s = suite_create("nagios_range");
	TCase *tc = tcase_create("nagios_range");

	tcase_add_loop_test(tc, a_range_rings_where_the_guidelines_say, 0, ARRAY_LEN(ranges));
	tcase_add_loop_test(tc, other_texts_are_no_range, 0, ARRAY_LEN(none));
	tcase_add_test(tc, where_none_was_given_none_rings);
	suite_add_tcase(s, tc);
	return s;
}
