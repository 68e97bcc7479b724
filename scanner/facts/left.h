/* left.h - what runs of marshal left on a server, by the facts of a look: for the check, and for
 * the command that takes it away. Pure. */
#ifndef SCANNER_FACTS_LEFT_H
#define SCANNER_FACTS_LEFT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "scanner/facts/facts.h"

enum {
	LEFT_RUN = 33,                  /* the name of a run, with its NUL */
	LEFT_PLAN = 41,                 /* that of a plan */
	LEFT_RUNS = 129                 /* as many as 64 tasks, 64 folders and a key can name */
};

struct left_run {
	char name[LEFT_RUN];
	int tasks, folders;
	int starters;                   /* of the tasks: they would start obengine */
	bool marker;
	bool known, over;               /* to the database; one that it does not know is over, but
					 * where it is staged for another's plan */
	char plan[LEFT_PLAN];           /* of one that was not started; "" it is none */
	bool left_plan;                 /* it was, without this host */
	const char *controller;         /* whose plan it is staged for, where the database knows
					 * nothing of it, as the folder says; of the facts. NULL: no
					 * such, or it is over */
	int64_t until_utc_ms;           /* the plan is over by then; 0: dropped */
	int64_t since_utc_ms;           /* by the server's clock, 0 not known */
};

struct left {
	struct left_run run[LEFT_RUNS];
	int count;
	bool nameless;                  /* a reservation of no run: its writer died over it, or
					 * what it names is no name of one */
	int over;                       /* what is left over: of these, and the nameless one */
};

/* past: of the host, as past_of_all() has it; may be NULL. A plan has expired by the time at which
 * the left-overs were seen. Whether a reservation is held is not looked at. Borrows of facts. */
void left_find(const struct facts *facts, const json_t *past, struct left *out);

/* What is staged there, and until when it stays; of a run that has a plan or a controller. */
void left_staged_text(const struct left_run *run, char *out, size_t size);

/* A plan that is over has nothing there but folders: they may go with the next change of the
 * server, since nothing of it ever worked there. */
bool left_is_staged(const struct left_run *run);

/* Whether obengine runs, or is as it was found: what is left may go then, but for tasks that would
 * start it. LEFT_ENGINE_OURS: a run left it stopped. */
enum left_engine { LEFT_ENGINE_FINE, LEFT_ENGINE_OURS, LEFT_ENGINE_DOWN };
enum left_engine left_engine(const struct facts *facts);

/* Whether a task of a run that is over would start obengine, which does not run: it is not taken
 * away, whatever obengine was found as. */
bool left_starts(const struct facts *facts, const struct left *left);

/* Whether an installer works, or a task of ours. */
bool left_works(const struct facts *facts);

#endif
