/* Being asked to stop: Ctrl-C counts, SIGTERM and SIGHUP are a first one only. */
#include "tests/unit/unit.h"

#include <signal.h>

#include "base/mem.h"
#include "base/signals.h"

static const struct { const char *label; int send[4], want; } cases[] = {
	{ "Ctrl-C twice", { SIGINT, SIGINT }, 2 },
	{ "terminated", { SIGTERM }, 1 },
	{ "terminated twice", { SIGTERM, SIGTERM }, 1 },
	{ "Ctrl-C, then terminated", { SIGINT, SIGTERM }, 1 },
	{ "terminated, then Ctrl-C", { SIGTERM, SIGINT }, 2 },
	{ "a terminal gone", { SIGHUP, SIGHUP }, 1 },
	{ "Ctrl-C, then a terminal gone", { SIGINT, SIGHUP }, 1 },
	{ "a terminal gone, then Ctrl-C", { SIGHUP, SIGINT }, 2 },
	{ "terminated as the terminal goes", { SIGTERM, SIGHUP }, 1 },
	{ "a pipe gone", { SIGPIPE }, 0 },
};

static void asked(void *ctx, int count)
{
	*(int *)ctx = count;
}

static void never(uv_timer_t *timer)
{
	(void)timer;
}

/* The loop sees a signal in a later round than it came in; a few rounds are enough. */
static void turn(uv_loop_t *loop)
{
	for (int i = 0; i < 3; i++)
		uv_run(loop, UV_RUN_NOWAIT);
}

START_TEST(requests_are_counted)
{
	struct signals s;
	uv_loop_t loop;
	uv_timer_t work;        /* a loop without work does not even look */
	int count = 0;

	uv_loop_init(&loop);
	uv_timer_init(&loop, &work);
	uv_timer_start(&work, never, 3600000, 0);
	ck_assert_int_eq(signals_start(&s, &loop, asked, &count), 0);
	for (int i = 0; i < 4 && cases[_i].send[i]; i++) {
		raise(cases[_i].send[i]);
		turn(&loop);
	}
	ck_assert_msg(count == cases[_i].want && s.count == count, "%s: %d", cases[_i].label,
		      count);
	uv_close((uv_handle_t *)&work, NULL);
	ck_assert_int_eq(uv_run(&loop, UV_RUN_DEFAULT), 0);     /* waiting for Ctrl-C is no work */
	signals_stop(&s);
	uv_run(&loop, UV_RUN_DEFAULT);
	ck_assert_int_eq(uv_loop_close(&loop), 0);
}
END_TEST

/* As nohup does it, and --keep-going. */
START_TEST(a_terminal_that_goes_away_may_be_ignored)
{
	struct signals s;
	uv_loop_t loop;
	uv_timer_t work;
	int count = 0;

	uv_loop_init(&loop);
	uv_timer_init(&loop, &work);
	uv_timer_start(&work, never, 3600000, 0);
	if (_i == 0)
		signal(SIGHUP, SIG_IGN);
	else
		signals_keep_going();
	ck_assert_int_eq(signals_start(&s, &loop, asked, &count), 0);
	raise(SIGHUP);
	turn(&loop);
	ck_assert_int_eq(count, 0);
	raise(SIGTERM);
	turn(&loop);
	ck_assert_int_eq(count, 1);
	uv_close((uv_handle_t *)&work, NULL);
	signals_stop(&s);
	uv_run(&loop, UV_RUN_DEFAULT);
	ck_assert_int_eq(uv_loop_close(&loop), 0);
}
END_TEST

static void told(void *ctx)
{
	*(int *)ctx += 100;
}

/* Neither before the loop nor behind it does who asks end the work. */
START_TEST(whoever_asks_is_told)
{
	struct signals s;
	uv_loop_t loop;
	uv_timer_t work;
	int count = 0;

	uv_loop_init(&loop);
	uv_timer_init(&loop, &work);
	uv_timer_start(&work, never, 3600000, 0);
	signals_spare_usr1();
	raise(SIGUSR1);
	ck_assert_int_eq(signals_start(&s, &loop, asked, &count), 0);
	signals_tell(&s, told);
	raise(SIGUSR1);
	turn(&loop);
	ck_assert_int_eq(count, 100);
	uv_close((uv_handle_t *)&work, NULL);
	ck_assert_int_eq(uv_run(&loop, UV_RUN_DEFAULT), 0);
	signals_stop(&s);
	raise(SIGUSR1);
	uv_run(&loop, UV_RUN_DEFAULT);
	ck_assert_int_eq(count, 100);
	ck_assert_int_eq(uv_loop_close(&loop), 0);
}
END_TEST

UNIT_SUITE(signals)
{
	Suite *s = suite_create("signals");
	TCase *tc = tcase_create("signals");

	tcase_add_loop_test(tc, requests_are_counted, 0, ARRAY_LEN(cases));
	tcase_add_test(tc, whoever_asks_is_told);
	tcase_add_loop_test(tc, a_terminal_that_goes_away_may_be_ignored, 0, 2);
	suite_add_tcase(s, tc);
	return s;
}
