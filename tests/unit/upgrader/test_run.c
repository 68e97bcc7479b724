/* test_run.c - many hosts: one first, few at a time, halted early, and what a resume takes up. */
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "tests/unit/store/fixture.h"
#include "tests/unit/unit.h"
#include "tests/unit/upgrader/fakefleet.h"

static struct fake_fleet f;
static struct run run;
static struct upgrade_terms terms;

static void setup(void)
{
	log_set_level(LOG_ERROR);
	fake_fleet_init(&f, FAKE_HOSTS);
	upgrade_terms_default(&terms);
	terms.limit_verify = 40;
}

static void teardown(void)
{
	fake_fleet_release(&f);
}

static const char *outcomes(void)
{
	return fake_outcomes(&f, &run);
}

/* clang-format off */
static const struct {
	const char *label;
	const char *hosts;              /* a letter each: Good, Backup running, siLent, Fails */
	int first, parallel, max_failures;
	const char *want, *state;
	int most_in_flight;
} cases[] = {
	{ "all good",                        "GGGGGG", 1, 10, 2, "UUUUUU", "done",   5 },
	{ "two at a time",                   "GGGGGG", 1, 2,  2, "UUUUUU", "done",   2 },
	{ "one at a time",                   "GGGGGG", 6, 1,  2, "UUUUUU", "done",   6 },
	{ "the first is passed over",        "BLGGGG", 1, 10, 2, "BNUUUU", "done",   3 },
	{ "nobody takes the first's place",  "BBBLLL", 1, 10, 2, "BBBNNN", "done",   1 },
	{ "the first fails",                 "FGGGGG", 1, 10, 2, "F-----", "halted", 1 },
	{ "the first that was begun fails",  "BFGGGG", 1, 10, 2, "BF----", "halted", 1 },
	{ "the second of two first fails",   "GFGGGG", 2, 10, 9, "UF----", "halted", 2 },
	{ "one failure is not enough",       "GFGGGG", 1, 1,  2, "UFUUUU", "done",   1 },
	{ "two failures are",                "GFFGGG", 1, 1,  2, "UFF---", "paused", 1 },
	{ "those in flight finish",          "GFFGGG", 1, 3,  2, "UFFUU-", "paused", 3 },
	{ "more failures allowed",           "GFFFGG", 1, 1,  4, "UFFFUU", "done",   1 },
	{ "blocked ones are no failures",    "GBBLBG", 1, 1,  1, "UBBNBU", "done",   1 },
};
/* clang-format on */

static void make_hosts(const char *letters)
{
	for (int i = 0; i < FAKE_HOSTS; i++) {
		f.host[i].backup = letters[i] == 'B';
		f.host[i].silent = letters[i] == 'L';
		f.host[i].exit = letters[i] == 'F' ? 1603 : 0;
		f.host[i].polls = letters[i] == 'F' ? 1 : 4;
	}
}

START_TEST(hosts_begin_and_end_in_order)
{
	make_hosts(cases[_i].hosts);
	terms.first = cases[_i].first;
	terms.parallel = cases[_i].parallel;
	terms.max_failures.number = cases[_i].max_failures;
	fake_run(&f, &run, &terms);
	ck_assert_msg(strcmp(outcomes(), cases[_i].want) == 0, "%s: %s", cases[_i].label,
		      outcomes());
	ck_assert_msg(strcmp(run.row.state, cases[_i].state) == 0, "%s: %s", cases[_i].label,
		      run.row.state);
	ck_assert_msg(f.most_in_flight <= cases[_i].most_in_flight, "%s: %d in flight",
		      cases[_i].label, f.most_in_flight);
	for (int i = 0; i < FAKE_HOSTS; i++)
		ck_assert_msg(fake_is_clean(&f.host[i]) && f.host[i].engine == 4, "%s: %s",
			      cases[_i].label, f.host[i].name);
	fake_run_release(&run);
}
END_TEST

START_TEST(few_upload_at_a_time)
{
	terms.parallel = 6;
	fake_run(&f, &run, &terms);
	ck_assert_int_gt(f.most_in_flight, 4);
	ck_assert_int_le(f.most_uploads, 4);
	ck_assert_str_eq(outcomes(), "UUUUUU");
	fake_run_release(&run);
}
END_TEST

START_TEST(an_interrupt_begins_no_new_host)
{
	f.play = PLAY_STOP;
	f.at = 3;                       /* within the first host */
	f.effect = true;
	fake_run(&f, &run, &terms);
	ck_assert_str_eq(outcomes(), "U-----");
	ck_assert_str_eq(run.row.state, "interrupted");
	fake_run_release(&run);
	f.play = PLAY_ON;
	fake_resume(&f, &run, "last");
	ck_assert_str_eq(outcomes(), "UUUUUU");
	ck_assert_str_eq(run.row.state, "done");
	fake_run_release(&run);
}
END_TEST

START_TEST(a_second_interrupt_amid_many_can_be_resumed)
{
	f.play = PLAY_STOP_TWICE;
	f.at = 14 + _i * 5;             /* after the first host */
	f.effect = true;
	fake_run(&f, &run, &terms);
	for (int i = 0; i < FAKE_HOSTS; i++)
		ck_assert_msg(f.host[i].installing || f.host[i].engine == 4 || f.host[i].started,
			      "%s: engine", f.host[i].name);
	fake_run_release(&run);
	f.play = PLAY_ON;
	fake_resume(&f, &run, "last");
	ck_assert_str_eq(outcomes(), "UUUUUU");
	for (int i = 0; i < FAKE_HOSTS; i++)
		ck_assert_msg(f.host[i].started == 1 && fake_is_clean(&f.host[i]), "%s: started %d",
			      f.host[i].name, f.host[i].started);
	fake_run_release(&run);
}
END_TEST

START_TEST(a_paused_run_goes_on_until_the_next_failure)
{
	make_hosts("GFFGFG");
	terms.parallel = f.parallel = 1;
	fake_run(&f, &run, &terms);
	ck_assert_str_eq(outcomes(), "UFF---");
	fake_run_release(&run);
	fake_resume(&f, &run, "last");
	ck_assert_str_eq(outcomes(), "UFFUF-");
	ck_assert_str_eq(run.row.state, "paused");
	fake_run_release(&run);
	fake_resume(&f, &run, "last");
	ck_assert_str_eq(outcomes(), "UFFUFU");
	ck_assert_str_eq(run.row.state, "done");
	ck_assert_int_eq(f.host[1].started, 1);
	fake_run_release(&run);
}
END_TEST

/* And that it was told so is kept: a third process counts from there. */
START_TEST(failures_are_forgotten_when_told)
{
	make_hosts("GFFFGF");
	terms.parallel = f.parallel = 1;
	fake_run(&f, &run, &terms);
	ck_assert_str_eq(outcomes(), "UFF---");
	fake_run_release(&run);
	f.play = PLAY_STOP;
	f.at = 10;                      /* amid the fourth */
	f.effect = true;
	f.forget = true;
	fake_resume(&f, &run, "last");
	f.forget = false;
	ck_assert_str_eq(outcomes(), "UFFF--");
	ck_assert_str_eq(run.row.state, "interrupted");
	fake_run_release(&run);
	f.play = PLAY_ON;
	fake_resume(&f, &run, "last");
	ck_assert_str_eq(outcomes(), "UFFFUF");
	ck_assert_str_eq(run.row.state, "paused");      /* the second of those that count */
	fake_run_release(&run);
}
END_TEST

START_TEST(failures_before_a_crash_count)
{
	make_hosts("GFGFGG");
	terms.parallel = f.parallel = 1;
	f.play = PLAY_CRASH;
	f.at = 30;                      /* amid the third */
	fake_run(&f, &run, &terms);
	ck_assert_str_eq(outcomes(), "UF xxx");
	fake_run_release(&run);
	f.play = PLAY_ON;
	fake_resume(&f, &run, "last");
	ck_assert_str_eq(outcomes(), "UFUF--");
	ck_assert_str_eq(run.row.state, "paused");
	fake_run_release(&run);
}
END_TEST

START_TEST(a_changed_host_that_is_not_reached_any_more_halts_a_run)
{
	terms.parallel = f.parallel = 1;
	terms.max_failures.number = 9;
	f.host[1].cut_cycles = 200;
	f.cycling_ms = 30 * 1000;
	f.look_ms = -1;
	fake_run(&f, &run, &terms);
	ck_assert_str_eq(outcomes(), "U?----");
	ck_assert_str_eq(run.row.state, "halted");
	fake_run_release(&run);
	f.host[1].cut_cycles = 0;
	fake_resume(&f, &run, "last");
	ck_assert_str_eq(outcomes(), "UUUUUU");
	ck_assert_int_eq(f.host[1].started, 1);
	fake_run_release(&run);
}
END_TEST

/* Ends at 2, 4 and 6 hosts; a host that fails in the second wave ends the run before the third. */
START_TEST(waves_are_kept_by_a_resume)
{
	make_hosts("GGGFGG");
	terms.max_failures.number = 1;
	terms.soak = 20;
	ck_assert_ptr_null(waves_expected("2,4,100%", &terms.waves));
	fake_run(&f, &run, &terms);
	ck_assert_str_eq(outcomes(), "UUUF--");
	ck_assert_int_eq(fake_job(&run, "h4")->row.wave, 2);
	ck_assert_int_eq(f.most_in_flight, 2);
	fake_run_release(&run);
	ck_assert_int_eq(query_number(f.db, "select wave from job where position = 6"), 3);
	f.host[4].exit = f.host[5].exit = 0;
	fake_resume(&f, &run, "last");
	ck_assert_str_eq(outcomes(), "UUUFUU");
	ck_assert_int_eq(fake_job(&run, "h6")->row.wave, 3);
	fake_run_release(&run);
}
END_TEST

START_TEST(an_interrupt_ends_the_wait_for_a_wave)
{
	terms.soak = 3600 * 1000;
	ck_assert_ptr_null(waves_expected("1,100%", &terms.waves));
	f.play = PLAY_STOP;
	f.at = 3;
	f.effect = true;
	fake_run(&f, &run, &terms);
	ck_assert_str_eq(outcomes(), "U-----");
	ck_assert_str_eq(run.row.state, "interrupted");
	fake_run_release(&run);
	/* and who goes on waits from when the wave ended, not from now */
	query_number(f.db,
		     "update job set ended_utc_ms = ended_utc_ms - 8640000000 where position = 1 "
		     "returning 1");
	f.play = PLAY_ON;
	f.soak = 100 * DAY_MS;
	fake_resume(&f, &run, "last");
	ck_assert_str_eq(outcomes(), "UUUUUU");
	fake_run_release(&run);
}
END_TEST

START_TEST(unreachable_hosts_pause_a_run_and_are_tried_again)
{
	make_hosts("GLLGGG");
	terms.parallel = 1;
	terms.max_unreachable.number = 2;
	fake_run(&f, &run, &terms);
	ck_assert_str_eq(outcomes(), "UNN---");
	ck_assert_str_eq(run.row.state, "paused");
	fake_run_release(&run);
	f.host[1].silent = f.host[2].silent = false;
	fake_resume(&f, &run, "last");
	ck_assert_str_eq(outcomes(), "UUUUUU");
	fake_run_release(&run);
}
END_TEST

static void turn_hour(void *ctx)
{
	(void)ctx;
	unit_clock_turn(HOUR_MS);
}

/* By the journal: the first host took an hour. It was known to who goes on. */
START_TEST(a_slow_host_pauses_a_run)
{
	make_hosts("GGGGGG");
	terms.parallel = 1;
	terms.max_slow.number = 1;
	f.needs_ms = _i == 0 ? HOUR_MS - 1 : 2 * HOUR_MS;
	f.play = PLAY_CALL;
	f.at = 3;
	f.called = turn_hour;
	fake_run(&f, &run, &terms);
	ck_assert_str_eq(outcomes(), _i == 0 ? "U-----" : "UUUUUU");
	ck_assert_str_eq(run.row.state, _i == 0 ? "paused" : "done");
	fake_run_release(&run);
	f.play = PLAY_ON;
	fake_resume(&f, &run, "last");
	ck_assert_str_eq(outcomes(), "UUUUUU");
	fake_run_release(&run);
}
END_TEST

static void end_backup(void *ctx)
{
	(void)ctx;
	f.host[1].backup = false;
}

static int count_looks_of_h2(void)
{
	return (int)query_number(f.db, "select count(*) from event e join host h on h.id = e.host "
				       "where h.name = 'h2' and e.kind = 'looking'");
}

/* A backup that ends meanwhile, one that does not, and a run that waits for nothing. */
START_TEST(who_was_blocked_for_now_is_begun_once_more)
{
	make_hosts("GBGGGG");
	terms.parallel = 1;
	f.return_ms = 30;
	f.deadline_ms = _i < 2 ? DAY_MS : 0;
	f.play = PLAY_CALL;
	f.at = _i == 0 ? 30 : 100000;
	f.called = end_backup;
	fake_run(&f, &run, &terms);
	ck_assert_str_eq(outcomes(), _i == 0 ? "UUUUUU" : "UBUUUU");
	ck_assert_str_eq(run.row.state, "done");
	ck_assert_int_eq(f.host[1].started, _i == 0);
	ck_assert(fake_is_clean(&f.host[1]));
	if (_i == 1)
		ck_assert_int_eq(count_looks_of_h2(), 3);
	ck_assert_int_eq(run.progress.done, 6);
	fake_run_release(&run);
	f.host[1].backup = false;
	fake_resume(&f, &run, "last");
	ck_assert_str_eq(outcomes(), "UUUUUU");
	ck_assert_int_eq(f.host[1].started, 1);
	fake_run_release(&run);
}
END_TEST

/* One canary is not dealt, since nothing is known of these hosts: waves of two, four and all. */
static void make_gated(const char *hosts)
{
	make_hosts(hosts);
	f.gate = terms.gate = true;
	ck_assert_ptr_null(waves_expected("2,4,100%", &terms.waves));
	fake_run(&f, &run, &terms);
	ck_assert_str_eq(outcomes(), hosts[1] == 'G' ? "UU----" : "UN----");
	ck_assert_str_eq(run.row.state, "paused");
	fake_run_release(&run);
}

START_TEST(a_gate_wants_a_resume_behind_each_wave)
{
	make_gated("GGGGGG");
	fake_resume(&f, &run, "last");
	ck_assert_str_eq(outcomes(), "UUUU--");
	ck_assert_str_eq(run.row.state, "paused");
	fake_run_release(&run);
	fake_resume(&f, &run, "last");
	ck_assert_str_eq(outcomes(), "UUUUUU");
	ck_assert_str_eq(run.row.state, "done");
	fake_run_release(&run);
}
END_TEST

/* Who went on with the run looked at the wave, though one of it is not reached once more. */
START_TEST(a_gate_is_passed_by_a_resume_though_one_stays_away)
{
	make_gated("GLGGGG");
	fake_resume(&f, &run, "last");
	ck_assert_str_eq(outcomes(), "UNUU--");
	ck_assert_str_eq(run.row.state, "paused");
	fake_run_release(&run);
}
END_TEST

/* The wave behind it had begun when the run was interrupted: it was let through before. */
START_TEST(a_gate_that_was_passed_stays_open)
{
	make_gated("GGGGGG");
	f.parallel = 1;
	f.play = PLAY_STOP;
	f.at = 3;
	fake_resume(&f, &run, "last");
	ck_assert_str_eq(outcomes(), "UUU---");
	ck_assert_str_eq(run.row.state, "interrupted");
	fake_run_release(&run);
	f.play = PLAY_ON;
	fake_resume(&f, &run, "last");
	ck_assert_str_eq(outcomes(), "UUUU--");
	ck_assert_str_eq(run.row.state, "paused");
	fake_run_release(&run);
}
END_TEST

START_TEST(failures_in_a_row_pause_a_run)
{
	make_hosts("GFGFFG");
	terms.parallel = 1;
	terms.max_failures.number = 9;
	terms.max_consecutive = 2;
	fake_run(&f, &run, &terms);
	ck_assert_str_eq(outcomes(), "UFUFF-");
	ck_assert_str_eq(run.row.state, "paused");
	fake_run_release(&run);
}
END_TEST

/* Another program that keeps the database locked for longer than the store waits, from the _i-th
 * thing that is done to a host on. */
struct locker { sqlite3 *db; pthread_t thread; };

static void *unlock_later(void *ctx)
{
	struct locker *l = ctx;

	poll(NULL, 0, 300);
	sqlite3_exec(l->db, "rollback", NULL, NULL, NULL);
	sqlite3_close(l->db);
	return NULL;
}

static void lock_database(void *ctx)
{
	struct locker *l = ctx;

	ck_assert_int_eq(sqlite3_open(f.db, &l->db), SQLITE_OK);
	sqlite3_busy_timeout(l->db, 5000);
	ck_assert_int_eq(sqlite3_exec(l->db, "begin immediate", NULL, NULL, NULL), SQLITE_OK);
	ck_assert_int_eq(pthread_create(&l->thread, NULL, unlock_later, l), 0);
}

START_TEST(a_busy_database_is_waited_for)
{
	struct locker locker = { 0 };
	struct err err;

	store_close(f.store);
	f.store = store_open_limits(&(struct store_options){ .path = f.db, .command = "test" },
				    &(struct store_limits){ .wait_ms = 20 }, &err);
	ck_assert_ptr_nonnull(f.store);
	f.play = PLAY_CALL;
	f.at = _i;
	f.effect = true;
	f.called = lock_database;
	f.called_ctx = &locker;
	fake_run(&f, &run, &terms);
	ck_assert_ptr_nonnull(locker.db);
	ck_assert_int_eq(pthread_join(locker.thread, NULL), 0);
	ck_assert_str_eq(outcomes(), "UUUUUU");
	ck_assert_str_eq(run.row.state, "done");
	for (int i = 0; i < FAKE_HOSTS; i++)
		ck_assert_msg(f.host[i].started == 1 && fake_is_clean(&f.host[i]), "h%d", i + 1);
	fake_run_release(&run);
}
END_TEST

static void database_exec(const char *sql)
{
	sqlite3 *db;

	ck_assert_int_eq(sqlite3_open(f.db, &db), SQLITE_OK);
	sqlite3_busy_timeout(db, 5000);
	ck_assert_int_eq(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

/* The database breaks, as on a disk that is gone: from then on no move can be journalled. */
static void break_database(void *ctx)
{
	*(bool *)ctx = true;
	database_exec("alter table event rename to event_gone");
}

/* Whether the log says where the host was left. */
static bool told_of(const char *log, const struct job *j)
{
	AUTO_FREE char *line =
		xasprintf("%s: left in state '%s'", j->row.host, job_state_name(j->state));

	return strstr(log, line) != NULL;
}

/* What a run whose store broke says of one host, beside what became of the host. */
static void check_left(const struct job *j, const struct fake_host *h, const char *log)
{
	bool upgraded = outcome_from_name(j->row.outcome) == OUTCOME_UPGRADED;

	ck_assert_msg(upgraded || *j->row.outcome == '\0', "%s: %s", h->name, j->row.outcome);
	if (upgraded)
		ck_assert_msg(h->started == 1 && fake_is_clean(h) &&
				      strcmp(h->version, "2.0.9999.0") == 0,
			      "%s: is not upgraded", h->name);
	/* one that was begun is told of, with its installer under way or without */
	else if (h->folder || j->state != JOB_PLANNED)
		ck_assert_msg(told_of(log, j), "%s, %s: not in: %s", h->name, j->row.state, log);
	if (h->started > 0)
		ck_assert_msg(j->state >= JOB_STARTING, "%s: %s", h->name, j->row.state);
	/* nobody takes the place of the first host */
	if (!strchr(outcomes(), 'U') && j->row.position > 1)
		ck_assert_msg(!j->ended, "%s was begun", h->name);
}

static int count_letter(const char *text, char letter)
{
	int count = 0;

	for (; *text; text++)
		count += *text == letter;
	return count;
}

START_TEST(a_broken_store_stops_all_and_tells_where)
{
	AUTO_FREE char *path = xasprintf("%s/log", unit_folder()), *log = NULL;
	bool broken = false;
	size_t len;
	struct err err;

	ck_assert_ptr_nonnull(freopen(path, "w", stderr));
	log_set_level(LOG_WARN);
	f.host[3].cut_cycles = 2;       /* these come again after a lost line */
	f.host[4].lost_starts = 2;
	f.host[5].consoles = FAKE_NEVER;
	f.host[5].console_returns = _i % 2 == 1;
	terms.close_console = true;
	f.play = PLAY_CALL;
	f.at = 1 + _i;
	f.effect = true;
	f.called = break_database;
	f.called_ctx = &broken;
	fake_run(&f, &run, &terms);
	fflush(stderr);
	log = file_read(path, 1 << 16, &len, &err);
	ck_assert(broken);
	ck_assert_int_eq(run.broken.code, ERR_STORE);
	ck_assert_msg(strstr(run.broken.msg, "no such table: event") != NULL, "%s", run.broken.msg);
	ck_assert_msg(f.begun_broken == 0, "%d begun", f.begun_broken);
	for (int i = 0; i < FAKE_HOSTS; i++)
		check_left(fake_job(&run, f.host[i].name), &f.host[i], log);
	/* and what is called upgraded is what the store has so */
	ck_assert_int_eq(query_number(f.db, "select count(*) from job where outcome = 'upgraded'"),
			 count_letter(outcomes(), 'U'));
	fake_run_release(&run);
	database_exec("alter table event_gone rename to event");
	f.play = PLAY_ON;
	f.host[5].consoles = 0;
	f.host[5].console_returns = false;
	fake_resume(&f, &run, "last");
	ck_assert_str_eq(outcomes(), "UUUUUU");
	for (int i = 0; i < FAKE_HOSTS; i++)
		ck_assert_msg(f.host[i].started == 1 && fake_is_clean(&f.host[i]), "h%d", i + 1);
	fake_run_release(&run);
}
END_TEST

UNIT_SUITE(run)
{
	Suite *s = suite_create("run");
	TCase *tc = tcase_create("many hosts");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 30);
	tcase_add_loop_test(tc, hosts_begin_and_end_in_order, 0, (int)ARRAY_LEN(cases));
	tcase_add_test(tc, few_upload_at_a_time);
	tcase_add_test(tc, an_interrupt_begins_no_new_host);
	tcase_add_loop_test(tc, a_second_interrupt_amid_many_can_be_resumed, 0, 10);
	tcase_add_test(tc, a_paused_run_goes_on_until_the_next_failure);
	tcase_add_test(tc, failures_are_forgotten_when_told);
	tcase_add_test(tc, failures_before_a_crash_count);
	tcase_add_test(tc, a_changed_host_that_is_not_reached_any_more_halts_a_run);
	tcase_add_test(tc, waves_are_kept_by_a_resume);
	tcase_add_test(tc, an_interrupt_ends_the_wait_for_a_wave);
	tcase_add_loop_test(tc, a_slow_host_pauses_a_run, 0, 2);
	tcase_add_loop_test(tc, who_was_blocked_for_now_is_begun_once_more, 0, 3);
	tcase_add_test(tc, a_gate_wants_a_resume_behind_each_wave);
	tcase_add_test(tc, a_gate_is_passed_by_a_resume_though_one_stays_away);
	tcase_add_test(tc, a_gate_that_was_passed_stays_open);
	tcase_add_test(tc, failures_in_a_row_pause_a_run);
	tcase_add_test(tc, unreachable_hosts_pause_a_run_and_are_tried_again);
	tcase_add_loop_test(tc, a_busy_database_is_waited_for, 0, 12);
	tcase_add_loop_test(tc, a_broken_store_stops_all_and_tells_where, 0, 60);
	suite_add_tcase(s, tc);
	return s;
}
