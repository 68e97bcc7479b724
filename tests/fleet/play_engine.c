/* play_engine.c - the service obengine, as obengine.ps1 stops and starts it. No change is held
 * open while the service takes its time: a probe in between sees it stopped, as it is. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "tests/fleet/play.h"

enum {
	LOOK_MS = 20, COURTESY_MS = 10 * 1000,
	SAFETY_MS = 10 * 60 * 1000, SAFETY_EVERY_MS = 5 * 60 * 1000
};

static int engine_state(const struct play *p)
{
	if (!state_true(p->state->root, "services.obengine.exists"))
		return 0;
	return (int)state_number(p->state->root, "services.obengine.state", 0);
}

/* sc.exe stop or start: 0, or the code it would answer. -1: the state cannot be written. */
static int engine_control(struct play *p, bool start, int *out_code, struct err *err)
{
	json_t *root;
	const char *fault;
	int64_t took;
	int code = 0;

	if (state_begin(p->state, err) != 0)
		return -1;
	root = p->state->root;
	fault = state_text(root, start ? "faults.start" : "faults.stop");
	took = state_number(root,
			    start ? "services.obengine.start_ms" : "services.obengine.stop_ms", 0);
	if (fault && strcmp(fault, "hang") == 0)
		took = INT32_MAX;
	if (start)
		code = fleet_start_code(root);
	else if (fault && strcmp(fault, "refuse") == 0)
		code = CODE_DENIED;
	if (start && code == 0)
		fleet_service_move(root, "obengine", SERVICE_STARTING, SERVICE_RUNNING,
				   clock_utc_ms() + took);
	else if (code == 0)     /* "started": by another call, at once */
		fleet_service_move(root, "obengine", SERVICE_STOPPING,
				   fault && strcmp(fault, "started") == 0 ? SERVICE_RUNNING :
									    SERVICE_STOPPED,
				   clock_utc_ms() + took);
	if (!start && fault && strcmp(fault, "installer") == 0)
		(void)state_set(root, "installers.msi_busy", json_true(), NULL);
	state_log(root, "obengine told to %s%s", start ? "start" : "stop", code ? ", refused" : "");
	*out_code = code;
	return state_commit(p->state, err);
}

/* Until it has stopped, or another call has started it again. */
static int engine_wait_stop(struct play *p, int64_t limit_ms, struct err *err)
{
	int64_t until = clock_now_ms() + limit_ms;

	while (engine_state(p) == SERVICE_STOPPING && clock_now_ms() < until) {
		play_sleep(LOOK_MS);
		if (state_reload(p->state, err) != 0)
			return -1;
		play_power(p);
	}
	return 0;
}

/* Whatever came before. A service that refuses is not waited for: time is played where it tells
 * nothing. */
static int engine_bring_back(struct play *p, int64_t limit_ms, struct err *err)
{
	int64_t until = clock_now_ms() + limit_ms;
	bool asked = false;
	int code;

	while (engine_state(p) != SERVICE_RUNNING && clock_now_ms() < until) {
		if (engine_state(p) == SERVICE_STOPPED && !asked) {
			asked = true;
			if (engine_control(p, true, &code, err) != 0)
				return -1;
			if (code != 0)
				return 0;
		}
		play_sleep(LOOK_MS);
		if (state_reload(p->state, err) != 0)
			return -1;
		play_power(p);
	}
	return 0;
}

/* The first name decides; one of which nothing is known is not closed. */
static bool login_open(const json_t *login)
{
	const json_t *first = json_array_get(json_object_get(login, "results"), 0);

	return !json_is_false(json_object_get(first, "open"));
}

static json_t *ask_login(const struct play *p)
{
	return play_login(p->state->root, json_object_get(p->request, "login_hosts"));
}

/* The one that starts it ten minutes later, and since "v": 2 another for the next boot. */
static bool make_tasks(struct play *p)
{
	json_int_t now = clock_utc_ms();
	json_int_t due = now + state_number(p->state->root, "safety_ms", SAFETY_MS);
	json_t *timed =
		json_pack("{s:s, s:I, s:i, s:b, s:n}", "account", "SYSTEM", "due_utc_ms", due,
			  "every_ms", SAFETY_EVERY_MS, "at_boot", p->v < 2, "begun_utc_ms");

	if (p->v >= 2) {
		json_object_set_new(timed, "expires_utc_ms", json_integer(due + DAY_MS));
		json_object_set_new(timed, "asks", json_true());
		if (!play_boot_task(p)) {
			json_decref(timed);
			return false;
		}
	}
	return step_task_make(p, "start-obengine", timed);
}

static int safety_tasks(struct play *p, bool make, bool *out_done, struct err *err)
{
	if (state_begin(p->state, err) != 0)
		return -1;
	*out_done = make ? make_tasks(p) : step_task_remove(p, "start-obengine");
	if (make && *out_done && p->v >= 2 &&
	    !json_is_true(json_object_get(p->request, "rehearse")))
		play_note_engine(p);
	return state_commit(p->state, err);
}

/* Stopped, asked, started again: what stands in try and finally in the script. */
struct cycle {
	bool stopped, changed;
	bool met_installer;             /* one began after the stop: nothing was started */
	int now;
	int64_t stopped_ms, started_ms;
	json_t *login;
};

static int cycle_run(struct play *p, struct cycle *c, struct err *err)
{
	int64_t begun = clock_now_ms();
	bool removed = false;
	int code;

	if (engine_control(p, false, &code, err) != 0)
		return -1;
	if (code == 0 && engine_wait_stop(p, step_number(p, "stop_ms"), err) != 0)
		return -1;
	c->stopped = engine_state(p) == SERVICE_STOPPED;
	c->stopped_ms = clock_now_ms() - begun;
	play_middle(p);
	if (c->stopped) {
		json_decref(c->login);
		c->login = ask_login(p);
	}
	begun = clock_now_ms();
	c->met_installer = p->v >= 2 && engine_state(p) == SERVICE_STOPPED &&
			   fleet_installer_works(p->state->root);
	if (!c->met_installer && engine_bring_back(p, step_number(p, "start_ms"), err) != 0)
		return -1;
	c->started_ms = clock_now_ms() - begun;
	c->now = engine_state(p);
	if (c->now == SERVICE_RUNNING && safety_tasks(p, false, &removed, err) != 0)
		return -1;
	c->changed = !removed;
	return 0;
}

static int cycle_answer(struct play *p, const struct cycle *c)
{
	json_t *now;

	if (c->met_installer)
		return step_refused(p, "installer-began", c->changed,
				    "an installer began after the stop");
	now = json_pack("{s:i}", "now", c->now);
	if (c->now == SERVICE_STOPPING)
		return step_refused_with(p, "stop-hangs", c->changed, now,
					 "obengine hangs while it stops");
	if (!c->stopped)
		return step_refused_with(p, "stop-failed", c->changed, now,
					 "obengine did not stop");
	if (c->now != SERVICE_RUNNING)
		return step_refused_with(p, "start-failed", c->changed, now,
					 "obengine does not run again");
	json_decref(now);
	if (!login_open(c->login))
		return step_refused_with(p, "login-closed-stopped", c->changed,
					 json_pack("{s:O}", "login", c->login),
					 "no login URL while obengine was stopped");
	play_line(p,
		  json_pack("{s:s, s:b, s:i, s:i, s:I, s:I, s:O}", "step", p->op, "ok", 1, "was",
			    SERVICE_RUNNING, "now", c->now, "stopped_ms", (json_int_t)c->stopped_ms,
			    "started_ms", (json_int_t)c->started_ms, "login", c->login));
	return 0;
}

/* Nothing was stopped, and the tasks go again. */
static int rehearsed(struct play *p, json_t *login, struct err *err)
{
	if (state_begin(p->state, err) != 0)
		return -1;
	(void)step_task_remove(p, "start-obengine");
	(void)step_task_remove(p, "boot");
	if (state_commit(p->state, err) != 0)
		return -1;
	step_ok(p, json_pack("{s:i, s:i, s:i, s:i, s:O}", "was", SERVICE_RUNNING, "now",
			     SERVICE_RUNNING, "stopped_ms", 0, "started_ms", 0, "login", login));
	return 0;
}

int play_cycle(struct play *p, struct err *err)
{
	struct cycle c = { .login = NULL };
	bool made;
	int was, rc;

	was = engine_state(p);
	if (was != SERVICE_RUNNING) {
		AUTO_FREE char *text = xasprintf("obengine has state %d", was);

		return step_refused_with(
			p, "not-running", false,
			json_pack("{s:o}", "now", was ? json_integer(was) : json_null()), text);
	}
	if (state_number(p->state->root, "services.obengine.start", 0) == SERVICE_DISABLED)
		return step_refused(p, "start-disabled", false,
				    "obengine is disabled and would not start again");
	c.login = ask_login(p);
	if (!login_open(c.login))
		return step_refused_with(p, "login-closed", false,
					 json_pack("{s:o}", "login", c.login),
					 "the login URL cannot be reached");
	if (p->v >= 2 && !play_no_backup(p)) {
		json_decref(c.login);
		return 0;
	}
	rc = safety_tasks(p, true, &made, err);
	if (rc == 0 && !made)
		rc = step_refused(
			p, "task-denied", false,
			"the task that would start obengine again could not be registered");
	else if (rc == 0 && json_is_true(json_object_get(p->request, "rehearse")))
		rc = rehearsed(p, c.login, err);
	else if (rc == 0)
		rc = cycle_run(p, &c, err) == 0 ? cycle_answer(p, &c) : -1;
	json_decref(c.login);
	return rc;
}

int play_start(struct play *p, struct err *err)
{
	int was, now;

	was = engine_state(p);
	if (was == 0)
		return step_refused(p, "no-service", false, "there is no service obengine");
	if (engine_bring_back(p, step_number(p, "start_ms"), err) != 0)
		return -1;
	now = engine_state(p);
	if (now == SERVICE_STOPPING)
		return step_refused_with(p, "stop-hangs", now != was,
					 json_pack("{s:i}", "now", now),
					 "obengine hangs while it stops");
	if (now != SERVICE_RUNNING)
		return step_refused_with(p, "start-failed", now != was,
					 json_pack("{s:i}", "now", now), "obengine does not run");
	step_ok(p, json_pack("{s:i, s:i}", "was", was, "now", now));
	return 0;
}

/* With the lock and the reservation. */
static int cycle_reserved(struct play *p, struct err *err)
{
	const char *phase = state_text(p->state->root, "marker.phase");
	bool installing = phase && strcmp(phase, "installing") == 0;
	int alone, rc;
	bool ok;

	if (!installing && play_phase(p, "cycling", err) != 0)
		return -1;
	if (play_no_installer(p)) {
		alone = play_alone(p, COURTESY_MS);
		rc = play_no_timed_task(p, &ok, err);
		if (rc == 0 && ok)
			rc = play_cycle(p, err);
		if (alone >= 0)
			close(alone);
	} else {
		rc = 0;
	}
	if (rc == 0 && !installing)
		rc = play_phase(p, "reserved", err);
	return rc;
}

int play_engine_cycle(struct play *p, struct err *err)
{
	static const char *const names[] = { NULL };

	if (!step_names(p, names))
		return 0;
	if (p->v < 2)
		return play_old_cycle(p, err);
	return play_reserved(p, cycle_reserved, err);
}

int play_engine_start(struct play *p, struct err *err)
{
	static const char *const names[] = { NULL };

	if (!step_names(p, names))
		return 0;
	if (p->v < 2)
		return play_old_start(p, err);
	return play_no_installer(p) ? play_start(p, err) : 0;
}
