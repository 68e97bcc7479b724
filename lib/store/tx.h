/* tx.h - a transaction as a value: a list of operations with copies of all they need, in one
 * arena. Made by any thread, written by the store's. */
#ifndef STORE_TX_H
#define STORE_TX_H

#include <pthread.h>

#include "store/engine/db.h"
#include "store/store.h"

/* What operations work with; the store thread's alone. */
struct writer {
	struct db *db;
	int64_t process;                /* our row in table process; 0: none */
	int64_t kept_utc_ms;    /* the newest that keep_time() gave: a scan ends behind it */
	struct words {                  /* table word, by name */
		struct word { char *name; int64_t id; } *item;
		int count, cap;
	} words;
};

struct op {
	int (*write)(struct writer *w, const void *what, struct err *err);
	const void *what;               /* in the arena */
	struct op *next;
};

struct mailbox;

struct tx {
	struct chunk *chunk;            /* the arena */
	struct op *first, **last;
	/* While it is with the store: */
	struct tx *next;
	bool durable;
	struct mailbox *mailbox;        /* NULL: somebody waits in store_write() */
	void (*done)(void *ctx, const struct err *err);
	void *ctx;
	bool failed, ended;
	struct err err;
};

void *tx_alloc(struct tx *tx, size_t size);             /* zeroed */
void *tx_copy(struct tx *tx, const void *data, size_t size);
char *tx_text(struct tx *tx, const char *text);         /* NULL gives NULL */
void tx_add(struct tx *tx, int (*write)(struct writer *w, const void *what, struct err *err),
	    const void *what);

/* The id of a word, made where it is new. words_forget() after a rollback: it may be gone again. */
int word_id(struct writer *w, const char *name, int64_t *out, struct err *err);
void words_forget(struct writer *w);

/* ERR_NOT_FOUND for a host that no inventory has named. */
int host_id(struct writer *w, const char *name, int64_t *out, struct err *err);
/* lease.c: the same where no other process holds the host, nor anybody its server under another
 * name; else ERR_HELD. */
int lease_none_other(struct writer *w, const char *name, int64_t *out_id, struct err *err);

#endif
