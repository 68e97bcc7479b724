/* test_plan_windows.c - plans by maintenance windows: who may be begun now, who is waited for, and
 * who is left out until they are asked again. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "scanner/judge.h"
#include "scanner/policy/policy_store.h"
#include "tests/unit/scanner/answers.h"
#include "tests/unit/store/fixture.h"
#include "tests/unit/unit.h"
#include "upgrader/estimate.h"

/* clang-format off */
static const struct {
	const char *windows;
	int deadline_h;
	bool ignored;
	enum preflight want;
	enum slot slot;
	const char *reason;
} windowed[] = {
	{ "{}", 0, false, PREFLIGHT_GO, SLOT_NOW, "never seen: " },
	{ "windows: {weekly: always}", 0, false, PREFLIGHT_GO, SLOT_NOW, "never seen: " },
	{ "windows: {weekly: never}", 1000, false, PREFLIGHT_FOR_NOW, SLOT_NONE,
	  "outside its maintenance windows: it has no window of 30 min or more" },
	{ "windows: {weekly: never}", 0, true, PREFLIGHT_GO, SLOT_NOW, "never seen: " },
	{ "windows: {weekly: never}\ngroups: {web: {windows: {weekly: always}}}", 0, false, PREFLIGHT_GO, SLOT_NOW, "never seen: " },
	/* open in an hour from now, for an hour: TIMES stands for that */
	{ "windows: {dates: [TIMES]}", 0, false, PREFLIGHT_FOR_NOW, SLOT_NONE,
	  "outside its maintenance windows: its next window of 30 min or more opens " },
	{ "windows: {dates: [TIMES]}", 2, false, PREFLIGHT_GO, SLOT_LATER, "its next window of 30 min or more opens " },
};
/* clang-format on */

static void put_policy(struct store *s, const char *text)
{
	char from[CLOCK_TEXT], to[CLOCK_TEXT];
	int64_t now = clock_utc_ms();
	const char *times = strstr(text, "TIMES");
	AUTO_FREE char *whole = NULL, *json = NULL;
	struct tx *tx = tx_new();
	struct policies *p;
	struct err err;

	clock_format_utc(now + HOUR_MS, from);
	clock_format_utc(now + 2 * HOUR_MS + MINUTE_MS, to);
	whole = times ? xasprintf("%.*s%.10s %.5sZ - %.10s %.5sZ%s", (int)(times - text), text,
				  from, from + 11, to, to + 11, times + 5) :
			xstrdup(text);
	p = policies_parse(whole, strlen(whole), "p.yml", &err);
	ck_assert_msg(p != NULL, "%s", err.msg);
	policies_remember(p, tx);
	policies_free(p);
	must_run(s, tx);
}

START_TEST(a_host_is_planned_in_its_window)
{
	static struct installer newer = { .len = 100, .version = { { 2, 0, 9999, 0 } } };
	static const char *const groups[] = { "web" };
	static const struct inv_host host = { .name = "h1", .group = groups, .group_count = 1 };
	const struct inv_host *one = &host;
	struct selection hosts = { .host = &one, .count = 1 };
	struct store *s = temp_store();
	struct upgrade_terms terms;
	struct plan plan;
	struct err err;

	upgrade_terms_default(&terms);
	terms.deadline_ms = windowed[_i].deadline_h * HOUR_MS;
	terms.ignore_windows = windowed[_i].ignored;
	put_policy(s, windowed[_i].windows);
	ck_assert_int_eq(plan_make(s, &hosts, &newer, &terms, &plan, &err), 0);
	ck_assert_int_eq(plan.row[0].verdict, windowed[_i].want);
	ck_assert_int_eq(plan.row[0].slot, windowed[_i].slot);
	ck_assert_msg(strstr(plan.row[0].reason, windowed[_i].reason) == plan.row[0].reason, "%s",
		      plan.row[0].reason);
	ck_assert_int_eq(plan.to_upgrade, windowed[_i].want == PREFLIGHT_GO);
	ck_assert_int_eq(plan.waiting, windowed[_i].slot == SLOT_LATER);
	plan_release(&plan);
	store_close(s);
}
END_TEST

/* What a run of ours left stopped is told first, whatever the windows say. */
static const struct {
	const char *windows;
	int deadline_h;
	const char *first, *then;
} stopped[] = {
	{ "{}", 0, "obengine was stopped by run r1: it is started first", "" },
	{ "windows: {weekly: never}", 0,
	  "obengine was stopped by run r1: marshal upgrade restore r1 starts it; ",
	  "outside its maintenance windows: it has no window" },
	{ "windows: {dates: [TIMES]}", 2, "obengine was stopped by run r1: it is started first; ",
	  "its next window of 30 min or more opens " },
};

static void put_stopped(struct store *s)
{
	static const struct answer left[] = {
		{ "service.obengine", "\"value\":{\"state\":1,\"exists\":true,\"start\":2}" },
		{ "installers", "\"value\":{\"agent_installer\":0,\"msi_busy\":false,"
				"\"marker\":{\"run\":\"r1\",\"engine\":\"running\"}}" },
	};
	struct look *look = xcalloc(1, sizeof(*look));
	struct tx *tx = tx_new();
	struct policy policy;

	healthy_with(&look->facts, left, ARRAY_LEN(left));
	look->utc_ms = clock_utc_ms();
	policy_default(&policy);
	look_judge(look, &(struct context){ .policy = &policy, .cloud = "public" }, "required");
	look_store(look, tx, "h1", 0, "scan");
	look_free(look);
	must_run(s, tx);
}

START_TEST(who_was_left_stopped_is_told_first)
{
	static struct installer newer = { .len = 100, .version = { { 2, 0, 9999, 0 } } };
	static const struct inv_host host = { .name = "h1" };
	const struct inv_host *one = &host;
	struct selection hosts = { .host = &one, .count = 1 };
	struct store *s = temp_store();
	struct upgrade_terms terms;
	const char *reason;
	struct plan plan;
	struct err err;

	upgrade_terms_default(&terms);
	terms.deadline_ms = stopped[_i].deadline_h * HOUR_MS;
	put_policy(s, stopped[_i].windows);
	put_stopped(s);
	ck_assert_int_eq(plan_make(s, &hosts, &newer, &terms, &plan, &err), 0);
	reason = plan.row[0].reason;
	ck_assert_msg(strncmp(reason, stopped[_i].first, strlen(stopped[_i].first)) == 0, "%s",
		      reason);
	ck_assert_msg(strncmp(reason + strlen(stopped[_i].first), stopped[_i].then,
			      strlen(stopped[_i].then)) == 0,
		      "%s", reason);
	plan_release(&plan);
	store_close(s);
}
END_TEST

UNIT_SUITE(plan_windows)
{
	Suite *s = suite_create("plan_windows");
	TCase *c = tcase_create("plan_windows");

	tcase_add_loop_test(c, a_host_is_planned_in_its_window, 0, ARRAY_LEN(windowed));
	tcase_add_loop_test(c, who_was_left_stopped_is_told_first, 0, ARRAY_LEN(stopped));
	suite_add_tcase(s, c);
	return s;
}
