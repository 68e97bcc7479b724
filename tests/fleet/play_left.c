/* play_left.c - what runs have left on a simulated server: the fact, and the call that takes it
 * away (sweep.ps1). */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "tests/fleet/play_facts.h"

enum { DIGITS = 16, READY = 3, AT_WORK = 4 };

static const char *const task_kinds[] = { "install-", "start-obengine-", "boot-", "backup-" };
static const bool task_starts[] = { false, true, true, false };         /* obengine */

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The names of an object's members, in order. Yours: free() the array. */
static const char **names_of(json_t *object, size_t *out_count)
{
	const char **name = xcalloc(json_object_size(object) + 1, sizeof(*name)), *key;
	json_t *value;

	*out_count = 0;
	json_object_foreach(object, key, value) name[(*out_count)++] = key;
	if (*out_count)
		qsort(name, *out_count, sizeof(*name), by_text);
	return name;
}

/* The name of a task in our folder, where it is one of that kind. */
static const char *task_of(const char *path, const char *kind)
{
	static const char folder[] = "\\marshal\\";

	if (strncmp(path, folder, strlen(folder)) != 0)
		return NULL;
	path += strlen(folder);
	return strncmp(path, kind, strlen(kind)) == 0 ? path : NULL;
}

static bool is_run_folder(const char *name)
{
	size_t len = strlen(name);

	return strncmp(name, "marshal-", 8) == 0 && len > DIGITS && name[len - DIGITS - 1] == '-' &&
	       strspn(name + len - DIGITS, "0123456789abcdef") == DIGITS;
}

/* A folder of a run, and whose plan it waits for: plan.json is a real file, as the installer is. */
static json_t *told_folder(const struct play *p, const char *name, json_t *folder)
{
	AUTO_FREE char *file = xasprintf("%s/%s/plan.json", p->state->files, name);
	AUTO_JSON json_t *plan =
		step_folder_is_ours(p, name) ? json_load_file(file, 0, NULL) : NULL;

	return json_pack("{s:s, s:o, s:o, s:o}", "name", name, "made_utc_ms",
			 state_value(folder, "made_utc_ms"), "controller",
			 state_value(plan, "controller"), "until_utc_ms",
			 state_value(plan, "until_utc_ms"));
}

void reckon_left_overs(const struct play *p, json_t *value)
{
	json_t *tasks = json_object_get(p->state->root, "tasks"), *told = json_array();
	json_t *folders = json_object_get(p->state->root, "folders"), *found = json_array();
	size_t task_count, folder_count;
	AUTO_FREE const char **task = names_of(tasks, &task_count);
	AUTO_FREE const char **folder = names_of(folders, &folder_count);

	for (size_t k = 0; k < ARRAY_LEN(task_kinds); k++)
		for (size_t i = 0; i < task_count; i++)
			if (task_of(task[i], task_kinds[k]))
				json_array_append_new(
					told,
					json_pack("{s:s, s:i}", "name",
						  task_of(task[i], task_kinds[k]), "state",
						  play_task_works(json_object_get(tasks, task[i])) ?
							  AT_WORK :
							  READY));
	for (size_t i = 0; i < folder_count; i++)
		if (is_run_folder(folder[i]))
			json_array_append_new(
				found,
				told_folder(p, folder[i], json_object_get(folders, folder[i])));
	json_object_set_new(value, "tasks", told);
	json_object_set_new(value, "folders", found);
}

static bool is_run_name(const char *name)
{
	size_t len = name ? strlen(name) : 0;

	return len > 0 && len <= 32 && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == len;
}

bool play_names_runs(struct play *p, const json_t *runs)
{
	const json_t *run;
	size_t i;

	json_array_foreach(runs, i, run)
	{
		if (i >= 64 || !is_run_name(json_string_value(run))) {
			step_refused(p, "bad-request", false, "runs");
			return false;
		}
	}
	return true;
}

/* The path of a task of ours that is at work, or NULL. */
static const char *working_task(json_t *tasks)
{
	size_t count;
	AUTO_FREE const char **path = names_of(tasks, &count);

	for (size_t k = 0; k < ARRAY_LEN(task_kinds); k++)
		for (size_t i = 0; i < count; i++)
			if (task_of(path[i], task_kinds[k]) &&
			    play_task_works(json_object_get(tasks, path[i])))
				return path[i];
	return NULL;
}

/* Nobody holds the server and nothing works on it; else the refusal was answered. */
static bool is_unheld(struct play *p)
{
	json_t *root = p->state->root;
	const char *busy;

	if (json_is_object(json_object_get(root, "marker")) && !play_overdue(p))
		return play_refuse_reserved(p);
	if (!play_no_installer(p))
		return false;
	busy = working_task(json_object_get(root, "tasks"));
	if (busy) {
		AUTO_FREE char *text = xasprintf("the task %s is at work", busy);

		step_refused_with(p, "task-at-work", false, json_pack("{s:s}", "task", busy), text);
	}
	return !busy;
}

static bool is_down(const struct play *p)
{
	return state_true(p->state->root, "services.obengine.exists") &&
	       state_number(p->state->root, "services.obengine.state", 0) != SERVICE_RUNNING;
}

static bool was_found_stopped(const struct play *p)
{
	const char *engine = state_text(p->state->root, "marker.engine");

	return engine && (strcmp(engine, "stopped") == 0 || strcmp(engine, "none") == 0);
}

void play_sweep_folders(struct play *p, const char *run, json_t *removed, json_t *left)
{
	AUTO_FREE char *begin = xasprintf("marshal-%s-", run);
	size_t count, len = strlen(begin);
	AUTO_FREE const char **folder =
		names_of(json_object_get(p->state->root, "folders"), &count);

	for (size_t i = 0; i < count; i++) {
		AUTO_FREE char *name = xstrdup(folder[i]);

		if (strncmp(name, begin, len) == 0 && strlen(name) == len + DIGITS &&
		    is_run_folder(name))
			step_word(removed, left, name, step_folder_go(p, name, false));
	}
}

static void sweep_run(struct play *p, const char *run, json_t *removed, json_t *left)
{
	json_t *tasks = json_object_get(p->state->root, "tasks");

	for (size_t k = 0; k < ARRAY_LEN(task_kinds); k++) {
		AUTO_FREE char *name = xasprintf("%s%s", task_kinds[k], run);
		AUTO_FREE char *path = xasprintf("\\marshal\\%s", name);

		if (json_object_get(tasks, path))
			step_word(removed, left, name,
				  (!task_starts[k] || !is_down(p)) &&
					  json_object_del(tasks, path) == 0);
	}
	play_sweep_folders(p, run, removed, left);
}

/* Inside a change. */
static void sweep(struct play *p, const json_t *runs, json_t *removed, json_t *left)
{
	json_t *root = p->state->root, *run;
	const char *of = state_text(root, "marker.run");
	bool goes = json_is_object(json_object_get(root, "marker")) && !is_run_name(of);
	size_t i;

	json_array_foreach(runs, i, run)
	{
		sweep_run(p, json_string_value(run), removed, left);
		goes = goes || (of && strcmp(of, json_string_value(run)) == 0);
	}
	if (!goes)
		return;
	json_object_set_new(root, "marker", json_null());
	step_word(removed, left, "marker", true);
}

static int sweep_locked(struct play *p, const json_t *runs, struct err *err)
{
	json_t *removed, *left;

	if (state_begin(p->state, err) != 0)
		return -1;
	if (!is_unheld(p))
		return state_commit(p->state, err);
	if (is_down(p) && !was_found_stopped(p)) {
		step_refused_with(p, "not-running", false,
				  json_pack("{s:o}", "now",
					    state_value(p->state->root, "services.obengine.state")),
				  "obengine does not run");
		return state_commit(p->state, err);
	}
	removed = json_array();
	left = json_array();
	sweep(p, runs, removed, left);
	state_log(p->state->root, "swept: %zu removed, %zu left", json_array_size(removed),
		  json_array_size(left));
	if (state_commit(p->state, err) != 0)
		return -1;
	step_ok(p, json_pack("{s:o, s:o}", "removed", removed, "left", left));
	return 0;
}

int play_sweep(struct play *p, struct err *err)
{
	static const char *const names[] = { NULL };
	const json_t *runs = json_object_get(p->request, "runs");
	int lock, rc;

	if (!step_names(p, names) || !play_names_runs(p, runs))
		return 0;
	if (play_lock(p, &lock, err) != 0)
		return -1;
	if (lock < 0)
		return 0;
	rc = sweep_locked(p, runs, err);
	return play_unlock(p, lock, err) == 0 ? rc : -1;
}
