/* work_reboot.c - with --reboot if-needed: has the server restart once after its upgrade was
 * verified, where a restart is pending and its window is open, waits for it, and verifies again
 * what Windows brought up.
 *   The journal says that a restart is asked for before it is; whether it was is the word of the
 * reservation on the host, which is written before, too, and outlives the restart: so a run asks
 * once, whoever crashes when. That it happened is proved by the last start of Windows.
 *   It ends in: no restart is pending; restarted, and all is as before, or one is pending still;
 * not restarted, and why (the duty "reboot" stays, which is no failure); what a verification ends
 * in (failed, damaged, agent-gone, needs-hands); or, where the server does not come back within
 * --limit reboot, uncertain by a fault, which halts the run. */
#include "upgrader/job/reboot.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "scanner/facts/service.h"
#include "upgrader/run.h"

enum { ASK_MS = 2 * 60 * 1000, STATE_MS = 30 * 1000, SHOWN = 200 };
/* A clock that is set right moves the last start of Windows as well. */
enum { CLOCK_SET_MS = 60 * 1000 };

static const enum fact_id needed_facts[] = {
	FACT_REBOOT, FACT_INSTALLERS, FACT_BACKUP_RUNNING, FACT_SERVICE_OBENGINE, FACT_NONE,
};
static const enum fact_id pending_fact[] = { FACT_REBOOT, FACT_NONE };

bool reboot_is_wanted(const struct upgrade_terms *terms)
{
	return terms->reboot_if_needed;
}

int64_t reboot_limit(const struct upgrade_terms *terms)
{
	return terms->limit_reboot;
}

bool prepare_reboot(struct job *j)
{
	job_remember(j, MEMORY_REBOOT_BEGUN, json_integer(clock_utc_ms()));
	return true;
}

bool restart_is_proven(const struct restart_seen *s, int64_t since_ms)
{
	if (s->uptime_ms < 0 || s->was_uptime_ms < 0)
		return false;
	if (s->uptime_ms < s->was_uptime_ms)
		return true;
	return s->was_boot_utc_ms >= 0 && s->boot_utc_ms > s->was_boot_utc_ms + CLOCK_SET_MS &&
	       s->uptime_ms <= since_ms + CLOCK_SET_MS;
}

static void read_seen(const json_t *answer, struct restart_seen *out)
{
	*out = (struct restart_seen){ -1, -1, -1, -1, -1, false };
	json_get_bool(answer, "asked", &out->asked);
	json_get_int(answer, "was_uptime_ms", &out->was_uptime_ms);
	json_get_int(answer, "was_boot_utc_ms", &out->was_boot_utc_ms);
	json_get_int(answer, "begun_uptime_ms", &out->begun_uptime_ms);
	json_get_int(answer, "uptime_ms", &out->uptime_ms);
	json_get_int(answer, "boot_utc_ms", &out->boot_utc_ms);
}

/* By our clock, as the journal has it: how long ago. */
static int64_t since_ms(const struct job *j, enum job_memory what)
{
	const json_t *at = job_recall(j, what);
	int64_t ms = at ? clock_utc_ms() - json_integer_value(at) : 0;

	return ms > 0 ? ms : 0;
}

/* What it took is no part of the upgrade. */
static void remember_time(struct job *j)
{
	job_remember(j, MEMORY_REBOOT, json_integer(since_ms(j, MEMORY_REBOOT_BEGUN)));
}

/* It is upgraded, and a restart is open: that is told, and no failure. */
static void not_restarted(struct job *j, const char *why)
{
	AUTO_FREE char *reason = xasprintf("a reboot is pending: %s", why);

	j->row.reboot_pending = true;
	job_set(&j->row.reason, reason);
	job_forget(j, MEMORY_REBOOT_ASKED);
	remember_time(j);
	job_done(j, "not restarted: %s", why);
}

/* --- whether it is needed -------------------------------------------------------------------- */
/* What a restart is pending for, by the host's own word; NULL: nothing. */
static const char *pending_for(const struct facts *facts, bool *out_known)
{
	const json_t *fact = facts_value(facts, FACT_REBOOT);
	bool servicing = false, installer = false;

	*out_known = json_get_bool(fact, "servicing", &servicing) &&
		     json_get_bool(fact, "installer", &installer);
	return servicing ? "component servicing" : installer ? "Windows Installer" : NULL;
}

/* What has to end first; NULL: nothing. */
static const char *in_the_way(const struct facts *facts)
{
	const json_t *installers = facts_value(facts, FACT_INSTALLERS);
	bool msi = false, backup = false;
	int64_t count = 0;

	json_get_int(installers, "agent_installer", &count);
	json_get_bool(installers, "msi_busy", &msi);
	json_get_bool(facts_value(facts, FACT_BACKUP_RUNNING), "running", &backup);
	if (count > 0 || msi)
		return "an installer is at work";
	return backup ? "a backup is running" : NULL;
}

/* By our clock, in this process. */
static bool is_over(const struct job *j)
{
	return clock_now_ms() - j->step.mark_ms >= j->run->terms.limit_reboot;
}

/* Whether it is asked again; else the job goes on in another way. */
static bool waits_for(struct job *j, const char *what)
{
	if (is_over(j))
		return false;
	snprintf(j->step.text, sizeof(j->step.text), "%s", what);
	if (job_must_pause(j))
		job_pause(j);
	else
		job_wait(j, j->run->pace.ask_ms, work_reboot);
	return true;
}

static void none_pending(struct job *j)
{
	j->row.reboot_pending = false;
	job_set(&j->row.reason, "");
	remember_time(j);
	job_done(j, "no restart is pending%s",
		 j->step.booted ? ", Windows was started since the installer began" : "");
}

static void ask_restart(struct job *j);

/* The next long enough window of an outside one is told. */
static bool is_in_window(struct job *j)
{
	struct slot_wish wish = { .calendar = j->reboot_calendar,
				  .needs_ms = j->run->terms.limit_reboot };
	char text[SLOT_TEXT];
	struct span found;

	if (slot_find(&wish, clock_utc_ms(), &found) == SLOT_NOW)
		return true;
	AUTO_FREE char *why = xasprintf("it is outside its windows for that: %s",
					slot_text(SLOT_NONE, &wish, &found, text));

	not_restarted(j, why);
	return false;
}

static void judge_need(struct job *j, const struct facts *facts)
{
	bool known, asked_for = job_installer_wants_reboot(j) && !j->step.booted;
	const char *what = pending_for(facts, &known), *first = in_the_way(facts);
	int64_t state = 0;
	char text[JOB_EVENT_TEXT];

	json_get_int(facts_value(facts, FACT_SERVICE_OBENGINE), "state", &state);
	j->engine_runs |= state == SERVICE_RUNNING && job_found_running(j);
	if (asked_for && !what)
		what = "the installer";
	if (!what && !known) {
		not_restarted(j, "the server does not say whether one is");
	} else if (!what) {
		none_pending(j);
	} else if (!is_in_window(j) || (first && waits_for(j, first))) {
		return;
	} else if (first) {
		not_restarted(j, first);
	} else if (job_must_pause(j)) {
		job_pause(j);
	} else {
		snprintf(text, sizeof(text), "a restart is asked for: one is pending for %s", what);
		job_remember(j, MEMORY_REBOOT_ASKED, json_integer(clock_utc_ms()));
		job_note(j, text, ask_restart);
	}
}

static void on_need(struct job *j, struct look *seen)
{
	struct err err = seen->err;

	j->calling = false;
	if (err.code == ERR_NONE)
		judge_need(j, &seen->facts);
	look_free(seen);
	if (err.code != ERR_NONE)
		job_fault(j, &err);
}

static void look_need(struct job *j)
{
	j->calling = true;
	j->run->ops->look(j, needed_facts, on_need);
}

/* --- asking for it --------------------------------------------------------------------------- */
static void follow(struct job *j);

static void on_asked(struct job *j, const json_t *answer)
{
	const char *code = answer_code(answer), *text = json_get_str(answer, "text");
	AUTO_FREE char *shown =
		text_printable(text ? text : code, strlen(text ? text : code), SHOWN);
	AUTO_FREE char *why = xasprintf("none was begun (%s)", shown);
	bool passes = answer_says(answer, CODE_LOCKED) ||
		      answer_says(answer, CODE_INSTALLER_AT_WORK) ||
		      answer_says(answer, CODE_BACKUP_RUNNING);

	if (answer_ok(answer)) {
		j->step.flag = true;
		follow(j);
	} else if (!passes || !waits_for(j, shown)) {
		not_restarted(j, why);
	}
}

bool reboot_is_blocked(struct job *j, const struct err *err)
{
	const char *text = err_text_without(err, j->row.host);

	/* A call before this one may have been let through. */
	if (err->code != FAULT_BLOCKED_BY_SECURITY || j->step.flag || j->step.resumed ||
	    j->step.tries > 0)
		return false;
	AUTO_FREE char *why = xasprintf("none was begun (%s)", text);

	not_restarted(j, why);
	return true;
}

/* A line that is lost asks first what became of it. */
static void ask_restart(struct job *j)
{
	json_t *more = json_pack("{s:I, s:b}", "lock_ms", (json_int_t)JOB_LOCK_MS,
				 "accept_unknown_backup", j->run->terms.accept_unknown_backup);

	j->again = work_reboot;
	if (j->step.polls++ == 0)       /* the wait before is none for the server */
		j->step.deadline_ms = clock_now_ms() + j->run->terms.limit_reboot;
	job_ask(j, SCRIPT_REBOOT_START, more, ASK_MS, on_asked);
}

/* --- afterwards ------------------------------------------------------------------------------ */
static void judge_pending(struct job *j, const struct facts *facts)
{
	bool known;
	const char *what = pending_for(facts, &known);
	AUTO_FREE char *reason =
		what ? xasprintf("restarted, and a reboot is still pending (%s)", what) :
		       xstrdup("restarted");

	j->row.reboot_pending = what != NULL;
	job_set(&j->row.reason, reason);
	remember_time(j);
	job_done(j, "%s; obengine and configuration as before", reason);
}

static void on_pending(struct job *j, struct look *seen)
{
	struct err err = seen->err;

	j->calling = false;
	if (err.code == ERR_NONE)
		judge_pending(j, &seen->facts);
	look_free(seen);
	if (err.code != ERR_NONE)
		job_fault(j, &err);
}

void reboot_verified(struct job *j)
{
	j->again = reboot_verified;
	j->calling = true;
	j->run->ops->look(j, pending_fact, on_pending);
}

static void verify_again(struct job *j)
{
	struct step fresh = { .deadline_ms = clock_now_ms() + j->run->terms.limit_verify };

	j->step = fresh;
	j->again = work_verify;
	work_verify(j);
}

/* What runs now was not seen yet. */
static void restarted(struct job *j, const struct restart_seen *s)
{
	char text[JOB_EVENT_TEXT], now[CLOCK_TEXT] = "a moment ago", before[CLOCK_TEXT] = "earlier";

	if (s->boot_utc_ms >= 0 && s->was_boot_utc_ms >= 0) {
		clock_format_utc(s->boot_utc_ms, now);
		clock_format_utc(s->was_boot_utc_ms, before);
	}
	snprintf(text, sizeof(text), "restarted: Windows was started %s, and %s before that", now,
		 before);
	j->engine_runs = false;
	job_note(j, text, verify_again);
}

static void on_state(struct job *j, const json_t *answer)
{
	struct restart_seen s;
	char limit[CLOCK_TEXT];
	struct err err;

	if (!answer_ok(answer)) {
		err_set(&err, FAULT_PROGRAM_FAILED, "reboot-state: %s", answer_code(answer));
		job_fault(j, &err);
		return;
	}
	read_seen(answer, &s);
	j->step.booted = s.uptime_ms >= 0 && s.uptime_ms < s.begun_uptime_ms;
	if (!s.asked && j->step.flag) {
		not_restarted(j, "one was begun, and the reservation of this run is gone");
	} else if (!s.asked) {
		look_need(j);
	} else if (restart_is_proven(&s, since_ms(j, MEMORY_REBOOT_ASKED))) {
		restarted(j, &s);
	} else if (job_must_pause(j)) {
		job_pause(j);
	} else if (job_left_ms(j) == 0) {
		AUTO_FREE char *why =
			xasprintf("one was begun, and the server did not restart within %s",
				  clock_format_duration(j->run->terms.limit_reboot, limit));

		not_restarted(j, why);
	} else {
		job_wait(j, j->run->pace.poll_ms, follow);
	}
}

static void ask_state(struct job *j)
{
	job_ask(j, SCRIPT_REBOOT_STATE, NULL, STATE_MS + CALL_SLACK_MS, on_state);
}

static void follow(struct job *j)
{
	j->again = follow;
	ask_state(j);
}

/* Also after a lost line or a crash: one that was asked for is not asked for again. */
void work_reboot(struct job *j)
{
	if (j->step.mark_ms == 0)
		j->step.mark_ms = clock_now_ms();
	j->again = work_reboot;
	ask_state(j);
}
