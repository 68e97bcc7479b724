/* test_staged.c - hosts have the installer before their plan is started: wherever that is cut, the
 * plan stays as it was approved, no server stays reserved, and its start sends nothing twice. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "tests/unit/store/fixture.h"
#include "tests/unit/unit.h"
#include "tests/unit/upgrader/fakefleet.h"
#include "upgrader/planned.h"

enum { MOMENTS = 8 };           /* operations of one that is staged */

static struct fake_fleet f;
static struct run run;
static struct upgrade_terms terms;

static void setup(void)
{
	fake_fleet_of_one(&f, &terms);
	fake_plan(&f, &terms);
}

static void teardown(void)
{
	fake_fleet_release(&f);
}

/* Of the plan, as it is stored by now. */
static struct job_rows stored(void)
{
	struct store_plan_row plan;
	struct store_run_row row;
	struct job_rows jobs;
	struct err err;

	ck_assert_int_eq(store_plan_find(f.store, "p", &plan, &row, &err), 0);
	ck_assert_int_eq(store_jobs(f.store, row.id, &jobs, &err), 0);
	store_plan_release(&plan);
	store_run_release(&row);
	return jobs;
}

static bool is_staged(void)
{
	struct job_rows jobs = stored();
	const struct store_job_row *r = &jobs.row[0];
	bool staged = job_row_recall(r, MEMORY_STAGED) != NULL;

	ck_assert_str_eq(r->state, "planned");
	ck_assert_str_eq(r->outcome, "");
	ck_assert(r->begun_utc_ms == 0 && !r->changed);
	ck_assert_msg(!f.host[0].folder || strcmp(r->folder, f.host[0].folder_name) == 0,
		      "the folder %s is not the journal's %s", f.host[0].folder_name, r->folder);
	job_rows_release(&jobs);
	return staged;
}

static const char *stage(void)
{
	static char outcome[32];

	fake_stage(&f, &run);
	snprintf(outcome, sizeof(outcome), "%s", fake_job(&run, "h1")->row.outcome);
	fake_run_release(&run);
	return outcome;
}

static void check_untouched(void)
{
	const struct fake_host *h = &f.host[0];

	ck_assert_int_eq(h->engine, 4);
	ck_assert_int_eq(h->cycles + h->started + h->consoles_ended, 0);
	ck_assert_str_eq(h->version, "2.0.9070.0");
}

static void check_started(int uploads)
{
	f.most_uploads = 0;
	fake_start(&f, &run);
	ck_assert_msg(strcmp(fake_job(&run, "h1")->row.outcome, "upgraded") == 0, "%s",
		      fake_job(&run, "h1")->row.reason);
	ck_assert_int_eq(f.most_uploads, uploads);
	ck_assert_int_eq(f.host[0].started, 1);
	ck_assert(fake_is_clean(&f.host[0]));
	fake_run_release(&run);
}

START_TEST(it_comes_to_the_host_and_the_server_is_given_back)
{
	ck_assert_str_eq(stage(), "staged");
	ck_assert(f.host[0].folder && f.host[0].file && !f.host[0].key.phase);
	ck_assert(is_staged());
	check_untouched();
}
END_TEST

START_TEST(who_starts_the_plan_sends_nothing_again)
{
	ck_assert_str_eq(stage(), "staged");
	check_started(0);
}
END_TEST

START_TEST(a_second_time_only_what_is_missing_is_sent)
{
	ck_assert_str_eq(stage(), "staged");
	f.most_uploads = 0;
	f.host[0].file = _i;
	ck_assert_str_eq(stage(), "staged");
	ck_assert_int_eq(f.most_uploads, !_i);
	ck_assert(is_staged() && f.host[0].file && !f.host[0].key.phase);
	check_started(0);
}
END_TEST

START_TEST(what_went_or_was_changed_is_sent_by_who_starts_it)
{
	ck_assert_str_eq(stage(), "staged");
	f.host[0].file = false;         /* to the check it is missing or another one alike */
	check_started(1);
}
END_TEST

START_TEST(wherever_it_is_cut_the_plan_is_as_it_was)
{
	f.at = _i / 2;
	f.effect = _i % 2;
	f.play = PLAY_CRASH;
	stage();
	check_untouched();
	f.play = PLAY_ON;
	is_staged();
	ck_assert_str_eq(stage(), "staged");
	ck_assert(is_staged() && !f.host[0].key.phase && f.host[0].file);
	ck_assert_str_eq(f.host[0].other_folder, "");
	check_started(0);
}
END_TEST

START_TEST(a_line_that_is_lost_costs_nothing)
{
	f.at = _i / 2;
	f.effect = _i % 2;
	f.play = PLAY_LOSE;
	if (strcmp(stage(), "staged") != 0)
		ck_assert_int_eq(f.at, 0);      /* a look is not repeated */
	else
		ck_assert(is_staged());
	ck_assert_ptr_null(f.host[0].key.phase);
}
END_TEST

START_TEST(an_interrupt_gives_the_server_back)
{
	f.at = _i;
	f.effect = true;
	f.play = PLAY_STOP_TWICE;
	stage();
	ck_assert_ptr_null(f.host[0].key.phase);
	check_untouched();
	f.play = PLAY_ON;
	is_staged();
	check_started(!f.host[0].file);
}
END_TEST

static void drop_plan(void *ctx)
{
	struct store_plan_row plan;
	struct store_run_row row;
	struct tx *tx = tx_new();
	struct err err;

	(void)ctx;
	ck_assert_int_eq(store_plan_find(f.store, "p", &plan, &row, &err), 0);
	tx_plan_drop(tx, &row, 1);
	must_run(f.store, tx);
	store_plan_release(&plan);
	store_run_release(&row);
}

/* Looked at; opened, uploaded and checked: nothing is journalled in the middle of that. */
START_TEST(once_the_plan_is_over_nothing_more_is_sent)
{
	static const int sent[] = { 1, 4, 4, 4 };

	f.at = _i;
	f.play = PLAY_CALL;
	f.called = drop_plan;
	fake_stage(&f, &run);
	ck_assert(fake_job(&run, "h1")->passed_over);
	ck_assert_str_eq(fake_job(&run, "h1")->row.outcome, "");
	ck_assert_int_eq(f.ops, sent[_i]);
	ck_assert_int_eq(run.broken.code, ERR_NONE);
	fake_run_release(&run);
	check_untouched();
}
END_TEST

START_TEST(what_is_no_good_is_taken_away_again)
{
	f.host[0].refuse_op = "stage-check";
	f.host[0].refuse_code = "not-signed";
	ck_assert_str_eq(stage(), "failed");
	ck_assert(fake_is_clean(&f.host[0]) && !is_staged());
	f.host[0].refuse_op = NULL;
	ck_assert_str_eq(stage(), "staged");
}
END_TEST

START_TEST(a_folder_that_is_not_ours_is_refused)
{
	ck_assert_str_eq(stage(), "staged");
	f.host[0].refuse_op = "stage-open";
	f.host[0].refuse_code = "folder-not-ours";
	fake_start(&f, &run);
	ck_assert_str_eq(fake_job(&run, "h1")->row.outcome, "blocked");
	ck_assert_int_eq(f.host[0].started, 0);
	fake_run_release(&run);
}
END_TEST

START_TEST(what_is_in_the_way_now_takes_nothing_away)
{
	ck_assert_str_eq(stage(), "staged");
	f.host[0].backup = _i == 0;
	f.host[0].silent = _i == 1;
	ck_assert_str_eq(stage(), _i == 0 ? "blocked-now" : "unreachable");
	ck_assert(f.host[0].file && is_staged());
	f.host[0].backup = f.host[0].silent = false;
	check_started(0);
}
END_TEST

START_TEST(where_it_is_not_wanted_any_more_it_goes)
{
	ck_assert_str_eq(stage(), "staged");
	f.host[0].version = "2.0.9999.0";
	ck_assert_str_eq(stage(), "current");
	ck_assert(fake_is_clean(&f.host[0]) && !is_staged());
}
END_TEST

START_TEST(anothers_reservation_is_left_alone)
{
	f.host[0].key = (struct fake_key){ .phase = "reserved",
					   .run = "other",
					   .controller = "c",
					   .seen_ms = clock_now_ms(),
					   .hold_ms = 3600000 };
	ck_assert_str_eq(stage(), "blocked-now");
	ck_assert_str_eq(f.host[0].key.run, "other");
	ck_assert(!f.host[0].folder && !is_staged());
}
END_TEST

START_TEST(what_fails_on_one_does_not_halt_the_others)
{
	teardown();
	fake_fleet_init(&f, FAKE_HOSTS);
	terms.parallel = terms.max_consecutive = 1;
	terms.max_failures.number = terms.max_slow.number = 1;
	terms.gate = true;
	f.planned = &terms;
	fake_plan(&f, &terms);
	f.host[0].no_upload = true;
	f.host[1].refuse_op = f.host[2].refuse_op = "stage-check";
	f.host[1].refuse_code = f.host[2].refuse_code = "not-signed";
	fake_stage(&f, &run);
	for (int i = 0; i < FAKE_HOSTS; i++)
		ck_assert_msg((strcmp(run.job[i].row.outcome, "staged") == 0) == (i >= 3), "%d: %s",
			      i, run.job[i].row.outcome);
	ck_assert_int_eq(run.stays, RUN_STATE_RUNNING);
	fake_run_release(&run);
}
END_TEST

/* What lies there is neither taken away nor forgotten by a start that has no lease of the host. */
START_TEST(a_host_in_other_hands_keeps_what_lies_there)
{
	struct fake_holder holder;
	char *folder;

	ck_assert_str_eq(stage(), "staged");
	folder = xstrdup(f.host[0].folder_name);
	holder = fake_hold(&f, "h1", 0);
	f.ops = 0;
	fake_start(&f, &run);
	ck_assert_str_eq(fake_job(&run, "h1")->row.outcome, "blocked-now");
	ck_assert_int_eq(f.ops, 0);
	fake_run_release(&run);
	ck_assert(f.host[0].file);
	fake_let_go(&holder);
	f.most_uploads = 0;
	fake_resume(&f, &run, "p");
	ck_assert_str_eq(fake_job(&run, "h1")->row.outcome, "upgraded");
	ck_assert_int_eq(f.most_uploads, 0);
	ck_assert_str_eq(f.host[0].folder_name, folder);
	ck_assert(fake_is_clean(&f.host[0]));
	fake_run_release(&run);
	free(folder);
}
END_TEST

/* One that was staged and not begun when its run ended. */
START_TEST(who_goes_on_with_the_run_comes_back_to_the_folder)
{
	teardown();
	fake_fleet_init(&f, 2);
	fake_plan(&f, &terms);
	fake_stage(&f, &run);
	fake_run_release(&run);
	f.host[0].exit = 1603;
	fake_start(&f, &run);
	ck_assert_str_eq(fake_job(&run, "h2")->row.outcome, "not-started");
	fake_run_release(&run);
	f.most_uploads = 0;
	fake_resume(&f, &run, "p");
	ck_assert_str_eq(fake_job(&run, "h2")->row.outcome, "upgraded");
	ck_assert_int_eq(f.most_uploads, 0);
	ck_assert(fake_is_clean(&f.host[1]));
	fake_run_release(&run);
}
END_TEST

/* Pieces of 4 MB: each waits for those before it, of all hosts or of its site. */
START_TEST(it_goes_no_faster_than_it_may)
{
	enum { MB_S = 400, WHOLE_MS = 4 * (FAKE_PIECES - 1) * 1000 / MB_S };
	int64_t begun, took;

	teardown();
	fake_fleet_init(&f, 2);
	fake_fleet_speak_winrm(&f);
	fake_plan(&f, &terms);
	f.bytes_s = _i == 0 ? MB_S * 1000000 : 0;
	f.site_bytes_s = _i == 1 ? MB_S * 1000000 : 0;
	begun = clock_now_ms();
	fake_stage(&f, &run);
	took = clock_now_ms() - begun;
	ck_assert_str_eq(fake_job(&run, "h2")->row.outcome, "staged");
	ck_assert_msg(_i == 2 || took >= 2 * WHOLE_MS - WHOLE_MS / 2, "%d ms", (int)took);
	fake_run_release(&run);
}
END_TEST

/* 1 MB at 1 MB/s, in the limit of 5 s: who sends it to several at once takes so much longer. */
static const struct {
	int hosts, parallel;
	int64_t bytes_s, site_bytes_s;
	int here;                       /* of the hosts, those of its site */
	int64_t want_ms;
} limits[] = {
	{ 3, 10, 0, 0, 3, 5000 },
	{ 1, 10, 1000000, 0, 1, 5000 },
	{ 3, 10, 1000000, 0, 1, 7000 },
	{ 9, 10, 1000000, 0, 9, 8000 },
	{ 9, 2, 1000000, 0, 9, 6000 },
	{ 9, 1, 1000000, 0, 9, 5000 },
	{ 9, 10, 0, 1000000, 1, 5000 },
	{ 9, 10, 0, 1000000, 2, 6000 },
	{ 9, 10, 0, 1000000, 9, 8000 },
	{ 9, 10, 2000000, 1000000, 2, 6500 },
	{ 9, 10, 2000000, 1000000, 9, 8000 },
};

START_TEST(waiting_for_what_others_are_sent_does_not_count)
{
	struct installer installer = { .len = 1000000 };
	struct rate site[3] = { { .bytes_s = 0 } };
	struct job job[9] = { { .site = 1 } };
	struct run r = { .job = job,
			 .count = limits[_i].hosts,
			 .installer = &installer,
			 .terms = { .limit_upload = 5000, .parallel = limits[_i].parallel },
			 .rate.bytes_s = limits[_i].bytes_s };

	for (int i = 0; i < r.count; i++) {
		job[i].run = &r;
		job[i].site = i < limits[_i].here ? 1 : 2;
	}
	site[1].bytes_s = site[2].bytes_s = limits[_i].site_bytes_s;
	r.site_rate = limits[_i].site_bytes_s ? site : NULL;
	ck_assert_int_eq(run_upload_limit_ms(&job[0]), limits[_i].want_ms);
}
END_TEST

/* The turn to upload goes on to the others. */
START_TEST(an_interrupt_while_it_may_not_send_ends_that)
{
	teardown();
	fake_fleet_init(&f, FAKE_HOSTS);
	fake_fleet_speak_winrm(&f);
	fake_plan(&f, &terms);
	f.bytes_s = 1000000;
	f.at = 2 * FAKE_HOSTS;
	f.effect = true;
	f.play = PLAY_STOP_TWICE;
	fake_stage(&f, &run);
	for (int i = 0; i < FAKE_HOSTS; i++)
		ck_assert_ptr_null(f.host[i].key.phase);
	ck_assert_int_eq(run.uploads, 0);
	fake_run_release(&run);
}
END_TEST

UNIT_SUITE(staged)
{
	Suite *s = suite_create("staged");
	TCase *tc = tcase_create("staged");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, it_comes_to_the_host_and_the_server_is_given_back);
	tcase_add_test(tc, who_starts_the_plan_sends_nothing_again);
	tcase_add_loop_test(tc, a_second_time_only_what_is_missing_is_sent, 0, 2);
	tcase_add_test(tc, what_went_or_was_changed_is_sent_by_who_starts_it);
	tcase_add_loop_test(tc, wherever_it_is_cut_the_plan_is_as_it_was, 0, 2 * MOMENTS);
	tcase_add_loop_test(tc, a_line_that_is_lost_costs_nothing, 0, 2 * MOMENTS);
	tcase_add_loop_test(tc, an_interrupt_gives_the_server_back, 0, MOMENTS);
	tcase_add_loop_test(tc, once_the_plan_is_over_nothing_more_is_sent, 0, 4);
	tcase_add_test(tc, what_is_no_good_is_taken_away_again);
	tcase_add_test(tc, a_folder_that_is_not_ours_is_refused);
	tcase_add_loop_test(tc, what_is_in_the_way_now_takes_nothing_away, 0, 2);
	tcase_add_test(tc, where_it_is_not_wanted_any_more_it_goes);
	tcase_add_test(tc, anothers_reservation_is_left_alone);
	tcase_add_test(tc, a_host_in_other_hands_keeps_what_lies_there);
	tcase_add_test(tc, what_fails_on_one_does_not_halt_the_others);
	tcase_add_test(tc, who_goes_on_with_the_run_comes_back_to_the_folder);
	tcase_add_loop_test(tc, it_goes_no_faster_than_it_may, 0, 3);
	tcase_add_test(tc, an_interrupt_while_it_may_not_send_ends_that);
	tcase_add_loop_test(tc, waiting_for_what_others_are_sent_does_not_count, 0,
			    ARRAY_LEN(limits));
	suite_add_tcase(s, tc);
	return s;
}
