/* reservation.h - the reservation of a server by a run of ours, as its registry key says it
 * (HKLM\SOFTWARE\marshal\install; member marker of the fact installers, and answers of steps). A
 * key without a phase is one of an older version of this program: an installer was started. What
 * the texts hold is the host's word: escape it where it is shown. Pure. */
#ifndef SCANNER_FACTS_RESERVATION_H
#define SCANNER_FACTS_RESERVATION_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scanner/facts/facts.h"

/* After a stop that nobody ended the task of the server starts obengine (obengine.ps1). */
#define SAFETY_TASK_MINUTES 10

struct reservation {
	const char *run;                /* "?" where the key lacks it: its writer died over it */
	const char *controller;         /* NULL: of an older version */
	const char *phase;              /* never NULL: "installing" where the key lacks it */
	int64_t since_utc_ms, seen_utc_ms;      /* by the server's clock, 0 unknown */
	int64_t age_ms, hold_ms;        /* since it was last seen, and for how long it is held;
					 * -1 unknown */
	bool installing;                /* an installer was started */
	bool engine_ran;                /* obengine, before the first change */
};

/* Borrows from marker. False: there is none (NULL, null or no object); *out is untouched. */
bool reservation_read(const json_t *marker, struct reservation *out);

/* "by run R of CONTROLLER since T, last seen T, held until T", escaped for people; until then by
 * the server's clock, if it is not seen again. */
void reservation_text(const struct reservation *r, char *out, size_t size);

/* Whether the value of the fact installers says that its reservation may be taken over: its holder
 * was not seen for longer than it wanted to hold (or died before the key named it), and no
 * installer works. later_ms: how long ago the fact was seen. */
bool reservation_overdue(const json_t *installers, int64_t later_ms);

/* Whether a run of ours stands in the middle of a change that stops obengine for a while: a stop,
 * check and start that was seen no longer ago than its own task on the server waits,
 * or an installer that works, for as long as it holds the server: one that hangs is no excuse.
 * From the value of the fact installers. */
bool reservation_at_work(const json_t *installers);

/* Whether obengine does not run now, the key says that it did before the first change of one of
 * our runs, and that run is not in the middle of it. *out_run (may be NULL) is that run, borrowed
 * from the facts; set when true. */
bool engine_stopped_by_us(const struct facts *facts, const char **out_run);

#endif
