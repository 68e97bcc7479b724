/* work_install.c - starts the installer once, and waits for it on the host in short calls, so
 * that a lost line costs a reconnect. Whether it was started is never our memory's word but
 * the marker's on the host: before a second try the host is asked. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "upgrader/run.h"

enum { TASK_START_MS = 5 * 60 * 1000, REFUSED_TEXT = 100 };

static void ask_wait(struct job *j, int64_t wait_ms, void (*answered)(struct job *, const json_t *))
{
	job_ask(j, SCRIPT_INSTALL_WAIT, json_pack("{s:I}", "wait_ms", (json_int_t)wait_ms),
		wait_ms + CALL_SLACK_MS, answered);
}

bool prepare_start(struct job *j)
{
	j->row.changed = true;
	return true;
}

static void on_start(struct job *j, const json_t *answer)
{
	bool already = false;

	if (!answer_ok(answer)) {
		job_refused(j, SCRIPT_INSTALL_START, answer);
		return;
	}
	json_get_bool(answer, "already", &already);
	job_done(j, already ? "it was started before" : "marker set, task started");
}

static void start(struct job *j)
{
	j->again = work_start;
	if (job_must_pause(j)) {        /* since it was asked what a lost line left */
		job_pause(j);
		return;
	}
	job_ask(j, SCRIPT_INSTALL_START,
		json_pack("{s:s, s:s, s:i, s:b, s:I}", "file", "MARSAgentInstaller.exe", "sha256",
			  j->run->installer->sha256, "lock_ms", JOB_LOCK_MS,
			  "accept_unknown_backup", j->run->terms.accept_unknown_backup, "limit_ms",
			  (json_int_t)j->run->terms.limit_install),
		TASK_START_MS, on_start);
}

/* After a lost line or a crash: was it started? */
static void on_asked(struct job *j, const json_t *answer)
{
	const char *state = json_get_str(answer, "state");

	if (!answer_ok(answer))
		job_refused(j, SCRIPT_INSTALL_WAIT, answer);
	else if (!state || strcmp(state, "none") != 0)
		job_done(j, "it was started before (%.20s)", state ? state : "?");
	else if (j->step.resumed)
		work_look_again(j, start);
	else
		work_look_if_old(j, start);
}

void work_start(struct job *j)
{
	if (j->step.resumed || j->step.tries > 0)
		ask_wait(j, 0, on_asked);
	else
		start(j);
}

/* The end of it, as far as the host knows: `how` is a word for the verification. */
static void ended(struct job *j, const char *how, const json_t *answer)
{
	const json_t *code = json_object_get(answer, "exit");
	const char *text = json_get_str(answer, "text");
	char before[REFUSED_TEXT] = "";
	int64_t refused = 0;

	job_remember(j, MEMORY_INSTALL, json_string(how));
	if (text) {
		AUTO_FREE char *shown = text_printable(text, strlen(text), 200);

		job_remember(j, MEMORY_INSTALL_TEXT, json_string(shown));
	}
	if (json_get_int(answer, "refused", &refused) && refused > 0)
		snprintf(before, sizeof(before), "; refused %lld times before, by another at work",
			 (long long)refused);
	if (json_is_integer(code)) {
		job_remember(j, MEMORY_EXIT, json_integer(json_integer_value(code)));
		job_done(j, "the installer ended with %lld%s", (long long)json_integer_value(code),
			 before);
	} else {
		job_done(j, "%s", how);
	}
}

static void on_waited(struct job *j, const json_t *answer);

static void wait_more(struct job *j)
{
	int64_t left = job_left_ms(j), slice = j->run->pace.slice_ms;

	ask_wait(j, left < slice ? left : slice, on_waited);
}

/* The installer's own process is gone; Windows Installer may still be at what it was given. It
 * is also busy with other programs' updates, so this waits for a part of the time only. */
static void on_ended(struct job *j, const json_t *answer)
{
	int64_t now = clock_now_ms();
	bool busy = false;

	json_get_bool(answer, "msi_busy", &busy);
	if (j->step.mark_ms == 0)
		j->step.mark_ms = now;
	if (!busy || now - j->step.mark_ms >= j->run->terms.limit_verify)
		ended(j, "ended", answer);
	else
		job_wait(j, j->run->pace.poll_ms, wait_more);
}

static void on_waited(struct job *j, const json_t *answer)
{
	const char *state = json_get_str(answer, "state");
	int64_t processes = 0;
	char limit[CLOCK_TEXT];
	struct err err;

	if (!answer_ok(answer)) {
		/* It may be at work all the same: ask on, and never clean up under it. */
		err_set(&err, FAULT_PROGRAM_FAILED, "install-wait: %s", answer_code(answer));
		job_fault(j, &err);
		return;
	}
	json_get_int(answer, "processes", &processes);
	if (state && strcmp(state, "ended") == 0 && processes == 0) {
		on_ended(j, answer);
	} else if (state && (strcmp(state, "none") == 0 || strcmp(state, "lost") == 0) &&
		   processes == 0) {
		/* A reboot in its middle, or somebody took the marker away: the version decides. */
		ended(j, state, answer);
	} else if (job_must_pause(j)) {
		job_pause(j);
	} else if (job_left_ms(j) == 0) {
		clock_format_duration(j->run->terms.limit_install, limit);
		job_end(j, OUTCOME_UNCERTAIN, "the installer is still at work after %s", limit);
	} else {
		job_wait(j, j->run->pace.poll_ms / 10, wait_more); /* a host may answer at once */
	}
}

void work_install(struct job *j)
{
	ask_wait(j, j->step.resumed || j->step.tries > 0 ? 0 : j->run->pace.slice_ms, on_waited);
}
