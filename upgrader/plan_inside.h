/* plan_inside.h - what the files of a plan share: plan.c, which judges each host by what is known
 * of it, and plan_others.c, for what others say of it. Only they include it. */
#ifndef UPGRADER_PLAN_INSIDE_H
#define UPGRADER_PLAN_INSIDE_H

#include "scanner/who.h"
#include "store/lease.h"
#include "upgrader/upgrader.h"

/* Notes who has the host, or its server under another name, now: its turn decides. */
void plan_note_lease(struct plan_row *row, const struct host_row *known,
		     const struct lease_rows *leases);
/* Notes of those whose facts are older than their policy wants. */
void plan_note_stale(struct plan *plan);
/* Notes of those whose window opens later that a backup is due in it. */
void plan_note_due(struct plan *plan);
/* Leaves out whose version the policy accepts by an exception. */
void plan_leave_excepted(struct plan *plan);
/* Leaves out of the names of one server all but the first that would be upgraded. */
void plan_leave_twins(struct plan *plan, const struct clones *clones);

#endif
