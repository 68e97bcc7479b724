/* test_waves.c - lists of waves as typed, and which host comes in which. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "upgrader/waves.h"

enum { HOSTS = 20 };

static const char *const lists[] = { "100%", "5%,25%,100%", "1,10,100%", "3", "1,2" };
static const char *const wrong[] = { "",	  ",",	   "5%,",     "5%,5%", "25%,5%", "10,10",
				     "10,5", "5%,10", "101%", "0",	   "1, 2",   "a" };

/* clang-format off */
/* A letter a host to be changed, that of its release; lower case: nothing for others, as it is not
 * ordinary; ?: neither is its release known; *: it is asked for as a canary; .: not to be changed. */
static const struct { const char *label, *hosts, *list, *want; } deals[] = {
	{ "nothing",                            "..",         NULL,        ".." },
	{ "one of each release, then all",      "AABAB",      NULL,        "12122" },
	{ "an ordinary one",                    "aABb",       NULL,        "2112" },
	{ "a release without one",              "aABcc",      NULL,        "21122" },
	{ "no ordinary one at all",             "aabb",       NULL,        "1111" },
	{ "no release known",                   "????",       NULL,        "1111" },
	{ "all are canaries",                   "ABC",        NULL,        "111" },
	{ "those that are not to be changed",   ".A.AB.",     NULL,        ".1.21." },
	{ "canaries that are asked for",        "AA*B*",      NULL,        "22121" },
	{ "shares of all",                      "AAAAAAAAAA", "20%,50%",   "1233344444" },
	{ "ends of waves count from the first", "AAAA",       "50%,100%",  "1233" },
	{ "a wave that canaries fill",          "ABCDAAAAAA", "10%,100%",  "1111222222" },
	{ "and fill exactly",                   "ABAA",       "50%,100%",  "1122" },
	{ "numbers",                            "AAAAAAAAAA", "2,5,100%",  "1233344444" },
	{ "the rest is one more",               "????",       "1,2",       "1233" },
	{ "more than there are",                "???",        "2,50",      "112" },
};
/* clang-format on */

START_TEST(a_list_is_read_and_told)
{
	struct waves w;
	char text[WAVES_TEXT];

	ck_assert_ptr_null(waves_expected(lists[_i], &w));
	ck_assert_str_eq(waves_text(&w, text), lists[_i]);
}
END_TEST

START_TEST(what_does_not_grow_is_refused)
{
	struct waves w = { .count = 7 };

	ck_assert_msg(waves_expected(wrong[_i], &w) != NULL, "'%s'", wrong[_i]);
	ck_assert_int_eq(w.count, 7);
}
END_TEST

START_TEST(a_list_has_an_end)
{
	struct waves w;
	char text[WAVES_TEXT] = "1";

	for (int i = 2; i <= WAVES_MAX; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), ",%d", i);
	ck_assert_ptr_null(waves_expected(text, &w));
	snprintf(text + strlen(text), sizeof(text) - strlen(text), ",%d", WAVES_MAX + 1);
	ck_assert_ptr_nonnull(waves_expected(text, &w));
}
END_TEST

START_TEST(hosts_are_dealt_to_waves)
{
	struct wave_host host[HOSTS] = { { .changes = false } };
	struct waves w = { .count = 0 };
	char got[HOSTS + 1] = "";
	int count = (int)strlen(deals[_i].hosts), waves, last = 0;

	if (deals[_i].list)
		ck_assert_ptr_null(waves_expected(deals[_i].list, &w));
	for (int i = 0; i < count; i++) {
		char c = deals[_i].hosts[i];
		bool upper = c >= 'A' && c <= 'Z';

		host[i] = (struct wave_host){ .changes = c != '.',
					      .canary = c == '*',
					      .ordinary = upper,
					      .release = c == '?' || c == '*' ? 0 : c & 31 };
	}
	waves = waves_deal(&w, host, count);
	for (int i = 0; i < count; i++) {
		got[i] = (char)(host[i].wave ? '0' + host[i].wave : '.');
		last = host[i].wave > last ? host[i].wave : last;
	}
	ck_assert_msg(strcmp(got, deals[_i].want) == 0, "%s: %s", deals[_i].label, got);
	ck_assert_int_eq(waves, last);
}
END_TEST

/* clang-format off */
static const struct { const char *text, *again; int number, percent; bool confirmed; } promotions[] = {
	{ "5", "5", 5, 0, false },                      { "90%", "90%", 0, 90, false },
	{ "5:confirmed", "5:confirmed", 5, 0, true },   { "90%:confirmed", "90%:confirmed", 0, 90, true },
	{ "confirmed", "100%:confirmed", 0, 100, true },
	{ "", NULL, 0, 0, false },          { ":confirmed", NULL, 0, 0, false },    { "0", NULL, 0, 0, false },
	{ "101%:confirmed", NULL, 0, 0, false },        { "90%:", NULL, 0, 0, false },
	{ "90%:Confirmed", NULL, 0, 0, false },         { "confirmed:5", NULL, 0, 0, false },
	{ "11111111111111111111:confirmed", NULL, 0, 0, false },
};
/* clang-format on */

START_TEST(a_wave_is_promoted_by_a_share_of_those_that_are_good)
{
	struct budget b = { 0 };
	bool confirmed = false;
	char text[PROMOTE_TEXT];
	bool good = !promote_expected(promotions[_i].text, &b, &confirmed);

	ck_assert_int_eq(good, promotions[_i].again != NULL);
	ck_assert_int_eq(b.number, promotions[_i].number);
	ck_assert_int_eq(b.percent, promotions[_i].percent);
	ck_assert_int_eq(confirmed, promotions[_i].confirmed);
	if (good)
		ck_assert_str_eq(promote_text(b, confirmed, text), promotions[_i].again);
}
END_TEST

UNIT_SUITE(waves)
{
	Suite *s = suite_create("waves");
	TCase *tc = tcase_create("waves");

	tcase_add_loop_test(tc, a_list_is_read_and_told, 0, (int)ARRAY_LEN(lists));
	tcase_add_loop_test(tc, what_does_not_grow_is_refused, 0, (int)ARRAY_LEN(wrong));
	tcase_add_test(tc, a_list_has_an_end);
	tcase_add_loop_test(tc, hosts_are_dealt_to_waves, 0, (int)ARRAY_LEN(deals));
	tcase_add_loop_test(tc, a_wave_is_promoted_by_a_share_of_those_that_are_good, 0,
			    (int)ARRAY_LEN(promotions));
	suite_add_tcase(s, tc);
	return s;
}
