/* work_backup.c - with --verify backup: has the server back up once after its upgrade was verified,
 * and follows that to its end, in short calls. Whether it was begun is the word of the reservation
 * on the host; how it ended is that of the agent's own events. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "scanner/explain/known_errors.h"
#include "upgrader/run.h"

/* Of the log CloudBackup. */
enum { EVENT_GOOD = 3, EVENT_WARNINGS = 10 };
enum { BEGIN_MS = 3 * 60 * 1000, SHOWN = 200 };
/* Of the task: it did not ask for one (upgrader/job/backup.ps1). */
enum { EXIT_NOT_ASKED = 2 };

bool backup_is_wanted(const struct upgrade_terms *terms)
{
	return terms->verify_backup;
}

/* Of a lost line: each answer gives as much time again. The backup's own limit is reckoned from its
 * begin, by the host. */
int64_t backup_line_limit(const struct upgrade_terms *terms)
{
	int64_t line = 15 * MINUTE_MS;

	return terms->limit_backup < line ? terms->limit_backup : line;
}

static void heard(struct job *j)
{
	j->step.deadline_ms = clock_now_ms() + backup_line_limit(&j->run->terms);
}

/* It is upgraded, and what a backup would show is open: that is told, and no failure. */
static void not_confirmed(struct job *j, const char *why)
{
	AUTO_FREE char *reason = xasprintf("%s%snot yet confirmed by a backup: %s", j->row.reason,
					   *j->row.reason ? "; " : "", why);

	job_set(&j->row.reason, reason);
	job_done(j, "%s", why);
}

static void failed(struct job *j, const char *what)
{
	job_end(j, OUTCOME_FAILED, "the agent is upgraded to %s and runs, but %s", j->row.after,
		what);
}

static void ask_wait(struct job *j);

static void follow(struct job *j)
{
	j->again = follow;
	ask_wait(j);
}

/* By our clock, in this process: a host may say that it is young for ever. */
static bool is_over(const struct job *j)
{
	return clock_now_ms() - j->step.mark_ms >= j->run->terms.limit_backup;
}

/* What is at work on the host passes by itself. */
static bool is_worth_asking(const struct job *j, const json_t *answer)
{
	return (answer_says(answer, CODE_LOCKED) || answer_says(answer, CODE_INSTALLER_AT_WORK) ||
		answer_says(answer, CODE_BACKUP_RUNNING)) &&
	       !is_over(j);
}

/* What a backup takes is no time of the upgrade, nor what others' backups take before it. By the
 * host's word no more than there can have been. */
static void took(struct job *j, int64_t age_ms)
{
	if (age_ms >= 0 && age_ms <= clock_utc_ms() - j->row.begun_utc_ms)
		job_remember(j, MEMORY_BACKUP, json_integer(j->step.waited_ms + age_ms));
}

static void on_begun(struct job *j, const json_t *answer)
{
	const char *code = answer_code(answer), *text = json_get_str(answer, "text");
	AUTO_FREE char *shown =
		text_printable(text ? text : code, strlen(text ? text : code), SHOWN);
	AUTO_FREE char *why = xasprintf("none was begun (%s)", shown);

	heard(j);
	if (!json_is_true(json_object_get(answer, "already"))) {
		j->step.waited_ms = clock_now_ms() - j->step.mark_ms;
		if (!answer_ok(answer))
			took(j, 0);
	}
	if (answer_ok(answer))
		follow(j);
	else if (!is_worth_asking(j, answer))
		not_confirmed(j, why);
	else if (job_must_pause(j))
		job_pause(j);
	else
		job_wait(j, j->run->pace.ask_ms, work_backup);
}

/* Also after a lost line or a crash: one that was begun is not begun again. */
void work_backup(struct job *j)
{
	if (job_crosses_minimum(j)) {
		not_confirmed(j, "none was begun, since the server must be registered again first");
		return;
	}
	if (j->step.mark_ms == 0)
		j->step.mark_ms = clock_now_ms();
	job_ask(j, SCRIPT_BACKUP_START, json_pack("{s:I}", "lock_ms", (json_int_t)JOB_LOCK_MS),
		BEGIN_MS, on_begun);
}

static void tell_end(struct job *j, const json_t *answer)
{
	int64_t event = 0, error = 0, ended = 0;
	char what[JOB_EVENT_TEXT];

	json_get_int(answer, "event", &event);
	json_get_int(answer, "ended_utc_ms", &ended);
	if (event == EVENT_GOOD || event == EVENT_WARNINGS) {
		j->confirmed = true;
		job_remember(j, MEMORY_CONFIRMED, json_integer(ended));
		job_done(j, "a backup ended well (event %" PRId64 " of CloudBackup)", event);
		return;
	}
	snprintf(what, sizeof(what), "its backup failed (event %" PRId64 " of CloudBackup)", event);
	if (json_get_int(answer, "error", &error)) {
		struct error_words said = error_in(ERRORS_IN_BACKUP, error);

		snprintf(what, sizeof(what), "its backup failed: 0x%" PRIX64 ": %s %s", error,
			 said.meaning, said.remedy);
	}
	failed(j, what);
}

/* The task has ended, nothing runs, and the agent wrote nothing of it. */
static void tell_lost(struct job *j, const json_t *answer)
{
	char what[JOB_EVENT_TEXT];
	int64_t exit = 0;

	if (json_get_int(answer, "exit", &exit) && exit == EXIT_NOT_ASKED) {
		not_confirmed(j, "none was begun, since an installer was at work or obengine did "
				 "not run");
	} else if (exit != 0) {
		struct error_words said = error_in(ERRORS_IN_BACKUP, exit);

		snprintf(what, sizeof(what), "its backup did not begin: 0x%" PRIX64 ": %s %s", exit,
			 said.meaning, said.remedy);
		if (exit == 1)
			snprintf(what, sizeof(what), "Start-OBBackup ended with an error");
		failed(j, what);
	} else {
		not_confirmed(j, "one was begun, and no event tells how it ended");
	}
}

static void on_waited(struct job *j, const json_t *answer)
{
	const char *state = json_get_str(answer, "state");
	int64_t age_ms = 0, limit_ms = j->run->terms.limit_backup;
	char limit[CLOCK_TEXT];
	struct err err;

	if (!answer_ok(answer)) {
		err_set(&err, FAULT_PROGRAM_FAILED, "backup-wait: %s", answer_code(answer));
		job_fault(j, &err);
		return;
	}
	heard(j);
	if (json_get_int(answer, "age_ms", &age_ms))
		took(j, age_ms);
	if (state && strcmp(state, "ended") == 0) {
		tell_end(j, answer);
	} else if (state && strcmp(state, "lost") == 0) {
		tell_lost(j, answer);
	} else if (!state || strcmp(state, "running") != 0) {
		not_confirmed(j, "one was begun, and the reservation of this run is gone");
	} else if (job_must_pause(j)) {
		job_pause(j);
	} else if (age_ms >= limit_ms || is_over(j)) {
		AUTO_FREE char *why = xasprintf("one is not over after %s and goes on by itself",
						clock_format_duration(limit_ms, limit));

		not_confirmed(j, why);
	} else {
		job_wait(j, j->run->pace.poll_ms, follow);
	}
}

static void ask_wait(struct job *j)
{
	int64_t slice = j->run->pace.slice_ms;

	if (j->run->terms.limit_backup < slice)
		slice = j->run->terms.limit_backup;
	job_ask(j, SCRIPT_BACKUP_WAIT, json_pack("{s:I}", "wait_ms", (json_int_t)slice),
		slice + 2 * CALL_SLACK_MS, on_waited);
}
