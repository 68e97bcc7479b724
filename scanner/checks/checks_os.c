/* checks_os.c - the system below the agent: is it supported, up to date, about to restart, on
 * time, and does it have the .NET Framework and PowerShell that the documents ask for. Judged
 * by numbers of builds and releases: names of systems are in the language of the server. */
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "scanner/checks/checks_inside.h"

enum support { SUPPORTED, ENDED, TOO_OLD, NOT_LISTED };

/* The support matrix by build; a row holds up to the next one. */
struct system_row {
	int64_t build;
	const char *name;
	enum support support;
	bool state;                             /* system state can be backed up */
};
/* clang-format off */
static const struct system_row servers[] = {
	{ 0,     "older than Windows Server 2008 SP2",    TOO_OLD,    false },
	{ 6002,  "Windows Server 2008 SP2",               ENDED,      false },
	{ 6004,  "Windows Server 2008 R2 before SP1",     TOO_OLD,    false },
	{ 7601,  "Windows Server 2008 R2 SP1",            ENDED,      true },
	{ 7602,  "an unlisted build before Server 2012",  NOT_LISTED, false },
	{ 9200,  "Windows Server 2012",                   SUPPORTED,  true },
	{ 9201,  "an unlisted build before 2012 R2",      NOT_LISTED, false },
	{ 9600,  "Windows Server 2012 R2",                SUPPORTED,  true },
	{ 9601,  "an unlisted build before Server 2016",  NOT_LISTED, false },
	{ 14393, "Windows Server 2016",                   SUPPORTED,  true },
	{ 14394, "a semi-annual release",                 NOT_LISTED, true },
	{ 17763, "Windows Server 2019",                   SUPPORTED,  true },
	{ 17764, "a semi-annual release",                 NOT_LISTED, true },
	{ 20348, "Windows Server 2022",                   SUPPORTED,  true },
	{ 20349, "newer than Windows Server 2022",        NOT_LISTED, true },
};
static const struct system_row clients[] = {
	{ 0,     "older than Windows 7 SP1",              TOO_OLD,    false },
	{ 7601,  "Windows 7 SP1",                         ENDED,      false },
	{ 7602,  "an unlisted build before Windows 8",    NOT_LISTED, false },
	{ 9200,  "Windows 8",                             SUPPORTED,  false },
	{ 9201,  "an unlisted build before Windows 8.1",  NOT_LISTED, false },
	{ 9600,  "Windows 8.1",                           SUPPORTED,  false },
	{ 9601,  "an unlisted build before Windows 10",   NOT_LISTED, false },
	{ 10240, "Windows 10",                            SUPPORTED,  false },
	{ 22000, "Windows 11",                            SUPPORTED,  false },
};
/* clang-format on */

static const struct system_row *system_of(const struct context *c, int64_t build)
{
	const struct system_row *rows = is_client(c) ? clients : servers;
	size_t count = is_client(c) ? ARRAY_LEN(clients) : ARRAY_LEN(servers), i = 0;

	while (i + 1 < count && rows[i + 1].build <= build)
		i++;
	return &rows[i];
}

static enum verdict judge_build(const struct context *c, int64_t build, char *evidence)
{
	const struct system_row *row = system_of(c, build);

	say(evidence, V_PASS, "build %lld: %s", (long long)build, row->name);
	if (row->support == TOO_OLD)
		return V_FAIL;
	if (!row->state && state_protected(c) == YES) {
		say_also(evidence, "system state is protected, which is not supported here");
		return V_WARN;
	}
	if (row->support == ENDED)
		say_also(evidence, "listed, but its own support has ended");
	if (row->support == NOT_LISTED)
		say_also(evidence, "not in the support matrix");
	return row->support == SUPPORTED ? V_PASS : V_WARN;
}

enum verdict judge_os(const struct context *c, char *evidence)
{
	enum verdict verdict;
	const json_t *fact = need(c, FACT_OS, evidence, &verdict);
	int64_t build;

	if (!fact)
		return verdict;
	if (!json_get_int(fact, "build", &build))
		return say(evidence, V_UNKNOWN, "the build of the system is not known");
	if (build < 1000 || build > 999999)
		return say_absurd(evidence, "the build of the system");
	verdict = judge_build(c, build, evidence);
	say_of(evidence, fact, "caption", "it calls itself ");
	say_of(evidence, fact, "language", "in ");
	return verdict;
}

enum verdict judge_core(const struct context *c, char *evidence)
{
	enum verdict verdict;
	const json_t *fact = need(c, FACT_OS, evidence, &verdict);
	const char *type = json_get_str(fact, "installation_type");

	if (!fact)
		return verdict;
	if (!type)
		return say(evidence, V_UNKNOWN, "the installation type is not known");
	if (is_client(c))
		return say(evidence, V_NOT_APPLICABLE, "no server");
	if (strcmp(type, "Server Core") == 0)
		return say(evidence, V_WARN,
			   "Server Core: the support matrix says not supported, other documents "
			   "say it works");
	return say(evidence, V_PASS, "installation type '%.40s'", type);
}

enum verdict judge_azure_vm(const struct context *c, char *evidence)
{
	enum verdict verdict;
	const json_t *fact = need(c, FACT_MACHINE, evidence, &verdict);
	const char *tag = json_get_str(fact, "asset_tag");

	if (!fact)
		return verdict;
	if (!tag)
		return say(evidence, V_UNKNOWN, "the asset tag is not known");
	if (strcmp(tag, AZURE_ASSET_TAG) != 0) {
		say(evidence, V_PASS, "no Azure virtual machine");
		say_of(evidence, fact, "manufacturer", "made by ");
		say_of(evidence, fact, "model", "");
		return V_PASS;
	}
	if (state_protected(c) == YES)
		return say(evidence, V_WARN,
			   "an Azure virtual machine whose system state is protected: the "
			   "documents disagree whether that is supported");
	return say(evidence, V_PASS, "an Azure virtual machine");
}

enum verdict judge_updates(const struct context *c, char *evidence)
{
	enum verdict verdict;
	const json_t *fact = need(c, FACT_UPDATES, evidence, &verdict);
	const char *name = json_get_str(fact, "newest");
	char when[CLOCK_TEXT], age[CLOCK_TEXT];
	int64_t at, ago, count;

	if (!fact)
		return verdict;
	switch (time_told(c, FACT_UPDATES, "newest_utc_ms", AHEAD_A_DAY_MS, &at)) {
	case TOLD_NONE:
		return say(evidence, V_UNKNOWN, "no update has a date");
	case TOLD_ABSURD:
		return say_absurd(evidence, "the date of its newest update");
	case TOLD_TIME:
		break;
	}
	ago = facts_find(c->facts, FACT_UPDATES)->utc_ms - at;
	say(evidence, V_PASS, "newest is %.40s of %.10s, %s before the look",
	    name ? name : "one without a name", clock_format_utc(at, when),
	    clock_format_duration(ago < 0 ? 0 : ago, age));
	if (json_get_int(fact, "count", &count))
		say_also(evidence, "of %lld", (long long)count);
	return ago > c->policy->updates_warn_ms ? V_WARN : V_PASS;
}

enum verdict judge_reboot(const struct context *c, char *evidence)
{
	static const struct {
		const char *member, *shown;
		bool blocks;
	} sources[] = {
		{ "servicing", "component servicing", true },
		{ "installer", "Windows Installer", true },
		{ "windows_update", "Windows Update", false },
		{ "computer_rename", "a new computer name", false },
	};
	enum verdict verdict, worst = V_PASS;
	const json_t *fact = need(c, FACT_REBOOT, evidence, &verdict);
	int64_t renames = 0;

	if (!fact)
		return verdict;
	if (bool_of(fact, "servicing") == NOT_KNOWN || bool_of(fact, "installer") == NOT_KNOWN)
		return say(evidence, V_UNKNOWN, "whether a restart is pending is not known");
	json_get_int(fact, "renames", &renames);
	for (size_t i = 0; i < ARRAY_LEN(sources); i++) {
		if (bool_of(fact, sources[i].member) != YES)
			continue;
		say_also(evidence, "%s%s", worst == V_PASS ? "a restart is pending for " : "",
			 sources[i].shown);
		worst = sources[i].blocks || worst == V_FAIL ? V_FAIL : V_WARN;
	}
	if (renames > 0)
		say_also(evidence, "%lld file renames wait for a restart", (long long)renames);
	if (worst == V_PASS && renames == 0)
		return say(evidence, V_PASS, "none is pending");
	return worst == V_PASS ? V_WARN : worst;
}

enum verdict judge_clock(const struct context *c, char *evidence)
{
	enum verdict verdict;
	const json_t *fact = need(c, FACT_CLOCK, evidence, &verdict);
	char apart[CLOCK_TEXT];
	int64_t skew, size;

	if (!fact)
		return verdict;
	if (!json_get_int(fact, "skew_ms", &skew))
		return say(evidence, V_UNKNOWN, "the clock was not compared");
	size = skew >= 0 ? skew : skew == INT64_MIN ? INT64_MAX : -skew;
	say(evidence, V_PASS, "%s %s", clock_format_duration(size, apart),
	    skew < 0 ? "behind" : "ahead");
	if (size >= c->policy->clock_fail_ms)
		return V_FAIL;
	return size >= c->policy->clock_warn_ms ? V_WARN : V_PASS;
}

enum verdict judge_time_zone(const struct context *c, char *evidence)
{
	enum verdict verdict;
	const json_t *fact;
	const char *zone;
	int64_t minutes;

	if (!c->time_zone || !*c->time_zone)
		return say(evidence, V_NOT_APPLICABLE, "the inventory expects none");
	fact = need(c, FACT_CLOCK, evidence, &verdict);
	if (!fact)
		return verdict;
	zone = json_get_str(fact, "zone");
	if (!zone)
		return say(evidence, V_UNKNOWN, "the time zone is not known");
	if (text_casecmp(zone, c->time_zone) == 0)
		verdict = say(evidence, V_PASS, "%.100s", zone);
	else
		verdict = say(evidence, V_WARN, "%.100s, the inventory expects %.100s", zone,
			      c->time_zone);
	if (json_get_int(fact, "offset_minutes", &minutes))
		say_also(evidence, "now %lld minutes from UTC", (long long)minutes);
	return verdict;
}

enum verdict judge_dotnet(const struct context *c, char *evidence)
{
	enum verdict verdict;
	const json_t *fact = need(c, FACT_DOTNET, evidence, &verdict);
	int64_t release;

	if (!fact)
		return verdict;
	if (!json_get_int(fact, "release", &release))
		return say(evidence, V_FAIL, "no .NET Framework 4.5 or later");
	say(evidence, V_PASS, ".NET Framework %s (release %lld)", dotnet_name(release),
	    (long long)release);
	if (release < c->policy->dotnet_min_release) {
		say_also(evidence, "backups need %s", dotnet_name(c->policy->dotnet_min_release));
		return V_FAIL;
	}
	if (release >= c->policy->dotnet_warn_release)
		return V_PASS;
	say_also(evidence, "the policy asks for %s", dotnet_name(c->policy->dotnet_warn_release));
	return V_WARN;
}

/* Where none is set the system's own default holds: Restricted on clients and before 2012 R2. */
static bool restricted(const struct context *c, const char *policy)
{
	int64_t build = 0;

	if (policy && text_casecmp(policy, "Undefined") != 0)
		return text_casecmp(policy, "Restricted") == 0;
	json_get_int(facts_value(c->facts, FACT_OS), "build", &build);
	return is_client(c) || (build > 0 && build < 9600);
}

/* Why scheduled backups cannot run their script; NULL: they can, as far as is known. */
static const char *why_no_script(const struct context *c)
{
	const json_t *fact = facts_value(c->facts, FACT_POWERSHELL);
	const char *text = json_get_str(fact, "version");
	struct version version;

	if (!text || !version_parse(text, &version))
		return NULL;
	if (version.part[0] < 3)
		return "scheduled backups need 3.0";
	return restricted(c, json_get_str(fact, "execution_policy")) ?
		       "Restricted: scheduled backups cannot run their script" :
		       NULL;
}

/* DPM starts its jobs itself. */
bool runs_no_script(const struct context *c)
{
	return !is_dpm(c) && why_no_script(c);
}

enum verdict judge_powershell(const struct context *c, char *evidence)
{
	enum verdict verdict;
	const json_t *fact = need(c, FACT_POWERSHELL, evidence, &verdict);
	const char *text = json_get_str(fact, "version"),
		   *policy = json_get_str(fact, "execution_policy"),
		   *source = json_get_str(fact, "policy_source");
	bool installed, agent = agent_installed(c->facts, &installed) && installed && !is_dpm(c);
	enum answer module = bool_of(fact, "agent_module"), path = bool_of(fact, "module_on_path");
	const char *no_script = why_no_script(c);
	struct version version;

	if (!fact)
		return verdict;
	if (!text || !version_parse(text, &version))
		return say(evidence, V_UNKNOWN, "the version of PowerShell is not known");
	say(evidence, V_PASS, "%.40s, execution policy %.20s", text, policy ? policy : "not set");
	if (source && strcmp(source, "group-policy") == 0)
		say_also(evidence, "set by group policy");
	say_of(evidence, fact, "edition", "edition ");
	say_of(evidence, fact, "language_mode", "language mode ");
	if (no_script) {
		say_also(evidence, "%s", no_script);
		return V_FAIL;
	}
	if (says(fact, "language_mode", "ConstrainedLanguage")) {
		say_also(evidence, "scripts may not do all they need");
		return V_WARN;
	}
	if (!agent || (module == YES && path == YES))
		return V_PASS;
	if (module == NO || path == NO) {
		say_also(evidence, module == NO ? "MSOnlineBackup is not below the agent's folder" :
						  "MSOnlineBackup is not on the module path");
		return V_WARN;
	}
	say_also(evidence, "whether MSOnlineBackup is on the module path is not known");
	return V_UNKNOWN;
}
