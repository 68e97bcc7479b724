/* play_wsb.c - wsb.ps1: the test of Windows Server Backup. What the backup does with time is in
 * settle.c; here it is checked, started, looked at and forgotten. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "tests/fleet/play.h"

enum { LOOK_MS = 50, ALONE_MS = 10000, DRIVE_FIXED = 3 };
#define EXPIRES_MS ((json_int_t)26 * 3600 * 1000)

static json_t *wsb_task(const struct play *p)
{
	return json_object_get(json_object_get(p->state->root, "tasks"), WSB_TASK);
}

static json_t *target_volume(const struct play *p)
{
	return json_object_get(json_object_get(p->state->root, "volumes"), step_text(p, "target"));
}

/* Whether the target is one a backup may go to; else the refusal was answered. */
static bool target_fits(struct play *p)
{
	const char *target = step_text(p, "target");
	const json_t *volume = target_volume(p);
	const char *system = json_get_str(volume, "file_system");

	if (!volume || state_number(volume, "drive_type", 0) != DRIVE_FIXED || !system ||
	    (strcmp(system, "NTFS") != 0 && strcmp(system, "ReFS") != 0))
		step_refused(p, "not-a-volume", false, "%s is no fixed volume", target);
	else if (strcmp(target, "C:") == 0)
		step_refused(p, "system-volume", false, "Windows runs or starts from %s", target);
	else if (state_number(volume, "free_bytes", 0) < step_number(p, "need_bytes"))
		step_refused(p, "disk-full", false, "%s has too few bytes free", target);
	else
		return true;
	return false;
}

/* Whether Get-OBJob answers, as it does for fact backup.running. */
static bool agent_answers(const json_t *root)
{
	const char *source = state_text(root, "backup.source");

	return json_is_boolean(state_get(root, "backup.running")) &&
	       !(source && strcmp(source, "event") == 0) && state_true(root, "agent.module");
}

static bool no_backup(struct play *p)
{
	const json_t *root = p->state->root;
	const char *source = state_text(root, "backup.source");

	if (state_true(root, "backup.running") && source && strcmp(source, "event") != 0)
		step_refused_with(p, "backup-running", false,
				  json_pack("{s:s, s:o}", "by", source, "since_utc_ms",
					    state_value(root, "backup.since_utc_ms")),
				  "a backup is running");
	else if (state_true(root, "agent.installed") && !agent_answers(root))
		step_refused(p, "backup-unknown", false, "Get-OBJob does not answer");
	else
		return true;
	return false;
}

static bool ready(struct play *p)
{
	const char *target = step_text(p, "target");
	const char *feature = state_text(p->state->root, "features.windows_server_backup");

	if (strlen(target) != 2 || target[0] < 'A' || target[0] > 'Z' || target[1] != ':') {
		step_refused(p, "bad-request", false, "target");
		return false;
	}
	if (wsb_task(p)) {
		step_refused(p, "task-exists", false, "there is a task %s already", WSB_TASK);
		return false;
	}
	if (!target_fits(p))
		return false;
	if (!feature || strcmp(feature, "Installed") != 0 ||
	    !state_true(p->state->root, "wsb.cmdlet")) {
		step_refused(p, "not-installed", false, "the feature is not installed");
		return false;
	}
	return no_backup(p);
}

static int check(struct play *p, struct err *err)
{
	const json_t *volume;

	(void)err;
	if (!ready(p))
		return 0;
	volume = target_volume(p);
	step_ok(p, json_pack("{s:{s:o, s:o, s:o}, s:b}", "volume", "size_bytes",
			     state_value(volume, "size_bytes"), "free_bytes",
			     state_value(volume, "free_bytes"), "file_system",
			     state_value(volume, "file_system"), "image_exists",
			     state_true(volume, "image")));
	return 0;
}

/* The task with its begin, or denied. Inside a change. */
static bool begin(struct play *p, json_int_t now)
{
	json_t *root = p->state->root;
	const char *fault = state_text(root, "faults.task");
	bool silent = fault && strcmp(fault, "silent") == 0;

	if (silent ||
	    !play_task_make(p, WSB_TASK,
			    json_pack("{s:s, s:b, s:n, s:I, s:I, s:s, s:n}", "account", "SYSTEM",
				      "at_boot", 0, "due_utc_ms", "begun_utc_ms", now,
				      "expires_utc_ms", now + EXPIRES_MS, "target",
				      step_text(p, "target"), "exit")))
		return false;
	(void)state_set(root, "backup.running", json_true(), NULL);
	(void)state_set(root, "backup.source", json_string("wb-job"), NULL);
	(void)state_set(root, "backup.since_utc_ms", json_integer(now), NULL);
	json_object_set_new(target_volume(p), "image", json_true());
	state_log(root, "a backup of the system state to %s begun", step_text(p, "target"));
	return true;
}

static int start(struct play *p, struct err *err)
{
	json_int_t now = clock_utc_ms();
	bool begun;

	if (!ready(p))
		return 0;
	if (state_begin(p->state, err) != 0)
		return -1;
	begun = begin(p, now);
	if (state_commit(p->state, err) != 0)
		return -1;
	if (!begun)
		return step_refused(p, "task-denied", false,
				    "the task of the backup could not be registered");
	step_ok(p, json_pack("{s:I}", "begun_utc_ms", now));
	return 0;
}

/* While a run has reserved the server nothing begins that it would have to wait for. */
static bool not_reserved(struct play *p)
{
	if (!json_is_object(json_object_get(p->state->root, "marker")) || play_overdue(p))
		return true;
	return play_refuse_reserved(p);
}

static int alone(struct play *p, bool (*may)(struct play *p),
		 int (*work)(struct play *p, struct err *err), struct err *err)
{
	int lock, rc;

	if (p->v < 2) {
		lock = play_alone(p, ALONE_MS);
		if (lock < 0)
			return step_refused(p, "failed", false,
					    "another call is at work on this server");
		rc = state_reload(p->state, err) == 0 ? work(p, err) : -1;
		close(lock);
		return rc;
	}
	if (play_lock(p, &lock, err) != 0)
		return -1;
	if (lock < 0)
		return 0;
	rc = !may || may(p) ? work(p, err) : 0;
	return play_unlock(p, lock, err) == 0 ? rc : -1;
}

int play_wsb_check(struct play *p, struct err *err)
{
	return alone(p, not_reserved, check, err);
}

int play_wsb_start(struct play *p, struct err *err)
{
	return alone(p, not_reserved, start, err);
}

bool play_wsb_works(const struct play *p)
{
	return wsb_task(p) && !json_is_integer(json_object_get(wsb_task(p), "exit"));
}

int play_wsb_wait(struct play *p, struct err *err)
{
	int64_t until = clock_now_ms() + step_number(p, "wait_ms");
	const json_t *task;
	bool runs;

	while (play_wsb_works(p) && clock_now_ms() < until) {
		play_sleep(LOOK_MS);
		if (state_reload(p->state, err) != 0)
			return -1;
		play_power(p);
	}
	task = wsb_task(p);
	runs = play_wsb_works(p);
	step_ok(p, json_pack("{s:s, s:o, s:o, s:o}", "state",
			     !task ? "none" :
			     runs  ? "running" :
				     "ended",
			     "begun_utc_ms", state_value(task, "begun_utc_ms"), "exit",
			     state_value(task, "exit"), "job",
			     runs ? json_pack("{s:s, s:s, s:i, s:i, s:o, s:n}", "type", "Backup",
					      "state", "Running", "hresult", 0, "detailed_hresult",
					      0, "begun_utc_ms",
					      state_value(p->state->root, "backup.since_utc_ms"),
					      "ended_utc_ms") :
				    state_value(p->state->root, "wsb.last")));
	return 0;
}

static int end(struct play *p, struct err *err)
{
	bool there;

	if (play_wsb_works(p))
		return step_refused(p, "running", false, "the backup is still at work");
	if (state_begin(p->state, err) != 0)
		return -1;
	there = json_object_del(json_object_get(p->state->root, "tasks"), WSB_TASK) == 0;
	if (state_commit(p->state, err) != 0)
		return -1;
	step_ok(p, json_pack("{s:b}", "removed", there));
	return 0;
}

int play_wsb_end(struct play *p, struct err *err)
{
	return p->v < 2 ? end(p, err) : alone(p, NULL, end, err);
}
