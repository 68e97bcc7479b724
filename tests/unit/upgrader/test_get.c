/* test_get.c - an installer that hosts fetch themselves: whatever is cut, they end with the whole
 * of it; where they cannot, nothing is put there in its place unless that was asked for. */
#include "base/mem.h"
#include "tests/unit/unit.h"
#include "tests/unit/upgrader/fakefleet.h"

/* Operations by their number: look, open, the calls that fetch, check. */
enum { CALLS = 3, OPENING = 1, CHECKING = OPENING + CALLS + 1 };

static struct fake_fleet f;
static struct run run;
static struct upgrade_terms terms;

static void setup(void)
{
	fake_fleet_of_one(&f, &terms);
	fake_fleet_fetch(&f);
	terms.push_large = false;
	f.host[0].get_bytes = (int64_t)f.installer.len / CALLS + 1;
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

static void check_upgraded(int most)
{
	const struct job *j = fake_job(&run, "h1");

	ck_assert_msg(strcmp(j->row.outcome, "upgraded") == 0, "%d%s: %s (%s, %s)", f.at,
		      f.effect ? " after" : "", j->row.outcome, j->row.state, j->row.reason);
	ck_assert_msg(f.host[0].gets <= most, "%d%s: %d calls", f.at, f.effect ? " after" : "",
		      f.host[0].gets);
	ck_assert_int_eq(f.host[0].started, 1);
	ck_assert(fake_is_clean(&f.host[0]));
	fake_run_release(&run);
}

static void check_ended(const char *outcome, const char *reason)
{
	const struct job *j = fake_job(&run, "h1");

	ck_assert_str_eq(j->row.outcome, outcome);
	ck_assert_msg(strstr(j->row.reason, reason), "%s", j->row.reason);
	ck_assert_int_eq(f.host[0].started, 0);
	ck_assert(fake_is_clean(&f.host[0]));
	fake_run_release(&run);
}

START_TEST(it_comes_without_a_piece_of_ours)
{
	fake_run(&f, &run, &terms);
	ck_assert_int_eq(f.host[0].gets, CALLS);
	check_upgraded(CALLS);
	ck_assert_int_eq(f.host[0].puts, 0);
}
END_TEST

START_TEST(a_line_lost_at_any_moment_costs_one_call)
{
	play(OPENING + _i / 2, _i % 2, PLAY_LOSE);
	check_upgraded(CALLS + 1);
}
END_TEST

START_TEST(and_so_does_a_crash)
{
	play(OPENING + _i / 2, _i % 2, PLAY_CRASH);
	fake_run_release(&run);
	f.play = PLAY_ON;
	fake_resume(&f, &run, "last");
	check_upgraded(CALLS + 1);
}
END_TEST

START_TEST(an_interrupted_one_is_undone)
{
	play(OPENING + 2, true, PLAY_STOP_TWICE);
	check_ended("cancelled", "");
}
END_TEST

/* Whether it is tried again, and what is said. */
static const struct { const char *why; int status, calls; const char *said; } whys[] = {
	{ "name", 0, 1, "download-failed: the host finds no address for that name (" FAKE_URL
			", proxy px:8080): check the name, and the host's DNS, or put it there "
			"from here (--push)" },
	{ "connect", 0, 3, "gets no connection" },
	{ "tls", 0, 1, "does not trust the certificate" },
	{ "proxy", 502, 3, "status 502" },
	{ "sign-in", 407, 1, "a proxy wants a sign-in" },
	{ "status", 404, 1, "status 404" },
	{ "status", 503, 3, "status 503" },
	{ "redirect", 0, 1, "no https" },
	{ "cut", 0, 3, "before the file is whole" },
	{ "time-limit", 0, 3, "--limit upload" },
	{ "something else", 0, 1, "stage-get: " },
};

START_TEST(a_host_that_cannot_fetch_it_says_why_and_gets_none)
{
	f.host[0].get_why = whys[_i].why;
	f.host[0].get_status = whys[_i].status;
	f.host[0].bad_gets = 1000;
	fake_run(&f, &run, &terms);
	ck_assert_msg(f.host[0].gets == whys[_i].calls, "%s: %d calls", whys[_i].why,
		      f.host[0].gets);
	check_ended(strchr(whys[_i].why, ' ') ? "failed" : "blocked", whys[_i].said);
	ck_assert_int_eq(f.host[0].puts, 0);
}
END_TEST

START_TEST(what_passes_passes)
{
	f.host[0].get_why = "connect";
	f.host[0].bad_gets = 2;
	fake_run(&f, &run, &terms);
	check_upgraded(CALLS + 2);
}
END_TEST

/* In pieces here, as a host of WinRM; a large one only where that was asked for too. */
START_TEST(it_is_put_there_where_that_was_asked_for)
{
	f.host[0].get_why = "name";
	f.host[0].bad_gets = 1000;
	terms.push = true;
	terms.push_large = _i == 1;
	fake_run(&f, &run, &terms);
	if (_i == 0) {
		check_ended("blocked", "--push-large");
		return;
	}
	check_upgraded(1);
	ck_assert_int_eq(f.host[0].puts, FAKE_PIECES);
}
END_TEST

START_TEST(another_file_is_a_failure)
{
	if (_i == 0) {
		f.host[0].bad_wholes = 2;
	} else {
		f.host[0].refuse_op = "stage-get";
		f.host[0].refuse_code = "size-mismatch";
	}
	fake_run(&f, &run, &terms);
	check_ended("failed", _i == 0 ? "its SHA-256 is another" : "its size is another");
}
END_TEST

/* It is fetched once more; and where it is wrong again, put there from its begin. */
START_TEST(what_was_there_of_before_may_have_been_wrong)
{
	f.host[0].get_bytes = 2 * CALL_DATA_MAX;
	terms.push = true;
	play(OPENING + 1, true, PLAY_CRASH);
	fake_run_release(&run);
	f.play = PLAY_ON;
	f.host[0].bad_wholes = 1 + _i;
	fake_resume(&f, &run, "last");
	check_upgraded(3 * CALLS);
	ck_assert_int_eq(f.host[0].puts, _i == 0 ? 0 : FAKE_PIECES);
}
END_TEST

START_TEST(a_host_that_only_says_that_more_came_is_given_up)
{
	f.host[0].get_bytes = -1;
	fake_run(&f, &run, &terms);
	ck_assert_int_eq(f.host[0].gets, 3);
	check_ended("blocked", "does not come in time");
}
END_TEST

UNIT_SUITE(get)
{
	Suite *s = suite_create("get");
	TCase *tc = tcase_create("get");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, it_comes_without_a_piece_of_ours);
	tcase_add_loop_test(tc, a_line_lost_at_any_moment_costs_one_call, 0,
			    2 * (CHECKING - OPENING + 1));
	tcase_add_loop_test(tc, and_so_does_a_crash, 0, 2 * (CHECKING - OPENING + 1));
	tcase_add_test(tc, an_interrupted_one_is_undone);
	tcase_add_loop_test(tc, a_host_that_cannot_fetch_it_says_why_and_gets_none, 0,
			    (int)ARRAY_LEN(whys));
	tcase_add_test(tc, what_passes_passes);
	tcase_add_loop_test(tc, it_is_put_there_where_that_was_asked_for, 0, 2);
	tcase_add_loop_test(tc, another_file_is_a_failure, 0, 2);
	tcase_add_loop_test(tc, what_was_there_of_before_may_have_been_wrong, 0, 2);
	tcase_add_test(tc, a_host_that_only_says_that_more_came_is_given_up);
	suite_add_tcase(s, tc);
	return s;
}
