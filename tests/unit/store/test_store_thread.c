/* test_store_thread.c - the queue: order, isolation within one commit, and answers that reach the
 * loop that asked without keeping it alive. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../unit.h"
#include "base/mem.h"
#include "fixture.h"

enum { MANY = 600 }; /* more than two batches */

static pthread_t main_thread;
static int told[MANY], told_count, failed_count;
static enum err_code last_code;

static void begin(void)
{
	told_count = failed_count = 0;
	main_thread = pthread_self();
}

/* ctx is an int: the number of the transaction. */
static void note(void *ctx, const struct err *err)
{
	ck_assert(pthread_equal(main_thread, pthread_self()));
	told[told_count++] = *(int *)ctx;
	if (err) {
		failed_count++;
		last_code = err->code;
	}
}

static struct tx *event(const char *host, const char *kind)
{
	struct tx *tx = tx_new();

	tx_event(tx, host, 0, kind, "", 1);
	return tx;
}

static int event_count(struct store *s)
{
	struct event_rows rows;
	struct err err;
	int count;

	ck_assert_int_eq(store_events(s, 0, NULL, 100000, &rows, &err), 0);
	count = rows.count;
	event_rows_release(&rows);
	return count;
}

START_TEST(answers_come_in_order_and_the_loop_ends)
{
	struct store *s = temp_store();
	static int number[MANY];
	uv_loop_t loop;

	uv_loop_init(&loop);
	for (int i = 0; i < MANY; i++) {
		number[i] = i;
		store_submit(s, event("h1", "x"), i % 7 == 0, &loop, note, &number[i]);
	}
	ck_assert_int_gt(store_pending(s), 0);
	uv_run(&loop, UV_RUN_DEFAULT); /* returns: nothing of the store keeps it */
	ck_assert_int_eq(told_count, MANY);
	for (int i = 0; i < MANY; i++)
		ck_assert_int_eq(told[i], i);
	ck_assert_int_eq(failed_count, 0);
	ck_assert_int_eq(store_pending(s), 0);
	ck_assert_int_eq(event_count(s), MANY);
	ck_assert_int_eq(uv_loop_close(&loop), 0);
	store_close(s);
}
END_TEST

/* The others must see neither the failed one's error nor a trace of it, whatever batch they
 * are in: a lock held from outside makes sure that they wait together. */
START_TEST(one_that_fails_takes_no_other_with_it)
{
	AUTO_FREE char *path = xstrdup(temp_path());
	static const char *const name[] = { "h1" };
	static int number[MANY];
	struct store *s = open_at(path);
	sqlite3 *other;
	uv_loop_t loop;

	put_hosts(s, name, 1);
	uv_loop_init(&loop);
	ck_assert_int_eq(sqlite3_open(path, &other), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(other, "begin immediate", NULL, NULL, NULL), SQLITE_OK);
	for (int i = 0; i < 20; i++) {
		struct tx *tx = event("h1", "good");

		number[i] = i;
		if (i % 5 == 3) {
			tx_event(tx, "h1", 0, "bad", "", 1);
			tx_event(tx, "nobody", 0, "bad", "", 1);
		}
		store_submit(s, tx, false, &loop, note, &number[i]);
	}
	sqlite3_exec(other, "commit", NULL, NULL, NULL);
	sqlite3_close(other);
	uv_run(&loop, UV_RUN_DEFAULT);
	ck_assert_int_eq(failed_count, 4);
	ck_assert_int_eq(last_code, ERR_NOT_FOUND);
	ck_assert_int_eq(event_count(s), 16);
	ck_assert_int_eq(query_number(path, "select count(*) from event where kind = 'bad'"), 0);
	uv_loop_close(&loop);
	store_close(s);
}
END_TEST

/* A word made by a transaction that was undone must not be remembered. */
START_TEST(what_was_undone_is_forgotten)
{
	static const struct store_fact fact = { "brand-new", DEPTH_FAST, "1", NULL, NULL, 0 };
	struct store_look look = {
		.host = "h1", .source = "scan", .utc_ms = 5, .fact = &fact, .fact_count = 1
	};
	struct store *s = temp_store();
	struct tx *tx = tx_new();
	struct host_rows rows;

	tx_look(tx, &look);
	tx_event(tx, "nobody", 0, "bad", "", 1);
	must_fail(s, tx, ERR_NOT_FOUND, "nobody");
	tx = tx_new();
	tx_look(tx, &look);
	must_run(s, tx);
	get_host(s, "h1", &rows);
	ck_assert_int_eq(json_integer_value(json_object_get(rows.row->facts, "brand-new")), 1);
	host_rows_release(&rows);
	store_close(s);
}
END_TEST

struct chain {
	struct store *s;
	uv_loop_t *loop;
	int left;
};

static void submit_next(void *ctx, const struct err *err)
{
	struct chain *c = ctx;

	ck_assert_ptr_null(err);
	if (c->left-- > 0)
		store_submit(c->s, event("h1", "x"), true, c->loop, submit_next, c);
}

START_TEST(an_answer_may_submit_more)
{
	struct store *s = temp_store();
	struct chain c[2];
	uv_loop_t loop[2];

	for (int i = 0; i < 2; i++) { /* two loops at one store */
		uv_loop_init(&loop[i]);
		c[i] = (struct chain){ s, &loop[i], 10 };
		submit_next(&c[i], NULL);
	}
	for (int i = 0; i < 2; i++) {
		uv_run(&loop[i], UV_RUN_DEFAULT);
		ck_assert_int_eq(c[i].left, -1);
		ck_assert_int_eq(uv_loop_close(&loop[i]), 0);
	}
	ck_assert_int_eq(event_count(s), 20);
	store_close(s);
}
END_TEST

START_TEST(closing_waits_for_what_was_submitted)
{
	AUTO_FREE char *path = xstrdup(temp_path());
	static const char *const name[] = { "h1" };
	static int number[MANY];
	struct store *s = open_at(path);
	uv_loop_t loop;

	put_hosts(s, name, 1);
	uv_loop_init(&loop);
	for (int i = 0; i < MANY; i++)
		store_submit(s, event("h1", "x"), false, &loop, note, &number[i]);
	store_close(s);
	ck_assert_int_eq(told_count, MANY);
	uv_run(&loop, UV_RUN_DEFAULT);
	ck_assert_int_eq(uv_loop_close(&loop), 0);
	ck_assert_int_eq(query_number(path, "select count(*) from event"), MANY);
}
END_TEST

UNIT_SUITE(store_thread)
{
	Suite *suite = suite_create("store_thread");
	TCase *tc = tcase_create("thread");

	tcase_add_checked_fixture(tc, begin, NULL);
	tcase_add_test(tc, answers_come_in_order_and_the_loop_ends);
	tcase_add_test(tc, one_that_fails_takes_no_other_with_it);
	tcase_add_test(tc, what_was_undone_is_forgotten);
	tcase_add_test(tc, an_answer_may_submit_more);
	tcase_add_test(tc, closing_waits_for_what_was_submitted);
	suite_add_tcase(suite, tc);
	return suite;
}
