/* remedies_service.c - what to do about services: of the agent, and of Windows below it. */
#include <string.h>

#include "base/json.h"
#include "scanner/checks/checks_inside.h"
#include "scanner/checks/remedies.h"
#include "scanner/facts/service.h"

void of_obengine(const struct context *c, struct remedy *r)
{
	const json_t *service = facts_value(c->facts, FACT_SERVICE_OBENGINE);
	int64_t state = 0, start = 0;

	json_get_int(service, "state", &state);
	json_get_int(service, "start", &start);
	if (bool_of(service, "exists") == NO)
		use(r, "The service is gone, the agent is damaged. " AGAIN, NULL);
	else if (start == SERVICE_DISABLED && state == SERVICE_RUNNING)
		use(r, "It is gone after the next start of the server: set its start type.",
		    "Set-Service obengine -StartupType Automatic");
	else if (start == SERVICE_DISABLED)
		use(r, "Find out who disabled it, then set its start type and start it.",
		    "Set-Service obengine -StartupType Automatic; Start-Service obengine");
	else if (state == SERVICE_PAUSED)
		use(r, "Find out who paused it, then let it go on.", "Resume-Service obengine");
	else if (strstr(r->evidence, SAID_STUCK))
		use(r,
		    "It does not get there by itself: look at the end of CBEngineCurr.errlog in "
		    "the agent's Temp folder for what it waits for, then restart it in the "
		    "Services console and run a backup. Where Windows cannot, restart the server "
		    "when no backup runs. Do not end cbengine.exe: it loses its record of jobs.",
		    "Restart-Service obengine");
	else if (state == SERVICE_STARTING || state == SERVICE_STOPPING)
		use(r, "It may be on its way: scan again in ten minutes.", "marshal scan HOST");
}

void of_management_agent(const struct context *c, struct remedy *r)
{
	const json_t *service = facts_value(c->facts, FACT_SERVICE_MANAGEMENT_AGENT);
	int64_t start = 0;

	if (bool_of(service, "exists") == NO)
		use(r, "The service is not there: old agents have none. " AGAIN, NULL);
	else if (json_get_int(service, "start", &start) && start == SERVICE_DISABLED)
		use(r, "Set its start type to Automatic in the Services console, then start it.",
		    NULL);
}

/* One of Windows' own; the catalogue's words set the start type, and start it. */
static void of_dependency(const struct context *c, struct remedy *r, const char *name,
			  int64_t documented, const char *start_it)
{
	const json_t *service = service_named(facts_value(c->facts, FACT_SERVICES), name);
	int64_t state = 0, start = -1;

	json_get_int(service, "state", &state);
	json_get_int(service, "start", &start);
	if (bool_of(service, "exists") == NO)
		use(r, "The service is a part of Windows: repair that.",
		    "DISM /Online /Cleanup-Image /RestoreHealth; sfc /scannow");
	else if (strstr(r->evidence, SAID_STUCK))
		use(r, "It does not get there by itself: restart the server.", NULL);
	else if (state == SERVICE_STARTING || state == SERVICE_STOPPING)
		use(r, "It may be on its way: scan again in ten minutes.", "marshal scan HOST");
	else if (documented == SERVICE_AUTOMATIC && state == SERVICE_RUNNING)
		r->text = "Set the documented start type: it may be gone after the next start of "
			  "the server.";
	else if (start == documented)
		use(r, start_it ? "Find out who stopped it, then start it." : "Restart the server.",
		    start_it);
}

void of_rpcss(const struct context *c, struct remedy *r)
{
	of_dependency(c, r, "RpcSs", SERVICE_AUTOMATIC, NULL);
}

void of_eventsystem(const struct context *c, struct remedy *r)
{
	of_dependency(c, r, "EventSystem", SERVICE_AUTOMATIC, "Start-Service EventSystem");
}

void of_sens(const struct context *c, struct remedy *r)
{
	of_dependency(c, r, "SENS", SERVICE_AUTOMATIC, "Start-Service SENS");
}

void of_vss_service(const struct context *c, struct remedy *r)
{
	of_dependency(c, r, "VSS", SERVICE_ON_DEMAND, NULL);
}

void of_swprv(const struct context *c, struct remedy *r)
{
	of_dependency(c, r, "swprv", SERVICE_ON_DEMAND, NULL);
}
