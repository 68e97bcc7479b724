/* facts.h - what a probe returned, one JSON value a name; stored as seen, never judged on the
 * host. The catalogue of known facts stands in fact_rows.h: name, depth, the type of every
 * member, and which of them are readings (numbers that change at every look, kept apart in the
 * store). */
#ifndef SCANNER_FACTS_FACTS_H
#define SCANNER_FACTS_FACTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "scanner/facts/fact_rows.h"
#include "store/store.h"

struct fact {
	const char *name;               /* of the catalogue */
	json_t *value;                  /* NULL when `error` says why */
	char *error, *error_kind;
	int ms;
	int64_t utc_ms;                 /* when it was seen */
	bool older;                     /* not of this look: what the store had (facts_under) */
};

struct facts {
	struct fact *fact;
	int count, cap;
	int rejected;                   /* lines that were no fact of ours */
	char *rejected_first;           /* the first of them and why, printable */
};

enum { FACT_ITEMS_MAX = 64 };           /* of a list; the scripts send no more */

const char *fact_name(enum fact_id id);
enum depth fact_depth(enum fact_id id);

void facts_init(struct facts *f);
void facts_release(struct facts *f);

/* One line of an answer (NULL: one above the limit). What is no JSON, no known fact, a second of
 * the same name, or of another shape than the catalogue's costs that fact only: it is kept as
 * error of kind `wrong-answer` where its name is known, else counted in rejected. A member alone is
 * dropped where the catalogue lets it (MAY_DROP). Never fails. */
void facts_line(struct facts *f, const char *line, size_t len, int64_t utc_ms);

/* Members that were of another form than the catalogue's, and are null therefore: a list, a
 * semicolon between, in the value of the fact. */
#define FACT_DROPPED "dropped"
/* Nobody knows that member, where null may say that there is none. */
bool fact_dropped(const json_t *value, const char *member);
/* "agent: exe_path, exe_version; host: admin", of all facts; NULL: none was. The caller's. */
char *facts_dropped(const struct facts *f);

/* Lays older stored facts (host_row.facts) under those of this look: what this look did not
 * answer keeps its value and age. */
void facts_under(struct facts *f, const json_t *stored, const json_t *stored_utc);

/* True when this account was not let read a fact of SYSTEM's. */
bool fact_is_refused(const struct fact *fact);
/* True when the identity that asked may not read it. */
bool fact_is_denied(const struct fact *fact);
/* Takes the refused facts out of which the store has a value: SYSTEM was asked before. */
void facts_yield(struct facts *f, const json_t *stored);

/* Puts the facts of `over` in the place of those of the same name. `over` is empty then. */
void facts_over(struct facts *f, struct facts *over);

/* NULL when missing or an error; borrowed. */
const json_t *facts_value(const struct facts *f, enum fact_id id);
const struct fact *facts_find(const struct facts *f, enum fact_id id);

/* Notes how far the host's clock is from ours: member skew_ms of the fact `clock`, when that fact
 * was answered in this look. */
void facts_set_skew(struct facts *f, int64_t skew_ms);

/* The rows the store wants: of this look's own facts. Arrays are yours: facts_rows_release(). */
struct fact_rows {
	struct store_fact *fact; int fact_count;
	struct store_reading *reading; int reading_count;
};
void facts_rows(const struct facts *f, struct fact_rows *out);
void facts_rows_release(struct fact_rows *rows);

#endif
