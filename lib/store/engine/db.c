/* db.c - the connection. A database is one file with its -wal and -shm beside it, all three with
 * the same mode and group. Waiting for another writer happens at the begin of a transaction
 * only, with a deadline of its own for the whole of it. */
#include "store/engine/db.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/insist.h"
#include "base/text.h"
#include "store/engine/engine.h"

enum {
	PAUSE_US = 10000,       /* between two tries for the lock */
	LOG_PAGES = 1000,       /* from here on the log is moved into the file, as SQLite does */
	LOG_PAGES_MUCH = 4000,  /* so long a log is begun anew, readers are waited for */
	LOG_WAIT_MS = 1000,
};

struct rows {
	sqlite3_stmt *stmt;
	int slot[SQL_MAX_VALUES]; /* of $1.. in SQLite's own numbering; 0: not used */
	struct db *db;
};

struct db {
	sqlite3 *sqlite;
	char *path;
	bool writer;
	int64_t wait_ms, wait_until_ms;
	int durable; /* -1: not yet said to SQLite */
	int log_much; /* pages from which on the log is begun anew */
	struct rows rows[SQL_COUNT]; /* prepared when first used */
};

/* The cause in words a person can act on. */
static int fail(struct db *db, int rc, const char *what, struct err *err)
{
	int cause = db->sqlite ? sqlite3_system_errno(db->sqlite) : 0;

	if (db_is_refusal(rc))
		return db_refused(db->path, db->writer, cause, err);
	switch (rc & 0xff) {
	case SQLITE_BUSY:
		return err_set(err, ERR_BUSY, "database '%s' is locked by another writer",
			       db->path);
	case SQLITE_FULL:
		err_set(err, ERR_STORE,
			"no room to write to '%s': this was not stored, "
			"what was stored before is kept",
			db->path);
		return err_hint(err, "make room on the disk, then repeat the command");
	case SQLITE_IOERR:
		err_set(err, ERR_STORE,
			"cannot read or write '%s' (%s): this was not stored, "
			"what was stored before is kept",
			db->path, cause ? strerror(cause) : sqlite3_errmsg(db->sqlite));
		return err_hint(err, "look at the disk and its limits, then repeat the command");
	case SQLITE_NOTADB:
		err_set(err, ERR_STORE, "'%s' is no database of marshal", db->path);
		return err_hint(err, STORE_STRANGE);
	default:
		err_set(err, ERR_STORE, "'%s': %s: %s", db->path, what,
			db->sqlite ? sqlite3_errmsg(db->sqlite) : sqlite3_errstr(rc));
		return err_hint(err, STORE_DAMAGED);
	}
}

/* SQLite asks after each failed try; its own time limit would count anew for every statement. */
static int wait_more(void *ctx, int tries)
{
	struct db *db = ctx;

	(void)tries;
	if (clock_now_ms() >= db->wait_until_ms)
		return 0;
	usleep(PAUSE_US);
	return 1;
}

static int run_text(struct db *db, const char *text, struct err *err)
{
	int rc = sqlite3_exec(db->sqlite, text, NULL, NULL, NULL);

	/* Of a long text the beginning says enough. */
	return rc == SQLITE_OK ? 0 : fail(db, rc, strlen(text) < 80 ? text : "schema", err);
}

/* Two processes that create at once: SQLite refuses one of them without asking wait_more(). */
static int set_wal(struct db *db, struct err *err)
{
	int rc;

	while ((rc = sqlite3_exec(db->sqlite, "pragma journal_mode = wal", NULL, NULL, NULL)) ==
		       SQLITE_BUSY &&
	       wait_more(db, 0))
		;
	return rc == SQLITE_OK ? 0 : fail(db, rc, "write-ahead log", err);
}

/* A log that another account made would stay that one's to write: SQLite takes it away when it
 * leaves the mode. Where somebody reads meanwhile, the next command has its chance. */
static int own_log(struct db *db, struct err *err)
{
	int on = 1, off = 0;
	int rc;

	if (!db_has_foreign_log(db->path))
		return 0;
	sqlite3_file_control(db->sqlite, "main", SQLITE_FCNTL_PERSIST_WAL, &off);
	rc = sqlite3_exec(db->sqlite, "pragma journal_mode = delete", NULL, NULL, NULL);
	sqlite3_file_control(db->sqlite, "main", SQLITE_FCNTL_PERSIST_WAL, &on);
	return rc == SQLITE_OK || rc == SQLITE_BUSY ? 0 : fail(db, rc, "log of another", err);
}

/* What SQLite does by itself behind a commit waits for nobody, so readers that take turns, one
 * always in the middle, keep the log growing for ever. Past a length they are waited for, which
 * holds up no new one; where that was in vain, not again before the log is twice as long. */
static int shorten_log(void *ctx, sqlite3 *sqlite, const char *schema, int pages)
{
	struct db *db = ctx;
	int64_t until_ms = db->wait_until_ms;
	int rc;

	if (pages < LOG_PAGES)
		return SQLITE_OK;
	if (pages < db->log_much) {
		sqlite3_wal_checkpoint_v2(sqlite, schema, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
		return SQLITE_OK;
	}
	db->wait_until_ms = clock_now_ms() + LOG_WAIT_MS;
	rc = sqlite3_wal_checkpoint_v2(sqlite, schema, SQLITE_CHECKPOINT_RESTART, NULL, NULL);
	db->wait_until_ms = until_ms;
	db->log_much = rc == SQLITE_OK ? LOG_PAGES_MUCH : pages > INT_MAX / 2 ? INT_MAX : pages * 2;
	return SQLITE_OK;       /* the commit is done, whatever became of this */
}

static int configure(struct db *db, const struct db_options *o, struct err *err)
{
	AUTO_FREE char *pages = NULL;

	sqlite3_extended_result_codes(db->sqlite, 1);
	sqlite3_busy_handler(db->sqlite, wait_more, db);
	if (run_text(db,
		     "pragma foreign_keys = on; pragma temp_store = memory; "
		     "pragma cache_size = -16384",
		     err) != 0)
		return -1;
	if (db->writer && (own_log(db, err) != 0 || set_wal(db, err) != 0 ||
			   run_text(db, "pragma journal_size_limit = 67108864", err) != 0))
		return -1;
	if (db->writer)
		sqlite3_wal_hook(db->sqlite, shorten_log, db);
	if (o->max_pages) {
		pages = xasprintf("pragma max_page_count = %lld", (long long)o->max_pages);
		if (run_text(db, pages, err) != 0)
			return -1;
	}
	/* The first read makes -wal and -shm where they are not there yet. */
	if (run_text(db, "select count(*) from sqlite_master", err) != 0)
		return -1;
	return db->writer ? db_share_files(db->path, err) : 0;
}

struct db *db_open(const struct db_options *o, struct err *err)
{
	bool must_exist = !o->writer || o->must_exist;
	struct db *db;
	int rc;

	if ((must_exist && db_must_be_there(o->path, err) != 0) ||
	    (o->writer && db_make_file(o, err) != 0))
		return NULL;
	db = xcalloc(1, sizeof(*db));
	db->path = xstrdup(o->path);
	db->writer = o->writer;
	db->durable = -1;
	db->log_much = LOG_PAGES_MUCH;
	db->wait_ms = o->wait_ms;
	db->wait_until_ms = clock_now_ms() + o->wait_ms;
	rc = o->writer ? db_connect_writer(o->path, &db->sqlite) :
			 db_connect_reader(o->path, &db->sqlite);
	if (rc != SQLITE_OK)
		fail(db, rc, "open", err);
	if (rc != SQLITE_OK || configure(db, o, err) != 0) {
		db_close(db);
		return NULL;
	}
	return db;
}

void db_close(struct db *db)
{
	if (!db)
		return;
	for (int i = 0; i < SQL_COUNT; i++)
		sqlite3_finalize(db->rows[i].stmt);
	sqlite3_close(db->sqlite);
	free(db->path);
	free(db);
}

/* Asked of the file: what the connection remembers of the schema may be older than another
 * process. */
static int ask_file(struct db *db, const char *text, bool *out, struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	int rc = sqlite3_prepare_v2(db->sqlite, text, -1, &stmt, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_step(stmt);
	*out = rc == SQLITE_ROW;
	sqlite3_finalize(stmt);
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 : fail(db, rc, "schema", err);
}

static int schema_version(struct db *db, int64_t *out, struct err *err)
{
	bool there, other;

	*out = 0;
	if (ask_file(db, "select 1 from sqlite_master where name = 'schema_version'", &there,
		     err) != 0)
		return -1;
	if (there)
		return db_number(db, SQL_VERSION_NOW, out, err);
	if (ask_file(db, "select 1 from sqlite_master", &other, err) != 0)
		return -1;
	if (!other)
		return 0;
	err_set(err, ERR_STORE, "'%s' is the database of another program", db->path);
	return err_hint(err, "name the database with --db or $MARSHAL_DB");
}

static int64_t last_step(const struct schema_step *steps)
{
	int64_t last = 0;

	for (const struct schema_step *s = steps; s->name; s++)
		last = s->number;
	return last;
}

int db_refuse_newer(const char *path, int64_t have, const struct schema_step *steps,
		    struct err *err)
{
	int64_t known = last_step(steps);

	if (have <= known)
		return 0;
	err_set(err, ERR_STORE, "database '%s' has schema %lld, this marshal knows up to %lld",
		path, (long long)have, (long long)known);
	return err_hint(err, "use the marshal that wrote it, or a newer one");
}

/* One step in one transaction. The version is read again inside it: another process may have been
 * quicker. */
static int step_up(struct db *db, const struct schema_step *step, struct err *err)
{
	int64_t have;

	if (db_begin(db, true, err) != 0)
		return -1;
	if (schema_version(db, &have, err) != 0)
		goto undo;
	if (have < step->number &&
	    (run_text(db, step->text, err) != 0 || schema_version(db, &have, err) != 0))
		goto undo;
	if (have < step->number) {
		err_set(err, ERR_STORE, "the step does not note its number");
		goto undo;
	}
	if (db_commit(db, err) == 0)
		return 0;
undo:
	db_rollback(db);
	return err_in(err, "migration %s", step->name);
}

int db_migrate(struct db *db, const struct schema_step *steps, struct err *err)
{
	int64_t have;

	if (schema_version(db, &have, err) != 0 || db_refuse_newer(db->path, have, steps, err) != 0)
		return -1;
	for (const struct schema_step *s = steps; s->name; s++) {
		if (s->number > have && step_up(db, s, err) != 0)
			return -1;
	}
	return db_share_files(db->path, err);
}

int db_check_schema(struct db *db, const struct schema_step *steps, struct err *err)
{
	int64_t have, known = last_step(steps);

	if (schema_version(db, &have, err) != 0 || db_refuse_newer(db->path, have, steps, err) != 0)
		return -1;
	if (have == known)
		return 0;
	err_set(err, ERR_STORE, "database '%s' has schema %lld, this marshal needs %lld", db->path,
		(long long)have, (long long)known);
	return err_hint(err, "run a command that writes, such as scan, to bring it up to date");
}

static struct rows *prepared(struct db *db, enum sql which, struct err *err)
{
	const struct sql_text *sql = &sql_texts[which];
	struct rows *rows = &db->rows[which];
	char name[8];
	int rc;

	INSIST((unsigned)which < SQL_COUNT && sql->text);
	if (rows->stmt)
		return rows;
	rc = sqlite3_prepare_v3(db->sqlite, sql->text, -1, SQLITE_PREPARE_PERSISTENT, &rows->stmt,
				NULL);
	if (rc != SQLITE_OK) {
		fail(db, rc, sql->name, err);
		return NULL;
	}
	rows->db = db;
	/* SQLite numbers parameters as they appear in the text, whatever their names say. */
	for (int i = 0; sql->types[i]; i++) {
		snprintf(name, sizeof(name), "$%d", i + 1);
		rows->slot[i] = sqlite3_bind_parameter_index(rows->stmt, name);
	}
	return rows;
}

struct rows *db_query(struct db *db, enum sql which, const struct value *value, int count,
		      struct err *err)
{
	const char *types = sql_texts[which].types;
	struct rows *rows = prepared(db, which, err);
	int rc = SQLITE_OK;

	INSIST((int)strlen(types) == count);
	if (!rows)
		return NULL;
	for (int i = 0; i < count && rc == SQLITE_OK; i++) {
		const struct value *v = &value[i];

		INSIST(v->type == types[i]);
		if (v->null || (v->type == 't' && !v->text))
			rc = sqlite3_bind_null(rows->stmt, rows->slot[i]);
		else if (v->type == 'i')
			rc = sqlite3_bind_int64(rows->stmt, rows->slot[i], v->number);
		else
			rc = sqlite3_bind_text(rows->stmt, rows->slot[i], v->text, -1,
					       SQLITE_STATIC);
	}
	if (rc == SQLITE_OK)
		return rows;
	fail(db, rc, sql_texts[which].name, err);
	db_done(rows);
	return NULL;
}

int db_next(struct rows *rows, struct err *err)
{
	int rc = sqlite3_step(rows->stmt);

	if (rc == SQLITE_ROW)
		return 1;
	if (rc != SQLITE_DONE)
		fail(rows->db, rc, sql_texts[rows - rows->db->rows].name, err);
	db_done(rows);
	return rc == SQLITE_DONE ? 0 : -1;
}

void db_done(struct rows *rows)
{
	sqlite3_reset(rows->stmt);
	sqlite3_clear_bindings(rows->stmt);
}

int64_t db_int(struct rows *rows, int column)
{
	return sqlite3_column_int64(rows->stmt, column);
}

int64_t db_time(struct rows *rows, int column)
{
	int64_t utc_ms = db_int(rows, column);

	return utc_ms >= 0 && utc_ms <= DB_TIME_MAX ? utc_ms : 0;
}

int db_small_id(int64_t id, int64_t max, const char *table, struct err *err)
{
	if (id > 0 && id <= max)
		return 0;
	err_set(err, ERR_STORE, "the database is damaged: a row of table '%s' has the id %lld",
		table, (long long)id);
	return err_hint(err, STORE_DAMAGED);
}

const char *db_text_or_null(struct rows *rows, int column)
{
	const char *text = (const char *)sqlite3_column_text(rows->stmt, column);

	if (text && !text_is_utf8(text, strlen(text)))
		return DB_NO_TEXT;
	return text;
}

const char *db_text(struct rows *rows, int column)
{
	const char *text = db_text_or_null(rows, column);

	return text ? text : "";
}

int db_run(struct db *db, enum sql which, const struct value *value, int count, struct err *err)
{
	struct rows *rows = db_query(db, which, value, count, err);

	if (!rows || db_next(rows, err) != 0)
		return -1;
	return sqlite3_changes(db->sqlite);
}

int db_number(struct db *db, enum sql which, int64_t *out, struct err *err)
{
	struct rows *rows = db_query(db, which, NO_VALUES, err);

	if (!rows || db_next(rows, err) != 1)
		return -1;
	*out = db_int(rows, 0);
	db_done(rows);
	return 0;
}

int db_begin(struct db *db, bool durable, struct err *err)
{
	db->wait_until_ms = clock_now_ms() + db->wait_ms;
	if (!db->writer)
		return run_text(db, "begin", err);
	if (db->durable != durable) {
		if (run_text(db,
			     durable ? "pragma synchronous = full" : "pragma synchronous = normal",
			     err) != 0)
			return -1;
		db->durable = durable;
	}
	return run_text(db, "begin immediate", err);
}

int db_commit(struct db *db, struct err *err)
{
	return run_text(db, "commit", err);
}

void db_rollback(struct db *db)
{
	/* Nothing to do where SQLite has rolled back by itself (a full disk). */
	if (!sqlite3_get_autocommit(db->sqlite))
		sqlite3_exec(db->sqlite, "rollback", NULL, NULL, NULL);
}

int db_mark(struct db *db, struct err *err)
{
	return run_text(db, "savepoint mark", err);
}

int db_keep(struct db *db, struct err *err)
{
	return run_text(db, "release mark", err);
}

bool db_undo(struct db *db)
{
	return !sqlite3_get_autocommit(db->sqlite) &&
	       sqlite3_exec(db->sqlite, "rollback to mark; release mark", NULL, NULL, NULL) ==
		       SQLITE_OK;
}

void db_let_others(void)
{
	usleep(PAUSE_US * 5 / 2);       /* whoever waits tries again in that time */
}

static int pragma_number(struct db *db, const char *text, int64_t *out, struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	int rc = sqlite3_prepare_v2(db->sqlite, text, -1, &stmt, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_step(stmt);
	if (rc == SQLITE_ROW)
		*out = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	return rc == SQLITE_ROW ? 0 : fail(db, rc, text, err);
}

int db_size(struct db *db, int64_t *out_bytes, int64_t *out_free, int64_t *out_log, struct err *err)
{
	AUTO_FREE char *log = xasprintf("%s-wal", db->path);
	int64_t page, pages, unused;
	struct stat st;

	if (pragma_number(db, "pragma page_size", &page, err) != 0 ||
	    pragma_number(db, "pragma page_count", &pages, err) != 0 ||
	    pragma_number(db, "pragma freelist_count", &unused, err) != 0)
		return -1;
	*out_bytes = page * pages;
	*out_free = page * unused;
	*out_log = stat(log, &st) == 0 ? st.st_size : 0;
	return 0;
}

int db_vacuum(struct db *db, struct err *err)
{
	db->wait_until_ms = clock_now_ms() + db->wait_ms;
	return run_text(db, "vacuum; pragma wal_checkpoint(truncate)", err);
}
