/* test_session.c - the driver alone: a table whose states do as the test says, and a clock in
 * the test's hand. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "tests/unit/transport/calls.h"
#include "tests/unit/unit.h"
#include "transport/session.h"

enum { AT_CONNECT = STATE_FIRST, AT_HANDSHAKE, AT_RUN, AT_GOODBYE, FAKE_STATES };
enum { NEVER = -1, BUSY = 100 };

static int silent_from;                 /* the state that only waits; BUSY: that never ends */
static int runs, flushes, closes;
static bool knows_better;
static int goodbyes;                    /* that are left to be said */

static enum turn go_on(struct session *s, struct err *err)
{
	(void)err;
	runs++;
	if (silent_from == s->state)
		return session_wait(s, UV_READABLE);
	if (silent_from == s->state + BUSY)
		return TURN_MORE;
	if (s->state == STATE_READY)
		session_begin_task(s);
	if (s->state == STATE_IDLE)
		return session_enter(s, AT_CONNECT);
	if (s->state == AT_HANDSHAKE) {
		session_found(s, "\x1b[1m%s", "peer");
		return session_enter(s, STATE_READY);
	}
	if (s->state == STATE_READY)
		return session_enter(s, AT_RUN);
	if (s->state == AT_RUN) {
		session_enter(s, STATE_READY);
		return TURN_DONE;
	}
	if (s->state == AT_GOODBYE)
		return TURN_DONE;
	return session_enter(s, s->state + 1);
}

static bool fake_part(struct session *s)
{
	if (goodbyes == 0)
		return false;
	goodbyes--;
	session_enter(s, AT_GOODBYE);
	return true;
}

static void fake_close(struct session *s, bool in_order)
{
	(void)s;
	(void)in_order;
	closes++;
}

static void fake_flush(struct session *s)
{
	(void)s;
	flushes++;
}

static int fake_late(struct session *s, struct err *err)
{
	(void)s;
	return knows_better ? err_set(err, FAULT_NOT_SSH, "it talks nonsense") : 0;
}

static const struct state_row fake_rows[FAKE_STATES] = {
	[STATE_IDLE]   = { "idle",      go_on, LIMIT_NONE,      ERR_NONE },
	[STATE_READY]  = { "ready",     go_on, LIMIT_NONE,      ERR_NONE },
	[AT_CONNECT]   = { "connect",   go_on, LIMIT_CONNECT,   FAULT_NO_ANSWER },
	[AT_HANDSHAKE] = { "handshake", go_on, LIMIT_HANDSHAKE, FAULT_TIME_LIMIT },
	[AT_RUN]       = { "run",       go_on, LIMIT_TASK,      FAULT_TIME_LIMIT },
	[AT_GOODBYE]   = { "goodbye",   go_on, LIMIT_CHANNEL,   FAULT_TIME_LIMIT },
};
static const struct machine fake_machine = { .row = fake_rows,
					     .close = fake_close,
					     .flush = fake_flush,
					     .late = fake_late,
					     .part = fake_part };

static const struct endpoint fake_endpoint = { .name = "win-01", .kind = ENDPOINT_UNSUPPORTED };

/* At 0 ms, with a call of 5,000 ms to do. */
static struct session *fake_session(struct calls *c, int from, struct told *told)
{
	struct session *s;

	silent_from = from;
	runs = flushes = closes = goodbyes = 0;
	knows_better = false;
	calls_begin(c, NULL);
	s = session_new(c->transport, &fake_endpoint);
	s->machine = &fake_machine;
	calls_start(s, "nothing", 5000, told);
	return s;
}

static const struct {
	const char *label;
	int silent_from, at_ms;
	enum turn want;
	const char *says;
} cases[] = {
	/* clang-format off */
	{ "all goes well",          NEVER,               0,     TURN_DONE,   NULL },
	{ "connect pending",        AT_CONNECT,          9999,  TURN_WAIT,   NULL },
	{ "connect too long",       AT_CONNECT,          10000, TURN_FAILED,
	  "win-01: connect: no answer in 10 s" },
	{ "handshake pending",      AT_HANDSHAKE,        14999, TURN_WAIT,   NULL },
	{ "handshake too long",     AT_HANDSHAKE,        15000, TURN_FAILED,
	  "win-01: handshake: no answer in 15 s" },
	{ "run pending",            AT_RUN,              4999,  TURN_WAIT,   NULL },
	{ "run too long",           AT_RUN,              5000,  TURN_FAILED,
	  "win-01: run: no answer in 5 s" },
	{ "busy, not yet too long", AT_RUN + BUSY,       4999,  TURN_MORE,   NULL },
	{ "busy too long",          AT_RUN + BUSY,       5000,  TURN_FAILED,
	  "win-01: run: no answer in 5 s" },
	{ "waiting has no limit",   STATE_READY,         1 << 30, TURN_WAIT, NULL },
	/* clang-format on */
};

START_TEST(steps_end_as_expected)
{
	struct err err = { .code = ERR_NONE };
	struct told told;
	struct calls c;
	struct session *s = fake_session(&c, cases[_i].silent_from, &told);
	enum turn got = session_step(s, 0, &err);

	if (got >= TURN_MORE)
		got = session_step(s, cases[_i].at_ms, &err);
	ck_assert_msg(got == cases[_i].want, "%s: step %d", cases[_i].label, (int)got);
	if (cases[_i].says)
		ck_assert_str_eq(err.msg, cases[_i].says);
	session_free(s);
	calls_end(&c);
}
END_TEST

static char heard[256];

static void on_moved(void *ctx, const struct session *s)
{
	struct session_facts facts;
	size_t len = strlen(heard);

	(void)ctx;
	session_look(s, &facts);
	snprintf(heard + len, sizeof(heard) - len, "%s%s>%s ", facts.found, facts.name,
		 facts.state);
}

/* What was found is told with the next state alone. */
START_TEST(who_listens_hears_of_every_state)
{
	struct err err = { .code = ERR_NONE };
	struct told told;
	struct calls c;
	struct session *s = fake_session(&c, NEVER, &told);

	c.transport->options.moved = on_moved;
	heard[0] = '\0';
	ck_assert_int_eq(session_step(s, 0, &err), TURN_DONE);
	ck_assert_str_eq(heard, "win-01>connect win-01>handshake \\x1b[1mpeerwin-01>ready "
				"win-01>run win-01>ready ");
	session_free(s);
	calls_end(&c);
}
END_TEST

START_TEST(turns_are_bounded_and_flushed)
{
	struct err err;
	struct told told;
	struct calls c;
	struct session *s = fake_session(&c, AT_CONNECT + BUSY, &told);

	ck_assert_int_eq(session_step(s, 0, &err), TURN_MORE);
	ck_assert_int_eq(runs, TURNS_MAX);
	ck_assert_int_eq(flushes, 1);
	session_free(s);
	calls_end(&c);
}
END_TEST

START_TEST(limit_of_a_call_goes_by_its_name)
{
	struct err err;
	struct told told;
	struct calls c;
	struct session *s = fake_session(&c, AT_RUN, &told);

	s->task.limit_name = "--limit probe";
	session_step(s, 0, &err);
	ck_assert_int_eq(session_step(s, 5000, &err), TURN_FAILED);
	ck_assert_str_eq(err.msg, "win-01: run: no answer in 5 s (--limit probe)");
	session_free(s);
	calls_end(&c);
}
END_TEST

START_TEST(table_explains_a_limit_better)
{
	struct err err;
	struct told told;
	struct calls c;
	struct session *s = fake_session(&c, AT_HANDSHAKE, &told);

	session_step(s, 0, &err);
	knows_better = true;
	ck_assert_int_eq(session_step(s, 20000, &err), TURN_FAILED);
	ck_assert_int_eq(err.code, FAULT_NOT_SSH);
	ck_assert_str_eq(err.msg, "win-01: handshake: it talks nonsense");
	session_free(s);
	calls_end(&c);
}
END_TEST

START_TEST(failure_closes_the_line_before_it_is_told)
{
	struct told told;
	struct calls c;
	struct session *s = fake_session(&c, AT_RUN, &told);

	session_turn(s);
	session_end(s, FAULT_CANCELLED, "enough");
	session_turn(s);
	ck_assert_int_eq(told.done, 1);
	ck_assert_int_eq(told.err.code, FAULT_CANCELLED);
	ck_assert_str_eq(told.err.msg, "win-01: run: enough");
	ck_assert_int_eq(closes, 1);
	ck_assert_int_eq(s->state, STATE_IDLE);
	session_free(s);
	calls_end(&c);
}
END_TEST

static const struct {
	const char *label;
	enum err_code code;
	bool ended;
	enum err_code want;
} cuts[] = {
	{ "cut before the end marker", FAULT_CONNECTION_LOST, false, FAULT_CONNECTION_LOST },
	{ "cut behind the end marker", FAULT_CONNECTION_LOST, true, ERR_NONE },
	{ "late behind the end marker", FAULT_TIME_LIMIT, true, ERR_NONE },
	{ "cancelled behind the end marker", FAULT_CANCELLED, true, FAULT_CANCELLED },
};

START_TEST(whole_answer_counts_on_a_broken_line)
{
	struct told told;
	struct calls c;
	struct session *s = fake_session(&c, AT_RUN, &told);

	session_turn(s);
	s->task.answer.ended = cuts[_i].ended;
	session_end(s, cuts[_i].code, "cut");
	session_turn(s);
	ck_assert_msg(told.done == 1 && told.err.code == cuts[_i].want, "%s: %s", cuts[_i].label,
		      err_name(told.err.code));
	ck_assert_int_eq(closes, 1);
	session_free(s);
	calls_end(&c);
}
END_TEST

/* After a call that failed, and without one. */
START_TEST(a_goodbye_is_said_before_the_line_is_closed)
{
	struct told told;
	struct calls c;
	struct session *s = fake_session(&c, AT_RUN, &told);

	session_turn(s);
	goodbyes = 1;
	if (_i == 0) {
		session_end(s, FAULT_CANCELLED, "enough");
		session_turn(s);
		ck_assert_int_eq(told.done, 1);
		ck_assert_int_eq(s->state, AT_GOODBYE);
		ck_assert_int_eq(closes, 0);
	}
	session_free(s);
	uv_run(&c.loop, UV_RUN_DEFAULT);
	ck_assert_int_eq(goodbyes, 0);
	ck_assert_int_eq(closes, 2);    /* the line; what is left when the session goes */
	calls_end(&c);
}
END_TEST

/* Nobody is left to answer it: its own limit ends it, also where the session was overdue when it
 * was freed; or the end of all does. */
START_TEST(a_goodbye_ends_without_an_answer)
{
	struct told told;
	struct calls c;
	struct session *s = fake_session(&c, AT_RUN, &told);

	session_turn(s);
	silent_from = AT_GOODBYE;
	goodbyes = 1;
	if (_i == 0) {
		session_end(s, FAULT_CANCELLED, "enough");
		session_turn(s);
	}
	transport_overdue(s);
	session_free(s);
	uv_run(&c.loop, UV_RUN_NOWAIT);
	ck_assert_int_eq(s->state, AT_GOODBYE);
	if (_i == 2) {
		unit_clock_turn(20000);
		transport_overdue(s);
		for (int round = 0; round < 3; round++)
			uv_run(&c.loop, UV_RUN_NOWAIT);
		ck_assert_int_eq(closes, 2);
	}
	calls_end(&c);
	ck_assert_int_eq(goodbyes, 0);
}
END_TEST

START_TEST(unsupported_host_is_not_dialled)
{
	struct endpoint e = { .name = "win-01",
			      .kind = ENDPOINT_UNSUPPORTED,
			      .why_not = "ansible_connection 'winrm'" };
	struct told told;

	calls_once(NULL, &e, "nothing", 1000, &told);
	ck_assert_int_eq(told.err.code, FAULT_UNSUPPORTED_TRANSPORT);
	ck_assert_str_eq(told.err.msg, "win-01: ansible_connection 'winrm' is not supported");
}
END_TEST

START_TEST(in_flight_is_bounded_by_open_files)
{
	int most = transport_max_in_flight(NULL);

	ck_assert_int_ge(most, 1);
	ck_assert_int_le(most, 500000);
}
END_TEST

/* The loop last listened at heard_ms, and had been away for away_ms before. */
static const struct {
	const char *label;
	int64_t heard_ms, away_ms;
	bool event;                     /* it found something for this session then */
	bool fixed;
	int at_ms;
	enum turn want;
} lags[] = {
	/* clang-format off */
	{ "silent, listened to in time",         15000, 0,     false, false, 15000, TURN_FAILED },
	{ "late, and not listened to since",     14999, 0,     false, false, 31000, TURN_WAIT },
	{ "silent, listened to at last",         31000, 16000, false, false, 31000, TURN_FAILED },
	{ "its answer lay there for 16 s",       31000, 16000, true,  false, 31000, TURN_FAILED },
	{ "its answer lay there for 17 s",       31000, 17000, true,  false, 31000, TURN_WAIT },
	{ "but not for ever",                    40000, 17000, true,  false, 40000, TURN_FAILED },
	{ "on the way of a fixed one too",       31000, 17000, true,  true,  31000, TURN_WAIT },
	/* clang-format on */
};

START_TEST(own_lag_is_taken_off_a_limit)
{
	struct err err = { .code = ERR_NONE };
	struct told told;
	struct calls c;
	struct session *s = fake_session(&c, AT_HANDSHAKE, &told);
	enum turn got = session_step(s, 0, &err);

	ck_assert_int_eq(got, TURN_WAIT);
	s->task.fixed_limit = lags[_i].fixed;
	s->t->lag = (struct lag){ .begun = true,
				  .listened_ms = lags[_i].heard_ms,
				  .heard_ms = lags[_i].heard_ms,
				  .away_ms = lags[_i].away_ms };
	if (lags[_i].event)
		session_heard(s, lags[_i].heard_ms);
	got = session_step(s, lags[_i].at_ms, &err);
	ck_assert_msg(got == lags[_i].want, "%s: step %d", lags[_i].label, (int)got);
	session_free(s);
	calls_end(&c);
}
END_TEST

START_TEST(own_lag_is_taken_off_the_limit_of_a_call_unless_it_is_fixed)
{
	bool fixed = _i == 1;
	struct err err = { .code = ERR_NONE };
	struct told told;
	struct calls c;
	struct session *s = fake_session(&c, AT_RUN, &told);

	s->task.fixed_limit = fixed;
	session_step(s, 0, &err);
	s->t->lag = (struct lag){ .begun = true, .heard_ms = 7000, .away_ms = 6000 };
	session_heard(s, 7000);
	ck_assert_int_eq(session_step(s, 7000, &err), fixed ? TURN_FAILED : TURN_WAIT);
	if (!fixed) {
		session_enter(s, AT_RUN);       /* also in the call's next state */
		ck_assert_int_eq(s->deadline_ms, 11000);
	}
	session_free(s);
	calls_end(&c);
}
END_TEST

UNIT_SUITE(session)
{
	Suite *s = suite_create("session");
	TCase *tc = tcase_create("session");

	tcase_add_loop_test(tc, steps_end_as_expected, 0, ARRAY_LEN(cases));
	tcase_add_test(tc, who_listens_hears_of_every_state);
	tcase_add_test(tc, turns_are_bounded_and_flushed);
	tcase_add_test(tc, limit_of_a_call_goes_by_its_name);
	tcase_add_test(tc, table_explains_a_limit_better);
	tcase_add_test(tc, failure_closes_the_line_before_it_is_told);
	tcase_add_loop_test(tc, whole_answer_counts_on_a_broken_line, 0, ARRAY_LEN(cuts));
	tcase_add_loop_test(tc, own_lag_is_taken_off_a_limit, 0, ARRAY_LEN(lags));
	tcase_add_loop_test(tc, own_lag_is_taken_off_the_limit_of_a_call_unless_it_is_fixed, 0, 2);
	tcase_add_loop_test(tc, a_goodbye_is_said_before_the_line_is_closed, 0, 2);
	tcase_add_loop_test(tc, a_goodbye_ends_without_an_answer, 0, 3);
	tcase_add_test(tc, unsupported_host_is_not_dialled);
	tcase_add_test(tc, in_flight_is_bounded_by_open_files);
	suite_add_tcase(s, tc);
	return s;
}
