/* play_install.c - the installer: install.ps1 and clean.ps1. What the installer does with time is
 * in settle.c; here it is started, looked at, and cleaned up after. */
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "tests/fleet/play.h"

enum { LOOK_MS = 50, YOUNG_MS = 60000, LOST_LOOKS = 3, COURTESY_MS = 10000 };

static int64_t installers_alive(const struct play *p)
{
	return state_number(p->state->root, "installers.agent_installer", 0);
}

bool play_begin_install(struct play *p, const char *file, bool waits)
{
	json_t *root = p->state->root;
	json_int_t now = clock_utc_ms();
	AUTO_FREE char *version = step_file_version(file);
	json_t *task =
		json_pack("{s:s, s:n, s:b, s:I, s:s, s:s, s:n, s:b, s:b, s:i, s:I}", "account",
			  "SYSTEM", "due_utc_ms", "at_boot", 0, "begun_utc_ms", now, "phase",
			  "running", "version", version, "exit", "waits", waits, "holds", p->v >= 2,
			  "refused", 0, "limit_ms", (json_int_t)step_number(p, "limit_ms"));

	if (!step_task_make(p, "install", task))
		return false;
	state_log(root, "installer %s started by run %s", version, step_text(p, "run"));
	fleet_installer_begin(root, task, now);
	return true;
}

/* Inside a change: all of what stands between the reservation and the started task. */
static bool begin_reserved(struct play *p, const char *file)
{
	json_t *root = p->state->root, *marker = json_object_get(root, "marker");
	bool had = json_object_get(marker, "engine");
	int64_t state = state_number(root, "services.obengine.state", 0);
	bool ran = play_engine_ran(p) || state == SERVICE_RUNNING || state == SERVICE_STARTING;

	if (ran && !play_boot_task(p))
		return false;
	play_note_engine(p);
	if (!play_begin_install(p, file, ran)) {
		if (!had)
			json_object_del(marker, "engine");
		return false;
	}
	json_object_set_new(marker, "phase", json_string("installing"));
	json_object_set_new(marker, "utc_ms",
			    json_integer(clock_utc_ms() + state_number(root, "clock.skew_ms", 0)));
	json_object_set_new(marker, "begun_uptime_ms", json_integer(fleet_uptime_ms(root)));
	json_object_set_new(marker, "sha256", json_string(step_text(p, "sha256")));
	return true;
}

static int start_reserved(struct play *p, const char *file, struct err *err)
{
	bool begun, ok;

	if (play_mine_installing(p)) {
		step_ok(p, json_pack("{s:b, s:b}", "started", 0, "already", 1));
		return 0;
	}
	if (!play_no_installer(p))
		return 0;
	if (play_no_timed_task(p, &ok, err) != 0)
		return -1;
	if (!ok || !play_no_backup(p))
		return 0;
	if (state_begin(p->state, err) != 0)
		return -1;
	begun = begin_reserved(p, file);
	if (state_commit(p->state, err) != 0)
		return -1;
	if (!begun)
		return step_refused(p, "task-denied", false,
				    "the task of the installer could not be registered or started");
	step_ok(p, json_pack("{s:b, s:b}", "started", 1, "already", 0));
	return 0;
}

int play_install_start(struct play *p, struct err *err)
{
	static const char *const names[] = { "folder", "file", "sha256", NULL };
	AUTO_FREE char *file = NULL;
	char sha256[65];
	int lock, rc, alone;
	bool ok;

	if (!step_names(p, names) || !step_folder(p))
		return 0;
	file = step_file(p, step_text(p, "file"));
	if (step_sha256(file, sha256) != 0)
		return step_refused(p, "file-missing", false, "%s is not there",
				    step_text(p, "file"));
	if (strcmp(sha256, step_text(p, "sha256")) != 0)
		return step_refused(p, "hash-mismatch", false, "%s has SHA-256 %s",
				    step_text(p, "file"), sha256);
	if (p->v < 2)
		return play_old_install(p, file, err);
	if (play_lock(p, &lock, err) != 0)
		return -1;
	if (lock < 0)
		return 0;
	rc = play_go_on(p, &ok, err);
	if (rc == 0 && ok) {
		bool courtesy = !play_mine_installing(p) && !fleet_installer_works(p->state->root);

		alone = courtesy ? play_alone(p, COURTESY_MS) : -1;
		rc = state_reload(p->state, err) == 0 ? start_reserved(p, file, err) : -1;
		if (alone >= 0)
			close(alone);
	}
	return play_unlock(p, lock, err) == 0 ? rc : -1;
}

/* Whether the key says that this run started an installer here, and since when. */
static bool was_started(const struct play *p, int64_t *out_age_ms)
{
	const json_t *root = p->state->root;
	const char *run = state_text(root, "marker.run");

	if (p->v >= 2) {
		*out_age_ms = play_age_ms(root, state_number(root, "marker.begun_uptime_ms", 0));
		return play_mine_installing(p);
	}
	*out_age_ms = clock_utc_ms() - state_number(root, "marker.utc_ms", 0);
	return run && strcmp(run, step_text(p, "run")) == 0;
}

static const char *install_state(const struct play *p)
{
	const json_t *task = step_task(p, "install");
	const char *phase = json_get_str(task, "phase");
	int64_t age;

	if (phase && (strcmp(phase, "ended") == 0 || strcmp(phase, "done") == 0))
		return "ended";
	if (phase && strcmp(phase, "running") == 0)
		return "running";
	if (!was_started(p, &age))
		return "none";
	return !phase && age < YOUNG_MS ? "starting" : "lost";
}

int play_install_wait(struct play *p, struct err *err)
{
	static const char *const names[] = { "folder", NULL };
	int64_t until = clock_now_ms() + step_number(p, "wait_ms");
	const json_t *root;
	json_t *answer;
	const char *state;
	int lost = 0;

	if (!step_names(p, names))
		return 0;
	if (p->v >= 2 && play_seen(p, err) != 0)
		return -1;
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
	answer = json_pack(
		"{s:s, s:o, s:I, s:o, s:o, s:o, s:b, s:b, s:n}", "state", state, "exit",
		state_value(step_task(p, "install"), "exit"), "refused",
		(json_int_t)state_number(step_task(p, "install"), "refused", 0), "processes",
		json_integer(installers_alive(p)), "msi_busy",
		state_value(root, "installers.msi_busy"), "marker", play_marker(p), "folder_exists",
		json_object_get(json_object_get(root, "folders"), step_text(p, "folder")) != NULL,
		"safety_task", step_task(p, "start-obengine") != NULL, "text");
	if (json_is_true(json_object_get(p->request, "logs")))
		json_object_set_new(answer, "logs", play_install_logs(p));
	step_ok(p, answer);
	return 0;
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static bool remove_folder(struct play *p, const char *folder)
{
	AUTO_FREE char *real = xasprintf("%s/%s", p->state->files, folder);

	json_object_del(json_object_get(p->state->root, "folders"), folder);
	/* an uploaded file may never have come: no folder is as good as a removed one */
	(void)nftw(real, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
	return true;
}

bool step_folder_is_ours(const struct play *p, const char *name)
{
	const json_t *folder = json_object_get(json_object_get(p->state->root, "folders"), name);
	const char *owner = json_get_str(folder, "owner");

	return owner && (strcmp(owner, "Administrators") == 0 || strcmp(owner, "SYSTEM") == 0) &&
	       !json_is_true(json_object_get(folder, "inherited"));
}

void step_word(json_t *removed, json_t *left, const char *name, bool gone)
{
	json_array_append_new(gone ? removed : left, json_string(name));
}

bool step_folder_go(struct play *p, const char *folder, bool busy)
{
	return !busy && step_folder_is_ours(p, folder) && remove_folder(p, folder);
}

void step_clean_folder(struct play *p, bool busy, json_t *removed, json_t *left)
{
	if (json_object_get(json_object_get(p->state->root, "folders"), step_text(p, "folder")))
		step_word(removed, left, "folder", step_folder_go(p, step_text(p, "folder"), busy));
}

/* The run's own task has written its end, and has only obengine left to start. */
static int wait_for_task(struct play *p, struct err *err)
{
	int64_t until = clock_now_ms() + play_lock_ms(p);

	while (play_install_task_works(p) && !fleet_installer_works(p->state->root) &&
	       clock_now_ms() < until) {
		play_sleep(LOOK_MS);
		if (state_reload(p->state, err) != 0)
			return -1;
	}
	return 0;
}

static void clean_task(struct play *p, const char *kind, const char *name, bool may,
		       json_t *removed, json_t *left)
{
	if (step_task(p, kind))
		step_word(removed, left, name, may && step_task_remove(p, kind));
}

/* Inside a change. The key goes last: as long as it is there nobody else begins. */
static void clean_all(struct play *p, json_t *removed, json_t *left)
{
	json_t *root = p->state->root;
	bool known = play_mine(p) && state_text(root, "marker.phase");
	bool works = fleet_installer_works(root);
	bool others = !step_task(p, "install") && !play_mine(p) &&
		      json_is_object(json_object_get(root, "marker"));
	bool busy = (works && !others) || play_install_task_works(p);
	bool down = state_number(root, "services.obengine.state", 0) != SERVICE_RUNNING ||
		    !state_true(root, "services.obengine.exists");
	bool ran = play_mine(p) && play_engine_ran(p);
	bool wanted = works || (down && (ran || !known));

	if (!json_is_true(json_object_get(p->request, "keep_folder")))
		step_clean_folder(p, busy, removed, left);
	clean_task(p, "install", "install-task", !busy, removed, left);
	clean_task(p, "start-obengine", "safety-task", !wanted, removed, left);
	clean_task(p, "boot", "boot-task", !wanted, removed, left);
	clean_task(p, "backup", "backup-task",
		   json_is_integer(json_object_get(step_task(p, "backup"), "exit")), removed, left);
	if (!wanted)
		play_remove_all_before(p);
	if (!play_mine(p))
		return;
	step_word(removed, left, "marker", !works && !(down && ran));
	if (!works && !(down && ran))
		json_object_set_new(root, "marker", json_null());
}

int play_clean(struct play *p, struct err *err)
{
	static const char *const names[] = { "folder", NULL };
	json_t *removed, *left;
	int lock;

	if (!step_names(p, names))
		return 0;
	if (p->v < 2)
		return play_old_clean(p, err);
	if (play_lock(p, &lock, err) != 0)
		return -1;
	if (lock < 0)
		return 0;
	if (wait_for_task(p, err) != 0 || state_begin(p->state, err) != 0)
		return -1;
	removed = json_array();
	left = json_array();
	clean_all(p, removed, left);
	state_log(p->state->root, "cleaned: %zu removed, %zu left", json_array_size(removed),
		  json_array_size(left));
	if (state_commit(p->state, err) != 0 || play_unlock(p, lock, err) != 0)
		return -1;
	step_ok(p, json_pack("{s:o, s:o}", "removed", removed, "left", left));
	return 0;
}
