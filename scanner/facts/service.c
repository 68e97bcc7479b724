/* service.c - states of services in words. */
#include "scanner/facts/service.h"

#include "base/mem.h"

const char *service_state_name(int64_t state)
{
	static const char *const names[] = { "in no known state", "stopped", "starting",
					     "stopping",	  "running", "continuing",
					     "pausing",		  "paused" };

	return names[state > 0 && state < (int64_t)ARRAY_LEN(names) ? state : 0];
}
