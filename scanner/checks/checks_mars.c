/* checks_mars.c - the agent itself: there, at which version, by whose word, registered since it
 * was upgraded. cbengine.exe's file version decides; everything else is a witness. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/winpath.h"
#include "scanner/checks/checks_inside.h"
#include "scanner/checks/checks.h"
#include "scanner/policy/documented.h"

#define CAME_UNREAD "upgraded from a version that nothing told"
#define CROSSED "upgraded from below " MINIMUM_SAID

enum verdict judge_installed(const struct context *c, char *evidence)
{
	enum server_kind kind = kind_of_server(c);
	enum verdict verdict = V_PASS;
	const char *path;

	if (!need_agent(c, evidence, &verdict)) {
		if (verdict != V_NOT_APPLICABLE)
			return verdict;
		if (agent_left(c->facts))
			return say(evidence, V_FAIL,
				   "what a removed agent left: its Setup key, but neither "
				   "cbengine.exe nor the service obengine");
		return say(evidence, V_FAIL,
			   "HKLM\\SOFTWARE\\Microsoft\\Windows Azure Backup\\Setup is not there");
	}
	path = json_get_str(facts_value(c->facts, FACT_AGENT), "install_path");
	say(evidence, V_PASS, "installed in %s", path ? path : "an unnamed folder");
	if (kind != SERVER_PLAIN && kind != SERVER_KIND_COUNT)
		say_also(evidence, "a %s server", server_kinds[kind].name);
	say_of(evidence, facts_value(c->facts, FACT_SERVER_KIND), "dpm_version", "version ");
	return V_PASS;
}

enum { ENGINE_TEXT = 2 * VERSION_TEXT + 64 };

/* The service may run another program than is in the agent's folder: then both are named. */
static const char *engine_text(const struct context *c, struct version version,
			       char out[ENGINE_TEXT])
{
	struct version exe;
	char have[VERSION_TEXT], runs[VERSION_TEXT];

	if (!agent_exe_version(c->facts, &exe) || version_cmp(exe, version) == 0)
		snprintf(out, ENGINE_TEXT, "cbengine.exe is %s", version_format(version, have));
	else
		snprintf(out, ENGINE_TEXT, "cbengine.exe is %s, but the service obengine runs %s",
			 version_format(exe, have), version_format(version, runs));
	return out;
}

enum verdict judge_version(const struct context *c, char *evidence)
{
	enum verdict verdict;
	struct version version;
	char engine[ENGINE_TEXT], want[VERSION_TEXT], documented[VERSION_TEXT];

	if (!need_agent(c, evidence, &verdict))
		return verdict;
	if (version_is_lost(c, evidence))
		return V_UNKNOWN;
	version_format(c->policy->minimum, want);
	version_format(documented_minimum, documented);
	if (!agent_version(c->facts, &version))
		return say(evidence, V_FAIL,
			   "cbengine.exe has no readable version: counts as older than %s, whose "
			   "backups all fail with error 0x1FBD3 (130003)",
			   documented);
	engine_text(c, version, engine);
	if (version_cmp(version, documented_minimum) < 0)
		return say(evidence, V_FAIL,
			   "%s, older than %s: every backup fails with error "
			   "0x1FBD3 (130003)",
			   engine, documented);
	if (version_cmp(version, c->policy->minimum) < 0)
		return say(evidence, V_FAIL, "%s, older than %s, the minimum of the policy", engine,
			   want);
	return say(evidence, V_PASS, "%s", engine);
}

enum verdict judge_target(const struct context *c, char *evidence)
{
	enum verdict verdict;
	struct version version;
	char have[VERSION_TEXT], want[VERSION_TEXT];

	if (!c->policy->has_target)
		return say(evidence, V_NOT_APPLICABLE, "no target version is set");
	if (!need_agent(c, evidence, &verdict))
		return verdict;
	version_format(c->policy->target, want);
	if (!agent_version(c->facts, &version))
		return say(evidence, V_UNKNOWN, "no readable version; target %s", want);
	version_format(version, have);
	return say(evidence, version_cmp(version, c->policy->target) < 0 ? V_FAIL : V_PASS,
		   "%s, target %s", have, want);
}

static bool disagrees(const char *text, struct version exe, int *told)
{
	struct version other;

	if (!text || !version_parse(text, &other))
		return false;
	(*told)++;
	return version_cmp(other, exe) != 0;
}

enum verdict judge_witnesses(const struct context *c, char *evidence)
{
	const json_t *agent = facts_value(c->facts, FACT_AGENT);
	const char *service = json_get_str(agent, "service_version"),
		   *runs = json_get_str(agent, "service_path"),
		   *exe_path = json_get_str(agent, "exe_path");
	enum verdict verdict;
	struct version exe;
	char have[VERSION_TEXT];
	int told = 0;
	size_t i;
	json_t *row;

	if (!need_agent(c, evidence, &verdict))
		return verdict;
	if (!agent_exe_version(c->facts, &exe))
		return say(evidence, V_UNKNOWN,
			   "cbengine.exe has no readable version to compare with");
	version_format(exe, have);
	json_array_foreach(json_get_arr(agent, "uninstall"), i, row)
	{
		const char *text = json_get_str(row, "version"), *key = json_get_str(row, "key");

		if (disagrees(text, exe, &told))
			return say(evidence, V_WARN,
				   "cbengine.exe is %s, uninstall key '%s' says %s", have,
				   key ? key : "", text);
	}
	if (disagrees(service, exe, &told))
		return say(evidence, V_WARN, "cbengine.exe is %s, the service's program is %s",
			   have, service);
	if (runs && exe_path && !winpath_equal(runs, exe_path))
		return say(evidence, V_WARN, "Setup names %s, the service runs %s", exe_path, runs);
	if (told == 0)
		return say(evidence, V_UNKNOWN, "%s, no other witness was found", have);
	return say(evidence, V_PASS, "%s, %d other witnesses agree", have, told);
}

/* Names the thresholds above this version; gives how many. */
static int add_missed(const struct context *c, struct version version, const struct threshold *list,
		      int count, char *evidence)
{
	bool dpm = is_dpm(c);
	int missed = 0;

	for (int i = 0; i < count; i++) {
		char want[VERSION_TEXT];

		if (version_cmp(version, list[i].version) >= 0 || (list[i].dpm_only && !dpm))
			continue;
		say_also(evidence, "below %s: %s", version_format(list[i].version, want),
			 list[i].meaning);
		missed++;
	}
	return missed;
}

enum verdict judge_thresholds(const struct context *c, char *evidence)
{
	enum verdict verdict;
	struct version version;
	char have[VERSION_TEXT];

	if (!need_agent(c, evidence, &verdict))
		return verdict;
	if (!agent_version(c->facts, &version))
		return say(evidence, V_UNKNOWN, "no readable version");
	version_format(version, have);
	say(evidence, V_WARN, "%s", have);
	if (add_missed(c, version, thresholds, thresholds_count, evidence) +
	    add_missed(c, version, c->policy->threshold, c->policy->threshold_count, evidence))
		return V_WARN;
	return say(evidence, V_PASS, "%s, above every documented threshold", have);
}

/* A passage from below the documented minimum to it or above. */
struct crossing {
	int64_t utc_ms;                         /* 0: there was none */
	bool guessed;                           /* nothing told the version before */
};

/* The oldest version that others than cbengine.exe told. */
static bool told_by_others(const json_t *agent, struct version *out)
{
	const char *runs = json_get_str(agent, "service_version");
	bool told = runs && version_parse(runs, out);
	struct version other;
	size_t i;
	json_t *row;

	json_array_foreach(json_get_arr(agent, "uninstall"), i, row)
	{
		const char *text = json_get_str(row, "version");

		if (!text || !version_parse(text, &other) ||
		    (told && version_cmp(other, *out) >= 0))
			continue;
		*out = other;
		told = true;
	}
	return told;
}

/* What an entry of the history tells of the version: TOLD_NONE where no agent was there, or nobody
 * knows any more whether one was; TOLD_ABSURD where its version could not be read. */
static enum told version_of_entry(const json_t *entry, struct version *out)
{
	const char *text = json_string_value(json_array_get(entry, 1));
	const json_t *agent = json_array_get(entry, 3);

	if (text && version_parse(text, out))
		return TOLD_TIME;
	if (bool_of(agent, "installed") != YES ||
	    (!json_get_str(agent, "exe_path") && !json_get_str(agent, "service_path")))
		return TOLD_NONE;
	return told_by_others(agent, out) ? TOLD_TIME : TOLD_ABSURD;
}

/* The last one of the history, up to the version of now. One that could not be read says nothing
 * where an older one is known. */
static struct crossing find_crossing(const struct context *c, struct version now,
				     int64_t now_utc_ms)
{
	struct crossing crossing = { .utc_ms = 0 };
	size_t count = json_array_size(versions_of(c));
	struct version before = now, at = now;
	bool known = false, unread = false;

	for (size_t i = 0; i <= count; i++, at = now) {
		const json_t *entry = json_array_get(versions_of(c), i);
		enum told told = i < count ? version_of_entry(entry, &at) : TOLD_TIME;

		unread |= told == TOLD_ABSURD;
		if (told != TOLD_TIME)
			continue;
		if (known ? crosses_minimum(before, at) :
			    unread && version_cmp(at, documented_minimum) >= 0)
			crossing =
				(struct crossing){ i < count ? entry_utc_ms(c, entry) : now_utc_ms,
						   !known };
		before = at;
		known = true;
	}
	return crossing;
}

/* An earlier look, or a backup on record, may know better than "never". */
static enum verdict say_unregistered(const struct context *c, char *evidence)
{
	const struct fact *config = facts_find(c->facts, FACT_AGENT_CONFIG);
	int64_t until, completed;
	char when[CLOCK_TEXT];

	if (json_get_int(json_object_get(c->past, "until"), fact_name(FACT_AGENT_CONFIG), &until)) {
		clock_format_utc(until ? until : config->utc_ms, when);
		return say(evidence, V_FAIL,
			   "registered with a vault until %.10s, and not any more", when);
	}
	if (last_good(c, &completed) == TOLD_TIME)
		return say(evidence, V_FAIL,
			   "not registered with a vault any more: a backup completed %s",
			   clock_format_utc(completed, when));
	return say(evidence, V_FAIL, "never registered with a vault");
}

/* Those of DPM and MABS are registered by these: that nothing of it is in the agent's own place
 * tells of them neither. */
static bool is_registered(const struct context *c, char *evidence, enum verdict *verdict)
{
	const json_t *config = need(c, FACT_AGENT_CONFIG, evidence, verdict);
	enum answer registered = config ? bool_of(config, "registered") : NOT_KNOWN;

	if (registered == YES)
		return true;
	if (is_dpm(c))
		*verdict = say(evidence, V_UNKNOWN,
			       "what is registered on a %s server is not known by this",
			       server_kinds[kind_of_server(c)].name);
	else if (registered == NO)
		*verdict = say_unregistered(c, evidence);
	else if (config)
		*verdict = say(evidence, V_UNKNOWN, "whether it is registered is not known");
	return false;
}

enum verdict judge_registration(const struct context *c, char *evidence)
{
	const struct fact *agent = facts_find(c->facts, FACT_AGENT);
	enum verdict verdict;
	struct version version;
	struct crossing crossing;
	int64_t completed;
	char when[CLOCK_TEXT];

	if (!need_agent(c, evidence, &verdict))
		return verdict;
	if (!is_registered(c, evidence, &verdict))
		return verdict;
	if (version_is_lost(c, evidence))
		return V_UNKNOWN;
	if (!agent_version(c->facts, &version) || version_cmp(version, documented_minimum) < 0)
		return say(evidence, V_NOT_APPLICABLE,
			   "to be judged once the agent is at " MINIMUM_SAID);
	crossing = find_crossing(c, version, agent->utc_ms);
	if (crossing.utc_ms == 0)
		return say(evidence, V_PASS, "no older version on record");
	if (!need(c, FACT_BACKUP_LAST, evidence, &verdict))
		return verdict;
	clock_format_utc(crossing.utc_ms, when);
	say(evidence, V_PASS, "%s, seen %s", crossing.guessed ? CAME_UNREAD : CROSSED, when);
	if (last_good(c, &completed) == TOLD_TIME && completed > crossing.utc_ms) {
		say_also(evidence, "a backup completed since");
		return V_PASS;
	}
	say_also(evidence, "no backup completed since: %s",
		 crossing.guessed ? "whether the server must be registered again is not known" :
				    "the server must be registered again");
	return crossing.guessed ? V_UNKNOWN : V_FAIL;
}

enum verdict judge_newer_required(const struct context *c, char *evidence)
{
	int64_t at, changed = version_changed_utc_ms(c);
	enum verdict verdict;
	const json_t *event = need_of_agent(c, FACT_EVENT_NEWER_REQUIRED, evidence, &verdict);
	char when[CLOCK_TEXT];

	if (!event)
		return verdict;
	if (bool_of(event, "known") != YES)
		return say(evidence, V_UNKNOWN, "the log CloudBackup could not be read");
	switch (time_told(c, FACT_EVENT_NEWER_REQUIRED, "utc_ms", AHEAD_NONE_MS, &at)) {
	case TOLD_NONE:
		return say(evidence, V_PASS, "no event 14 in the log CloudBackup");
	case TOLD_ABSURD:
		return say_absurd(evidence, "the time of its newest event 14");
	case TOLD_TIME:
		break;
	}
	clock_format_utc(at, when);
	if (at > changed)
		return say(evidence, V_WARN, "event 14 of %s: a newer agent is required", when);
	return say(evidence, V_PASS, "event 14 of %s is older than the last change of version",
		   when);
}
