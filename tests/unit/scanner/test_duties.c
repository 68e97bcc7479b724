/* test_duties.c - what an upgrade leaves to people follows from its versions and from what was seen
 * since, and the word for all of it is known wherever one is asked for. */
#include "../unit.h"

#include <string.h>

#include "answers.h"
#include "base/json.h"
#include "base/mem.h"
#include "scanner/duties.h"
#include "scanner/explain/explain.h"
#include "store/outcomes.h"
#include "tests/unit/store/fixture.h"

/* A healthy server had its last backup then, and was started a while before. */
#define BACKUP INT64_C(1699990000000)
#define BOOT INT64_C(1699000000000)

#define STOPPED "\"value\":{\"exists\":true,\"state\":1,\"start\":2}"
#define UNREGISTERED \
	"\"value\":{\"registered\":false,\"task_exists\":false,\"task_enabled\":null," \
	"\"task_account\":null,\"encryption_set\":null}"
#define DPM "\"value\":{\"kind\":\"dpm\",\"dpm_version\":null}"
#define NO_BACKUP "\"value\":{\"completed_utc_ms\":null,\"event\":null}"

/* clang-format off */
static const struct {
	const char *label;
	const char *before, *after;
	int64_t ended_utc_ms;
	bool reboot;
	struct answer change[2];
	const char *stopped_by, *want;
	int64_t skew_ms;
	const char *status;
} cases[] = {
	{ "nothing was brought", "2.0.9938.0", "", BACKUP + 1, false, { { 0 } }, "", "", 0, "" },
	{ "the same version", "2.0.9938.0", "2.0.9938.0", BACKUP + 1, false, { { 0 } }, "", "", 0, "" },
	{ "a backup since", "2.0.9070.0", "2.0.9938.0", BACKUP - 1, false, { { 0 } }, "", "", 0, "" },
	{ "none since", "2.0.9100.0", "2.0.9938.0", BACKUP + 1, false, { { 0 } }, "", "back-up", 0, "" },
	{ "none ever", "2.0.9100.0", "2.0.9938.0", BACKUP - 1, false,
	  { { "backup.last", NO_BACKUP }, { "backup.last-job", NULL } }, "", "back-up", 0, "" },
	{ "crossed", "2.0.9070.0", "2.0.9938.0", BACKUP + 1, false, { { 0 } }, "", "register;back-up", 0, "" },
	{ "to the minimum", "2.0.9082.9", "2.0.9083.0", BACKUP + 1, false, { { 0 } }, "", "register;back-up", 0, "" },
	{ "not that far", "2.0.9070.0", "2.0.9082.9", BACKUP + 1, false, { { 0 } }, "", "back-up", 0, "" },
	{ "from an unread version", "", "2.0.9938.0", BACKUP + 1, false, { { 0 } }, "", "back-up", 0, "" },
	{ "from one that others told", "", "2.0.9938.0", BACKUP + 1, false, { { 0 } }, "", "register;back-up", 0,
	  "needs-registration" },
	{ "not that far, by its version", "2.0.9100.0", "2.0.9938.0", BACKUP + 1, false, { { 0 } }, "", "back-up", 0,
	  "needs-registration" },
	{ "never registered", "2.0.9100.0", "2.0.9938.0", BACKUP + 1, false, { { "agent-config", UNREGISTERED } }, "", "register;back-up", 0, "" },
	{ "DPM registers otherwise", "2.0.9100.0", "2.0.9938.0", BACKUP + 1, false,
	  { { "agent-config", UNREGISTERED }, { "server-kind", DPM } }, "", "back-up", 0, "" },
	/* an hour ahead of us, so that its backup ended an hour before by our clock */
	{ "by the server's clock", "2.0.9100.0", "2.0.9938.0", BACKUP - 60000, false,
	  { { "backup.last-job", NULL } }, "", "back-up", 3600000, "" },
	{ "a restart is open", "2.0.9100.0", "2.0.9938.0", BACKUP - 1, true, { { 0 } }, "", "reboot", 0, "" },
	{ "it was restarted", "2.0.9100.0", "2.0.9938.0", BOOT - 1, true, { { 0 } }, "", "", 0, "" },
	{ "it stands still", "2.0.9100.0", "2.0.9938.0", BACKUP - 1, false, { { "service.obengine", STOPPED } }, "", "start-obengine", 0, "" },
	{ "stopped, nothing brought", "2.0.9100.0", "", BACKUP - 1, false, { { "service.obengine", STOPPED } }, "", "", 0, "" },
	{ "left stopped by us", "2.0.9100.0", "", BACKUP - 1, false, { { "service.obengine", STOPPED } }, "r1", "start-obengine", 0, "" },
	{ "all at once", "2.0.9070.0", "2.0.9938.0", BACKUP + 1, true, { { "service.obengine", STOPPED } }, "r1",
	  "start-obengine;reboot;register;back-up", 0, "" },
};
/* clang-format on */

START_TEST(what_is_left_follows_from_what_was_seen)
{
	struct store_job_row job = { .before = (char *)cases[_i].before,
				     .after = (char *)cases[_i].after,
				     .reboot_pending = cases[_i].reboot,
				     .ended_utc_ms = cases[_i].ended_utc_ms };
	AUTO_JSON json_t *values = json_object(), *seen = json_object();
	struct host_row row = { .status = (char *)cases[_i].status,
				.engine_stopped_by = (char *)cases[_i].stopped_by,
				.facts = values,
				.facts_utc = seen };
	struct facts facts;
	AUTO_FREE char *words = NULL;

	healthy_with(&facts, cases[_i].change, ARRAY_LEN(cases[_i].change));
	facts_set_skew(&facts, cases[_i].skew_ms);
	for (int i = 0; i < facts.count; i++) {
		json_object_set(values, facts.fact[i].name, facts.fact[i].value);
		json_object_set_new(seen, facts.fact[i].name, json_integer(HEALTHY_UTC_MS));
	}
	words = duties_words(duties_left(&job, &row));
	ck_assert_msg(strcmp(words, cases[_i].want) == 0, "%s: '%s'", cases[_i].label, words);
	facts_release(&facts);
}
END_TEST

/* Its backup was followed to a good end before the job ended: no look after that has to tell. */
START_TEST(a_backup_that_was_followed_leaves_none)
{
	AUTO_JSON json_t *memory = json_pack("{s:i}", JOB_MEMORY_CONFIRMED, 5);
	AUTO_JSON json_t *none = json_object();
	struct store_job_row job = { .before = "2.0.9100.0",
				     .after = "2.0.9938.0",
				     .ended_utc_ms = 9 };
	struct host_row row = {
		.status = "", .engine_stopped_by = "", .facts = none, .facts_utc = none
	};

	ck_assert_uint_eq(duties_left(&job, &row), 1U << DUTY_BACK_UP);
	job.memory = memory;
	ck_assert_uint_eq(duties_left(&job, &row), 0);
}
END_TEST

/* In another order than the hosts'; no inventory names one any more, another no run had. */
START_TEST(each_job_gets_what_its_host_has_left)
{
	struct store_job_row jobs[] = {
		{ .host = "h2", .before = "2.0.9070.0", .after = "2.0.9938.0", .ended_utc_ms = 9 },
		{ .host = "gone",
		  .before = "2.0.9070.0",
		  .after = "2.0.9938.0",
		  .ended_utc_ms = 9 },
		{ .host = "h1", .before = "2.0.9100.0", .after = "2.0.9938.0", .ended_utc_ms = 9 },
	};
	const struct store_job_row *job[] = { &jobs[0], &jobs[1], &jobs[2] };
	struct store *s = temp_store();
	AUTO_FREE unsigned *left = NULL;
	struct err err;

	left = duties_find(s, job, ARRAY_LEN(job), &err);
	ck_assert_msg(left != NULL, "%s", err.msg);
	ck_assert_uint_eq(left[0], 1U << DUTY_REGISTER | 1U << DUTY_BACK_UP);
	ck_assert_uint_eq(left[1], DUTIES_UNKNOWN);
	ck_assert_uint_eq(left[2], 1U << DUTY_BACK_UP);
	store_close(s);
}
END_TEST

START_TEST(a_word_is_explained)
{
	struct topic topic[TOPICS_MAX];

	ck_assert_int_eq(explain(duties[_i].word, topic), 1);
	ck_assert_str_eq(topic[0].remedy, duties[_i].remedy);
}
END_TEST

/* The word that rings for all of them. */
START_TEST(so_is_the_word_for_any)
{
	struct topic topic[TOPICS_MAX];

	ck_assert_int_eq(explain(WORD_ANY_DUTY, topic), 1);
	ck_assert_ptr_nonnull(strstr(topic[0].remedy, "report run"));
}
END_TEST

UNIT_SUITE(duties)
{
	Suite *suite = suite_create("duties");
	TCase *tc = tcase_create("what an upgrade leaves");

	tcase_add_loop_test(tc, what_is_left_follows_from_what_was_seen, 0, ARRAY_LEN(cases));
	tcase_add_test(tc, a_backup_that_was_followed_leaves_none);
	tcase_add_test(tc, each_job_gets_what_its_host_has_left);
	tcase_add_loop_test(tc, a_word_is_explained, 0, DUTY_COUNT);
	tcase_add_test(tc, so_is_the_word_for_any);
	suite_add_tcase(suite, tc);
	return suite;
}
