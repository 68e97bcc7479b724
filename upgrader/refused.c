/* refused.c - calling a step on a host, and what its "no" means: one row a code (docs/protocol.md),
 * what it makes of the job and how it is told. A code that is not here is a failure. */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "upgrader/run.h"

enum { HOST_TEXT = 200 };

/* clang-format off */
static const struct refusal {
	const char *op, *code;          /* op NULL: any */
	enum outcome outcome;
	const char *text;
} refusals[] = {
	{ "stage-open",   "folder-exists",        OUTCOME_BLOCKED, "a folder of the name chosen for this run exists already" },
	{ NULL,           "folder-not-ours",      OUTCOME_BLOCKED, "the folder of this run does not belong to Administrators alone" },
	{ "stage-open",   "disk-full",            OUTCOME_BLOCKED, "no room for the installer" },
	{ "stage-check",  "not-signed",           OUTCOME_FAILED,  "the installer is not validly signed" },
	{ "stage-check",  "wrong-signer",         OUTCOME_FAILED,  "the installer is not signed by Microsoft" },
	{ NULL,           "hash-mismatch",        OUTCOME_FAILED,  "the installer on the host is not the one that was sent" },
	{ NULL,           "size-mismatch",        OUTCOME_FAILED,  "the installer on the host is not the one that was sent" },
	{ NULL,           "file-missing",         OUTCOME_FAILED,  "the installer went from the host after it was sent (a virus scanner?)" },
	{ "engine-cycle", "login-closed",         OUTCOME_BLOCKED, "the login URL cannot be reached; nothing was stopped" },
	{ "engine-cycle", "login-closed-stopped", OUTCOME_FAILED,  "the login URL could not be reached while obengine was stopped; it runs again" },
	{ "engine-cycle", "task-denied",          OUTCOME_BLOCKED, "the task that starts obengine again could not be registered; nothing was stopped" },
	{ "engine-cycle", "not-running",          OUTCOME_BLOCKED, "obengine was not running any more; nothing was done to it" },
	{ "engine-cycle", "start-disabled",       OUTCOME_BLOCKED, "obengine is disabled and would not start again; nothing was stopped" },
	{ "engine-cycle", "stop-failed",          OUTCOME_FAILED,  "obengine did not stop" },
	{ NULL,           "start-failed",         OUTCOME_FAILED,  "obengine does not start again" },
	{ NULL,           "no-service",           OUTCOME_FAILED,  "the service obengine is gone" },
	{ "install-start", "marker-other",        OUTCOME_BLOCKED, "another run started an installer there" },
	{ "install-start", "task-denied",         OUTCOME_BLOCKED, "the installer's task could not be registered" },
	{ NULL,           "access-denied",        OUTCOME_BLOCKED, "the account may not do this" },
};
/* clang-format on */

static const struct refusal *find(const char *op, const char *code)
{
	for (size_t i = 0; i < ARRAY_LEN(refusals); i++)
		if (strcmp(refusals[i].code, code) == 0 &&
		    (!refusals[i].op || strcmp(refusals[i].op, op) == 0))
			return &refusals[i];
	return NULL;
}

void job_refused(struct job *j, const char *op, const json_t *answer)
{
	const char *code = answer_code(answer), *text = json_get_str(answer, "text");
	const struct refusal *r = find(op, code);
	AUTO_FREE char *shown =
		text_printable(text ? text : code, strlen(text ? text : code), HOST_TEXT);

	/* The host knows best whether this call left it as it was, but not of a call before it. */
	if (!j->step.resumed && j->step.tries == 0 &&
	    json_is_false(json_object_get(answer, "changed")))
		j->row.changed = j->was_changed;
	if (r && strstr(r->text, shown))
		job_end(j, r->outcome, "%s", r->text);  /* the host says no more than we do */
	else if (r)
		job_end(j, r->outcome, "%s (%s)", r->text, shown);
	else
		job_end(j, OUTCOME_FAILED, "%s: %s", op, shown);
}

static void on_answer(struct job *j, const struct err *err, const json_t *answer)
{
	j->calling = false;
	if (err)
		job_fault(j, err);
	else
		j->answered(j, answer);
}

void job_ask(struct job *j, const char *script, const char *op, json_t *more, int64_t limit_ms,
	     void (*answered)(struct job *j, const json_t *answer))
{
	json_t *request = more ? more : json_object();

	json_object_set_new(request, "op", json_string(op));
	json_object_set_new(request, "run", json_string(j->run->row.name));
	j->answered = answered;
	j->calling = true;
	j->run->ops->call(j, script, request, limit_ms, on_answer);
}
