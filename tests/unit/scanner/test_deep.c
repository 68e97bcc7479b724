/* When a host is asked for its deep facts, and what a look keeps of what SYSTEM said before. */
#include "base/clock.h"
#include "scanner/look.h"
#include "tests/unit/unit.h"

#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "scanner/deep.h"

#define WEEK_MS (7 * DAY_MS)
#define NOW (INT64_C(20000) * DAY_MS)

static const struct { const char *label; int64_t last, every; bool want; } cases[] = {
	{ "never asked",            0,                     WEEK_MS, true },
	{ "long ago",               NOW - WEEK_MS,         WEEK_MS, true },
	{ "just now",               NOW,                   WEEK_MS, false },
	{ "never to be asked",      0,                     0,       false },
	{ "asked in the future",    NOW + 2 * WEEK_MS,     WEEK_MS, true },
};

START_TEST(asked_when_due)
{
	ck_assert_msg(deep_is_due("web01", cases[_i].last, NOW, cases[_i].every) == cases[_i].want,
		      "%s", cases[_i].label);
}
END_TEST

/* A fleet whose first scan was one night; then every night for four weeks. */
START_TEST(a_fleet_spreads_over_the_week)
{
	enum { HOSTS = 2000, NIGHTS = 28 };
	static int64_t last[HOSTS];
	int least = HOSTS, most = 0;

	for (int i = 0; i < HOSTS; i++)
		last[i] = NOW;
	for (int night = 1; night <= NIGHTS; night++) {
		int64_t now = NOW + night * DAY_MS;
		int count = 0;

		for (int i = 0; i < HOSTS; i++) {
			char name[16];

			snprintf(name, sizeof(name), "web%04d", i);
			if (!deep_is_due(name, last[i], now, WEEK_MS))
				continue;
			ck_assert_int_le(now - last[i], WEEK_MS);
			last[i] = now;
			count++;
		}
		least = count < least ? count : least;
		most = count > most ? count : most;
	}
	ck_assert_int_gt(least, HOSTS / 7 * 8 / 10);
	ck_assert_int_lt(most, HOSTS / 7 * 12 / 10);
}
END_TEST

#define SVI "{\"fact\":\"security.svi\",\"ms\":1,"
#define HIDDEN \
	"{\"fact\":\"antivirus.exclusions\",\"ms\":1,\"value\":{\"known\":false,\"list\":[]}}"

static const struct { const char *label, *line, *stored; int want; } kept[] = {
	{ "denied, known from before", SVI "\"error\":\"no\",\"kind\":\"access-denied\"}",
	  "{\"security.svi\":{\"full_control\":true,\"owner_sid\":null}}", 0 },
	{ "denied, and never known", SVI "\"error\":\"no\",\"kind\":\"access-denied\"}", "{}", 1 },
	{ "denied then as now", SVI "\"error\":\"no\",\"kind\":\"access-denied\"}",
	  "{\"security.svi\":{\"error\":\"no\",\"kind\":\"access-denied\"}}", 1 },
	{ "hidden, known from before", HIDDEN,
	  "{\"antivirus.exclusions\":{\"known\":true,\"list\":[]}}", 0 },
	{ "failed for another reason", SVI "\"error\":\"no\",\"kind\":\"failed\"}",
	  "{\"security.svi\":{\"full_control\":true,\"owner_sid\":null}}", 1 },
	{ "one of any account",
	  "{\"fact\":\"dotnet\",\"ms\":1,\"error\":\"no\",\"kind\":\"access-denied\"}",
	  "{\"dotnet\":{\"release\":1}}", 1 },
};

START_TEST(a_refusal_yields_to_what_system_said)
{
	AUTO_JSON json_t *stored = json_loads(kept[_i].stored, 0, NULL);
	struct facts facts;

	facts_init(&facts);
	facts_line(&facts, kept[_i].line, strlen(kept[_i].line), NOW);
	ck_assert_int_eq(facts.count, 1);
	facts_yield(&facts, stored);
	ck_assert_msg(facts.count == kept[_i].want, "%s", kept[_i].label);
	facts_release(&facts);
}
END_TEST

START_TEST(what_only_system_may_read_is_in_its_text)
{
	const struct script *s = script_find("as-system");

	for (enum fact_id id = 0; id < FACT_COUNT; id++) {
		AUTO_FREE char *row = xasprintf("'%s' = {\n", fact_name(id));

		ck_assert_msg(!!strstr(s->text, row) == (fact_depth(id) == DEPTH_SYSTEM), "%s",
			      row);
	}
}
END_TEST

START_TEST(the_script_fits_what_is_asked)
{
	static const enum fact_id fast[] = { FACT_OS, FACT_NONE },
				  mixed[] = { FACT_OS, FACT_UPDATES, FACT_NONE };

	ck_assert_str_eq(look_script(NULL, false)->name, "probe");
	ck_assert_str_eq(look_script(NULL, true)->name, "probe-deep");
	ck_assert_str_eq(look_script(fast, false)->name, "probe");
	ck_assert_str_eq(look_script(mixed, false)->name, "probe-deep");
}
END_TEST

UNIT_SUITE(deep)
{
	Suite *s = suite_create("deep");
	TCase *tc = tcase_create("deep");

	tcase_add_loop_test(tc, asked_when_due, 0, ARRAY_LEN(cases));
	tcase_add_test(tc, a_fleet_spreads_over_the_week);
	tcase_add_loop_test(tc, a_refusal_yields_to_what_system_said, 0, ARRAY_LEN(kept));
	tcase_add_test(tc, what_only_system_may_read_is_in_its_text);
	tcase_add_test(tc, the_script_fits_what_is_asked);
	suite_add_tcase(s, tc);
	return s;
}
