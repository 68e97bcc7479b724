/* checks_inside.c - what the families of checks share. Everything here must stand whatever a
 * server says: no time or number of its may overflow a sum. */
#include "scanner/checks/checks_inside.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"

static const int64_t year_1990_utc_ms = INT64_C(631152000000);

const char check_not_deep[] = "asked by deep scans only: scan with --deep";
const char check_not_system[] = "readable as SYSTEM only: scan with --as-system";
const char check_newer[] = "newer than the last look";

enum verdict say(char *evidence, enum verdict verdict, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(evidence, EVIDENCE_MAX, fmt, args);
	va_end(args);
	return verdict;
}

void say_also(char *evidence, const char *fmt, ...)
{
	size_t len = strlen(evidence);
	va_list args;

	if (len > 0 && len < EVIDENCE_MAX - 3) {
		memcpy(evidence + len, "; ", 3);
		len += 2;
	}
	va_start(args, fmt);
	vsnprintf(evidence + len, EVIDENCE_MAX - len, fmt, args);
	va_end(args);
}

bool says(const json_t *fact, const char *member, const char *word)
{
	const char *text = json_get_str(fact, member);

	return text && strcmp(text, word) == 0;
}

void say_of(char *evidence, const json_t *fact, const char *member, const char *before)
{
	const char *text = json_get_str(fact, member);

	if (text && *text)
		say_also(evidence, "%s%.80s", before, text);
}

void say_code(char *evidence, const char *before, enum error_space place, int64_t code)
{
	const char *meaning = error_in(place, code).meaning;
	size_t len = strlen(meaning);
	char shown[ERROR_TEXT];

	/* without its full stop: more may follow */
	say_also(evidence, "%s%s: %.*s", before, error_shown(code, shown),
		 (int)(meaning[len - 1] == '.' ? len - 1 : len), meaning);
}

/* Stored facts alone, judged again: whoever asked for them may not have known of this one. */
static bool all_older(const struct facts *f)
{
	for (int i = 0; i < f->count; i++)
		if (!f->fact[i].older)
			return false;
	return f->count > 0;
}

/* What was never asked is told apart from what the probe could not say, and that from what
 * its identity may not read. */
static enum verdict no_fact(const struct context *c, enum fact_id id, char *evidence)
{
	const struct fact *fact = facts_find(c->facts, id);

	if (fact && fact->error)
		return say(evidence, fact_is_denied(fact) ? V_NOT_EXAMINED : V_UNKNOWN,
			   "%s: %s (%s)%s%s", fact->name, fact->error, fact->error_kind,
			   fact_is_refused(fact) ? "; " : "",
			   fact_is_refused(fact) ? check_not_system : "");
	switch (fact_depth(id)) {
	case DEPTH_DEEP:
		return say(evidence, V_NOT_EXAMINED, "%s", check_not_deep);
	case DEPTH_SYSTEM:
		return say(evidence, V_NOT_EXAMINED, "%s", check_not_system);
	case DEPTH_FAST:
		if (all_older(c->facts))
			return say(evidence, V_NOT_EXAMINED, "%s", check_newer);
		break;
	}
	return say(evidence, V_UNKNOWN, "the probe did not answer '%s'", fact_name(id));
}

const json_t *need(const struct context *c, enum fact_id fact, char *evidence,
		   enum verdict *verdict)
{
	const json_t *value = facts_value(c->facts, fact);

	if (!value)
		*verdict = no_fact(c, fact, evidence);
	return value;
}

enum answer bool_of(const json_t *obj, const char *key)
{
	bool value;

	if (!json_get_bool(obj, key, &value))
		return NOT_KNOWN;
	return value ? YES : NO;
}

bool agent_left(const struct facts *f)
{
	const json_t *agent = facts_value(f, FACT_AGENT);

	return bool_of(agent, "installed") == YES && !json_get_str(agent, "exe_path") &&
	       !fact_dropped(agent, "exe_path") &&
	       bool_of(facts_value(f, FACT_SERVICE_OBENGINE), "exists") == NO;
}

bool agent_installed(const struct facts *f, bool *out_installed)
{
	enum answer installed = bool_of(facts_value(f, FACT_AGENT), "installed");

	*out_installed = installed == YES && !agent_left(f);
	return installed != NOT_KNOWN;
}

bool need_agent(const struct context *c, char *evidence, enum verdict *verdict)
{
	bool installed = false;

	if (!need(c, FACT_AGENT, evidence, verdict))
		return false;
	if (!agent_installed(c->facts, &installed))
		*verdict = say(evidence, V_UNKNOWN, "whether an agent is installed is not known");
	else if (!installed)
		*verdict = say(evidence, V_NOT_APPLICABLE, "no agent installed");
	return installed;
}

const json_t *need_of_agent(const struct context *c, enum fact_id fact, char *evidence,
			    enum verdict *verdict)
{
	if (!need_agent(c, evidence, verdict))
		return NULL;
	return need(c, fact, evidence, verdict);
}

bool agent_exe_version(const struct facts *f, struct version *out)
{
	const char *text = json_get_str(facts_value(f, FACT_AGENT), "exe_version");

	return text && version_parse(text, out);
}

bool agent_version(const struct facts *f, struct version *out)
{
	const char *text = json_get_str(facts_value(f, FACT_AGENT), "service_version");
	struct version runs;

	if (!agent_exe_version(f, out))
		return false;
	if (text && version_parse(text, &runs) && version_cmp(runs, *out) < 0)
		*out = runs;
	return true;
}

bool version_is_lost(const struct context *c, char *evidence)
{
	if (!fact_dropped(facts_value(c->facts, FACT_AGENT), "exe_version"))
		return false;
	say(evidence, V_UNKNOWN, "the version of cbengine.exe was told in a form that none has");
	return true;
}

enum server_kind kind_of_server(const struct context *c)
{
	return server_kind_of(json_get_str(facts_value(c->facts, FACT_SERVER_KIND), "kind"));
}

bool is_dpm(const struct context *c)
{
	enum server_kind kind = kind_of_server(c);

	return kind == SERVER_DPM || kind == SERVER_MABS;
}

bool is_client(const struct context *c)
{
	const json_t *os = facts_value(c->facts, FACT_OS);
	const char *type = json_get_str(os, "installation_type");
	int64_t product;

	if (json_get_int(os, "product_type", &product))
		return product == 1;
	return type && strcmp(type, "Client") == 0;
}

enum answer state_protected(const struct context *c)
{
	const json_t *policy = facts_value(c->facts, FACT_BACKUP_POLICY);

	return bool_of(policy, "known") == YES ? bool_of(policy, "system_state") : NOT_KNOWN;
}

bool only_state_protected(const struct context *c)
{
	return state_protected(c) == YES &&
	       bool_of(facts_value(c->facts, FACT_BACKUP_POLICY), "files") == NO;
}

bool has_no_policy(const struct context *c)
{
	const struct fact *fact = facts_find(c->facts, FACT_BACKUP_POLICY);
	int64_t good;

	if (state_protected(c) != NO || bool_of(fact->value, "files") != NO)
		return false;
	/* else it was made since */
	return last_good(c, &good) != TOLD_TIME || good <= fact->utc_ms;
}

const char *or_none(const char *text)
{
	return text ? text : "none";
}

/* Both were seen in this look, or both in one and the same earlier one. */
static bool of_one_look(const struct fact *a, const struct fact *b)
{
	return a->older == b->older && (!a->older || a->utc_ms == b->utc_ms);
}

/* What a time of the past may still be ahead. The host's clock is known as it went in the look that
 * brought it; for what another look brought it may have gone otherwise. */
static int64_t allowance_ms(const struct context *c, const struct fact *fact)
{
	const struct fact *clock = facts_find(c->facts, FACT_CLOCK);

	return clock && clock->value && of_one_look(clock, fact) ? 5 * MINUTE_MS : DAY_MS;
}

enum told time_told(const struct context *c, enum fact_id id, const char *member, int64_t ahead_ms,
		    int64_t *out_utc_ms)
{
	const struct fact *fact = facts_find(c->facts, id);
	int64_t utc_ms, skew_ms = 0;

	if (!fact || !json_get_int(fact->value, member, &utc_ms))
		return TOLD_NONE;
	json_get_int(facts_value(c->facts, FACT_CLOCK), "skew_ms", &skew_ms);
	if (ahead_ms == AHEAD_NONE_MS)
		ahead_ms = allowance_ms(c, fact);
	if (__builtin_sub_overflow(utc_ms, skew_ms, &utc_ms) || utc_ms < year_1990_utc_ms ||
	    utc_ms > fact->utc_ms + ahead_ms)
		return TOLD_ABSURD;
	*out_utc_ms = utc_ms;
	return TOLD_TIME;
}

enum verdict say_absurd(char *evidence, const char *what)
{
	return say(evidence, V_UNKNOWN, "the server says something impossible: %s", what);
}

void say_took(const struct context *c, enum fact_id fact, char *evidence)
{
	int64_t begun, ended;
	char took[CLOCK_TEXT];

	if (time_told(c, fact, "begun_utc_ms", AHEAD_NONE_MS, &begun) == TOLD_TIME &&
	    time_told(c, fact, "ended_utc_ms", AHEAD_NONE_MS, &ended) == TOLD_TIME &&
	    ended - begun >= SECOND_MS)
		say_also(evidence, "it took %s", clock_format_duration(ended - begun, took));
}

enum told last_good(const struct context *c, int64_t *out_utc_ms)
{
	int64_t event, job;
	enum told by_event =
		time_told(c, FACT_BACKUP_LAST, "completed_utc_ms", AHEAD_NONE_MS, &event);
	enum told by_job = time_told(c, FACT_BACKUP_LAST_JOB, "good_utc_ms", AHEAD_NONE_MS, &job);

	if (by_event != TOLD_TIME && by_job != TOLD_TIME)
		return by_event == TOLD_ABSURD || by_job == TOLD_ABSURD ? TOLD_ABSURD : TOLD_NONE;
	if (by_event != TOLD_TIME || (by_job == TOLD_TIME && job > event))
		event = job;
	*out_utc_ms = event;
	return TOLD_TIME;
}

enum told last_boot(const struct context *c, int64_t *out_utc_ms)
{
	return time_told(c, FACT_OS, "boot_utc_ms", AHEAD_NONE_MS, out_utc_ms);
}

const json_t *versions_of(const struct context *c)
{
	return json_object_get(c->past, "versions");
}

int64_t entry_utc_ms(const struct context *c, const json_t *entry)
{
	int64_t host_utc_ms = json_integer_value(json_array_get(entry, 2)), skew_ms;

	if (host_utc_ms > 0 &&
	    json_get_int(facts_value(c->facts, FACT_CLOCK), "skew_ms", &skew_ms) &&
	    !__builtin_sub_overflow(host_utc_ms, skew_ms, &host_utc_ms))
		return host_utc_ms;
	return json_integer_value(json_array_get(entry, 0));
}

/* The first entry is when the agent was first seen: no change. What this look found is not in
 * the history yet. */
int64_t version_changed_utc_ms(const struct context *c)
{
	const struct fact *agent = facts_find(c->facts, FACT_AGENT);
	size_t count = json_array_size(versions_of(c));
	const json_t *last = json_array_get(versions_of(c), count ? count - 1 : 0);
	const char *text = json_string_value(json_array_get(last, 1));
	struct version now, before;

	if (count == 0)
		return 0;
	if (agent_version(c->facts, &now) && text && version_parse(text, &before) &&
	    version_cmp(now, before) != 0)
		return agent->utc_ms;
	return count < 2 ? 0 : entry_utc_ms(c, last);
}
