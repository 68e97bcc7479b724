/* play_reboot.c - the restart that a run asks for: reboot.ps1. What becomes of it with time is in
 * settle.c. As `shutdown /r /t 60` is documented (learn.microsoft.com): it answers at once, and
 * with a code of winerror.h where it is refused. */
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "tests/fleet/play.h"

enum { ERROR_IN_PROGRESS = 1115, ERROR_IS_SCHEDULED = 1190 };

static const char *const no_names[] = { NULL };

/* Inside a change: the key has the words, and the server goes down in a while. */
static void ask(struct play *p, int64_t exit)
{
	json_t *root = p->state->root, *marker = json_object_get(root, "marker");
	json_int_t now = clock_utc_ms();

	json_object_set_new(marker, "reboot_utc_ms", json_integer(now));
	json_object_set_new(marker, "reboot_uptime_ms", json_integer(fleet_uptime_ms(root)));
	json_object_set_new(marker, "reboot_boot_utc_ms", state_value(root, "os.boot_utc_ms"));
	if (exit == 0) {
		state_log(root, "a restart asked for by run %s", step_text(p, "run"));
		(void)state_set(root, "restart.due_utc_ms",
				json_integer(now + state_number(root, "restart.delay_ms", 0)),
				NULL);
	}
}

/* With the lock, reserved. */
static int start(struct play *p, struct err *err)
{
	const json_t *root = p->state->root;
	int64_t exit = state_number(root, "restart.exit", 0);

	if (json_is_integer(state_get(p->state->root, "marker.reboot_utc_ms"))) {
		step_ok(p, json_pack("{s:b, s:b}", "started", 0, "already", 1));
		return 0;
	}
	if (!play_no_installer(p) || !play_no_backup(p))
		return 0;
	if (exit != 0 && exit != ERROR_IN_PROGRESS && exit != ERROR_IS_SCHEDULED)
		return step_refused_with(p, "reboot-refused", false,
					 json_pack("{s:I}", "exit", (json_int_t)exit),
					 "shutdown.exe refused");
	if (state_begin(p->state, err) != 0)
		return -1;
	ask(p, exit);
	if (state_commit(p->state, err) != 0)
		return -1;
	step_ok(p, json_pack("{s:b, s:b}", "started", exit == 0, "already", 0));
	return 0;
}

int play_reboot_start(struct play *p, struct err *err)
{
	int lock, rc;
	bool ok;

	if (!step_names(p, no_names))
		return 0;
	if (play_lock(p, &lock, err) != 0)
		return -1;
	if (lock < 0)
		return 0;
	rc = play_go_on(p, &ok, err);
	if (rc == 0 && ok)
		rc = start(p, err);
	return play_unlock(p, lock, err) == 0 ? rc : -1;
}

int play_reboot_state(struct play *p, struct err *err)
{
	const json_t *root;
	bool mine;

	if (!step_names(p, no_names))
		return 0;
	if (play_seen(p, err) != 0)
		return -1;
	root = p->state->root;
	mine = play_mine(p);
	step_ok(p, json_pack("{s:b, s:o, s:o, s:o, s:I, s:o}", "asked",
			     mine && json_is_integer(
					     state_get(p->state->root, "marker.reboot_utc_ms")),
			     "was_uptime_ms",
			     mine ? state_value(root, "marker.reboot_uptime_ms") : json_null(),
			     "was_boot_utc_ms",
			     mine ? state_value(root, "marker.reboot_boot_utc_ms") : json_null(),
			     "begun_uptime_ms",
			     mine ? state_value(root, "marker.begun_uptime_ms") : json_null(),
			     "uptime_ms", (json_int_t)fleet_uptime_ms(root), "boot_utc_ms",
			     state_value(root, "os.boot_utc_ms")));
	return 0;
}
