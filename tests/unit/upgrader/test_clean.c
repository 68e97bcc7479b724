/* test_clean.c - what a look says of left-overs that shall go, and what a host's answer means. */
#include "../unit.h"

#include <string.h>

#include "../scanner/verdicts.h"
#include "base/json.h"
#include "base/mem.h"
#include "upgrader/clean.h"

#define TASK(name) "left-overs", "tasks=[{'name':'" name "','state':3}]"
#define KEY(run, age, engine) \
	"installers", "marker={'run':'" run "','utc_ms':1,'sha256':'x','phase':'reserved'," \
	"'controller':'box-0a','since_utc_ms':1699900000000,'seen_utc_ms':1699900000000," \
	"'age_ms':" age ",'hold_ms':1000,'engine':" engine "}"
#define DOWN "service.obengine", "state=1"

/* clang-format off */
static const struct { const char *label; enum errand_end want; const char *says, *change[6]; } looks[] = {
	{ "nothing there",      ERRAND_FINE,      "nothing is left there", { NULL } },
	{ "left over",          ERRAND_NOT_BEGUN, "[\"gone\"]", { TASK("boot-gone") } },
	{ "over",               ERRAND_NOT_BEGUN, "[\"done\"]", { TASK("boot-done") } },
	{ "not over",           ERRAND_FINE,      "marshal upgrade resume half", { TASK("boot-half") } },
	{ "the key alone",      ERRAND_NOT_BEGUN, "[\"gone\"]", { KEY("gone", "1001", "null") } },
	{ "held by a run that is not over, and left-overs", ERRAND_NOT_BEGUN, "[\"gone\"]", { TASK("boot-gone"), KEY("half", "1001", "null") } },
	{ "held",               ERRAND_REFUSED,   "by run other of box-0a since", { TASK("boot-gone"), KEY("other", "1000", "null") } },
	{ "held, all is there", ERRAND_REFUSED,   "by run done of box-0a since", { KEY("done", "1000", "null") } },
	{ "an installer",       ERRAND_AT_WORK,   "an installer or a task", { TASK("boot-gone"), "installers", "agent_installer=1" } },
	{ "a task at work",     ERRAND_AT_WORK,   "an installer or a task", { "left-overs", "tasks=[{'name':'boot-gone','state':4}]" } },
	{ "stopped",            ERRAND_STOPPED,   "nobody knows", { TASK("boot-gone"), DOWN } },
	{ "stopped by a run",   ERRAND_STOPPED,   "which run gone left stopped: marshal upgrade restore h1", { DOWN, KEY("gone", "1001", "'running'") } },
	{ "found stopped",      ERRAND_NOT_BEGUN, "[\"gone\"]", { DOWN, KEY("gone", "1001", "'stopped'") } },
	{ "not seen",           ERRAND_FAILED,    "could not be seen", { "left-overs", LATE } },
	{ "no key seen",        ERRAND_FAILED,    "could not be seen", { TASK("boot-gone"), "installers", LATE } },
};

static const struct { const char *answer; enum errand_end want; const char *says; } refusals[] = {
	{ "{\"code\":\"reserved\",\"reservation\":{\"run\":\"r\\u001b9\",\"controller\":\"b\"}}", ERRAND_REFUSED, "by run r\\x1b9 of b" },
	{ "{\"code\":\"reserved\",\"text\":\"run 9\"}", ERRAND_REFUSED, "run 9: nothing" },
	{ "{\"code\":\"locked\",\"text\":\"another call\"}", ERRAND_REFUSED, "another call: nothing was taken away" },
	{ "{\"code\":\"installer-at-work\",\"text\":\"x\"}", ERRAND_AT_WORK, "x: nothing" },
	{ "{\"code\":\"task-at-work\",\"text\":\"the task\"}", ERRAND_AT_WORK, "the task: nothing" },
	{ "{\"code\":\"not-running\",\"text\":\"state 1\"}", ERRAND_STOPPED, "state 1" },
	{ "{\"code\":\"tomorrow\"}", ERRAND_FAILED, "tomorrow: nothing" },
};

static const struct { const char *answer; enum errand_end want; const char *says; } answers[] = {
	{ "{\"removed\":[\"boot-7\",\"marker\"],\"left\":[]}", ERRAND_DONE, "gone: boot-7, marker" },
	{ "{\"removed\":[],\"left\":[]}", ERRAND_DONE, "nothing was there any more" },
	{ "{\"removed\":[\"marker\"],\"left\":[\"boot-7\"]}", ERRAND_FAILED, "marker are gone; left there: boot-7" },
	{ "{\"removed\":[],\"left\":[\"a\\u001b\",7]}", ERRAND_FAILED, "left there: a\\x1b, ?" },
	{ "{\"removed\":7}", ERRAND_DONE, "nothing" },
};
/* clang-format on */

START_TEST(a_look_says_whether_anything_may_go)
{
	AUTO_JSON json_t *past = json_loads("{\"runs\":{\"done\":true,\"half\":false}}", 0, NULL);
	struct errand_target t = { .name = (char *)"h1" };
	AUTO_FREE char *runs = NULL;
	const char *said;
	struct facts f;

	row_facts(looks[_i].change, &f);
	clean_kind.judge(&t, &f, past);
	runs = t.more ? json_dumps(json_object_get(t.more, "runs"), JSON_COMPACT) : NULL;
	said = looks[_i].want == ERRAND_NOT_BEGUN ? runs : t.reason;
	ck_assert_msg(t.end == looks[_i].want && said && strstr(said, looks[_i].says),
		      "%s: %s, '%s'", looks[_i].label, errand_end_name(&clean_kind, t.end), said);
	json_decref(t.more);
	facts_release(&f);
}
END_TEST

START_TEST(a_refusal_says_who_holds_it)
{
	AUTO_JSON json_t *answer = json_loads(refusals[_i].answer, 0, NULL);
	struct errand_target t = { .name = (char *)"h1" };

	json_object_set_new(answer, "ok", json_false());
	clean_kind.refused(&t, answer);
	ck_assert_msg(t.end == refusals[_i].want && strstr(t.reason, refusals[_i].says),
		      "%s: %s, '%s'", refusals[_i].answer, errand_end_name(&clean_kind, t.end),
		      t.reason);
}
END_TEST

START_TEST(what_stays_is_no_success)
{
	AUTO_JSON json_t *answer = json_loads(answers[_i].answer, 0, NULL);
	struct errand_target t = { .name = (char *)"h1" };
	struct facts f;

	healthy_but(&f, NULL, NULL);
	clean_kind.answered(&t, answer);
	clean_kind.after(&t, &f, NULL);
	ck_assert_msg(t.end == answers[_i].want && strstr(t.reason, answers[_i].says),
		      "%s: %s, '%s'", answers[_i].answer, errand_end_name(&clean_kind, t.end),
		      t.reason);
	json_decref(t.more);
	facts_release(&f);
}
END_TEST

UNIT_SUITE(clean)
{
	Suite *s = suite_create("clean");
	TCase *tc = tcase_create("clean");

	tcase_add_loop_test(tc, a_look_says_whether_anything_may_go, 0, ARRAY_LEN(looks));
	tcase_add_loop_test(tc, a_refusal_says_who_holds_it, 0, ARRAY_LEN(refusals));
	tcase_add_loop_test(tc, what_stays_is_no_success, 0, ARRAY_LEN(answers));
	suite_add_tcase(s, tc);
	return s;
}
