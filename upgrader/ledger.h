/* ledger.h - what the files of a run's ledger share: ledger.c, ledger_take.c and planned.c. */
#ifndef UPGRADER_LEDGER_H
#define UPGRADER_LEDGER_H

#include "upgrader/run.h"

/* A row whose texts are its own, all of them there. */
void job_row_copy(struct store_job_row *to, const struct store_job_row *from);
void job_row_release(struct store_job_row *row);
/* Behind the others, with a copy of the row; there must be room. host NULL: gone. */
struct job *run_add_job(struct run *run, const struct store_job_row *row,
			const struct inv_host *host);
void run_drop_jobs(struct run *run);
/* A job as the plan has its host, behind the others; there must be room. */
struct job *ledger_plan_job(struct run *run, const struct plan_row *p, int64_t now);
/* Of a stored plan that said the host would not be changed: it never is, by this run. */
bool job_was_never_approved(const struct job *j);
/* Its row, as if nothing had ever been begun; what could not be taken away from its host is
 * remembered. Nothing is written. */
void ledger_begin_anew(struct job *j);
/* The row of a new run, not written. */
int ledger_run_row(struct run *run, const json_t *options, const char *note, enum run_state state,
		   int64_t now, struct err *err);
/* All jobs of the run as the store has them; inv may be NULL: hosts are not looked for. */
int ledger_read_jobs(struct run *run, const struct inventory *inv, struct err *err);

#endif
