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
#include "base/winpath.h"
#include "scanner/explain/known_errors.h"
#include "scanner/facts/service.h"
#include "upgrader/run.h"

enum { EXIT_REBOOT_BEGUN = 1641, EXIT_REBOOT_REQUIRED = 3010 };

static const enum fact_id verified_facts[] = {
	FACT_AGENT,	 FACT_SERVICE_OBENGINE, FACT_AGENT_CONFIG,
	FACT_INSTALLERS, FACT_SCRATCH,		FACT_NONE,
};

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

/* Installers write paths their own way. */
static bool is_same(const json_t *before, const json_t *now, bool is_path)
{
	if (is_path && json_is_string(before) && json_is_string(now))
		return winpath_equal(json_string_value(before), json_string_value(now));
	return now && json_equal(before, now);
}

/* A member of the configuration that was known before and is another now. */
static bool config_missing(const struct job *j, const struct facts *facts, char *out)
{
	static const struct {
		enum fact_id fact;
		const char *member, *title;
		bool is_path;
	} same[] = {
		{ FACT_SCRATCH, "config", "the scratch location (Config)", true },
		{ FACT_SCRATCH, "provider", "the scratch location (CloudBackupProvider)", true },
		{ FACT_AGENT_CONFIG, "registered", "the registration", false },
		{ FACT_AGENT_CONFIG, "task_exists", "the schedule task", false },
		{ FACT_AGENT_CONFIG, "task_enabled", "the schedule task's being enabled", false },
	};

	for (size_t i = 0; i < ARRAY_LEN(same); i++) {
		json_t *before = json_object_get(job_recall(j, MEMORY_FOUND), same[i].member);
		json_t *now = json_object_get(facts_value(facts, same[i].fact), same[i].member);

		if (!before || json_is_null(before) || is_same(before, now, same[i].is_path))
			continue;
		if (json_is_string(before)) {
			const char *was = json_string_value(before);
			AUTO_FREE char *shown = text_printable(was, strlen(was), 120);

			snprintf(out, PREFLIGHT_REASON, "%s is no longer as before (was '%s')",
				 same[i].title, shown);
		} else {
			snprintf(out, PREFLIGHT_REASON, "%s is no longer as before", same[i].title);
		}
		return true;
	}
	return false;
}

/* An installer that leaves the service manual or disabled leaves a server without backups after its
 * next boot: the greater Windows' number of the start type, the less it starts. */
static bool start_type_missing(const struct job *j, const struct facts *facts, char *out)
{
	int64_t before, now;

	if (!json_get_int(job_recall(j, MEMORY_FOUND), "start", &before))
		return false;
	if (!json_get_int(facts_value(facts, FACT_SERVICE_OBENGINE), "start", &now)) {
		snprintf(out, PREFLIGHT_REASON, "the start type of obengine cannot be read");
		return true;
	}
	if (now <= before)
		return false;
	snprintf(out, PREFLIGHT_REASON,
		 "the start type of obengine is no longer as before (was %lld, is %lld)",
		 (long long)before, (long long)now);
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

static void verified(struct job *j)
{
	int64_t exit = json_integer_value(job_recall(j, MEMORY_EXIT));
	bool reboot = exit == EXIT_REBOOT_REQUIRED || exit == EXIT_REBOOT_BEGUN;

	j->row.reboot_pending = reboot;
	if (reboot)
		job_set(&j->row.reason, "a reboot is pending");
	job_done(j, "cbengine.exe %s, obengine and configuration as before", j->row.after);
}

/* The service is helped up only when nobody is at work on it any more: right after the version
 * is there, after a failed installer, else in the second half of the time. */
static bool may_start(const struct job *j, bool busy, bool version_there)
{
	if (busy || j->step.flag || j->step.polls < 2 || job_left_ms(j) == 0)
		return false;
	return version_there || job_left_ms(j) < j->run->terms.limit_verify / 2;
}

static void judge_look(struct job *j, const struct facts *facts)
{
	char failed[PREFLIGHT_REASON], *missing = j->step.text;
	bool said_no = install_failed(j, failed), busy, version, engine, works;
	int64_t state;

	*missing = '\0';
	version = version_missing(j, facts, missing);
	if (said_no)
		*missing = '\0';        /* it is the old one, as was to be expected */
	works = installers_missing(facts, &busy, missing);
	engine = engine_missing(j, facts, &state, missing);
	j->engine_runs |= !engine && job_found_running(j);
	if (!*missing && !said_no && !config_missing(j, facts, missing))
		start_type_missing(j, facts, missing);
	j->step.polls++;
	if (!works && !engine && said_no)
		job_end(j, OUTCOME_FAILED, "%s", failed);
	else if (!*missing)
		verified(j);
	else if (engine && state == SERVICE_STOPPED && may_start(j, busy, !version || said_no))
		start_engine(j);
	else if (job_left_ms(j) == 0)
		/* Under an installer that works nothing is cleaned up: a resume looks again. */
		job_end(j, works ? OUTCOME_UNCERTAIN : OUTCOME_FAILED, "%s%s%s", failed,
			said_no ? "; " : "", missing);
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
