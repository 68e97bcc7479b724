/* reserve.c - who may change a simulated server, as upgrader/job/reserve.ps1 asks it: the lock of a
 * call, the reservation of a run (the key, `marker` in the state), and what else forbids a change:
 * an installer or a backup at work. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "tests/fleet/play.h"

enum { LOOK_MS = 20, LOCK_MS = 10000 };

static json_t *marker_of(const struct play *p)
{
	json_t *marker = json_object_get(p->state->root, "marker");

	return json_is_object(marker) ? marker : NULL;
}

static json_int_t server_now(const json_t *root)
{
	return clock_utc_ms() + state_number(root, "clock.skew_ms", 0);
}

int64_t play_age_ms(const json_t *root, int64_t since_uptime_ms)
{
	int64_t up = fleet_uptime_ms(root);

	/* a boot since then: it is as old as that at least */
	return up >= since_uptime_ms ? up - since_uptime_ms : up;
}

static bool has(const json_t *marker, const char *name)
{
	json_t *member = json_object_get(marker, name);

	return member && !json_is_null(member);
}

static int64_t age_of(const struct play *p, const json_t *marker)
{
	return play_age_ms(p->state->root, state_number(marker, "seen_uptime_ms", 0));
}

json_t *play_marker(const struct play *p)
{
	static const char *const names[] = { "run",	   "utc_ms",	   "sha256",	 "phase",
					     "controller", "since_utc_ms", "seen_utc_ms" };
	const json_t *marker = marker_of(p);
	size_t known = p->v < 2 ? 3 : ARRAY_LEN(names);
	json_t *value;

	if (!marker)
		return json_null();
	value = json_object();
	for (size_t i = 0; i < known; i++)
		json_object_set_new(value, names[i], state_value(marker, names[i]));
	if (p->v < 2)
		return value;
	json_object_set_new(value, "age_ms",
			    has(marker, "seen_uptime_ms") ? json_integer(age_of(p, marker)) :
							    json_null());
	json_object_set_new(value, "hold_ms", state_value(marker, "hold_ms"));
	json_object_set_new(value, "engine", state_value(marker, "engine"));
	return value;
}

bool play_mine(const struct play *p)
{
	const json_t *marker = marker_of(p);
	const char *run = json_get_str(marker, "run");
	const char *controller = json_get_str(marker, "controller");

	return run && strcmp(run, step_text(p, "run")) == 0 &&
	       (!controller || strcmp(controller, step_text(p, "controller")) == 0);
}

bool play_mine_installing(const struct play *p)
{
	const char *phase = state_text(p->state->root, "marker.phase");

	return play_mine(p) && (!phase || strcmp(phase, "installing") == 0);
}

/* Queued or running: one that installs, or still has to start obengine after it. */
bool play_task_works(const json_t *task)
{
	const char *phase = state_text(task, "phase");

	return phase && (strcmp(phase, "running") == 0 || strcmp(phase, "ended") == 0 ||
			 state_number(task, "due_utc_ms", 0) > 0);
}

bool play_install_task_works(const struct play *p)
{
	return play_task_works(step_task(p, "install"));
}

static bool any_task_works(const json_t *root)
{
	const char *path;
	json_t *task;

	json_object_foreach(state_get(root, "tasks"), path, task)
	{
		if (play_task_works(task))
			return true;
	}
	return false;
}

bool play_overdue(const struct play *p)
{
	const json_t *root = p->state->root, *marker = marker_of(p);
	bool half = !has(marker, "run");        /* the call that wrote it died; we have the lock */

	return (half || (has(marker, "hold_ms") &&
			 age_of(p, marker) > state_number(marker, "hold_ms", INT64_MAX))) &&
	       !fleet_installer_works(root) && !any_task_works(root);
}

bool play_engine_ran(const struct play *p)
{
	const char *engine = json_get_str(marker_of(p), "engine");

	return engine && strcmp(engine, "running") == 0;
}

static const char *engine_word(const json_t *root)
{
	int64_t state = state_number(root, "services.obengine.state", 0);

	if (!state_true(root, "services.obengine.exists"))
		return "none";
	return state == SERVICE_RUNNING || state == SERVICE_STARTING ? "running" : "stopped";
}

void play_note_engine(struct play *p)
{
	json_t *marker = marker_of(p);

	if (marker && !play_engine_ran(p))
		json_object_set_new(marker, "engine", json_string(engine_word(p->state->root)));
}

/* Its holder's last call is now. */
static void seen(struct play *p, json_t *marker)
{
	json_t *root = p->state->root;

	json_object_set_new(marker, "seen_utc_ms", json_integer(server_now(root)));
	json_object_set_new(marker, "seen_uptime_ms", json_integer(fleet_uptime_ms(root)));
}

/* And it says so in its own words. */
static void renew(struct play *p, json_t *marker)
{
	json_t *hold = json_object_get(p->request, "hold_ms");

	seen(p, marker);
	if (*step_text(p, "controller"))
		json_object_set_new(marker, "controller", json_string(step_text(p, "controller")));
	if (json_is_integer(hold))
		json_object_set(marker, "hold_ms", hold);
}

void play_remove_before(struct play *p, const char *kind)
{
	const char *before = json_get_str(marker_of(p), "before");
	AUTO_FREE char *runs = xstrdup(before && play_mine(p) ? before : "");
	char *rest = NULL;

	for (char *run = strtok_r(runs, " ", &rest); run; run = strtok_r(NULL, " ", &rest)) {
		AUTO_FREE char *path = xasprintf("\\marshal\\%s-%s", kind, run);

		json_object_del(json_object_get(p->state->root, "tasks"), path);
	}
}

void play_remove_all_before(struct play *p)
{
	static const char *const kinds[] = { "install", "start-obengine", "boot" };

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		play_remove_before(p, kinds[i]);
}

/* `before`: the runs whose tasks are still wanted, or NULL. */
static void take(struct play *p, bool ran, const char *before)
{
	json_int_t now = server_now(p->state->root);
	json_t *marker = json_pack("{s:s, s:I, s:s, s:s, s:I}", "run", step_text(p, "run"),
				   "utc_ms", now, "sha256", step_text(p, "sha256"), "phase",
				   "reserved", "since_utc_ms", now);

	renew(p, marker);
	if (ran)
		json_object_set_new(marker, "engine", json_string("running"));
	if (before)
		json_object_set_new(marker, "before", json_string(before));
	json_object_set_new(p->state->root, "marker", marker);
	state_log(p->state->root, "reserved for run %s", step_text(p, "run"));
}

/* What the run before left: its tasks go, unless they are still wanted. */
static void take_over(struct play *p)
{
	json_t *root = p->state->root;
	const char *of = json_get_str(marker_of(p), "run");
	const char *older = json_get_str(marker_of(p), "before");
	AUTO_FREE char *run = xstrdup(of ? of : "");
	AUTO_FREE char *before = xasprintf("%s%s%s", older ? older : "", older ? " " : "", run);
	bool wanted = play_engine_ran(p) &&
		      state_number(root, "services.obengine.state", 0) != SERVICE_RUNNING;

	take(p, wanted, before);
	if (wanted)
		return;
	play_remove_all_before(p);
}

bool play_refuse_reserved(struct play *p)
{
	const char *run = json_get_str(marker_of(p), "run");
	AUTO_FREE char *text = xasprintf("run %s has reserved this server", run ? run : "?");

	step_refused_with(p, "reserved", false, json_pack("{s:o}", "reservation", play_marker(p)),
			  text);
	return false;
}

int play_reserve(struct play *p, struct reserved *out, struct err *err)
{
	json_t *marker;

	*out = (struct reserved){ .ok = true };
	if (state_begin(p->state, err) != 0)
		return -1;
	marker = marker_of(p);
	if (!marker) {
		take(p, false, NULL);
		out->fresh = true;
	} else if (play_mine(p)) {
		renew(p, marker);
	} else if (play_overdue(p)) {
		take_over(p);
		out->taken_over = true;
	} else {
		out->ok = play_refuse_reserved(p);
	}
	return state_commit(p->state, err);
}

int play_go_on(struct play *p, bool *out_ok, struct err *err)
{
	if (state_begin(p->state, err) != 0)
		return -1;
	*out_ok = play_mine(p);
	if (*out_ok)
		renew(p, marker_of(p));
	else if (marker_of(p))
		play_refuse_reserved(p);
	else
		step_refused(p, "reservation-lost", false, "the reservation of this run is gone");
	return state_commit(p->state, err);
}

int play_phase(struct play *p, const char *phase, struct err *err)
{
	if (state_begin(p->state, err) != 0)
		return -1;
	if (play_mine(p))
		(void)state_set(p->state->root, "marker.phase", json_string(phase), NULL);
	return state_commit(p->state, err);
}

int play_seen(struct play *p, struct err *err)
{
	if (!play_mine(p))
		return 0;
	if (state_begin(p->state, err) != 0)
		return -1;
	if (play_mine(p))
		seen(p, marker_of(p));
	return state_commit(p->state, err);
}

bool play_no_installer(struct play *p)
{
	const json_t *marker = marker_of(p);
	json_t *until = json_null();

	if (!fleet_installer_works(p->state->root))
		return true;
	if (has(marker, "hold_ms") && has(marker, "seen_utc_ms"))
		until = json_integer(state_number(marker, "seen_utc_ms", 0) +
				     state_number(marker, "hold_ms", 0));
	step_refused_with(p, "installer-at-work", false, json_pack("{s:o}", "until_utc_ms", until),
			  "an installer is at work");
	return false;
}

/* The path of a task of any run that starts obengine at its time, or NULL. One of this run is left
 * over from a call that died: it goes where obengine runs. Inside a change. */
static const char *timed_task(struct play *p)
{
	json_t *tasks = json_object_get(p->state->root, "tasks"), *task;
	const char *path;

	if (state_number(p->state->root, "services.obengine.state", 0) == SERVICE_RUNNING) {
		step_task_remove(p, "start-obengine");
		play_remove_before(p, "start-obengine");
	}
	json_object_foreach(tasks, path, task)
	{
		if (strncmp(path, "\\marshal\\start-obengine-", 24) == 0)
			return path;
	}
	return NULL;
}

int play_no_timed_task(struct play *p, bool *out_ok, struct err *err)
{
	const char *timed;

	if (state_begin(p->state, err) != 0)
		return -1;
	timed = timed_task(p);
	*out_ok = !timed;
	if (timed) {
		AUTO_FREE char *text = xasprintf("the task %s stands", timed);

		step_refused_with(p, "safety-task-there", false, json_pack("{s:s}", "task", timed),
				  text);
	}
	return state_commit(p->state, err);
}

bool play_no_backup(struct play *p)
{
	const json_t *root = p->state->root;

	if (play_wsb_works(p))
		step_refused_with(p, "backup-running", false, json_pack("{s:n}", "since_utc_ms"),
				  "a test of Windows Server Backup is running");
	else if (state_true(root, "backup.running"))
		step_refused_with(p, "backup-running", false,
				  json_pack("{s:o}", "since_utc_ms",
					    state_value(root, "backup.since_utc_ms")),
				  "a backup is running");
	else if (json_is_false(state_get(root, "backup.running")) ||
		 json_is_true(json_object_get(p->request, "accept_unknown_backup")))
		return true;
	else
		step_refused(p, "backup-unknown", false,
			     "nobody knows whether a backup is running");
	return false;
}

/* The folder of the lock, made where there is none; false when it is somebody else's. */
static int lock_folder(struct play *p, bool *out_ours, struct err *err)
{
	const char *owner;

	if (state_begin(p->state, err) != 0)
		return -1;
	if (!json_is_object(json_object_get(p->state->root, "lock_folder")))
		(void)state_set(p->state->root, "lock_folder",
				json_pack("{s:s, s:b}", "owner", "Administrators", "inherited", 0),
				NULL);
	owner = state_text(p->state->root, "lock_folder.owner");
	*out_ours = owner && strcmp(owner, "Administrators") == 0 &&
		    !state_true(p->state->root, "lock_folder.inherited");
	return state_commit(p->state, err);
}

int64_t play_lock_ms(const struct play *p)
{
	int64_t wait = LOCK_MS;

	json_get_int(p->request, "lock_ms", &wait);
	return wait;
}

int play_lock(struct play *p, int *out_lock, struct err *err)
{
	AUTO_FREE char *path = xasprintf("%s.call", p->state->path);
	int64_t until = clock_now_ms() + play_lock_ms(p);
	bool ours;

	*out_lock = -1;
	if (lock_folder(p, &ours, err) != 0)
		return -1;
	if (!ours)
		return step_refused(p, "folder-not-ours", false,
				    "C:\\Windows\\marshal belongs to somebody else");
	*out_lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (*out_lock < 0)
		return err_errno(err, ERR_SYSTEM, errno, "cannot open '%s'", path);
	while (flock(*out_lock, LOCK_EX | LOCK_NB) != 0) {
		if (clock_now_ms() >= until) {
			close(*out_lock);
			*out_lock = -1;
			return step_refused(p, "locked", false,
					    "another call is at work on this server");
		}
		play_sleep(LOOK_MS);
	}
	/* the one before may have taken the folder away, and changed the rest */
	return lock_folder(p, &ours, err);
}

int play_unlock(struct play *p, int lock, struct err *err)
{
	int rc = state_begin(p->state, err);

	/* the file is of use only while a run of this version has reserved the server */
	if (rc == 0) {
		if (!state_text(p->state->root, "marker.phase"))
			json_object_set_new(p->state->root, "lock_folder", json_null());
		rc = state_commit(p->state, err);
	}
	close(lock);
	return rc;
}

int play_reserved(struct play *p, int (*work)(struct play *p, struct err *err), struct err *err)
{
	int lock, rc;
	bool ok;

	if (play_lock(p, &lock, err) != 0)
		return -1;
	if (lock < 0)
		return 0;
	rc = play_go_on(p, &ok, err);
	if (rc == 0 && ok)
		rc = work(p, err);
	return play_unlock(p, lock, err) == 0 ? rc : -1;
}
