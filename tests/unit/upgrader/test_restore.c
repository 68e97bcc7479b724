/* test_restore.c - where obengine is started again: by the key or the journal, from fresh facts;
 * and what a host's "no" means. */
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "tests/unit/scanner/answers.h"
#include "tests/unit/unit.h"
#include "upgrader/restore.h"

#define SERVICE(exists, state, start) \
	"\"value\":{\"exists\":" exists ",\"state\":" state ",\"start\":" start "}"
#define KEY(run, engine) \
	"\"value\":{\"msi_busy\":false,\"agent_installer\":0," \
	"\"marker\":{\"run\":" run ",\"engine\":" engine "}}"
#define CYCLING(age) \
	"\"value\":{\"msi_busy\":false,\"agent_installer\":0," \
	"\"marker\":{\"run\":\"r1\",\"phase\":\"cycling\"," \
	"\"controller\":\"box-1\",\"age_ms\":" age ",\"hold_ms\":3000000,\"engine\":\"running\"}}"
#define NO_KEY "\"value\":{\"msi_busy\":false,\"agent_installer\":0,\"marker\":null}"
#define DENIED "\"error\":\"denied\",\"kind\":\"access-denied\""
#define STOPPED SERVICE("true", "1", "2")

/* clang-format off */
static const struct {
	const char *label, *service, *installers, *changed_by;
	bool older;                     /* facts of an earlier look */
	enum errand_end want;
	const char *run, *reason;
} looks[] = {
	{ "runs", SERVICE("true", "4", "2"), KEY("\"r1\"", "\"running\""), "mine", false,
	  ERRAND_FINE, "", "obengine runs" },
	{ "the key says so", STOPPED, KEY("\"r1\"", "\"running\""), "", false, ERRAND_NOT_BEGUN,
	  "r1", "" },
	{ "the key comes first", STOPPED, KEY("\"r1\"", "\"running\""), "mine", false,
	  ERRAND_NOT_BEGUN, "r1", "" },
	{ "in the middle of it", STOPPED, CYCLING("599999"), "", false, ERRAND_AT_WORK, "r1",
	  "stopped it a moment ago" },
	{ "and never came back", STOPPED, CYCLING("600000"), "", false, ERRAND_NOT_BEGUN, "r1",
	  "" },
	{ "the journal says so",    STOPPED, NO_KEY, "mine", false, ERRAND_NOT_BEGUN, "mine", "" },
	{ "the key is not read",    STOPPED, DENIED, "mine", false, ERRAND_NOT_BEGUN, "mine", "" },
	{ "found stopped by a run", STOPPED, KEY("\"r1\"", "\"stopped\""), "", false,
	  ERRAND_REFUSED, "", "left to a person" },
	{ "of an older version", STOPPED, KEY("\"r1\"", "null"), "", false, ERRAND_REFUSED, "",
	  "left to a person" },
	{ "somebody else", STOPPED, NO_KEY, "", false, ERRAND_REFUSED, "", "left to a person" },
	{ "nobody knows", STOPPED, DENIED, "", false, ERRAND_REFUSED, "", "left to a person" },
	{ "a hostile name", STOPPED, KEY("\"-y; reboot\"", "\"running\""), "", false,
	  ERRAND_NOT_BEGUN, "unknown", "" },
	{ "is stopping", SERVICE("true", "3", "2"), NO_KEY, "mine", false, ERRAND_NOT_BEGUN,
	  "mine", "" },
	{ "is disabled", SERVICE("true", "1", "4"), NO_KEY, "mine", false, ERRAND_FAILED, "mine",
	  "disabled by now" },
	{ "is gone", SERVICE("false", "null", "null"), NO_KEY, "mine", false, ERRAND_FAILED, "",
	  "does not exist" },
	{ "is denied", DENIED, NO_KEY, "mine", false, ERRAND_FAILED, "", "could not be seen" },
	{ "has no state", SERVICE("true", "null", "2"), NO_KEY, "mine", false, ERRAND_FAILED, "",
	  "could not be seen" },
	{ "was seen long ago", STOPPED, NO_KEY, "mine", true, ERRAND_FAILED, "",
	  "could not be seen" },
};

static const struct {
	const char *label, *answer;
	enum errand_end want;
	const char *reason;
} refusals[] = {
	{ "at work", "{\"code\":\"installer-at-work\",\"until_utc_ms\":1700000000000}",
	  ERRAND_AT_WORK, "which has until 2023-11-14T22:13:20Z: nothing was started" },
	{ "at work for long", "{\"code\":\"installer-at-work\",\"until_utc_ms\":null}",
	  ERRAND_AT_WORK, "until when is not known: nothing was started" },
	{ "does not start", "{\"code\":\"start-failed\",\"text\":\"state\\u001b 1\"}",
	  ERRAND_FAILED, "does not start (state\\x1b 1)" },
	{ "no service", "{\"code\":\"no-service\"}", ERRAND_FAILED, "does not exist" },
	{ "a code of tomorrow", "{\"code\":\"xyz\"}", ERRAND_FAILED, "does not start (xyz)" },
};
/* clang-format on */

START_TEST(what_is_started_is_what_we_stopped)
{
	struct answer answers[] = { { "service.obengine", looks[_i].service },
				    { "installers", looks[_i].installers } };
	char run[RUN_NAME], reason[PREFLIGHT_REASON];
	enum errand_end got;
	struct facts facts;

	healthy_with(&facts, answers, ARRAY_LEN(answers));
	for (int i = 0; i < facts.count; i++)
		facts.fact[i].older = looks[_i].older;
	got = restore_judge(&facts, looks[_i].changed_by, run, reason);
	ck_assert_msg(got == looks[_i].want, "%s: %s", looks[_i].label,
		      errand_end_name(&restore_kind, got));
	ck_assert_msg(strcmp(run, looks[_i].run) == 0, "%s: run '%s'", looks[_i].label, run);
	ck_assert_msg(*looks[_i].reason ? strstr(reason, looks[_i].reason) != NULL : !*reason,
		      "%s: '%s'", looks[_i].label, reason);
	facts_release(&facts);
}
END_TEST

START_TEST(a_refusal_says_what_to_wait_for)
{
	struct err err;
	const char *text = refusals[_i].answer;
	AUTO_JSON json_t *answer = json_parse(text, strlen(text), &err);
	char reason[PREFLIGHT_REASON];
	enum errand_end got;

	ck_assert_msg(answer != NULL, "%s", err.msg);
	json_object_set_new(answer, "ok", json_false());
	got = restore_refused(answer, reason);
	ck_assert_msg(got == refusals[_i].want, "%s: %s", refusals[_i].label,
		      errand_end_name(&restore_kind, got));
	ck_assert_msg(strstr(reason, refusals[_i].reason), "%s: '%s'", refusals[_i].label, reason);
}
END_TEST

UNIT_SUITE(restore)
{
	Suite *s = suite_create("restore");
	TCase *tc = tcase_create("restore");

	tcase_add_loop_test(tc, what_is_started_is_what_we_stopped, 0, ARRAY_LEN(looks));
	tcase_add_loop_test(tc, a_refusal_says_what_to_wait_for, 0, ARRAY_LEN(refusals));
	suite_add_tcase(s, tc);
	return s;
}
