/* verdicts.h - rows of the tables of checks: up to three facts of a healthy server are changed, the
 * verdict and words of the evidence are compared. */
#ifndef UNIT_SCANNER_VERDICTS_H
#define UNIT_SCANNER_VERDICTS_H

#include "answers.h"
#include "scanner/judge.h"

/* A change is a patch of the healthy value, "exists=false;state=null" with ' for the quotes of
 * JSON; or LATE, DENIED, LEFT_OUT. */
#define LATE "\"error\":\"time limit\",\"kind\":\"time-limit\""
#define DENIED "\"error\":\"Zugriff verweigert\",\"kind\":\"access-denied\""
#define LEFT_OUT NULL

struct row {
	const char *check;
	enum verdict want;
	const char *evidence;                   /* part of it */
	const char *change[6];                  /* fact, change, fact, ...; NULL: all healthy */
};
#define ROW(check, want, evidence, ...) { check, want, evidence, { __VA_ARGS__ } }

/* The facts of such a row: facts_release() them. */
void row_facts(const char *const change[6], struct facts *out);

/* What the inventory, the policy and the store say beside the facts; NULL: the usual. */
void verdict_holds(const struct row *row, const struct context *beside);
/* Judges with the documented policy and a target; past: as past_of_all() has it. */
void judge_facts(const struct facts *f, const char *cloud, const json_t *past,
			struct judgement *out);
/* The finding of one check in a judgement. */
const struct finding *finding_of(const struct judgement *j, const char *check);

#endif
