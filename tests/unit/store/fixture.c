/* fixture.c - see fixture.h. */
#include "fixture.h"

#include <stdlib.h>
#include <string.h>

#include "../unit.h"
#include "base/clock.h"
#include "base/mem.h"

const char *temp_path(void)
{
	static char path[4200];

	snprintf(path, sizeof(path), "%s/marshal.db", unit_folder());
	return path;
}

static struct store *open_how(const struct store_options *options)
{
	struct err err = { 0 };
	struct store *s = store_open(options, &err);

	ck_assert_msg(s != NULL, "store_open: %s", err.msg);
	return s;
}

struct store *open_at(const char *path)
{
	return open_how(&(struct store_options){ .path = path, .command = "test" });
}

struct store *open_read_only(const char *path)
{
	return open_how(&(struct store_options){ .path = path, .read_only = true });
}

struct store *temp_store(void)
{
	static const char *const name[] = { "h1", "h2", "h3" };
	struct store *s = open_at(temp_path());

	put_hosts(s, name, ARRAY_LEN(name));
	return s;
}

void must_run(struct store *s, struct tx *tx)
{
	struct err err = { 0 };

	ck_assert_msg(store_write(s, tx, false, &err) == 0, "store_write: %s", err.msg);
}

void must_fail(struct store *s, struct tx *tx, enum err_code code, const char *text)
{
	struct err err = { 0 };

	ck_assert_msg(store_write(s, tx, false, &err) != 0, "expected to fail");
	ck_assert_msg(err.code == code && strstr(err.msg, text), "%s: %s", err_name(err.code),
		      err.msg);
}

void put_hosts(struct store *s, const char *const *name, int count)
{
	AUTO_FREE struct store_host *host = xcalloc((size_t)count, sizeof(*host));
	struct tx *tx = tx_new();

	for (int i = 0; i < count; i++)
		host[i] = (struct store_host){ .name = name[i],
					       .address = "10.0.0.1",
					       .owner = "",
					       .site = "",
					       .vault = "",
					       .cloud = "public",
					       .mars = "required" };
	tx_inventory(tx, host, count, 1000);
	must_run(s, tx);
}

void get_host(struct store *s, const char *name, struct host_rows *out)
{
	struct err err = { 0 };

	ck_assert_msg(store_hosts(s, name, ROWS_FACTS | ROWS_FINDINGS | ROWS_GONE, out, &err) == 0,
		      "%s", err.msg);
	ck_assert_int_eq(out->count, 1);
}

void put_upgrades(struct store *s, int64_t run, const struct put_upgrade *each, int count)
{
	AUTO_FREE char *name = xasprintf("r%d", (int)run);
	AUTO_FREE struct store_job_row *job = xcalloc((size_t)count, sizeof(*job));
	struct store_run_row row = { .id = run,
				     .name = name,
				     .installer = "i",
				     .sha256 = "",
				     .target = "",
				     .options = "{}",
				     .note = "",
				     .begun_utc_ms = 1000 };
	struct tx *tx = tx_new();

	for (int i = 0; i < count; i++)
		job[i] = (struct store_job_row){ .id = run * 100 + i,
						 .run = run,
						 .host = (char *)each[i].host,
						 .state = "planned",
						 .outcome = "",
						 .reason = "",
						 .fault = "",
						 .before = "",
						 .after = "",
						 .folder = "" };
	tx_run_create(tx, &row, job, count);
	for (int i = 0; i < count; i++) {
		job[i].state = "ended";
		job[i].outcome = (char *)each[i].outcome;
		job[i].begun_utc_ms = 1000;
		job[i].ended_utc_ms = 1000 + each[i].minutes * MINUTE_MS;
		tx_job_move(tx, &job[i], "ended", "", 1000);
	}
	tx_run_state(tx, &row, RUN_STATE_DONE, 1000);
	must_run(s, tx);
}

int64_t query_number(const char *path, const char *sql)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *stmt = NULL;
	int64_t number;

	ck_assert_int_eq(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
	ck_assert_msg(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK, "%s: %s", sql,
		      sqlite3_errmsg(db));
	ck_assert_int_eq(sqlite3_step(stmt), SQLITE_ROW);
	number = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	sqlite3_close(db);
	return number;
}

int64_t query_count(const char *path, const char *from)
{
	AUTO_FREE char *sql = xasprintf("select count(*) from %s", from);

	return query_number(path, sql);
}
