/* read_words.c - what readers of hosts and of moments share: names behind the small numbers of
 * the long tables, and findings, of which there are half a million in a large fleet. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "store/store_inside.h"

static char no_text[] = "";

int names_read(struct db *db, struct names *out, struct arena *texts, struct err *err)
{
	struct rows *rows = db_query(db, SQL_WORDS, NO_VALUES, err);
	char **word = NULL;
	int count = 0, cap = 0, r;

	if (!rows)
		return -1;
	/* Numbered from 1 by word_id(), in order. */
	while ((r = db_next(rows, err)) == 1) {
		int64_t id = db_int(rows, 0);

		if (db_small_id(id, WORD_ID_MAX, "word", err) != 0) {
			db_done(rows);
			free(word);
			return -1;
		}
		while (count <= id) {
			MEM_GROW(word, count, cap);
			word[count++] = NULL;
		}
		word[count - 1] = arena_strdup(texts, db_text(rows, 1));
	}
	out->word = arena_alloc(texts, (size_t)count + 1, sizeof(*word));
	if (count)
		memcpy(out->word, word, (size_t)count * sizeof(*word));
	out->count = count;
	free(word);
	return r;
}

char *names_word(const struct names *names, int64_t id)
{
	return id > 0 && id < names->count && names->word[id] ? names->word[id] : no_text;
}

/* There are six verdicts and four severities, and as many texts of them. */
static char *word_text(struct finding_reader *f, const char *word)
{
	int i = 0;

	while (i < f->word_count && strcmp(f->word[i], word) != 0)
		i++;
	if (i == f->word_count && i < WORDS_KEPT)
		f->word[f->word_count++] = arena_strdup(f->texts, word);
	return i < WORDS_KEPT ? f->word[i] : arena_strdup(f->texts, word);
}

struct finding_row finding_read(struct finding_reader *f, struct rows *rows)
{
	const char *severity = db_text_or_null(rows, 4), *evidence = db_text(rows, 5);

	return (struct finding_row){
		.check = names_word(f->names, db_int(rows, 1)),
		.verdict = word_text(f, db_text(rows, 2)),
		.since_utc_ms = db_time(rows, 3),
		.severity = severity ? word_text(f, severity) : NULL,
		.evidence = evidence[0] ? arena_strdup(f->texts, evidence) : no_text,
	};
}

enum sql finding_query(int want, bool moment)
{
	if (want & ROWS_TROUBLE) {
		if (moment)
			return want & ROWS_BARE ? SQL_MOMENT_TROUBLE_BARE : SQL_MOMENT_TROUBLE;
		return want & ROWS_BARE ? SQL_TROUBLE_BARE : SQL_TROUBLE;
	}
	if (moment)
		return want & ROWS_BARE ? SQL_MOMENT_FINDINGS_BARE : SQL_MOMENT_FINDINGS;
	return want & ROWS_BARE ? SQL_FINDINGS_BARE : SQL_FINDINGS;
}
