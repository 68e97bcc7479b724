/* remedies_left.c - what to do about left-overs: the command takes them away only where nothing
 * works on the server, obengine is as it was found and no task is left that would start it; else it
 * would refuse or leave some, so it is not named. */
#include "scanner/checks/checks_inside.h"
#include "scanner/facts/left.h"
#include "scanner/checks/remedies.h"

void of_left_overs(const struct context *c, struct remedy *r)
{
	struct left left;

	left_find(c->facts, c->past, &left);
	if (left_works(c->facts))
		use(r,
		    "An installer or a task is at work there: wait for its end, then scan again.",
		    "marshal scan HOST");
	else if (left_engine(c->facts) == LEFT_ENGINE_OURS)
		use(r,
		    "Have obengine started, which such a run left stopped; then have the rest "
		    "taken away (marshal upgrade clean).",
		    "marshal upgrade restore HOST");
	else if (left_engine(c->facts) == LEFT_ENGINE_DOWN)
		use(r,
		    "obengine does not run, and a task that is left may be there to start it: find "
		    "out who stopped it (service.obengine). Once it runs, have the rest taken away "
		    "(marshal upgrade clean).",
		    NULL);
	else if (left_starts(c->facts, &left))
		use(r,
		    "obengine does not run, as it was found, and a task is left that would start "
		    "it: the command leaves that one. Delete it by hand on the server (Task "
		    "Scheduler, below \\marshal), or have obengine run; then have the rest taken "
		    "away (marshal upgrade clean).",
		    NULL);
}
