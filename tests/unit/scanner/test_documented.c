/* test_documented.c - texts that name a documented threshold name the one that policy_default()
 * gives: whoever changes one of them changes the other, or one of these is red. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "scanner/checks/checks.h"
#include "scanner/explain/known_errors.h"
#include "scanner/policy/policy.h"
#include "scanner/policy/policy_inside.h"
#include "tests/unit/unit.h"

/* How the rule of a check words the value of a key: in this unit, between these words. A key whose
 * value is a version or a name has no unit: it is shown as a policy file has it. */
/* clang-format off */
static const struct { const char *key, *check, *before; int64_t unit; const char *behind; } rules[] = {
	{ "minimum",                   "mars.version",           "(",                         0,         ")" },
	{ "minimum",                   "mars.registration",      "across ",                   0,         " " },
	{ "scratch-free-bytes",        "scratch.free-space",     "Fails below ",              GB,        " GB." },
	{ "scratch-free-percent",      "scratch.free-space",     "else warns below ",         1,         " % of the volume." },
	{ "scratch-data-fail-percent", "scratch.free-space",     "fails below ",              1,         " % of it" },
	{ "scratch-data-warn-percent", "scratch.free-space",     "of it, warns below ",       1,         " %;" },
	{ "system-state-bytes",        "systemstate.free-space", "Fails below ",              GB,        " GB" },
	{ "system-state-warn-bytes",   "systemstate.free-space", "warns below ",              GB,        " GB" },
	{ "dotnet",                    "os.dotnet",              "Fails below ",              0,         " (" },
	{ "clock-warn",                "os.clock",               "Warns from ",               MINUTE_MS, " minutes on" },
	{ "clock-fail",                "os.clock",               "fails from ",               MINUTE_MS, "." },
	{ "updates-warn",              "os.updates",             "(",                         DAY_MS,    " days)" },
	{ "backup-warn",               "backup.last",            "backup-warn (",             DAY_MS,    " days)" },
	{ "backup-fail",               "backup.last",            "29 days where no ",         0,         " is known)" },
	{ "shadow-percent",            "vss.shadow-storage",     "(",                         1,         " % of it)" },
};
/* Which no check reads. */
static const char *const elsewhere[] = { "stale-after" };
/* clang-format on */

static const struct policy_key *key_named(const char *name)
{
	const struct policy_key *key = policy_keys;

	while (key->name && strcmp(key->name, name) != 0)
		key++;
	ck_assert_msg(key->name != NULL, "no key %s", name);
	return key;
}

static void documented_value(const struct policy_key *key, struct policy_value *value, char *text)
{
	struct policy policy;

	policy_default(&policy);
	policy_value_get(key, &policy, value);
	policy_value_format(key, value, text);
}

START_TEST(a_rule_says_the_threshold_of_the_policy)
{
	const struct check *check = check_find(rules[_i].check);
	char text[POLICY_TEXT];
	struct policy_value value;
	AUTO_FREE char *want = NULL;

	documented_value(key_named(rules[_i].key), &value, text);
	if (rules[_i].unit > 0)
		snprintf(text, sizeof(text), "%g", (double)value.number / (double)rules[_i].unit);
	want = xasprintf("%s%s%s", rules[_i].before, text, rules[_i].behind);
	ck_assert_msg(strstr(check->rule, want) != NULL, "%s is documented as '%s', %s says: %s",
		      rules[_i].key, want, check->id, check->rule);
}
END_TEST

/* Also where a key is new. */
START_TEST(every_threshold_has_a_rule_that_says_it)
{
	for (const struct policy_key *key = policy_keys; key->name; key++) {
		char text[POLICY_TEXT];
		struct policy_value value;
		bool found = false;

		documented_value(key, &value, text);
		found = strcmp(text, "never") == 0 || strcmp(text, "none") == 0;
		for (size_t i = 0; i < ARRAY_LEN(rules); i++)
			found = found || strcmp(rules[i].key, key->name) == 0;
		for (size_t i = 0; i < ARRAY_LEN(elsewhere); i++)
			found = found || strcmp(elsewhere[i], key->name) == 0;
		ck_assert_msg(found, "no row of %s", key->name);
	}
}
END_TEST

/* .NET has a name and a number, and titles and rules name both. */
START_TEST(the_net_framework_is_named_by_its_number)
{
	const struct check *check = check_find("os.dotnet");
	AUTO_FREE char *number = NULL, *title = NULL;
	struct policy policy;

	policy_default(&policy);
	number = xasprintf("(%lld)", (long long)policy.dotnet_min_release);
	title = xasprintf(".NET Framework %s or later", dotnet_name(policy.dotnet_min_release));
	ck_assert_msg(strstr(check->rule, number) != NULL, "%s", check->rule);
	ck_assert_str_eq(check->title, title);
}
END_TEST

static bool is_documented(struct version version)
{
	if (version_cmp(version, documented_minimum) == 0)
		return true;
	for (int i = 0; i < thresholds_count; i++)
		if (version_cmp(version, thresholds[i].version) == 0)
			return true;
	return false;
}

/* Versions of the agent have four parts and begin like this. */
static void versions_of(const char *where, const char *text)
{
	for (const char *at = text; at && (at = strstr(at, "2.0.")); at += 4) {
		size_t len = strspn(at, "0123456789.");
		AUTO_FREE char *word = xstrndup(at, at[len - 1] == '.' ? len - 1 : len);
		struct version version;

		ck_assert_msg(version_parse(word, &version), "%s: %s", where, word);
		ck_assert_msg(is_documented(version), "%s names %s, which thresholds.c does not",
			      where, word);
	}
}

START_TEST(no_text_names_a_version_that_is_not_documented)
{
	const struct known_error *e;

	for (int i = 0; i < CHECK_COUNT; i++) {
		versions_of(checks[i].id, checks[i].rule);
		versions_of(checks[i].id, checks[i].remedy);
	}
	for (int n = 0; (e = error_nth(n)) != NULL; n++) {
		versions_of(e->meaning, e->meaning);
		versions_of(e->meaning, e->cause);
		versions_of(e->meaning, e->remedy);
	}
}
END_TEST

/* Of files that cannot include the number. */
static const struct { const char *file, *before, *behind; } minimums[] = {
	{ "README.md", "Why: agents older than ", " fail" },
	{ "lib/store/outcomes.h", "from below ", " register the server again" },
};

START_TEST(other_files_say_the_minimum)
{
	const char *file = minimums[_i].file;
	char text[VERSION_TEXT];
	struct err err;
	size_t len;
	AUTO_FREE char *page = file_read(file, 100000, &len, &err), *want = NULL;

	ck_assert_msg(page != NULL, "%s (unit tests run at the top of the sources)", err.msg);
	want = xasprintf("%s%s%s", minimums[_i].before, version_format(documented_minimum, text),
			 minimums[_i].behind);
	ck_assert_msg(strstr(page, want) != NULL, "%s has no '%s'", file, want);
}
END_TEST

UNIT_SUITE(documented)
{
	Suite *s = suite_create("documented");
	TCase *tc = tcase_create("documented");

	tcase_add_loop_test(tc, a_rule_says_the_threshold_of_the_policy, 0, ARRAY_LEN(rules));
	tcase_add_test(tc, every_threshold_has_a_rule_that_says_it);
	tcase_add_test(tc, the_net_framework_is_named_by_its_number);
	tcase_add_test(tc, no_text_names_a_version_that_is_not_documented);
	tcase_add_loop_test(tc, other_files_say_the_minimum, 0, ARRAY_LEN(minimums));
	suite_add_tcase(s, tc);
	return s;
}
