/* checks_service.c - services: the agent's two, and those that snapshots depend on. VSS and SWPRV
 * start on demand and stop when idle: found stopped they are healthy, disabled they are not. */
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "scanner/checks/checks_inside.h"
#include "scanner/facts/service.h"

/* Reads state and start type of a service that must be there; 0, or -1 with the verdict. */
static int read_service(const json_t *service, const char *name, int64_t *state, int64_t *start,
			char *evidence, enum verdict *verdict)
{
	enum answer exists = bool_of(service, "exists");

	*start = -1;
	if (exists == NO)
		*verdict = say(evidence, V_FAIL, "there is no service %s", name);
	else if (exists == NOT_KNOWN || !json_get_int(service, "state", state))
		*verdict = say(evidence, V_UNKNOWN, "the state of %s is not known", name);
	else if (*state < SERVICE_STOPPED || *state > SERVICE_PAUSED)
		*verdict = say_absurd(evidence, "the state of a service");
	else if (json_get_int(service, "start", start) && *start > SERVICE_DISABLED)
		*verdict = say_absurd(evidence, "the start type of a service");
	else
		return 0;
	return -1;
}

const json_t *service_named(const json_t *fact, const char *name)
{
	size_t i;
	json_t *row;

	json_array_foreach(json_get_arr(fact, "list"), i, row)
	{
		const char *found = json_get_str(row, "name");

		if (found && text_casecmp(found, name) == 0)
			return row;
	}
	return NULL;
}

/* Whether a service that starts or stops did so at the look before too: nobody waits for it any
 * more. That look itself, judged again, is none before. */
static bool is_stuck(const struct context *c, enum fact_id fact, const char *name, int64_t state,
		     char *evidence)
{
	const json_t *stood =
		json_object_get(json_object_get(c->past, "standing"), fact_name(fact));
	int64_t since = json_integer_value(json_array_get(stood, 0)), before;
	char when[CLOCK_TEXT];

	stood = json_array_get(stood, 1);
	if (fact == FACT_SERVICES)
		stood = service_named(stood, name);
	if ((state != SERVICE_STARTING && state != SERVICE_STOPPING) ||
	    !json_get_int(stood, "state", &before) || before != state ||
	    since >= facts_find(c->facts, fact)->utc_ms)
		return false;
	say_also(evidence, "as it was %s: " SAID_STUCK, clock_format_utc(since, when));
	return true;
}

/* One that must run all the time. */
static enum verdict judge_permanent(const struct context *c, enum fact_id fact, const char *name,
				    char *evidence)
{
	enum verdict verdict;
	int64_t state, start;

	if (read_service(facts_value(c->facts, fact), name, &state, &start, evidence, &verdict) < 0)
		return verdict;
	say(evidence, V_PASS, "%s is %s, start type %s", name, service_state_name(state),
	    service_start_name(start));
	if (is_stuck(c, fact, name, state, evidence))
		return V_FAIL;
	if (state == SERVICE_RUNNING)
		/* gone after the next boot */
		return start == SERVICE_DISABLED ? V_WARN : V_PASS;
	return state == SERVICE_STARTING ? V_WARN : V_FAIL;
}

enum verdict judge_obengine(const struct context *c, char *evidence)
{
	enum verdict verdict;

	if (!need_of_agent(c, FACT_SERVICE_OBENGINE, evidence, &verdict))
		return verdict;
	return judge_permanent(c, FACT_SERVICE_OBENGINE, "obengine", evidence);
}

enum verdict judge_management_agent(const struct context *c, char *evidence)
{
	enum verdict verdict;
	const json_t *service = need_of_agent(c, FACT_SERVICE_MANAGEMENT_AGENT, evidence, &verdict);
	const char *name = json_get_str(service, "name");

	if (!service)
		return verdict;
	return judge_permanent(c, FACT_SERVICE_MANAGEMENT_AGENT,
			       name ? name : "of the management agent", evidence);
}

/* One that snapshots depend on, with the start type the document gives. */
static enum verdict judge_dependency(const struct context *c, const char *name, int64_t documented,
				     char *evidence)
{
	enum verdict verdict;
	const json_t *fact = need(c, FACT_SERVICES, evidence, &verdict), *service;
	int64_t state, start;

	if (!fact)
		return verdict;
	service = service_named(fact, name);
	if (!service)
		return say(evidence, V_UNKNOWN, "the probe did not name %s", name);
	if (read_service(service, name, &state, &start, evidence, &verdict) < 0)
		return verdict;
	say(evidence, V_PASS, "%s is %s, start type %s", name, service_state_name(state),
	    service_start_name(start));
	if (start == SERVICE_DISABLED || is_stuck(c, FACT_SERVICES, name, state, evidence))
		return V_FAIL;
	if (documented == SERVICE_AUTOMATIC && state != SERVICE_RUNNING)
		return state == SERVICE_STARTING ? V_WARN : V_FAIL;
	if (start == documented)
		return V_PASS;
	say_also(evidence, "documented is %s", service_start_name(documented));
	return V_WARN;
}

enum verdict judge_rpcss(const struct context *c, char *evidence)
{
	return judge_dependency(c, "RpcSs", SERVICE_AUTOMATIC, evidence);
}

enum verdict judge_eventsystem(const struct context *c, char *evidence)
{
	return judge_dependency(c, "EventSystem", SERVICE_AUTOMATIC, evidence);
}

enum verdict judge_sens(const struct context *c, char *evidence)
{
	return judge_dependency(c, "SENS", SERVICE_AUTOMATIC, evidence);
}

enum verdict judge_vss_service(const struct context *c, char *evidence)
{
	return judge_dependency(c, "VSS", SERVICE_ON_DEMAND, evidence);
}

enum verdict judge_swprv(const struct context *c, char *evidence)
{
	return judge_dependency(c, "swprv", SERVICE_ON_DEMAND, evidence);
}
