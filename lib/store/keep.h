/* keep.h - what a look or a judgement leaves of a host: its facts and readings, its findings, its
 * word. keep_look.c puts them together. */
#ifndef STORE_KEEP_H
#define STORE_KEEP_H

#include "store/tx.h"

/* The host as it was before. */
struct before {
	int64_t id, seen_utc_ms, tried_utc_ms, gone_utc_ms;
	int64_t facts_utc_ms[DEPTHS], failed_looks;
	char *fault, *fault_text, *fault_hint, *status, *version;
	char *mars, *shown;             /* shown: the word last written */
	char *engine_changed_by, *engine_stopped_by;
	char *computer, *machine, *machine_known, *kind, *not_by_ssh;
	bool skip;
	int64_t kept_utc_ms;            /* under which what is found now is kept: keep_time() */
};

struct judged {
	const char *host;
	const struct store_finding *finding;
	int count;
	const char *status;
	int64_t utc_ms;                 /* by the clock */
};

/* In the text of table reading a fact is [ms, {numbers}]. */
enum { READING_MS, READING_NUMBERS };

/* The time under which something of a host is kept that was seen at utc_ms: behind the newest that
 * there is of it, because clocks are set back and files come late. Looks, words, versions, facts
 * and verdicts are all kept under times from here, so that their order is that of their coming. */
int keep_time(struct writer *w, int64_t host, int64_t utc_ms, int64_t *out_utc_ms, struct err *err);

/* For a look with facts. */
int keep_facts(struct writer *w, const struct before *b, const struct store_look *look,
	       struct err *err);
int keep_readings(struct writer *w, const struct before *b, const struct store_look *look,
		  struct err *err);

int keep_findings(struct writer *w, const struct before *b, const struct judged *j,
		  struct err *err);

/* Writes a row of status_change when the word with this status is another one than before. */
int keep_word(struct writer *w, const struct before *b, const char *status, struct err *err);
/* The same for all hosts, whose rows were written already. */
int keep_words(struct writer *w, int64_t utc_ms, struct err *err);

#endif
