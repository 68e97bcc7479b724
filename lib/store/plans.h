/* plans.h - plans of upgrades as they are stored: a run that has not begun (RUN_STATE_PLANNED,
 * then RUN_STATE_APPROVED), with what was decided of each host in its jobs. */
#ifndef STORE_PLANS_H
#define STORE_PLANS_H

#include "store/store.h"

enum { PLAN_DAYS_MAX = 90 };            /* that one may wait for its start */

struct store_plan_row {
	int64_t run;
	char *name;                     /* of people; else the run's */
	char *hash;                     /* over all that it says, by whoever made it */
	char *policy;                   /* likewise of the policy */
	int64_t expires_utc_ms;
	char *approved_hash, *approved_by;      /* "" by nobody */
	int64_t approved_utc_ms;
};

/* The run, its jobs and the plan. ERR_USAGE: another plan has that name. */
void tx_plan_create(struct tx *tx, const struct store_run_row *run,
		    const struct store_job_row *job, int count, const struct store_plan_row *plan,
		    int64_t utc_ms);
/* Moves of the run (tx_run_state()), each with its line in the trail. Approved is what has that
 * hash. A plan that is dropped gives its name back; one that is started is a run from then on, and
 * began now. */
void tx_plan_approve(struct tx *tx, const struct store_run_row *run, const char *hash,
		     int64_t utc_ms);
void tx_plan_drop(struct tx *tx, const struct store_run_row *run, int64_t utc_ms);
void tx_plan_start(struct tx *tx, const struct store_run_row *run, int64_t utc_ms);

/* By the name that people gave it or by that of its run, also once it was started. ERR_NOT_FOUND
 * with the newest there are. Release both. */
int store_plan_find(struct store *s, const char *name, struct store_plan_row *out,
		    struct store_run_row *out_run, struct err *err);
void store_plan_release(struct store_plan_row *plan);

#endif
