/* settle.c - what time does to a simulated server. Nothing runs in the background: whoever reads
 * the state reckons what has happened by now. So no process is left behind, a dropped line cannot
 * stop an installer, and tests may turn the times. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "tests/fleet/state.h"

enum {
	BUSY_MS = 300,          /* what "another installation is running" (1618) takes to say */
	EXIT_IN_USE = 1603, EXIT_BUSY = 1618
};

static void set(json_t *root, const char *path, json_t *value)
{
	(void)state_set(root, path, value, NULL);
}

void fleet_service_move(json_t *root, const char *service, int pending, int then,
			int64_t done_utc_ms)
{
	json_t *svc = state_get(root, "services");

	svc = json_object_get(svc, service);
	json_object_set_new(svc, "state", json_integer(pending));
	json_object_set_new(svc, "then", json_integer(then));
	json_object_set_new(svc, "until_utc_ms", json_integer(done_utc_ms));
}

static void service_is(json_t *svc, int state)
{
	json_object_set_new(svc, "state", json_integer(state));
	json_object_set_new(svc, "pid",
			    state == SERVICE_RUNNING ? json_integer(4242) : json_null());
	json_object_del(svc, "then");
	json_object_del(svc, "until_utc_ms");
}

static void settle_services(json_t *root, int64_t now)
{
	const char *name;
	json_t *svc;

	json_object_foreach(state_get(root, "services"), name, svc)
	{
		int64_t until = state_number(svc, "until_utc_ms", 0);

		if (until && now >= until)
			service_is(svc, (int)state_number(svc, "then", SERVICE_STOPPED));
	}
}

static void settle_consoles(json_t *root, int64_t now)
{
	json_t *consoles = state_get(root, "consoles");

	for (size_t i = json_array_size(consoles); i-- > 0;) {
		int64_t leaves = state_number(json_array_get(consoles, i), "leaves_utc_ms", 0);

		if (leaves && now >= leaves)
			json_array_remove(consoles, i);
	}
}

int64_t fleet_uptime_ms(const json_t *root)
{
	int64_t up = clock_utc_ms() - state_number(root, "os.boot_utc_ms", 0);

	return up + state_number(root, "os.uptime_offset_ms", 0);
}

bool fleet_installer_works(const json_t *root)
{
	json_t *task;

	if (state_number(root, "installers.agent_installer", 0) > 0 ||
	    state_true(root, "installers.msi_busy"))
		return true;
	return fleet_install_task(root, &task) && strcmp(state_text(task, "phase"), "running") == 0;
}

/* The files of the service would be in use: an installer in its middle fails. */
static void disturb(json_t *root)
{
	json_t *task;

	if (!fleet_install_task(root, &task) || strcmp(state_text(task, "phase"), "running") != 0)
		return;
	json_object_set_new(task, "disturbed", json_true());
	state_log(root, "obengine started in the middle of the installer");
}

int fleet_start_code(json_t *root)
{
	const char *fault = state_text(root, "faults.start");
	long times = fault && strncmp(fault, "refuse:", 7) == 0 ? strtol(fault + 7, NULL, 10) : 0;

	if (state_number(root, "services.obengine.start", 0) == SERVICE_DISABLED)
		return CODE_DISABLED;
	if (fault && strcmp(fault, "refuse") == 0)
		return CODE_DENIED;
	if (times > 0) {
		set(root, "faults.start", json_sprintf("refuse:%ld", times - 1));
		return CODE_DENIED;
	}
	disturb(root);
	return 0;
}

/* Whether a task that is due has anything to do: that of an installer's end and that of a boot wait
 * for an installer and ask what the key says, the timed one asks for an installer alone; that of an
 * older version starts whatever comes. */
static bool may_start(const json_t *root, const json_t *task)
{
	const char *engine = state_text(root, "marker.engine");

	if (!json_is_true(json_object_get(task, "waits")))
		return !json_is_true(json_object_get(task, "asks")) || !fleet_installer_works(root);
	if (fleet_installer_works(root))
		return false;
	return json_is_string(json_object_get(task, "phase")) ||
	       (engine && strcmp(engine, "running") == 0);
}

/* One task whose time has come. One that waits (of a boot, of an installer's end) is at work until
 * obengine runs or a day has passed; a service that still stops is for the next time. */
static void start_by(json_t *root, const char *path, json_t *task, int64_t at)
{
	json_t *engine = state_get(root, "services.obengine");
	bool waits = json_is_true(json_object_get(task, "waits"));
	int64_t every = state_number(task, "every_ms", 0);
	int64_t ends = state_number(task, "gives_up_utc_ms", INT64_MAX);

	if (may_start(root, task) && state_number(engine, "state", 0) == SERVICE_STOPPED &&
	    fleet_start_code(root) == 0) {
		service_is(engine, SERVICE_RUNNING);
		state_log(root, "task %s started obengine", path);
	}
	if (waits)
		every = state_number(root, "retry_ms", 0);
	if (waits && (state_number(engine, "state", 0) == SERVICE_RUNNING || at >= ends))
		every = 0;
	json_object_set_new(task, "due_utc_ms", every ? json_integer(at + every) : json_null());
}

static bool is_boot_task(const json_t *task)
{
	return state_true(task, "at_boot") && json_is_true(json_object_get(task, "waits"));
}

/* That of a boot has done its duty once obengine runs: it takes itself away, and other runs'. */
static void remove_boot_tasks(json_t *root)
{
	json_t *tasks = state_get(root, "tasks"), *task;
	const char *path;
	void *next;

	json_object_foreach_safe(tasks, next, path, task)
	{
		if (is_boot_task(task))
			json_object_del(tasks, path);
	}
}

/* Tasks that start obengine, as far as they come before `until`. */
static void settle_starts(json_t *root, int64_t until)
{
	bool done = false;
	json_t *task;
	const char *path;

	json_object_foreach(state_get(root, "tasks"), path, task)
	{
		int64_t due = state_number(task, "due_utc_ms", 0);

		if (!due || until < due)
			continue;
		start_by(root, path, task, until);
		done = done ||
		       (is_boot_task(task) && may_start(root, task) &&
			state_number(root, "services.obengine.state", 0) == SERVICE_RUNNING);
	}
	if (done)
		remove_boot_tasks(root);
}

/* The backup of a test has come to its end: as wsb.test says, and known to Get-WBJob. */
static void settle_wsb(json_t *root, int64_t now)
{
	json_t *task = json_object_get(state_get(root, "tasks"), WSB_TASK);
	int64_t begun = state_number(task, "begun_utc_ms", 0);
	int64_t ended = begun + state_number(root, "wsb.test.seconds", 0) * 1000;

	if (!begun || now < ended || json_is_integer(json_object_get(task, "exit")))
		return;
	json_object_set_new(task, "exit", state_value(root, "wsb.test.exit"));
	set(root, "backup.running", json_false());
	set(root, "backup.source", json_string("none"));
	set(root, "backup.since_utc_ms", json_null());
	if (!state_true(root, "wsb.test.recorded"))
		return;
	set(root, "wsb.last",
	    json_pack("{s:s, s:o, s:o, s:o, s:I, s:I}", "type", "Backup", "state",
		      state_value(root, "wsb.test.state"), "hresult",
		      state_value(root, "wsb.test.hresult"), "detailed_hresult",
		      state_value(root, "wsb.test.detailed_hresult"), "begun_utc_ms",
		      (json_int_t)begun, "ended_utc_ms", (json_int_t)ended));
}

/* It has ended, and the log of the agent says so; event 0: it does not. */
static void end_backup(json_t *root, int64_t ended)
{
	int64_t event = state_number(root, "backup.asked.event", 0);
	const char *at = event == 3 || event == 10 ? "backup.last_utc_ms" : "backup.failed_utc_ms";
	const char *what = event == 3 || event == 10 ? "backup.last_event" : "backup.failed_event";

	set(root, "backup.running", json_false());
	set(root, "backup.source", json_string("none"));
	set(root, "backup.since_utc_ms", json_null());
	if (event == 0)
		return;
	set(root, at, json_integer(ended));
	set(root, what, json_integer(event));
	if (event != 3 && event != 10)
		set(root, "backup.error", state_value(root, "backup.asked.error"));
}

static bool goes_well(const json_t *root)
{
	int64_t event = state_number(root, "backup.asked.event", 0);

	return event == 3 || event == 10;
}

/* A backup that was asked for, as backup.asked says; event null: it hangs. */
static void settle_backup(json_t *root, int64_t now)
{
	int64_t takes = state_number(root, "backup.asked.seconds", 0) * 1000, begun;
	json_t *task;
	const char *path;

	if (!json_is_integer(state_get(root, "backup.asked.event")))
		return;
	json_object_foreach(state_get(root, "tasks"), path, task)
	{
		begun = state_number(task, "begun_utc_ms", 0);
		if (strncmp(path, BACKUP_TASK, strlen(BACKUP_TASK)) != 0 || !begun ||
		    now < begun + takes || json_is_integer(json_object_get(task, "exit")))
			continue;
		json_object_set_new(
			task, "exit",
			json_integer(
				goes_well(root) ? 0 : state_number(root, "backup.asked.error", 1)));
		end_backup(root, begun + takes);
	}
	begun = state_number(root, "backup.until_utc_ms", 0);
	if (begun && now >= begun && state_true(root, "backup.running")) {
		end_backup(root, begun);
		set(root, "backup.until_utc_ms", json_null());
	}
}

/* Task Scheduler deletes what has outlived its end. */
static void settle_expired(json_t *root, int64_t now)
{
	json_t *tasks = state_get(root, "tasks"), *task;
	const char *path;
	void *next;

	json_object_foreach_safe(tasks, next, path, task)
	{
		int64_t expires = state_number(task, "expires_utc_ms", 0);

		if (expires && now >= expires)
			json_object_del(tasks, path);
	}
}

const char *fleet_install_task(const json_t *root, json_t **out)
{
	const char *path, *found = NULL;
	json_t *task;

	json_object_foreach(state_get(root, "tasks"), path, task)
	{
		const char *phase = state_text(task, "phase");

		if (!phase)
			continue;
		*out = task;
		found = path;
		if (strcmp(phase, "running") == 0 || strcmp(phase, "ended") == 0)
			break;
	}
	return found;
}

static void bring_version(json_t *root, const char *version)
{
	json_t *entry;
	size_t i;

	set(root, "agent.version", json_string(version));
	set(root, "agent.file_missing", json_false());
	json_array_foreach(state_get(root, "agent.uninstall"), i, entry)
		json_object_set_new(entry, "version", json_string(version));
	if (state_text(root, "agent.service_path"))
		set(root, "agent.service_version", json_string(version));
	state_log(root, "installer brought %s", version);
}

void fleet_installer_begin(json_t *root, json_t *task, int64_t at)
{
	json_int_t was = (json_int_t)state_number(root, "services.obengine.state", 0);

	set(root, "installers.msi_busy", json_true());
	if (state_true(root, "install.others")) {
		json_object_set_new(task, "refused",
				    json_integer(state_number(task, "refused", 0) + 1));
		json_object_set_new(task, "stands_by", json_true());
		state_log(root, "installer refused, another is at work");
		return;
	}
	json_object_set_new(task, "begun_utc_ms", json_integer(at));
	json_object_set_new(task, "was_state", json_integer(was));
	set(root, "installers.agent_installer", json_integer(1));
	if (state_true(root, "services.obengine.exists"))
		fleet_service_move(root, "obengine", SERVICE_STOPPED, SERVICE_STOPPED, at);
}

/* Only obengine is left to start, by the task of the scripts of today where it ran before. */
static void task_done(json_t *task, int64_t at)
{
	json_object_set_new(task, "phase", json_string("done"));
	if (json_is_true(json_object_get(task, "waits"))) {
		json_object_set_new(task, "due_utc_ms", json_integer(at));
		json_object_set_new(task, "gives_up_utc_ms", json_integer(at + DAY_MS));
	}
}

/* One that was refused: its task starts it once the others have ended, or gives up. */
static void settle_refused(json_t *root, int64_t now)
{
	json_t *task;

	if (!fleet_install_task(root, &task) || !json_is_true(json_object_get(task, "stands_by")) ||
	    strcmp(state_text(task, "phase"), "running") != 0)
		return;
	if (!state_true(root, "install.others")) {
		json_object_del(task, "stands_by");
		state_log(root, "installer started again by its task");
		fleet_installer_begin(root, task, now);
	} else if (now >=
		   state_number(task, "begun_utc_ms", 0) + state_number(task, "limit_ms", 0)) {
		json_object_set_new(task, "exit", json_integer(EXIT_BUSY));
		state_log(root, "installer ended with %d", EXIT_BUSY);
		task_done(task, now);
	}
}

/* The last process of the installer has ended. */
static void installer_done(json_t *root, json_t *task, int64_t at)
{
	int64_t exit = state_number(task, "exit", 0);
	const char *version = state_text(root, "install.new_version");
	int64_t was = state_number(task, "was_state", SERVICE_RUNNING);

	if (!version)
		version = state_text(task, "version");
	if ((exit == 0 || exit == 3010) && version && !state_true(root, "install.old_version"))
		bring_version(root, version);
	if (exit == 3010)
		set(root, "reboot.renames",
		    json_integer(state_number(root, "reboot.renames", 0) + 2));
	if (state_true(root, "install.lose_config")) {
		set(root, "agent.registered", json_false());
		set(root, "agent.task_exists", json_false());
		set(root, "agent.task_enabled", json_null());
		set(root, "agent.task_account", json_null());
		set(root, "scratch.config", json_null());
		state_log(root, "installer lost the configuration");
	}
	set(root, "installers.agent_installer", json_integer(0));
	set(root, "installers.msi_busy", json_false());
	service_is(state_get(root, "services.obengine"),
		   (int)state_number(root, "install.service_state", was));
	task_done(task, at);
}

void fleet_restart(json_t *root, int64_t at, int64_t away_ms)
{
	json_t *engine = state_get(root, "services.obengine"), *task;
	const char *path;

	set(root, "os.boot_utc_ms", json_integer(at));
	set(root, "away_until_utc_ms", json_integer(at + away_ms));
	set(root, "installers.agent_installer", json_integer(0));
	set(root, "installers.msi_busy", json_false());
	service_is(engine,
		   state_number(engine, "start", 2) == 2 ? SERVICE_RUNNING : SERVICE_STOPPED);
	json_object_foreach(state_get(root, "tasks"), path, task)
	{
		if (json_is_string(json_object_get(task, "phase"))) {
			/* its process is gone, and nothing starts it again */
			if (strcmp(state_text(task, "phase"), "done") != 0)
				json_object_set_new(task, "phase", json_string("lost"));
			json_object_set_new(task, "due_utc_ms", json_null());
		} else if (json_is_true(json_object_get(task, "at_boot"))) {
			json_object_set_new(task, "due_utc_ms", json_integer(at));
			json_object_set_new(task, "gives_up_utc_ms", json_integer(at + DAY_MS));
		}
	}
}

/* One that a run asked for; where it does not happen, somebody took it back. */
static void settle_restart(json_t *root, int64_t now)
{
	int64_t due = state_number(root, "restart.due_utc_ms", 0);

	if (due == 0 || now < due)
		return;
	set(root, "restart.due_utc_ms", json_null());
	if (!state_true(root, "restart.happens"))
		return;
	fleet_restart(root, due, state_number(root, "restart.away_ms", 0));
	state_log(root, "restarted as asked");
	if (state_true(root, "restart.pending"))
		return;
	set(root, "reboot.servicing", json_false());
	set(root, "reboot.installer", json_false());
	set(root, "reboot.renames", json_integer(0));
}

/* When the exit code of the installer at work is there; INT64_MAX without one. */
static int64_t installer_end(const json_t *root)
{
	json_t *task;
	int64_t took = state_number(root, "install.seconds", 0) * 1000;

	if (!fleet_install_task(root, &task) || json_is_true(json_object_get(task, "stands_by")) ||
	    (strcmp(state_text(task, "phase"), "running") != 0 &&
	     strcmp(state_text(task, "phase"), "ended") != 0))
		return INT64_MAX;
	if (state_number(root, "install.exit", 0) == EXIT_BUSY)
		took = BUSY_MS;
	return state_number(task, "begun_utc_ms", 0) + took;
}

/* The exit code is there; processes may go on. */
static void installer_ended(json_t *root, json_t *task, int64_t end)
{
	int64_t exit = state_number(root, "install.exit", 0);

	if (state_true(task, "disturbed"))
		exit = EXIT_IN_USE;
	json_object_set_new(task, "phase", json_string("ended"));
	json_object_set_new(task, "exit", json_integer(exit));
	json_object_set_new(task, "ended_utc_ms", json_integer(end));
	state_log(root, "installer ended with %d", (int)exit);
}

static void settle_install(json_t *root, int64_t now)
{
	json_t *task;
	int64_t begun, end;

	if (!fleet_install_task(root, &task) || json_is_true(json_object_get(task, "stands_by")))
		return;
	begun = state_number(task, "begun_utc_ms", 0);
	end = installer_end(root);
	if (strcmp(state_text(task, "phase"), "running") == 0) {
		int64_t restart = begun + (end - begun) / 2;

		if (json_is_number(state_get(root, "install.reboot_s")) && now >= restart) {
			fleet_restart(root, restart,
				      state_number(root, "install.reboot_s", 0) * 1000);
			state_log(root, "restarted while the installer ran");
			return;
		}
		if (now < end)
			return;
		installer_ended(root, task, end);
	}
	if (strcmp(state_text(task, "phase"), "ended") != 0)
		return;
	end += state_number(root, "install.keeps_working_s", 0) * 1000;
	if (now >= end)
		installer_done(root, task, end);
}

void fleet_settle(json_t *root, int64_t now_utc_ms)
{
	int64_t end;

	settle_refused(root, now_utc_ms);
	settle_restart(root, now_utc_ms);
	end = installer_end(root);
	settle_services(root, now_utc_ms);
	settle_consoles(root, now_utc_ms);
	settle_starts(root, end < now_utc_ms ? end : now_utc_ms);
	settle_install(root, now_utc_ms);
	settle_starts(root, now_utc_ms);
	settle_wsb(root, now_utc_ms);
	settle_backup(root, now_utc_ms);
	settle_expired(root, now_utc_ms);
}
