/* play.h - one call as simhost plays it: the request that came in, the server's state, the
 * answer going out, and what is to go wrong on the way. */
#ifndef TESTS_FLEET_PLAY_H
#define TESTS_FLEET_PLAY_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "tests/fleet/state.h"

/* What goes wrong around an answer; bits, since several may be played at once. */
enum fault_bit {
	F_REFUSE = 1 << 0, F_HANG = 1 << 1, F_DIE = 1 << 2, F_DROP = 1 << 3, F_CUT = 1 << 4,
	F_GARBAGE = 1 << 5, F_FLOOD = 1 << 6, F_FLOOD_LINE = 1 << 7, F_FLOOD_STDERR = 1 << 8,
	F_WRONG_NONCE = 1 << 9, F_NON_UTF8 = 1 << 10, F_BANNER = 1 << 11, F_NOISE = 1 << 12,
	F_CONSTRAINED = 1 << 13, F_ACCESS_DENIED = 1 << 14, F_BLOCKED = 1 << 15,
	F_NO_POWERSHELL = 1 << 16, F_FAILED = 1 << 17, F_REBOOT = 1 << 18,
	F_SHELL = 1 << 19, F_DROP_FIRST = 1 << 20, F_DROP_LAST = 1 << 21, F_ONCE = 1 << 22
};

struct play {
	struct state *state;
	json_t *request;
	const char *op, *nonce; /* the request's */
	char *data;             /* of the third line, or NULL */
	size_t data_len;
	int64_t v;              /* 1: of a version before the reservation */
	bool named;             /* of a version whose answers stood between marks of its name */
	unsigned faults;
	int64_t slow_ms;
	int lines;              /* written so far */
	bool served;            /* started by the fleet's sshd */
	bool system;            /* inside a task of SYSTEM */
};

/* request.c: standard input to a request. Borrowed members point into *out. */
int play_read(struct play *out, int fd, struct err *err);
/* One line of base64 to text with a NUL behind. NULL when it is none; yours. */
char *play_decode(const char *line, size_t len, size_t *out_len);

/* faults.c: words of faults.OP and faults.all; an unknown word is an error. */
int play_faults(struct play *p, struct err *err);
/* The words, for help: NULL-ended pairs of word and meaning. */
struct fault_word { const char *word; unsigned bit; const char *meaning; };
extern const struct fault_word fault_words[];
/* What stands in place of an answer. True when it was played, with the exit status. */
bool play_instead(struct play *p, int *out_status);
/* Holds this call while faults.gate.CONTROLLER.OP says so. */
int play_gate(struct play *p, struct err *err);
/* Waits until the other side has gone. */
void play_hang(void);
/* The middle of the work: where a server that dies, dies. Returns in all other cases. */
void play_middle(struct play *p);
/* The end of a step's work, before its answer: where a line is cut. Else it returns. */
void play_last(struct play *p);
/* A server that restarts: the line and everything on it end. Returns where it does not. */
void play_power(struct play *p);

/* answer.c: the answer's lines. play_line() takes the value over. */
/* The exit status that a shell around the call leaves of its own. */
int play_shell(const struct play *p, int status);
void play_begin(struct play *p);
void play_line(struct play *p, json_t *value);
void play_text_line(struct play *p, const char *line);
void play_end(struct play *p);
void play_sleep(int64_t ms);

/* Texts as a server of that language says them; English where there is none. */
enum text { TEXT_NO_POWERSHELL, TEXT_BLOCKED, TEXT_ACCESS_DENIED, TEXT_REFUSED, TEXT_PROGRESS };
const char *play_text(const struct play *p, enum text which);

/* The operations. */
int play_probe(struct play *p, struct err *err);
json_t *play_login(const json_t *root, const json_t *hosts);    /* fact network.login; yours */
json_t *play_consoles(const json_t *root);                       /* those open; yours */
int play_as_system(struct play *p, struct err *err);
int play_stage_open(struct play *p, struct err *err);
int play_stage_put(struct play *p, struct err *err);
/* All of it has come: it is the installer and gets its name; else the refusal was answered. */
bool play_part_whole(struct play *p, bool garbled);
int play_stage_get(struct play *p, struct err *err);
/* What both have in common: the request is right, the lock of the calls held, the folder of the run
 * there; then `take` does it. `named` is refused where it is wrong. */
int play_part(struct play *p, const char *named, bool (*right)(const struct play *p),
	      int (*take)(struct play *p, struct err *err), struct err *err);
int64_t play_part_size(struct play *p); /* of an installer that comes in pieces; 0: none */
int play_stage_check(struct play *p, struct err *err);
int play_console_wait(struct play *p, struct err *err);
int play_engine_cycle(struct play *p, struct err *err);
int play_engine_start(struct play *p, struct err *err);
int play_install_start(struct play *p, struct err *err);
int play_install_wait(struct play *p, struct err *err);
int play_reboot_start(struct play *p, struct err *err);
int play_reboot_state(struct play *p, struct err *err);
int play_backup_start(struct play *p, struct err *err);
int play_backup_wait(struct play *p, struct err *err);
int play_clean(struct play *p, struct err *err);
int play_sweep(struct play *p, struct err *err);
/* Whether `runs` names runs; else the refusal was answered. */
bool play_names_runs(struct play *p, const json_t *runs);
/* Inside a change: what of a run's folders went, and what not. */
void play_sweep_folders(struct play *p, const char *run, json_t *removed, json_t *left);
int play_wsb_check(struct play *p, struct err *err);
int play_wsb_start(struct play *p, struct err *err);
int play_wsb_wait(struct play *p, struct err *err);
int play_wsb_end(struct play *p, struct err *err);

/* step.c, for steps: the answer's one line. `more` (may be NULL) is merged in and taken over. */
void step_ok(struct play *p, json_t *more);
/* Always 0: a refusal is an answer. */
int step_refused(struct play *p, const char *code, bool changed, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
int step_refused_with(struct play *p, const char *code, bool changed, json_t *more,
		      const char *text);
/* `run` and these names (NULL-ended) as docs/protocol.md wants them; else bad-request was said. */
bool step_names(struct play *p, const char *const *names);
/* Of the request; "" and 0 when not there. */
const char *step_text(const struct play *p, const char *name);
int64_t step_number(const struct play *p, const char *name);
/* The run's folder is there and ours; else the refusal was answered. */
bool step_folder(struct play *p);
char *step_folder_path(const struct play *p);                   /* C:\Windows\Temp\...; yours */
char *step_file(const struct play *p, const char *file);        /* on this machine; yours */
/* SHA-256 of a file as 64 digits; -1 when it cannot be read. */
int step_sha256(const char *path, char out[65]);
/* The version in a Windows program; "" when there is none. Yours. */
json_t *play_install_logs(const struct play *p);        /* yours */
char *step_file_version(const char *path);
/* Makes a task of SYSTEM; false when that is denied. The task is taken over. Inside a change. */
bool play_task_make(struct play *p, const char *path, json_t *task);
/* The same, "\marshal\KIND-RUN". */
bool step_task_make(struct play *p, const char *kind, json_t *task);
bool step_task_remove(struct play *p, const char *kind);        /* whether there was one */
json_t *step_task(const struct play *p, const char *kind);      /* borrowed, or NULL */
bool play_boot_task(struct play *p);                            /* as step_task_make() */
/* A folder of that name goes, where it is ours and not while `busy`. Inside a change. */
bool step_folder_is_ours(const struct play *p, const char *name);
bool step_folder_go(struct play *p, const char *folder, bool busy);
/* A word of clean's answer. */
void step_word(json_t *removed, json_t *left, const char *name, bool gone);
/* The run's folder, as clean takes it away; not while `busy`. Inside a change. */
void step_clean_folder(struct play *p, bool busy, json_t *removed, json_t *left);

/* reserve.c: who may change a server. The lock of a call: *out_lock is -1 when the refusal was
 * answered, else give it back by play_unlock(); this process's end does too. Never inside a
 * change. */
int play_lock(struct play *p, int *out_lock, struct err *err);
int64_t play_lock_ms(const struct play *p);             /* how long the request waits for it */
int play_unlock(struct play *p, int lock, struct err *err);
/* Takes or renews the reservation; not ok: the refusal was answered. With the lock. */
struct reserved { bool ok, fresh, taken_over; };
int play_reserve(struct play *p, struct reserved *out, struct err *err);
/* Renews what a step before has taken; not ok: the refusal was answered. With the lock. */
int play_go_on(struct play *p, bool *out_ok, struct err *err);
/* With the lock, and once what a step before has taken was renewed: does the work. */
int play_reserved(struct play *p, int (*work)(struct play *p, struct err *err), struct err *err);
bool play_overdue(const struct play *p);                /* whether a key that is there is lost */
bool play_refuse_reserved(struct play *p);              /* answers so; false */
bool play_engine_ran(const struct play *p);             /* by the key */
void play_note_engine(struct play *p);          /* before its first change. Inside a change */
int play_phase(struct play *p, const char *phase, struct err *err);     /* where it is mine */
int play_seen(struct play *p, struct err *err);         /* renews it where it is mine */
bool play_mine(const struct play *p);
bool play_mine_installing(const struct play *p);        /* an installer was started by this run */
bool play_install_task_works(const struct play *p);     /* this run's, queued or running */
bool play_task_works(const json_t *task);                /* one that installs */
json_t *play_marker(const struct play *p);              /* as a fact; yours */
/* By the uptime. */
int64_t play_age_ms(const json_t *root, int64_t since_uptime_ms);
/* True, or the refusal was answered. */
bool play_no_installer(struct play *p);
bool play_no_backup(struct play *p);
bool play_wsb_works(const struct play *p);      /* a test of Windows Server Backup of ours */
/* What this run took the server over from: its tasks of that kind go. Inside a change. */
void play_remove_before(struct play *p, const char *kind);
void play_remove_all_before(struct play *p);       /* of every kind */
int play_no_timed_task(struct play *p, bool *out_ok, struct err *err);

/* The task of the installer; it holds the mutex, and where it `waits` starts obengine at the end.
 * False when that is denied. Inside a change. */
bool play_begin_install(struct play *p, const char *file, bool waits);
/* What the locks are around: stop, check and start; start alone. */
int play_cycle(struct play *p, struct err *err);
int play_start(struct play *p, struct err *err);

/* play_old.c: requests with "v": 1. */
int play_old_cycle(struct play *p, struct err *err);
int play_old_start(struct play *p, struct err *err);
int play_old_install(struct play *p, const char *file, struct err *err);
int play_old_clean(struct play *p, struct err *err);
/* The mutex Global\marshal-engine: a descriptor to close, which this process's end does too; -1
 * when another call kept it for so long. Never inside a change: that call may want to make one. */
int play_alone(struct play *p, int64_t wait_ms);

/* The whole of a call; returns the exit status. */
int play_call(struct state *s, bool served);
/* The server behind sshd: SSH_CONNECTION says which, SSH_ORIGINAL_COMMAND what. */
int serve_ssh(const char *fleet);

#endif
