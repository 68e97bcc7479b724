/* checks_security.c - who else is at the files: the rights on System Volume Information, antivirus
 * products and drivers, and whether the agent's folders are left out of their scans. */
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/winpath.h"
#include "scanner/checks/checks_inside.h"

enum verdict judge_svi(const struct context *c, char *evidence)
{
	enum verdict verdict;
	const json_t *fact = need(c, FACT_SECURITY_SVI, evidence, &verdict);
	const char *owner = json_get_str(fact, "owner_sid");

	if (!fact)
		return verdict;
	switch (bool_of(fact, "full_control")) {
	case YES:
		return say(evidence, V_PASS, "SYSTEM has full control");
	case NO:
		return say(evidence, V_FAIL, "SYSTEM has no full control, owner is %.80s",
			   or_none(owner));
	case NOT_KNOWN:
		break;
	}
	return say(evidence, V_UNKNOWN, "the rights on System Volume Information are not known");
}

enum verdict judge_antivirus(const struct context *c, char *evidence)
{
	enum verdict verdict;
	const json_t *fact = need(c, FACT_ANTIVIRUS, evidence, &verdict);
	size_t i;
	json_t *row;

	if (!fact)
		return verdict;
	if (bool_of(fact, "defender") == YES)
		say_also(evidence, "Windows Defender");
	json_array_foreach(json_get_arr(fact, "products"), i, row)
		say_also(evidence, "%.60s", or_none(json_get_str(row, "name")));
	json_array_foreach(json_get_arr(fact, "filters"), i, row)
		say_also(evidence, "filter driver %.40s", or_none(json_get_str(row, "name")));
	return *evidence ? V_PASS : say(evidence, V_PASS, "none was found");
}

/* Whether an exclusion covers a path: the same, a folder above it, or a pattern with *. */
static bool covers(const char *exclusion, const char *path)
{
	if (strpbrk(exclusion, "*?"))
		return winpath_matches(exclusion, path);
	return winpath_within(exclusion, path);
}

static bool excluded(const json_t *list, const char *kind, const char *what)
{
	size_t i;
	json_t *row;

	json_array_foreach(list, i, row)
	{
		const char *found = json_get_str(row, "kind"), *value = json_get_str(row, "value");

		if (found && value && strcmp(found, kind) == 0 && covers(value, what))
			return true;
	}
	return false;
}

/* A process is left out by its path or by its name alone. */
static bool process_excluded(const json_t *list, const char *path)
{
	return excluded(list, "process", path) || excluded(list, "process", winpath_name(path));
}

enum verdict judge_exclusions(const struct context *c, char *evidence)
{
	enum verdict verdict;
	const json_t *fact = need_of_agent(c, FACT_ANTIVIRUS_EXCLUSIONS, evidence, &verdict);
	const json_t *agent = facts_value(c->facts, FACT_AGENT), *list = json_get_arr(fact, "list");
	const char *folder = json_get_str(agent, "install_path"),
		   *exe = json_get_str(agent, "exe_path"),
		   *scratch = json_get_str(facts_value(c->facts, FACT_SCRATCH), "path");

	if (!fact)
		return verdict;
	if (bool_of(facts_value(c->facts, FACT_ANTIVIRUS), "defender") == NO)
		return say(evidence, V_NOT_APPLICABLE,
			   "Windows Defender does not run; others' exclusions cannot be read");
	if (bool_of(fact, "known") != YES)
		return say(evidence, V_UNKNOWN, "the exclusions could not be read; %s",
			   check_not_system);
	if (folder && !excluded(list, "path", folder))
		say_also(evidence, "%.100s is not excluded", folder);
	if (scratch && !excluded(list, "path", scratch))
		say_also(evidence, "%.100s is not excluded", scratch);
	if (exe && !process_excluded(list, exe))
		say_also(evidence, "the process %.100s is not excluded", exe);
	if (*evidence)
		return V_WARN;
	if (fact_dropped(agent, "install_path") || fact_dropped(agent, "exe_path"))
		return say(evidence, V_UNKNOWN, "where the agent is installed is not known");
	return say(evidence, V_PASS, "the agent's folders and cbengine.exe are excluded");
}

/* Adds "what name, name" of a list of the fact; how many it has. */
static int add_software(const json_t *fact, const char *list, const char *what, char *evidence)
{
	size_t i;
	json_t *row;

	json_array_foreach(json_get_arr(fact, list), i, row)
		say_also(evidence, "%s %.60s", what, or_none(json_get_str(row, "name")));
	return (int)json_array_size(json_get_arr(fact, list));
}

enum verdict judge_interference(const struct context *c, char *evidence)
{
	enum verdict verdict;
	const json_t *fact = need(c, FACT_INTERFERENCE, evidence, &verdict);

	if (!fact)
		return verdict;
	if (add_software(fact, "services", "service", evidence) +
		    add_software(fact, "providers", "VSS provider", evidence) +
		    add_software(fact, "filters", "filter driver", evidence) ==
	    0)
		return say(evidence, V_PASS, "none was found");
	return newest_failed(c) == TOLD_TIME ? V_WARN : V_PASS;
}
