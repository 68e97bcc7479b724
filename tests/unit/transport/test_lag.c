/* test_lag.c - for how long a loop did not listen, by a clock in the test's hand. */
#include "tests/unit/unit.h"
#include "transport/lag.h"

enum { FOR_EVER = -1 };

static const struct {
	const char *label;
	int64_t busy_ms, timeout_ms, slept_ms, since_ms, want;
} rounds[] = {
	{ "nothing to do, woken by a descriptor", 0, 1000, 400, 0, 0 },
	{ "woken by its timer", 0, 1000, 1000, 0, 0 },
	{ "worked for others before it listened", 2500, 0, 0, 0, 2500 },
	{ "and for others behind it", 2500, 0, 3, 100, 2600 + 3 },
	{ "no CPU: the timer came late", 0, 200, 16200, 0, 16000 },
	{ "no timer: nobody can tell", 0, FOR_EVER, 16200, 0, 0 },
	{ "both", 300, 200, 1200, 40, 300 + 1000 + 40 },
};

START_TEST(what_was_not_listened_to_is_away)
{
	struct lag l = { .begun = false };
	int64_t now = 5000;

	ck_assert_int_eq(lag_away_ms(&l, now), 0);
	ck_assert(lag_listened_since(&l, now));
	lag_listen(&l, now, 0);
	lag_heard(&l, now);
	ck_assert_int_eq(lag_away_ms(&l, now), 0);
	now += rounds[_i].busy_ms;
	lag_listen(&l, now, rounds[_i].timeout_ms);
	now += rounds[_i].slept_ms;
	lag_heard(&l, now);
	lag_heard(&l, now + 77);        /* once a round counts */
	now += rounds[_i].since_ms;
	ck_assert_msg(lag_away_ms(&l, now) == rounds[_i].want, "%s: %lld", rounds[_i].label,
		      (long long)lag_away_ms(&l, now));
}
END_TEST

START_TEST(it_listened_when_it_began_to_and_woke)
{
	struct lag l = { .begun = false };

	lag_listen(&l, 1000, 500);
	lag_heard(&l, 1400);
	ck_assert(lag_listened_since(&l, 1000));
	ck_assert(!lag_listened_since(&l, 1001));
	lag_listen(&l, 9000, 0);
	ck_assert(!lag_listened_since(&l, 1001));
	lag_heard(&l, 9000);
	ck_assert(lag_listened_since(&l, 9000));
}
END_TEST

/* Stopped for 16 s while it listened; the signal that let it go ended that, and told nothing. */
START_TEST(what_a_signal_cut_is_told_by_the_next)
{
	struct lag l = { .begun = false };

	lag_listen(&l, 1000, 200);
	lag_heard(&l, 17200);
	ck_assert_int_eq(lag_away_ms(&l, 17200), 16000);
	lag_listen(&l, 17210, 0);
	lag_heard(&l, 17210);
	ck_assert_int_eq(lag_away_ms(&l, 17210), 16010);
	lag_listen(&l, 17220, 0);
	lag_heard(&l, 17220);
	ck_assert_int_eq(lag_away_ms(&l, 17220), 10);
}
END_TEST

UNIT_SUITE(lag)
{
	Suite *s = suite_create("lag");
	TCase *tc = tcase_create("lag");

	tcase_add_loop_test(tc, what_was_not_listened_to_is_away, 0,
			    (int)(sizeof(rounds) / sizeof(rounds[0])));
	tcase_add_test(tc, it_listened_when_it_began_to_and_woke);
	tcase_add_test(tc, what_a_signal_cut_is_told_by_the_next);
	suite_add_tcase(s, tc);
	return s;
}
