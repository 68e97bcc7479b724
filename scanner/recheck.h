/* recheck.h - judging stored facts again, without touching a server: a policy or a target changed,
 * or the catalogue of checks did. */
#ifndef SCANNER_RECHECK_H
#define SCANNER_RECHECK_H

#include "base/arena.h"
#include "scanner/judge.h"
#include "scanner/policy/policy_store.h"

/* As policies_chosen(); what is given is remembered. Where it is new, or the store was judged by
 * older rules, all stored hosts are judged again in the same transaction. *out_said is a line on
 * what became of a policy remembered before, and on how many hosts have another status by newer
 * rules; NULL where there is nothing to say; yours. */
struct policies *policies_adopt(struct store *s, struct policies *given, char **out_said,
				struct err *err);

/* Logs that the hosts of the store wait for that, and what it means for a reader. */
void warn_older_rules(void);

/* What judging again changed. Words are those of reports: what the inventory leaves out is
 * excluded, before and after. */
struct recheck {
	int hosts;                      /* of the inventory as last loaded */
	int judged;                     /* those with facts */
	int before[STATUS_COUNT], after[STATUS_COUNT];
	struct recheck_changes {
		struct recheck_change {
			const char *host;
			enum status before, after;
			const char *because;    /* "os.dotnet: fail, was pass; os.clock: counts as
						 * info, was may-fail" */
		} *item;                /* by name */
		int count, cap;
	} moved, same;                  /* whose status is another; other verdicts, same status */
	struct arena texts;
};

/* Judges the stored hosts whose names are in `only`, every one where it is NULL; those that come
 * out otherwise are added to the transaction. `out` may be NULL; recheck_release() it. */
int recheck_run(struct store *s, const struct policies *p, const struct map *only, struct tx *tx,
		struct recheck *out, struct err *err);
void recheck_release(struct recheck *r);
/* The number of today's rules: with what they judged. */
void rules_remember(struct tx *tx);
/* As recheck_run(), and stores what it found. */
int judge_stored(struct store *s, const struct policies *p, struct err *err);

#endif
