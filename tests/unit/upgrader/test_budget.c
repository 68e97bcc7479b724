/* test_budget.c - limits as typed, the exact number that ends them, what most have in common. */
#include "tests/unit/unit.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "upgrader/upgrader.h"

/* clang-format off */
static const struct { const char *text; int hosts, want; } limits[] = {
	{ "1", 40, 1 }, { "2", 40, 2 }, { "100000", 1, 100000 },
	{ "5%", 40, 2 }, { "5%", 41, 3 }, { "5%", 20, 1 }, { "5%", 21, 2 }, { "5%", 10, 1 },
	{ "5%", 1, 1 }, { "5%", 0, 1 }, { "100%", 7, 7 }, { "1%", 100, 1 }, { "1%", 101, 2 },
	{ "33%", 3, 1 }, { "34%", 3, 2 },
};

static const char *const wrong[] = { "", "0", "0%", "101%", "100001", "-1", "+1", " 1", "1 ", "5 %",
				     "%", "5%%", "1.5%", "many", "99999999999999999999" };

static const struct { const char *label, *text[6]; int times; const char *want; } causes[] = {
	{ "none",                    { NULL },                               0, NULL },
	{ "one is no majority",      { "a" },                                0, NULL },
	{ "two alike",               { "a", "a" },                           2, "a" },
	{ "two that differ",         { "a", "b" },                           0, NULL },
	{ "half is not most",        { "a", "b", "a", "c" },                 0, NULL },
	{ "two of three",            { "b", "a", "b" },                      2, "b" },
	{ "most of five, scattered", { "a", "b", "a", "c", "a" },            3, "a" },
	{ "at the end",              { "b", "c", "a", "a", "a" },            3, "a" },
};
/* clang-format on */

START_TEST(the_number_that_ends_it_is_exact)
{
	struct budget b;
	char text[BUDGET_TEXT];

	ck_assert_msg(budget_expected(limits[_i].text, &b) == NULL, "%s", limits[_i].text);
	ck_assert_msg(budget_of(b, limits[_i].hosts) == limits[_i].want, "%s of %d: %d",
		      limits[_i].text, limits[_i].hosts, budget_of(b, limits[_i].hosts));
	ck_assert_str_eq(budget_text(b, text), limits[_i].text);
}
END_TEST

START_TEST(what_is_no_limit_is_refused)
{
	struct budget b = { .number = 7 };

	ck_assert_msg(budget_expected(wrong[_i], &b) != NULL, "'%s'", wrong[_i]);
	ck_assert_int_eq(b.number, 7);
}
END_TEST

START_TEST(no_limit_is_none)
{
	char text[BUDGET_TEXT];

	ck_assert_int_eq(budget_of((struct budget){ 0 }, 100), 0);
	ck_assert_str_eq(budget_text((struct budget){ 0 }, text), "none");
}
END_TEST

START_TEST(most_have_it_in_common)
{
	int count = 0, times = 0;
	const char *got;

	while (count < 6 && causes[_i].text[count])
		count++;
	got = budget_common(causes[_i].text, count, &times);
	ck_assert_msg(causes[_i].want ? got && strcmp(got, causes[_i].want) == 0 : !got, "%s: %s",
		      causes[_i].label, got ? got : "nothing");
	ck_assert_int_eq(times, causes[_i].times);
}
END_TEST

/* clang-format off */
/* Of 40 hosts, begun with first 2, parallel 10, 5% failures, promote 50%, soak 1 h, 4 a site; and what
 * is otherwise when it goes on. */
static const struct {
	struct upgrade_terms now;
	const char *want;
} loosened[] = {
	{ { .first = 2 }, NULL },
	{ { .first = 1 }, "first" },                    { { .first = 3 }, NULL },
	{ { .parallel = 11 }, "parallel" },             { { .parallel = 9 }, NULL },
	{ { .max_failures = { .number = 2 } }, NULL },
	{ { .max_failures = { .number = 3 } }, "max-failures" },
	{ { .max_failures = { .percent = 6 } }, "max-failures" },
	{ { .max_unreachable = { .number = 1 } }, NULL },
	{ { .max_slow = { .percent = 99 } }, NULL },
	{ { .max_consecutive = 2 }, NULL },
	{ { .promote = { .percent = 47 } }, "promote" },
	{ { .promote = { .number = 20 } }, NULL },      { { .promote = { .number = 19 } }, "promote" },
	{ { .promote = { .percent = 47 }, .promote_confirmed = true }, "promote" },
	{ { .promote = { .percent = 50 }, .promote_confirmed = true }, NULL },
	{ { .soak = HOUR_MS - 1 }, "soak" },            { { .soak = HOUR_MS + 1 }, NULL },
	{ { .per_site = 5 }, "per-site" },              { { .per_site = 3 }, NULL },
	{ { .ignore_windows = true }, "ignore-windows" },
};
/* clang-format on */

/* Half of its second wave had nothing to be done. */
static const struct shares_of forty = { 40, { [1] = { 40, 0 } } };
static const struct shares_of waves = { 20, { [1] = { 2, 0 }, [2] = { 38, 20 } } };

static struct budget other(struct budget was, struct budget now)
{
	return now.number || now.percent ? now : was;
}

START_TEST(what_is_less_careful_is_told)
{
	const struct upgrade_terms begun = { .first = 2,
					     .parallel = 10,
					     .max_failures.percent = 5,
					     .promote.percent = 50,
					     .soak = HOUR_MS,
					     .per_site = 4 };
	const struct upgrade_terms *with = &loosened[_i].now;
	struct upgrade_terms now = begun;

	now.first = with->first ? with->first : now.first;
	now.parallel = with->parallel ? with->parallel : now.parallel;
	now.per_site = with->per_site ? with->per_site : now.per_site;
	now.soak = with->soak ? with->soak : now.soak;
	now.max_failures = other(now.max_failures, with->max_failures);
	now.max_unreachable = other(now.max_unreachable, with->max_unreachable);
	now.max_slow = other(now.max_slow, with->max_slow);
	now.max_consecutive = with->max_consecutive;
	now.promote = other(now.promote, with->promote);
	now.promote_confirmed = with->promote_confirmed;
	now.ignore_windows = with->ignore_windows;
	ck_assert_pstr_eq(upgrade_terms_loosened(&begun, &now, &forty), loosened[_i].want);
}
END_TEST

/* By whatever share. */
START_TEST(upgraded_is_less_than_confirmed)
{
	const struct upgrade_terms begun = { .promote.percent = 50, .promote_confirmed = true };
	struct upgrade_terms now = { .promote.percent = 100 };

	ck_assert_pstr_eq(upgrade_terms_loosened(&begun, &now, &forty), "promote");
	now.promote_confirmed = true;
	ck_assert_pstr_eq(upgrade_terms_loosened(&begun, &now, &forty), NULL);
}
END_TEST

/* Shares are of what the scheduler takes them of, and end at whole hosts as there. */
static const struct { struct budget begun, now; bool loosened; } shares[] = {
	{ { .percent = 5 }, { .number = 1 }, false },
	{ { .percent = 5 }, { .number = 2 }, true },
	{ { .percent = 11 }, { .number = 3 }, false },
	{ { .percent = 11 }, { .number = 4 }, true },
	{ { .number = 2 }, { .percent = 10 }, false },
	{ { .number = 2 }, { .percent = 11 }, true },
};

START_TEST(a_share_is_the_schedulers)
{
	const struct upgrade_terms begun = { .max_failures = shares[_i].begun };
	const struct upgrade_terms now = { .max_failures = shares[_i].now };

	ck_assert_pstr_eq(upgrade_terms_loosened(&begun, &now, &waves),
			  shares[_i].loosened ? "max-failures" : NULL);
}
END_TEST

/* Of each wave by itself: 50% are 1 and 19, or 1 and 9 of those to be confirmed. */
static const struct { struct budget begun, now; bool confirmed, loosened; } promotes[] = {
	{ { .percent = 50 }, { .number = 19 }, false, false },
	{ { .percent = 50 }, { .number = 18 }, false, true },
	{ { .number = 1 }, { .percent = 1 }, false, false },
	{ { .number = 2 }, { .percent = 99 }, false, false },
	{ { .number = 2 }, { .percent = 50 }, false, true },
	{ { 0 }, { .percent = 97 }, false, true },
	{ { .percent = 50 }, { .number = 9 }, true, false },
	{ { .percent = 50 }, { .number = 8 }, true, true },
};

START_TEST(each_wave_is_looked_at)
{
	const struct upgrade_terms begun = { .promote = promotes[_i].begun,
					     .promote_confirmed = promotes[_i].confirmed };
	const struct upgrade_terms now = { .promote = promotes[_i].now,
					   .promote_confirmed = promotes[_i].confirmed };

	ck_assert_pstr_eq(upgrade_terms_loosened(&begun, &now, &waves),
			  promotes[_i].loosened ? "promote" : NULL);
}
END_TEST

START_TEST(no_limit_is_the_loosest)
{
	struct upgrade_terms begun = { .max_failures.number = 2 }, now = { .per_site = 1 };

	ck_assert_pstr_eq(upgrade_terms_loosened(&begun, &now, &forty), "max-failures");
	ck_assert_pstr_eq(upgrade_terms_loosened(&now, &begun, &forty), NULL);
	now.max_failures = begun.max_failures;
	begun.max_consecutive = 2;
	now.max_consecutive = 3;
	ck_assert_pstr_eq(upgrade_terms_loosened(&begun, &now, &forty), "max-consecutive");
	now.max_consecutive = 2;
	begun.max_slow.percent = 10;
	ck_assert_pstr_eq(upgrade_terms_loosened(&begun, &now, &forty), "max-slow");
	now.max_slow.number = 4;
	begun.promote.percent = 100;
	ck_assert_pstr_eq(upgrade_terms_loosened(&now, &begun, &forty), NULL);
	ck_assert_pstr_eq(upgrade_terms_loosened(&begun, &now, &forty), NULL);
}
END_TEST

UNIT_SUITE(budget)
{
	Suite *s = suite_create("budget");
	TCase *tc = tcase_create("budget");

	tcase_add_loop_test(tc, the_number_that_ends_it_is_exact, 0, (int)ARRAY_LEN(limits));
	tcase_add_loop_test(tc, what_is_no_limit_is_refused, 0, (int)ARRAY_LEN(wrong));
	tcase_add_test(tc, no_limit_is_none);
	tcase_add_loop_test(tc, most_have_it_in_common, 0, (int)ARRAY_LEN(causes));
	tcase_add_loop_test(tc, what_is_less_careful_is_told, 0, (int)ARRAY_LEN(loosened));
	tcase_add_test(tc, upgraded_is_less_than_confirmed);
	tcase_add_loop_test(tc, a_share_is_the_schedulers, 0, ARRAY_LEN(shares));
	tcase_add_loop_test(tc, each_wave_is_looked_at, 0, ARRAY_LEN(promotes));
	tcase_add_test(tc, no_limit_is_the_loosest);
	suite_add_tcase(s, tc);
	return s;
}
