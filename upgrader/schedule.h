/* schedule.h - what a run does next, out of how its jobs stand. Pure: no clock, no store, no memory
 * of its own. run.c asks after every change and when it shall, and does what it is told. */
#ifndef UPGRADER_SCHEDULE_H
#define UPGRADER_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

#include "store/outcomes.h"
#include "upgrader/slot.h"
#include "upgrader/waves.h"

/* One host of the run. */
struct schedule_job {
	enum outcome outcome;           /* as journalled; none yet while it is under way */
	bool planned;                   /* nothing of it was begun */
	bool active;                    /* in flight */
	bool begun;                     /* it was, at some time since it was last begun anew */
	bool ended;                     /* nothing more is done to it */
	bool stood;                     /* it had its outcome when the run was taken up: that
					 * counts, but stops nothing by itself */
	bool forgotten;                 /* it does not count any more */
	bool confirmed;                 /* upgraded, and a good backup was seen since */
	bool slow;                      /* upgraded, and took longer than expected */
	bool lost;                      /* changed, and could not be reached any more */
	int wave;                       /* from 1 on; 0: in none, and comes with the last */
	int group;                      /* from 1 on; 0: in none */
	bool late;                      /* behind the others of its wave */
	int64_t ended_ms;
	int64_t again_ms;               /* it ended by what passes by itself, and may be begun once
					 * more from then on; 0: it may not */
	bool apart;                     /* the plan had nothing to do there: in no share */
	enum slot slot;                 /* of one that may be begun: whether its window is open */
};

/* All that decides. */
struct schedule {
	const struct schedule_job *job;
	int count;
	int first;                      /* so many are upgraded before any other is begun */
	int parallel;                   /* in flight after that */
	int groups, per_group;          /* so many there are; in flight of each, 0: any number */
	struct budget max_failures, max_unreachable, max_slow;
	int max_consecutive;            /* failures with none upgraded between; 0: any number */
	/* The next wave begins when so many of one were upgraded or had it already; none: when all
	 * of it have ended, or have no window in time. Of the latter alone it does not begin. */
	struct budget promote;
	/* Of those that it changed so many were confirmed by a backup. Who goes on with a run where
	 * they are too few promotes nothing by that. */
	bool promote_confirmed;
	int64_t soak_ms;                /* and so much later */
	bool gate;                      /* none begins before somebody goes on with the run */
	bool canaries;                  /* the first was named: it is not passed over by
					 * itself where none of it succeeded */
	int looked_at;                  /* who went on with the run saw it and those before ended */
	int64_t now_ms;
	bool patient;                   /* such are waited for with nothing in flight, too, and no
					 * wave behind them begins before */
	bool first_anew;                /* what was upgraded before it was taken up is no first */
	bool paused, halted;            /* as was said once: what was begun is brought to its end,
					 * nothing that is planned is begun */
	bool stopping;                  /* nothing is begun any more */
};

enum halt {
	HALT_FIRST,                     /* one failed before the first ones were upgraded */
	HALT_LOST,                      /* one was lost */
	HALT_DAMAGED,                   /* one lost what it had */
	PAUSE_FAILURES,                 /* a budget is used up */
	PAUSE_UNREACHABLE,
	PAUSE_SLOW,
	PAUSE_CONSECUTIVE,              /* so many failures followed each other */
	PAUSE_GATE,                     /* a wave came to its end, and shall be looked at */
	PAUSE_WAVE,                     /* too few of one were upgraded for the next to begin */
};

struct decision {
	enum { DECIDE_BEGIN, DECIDE_WAIT, DECIDE_HALT, DECIDE_OVER } what;
	int job;                        /* to begin; that was lost or damaged */
	enum halt halt;
	int wave;                       /* of that job; that is not promoted; to be waited for */
	int count;                      /* of a budget: how many there are; of a wave: succeeded */
	int closed;                     /* of a wave: how many have no window in time */
	int64_t until_ms;               /* to ask again then; 0: when a job has ended */
};
/* WAIT: for one in flight to end, until a wave (else 0) or one once more may begin, or for a window
 * to open. OVER: none is in flight, and nothing more is begun. */
struct decision schedule_next(const struct schedule *s);

bool outcome_is_failure(enum outcome outcome);
bool halt_is_pause(enum halt halt);

#endif
