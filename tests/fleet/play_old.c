/* play_old.c - what the scripts of an older version of marshal do (requests with "v": 1, as of
 * commit 82487c9), so that two controllers can meet on a server: they know the key as the sign of
 * a started installer, and the mutex around obengine, and nothing else. */
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "tests/fleet/play.h"

enum { LOOK_MS = 20 };

/* The mutex is held by the task of a newer version too, while its installer works. */
static bool task_holds(const json_t *root)
{
	json_t *task;
	const char *phase;

	if (!fleet_install_task(root, &task) || !state_true(task, "holds"))
		return false;
	phase = state_text(task, "phase");
	return strcmp(phase, "running") == 0 || strcmp(phase, "ended") == 0;
}

int play_alone(struct play *p, int64_t wait_ms)
{
	AUTO_FREE char *path = xasprintf("%s.engine", p->state->path);
	int64_t until = clock_now_ms() + wait_ms;
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	struct err err;

	while (fd >= 0) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
			if (!task_holds(p->state->root))
				return fd;
			flock(fd, LOCK_UN);
		}
		if (clock_now_ms() >= until || state_reload(p->state, &err) != 0) {
			close(fd);
			return -1;
		}
		play_sleep(LOOK_MS);
	}
	return fd;
}

static int alone(struct play *p, int (*work)(struct play *p, struct err *err), struct err *err)
{
	AUTO_CLOSE int lock = play_alone(p, step_number(p, "wait_ms"));

	if (lock < 0)
		return step_refused(p, "failed", false, "an earlier call is still at obengine");
	/* what it found may have changed while it waited */
	return state_reload(p->state, err) == 0 ? work(p, err) : -1;
}

int play_old_cycle(struct play *p, struct err *err)
{
	return alone(p, play_cycle, err);
}

int play_old_start(struct play *p, struct err *err)
{
	return alone(p, play_start, err);
}

static bool marker_is_mine(const struct play *p)
{
	const char *run = state_text(p->state->root, "marker.run");

	return run && strcmp(run, step_text(p, "run")) == 0;
}

int play_old_install(struct play *p, const char *file, struct err *err)
{
	json_t *root;

	if (state_begin(p->state, err) != 0)
		return -1;
	root = p->state->root;
	if (marker_is_mine(p)) {
		step_ok(p, json_pack("{s:b, s:b}", "started", 0, "already", 1));
		return 0;
	}
	if (json_is_object(json_object_get(root, "marker")))
		return step_refused_with(p, "marker-other", false,
					 json_pack("{s:o}", "marker", play_marker(p)),
					 "another run started an installer here");
	if (!play_begin_install(p, file, false))
		return step_refused(p, "task-denied", false,
				    "the task of the installer could not be registered or started");
	json_object_set_new(root, "marker",
			    json_pack("{s:s, s:I, s:s}", "run", step_text(p, "run"), "utc_ms",
				      (json_int_t)clock_utc_ms(), "sha256",
				      step_text(p, "sha256")));
	if (state_commit(p->state, err) != 0)
		return -1;
	step_ok(p, json_pack("{s:b, s:b}", "started", 1, "already", 0));
	return 0;
}

/* `alone` is the mutex, -1 where it was not to be had. */
static void clean_safety(struct play *p, int alone, json_t *removed, json_t *left)
{
	bool runs = state_number(p->state->root, "services.obengine.state", 0) == SERVICE_RUNNING;

	if (step_task(p, "start-obengine"))
		step_word(removed, left, "safety-task",
			  alone >= 0 && runs && step_task_remove(p, "start-obengine"));
}

int play_old_clean(struct play *p, struct err *err)
{
	AUTO_CLOSE int alone = -1;
	json_t *removed = json_array(), *left = json_array(), *root;
	const char *phase;
	bool busy;

	if (step_task(p, "start-obengine"))
		alone = play_alone(p, step_number(p, "wait_ms"));
	if (state_begin(p->state, err) != 0)
		return -1;
	root = p->state->root;
	phase = json_get_str(step_task(p, "install"), "phase");
	busy = state_number(root, "installers.agent_installer", 0) > 0 ||
	       (phase && strcmp(phase, "running") == 0);
	step_clean_folder(p, busy, removed, left);
	if (marker_is_mine(p)) {
		if (!busy)
			json_object_set_new(root, "marker", json_null());
		step_word(removed, left, "marker", !busy);
	}
	if (phase)
		step_word(removed, left, "install-task", !busy && step_task_remove(p, "install"));
	clean_safety(p, alone, removed, left);
	state_log(root, "cleaned: %zu removed, %zu left", json_array_size(removed),
		  json_array_size(left));
	if (state_commit(p->state, err) != 0)
		return -1;
	step_ok(p, json_pack("{s:o, s:o}", "removed", removed, "left", left));
	return 0;
}
