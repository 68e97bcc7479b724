/* work_verify.c - what worked is seen, not believed: version of cbengine.exe, the service, the
 * agent's configuration against what was found before. Asked again and again until all is well
 * or the limit is over, since installers return before all their work is done. After an
 * installer that failed only the service has to be as it was. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "scanner/explain/known_errors.h"
#include "scanner/facts/service.h"
#include "upgrader/job/found.h"
#include "upgrader/run.h"

enum { EXIT_REBOOT_BEGUN = 1641, EXIT_REBOOT_REQUIRED = 3010 };

static const enum fact_id verified_facts[] = {
	FACT_AGENT,
	FACT_SERVICE_OBENGINE,
	FACT_SERVICE_MANAGEMENT_AGENT,
	FACT_SCRATCH,
	FACT_AGENT_CONFIG,
	FACT_INSTALLERS,
	FACT_NETWORK_PROXY,
	FACT_BACKUP_POLICY,
	FACT_NONE,
};

/* Of the agent itself, where its key is gone. */
enum agent_there { THERE, HALF_GONE, ALL_GONE };

#define GONE \
	"no agent is there any more, and nothing brings the old one back: run the installer on " \
	"the server by hand, register with the same vault and passphrase (marshal explain " \
	"agent-gone)"

/* Whether the installer itself said that it failed; `why` then says so. A lost one said nothing. */
static bool install_failed(const struct job *j, char why[PREFLIGHT_REASON])
{
	const json_t *code = job_recall(j, MEMORY_EXIT);
	const char *how = json_string_value(job_recall(j, MEMORY_INSTALL));
	const char *text = json_string_value(job_recall(j, MEMORY_INSTALL_TEXT));
	int64_t exit = json_integer_value(code);
	struct error_words said;

	*why = '\0';
	if (!code && how && strcmp(how, "ended") == 0) {
		snprintf(why, PREFLIGHT_REASON, "the task did not start the installer%s%s",
			 text ? ": " : "", text ? text : "");
		return true;
	}
	if (!code || exit == 0 || exit == EXIT_REBOOT_REQUIRED || exit == EXIT_REBOOT_BEGUN)
		return false;
	said = error_in(ERRORS_OF_INSTALLER, exit);
	snprintf(why, PREFLIGHT_REASON, "the installer ended with %lld: %s %s", (long long)exit,
		 said.meaning, said.remedy);
	return true;
}

/* What is still missing, NULL for nothing; text is written to `out`. */
static bool version_missing(struct job *j, const struct facts *facts, char *out)
{
	const json_t *code = job_recall(j, MEMORY_EXIT);
	struct version version, exe;
	char shown[VERSION_TEXT], beside[VERSION_TEXT];

	if (!agent_version(facts, &version) || !agent_exe_version(facts, &exe)) {
		snprintf(out, PREFLIGHT_REASON, "the version of cbengine.exe cannot be read");
		return true;
	}
	job_set(&j->row.after, version_format(version, shown));
	if (version_cmp(version, j->run->installer->version) >= 0)
		return false;
	if (version_cmp(exe, version) != 0)
		snprintf(out, PREFLIGHT_REASON,
			 "cbengine.exe is %s, but the service obengine runs %s",
			 version_format(exe, beside), shown);
	else if (code)
		snprintf(out, PREFLIGHT_REASON,
			 "the installer said %lld but cbengine.exe is still %s",
			 (long long)json_integer_value(code), shown);
	else
		snprintf(out, PREFLIGHT_REASON,
			 "the installer is gone (a reboot?) and cbengine.exe is still %s", shown);
	return true;
}

static bool installers_missing(const struct facts *facts, bool *out_busy, char *out)
{
	const json_t *fact = facts_value(facts, FACT_INSTALLERS);
	int64_t count = 1;

	*out_busy = true;
	json_get_bool(fact, "msi_busy", out_busy);
	if (json_get_int(fact, "agent_installer", &count) && count == 0)
		return false;
	*out_busy = true;
	snprintf(out, PREFLIGHT_REASON, "an installer of the agent is still at work");
	return true;
}

static bool engine_missing(const struct job *j, const struct facts *facts, int64_t *out_state,
			   char *out)
{
	const json_t *fact = facts_value(facts, FACT_SERVICE_OBENGINE);

	*out_state = 0;
	json_get_int(fact, "state", out_state);
	if (!job_found_running(j) || *out_state == SERVICE_RUNNING)
		return false;
	snprintf(out, PREFLIGHT_REASON, "obengine was running and is %s now%s%s",
		 service_state_name(*out_state), *j->step.engine ? ": " : "", j->step.engine);
	return true;
}

static void look_once(struct job *j);

static void on_engine_started(struct job *j, const json_t *answer)
{
	if (answer_ok(answer)) {
		look_once(j);
	} else if (engine_start_waits(answer, j->step.engine)) {
		j->step.flag = false;   /* it was not tried */
		job_wait(j, j->run->pace.ask_ms, look_once);
	} else {
		job_refused(j, SCRIPT_ENGINE_START, answer);
	}
}

static void start_engine(struct job *j)
{
	j->step.flag = true;            /* once: a service that does not stay is for people */
	ask_engine_start(j, on_engine_started);
}

bool job_installer_wants_reboot(const struct job *j)
{
	int64_t exit = json_integer_value(job_recall(j, MEMORY_EXIT));

	return exit == EXIT_REBOOT_REQUIRED || exit == EXIT_REBOOT_BEGUN;
}

static void verified(struct job *j)
{
	if (j->state == JOB_REBOOTING) {
		reboot_verified(j);
		return;
	}
	j->row.reboot_pending = job_installer_wants_reboot(j);
	if (j->row.reboot_pending)
		job_set(&j->row.reason, "a reboot is pending");
	job_done(j, "cbengine.exe %s, obengine and configuration as before", j->row.after);
}

/* The service is helped up only when nobody is at work on it any more: right after the version
 * is there, after a failed installer, else in the second half of the time. That of an agent that is
 * not whole is not: what it says then would stand for what became of the agent. */
static bool may_start(const struct job *j, bool busy, bool version_there)
{
	if (busy || j->step.flag || j->step.polls < 2 || job_left_ms(j) == 0)
		return false;
	return version_there || job_left_ms(j) < j->run->terms.limit_verify / 2;
}

/* What was seen of it, as far as it decides. */
struct seen {
	bool said_no;                   /* the installer did, as `failed` has it */
	bool version, works, busy, engine;      /* what is missing, or still at work */
	enum agent_there agent;         /* THERE as long as an installer is at work */
	enum found_verdict found;
	int64_t state;                  /* of obengine */
	char failed[PREFLIGHT_REASON];
};

/* An installer that said no, and brought it all the same: nobody knows what it left out. */
static void tell_version(const struct job *j, char failed[PREFLIGHT_REASON])
{
	AUTO_FREE char *all = xasprintf("cbengine.exe is %s, though %s", j->row.after, failed);

	snprintf(failed, PREFLIGHT_REASON, "%s", all);
}

/* What its key, its service, the program of that and its entry among the programs say together: the
 * key alone may be an installer's that broke off. */
static enum agent_there find_agent(const struct facts *facts, char *missing)
{
	const json_t *agent = facts_value(facts, FACT_AGENT), *service;
	bool installed = true, exists = true;
	const char *left = NULL;

	service = facts_value(facts, FACT_SERVICE_OBENGINE);
	if (!agent_installed(facts, &installed) || installed ||
	    !json_get_bool(service, "exists", &exists))
		return THERE;           /* or not known, which is no ground for that word */
	if (exists)
		left = "its service obengine is";
	else if (json_get_str(agent, "exe_path"))
		left = "cbengine.exe is";
	else if (json_get_str(agent, "service_version"))
		left = "the program of its service is";
	else if (json_array_size(json_get_arr(agent, "uninstall")) > 0)
		left = "its entry among the installed programs is";
	if (!left) {
		snprintf(missing, PREFLIGHT_REASON, GONE);
		return ALL_GONE;
	}
	snprintf(missing, PREFLIGHT_REASON,
		 "the agent is half gone: %s still there. Run the installer on the server by hand",
		 left);
	return HALF_GONE;
}

static void see(struct job *j, const struct facts *facts, struct seen *s)
{
	char *missing = j->step.text, lost[PREFLIGHT_REASON] = "";

	*missing = '\0';
	s->said_no = install_failed(j, s->failed);
	s->version = version_missing(j, facts, missing);
	if (s->said_no)
		*missing = '\0';        /* it is the old one, as was to be expected */
	if (s->said_no && !s->version)
		tell_version(j, s->failed);
	s->works = installers_missing(facts, &s->busy, missing);
	s->engine = engine_missing(j, facts, &s->state, missing);
	s->agent = s->works ? THERE : find_agent(facts, missing);
	s->found = FOUND_SAME;
	if (!s->works && s->agent == THERE)
		s->found = found_compare(job_recall(j, MEMORY_FOUND), facts, lost, sizeof(lost));
	if (s->found == FOUND_LOST || (s->found == FOUND_UNKNOWN && !*missing && !s->said_no)) {
		AUTO_FREE char *all = xasprintf("%s%s%s", missing, *missing ? "; " : "", lost);

		snprintf(missing, PREFLIGHT_REASON, "%s", all);
	}
}

/* When the time is over. Under an installer that works nothing is cleaned up: a resume looks
 * again. */
static enum outcome outcome_of(const struct seen *s)
{
	if (s->works)
		return OUTCOME_UNCERTAIN;
	if (s->agent == ALL_GONE)
		return OUTCOME_AGENT_GONE;
	if (s->found == FOUND_LOST || s->agent == HALF_GONE)
		return OUTCOME_DAMAGED;
	return s->engine && s->state == SERVICE_STOPPING ? OUTCOME_NEEDS_HANDS : OUTCOME_FAILED;
}

/* Under an installer that works it writes on; a resume asks then. What the installer said ends with
 * a stop. */
static void end(struct job *j, const struct seen *s, enum outcome outcome)
{
	const char *missing = j->step.text;
	AUTO_FREE char *why =
		xasprintf("%s%s%s", missing, s->said_no && *missing ? "; " : "", s->failed);

	if (outcome == OUTCOME_UNCERTAIN)
		job_end(j, outcome, "%s", why);
	else
		job_end_with_logs(j, outcome, why);
}

static void judge_look(struct job *j, const struct facts *facts)
{
	const char *missing = j->step.text;
	struct seen s;

	see(j, facts, &s);
	j->engine_runs |= !s.engine && job_found_running(j);
	j->step.polls++;
	if (s.said_no && !*missing)
		end(j, &s, OUTCOME_FAILED);
	else if (!*missing)
		verified(j);
	else if (s.engine && s.state == SERVICE_STOPPED && s.agent == THERE &&
		 may_start(j, s.busy, !s.version || s.said_no))
		start_engine(j);
	else if (job_left_ms(j) == 0)
		end(j, &s, outcome_of(&s));
	else
		job_wait(j, j->run->pace.poll_ms, look_once);
}

static void on_seen(struct job *j, struct look *seen)
{
	struct err err = seen->err;

	j->calling = false;
	if (err.code == ERR_NONE)
		judge_look(j, &seen->facts);
	look_free(seen);
	if (err.code != ERR_NONE)
		job_fault(j, &err);
}

static void look_once(struct job *j)
{
	j->calling = true;
	j->run->ops->look(j, verified_facts, on_seen);
}

void work_verify(struct job *j)
{
	look_once(j);
}
