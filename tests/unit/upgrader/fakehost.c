/* fakehost.c - one host of the fake fleet: answers steps as the scripts do (docs/protocol.md),
 * keeps the reservation, the tasks and what an installer does. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "tests/unit/unit.h"
#include "tests/unit/upgrader/fakefleet.h"

/* What is asked again is asked again after a while. */
static json_t *no(const char *op, const char *code, bool changed)
{
	if (strcmp(code, "installer-at-work") == 0 || strcmp(code, "locked") == 0)
		unit_clock_turn(20 * 1000);
	return json_pack("{s:s, s:b, s:s, s:b, s:s}", "step", op, "ok", 0, "code", code, "changed",
			 changed, "text", "played");
}

static json_t *yes(const char *op)
{
	return json_pack("{s:s, s:b}", "step", op, "ok", 1);
}

static const char *text_of(const json_t *request, const char *name)
{
	const char *text = json_get_str(request, name);

	ck_assert_msg(text != NULL, "a request without %s", name);
	return text;
}

json_t *fake_marker(const struct fake_host *h)
{
	const struct fake_key *k = &h->key;

	if (!k->phase)
		return json_null();
	if (!*k->controller)
		return json_pack("{s:s, s:i, s:s}", "run", k->run, "utc_ms", 1, "sha256", "00");
	return json_pack("{s:s, s:s, s:s, s:i, s:i, s:I, s:I, s:s}", "run", k->run, "phase",
			 k->phase, "controller", k->controller, "since_utc_ms", 1000, "seen_utc_ms",
			 2000, "age_ms", (json_int_t)(clock_now_ms() - k->seen_ms), "hold_ms",
			 (json_int_t)k->hold_ms, "engine", k->engine_ran ? "running" : "stopped");
}

static bool is_mine(const struct fake_host *h, const json_t *request)
{
	return h->key.phase && strcmp(h->key.run, text_of(request, "run")) == 0 &&
	       (!*h->key.controller ||
		strcmp(h->key.controller, text_of(request, "controller")) == 0);
}

/* It was started an hour before its first call. */
static int64_t uptime_ms(const struct fake_host *h)
{
	return clock_now_ms() - h->boot.at_ms + (h->boot.at_ms == 0 ? 60 * MINUTE_MS : 0);
}

bool fake_is_away(struct fake_host *h)
{
	if (h->boot.away == 0)
		return false;
	unit_clock_turn(20 * 1000);
	h->boot.away -= h->boot.away > 0;
	return true;
}

bool fake_is_pending(const struct fake_host *h)
{
	return h->pending && h->started > 0 && (h->boot.happened == 0 || h->pending_stays);
}

bool fake_backs_up(struct fake_host *h)
{
	if (h->started == 0 || h->backup_looks == 0)
		return h->backup;
	unit_clock_turn(20 * 1000);
	h->backup_looks -= h->backup_looks > 0;
	return true;
}

static void restart(struct fake_host *h)
{
	unit_clock_turn(90 * 1000);
	h->boot.at_ms = clock_now_ms();
	h->boot.happened++;
	h->boot.away = h->away;
	h->engine = h->engine_booted ? h->engine_booted : 4;
	unit_clock_turn(1000);
}

/* Before the first change of obengine: what ran then is owed afterwards. */
static void note_engine(struct fake_host *h)
{
	h->key.engine_ran |= h->engine == 4;
}

/* Renews it, or (stage-open) takes it; false: it is not to be had. */
static bool reserve(struct fake_host *h, const json_t *request, bool take)
{
	struct fake_key *k = &h->key;
	bool over = k->phase && *k->controller && clock_now_ms() - k->seen_ms > k->hold_ms &&
		    !h->installing;

	ck_assert_msg(json_get_int(request, "hold_ms", &(int64_t){ 0 }) &&
			      json_get_int(request, "lock_ms", &(int64_t){ 0 }),
		      "a request without its times");
	if (!is_mine(h, request) && (!take || (k->phase && !over)))
		return false;
	if (!is_mine(h, request)) {
		k->engine_ran = k->phase && k->engine_ran && h->engine != 4;
		k->phase = "reserved";
		snprintf(k->run, sizeof(k->run), "%s", text_of(request, "run"));
		snprintf(k->controller, sizeof(k->controller), "%s",
			 text_of(request, "controller"));
	}
	k->seen_ms = clock_now_ms();
	json_get_int(request, "hold_ms", &k->hold_ms);
	return true;
}

/* What keeps a step from changing anything; NULL: nothing does. */
static json_t *in_the_way(struct fake_host *h, const char *op, const json_t *request)
{
	json_t *answer;

	if (!reserve(h, request, strcmp(op, "stage-open") == 0)) {
		answer = no(op, h->key.phase ? "reserved" : "reservation-lost", false);
		json_object_set_new(answer, "reservation", fake_marker(h));
		return answer;
	}
	if (strcmp(op, "stage-open") == 0)
		return NULL;
	if (h->installing || h->foreign_installer) {
		answer = no(op, "installer-at-work", false);
		json_object_set_new(answer, "until_utc_ms", json_integer(3000));
		return answer;
	}
	return h->backup ? no(op, "backup-running", false) : NULL;
}

/* A folder of another name leaves the first one as it is. */
static void use_folder(struct fake_host *h, const char *name)
{
	if (h->folder && strcmp(h->folder_name, name) != 0) {
		snprintf(h->other_folder, sizeof(h->other_folder), "%s", h->folder_name);
		h->folder = h->file = false;
		h->part = 0;
	}
	snprintf(h->folder_name, sizeof(h->folder_name), "%s", name);
}

static void remove_folder(struct fake_host *h, const char *name)
{
	if (strcmp(h->folder_name, name) == 0)
		h->folder = h->file = false, h->part = 0;
	if (strcmp(h->other_folder, name) == 0)
		h->other_folder[0] = '\0';
}

/* More of the installer is there. */
static json_t *part_grown(struct fake_host *h, const char *op, int64_t size)
{
	json_t *answer;

	if (h->part == size && h->bad_wholes > 0) {
		h->bad_wholes--;
		h->part = 0;
		return no(op, "hash-mismatch", true);
	}
	h->file = h->part == size;
	answer = yes(op);
	json_object_set_new(answer, "have", json_integer(h->part));
	json_object_set_new(answer, "whole", json_boolean(h->file));
	if (h->file)
		h->part = 0;
	return answer;
}

static json_t *put(struct fake_host *h, const char *op, const json_t *request)
{
	int64_t from, size, len;

	ck_assert(json_get_int(request, "from", &from) && json_get_int(request, "size", &size) &&
		  json_get_int(json_get_obj(request, "data"), "size", &len));
	if (!reserve(h, request, false))
		return no(op, "reservation-lost", false);
	if (h->busy_puts > 0) {
		h->busy_puts--;
		return no(op, "locked", false);
	}
	if (h->part < from)
		return no(op, "size-mismatch", false);
	h->puts++;
	h->part = from + len;
	return part_grown(h, op, size);
}

static json_t *get(struct fake_host *h, const char *op, const json_t *request)
{
	int64_t size, slice_ms, limit_ms, status = h->get_status;
	json_t *answer;

	ck_assert(json_get_int(request, "size", &size) &&
		  json_get_int(request, "slice_ms", &slice_ms) &&
		  json_get_int(request, "limit_ms", &limit_ms) && slice_ms > 0 && limit_ms > 0);
	ck_assert_str_eq(text_of(request, "url"), FAKE_URL);
	if (!reserve(h, request, false))
		return no(op, "reservation-lost", false);
	h->gets++;
	if (h->bad_gets > 0) {
		h->bad_gets--;
		answer = no(op, "not-downloaded", false);
		json_object_set_new(answer, "why", json_string(h->get_why));
		json_object_set_new(answer, "status", status ? json_integer(status) : json_null());
		json_object_set_new(answer, "proxy", json_string("px:8080"));
		return answer;
	}
	h->part = h->get_bytes && h->part + h->get_bytes < size ? h->part + h->get_bytes : size;
	return part_grown(h, op, size);
}
static json_t *stage(struct fake_host *h, const char *op, const json_t *request)
{
	json_t *answer = yes(op);

	use_folder(h, text_of(request, "folder"));

	if (strcmp(op, "stage-open") == 0) {
		if (h->folder && !json_is_true(json_object_get(request, "again"))) {
			json_decref(answer);
			return no(op, "folder-exists", false);
		}
		text_of(request, "sha256");
		h->folder = true;
		json_object_set_new(answer, "path", json_string("C:\\Windows\\Temp\\x"));
		json_object_set_new(answer, "put", json_string("/x/file"));
		json_object_set_new(answer, "have", json_integer(h->part));
	} else if (!h->file) {
		json_decref(answer);
		return no(op, "file-missing", false);
	}
	return answer;
}

static json_t *console(struct fake_host *h, const char *op, const json_t *request)
{
	json_t *answer = yes(op), *open = json_array();

	h->backup |= h->backup_later;
	if (json_is_true(json_object_get(request, "close")) && h->consoles != 0) {
		h->consoles = h->console_returns ? FAKE_NEVER : 0;
		h->consoles_ended++;
	}
	if (h->consoles != 0)
		json_array_append_new(open, json_pack("{s:i, s:s, s:i}", "pid", 7, "user",
						      "CORP\\anna", "session", 2));
	if (h->consoles > 0)
		h->consoles--;
	json_object_set_new(answer, "open", open);
	json_object_set_new(answer, "closed", json_integer(0));
	return answer;
}

static json_t *engine_answer(const struct fake_host *h, const char *op)
{
	return h->engine == 4 ? json_pack("{s:s, s:b, s:i, s:i}", "step", op, "ok", 1, "stopped_ms",
					  1, "started_ms", 1) :
				no(op, "start-failed", true);
}

/* A service without its program does not start. */
static bool is_half_gone(const struct fake_host *h)
{
	return h->started > 0 && h->loses && strncmp(h->loses, "agent-but", 9) == 0;
}

static json_t *engine(struct fake_host *h, const char *op, const json_t *request)
{
	json_t *answer;

	if (strcmp(op, "engine-start") == 0) {
		if (h->installing || h->foreign_installer) {
			answer = no(op, "installer-at-work", false);
			json_object_set_new(answer, "until_utc_ms", json_integer(3000));
			return answer;
		}
		if (!h->engine_stays_down && !is_half_gone(h))
			h->engine = 4;
		return engine_answer(h, op);
	}
	if (h->engine != 4)
		return no(op, "not-running", false);
	if (json_is_true(json_object_get(request, "rehearse"))) {
		h->rehearsals++;
		return engine_answer(h, op);
	}
	h->cycles++;
	h->boot_task = true;
	note_engine(h);
	if (h->installer_begins) {
		h->engine = 1;
		h->safety_task = h->foreign_installer = true;
		return no(op, "installer-began", true);
	}
	h->engine = h->engine_stays_down ? 1 : 4;
	h->safety_task = h->engine_stays_down;
	return engine_answer(h, op);
}

/* And its task does its last. */
void fake_end_install(struct fake_host *h)
{
	if (!h->installing)
		return;
	h->installing = false;
	h->engine = h->order_engine && !h->engine_stays_down && !h->installer_stops_engine &&
				    !is_half_gone(h) ?
			    4 :
			    1;
	if (h->exit == 0 || h->exit == 3010 || h->exit == 1641 || h->brings)
		h->version = h->old_version ? h->version : "2.0.9999.0";
}

/* As no honest host answers. */
static json_t *logs_of(const struct fake_host *h)
{
	json_t *lines = json_array(), *logs = json_array();

	for (int i = 0; i < h->log_lines; i++)
		json_array_append_new(lines, json_sprintf("line %d\x1b[31m", i));
	json_array_append_new(lines, json_integer(7));
	for (int i = 0; i < 9; i++)
		json_array_append_new(logs, json_pack("{s:s, s:s, s:O}", "name", "OBMsi.log\r",
						      "size", "x", "lines", lines));
	json_decref(lines);
	return logs;
}

static json_t *install_state(struct fake_host *h, const char *op, const json_t *request)
{
	const char *state = "none";
	json_t *answer = yes(op);

	if (h->installing && h->polls > 0)
		h->polls--;
	if (h->installing && h->polls == 0)
		fake_end_install(h);
	if (is_mine(h, request) && strcmp(h->key.phase, "installing") == 0) {
		state = h->installing ? "running" : "ended";
		reserve(h, request, false);
	}
	json_object_set_new(answer, "state", json_string(state));
	json_object_set_new(answer, "exit", h->installing ? json_null() : json_integer(h->exit));
	json_object_set_new(answer, "processes", json_integer(h->installing || h->works_on));
	json_object_set_new(answer, "msi_busy", json_false());
	if (json_is_true(json_object_get(request, "logs")) && h->log_lines > 0)
		json_object_set_new(answer, "logs", logs_of(h));
	return answer;
}

static json_t *install(struct fake_host *h, const char *op)
{
	json_t *answer = yes(op);
	bool already = strcmp(h->key.phase, "installing") == 0;

	if (!already) {
		note_engine(h);
		h->key.phase = "installing";
		h->installing = true;
		h->order_engine = h->boot_task = h->key.engine_ran;
		h->started++;
		h->boot.begun_uptime_ms = uptime_ms(h);
		h->engine = 1;          /* installers stop it */
	}
	json_object_set_new(answer, "already", json_boolean(already));
	return answer;
}

static json_t *reboot_start(struct fake_host *h, const char *op, const json_t *request)
{
	json_t *answer;

	if (!reserve(h, request, false))
		return no(op, "reservation-lost", false);
	ck_assert_msg(!h->installing && !h->backup, "a restart while something is at work");
	answer = yes(op);
	json_object_set_new(answer, "already", json_boolean(h->boot.word));
	if (h->boot.word)
		return answer;
	h->boot.asked++;
	h->boot.word = true;
	h->boot.was_uptime_ms = uptime_ms(h);
	h->boot.was_utc_ms = clock_utc_ms() - uptime_ms(h);
	if (!h->restart_ignored)
		restart(h);
	return answer;
}

static json_t *reboot_state(struct fake_host *h, const char *op, const json_t *request)
{
	bool mine = is_mine(h, request);
	json_t *answer = yes(op);

	unit_clock_turn(5 * 1000);
	if (mine)
		reserve(h, request, false);
	json_object_set_new(answer, "asked", json_boolean(mine && h->boot.word));
	json_object_set_new(answer, "uptime_ms", json_integer(uptime_ms(h)));
	json_object_set_new(answer, "boot_utc_ms", json_integer(clock_utc_ms() - uptime_ms(h)));
	json_object_set_new(answer, "begun_uptime_ms", json_integer(h->boot.begun_uptime_ms));
	if (mine && h->boot.word) {
		json_object_set_new(answer, "was_uptime_ms", json_integer(h->boot.was_uptime_ms));
		json_object_set_new(answer, "was_boot_utc_ms", json_integer(h->boot.was_utc_ms));
	}
	return answer;
}

static json_t *backup_start(struct fake_host *h, const char *op, const json_t *request)
{
	json_t *answer;

	if (!reserve(h, request, false))
		return no(op, "reservation-lost", false);
	if (h->backup_busy > 0) {
		h->backup_busy--;
		unit_clock_turn(10 * MINUTE_MS);
		return no(op, "backup-running", false);
	}
	ck_assert_msg(!h->installing && h->engine == 4, "a backup while obengine does not run");
	answer = yes(op);
	json_object_set_new(answer, "already", json_boolean(h->backup_word));
	if (!h->backup_word) {
		h->backups += !h->backup_runs;
		h->backup_begun_ms = clock_now_ms();
	}
	h->backup_word = true;
	return answer;
}

static json_t *backup_wait(struct fake_host *h, const char *op, const json_t *request)
{
	bool mine = is_mine(h, request) && h->backup_word;
	json_t *answer = yes(op);

	unit_clock_turn(20 * 1000);
	if (mine)
		reserve(h, request, false);
	if (h->backup_polls > 0)
		h->backup_polls--;
	json_object_set_new(answer, "age_ms",
			    json_integer(h->backup_age_ms ? h->backup_age_ms :
							    clock_now_ms() - h->backup_begun_ms));
	json_object_set_new(answer, "state",
			    json_string(!mine		     ? "none" :
					h->backup_polls != 0 ? "running" :
					h->backup_event < 0  ? "lost" :
							       "ended"));
	if (h->backup_polls == 0 && h->backup_event > 0) {
		json_object_set_new(answer, "event", json_integer(h->backup_event));
		json_object_set_new(answer, "ended_utc_ms", json_integer(5000));
	}
	if (h->backup_polls == 0 && h->backup_error != 0)
		json_object_set_new(answer, h->backup_event < 0 ? "exit" : "error",
				    json_integer(h->backup_error));
	return answer;
}

static json_t *clean(struct fake_host *h, const char *op, const json_t *request)
{
	bool busy = h->installing, owed = h->key.engine_ran && h->engine != 4;
	json_t *answer = yes(op), *left = json_array();

	if (!busy && !json_is_true(json_object_get(request, "keep_folder")))
		remove_folder(h, text_of(request, "folder"));
	if (!busy && !owed) {
		if (is_mine(h, request))
			h->key = (struct fake_key){ .phase = NULL },
			h->backup_word = h->boot.word = false;
		h->boot_task = h->safety_task = false;
	}
	if (is_mine(h, request))
		json_array_append_new(left, json_string("marker"));
	if (h->safety_task)
		json_array_append_new(left, json_string("safety-task"));
	if (h->boot_task)
		json_array_append_new(left, json_string("boot-task"));
	if (h->backups > 0 && h->backup_polls == FAKE_NEVER)
		json_array_append_new(left, json_string("backup-task"));
	json_object_set_new(answer, "removed", json_array());
	json_object_set_new(answer, "left", left);
	return answer;
}

/* Those pass through the reservation. */
bool fake_is_change(const char *op, const json_t *request)
{
	return strcmp(op, "stage-open") == 0 || strcmp(op, "engine-cycle") == 0 ||
	       strcmp(op, "install-start") == 0 ||
	       (strcmp(op, "console-wait") == 0 && json_is_true(json_object_get(request, "close")));
}

json_t *fake_answer(struct fake_host *h, const char *op, const json_t *request)
{
	json_t *refused = NULL;

	if (h->log_lost && json_is_true(json_object_get(request, "logs")))
		return no(op, "error", false);
	if (h->refuse_op && strcmp(op, h->refuse_op) == 0)
		return no(op, h->refuse_code, false);
	if (h->restarts_at && strcmp(op, h->restarts_at) == 0) {
		h->restarts_at = NULL;
		restart(h);
	}
	h->backup |= h->backup_at && strcmp(op, h->backup_at) == 0;
	if (h->brought_at && strcmp(op, h->brought_at) == 0)
		h->version = "2.0.9999.0";
	/* one that was started by this run is no other's */
	if (fake_is_change(op, request) &&
	    !(strcmp(op, "install-start") == 0 && is_mine(h, request) &&
	      strcmp(h->key.phase, "installing") == 0))
		refused = in_the_way(h, op, request);
	if (refused)
		return refused;
	if (strcmp(op, "stage-put") == 0)
		return put(h, op, request);
	if (strcmp(op, "stage-get") == 0)
		return get(h, op, request);
	if (strncmp(op, "stage", 5) == 0)
		return stage(h, op, request);
	if (strcmp(op, "console-wait") == 0)
		return console(h, op, request);
	if (strncmp(op, "engine", 6) == 0)
		return engine(h, op, request);
	if (strcmp(op, "install-wait") == 0)
		return install_state(h, op, request);
	if (strcmp(op, "install-start") == 0)
		return install(h, op);
	if (strcmp(op, "reboot-start") == 0)
		return reboot_start(h, op, request);
	if (strcmp(op, "reboot-state") == 0)
		return reboot_state(h, op, request);
	if (strcmp(op, "backup-start") == 0)
		return backup_start(h, op, request);
	if (strcmp(op, "backup-wait") == 0)
		return backup_wait(h, op, request);
	ck_assert_str_eq(op, "clean");
	return clean(h, op, request);
}

bool fake_is_clean(const struct fake_host *h)
{
	return !h->folder && !*h->other_folder && !h->file && !h->part && !h->key.phase &&
	       !h->safety_task && !h->boot_task && !h->installing;
}
