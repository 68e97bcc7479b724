/* test_stopped.c - a server that a run of ours left without obengine is said to be one in every
 * format of every report with a row a host, on the page before all else, by show, and by the words
 * that ring. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "reports/alarm.h"
#include "reports/dossier.h"
#include "reports/writer.h"
#include "scanner/stopped.h"
#include "tests/unit/reports/pages.h"
#include "tests/unit/store/fixture.h"

#define RUN "20261121-7c3e"
#define COLUMN "obengine_stopped_by"
#define NOW INT64_C(1700000000000)

static char *run_name = RUN;
static struct store *s;
static struct policies *policies;

/* Hosts h1 to h3 in a run; obengine stands still on h2, by this run, or nobody looked since. */
static void begin_seen(bool looked)
{
	struct store_run_row run = { .id = 1,
				     .name = run_name,
				     .installer = "x.exe",
				     .sha256 = "ab",
				     .target = "2.0.9938.0",
				     .state = "halted",
				     .begun_utc_ms = NOW };
	struct store_job_row jobs[] = {
		{ .id = 1, .run = 1, .host = "h1", .state = "ended", .outcome = "upgraded" },
		{ .id = 2, .run = 1, .host = "h2", .state = "ended", .outcome = "failed" },
	};
	struct tx *tx = tx_new();

	s = temp_store();
	policies = policies_default();
	tx_run_create(tx, &run, jobs, ARRAY_LEN(jobs));
	tx_engine_change(tx, "h2", run_name);
	if (looked)
		tx_look(tx, &(struct store_look){ .host = "h2",
						  .source = "upgrade",
						  .utc_ms = NOW,
						  .engine = STORE_ENGINE_STOPPED,
						  .engine_run = "" });
	must_run(s, tx);
}

static void begin(void)
{
	begin_seen(true);
}

static void end(void)
{
	policies_free(policies);
	store_close(s);
}

/* It runs again. */
static void restore(void)
{
	struct tx *tx = tx_new();

	tx_look(tx, &(struct store_look){ .host = "h2",
					  .source = "upgrade",
					  .utc_ms = NOW + 1,
					  .engine = STORE_ENGINE_RUNS });
	must_run(s, tx);
}

typedef struct report *(*report_make)(struct store *store, const struct report_options *o,
				      struct err *err);
static const report_make makes[] = { report_compliance, report_run };
static const enum report_id ids[] = { REPORT_COMPLIANCE, REPORT_RUN };

static struct report *made(report_make make)
{
	static struct report_options options;
	static struct err err;
	struct report *r;

	options = (struct report_options){ .now_utc_ms = NOW,
					   .policies = policies,
					   .host_count = -1 };
	r = make(s, &options, &err);

	ck_assert_msg(r != NULL, "%s", err.msg);
	return r;
}

/* What a format makes of it. Yours. */
static char *written(const struct report *r, enum report_format format)
{
	char *out = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&out, &len);

	report_write(r, format, &(struct write_options){ .wide = false }, f);
	fclose(f);
	return out;
}

static int column_of(const struct report *r)
{
	for (int i = 0; i < r->column_count; i++)
		if (strcmp(r->column[i].id, COLUMN) == 0)
			return i;
	ck_abort_msg("%s has no column", r->name);
	return -1;
}

START_TEST(every_report_with_a_row_a_host_says_it_in_every_format)
{
	enum { MAKES = ARRAY_LEN(makes) };

	end();
	begin_seen(_i < MAKES);

	struct report *r = made(makes[_i % MAKES]);
	int column = column_of(r), known = 0;

	for (int row = 0; row < r->row_count; row++) {
		const struct cell *cell = report_cell(r, row, column);

		known += cell->known;
		ck_assert(!cell->known || strcmp(report_cell(r, row, 0)->text, "h2") == 0);
	}
	ck_assert_int_eq(known, 1);
	ck_assert_int_eq(json_integer_value(json_object_get(r->summary, "obengine_stopped")), 1);
	for (int format = 0; format < FORMAT_COUNT; format++) {
		AUTO_FREE char *text = NULL;

		if (report_format_check((enum report_format)format, ids[_i % MAKES], NULL) != 0)
			continue;
		text = written(r, (enum report_format)format);
		ck_assert_msg(strcasestr(text, "obengine") && strstr(text, RUN),
			      "%s, format %d: %s", r->name, format, text);
	}
	report_free(r);
}
END_TEST

START_TEST(the_terminal_has_the_column_only_where_it_says_something)
{
	struct report *r = made(makes[_i]);
	AUTO_FREE char *stopped = written(r, FORMAT_TABLE);

	report_free(r);
	restore();
	r = made(makes[_i]);
	AUTO_FREE char *running = written(r, FORMAT_TABLE);
	const char *status = strstr(stopped, _i ? "OUTCOME" : "STATUS");

	report_free(r);
	ck_assert_ptr_nonnull(strstr(stopped, "OBENGINE STOPPED BY"));
	ck_assert_ptr_nonnull(status);
	ck_assert(strstr(status, "OBENGINE STOPPED BY") < strstr(status, _i ? "BEFORE" : "FAULT"));
	ck_assert_ptr_null(strstr(running, "OBENGINE"));
}
END_TEST

START_TEST(the_report_of_a_run_says_what_to_do)
{
	struct report *r = made(report_run);
	AUTO_FREE char *text = written(r, FORMAT_TABLE);

	ck_assert_ptr_nonnull(strstr(text, "What to do\n"));
	ck_assert_ptr_nonnull(strstr(text, "marshal upgrade restore " RUN "\n"));
	report_free(r);
}
END_TEST

START_TEST(gauges_are_there_for_all_and_for_each)
{
	struct report *r = made(report_compliance);
	AUTO_FREE char *stopped = written(r, FORMAT_PROMETHEUS);

	report_free(r);
	restore();
	r = made(report_compliance);
	AUTO_FREE char *running = written(r, FORMAT_PROMETHEUS);

	report_free(r);
	ck_assert_ptr_nonnull(strstr(stopped, "\nmarshal_hosts_obengine_stopped 1\n"));
	ck_assert_ptr_nonnull(strstr(stopped,
				     "\nmarshal_host_obengine_stopped{host=\"h2\","
				     "obengine_stopped_by=\"" RUN "\",owner=\"\",site=\"\"} 1\n"));
	ck_assert_ptr_nonnull(strstr(running, "\nmarshal_hosts_obengine_stopped 0\n"));
	ck_assert_ptr_null(strstr(running, "\nmarshal_host_obengine_stopped{"));
}
END_TEST

START_TEST(it_rings_by_a_word_of_its_own)
{
	struct opt_list list = { .item = (const char *[]){ "obengine-stopped" }, .count = 1 };
	struct report *r = made(makes[_i]);
	struct alarms a;

	ck_assert_int_eq(alarms_parse(alarm_words(ids[_i]), "fail-on", &list, &a, NULL), 0);
	ck_assert(alarms_any(&a, r));
	report_free(r);
	restore();
	r = made(makes[_i]);
	ck_assert(!alarms_any(&a, r));
	report_free(r);
}
END_TEST

/* A database from elsewhere: who copies a line runs nothing else. */
START_TEST(only_harmless_names_get_into_commands)
{
	struct report *r;

	end();
	run_name = "a;b";
	begin();
	r = made(report_run);

	AUTO_FREE char *text = written(r, FORMAT_TABLE);

	ck_assert_ptr_nonnull(strstr(text, "marshal upgrade restore RUN\n"));
	report_free(r);
}
END_TEST

START_TEST(show_says_it_at_once)
{
	static const char *const heads[] = {
		"host             h2\nobengine         left stopped by run " RUN ", no backup runs",
		"host             h2\nobengine         not seen running since run " RUN
		", look at it",
	};
	const char *head = heads[_i];
	static const struct {
		const char *host;
		bool stopped;
	} hosts[] = { { "h1", false }, { "h2", true } };

	end();
	begin_seen(_i == 0);
	for (size_t i = 0; i < ARRAY_LEN(hosts); i++) {
		struct dossier d = { .now_utc_ms = NOW, .policies = policies };
		char *text = NULL;
		size_t len = 0;
		FILE *f = open_memstream(&text, &len);
		struct err err;

		ck_assert_int_eq(dossier_load(&d, s, hosts[i].host, 0, &err), 0);
		dossier_print(&d, false, f);
		fclose(f);
		AUTO_JSON json_t *all = dossier_json(&d);
		const char *by = json_get_str(all, COLUMN);

		ck_assert(json_object_get(all, COLUMN) != NULL);
		ck_assert(hosts[i].stopped ? by && strcmp(by, RUN) == 0 : !by);
		if (hosts[i].stopped) {
			ck_assert_msg(strncmp(text, head, strlen(head)) == 0, "%s", text);
			ck_assert_ptr_nonnull(strstr(text, "marshal upgrade restore h2\n"));
		} else {
			ck_assert_ptr_null(strstr(text, "obengine"));
		}
		free(text);
		dossier_release(&d);
	}
}
END_TEST

START_TEST(a_scan_has_them_by_run)
{
	struct err err;
	AUTO_JSON json_t *all = stopped_json(s, &err);
	AUTO_FREE char *text = json_canonical(all);

	ck_assert_str_eq(text, "{\"" RUN "\":[\"h2\"]}");
	restore();
	json_decref(all);
	all = stopped_json(s, &err);
	ck_assert_int_eq(json_object_size(all), 0);
}
END_TEST

START_TEST(the_page_says_it_before_all_else)
{
	AUTO_FREE char *page = make_page(make_stopped);
	const char *alarm = strstr(page, "11</b>"), *first = strstr(page, "restore web1\n");

	alarm = alarm ? alarm : strstr(page, "11 hosts were left without obengine by");
	ck_assert_ptr_nonnull(alarm);
	ck_assert_ptr_nonnull(first);
	ck_assert(first < strstr(page, "class=\"big"));
	ck_assert_ptr_nonnull(strstr(page, "restore web10<"));
	ck_assert_ptr_null(strstr(page, "restore web11<"));
	ck_assert_ptr_nonnull(strstr(page, "names the others"));
	ck_assert_ptr_nonnull(strstr(page, "OBENGINE STOPPED BY"));
}
END_TEST

START_TEST(a_page_without_them_has_neither_alarm_nor_column)
{
	AUTO_FREE char *page = make_page(make_six);

	ck_assert_ptr_null(strstr(page, "left without obengine"));
	ck_assert_ptr_null(strstr(page, "OBENGINE STOPPED BY"));
}
END_TEST

UNIT_SUITE(stopped)
{
	Suite *suite = suite_create("stopped");
	TCase *tc = tcase_create("reports"), *pages = tcase_create("pages");

	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_loop_test(tc, every_report_with_a_row_a_host_says_it_in_every_format, 0,
			    2 * ARRAY_LEN(makes));
	tcase_add_loop_test(tc, the_terminal_has_the_column_only_where_it_says_something, 0,
			    ARRAY_LEN(makes));
	tcase_add_test(tc, the_report_of_a_run_says_what_to_do);
	tcase_add_test(tc, gauges_are_there_for_all_and_for_each);
	tcase_add_loop_test(tc, it_rings_by_a_word_of_its_own, 0, ARRAY_LEN(makes));
	tcase_add_test(tc, only_harmless_names_get_into_commands);
	tcase_add_loop_test(tc, show_says_it_at_once, 0, 2);
	tcase_add_test(tc, a_scan_has_them_by_run);
	suite_add_tcase(suite, tc);
	tcase_add_test(pages, the_page_says_it_before_all_else);
	tcase_add_test(pages, a_page_without_them_has_neither_alarm_nor_column);
	suite_add_tcase(suite, pages);
	return suite;
}
