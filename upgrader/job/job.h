/* job.h - one host's upgrade: the table of edges between its states (JOB_STATES in
 * store/outcomes.h), and what the work on an edge may use. A job does one thing at a time and is
 * driven by callbacks from the run's loop; each of its moves is one durable transaction, made
 * before and after the work. */
#ifndef UPGRADER_JOB_JOB_H
#define UPGRADER_JOB_JOB_H

#include <uv.h>

#include "upgrader/step_answer.h"
#include "upgrader/upgrader.h"

enum { JOB_EVENT_TEXT = 480 };          /* what a move says in the trail */

struct run;
struct job;

/* One row of a job's way. The work ends in exactly one job_done(), job_end() or job_pause(). It
 * is safe to repeat: after a crash, or a line lost in its middle, it runs again and asks first
 * what is done. */
struct edge {
	enum job_state from, during, to;
	/* What the move before the work journals beside the state; false: it ended the job. */
	bool (*prepare)(struct job *j);
	void (*work)(struct job *j);
	int64_t (*limit)(const struct upgrade_terms *terms);
	const char *done;               /* what is true once the work is done */
	/* NULL: always. Where it is not, a job goes from there as from `to`. */
	bool (*wanted)(const struct upgrade_terms *terms);
};
extern const struct edge edges[];       /* ends with a row without work */
/* The edge that begins or is under way there, or NULL. */
const struct edge *edge_of(enum job_state state);
/* The same, past those that these terms do not want. */
const struct edge *edge_next(enum job_state state, const struct upgrade_terms *terms);

/* Bytes that go with a call, of the installer; zeroed for none. */
struct piece { const void *data; size_t len; };

/* How a job reaches its host: sessions in earnest (reach.c), played answers in tests. One
 * thing is in flight at a time; `done` is called once, from the loop. */
struct reach_ops {
	/* request is taken; an answer is a checked object with `ok`, borrowed; else err says
	 * why. */
	void (*call)(struct job *j, enum script_id step, json_t *request, struct piece piece,
		     int64_t limit_ms,
		     void (*done)(struct job *j, const struct err *err, const json_t *answer));
	/* By the way of the last call; else a file goes in pieces, with calls. */
	bool (*puts_files)(const struct job *j);
	void (*upload)(struct job *j, const char *remote, int64_t limit_ms,
		       void (*done)(struct job *j, const struct err *err));
	/* only: ends with FACT_NONE, NULL for all fast facts and the policies of backups. The look
	 * is the callee's. */
	void (*look)(struct job *j, const enum fact_id *only,
		     void (*done)(struct job *j, struct look *look));
	void (*cancel)(struct job *j);  /* what is in flight ends with FAULT_CANCELLED */
	void (*close)(struct job *j);   /* hangs up; nothing is in flight */
};

enum { JOB_ENGINE_TEXT = 200 };

/* What the work of an edge keeps between its callbacks; emptied when an edge begins. */
struct step {
	int64_t deadline_ms;
	int64_t look_until_ms;          /* while it is looked again: the limit of that; 0: not */
	int tries;                      /* lines lost so far */
	bool resumed;                   /* this work was under way when another process ended */
	int rejections;                 /* of a sign-in, likewise */
	int polls;
	bool flag;                      /* the step's own */
	bool named;                     /* of staging: the journal had the folder's name before */
	bool opened;                    /* the folder is there, and ours */
	bool anew;                      /* what was there of before was wrong: sent once more */
	size_t kept, at, furthest;      /* of the installer: there from before, now, ever */
	bool booted;                    /* Windows was started since the installer began */
	int64_t mark_ms;                /* the step's own moment */
	int64_t waited_ms;              /* from it until a backup could begin */
	char text[PREFLIGHT_REASON];    /* what is still missing */
	enum outcome ending;            /* of a verification that asks for the installer's logs */
	char why[JOB_EVENT_TEXT];
	char engine[JOB_ENGINE_TEXT];   /* why obengine was not started */
};

/* What becomes of a job when its run is taken up: nothing, since it has ended or is in other hands;
 * it goes on, is begun anew, or what it left is taken away; it leaves the plan that the run was,
 * since it did not begin and another way leads to its host now. */
enum take { TAKE_ENDED, TAKE_LEFT, TAKE_ON, TAKE_ANEW, TAKE_CLEAN, TAKE_LEAVE };

struct job {
	struct run *run;
	const struct inv_host *host;    /* NULL: no longer in the inventory */
	struct store_job_row row;       /* as journalled; strings are the job's own */
	struct store_job_row plan;      /* while its host is staged: what is journalled */
	enum job_state state;
	struct step step;
	void *reach;                    /* of the reach_ops */
	struct look *look;              /* stored with the next move */
	int64_t begun_ms;               /* in this process */
	int64_t ended_ms;               /* in an earlier one too */
	int site;                       /* hosts with the same are in one; 0: in none */
	int64_t fresh_ms;               /* when the last look began */
	int64_t reserved_ms;            /* when the host became ours; 0: not in this process */
	uv_timer_t timer;
	void (*on_timer)(struct job *j);
	void (*then)(struct job *j);    /* goes on when a move is journalled */
	/* the move on its way: made again where the database was busy */
	enum job_state moving_to;
	enum hold { HOLD_TAKE, HOLD_KEEP, HOLD_GIVE } hold;     /* the lease of the host */
	int64_t lease;                  /* its epoch; 0: the host is not ours */
	char move_text[JOB_EVENT_TEXT];
	void (*again)(struct job *j);   /* what a lost line repeats: the edge's work */
	void (*after_look)(struct job *j);      /* of work_look_again() */
	void (*answered)(struct job *j, const json_t *answer);
	int returns;                    /* how often it was begun once more in this process */
	bool active, ended;             /* in flight in this process; needs nothing more from it */
	bool settled;                   /* ended by an earlier process, only to be cleaned up */
	bool confirmed;                 /* upgraded, and a good backup ended since, as was known
					 * when the run was taken up or it was followed to */
	bool stood;                     /* its outcome, when the run was taken up */
	bool owes_engine;               /* when taken up: this run left obengine stopped,
					 * as the store knows it */
	json_t *plans_over;             /* plans whose folders are seen to lie there and may go:
					 * their runs' names; NULL: none */
	bool engine_runs;               /* seen behind the last change: who stops it now is
					 * not us */
	const struct calendar *calendar;        /* of the host; NULL: at any time */
	const struct calendar *reboot_calendar; /* when it may be restarted; NULL: at any time */
	int64_t needs_ms;               /* it is expected to last no longer; 0: as the run's */
	enum slot slot;                 /* of one that is planned, as was found last */
	int64_t window_until_ms;        /* when its window closes; INT64_MAX: never */
	enum take take;                 /* as was decided last */
	char *left_because;             /* of TAKE_LEFT; else NULL */
	bool way_changed;               /* it goes on, though another way leads there now */
	bool passed_over;               /* in other hands when the run was taken up: not touched */
	bool moving, waiting;           /* a move is on its way to the store; a timer runs */
	bool calling;                   /* something is in flight to the host */
	bool cancelled;                 /* asked to stop before the host was changed */
	bool was_changed;               /* before the edge under way */
	bool held;                      /* by others, when it was to move */
	bool wants_upload, uploading;
	bool told_left;                 /* what its state means for its host */
};

/* --- moves.c: from the run ------------------------------------------------------------------ */
/* From JOB_PLANNED, or wherever an earlier process left it. */
void job_begin(struct job *j);
void job_interrupt(struct job *j);      /* a second Ctrl-C, or a store that broke */
void job_release(struct job *j);        /* after the loop ended */
/* Nothing of it is under way: no move, no wait, no call, no upload or turn for one. */
bool job_is_idle(const struct job *j);

/* --- moves.c: for the work ------------------------------------------------------------------ */
void job_done(struct job *j, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Decides the outcome. What was staged or started is cleaned up first, but for `uncertain`, which
 * leaves the job in its state for who goes on. */
void job_end(struct job *j, enum outcome outcome, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* The line failed: runs the edge's work again while that may help, else ends the job. */
void job_fault(struct job *j, const struct err *err);
void job_pause(struct job *j);          /* leaves the job in its state, under way */
bool job_must_pause(const struct job *j);
/* Journals a change of the row without a change of the state. */
void job_note(struct job *j, const char *text, void (*then)(struct job *j));
void job_wait(struct job *j, int64_t ms, void (*then)(struct job *j));
/* Of the edge's limit, or of that of a look in its middle; never below 0. */
int64_t job_left_ms(const struct job *j);
/* When that is; INT64_MAX: between two edges. */
int64_t job_until_ms(const struct job *j);

/* --- window.c: from the run, and for the work ------------------------------------------------ */
/* As was found when it is begun. */
void job_enter_window(struct job *j, enum slot slot, const struct span *window,
		      int64_t now_utc_ms);
/* It may not be changed any more, and was not. */
bool job_is_outside(const struct job *j);
bool job_window_is_over(const struct job *j);
/* As job_left_ms(), for a wait: where the host was not changed yet, no longer than its window. */
int64_t job_wait_left_ms(const struct job *j, bool changed);
void job_tell_overrun(struct job *j);   /* in its reason, as it ends */

/* --- staged.c: a host has the installer before its plan is started --------------------------- */
/* From JOB_PLANNED to JOB_STAGED and back; what is journalled stays a job that is planned, with
 * the folder's name and MEMORY_STAGED beside. */
void job_stage_begin(struct job *j);
void job_stage_release(struct job *j);
/* What is journalled of it; of a job that is not staged its row. */
const struct store_job_row *job_stored(struct job *j);
/* What its move is called in the trail. */
const char *job_stage_event(const struct job *j, enum job_state to);
/* A job that ends so leaves on the host what is there by now: it goes on from there next time. */
bool job_stays_staged(const struct job *j, enum outcome outcome);
/* How it ends, while what was left is still to be taken away. */
enum outcome job_ending(const struct job *j);

/* --- step_call.c --------------------------------------------------------------------------- */
/* How long a step that changes something waits on the host for another call of marshal. */
enum { JOB_LOCK_MS = 60 * 1000 };
/* Calls a step script. `answered` gets what the host said, refusals too; faults go to
 * job_fault(). `more` is taken: members beside those that every step has (run, controller, folder,
 * hold_ms); where it has lock_ms, the call may last that much longer. NULL for none. */
void job_ask(struct job *j, enum script_id step, json_t *more, int64_t limit_ms,
	     void (*answered)(struct job *j, const json_t *answer));
/* The same with a piece of the installer, by a job whose turn to upload it is; a fault gives that
 * back. */
void job_put(struct job *j, enum script_id step, json_t *more, struct piece piece, int64_t limit_ms,
	     void (*answered)(struct job *j, const json_t *answer));
/* The host said no: ends the job as the table of codes (step_call.c) says. */
void job_refused(struct job *j, enum script_id step, const json_t *answer);

/* Ends it as OUTCOME_BLOCKED_NOW, by what passes: a resume begins it anew. */
void job_end_for_now(struct job *j, const char *why);

/* --- work_stage.c, work_get.c: the installer's ways to the host ------------------------------ */
json_t *stage_file(const struct job *j);        /* members that say which file; the caller's */
void stage_get(struct job *j);                  /* the host fetches it; then it is checked, or */
void stage_upload(struct job *j);               /* put there from here */
void stage_check(struct job *j);                /* what is there now was just brought */

/* --- job.c, work_look.c, work_clean.c: what the row remembers ------------------------------- */
/* What a job remembers in its row, also for a later process.  row(ID, word) */
/* clang-format off */
#define JOB_MEMORIES(row) \
	/* obengine and the agent before anything was changed */ \
	row(FOUND, "found") \
	/* of one that is planned: a hash of how the inventory leads to its host */ \
	row(WAY, "way") \
	/* of one that is planned: since when the installer lies there, proven */ \
	row(STAGED, JOB_MEMORY_STAGED) \
	/* where on the host the installer is to be put */ \
	row(PUT, "put") \
	/* of the installer: what became of it, in words, and its exit code */ \
	row(INSTALL, "install") row(INSTALL_TEXT, "install-text") row(EXIT, "exit") \
	row(LOGS, JOB_MEMORY_LOGS) \
	/* the outcome, while what was left is still to be taken away */ \
	row(ENDING, "ending") \
	/* of a restart of the server: when that edge began, when one was asked for, both by our \
	 * clock, and how long all took */ \
	row(REBOOT_BEGUN, "reboot-begun") row(REBOOT_ASKED, "reboot-asked") \
	row(REBOOT, JOB_MEMORY_REBOOT) \
	/* of a backup that it was followed to: how long it took, and when it ended well */ \
	row(BACKUP, JOB_MEMORY_BACKUP) row(CONFIRMED, JOB_MEMORY_CONFIRMED) \
	/* what of this run stays on the host; and why it ended, before that was found */ \
	row(LEFT, "left") row(REASON, "reason") \
	/* as a failure it does not count any more */ \
	row(FORGOTTEN, "forgotten")
/* clang-format on */
#define MEMORY_ID(id, word) MEMORY_##id,
enum job_memory { JOB_MEMORIES(MEMORY_ID) MEMORY_COUNT };
#undef MEMORY_ID
void job_remember(struct job *j, enum job_memory what, json_t *value);  /* value is taken */
void job_forget(struct job *j, enum job_memory what);
const json_t *job_recall(const struct job *j, enum job_memory what);    /* NULL for nothing */
const json_t *job_row_recall(const struct store_job_row *row, enum job_memory what);
/* Something of this run stays on the host: kept as MEMORY_LEFT, taken up by a resume. */
bool job_left_some(const struct job *j);
void job_not_cleaned(struct job *j);    /* nobody could ask the host what is left */
bool job_found_running(const struct job *j);            /* obengine, before anything was changed */
bool job_is_forgotten(const struct job *j);             /* it counts as no failure any more */
void job_set(char **field, const char *text);           /* a string of the row */

/* --- run.c --------------------------------------------------------------------------------- */
void run_job_ended(struct job *j);      /* its outcome is journalled, or it paused */
/* Its move could not be journalled. */
void run_job_lost(struct job *j, const struct err *err);
/* Somebody else moved it, or has its host: it is theirs. */
void run_job_taken(struct job *j, const struct err *err);
/* Its server must be registered again afterwards. */
bool job_crosses_minimum(const struct job *j);
/* A turn to upload; `then` is called at once or when one is free. */
void run_upload_ask(struct job *j, void (*then)(struct job *j));
void run_upload_give(struct job *j);
/* So many bytes of the installer are about to go to its host from here: in how many ms they may,
 * by the rates of the run. */
int64_t run_may_send(struct job *j, size_t len);
/* How long bringing the installer there may take: waiting for what others send at the same rate
 * does not count. */
int64_t run_upload_limit_ms(const struct job *j);

/* --- work_logs.c ---------------------------------------------------------------------------- */
/* Ends the job, where the installer failed or may have, with its logs in MEMORY_LOGS if the host
 * has any: asked for once; a line that is lost leaves them out. */
void job_end_with_logs(struct job *j, enum outcome outcome, const char *why);

/* --- work_*.c, one function an edge --------------------------------------------------------- */
void work_look(struct job *j);
bool prepare_stage(struct job *j);
void work_stage(struct job *j);
void work_console(struct job *j);
bool prepare_cycle(struct job *j);
void work_cycle(struct job *j);
bool prepare_start(struct job *j);
void work_start(struct job *j);
void work_install(struct job *j);
void work_verify(struct job *j);
bool job_installer_wants_reboot(const struct job *j);   /* by its exit code */
bool prepare_reboot(struct job *j);
void work_reboot(struct job *j);
/* Security software on the host let nothing be asked: the job goes on. False: it may have been. */
bool reboot_is_blocked(struct job *j, const struct err *err);
void reboot_verified(struct job *j);    /* all is as before, behind the restart */
bool reboot_is_wanted(const struct upgrade_terms *terms);
int64_t reboot_limit(const struct upgrade_terms *terms);
void work_backup(struct job *j);
bool backup_is_wanted(const struct upgrade_terms *terms);
int64_t backup_line_limit(const struct upgrade_terms *terms);
void work_clean(struct job *j);
void work_last_look(struct job *j);
void work_undo(struct job *j);
/* Starts obengine and says what became of it; never while an installer works. */
void ask_engine_start(struct job *j, void (*answered)(struct job *j, const json_t *answer));
/* Whether that answer says that an installer works; text then says so, and until when. */
bool engine_start_waits(const json_t *answer, char text[JOB_ENGINE_TEXT]);
/* Looks again and asks preflight() before a job that waited goes on to change its host. Lost
 * lines are tried again for a few minutes; the edge's own limit goes on. */
void work_look_again(struct job *j, void (*then)(struct job *j));
/* The same unless the last look is young. */
void work_look_if_old(struct job *j, void (*then)(struct job *j));

#endif
