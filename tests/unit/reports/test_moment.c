/* Moments as people name them, and the scans that `last` and `previous` pass over. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "reports/moment.h"
#include "tests/unit/store/fixture.h"

#define NOW (1000 * DAY_MS + 5 * HOUR_MS)

static const struct { const char *text; int64_t want; } moments[] = {
	{ "1970-01-02", DAY_MS },
	{ "1970-01-02T02:00:00Z", DAY_MS + 2 * HOUR_MS },
	{ "1970-01-02T02:00Z", DAY_MS + 2 * HOUR_MS },
	{ "1970-01-02 02:00", DAY_MS + 2 * HOUR_MS },
	{ "1970-01-02T02:00+01:00", DAY_MS + HOUR_MS },
	{ "7d", NOW - 7 * DAY_MS },
	{ "now", NOW },
	{ "last", NOW - DAY_MS + HOUR_MS },
	{ "previous", NOW - 3 * DAY_MS + HOUR_MS },
	{ "yesterday", -1 },
	{ "2026-13-01", -1 },
	{ "9999999d", -1 },
	{ "", -1 },
};

static void put_scan(struct store *s, int64_t id, int hosts, int64_t begun, int64_t ended)
{
	struct tx *tx = tx_new();

	tx_scan_begin(tx, id, "all", hosts, begun);
	if (ended)
		tx_scan_end(tx, id, "done", ended);
	must_run(s, tx);
}

START_TEST(moments_have_names)
{
	struct store *s = temp_store();
	int64_t got = -1;
	struct err err;

	put_scan(s, 1, 100, NOW - 3 * DAY_MS, NOW - 3 * DAY_MS + HOUR_MS);
	put_scan(s, 2, 1, NOW - 2 * DAY_MS, NOW - 2 * DAY_MS + HOUR_MS); /* one host in between */
	put_scan(s, 3, 90, NOW - DAY_MS, NOW - DAY_MS + HOUR_MS);
	put_scan(s, 4, 100, NOW, 0); /* at work */
	moment_parse(s, moments[_i].text, NOW, &got, &err);
	ck_assert_msg(got == moments[_i].want, "%s: %lld", moments[_i].text, (long long)got);
	if (moments[_i].want < 0)
		ck_assert_int_eq(err.code, ERR_USAGE);
	store_close(s);
}
END_TEST

/* `asked` is how the nth of those passed over is asked for. */
static void ask_for(struct store *s, const char *said, const char *begins, int64_t ended)
{
	char asked[21];
	int64_t got = -1;
	struct err err;

	ck_assert_msg(strncmp(said + 20, begins, strlen(begins)) == 0, "%s", said);
	snprintf(asked, sizeof(asked), "%.20s", said);
	ck_assert_int_eq(moment_parse(s, asked, NOW, &got, &err), 0);
	ck_assert_int_ge(got, ended);
	ck_assert_int_lt(got, ended + 1001);
}

START_TEST(what_is_passed_over_is_named)
{
	struct store *s = temp_store();
	struct err err;

	put_scan(s, 1, 100, NOW - 5 * DAY_MS, NOW - 5 * DAY_MS + HOUR_MS);
	put_scan(s, 2, 3, NOW - 4 * DAY_MS, NOW - 4 * DAY_MS + HOUR_MS + 7);
	put_scan(s, 3, 90, NOW - 3 * DAY_MS, NOW - 3 * DAY_MS + HOUR_MS);
	put_scan(s, 4, 1, NOW - 2 * DAY_MS, NOW - 2 * DAY_MS + 999);
	put_scan(s, 5, 1, NOW - DAY_MS, 0); /* died */
	AUTO_FREE char *last = moment_passed_over(s, "last", &err);
	AUTO_FREE char *previous = moment_passed_over(s, "previous", &err);
	AUTO_FREE char *date = moment_passed_over(s, "2026-11-01", &err);

	ask_for(s, last, " (1 host: all)", NOW - 2 * DAY_MS + 999);
	ck_assert_ptr_null(strstr(last, "), "));
	ask_for(s, previous, " (1 host: all), ", NOW - 2 * DAY_MS + 999);
	ask_for(s, strstr(previous, "), ") + 3, " (3 hosts: all)", NOW - 4 * DAY_MS + HOUR_MS + 7);
	ck_assert_str_eq(date, "");
	for (int64_t i = 6; i < 10; i++)
		put_scan(s, i, 1, NOW - HOUR_MS + i, NOW - HOUR_MS + i);
	AUTO_FREE char *many = moment_passed_over(s, "last", &err);

	ck_assert_ptr_nonnull(strstr(many, " and 2 more"));
	store_close(s);
}
END_TEST

START_TEST(what_never_ended_is_named)
{
	struct store *s = temp_store();
	struct err err;

	put_scan(s, 1, 100, NOW - 5 * DAY_MS, NOW - 5 * DAY_MS + HOUR_MS);
	put_scan(s, 2, 100, NOW - 4 * DAY_MS, 0);
	put_scan(s, 3, 1, NOW - 3 * DAY_MS, 0);         /* would not have counted */
	put_scan(s, 4, 90, NOW - 2 * DAY_MS, NOW - 2 * DAY_MS + HOUR_MS);
	put_scan(s, 5, 100, NOW - DAY_MS, 0);           /* reports tell of it */
	AUTO_FREE char *last = moment_unended(s, "last", &err);
	AUTO_FREE char *previous = moment_unended(s, "previous", &err);
	AUTO_FREE char *date = moment_unended(s, "2026-11-01", &err);

	ck_assert_str_eq(last, "");
	ck_assert_str_eq(previous, "1972-09-23T05:00:00Z (100 hosts: all)");
	ck_assert_str_eq(date, "");
	store_close(s);
}
END_TEST

START_TEST(without_a_scan_there_is_no_last_one)
{
	struct store *s = temp_store();
	int64_t got;
	struct err err;

	ck_assert_int_eq(moment_parse(s, "last", NOW, &got, &err), -1);
	ck_assert_str_eq(err.msg, "there is no scan yet");
	store_close(s);
}
END_TEST

UNIT_SUITE(moment)
{
	Suite *s = suite_create("moment");
	TCase *tc = tcase_create("moment");

	tcase_add_loop_test(tc, moments_have_names, 0, ARRAY_LEN(moments));
	tcase_add_test(tc, what_is_passed_over_is_named);
	tcase_add_test(tc, what_never_ended_is_named);
	tcase_add_test(tc, without_a_scan_there_is_no_last_one);
	suite_add_tcase(s, tc);
	return s;
}
