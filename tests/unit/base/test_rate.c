/* test_rate.c - whoever shares a rate sends no more than it, in whatever pieces. */
#include "../unit.h"

#include "base/mem.h"
#include "base/rate.h"

static const struct { const char *text; int64_t want; } words[] = {
	{ "1", 1 },         { "500K", 500000 },      { "10M", 10000000 },
	{ "2G", 2000000000 }, { "100G", INT64_C(100000000000) }, { "100000000000", INT64_C(100000000000) },
	{ "101G", 0 },      { "0", 0 },              { "", 0 },
	{ "-1", 0 },        { "10m", 0 },            { "10MB", 0 },
	{ "1.5M", 0 },      { "M", 0 },              { "9999999999999", 0 },
	{ "999999999999G", 0 },
};

START_TEST(rates_are_written_with_their_unit)
{
	int64_t got = 0;
	const char *expected = rate_expected(words[_i].text, &got);

	ck_assert_msg(!expected == (words[_i].want != 0) && got == words[_i].want, "%s: %lld",
		      words[_i].text, (long long)got);
}
END_TEST

START_TEST(without_a_rate_nobody_waits)
{
	struct rate r = { 0 };

	for (int i = 0; i < 10; i++)
		ck_assert_int_eq(rate_take(&r, 1 << 30, 1000), 0);
}
END_TEST

/* Four take turns, as fast as they are let. */
START_TEST(all_together_keep_to_it)
{
	static const size_t lens[] = { 1, 1000, 250000, 4 << 20 };
	struct rate r = { .bytes_s = 1000000 };
	int64_t go_ms[4] = { 0 }, sent = 0, now = 0;
	size_t len = lens[_i];

	for (int i = 0; i < 400; i++) {
		int who = i % 4;

		now = go_ms[who] > now ? go_ms[who] : now;
		sent += (int64_t)len;
		go_ms[who] = now + rate_take(&r, len, now);
		/* what is let go by then, but for the piece of each that begins now */
		ck_assert_int_ge(r.free_us, sent * 999 / 1000);
		ck_assert_int_le(r.free_us, sent + 1000 * (i + 1));
	}
}
END_TEST

START_TEST(a_pause_saves_nothing_up)
{
	struct rate r = { .bytes_s = 1000 };

	ck_assert_int_eq(rate_take(&r, 500, 1000), 0);
	ck_assert_int_eq(rate_take(&r, 500, 1000), 500);
	ck_assert_int_eq(rate_take(&r, 500, 100000), 0);
	ck_assert_int_eq(rate_take(&r, 500, 100000), 500);
	ck_assert_int_eq(rate_take(&r, 1, 100001), 999);
}
END_TEST

UNIT_SUITE(rate)
{
	Suite *s = suite_create("rate");
	TCase *tc = tcase_create("rate");

	tcase_add_loop_test(tc, rates_are_written_with_their_unit, 0, ARRAY_LEN(words));
	tcase_add_test(tc, without_a_rate_nobody_waits);
	tcase_add_loop_test(tc, all_together_keep_to_it, 0, 4);
	tcase_add_test(tc, a_pause_saves_nothing_up);
	suite_add_tcase(s, tc);
	return s;
}
