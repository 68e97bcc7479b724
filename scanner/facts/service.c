/* service.c - states and start types of services in words. */
#include "scanner/facts/service.h"

#include "base/mem.h"

const char *service_state_name(int64_t state)
{
	static const char *const names[] = { "in no known state", "stopped", "starting",
					     "stopping",	  "running", "continuing",
					     "pausing",		  "paused" };

	return names[state > 0 && state < (int64_t)ARRAY_LEN(names) ? state : 0];
}

const char *service_start_name(int64_t start)
{
	static const char *const names[] = { "boot", "system", "automatic", "manual", "disabled" };

	return start >= 0 && start < (int64_t)ARRAY_LEN(names) ? names[start] : "unknown";
}
