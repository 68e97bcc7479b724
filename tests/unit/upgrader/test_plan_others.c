/* test_plan_others.c - what of a plan follows from others than the host: who has it now, the
 * policy, its window beside its backups, and other names of its server. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "scanner/judge.h"
#include "scanner/policy/policy_store.h"
#include "store/lease.h"
#include "tests/unit/scanner/answers.h"
#include "tests/unit/store/fixture.h"
#include "tests/unit/unit.h"
#include "upgrader/upgrader.h"

static struct installer newer = { .len = 100, .version = { { 2, 0, 9999, 0 } } };
static const struct inv_host one = { .name = "h1" }, two = { .name = "h2" };
static const struct inv_host three = { .name = "h3" }, skipped = { .name = "h1", .skip = true };

static struct store *s;
static char *path;
static struct plan plan;

static void setup(void)
{
	static const char *const names[] = { "h1", "h2", "h3" };

	path = xstrdup(temp_path());
	s = open_at(path);
	put_hosts(s, names, ARRAY_LEN(names));
}

static void teardown(void)
{
	plan_release(&plan);
	store_close(s);
	free(path);
}

static void make(const struct inv_host *const *host, int count, int deadline_h)
{
	struct selection hosts = { .host = (const struct inv_host **)host, .count = count };
	struct upgrade_terms terms;
	struct err err;

	upgrade_terms_default(&terms);
	terms.deadline_ms = deadline_h * HOUR_MS;
	plan_release(&plan);
	ck_assert_msg(plan_make(s, &hosts, &newer, &terms, &plan, &err) == 0, "%s", err.msg);
}

static const char *reason_of_one(int deadline_h)
{
	const struct inv_host *host = &one;

	make(&host, 1, deadline_h);
	return plan.row[0].reason;
}

static void put_policy(const char *text)
{
	struct tx *tx = tx_new();
	struct err err;
	struct policies *p = policies_parse(text, strlen(text), "p.yml", &err);

	ck_assert_msg(p != NULL, "%s", err.msg);
	policies_remember(p, tx);
	policies_free(p);
	must_run(s, tx);
}

/* A healthy server as it was then, whose next backup is at next_utc_ms; 0: none. */
static void put_look(int64_t age_ms, int64_t next_utc_ms)
{
	struct look *look = xcalloc(1, sizeof(*look));
	struct tx *tx = tx_new();
	struct policy policy;

	healthy_but(&look->facts, NULL, NULL);
	look->utc_ms = clock_utc_ms() - age_ms;
	for (int k = 0; k < look->facts.count; k++)
		look->facts.fact[k].utc_ms = look->utc_ms;
	json_object_set_new((json_t *)facts_value(&look->facts, FACT_BACKUP_NEXT), "next_utc_ms",
			    next_utc_ms ? json_integer(next_utc_ms) : json_null());
	policy_default(&policy);
	look_judge(look, &(struct context){ .policy = &policy, .cloud = "public" }, "required");
	look_store(look, tx, "h1", 0, "scan");
	look_free(look);
	must_run(s, tx);
}

static void put_machine(const char *host, const char *computer, const char *machine)
{
	struct tx *tx = tx_new();

	tx_look(tx, &(struct store_look){ .host = host,
					  .source = "scan",
					  .utc_ms = clock_utc_ms(),
					  .computer = computer,
					  .machine = machine });
	must_run(s, tx);
}

START_TEST(who_has_a_host_now_is_told)
{
	struct store *other = open_at(path);
	struct tx *tx = tx_new();
	const char *reason;
	int64_t epoch;

	put_look(0, 0);
	ck_assert_str_eq(reason_of_one(0), "");
	tx_lease_take(tx, "h1", 7, &epoch);
	must_run(other, tx);
	reason = reason_of_one(0);
	ck_assert_msg(strncmp(reason, "leased now by ", 14) == 0, "%s", reason);
	ck_assert_msg(strstr(reason, "test (pid ") != NULL, "%s", reason);
	ck_assert_int_eq(plan.to_upgrade, 1);
	store_close(other);
}
END_TEST

START_TEST(what_is_old_is_told)
{
	const char *reason;

	put_look(2 * DAY_MS, 0);
	ck_assert_str_eq(reason_of_one(0), "");
	put_policy("stale-after: 1d");
	reason = reason_of_one(0);
	ck_assert_msg(strncmp(reason, "last seen 2 ", 12) == 0, "%s", reason);
	ck_assert_msg(strstr(reason, " ago: the fresh look decides") != NULL, "%s", reason);
	ck_assert_int_eq(plan.to_upgrade, 1);
}
END_TEST

/* Its window opens in two hours; an upgrade is assumed to take half an hour. */
static const struct { int next_min; bool told; } due[] = {
	{ 0, false }, { 75, true }, { 125, true }, { 145, true }, { 160, false },
};

START_TEST(a_backup_that_is_due_in_its_window_is_told)
{
	int64_t now = clock_utc_ms();
	char from[CLOCK_TEXT], to[CLOCK_TEXT];
	AUTO_FREE char *policy = NULL;
	const char *reason;

	clock_format_utc(now + 2 * HOUR_MS, from);
	clock_format_utc(now + 5 * HOUR_MS, to);
	policy = xasprintf("windows: {dates: [%.10s %.5sZ - %.10s %.5sZ]}", from, from + 11, to,
			   to + 11);
	put_policy(policy);
	put_look(0, due[_i].next_min ? now + due[_i].next_min * MINUTE_MS : 0);
	reason = reason_of_one(6);
	ck_assert_int_eq(plan.row[0].slot, SLOT_LATER);
	ck_assert_msg((strstr(reason, "; a backup is due at 20") != NULL) == due[_i].told, "%s",
		      reason);
}
END_TEST

#define EXCEPTION(check) \
	"exceptions: [{host: h1, check: " check ", owner: ann, reason: it is replaced in May, " \
	"expires: 2999-12-31}]"

static const struct { const char *policy; bool excluded; } accepted[] = {
	{ EXCEPTION("mars.version"), true },
	{ EXCEPTION("mars.target"), true },
	{ EXCEPTION("os.dotnet"), false },
};

START_TEST(an_exception_for_its_version_leaves_a_host_out)
{
	const char *reason;

	put_policy(accepted[_i].policy);
	put_look(0, 0);
	reason = reason_of_one(0);
	ck_assert_int_eq(plan.row[0].excluded, accepted[_i].excluded);
	ck_assert_int_eq(plan.to_upgrade, !accepted[_i].excluded);
	ck_assert_str_eq(reason, accepted[_i].excluded ?
					 "the policy has an exception for its version until "
					 "2999-12-31 (ann): it is replaced in May" :
					 "");
}
END_TEST

START_TEST(two_names_of_one_server_are_planned_once)
{
	const struct inv_host *const all[] = { &three, &one, &two };
	const struct inv_host *const other[] = { &skipped, &two, &three };

	put_machine("h1", "WEB", "aa bb cc");
	put_machine("h2", "web", "aa bb -");
	put_machine("h3", "DB", "aa bb cc");    /* made from one image */
	make(all, 3, 0);
	ck_assert_int_eq(plan.to_upgrade, 2);
	ck_assert_int_eq(plan.excluded, 1);
	ck_assert(plan.row[2].excluded);
	ck_assert_str_eq(plan.row[2].reason, "it is the same server as h1, which is planned");
	ck_assert_int_eq(plan.row[2].wave, 0);
	make(&all[2], 1, 0);
	ck_assert_int_eq(plan.to_upgrade, 1);
	make(other, 3, 0);
	ck_assert_int_eq(plan.to_upgrade, 2);
	ck_assert(!plan.row[1].excluded);
}
END_TEST

UNIT_SUITE(plan_others)
{
	Suite *suite = suite_create("plan_others");
	TCase *c = tcase_create("plan_others");

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, who_has_a_host_now_is_told);
	tcase_add_test(c, what_is_old_is_told);
	tcase_add_loop_test(c, a_backup_that_is_due_in_its_window_is_told, 0, ARRAY_LEN(due));
	tcase_add_loop_test(c, an_exception_for_its_version_leaves_a_host_out, 0,
			    ARRAY_LEN(accepted));
	tcase_add_test(c, two_names_of_one_server_are_planned_once);
	suite_add_tcase(suite, c);
	return suite;
}
