/* schedule.h - what a run does next, out of how its jobs stand. Pure: no clock, no store, no memory
 * of its own. run.c asks after every change, and does what it is told. */
#ifndef UPGRADER_SCHEDULE_H
#define UPGRADER_SCHEDULE_H

#include <stdbool.h>

#include "store/outcomes.h"
#include "upgrader/budget.h"

/* One host of the run. */
struct schedule_job {
	enum outcome outcome;           /* as journalled; none yet while it is under way */
	bool planned;                   /* nothing of it was begun */
	bool active;                    /* in flight */
	bool ended;                     /* nothing more is done to it */
	bool stood;                     /* it had its outcome when the run was taken up: that
					 * counts, but stops nothing by itself */
	bool forgotten;                 /* it does not count any more */
	bool lost;                      /* changed, and could not be reached any more */
	bool apart;                     /* the plan had nothing to do there: in no share */
};

/* All that decides. */
struct schedule {
	const struct schedule_job *job;
	int count;
	int first;                      /* so many are upgraded before any other is begun */
	int parallel;                   /* in flight after that */
	struct budget max_failures, max_unreachable;
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
};

struct decision {
	enum { DECIDE_BEGIN, DECIDE_WAIT, DECIDE_HALT, DECIDE_OVER } what;
	int job;                        /* to begin; that was lost or damaged */
	enum halt halt;
	int count;                      /* of a budget: how many there are */
};
/* WAIT: for one in flight to end. OVER: none is, and nothing more is begun. */
struct decision schedule_next(const struct schedule *s);

bool outcome_is_failure(enum outcome outcome);
bool halt_is_pause(enum halt halt);

#endif
