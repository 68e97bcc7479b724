/* lock.c - one change at a time on a host, over all processes: a lock is a row that names its
 * holder in table process. That of a dead holder is free; of one that cannot be asked it stays
 * until somebody frees it by hand. */
#include <stdlib.h>

#include "base/clock.h"
#include "store/store_inside.h"
#include "store/process.h"
#include "store/tx.h"

struct lock {
	int64_t run, process, since_utc_ms, event, utc_ms;
	const char *host, *text, *actor;
};

/* 1: somebody else holds the host, who is told in *err; 0: nobody does. */
static int is_held(struct writer *w, int64_t id, const char *host, struct err *err)
{
	struct rows *rows = db_query(w->db, SQL_LOCK_HOLDER, VALUES(INT(id)), err);
	int r = rows ? db_next(rows, err) : -1;
	AUTO_FREE char *who = NULL;
	struct process_row p;

	/* No row: free, or its holder left table process without giving it back. */
	if (r != 1)
		return r;
	p = process_read(rows);
	if (p.id != w->process && process_life(&p) != PROCESS_DEAD)
		who = process_describe(&p, db_time(rows, PROCESS_COLUMNS_COUNT));
	db_done(rows);
	if (!who)
		return 0;
	err_set(err, ERR_HELD, "host '%s' is being changed by %s", host, who);
	return 1;
}

static int write_lock(struct writer *w, const void *what, struct err *err)
{
	const struct lock *l = what;
	int64_t host;

	if (!w->process)
		return err_set(err, ERR_STORE, "a lock needs a process that registered");
	if (host_id(w, l->host, &host, err) != 0 || is_held(w, host, l->host, err) != 0)
		return -1;
	return db_run(w->db, SQL_LOCK_PUT,
		      VALUES(INT(host), INT(l->run), INT(w->process), INT(l->since_utc_ms)),
		      err) < 0 ?
		       -1 :
		       0;
}

static struct lock *new_lock(struct tx *tx, const char *host, int64_t run)
{
	struct lock *l = tx_alloc(tx, sizeof(*l));

	l->host = tx_text(tx, host);
	l->run = run;
	return l;
}

void tx_lock(struct tx *tx, const char *host, int64_t run)
{
	struct lock *l = new_lock(tx, host, run);

	l->since_utc_ms = clock_utc_ms();
	tx_add(tx, write_lock, l);
}

static int write_unlock(struct writer *w, const void *what, struct err *err)
{
	const struct lock *l = what;
	int64_t host;

	if (host_id(w, l->host, &host, err) != 0)
		return -1;
	return db_run(w->db, SQL_LOCK_DROP, VALUES(INT(host), INT(l->run), INT(w->process)), err) <
			       0 ?
		       -1 :
		       0;
}

void tx_unlock(struct tx *tx, const char *host, int64_t run)
{
	tx_add(tx, write_unlock, new_lock(tx, host, run));
}

/* --- what stands, and freeing it by hand --- */

static void read_lock(struct rows *rows, int64_t own, struct lock_rows *list, int *cap)
{
	struct process_row p = process_read(rows);
	enum process_life life = process_life(&p);
	int64_t since = db_time(rows, PROCESS_COLUMNS_COUNT);

	if (p.id == own || life == PROCESS_DEAD)
		return;
	MEM_GROW(list->row, list->count, *cap);
	list->row[list->count++] = (struct lock_row){
		.host = xstrdup(db_text(rows, PROCESS_COLUMNS_COUNT + 2)),
		.run = db_int(rows, PROCESS_COLUMNS_COUNT + 1),
		.run_name = xstrdup(db_text(rows, PROCESS_COLUMNS_COUNT + 3)),
		.holder = process_describe(&p, since),
		.process = p.id,
		.since_utc_ms = db_int(rows, PROCESS_COLUMNS_COUNT),
		.seen_alive = life == PROCESS_SEEN,
	};
}

int store_locks(struct store *s, const char *host, struct lock_rows *out, struct err *err)
{
	struct db *db = store_reader(s, err);
	struct rows *rows =
		db ? db_query(db, SQL_LOCKS, VALUES(TEXT(host ? host : "")), err) : NULL;
	struct lock_rows list = { 0 };
	int cap = 0, r = rows ? 0 : -1;

	while (rows && (r = db_next(rows, err)) == 1)
		read_lock(rows, store_process(s), &list, &cap);
	store_reader_back(s, db);
	if (r == 0)
		*out = list;
	else
		lock_rows_release(&list);
	return r;
}

void lock_rows_release(struct lock_rows *rows)
{
	for (int i = 0; i < rows->count; i++) {
		free(rows->row[i].host);
		free(rows->row[i].run_name);
		free(rows->row[i].holder);
	}
	free(rows->row);
	*rows = (struct lock_rows){ 0 };
}

/* The holder may have come to this machine's sight, or the lock to another, since it was read. */
static int write_free(struct writer *w, const void *what, struct err *err)
{
	const struct lock *l = what;
	int64_t host;
	int freed;

	if (host_id(w, l->host, &host, err) != 0)
		return -1;
	freed = db_run(w->db, SQL_LOCK_FREE,
		       VALUES(INT(host), INT(l->process), INT(l->since_utc_ms)), err);
	if (freed < 0)
		return -1;
	if (freed == 0)
		return err_set(err, ERR_HELD,
			       "the lock of host '%s' is not the one that was shown any more",
			       l->host);
	return db_run(w->db, SQL_EVENT_ADD,
		      VALUES(INT(l->event), INT(l->utc_ms), INT(host), INT_OR_NULL(0), TEXT("lock"),
			     TEXT(l->text), TEXT(l->actor)),
		      err) < 0 ?
		       -1 :
		       0;
}

void tx_lock_free(struct tx *tx, const struct lock_row *lock, int64_t utc_ms)
{
	struct lock *l = new_lock(tx, lock->host, lock->run);
	AUTO_FREE char *text = xasprintf("freed by hand: it was held by %s", lock->holder);

	l->process = lock->process;
	l->since_utc_ms = lock->since_utc_ms;
	l->text = tx_text(tx, text);
	l->actor = store_actor();
	l->event = store_new_id();
	l->utc_ms = utc_ms;
	tx_add(tx, write_free, l);
}
