/* store.h - what is known and remembered. One store thread owns the writing connection and
 * runs whole transactions in the order they were handed over; readers have connections of their
 * own. Knows no SSH. SQL is spoken in this folder only, one text for SQLite and PostgreSQL.
 *
 * Where things are: store.c the thread and its queue, tx.c transactions as values, keep_*.c
 * what a look leaves, lease.c who may change a host, change.c what all else writes, read*.c
 * the readers, upkeep.c copies and pruning, process.c who else is at work, engine/ every statement
 * and the files that know SQLite, schema/ the migrations. docs/database.md describes
 * the tables. Secrets have no place here: nothing of a credential is ever handed over. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "base/arena.h"
#include "base/err.h"
#include "store/engine/engine.h"
#include "store/outcomes.h"
#include "store/settings.h"

struct map;
struct store;
struct tx;

/* Where the database is: --db, $MARSHAL_DB, $XDG_STATE_HOME/marshal/marshal.db. Yours: free()
 * it. */
char *store_path(const char *option, struct err *err);

struct store_options {
	const char *path;
	const char *group;              /* --db-group: it may read, mode 0640; NULL: 0600 */
	bool read_only;                 /* reports: writes nothing, wants the right to read */
	bool must_exist;                /* written, yet never created: a slip in --db is an error */
	const char *command;            /* "scan", for table process; NULL registers nothing */
	/* So long a transaction that meets a busy database is tried again, who holds it said each
	 * time; 0: once. Opening is not. */
	int64_t patience_ms;
};

/* Opens, creates and migrates. A newer schema is refused. ERR_STORE, or ERR_BUSY after
 * STORE_BUSY_WAIT_MS with who holds it. */
struct store *store_open(const struct store_options *options, struct err *err);
/* Waits for what was submitted; unregisters the process. NULL is fine. */
void store_close(struct store *s);

/* The person who acts: loginuid, else SUDO_USER, else uid, as a name. Borrowed. */
const char *store_actor(void);
int64_t store_new_id(void);     /* unique among processes, and grows (ids.c) */

/* --- writing -------------------------------------------------------------------------------
 * A transaction is a value: make it, add records, hand it over. Adding copies what it is given. */
struct tx *tx_new(void);
void tx_free(struct tx *tx);            /* one that was not handed over; NULL is fine */

/* Hands the transaction over (ownership goes). durable: synced to disk before done is called
 * (the journal), else at the next checkpoint. `done` is called from `loop` with NULL or the error;
 * nothing of a failed transaction stays. */
void store_submit(struct store *s, struct tx *tx, bool durable, uv_loop_t *loop,
		  void (*done)(void *ctx, const struct err *err), void *ctx);
/* As store_submit(), waiting for the end. Not from a loop with sessions. */
int store_write(struct store *s, struct tx *tx, bool durable, struct err *err);
int store_pending(const struct store *s);       /* transactions handed over and not done */

/* The inventory as last loaded. Hosts not named are marked gone; ids are kept by name. */
struct store_host {
	const char *name, *address, *owner, *site, *vault, *cloud, *mars;  /* words, "" for none */
	bool skip;
	const char *groups;             /* JSON array of names, sorted; NULL: none */
	const char *computer_name;      /* marshal_computer_name, "" none */
	const char *time_zone;          /* Windows id the inventory expects, "" none */
	const char *offline;            /* "", "source", "copy" */
};
void tx_inventory(struct tx *tx, const struct store_host *host, int count, int64_t utc_ms);

/* All that is kept of host `old`, which is gone, stands under the name `now` from here on, and the
 * little of that one under the name of the other. ERR_USAGE where that cannot be meant, ERR_HELD
 * while one of them is changed. */
void tx_rename(struct tx *tx, const char *old, const char *now, int64_t utc_ms);

void tx_setting(struct tx *tx, enum setting setting, const char *value);
/* Where there is none yet: of two who would make it, the first one counts for both. */
void tx_setting_once(struct tx *tx, enum setting setting, const char *value);

/* A scan, and what it saw of one host. */
void tx_scan_begin(struct tx *tx, int64_t scan, const char *patterns, int hosts, int64_t utc_ms);
/* how: done, interrupted, deadline */
void tx_scan_end(struct tx *tx, int64_t scan, const char *how, int64_t utc_ms);

/* How a fact is asked. FAST: at every look. DEEP takes long or changes seldom: weekly or with
 * --deep. SYSTEM may be read by the account SYSTEM only: with --as-system. Databases hold these
 * numbers. */
enum depth { DEPTH_FAST, DEPTH_DEEP, DEPTH_SYSTEM };
enum { DEPTHS = DEPTH_SYSTEM + 1 };

struct store_fact {
	const char *name;
	enum depth depth;
	const char *value;              /* canonical JSON without its readings; NULL: see error */
	const char *error, *error_kind;
	int ms;                         /* on the host */
};
struct store_reading { const char *fact, *name; int64_t value; };
/* severity: what it counts for here, NULL what the catalogue says. new_reason: where its verdict
 * stays as stored, it is for another reason from now on. */
struct store_finding { const char *check, *verdict, *evidence, *severity; bool new_reason; };

struct store_look {
	const char *host;               /* by name, must be in the inventory */
	int64_t scan;                   /* 0 for one outside a scan (upgrade, import) */
	const char *source;             /* "scan", "upgrade", "import" */
	int64_t utc_ms;                 /* by our clock */
	int64_t host_utc_ms;            /* by the host's own, as it told in this look; 0 unknown */
	const char *fault, *fault_text; /* NULL when it was seen whole */
	const char *fault_hint;         /* its own advice; NULL: what is said of the fault */
	int64_t took_ms;
	const struct store_fact *fact; int fact_count;
	const struct store_reading *reading; int reading_count;
	/* Judged from what is known after this look; NULL status: not judged, the old one stays. */
	const struct store_finding *finding; int finding_count;
	const char *status;
	const char *version;            /* of the agent, NULL unknown, "" none; a change of it goes
					 * to the version history */
	/* The service obengine as this look saw it. engine_run: the run that the key on the host
	 * says to have found it running; "" it says so of none, NULL it was not read. */
	enum store_engine {
		STORE_ENGINE_NOT_SEEN, STORE_ENGINE_RUNS, STORE_ENGINE_STOPPED
	} engine;
	const char *engine_run;
	/* What the server calls itself, and the machine that it is, as machine_text() has it; NULL:
	 * it did not tell. accept_changed: the operator says that another one is as intended. */
	const char *computer, *machine;
	const char *kind;               /* of the server: plain, dpm, mabs, asr; NULL: likewise */
	/* Of a host with two ways that was reached: why not by SSH, "" it was; NULL: likewise. */
	const char *not_by_ssh;
	bool accept_changed;
};
/* A fact is a row when its value changed, a finding when its verdict did (newer evidence for the
 * same verdict replaces the older). Stored facts that the look does not name keep value, readings
 * and age: at no cost when the look names none of that depth. Of readings the newest are kept.
 * The history is in the order in which it was handed over, whatever the clock said: what comes
 * with a time before the newest of that host is kept right behind that.
 * Facts older than those stored are refused (ERR_USAGE) for source "import". */
void tx_look(struct tx *tx, const struct store_look *look);

/* Verdicts and status anew for stored facts (policy or target changed). */
void tx_judged(struct tx *tx, const char *host, const struct store_finding *finding, int count,
	       const char *status, int64_t utc_ms);

/* A run, its jobs, their moves. `name` is what people type: 20261121-7c3e. */
struct store_run_row {
	int64_t id;
	char *name;
	char *installer, *sha256, *target;      /* path as given, hash, version */
	char *options;                          /* JSON: what a resume needs */
	char *state;                            /* run_state_name(); of another marshal any */
	char *actor;
	char *note;                             /* of whoever began it, "" none */
	int64_t begun_utc_ms, ended_utc_ms;
	int64_t process;                        /* that is at it; 0: none, or not noted */
	int64_t version;                        /* raised by each move */
};
struct store_job_row {
	int64_t id, run;
	char *host, *state, *outcome;           /* outcome "" while under way */
	char *reason;                           /* why so, for people */
	char *fault;                            /* by id, where one ended it; else "" */
	char *before, *after;                   /* versions, "" unknown */
	char *folder;                           /* on the host, "" before it was named */
	json_t *memory;                         /* what the steps remember, an object */
	int position;
	int wave;                               /* from 1 on; 0: in none */
	int64_t begun_utc_ms, ended_utc_ms;
	bool changed;                           /* the host was changed by this job */
	bool reboot_pending;
	int64_t version;                        /* raised by each move */
};
void tx_run_create(struct tx *tx, const struct store_run_row *run,
		   const struct store_job_row *job, int count);

/* One move of a run or of a job, of the version in `run` or `job`: ERR_MOVED where the store has
 * another one, which somebody else made. Who moved it raises the version in its own row.
 * Of a job all fields but id, run, host, position and wave are written, and the event with it. */
void tx_run_state(struct tx *tx, const struct store_run_row *run, enum run_state state,
		  int64_t utc_ms);
/* Writes nothing; ERR_MOVED where the run has another state by then than in `run`. */
void tx_run_is(struct tx *tx, const struct store_run_row *run);
void tx_job_move(struct tx *tx, const struct store_job_row *job, const char *event,
		 const char *text, int64_t utc_ms);

/* The run of that name begins to change a host whose obengine runs: it is to blame for one that
 * looks see stopped from here on, until one sees it running. "": it was seen running otherwise. */
void tx_engine_change(struct tx *tx, const char *host, const char *run);

/* A line in the trail: who, what, when. host and run may be NULL and 0. */
void tx_event(struct tx *tx, const char *host, int64_t run, const char *kind, const char *text,
	      int64_t utc_ms);

/* --- reading: each call runs on a connection of the calling thread's own ------------------- */

/* The latest of everything about a host: what reports and plans read. */
struct host_row {
	char *name, *address, *owner, *site, *vault, *cloud, *mars;
	bool skip;
	char *computer_name, *groups, *time_zone, *offline;     /* as in store_host */
	int64_t first_utc_ms;           /* when it came into the inventory; 0 unknown */
	int64_t gone_utc_ms;            /* 0 while in the inventory */
	char *status;                   /* from facts; "" never judged */
	int64_t seen_utc_ms;            /* the last look with a whole answer; 0 never */
	int64_t deep_utc_ms, system_utc_ms;     /* the last with facts of that depth; 0 never */
	int64_t tried_utc_ms;           /* the last look of any kind */
	char *fault, *fault_text;       /* of the last look, "" when it was whole */
	char *fault_hint;               /* its own advice, "" none */
	int64_t failed_looks;           /* since it was last seen whole */
	char *kind;                     /* plain, dpm, mabs, asr; "" not known */
	char *not_by_ssh;               /* of two ways WinRM led there, and why; "" it was SSH */
	char *version;                  /* "" unknown */
	char *computer;                 /* what it called itself last, "" unknown */
	char *machine, *machine_known;  /* what answered last, and what shall; "" unknown */
	char *engine_changed_by;        /* of tx_engine_change(), "" once it was seen running */
	char *engine_stopped_by;        /* the run to blame for an obengine that was seen stopped
					 * last, "" none */
	json_t *facts;                  /* name -> value with its readings, or {"error":..}; NULL
					 * unless asked for */
	json_t *facts_utc;              /* name -> ms since 1970 when last confirmed; with facts */
	json_t *facts_ms;               /* name -> what it took on the host; with facts */
	struct finding_row {
		char *check, *verdict, *evidence;
		int64_t since_utc_ms;
		char *severity;         /* as in store_finding */
	} *finding;
	int finding_count;              /* 0 unless asked for */
};
enum {
	ROWS_FACTS = 1, ROWS_FINDINGS = 2,
	ROWS_GONE = 4,                  /* hosts that no inventory names any more as well */
	ROWS_TROUBLE = 8,               /* findings, but neither pass nor not applicable */
	ROWS_BARE = 16,                 /* findings have "" for evidence: much quicker for all */
};
struct host_rows {
	struct host_row *row; int count;
	struct arena texts;             /* every text of the rows; they die together */
};

/* name NULL: all hosts of the inventory as last loaded, by name. */
int store_hosts(struct store *s, const char *name, int want, struct host_rows *out,
		struct err *err);
void host_rows_release(struct host_rows *rows);
/* Hosts of the inventory whose obengine a run of ours left stopped, as far as was seen, or which it
 * changed and nobody saw it run since, though nobody is at them: by run, the seen ones first, then
 * by name. Release them. */
struct stopped_row { char *host, *run; bool seen; };
struct stopped_rows { struct stopped_row *row; int count; };
int store_stopped(struct store *s, struct stopped_rows *out, struct err *err);
/* The row of a host; NULL: there is none. */
const struct stopped_row *stopped_find(const struct stopped_rows *rows, const char *host);
void stopped_rows_release(struct stopped_rows *rows);
/* "left stopped by run R", or where nobody saw it, "not seen running since run R". Yours. */
char *stopped_text(const char *run, bool seen);
/* One host with its facts but for those named: what a look that answered these left open. */
int store_host_without(struct store *s, const char *name, const char *const *fact, int count,
		       struct host_rows *out, struct err *err);
/* All hosts one by one in no order by name, of one moment and in bounded memory: the facts of a
 * large fleet are half a gigabyte. `only` has the names of those to tell, NULL for all. `each` may
 * write to the store; -1 of it ends the reading. */
int store_each_host(struct store *s, int want, const struct map *only,
		    int (*each)(void *ctx, const struct host_row *row, struct err *err), void *ctx,
		    struct err *err);

struct version_row { char *version; int64_t utc_ms; char *source; };
struct version_rows { struct version_row *row; int count; };
/* Oldest first. */
int store_versions(struct store *s, const char *host, struct version_rows *out, struct err *err);
void version_rows_release(struct version_rows *rows);
/* What is known of all hosts from before, {host: {"versions": [[utc_ms, version, host_utc_ms,
 * value], ...], "failing": {check: [since_utc_ms, evidence]}, "passing": {check: since_utc_ms},
 * "standing": {fact: [since_utc_ms, value]}, "until": {fact: utc_ms}, "machine": {"known": which
 * shall answer, "last": which did, "since": utc_ms}, "way": {"not_by_ssh": why}, "runs": {run:
 * whether it is over}, "plans": {run: {"name": the plan's, "until": utc_ms, "left": true
 * where the host left it}}, "fault": {fault:
 * since_utc_ms}}}. Versions of the agent are oldest first, host_utc_ms is what the host's own clock
 * said (0: not known), value of one that is "" that of a fact then, where it is still known;
 * failing: since when a finding does for the reason that it has; passing: since when one does;
 * standing: the newest value of a fact and since when it is that; until: when a look first saw that
 * a fact does not hold a text any more, 0 while it does; machines are texts of machine.h, or
 * missing, and since is when last was seen first where it is another than known; not_by_ssh is
 * missing where SSH led to it, or was not tried; runs are all that the host was in, plans those
 * that were not started, until when they may be (0: dropped), or whose run the host never began in,
 * though it was staged; fault: since when each look ended
 * with it, up to the last. The caller's;
 * NULL with err. */
struct past_wanted {
	const char *passing;            /* the check of which passes are told too */
	const char *const *fact;        /* the facts that are told, a list that ends with NULL, */
	const char *with[2];            /* where their values hold one of these texts */
	const char *once, *held;        /* a fact, and the text of `until` */
	const char *fault;              /* the one of which it is told since when */
	const char *blank;              /* the fact that tells more of a version that is "" */
};
json_t *store_all_past(struct store *s, const struct past_wanted *wanted, struct err *err);

/* The hosts as they stood at a moment, by name: those an inventory named then, and with ROWS_GONE
 * those that had left before. `want` is of ROWS_ without facts, which are not kept by moment. */
struct moment_row {
	char *name;
	char *status;                   /* the word a report showed then, or "gone" */
	char *version;                  /* "" unknown or none */
	char *fault;                    /* of the last look until then; "" it was seen, or none */
	struct finding_row *finding;
	int finding_count;
};
struct moment_rows { struct moment_row *row; int count; struct arena texts; };
int store_moment(struct store *s, int64_t utc_ms, int want, struct moment_rows *out,
		 struct err *err);
void moment_rows_release(struct moment_rows *rows);
/* The first moment at which a host was known; 0: there is none. */
int store_first_moment(struct store *s, int64_t *out_utc_ms, struct err *err);
/* 1 where the host was judged by that check as of a moment, else 0; -1 and err on failure. Its
 * verdict then is the caller's; out_verdict may be NULL. */
int store_examined(struct store *s, const char *host, const char *check, int64_t utc_ms,
		   char **out_verdict, struct err *err);

/* Each change of a host's word after since_utc_ms, oldest first, told one by one: as many as there
 * are, and none of them kept. Texts are borrowed until `each` returns. */
struct status_change {
	int64_t utc_ms;
	const char *host;
	const char *was, *status;       /* was: "" for its first */
};
int store_status_changes(struct store *s, int64_t since_utc_ms,
			 void (*each)(void *ctx, const struct status_change *change), void *ctx,
			 struct err *err);

/* NULL with err->code ERR_NONE: not set; NULL with another: failed. */
char *store_setting(struct store *s, enum setting setting, struct err *err);
const char *setting_name(enum setting setting);         /* "newest-installer" */

struct event_row { int64_t utc_ms; char *host, *kind, *text, *actor; int64_t run; };
struct event_rows { struct event_row *row; int count; };
/* Of a run (0: any) and a host (NULL: any), oldest first, at most the newest `max`. */
int store_events(struct store *s, int64_t run, const char *host, int max,
		 struct event_rows *out, struct err *err);
/* Of the run itself alone, not of its hosts: who began it, went on with it, ended it. */
int store_run_trail(struct store *s, int64_t run, int max, struct event_rows *out,
		    struct err *err);
void event_rows_release(struct event_rows *rows);

/* By name, or "last". ERR_NOT_FOUND with what there is. */
int store_run_find(struct store *s, const char *name, struct store_run_row *out, struct err *err);
int store_run_of(struct store *s, int64_t id, struct store_run_row *out, struct err *err);
void store_run_release(struct store_run_row *run);
struct run_rows { struct store_run_row *row; int count; };
/* In that state, the newest first, at most `max`. */
int store_runs_in(struct store *s, enum run_state state, int max, struct run_rows *out,
		  struct err *err);
void run_rows_release(struct run_rows *rows);

/* Whether anybody is at a run that has not ended. DIED: its process is known to be gone. NOT_KNOWN:
 * that is on another machine or in another container, or an older program noted none. */
enum run_life { RUN_LIFE_ENDED, RUN_LIFE_AT_WORK, RUN_LIFE_DIED, RUN_LIFE_NOT_KNOWN };
struct run_standing {
	enum run_life life;
	char *holder;                   /* "upgrade (pid 7 on web-1, ...)"; "" for none */
	int64_t last_utc_ms;            /* of its last line in the trail */
	bool ours;                      /* it is this process */
};
int store_run_life(struct store *s, const struct store_run_row *run, struct run_standing *out,
		   struct err *err);
void run_standing_release(struct run_standing *standing);
struct job_rows { struct store_job_row *row; int count; };
/* By position. */
int store_jobs(struct store *s, int64_t run, struct job_rows *out, struct err *err);
/* Of one host, those of the runs and plans that were begun or made last first, at most `max`. */
int store_jobs_of(struct store *s, const char *host, int max, struct job_rows *out,
		  struct err *err);
/* The newest upgrade of a host that saw which version it left there, or that none was left; no row:
 * none did. */
int store_job_last(struct store *s, const char *host, struct job_rows *out, struct err *err);
void job_rows_release(struct job_rows *rows);

struct scan_row {
	int64_t id;                     /* 0: none yet */
	char *patterns, *how, *actor;
	int hosts, seen, faults;
	int64_t begun_utc_ms, ended_utc_ms;
	int64_t process;                /* that began it; 0: not noted */
};
int store_scan_last(struct store *s, struct scan_row *out, struct err *err);
void scan_row_release(struct scan_row *row);
struct scan_rows { struct scan_row *row; int count; };
/* Begun at or after since_utc_ms, the last one made first, at most `max`. */
int store_scans(struct store *s, int64_t since_utc_ms, int max, struct scan_rows *out,
		struct err *err);
void scan_rows_release(struct scan_rows *rows);
/* As store_run_life(), of a scan; it has no trail, so the last that is heard of it is its begin. */
int store_scan_life(struct store *s, const struct scan_row *scan, struct run_standing *out,
		    struct err *err);

#endif
