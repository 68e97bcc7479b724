/* outcomes.h - words of the journal: how a run stands, and how the upgrade of one of its hosts may
 * end. Every one there is, a row each; who lists them walks these rows. */
#ifndef STORE_OUTCOMES_H
#define STORE_OUTCOMES_H

#include "base/weight.h"

/* clang-format off */
/* `then` follows the word in a sentence that lists them; meaning and remedy are of `marshal explain`.
 *  row(ID, word, then, meaning, remedy) */
#define RUN_STATES(row) \
	row(RUNNING, "running", ", ", \
	    "the run is under way, or its process ended in its middle", \
	    "`marshal upgrade --resume RUN` goes on with it where no process is at it any more") \
	row(HALTED, "halted", ", ", \
	    "the first host or as many as --max-failures were not upgraded well, so no other was begun", \
	    "`marshal report run RUN` has the reasons: mend them, then `marshal upgrade --resume RUN`") \
	row(INTERRUPTED, "interrupted", " or ", \
	    "it was ended from here before all its hosts had their turn", \
	    "`marshal upgrade --resume RUN` goes on with it") \
	row(DONE, "done", "", \
	    "every host of it had its turn", \
	    "`marshal report run RUN` says how each ended, and what is left to do")

/*  row(ID, word, weight, meaning, remedy) */
#define OUTCOMES(row) \
	row(UPGRADED, "upgraded", GOOD, \
	    "the agent has the new version, obengine and configuration are as before", \
	    "nothing to do; from below 2.0.9083.0 register the server again") \
	row(CURRENT, "current", GOOD, \
	    "the agent had the version already; nothing was done", \
	    "nothing to do") \
	row(BLOCKED, "blocked", BEHIND, \
	    "something forbade the upgrade before the host was changed", \
	    "remove what the reason names, then run the upgrade again") \
	row(UNREACHABLE, "unreachable", UNKNOWN, \
	    "the host was not reached, and was not changed", \
	    "`marshal explain` the fault that the reason names") \
	row(FAILED, "failed", BAD, \
	    "a step failed", \
	    "read the reason; `marshal upgrade --resume RUN` takes away what was left") \
	row(UNCERTAIN, "uncertain", BAD, \
	    "the installer was started, and how it ended is not known", \
	    "`marshal upgrade --resume RUN` looks again; it is never started twice") \
	row(CANCELLED, "cancelled", NONE, \
	    "it was ended from here before the host was changed", \
	    "run the upgrade again") \
	row(NOT_STARTED, "not-started", NONE, \
	    "the run ended before its turn came", \
	    "run the upgrade again")
/* clang-format on */

#define RUN_STATE_ID(id, ...) RUN_STATE_##id,
enum run_state { RUN_STATES(RUN_STATE_ID) RUN_STATE_COUNT };
#undef RUN_STATE_ID

#define OUTCOME_ID(id, ...) OUTCOME_##id,
#define OUTCOME_ONE(...) +1
enum outcome { OUTCOME_NONE, OUTCOMES(OUTCOME_ID) };
enum { OUTCOME_COUNT = 1 OUTCOMES(OUTCOME_ONE) };       /* no outcome itself: switches name all */
#undef OUTCOME_ID
#undef OUTCOME_ONE

#endif
