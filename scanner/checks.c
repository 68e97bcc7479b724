/* checks.c - the catalogue: one row a check, one pure function behind each. They judge by
 * numbers, ids and registry values that the probe brought, never by a text in some language. */
#include "scanner/checks.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"

#define KB_VERSIONS "KB 4096064, Azure Backup service version and agent versions do not match"
#define KB_REGISTER "KB 4095462, update of the Microsoft Azure Recovery Services agent"
#define DOC_FAQ "FAQ: backing up files and folders (MARS), cache folder"
#define DOC_STATE "Troubleshoot System State Backup"

/* "not known" with the reason the probe gave: its own error, or that it said nothing. An
 * identity that may not read is told apart from a fact that broke. */
static enum verdict no_fact(const struct context *c, const char *name, char *evidence)
{
	const struct fact *fact = facts_find(c->facts, name);

	if (!fact || !fact->error) {
		snprintf(evidence, EVIDENCE_MAX, "the probe did not answer '%s'", name);
		return V_UNKNOWN;
	}
	snprintf(evidence, EVIDENCE_MAX, "%s: %s (%s)", name, fact->error, fact->error_kind);
	return strcmp(fact->error_kind, "access-denied") == 0 ? V_NOT_EXAMINED : V_UNKNOWN;
}

/* Whether an agent is there; -1 unknown, with the verdict for checks that need one. */
static int agent_there(const struct context *c, char *evidence, enum verdict *verdict)
{
	const json_t *agent = facts_value(c->facts, "agent");
	bool installed;

	if (!agent || !json_get_bool(agent, "installed", &installed)) {
		*verdict = no_fact(c, "agent", evidence);
		return -1;
	}
	if (!installed) {
		snprintf(evidence, EVIDENCE_MAX, "no agent installed");
		*verdict = V_NOT_APPLICABLE;
	}
	return installed;
}

static bool agent_version(const struct context *c, struct version *out)
{
	const char *text = json_get_str(facts_value(c->facts, "agent"), "exe_version");

	return text && version_parse(text, out);
}

static enum verdict judge_installed(const struct context *c, char *evidence)
{
	enum verdict verdict = V_PASS;
	int there = agent_there(c, evidence, &verdict);
	const char *path;

	if (there < 0)
		return verdict;
	if (!there) {
		snprintf(evidence, EVIDENCE_MAX,
			 "HKLM\\SOFTWARE\\Microsoft\\Windows Azure Backup\\Setup is not there");
		return V_FAIL;
	}
	path = json_get_str(facts_value(c->facts, "agent"), "install_path");
	snprintf(evidence, EVIDENCE_MAX, "installed in %s", path ? path : "an unnamed folder");
	return V_PASS;
}

static enum verdict judge_version(const struct context *c, char *evidence)
{
	enum verdict verdict;
	struct version version;
	char have[VERSION_TEXT], want[VERSION_TEXT];

	if (agent_there(c, evidence, &verdict) <= 0)
		return verdict;
	version_format(c->policy->minimum, want);
	if (!agent_version(c, &version)) {
		snprintf(evidence, EVIDENCE_MAX,
			 "cbengine.exe has no readable version: counts as "
			 "older than %s, whose backups all fail with error 0x1FBD3 (130003)",
			 want);
		return V_FAIL;
	}
	version_format(version, have);
	if (version_cmp(version, c->policy->minimum) < 0) {
		snprintf(evidence, EVIDENCE_MAX,
			 "cbengine.exe is %s, older than %s: every backup "
			 "fails with error 0x1FBD3 (130003)",
			 have, want);
		return V_FAIL;
	}
	snprintf(evidence, EVIDENCE_MAX, "cbengine.exe is %s", have);
	return V_PASS;
}

static bool disagrees(const char *text, struct version exe, int *told)
{
	struct version other;

	if (!text || !version_parse(text, &other))
		return false;
	(*told)++;
	return version_cmp(other, exe) != 0;
}

static enum verdict judge_witnesses(const struct context *c, char *evidence)
{
	const json_t *agent = facts_value(c->facts, "agent");
	const char *service = json_get_str(agent, "service_version");
	enum verdict verdict;
	struct version exe;
	char have[VERSION_TEXT];
	int told = 0;
	size_t i;
	json_t *row;

	if (agent_there(c, evidence, &verdict) <= 0)
		return verdict;
	if (!agent_version(c, &exe)) {
		snprintf(evidence, EVIDENCE_MAX,
			 "cbengine.exe has no readable version to compare with");
		return V_UNKNOWN;
	}
	version_format(exe, have);
	json_array_foreach(json_get_arr(agent, "uninstall"), i, row)
	{
		const char *text = json_get_str(row, "version");

		if (!disagrees(text, exe, &told))
			continue;
		snprintf(evidence, EVIDENCE_MAX, "cbengine.exe is %s, uninstall key '%s' says %s",
			 have, json_get_str(row, "key") ? json_get_str(row, "key") : "", text);
		return V_WARN;
	}
	if (disagrees(service, exe, &told)) {
		snprintf(evidence, EVIDENCE_MAX, "cbengine.exe is %s, the service's program is %s",
			 have, service);
		return V_WARN;
	}
	snprintf(evidence, EVIDENCE_MAX,
		 told ? "%s, %d other witnesses agree" : "%s, no other witness was found", have,
		 told);
	return told ? V_PASS : V_UNKNOWN;
}

static enum verdict judge_target(const struct context *c, char *evidence)
{
	enum verdict verdict;
	struct version version;
	char have[VERSION_TEXT], want[VERSION_TEXT];

	if (!c->policy->has_target) {
		snprintf(evidence, EVIDENCE_MAX, "no target version is set");
		return V_NOT_APPLICABLE;
	}
	if (agent_there(c, evidence, &verdict) <= 0)
		return verdict;
	version_format(c->policy->target, want);
	if (!agent_version(c, &version)) {
		snprintf(evidence, EVIDENCE_MAX, "no readable version; target %s", want);
		return V_UNKNOWN;
	}
	version_format(version, have);
	verdict = version_cmp(version, c->policy->target) < 0 ? V_FAIL : V_PASS;
	snprintf(evidence, EVIDENCE_MAX, "%s, target %s", have, want);
	return verdict;
}

/* When the history last passed from below the minimum to it or above; 0 when it never did.
 * Entries without a version (uninstalled, unreadable) tell nothing about the way. */
static int64_t crossed_utc_ms(const struct context *c, struct version now, int64_t now_utc_ms)
{
	struct version before = now, at;
	bool known = false;
	int64_t crossed = 0;
	size_t i;
	json_t *entry;

	json_array_foreach(c->versions, i, entry)
	{
		const char *text = json_string_value(json_array_get(entry, 1));

		if (!text || !version_parse(text, &at))
			continue;
		if (known && version_cmp(before, c->policy->minimum) < 0 &&
		    version_cmp(at, c->policy->minimum) >= 0)
			crossed = json_integer_value(json_array_get(entry, 0));
		before = at;
		known = true;
	}
	if (known && version_cmp(before, c->policy->minimum) < 0 &&
	    version_cmp(now, c->policy->minimum) >= 0)
		crossed = now_utc_ms;
	return crossed;
}

static enum verdict judge_registration(const struct context *c, char *evidence)
{
	const struct fact *agent = facts_find(c->facts, "agent");
	enum verdict verdict;
	struct version version;
	int64_t crossed, completed, skew = 0;
	char when[CLOCK_TEXT];

	if (agent_there(c, evidence, &verdict) <= 0)
		return verdict;
	if (!agent_version(c, &version) || version_cmp(version, c->policy->minimum) < 0) {
		snprintf(evidence, EVIDENCE_MAX, "to be judged once the agent is at the minimum");
		return V_NOT_APPLICABLE;
	}
	crossed = crossed_utc_ms(c, version, agent->utc_ms);
	if (crossed == 0) {
		snprintf(evidence, EVIDENCE_MAX, "no older version on record");
		return V_PASS;
	}
	clock_format_utc(crossed, when);
	if (!facts_value(c->facts, "backup.last"))
		return no_fact(c, "backup.last", evidence);
	/* the event's time is the server's, that of the crossing is ours */
	json_get_int(facts_value(c->facts, "clock"), "skew_ms", &skew);
	if (json_get_int(facts_value(c->facts, "backup.last"), "completed_utc_ms", &completed) &&
	    completed - skew > crossed) {
		snprintf(evidence, EVIDENCE_MAX,
			 "upgraded from below the minimum, seen %s; a backup "
			 "completed since",
			 when);
		return V_PASS;
	}
	snprintf(evidence, EVIDENCE_MAX,
		 "upgraded from below the minimum, seen %s; no backup "
		 "completed since: the server must be registered again",
		 when);
	return V_FAIL;
}

static const char *service_state_name(int64_t state)
{
	static const char *const names[] = { "in no known state", "stopped", "starting",
					     "stopping",	  "running", "continuing",
					     "pausing",		  "paused" };

	return state > 0 && state < (int64_t)ARRAY_LEN(names) ? names[state] : names[0];
}

static const char *service_start_name(int64_t start)
{
	static const char *const names[] = { "boot", "system", "automatic", "manual", "disabled" };

	return start >= 0 && start < (int64_t)ARRAY_LEN(names) ? names[start] : "unknown";
}

static enum verdict judge_obengine(const struct context *c, char *evidence)
{
	const json_t *service = facts_value(c->facts, "service.obengine");
	enum verdict verdict;
	int64_t state = 0, start = -1;
	bool exists = false;

	if (agent_there(c, evidence, &verdict) <= 0)
		return verdict;
	if (!service)
		return no_fact(c, "service.obengine", evidence);
	json_get_bool(service, "exists", &exists);
	if (!exists) {
		snprintf(evidence, EVIDENCE_MAX, "there is no service obengine");
		return V_FAIL;
	}
	if (!json_get_int(service, "state", &state)) {
		snprintf(evidence, EVIDENCE_MAX, "the state of obengine is not known");
		return V_UNKNOWN;
	}
	json_get_int(service, "start", &start);
	snprintf(evidence, EVIDENCE_MAX, "obengine is %s, start type %s", service_state_name(state),
		 service_start_name(start));
	if (state == 4)
		return start == 4 ? V_WARN : V_PASS;    /* running now, gone after the next boot */
	return state == 2 ? V_WARN : V_FAIL;
}

/* Writes what one asked name answered; true when the way to it is open. */
static bool login_result(const json_t *result, char *text, size_t size)
{
	const char *host = json_get_str(result, "host"), *error = json_get_str(result, "error");
	bool open = false;
	int64_t status;

	json_get_bool(result, "open", &open);
	if (json_get_int(result, "status", &status))
		snprintf(text, size, "%s: HTTP %lld", host ? host : "?", (long long)status);
	else
		snprintf(text, size, "%s: no answer (%s)", host ? host : "?",
			 error ? error : "unknown");
	return open;
}

static enum verdict judge_login(const struct context *c, char *evidence)
{
	const json_t *fact = facts_value(c->facts, "network.login");
	const json_t *results = json_get_arr(fact, "results");
	const char *proxy = json_get_str(fact, "proxy"),
		   *source = json_get_str(fact, "proxy_source");
	char text[200] = "";
	size_t i;
	json_t *result;

	if (c->cloud && strcmp(c->cloud, "german") == 0) {
		snprintf(evidence, EVIDENCE_MAX, "the German cloud is closed");
		return V_NOT_APPLICABLE;
	}
	if (!fact)
		return no_fact(c, "network.login", evidence);
	if (json_array_size(results) == 0) {
		snprintf(evidence, EVIDENCE_MAX, "the login URL was not asked");
		return V_UNKNOWN;
	}
	json_array_foreach(results, i, result) if (!login_result(result, text, sizeof(text))) break;
	snprintf(evidence, EVIDENCE_MAX, "%s, %s%s (%s)", text,
		 proxy ? "through proxy " : "no proxy", proxy ? proxy : "",
		 source ? source : "none");
	return i < json_array_size(results) ? V_FAIL : V_PASS;
}

static enum verdict judge_scratch_space(const struct context *c, char *evidence)
{
	const json_t *fact = facts_value(c->facts, "scratch");
	enum verdict verdict;
	int64_t size = 0, freed;
	double gb, percent = 100;

	if (agent_there(c, evidence, &verdict) <= 0)
		return verdict;
	if (!fact)
		return no_fact(c, "scratch", evidence);
	if (!json_get_int(fact, "free_bytes", &freed) || freed < 0 ||
	    (json_get_int(fact, "size_bytes", &size) && size < freed)) {
		snprintf(evidence, EVIDENCE_MAX,
			 "the free space of the scratch volume is not known");
		return V_UNKNOWN;
	}
	gb = (double)freed / (1 << 30);
	if (size > 0)
		percent = 100.0 * (double)freed / (double)size;
	snprintf(evidence, EVIDENCE_MAX, "%.1f GB (%.0f %%) free for %s", gb, percent,
		 json_get_str(fact, "path") ? json_get_str(fact, "path") : "the scratch folder");
	if (freed < c->policy->scratch_min_bytes)
		return V_FAIL;
	return percent < c->policy->scratch_warn_percent ? V_WARN : V_PASS;
}

static enum verdict judge_dotnet(const struct context *c, char *evidence)
{
	const json_t *fact = facts_value(c->facts, "dotnet");
	int64_t release;

	if (!fact)
		return no_fact(c, "dotnet", evidence);
	if (!json_get_int(fact, "release", &release)) {
		snprintf(evidence, EVIDENCE_MAX, "no .NET Framework 4.5 or later");
		return V_FAIL;
	}
	snprintf(evidence, EVIDENCE_MAX, "release %lld, 4.5.2 is %lld", (long long)release,
		 (long long)c->policy->dotnet_min_release);
	return release < c->policy->dotnet_min_release ? V_FAIL : V_PASS;
}

static enum verdict judge_clock(const struct context *c, char *evidence)
{
	const json_t *fact = facts_value(c->facts, "clock");
	char apart[CLOCK_TEXT];
	int64_t skew, size;

	if (!fact)
		return no_fact(c, "clock", evidence);
	if (!json_get_int(fact, "skew_ms", &skew)) {
		snprintf(evidence, EVIDENCE_MAX, "the clock was not compared");
		return V_UNKNOWN;
	}
	size = skew < 0 ? -skew : skew;
	snprintf(evidence, EVIDENCE_MAX, "%s %s", clock_format_duration(size, apart),
		 skew < 0 ? "behind" : "ahead");
	if (size >= c->policy->clock_fail_ms)
		return V_FAIL;
	return size >= c->policy->clock_warn_ms ? V_WARN : V_PASS;
}

/* clang-format off */
const struct check checks[] = {
	{ .id = "mars.installed", .title = "MARS agent installed",
	  .severity = SEVERITY_BLOCKS_BACKUP, .document = KB_VERSIONS,
	  .looks_at = "HKLM\\SOFTWARE\\Microsoft\\Windows Azure Backup\\Setup",
	  .remedy = "Install the MARS agent and register the server with its vault.",
	  .judge = judge_installed },
	{ .id = "mars.version", .title = "agent at the minimum version",
	  .severity = SEVERITY_BLOCKS_BACKUP, .document = KB_VERSIONS,
	  .looks_at = "file version of cbengine.exe",
	  .remedy = "Upgrade the agent.",
	  .command = "marshal upgrade HOST --installer MARSAgentInstaller.exe",
	  .judge = judge_version },
	{ .id = "mars.witnesses", .title = "all witnesses name one version",
	  .severity = SEVERITY_WARNS, .document = KB_VERSIONS,
	  .looks_at = "versions of cbengine.exe, the uninstall keys and the service's program",
	  .remedy = "A half-done upgrade looks like this: run the installer again, or repair the "
		    "agent.",
	  .judge = judge_witnesses },
	{ .id = "mars.target", .title = "agent at the target version",
	  .severity = SEVERITY_INFORMS, .document = KB_VERSIONS,
	  .looks_at = "file version of cbengine.exe",
	  .remedy = "Plan an upgrade.",
	  .command = "marshal upgrade HOST --installer MARSAgentInstaller.exe",
	  .judge = judge_target },
	{ .id = "mars.registration", .title = "registered since the upgrade",
	  .severity = SEVERITY_BLOCKS_BACKUP, .document = KB_REGISTER,
	  .looks_at = "version history, CloudBackup events 3 and 10",
	  .remedy = "Register the server again with a new vault credential file and the same "
		    "passphrase, then run a backup.",
	  .judge = judge_registration },
	{ .id = "service.obengine", .title = "backup service running",
	  .severity = SEVERITY_BLOCKS_BACKUP, .document = DOC_STATE,
	  .looks_at = "state and start type of obengine",
	  .remedy = "Find out who stopped it, then start it on the server.",
	  .command = "net start obengine",
	  .judge = judge_obengine },
	{ .id = "network.login-url", .title = "login URL reachable",
	  .severity = SEVERITY_BLOCKS_BACKUP, .document = KB_VERSIONS ", step 3",
	  .looks_at = "HTTPS to the cloud's login URL through the agent's proxy",
	  .remedy = "Let the firewall and the proxy that the agent uses pass HTTPS to the "
		    "cloud's login URL.",
	  .judge = judge_login },
	{ .id = "scratch.free-space", .title = "free space for the scratch folder",
	  .severity = SEVERITY_BLOCKS_BACKUP, .document = DOC_FAQ,
	  .looks_at = "free bytes of the scratch folder's volume",
	  .remedy = "Free space on the scratch volume, or move the scratch folder as the FAQ "
		    "describes.",
	  .judge = judge_scratch_space },
	{ .id = "os.dotnet", .title = ".NET Framework 4.5.2 or later",
	  .severity = SEVERITY_BLOCKS_BACKUP, .document = DOC_STATE,
	  .looks_at = "NDP\\v4\\Full, Release",
	  .remedy = "Install .NET Framework 4.8.",
	  .judge = judge_dotnet },
	{ .id = "os.clock", .title = "clock agrees with ours",
	  .severity = SEVERITY_WARNS, .document = DOC_STATE,
	  .looks_at = "clock of the server against the controller's, without the round trip",
	  .remedy = "Mend the time service on the server.",
	  .command = "w32tm /resync",
	  .judge = judge_clock },
	{ .id = NULL },
};
/* clang-format on */

int checks_count(void)
{
	return (int)ARRAY_LEN(checks) - 1;
}

const struct check *check_find(const char *id)
{
	for (const struct check *check = checks; check->id; check++)
		if (strcmp(check->id, id) == 0)
			return check;
	return NULL;
}

static const char *const verdict_names[] = {
	[V_PASS] = "pass", [V_FAIL] = "fail", [V_WARN] = "warn", [V_UNKNOWN] = "unknown",
	[V_NOT_EXAMINED] = "not examined", [V_NOT_APPLICABLE] = "not applicable",
};

const char *verdict_name(enum verdict v)
{
	return verdict_names[v];
}

enum verdict verdict_from_name(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(verdict_names); i++)
		if (strcmp(verdict_names[i], name) == 0)
			return (enum verdict)i;
	return V_UNKNOWN;
}

const char *severity_name(enum severity s)
{
	switch (s) {
	case SEVERITY_BLOCKS_BACKUP:
		return "blocks backup";
	case SEVERITY_BLOCKS_UPGRADE:
		return "blocks upgrade";
	case SEVERITY_WARNS:
		return "warns";
	case SEVERITY_INFORMS:
		return "informs";
	}
	return "informs";
}
