/* state.h - the state of one simulated server: a JSON file, its lock, and what time does to it.
 * tests/fleet/STATE.md says what stands in it. */
#ifndef TESTS_FLEET_STATE_H
#define TESTS_FLEET_STATE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "scanner/facts/service.h"

/* What sc.exe answers. */
enum { CODE_DENIED = 5, CODE_DISABLED = 1058 };

struct state {
	char *path;             /* D/hosts/web01.json */
	char *files;            /* D/hosts/web01.fs, its folders as sftp sees them */
	int lock;               /* -1 while nothing is being changed */
	json_t *root;           /* as last read, settled */
};

/* Reads the state without the lock: a file is replaced whole, so a reader needs none. */
int state_open(struct state *s, const char *path, struct err *err);
void state_close(struct state *s);

/* What it is by now. */
int state_reload(struct state *s, struct err *err);

/* A change: begin takes the lock and reads anew, commit writes. Sleep between two changes,
 * never inside one. A begin without commit changes nothing. */
int state_begin(struct state *s, struct err *err);
int state_commit(struct state *s, struct err *err);

/* Members by a path with dots. Borrowed; NULL where there is none. A name that has dots itself
 * (a login host) is found by the longest match. */
json_t *state_get(const json_t *root, const char *path);
const char *state_text(const json_t *root, const char *path);           /* NULL: null or no text */
int64_t state_number(const json_t *root, const char *path, int64_t otherwise);
bool state_true(const json_t *root, const char *path);
/* A reference of the caller's own; JSON null where there is none. */
json_t *state_value(const json_t *root, const char *path);
/* Takes the value over. Objects on the way are made. */
int state_set(json_t *root, const char *path, json_t *value, struct err *err);
/* As a person writes it: other names of members, words for numbers, JSON or a plain text. */
int state_set_text(json_t *root, const char *path, const char *value, struct err *err);

/* Members that end in _utc_ms and say "now", "now-8h", "now+2d": replaced by that time. */
void state_set_moments(json_t *node);

/* A line in the server's own log. */
void state_log(json_t *root, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* What has happened by now: services and tasks come to their end. Pure but for the state. */
void fleet_settle(json_t *root, int64_t now_utc_ms);

/* The task of the test of Windows Server Backup. */
#define WSB_TASK "\\marshal\\wsb-test"
#define BACKUP_TASK "\\marshal\\backup-"

/* The path of the task that installs, one at work first, or NULL; its object in *out. */
const char *fleet_install_task(const json_t *root, json_t **out);

/* Makes a service go to `then` in ms from now, shown as `pending` until then. */
/* The task's installer begins, or (install.others) is refused before it does. */
void fleet_installer_begin(json_t *root, json_t *task, int64_t at);
void fleet_service_move(json_t *root, const char *service, int pending, int then,
			int64_t done_utc_ms);

/* Milliseconds since it was started, whatever its clock says. */
int64_t fleet_uptime_ms(const json_t *root);

/* Whether the agent's installer or Windows Installer is at work, or our task about to start it. */
bool fleet_installer_works(const json_t *root);

/* What sc.exe start obengine comes to, 0 or a code. In the middle of an installer it breaks that
 * one. */
int fleet_start_code(json_t *root);

/* It restarts at that time, and answers nobody for so long. */
void fleet_restart(json_t *root, int64_t at_utc_ms, int64_t away_ms);

/* A healthy server with an old agent. Yours. */
json_t *fleet_default_state(const char *name, const char *address);

#endif
