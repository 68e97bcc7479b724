/* test_found.c - what an upgrade may not take from a server, a row each: before, after, what is
 * said of it. */
#include "tests/unit/unit.h"

#include <string.h>

#include "base/mem.h"
#include "upgrader/job/found.h"

/* clang-format off */
static const struct {
	const char *fact, *before, *after;      /* after NULL: not answered */
	enum found_verdict want;
	const char *said;
} cases[] = {
	{ "scratch", "'config': 'C:\\\\S\\\\', 'provider': null", "'config': 'c:/s', 'provider': 'D:'", FOUND_SAME, "" },
	{ "scratch", "'config': 'C:\\\\S', 'provider': 'C:\\\\S'", "'config': 'C:\\\\S', 'provider': 'C:\\\\T'", FOUND_LOST,
	  "the scratch location (CloudBackupProvider) is no longer as before (was 'C:\\S')" },
	{ "scratch", "'config': 'C:\\\\S', 'provider': 'C:\\\\S'", "'config': null, 'provider': null", FOUND_LOST,
	  "the scratch location (Config) is no longer as before (was 'C:\\S'); "
	  "the scratch location (CloudBackupProvider) is no longer as before (was 'C:\\S')" },
	{ "scratch", "'config': 'C:\\\\S', 'provider': null", NULL, FOUND_UNKNOWN,
	  "the scratch location (Config) cannot be read" },
	{ "scratch", "'config': null, 'provider': null, 'kek_exists': true",
	  "'config': null, 'provider': null, 'kek_exists': false", FOUND_LOST, "the key file OnlineBackup.KEK is gone" },
	{ "scratch", "'config': null, 'provider': null, 'kek_exists': true",
	  "'config': null, 'provider': null, 'kek_exists': null", FOUND_SAME, "" },
	{ "agent-config", "'registered': true, 'task_exists': false", "'registered': false, 'task_exists': true", FOUND_LOST,
	  "the registration is gone" },
	{ "agent-config", "'encryption_set': true", "'encryption_set': false", FOUND_LOST, "the encryption key is gone" },
	{ "agent-config", "'encryption_set': true", "'encryption_set': null", FOUND_SAME, "" },
	{ "agent-config", "'task_enabled': true", "'task_enabled': null", FOUND_UNKNOWN,
	  "the schedule task's being enabled cannot be read" },
	{ "backup.policy", "'known': true, 'files': true, 'system_state': true",
	  "'known': true, 'files': true, 'system_state': false", FOUND_LOST, "the policy of the system state is gone" },
	{ "backup.policy", "'known': true, 'files': true, 'system_state': null",
	  "'known': false, 'files': null, 'system_state': null", FOUND_SAME, "" },
	{ "network.proxy", "'agent_known': true, 'agent': 'px:8080'", "'agent_known': true, 'agent': null", FOUND_LOST,
	  "the proxy of the agent is no longer as before (was 'px:8080')" },
	{ "network.proxy", "'agent_known': true, 'agent': 'px:8080'", "'agent_known': false, 'agent': null", FOUND_SAME, "" },
	{ "service.obengine", "'exists': true, 'state': 4, 'start': 3", "'exists': true, 'state': 1, 'start': 2", FOUND_SAME, "" },
	{ "service.obengine", "'exists': true, 'state': 4, 'start': 2", "'exists': true, 'state': 4, 'start': 4", FOUND_LOST,
	  "the start type of obengine is no longer as before (was automatic, is disabled)" },
	{ "service.obengine", "'exists': true, 'state': 4, 'start': 2", "'exists': true, 'state': 4, 'start': 3", FOUND_LOST,
	  "the start type of obengine is no longer as before (was automatic, is manual)" },
	{ "service.obengine", "'exists': true, 'state': 4, 'start': 0", "'exists': true, 'state': 4, 'start': 9", FOUND_LOST,
	  "the start type of obengine is no longer as before (was boot, is unknown)" },
	{ "service.management-agent", "'exists': true, 'state': 4, 'start': 3", "'exists': true, 'state': 4, 'start': 4", FOUND_LOST,
	  "the start type of the management agent is no longer as before (was manual, is disabled)" },
	{ "service.management-agent", "'exists': true, 'state': 4, 'start': 2",
	  "'exists': false, 'state': null, 'start': null", FOUND_LOST, "the management agent is gone" },
};
/* clang-format on */

static const char *const others[] = {
	[0] = "'task_exists': null, 'task_enabled': null, 'task_account': null, "
	      "'registered': null, 'encryption_set': null",
	[1] = "'config': null, 'provider': null, 'path': null, 'exists': null, 'volume': null, "
	      "'size_bytes': null, 'free_bytes': null",
	[2] = "'system': null, 'system_auto': null, 'system_except': null, 'winhttp': null, "
	      "'winhttp_except': null",
	[3] = "'offline': false, 'volumes': [], 'next_files_utc_ms': null, "
	      "'next_system_state_utc_ms': null",
};

/* A fact of these members, the others as where nothing is known. */
static void add(struct facts *facts, const char *fact, const char *members)
{
	AUTO_JSON json_t *value = json_object(), *line;
	AUTO_FREE char *text = NULL;

	for (size_t i = 0; i <= ARRAY_LEN(others); i++) {
		AUTO_FREE char *object =
			xasprintf("{%s}", i < ARRAY_LEN(others) ? others[i] : members);
		AUTO_JSON json_t *some = NULL;

		for (char *p = object; *p; p++)
			*p = *p == '\'' ? '"' : *p;
		some = json_loads(object, 0, NULL);
		ck_assert_msg(some != NULL, "%s", object);
		json_object_update(value, some);
	}
	line = json_pack("{s:s, s:i, s:O}", "fact", fact, "ms", 1, "value", value);
	text = json_dumps(line, JSON_COMPACT);
	facts_line(facts, text, strlen(text), 1);
	ck_assert_msg(facts->count == 1 && facts->fact[0].value, "%s: %s", fact,
		      facts->fact ? facts->fact[0].error : "no fact");
}

START_TEST(what_was_there_is_there_afterwards)
{
	AUTO_JSON json_t *kept = NULL;
	struct facts before, after;
	char said[400];

	facts_init(&before);
	facts_init(&after);
	add(&before, cases[_i].fact, cases[_i].before);
	if (cases[_i].after)
		add(&after, cases[_i].fact, cases[_i].after);
	kept = found_keep(&before);
	ck_assert_int_eq(found_compare(kept, &after, said, sizeof(said)), cases[_i].want);
	ck_assert_str_eq(said, cases[_i].said);
	ck_assert_int_eq(found_compare(NULL, &after, said, sizeof(said)), FOUND_SAME);
	facts_release(&before);
	facts_release(&after);
}
END_TEST

UNIT_SUITE(found)
{
	Suite *s = suite_create("found");
	TCase *tc = tcase_create("found");

	tcase_add_loop_test(tc, what_was_there_is_there_afterwards, 0, ARRAY_LEN(cases));
	suite_add_tcase(s, tc);
	return s;
}
