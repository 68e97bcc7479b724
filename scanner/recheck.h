/* recheck.h - judging stored facts again, without touching a server: a policy or a target changed,
 * or the catalogue of checks did. */
#ifndef SCANNER_RECHECK_H
#define SCANNER_RECHECK_H

#include "base/arena.h"
#include "scanner/judge.h"
#include "scanner/policy/policy_store.h"

/* As policies_chosen(); what is given is remembered and, where it is new, judges all stored hosts
 * again in the same transaction, as do rules that are newer than those of the store. *out_replaced
 * is a line on what became of a policy remembered before, else of the rules, NULL where nothing
 * did; yours. */
struct policies *policies_adopt(struct store *s, struct policies *given, char **out_replaced,
				struct err *err);

/* What judging again changed. Words are those of reports: what the inventory leaves out is
 * excluded, before and after. */
struct recheck {
	int hosts;                      /* of the inventory as last loaded */
	int judged;                     /* those with facts */
	int before[STATUS_COUNT], after[STATUS_COUNT];
	struct recheck_change {
		const char *host;
		enum status before, after;
		const char *verdicts;           /* "os.dotnet: fail, was pass; ..." */
	} *change;                      /* whose status is another, by name */
	int count, cap;
	int verdicts;                   /* hosts with other verdicts and the same status */
	struct arena texts;
};

/* Judges every stored host; those that come out otherwise are added to the transaction. `out`
 * may be NULL; recheck_release() it. */
int recheck_run(struct store *s, const struct policies *p, struct tx *tx, struct recheck *out,
		struct err *err);
void recheck_release(struct recheck *r);
/* Where the store was judged by older rules: judges all of it again, and remembers by which. Says
 * in *out_said how many hosts have another status then, NULL for none; yours. */
int rules_adopt(struct store *s, const struct policies *p, char **out_said, struct err *err);
/* The number of today's rules: with what they judged. */
void rules_remember(struct tx *tx);
/* As recheck_run(), and stores what it found. */
int judge_stored(struct store *s, const struct policies *p, struct err *err);

#endif
