/* play_backup.c - the agent's backup on request: backup.ps1. What such a backup does with time is
 * in settle.c. As `Get-OBPolicy | Start-OBBackup` is documented (learn.microsoft.com,
 * MSOnlineBackup): it returns when the backup has ended. */
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "tests/fleet/play.h"

enum { LOOK_MS = 50, DAYS = 10 };

static bool is_by_agent(const json_t *root)
{
	const char *source = state_text(root, "backup.source");

	return state_true(root, "backup.running") && !(source && strcmp(source, "wb-job") == 0);
}

/* Whether one may be begun; else the refusal was answered. */
static bool may_begin(struct play *p)
{
	const json_t *root = p->state->root;

	if (play_wsb_works(p) || state_true(root, "backup.running"))
		step_refused_with(p, "backup-running", false,
				  json_pack("{s:o}", "since_utc_ms",
					    state_true(root, "backup.running") ?
						    state_value(root, "backup.since_utc_ms") :
						    json_null()),
				  "Windows Server Backup is at work");
	else if (!json_is_false(state_get(root, "backup.running")) ||
		 !state_true(root, "ob.answers") || !state_true(root, "agent.module"))
		step_refused(p, "backup-unknown", false, "the commands of the agent do not answer");
	else if (!state_true(root, "ob.policy.files"))
		step_refused(p, "no-policy", false, "Get-OBPolicy has no policy");
	else
		return true;
	return false;
}

static void mark(struct play *p, json_int_t now)
{
	json_t *marker = json_object_get(p->state->root, "marker");

	json_object_set_new(marker, "backup_utc_ms", json_integer(now));
	json_object_set_new(marker, "backup_uptime_ms",
			    json_integer(fleet_uptime_ms(p->state->root)));
}

/* Inside a change. */
static bool begin(struct play *p, json_int_t now)
{
	json_t *root = p->state->root;

	if (!step_task_make(p, "backup",
			    json_pack("{s:s, s:b, s:n, s:I, s:I, s:n}", "account", "SYSTEM",
				      "at_boot", 0, "due_utc_ms", "begun_utc_ms", now,
				      "expires_utc_ms", now + (json_int_t)DAYS * DAY_MS, "exit")))
		return false;
	mark(p, now);
	(void)state_set(root, "backup.running", json_true(), NULL);
	(void)state_set(root, "backup.source", json_string("ob-job"), NULL);
	(void)state_set(root, "backup.since_utc_ms", json_integer(now), NULL);
	state_log(root, "a backup begun by run %s", step_text(p, "run"));
	return true;
}

/* With the lock, reserved. */
static int start(struct play *p, struct err *err)
{
	const json_t *root = p->state->root;
	int64_t engine = state_number(root, "services.obengine.state", 0);
	json_int_t now = clock_utc_ms();
	bool by_agent = is_by_agent(root), begun;

	if (json_is_integer(state_get(p->state->root, "marker.backup_utc_ms"))) {
		step_ok(p, json_pack("{s:b, s:b}", "started", 0, "already", 1));
		return 0;
	}
	if (!play_no_installer(p))
		return 0;
	if (engine != SERVICE_RUNNING)
		return step_refused_with(p, "not-running", false,
					 json_pack("{s:I}", "now", (json_int_t)engine),
					 "obengine does not run");
	if (!by_agent && !may_begin(p))
		return 0;
	if (state_begin(p->state, err) != 0)
		return -1;
	begun = !by_agent && begin(p, now);
	if (by_agent)
		mark(p, now);
	if (state_commit(p->state, err) != 0)
		return -1;
	if (!by_agent && !begun)
		return step_refused(p, "task-denied", false,
				    "the task of the backup could not be registered");
	step_ok(p, json_pack("{s:b, s:b}", "started", begun, "already", 0));
	return 0;
}

int play_backup_start(struct play *p, struct err *err)
{
	static const char *const names[] = { NULL };

	if (!step_names(p, names))
		return 0;
	return play_reserved(p, start, err);
}

/* The newest of its ends, where that is of this backup. */
static bool find_end(const json_t *root, const char **out_what)
{
	int64_t good = state_number(root, "backup.last_utc_ms", 0);
	int64_t bad = state_number(root, "backup.failed_utc_ms", 0);

	*out_what = good >= bad ? "last" : "failed";
	return state_true(root, "events.cloudbackup") &&
	       (good > bad ? good : bad) >= state_number(root, "marker.backup_utc_ms", INT64_MAX);
}

static bool works(const struct play *p)
{
	const json_t *task = step_task(p, "backup");

	return task && !json_is_integer(json_object_get(task, "exit"));
}

static const char *state_of(const struct play *p, const char **out_what)
{
	const json_t *root = p->state->root;

	if (!play_mine(p) || !json_is_integer(state_get(p->state->root, "marker.backup_utc_ms")))
		return "none";
	if (find_end(root, out_what))
		return "ended";
	return works(p) || !json_is_false(state_get(p->state->root, "backup.running")) ? "running" :
											 "lost";
}

static void tell(struct play *p, const char *state, const char *what)
{
	const json_t *root = p->state->root, *task = step_task(p, "backup");
	json_t *answer = json_pack("{s:s, s:n, s:n, s:n, s:n, s:n}", "state", state, "event",
				   "error", "ended_utc_ms", "age_ms", "exit");

	if (strcmp(state, "none") != 0)
		json_object_set_new(
			answer, "age_ms",
			json_integer(play_age_ms(
				root, state_number(root, "marker.backup_uptime_ms", 0))));
	if (strcmp(state, "ended") == 0) {
		bool bad = strcmp(what, "failed") == 0;

		json_object_set_new(
			answer, "event",
			state_value(root, bad ? "backup.failed_event" : "backup.last_event"));
		json_object_set_new(
			answer, "ended_utc_ms",
			state_value(root, bad ? "backup.failed_utc_ms" : "backup.last_utc_ms"));
		if (bad)
			json_object_set_new(answer, "error", state_value(root, "backup.error"));
	} else if (strcmp(state, "lost") == 0 && task) {
		json_object_set_new(answer, "exit", state_value(task, "exit"));
	}
	step_ok(p, answer);
}

int play_backup_wait(struct play *p, struct err *err)
{
	static const char *const names[] = { NULL };
	int64_t until = clock_now_ms() + step_number(p, "wait_ms");
	const char *state, *what = "";

	if (!step_names(p, names))
		return 0;
	if (play_seen(p, err) != 0)
		return -1;
	while (strcmp(state = state_of(p, &what), "running") == 0 && clock_now_ms() < until) {
		play_sleep(LOOK_MS);
		if (state_reload(p->state, err) != 0)
			return -1;
		play_power(p);
	}
	tell(p, state, what);
	return 0;
}
