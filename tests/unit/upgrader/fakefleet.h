/* fakefleet.h - hosts that live in this process, for jobs without a network: they keep what
 * an upgrade can change, answer steps and looks from the loop, and play what goes wrong. */
#ifndef UNIT_UPGRADER_FAKEFLEET_H
#define UNIT_UPGRADER_FAKEFLEET_H

#include "scanner/policy/policy.h"
#include "upgrader/run.h"

enum { FAKE_HOSTS = 6, FAKE_NEVER = -1 };

struct fake_host {
	const char *name;
	const char *version;            /* of cbengine.exe */
	int engine;                     /* state of obengine */
	bool folder, file, safety_task, boot_task;
	int64_t part;                   /* of an installer that comes in pieces */
	int puts;                       /* pieces that were written */
	char folder_name[80], other_folder[80]; /* the last, and one of another run */
	/* The reservation. phase NULL: there is none; controller "": an older version's. */
	struct fake_key {
		const char *phase;
		char run[40], controller[90];
		int64_t seen_ms, hold_ms;       /* seen_ms by the server's uptime: clock_now_ms() */
		bool engine_ran;
	} key;
	bool installing, order_engine;  /* order_engine: its task starts obengine at its end */
	int started, cycles, consoles_ended;    /* how often */
	int rehearsals;                         /* of a cycle */
	/* what goes wrong */
	bool silent;                    /* every look is a fault */
	bool no_clean, no_upload;       /* these are faults that last */
	int cut_puts;                   /* so many calls with a piece are lost, with it or, where */
	bool cut_puts_arrive;           /* they arrive, with the answer */
	bool cut_every_second;          /* of these calls */
	bool forgets;                   /* with each, what had arrived */
	int busy_puts;                  /* so many find the lock taken */
	int gets;                       /* calls by which it fetched the installer */
	int64_t get_bytes;              /* that come with each; 0: all */
	const char *get_why;            /* so many of them end for that reason, */
	int bad_gets, get_status;       /* with that status */
	int bad_wholes;                 /* so often the whole installer has another hash */
	bool backup;                    /* one is running */
	int consoles;                   /* answers until it is closed; FAKE_NEVER: stays */
	bool console_returns;           /* is open again as soon as it was ended */
	const char *refuse_op, *refuse_code;    /* this step answers no */
	bool engine_stays_down;         /* after the cycle's stop, and after the installer */
	bool installer_stops_engine;    /* and the start that its task tries is refused */
	bool foreign_installer;         /* one of somebody else is at work */
	bool installer_begins;          /* such a one begins while obengine is stopped */
	const char *backup_at;          /* one begins right before this step */
	const char *brought_at;         /* another run ends its upgrade right before this step */
	bool config_lost;
	const char *loses;              /* the installer: encryption, the agent itself, or all of it
					 * but-service, -program, -entry; stop: obengine hangs
					 * while it stops */
	bool config_rewritten;          /* the same scratch folder, written otherwise */
	bool disabled;                  /* obengine, though it runs */
	int start_after;                /* its start type after the installer; 0: as before */
	bool backup_later;              /* one begins while consoles are waited for */
	bool old_version;               /* exit 0 and nothing changed */
	int log_lines;                  /* of what it wrote */
	bool log_lost;                  /* nobody gets them */
	bool brings;                    /* the new version, whatever it says */
	const char *service_runs;       /* the version of another program, which the service runs */
	bool works_on;                  /* its processes do, its exit code is there */
	bool keeps_working;             /* a process of the installer stays after its exit */
	int exit, polls;                /* of the installer; how many waits it takes */
	int backups;                    /* begun by a run */
	bool backup_word;               /* the key says so */
	bool backup_runs;               /* one of the schedule's does when a run asks for it */
	int backup_busy;                /* so many calls find anothers, for ten minutes each */
	int backup_polls;               /* how many waits it takes; FAKE_NEVER: it hangs */
	int backup_event;               /* that it ends with; -1: none, */
	int64_t backup_error;           /* and the code in that, or its task's exit code */
	int64_t backup_begun_ms;
	int64_t backup_age_ms;          /* that is said of it; 0: the true one */
	bool pending;                   /* a restart is, after the installer, and */
	bool pending_stays;             /* after a restart still */
	bool restart_ignored;           /* one is asked for, and does not happen */
	const char *restarts_at;        /* it restarts by itself right before this step, once */
	int away;                       /* so many calls find nobody after a restart; or none
					 * ever anybody: FAKE_NEVER */
	enum err_code away_code;        /* of these; 0: no answer */
	enum err_code restart_fault;    /* each call that asks for one ends so, without effect */
	int engine_booted;              /* obengine's state then; 0: it runs */
	int backup_looks;               /* so many looks after the installer find a backup */
	struct fake_boot {
		int asked, happened;    /* how often */
		bool word;              /* the key says that one was asked for */
		int64_t at_ms;          /* of the last start; 0: an hour before all */
		int64_t was_uptime_ms, was_utc_ms, begun_uptime_ms;
		int away;               /* calls that find nobody yet */
	} boot;
	int cut_cycles;                 /* so many answers of a cycle are lost on the way */
	int lost_starts;                /* so many calls to start the installer do not arrive */
};

/* One store, one inventory, hosts h1 to hN. */
struct fake_fleet {
	struct fake_host host[FAKE_HOSTS];
	int count;
	struct store *store, *other;    /* other: of another controller, fake_swap_controller() */
	struct inventory *inv;
	struct installer installer;
	struct run *run;                /* the one under way */
	char *db;                       /* the first database's path */
	int ops;                        /* done so far, over all hosts */
	const char *policy;             /* with windows; NULL: none */
	bool forget;                    /* a resume lets no failure count that was before it; */
	int parallel;                   /* has so many in flight, 0: the default; */
	int64_t soak;                   /* and that between two waves */
	int64_t bytes_s, site_bytes_s;  /* what is staged goes no faster; 0: as it can */
	bool gate;                      /* of a resume: each wave waits for another */
	bool verify_backup;             /* likewise, with a backup of each; */
	bool reboot_if_needed;          /* likewise */
	enum job_state stop_state;      /* it is played in that state, whatever `at`; 0: not */
	bool promote_confirmed;         /* likewise, for backups of all of it; */
	const struct upgrade_terms *planned;    /* a plan is taken up with; NULL: the default */
	int64_t needs_ms;               /* how long a slow host is expected to last; 0: not known */
	bool rehearse;                  /* what a resume goes on with is a rehearsal */
	int64_t return_ms;              /* of the pace; 0: nobody is begun once more */
	int64_t deadline_ms;            /* windows and such are waited for until then; 0: not */
	int64_t look_ms;                /* of the pace; -1: every look is old */
	int64_t cycling_ms;             /* what each operation takes while obengine is cycled */
	int uploads, most_uploads, most_in_flight;
	int begun_broken;               /* changes after the run knew that its store broke */
	/* At operation number `at`, with its effect on the host or without: */
	enum {
		PLAY_ON, PLAY_CRASH, PLAY_LOSE, PLAY_STOP, PLAY_STOP_TWICE, PLAY_STEAL, PLAY_CALL
	} play;
	int at;
	bool effect;
	void (*called)(void *ctx);      /* of PLAY_CALL */
	void *called_ctx;
};

void fake_fleet_init(struct fake_fleet *f, int count);
/* They are reached by WinRM, and the installer takes so many pieces. */
enum { FAKE_PIECES = 6 };
/* By another inventory, whose hosts all have these variables; between runs. */
void fake_fleet_lead(struct fake_fleet *f, const char *variables);
void fake_fleet_speak_winrm(struct fake_fleet *f);
/* The same, and they fetch it themselves from FAKE_URL. */
#define FAKE_URL "https://mirror.example.com/installer.exe"
void fake_fleet_fetch(struct fake_fleet *f);
/* One host, errors alone in the log, and limits that a test can wait for. */
void fake_fleet_of_one(struct fake_fleet *f, struct upgrade_terms *terms);
void fake_fleet_release(struct fake_fleet *f);

/* Another process of this machine that holds hosts until it is told to leave: a child that
 * waits. */
struct fake_holder { pid_t child; int leave; };
struct fake_holder fake_hold(struct fake_fleet *f, const char *host, int64_t of_run);
void fake_let_go(struct fake_holder *h);

/* A run over all hosts, to its end; it stays readable until fake_run_release(). */
void fake_run(struct fake_fleet *f, struct run *run, const struct upgrade_terms *terms);
/* The same run taken up again by another process (a run of its own in `run`). */
void fake_resume(struct fake_fleet *f, struct run *run, const char *name);
void fake_run_release(struct run *run);
/* From here on another controller asks, with a database of its own; once more: the first again. */
void fake_swap_controller(struct fake_fleet *f);
/* The installer under way there, if any, comes to its end. */
void fake_end_install(struct fake_host *h);

/* Outcomes of all hosts, a letter each: Upgraded, Current, Blocked for now, uNreachable, Failed,
 * uncertain ?, cancelled x, not started -, blank for none. */
const char *fake_outcomes(const struct fake_fleet *f, const struct run *run);
const struct job *fake_job(const struct run *run, const char *host);
/* What both a run and a plan begin and end with: the run's loop, and its way to the end. */
void fake_prepare(struct fake_fleet *f, struct run *run, uv_loop_t *loop);
void fake_drive(struct fake_fleet *f, struct run *run);
/* --- fakeplan.c ---------------------------------------------------------------------------- */
/* A plan of all hosts, called "p"; the installer put on them for it; its start. */
void fake_plan(struct fake_fleet *f, const struct upgrade_terms *terms);
void fake_stage(struct fake_fleet *f, struct run *run);
void fake_start(struct fake_fleet *f, struct run *run);
/* --- fakehost.c ---------------------------------------------------------------------------- */
/* The answer to a step, and the key as the fact has it; the caller's. */
json_t *fake_answer(struct fake_host *h, const char *op, const json_t *request);
json_t *fake_marker(const struct fake_host *h);
/* Whether that step changes something but by starting obengine or taking ours away. */
bool fake_is_away(struct fake_host *h);         /* counts the call */
bool fake_is_pending(const struct fake_host *h);        /* a restart */
bool fake_backs_up(struct fake_host *h);        /* counts the look */
bool fake_is_change(const char *op, const json_t *request);
bool fake_is_clean(const struct fake_host *h);  /* nothing of ours is left on it */

#endif
