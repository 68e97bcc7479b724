/* The writers: cells that stay cells, types in every format, what is not known. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
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

static struct report *two_rows(void)
{
	struct report *r = report_new("test", 3, columns, ARRAY_LEN(columns));

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
			      "bad \xFF\x1b[1m,,,,,,\r\n");
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

START_TEST(json_of_no_rows_is_whole)
{
	AUTO_FCLOSE FILE *f = tmpfile();
	struct report *r = report_new("empty", 1, columns, ARRAY_LEN(columns));

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

	ck_assert_ptr_nonnull(strstr(got, "3 d 4 h"));
	ck_assert_ptr_nonnull(strstr(got, "a, b"));
	ck_assert_ptr_nonnull(strstr(got, "bad \\xff\\x1b[1m"));
	ck_assert_ptr_null(strstr(got, "FAR"));
	ck_assert_ptr_nonnull(strstr(wide, "far away"));
	ck_assert_ptr_nonnull(strstr(got, "\nsome hosts: 2\nby x: b 2\nshare: 99.9 %\nnone: -\n"));
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
	tcase_add_test(tc, json_of_no_rows_is_whole);
	tcase_add_test(tc, the_table_is_for_people);
	tcase_add_test(tc, formats_have_names);
	suite_add_tcase(s, tc);
	return s;
}
