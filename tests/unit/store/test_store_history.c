/* test_store_history.c - what is kept over time: the word of a host whenever it changed, what the
 * inventory says beside it, and a database of the first release brought up to date. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../unit.h"
#include "base/json.h"
#include "base/map.h"
#include "base/mem.h"
#include "fixture.h"
#include "rows.h"

static char db_path[4200];
static struct store *s;

static void begin(void)
{
	static const char *const name[] = { "h1", "h2", "h3" };

	snprintf(db_path, sizeof(db_path), "%s", temp_path());
	s = open_at(db_path);
	put_hosts(s, name, ARRAY_LEN(name));
}

static void end(void)
{
	store_close(s);
}

static void put_status(const char *source, const char *status, int64_t utc_ms)
{
	struct tx *tx = tx_new();

	tx_look(tx, &(struct store_look){
			    .host = "h1", .source = source, .utc_ms = utc_ms, .status = status });
	must_run(s, tx);
}

START_TEST(a_word_is_a_row_when_it_changed)
{
	struct store_host left = { .name = "h1", .mars = "required" };
	struct tx *tx = tx_new();

	ck_assert_int_eq(query_count(db_path, "status_change where utc_ms = 1000 and was = '' "
					      "and status = 'never-seen'"),
			 3);
	put_status("scan", "compliant", 5000);
	put_status("scan", "compliant", 6000);
	tx_judged(tx, "h1", NULL, 0, "behind", 7000);
	must_run(s, tx);
	ck_assert_int_eq(query_count(db_path, "status_change where host = 1"), 3);
	ck_assert_int_eq(query_count(db_path, "status_change where host = 1 and utc_ms = 5000 and "
					      "was = 'never-seen' and status = 'compliant'"),
			 1);
	ck_assert_int_eq(query_count(db_path, "status_change where host = 1 and utc_ms = 7000 and "
					      "was = 'compliant' and status = 'behind'"),
			 1);
	for (int i = 0; i < 2; i++) {
		tx = tx_new();
		tx_inventory(tx, &left, 1, 8000 + i);
		must_run(s, tx);
	}
	ck_assert_int_eq(
		query_count(db_path, "status_change where status = 'gone' and utc_ms = 8000"), 2);
	ck_assert_int_eq(query_count(db_path, "status_change"), 7);
}
END_TEST

START_TEST(words_stay_in_order)
{
	put_status("scan", "compliant", 5000);
	put_status("import", "at-risk", 4000);
	ck_assert_int_eq(query_count(db_path, "status_change where host = 1"), 3);
	ck_assert_int_eq(query_count(db_path, "status_change where host = 1 and utc_ms = 5001 and "
					      "was = 'compliant' and status = 'at-risk'"),
			 1);
}
END_TEST

START_TEST(the_inventory_excludes_and_brings_back)
{
	struct store_host h = { .name = "h1", .address = "a", .mars = "none" };
	struct host_rows rows;
	struct tx *tx = tx_new();

	put_status("scan", "compliant", 5000);
	h.groups = "[\"prod\",\"web\"]";
	h.time_zone = "W. Europe Standard Time";
	h.offline = "copy";
	h.computer_name = "SRV1";
	tx_inventory(tx, &h, 1, 6000);
	must_run(s, tx);
	ck_assert_int_eq(
		query_count(db_path, "status_change where utc_ms = 6000 and status = 'excluded'"),
		1);
	get_host(s, "h1", &rows);
	ck_assert_str_eq(rows.row->groups, "[\"prod\",\"web\"]");
	ck_assert_str_eq(rows.row->time_zone, "W. Europe Standard Time");
	ck_assert_str_eq(rows.row->offline, "copy");
	ck_assert_str_eq(rows.row->computer_name, "SRV1");
	ck_assert_int_eq(rows.row->first_utc_ms, 1000);
	host_rows_release(&rows);
	tx = tx_new();
	tx_inventory(tx, &(struct store_host){ .name = "h1", .mars = "required" }, 1, 7000);
	must_run(s, tx);
	ck_assert_int_eq(query_count(db_path,
				     "status_change where utc_ms = 7000 and was = 'excluded' "
				     "and status = 'compliant'"),
			 1);
	get_host(s, "h1", &rows);
	ck_assert_str_eq(rows.row->groups, "[]");
	host_rows_release(&rows);
}
END_TEST

/* One line of what a moment shows: "h1 compliant 2.0 a=pass,b=fail; h2 ..." */
static const char *moment(int64_t utc_ms, int want)
{
	static char text[500];
	size_t used = 0;
	struct moment_rows rows;
	struct err err;

	ck_assert_msg(store_moment(s, utc_ms, want, &rows, &err) == 0, "%s", err.msg);
	text[0] = '\0';
	for (int i = 0; i < rows.count; i++) {
		const struct moment_row *row = &rows.row[i];

		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s %s %s",
					 i ? "; " : "", row->name, row->status, row->version);
		for (int k = 0; k < row->finding_count; k++)
			used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s=%s%s",
						 k ? "," : " ", row->finding[k].check,
						 row->finding[k].verdict, row->finding[k].evidence);
	}
	moment_rows_release(&rows);
	return text;
}

static void put_verdicts(const char *a, const char *b, const char *version, int64_t utc_ms)
{
	const struct store_finding finding[] = { { "a", a, "!", NULL, false },
						 { "b", b, "!", NULL, false } };
	struct tx *tx = tx_new();

	tx_look(tx,
		&(struct store_look){ .host = "h1",
				      .source = "scan",
				      .utc_ms = utc_ms,
				      .finding = finding,
				      .finding_count = 2,
				      .status = strcmp(a, "pass") == 0 ? "compliant" : "at-risk",
				      .version = version });
	must_run(s, tx);
}

START_TEST(a_moment_is_as_it_was)
{
	struct store_host left = { .name = "h1", .mars = "required" };
	struct tx *tx = tx_new();

	put_verdicts("pass", "not applicable", "1.0", 5000);
	put_verdicts("fail", "not applicable", "2.0", 6000);
	tx_inventory(tx, &left, 1, 7000);
	must_run(s, tx);
	ck_assert_str_eq(moment(999, ROWS_FINDINGS), "");
	ck_assert_str_eq(moment(4999, ROWS_FINDINGS),
			 "h1 never-seen ; h2 never-seen ; h3 never-seen ");
	ck_assert_str_eq(moment(5000, ROWS_FINDINGS),
			 "h1 compliant 1.0 a=pass!,b=not applicable!; h2 never-seen ; "
			 "h3 never-seen ");
	ck_assert_str_eq(moment(7000, 0), "h1 at-risk 2.0");
	ck_assert_str_eq(moment(7000, ROWS_GONE | ROWS_TROUBLE | ROWS_BARE),
			 "h1 at-risk 2.0 a=fail; h2 gone ; h3 gone ");
}
END_TEST

START_TEST(trouble_is_read_alone)
{
	struct host_rows rows;
	struct err err;

	put_verdicts("pass", "not examined", "1.0", 5000);
	ck_assert_int_eq(store_hosts(s, "h1", ROWS_TROUBLE, &rows, &err), 0);
	ck_assert_int_eq(rows.row->finding_count, 1);
	ck_assert_str_eq(rows.row->finding[0].check, "b");
	ck_assert_str_eq(rows.row->finding[0].evidence, "!");
	host_rows_release(&rows);
	ck_assert_int_eq(store_hosts(s, "h1", ROWS_FINDINGS | ROWS_BARE, &rows, &err), 0);
	ck_assert_int_eq(rows.row->finding_count, 2);
	ck_assert_str_eq(rows.row->finding[0].evidence, "");
	ck_assert_str_eq(rows.row->finding[0].verdict, "pass");
	host_rows_release(&rows);
}
END_TEST

static int count_host(void *ctx, const struct host_row *row, struct err *err)
{
	int *told = ctx;

	(void)row;
	(void)err;
	++*told;
	return 0;
}

static int add_name(void *ctx, const struct host_row *row, struct err *err)
{
	char *text = ctx;

	if (strcmp(row->name, "h1") == 0)
		ck_assert_int_eq(json_object_size(row->facts), 2);
	snprintf(text + strlen(text), 50, "%s", row->name);
	return strcmp(row->name, "h2") == 0 ? err_set(err, ERR_USAGE, "enough") : 0;
}

START_TEST(hosts_are_told_one_by_one)
{
	static const struct store_fact fact[] = {
		{ "agent", DEPTH_FAST, "{\"x\":1}", NULL, NULL, 1 },
		{ "wsb", DEPTH_DEEP, "{\"y\":1}", NULL, NULL, 1 },
	};
	static const char *const agent = "agent";
	struct tx *tx = tx_new();
	struct host_rows rows;
	char text[100] = "";
	struct err err;

	tx_look(tx, &(struct store_look){ .host = "h1",
					  .source = "scan",
					  .utc_ms = 5000,
					  .fact = fact,
					  .fact_count = 2 });
	must_run(s, tx);
	ck_assert_int_ne(store_each_host(s, ROWS_FACTS, NULL, add_name, text, &err), 0);
	ck_assert_str_eq(text, "h1h2");
	ck_assert_str_eq(err.msg, "enough");
	ck_assert_int_eq(store_host_without(s, "h1", &agent, 1, &rows, &err), 0);
	ck_assert_int_eq(json_object_size(rows.row->facts), 1);
	ck_assert_ptr_nonnull(json_object_get(rows.row->facts, "wsb"));
	host_rows_release(&rows);
}
END_TEST

START_TEST(more_hosts_than_are_held_at_once)
{
	enum { MANY = 1201 };
	static char name[MANY][16];
	static const char *pointer[MANY];
	int told = 0;
	struct err err;

	for (int i = 0; i < MANY; i++) {
		snprintf(name[i], sizeof(name[i]), "n%d", i);
		pointer[i] = name[i];
	}
	put_hosts(s, pointer, MANY);
	ck_assert_int_eq(store_each_host(s, 0, NULL, count_host, &told, &err), 0);
	ck_assert_int_eq(told, MANY);
	told = 0;
	ck_assert_int_eq(store_each_host(s, ROWS_GONE, NULL, count_host, &told, &err), 0);
	ck_assert_int_eq(told, MANY + 3);
}
END_TEST

static int add_some(void *ctx, const struct host_row *row, struct err *err)
{
	char *text = ctx;

	(void)err;
	ck_assert_int_eq(json_object_size(row->facts), strcmp(row->name, "n700") == 0);
	snprintf(text + strlen(text), 50, "%s ", row->name);
	return 0;
}

/* The rows of the others in between are passed over, and a part without any of them whole. */
START_TEST(only_the_hosts_that_are_meant_are_told)
{
	enum { MANY = 1700 };
	static char name[MANY][16];
	static const char *pointer[MANY];
	static const struct store_fact fact[] = { { "agent", DEPTH_FAST, "{\"x\":1}", NULL, NULL,
						    1 } };
	struct map only = { 0 };
	struct tx *tx = tx_new();
	char text[200] = "";
	struct err err;

	for (int i = 0; i < MANY; i++) {
		snprintf(name[i], sizeof(name[i]), "n%d", i);
		pointer[i] = name[i];
	}
	put_hosts(s, pointer, MANY);
	for (int i = 690; i < 701; i += 5)
		tx_look(tx, &(struct store_look){ .host = name[i],
						  .source = "scan",
						  .utc_ms = 5000,
						  .fact = fact,
						  .fact_count = i != 690 });
	must_run(s, tx);
	for (int i = 690; i < MANY; i += 1009)
		map_add(&only, name[i], name[i]);
	map_add(&only, name[700], name[700]);
	map_add(&only, "nobody", name[0]);
	ck_assert_int_eq(store_each_host(s, ROWS_FACTS, &only, add_some, text, &err), 0);
	ck_assert_int_eq(strlen(text), strlen("n690 n700 n1699 "));
	ck_assert(strstr(text, "n690 ") && strstr(text, "n700 ") && strstr(text, "n1699 "));
	map_release(&only);
}
END_TEST

static void add_change(void *ctx, const struct status_change *c)
{
	char *text = ctx;
	size_t used = strlen(text);

	snprintf(text + used, 300 - used, "%d %s %s>%s\n", (int)c->utc_ms, c->host, c->was,
		 c->status);
}

START_TEST(changes_are_told_oldest_first)
{
	char text[300] = "";
	struct err err;

	put_status("scan", "compliant", 5000);
	put_status("scan", "behind", 6000);
	ck_assert_int_eq(store_status_changes(s, 1000, add_change, text, &err), 0);
	ck_assert_str_eq(text, "5000 h1 never-seen>compliant\n6000 h1 compliant>behind\n");
}
END_TEST

START_TEST(scans_are_listed_newest_first)
{
	struct scan_rows rows;
	struct tx *tx = tx_new();
	struct err err;

	for (int i = 1; i <= 4; i++)
		tx_scan_begin(tx, i, "all", 3, 1000 * i);
	tx_scan_end(tx, 3, "done", 3500);
	must_run(s, tx);
	ck_assert_int_eq(store_scans(s, 2000, 2, &rows, &err), 0);
	ck_assert_int_eq(rows.count, 2);
	ck_assert_int_eq(rows.row[0].id, 4);
	ck_assert_int_eq(rows.row[1].id, 3);
	ck_assert_str_eq(rows.row[1].how, "done");
	scan_rows_release(&rows);
	ck_assert_int_eq(store_scans(s, 2000, 100, &rows, &err), 0);
	ck_assert_int_eq(rows.count, 3);
	scan_rows_release(&rows);
}
END_TEST

static void run_sql(sqlite3 *db, const char *text)
{
	char *why = NULL;

	ck_assert_msg(sqlite3_exec(db, text, NULL, NULL, &why) == SQLITE_OK, "%s", why);
}

static void old_database(const char *path)
{
	sqlite3 *db = NULL;

	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
	run_sql(db, schema_steps[0].text);
	run_sql(db, rows_of_the_first_release);
	sqlite3_close(db);
}

START_TEST(an_older_database_is_brought_up_to_date)
{
	struct host_rows rows;
	char *facts;

	snprintf(db_path, sizeof(db_path), "%s", temp_path());
	old_database(db_path);
	s = open_at(db_path);
	ck_assert_int_eq(query_count(db_path, "status_change"), 6);
	ck_assert_int_eq(query_count(db_path, "status_change where host = 1 and utc_ms = 55 and "
					      "status = 'at-risk'"),
			 1);
	ck_assert_int_eq(
		query_count(db_path, "status_change where host = 2 and status = 'never-seen'"), 1);
	ck_assert_int_eq(
		query_count(db_path, "status_change where host = 3 and status = 'excluded'"), 1);
	ck_assert_int_eq(query_count(db_path, "status_change where host = 4 and utc_ms = 40 and "
					      "status = 'compliant'"),
			 1);
	ck_assert_int_eq(query_count(db_path, "status_change where host = 4 and utc_ms = 90 and "
					      "was = 'compliant' and status = 'gone'"),
			 1);
	ck_assert_int_eq(
		query_count(db_path, "status_change where host = 5 and status = 'excluded'"), 1);
	get_host(s, "seen", &rows);
	ck_assert_int_eq(rows.row->first_utc_ms, 50);
	ck_assert_str_eq(rows.row->groups, "[]");
	ck_assert_int_eq(rows.row->finding_count, 1);
	ck_assert_str_eq(rows.row->finding[0].evidence, "old");
	facts = json_canonical(rows.row->facts);
	ck_assert_str_eq(facts, "{\"clock\":{\"skew_ms\":3,\"utc_ms\":4,\"zone\":\"X\"},"
				"\"scratch\":{\"free_bytes\":2,\"path\":\"C:\"}}");
	free(facts);
	facts = json_canonical(rows.row->facts_ms);
	ck_assert_str_eq(facts, "{\"clock\":8,\"scratch\":7}");
	free(facts);
	facts = json_canonical(rows.row->facts_utc);
	ck_assert_str_eq(facts, "{\"clock\":60,\"scratch\":50}");
	free(facts);
	host_rows_release(&rows);
	ck_assert_int_eq(query_count(db_path, "fact_past where name = 1 and since_utc_ms = 40"), 1);
	ck_assert_int_eq(
		query_count(db_path, "finding_past where since_utc_ms = 50 and until_utc_ms = 55"),
		1);
	get_host(s, "new", &rows);
	ck_assert_int_eq(json_object_size(rows.row->facts), 0);
	host_rows_release(&rows);
	store_close(s);
}
END_TEST

/* What one scan under a clock that was ahead left: the version the host has is not the last. */
START_TEST(versions_of_an_older_database_are_put_in_order)
{
	struct version_rows rows;
	struct err err;
	sqlite3 *db = NULL;

	snprintf(db_path, sizeof(db_path), "%s", temp_path());
	old_database(db_path);
	ck_assert_int_eq(sqlite3_open(db_path, &db), SQLITE_OK);
	run_sql(db, "update host set version = '2.0.3.0' where id = 1;"
		    "update host set version = '2.0.1.0' where id = 2;"
		    "insert into agent_version (host, utc_ms, version, source) values "
		    "(1, 10, '2.0.1.0', 'scan'), (1, 90, '2.0.2.0', 'scan'), "
		    "(1, 20, '2.0.3.0', 'scan'), (2, 10, '2.0.1.0', 'scan'), "
		    "(2, 20, '2.0.2.0', 'scan'), (2, 30, '2.0.1.0', 'scan');");
	sqlite3_close(db);
	s = open_at(db_path);
	ck_assert_int_eq(store_versions(s, "seen", &rows, &err), 0);
	ck_assert_int_eq(rows.count, 3);
	ck_assert_str_eq(rows.row[1].version, "2.0.2.0");
	ck_assert_str_eq(rows.row[2].version, "2.0.3.0");
	ck_assert_int_eq(rows.row[2].utc_ms, 91);
	version_rows_release(&rows);
	ck_assert_int_eq(
		query_count(db_path, "agent_version where host = 2 and utc_ms in (10, 20, 30)"), 3);
	store_close(s);
}
END_TEST

UNIT_SUITE(store_history)
{
	Suite *suite = suite_create("store_history");
	TCase *tc = tcase_create("words"), *old = tcase_create("older");

	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, a_word_is_a_row_when_it_changed);
	tcase_add_test(tc, words_stay_in_order);
	tcase_add_test(tc, the_inventory_excludes_and_brings_back);
	tcase_add_test(tc, a_moment_is_as_it_was);
	tcase_add_test(tc, trouble_is_read_alone);
	tcase_add_test(tc, hosts_are_told_one_by_one);
	tcase_add_test(tc, only_the_hosts_that_are_meant_are_told);
	tcase_add_test(tc, more_hosts_than_are_held_at_once);
	tcase_add_test(tc, changes_are_told_oldest_first);
	tcase_add_test(tc, scans_are_listed_newest_first);
	suite_add_tcase(suite, tc);
	tcase_add_test(old, an_older_database_is_brought_up_to_date);
	tcase_add_test(old, versions_of_an_older_database_are_put_in_order);
	suite_add_tcase(suite, old);
	return suite;
}
