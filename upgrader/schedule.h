/* schedule.h - what a run does next, out of how its jobs stand. Pure: no clock, no store, no memory
 * of its own. run.c asks after every change, and does what it is told. */
#ifndef UPGRADER_SCHEDULE_H
#define UPGRADER_SCHEDULE_H

#include <stdbool.h>

#include "store/outcomes.h"

/* One host of the run. */
struct schedule_job {
	enum outcome outcome;           /* as journalled; none yet while it is under way */
	bool planned;                   /* nothing of it was begun */
	bool active;                    /* in flight */
	bool ended;                     /* nothing more is done to it */
	bool settled;                   /* its outcome stands: only what it left is taken away */
	bool stood;                     /* it had its outcome when the run was taken up */
};

/* All that decides. */
struct schedule {
	const struct schedule_job *job;
	int count;
	int first;                      /* so many are upgraded before any other is begun */
	int parallel;                   /* in flight after that */
	int max_failures;               /* the one with this number halts the run */
	bool first_anew;                /* what was upgraded before it was taken up is no first */
	bool halted;                    /* as was said once: nothing planned is begun */
	bool stopping;                  /* nothing is begun any more */
};

enum halt {
	HALT_FIRST,                     /* one failed before the first ones were upgraded */
	HALT_FAILURES,                  /* as many failed as may */
};

struct decision {
	enum { DECIDE_BEGIN, DECIDE_WAIT, DECIDE_HALT, DECIDE_OVER } what;
	int job;                        /* to begin */
	enum halt halt;
	int failures;                   /* that were counted */
};
/* WAIT: for one in flight to end. OVER: none is, and nothing more is begun. */
struct decision schedule_next(const struct schedule *s);

bool outcome_is_failure(enum outcome outcome);

#endif
