/* Who is in flight: the slowest first, as many as a line has room for; unasked after a long
 * silence, and only then. */
#include "tests/unit/unit.h"

#include <stdint.h>
#include <string.h>

#include "base/clock.h"
#include "scanner/under_way.h"

#define SILENCE_MS (UNDER_WAY_SILENCE_MINUTES * MINUTE_MS)

static void collect(void *ctx, struct in_flights *to)
{
	(void)ctx;
	in_flights_add(to, &(struct in_flight){ "late", "run", 9000, INT64_MAX });
	in_flights_add(to, &(struct in_flight){ "slow", "installing", 1000, 60000 });
	in_flights_add(to, &(struct in_flight){ "second", "connect", 2000, 61000 });
	in_flights_add(to, &(struct in_flight){ "last", "run", 9500, 62000 });
}

START_TEST(the_slowest_are_on_the_line)
{
	struct progress p = { .verb = "scan", .on = true };
	struct under_way u;
	const char *at[3];

	under_way_init(&u, &p, collect, NULL);
	under_way_tick(&u, 10000);
	at[0] = strstr(p.more, "slow: installing until ");
	at[1] = strstr(p.more, "Z, second: connect until ");
	at[2] = strstr(p.more, "Z, late: run");
	ck_assert_msg(at[0] == p.more && at[1] > at[0] && at[2] > at[1], "%s", p.more);
	ck_assert_str_eq(at[2] + 3, "late: run");       /* of that no limit is known */
}
END_TEST

START_TEST(a_long_silence_is_broken)
{
	struct progress p = { .verb = "scan", .begin_ms = 500, .total = 9 };
	struct under_way u;

	under_way_init(&u, &p, collect, NULL);
	under_way_tick(&u, 500 + SILENCE_MS - 1);
	ck_assert_int_eq(u.heard_ms, 500);
	under_way_tick(&u, 500 + SILENCE_MS);
	ck_assert_int_eq(u.heard_ms, 500 + SILENCE_MS);
	under_way_tick(&u, 501 + SILENCE_MS);
	ck_assert_int_eq(u.heard_ms, 500 + SILENCE_MS);         /* not at every tick */
	ck_assert_str_eq(p.more, "");
	p.done = 1;
	under_way_tick(&u, 500 + 2 * SILENCE_MS - 1);
	ck_assert_int_eq(u.heard_ms, 500 + 2 * SILENCE_MS - 1);  /* an end is no silence */
}
END_TEST

UNIT_SUITE(under_way)
{
	Suite *s = suite_create("under_way");
	TCase *tc = tcase_create("under_way");

	tcase_add_test(tc, the_slowest_are_on_the_line);
	tcase_add_test(tc, a_long_silence_is_broken);
	suite_add_tcase(s, tc);
	return s;
}
