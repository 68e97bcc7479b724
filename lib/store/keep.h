/* keep.h - what a look or a judgement leaves of a host: its facts and readings, its findings, its
 * word. look.c puts them together. */
#ifndef STORE_KEEP_H
#define STORE_KEEP_H

#include "store/tx.h"

/* The host as it was before. */
struct before {
	int64_t id, seen_utc_ms, tried_utc_ms, gone_utc_ms;
	int64_t facts_utc_ms[STORE_DEPTHS];
	char *fault, *fault_text, *status, *version;
	char *mars, *shown;             /* shown: the word last written */
	bool skip;
};

struct judged {
	const char *host;
	const struct store_finding *finding;
	int count;
	const char *status;
	int64_t utc_ms;
};

/* In the text of table reading a fact is [ms, {numbers}]. */
enum { READING_MS, READING_NUMBERS };

/* For a look with facts. */
int keep_facts(struct writer *w, const struct before *b, const struct store_look *look,
	       struct err *err);
int keep_readings(struct writer *w, const struct before *b, const struct store_look *look,
		  struct err *err);

int keep_findings(struct writer *w, int64_t host, const struct judged *j, struct err *err);

/* Writes a row of status_change when the word with this status is another one than before. */
int keep_word(struct writer *w, const struct before *b, const char *status, int64_t utc_ms,
	      struct err *err);
/* The same for all hosts, whose rows were written already. */
int keep_words(struct writer *w, int64_t utc_ms, struct err *err);

#endif
