/* test_clean.c - what a look says of left-overs that shall go, and what a host's answer means. */
#include "../unit.h"

#include <string.h>

#include "../scanner/verdicts.h"
#include "base/json.h"
#include "base/mem.h"
#include "upgrader/clean.h"

#define TASK(name) "left-overs", "tasks=[{'name':'" name "','state':3}]"
#define STAGED(run, until) \
	"left-overs", "folders=[{'name':'marshal-" run "-0123456789abcdef','made_utc_ms':null," \
	"'controller':'desk-0a','until_utc_ms':" until "}]"
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
	{ "staged by another",  ERRAND_FINE,      "staged by desk-0a, whose plan (run elsewhere)", { STAGED("elsewhere", "1700000000001") } },
	{ "staged by another, by a call that died", ERRAND_FINE, "staged by desk-0a",
	  { STAGED("elsewhere", "1700000000001"), KEY("elsewhere", "1001", "null") } },
	{ "staged by another, too long ago", ERRAND_NOT_BEGUN, "[\"elsewhere\"]", { STAGED("elsewhere", "1700000000000") } },
	{ "the key alone",      ERRAND_NOT_BEGUN, "[\"gone\"]", { KEY("gone", "1001", "null") } },
	{ "held by a run that is not over, and left-overs", ERRAND_NOT_BEGUN, "[\"gone\"]", { TASK("boot-gone"), KEY("half", "1001", "null") } },
	{ "held",               ERRAND_REFUSED,   "by run other of box-0a since", { TASK("boot-gone"), KEY("other", "1000", "null") } },
	{ "held, all is there", ERRAND_REFUSED,   "by run done of box-0a since", { KEY("done", "1000", "null") } },
	{ "an installer",       ERRAND_AT_WORK,   "an installer or a task", { TASK("boot-gone"), "installers", "agent_installer=1" } },
	{ "a task at work",     ERRAND_AT_WORK,   "an installer or a task", { "left-overs", "tasks=[{'name':'boot-gone','state':4}]" } },
	{ "stopped",            ERRAND_STOPPED,   "nobody knows", { TASK("boot-gone"), DOWN } },
	{ "stopped by a run",   ERRAND_STOPPED,   "which run gone left stopped: marshal upgrade restore h1", { DOWN, KEY("gone", "1001", "'running'") } },
	{ "found stopped",      ERRAND_NOT_BEGUN, "[\"gone\"]", { DOWN, KEY("gone", "1001", "'stopped'") } },
	{ "a key of no run's name", ERRAND_NOT_BEGUN, "[]", { KEY("OLD_Run", "1001", "null") } },
	{ "the key's run goes last", ERRAND_NOT_BEGUN, "[\"other\",\"gone\"]", { TASK("boot-other"), KEY("gone", "1001", "null") } },
	{ "not seen",           ERRAND_FAILED,    "could not be seen", { "left-overs", LATE } },
	{ "no key seen",        ERRAND_FAILED,    "could not be seen", { TASK("boot-gone"), "installers", LATE } },
};

static const struct { const char *answer; enum errand_end want; const char *says; } refusals[] = {
	{ "{\"code\":\"reserved\",\"reservation\":{\"run\":\"r\\u001b9\",\"controller\":\"b\"}}", ERRAND_REFUSED, "by run r\\x1b9 of b" },
	{ "{\"code\":\"reserved\",\"text\":\"run 9\"}", ERRAND_REFUSED, "run 9: nothing" },
	{ "{\"code\":\"locked\",\"text\":\"another call\"}", ERRAND_REFUSED, "another call: nothing was taken away" },
	{ "{\"code\":\"installer-at-work\",\"text\":\"x\"}", ERRAND_AT_WORK, "x: nothing" },
	{ "{\"code\":\"task-at-work\",\"text\":\"the task\"}", ERRAND_AT_WORK, "the task: nothing" },
	{ "{\"code\":\"not-running\",\"text\":\"obengine has state 1\",\"now\":1}", ERRAND_STOPPED, "obengine is stopped: nothing" },
	{ "{\"code\":\"tomorrow\"}", ERRAND_FAILED, "tomorrow: nothing" },
};

#define NOTHING "{\"removed\":[],\"left\":[]}"
/* The answer, and what the look behind it finds. */
static const struct { const char *answer; enum errand_end want; const char *says, *change[6]; } answers[] = {
	{ "{\"removed\":[\"boot-7\",\"marker\"],\"left\":[]}", ERRAND_DONE, "gone: boot-7, the reservation", { NULL } },
	{ NOTHING, ERRAND_DONE, "nothing was there any more", { NULL } },
	{ "{\"removed\":[\"marker\"],\"left\":[\"boot-7\"]}", ERRAND_FAILED, "left there: boot-7; gone: the reservation", { NULL } },
	{ "{\"removed\":[],\"left\":[\"a\\u001b\",7]}", ERRAND_FAILED, "left there: a\\x1b, ?", { NULL } },
	{ "{\"removed\":7}", ERRAND_DONE, "nothing", { NULL } },
	{ NOTHING, ERRAND_FAILED, "left there: the reservation", { KEY("OLD_Run", "1001", "null") } },
	{ "{\"removed\":[\"boot-7\"],\"left\":[]}", ERRAND_FAILED, "left there: what is of run gone; gone: boot-7", { TASK("boot-gone") } },
	{ NOTHING, ERRAND_DONE, "nothing", { TASK("boot-half") } },
	{ NOTHING, ERRAND_DONE, "nothing", { TASK("boot-gone"), KEY("gone", "1000", "null") } },
	{ NOTHING, ERRAND_FAILED, "could not be seen", { "left-overs", LATE } },
	{ "{\"removed\":[\"marker\"],\"left\":[\"boot-gone\"]}", ERRAND_STOPPED, "by hand", { TASK("boot-gone"), DOWN } },
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
	AUTO_JSON json_t *past = json_loads("{\"runs\":{\"done\":true,\"half\":false}}", 0, NULL);
	AUTO_JSON json_t *answer = json_loads(answers[_i].answer, 0, NULL);
	struct errand_target t = { .name = (char *)"h1" };
	struct facts f;

	row_facts(answers[_i].change, &f);
	clean_kind.answered(&t, answer);
	clean_kind.after(&t, &f, past);
	ck_assert_msg(t.end == answers[_i].want && strstr(t.reason, answers[_i].says),
		      "%s: %s, '%s'", answers[_i].answer, errand_end_name(&clean_kind, t.end),
		      t.reason);
	json_decref(t.more);
	facts_release(&f);
}
END_TEST

/* More runs than one call may name: the key, which keeps others away, goes with the last. */
START_TEST(a_call_names_no_more_runs_than_it_may)
{
	struct errand_target t = { .name = (char *)"h1" };
	AUTO_FREE char *tasks = xstrdup(""), *folders = xstrdup(""), *change = NULL;
	struct facts f;

	for (int i = 0; i < 35; i++) {
		AUTO_FREE char *task = tasks, *folder = folders;

		tasks = xasprintf("%s%s{'name':'boot-r%d','state':3}", task, i ? "," : "", i);
		folders = xasprintf("%s%s{'name':'marshal-s%d-0123456789abcdef','made_utc_ms':1}",
				    folder, i ? "," : "", i);
	}
	change = xasprintf("tasks=[%s];folders=[%s]", tasks, folders);
	row_facts((const char *const[6]){ "left-overs", change, KEY("r1", "1001", "null") }, &f);
	clean_kind.judge(&t, &f, NULL);
	ck_assert_int_eq(t.end, ERRAND_NOT_BEGUN);
	ck_assert_uint_eq(json_array_size(json_object_get(t.more, "runs")), 64);
	ck_assert_str_eq(json_string_value(json_array_get(json_object_get(t.more, "runs"), 1)),
			 "r2");
	clean_kind.answered(&t, NULL);
	clean_kind.after(&t, &f, NULL);
	ck_assert_msg(t.end == ERRAND_FAILED && strstr(t.reason, "run r1, r0, r2 and 67 more"),
		      "%s", t.reason);
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
	tcase_add_test(tc, a_call_names_no_more_runs_than_it_may);
	suite_add_tcase(s, tc);
	return s;
}
