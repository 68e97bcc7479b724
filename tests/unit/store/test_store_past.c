/* test_store_past.c - what is remembered of a host's earlier looks: since when things are as they
 * are, and how often it was not reached. */
#include <stdio.h>
#include <string.h>

#include "../unit.h"
#include "base/json.h"
#include "base/mem.h"
#include "fixture.h"
#include "store/outcomes.h"
#include "store/plans.h"

static char db_path[4200];
static struct store *s;

static void begin(void)
{
	static const char *const name[] = { "h1" };

	snprintf(db_path, sizeof(db_path), "%s", temp_path());
	s = open_at(db_path);
	put_hosts(s, name, ARRAY_LEN(name));
}

static void end(void)
{
	store_close(s);
}

static const struct store_fact facts[] = {
	{ "agent", DEPTH_FAST, "{\"installed\":true}", NULL, NULL, 5 },
	{ "scratch", DEPTH_FAST, "{\"path\":\"C:\"}", NULL, NULL, 7 },
};
static const struct store_finding findings[] = {
	{ "mars.version", "pass", "2.0.9250.0", NULL, false },
	{ "scratch.free-space", "pass", "3 GB", NULL, false },
};

static void put(const struct store_look *look)
{
	struct tx *tx = tx_new();

	tx_look(tx, look);
	must_run(s, tx);
}

/* Texts of a look are only lent until it is handed over. */
static void put_borrowed(struct store_look *look, const char *kind)
{
	struct tx *tx = tx_new();
	char text[16];

	snprintf(text, sizeof(text), "%s", kind);
	look->kind = text;
	tx_look(tx, look);
	memset(text, 'x', sizeof(text) - 1);
	look->kind = NULL;
	must_run(s, tx);
}

static int64_t failed_looks(const char *kind)
{
	struct host_rows rows;
	int64_t failed;

	get_host(s, "h1", &rows);
	failed = rows.row->failed_looks;
	ck_assert_str_eq(rows.row->kind, kind);
	host_rows_release(&rows);
	return failed;
}

START_TEST(looks_that_fail_are_counted_until_one_does_not)
{
	struct store_look good = { .host = "h1", .source = "upgrade", .utc_ms = 9000 };
	struct store_look bad = {
		.host = "h1", .source = "upgrade", .fault = "refused", .fault_text = "no"
	};

	ck_assert_int_eq(failed_looks(""), 0);
	for (bad.utc_ms = 5000; bad.utc_ms < 8000; bad.utc_ms += 1000)
		put(&bad);
	ck_assert_int_eq(failed_looks(""), 3);
	put_borrowed(&good, "dpm");
	ck_assert_int_eq(failed_looks("dpm"), 0);
	bad.utc_ms = 9500;
	put(&bad);
	/* one that was collected by hand before it says nothing of the newest try */
	good.source = "import";
	good.utc_ms = 9200;
	put(&good);
	ck_assert_int_eq(failed_looks("dpm"), 1);
}
END_TEST

/* One value of those that were asked for, and only where it holds one of the texts. */
START_TEST(the_past_has_passes_and_standing_values)
{
	static const char *const wanted_fact[] = { "agent", "scratch", NULL };
	static const struct past_wanted wanted = { "mars.version",
						   wanted_fact,
						   { "\"path\":\"C:\"", "%" },
						   "agent",
						   "\"installed\":true",
						   "",
						   "" };
	struct store_look look = { .host = "h1",
				   .source = "upgrade",
				   .utc_ms = 5000,
				   .fact = facts,
				   .fact_count = ARRAY_LEN(facts),
				   .finding = findings,
				   .finding_count = ARRAY_LEN(findings),
				   .status = "compliant" };
	const json_t *past, *standing;
	struct err err;
	json_t *all;

	put(&look);
	look.utc_ms = 6000;
	put(&look);
	all = store_all_past(s, &wanted, &err);
	past = json_object_get(all, "h1");
	ck_assert_int_eq(json_integer_value(
				 json_object_get(json_object_get(past, "passing"), "mars.version")),
			 5000);
	ck_assert_int_eq(json_object_size(json_object_get(past, "passing")), 1);
	standing = json_object_get(past, "standing");
	ck_assert_int_eq(json_object_size(standing), 1);
	standing = json_object_get(standing, "scratch");
	ck_assert_int_eq(json_integer_value(json_array_get(standing, 0)), 5000);
	ck_assert_str_eq(json_get_str(json_array_get(standing, 1), "path"), "C:");
	json_decref(all);
}
END_TEST

/* Another fault in between, and nobody knows what would have been shown. */
START_TEST(the_past_has_since_when_a_fault_lasts)
{
	static const char *const no_fact[] = { NULL };
	static const struct past_wanted wanted = { "", no_fact, { "", "" }, "", "", "changed", "" };
	static const struct {
		const char *fault;
		int64_t since;          /* 0: it is not told */
	} looks[] = {
		{ "changed", 1000 }, { "changed", 1000 }, { "refused", 0 },    { "changed", 4000 },
		{ NULL, 0 },	     { "changed", 6000 }, { "changed", 6000 },
	};
	struct store_look look = { .host = "h1", .source = "scan", .fault_text = "said" };
	struct err err;

	for (size_t i = 0; i < ARRAY_LEN(looks); i++) {
		int64_t since = 0;
		json_t *all;

		look.fault = looks[i].fault;
		look.utc_ms = 1000 * (int64_t)(i + 1);
		put(&look);
		all = store_all_past(s, &wanted, &err);
		(void)json_get_int(json_object_get(json_object_get(all, "h1"), "fault"), "changed",
				   &since);
		ck_assert_msg(since == looks[i].since, "%zu: %lld", i, (long long)since);
		json_decref(all);
	}
}
END_TEST

/* What was seen where there was no version: of now, and of then once there is one. */
START_TEST(the_past_has_what_was_seen_without_a_version)
{
	static const char *const no_fact[] = { NULL };
	static const struct past_wanted wanted = { "", no_fact, { "", "" }, "", "", "", "agent" };
	struct store_fact fact = facts[0];
	struct store_look look = {
		.host = "h1", .source = "upgrade", .fact = &fact, .fact_count = 1
	};
	static const struct {
		const char *value, *version;
	} looks[] = {
		{ "{\"installed\":true,\"n\":1}", "" },
		{ "{\"installed\":true,\"n\":2}", "" },
		{ "{\"installed\":true,\"n\":3}", "2.0.9938.0" },
	};
	struct err err;

	for (size_t i = 0; i < ARRAY_LEN(looks); i++) {
		const json_t *versions;
		json_t *all;
		int64_t n;

		fact.value = looks[i].value;
		look.version = looks[i].version;
		look.utc_ms = 5000 + 1000 * (int64_t)i;
		put(&look);
		all = store_all_past(s, &wanted, &err);
		versions = json_object_get(json_object_get(all, "h1"), "versions");
		ck_assert_int_eq(json_array_size(versions), i == 2 ? 2 : 1);
		ck_assert(json_get_int(json_array_get(json_array_get(versions, 0), 3), "n", &n));
		ck_assert_int_eq(n, 1);
		ck_assert_int_eq(json_array_size(json_array_get(versions, 1)), i == 2 ? 3 : 0);
		json_decref(all);
	}
}
END_TEST

/* Until when a fact held a text: 0 while it does. */
START_TEST(the_past_has_until_when_a_fact_held_a_text)
{
	static const char *const no_fact[] = { NULL };
	static const struct past_wanted wanted = {
		"", no_fact, { "", "" }, "agent", ":true", "", ""
	};
	static const struct {
		const char *value;
		int64_t utc_ms;
		int until;
	} looks[] = {
		{ "{\"installed\":false}", 5000, -1 },	 { "{\"installed\":true}", 6000, 0 },
		{ "{\"installed\":false}", 7000, 7000 }, { "{\"installed\":true}", 8000, 0 },
		{ "{\"installed\":null}", 9000, 9000 },	 { "{\"installed\":false}", 9500, 9000 },
	};
	struct store_fact fact = facts[0];
	struct store_look look = {
		.host = "h1", .source = "upgrade", .fact = &fact, .fact_count = 1
	};
	struct err err;

	for (size_t i = 0; i < ARRAY_LEN(looks); i++) {
		const json_t *until;
		json_t *all;

		fact.value = looks[i].value;
		look.utc_ms = looks[i].utc_ms;
		put(&look);
		all = store_all_past(s, &wanted, &err);
		until = json_object_get(json_object_get(json_object_get(all, "h1"), "until"),
					"agent");
		ck_assert_int_eq(until ? json_integer_value(until) : -1, looks[i].until);
		json_decref(all);
	}
}
END_TEST

static const char *const no_fact[] = { NULL };
static const struct past_wanted no_past = { "", no_fact, { "", "" }, "", "", "", "" };

/* Since when the finding has its reason, as the past of h1 tells it, and why it fails. */
static void reason_is(int64_t since_utc_ms, const char *why)
{
	struct err err;
	json_t *all = store_all_past(s, &no_past, &err);
	const json_t *failing = json_object_get(json_object_get(all, "h1"), "failing");
	const json_t *entry = json_object_get(failing, "scratch.free-space");

	ck_assert_int_eq(json_integer_value(json_array_get(entry, 0)), since_utc_ms);
	ck_assert_str_eq(json_string_value(json_array_get(entry, 1)), why);
	json_decref(all);
}

START_TEST(a_reason_has_a_day_of_its_own)
{
	struct store_finding f[2] = { findings[0], findings[1] };
	struct store_look look = { .host = "h1",
				   .source = "upgrade",
				   .utc_ms = 5000,
				   .finding = f,
				   .finding_count = ARRAY_LEN(f),
				   .status = "at-risk" };
	struct host_rows rows;

	f[1].verdict = "fail";
	put(&look);
	reason_is(5000, "3 GB");
	f[1].evidence = "2 GB";
	look.utc_ms = 6000;
	put(&look);
	reason_is(5000, "2 GB");
	f[1].evidence = "no disk";
	f[1].new_reason = true;
	look.utc_ms = 7000;
	put(&look);
	reason_is(7000, "no disk");
	f[1].evidence = "no disk of 2";
	f[1].new_reason = false;
	look.utc_ms = 8000;
	put(&look);
	reason_is(7000, "no disk of 2");
	get_host(s, "h1", &rows);
	ck_assert_int_eq(rows.row->finding[1].since_utc_ms, 5000);
	host_rows_release(&rows);
	/* with another verdict all begins anew */
	f[1].verdict = "pass";
	look.utc_ms = 9000;
	put(&look);
	f[1].verdict = "fail";
	look.utc_ms = 10000;
	put(&look);
	reason_is(10000, "no disk of 2");
}
END_TEST

/* What was a plan's, and what the host's part of it came to. */
static const struct {
	enum run_state run;
	enum job_state job;
	enum outcome outcome;
	const char *folder;
	int64_t begun_utc_ms;
	const char *want;
} parts[] = {
	{ RUN_STATE_APPROVED, JOB_PLANNED, OUTCOME_NONE, "f", 0, "until 9000" },
	{ RUN_STATE_DROPPED, JOB_PLANNED, OUTCOME_NONE, "f", 0, "until 0" },
	{ RUN_STATE_RUNNING, JOB_PLANNED, OUTCOME_NONE, "f", 0, "goes on" },
	{ RUN_STATE_RUNNING, JOB_ENDED, OUTCOME_BLOCKED, "f", 0, "left" },
	{ RUN_STATE_RUNNING, JOB_ENDED, OUTCOME_EXCLUDED, "f", 0, "left" },
	{ RUN_STATE_RUNNING, JOB_ENDED, OUTCOME_CURRENT, "f", 0, "left" },
	{ RUN_STATE_RUNNING, JOB_ENDED, OUTCOME_BLOCKED, "", 0, "goes on" },
	{ RUN_STATE_RUNNING, JOB_ENDED, OUTCOME_BLOCKED, "f", 7000, "goes on" },
	{ RUN_STATE_RUNNING, JOB_ENDED, OUTCOME_BLOCKED_NOW, "f", 0, "goes on" },
	{ RUN_STATE_DONE, JOB_ENDED, OUTCOME_BLOCKED_NOW, "f", 0, "left" },
	{ RUN_STATE_DONE, JOB_ENDED, OUTCOME_BLOCKED_NOW, "f", 7000, "over" },
	{ RUN_STATE_DONE, JOB_ENDED, OUTCOME_NOT_STARTED, "", 0, "over" },
};

static const char *part_of(const json_t *host)
{
	const json_t *plan = json_object_get(json_object_get(host, "plans"), "r1");
	const json_t *run = json_object_get(json_object_get(host, "runs"), "r1");

	ck_assert_int_eq(!plan, run != NULL);
	if (!plan)
		return json_is_true(run) ? "over" : "goes on";
	ck_assert_str_eq(json_get_str(plan, "name"), "night");
	if (json_is_true(json_object_get(plan, "left")))
		return "left";
	return json_integer_value(json_object_get(plan, "until")) == 9000 ? "until 9000" :
									    "until 0";
}

START_TEST(the_past_has_plans_that_a_host_left)
{
	struct store_run_row run = { .id = 9,
				     .name = (char *)"r1",
				     .state = (char *)run_state_name(parts[_i].run) };
	struct store_plan_row plan = { .run = 9,
				       .name = (char *)"night",
				       .hash = (char *)"h",
				       .policy = (char *)"p",
				       .expires_utc_ms = 9000 };
	struct store_job_row job = { .id = 10,
				     .run = 9,
				     .host = (char *)"h1",
				     .state = (char *)job_state_name(parts[_i].job),
				     .outcome = (char *)outcome_name(parts[_i].outcome),
				     .folder = (char *)parts[_i].folder,
				     .begun_utc_ms = parts[_i].begun_utc_ms };
	struct tx *tx = tx_new();
	struct err err;
	json_t *all;

	tx_plan_create(tx, &run, &job, 1, &plan, 5000);
	must_run(s, tx);
	all = store_all_past(s, &no_past, &err);
	ck_assert_str_eq(part_of(json_object_get(all, "h1")), parts[_i].want);
	json_decref(all);
}
END_TEST

UNIT_SUITE(store_past)
{
	Suite *suite = suite_create("store_past");
	TCase *tc = tcase_create("past");

	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, looks_that_fail_are_counted_until_one_does_not);
	tcase_add_test(tc, the_past_has_passes_and_standing_values);
	tcase_add_test(tc, the_past_has_since_when_a_fault_lasts);
	tcase_add_test(tc, the_past_has_what_was_seen_without_a_version);
	tcase_add_test(tc, the_past_has_until_when_a_fact_held_a_text);
	tcase_add_test(tc, a_reason_has_a_day_of_its_own);
	tcase_add_loop_test(tc, the_past_has_plans_that_a_host_left, 0, ARRAY_LEN(parts));
	suite_add_tcase(suite, tc);
	return suite;
}
