/* store_inside.h - what the files of this folder share about a store, and what tests may turn. */
#ifndef STORE_STORE_INSIDE_H
#define STORE_STORE_INSIDE_H

#include "store/engine/db.h"
#include "store/store.h"

/* store_open() with limits of the caller's: how tests make a busy or a full database. */
struct store_limits {
	int64_t wait_ms;
	int64_t max_pages;              /* 0: as many as the disk has */
};
struct store *store_open_limits(const struct store_options *options,
				const struct store_limits *limits, struct err *err);

const char *store_file(const struct store *s);          /* its path */
int64_t store_process(const struct store *s);           /* its row in table process; 0: none */

/* New ids are behind this one from here on: what was stored last is older than what is made now,
 * also where the clock was set back in between. */
void ids_follow(int64_t id);

/* A reader's connection with its transaction begun, so that all its queries see one state. Give it
 * back in any case; NULL is fine. Readers are kept for the next call. */
struct db *store_reader(struct store *s, struct err *err);
void store_reader_back(struct store *s, struct db *db);

/* Table word: small numbers to names. Released with the arena that holds the texts. */
struct names { char **word; int64_t count; };
int names_read(struct db *db, struct names *out, struct arena *texts, struct err *err);
char *names_word(const struct names *names, int64_t id);       /* "" for a strange one */

/* Findings, from rows of host, name, verdict, since, severity, evidence. Equal words are kept
 * once. */
enum { WORDS_KEPT = 12 };
struct finding_reader {
	const struct names *names;
	struct arena *texts;
	char *word[WORDS_KEPT];
	int word_count;
};
struct finding_row finding_read(struct finding_reader *f, struct rows *rows);
/* The statement that gives what `want` asks for: now by a range of hosts, or at a moment. */
enum sql finding_query(int want, bool moment);

#endif
