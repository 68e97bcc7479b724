/* keep_words.c - under which time things are kept; and the word a report shows for a host, kept
 * over time: a row of status_change when it changed. host.shown is the word last written, so that
 * an unchanged host costs nothing. */
#include <stdlib.h>
#include <string.h>

#include "store/keep.h"
#include "store/status.h"

int keep_time(struct writer *w, int64_t host, int64_t utc_ms, int64_t *out_utc_ms, struct err *err)
{
	struct rows *rows = db_query(w->db, SQL_HISTORY_LAST, VALUES(INT(host)), err);
	int64_t last;

	if (!rows || db_next(rows, err) != 1)
		return -1;
	last = db_int(rows, 0);
	db_done(rows);
	/* behind a time that no clock reaches (a file from elsewhere) there is none */
	*out_utc_ms = utc_ms >= last || last == INT64_MAX ? utc_ms : last + 1;
	if (*out_utc_ms > w->kept_utc_ms)
		w->kept_utc_ms = *out_utc_ms;
	return 0;
}

static const char *word_of(int64_t gone_utc_ms, const char *status, const char *mars, bool skip)
{
	return gone_utc_ms ? "gone" : host_word(status, mars, skip);
}

static int write_word(struct writer *w, int64_t host, const char *was, const char *word,
		      int64_t utc_ms, struct err *err)
{
	if (db_run(w->db, SQL_STATUS_ADD, VALUES(INT(host), INT(utc_ms), TEXT(was), TEXT(word)),
		   err) < 0)
		return -1;
	return db_run(w->db, SQL_HOST_SHOWN, VALUES(INT(host), TEXT(word)), err) < 0 ? -1 : 0;
}

int keep_word(struct writer *w, const struct before *b, const char *status, struct err *err)
{
	const char *word = word_of(b->gone_utc_ms, status, b->mars, b->skip);

	if (strcmp(word, b->shown) == 0)
		return 0;
	return write_word(w, b->id, b->shown, word, b->kept_utc_ms, err);
}

/* A change found while the hosts are read; written after, as a statement must not write what
 * another is reading. */
struct change {
	int64_t host;
	char *was, *word;
};

static int read_changes(struct writer *w, struct change **out, int *out_count, struct err *err)
{
	struct rows *rows = db_query(w->db, SQL_HOSTS_SHOWN, NO_VALUES, err);
	int count = 0, cap = 0, r;
	struct change *list = NULL;

	if (!rows)
		return -1;
	while ((r = db_next(rows, err)) == 1) {
		const char *word = word_of(db_int(rows, 4), db_text(rows, 1), db_text(rows, 2),
					   db_int(rows, 3) != 0);

		if (strcmp(word, db_text(rows, 5)) == 0)
			continue;
		MEM_GROW(list, count, cap);
		list[count++] = (struct change){ db_int(rows, 0), xstrdup(db_text(rows, 5)),
						 xstrdup(word) };
	}
	*out = list;
	*out_count = count;
	return r;
}

int keep_words(struct writer *w, int64_t utc_ms, struct err *err)
{
	struct change *list = NULL;
	int count = 0, r = read_changes(w, &list, &count, err);

	for (int i = 0; i < count; i++) {
		int64_t kept;

		if (r == 0)
			r = keep_time(w, list[i].host, utc_ms, &kept, err);
		if (r == 0)
			r = write_word(w, list[i].host, list[i].was, list[i].word, kept, err);
		free(list[i].was);
		free(list[i].word);
	}
	free(list);
	return r;
}
