/* planned.h - a plan that is stored before it begins: every host with what was decided and why, a
 * hash over all of it, and the proof that it still says what was approved. */
#ifndef UPGRADER_PLANNED_H
#define UPGRADER_PLANNED_H

#include "store/plans.h"
#include "upgrader/run.h"

/* So long it may be started, where the policy has no plan-expires. */
#define PLAN_DAYS 7
/* Of its hash so many digits are typed. */
enum { PLAN_DIGITS = 12 };

/* ERR_USAGE for what is no name of a plan, or could be that of a run. */
int planned_check_name(const char *name, struct err *err);

/* How long a plan that is made now may be started. */
int planned_span(struct store *s, int64_t *out_ms, struct err *err);

/* What people say of a plan; NULL: nothing. */
struct planned_words {
	const char *name;               /* else the run's */
	const char *change;             /* the number of one */
};
/* Writes `plan` as a stored one. `options` is the run's JSON, borrowed. run->row and its jobs are
 * as stored then, *out is the caller's. */
int planned_store(struct run *run, const struct plan *plan, const json_t *options,
		  const struct planned_words *words, struct store_plan_row *out, struct err *err);

/* Reads the jobs (inv may be NULL) and says whether rows and hash agree: ERR_USAGE where somebody
 * changed what was hashed. */
int planned_read(struct run *run, const struct store_plan_row *plan, const struct inventory *inv,
		 struct err *err);
/* ERR_USAGE: it was started or dropped, or has expired. */
int planned_waits(const struct run *run, const struct store_plan_row *plan, struct err *err);
/* ERR_HELD: another process stages its hosts. */
int planned_in_no_hands(struct store *store, const struct store_plan_row *plan, struct err *err);
int planned_count(const struct run *run);       /* hosts that it would upgrade */
/* Whether the inventory leads to the host otherwise than when it was planned; of no plan: never. */
bool planned_way_changed(const struct job *j);
/* Why such a host leaves. */
#define PLANNED_WAY_CHANGED \
	"the inventory has another address or way for it than when it was planned"
/* Ends the job, which did not begin; not written. */
void planned_leave(struct job *j, enum outcome outcome, const char *why);

/* Of an approved plan, against now: ERR_USAGE where it does not wait, is not approved as it is, or
 * the policy is another. A host whose decision would be another now, or to which another way leads,
 * leaves it: its job gets its outcome and reason (not written), and j->left_because. ERR_USAGE,
 * too, where its whole first wave would leave, one of it for now or it was named (--canary), and
 * others stay. What is in the way for now keeps nobody from being staged: the look before that
 * decides. */
int planned_prove(struct run *run, const struct store_plan_row *plan, const struct inventory *inv,
		  struct err *err);
/* From here on it is one whose hosts are staged, which is no beginning: nothing is written,
 * failures halt nothing, and windows do not count. plan is borrowed as long as the run is. */
int planned_stage(struct run *run, const struct store_plan_row *plan, struct err *err);
/* Writes what leaves and that the rest begins, in one transaction; ERR_MOVED: somebody else was
 * quicker. */
int planned_start(struct run *run, struct err *err);

#endif
