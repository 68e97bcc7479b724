/* work_engine.c - the console of the agent, and the documented stop, check and start of its
 * service. The first is waited for and only on request ended; the second is one call that is
 * never cut, on a host where a task of the host's own starts the service again whatever
 * becomes of us. */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "scanner/facts/probe.h"
#include "scanner/facts/service.h"
#include "upgrader/run.h"

enum {
	ASK_MS = 20 * 1000,             /* one question to the login URL */
	CONSOLE_USERS = 300
};

static void ask_console(struct job *j, int64_t wait_ms, bool close);

/* "CORP\anna (session 2), ..." */
static char *users(const json_t *open)
{
	struct buf text;
	const json_t *console;
	size_t i;

	buf_init(&text, CONSOLE_USERS);
	json_array_foreach(open, i, console)
	{
		const char *user = json_get_str(console, "user");
		AUTO_FREE char *shown =
			text_printable(user ? user : "?", strlen(user ? user : "?"), 60);
		int64_t session = 0;

		json_get_int(console, "session", &session);
		if (buf_addf(&text, "%s%s (session %lld)", i ? ", " : "", shown,
			     (long long)session) != 0)
			break;
	}
	return buf_take(&text);
}

static void close_consoles(struct job *j)
{
	if (job_must_pause(j))          /* one that is opened again and again would keep us */
		job_pause(j);
	else
		ask_console(j, 10 * 1000, true);
}

static void wait_more(struct job *j)
{
	int64_t left = job_wait_left_ms(j, j->row.changed), slice = j->run->pace.slice_ms;

	ask_console(j, left < slice ? left : slice, false);
}

static void none_open(struct job *j)
{
	job_done(j, "no console is open");
}

static void on_consoles(struct job *j, const json_t *answer)
{
	const json_t *open = json_get_arr(answer, "open");
	AUTO_FREE char *who = NULL;

	if (!answer_ok(answer)) {
		job_refused(j, SCRIPT_CONSOLE_WAIT, answer);
		return;
	}
	if (json_array_size(open) == 0) {
		/* Uploads and users took their time: a backup may have begun since the look. The
		 * next move says that the host is changed, so this is the last place to ask. */
		work_look_if_old(j, none_open);
		return;
	}
	who = users(open);
	if (job_wait_left_ms(j, j->row.changed) == 0) {
		AUTO_FREE char *why =
			xasprintf("a console of the agent is open: %s (--close-console)", who);

		job_end_for_now(j, why);
	} else if (j->run->terms.close_console && !j->row.changed) {
		AUTO_FREE char *text = xasprintf("ending the console of %s", who);

		j->row.changed = true;  /* from here on the host is not as it was */
		job_note(j, text, close_consoles);
	} else if (j->run->terms.close_console) {
		job_wait(j, j->run->pace.poll_ms, close_consoles);
	} else {
		wait_more(j);
	}
}

static void ask_console(struct job *j, int64_t wait_ms, bool close)
{
	job_ask(j, SCRIPT_CONSOLE_WAIT,
		json_pack("{s:I, s:b, s:i, s:b}", "wait_ms", (json_int_t)wait_ms, "close", close,
			  "lock_ms", close ? JOB_LOCK_MS : 0, "accept_unknown_backup",
			  j->run->terms.accept_unknown_backup),
		wait_ms + CALL_SLACK_MS, on_consoles);
}

void work_console(struct job *j)
{
	ask_console(j, 0, false);
}

/* Why the service is not stopped and started, NULL when it is. */
static const char *cycle_skipped(const struct job *j)
{
	int64_t start = 0;

	if (!j->host->limited_internet)
		return "skipped: marshal_limited_internet is no";
	if (!job_found_running(j))
		return "skipped: obengine was found stopped, and stays so";
	json_get_int(job_recall(j, MEMORY_FOUND), "start", &start);
	if (start == SERVICE_DISABLED)
		return "skipped: obengine is disabled, once stopped it would not start again";
	return NULL;
}

bool prepare_cycle(struct job *j)
{
	if (!cycle_skipped(j) && !j->run->terms.rehearse)
		j->row.changed = true;
	return true;
}

static void on_cycled(struct job *j, const json_t *answer)
{
	int64_t stopped = 0, started = 0;

	if (!answer_ok(answer)) {
		job_refused(j, SCRIPT_ENGINE_CYCLE, answer);
		return;
	}
	json_get_int(answer, "stopped_ms", &stopped);
	json_get_int(answer, "started_ms", &started);
	job_done(j, "stopped in %lld ms, started in %lld ms, the login URL is not closed",
		 (long long)stopped, (long long)started);
}

/* The longest one cycle takes on the host. */
static int64_t cycle_ms(const struct job *j)
{
	return j->run->terms.limit_stop + j->run->terms.limit_start + 3 * ASK_MS;
}

/* It waits for no other call: a start is never wrong, but while an installer works. */
void ask_engine_start(struct job *j, void (*answered)(struct job *j, const json_t *answer))
{
	int64_t start_ms = j->run->terms.limit_start;

	job_ask(j, SCRIPT_ENGINE_START, json_pack("{s:I}", "start_ms", (json_int_t)start_ms),
		start_ms + CALL_SLACK_MS, answered);
}

bool engine_start_waits(const json_t *answer, char text[JOB_ENGINE_TEXT])
{
	char until[CLOCK_TEXT];

	if (!answer_says(answer, CODE_INSTALLER_AT_WORK))
		return false;
	answer_time(answer, "until_utc_ms", until);
	snprintf(text, JOB_ENGINE_TEXT, "an installer is at work%s%s, so obengine is not started",
		 *until ? " until " : "", until);
	return true;
}

/* An earlier call that a cut line left at work there is waited for. */
static void ask_cycle(struct job *j, bool rehearse,
		      void (*answered)(struct job *j, const json_t *answer))
{
	const struct upgrade_terms *p = &j->run->terms;

	job_ask(j, SCRIPT_ENGINE_CYCLE,
		json_pack("{s:b, s:s, s:o, s:I, s:I, s:i, s:I, s:b}", "rehearse", rehearse, "cloud",
			  inv_cloud_name(j->host->cloud), "login_hosts",
			  login_hosts_json(j->host->cloud), "stop_ms", (json_int_t)p->limit_stop,
			  "start_ms", (json_int_t)p->limit_start, "ask_ms", ASK_MS, "lock_ms",
			  (json_int_t)cycle_ms(j), "accept_unknown_backup",
			  p->accept_unknown_backup),
		cycle_ms(j) + CALL_SLACK_MS, answered);
}

static void cycle(struct job *j)
{
	j->again = work_cycle;          /* a lost line asks for the service first */
	if (job_must_pause(j))          /* since it did, or since it was looked again */
		job_pause(j);
	else
		ask_cycle(j, false, on_cycled);
}

/* It may have been our own stop that was cut; with the service running all is as before it. */
static void on_started_again(struct job *j, const json_t *answer)
{
	if (!answer_ok(answer))
		job_refused(j, SCRIPT_ENGINE_START, answer);
	else if (j->step.resumed)
		work_look_again(j, cycle);
	else
		work_look_if_old(j, cycle);
}

static void rehearsed(struct job *j)
{
	job_end(j, OUTCOME_REHEARSED, "nothing is in the way; nothing was changed");
}

static void on_rehearsed(struct job *j, const json_t *answer)
{
	if (!answer_ok(answer))
		job_refused(j, SCRIPT_ENGINE_CYCLE, answer);
	else
		rehearsed(j);
}

/* Where the service would not be stopped there is nothing to ask. */
static void rehearse(struct job *j, const char *skipped)
{
	j->again = work_cycle;
	if (skipped)
		rehearsed(j);
	else
		ask_cycle(j, true, on_rehearsed);
}

void work_cycle(struct job *j)
{
	const char *skipped = cycle_skipped(j);

	if (j->run->terms.rehearse)
		rehearse(j, skipped);
	else if (skipped)
		job_done(j, "%s", skipped);
	else if (j->step.resumed || j->step.tries > 0)
		ask_engine_start(j, on_started_again);
	else
		cycle(j);
}
