/* remedies_left.c - what to do about left-overs: the command takes them away only where nothing
 * works on the server and obengine is as it was found; else it would refuse, so it is not named. */
#include "scanner/checks/checks_inside.h"
#include "scanner/facts/left.h"
#include "scanner/checks/remedies.h"

void of_left_overs(const struct context *c, struct remedy *r)
{
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
}
