/* ledger.h - what the two files of a run's ledger share. */
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

#endif
