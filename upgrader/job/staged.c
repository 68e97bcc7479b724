/* staged.c - staging a host before its plan is started. The job walks as every job does, up to the
 * installer that was proven there; then it gives the server back and leaves the folder. The plan
 * was approved as its rows are, so that none of these moves is journalled as one: they stand in the
 * trail, and of the job only the folder's name, before the host hears of it, and whether the
 * installer lies in there. Who starts the plan comes back to the folder as to one of its own. */
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "upgrader/ledger.h"

void job_stage_begin(struct job *j)
{
	job_stage_release(j);
	job_row_copy(&j->plan, &j->row);
}

void job_stage_release(struct job *j)
{
	if (j->plan.host)
		job_row_release(&j->plan);
	j->plan = (struct store_job_row){ .host = NULL };
}

enum outcome job_ending(const struct job *j)
{
	const char *word = json_string_value(job_recall(j, MEMORY_ENDING));

	return word ? outcome_from_name(word) : OUTCOME_NONE;
}

bool job_stays_staged(const struct job *j, enum outcome outcome)
{
	return j->run->staging && (outcome == OUTCOME_STAGED || outcome == OUTCOME_BLOCKED_NOW ||
				   outcome == OUTCOME_UNREACHABLE || outcome == OUTCOME_CANCELLED);
}

const struct store_job_row *job_stored(struct job *j)
{
	bool undone = j->state == JOB_UNDOING && j->moving_to == JOB_ENDED;
	bool goes = undone && !job_stays_staged(j, job_ending(j));

	if (!j->run->staging)
		return &j->row;
	if (goes && !job_left_some(j))
		job_set(&j->row.folder, "");
	job_set(&j->plan.folder, j->row.folder);
	if (undone && job_ending(j) == OUTCOME_STAGED)
		json_object_set_new(j->plan.memory, JOB_MEMORY_STAGED,
				    json_integer(clock_utc_ms()));
	else if (goes || j->moving_to == JOB_STAGING)
		json_object_del(j->plan.memory, JOB_MEMORY_STAGED);
	j->plan.version = j->row.version;
	return &j->plan;
}

const char *job_stage_event(const struct job *j, enum job_state to)
{
	if (to == JOB_ENDED)
		return j->row.outcome;
	return to == JOB_UNDO || to == JOB_UNDOING ? "giving-back" :
	       to == j->state			   ? "note" :
						     job_state_name(to);
}
