/* past.c - what checks want to know of a host from before. */
#include "scanner/remember.h"

#include <stdio.h>

#include "scanner/checks/checks.h"
#include "scanner/facts/service.h"
#include "scanner/who.h"

json_t *past_of_all(struct store *s, struct err *err)
{
	const char *const facts[] = { fact_name(FACT_SERVICE_OBENGINE),
				      fact_name(FACT_SERVICE_MANAGEMENT_AGENT),
				      fact_name(FACT_SERVICES), NULL };
	char starting[32], stopping[32];
	json_t *all;
	const struct past_wanted wanted = { .passing = checks[CHECK_REGISTRATION].id,
					    .fact = facts,
					    .with = { starting, stopping },
					    .once = fact_name(FACT_AGENT_CONFIG),
					    .held = "\"registered\":true",
					    .fault = err_name(FAULT_HOST_KEY_CHANGED),
					    .blank = fact_name(FACT_AGENT) };

	snprintf(starting, sizeof(starting), "\"state\":%d", SERVICE_STARTING);
	snprintf(stopping, sizeof(stopping), "\"state\":%d", SERVICE_STOPPING);
	all = store_all_past(s, &wanted, err);
	if (!all || who_past(s, all, err) == 0)
		return all;
	json_decref(all);
	return NULL;
}
