/* test_checks_left.c - what runs left on a server is a left-over by the runs that the store has of
 * the host, and none while somebody holds the server; no advice names a command that must fail. */
#include "../unit.h"

#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "scanner/facts/left.h"
#include "verdicts.h"

#define PAST \
	"{\"runs\":{\"20261101-done\":true,\"20261102-half\":false},\"plans\":{" \
	"\"20261103-wait\":{\"name\":\"night\",\"until\":1700086400000}," \
	"\"20261104-late\":{\"name\":\"old\",\"until\":1700000000000}," \
	"\"20261105-drop\":{\"name\":\"20261105-drop\",\"until\":0}," \
	"\"20261107-left\":{\"name\":\"eve\",\"until\":0,\"left\":true}}}"
#define TASK(name) "tasks=[{'name':'" name "','state':3}]"
#define FOLDER(run, made) \
	"tasks=[];folders=[{'name':'marshal-" run "-0123456789abcdef','made_utc_ms':" made "}]"
#define NOTED(run, controller, until) \
	"tasks=[];folders=[{'name':'marshal-" run "-0123456789abcdef','made_utc_ms':null," \
	"'controller':" controller ",'until_utc_ms':" until "}]"
#define KEY(run, age, engine) \
	"marker={'run':" run ",'utc_ms':1,'sha256':'x','phase':'reserved','controller':'box-0a'," \
	"'since_utc_ms':1699900000000,'seen_utc_ms':1699900000000,'age_ms':" age "," \
	"'hold_ms':1000,'engine':" engine "}"
#define OLDER "marker={'run':'20261101-done','utc_ms':1,'sha256':'x'}"
#define DOWN "service.obengine", "state=1"

/* clang-format off */
static const struct row rows[] = {
	ROW("marshal.left-overs", V_PASS, "no run of marshal left anything", NULL),
	ROW("marshal.left-overs", V_WARN, "of run 20261101-done, which is over: 1 task", "left-overs", TASK("install-20261101-done")),
	ROW("marshal.left-overs", V_WARN, "of run 20261030-gone, which this database does not know: 1 task", "left-overs", TASK("boot-20261030-gone")),
	ROW("marshal.left-overs", V_WARN, "of run 20261101-done, which is over: 1 folder, since 2023-11-13T18:26:40Z", "left-overs",
	    FOLDER("20261101-done", "1699900000000")),
	ROW("marshal.left-overs", V_WARN, "of run 20261101-done, which is over: 1 folder", "left-overs", FOLDER("20261101-done", "null")),
	ROW("marshal.left-overs", V_PASS, "run 20261102-half is not over: `marshal upgrade resume 20261102-half` goes on with it", "left-overs",
	    TASK("start-obengine-20261102-half")),
	ROW("marshal.left-overs", V_WARN, "of run 20261101-done, which is over: 2 tasks; run 20261102-half is not over", "left-overs",
	    "tasks=[{'name':'install-20261101-done','state':3},{'name':'boot-20261101-done','state':3},"
	    "{'name':'boot-20261102-half','state':3}]"),
	ROW("marshal.left-overs", V_WARN, "which is over: 1 task, 1 folder, its reservation, since 2023-11-13T18:26:40Z", "left-overs",
	    "tasks=[{'name':'install-20261101-done','state':3}];folders=[{'name':'marshal-20261101-done-0123456789abcdef',"
	    "'made_utc_ms':1699990000000}]", "installers", KEY("'20261101-done'", "1001", "null")),
	ROW("marshal.left-overs", V_WARN, "of run 20261101-done, which is over: 1 task", "left-overs", TASK("backup-20261101-done")),
	/* of a plan that was staged: the fact was seen at 1700000000000 */
	ROW("marshal.left-overs", V_PASS, "staged for plan night, which may be started until 2023-11-15T22:13:20Z", "left-overs",
	    FOLDER("20261103-wait", "1699900000000")),
	ROW("marshal.left-overs", V_WARN, "of plan old, which expired at 2023-11-14T22:13:20Z: 1 folder", "left-overs",
	    FOLDER("20261104-late", "null")),
	ROW("marshal.left-overs", V_WARN, "of plan 20261105-drop, which was dropped: 1 folder", "left-overs",
	    FOLDER("20261105-drop", "null")),
	ROW("marshal.left-overs", V_WARN, "of plan eve, which was started without this host: 1 folder", "left-overs",
	    FOLDER("20261107-left", "null")),
	/* of a plan that another database has */
	ROW("marshal.left-overs", V_PASS, "staged by desk-0a, whose plan (run 20261106-else) may be started until 2023-11-15T22:13:20Z and "
	    "is not in this database", "left-overs", NOTED("20261106-else", "'desk-0a'", "1700086400000")),
	ROW("marshal.left-overs", V_WARN, "of run 20261106-else, which this database does not know: 1 folder", "left-overs",
	    NOTED("20261106-else", "'desk-0a'", "1700000000000")),
	ROW("marshal.left-overs", V_PASS, "staged by desk-0a", "left-overs", NOTED("20261106-else", "'desk-0a'", "1700000000001")),
	ROW("marshal.left-overs", V_PASS, "staged by desk-0a", "left-overs", NOTED("20261106-else", "'desk-0a'", "1707776000000")),
	ROW("marshal.left-overs", V_WARN, "does not know", "left-overs", NOTED("20261106-else", "'desk-0a'", "1707776000001")),
	ROW("marshal.left-overs", V_WARN, "does not know", "left-overs", NOTED("20261106-else", "'desk-0a'", "null")),
	ROW("marshal.left-overs", V_WARN, "does not know", "left-overs", NOTED("20261106-else", "null", "1700086400000")),
	ROW("marshal.left-overs", V_PASS, "staged by de\\x1bsk", "left-overs", NOTED("20261106-else", "'de\\u001bsk'", "1700086400000")),
	/* what ours knows of it counts, and so does that it has begun */
	ROW("marshal.left-overs", V_WARN, "of run 20261101-done, which is over: 1 folder", "left-overs",
	    NOTED("20261101-done", "'desk-0a'", "1700086400000")),
	ROW("marshal.left-overs", V_PASS, "run 20261102-half is not over", "left-overs", NOTED("20261102-half", "'desk-0a'", "1700086400000")),
	ROW("marshal.left-overs", V_WARN, "of plan 20261105-drop, which was dropped: 1 folder", "left-overs",
	    NOTED("20261105-drop", "'desk-0a'", "1700086400000")),
	ROW("marshal.left-overs", V_WARN, "does not know: 1 task, 1 folder", "left-overs",
	    NOTED("20261106-else", "'desk-0a'", "1700086400000") ";" TASK("boot-20261106-else")),
	/* who holds it is said, whoever it is */
	ROW("marshal.left-overs", V_PASS, "reserved by run 20261030-gone of box-0a since 2023-11-13T18:26:40Z, last seen "
	    "2023-11-13T18:26:40Z, held until 2023-11-13T18:26:41Z", "left-overs",
	    TASK("boot-20261101-done"), "installers", KEY("'20261030-gone'", "1000", "null")),
	ROW("marshal.left-overs", V_PASS, "reserved by run 20261101-done of box-0a", "installers", KEY("'20261101-done'", "1000", "null")),
	ROW("marshal.left-overs", V_PASS, "of an older version of marshal", "installers", OLDER),
	ROW("marshal.left-overs", V_WARN, "of run 20261030-gone, which this database does not know: its reservation", "installers",
	    KEY("'20261030-gone'", "1001", "null")),
	ROW("marshal.left-overs", V_PASS, "run 20261102-half is not over", "installers", KEY("'20261102-half'", "1001", "null")),
	ROW("marshal.left-overs", V_WARN, "a reservation that names no run", "installers", KEY("null", "1001", "null")),
	ROW("marshal.left-overs", V_WARN, "a reservation that names no run", "installers", KEY("'a b'", "1001", "null")),
	ROW("marshal.left-overs", V_UNKNOWN, "did not answer", "installers", LEFT_OUT),
	/* nothing of a run, and what is called otherwise */
	ROW("marshal.left-overs", V_PASS, "left anything", "left-overs", "tasks=[{'name':'look-0123456789abcdef','state':3},"
	    "{'name':'wsb-test','state':3},{'name':'boot-','state':3},{'name':'boot-A b','state':3}];"
	    "folders=[{'name':'marshal-0123456789abcdef','made_utc_ms':1},{'name':'marshal-r1-0123456789ABCDEF','made_utc_ms':1}]"),
};

/* command NULL: none, since it would refuse. */
static const struct { const char *label, *command; const char *change[6]; } advice[] = {
	{ "obengine runs", "marshal upgrade clean HOST", { "left-overs", TASK("boot-r1") } },
	{ "found stopped, the key alone", "marshal upgrade clean HOST", { DOWN, "installers", KEY("'r1'", "1001", "'stopped'") } },
	{ "found stopped, no task to start it", "marshal upgrade clean HOST", { "left-overs", TASK("install-r1"), DOWN, "installers",
	  KEY("'r1'", "1001", "'stopped'") } },
	{ "found stopped, one of a backup", "marshal upgrade clean HOST", { "left-overs", TASK("backup-r1"), DOWN, "installers",
	  KEY("'r1'", "1001", "'stopped'") } },
	{ "found stopped, a task to start it", NULL, { "left-overs", TASK("start-obengine-r1"), DOWN, "installers",
	  KEY("'r1'", "1001", "'stopped'") } },
	{ "found stopped, one to do so at boot", NULL, { "left-overs", TASK("boot-r1"), DOWN, "installers", KEY("'r1'", "1001", "'stopped'") } },
	{ "no agent any more", "marshal upgrade clean HOST", { "left-overs", TASK("boot-r1"), "service.obengine", "exists=false;state=null" } },
	{ "stopped by a run", "marshal upgrade restore HOST", { DOWN, "installers", KEY("'r1'", "1001", "'running'") } },
	{ "stopped, nobody knows by whom", NULL, { "left-overs", TASK("boot-r1"), DOWN } },
	{ "stopped before the first change", NULL, { DOWN, "installers", KEY("'r1'", "1001", "null") } },
	{ "a transaction works", "marshal scan HOST", { "left-overs", TASK("boot-r1"), "installers", "msi_busy=true" } },
	{ "an installer works", "marshal scan HOST", { "left-overs", TASK("boot-r1"), "installers", "agent_installer=1" } },
	{ "a task works", "marshal scan HOST", { "left-overs", "tasks=[{'name':'boot-r1','state':4}]" } },
	{ "a task waits to work", "marshal scan HOST", { "left-overs", "tasks=[{'name':'install-r1','state':2}]" } },
};
/* clang-format on */

START_TEST(left_overs_are_those_of_runs_that_are_over)
{
	AUTO_JSON json_t *past = json_loads(PAST, 0, NULL);

	ck_assert_ptr_nonnull(past);
	verdict_holds(&rows[_i], &(struct context){ .past = past });
}
END_TEST

START_TEST(without_a_store_no_run_is_known)
{
	verdict_holds(&(struct row)ROW("marshal.left-overs", V_WARN, "does not know", "left-overs",
				       TASK("install-20261102-half")),
		      NULL);
}
END_TEST

START_TEST(no_advice_must_fail)
{
	struct context c = { .past = NULL };
	struct remedy remedy;
	struct facts f;

	row_facts(advice[_i].change, &f);
	c.facts = &f;
	check_remedy(&checks[CHECK_LEFT_OVERS], &c, NULL, &remedy);
	if (advice[_i].command)
		ck_assert_msg(remedy.command && strcmp(remedy.command, advice[_i].command) == 0,
			      "%s: %s", advice[_i].label, remedy.command);
	else
		ck_assert_msg(!remedy.command, "%s: %s", advice[_i].label, remedy.command);
	facts_release(&f);
}
END_TEST

START_TEST(every_run_that_a_look_can_tell_has_room)
{
	enum { ROWS = 64 };             /* of a list of a fact */
	AUTO_JSON json_t *tasks = json_array(), *folders = json_array();
	AUTO_FREE char *task = NULL, *folder = NULL, *change = NULL;
	struct left left;
	struct facts f;

	for (int i = 0; i < ROWS; i++) {
		json_array_append_new(tasks, json_pack("{s:o, s:i}", "name",
						       json_sprintf("install-r%d", i), "state", 3));
		json_array_append_new(folders,
				      json_pack("{s:o, s:i}", "name",
						json_sprintf("marshal-s%d-0123456789abcdef", i),
						"made_utc_ms", 1));
	}
	task = json_dumps(tasks, JSON_COMPACT);
	folder = json_dumps(folders, JSON_COMPACT);
	change = xasprintf("tasks=%s;folders=%s", task, folder);
	row_facts((const char *const[6]){ "left-overs", change, "installers",
					  KEY("'key'", "1001", "null") },
		  &f);
	left_find(&f, NULL, &left);
	ck_assert_int_eq(left.count, LEFT_RUNS);
	ck_assert_int_eq(left.over, LEFT_RUNS);
	ck_assert(!left.nameless);
	facts_release(&f);
}
END_TEST

UNIT_SUITE(checks_left)
{
	Suite *s = suite_create("checks_left");
	TCase *tc = tcase_create("all");

	tcase_add_loop_test(tc, left_overs_are_those_of_runs_that_are_over, 0, ARRAY_LEN(rows));
	tcase_add_test(tc, without_a_store_no_run_is_known);
	tcase_add_loop_test(tc, no_advice_must_fail, 0, ARRAY_LEN(advice));
	tcase_add_test(tc, every_run_that_a_look_can_tell_has_room);
	suite_add_tcase(s, tc);
	return s;
}
