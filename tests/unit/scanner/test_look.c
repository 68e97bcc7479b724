/* test_look.c - what a look tells the store of the service obengine: from facts of its own alone,
 * and a run's name only where it is one. */
#include "../unit.h"

#include <string.h>

#include "answers.h"
#include "base/json.h"
#include "base/mem.h"
#include "scanner/facts/probe.h"
#include "scanner/look.h"
#include "tests/unit/store/fixture.h"

#define SERVICE(exists, state) \
	"\"value\":{\"exists\":" exists ",\"state\":" state ",\"start\":2}"
#define KEY(run, engine) \
	"\"value\":{\"msi_busy\":false,\"agent_installer\":0," \
	"\"marker\":{\"run\":" run ",\"phase\":\"reserved\",\"engine\":" engine "}}"
#define NO_KEY "\"value\":{\"msi_busy\":false,\"agent_installer\":0,\"marker\":null}"
#define DENIED "\"error\":\"denied\",\"kind\":\"access-denied\""
#define X32 "abcdefghijklmnopqrstuvwxyz012345"

/* clang-format off */
static const struct {
	const char *label, *service, *key;
	bool old;                       /* the facts are of an earlier look */
	const char *stopped;            /* journal: the store knows of the run "mine" */
} cases[] = {
	{ "runs",                    SERVICE("true", "4"), KEY("\"r1\"", "\"running\""), false, "" },
	{ "stopped, by the key",     SERVICE("true", "1"), KEY("\"r1\"", "\"running\""), false, "r1" },
	{ "paused, by the key",      SERVICE("true", "7"), KEY("\"r1\"", "\"running\""), false, "r1" },
	{ "is starting",             SERVICE("true", "2"), KEY("\"r1\"", "\"running\""), false, "" },
	{ "was stopped before",      SERVICE("true", "1"), KEY("\"r1\"", "\"stopped\""), false, "mine" },
	{ "no key",                  SERVICE("true", "1"), NO_KEY, false, "mine" },
	{ "the key is denied",       SERVICE("true", "1"), DENIED, false, "mine" },
	{ "there is no service",     SERVICE("false", "null"), KEY("\"r1\"", "\"running\""), false, "" },
	{ "the service is denied",   DENIED, KEY("\"r1\"", "\"running\""), false, "" },
	{ "older facts",             SERVICE("true", "1"), KEY("\"r1\"", "\"running\""), true, "" },
	{ "the longest name",        SERVICE("true", "1"), KEY("\"" X32 "\"", "\"running\""), false, X32 },
	{ "a longer name",           SERVICE("true", "1"), KEY("\"" X32 "6\"", "\"running\""), false, "unknown" },
	{ "no name",                 SERVICE("true", "1"), KEY("null", "\"running\""), false, "unknown" },
	{ "an empty name",           SERVICE("true", "1"), KEY("\"\"", "\"running\""), false, "unknown" },
	{ "a command for a name",    SERVICE("true", "1"), KEY("\"r1;reboot\"", "\"running\""), false, "unknown" },
	{ "an option for a name",    SERVICE("true", "1"), KEY("\"-y\"", "\"running\""), false, "unknown" },
	{ "colours for a name",      SERVICE("true", "1"), KEY("\"r\\u001b[31m\"", "\"running\""), false, "unknown" },
};
/* clang-format on */

START_TEST(who_stopped_obengine_is_of_this_look)
{
	struct answer answers[] = { { "service.obengine", cases[_i].service },
				    { "installers", cases[_i].key } };
	struct store *s = temp_store();
	struct look look = { .utc_ms = 5000 };
	struct tx *tx = tx_new();
	struct host_rows rows;

	healthy_with(&look.facts, answers, ARRAY_LEN(answers));
	for (int i = 0; i < look.facts.count; i++)
		look.facts.fact[i].older = cases[_i].old;
	tx_engine_change(tx, "h2", "mine");
	look_store(&look, tx, "h2", 0, "scan");
	must_run(s, tx);
	get_host(s, "h2", &rows);
	ck_assert_msg(strcmp(rows.row->engine_stopped_by, cases[_i].stopped) == 0,
		      "%s: stopped by '%s'", cases[_i].label, rows.row->engine_stopped_by);
	host_rows_release(&rows);
	facts_release(&look.facts);
	store_close(s);
}
END_TEST

/* A version of no form is news of none: the one that is known stays. */
START_TEST(what_was_dropped_changes_no_version)
{
	static const char *const said[] = { "2.0.9938.0", NULL };
	struct store *s = temp_store();
	struct host_rows rows;

	for (size_t i = 0; i < ARRAY_LEN(said); i++) {
		struct look *look = xcalloc(1, sizeof(*look));
		struct tx *tx = tx_new();
		struct policy policy;

		policy_default(&policy);
		look->utc_ms = 5000 + (int64_t)i;
		healthy_but(&look->facts, said[i] ? NULL : "agent",
			    "\"value\":{\"installed\":true,\"install_path\":null,"
			    "\"exe_path\":\"x\",\"exe_version\":1.5,\"uninstall\":[],"
			    "\"service_path\":null,\"service_version\":null}");
		look_judge(look, &(struct context){ .policy = &policy, .cloud = "public" },
			   "required");
		look_store(look, tx, "h1", 0, "scan");
		look_free(look);
		must_run(s, tx);
	}
	get_host(s, "h1", &rows);
	ck_assert_str_eq(rows.row->version, said[0]);
	ck_assert_str_eq(rows.row->status, "undetermined");
	ck_assert_str_eq(json_get_str(json_object_get(rows.row->facts, "agent"), FACT_DROPPED),
			 "exe_version");
	host_rows_release(&rows);
	store_close(s);
}
END_TEST

/* Facts that hang one after the other end before the call does, whatever its limit is. */
START_TEST(all_facts_have_less_time_than_their_call)
{
	static const int64_t calls[] = { 1000, 5000, 60000, 120000, 240000, INT64_C(86400000) };
	AUTO_JSON json_t *asked = probe_request(CLOUD_PUBLIC, NULL, true, probe_facts_ms(240000));
	AUTO_JSON json_t *free = probe_request(CLOUD_PUBLIC, NULL, true, 0);

	for (size_t i = 0; i < ARRAY_LEN(calls); i++) {
		ck_assert_int_lt(probe_facts_ms(calls[i]), calls[i]);
		ck_assert_int_ge(probe_facts_ms(calls[i]), calls[i] * 4 / 5);
	}
	ck_assert_int_eq(probe_facts_ms(240000), 225000);
	ck_assert_int_eq(
		json_integer_value(json_object_get(json_object_get(asked, "limits"), "all_ms")),
		225000);
	ck_assert(json_is_null(json_object_get(json_object_get(free, "limits"), "all_ms")));
}
END_TEST

UNIT_SUITE(look)
{
	Suite *s = suite_create("look");
	TCase *tc = tcase_create("obengine");

	tcase_add_loop_test(tc, who_stopped_obengine_is_of_this_look, 0, ARRAY_LEN(cases));
	tcase_add_test(tc, what_was_dropped_changes_no_version);
	tcase_add_test(tc, all_facts_have_less_time_than_their_call);
	suite_add_tcase(s, tc);
	return s;
}
