/* run.h - a run from the inside: the jobs of one upgrade and what they share. Only the upgrader
 * includes it. The loop, the store's answers and all jobs live on one thread. */
#ifndef UPGRADER_RUN_H
#define UPGRADER_RUN_H

#include "base/rate.h"
#include "base/signals.h"
#include "base/term.h"
#include "scanner/under_way.h"
#include "store/lease.h"
#include "upgrader/job/job.h"
#include "upgrader/schedule.h"

/* How long the waits of a run are; tests make them short. */
struct run_pace {
	int64_t slice_ms;               /* one call that waits on the host */
	int64_t poll_ms;                /* between looks while something is waited for */
	int64_t retry_ms;               /* before a lost line is dialled again */
	int64_t rejected_ms;            /* before a sign-in that a server which was just started
					 * rejected */
	int64_t ask_ms;                 /* before what is in the way is asked again */
	int64_t return_ms;              /* before one that was blocked for now is begun once more;
					 * 0: it is not */
	int64_t look_ms;                /* an older look is no ground for a change */
};

enum run_stop { RUN_ON, RUN_NO_NEW_HOSTS, RUN_PAUSE };

struct run {
	uv_loop_t *loop;
	struct store *store;
	struct store_run_row row;
	const struct installer *installer;
	struct upgrade_terms terms;
	char *controller;               /* our name on servers */
	struct policies *policies;      /* thresholds of the checks; NULL in tests */
	json_t *past;               /* of all hosts, as before this run */
	const struct reach_ops *ops;
	struct transport *transport;    /* of reach.c; NULL in tests */
	int64_t probe_limit_ms;
	struct run_pace pace;

	struct job *job;
	int count;
	struct schedule_job *shown;     /* the jobs again, as the scheduler sees them */
	int in_flight, uploads;
	struct rate rate;               /* of what goes to hosts from here, */
	int64_t site_bytes_s;           /* and of that to the hosts of one site; 0: any */
	struct rate *site_rate;         /* by j->site; NULL: none is kept to */
	int64_t needs_ms;               /* how long a slow host is expected to last */
	int64_t until_utc_ms;           /* windows that open by then are waited for, and nothing is
					 * begun later; 0: neither */
	struct slots slots;
	const char *staging;            /* a plan that was not started, whose hosts get the
					 * installer and no more: its name, borrowed; else NULL */
	int64_t staging_until_utc_ms;   /* when that expires */
	bool of_plan;                   /* it was a stored plan before */
	int looked_at;                  /* the last wave of those that had ended when the run was
					 * paused or halted, and somebody went on with it */
	bool later;                     /* the window of some planned host opens later */
	bool waits;                     /* for one, and said so */
	int64_t told_ms;                /* when one is begun once more, as was said */
	bool first_anew;                /* the first hosts are had once more */
	bool forget;                    /* what failed before it is taken up does not count */
	const char *resumed_with;       /* what was typed for that; NULL: nothing. Borrowed */
	enum run_state stays;           /* paused or halted, until a resume; else running */
	bool elsewhere;                 /* another process is, or may be, at it: its end is not
					 * ours */
	bool store_busy;                /* and said so */
	int wave;                       /* the last that was begun, as was said */
	int sites;                      /* of its hosts */
	uv_timer_t alarm;               /* when a wave may begin; data NULL: never needed */
	enum run_stop stop;
	struct err broken;              /* the store's, once a move could not be journalled */
	bool filling, is_over;
	void (*over)(struct run *run);  /* once: nothing is in flight and nothing more is begun */

	struct signals signals;
	uv_timer_t tick;
	struct lease_timer leases;
	struct progress progress;
	struct under_way under_way;
};

/* --- run.c: what becomes of the jobs, and what Ctrl-C means ---------------------------------- */
void run_pace_default(struct run_pace *out);
/* Begins as many jobs as may be under way now; calls run->over when there are none left. */
void run_fill(struct run *run);
void run_on_ctrl_c(void *ctx, int count);        /* Ctrl-C, the count-th */
bool job_counts_as_failure(const struct job *j);
/* Of a run that was looked at (run_look_at()). */
void run_shares(const struct run *run, struct shares_of *out);

/* --- run_windows.c: maintenance windows ----------------------------------------------------- */
void run_set_calendars(struct run *run);
/* Notes how long a slow host, and each of them, is expected to last. */
void run_expect(struct run *run, const struct estimate *e);
/* When it may be begun, were that to be now. */
enum slot run_find_slot(struct run *run, const struct job *j, int64_t now_utc_ms,
			struct span *window);
void run_show_slots(struct run *run);           /* to the scheduler */
/* Who waits for which; once, until one is begun again. */
void run_tell_windows(struct run *run);

/* --- ledger.c: runs in the store ------------------------------------------------------------ */
/* Rows of a new run out of a plan. `options` is its JSON, taken; note may be NULL. */
int run_create(struct run *run, const struct plan *plan, json_t *options, const char *note,
	       struct err *err);
/* The jobs of a stored run, and of each what would become of it (job->take). Nothing is written. */
int run_look_at(struct run *run, const struct inventory *inv, struct err *err);
void run_tell_left(const struct run *run);      /* who is left as it is, and why */
/* Jobs of a stored run, taken up again, each in a transaction of its own: leases what is under way,
 * clears what is begun anew, passes over what another process holds. */
int run_take_up(struct run *run, const struct inventory *inv, struct err *err);
/* What was never begun, and how the run ended. A busy database is waited for, and said. */
int run_close_ledger(struct run *run, struct err *err);
/* Paused or halted, where it is journalled so; else running. It stays so where nothing is left to
 * do but to clean up. */
enum run_state run_stayed(const struct run *run);
bool run_is(const struct run *run, enum run_state state);       /* as journalled */

void run_release(struct run *run);

/* --- reach.c ------------------------------------------------------------------------------- */
extern const struct reach_ops reach_hosts;
int reach_prepare(struct run *run, struct err *err);    /* keys, known_hosts, passphrases */

/* --- drive.c: a run in earnest, on a loop of its own, with signals and progress -------------- */
int run_drive(struct run *run, const struct way_options *way, bool quiet, struct err *err);

#endif
