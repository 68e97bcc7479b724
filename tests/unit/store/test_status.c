/* What is laid over the status from facts when it is read. */
#include "tests/unit/unit.h"

#include "base/clock.h"
#include "base/mem.h"
#include "store/status.h"

#define NOW (1000 * DAY_MS)

static const struct {
	const char *label;
	bool skip;
	const char *mars, *status, *fault;
	int64_t seen;
	const char *want;
	bool excluded, unreachable, stale;
	int64_t age;
} cases[] = {
	{ "seen today", false, "required", "compliant", "", NOW - DAY_MS, "compliant", false, false,
	  false, DAY_MS },
	{ "just before stale", false, "required", "behind", "", NOW - 3 * DAY_MS, "behind", false,
	  false, false, 3 * DAY_MS },
	{ "stale", false, "required", "behind", "", NOW - 3 * DAY_MS - 1, "behind", false, false, true,
	  3 * DAY_MS + 1 },
	{ "last look failed", false, "required", "at-risk", "refused", NOW - DAY_MS, "at-risk", false,
	  true, false, DAY_MS },
	{ "never tried", false, "required", "", "", 0, "never-seen", false, false, false, -1 },
	{ "never reached", false, "required", "", "no-answer", 0, "never-seen", false, true,
	  false, -1 },
	{ "skipped, with an old life", true, "required", "outdated", "refused", NOW - 9 * DAY_MS,
	  "excluded", true, false, false, 9 * DAY_MS },
	{ "no agent wanted", false, "none", "not-installed", "", NOW - DAY_MS, "excluded", true, false,
	  false, DAY_MS },
	{ "no agent wanted, not reached", false, "none", "", "refused", 0, "excluded", true, true,
	  false, -1 },
	{ "optional and absent", false, "optional", "excluded", "", NOW - DAY_MS, "excluded", true,
	  false, false, DAY_MS },
	{ "optional and outdated", false, "optional", "outdated", "", NOW - DAY_MS, "outdated", false,
	  false, false, DAY_MS },
	{ "seen in the future", false, "required", "compliant", "", NOW + DAY_MS, "compliant", false,
	  false, false, 0 },
};

START_TEST(views_are_as_documented)
{
	struct host_row row = {
		.skip = cases[_i].skip,
		.mars = (char *)cases[_i].mars,
		.status = (char *)cases[_i].status,
		.fault = (char *)cases[_i].fault,
		.seen_utc_ms = cases[_i].seen,
	};
	struct host_view view;

	host_view(&row, NOW, 3 * DAY_MS, &view);
	ck_assert_str_eq(view.status, cases[_i].want);
	ck_assert_msg(view.excluded == cases[_i].excluded &&
			      view.unreachable == cases[_i].unreachable &&
			      view.stale == cases[_i].stale,
		      "%s: excluded %d unreachable %d stale %d", cases[_i].label, view.excluded,
		      view.unreachable, view.stale);
	ck_assert_int_eq(view.age_ms, cases[_i].age);
}
END_TEST

START_TEST(of_older_rules_no_word_counts)
{
	static const char *const words[][2] = { { "outdated", "undetermined" },
						{ "compliant", "undetermined" },
						{ "excluded", "excluded" },
						{ "never-seen", "never-seen" } };

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		ck_assert_str_eq(host_word_by(true, words[i][0]), words[i][1]);
		ck_assert_str_eq(host_word_by(false, words[i][0]), words[i][0]);
	}
}
END_TEST

UNIT_SUITE(status)
{
	Suite *s = suite_create("status");
	TCase *tc = tcase_create("status");

	tcase_add_loop_test(tc, views_are_as_documented, 0, ARRAY_LEN(cases));
	tcase_add_test(tc, of_older_rules_no_word_counts);
	suite_add_tcase(s, tc);
	return s;
}
