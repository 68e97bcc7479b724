/* The writers: cells that stay cells, types in every format, what is not known. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "reports/alarm.h"
#include "reports/writer.h"

/* What was written to f. Yours. */
static char *contents(FILE *f)
{
	char *text = xcalloc(65536, 1);

	rewind(f);
	ck_assert_uint_lt(fread(text, 1, 65535, f), 65535);
	return text;
}

static const struct column columns[] = {
	{ "name", "NAME", COL_TEXT, false },
	{ "n", "N", COL_INT, false },
	{ "yes", "YES", COL_BOOL, false },
	{ "at", "AT", COL_TIME, false },
	{ "span_s", "SPAN", COL_SPAN, false },
	{ "words", "WORDS", COL_LIST, false },
	{ "far", "FAR", COL_TEXT, true },
};

static const struct report_kind kind = { "test", 3, columns, ARRAY_LEN(columns) };

static struct report *two_rows(void)
{
	struct report *r = report_new(&kind);

	r->utc_ms = 1000;
	report_row(r);
	report_text(r, 0, "=x");
	report_int(r, 1, -5);
	report_int(r, 2, 0);
	report_int(r, 3, 1795233906000);
	report_int(r, 4, 273600);
	report_text(r, 5, "a;b");
	report_text(r, 6, "far away");
	report_row(r);
	report_text(r, 0, "bad \xFF\x1b[1m");
	json_object_set_new(r->summary, "some_hosts", json_integer(2));
	json_object_set_new(r->summary, "by_x", json_pack("{s:i, s:i}", "a", 0, "b", 2));
	json_object_set_new(r->summary, "by_y", json_pack("{s:i}", "a", 0));
	json_object_set_new(r->summary, "share", json_real(0.9999));
	json_object_set_new(r->summary, "none", json_null());
	return r;
}

/* two_rows() in a format. Yours. */
static char *written(enum report_format format, bool wide)
{
	AUTO_FCLOSE FILE *f = tmpfile();
	struct report *r = two_rows();

	report_write(r, format, &(struct write_options){ .wide = wide }, f);
	report_free(r);
	return contents(f);
}

START_TEST(csv_is_rfc_4180)
{
	AUTO_FREE char *got = written(FORMAT_CSV, false);

	ck_assert_str_eq(got, "name,n,yes,at,span_s,words,far\r\n"
			      "\"'=x\",-5,no,2026-11-21T04:05:06Z,273600,\"a;b\",far away\r\n"
			      "bad \\xff\\x1b[1m,,,,,,\r\n");
}
END_TEST

START_TEST(json_keeps_types_and_says_null)
{
	AUTO_FREE char *got = written(FORMAT_JSON, false);
	struct err err;
	AUTO_JSON json_t *all = json_parse(got, strlen(got), &err);

	ck_assert_msg(all != NULL, "%s", err.msg);
	ck_assert_str_eq(json_get_str(all, "report"), "test");
	ck_assert_str_eq(json_get_str(all, "generated"), "1970-01-01T00:00:01Z");
	AUTO_FREE char *one = json_canonical(json_array_get(json_get_arr(all, "rows"), 0));
	AUTO_FREE char *two = json_canonical(json_array_get(json_get_arr(all, "rows"), 1));

	ck_assert_str_eq(one, "{\"at\":\"2026-11-21T04:05:06Z\",\"far\":\"far away\",\"n\":-5,"
			      "\"name\":\"=x\",\"span_s\":273600,\"words\":[\"a\",\"b\"],"
			      "\"yes\":false}");
	ck_assert_str_eq(two, "{\"at\":null,\"far\":null,\"n\":null,"
			      "\"name\":\"bad \\\\xff\\\\x1b[1m\",\"span_s\":null,\"words\":[],"
			      "\"yes\":null}");
}
END_TEST

START_TEST(json_lines_are_the_rows)
{
	AUTO_FREE char *got = written(FORMAT_JSONL, false);
	const char *second = strchr(got, '\n') + 1;
	AUTO_JSON json_t *one = json_parse(got, (size_t)(second - got), NULL);
	AUTO_JSON json_t *two = json_parse(second, strlen(second), NULL);

	ck_assert_str_eq(json_get_str(one, "name"), "=x");
	ck_assert_str_eq(json_get_str(two, "name"), "bad \\xff\\x1b[1m");
	ck_assert_ptr_nonnull(json_get_arr(two, "words"));
	ck_assert_str_eq(strchr(second, '\n'), "\n");
}
END_TEST

START_TEST(csv_may_be_raw_and_marked)
{
	struct write_options options = { .raw = true, .bom = true };
	AUTO_FCLOSE FILE *f = tmpfile();
	struct report *r = two_rows();

	report_write(r, FORMAT_CSV, &options, f);
	report_free(r);
	AUTO_FREE char *got = contents(f);

	ck_assert_msg(strncmp(got, "\xEF\xBB\xBFname,n,", 10) == 0, "%s", got);
	ck_assert_ptr_nonnull(strstr(got, "\r\n=x,-5,"));
}
END_TEST

/* A hostile name ends no label and begins no line. */
START_TEST(prometheus_labels_are_escaped)
{
	struct report *r = report_new(report_kind(REPORT_COMPLIANCE));
	static const char *const counts[] = { "unreachable", "stale", "accepted",
					      "obengine_stopped" };
	AUTO_FCLOSE FILE *f = tmpfile();

	r->utc_ms = 5000;
	report_row(r);
	report_text(r, COMPLIANCE_HOST, "a\"} 1\nb\\");
	report_text(r, COMPLIANCE_STATUS, "at-risk");
	report_int(r, COMPLIANCE_UNREACHABLE, 1);
	report_int(r, COMPLIANCE_SEEN, 7000);
	for (size_t i = 0; i < ARRAY_LEN(counts); i++)
		json_object_set_new(r->summary, counts[i], json_integer(0));
	json_object_set_new(r->summary, "by_status", json_pack("{s:i}", "at-risk", 1));
	json_object_set_new(r->summary, "compliant_share", json_real(0.25));
	report_write(r, FORMAT_PROMETHEUS, &(struct write_options){ .wide = false }, f);
	report_free(r);
	AUTO_FREE char *got = contents(f);

	ck_assert_ptr_nonnull(strstr(got, "\nmarshal_hosts{status=\"at-risk\"} 1\n"));
	ck_assert_ptr_nonnull(strstr(got, "\n# TYPE marshal_compliant_ratio gauge\n"
					  "marshal_compliant_ratio 0.250000\n"));
	ck_assert_ptr_nonnull(strstr(got, "\nmarshal_host_last_seen_timestamp_seconds{host="
					  "\"a\\\"} 1\\nb\\\\\",status=\"at-risk\","
					  "owner=\"\",site=\"\"} 7\n"));
	ck_assert_ptr_nonnull(strstr(got, ",fault=\"\",owner=\"\",site=\"\"} 1\n"));
	ck_assert_ptr_null(strstr(got, "marshal_host_obengine_stopped{"));
	ck_assert_ptr_nonnull(strstr(got, "{report=\"compliance\"} 5\n"));
}
END_TEST

/* One series a state, also where none is in it: an alert on expired ones needs the 0. */
START_TEST(exceptions_are_a_gauge_by_state)
{
	struct report *r = report_new(report_kind(REPORT_EXCEPTIONS));
	AUTO_FCLOSE FILE *f = tmpfile();

	json_object_set_new(r->summary, "exceptions", json_integer(5));
	json_object_set_new(r->summary, "expired", json_integer(2));
	json_object_set_new(r->summary, "active", json_integer(3));
	json_object_set_new(r->summary, "unused", json_integer(0));
	report_write(r, FORMAT_PROMETHEUS, &(struct write_options){ .wide = false }, f);
	report_free(r);
	AUTO_FREE char *got = contents(f);

	ck_assert_ptr_nonnull(strstr(got, "# TYPE marshal_exceptions gauge\n"
					  "marshal_exceptions{state=\"expired\"} 2\n"
					  "marshal_exceptions{state=\"active\"} 3\n"
					  "marshal_exceptions{state=\"unused\"} 0\n"
					  "# HELP marshal_report_timestamp_seconds "));
}
END_TEST

START_TEST(what_is_no_gauge_has_no_prometheus)
{
	struct err err;

	ck_assert_int_eq(report_format_check(FORMAT_PROMETHEUS, REPORT_FAULTS, &err), 0);
	ck_assert_int_eq(report_format_check(FORMAT_PROMETHEUS, REPORT_EXCEPTIONS, &err), 0);
	ck_assert_int_eq(report_format_check(FORMAT_CSV, REPORT_HISTORY, &err), 0);
	ck_assert_int_eq(report_format_check(FORMAT_PROMETHEUS, REPORT_HISTORY, &err), -1);
	ck_assert_int_eq(err.code, ERR_USAGE);
}
END_TEST

static const struct { enum report_id report; const char *words; bool known, rings; } alarms[] = {
	{ REPORT_COMPLIANCE, "at-risk", true, true },
	{ REPORT_COMPLIANCE, "outdated,at-risk", true, true },
	{ REPORT_COMPLIANCE, "outdated", true, false },
	{ REPORT_COMPLIANCE, "unreachable", true, true },
	{ REPORT_COMPLIANCE, "stale", true, false },
	{ REPORT_COMPLIANCE, "at-risk,broken", false, false },
	{ REPORT_COMPLIANCE, "", false, false },
	{ REPORT_CHECKS, "outdated", false, false },
};

START_TEST(accepted_trouble_rings_for_that_word_alone)
{
	static const struct {
		const char *words;
		bool rings;
	} cases[] = {
		{ "at-risk", false },
		{ "at-risk,accepted", true },
		{ "accepted", true },
		{ "unreachable", true },
	};
	struct report *r = report_new(report_kind(REPORT_COMPLIANCE));
	struct alarms a;

	report_row(r);
	report_text(r, COMPLIANCE_STATUS, "at-risk");
	report_int(r, COMPLIANCE_UNREACHABLE, 1);
	report_int(r, COMPLIANCE_ACCEPTED, 1);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *words[] = { cases[i].words };
		struct opt_list list = { .item = words, .count = 1 };

		ck_assert_int_eq(
			alarms_parse(alarm_words(REPORT_COMPLIANCE), "fail-on", &list, &a, NULL),
			0);
		ck_assert_msg(alarms_any(&a, r) == cases[i].rings, "%s", cases[i].words);
	}
	report_free(r);
}
END_TEST

START_TEST(excluded_hosts_ring_for_nothing_else)
{
	const char *words[] = { "unreachable,stale" };
	struct opt_list list = { .item = words, .count = 1 };
	struct report *r = report_new(report_kind(REPORT_COMPLIANCE));
	struct alarms a;

	report_row(r);
	report_text(r, COMPLIANCE_STATUS, "excluded");
	report_int(r, COMPLIANCE_UNREACHABLE, 1);
	report_int(r, COMPLIANCE_STALE, 1);
	ck_assert_int_eq(alarms_parse(alarm_words(REPORT_COMPLIANCE), "fail-on", &list, &a, NULL),
			 0);
	ck_assert(!alarms_any(&a, r));
	report_free(r);
}
END_TEST

START_TEST(words_ring)
{
	struct report *r = report_new(report_kind(REPORT_COMPLIANCE));
	struct opt_list list = { .item = (const char *[]){ alarms[_i].words }, .count = 1 };
	struct alarms a;
	struct err err;

	/* a row with one text and one number where each report has them */
	report_row(r);
	report_text(r, COMPLIANCE_STATUS, "at-risk");
	report_int(r, COMPLIANCE_UNREACHABLE, 1);
	report_int(r, COMPLIANCE_STALE, 0);
	ck_assert_int_eq(alarms_parse(alarm_words(alarms[_i].report), "fail-on", &list, &a, &err),
			 alarms[_i].known ? 0 : -1);
	if (alarms[_i].known)
		ck_assert_msg(alarms_any(&a, r) == alarms[_i].rings, "%s", alarms[_i].words);
	else
		ck_assert_int_eq(err.code, ERR_USAGE);
	report_free(r);
}
END_TEST

START_TEST(json_of_no_rows_is_whole)
{
	AUTO_FCLOSE FILE *f = tmpfile();
	struct report *r = report_new(&kind);

	report_write(r, FORMAT_JSON, &(struct write_options){ .wide = false }, f);
	report_free(r);
	report_free(NULL);
	AUTO_FREE char *got = contents(f);
	AUTO_JSON json_t *all = json_parse(got, strlen(got), NULL);

	ck_assert_uint_eq(json_array_size(json_get_arr(all, "rows")), 0);
	ck_assert_ptr_nonnull(json_get_arr(all, "rows"));
}
END_TEST

START_TEST(the_table_is_for_people)
{
	AUTO_FREE char *got = written(FORMAT_TABLE, false);
	AUTO_FREE char *wide = written(FORMAT_TABLE, true);
	AUTO_FREE char *page = written(FORMAT_HTML, false);

	ck_assert_ptr_nonnull(strstr(got, "3 d 4 h"));
	ck_assert_ptr_nonnull(strstr(got, "a, b"));
	ck_assert_ptr_nonnull(strstr(got, "bad \\xff\\x1b[1m"));
	ck_assert_ptr_null(strstr(got, "FAR"));
	ck_assert_ptr_nonnull(strstr(wide, "far away"));
	ck_assert_ptr_nonnull(
		strstr(got, "\nsome hosts: 2\nby x: b 2\nby y: none\nshare: 99.9 %\nnone: -\n"));
	ck_assert_ptr_nonnull(strstr(page, "<dt>by y</dt><dd>none</dd>"));
}
END_TEST

START_TEST(the_table_leaves_out_what_is_quiet)
{
	AUTO_FCLOSE FILE *table = tmpfile(), *csv = tmpfile();
	struct report *r = two_rows();

	r->quiet_rows = 1;
	r->quiet = "rows say nothing";
	report_write(r, FORMAT_TABLE, &(struct write_options){ .wide = false }, table);
	report_write(r, FORMAT_CSV, &(struct write_options){ .wide = false }, csv);
	report_free(r);
	AUTO_FREE char *got = contents(table);
	AUTO_FREE char *whole = contents(csv);

	ck_assert_ptr_nonnull(strstr(got, "=x"));
	ck_assert_ptr_null(strstr(got, "bad"));
	ck_assert_ptr_nonnull(strstr(got, "\n1 rows say nothing\n\n"));
	ck_assert_ptr_nonnull(strstr(whole, "bad"));
}
END_TEST

START_TEST(formats_have_names)
{
	enum report_format format;
	struct err err;

	ck_assert_int_eq(report_format_parse("csv", &format, &err), 0);
	ck_assert_int_eq(format, FORMAT_CSV);
	ck_assert_int_eq(report_format_parse("CSV", &format, &err), -1);
	ck_assert_int_eq(err.code, ERR_USAGE);
}
END_TEST

UNIT_SUITE(writers)
{
	Suite *s = suite_create("writers");
	TCase *tc = tcase_create("writers");

	tcase_add_test(tc, csv_is_rfc_4180);
	tcase_add_test(tc, json_keeps_types_and_says_null);
	tcase_add_test(tc, json_lines_are_the_rows);
	tcase_add_test(tc, csv_may_be_raw_and_marked);
	tcase_add_test(tc, prometheus_labels_are_escaped);
	tcase_add_test(tc, exceptions_are_a_gauge_by_state);
	tcase_add_test(tc, what_is_no_gauge_has_no_prometheus);
	tcase_add_test(tc, accepted_trouble_rings_for_that_word_alone);
	tcase_add_test(tc, excluded_hosts_ring_for_nothing_else);
	tcase_add_loop_test(tc, words_ring, 0, ARRAY_LEN(alarms));
	tcase_add_test(tc, json_of_no_rows_is_whole);
	tcase_add_test(tc, the_table_is_for_people);
	tcase_add_test(tc, the_table_leaves_out_what_is_quiet);
	tcase_add_test(tc, formats_have_names);
	suite_add_tcase(s, tc);
	return s;
}
