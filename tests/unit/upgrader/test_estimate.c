/* test_estimate.c - how long a host is expected to take: by its own upgrades, by those of its site,
 * by all, or nothing is known; and that its window has to last as long. */
#include "tests/unit/unit.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "scanner/policy/policy_store.h"
#include "tests/unit/store/fixture.h"
#include "upgrader/estimate.h"
#include "upgrader/run.h"

enum { NORTH = 20, HOSTS = NORTH + 4 };

static struct store *s;
static struct upgrade_terms terms;
static char name[HOSTS][16];

/* n1 to n21 stand in the north, the others nowhere: twice (two upgrades), weekend (one), new. */
static void begin(void)
{
	static const char *const others[] = { "twice", "weekend", "new" };
	struct store_host host[HOSTS];
	struct tx *tx = tx_new();

	s = temp_store();
	upgrade_terms_default(&terms);
	for (int i = 0; i < HOSTS; i++) {
		bool north = i <= NORTH;

		snprintf(name[i], sizeof(name[i]), "n%d", i + 1);
		if (!north)
			snprintf(name[i], sizeof(name[i]), "%s", others[i - NORTH - 1]);
		host[i] = (struct store_host){ .name = name[i],
					       .address = "",
					       .owner = "",
					       .site = north ? "north" : "",
					       .vault = "",
					       .cloud = "public",
					       .mars = "required" };
	}
	tx_inventory(tx, host, HOSTS, 1000);
	must_run(s, tx);
}

static void end(void)
{
	store_close(s);
}

/* A run in which the hosts from the first on took so many minutes each. */
static void put_run(int64_t id, int first, int count, const int *minutes)
{
	struct put_upgrade each[HOSTS];

	for (int i = 0; i < count; i++)
		each[i] = (struct put_upgrade){ name[first + i], minutes[i], "upgraded" };
	put_upgrades(s, id, each, count);
}

static void put_all(void)
{
	int north[NORTH];

	for (int i = 0; i < NORTH; i++)
		north[i] = i == NORTH / 2 ? 47 : 8;     /* 47 of one: 95 of 100 took no longer */
	put_run(1, 0, NORTH, north);
	put_run(2, NORTH + 1, 2, (const int[]){ 33, 3000 });
	put_run(3, NORTH + 1, 1, (const int[]){ 3000 });
}

/* clang-format off */
static const struct {
	const char *host, *site;
	bool learned;
	int minutes;
	enum expected_from from;
} rows[] = {
	{ "n1", "north", false, 30, EXPECTED_ASSUMED },
	{ "new", "", false, 30, EXPECTED_ASSUMED },
	{ "n1", "north", true, 50, EXPECTED_SITE },     /* one of its own tells nothing; five minutes up */
	{ "n21", "north", true, 50, EXPECTED_SITE },
	{ "twice", "", true, 70, EXPECTED_OWN },        /* twice 33: of so few the slowest does not count */
	{ "twice", "north", true, 70, EXPECTED_OWN },
	{ "weekend", "", true, 3000, EXPECTED_ALL },
	{ "new", NULL, true, 3000, EXPECTED_ALL },
	{ "new", "south", true, 3000, EXPECTED_ALL },
};
/* clang-format on */

START_TEST(a_host_is_expected_to_take_what_tells_most_of_it)
{
	struct expected x;
	struct estimate e;
	int64_t most_ms;
	struct err err;

	if (rows[_i].learned)
		put_all();
	ck_assert_int_eq(estimate_learn(s, &terms, &e, &err), 0);
	x = estimate_of(&e, rows[_i].host, rows[_i].site);
	ck_assert_int_eq(x.from, rows[_i].from);
	most_ms = upgrade_terms_all_ms(&terms);
	ck_assert_int_eq(x.ms, rows[_i].minutes * MINUTE_MS < most_ms ?
				       rows[_i].minutes * MINUTE_MS :
				       most_ms);
	estimate_release(&e);
}
END_TEST

/* Of two hosts the one that takes longer has no window. */
START_TEST(a_window_has_to_last_as_long_as_its_host)
{
	static struct installer newer = { .len = 100, .version = { { 2, 0, 9999, 0 } } };
	static const struct inv_host known[] = { { .name = "twice", .site = "" },
						 { .name = "n1", .site = "north" } };
	const struct inv_host *both[] = { &known[0], &known[1] };
	struct selection hosts = { .host = both, .count = 2 };
	char from[CLOCK_TEXT], to[CLOCK_TEXT];
	int64_t now = clock_utc_ms();
	AUTO_FREE char *text = NULL;
	struct tx *tx = tx_new();
	struct policies *p;
	struct plan plan;
	struct err err;

	put_all();
	clock_format_utc(now - HOUR_MS, from);
	clock_format_utc(now + HOUR_MS, to);
	text = xasprintf("windows: {dates: [%.10s %.5sZ - %.10s %.5sZ]}", from, from + 11, to,
			 to + 11);
	p = policies_parse(text, strlen(text), "p.yml", &err);
	ck_assert_msg(p != NULL, "%s", err.msg);
	policies_remember(p, tx);
	policies_free(p);
	must_run(s, tx);
	ck_assert_int_eq(plan_make(s, &hosts, &newer, &terms, &plan, &err), 0);
	ck_assert_int_eq(plan.row[0].verdict, PREFLIGHT_FOR_NOW);
	ck_assert_msg(strstr(plan.row[0].reason, "no window of 1 h 10 min or more") != NULL, "%s",
		      plan.row[0].reason);
	ck_assert_int_eq(plan.row[1].verdict, PREFLIGHT_GO);
	ck_assert_int_eq(plan.row[1].expected.ms, 50 * MINUTE_MS);
	plan_release(&plan);
}
END_TEST

/* So in the run: both hosts have one calendar. */
START_TEST(a_run_asks_for_each_host)
{
	static const struct inv_host known[] = { { .name = "twice", .site = "" },
						 { .name = "n1", .site = "north" } };
	struct job job[] = { { .host = &known[0] }, { .host = &known[1] } };
	struct run run = { .job = job, .count = ARRAY_LEN(job) };
	struct calendar *c = calendar_new();
	struct estimate e;
	struct span window;
	struct err err;
	int64_t open;

	put_all();
	ck_assert_int_eq(calendar_add(c, CALENDAR_WEEKLY, "Sat 22:00-23:00", &err), 0);
	ck_assert(clock_parse_utc("2026-12-05T22:05:00Z", &open));
	ck_assert_int_eq(estimate_learn(s, &terms, &e, &err), 0);
	run_expect(&run, &e);
	estimate_release(&e);
	job[0].calendar = job[1].calendar = c;
	ck_assert_int_eq(run_find_slot(&run, &job[0], open, &window), SLOT_NONE);
	ck_assert_int_eq(run_find_slot(&run, &job[1], open, &window), SLOT_NOW);
	ck_assert_int_eq(run_find_slot(&run, &job[0], open, &window), SLOT_NONE);
	slots_release(&run.slots);
	calendar_free(c);
}
END_TEST

UNIT_SUITE(estimate)
{
	Suite *suite = suite_create("estimate");
	TCase *c = tcase_create("estimate");

	tcase_add_checked_fixture(c, begin, end);
	tcase_add_loop_test(c, a_host_is_expected_to_take_what_tells_most_of_it, 0,
			    ARRAY_LEN(rows));
	tcase_add_test(c, a_window_has_to_last_as_long_as_its_host);
	tcase_add_test(c, a_run_asks_for_each_host);
	suite_add_tcase(suite, c);
	return suite;
}
