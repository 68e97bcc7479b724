/* store.c - the store thread and its queue. Callers hand over transactions; the thread takes all
 * that wait and writes them in one commit, each behind a mark of its own, so that one that fails
 * takes no other with it. Answers go back through one uv_async a loop, which lives only while
 * something is under way, so that an idle store keeps no loop from ending.
 * One thread and one writing connection, since the loop may not wait: with a connection of its own
 * it slept in SQLITE_BUSY as long as the other wrote, and over one for both its update was answered
 * as done and gone with the rollback of the other's batch. */
#include "store/store.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/insist.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/trust.h"
#include "base/text.h"
#include "store/store_inside.h"
#include "store/process.h"
#include "store/tx.h"

enum { BATCH_MAX = 256 }; /* so that a commit stays short and the first ones hear soon */

/* The way back to one loop. Lives from the first transaction of that loop to its last answer. */
struct mailbox {
	uv_async_t async;
	uv_loop_t *loop;
	struct store *store;
	int under_way;
	struct tx *first, **last; /* ended, not yet told */
	struct mailbox *next;
};

struct store {
	char *path;
	bool read_only;
	int64_t wait_ms, patience_ms;
	int64_t busy_since_ms; /* the thread's alone; 0: it was not at the last transaction */
	struct writer writer; /* the thread's alone once it runs */
	pthread_t thread;
	bool threaded;

	pthread_mutex_t lock; /* of all below */
	pthread_cond_t wake; /* the thread: work or the end */
	pthread_cond_t ended; /* store_write(): something ended */
	struct tx *first, **last; /* the queue */
	bool closing;
	int pending;
	struct mailbox *mailbox;
	struct db **reader; /* idle ones */
	int reader_count, reader_cap;
};

/* --- the store thread --- */

static int write_tx(struct writer *w, const struct tx *tx, struct err *err)
{
	for (const struct op *op = tx->first; op; op = op->next) {
		if (op->write(w, op->what, err) != 0)
			return -1;
	}
	return 0;
}

static void fail_all(struct tx *batch, const struct err *err)
{
	for (struct tx *tx = batch; tx; tx = tx->next) {
		tx->failed = true;
		tx->err = *err;
	}
}

/* All in one commit. -1: nothing of them was stored; err says why. A transaction that failed by
 * itself is marked and the others go on. */
static int write_together(struct store *s, struct tx *batch, struct err *err)
{
	struct writer *w = &s->writer;
	bool durable = false;

	for (struct tx *tx = batch; tx; tx = tx->next) {
		durable |= tx->durable;
		tx->failed = false;
	}
	if (db_begin(w->db, durable, err) != 0)
		return -1;
	for (struct tx *tx = batch; tx; tx = tx->next) {
		if (db_mark(w->db, err) != 0)
			goto undo;
		if (write_tx(w, tx, &tx->err) == 0) {
			if (db_keep(w->db, err) != 0)
				goto undo;
			continue;
		}
		tx->failed = true;
		words_forget(w);
		*err = tx->err;
		if (!db_undo(w->db))
			goto undo;
	}
	if (db_commit(w->db, err) == 0)
		return 0;
undo:
	db_rollback(w->db);
	words_forget(w);
	return -1;
}

/* A database that stays busy is waited for again, as long as the store's patience lasts: that is of
 * all transactions that met it so, one behind the other. Then as write_together(). */
static int write_patiently(struct store *s, struct tx *batch, struct err *err)
{
	int64_t begun_ms = clock_now_ms(), waited_ms;
	int rc;

	while ((rc = write_together(s, batch, err)) != 0 && err->code == ERR_BUSY) {
		if (s->busy_since_ms == 0)
			s->busy_since_ms = begun_ms;
		waited_ms = clock_now_ms() - s->busy_since_ms;
		process_name_holders(s->writer.db, s->writer.process, waited_ms, err);
		if (waited_ms >= s->patience_ms)
			break;
		log_line(LOG_WARN, "%s; it is waited for", err->msg);
	}
	if (rc == 0)
		s->busy_since_ms = 0;
	return rc;
}

static void write_batch(struct store *s, struct tx *batch)
{
	struct err err = { 0 };
	struct tx *next;

	if (write_patiently(s, batch, &err) == 0)
		return;
	if (err.code == ERR_BUSY) {
		fail_all(batch, &err);
		return;
	}
	if (!batch->next) {
		fail_all(batch, &err);
		return;
	}
	/* The commit itself failed, on a full disk most likely: what fits still gets in. */
	for (struct tx *tx = batch; tx; tx = next) {
		next = tx->next;
		tx->next = NULL;
		write_batch(s, tx);
		tx->next = next;
	}
}

/* Takes what waits, at most BATCH_MAX. NULL: the store closes. */
static struct tx *take_batch(struct store *s)
{
	struct tx *batch, **end = &s->first;

	while (!s->first && !s->closing)
		pthread_cond_wait(&s->wake, &s->lock);
	for (int i = 0; i < BATCH_MAX && *end; i++)
		end = &(*end)->next;
	batch = s->first;
	s->first = *end;
	*end = NULL;
	if (!s->first)
		s->last = &s->first;
	return batch;
}

static void hand_back(struct store *s, struct tx *batch)
{
	struct tx *next;

	for (struct tx *tx = batch; tx; tx = next) {
		struct mailbox *m = tx->mailbox;

		next = tx->next;
		tx->next = NULL;
		tx->ended = true;
		if (!m)
			continue;
		*m->last = tx;
		m->last = &tx->next;
		/* Under the lock: the loop may close the mailbox as soon as it sees the last
		 * answer. */
		uv_async_send(&m->async);
	}
	pthread_cond_broadcast(&s->ended);
}

static void *store_thread(void *ctx)
{
	struct store *s = ctx;
	struct tx *batch;

	pthread_mutex_lock(&s->lock);
	while ((batch = take_batch(s)) != NULL) {
		pthread_mutex_unlock(&s->lock);
		write_batch(s, batch);
		pthread_mutex_lock(&s->lock);
		hand_back(s, batch);
	}
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

/* --- on the loop's side --- */

static struct tx *take_answers(struct mailbox *m)
{
	struct tx *ended;

	pthread_mutex_lock(&m->store->lock);
	ended = m->first;
	m->first = NULL;
	m->last = &m->first;
	pthread_mutex_unlock(&m->store->lock);
	return ended;
}

static void mailbox_closed(uv_handle_t *handle)
{
	free(handle->data);
}

static void mailbox_close(struct mailbox *m)
{
	struct store *s = m->store;
	struct mailbox **at = &s->mailbox;

	pthread_mutex_lock(&s->lock);
	while (*at != m)
		at = &(*at)->next;
	*at = m->next;
	pthread_mutex_unlock(&s->lock);
	uv_close((uv_handle_t *)&m->async, mailbox_closed);
}

static void tell(struct mailbox *m)
{
	struct store *s = m->store;
	struct tx *next;

	for (struct tx *tx = take_answers(m); tx; tx = next) {
		next = tx->next;
		INSIST(tx->ended && tx->mailbox == m && m->under_way > 0);
		m->under_way--;
		pthread_mutex_lock(&s->lock);
		INSIST(s->pending > 0);
		s->pending--;
		pthread_mutex_unlock(&s->lock);
		tx->done(tx->ctx, tx->failed ? &tx->err : NULL);
		tx_free(tx);
	}
	/* What was told may have submitted more, which then keeps the mailbox. */
	if (m->under_way == 0)
		mailbox_close(m);
}

static void async_called(uv_async_t *async)
{
	tell(async->data);
}

/* Under the lock. */
static struct mailbox *mailbox_of(struct store *s, uv_loop_t *loop)
{
	struct mailbox *m = s->mailbox;

	while (m && m->loop != loop)
		m = m->next;
	if (m)
		return m;
	m = xcalloc(1, sizeof(*m));
	m->loop = loop;
	m->store = s;
	m->last = &m->first;
	if (uv_async_init(loop, &m->async, async_called) != 0) {
		free(m);
		return NULL;
	}
	m->async.data = m;
	m->next = s->mailbox;
	s->mailbox = m;
	return m;
}

/* Under the lock. */
static void enqueue(struct store *s, struct tx *tx)
{
	INSIST(!tx->ended && !s->closing);      /* nothing comes behind the close */
	tx->next = NULL;
	*s->last = tx;
	s->last = &tx->next;
	s->pending++;
	pthread_cond_signal(&s->wake);
}

void store_submit(struct store *s, struct tx *tx, bool durable, uv_loop_t *loop,
		  void (*done)(void *ctx, const struct err *err), void *ctx)
{
	struct err err;

	INSIST(!s->read_only); /* a store opened to read takes no transaction */
	INSIST(tx && loop && done && !tx->done);        /* handed over once */
	tx->durable = durable;
	tx->done = done;
	tx->ctx = ctx;
	pthread_mutex_lock(&s->lock);
	tx->mailbox = s->threaded ? mailbox_of(s, loop) : NULL;
	if (tx->mailbox) {
		tx->mailbox->under_way++;
		enqueue(s, tx);
	}
	pthread_mutex_unlock(&s->lock);
	if (tx->mailbox)
		return;
	/* The store closes, or no descriptor is left: not handed over, and no later moment to
	 * say so. */
	err_set(&err, ERR_SYSTEM,
		s->threaded ? "no way back from the database to the loop" :
			      "the database is closed already");
	done(ctx, &err);
	tx_free(tx);
}

int store_write(struct store *s, struct tx *tx, bool durable, struct err *err)
{
	int r;

	INSIST(!s->read_only && s->threaded);
	INSIST(tx && !tx->done);
	tx->durable = durable;
	pthread_mutex_lock(&s->lock);
	enqueue(s, tx);
	while (!tx->ended)
		pthread_cond_wait(&s->ended, &s->lock);
	s->pending--;
	pthread_mutex_unlock(&s->lock);
	r = tx->failed ? -1 : 0;
	if (r != 0 && err)
		*err = tx->err;
	tx_free(tx);
	return r;
}

int store_pending(const struct store *s)
{
	struct store *mine = (struct store *)s; /* counting changes nothing but the lock */
	int pending;

	pthread_mutex_lock(&mine->lock);
	pending = s->pending;
	pthread_mutex_unlock(&mine->lock);
	return pending;
}

/* --- open and close --- */

/* Ready for rows of ours. */
static int prepare_writer(struct writer *w, const char *command, struct err *err)
{
	int64_t id;

	if (db_migrate(w->db, schema_steps, err) != 0 ||
	    db_number(w->db, SQL_ID_LAST, &id, err) != 0)
		return -1;
	ids_follow(id);
	return command ? process_register(w->db, command, &w->process, err) : 0;
}

static int open_writer(struct store *s, const struct store_options *o,
		       const struct store_limits *limits, struct err *err)
{
	struct writer *w = &s->writer;
	struct db_options options = { .path = o->path,
				      .group = o->group,
				      .writer = true,
				      .must_exist = o->must_exist,
				      .wait_ms = limits->wait_ms,
				      .max_pages = limits->max_pages };

	w->db = db_open(&options, err);
	if (!w->db)
		return -1;
	if (prepare_writer(w, o->command, err) != 0)
		return err->code == ERR_BUSY ?
			       process_name_holders(w->db, 0, limits->wait_ms, err) :
			       -1;
	return 0;
}

static int open_reader(struct store *s, struct err *err)
{
	struct db *db = store_reader(s, err);

	if (!db)
		return -1;
	store_reader_back(s, db);
	return 0;
}

/* Signals are the loop's: the thread takes none. */
static int start_thread(struct store *s, struct err *err)
{
	sigset_t all, old;
	int rc;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	rc = pthread_create(&s->thread, NULL, store_thread, s);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (rc != 0)
		return err_errno(err, ERR_SYSTEM, rc, "cannot start the store's thread");
	s->threaded = true;
	return 0;
}

struct store *store_open_limits(const struct store_options *o, const struct store_limits *limits,
				struct err *err)
{
	struct store *s = xcalloc(1, sizeof(*s));
	struct err mine = { 0 };
	int r;

	s->path = xstrdup(o->path);
	s->read_only = o->read_only;
	s->wait_ms = limits->wait_ms;
	s->patience_ms = o->patience_ms;
	s->last = &s->first;
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->wake, NULL);
	pthread_cond_init(&s->ended, NULL);
	if (o->read_only)
		r = open_reader(s, &mine);
	else
		r = open_writer(s, o, limits, &mine) == 0 ? start_thread(s, &mine) : -1;
	if (r == 0)
		return s;
	store_close(s);
	if (err)
		*err = mine;
	return NULL;
}

struct store *store_open(const struct store_options *options, struct err *err)
{
	struct store_limits limits = { .wait_ms = STORE_BUSY_WAIT_MS };
	bool is_new = access(options->path, F_OK) != 0;
	struct store *s = store_open_limits(options, &limits, err);

	if (!s)
		return NULL;
	if (is_new)             /* a slip in --db would else be found out much later */
		log_line(LOG_INFO, "new database '%s'", options->path);
	if (options->read_only)
		trust_warn_to_read("database", options->path);
	else
		trust_warn("database", options->path);
	return s;
}

void store_close(struct store *s)
{
	if (!s)
		return;
	if (s->threaded) {
		pthread_mutex_lock(&s->lock);
		s->closing = true;
		pthread_cond_signal(&s->wake);
		pthread_mutex_unlock(&s->lock);
		pthread_join(s->thread, NULL);
	}
	/* Answers whose loop has not run since; what they submit now would never be written. */
	s->threaded = false;
	while (s->mailbox)
		tell(s->mailbox);
	INSIST(!s->first && s->pending == 0);
	/* A row that stays behind is that of a dead process, which the next one sweeps up. */
	if (s->writer.process)
		(void)process_leave(s->writer.db, s->writer.process, NULL);
	words_forget(&s->writer);
	/* The writer last: only who may write can move the -wal into the database. */
	for (int i = 0; i < s->reader_count; i++)
		db_close(s->reader[i]);
	db_close(s->writer.db);
	free(s->reader);
	pthread_cond_destroy(&s->ended);
	pthread_cond_destroy(&s->wake);
	pthread_mutex_destroy(&s->lock);
	free(s->path);
	free(s);
}

const char *store_file(const struct store *s)
{
	return s->path;
}

int64_t store_process(const struct store *s)
{
	return s->writer.process;
}

/* --- readers --- */

struct db *store_reader(struct store *s, struct err *err)
{
	struct db_options options = { .path = s->path, .wait_ms = s->wait_ms };
	struct db *db = NULL;

	pthread_mutex_lock(&s->lock);
	if (s->reader_count > 0)
		db = s->reader[--s->reader_count];
	pthread_mutex_unlock(&s->lock);
	if (!db) {
		db = db_open(&options, err);
		if (db && db_check_schema(db, schema_steps, err) != 0) {
			db_close(db);
			db = NULL;
		}
	}
	if (db && db_begin(db, false, err) != 0) {
		db_close(db);
		db = NULL;
	}
	return db;
}

void store_reader_back(struct store *s, struct db *db)
{
	if (!db)
		return;
	db_rollback(db);
	pthread_mutex_lock(&s->lock);
	MEM_GROW(s->reader, s->reader_count, s->reader_cap);
	s->reader[s->reader_count++] = db;
	pthread_mutex_unlock(&s->lock);
}
