/* restore_judge.c - what is made of a look and of a host's "no", when obengine shall be started. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "scanner/facts/service.h"
#include "scanner/facts/reservation.h"
#include "scanner/stopped.h"
#include "upgrader/restore.h"
#include "upgrader/step_answer.h"

enum { HOST_TEXT = 200, START_MS = UPGRADE_START_MINUTES * 60 * 1000 };

static enum errand_end say(enum errand_end end, char *reason, const char *text)
{
	snprintf(reason, PREFLIGHT_REASON, "%s", text);
	return end;
}

enum errand_end restore_judge(const struct facts *facts, const char *changed_by, char run[RUN_NAME],
			      char reason[PREFLIGHT_REASON])
{
	const json_t *service = errand_fact(facts, FACT_SERVICE_OBENGINE);
	const json_t *installers = errand_fact(facts, FACT_INSTALLERS);
	const char *blame = changed_by;
	int64_t state = 0, start = 0;
	struct reservation key;
	bool exists = false;

	*run = '\0';
	if (!json_get_bool(service, "exists", &exists))
		return say(ERRAND_FAILED, reason, "how obengine stands could not be seen");
	if (!exists)
		return say(ERRAND_FAILED, reason,
			   "the service obengine does not exist: the agent is damaged");
	if (!json_get_int(service, "state", &state))
		return say(ERRAND_FAILED, reason, "how obengine stands could not be seen");
	if (state == SERVICE_RUNNING)
		return say(ERRAND_FINE, reason, "obengine runs");
	if (reservation_read(json_get_obj(installers, "marker"), &key) && key.engine_ran)
		blame = stopped_run_name(key.run);
	if (!*blame)
		return say(ERRAND_REFUSED, reason,
			   "obengine is stopped, but not by a run of marshal: left to a person");
	snprintf(run, RUN_NAME, "%s", blame);
	if (reservation_at_work(installers) && !key.installing)
		return say(ERRAND_AT_WORK, reason,
			   "that run has stopped it a moment ago to start it again; should it be "
			   "gone, the host itself does so ten minutes later");
	json_get_int(service, "start", &start);
	if (start == SERVICE_DISABLED)
		return say(ERRAND_FAILED, reason,
			   "obengine is disabled by now and cannot be started: give it back its "
			   "start type first");
	return say(ERRAND_NOT_BEGUN, reason, "");
}

enum errand_end restore_refused(const json_t *answer, char reason[PREFLIGHT_REASON])
{
	const char *code = answer_code(answer), *text = json_get_str(answer, "text");
	const char *said = text ? text : code;
	AUTO_FREE char *shown = text_printable(said, strlen(said), HOST_TEXT);
	char until[CLOCK_TEXT];

	if (answer_says(answer, CODE_INSTALLER_AT_WORK)) {
		answer_time(answer, "until_utc_ms", until);
		if (*until)
			snprintf(reason, PREFLIGHT_REASON,
				 "an installer is at work there, which has until %s: nothing was "
				 "started",
				 until);
		else
			say(ERRAND_AT_WORK, reason,
			    "an installer is at work there, until when is not known: nothing was "
			    "started");
		return ERRAND_AT_WORK;
	}
	if (answer_says(answer, CODE_NO_SERVICE))
		return say(ERRAND_FAILED, reason,
			   "the service obengine does not exist: the agent is damaged");
	snprintf(reason, PREFLIGHT_REASON, "obengine does not start (%s)", shown);
	return ERRAND_FAILED;
}

static void judge_look(struct errand_target *t, const struct facts *facts, const json_t *past)
{
	(void)past;
	t->end = restore_judge(facts, t->changed_by, t->run, t->reason);
}

static char *announce(const struct errand_target *t)
{
	return xasprintf("obengine is started, which run %s left stopped", t->run);
}

static json_t *request(const struct errand_target *t)
{
	return json_pack("{s:s, s:i}", "run", t->run, "start_ms", START_MS);
}

static void refused(struct errand_target *t, const json_t *answer)
{
	t->end = restore_refused(answer, t->reason);
}

static void after(struct errand_target *t, const struct facts *facts, const json_t *past)
{
	char run[RUN_NAME], reason[PREFLIGHT_REASON];
	AUTO_FREE char *text = NULL;

	(void)past;
	if (restore_judge(facts, t->run, run, reason) != ERRAND_FINE) {
		errand_say(t, ERRAND_FAILED, "obengine was started and does not run");
		return;
	}
	text = xasprintf("obengine runs again, which run %s had left stopped", t->run);
	errand_say(t, ERRAND_DONE, text);
}

const struct errand_kind restore_kind = {
	.word = "restore",
	.end = { [ERRAND_NOT_BEGUN] = "not-begun",
		 [ERRAND_FINE] = "runs",
		 [ERRAND_DONE] = "started",
		 [ERRAND_REFUSED] = "not-ours",
		 [ERRAND_AT_WORK] = "installer-at-work",
		 [ERRAND_FAILED] = "failed",
		 [ERRAND_UNREACHABLE] = "unreachable",
		 [ERRAND_LEFT_OUT] = "left-out" },
	.lost = "whether obengine was started is not known",
	.unseen = "obengine was started, and not looked at again",
	.script = SCRIPT_ENGINE_START,
	.limit_ms = START_MS,
	.judge = judge_look,
	.announce = announce,
	.request = request,
	.refused = refused,
	.after = after,
};
