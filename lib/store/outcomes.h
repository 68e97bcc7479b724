/* outcomes.h - words of the journal: how a run stands, where the upgrade of one of its hosts is,
 * and how it may end. Every one there is, a row each; who lists them walks these rows. */
#ifndef STORE_OUTCOMES_H
#define STORE_OUTCOMES_H

#include <stdbool.h>

#include "base/weight.h"

/* What a job remembers of the logs of an installer that failed (store_job_row.memory): a list of
 * {name, size, written_utc_ms, lines: texts of one printable line}, as the host told it. */
#define JOB_MEMORY_LOGS "logs"
/* The same of a host that has the installer before its plan is started: when that was proven there,
 * in ms since 1970. */
#define JOB_MEMORY_STAGED "staged"
/* How many ms a restart of the server took that was asked for, or the wait for one. */
#define JOB_MEMORY_REBOOT "reboot"
/* Of a backup that was followed after the upgrade: how many ms it took; and when it ended well, in
 * ms since 1970 by the host's clock. */
#define JOB_MEMORY_BACKUP "backup"
#define JOB_MEMORY_CONFIRMED "confirmed"

/* clang-format off */
/* `then` follows the word in a sentence that lists them; meaning and remedy are of `marshal explain`.
 *  row(ID, word, then, meaning, remedy) */
#define RUN_STATES(row) \
	row(RUNNING, "running", ", ", \
	    "the run is under way; where nobody can be asked from here, as far as is known", \
	    "`marshal report run RUN` says who is at it and where it is") \
	row(PLANNED, "planned", ", ", \
	    "a plan that nobody has approved", \
	    "read it with `marshal report run PLAN`, then `marshal upgrade approve PLAN` or `drop`") \
	row(APPROVED, "approved", ", ", \
	    "a plan that may be started until it expires", \
	    "`marshal upgrade start PLAN` begins it") \
	row(DROPPED, "dropped", ", ", \
	    "a plan that nobody wanted any more", \
	    "nothing to do; `marshal upgrade plan` makes a new one") \
	row(DIED, "died", ", ", \
	    "its process is gone in its middle: nobody is at it any more; no database has this word, " \
	    "it follows from that", \
	    "`marshal report run RUN` says how each server was left; `marshal upgrade resume RUN` " \
	    "goes on with it") \
	row(PAUSED, "paused", ", ", \
	    "as many hosts as --max-failures (in a row: --max-consecutive) were not upgraded well, as " \
	    "--max-unreachable not reached, as --max-slow slow, or fewer than --promote of a wave " \
	    "upgraded or confirmed by a backup, or a wave ended and --gate wants it looked at: what was begun was brought to its end, no other was begun", \
	    "`marshal report run RUN` has the reasons: mend them, then `marshal upgrade resume RUN`") \
	row(HALTED, "halted", ", ", \
	    "a first host was not upgraded well, or one was damaged, or changed and is not " \
	    "reached any more: what was begun was brought to its end, no other was begun", \
	    "`marshal report run RUN` has the reasons: mend them, then `marshal upgrade resume RUN`") \
	row(INTERRUPTED, "interrupted", " or ", \
	    "it was ended from here before all its hosts had their turn", \
	    "`marshal upgrade resume RUN` goes on with it") \
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
	row(REHEARSED, "rehearsed", GOOD, \
	    "with --rehearse: nothing was in the way of an upgrade up to its first change, and what was " \
	    "put on the host for it was taken away", \
	    "run the upgrade without --rehearse when its window is open") \
	row(STAGED, "staged", GOOD, \
	    "the installer lies on the host for a plan that was not started yet, its hash and signature " \
	    "agree, and the server is reserved for nobody; no stored job ends so", \
	    "`marshal upgrade start PLAN` when the window is open") \
	row(BLOCKED, "blocked", BEHIND, \
	    "something forbade the upgrade before the host was changed", \
	    "remove what the reason names, then run the upgrade again") \
	row(BLOCKED_NOW, "blocked-now", BEHIND, \
	    "something that passes by itself forbade it before the host was changed: a backup, an open " \
	    "console, another installer, or another run that holds the server", \
	    "`marshal upgrade resume RUN` begins it anew") \
	row(STEP_BLOCKED, "step-blocked", BEHIND, \
	    "security software or a policy of the server kept a step from being done; no other way " \
	    "around it is tried", \
	    "let the server's owner allow what the reason names, or upgrade it by hand; then run the " \
	    "upgrade again") \
	row(UNREACHABLE, "unreachable", UNKNOWN, \
	    "the host was not reached, and was not changed", \
	    "`marshal explain` the fault that the reason names") \
	row(FAILED, "failed", BAD, \
	    "a step failed", \
	    "read the reason; `marshal upgrade resume RUN` takes away what was left") \
	row(UNCERTAIN, "uncertain", BAD, \
	    "the installer was started, and how it ended is not known", \
	    "`marshal upgrade resume RUN` looks again; it is never started twice") \
	row(NEEDS_HANDS, "needs-hands", BAD, \
	    "obengine hangs while it stops; a service that hangs is never killed from here, and no " \
	    "backup runs until it is up again", \
	    "sign in to the server and see what obengine waits for; end its process or restart the " \
	    "server when no backup is at work, start obengine, then `marshal upgrade resume RUN`") \
	row(DAMAGED, "damaged", BAD, \
	    "the agent came out of the upgrade without something that it had before, which the " \
	    "reason names", \
	    "put back what the reason names before the next backup is due, look at the other " \
	    "servers of the run, then `marshal scan HOST`") \
	row(AGENT_GONE, "agent-gone", BAD, \
	    "the installer has ended and no agent is there any more; nothing brings the old one " \
	    "back", \
	    "on the server: run the installer as an administrator, register with the same vault and " \
	    "the same passphrase (with another one no old backup can be restored, and the server must " \
	    "not be deleted in the vault), compare policy and scratch location, back up; then " \
	    "`marshal upgrade resume RUN` takes away what was left") \
	row(CANCELLED, "cancelled", NONE, \
	    "it was ended from here before the host was changed", \
	    "run the upgrade again") \
	row(EXCLUDED, "excluded", NONE, \
	    "the inventory took the host out of the plan", \
	    "nothing to do; `marshal inventory show HOST` has the variable that the reason names") \
	row(NOT_STARTED, "not-started", NONE, \
	    "the run ended before its turn came", \
	    "run the upgrade again")

/* In the order of an upgrade, two a step: while it is under way, and when it is done. `left` is what
 * it means for the server where nobody is at it any more.  row(ID, word, left) */
#define JOB_STATES(row) \
	row(PLANNED, "planned", LEFT_ALONE) \
	row(LOOKING, "looking", LEFT_LOOKED) \
	row(LOOKED, "looked", LEFT_LOOKED) \
	row(STAGING, "staging", LEFT_STAGED) \
	row(STAGED, "staged", LEFT_STAGED) \
	row(CLOSING, "closing-console", LEFT_STAGED "; an open console may have been ended") \
	row(CLOSED, "console-closed", LEFT_STAGED) \
	row(CYCLING, "cycling-engine", \
	    "obengine may be stopped: a task on the server starts it again by itself; no " \
	    "installer was started") \
	row(CYCLED, "engine-cycled", \
	    "obengine was stopped and started again; no installer was started") \
	row(STARTING, "starting", LEFT_WORKING) \
	row(STARTED, "started", LEFT_WORKING) \
	row(INSTALLING, "installing", LEFT_WORKING) \
	row(INSTALLED, "installed", LEFT_UNPROVEN) \
	row(VERIFYING, "verifying", LEFT_UNPROVEN) \
	row(VERIFIED, "verified", LEFT_UPGRADED) \
	row(REBOOTING, "rebooting", LEFT_REBOOTING) \
	row(REBOOTED, "rebooted", LEFT_UPGRADED) \
	row(BACKING_UP, "backing-up", LEFT_BACKING_UP) \
	row(BACKED_UP, "backed-up", LEFT_UPGRADED) \
	row(CLEANING, "cleaning", LEFT_UPGRADED) \
	row(CLEANED, "cleaned", "the agent was upgraded, and nothing of the run is left there") \
	row(LOOKING_LAST, "looking-last", \
	    "the agent was upgraded, and nothing of the run is left there") \
	row(UNDO, "undo", LEFT_UNDONE) \
	row(UNDOING, "undoing", LEFT_UNDONE) \
	row(ENDED, "ended", "")

#define LEFT_ALONE "not begun: nothing was done there"
#define LEFT_LOOKED "only looked at: nothing was changed there"
#define LEFT_STAGED \
	"obengine was not touched; the server is reserved for the run, and the installer may lie there"
#define LEFT_WORKING \
	"an installer may work there: it ends by itself, and a task on the server starts obengine " \
	"after it; it is never started again"
#define LEFT_UNPROVEN \
	"the installer has ended; what it brought was not verified, and what was staged lies there"
#define LEFT_UPGRADED "the agent was upgraded and verified; what was staged may lie there"
#define LEFT_REBOOTING \
	"the agent was upgraded and verified; the server may be restarting, and obengine starts with " \
	"Windows; what was staged may lie there"
#define LEFT_BACKING_UP \
	"the agent was upgraded and verified; a backup may be running there, which goes on by " \
	"itself; what was staged may lie there"
#define LEFT_UNDONE \
	"it was ended before it was upgraded well; what was staged may lie there, and where obengine " \
	"is stopped a task on the server starts it"
/* clang-format on */

#define JOB_STATE_ID(id, ...) JOB_##id,
enum job_state { JOB_STATES(JOB_STATE_ID) JOB_STATE_COUNT };
#undef JOB_STATE_ID

#define RUN_STATE_ID(id, ...) RUN_STATE_##id,
enum run_state { RUN_STATES(RUN_STATE_ID) RUN_STATE_COUNT };
#undef RUN_STATE_ID

#define OUTCOME_ID(id, ...) OUTCOME_##id,
#define OUTCOME_ONE(...) +1
enum outcome { OUTCOME_NONE, OUTCOMES(OUTCOME_ID) };
enum { OUTCOME_COUNT = 1 OUTCOMES(OUTCOME_ONE) };       /* no outcome itself: switches name all */
#undef OUTCOME_ID
#undef OUTCOME_ONE

const char *run_state_name(enum run_state state);       /* "halted" */
bool run_state_is_plan(const char *name);               /* it has not begun, and may never do */
const char *job_state_name(enum job_state state);       /* "installing" */
bool job_state_from_name(const char *name, enum job_state *out);
/* What it means for the server that a job was left in that state, which is a stored word: of
 * another marshal any, then "". */
const char *job_state_left(const char *name);
const char *outcome_name(enum outcome o);               /* "not-started"; "" for none */
const char *outcome_remedy(enum outcome o);             /* what to do about it; "" for none */
enum outcome outcome_from_name(const char *name);

#endif
