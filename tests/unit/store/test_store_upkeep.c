/* test_store_upkeep.c - copies, sizes, and what pruning takes and leaves. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../unit.h"
#include "base/mem.h"
#include "fixture.h"
#include "store/upkeep.h"

static char db_path[4200], copy_path[4300];
static struct store *s;

static void begin(void)
{
	static const char *const name[] = { "h1", "h2", "h3" };

	snprintf(db_path, sizeof(db_path), "%s", temp_path());
	snprintf(copy_path, sizeof(copy_path), "%s.copy", db_path);
	s = open_at(db_path);
	put_hosts(s, name, ARRAY_LEN(name));
}

static void end(void)
{
	store_close(s);
}

static void put(const char *host, const char *value, const char *fault, int64_t utc_ms)
{
	const struct store_fact fact = { .name = "agent", .value = value, .ms = 1 };
	struct tx *tx = tx_new();

	tx_look(tx, &(struct store_look){ .host = host,
					  .source = "scan",
					  .utc_ms = utc_ms,
					  .fact = &fact,
					  .fact_count = value ? 1 : 0,
					  .fault = fault });
	must_run(s, tx);
}

/* The copy is asked for while a transaction of another is open and more come. */
static bool write_meanwhile(void *ctx, int64_t done, int64_t total)
{
	int *calls = ctx;

	ck_assert_int_le(done, total);
	++*calls;
	put("h1", *calls % 2 ? "1" : "2", NULL, 50000 + *calls);
	return true;
}

/* More than a copy takes in one step. */
static void put_much(void)
{
	struct tx *tx = tx_new();
	char text[4000];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	for (int i = 0; i < 3000; i++)
		tx_event(tx, NULL, 0, "test", text, 1);
	must_run(s, tx);
}

START_TEST(a_copy_is_whole_while_others_write)
{
	int calls = 0;
	struct upkeep_watch watch = { write_meanwhile, &calls };
	struct err err;
	struct stat st;
	int64_t bytes;

	put_much();
	put("h1", "0", NULL, 5000);
	ck_assert_msg(store_backup(db_path, copy_path, false, &watch, &bytes, &err) == 0, "%s",
		      err.msg);
	ck_assert_int_eq(calls, 2); /* steps: it did not begin anew */
	ck_assert_int_eq(stat(copy_path, &st), 0);
	ck_assert_int_eq(st.st_mode & 0777, 0600);
	ck_assert_int_eq(st.st_size, bytes);
	ck_assert_int_eq(query_number(copy_path, "select count(*) from look"), 1);
	ck_assert_int_eq(query_count(db_path, "look"), 1 + calls);
}
END_TEST

START_TEST(a_copy_replaces_nothing_unasked)
{
	struct upkeep_watch watch = { 0 };
	struct err err;
	int64_t bytes;

	ck_assert_int_eq(store_backup(db_path, copy_path, false, &watch, &bytes, &err), 0);
	ck_assert_int_ne(store_backup(db_path, copy_path, false, &watch, &bytes, &err), 0);
	ck_assert_int_eq(err.code, ERR_USAGE);
	put("h1", "0", NULL, 5000);
	ck_assert_int_eq(store_backup(db_path, copy_path, true, &watch, &bytes, &err), 0);
	ck_assert_int_eq(query_number(copy_path, "select count(*) from look"), 1);
	ck_assert_int_ne(store_backup(db_path, db_path, true, &watch, &bytes, &err), 0);
	ck_assert_ptr_nonnull(strstr(err.msg, "the database itself"));
}
END_TEST

static bool stop_at_once(void *ctx, int64_t done, int64_t total)
{
	(void)ctx;
	(void)done;
	(void)total;
	return false;
}

START_TEST(a_copy_that_is_stopped_leaves_nothing)
{
	struct upkeep_watch watch = { stop_at_once, NULL };
	struct err err = { 0 };
	int64_t bytes;

	put_much();
	ck_assert_int_ne(store_backup(db_path, copy_path, false, &watch, &bytes, &err), 0);
	ck_assert_int_eq(err.code, FAULT_CANCELLED);
	ck_assert_int_eq(access(copy_path, F_OK), -1);
	ck_assert_int_ne(store_backup("/nowhere/x.db", copy_path, false, &watch, &bytes, &err), 0);
	ck_assert_int_eq(err.code, ERR_STORE);
}
END_TEST

START_TEST(what_is_no_database_is_not_copied)
{
	struct upkeep_watch watch = { 0 };
	char other[4300];
	struct err err;
	int64_t bytes;
	FILE *f;

	snprintf(other, sizeof(other), "%s.txt", db_path);
	f = fopen(other, "w");
	ck_assert_ptr_nonnull(f);
	fputs("no database, but a text that is long enough to be taken for a header of one\n", f);
	fclose(f);
	ck_assert_int_ne(store_backup(other, copy_path, false, &watch, &bytes, &err), 0);
	ck_assert_int_eq(err.code, ERR_STORE);
	ck_assert_int_eq(access(copy_path, F_OK), -1);
}
END_TEST

/* Ten nights of h1: a fault on the third and fourth, another value from the seventh on. */
static void ten_nights(void)
{
	for (int night = 1; night <= 10; night++) {
		bool silent = night == 3 || night == 4;

		put("h1",
		    silent    ? NULL :
		    night < 7 ? "1" :
				"2",
		    silent ? "refused" : NULL, night * 1000);
	}
	put("h2", "1", NULL, 1000);
}

START_TEST(the_first_and_the_last_of_each_change_stay)
{
	/* 5 is the first without the fault, 6 the last with the old value */
	static const int stay[] = { 1, 2, 3, 4, 5, 6, 7 };
	struct prune_options options = { .before_utc_ms = 9001, .dry_run = true };
	struct prune_result would, did;
	struct err err;
	char where[60];

	ten_nights();
	ck_assert_int_eq(store_prune(s, &options, &would, &err), 0);
	ck_assert_int_eq(query_count(db_path, "look"), 11);
	options.dry_run = false;
	ck_assert_int_eq(store_prune(s, &options, &did, &err), 0);
	ck_assert_int_eq(did.looks, 2);
	ck_assert_int_eq(did.looks_kept, 8);
	ck_assert_int_gt(did.bytes, 0);
	ck_assert_int_eq(memcmp(&would, &did, sizeof(did)), 0);
	for (size_t i = 0; i < ARRAY_LEN(stay); i++) {
		snprintf(where, sizeof(where), "look where host = 1 and utc_ms = %d",
			 stay[i] * 1000);
		ck_assert_msg(query_count(db_path, where) == 1, "night %d", stay[i]);
	}
	ck_assert_int_eq(query_count(db_path, "look where host = 1 and utc_ms = 10000"), 1);
	ck_assert_int_eq(query_count(db_path, "look where host = 2"), 1);
	ck_assert_int_eq(store_prune(s, &options, &did, &err), 0);
	ck_assert_int_eq(did.looks + did.facts, 0);
}
END_TEST

START_TEST(a_value_that_came_and_went_keeps_its_ends)
{
	struct prune_options options = { .before_utc_ms = 100000 };
	struct prune_result did;
	struct err err;

	/* past values: 1 2 1 2 1 2 1 2; the last one is so now */
	for (int i = 1; i <= 9; i++)
		put("h1", i % 2 ? "1" : "2", NULL, i * 1000);
	ck_assert_int_eq(store_prune(s, &options, &did, &err), 0);
	ck_assert_int_eq(did.facts, 4);
	ck_assert_int_eq(did.facts_kept, 4);
	ck_assert_int_eq(query_count(db_path, "fact_past"), 4);
	ck_assert_int_eq(
		query_count(db_path,
			    "fact_past where value = '1' and since_utc_ms in (1000, 7000)"),
		2);
	ck_assert_int_eq(
		query_count(db_path,
			    "fact_past where value = '2' and since_utc_ms in (2000, 8000)"),
		2);
	/* what came and went in between is no change any more, and there is nothing left to do */
	ck_assert_int_eq(query_count(db_path, "look where utc_ms in (4000, 5000)"), 0);
	ck_assert_int_eq(store_prune(s, &options, &did, &err), 0);
	ck_assert_int_eq(did.looks + did.facts, 0);
}
END_TEST

START_TEST(what_is_in_it_is_told)
{
	struct store_info info;
	struct err err;

	put("h1", "1", NULL, 5000);
	put("h1", "1", NULL, 6000);
	ck_assert_int_eq(store_info(s, &info, &err), 0);
	ck_assert_int_ge(info.schema, 3);
	ck_assert_int_gt(info.bytes, 0);
	ck_assert_int_eq(info.oldest_utc_ms, 5000);
	ck_assert_int_eq(info.newest_utc_ms, 6000);
	ck_assert_int_eq(info.table_count,
			 query_number(db_path, "select count(*) - 1 from sqlite_master "
					       "where type = 'table'"));
	for (int i = 0; i < info.table_count; i++) {
		if (strcmp(info.table[i].name, "look") == 0)
			ck_assert_int_eq(info.table[i].rows, 2);
	}
	store_info_release(&info);
	ck_assert_int_eq(store_vacuum(s, &err), 0);
	ck_assert_int_eq(query_count(db_path, "look"), 2);
}
END_TEST

UNIT_SUITE(store_upkeep)
{
	Suite *suite = suite_create("store_upkeep");
	TCase *tc = tcase_create("upkeep");

	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, a_copy_is_whole_while_others_write);
	tcase_add_test(tc, a_copy_replaces_nothing_unasked);
	tcase_add_test(tc, a_copy_that_is_stopped_leaves_nothing);
	tcase_add_test(tc, what_is_no_database_is_not_copied);
	tcase_add_test(tc, the_first_and_the_last_of_each_change_stay);
	tcase_add_test(tc, a_value_that_came_and_went_keeps_its_ends);
	tcase_add_test(tc, what_is_in_it_is_told);
	suite_add_tcase(suite, tc);
	return suite;
}
