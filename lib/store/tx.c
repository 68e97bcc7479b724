/* tx.c - transactions as values, their arena, and the two look-ups every operation shares. */
#include "store/tx.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "base/insist.h"

enum { CHUNK_SIZE = 8192 };

struct chunk {
	struct chunk *next;
	size_t used, size;
	alignas(max_align_t) char data[];
};

struct tx *tx_new(void)
{
	struct tx *tx = xcalloc(1, sizeof(*tx));

	tx->last = &tx->first;
	return tx;
}

void tx_free(struct tx *tx)
{
	struct chunk *next;

	if (!tx)
		return;
	for (struct chunk *c = tx->chunk; c; c = next) {
		next = c->next;
		free(c);
	}
	free(tx);
}

void *tx_alloc(struct tx *tx, size_t size)
{
	struct chunk *c = tx->chunk;
	void *p;

	size = (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
	if (!c || c->size - c->used < size) {
		size_t room = size > CHUNK_SIZE ? size : CHUNK_SIZE;

		c = xmalloc(sizeof(*c) + room);
		c->next = tx->chunk;
		c->used = 0;
		c->size = room;
		tx->chunk = c;
	}
	p = c->data + c->used;
	c->used += size;
	return memset(p, 0, size);
}

void *tx_copy(struct tx *tx, const void *data, size_t size)
{
	void *p = tx_alloc(tx, size);

	return size ? memcpy(p, data, size) : p;
}

char *tx_text(struct tx *tx, const char *text)
{
	return text ? tx_copy(tx, text, strlen(text) + 1) : NULL;
}

void tx_add(struct tx *tx, int (*write)(struct writer *, const void *, struct err *),
	    const void *what)
{
	struct op *op = tx_alloc(tx, sizeof(*op));

	INSIST(write && what && !tx->done &&
	       !tx->ended); /* nothing comes behind the handing over */
	op->write = write;
	op->what = what;
	*tx->last = op;
	tx->last = &op->next;
}

/* Where `name` is in the sorted list, or where it belongs. */
static int word_place(const struct words *words, const char *name, bool *out_found)
{
	int low = 0, high = words->count;

	while (low < high) {
		int middle = (low + high) / 2, c = strcmp(words->item[middle].name, name);

		if (c == 0) {
			*out_found = true;
			return middle;
		}
		if (c < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*out_found = false;
	return low;
}

static void word_remember(struct words *words, const char *name, int64_t id)
{
	bool found;
	int place = word_place(words, name, &found);

	MEM_GROW(words->item, words->count, words->cap);
	memmove(&words->item[place + 1], &words->item[place],
		(size_t)(words->count - place) * sizeof(*words->item));
	words->item[place] = (struct word){ xstrdup(name), id };
	words->count++;
}

static int words_load(struct writer *w, int64_t *out_last, struct err *err)
{
	struct rows *rows = db_query(w->db, SQL_WORDS, NO_VALUES, err);
	int r;

	words_forget(w);
	*out_last = 0;
	if (!rows)
		return -1;
	while ((r = db_next(rows, err)) == 1) {
		*out_last = db_int(rows, 0);
		if (db_small_id(*out_last, WORD_ID_MAX, "word", err) != 0) {
			db_done(rows);
			return -1;
		}
		word_remember(&w->words, db_text(rows, 1), *out_last);
	}
	return r;
}

int word_id(struct writer *w, const char *name, int64_t *out, struct err *err)
{
	bool found;
	int place = word_place(&w->words, name, &found);
	int64_t last;

	if (!found) {
		/* Another process may have added it since; within this transaction nobody can. */
		if (words_load(w, &last, err) != 0)
			return -1;
		place = word_place(&w->words, name, &found);
	}
	if (!found) {
		if (db_small_id(last + 1, WORD_ID_MAX, "word", err) != 0 ||
		    db_run(w->db, SQL_WORD_ADD, VALUES(INT(last + 1), TEXT(name)), err) < 0)
			return -1;
		word_remember(&w->words, name, last + 1);
		place = word_place(&w->words, name, &found);
	}
	*out = w->words.item[place].id;
	return 0;
}

void words_forget(struct writer *w)
{
	for (int i = 0; i < w->words.count; i++)
		free(w->words.item[i].name);
	free(w->words.item);
	w->words = (struct words){ 0 };
}

int host_id(struct writer *w, const char *name, int64_t *out, struct err *err)
{
	struct rows *rows = db_query(w->db, SQL_HOST_FIND, VALUES(TEXT(name)), err);
	int r = rows ? db_next(rows, err) : -1;

	if (r == 0)
		return err_set(err, ERR_NOT_FOUND, "host '%s' is not in the database", name);
	if (r < 0)
		return -1;
	*out = db_int(rows, 0);
	db_done(rows);
	return 0;
}
