/* restore_judge.c - what is made of a look and of a host's "no", when obengine shall be started. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/insist.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "scanner/facts/service.h"
#include "scanner/reservation.h"
#include "scanner/stopped.h"
#include "upgrader/restore.h"
#include "upgrader/step_answer.h"

enum { HOST_TEXT = 200 };

static const char *const end_names[] = {
	[RESTORE_NOT_BEGUN] = "not-begun",     [RESTORE_RUNS] = "runs",
	[RESTORE_STARTED] = "started",	       [RESTORE_NOT_OURS] = "not-ours",
	[RESTORE_AT_WORK] = "installer-at-work", [RESTORE_FAILED] = "failed",
	[RESTORE_UNREACHABLE] = "unreachable", [RESTORE_LEFT_OUT] = "left-out",
};

const char *restore_end_name(enum restore_end end)
{
	INSIST((unsigned)end < ARRAY_LEN(end_names));
	return end_names[end];
}

bool restore_is_well(enum restore_end end)
{
	return end == RESTORE_RUNS || end == RESTORE_STARTED;
}

static enum restore_end say(enum restore_end end, char *reason, const char *text)
{
	snprintf(reason, PREFLIGHT_REASON, "%s", text);
	return end;
}

static const json_t *fresh(const struct facts *facts, enum fact_id id)
{
	const struct fact *fact = facts_find(facts, id);

	return fact && !fact->older ? fact->value : NULL;
}

enum restore_end restore_judge(const struct facts *facts, const char *changed_by,
			       char run[RUN_NAME], char reason[PREFLIGHT_REASON])
{
	const json_t *service = fresh(facts, FACT_SERVICE_OBENGINE);
	const json_t *installers = fresh(facts, FACT_INSTALLERS);
	const char *blame = changed_by;
	int64_t state = 0, start = 0;
	struct reservation key;
	bool exists = false;

	*run = '\0';
	if (!json_get_bool(service, "exists", &exists))
		return say(RESTORE_FAILED, reason, "how obengine stands could not be seen");
	if (!exists)
		return say(RESTORE_FAILED, reason,
			   "the service obengine does not exist: the agent is damaged");
	if (!json_get_int(service, "state", &state))
		return say(RESTORE_FAILED, reason, "how obengine stands could not be seen");
	if (state == SERVICE_RUNNING)
		return say(RESTORE_RUNS, reason, "obengine runs");
	if (reservation_read(json_get_obj(installers, "marker"), &key) && key.engine_ran)
		blame = stopped_run_name(key.run);
	if (!*blame)
		return say(RESTORE_NOT_OURS, reason,
			   "obengine is stopped, but not by a run of marshal: left to a person");
	snprintf(run, RUN_NAME, "%s", blame);
	if (reservation_at_work(installers) && !key.installing)
		return say(RESTORE_AT_WORK, reason,
			   "that run has stopped it a moment ago to start it again; should it be "
			   "gone, the host itself does so ten minutes later");
	json_get_int(service, "start", &start);
	if (start == SERVICE_DISABLED)
		return say(RESTORE_FAILED, reason,
			   "obengine is disabled by now and cannot be started: give it back its "
			   "start type first");
	return say(RESTORE_NOT_BEGUN, reason, "");
}

enum restore_end restore_refused(const json_t *answer, char reason[PREFLIGHT_REASON])
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
			say(RESTORE_AT_WORK, reason,
			    "an installer is at work there, until when is not known: nothing was "
			    "started");
		return RESTORE_AT_WORK;
	}
	if (answer_says(answer, CODE_NO_SERVICE))
		return say(RESTORE_FAILED, reason,
			   "the service obengine does not exist: the agent is damaged");
	snprintf(reason, PREFLIGHT_REASON, "obengine does not start (%s)", shown);
	return RESTORE_FAILED;
}
