/* db_check.c - what is wrong with a database: it is laid beside one that is made anew in memory by
 * the same migrations, and every value is looked at. */
#include "store/engine/db_whole.h"

#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "store/engine/db.h"

enum { COLUMNS_MAX = 64, KEYS_MAX = 8, KEY_MAX = 256, REFERENCES_TOLD = 20 };

struct survey {
	sqlite3 *file, *model;
	void (*each)(void *ctx, const char *trouble);
	void *ctx;
	int count;
};

/* What a value can be instead of a good one. */
enum wrong { WRONG_TYPE, WRONG_NULL, WRONG_TEXT, WRONG_JSON, WRONG_TIME, WRONG_ID, WRONG_COUNT };
static const char *const wrong_names[WRONG_COUNT] = {
	[WRONG_TYPE] = "a value of another type", [WRONG_NULL] = "no value",
	[WRONG_TEXT] = "a text that is not UTF-8", [WRONG_JSON] = "a text that is no JSON",
	[WRONG_TIME] = "a time that is none",	   [WRONG_ID] = "an id that is none",
};

struct column {
	char name[64];
	bool is_text, may_be_null, is_time, is_json;
	int64_t id_max;                 /* 0: no small id */
	struct { int64_t rows, first; } bad[WRONG_COUNT];
};

static const struct { const char *table, *column; } json_columns[] = {
	{ "host", "groups" }, { "fact", "value" },  { "fact_past", "value" },
	{ "reading", "value" }, { "run", "options" }, { "job", "memory" },
};

static void tell(struct survey *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void tell(struct survey *c, const char *fmt, ...)
{
	char text[480];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	c->count++;
	c->each(c->ctx, text);
}

static const char *text_of(sqlite3_stmt *stmt, int column)
{
	const char *text = (const char *)sqlite3_column_text(stmt, column);

	return text ? text : "";
}

/* Prepares and says why not. */
static sqlite3_stmt *ask(struct survey *c, sqlite3 *db, const char *what, const char *sql)
{
	sqlite3_stmt *stmt = NULL;

	if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK)
		return stmt;
	tell(c, "%s: %s", what, sqlite3_errmsg(db));
	return NULL;
}

/* After the last row: whether it was the last. */
static void done(struct survey *c, const char *what, sqlite3_stmt *stmt, int rc)
{
	if (rc != SQLITE_DONE)
		tell(c, "%s cannot be read to its end: %s", what,
		     sqlite3_errmsg(sqlite3_db_handle(stmt)));
	sqlite3_finalize(stmt);
}

static void check_pages(struct survey *c)
{
	sqlite3_stmt *stmt = ask(c, c->file, "the file", "pragma integrity_check(20)");
	int rc = SQLITE_DONE;

	if (!stmt)
		return;
	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW)
		if (strcmp(text_of(stmt, 0), "ok") != 0)
			tell(c, "the file: %s", text_of(stmt, 0));
	done(c, "the file", stmt, rc);
}

static void check_references(struct survey *c)
{
	sqlite3_stmt *stmt = ask(c, c->file, "references", "pragma foreign_key_check");
	int rc = SQLITE_DONE, told = 0;

	if (!stmt)
		return;
	while (told < REFERENCES_TOLD && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		tell(c, "table '%s': row %lld refers to a row of '%s' that is not there",
		     text_of(stmt, 0), (long long)sqlite3_column_int64(stmt, 1), text_of(stmt, 2));
		told++;
	}
	if (told == REFERENCES_TOLD)
		rc = SQLITE_DONE;       /* more would say the same */
	done(c, "references", stmt, rc);
}

static bool model_has(struct survey *c, const char *type, const char *name)
{
	sqlite3_stmt *stmt = ask(c, c->model, "the schema",
				 "select 1 from sqlite_master where type = $1 and name = $2");
	bool has = false;

	if (!stmt)
		return false;
	sqlite3_bind_text(stmt, 1, type, -1, SQLITE_STATIC);
	sqlite3_bind_text(stmt, 2, name, -1, SQLITE_STATIC);
	has = sqlite3_step(stmt) == SQLITE_ROW;
	sqlite3_finalize(stmt);
	return has;
}

/* A trigger of somebody else's would run with our rights, were it not switched off. */
static void check_strangers(struct survey *c)
{
	sqlite3_stmt *stmt = ask(c, c->file, "the schema", "select type, name from sqlite_master");
	int rc = SQLITE_DONE;

	if (!stmt)
		return;
	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		const char *type = text_of(stmt, 0), *name = text_of(stmt, 1);

		if (strncmp(name, "sqlite_", 7) != 0 && !model_has(c, type, name))
			tell(c, "%s '%s' is none of ours", type, name);
	}
	done(c, "the schema", stmt, rc);
}

static bool ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), n = strlen(end);

	return len >= n && strcmp(text + len - n, end) == 0;
}

static void describe(struct column *col, const char *table, sqlite3_stmt *info)
{
	bool key = sqlite3_column_int(info, 5) != 0;

	*col = (struct column){ .is_text = strcasecmp(text_of(info, 2), "text") == 0,
				.may_be_null = !key && !sqlite3_column_int(info, 3) };
	snprintf(col->name, sizeof(col->name), "%s", text_of(info, 1));
	col->is_time = ends_with(col->name, "utc_ms");
	if (strcmp(col->name, "id") == 0 && strcmp(table, "word") == 0)
		col->id_max = WORD_ID_MAX;
	if (strcmp(col->name, "id") == 0 && strcmp(table, "host") == 0)
		col->id_max = HOST_ID_MAX;
	for (size_t i = 0; i < ARRAY_LEN(json_columns); i++)
		col->is_json |= strcmp(json_columns[i].table, table) == 0 &&
				strcmp(json_columns[i].column, col->name) == 0;
}

static int read_columns(struct survey *c, const char *table, struct column *col)
{
	AUTO_FREE char *sql = xasprintf("pragma table_info(%s)", table);
	sqlite3_stmt *stmt = ask(c, c->model, table, sql);
	int count = 0;

	while (stmt && count < COLUMNS_MAX && sqlite3_step(stmt) == SQLITE_ROW)
		describe(&col[count++], table, stmt);
	sqlite3_finalize(stmt);
	return count;
}

static bool is_json(const char *text)
{
	struct err err;
	AUTO_JSON json_t *value = json_parse_trusted(text, strlen(text), &err);

	return value != NULL;
}

static enum wrong wrong_of(const struct column *col, sqlite3_stmt *stmt, int at)
{
	int type = sqlite3_column_type(stmt, at);
	int64_t number;
	const char *text;

	if (type == SQLITE_NULL)
		return col->may_be_null ? WRONG_COUNT : WRONG_NULL;
	if (type != (col->is_text ? SQLITE_TEXT : SQLITE_INTEGER))
		return WRONG_TYPE;
	if (col->is_text) {
		text = text_of(stmt, at);
		if (!text_is_utf8(text, strlen(text)))
			return WRONG_TEXT;
		return col->is_json && !is_json(text) ? WRONG_JSON : WRONG_COUNT;
	}
	number = sqlite3_column_int64(stmt, at);
	if (col->is_time && (number < 0 || number > DB_TIME_MAX))
		return WRONG_TIME;
	return col->id_max && (number < 1 || number > col->id_max) ? WRONG_ID : WRONG_COUNT;
}

static void look_at_rows(struct survey *c, const char *table, struct column *col, int count,
			 sqlite3_stmt *stmt)
{
	int rc;

	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		for (int i = 0; i < count; i++) {
			enum wrong wrong = wrong_of(&col[i], stmt, i + 1);

			if (wrong != WRONG_COUNT && col[i].bad[wrong].rows++ == 0)
				col[i].bad[wrong].first = sqlite3_column_int64(stmt, 0);
		}
	}
	for (int i = 0; i < count; i++)
		for (int k = 0; k < WRONG_COUNT; k++)
			if (col[i].bad[k].rows)
				tell(c,
				     "table '%s', column '%s': %lld rows with %s, "
				     "the first is row %lld",
				     table, col[i].name, (long long)col[i].bad[k].rows,
				     wrong_names[k], (long long)col[i].bad[k].first);
	done(c, table, stmt, rc);
}

static bool has_column(const struct column *col, int count, const char *name)
{
	for (int i = 0; i < count; i++)
		if (strcasecmp(col[i].name, name) == 0)
			return true;
	return false;
}

/* A migration would stumble over a column that is there already. */
static void check_columns(struct survey *c, const char *table, const struct column *col, int count)
{
	AUTO_FREE char *sql = xasprintf("pragma table_xinfo(%s)", table);
	sqlite3_stmt *stmt = ask(c, c->file, table, sql);
	int rc;

	if (!stmt)
		return;
	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW)
		if (!has_column(col, count, text_of(stmt, 1)))
			tell(c, "table '%s', column '%s' is none of ours", table, text_of(stmt, 1));
	done(c, table, stmt, rc);
}

/* Its primary key and what else is unique, each as "host, name": how many. */
static int read_keys(struct survey *c, sqlite3 *db, const char *table, char key[][KEY_MAX])
{
	static const char sql[] = "select l.seq, i.name from pragma_index_list($1) l, "
				  "pragma_index_info(l.name) i where l.\"unique\" "
				  "order by l.seq, i.seqno";
	sqlite3_stmt *stmt = ask(c, db, table, sql);
	int count = 0, last = -1, rc;

	if (!stmt)
		return 0;
	sqlite3_bind_text(stmt, 1, table, -1, SQLITE_STATIC);
	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		int seq = sqlite3_column_int(stmt, 0);
		size_t len;

		if (seq != last && count == KEYS_MAX)
			break;
		if (seq != last)
			key[count++][0] = '\0';
		last = seq;
		len = strlen(key[count - 1]);
		snprintf(key[count - 1] + len, KEY_MAX - len, "%s%s", len ? ", " : "",
			 text_of(stmt, 1));
	}
	done(c, table, stmt, rc == SQLITE_ROW ? SQLITE_DONE : rc);
	return count;
}

/* Without one, rows come twice and what should replace a row fails. */
static void check_keys(struct survey *c, const char *table)
{
	char want[KEYS_MAX][KEY_MAX], have[KEYS_MAX][KEY_MAX];
	int wanted = read_keys(c, c->model, table, want), had = read_keys(c, c->file, table, have);

	for (int i = 0; i < wanted; i++) {
		bool found = false;

		for (int k = 0; k < had; k++)
			found |= strcmp(want[i], have[k]) == 0;
		if (!found)
			tell(c, "table '%s' has no key of the columns (%s)", table, want[i]);
	}
}

static void check_table(struct survey *c, const char *table)
{
	struct column col[COLUMNS_MAX];
	int count = read_columns(c, table, col);
	AUTO_FREE char *sql = xstrdup("select rowid"), *what = xasprintf("table '%s'", table);
	sqlite3_stmt *stmt;

	for (int i = 0; i < count; i++) {
		/* of a missing one in double quotes newer SQLite asks whether it is a text */
		char *longer = xasprintf("%s, [%s]", sql, col[i].name);

		free(sql);
		sql = longer;
	}
	AUTO_FREE char *whole = xasprintf("%s from %s", sql, table);

	stmt = ask(c, c->file, what, whole);
	if (!stmt)
		return;
	check_columns(c, table, col, count);
	check_keys(c, table);
	look_at_rows(c, table, col, count, stmt);
}

static void check_tables(struct survey *c)
{
	sqlite3_stmt *stmt = ask(c, c->model, "the schema",
				 "select name from sqlite_master where type = 'table'");

	while (stmt && sqlite3_step(stmt) == SQLITE_ROW)
		check_table(c, text_of(stmt, 0));
	sqlite3_finalize(stmt);
}

/* The schema as of that version, in memory. */
static int make_model(struct survey *c, int64_t version, struct err *err)
{
	int rc = sqlite3_open(":memory:", &c->model);

	for (const struct schema_step *s = schema_steps; s->name && rc == SQLITE_OK; s++)
		if (s->number <= version)
			rc = sqlite3_exec(c->model, s->text, NULL, NULL, NULL);
	return rc == SQLITE_OK ? 0 :
				 err_set(err, ERR_SYSTEM, "no schema in memory: %s",
					 sqlite3_errmsg(c->model));
}

static int cannot_read(const struct survey *c, const char *path, int rc, struct err *err)
{
	bool strange = rc == SQLITE_NOTADB || rc == SQLITE_ERROR;       /* no such table */

	if (db_is_refusal(rc))
		return db_refused(path, false, sqlite3_system_errno(c->file), err);
	err_set(err, ERR_STORE, "'%s' %s: %s", path,
		strange ? "is no database of marshal" : "cannot be read",
		c->file ? sqlite3_errmsg(c->file) : sqlite3_errstr(rc));
	return err_hint(err, strange ? STORE_STRANGE : STORE_RESTORE);
}

static int read_version(struct survey *c, const char *path, int64_t *out, struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	int64_t version;
	int rc = sqlite3_prepare_v2(c->file, "select max(version) from schema_version", -1, &stmt,
				    NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_step(stmt);
	if (rc != SQLITE_ROW) {
		cannot_read(c, path, rc, err);
		sqlite3_finalize(stmt);
		return -1;
	}
	version = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	if (version < 0) {
		err_set(err, ERR_STORE, "'%s' has schema %lld, which is none", path,
			(long long)version);
		return err_hint(err, STORE_RESTORE);
	}
	*out = version;
	return db_refuse_newer(path, version, schema_steps, err);
}

static int open_file(struct survey *c, const char *path, struct err *err)
{
	int rc;

	if (db_must_be_there(path, err) != 0)
		return -1;
	rc = db_connect_reader(path, &c->file);
	if (rc == SQLITE_OK) {
		sqlite3_busy_timeout(c->file, STORE_BUSY_WAIT_MS);
		rc = sqlite3_exec(c->file, "begin", NULL, NULL, NULL);
	}
	return rc == SQLITE_OK ? 0 : cannot_read(c, path, rc, err);
}

int db_check(const char *path, void (*each)(void *ctx, const char *trouble), void *ctx,
	     struct err *err)
{
	struct survey c = { .each = each, .ctx = ctx };
	int64_t version = 0;
	int r = open_file(&c, path, err);

	if (r == 0)
		r = read_version(&c, path, &version, err);
	if (r == 0)
		r = make_model(&c, version, err);
	if (r == 0) {
		check_pages(&c);
		check_strangers(&c);
		check_tables(&c);
		check_references(&c);
	}
	sqlite3_close(c.file);
	sqlite3_close(c.model);
	return r == 0 ? c.count : -1;
}
