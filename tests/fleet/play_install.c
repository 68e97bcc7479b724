/* play_install.c - the installer: install.ps1 and clean.ps1. What the installer does with time is
 * in settle.c; here it is started, looked at, and cleaned up after. */
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "tests/fleet/play.h"

enum { LOOK_MS = 50, YOUNG_MS = 60000, LOST_LOOKS = 3 };

static bool marker_is_mine(const struct play *p)
{
	const char *run = state_text(p->state->root, "marker.run");

	return run && strcmp(run, step_text(p, "run")) == 0;
}

static int64_t installers_alive(const struct play *p)
{
	return state_number(p->state->root, "installers.agent_installer", 0);
}

/* The installer begins: marker, task, a stopped service. Inside a change. */
static bool begin_install(struct play *p, const char *file)
{
	json_t *root = p->state->root;
	json_int_t now = clock_utc_ms();
	AUTO_FREE char *version = step_file_version(file);
	json_t *task = json_pack(
		"{s:s, s:n, s:b, s:I, s:s, s:s, s:I, s:n}", "account", "SYSTEM", "due_utc_ms",
		"at_boot", 0, "begun_utc_ms", now, "phase", "running", "version", version,
		"was_state", (json_int_t)state_number(root, "services.obengine.state", 0), "exit");

	if (!step_task_make(p, "install", task))
		return false;
	json_object_set_new(root, "marker",
			    json_pack("{s:s, s:I, s:s}", "run", step_text(p, "run"), "utc_ms", now,
				      "sha256", step_text(p, "sha256")));
	(void)state_set(root, "installers.agent_installer", json_integer(1), NULL);
	(void)state_set(root, "installers.msi_busy", json_true(), NULL);
	if (state_true(root, "services.obengine.exists"))
		fleet_service_move(root, "obengine", SVC_STOPPED, SVC_STOPPED, now);
	state_log(root, "installer %s started by run %s", version, step_text(p, "run"));
	return true;
}

int play_install_start(struct play *p, struct err *err)
{
	static const char *const names[] = { "folder", "file", "sha256", NULL };
	AUTO_FREE char *file = NULL;
	char sha256[65];

	if (!step_names(p, names) || !step_folder(p))
		return 0;
	file = step_file(p, step_text(p, "file"));
	if (step_sha256(file, sha256) != 0)
		return step_refused(p, "file-missing", false, "%s is not there",
				    step_text(p, "file"));
	if (strcmp(sha256, step_text(p, "sha256")) != 0)
		return step_refused(p, "hash-mismatch", false, "%s has SHA-256 %s",
				    step_text(p, "file"), sha256);
	if (state_begin(p->state, err) != 0)
		return -1;
	if (marker_is_mine(p)) {
		step_ok(p, json_pack("{s:b, s:b}", "started", 0, "already", 1));
		return 0;
	}
	if (json_is_object(json_object_get(p->state->root, "marker")))
		return step_refused_with(
			p, "marker-other", false,
			json_pack("{s:o}", "marker", state_value(p->state->root, "marker")),
			"another run started an installer here");
	if (!begin_install(p, file))
		return step_refused(p, "task-denied", false,
				    "the task of the installer could not be registered or started");
	if (state_commit(p->state, err) != 0)
		return -1;
	step_ok(p, json_pack("{s:b, s:b}", "started", 1, "already", 0));
	return 0;
}

static const char *install_state(const struct play *p)
{
	const json_t *task = step_task(p, "install");
	const char *phase = json_get_str(task, "phase");
	int64_t age = clock_utc_ms() - state_number(p->state->root, "marker.utc_ms", 0);

	if (phase && (strcmp(phase, "ended") == 0 || strcmp(phase, "done") == 0))
		return "ended";
	if (phase && strcmp(phase, "running") == 0)
		return "running";
	if (!marker_is_mine(p))
		return "none";
	return !phase && age < YOUNG_MS ? "starting" : "lost";
}

int play_install_wait(struct play *p, struct err *err)
{
	static const char *const names[] = { "folder", NULL };
	int64_t until = clock_now_ms() + step_number(p, "wait_ms");
	const json_t *root;
	const char *state;
	int lost = 0;

	if (!step_names(p, names))
		return 0;
	for (;;) {
		state = install_state(p);
		lost = strcmp(state, "lost") == 0 ? lost + 1 : 0;
		if (strcmp(state, "none") == 0 || lost >= LOST_LOOKS || clock_now_ms() >= until ||
		    (strcmp(state, "ended") == 0 && installers_alive(p) == 0))
			break;
		play_sleep(LOOK_MS);
		if (state_reload(p->state, err) != 0)
			return -1;
		play_power(p);
	}
	root = p->state->root;
	step_ok(p, json_pack("{s:s, s:o, s:o, s:o, s:o, s:b, s:b, s:n}", "state", state, "exit",
			     state_value(step_task(p, "install"), "exit"), "processes",
			     json_integer(installers_alive(p)), "msi_busy",
			     state_value(root, "installers.msi_busy"), "marker",
			     state_value(root, "marker"), "folder_exists",
			     json_object_get(json_object_get(root, "folders"),
					     step_text(p, "folder")) != NULL,
			     "safety_task", step_task(p, "start-obengine") != NULL, "text"));
	return 0;
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static bool remove_folder(struct play *p)
{
	AUTO_FREE char *real = step_file(p, "");

	json_object_del(json_object_get(p->state->root, "folders"), step_text(p, "folder"));
	/* an uploaded file may never have come: no folder is as good as a removed one */
	(void)nftw(real, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
	return true;
}

static bool folder_is_ours(const struct play *p)
{
	const json_t *folder =
		json_object_get(json_object_get(p->state->root, "folders"), step_text(p, "folder"));
	const char *owner = json_get_str(folder, "owner");

	return owner && (strcmp(owner, "Administrators") == 0 || strcmp(owner, "SYSTEM") == 0) &&
	       !json_is_true(json_object_get(folder, "inherited"));
}

static void word(json_t *removed, json_t *left, const char *name, bool gone)
{
	json_array_append_new(gone ? removed : left, json_string(name));
}

/* What clean.ps1 does with the safety task. `alone` is the lock, -1 where it was not to be had. */
static void clean_safety(struct play *p, int alone, json_t *removed, json_t *left)
{
	bool runs = state_number(p->state->root, "services.obengine.state", 0) == SVC_RUNNING;

	if (step_task(p, "start-obengine"))
		word(removed, left, "safety-task",
		     alone >= 0 && runs && step_task_remove(p, "start-obengine"));
}

int play_clean(struct play *p, struct err *err)
{
	static const char *const names[] = { "folder", NULL };
	AUTO_CLOSE int alone = -1;
	json_t *removed, *left, *root;
	const char *phase;
	bool busy;

	if (!step_names(p, names))
		return 0;
	if (step_task(p, "start-obengine"))
		alone = play_alone(p, step_number(p, "wait_ms"));
	if (state_begin(p->state, err) != 0)
		return -1;
	root = p->state->root;
	phase = json_get_str(step_task(p, "install"), "phase");
	busy = installers_alive(p) > 0 || (phase && strcmp(phase, "running") == 0);
	removed = json_array();
	left = json_array();
	if (json_object_get(json_object_get(root, "folders"), step_text(p, "folder")))
		word(removed, left, "folder", !busy && folder_is_ours(p) && remove_folder(p));
	if (marker_is_mine(p)) {
		if (!busy)
			json_object_set_new(root, "marker", json_null());
		word(removed, left, "marker", !busy);
	}
	if (phase)
		word(removed, left, "install-task", !busy && step_task_remove(p, "install"));
	clean_safety(p, alone, removed, left);
	state_log(root, "cleaned: %zu removed, %zu left", json_array_size(removed),
		  json_array_size(left));
	if (state_commit(p->state, err) != 0)
		return -1;
	step_ok(p, json_pack("{s:o, s:o}", "removed", removed, "left", left));
	return 0;
}
