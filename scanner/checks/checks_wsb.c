/* checks_wsb.c - Windows Server Backup, which the agent uses to back up system state. Where
 * system state is not protected nobody needs it. */
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "scanner/checks/checks_inside.h"

enum verdict judge_wsb_feature(const struct context *c, char *evidence)
{
	enum verdict verdict;
	const json_t *fact = need_of_agent(c, FACT_FEATURES, evidence, &verdict);
	const char *state = json_get_str(fact, "windows_server_backup");
	enum answer protected = state_protected(c);

	if (!fact)
		return verdict;
	if (is_client(c))
		return say(evidence, V_NOT_APPLICABLE, "no server: it has no such feature");
	if (!state)
		return say(evidence, V_UNKNOWN, "the state of the feature is not known");
	if (strcmp(state, "Installed") == 0)
		return say(evidence, V_PASS, "Installed");
	if (protected == NO)
		return say(evidence, V_NOT_APPLICABLE,
			   "not installed (%.20s), and system state is not protected", state);
	if (protected == YES)
		return say(evidence, V_FAIL, "not installed (%.20s), and system state is protected",
			   state);
	return say(evidence, V_WARN,
		   "not installed (%.20s); whether system state is protected is not known", state);
}

enum verdict judge_wbjob(const struct context *c, char *evidence)
{
	enum verdict verdict;
	const json_t *fact = need_of_agent(c, FACT_WSB, evidence, &verdict);
	const char *state =
		json_get_str(facts_value(c->facts, FACT_FEATURES), "windows_server_backup");
	enum answer protected = state_protected(c);

	if (!fact)
		return verdict;
	if (bool_of(fact, "cmdlet") == YES)
		return say(evidence, V_PASS, "Get-WBJob is recognised");
	if (is_client(c))
		return say(evidence, V_NOT_APPLICABLE, "no server: it has no such cmdlet");
	if (protected == NO)
		return say(evidence, V_NOT_APPLICABLE,
			   "Get-WBJob is not recognised, and system state is not protected");
	say(evidence, V_WARN, "Get-WBJob is not recognised");
	if (state)
		say_also(evidence, "the feature is %.20s", state);
	return protected == YES ? V_FAIL : V_WARN;
}

enum verdict judge_wsb_job(const struct context *c, char *evidence)
{
	enum verdict verdict;
	const json_t *fact = need_of_agent(c, FACT_WSB, evidence, &verdict);
	const char *state = json_get_str(fact, "state");
	char when[CLOCK_TEXT] = "at an unknown time";
	int64_t hresult, detailed, ended;

	if (!fact)
		return verdict;
	if (bool_of(fact, "cmdlet") != YES)
		return say(evidence, V_NOT_APPLICABLE, "Get-WBJob is not recognised");
	if (!state && !json_get_int(fact, "hresult", &hresult))
		return say(evidence, state_protected(c) == YES ? V_WARN : V_NOT_APPLICABLE,
			   "Windows Server Backup has no job on record");
	if (json_get_str(fact, "type") && !says(fact, "type", "Backup"))
		return say(evidence, V_UNKNOWN, "its last job was no backup but a %.40s",
			   json_get_str(fact, "type"));
	switch (time_told(c, FACT_WSB, "ended_utc_ms", AHEAD_NONE_MS, &ended)) {
	case TOLD_ABSURD:
		return say_absurd(evidence, "when its last job ended");
	case TOLD_TIME:
		clock_format_utc(ended, when);
		break;
	case TOLD_NONE:
		break;
	}
	if (!json_get_int(fact, "hresult", &hresult))
		return say(evidence, V_UNKNOWN, "%.20s, %s, without a result", state, when);
	say(evidence, V_PASS, "%.20s, %s", state ? state : "the last job", when);
	say_took(c, FACT_WSB, evidence);
	/* words of an enumeration, but seen as texts: they warn at most */
	if (hresult == 0 && state && (!strcmp(state, "Failed") || !strcmp(state, "Stopped"))) {
		say_also(evidence, "without an error code");
		return V_WARN;
	}
	if (hresult == 0)
		return V_PASS;
	say_code(evidence, "", ERRORS_IN_WSB, hresult);
	if (json_get_int(fact, "detailed_hresult", &detailed) && detailed != 0)
		say_code(evidence, "in detail ", ERRORS_IN_WSB, detailed);
	return state_protected(c) == YES ? V_FAIL : V_WARN;
}
