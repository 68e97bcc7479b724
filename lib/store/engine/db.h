/* db.h - one connection to the database: opened, prepared once a statement, bound by declared type.
 * All that is SQLite and not SQL lives behind this header. */
#ifndef STORE_ENGINE_DB_H
#define STORE_ENGINE_DB_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "store/schema.h"
#include "store/engine/sql.h"

struct db;

struct db_options {
	const char *path;
	const char *group;              /* NULL: none */
	bool writer;                    /* creates, may write */
	bool must_exist;                /* but creates nothing */
	int64_t wait_ms;                /* longest wait for another writer */
	int64_t max_pages;              /* a full disk for tests; 0: none */
};
struct db *db_open(const struct db_options *options, struct err *err);
void db_close(struct db *db);                           /* NULL is fine */
/* The two ways to the file of a database, as SQLite's result; *out is the caller's to close also
 * where that is none. Who reads writes nothing, in -shm neither, and needs no right but to read.
 * What a writer closes keeps its -wal, empty, and its -shm: readers cannot make them. */
int db_connect_reader(const char *path, sqlite3 **out);
int db_connect_writer(const char *path, sqlite3 **out);
/* How SQLite is to open files for those who only read, a name for sqlite3_open_v2(). */
const char *db_reader_files(void);
/* The file may come from elsewhere: nothing that its schema would run is run (triggers, views), and
 * no value is larger than ours are. Both ways do this. */
void db_distrust(sqlite3 *sqlite);
/* Whether a result says that this account may not, and what that means: returns -1. */
bool db_is_refusal(int rc);
int db_refused(const char *path, bool writer, int cause, struct err *err);

/* Makes the file where there is none. One that is there must be this account's (or we root), and
 * nobody else's to write to: that is narrowed, and said. It keeps mode and group else, but when
 * --db-group asks for others. */
int db_make_file(const struct db_options *o, struct err *err);
/* What is read is there, and not empty: an empty file is no database, it was one that lost all, or
 * will be none. ERR_STORE. */
int db_must_be_there(const char *path, struct err *err);
/* -wal and -shm get owner, group and mode of the database. */
int db_share_files(const char *path, struct err *err);
/* One of them is another account's, whom the database was once shared with. */
bool db_has_foreign_log(const char *path);

/* The schema: brings it up to the last of `steps` (writer), or checks that it is there. */
int db_migrate(struct db *db, const struct schema_step *steps, struct err *err);
int db_check_schema(struct db *db, const struct schema_step *steps, struct err *err);
/* What a later marshal wrote is not for us to judge: ERR_STORE, with what to use. */
int db_refuse_newer(const char *path, int64_t have, const struct schema_step *steps,
		    struct err *err);

/* What a statement is given. Texts are borrowed until the statement ends. */
struct value {
	char type;                      /* as in sql_text.types */
	const char *text;               /* NULL is null */
	int64_t number;
	bool null;
};
#define TEXT(s)       ((struct value){ 't', (s), 0, false })
#define INT(n)        ((struct value){ 'i', NULL, (n), false })
#define INT_OR_NULL(n) ((struct value){ 'i', NULL, (n), (n) == 0 })
#define VALUES(...)   (struct value[]){ __VA_ARGS__ }, \
		      (int)ARRAY_LEN(((struct value[]){ __VA_ARGS__ }))
#define NO_VALUES     NULL, 0

/* Runs a statement that gives no rows: the number of rows written, or -1. */
int db_run(struct db *db, enum sql which, const struct value *value, int count, struct err *err);

/* A statement with rows: db_query(), then db_next() until it is not 1 (0: the end, -1: failed).
 * db_done() when leaving earlier. Texts are borrowed until the next row; a null text is "". */
struct rows;
struct rows *db_query(struct db *db, enum sql which, const struct value *value, int count,
		      struct err *err);
int db_next(struct rows *rows, struct err *err);
void db_done(struct rows *rows);
int64_t db_int(struct rows *rows, int column);
/* A moment, for reckoning with: what is before 1970 or after 9999 is none, 0. */
int64_t db_time(struct rows *rows, int column);
/* A text that is not UTF-8 reads as DB_NO_TEXT. */
#define DB_NO_TEXT "(damaged text)"
const char *db_text(struct rows *rows, int column);
const char *db_text_or_null(struct rows *rows, int column);

/* Ids that are reckoned with or indexed by are small numbers from 1 on; what is beyond was not
 * written by us. db_small_id() is ERR_STORE then, and names the table. */
#define DB_TIME_MAX (YEAR_10000_UTC_MS - 1)
enum { DB_VALUE_MAX = 64 * 1024 * 1024 };       /* of a row: no text of ours comes near */
enum { WORD_ID_MAX = 65535, HOST_ID_MAX = INT32_MAX };
int db_small_id(int64_t id, int64_t max, const char *table, struct err *err);

/* The first number of the first row. */
int db_number(struct db *db, enum sql which, int64_t *out, struct err *err);

/* db_begin() of a writer waits for other writers: ERR_BUSY past wait_ms. durable: the commit is
 * on the disk when it returns. A reader's transaction gives one view over several queries. */
int db_begin(struct db *db, bool durable, struct err *err);
int db_commit(struct db *db, struct err *err);
void db_rollback(struct db *db);
/* Within a transaction: what fails behind the mark is undone alone. db_undo() is false when the
 * engine has given up the whole transaction. */
int db_mark(struct db *db, struct err *err);
int db_keep(struct db *db, struct err *err);
bool db_undo(struct db *db);
/* Between two transactions of many: a writer that waits gets its turn. */
void db_let_others(void);

/* Of the file, of its free pages, and of the log beside it. */
int db_size(struct db *db, int64_t *out_bytes, int64_t *out_free, int64_t *out_log,
	    struct err *err);
/* Writes the file anew without its free pages; a writer's, outside of transactions. */
int db_vacuum(struct db *db, struct err *err);

#endif
