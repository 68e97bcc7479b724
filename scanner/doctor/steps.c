/* steps.c - see steps.h. A step is a state of a session; several that are one thing to people are
 * one step. Those of a bastion's line are not told among those of a host behind it: the bastion
 * has a part of its own, and the step "tunnel" the time. */
#include "scanner/doctor/steps.h"

#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "scanner/doctor/verdicts.h"
#include "scanner/look.h"
#include "scanner/policy/policy.h"
#include "scanner/way.h"

/* The step that a state belongs to; NULL: to none, nothing goes on. */
static const char *step_of(const char *state)
{
	static const struct {
		const char *state, *step;
	} of[] = {
		{ "idle", NULL },  { "ready", NULL }, { "line", NULL },	  { "exec", "run" },
		{ "send", "run" }, { "exit", "run" }, { "start", "run" }, { "goodbye", NULL },
	};

	for (size_t i = 0; i < ARRAY_LEN(of); i++)
		if (strcmp(of[i].state, state) == 0)
			return of[i].step;
	return state;
}

/* Once, before the step in which it was shown. */
static void tell_certificate(struct steps *steps)
{
	struct session_facts facts;

	if (steps->told || !steps->session)
		return;
	session_look(steps->session, &facts);
	if (!facts.certificate || !facts.certificate->by[0])
		return;
	verdict_certificate(steps->doctor, facts.certificate, clock_utc_ms());
	steps->told = true;
}

static void close_step(struct steps *steps, const char *found)
{
	tell_certificate(steps);
	doctor_say(steps->doctor, HEALTH_OK, steps->what, "%s", found);
	doctor_took(steps->doctor, clock_now_ms() - steps->begun_ms);
	steps->what = NULL;
}

static void take_other_way(struct steps *steps, const char *why)
{
	steps->on_other_way = true;
	doctor_say(steps->doctor, HEALTH_WARN, steps->what ? steps->what : "begin",
		   "%s; now the other way", why);
	doctor_advise(steps->doctor, "of its two ways this one leads to nobody",
		      "start what should listen there, or set marshal_transport: winrm");
	doctor_took(steps->doctor, clock_now_ms() - steps->begun_ms);
	steps->what = NULL;
}

/* A session that fails goes to idle: its step stays open, and the end of its task says why. */
void steps_moved(void *ctx, const struct session *s)
{
	struct steps *steps = ctx;
	struct session_facts facts;
	const char *what;

	session_look(s, &facts);
	if (s == steps->session && facts.passed_over[0] && !steps->on_other_way)
		take_other_way(steps, facts.passed_over);
	what = step_of(facts.state);
	if (s != steps->session || strcmp(facts.state, "idle") == 0 ||
	    (steps->what && what && strcmp(steps->what, what) == 0))
		return;
	if (steps->what)
		close_step(steps, facts.found);
	steps->what = what;
	steps->begun_ms = clock_now_ms();
}

static void end_steps(struct steps *steps)
{
	const struct err *err = &steps->err;
	bool at_step = steps->what != NULL;

	if (err->code == ERR_NONE && at_step)
		close_step(steps, "");
	if (err->code == ERR_NONE)
		return;
	tell_certificate(steps);
	doctor_say(steps->doctor, HEALTH_FAIL, at_step ? steps->what : "begin", "%s: %s",
		   err_name(err->code), err_text_without(err, steps->name));
	doctor_advise(steps->doctor, err_meaning_of(err->code), err->hint);
	if (at_step)
		doctor_took(steps->doctor, clock_now_ms() - steps->begun_ms);
}

static void on_end(struct steps *steps, const struct err *err)
{
	if (err)
		steps->err = *err;
	end_steps(steps);
	steps->done = true;
	session_free(steps->session);
	steps->session = NULL;
}

static void on_reached(void *ctx, const struct err *err)
{
	on_end(ctx, err);
}

static void on_looked(void *ctx, struct look *look)
{
	struct steps *steps = ctx;

	steps->look = look;
	on_end(steps, look->err.code == ERR_NONE ? NULL : &look->err);
}

static void begin(struct steps *steps, struct transport *t, const struct endpoint *e)
{
	steps->done = false;
	steps->err.code = ERR_NONE;
	steps->what = NULL;
	steps->on_other_way = steps->told = false;
	steps->name = e->name;
	steps->session = session_new(t, e);
}

static void run(struct steps *steps, uv_loop_t *loop)
{
	while (!steps->done)
		uv_run(loop, UV_RUN_ONCE);
}

void steps_reach(struct steps *steps, uv_loop_t *loop, struct transport *t,
		 const struct endpoint *e)
{
	begin(steps, t, e);
	session_reach(steps->session, on_reached, steps);
	run(steps, loop);
}

void steps_answer(struct doctor *d, const json_t *host, const json_t *powershell)
{
	const char *mode = json_get_str(powershell, "language_mode");
	const char *user = json_get_str(host, "user");
	bool admin = false, known = json_get_bool(host, "admin", &admin);

	if (!powershell)
		doctor_say(d, HEALTH_WARN, "PowerShell", "its version was not answered");
	else if (mode && strcmp(mode, "FullLanguage") != 0)
		doctor_say(d, HEALTH_WARN, "PowerShell", "%s, %s",
			   json_get_str(powershell, "version"), mode);
	else
		doctor_say(d, HEALTH_OK, "PowerShell", "%s", json_get_str(powershell, "version"));
	if (known && admin) {
		doctor_say(d, HEALTH_OK, "account", "%s, an administrator", user ? user : "?");
		return;
	}
	doctor_say(d, known ? HEALTH_FAIL : HEALTH_WARN, "account", "%s, %s", user ? user : "?",
		   known ? "no administrator" : "it is not known whether an administrator");
	doctor_advise(d, "what only administrators may read stays unknown, and no upgrade works",
		      "add it to the group Administrators of the server; a local account over the "
		      "network needs LocalAccountTokenFilterPolicy where it is not Administrator");
}

void steps_host(struct steps *steps, uv_loop_t *loop, struct transport *t,
		const struct inv_host *host, int64_t limit_ms)
{
	static const enum fact_id asked[] = { FACT_HOST, FACT_POWERSHELL, FACT_NONE };
	struct endpoint e;
	struct policy policy;

	endpoint_of(t, host, &e);
	policy_default(&policy);
	begin(steps, t, &e);
	look_start(&(struct look_request){ .session = steps->session,
					   .host = host,
					   .policy = &policy,
					   .only = asked,
					   .limit_ms = limit_ms,
					   .done = on_looked,
					   .ctx = steps });
	run(steps, loop);
	if (steps->err.code == ERR_NONE)
		steps_answer(steps->doctor, facts_value(&steps->look->facts, FACT_HOST),
			     facts_value(&steps->look->facts, FACT_POWERSHELL));
	look_free(steps->look);
	steps->look = NULL;
}

void steps_interrupt(struct steps *steps)
{
	steps->interrupted = true;
	if (steps->session)
		session_end(steps->session, FAULT_CANCELLED, "interrupted");
}
