/* job.c - the table of edges every host goes through. What is done on an edge stands in work_*.c,
 * how a job moves along them in moves.c. To add a step: two states in store/outcomes.h, a row here,
 * its work in a file. */
#include "upgrader/job/job.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/insist.h"
#include "base/mem.h"

static int64_t limit_short(const struct upgrade_terms *terms)
{
	(void)terms;
	return 2 * MINUTE_MS;
}

static int64_t limit_upload(const struct upgrade_terms *terms)
{
	return terms->limit_upload;
}

static int64_t limit_console(const struct upgrade_terms *terms)
{
	return terms->limit_console;
}

/* With room for a line that is lost and found again. */
static int64_t limit_cycle(const struct upgrade_terms *terms)
{
	return 2 * (terms->limit_stop + terms->limit_start) + 5 * MINUTE_MS;
}

static int64_t limit_start(const struct upgrade_terms *terms)
{
	(void)terms;
	return 10 * MINUTE_MS;
}

static int64_t limit_install(const struct upgrade_terms *terms)
{
	return terms->limit_install;
}

/* Obengine is started first. */
static int64_t limit_undo(const struct upgrade_terms *terms)
{
	return terms->limit_start + 3 * MINUTE_MS;
}

static int64_t limit_verify(const struct upgrade_terms *terms)
{
	return terms->limit_verify;
}

/* clang-format off */
const struct edge edges[] = {
	/* from, under way, to, journalled before, work, limit; true once the work is done; where
	 * it is wanted, if not always */
	{ JOB_PLANNED, JOB_LOOKING, JOB_LOOKED, NULL, work_look, limit_short,
	  "the facts are of now, and nothing forbids the upgrade", NULL },
	{ JOB_LOOKED, JOB_STAGING, JOB_STAGED, prepare_stage, work_stage, limit_upload,
	  "the installer is on the host, hash and signature agree", NULL },
	{ JOB_STAGED, JOB_CLOSING, JOB_CLOSED, NULL, work_console, limit_console,
	  "no console of the agent is open", NULL },
	{ JOB_CLOSED, JOB_CYCLING, JOB_CYCLED, prepare_cycle, work_cycle, limit_cycle,
	  "obengine was stopped and runs again, the login URL was not found closed", NULL },
	{ JOB_CYCLED, JOB_STARTING, JOB_STARTED, prepare_start, work_start, limit_start,
	  "the marker is set and the installer's task was started, once", NULL },
	{ JOB_STARTED, JOB_INSTALLING, JOB_INSTALLED, NULL, work_install, limit_install,
	  "no installer is at work any more, its exit code is known or lost", NULL },
	{ JOB_INSTALLED, JOB_VERIFYING, JOB_VERIFIED, NULL, work_verify, limit_verify,
	  "cbengine.exe has the target version, obengine and configuration are as before", NULL },
	{ JOB_VERIFIED, JOB_REBOOTING, JOB_REBOOTED, prepare_reboot, work_reboot, reboot_limit,
	  "Windows was started once more where a restart was pending, and all is as before; or it is "
	  "told why not", reboot_is_wanted },
	{ JOB_REBOOTED, JOB_BACKING_UP, JOB_BACKED_UP, NULL, work_backup, backup_line_limit,
	  "a backup that the agent was asked for ended well, or it is told why none did",
	  backup_is_wanted },
	{ JOB_BACKED_UP, JOB_CLEANING, JOB_CLEANED, NULL, work_clean, limit_short,
	  "folder, marker and tasks are gone from the host", NULL },
	{ JOB_CLEANED, JOB_LOOKING_LAST, JOB_ENDED, NULL, work_last_look, limit_short,
	  "the facts after the upgrade are stored", NULL },
	/* whatever ends otherwise once something was left on the host */
	{ JOB_UNDO, JOB_UNDOING, JOB_ENDED, NULL, work_undo, limit_undo,
	  "obengine runs where it ran, what was staged is gone from the host, its facts are "
	  "stored", NULL },
	{ .work = NULL },
};
/* clang-format on */

const struct edge *edge_of(enum job_state state)
{
	for (const struct edge *e = edges; e->work; e++)
		if (e->from == state || e->during == state)
			return e;
	return NULL;
}

const struct edge *edge_next(enum job_state state, const struct upgrade_terms *terms)
{
	const struct edge *e = edge_of(state);

	while (e && e->from == state && e->wanted && !e->wanted(terms)) {
		state = e->to;
		e = edge_of(state);
	}
	return e;
}

void job_set(char **field, const char *text)
{
	char *copy = xstrdup(text);     /* text may be the old one */

	free(*field);
	*field = copy;
}

#define MEMORY_WORD(id, word) word,
static const char *const memory_names[MEMORY_COUNT] = { JOB_MEMORIES(MEMORY_WORD) };

static const char *memory_name(enum job_memory what)
{
	INSIST((unsigned)what < MEMORY_COUNT);
	return memory_names[what];
}

void job_remember(struct job *j, enum job_memory what, json_t *value)
{
	if (!j->row.memory)
		j->row.memory = json_object();
	json_object_set_new(j->row.memory, memory_name(what), value);
}

void job_forget(struct job *j, enum job_memory what)
{
	json_object_del(j->row.memory, memory_name(what));
}

const json_t *job_row_recall(const struct store_job_row *row, enum job_memory what)
{
	return json_object_get(row->memory, memory_name(what));
}

const json_t *job_recall(const struct job *j, enum job_memory what)
{
	return job_row_recall(&j->row, what);
}
