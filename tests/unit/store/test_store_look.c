/* test_store_look.c - what looks leave: a row when something changed, nothing when not, the time
 * each fact was last confirmed. */
#include <string.h>

#include "../unit.h"
#include "base/mem.h"
#include "fixture.h"

enum { SCAN_ID = 77 };
static const char *const no_fact[] = { NULL };
static const struct past_wanted no_past = { "", no_fact, { "", "" }, "", "", "", "" };

static char db_path[4200];
static struct store *s;

static void begin(void)
{
	static const char *const name[] = { "h1", "h2", "h3" };

	snprintf(db_path, sizeof(db_path), "%s", temp_path());
	s = open_at(db_path);
	put_hosts(s, name, ARRAY_LEN(name));
}

static void end(void)
{
	store_close(s);
}

static const struct store_fact two_facts[] = {
	{"agent", DEPTH_FAST, "{\"installed\":true}", NULL, NULL, 5},
	{"scratch", DEPTH_FAST, "{\"path\":\"C:\"}", NULL, NULL, 7},
};
static const struct store_reading free_bytes = {"scratch", "free_bytes", 3000000000};
static const struct store_finding two_findings[] = {
	{"mars.version", "pass", "2.0.9250.0", NULL, false},
	{"scratch.free-space", "pass", "3 GB", NULL, false},
};

static struct store_look whole(int64_t utc_ms)
{
	return (struct store_look){ .host = "h1",
				    .source = "scan",
				    .utc_ms = utc_ms,
				    .fact = two_facts,
				    .fact_count = 2,
				    .reading = &free_bytes,
				    .reading_count = 1,
				    .finding = two_findings,
				    .finding_count = 2,
				    .status = "compliant",
				    .version = "2.0.9250.0" };
}

static void put(const struct store_look *look)
{
	struct tx *tx = tx_new();

	tx_look(tx, look);
	must_run(s, tx);
}

static int64_t fact_utc(const struct host_row *row, const char *name)
{
	return json_integer_value(json_object_get(row->facts_utc, name));
}

START_TEST(a_look_is_read_back_whole)
{
	struct store_look look = whole(5000);
	struct host_rows rows;
	json_t *scratch;

	put(&look);
	get_host(s, "h1", &rows);
	ck_assert_str_eq(rows.row->status, "compliant");
	ck_assert_str_eq(rows.row->version, "2.0.9250.0");
	ck_assert_int_eq(rows.row->seen_utc_ms, 5000);
	ck_assert_int_eq(rows.row->tried_utc_ms, 5000);
	ck_assert_str_eq(rows.row->fault, "");
	scratch = json_object_get(rows.row->facts, "scratch");
	ck_assert_str_eq(json_string_value(json_object_get(scratch, "path")), "C:");
	ck_assert_int_eq(json_integer_value(json_object_get(scratch, "free_bytes")), 3000000000);
	ck_assert_int_eq(fact_utc(rows.row, "agent"), 5000);
	ck_assert_int_eq(json_integer_value(json_object_get(rows.row->facts_ms, "scratch")), 7);
	ck_assert_int_eq(rows.row->finding_count, 2);
	ck_assert_str_eq(rows.row->finding[0].check, "mars.version");
	ck_assert_str_eq(rows.row->finding[0].evidence, "2.0.9250.0");
	ck_assert_int_eq(rows.row->finding[0].since_utc_ms, 5000);
	host_rows_release(&rows);
}
END_TEST

START_TEST(an_unchanged_look_adds_no_facts_and_no_findings)
{
	struct store_look look = whole(5000);
	struct host_rows rows;

	put(&look);
	look.utc_ms = 6000;
	put(&look);
	ck_assert_int_eq(query_count(db_path, "fact"), 2);
	ck_assert_int_eq(query_count(db_path, "finding"), 2);
	ck_assert_int_eq(query_count(db_path, "agent_version"), 1);
	ck_assert_int_eq(query_count(db_path, "reading"), 1);
	ck_assert_int_eq(query_count(db_path, "look"), 2);
	get_host(s, "h1", &rows);
	ck_assert_int_eq(fact_utc(rows.row, "agent"), 6000);
	ck_assert_int_eq(rows.row->finding[0].since_utc_ms, 5000);
	host_rows_release(&rows);
}
END_TEST

START_TEST(a_changed_fact_keeps_its_history)
{
	struct store_fact facts[2] = { two_facts[0], two_facts[1] };
	struct store_look look = whole(5000);
	struct host_rows rows;

	put(&look);
	facts[0].value = "{\"installed\":false}";
	look.fact = facts;
	look.utc_ms = 6000;
	put(&look);
	ck_assert_int_eq(query_count(db_path, "fact"), 2);
	ck_assert_int_eq(query_count(db_path,
				     "fact_past where since_utc_ms = 5000 and until_utc_ms = 6000 "
				     "and value = '{\"installed\":true}'"),
			 1);
	get_host(s, "h1", &rows);
	ck_assert(json_is_false(
		json_object_get(json_object_get(rows.row->facts, "agent"), "installed")));
	host_rows_release(&rows);
}
END_TEST

START_TEST(an_unanswered_fact_keeps_its_value_and_age)
{
	struct store_look look = whole(5000);
	struct host_rows rows;
	json_t *scratch;

	put(&look);
	look.utc_ms = 6000;
	look.fact_count = 1; /* scratch is not answered */
	look.reading_count = 0;
	look.fault = "connection-lost";
	look.fault_text = "cut";
	look.fault_hint = "look at the line";
	put(&look);
	get_host(s, "h1", &rows);
	ck_assert_int_eq(fact_utc(rows.row, "agent"), 6000);
	ck_assert_int_eq(fact_utc(rows.row, "scratch"), 5000);
	scratch = json_object_get(rows.row->facts, "scratch");
	ck_assert_int_eq(json_integer_value(json_object_get(scratch, "free_bytes")), 3000000000);
	ck_assert_int_eq(rows.row->seen_utc_ms, 5000);
	ck_assert_int_eq(rows.row->tried_utc_ms, 6000);
	ck_assert_str_eq(rows.row->fault, "connection-lost");
	ck_assert_str_eq(rows.row->fault_text, "cut");
	ck_assert_str_eq(rows.row->fault_hint, "look at the line");
	host_rows_release(&rows);

	/* A second one must not move its time, a whole one brings it up to date without a row. */
	look.utc_ms = 7000;
	put(&look);
	get_host(s, "h1", &rows);
	ck_assert_int_eq(fact_utc(rows.row, "scratch"), 5000);
	host_rows_release(&rows);
	look = whole(8000);
	put(&look);
	get_host(s, "h1", &rows);
	ck_assert_int_eq(fact_utc(rows.row, "scratch"), 8000);
	ck_assert_str_eq(rows.row->fault, "");
	ck_assert_int_eq(query_count(db_path, "fact"), 2);
	host_rows_release(&rows);
}
END_TEST

/* Deep facts are asked seldom: a night without them writes none of their rows. */
START_TEST(a_look_of_one_depth_leaves_the_other)
{
	struct store_fact facts[2] = { two_facts[0], two_facts[1] };
	struct store_look look = whole(5000);
	struct host_rows rows;

	facts[1].depth = DEPTH_DEEP;
	look.fact = facts;
	put(&look);
	for (look.utc_ms = 6000; look.utc_ms < 9000; look.utc_ms += 1000) {
		look.fact_count = 1;
		look.reading_count = 0;
		put(&look);
	}
	ck_assert_int_eq(query_count(db_path, "fact where confirmed_utc_ms is not null"), 0);
	get_host(s, "h1", &rows);
	ck_assert_int_eq(fact_utc(rows.row, "agent"), 8000);
	ck_assert_int_eq(fact_utc(rows.row, "scratch"), 5000);
	ck_assert_int_eq(rows.row->deep_utc_ms, 5000);
	ck_assert_int_eq(rows.row->system_utc_ms, 0);
	ck_assert_int_eq(json_integer_value(json_object_get(
				 json_object_get(rows.row->facts, "scratch"), "free_bytes")),
			 3000000000);
	ck_assert_int_eq(json_integer_value(json_object_get(rows.row->facts_ms, "scratch")), 7);
	host_rows_release(&rows);

	/* The catalogue may come to ask it more often. */
	facts[1].depth = DEPTH_FAST;
	look = whole(9000);
	look.fact = facts;
	put(&look);
	get_host(s, "h1", &rows);
	ck_assert_int_eq(fact_utc(rows.row, "scratch"), 9000);
	ck_assert_int_eq(rows.row->deep_utc_ms, 5000);
	host_rows_release(&rows);
}
END_TEST

START_TEST(a_look_that_only_failed_keeps_all_that_is_known)
{
	struct store_look look = whole(5000), failed = { .host = "h1",
							 .source = "scan",
							 .utc_ms = 6000,
							 .fault = "refused",
							 .fault_text = "port 22" };
	struct host_rows rows;

	put(&look);
	put(&failed);
	get_host(s, "h1", &rows);
	ck_assert_int_eq(fact_utc(rows.row, "agent"), 5000);
	ck_assert_str_eq(rows.row->status, "compliant");
	ck_assert_str_eq(rows.row->version, "2.0.9250.0");
	ck_assert_int_eq(rows.row->finding_count, 2);
	host_rows_release(&rows);
}
END_TEST

START_TEST(an_older_number_is_no_part_of_a_newer_value)
{
	struct store_look look = whole(5000);
	struct host_rows rows;

	put(&look);
	look.utc_ms = 6000;
	look.reading_count = 0;
	put(&look);
	get_host(s, "h1", &rows);
	ck_assert_ptr_null(
		json_object_get(json_object_get(rows.row->facts, "scratch"), "free_bytes"));
	host_rows_release(&rows);
}
END_TEST

START_TEST(a_fact_may_be_an_error)
{
	struct store_fact fact = {
		"agent", DEPTH_FAST, NULL, "took too long", "time-limit", 10000
	};
	struct store_look look = whole(5000);
	struct host_rows rows;
	json_t *agent;

	put(&look);
	look.utc_ms = 6000;
	look.fact = &fact;
	look.fact_count = 1;
	put(&look);
	get_host(s, "h1", &rows);
	agent = json_object_get(rows.row->facts, "agent");
	ck_assert_str_eq(json_string_value(json_object_get(agent, "error")), "took too long");
	ck_assert_str_eq(json_string_value(json_object_get(agent, "kind")), "time-limit");
	host_rows_release(&rows);
}
END_TEST

START_TEST(a_finding_is_a_row_a_verdict)
{
	struct store_finding f[2] = { two_findings[0], two_findings[1] };
	struct store_look look = whole(5000);
	struct host_rows rows;

	put(&look);
	f[1].evidence = "2.9 GB";
	look.finding = f;
	look.utc_ms = 6000;
	put(&look);
	ck_assert_int_eq(query_count(db_path, "finding"), 2);
	get_host(s, "h1", &rows);
	ck_assert_str_eq(rows.row->finding[1].evidence, "2.9 GB");
	ck_assert_int_eq(rows.row->finding[1].since_utc_ms, 5000);
	host_rows_release(&rows);
	f[1].verdict = "fail";
	look.utc_ms = 7000;
	look.status = "at-risk";
	put(&look);
	ck_assert_int_eq(
		query_count(db_path, "finding_past where until_utc_ms = 7000 and verdict = 'pass'"),
		1);
	get_host(s, "h1", &rows);
	ck_assert_str_eq(rows.row->finding[1].verdict, "fail");
	ck_assert_int_eq(rows.row->finding[1].since_utc_ms, 7000);
	ck_assert_str_eq(rows.row->status, "at-risk");
	host_rows_release(&rows);
}
END_TEST

START_TEST(judging_anew_replaces_the_findings_alone)
{
	static const struct store_finding documented = { "mars.version", "fail", "below the target",
							 NULL, false };
	static const struct store_finding one = { "mars.version", "fail", "below the target",
						  "may-fail", false };
	struct store_look look = whole(5000);
	struct tx *tx = tx_new();
	struct host_rows rows;

	put(&look);
	tx_judged(tx, "h1", &one, 1, "outdated", 6000);
	must_run(s, tx);
	get_host(s, "h1", &rows);
	ck_assert_str_eq(rows.row->status, "outdated");
	ck_assert_int_eq(rows.row->finding_count, 1);
	ck_assert_str_eq(rows.row->finding[0].severity, "may-fail");
	ck_assert_int_eq(rows.row->finding[0].since_utc_ms, 6000);
	ck_assert_int_eq(rows.row->seen_utc_ms, 5000);
	host_rows_release(&rows);
	ck_assert_int_eq(query_count(db_path, "look"), 1);

	/* what it counts for may change alone, and begins nothing */
	tx = tx_new();
	tx_judged(tx, "h1", &documented, 1, "outdated", 7000);
	must_run(s, tx);
	get_host(s, "h1", &rows);
	ck_assert_ptr_null(rows.row->finding[0].severity);
	ck_assert_int_eq(rows.row->finding[0].since_utc_ms, 6000);
	host_rows_release(&rows);
}
END_TEST

START_TEST(versions_are_kept_when_they_change)
{
	struct store_look look = whole(5000);
	struct version_rows rows;
	struct err err;
	json_t *all;

	put(&look);
	look.utc_ms = 6000;
	look.version = NULL; /* not known this time */
	put(&look);
	look.utc_ms = 7000;
	look.version = "2.0.9262.0";
	look.source = "upgrade";
	put(&look);
	ck_assert_int_eq(store_versions(s, "h1", &rows, &err), 0);
	ck_assert_int_eq(rows.count, 2);
	ck_assert_str_eq(rows.row[0].version, "2.0.9250.0");
	ck_assert_str_eq(rows.row[1].version, "2.0.9262.0");
	ck_assert_str_eq(rows.row[1].source, "upgrade");
	ck_assert_int_eq(rows.row[1].utc_ms, 7000);
	version_rows_release(&rows);
	all = store_all_past(s, &no_past, &err);
	ck_assert_int_eq(json_object_size(all), 1);
	ck_assert_int_eq(json_array_size(json_object_get(json_object_get(all, "h1"), "versions")),
			 2);
	json_decref(all);
}
END_TEST

/* An hour ahead and back again, an hour back and right again. */
static const int64_t turned[][4] = {
	{ 50000, 3650000, 51000, 52000 },
	{ 3650000, 50000, 3651000, 3652000 },
	{ 50000, 3650000, 51000, 4000000 },
};

START_TEST(history_is_in_the_order_of_its_coming)
{
	static const char *const version[] = { "2.0.1.0", "2.0.2.0", "2.0.3.0", "2.0.2.0" };
	static const char *const status[] = { "outdated", "at-risk", "compliant", "at-risk" };
	struct store_finding finding = { "mars.version", NULL, "", NULL, false };
	struct store_fact fact = { .name = "agent" };
	struct host_rows host;
	struct version_rows rows;
	struct err err;

	for (int i = 0; i < 4; i++) {
		struct store_look look = whole(turned[_i][i]);
		char value[] = "{\"x\":0}";

		value[5] = (char)('0' + i);
		fact.value = value;
		finding.verdict = i % 2 ? "fail" : "pass";
		look.fact = &fact;
		look.finding = &finding;
		look.fact_count = look.finding_count = 1;
		look.reading_count = 0;
		look.status = status[i];
		look.version = version[i];
		put(&look);
	}
	ck_assert_int_eq(query_count(db_path, "look"), 4);
	ck_assert_int_eq(query_count(db_path, "fact_past where until_utc_ms > since_utc_ms"), 3);
	ck_assert_int_eq(query_count(db_path, "finding_past where until_utc_ms > since_utc_ms"), 3);
	ck_assert_int_eq(query_count(db_path,
				     "status_change c where host = 1 and utc_ms > 1000 and was = "
				     "(select p.status from status_change p where p.host = c.host "
				     "and p.utc_ms < c.utc_ms order by p.utc_ms desc limit 1)"),
			 4);
	ck_assert_int_eq(store_versions(s, "h1", &rows, &err), 0);
	ck_assert_int_eq(rows.count, 4);
	for (int i = 0; i < 4; i++)
		ck_assert_str_eq(rows.row[i].version, version[i]);
	version_rows_release(&rows);
	get_host(s, "h1", &host);       /* what is so now has the time of its look */
	ck_assert_int_eq(host.row->tried_utc_ms, turned[_i][3]);
	ck_assert_int_eq(host.row->seen_utc_ms, turned[_i][3]);
	host_rows_release(&host);
}
END_TEST

START_TEST(the_clock_of_the_host_is_noted_with_a_version)
{
	struct store_look look = whole(5000);
	struct err err;
	json_t *all;

	look.host_utc_ms = 4321;
	put(&look);
	all = store_all_past(s, &no_past, &err);
	ck_assert_int_eq(
		json_integer_value(json_array_get(
			json_array_get(json_object_get(json_object_get(all, "h1"), "versions"), 0),
			2)),
		4321);
	json_decref(all);
}
END_TEST

START_TEST(an_import_older_than_the_facts_is_refused)
{
	struct store_look look = whole(5000);
	struct tx *tx = tx_new();

	put(&look);
	look.source = "import";
	put(&look); /* the same file twice is no harm */
	look.utc_ms = 4999;
	tx_look(tx, &look);
	must_fail(s, tx, ERR_USAGE, "newer facts");
	ck_assert_int_eq(query_count(db_path, "look"), 1);
}
END_TEST

START_TEST(an_import_does_not_hide_a_later_fault)
{
	struct store_look failed = { .host = "h1",
				     .source = "scan",
				     .utc_ms = 6000,
				     .fault = "refused",
				     .fault_text = "port 22" };
	struct store_look look = whole(5000);
	struct host_rows rows;

	put(&failed);
	look.source = "import";
	put(&look);
	get_host(s, "h1", &rows);
	ck_assert_str_eq(rows.row->fault, "refused");
	ck_assert_int_eq(rows.row->tried_utc_ms, 6000);
	ck_assert_int_eq(rows.row->seen_utc_ms, 5000);
	host_rows_release(&rows);
}
END_TEST

START_TEST(an_unknown_host_is_an_error)
{
	struct store_look look = whole(5000);
	struct tx *tx = tx_new();

	look.host = "nobody";
	tx_look(tx, &look);
	must_fail(s, tx, ERR_NOT_FOUND, "'nobody'");
}
END_TEST

START_TEST(a_scan_counts_what_it_saw)
{
	struct store_look look = whole(5000), failed = {
		.host = "h2", .source = "scan", .utc_ms = 5001, .scan = SCAN_ID, .fault = "refused"
	};
	struct tx *tx = tx_new();
	struct scan_row row;
	struct err err;

	ck_assert_int_eq(store_scan_last(s, &row, &err), 0);
	ck_assert_int_eq(row.id, 0);
	tx_scan_begin(tx, SCAN_ID, "web*:!web1", 3, 4000);
	look.scan = SCAN_ID;
	tx_look(tx, &look);
	tx_look(tx, &failed);
	tx_scan_end(tx, SCAN_ID, "done", 9000);
	must_run(s, tx);
	ck_assert_int_eq(store_scan_last(s, &row, &err), 0);
	ck_assert_int_eq(row.id, SCAN_ID);
	ck_assert_str_eq(row.patterns, "web*:!web1");
	ck_assert_str_eq(row.how, "done");
	ck_assert_str_eq(row.actor, store_actor());
	ck_assert_int_eq(row.hosts, 3);
	ck_assert_int_eq(row.seen, 1);
	ck_assert_int_eq(row.faults, 1);
	ck_assert_int_eq(row.ended_utc_ms, 9000);
	scan_row_release(&row);
}
END_TEST

START_TEST(a_scan_ends_behind_its_begin_and_its_looks)
{
	struct store_look look = whole(3600000);
	struct scan_row row;
	struct err err;

	for (int i = 1; i <= 2; i++) {
		struct tx *tx = tx_new();

		tx_scan_begin(tx, i, "all", 3, 3600000 / i);
		if (i == 1)
			tx_look(tx, &look);
		tx_scan_end(tx, i, "done", 4000);
		must_run(s, tx);
	}
	ck_assert_int_eq(store_scan_last(s, &row, &err), 0);
	ck_assert_int_eq(row.id, 2);    /* made last, though its clock was back */
	ck_assert_int_ge(row.ended_utc_ms, 3600000);
	scan_row_release(&row);
	ck_assert_int_eq(query_count(db_path, "scan where ended_utc_ms < begun_utc_ms"), 0);
}
END_TEST

UNIT_SUITE(store_look)
{
	Suite *suite = suite_create("store_look");
	TCase *tc = tcase_create("looks");

	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, a_look_is_read_back_whole);
	tcase_add_test(tc, an_unchanged_look_adds_no_facts_and_no_findings);
	tcase_add_test(tc, a_changed_fact_keeps_its_history);
	tcase_add_test(tc, an_unanswered_fact_keeps_its_value_and_age);
	tcase_add_test(tc, a_look_of_one_depth_leaves_the_other);
	tcase_add_test(tc, a_look_that_only_failed_keeps_all_that_is_known);
	tcase_add_test(tc, an_older_number_is_no_part_of_a_newer_value);
	tcase_add_test(tc, a_fact_may_be_an_error);
	tcase_add_test(tc, a_finding_is_a_row_a_verdict);
	tcase_add_test(tc, judging_anew_replaces_the_findings_alone);
	tcase_add_test(tc, versions_are_kept_when_they_change);
	tcase_add_loop_test(tc, history_is_in_the_order_of_its_coming, 0, ARRAY_LEN(turned));
	tcase_add_test(tc, the_clock_of_the_host_is_noted_with_a_version);
	tcase_add_test(tc, an_import_older_than_the_facts_is_refused);
	tcase_add_test(tc, an_import_does_not_hide_a_later_fault);
	tcase_add_test(tc, an_unknown_host_is_an_error);
	tcase_add_test(tc, a_scan_counts_what_it_saw);
	tcase_add_test(tc, a_scan_ends_behind_its_begin_and_its_looks);
	suite_add_tcase(suite, tc);
	return suite;
}
