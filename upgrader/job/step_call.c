/* step_call.c - calling a step on a host, and what its "no" means: one row a code
 * (docs/protocol.md), what it makes of the job and how it is told. A code that is not here is a
 * failure. What only passes by (a reservation, a backup, an installer of others) ends a job for
 * now: a resume begins it anew. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/insist.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "scanner/facts/reservation.h"
#include "upgrader/run.h"

enum { HOST_TEXT = 200, DETAIL = 300 };
#define ANY SCRIPT_COUNT

/* What becomes of the job. FOR_NOW: the host was left as it is by something that passes, so
 * a resume begins anew. AGAIN: the same, but it is asked again within the edge's limit first. */
enum fate { FATE_END, FATE_FOR_NOW, FATE_AGAIN };

/* What the host said beside the code; "" for nothing. */
static void tell_nothing(const json_t *answer, char out[DETAIL]);
static void tell_reserved(const json_t *answer, char out[DETAIL]);
static void tell_until(const json_t *answer, char out[DETAIL]);
static void tell_since(const json_t *answer, char out[DETAIL]);
static void tell_task(const json_t *answer, char out[DETAIL]);

/* clang-format off */
static const struct refusal {
	enum script_id step;            /* ANY: whichever */
	enum step_code code;
	enum outcome outcome;
	enum fate fate;
	const char *text;
	void (*tell)(const json_t *answer, char out[DETAIL]);   /* in the place of the host's text */
} refusals[] = {
	{ SCRIPT_STAGE_OPEN, CODE_FOLDER_EXISTS, OUTCOME_BLOCKED, FATE_END,
	  "a folder of the name chosen for this run exists already", NULL },
	{ ANY, CODE_FOLDER_NOT_OURS, OUTCOME_BLOCKED, FATE_END,
	  "the folder of this run does not belong to Administrators alone", NULL },
	{ ANY, CODE_DISK_FULL, OUTCOME_BLOCKED, FATE_END, "no room for the installer", NULL },
	{ SCRIPT_STAGE_CHECK, CODE_NOT_SIGNED, OUTCOME_FAILED, FATE_END,
	  "the installer is not validly signed", NULL },
	{ SCRIPT_STAGE_CHECK, CODE_WRONG_SIGNER, OUTCOME_FAILED, FATE_END,
	  "the installer is not signed by Microsoft", NULL },
	{ ANY, CODE_HASH_MISMATCH, OUTCOME_FAILED, FATE_END,
	  "the installer on the host is not the one that was sent", NULL },
	{ ANY, CODE_SIZE_MISMATCH, OUTCOME_FAILED, FATE_END,
	  "the installer on the host is not the one that was sent", NULL },
	{ ANY, CODE_FILE_MISSING, OUTCOME_FAILED, FATE_END,
	  "the installer went from the host after it was sent (a virus scanner?)", NULL },
	{ SCRIPT_ENGINE_CYCLE, CODE_LOGIN_CLOSED, OUTCOME_BLOCKED, FATE_END,
	  "the login URL cannot be reached; nothing was stopped", NULL },
	{ SCRIPT_ENGINE_CYCLE, CODE_LOGIN_CLOSED_STOPPED, OUTCOME_FAILED, FATE_END,
	  "the login URL could not be reached while obengine was stopped; it runs again", NULL },
	{ SCRIPT_ENGINE_CYCLE, CODE_TASK_DENIED, OUTCOME_STEP_BLOCKED, FATE_END,
	  "the task that starts obengine again could not be registered; nothing was stopped",
	  NULL },
	{ SCRIPT_ENGINE_CYCLE, CODE_NOT_RUNNING, OUTCOME_BLOCKED, FATE_END,
	  "obengine was not running any more; nothing was done to it", NULL },
	{ SCRIPT_ENGINE_CYCLE, CODE_START_DISABLED, OUTCOME_BLOCKED, FATE_END,
	  "obengine is disabled and would not start again; nothing was stopped", NULL },
	{ SCRIPT_ENGINE_CYCLE, CODE_STOP_FAILED, OUTCOME_FAILED, FATE_END, "obengine did not stop", NULL },
	{ ANY, CODE_STOP_HANGS, OUTCOME_NEEDS_HANDS, FATE_END,
	  "obengine hangs while it stops, and is not killed: sign in, see what it waits for, then end "
	  "its process or restart the server, and start obengine", tell_nothing },
	{ ANY, CODE_START_FAILED, OUTCOME_FAILED, FATE_END, "obengine does not start again", NULL },
	{ SCRIPT_ENGINE_CYCLE, CODE_INSTALLER_BEGAN, OUTCOME_FAILED, FATE_END,
	  "an installer of somebody else began while obengine was stopped", NULL },
	{ SCRIPT_CONSOLE_WAIT, CODE_FAILED, OUTCOME_BLOCKED_NOW, FATE_AGAIN,
	  "consoles cannot be looked for on the host", NULL },
	{ ANY, CODE_NO_SERVICE, OUTCOME_FAILED, FATE_END, "the service obengine is gone", NULL },
	{ SCRIPT_INSTALL_START, CODE_TASK_DENIED, OUTCOME_STEP_BLOCKED, FATE_END,
	  "the installer's task could not be registered", NULL },
	{ ANY, CODE_SAFETY_TASK_THERE, OUTCOME_BLOCKED_NOW, FATE_AGAIN,
	  "a task that starts obengine stands on the host", tell_task },
	{ ANY, CODE_LOCKED, OUTCOME_BLOCKED_NOW, FATE_AGAIN, "another call is at work on the host",
	  NULL },
	{ SCRIPT_STAGE_OPEN, CODE_RESERVED, OUTCOME_BLOCKED_NOW, FATE_AGAIN, "the host is reserved",
	  tell_reserved },
	{ ANY, CODE_RESERVED, OUTCOME_BLOCKED_NOW, FATE_FOR_NOW, "the host is reserved", tell_reserved },
	{ ANY, CODE_RESERVATION_LOST, OUTCOME_BLOCKED_NOW, FATE_FOR_NOW,
	  "the reservation of this run is gone from the host", NULL },
	{ ANY, CODE_INSTALLER_AT_WORK, OUTCOME_BLOCKED_NOW, FATE_AGAIN,
	  "an installer is at work on the host", tell_until },
	{ ANY, CODE_BACKUP_RUNNING, OUTCOME_BLOCKED_NOW, FATE_FOR_NOW, "a backup is running",
	  tell_since },
	{ ANY, CODE_BACKUP_UNKNOWN, OUTCOME_BLOCKED_NOW, FATE_FOR_NOW,
	  "whether a backup is running is not known (--accept-unknown-backup)", NULL },
	{ ANY, CODE_ACCESS_DENIED, OUTCOME_BLOCKED, FATE_END, "the account may not do this", NULL },
};
/* clang-format on */

static void tell_nothing(const json_t *answer, char out[DETAIL])
{
	(void)answer;
	out[0] = '\0';
}

static void tell_reserved(const json_t *answer, char out[DETAIL])
{
	struct reservation r;

	if (reservation_read(json_get_obj(answer, "reservation"), &r))
		reservation_text(&r, out, DETAIL);
}

static void tell_time(const json_t *answer, const char *member, const char *word, char out[DETAIL])
{
	char at[CLOCK_TEXT];

	answer_time(answer, member, at);
	if (*at)
		snprintf(out, DETAIL, "%s %s", word, at);
}

static void tell_until(const json_t *answer, char out[DETAIL])
{
	tell_time(answer, "until_utc_ms", "until", out);
}

static void tell_since(const json_t *answer, char out[DETAIL])
{
	tell_time(answer, "since_utc_ms", "since", out);
}

static void tell_task(const json_t *answer, char out[DETAIL])
{
	const char *task = json_get_str(answer, "task");
	AUTO_FREE char *shown = text_printable(task ? task : "", strlen(task ? task : ""), 80);

	if (*shown)
		snprintf(out, DETAIL, "(%s)", shown);
}

static const struct refusal *find(enum script_id step, const json_t *answer)
{
	for (size_t i = 0; i < ARRAY_LEN(refusals); i++)
		if (answer_says(answer, refusals[i].code) &&
		    (refusals[i].step == ANY || refusals[i].step == step))
			return &refusals[i];
	return NULL;
}

/* What the code says, and what the host adds. Yours: free() it. */
static char *refusal_text(const struct refusal *r, const json_t *answer)
{
	const char *code = answer_code(answer), *text = json_get_str(answer, "text");
	AUTO_FREE char *shown =
		text_printable(text ? text : code, strlen(text ? text : code), HOST_TEXT);
	char detail[DETAIL] = "";

	if (r->tell) {
		r->tell(answer, detail);
		return xasprintf("%s%s%s", r->text, *detail ? " " : "", detail);
	}
	if (strstr(r->text, shown))
		return xstrdup(r->text);        /* the host says no more than we do */
	return xasprintf("%s (%s)", r->text, shown);
}

/* The host knows best whether this call left it as it was, but not of a call before it. */
static bool is_as_it_was(const struct job *j, const json_t *answer)
{
	return !j->step.resumed && j->step.tries == 0 &&
	       json_is_false(json_object_get(answer, "changed"));
}

/* A reservation is waited for only where its holder, should it be gone, will have lost it by then:
 * a live one keeps a host for as long as an upgrade takes. */
static bool is_worth_asking(const struct job *j, const json_t *answer)
{
	struct reservation r;

	bool changed = is_as_it_was(j, answer) ? j->was_changed : j->row.changed;

	if (job_wait_left_ms(j, changed) <= j->run->pace.ask_ms || job_must_pause(j))
		return false;
	if (!answer_says(answer, CODE_RESERVED))
		return true;
	return reservation_read(json_get_obj(answer, "reservation"), &r) && r.hold_ms >= 0 &&
	       r.age_ms >= 0 && r.hold_ms - r.age_ms < job_left_ms(j);
}

/* What was in the way may have brought the version already, or begun a backup. */
static void ask_again(struct job *j)
{
	if (j->state == JOB_CYCLING || j->state == JOB_STARTING)
		work_look_again(j, j->again);
	else
		j->again(j);
}

void job_refused(struct job *j, enum script_id step, const json_t *answer)
{
	const char *code = answer_code(answer), *said = json_get_str(answer, "text");
	const struct refusal *r = find(step, answer);
	AUTO_FREE char *text = r ? refusal_text(r, answer) : NULL;

	if (r && r->fate == FATE_AGAIN && is_worth_asking(j, answer)) {
		job_wait(j, j->run->pace.ask_ms, ask_again);
		return;
	}
	if (is_as_it_was(j, answer))
		j->row.changed = j->was_changed;
	if (!r) {
		AUTO_FREE char *shown =
			text_printable(said ? said : code, strlen(said ? said : code), HOST_TEXT);

		job_end(j, OUTCOME_FAILED, "%s: %s", script_name(step), shown);
	} else if (r->fate == FATE_END) {
		job_end(j, r->outcome, "%s", text);
	} else {
		job_end_for_now(j, text);
	}
}

void job_end_for_now(struct job *j, const char *why)
{
	job_end(j, OUTCOME_BLOCKED_NOW, "for now: %s; `upgrade %s` asks again", why,
		j->run->staging ? "stage" : "resume");
}

static void on_answer(struct job *j, const struct err *err, const json_t *answer)
{
	j->calling = false;
	if (err && j->uploading)
		run_upload_give(j);
	if (err)
		job_fault(j, err);
	else
		j->answered(j, answer);
}

static void ask(struct job *j, enum script_id step, json_t *more, struct piece piece,
		int64_t limit_ms, void (*answered)(struct job *j, const json_t *answer))
{
	json_t *request = more ? more : json_object();
	json_int_t hold_ms = upgrade_terms_hold_ms(&j->run->terms);
	int64_t lock_ms = 0;

	json_get_int(request, "lock_ms", &lock_ms);
	json_object_set_new(request, "op", json_string(script_name(step)));
	json_object_set_new(request, "run", json_string(j->run->row.name));
	json_object_set_new(request, "controller", json_string(j->run->controller));
	json_object_set_new(request, "hold_ms", json_integer(hold_ms));
	json_object_set_new(request, "lock_ms", json_integer(lock_ms));
	if (*j->row.folder)
		json_object_set_new(request, "folder", json_string(j->row.folder));
	j->answered = answered;
	j->calling = true;
	j->run->ops->call(j, step, request, piece, limit_ms + lock_ms, on_answer);
}

void job_ask(struct job *j, enum script_id step, json_t *more, int64_t limit_ms,
	     void (*answered)(struct job *j, const json_t *answer))
{
	INSIST(j->active && job_is_idle(j));
	ask(j, step, more, (struct piece){ 0 }, limit_ms, answered);
}

void job_put(struct job *j, enum script_id step, json_t *more, struct piece piece, int64_t limit_ms,
	     void (*answered)(struct job *j, const json_t *answer))
{
	INSIST(j->active && j->uploading && !j->calling);
	ask(j, step, more, piece, limit_ms, answered);
}
