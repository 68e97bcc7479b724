/* test_put.c - an installer that goes over WinRM, in pieces: whatever is cut between or within
 * them, the host ends with the whole of it, and what had arrived is not sent again. */
#include "base/mem.h"
#include "tests/unit/upgrader/fakefleet.h"
#include "tests/unit/unit.h"

/* Operations by their number: look, open, the pieces, check. */
enum { PIECES = FAKE_PIECES, OPENING = 1, CHECKING = OPENING + PIECES + 1 };

static struct fake_fleet f;
static struct run run;
static struct upgrade_terms terms;

static void setup(void)
{
	fake_fleet_of_one(&f, &terms);
	fake_fleet_speak_winrm(&f);
}

static void teardown(void)
{
	fake_fleet_release(&f);
}

static void play(int at, bool effect, int what)
{
	f.play = what;
	f.at = at;
	f.effect = effect;
	fake_run(&f, &run, &terms);
}

/* Ended well, having sent at most so many pieces. */
static void check_upgraded(int most)
{
	const struct job *j = fake_job(&run, "h1");

	ck_assert_msg(strcmp(j->row.outcome, "upgraded") == 0, "%d%s: %s (%s, %s)", f.at,
		      f.effect ? " after" : "", j->row.outcome, j->row.state, j->row.reason);
	ck_assert_msg(f.host[0].puts >= PIECES && f.host[0].puts <= most, "%d%s: %d pieces", f.at,
		      f.effect ? " after" : "", f.host[0].puts);
	ck_assert_int_eq(f.host[0].started, 1);
	ck_assert(fake_is_clean(&f.host[0]));
	fake_run_release(&run);
}

START_TEST(pieces_become_the_whole)
{
	fake_run(&f, &run, &terms);
	check_upgraded(PIECES);
}
END_TEST

/* The last piece is what has the whole looked at: it alone may come twice. */
START_TEST(a_line_lost_at_any_moment_costs_no_piece_that_arrived)
{
	play(OPENING + _i / 2, _i % 2, PLAY_LOSE);
	check_upgraded(PIECES);
}
END_TEST

START_TEST(nor_does_a_crash)
{
	play(OPENING + _i / 2, _i % 2, PLAY_CRASH);
	fake_run_release(&run);
	f.play = PLAY_ON;
	fake_resume(&f, &run, "last");
	check_upgraded(PIECES);
}
END_TEST

START_TEST(an_interrupted_upload_is_undone_and_begun_anew)
{
	play(OPENING + 2, true, PLAY_STOP_TWICE);
	ck_assert_str_eq(fake_job(&run, "h1")->row.outcome, "cancelled");
	ck_assert(fake_is_clean(&f.host[0]));
	fake_run_release(&run);
	f.play = PLAY_ON;
	f.host[0].puts = 0;
	fake_resume(&f, &run, "last");
	check_upgraded(PIECES);
}
END_TEST

/* A way that breaks with each piece is as good as one that does not, only slower; one on which
 * nothing arrives is given up. */
START_TEST(lines_that_break_count_only_while_nothing_arrives)
{
	f.host[0].cut_puts = 100;
	f.host[0].cut_puts_arrive = _i == 1;
	f.host[0].cut_every_second = _i >= 2;
	f.host[0].forgets = _i == 3;
	fake_run(&f, &run, &terms);
	if (_i == 1 || _i == 2) {
		check_upgraded(PIECES);
		return;
	}
	ck_assert_str_eq(fake_job(&run, "h1")->row.outcome, "unreachable");
	ck_assert_int_le(f.host[0].puts, _i == 3 ? 5 : 0);
	ck_assert(fake_is_clean(&f.host[0]));
	fake_run_release(&run);
}
END_TEST

START_TEST(what_was_kept_and_is_wrong_is_sent_anew_once)
{
	play(OPENING + 2, true, PLAY_CRASH);    /* two pieces are there */
	fake_run_release(&run);
	f.play = PLAY_ON;
	if (_i == 0)
		f.host[0].part = 0;             /* somebody took it away */
	f.host[0].bad_wholes = _i;
	fake_resume(&f, &run, "last");
	if (_i < 2) {
		check_upgraded(2 * PIECES + 1);
		return;
	}
	ck_assert_str_eq(fake_job(&run, "h1")->row.outcome, "failed");
	ck_assert_ptr_nonnull(
		strstr(fake_job(&run, "h1")->row.reason, "not the one that was sent"));
	ck_assert(fake_is_clean(&f.host[0]));
	fake_run_release(&run);
}
END_TEST

/* A call that died with all of it written, and not looked at. */
START_TEST(the_last_piece_has_the_whole_looked_at)
{
	f.installer.len = (PIECES - 1) * CALL_DATA_MAX;
	play(OPENING + 2, true, PLAY_CRASH);
	fake_run_release(&run);
	f.play = PLAY_ON;
	f.host[0].part = (int64_t)f.installer.len;
	f.host[0].puts = PIECES - 1;
	fake_resume(&f, &run, "last");
	check_upgraded(PIECES);
}
END_TEST

static const struct { const char *code, *outcome, *reason; } refused[] = {
	{ "disk-full", "blocked", "no room for the installer" },
	{ "reservation-lost", "blocked-now", "for now: the reservation of this run is gone" },
	{ "locked", "blocked-now", "for now: another call is at work on the host" },
	{ "folder-not-ours", "blocked", "does not belong to Administrators alone" },
	{ "hash-mismatch", "failed", "not the one that was sent" },
	{ "access-denied", "blocked", "the account may not do this" },
};

START_TEST(a_piece_that_is_refused_ends_the_job_as_the_host_says)
{
	const struct job *j;

	terms.limit_upload = 100;
	f.host[0].refuse_op = "stage-put";
	f.host[0].refuse_code = refused[_i].code;
	fake_run(&f, &run, &terms);
	j = fake_job(&run, "h1");
	ck_assert_msg(strcmp(j->row.outcome, refused[_i].outcome) == 0, "%s: %s (%s)",
		      refused[_i].code, j->row.outcome, j->row.reason);
	ck_assert_msg(strstr(j->row.reason, refused[_i].reason) != NULL, "%s: %s", refused[_i].code,
		      j->row.reason);
	ck_assert(!j->row.changed && fake_is_clean(&f.host[0]));
	fake_run_release(&run);
}
END_TEST

/* Another call holds the lock for a while: the folder that was made is come back to. */
START_TEST(a_piece_that_finds_the_lock_taken_is_asked_again)
{
	f.host[0].busy_puts = 1;
	fake_run(&f, &run, &terms);
	check_upgraded(PIECES);
}
END_TEST

START_TEST(few_upload_at_a_time_and_all_of_them_do)
{
	teardown();
	fake_fleet_init(&f, FAKE_HOSTS);
	fake_fleet_speak_winrm(&f);
	f.host[1].cut_puts = 2;
	f.host[2].refuse_op = "stage-put";
	f.host[2].refuse_code = "disk-full";
	terms.first = 0;
	fake_run(&f, &run, &terms);
	for (int i = 0; i < FAKE_HOSTS; i++)
		ck_assert_str_eq(fake_job(&run, f.host[i].name)->row.outcome,
				 i == 2 ? "blocked" : "upgraded");
	ck_assert_int_eq(run.uploads, 0);
	fake_run_release(&run);
}
END_TEST

UNIT_SUITE(put)
{
	Suite *s = suite_create("put");
	TCase *tc = tcase_create("put");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, pieces_become_the_whole);
	tcase_add_loop_test(tc, a_line_lost_at_any_moment_costs_no_piece_that_arrived, 0,
			    2 * (CHECKING - OPENING + 1));
	tcase_add_loop_test(tc, nor_does_a_crash, 0, 2 * (CHECKING - OPENING + 1));
	tcase_add_test(tc, an_interrupted_upload_is_undone_and_begun_anew);
	tcase_add_loop_test(tc, lines_that_break_count_only_while_nothing_arrives, 0, 4);
	tcase_add_loop_test(tc, what_was_kept_and_is_wrong_is_sent_anew_once, 0, 3);
	tcase_add_test(tc, the_last_piece_has_the_whole_looked_at);
	tcase_add_loop_test(tc, a_piece_that_is_refused_ends_the_job_as_the_host_says, 0,
			    (int)ARRAY_LEN(refused));
	tcase_add_test(tc, a_piece_that_finds_the_lock_taken_is_asked_again);
	tcase_add_test(tc, few_upload_at_a_time_and_all_of_them_do);
	suite_add_tcase(s, tc);
	return s;
}
