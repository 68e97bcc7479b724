/* test_limits.c - a limit that a page, a script or a text names is the one of the program: a
 * number that stands in C and beside it can be changed in one of them only with a red row here. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "inventory/build.h"
#include "inventory/yaml_tree.h"
#include "reports/model.h"
#include "scanner/facts/facts.h"
#include "scanner/facts/probe.h"
#include "scanner/policy/documented.h"
#include "scanner/policy/policy_inside.h"
#include "scanner/facts/reservation.h"
#include "scanner/scan.h"
#include "scanner/stopped.h"
#include "store/engine/db.h"
#include "store/store.h"
#include "tests/unit/unit.h"
#include "transport/answer.h"
#include "transport/script.h"
#include "transport/session.h"
#include "transport/ssh/ssh.h"
#include "upgrader/controller.h"
#include "upgrader/upgrader.h"

#define PROTOCOL "docs/protocol.md"
#define SECURITY "docs/security.md"
#define INVENTORY "docs/inventory.md"
#define POLICY "docs/policy.md"
#define README "README.md"
#define OBENGINE "upgrader/job/obengine.ps1"
#define STEP "upgrader/job/step.ps1"
#define WSB "upgrader/wsb/wsb.ps1"
#define AS_SYSTEM "scanner/facts/as-system.ps1"

/* Of scripts alone: no C of ours knows them. */
enum {
	WSB_HOURS = 24, WSB_TASK_HOURS = 26, LOOK_LEAST_MS = 1000, LOOK_MOST_MS = 300000,
	LOOK_TASK_S = 30
};

/* The file has this number between these words, in digits (1000 or 1,000) or as a word (ten). */
/* clang-format off */
static const struct { const char *file, *before; int64_t number; const char *behind; } rows[] = {
	{ PROTOCOL,  "thrown away but for its first ", COMPLAINT_MAX / KB,           " KB" },
	{ PROTOCOL,  "stops there with exit status ",  EXIT_LANGUAGE_MODE,           ".\n- `<<<answer bits" },
	{ PROTOCOL,  "The bootstrap stops there with exit status ", EXIT_NARROW,     "." },
	{ SECURITY,  "(exit status ",                  EXIT_LANGUAGE_MODE,           ")" },
	{ "lib/transport/bootstrap.ps1", "    exit ",  EXIT_LANGUAGE_MODE,           "\n" },
	{ "lib/transport/bootstrap.ps1", "    exit ",  EXIT_NARROW,                  "\n" },
	{ PROTOCOL,  "the version of this page: ",     PROTOCOL_VERSION,             "; `at`" },
	{ PROTOCOL,  "{\"fact_ms\": ",                 FACT_LIMIT_MS,                "," },
	{ PROTOCOL,  "\"ob_ms\": ",                    OB_LIMIT_MS,                  "," },
	{ SECURITY,  "with a limit of ",               FACT_LIMIT_MS / 1000,         " seconds" },
	{ SECURITY,  " seconds (",                     OB_LIMIT_MS / 1000,           " for what asks" },
	{ PROTOCOL,  "Lists hold ",                    FACT_ITEMS_MAX,               " rows at most" },
	{ PROTOCOL,  "`run` is 1 to ",                 RUN_NAME_MAX,                 " of a-z" },
	{ STEP,      "'^[a-z0-9-]{1,",                 RUN_NAME_MAX,                 "}\\z'" },
	{ "upgrader/job/reserve.ps1", "'^[a-z0-9-]{1,", RUN_NAME_MAX,                "}\\z'" },
	{ PROTOCOL,  "`-`, at most ",                  CONTROLLER_MAX,               ")" },
	{ STEP,      "'^[A-Za-z0-9._-]{0,",            CONTROLLER_MAX,               "}\\z'" },
	{ PROTOCOL,  "long all of it may take, ",      LOOK_LEAST_MS,                " to " },
	{ PROTOCOL,  " to ",                           LOOK_MOST_MS,                 "; `\"connect_ms\"`" },
	{ AS_SYSTEM, "wait_ms -lt ",                   LOOK_LEAST_MS,                " " },
	{ AS_SYSTEM, "wait_ms -gt ",                   LOOK_MOST_MS,                 ")" },
	{ PROTOCOL,  "ends itself after `wait_ms` and ", LOOK_TASK_S,                " seconds" },
	{ AS_SYSTEM, "$Request.wait_ms / 1000) + ",    LOOK_TASK_S,                  "\n" },
	{ PROTOCOL,  "It is ended after ",             WSB_HOURS,                    " hours" },
	{ PROTOCOL,  "; after ",                       WSB_TASK_HOURS,               " hours Task" },
	{ SECURITY,  "by itself after ",               WSB_TASK_HOURS,               " hours" },
	{ WSB,       "$trigger 'PT",                   WSB_HOURS,                    "H' " },
	{ WSB,       ".AddHours(",                     WSB_TASK_HOURS,               ")" },
	{ OBENGINE,  "$from = $now.AddMinutes(",       SAFETY_TASK_MINUTES,          ")" },
	{ OBENGINE,  "$to = $now.AddMinutes(",         SAFETY_TASK_MINUTES,          " + 24 * 60)" },
	{ PROTOCOL,  "starts obengine ",               SAFETY_TASK_MINUTES,          " minutes from then" },
	{ SECURITY,  "starts obengine ",               SAFETY_TASK_MINUTES,          " minutes later" },
	{ SECURITY,  "            (",                  SAFETY_TASK_MINUTES,          " minutes after a stop" },
	{ "upgrader/restore_judge.c", "itself does so ", SAFETY_TASK_MINUTES,        " minutes later" },
	{ PROTOCOL,  "its holder's longest limit and ", HOLD_MORE_MINUTES,           " minutes" },
	{ README,    "starts it again: from ",         SAFETY_TASK_MINUTES,          " minutes later on" },

	{ SECURITY,  "A session may cost ",            CPU_MS,                       " ms of CPU time" },
	{ SECURITY,  "signed in, and ",                CPU_MS,                       " ms and" },
	{ SECURITY,  " ms and ",                       CPU_MB_MS,                    " ms a MB" },
	{ SECURITY,  "`--group-exchange` it is ",      CPU_GROUP_EXCHANGE_MS / 1000, " second in" },
	{ SECURITY,  " second in place of ",           CPU_MS,                       " ms." },
	{ SECURITY,  "- Bytes: ",                      SSH_BEFORE_WORK_MAX / MB,     " MB before" },
	{ SECURITY,  "Memory: ",                       SSH_MEMORY_MAX / MB,          " MB a session" },
	{ SECURITY,  "no piece above ",                SSH_PIECE_MAX / MB,           " MB" },

	{ "docs/database.md", "for another at most ",  STORE_BUSY_WAIT_MS / 1000,    " s," },
	{ "docs/database.md", "a scan goes on for ",   SCAN_PATIENCE_MINUTES,        " minutes" },
	{ "docs/database.md", "no value of more than ", DB_VALUE_MAX / MB,           " MB" },

	{ INVENTORY, "\n",                             LIMIT_FILE / MB,              " MB a file" },
	{ INVENTORY, "It has ",                        INVENTORY_PROGRAM_MS / 1000,  " s, nothing on" },
	{ INVENTORY, " ",                              LIMIT_HOSTS,                  " hosts" },
	{ INVENTORY, " ",                              LIMIT_GROUPS,                 " groups" },
	{ INVENTORY, " ",                              LIMIT_NESTING,                " levels of groups" },
	{ INVENTORY, " ",                              YAML_NESTING,                 " levels of YAML" },
	{ INVENTORY, " ",                              LIMIT_ENTRIES,                " entries" },
	{ INVENTORY, " ",                              LIMIT_VARIABLES,              " effective variables" },

	{ POLICY,    "A file has at most ",            POLICY_FILE_MAX / MB,         " MB" },
	{ POLICY,    " ",                              POLICY_GROUPS_MAX,            " groups" },
	{ POLICY,    " ",                              POLICY_EXCEPTIONS_MAX,        " exceptions" },
	{ POLICY,    " and ",                          POLICY_VERSIONS_MAX,          " versions" },

	{ README,    "and with less than ",            STATE_FAIL_GB,                " GB free" },
	{ "docs/formats.md", "host's policy says (",   STALE_AFTER_DAYS,             " days)" },
	{ README,    "the trend of ",                  HISTORY_DAYS,                 " days" },
	{ "docs/formats.md", "the last ",              HISTORY_DAYS,                 " days, exceptions" },
	{ "docs/formats.md", "The last ",              HISTORY_DAYS,                 " days" },
	{ README,    "upgrades **",                    UPGRADE_FIRST,                "** host" },
	{ README,    "goes on with ",                  UPGRADE_PARALLEL,             " at a time" },
	{ README,    " at a time; ",                   UPGRADE_MAX_FAILURES,         " failures\n(`--max-failures" },
};
/* clang-format on */

static const char *word_of(int64_t number)
{
	static const char *const words[] = { "no",  "one",   "two",   "three", "four", "five",
					     "six", "seven", "eight", "nine",  "ten" };

	return number >= 0 && number < (int64_t)ARRAY_LEN(words) ? words[number] : "-";
}

/* "5000000", "5,000,000" */
static void format_number(int64_t number, bool commas, char out[32])
{
	char digits[24];
	size_t len = (size_t)snprintf(digits, sizeof(digits), "%" PRId64, number), to = 0;

	for (size_t i = 0; i < len; i++) {
		if (commas && i > 0 && (len - i) % 3 == 0)
			out[to++] = ',';
		out[to++] = digits[i];
	}
	out[to] = '\0';
}

static char *file_of(const char *path)
{
	struct err err;
	size_t len;
	char *text = file_read(path, 400000, &len, &err);

	ck_assert_msg(text != NULL, "%s (unit tests run at the top of the sources)", err.msg);
	return text;
}

static bool has(const char *text, const char *before, const char *number, const char *behind)
{
	AUTO_FREE char *want = xasprintf("%s%s%s", before, number, behind);

	return strstr(text, want) != NULL;
}

START_TEST(what_is_said_of_a_limit_is_the_limit)
{
	AUTO_FREE char *text = file_of(rows[_i].file);
	char plain[32], grouped[32];

	format_number(rows[_i].number, false, plain);
	format_number(rows[_i].number, true, grouped);
	ck_assert_msg(has(text, rows[_i].before, plain, rows[_i].behind) ||
			      has(text, rows[_i].before, grouped, rows[_i].behind) ||
			      has(text, rows[_i].before, word_of(rows[_i].number), rows[_i].behind),
		      "%s does not say '%s%s%s'", rows[_i].file, rows[_i].before, grouped,
		      rows[_i].behind);
}
END_TEST

/* Every list that a script cuts to size is cut where facts.c would refuse it. */
START_TEST(scripts_cut_their_lists_where_we_do)
{
	static const char *const files[] = { "scanner/facts/deep.ps1", "scanner/facts/probe.ps1" };
	static const char cut[] = "Select-Object -First ";
	AUTO_FREE char *text = file_of(files[_i]);
	int lists = 0;

	for (const char *at = text; (at = strstr(at, cut));) {
		long number = strtol(at += sizeof(cut) - 1, NULL, 10);

		ck_assert_msg(number == 1 || number == FACT_ITEMS_MAX, "%s: %s%ld, %d expected",
			      files[_i], cut, number, (int)FACT_ITEMS_MAX);
		lists += number > 1;
	}
	ck_assert_int_gt(lists, 0);
}
END_TEST

START_TEST(the_page_says_what_an_answer_may_have)
{
	AUTO_FREE char *text = file_of(SECURITY);
	struct transport_options options;
	char number[32];

	transport_defaults(&options);
	format_number((int64_t)options.limits.output / MB, false, number);
	ck_assert_msg(has(text, "signed in to, ", number, " MB an answer"), "%s MB", number);
	format_number((int64_t)options.limits.line / KB, false, number);
	ck_assert_msg(has(text, " MB an answer, ", number, " KB a line"), "%s KB", number);
}
END_TEST

UNIT_SUITE(limits)
{
	Suite *s = suite_create("limits");
	TCase *tc = tcase_create("limits");

	tcase_add_loop_test(tc, what_is_said_of_a_limit_is_the_limit, 0, ARRAY_LEN(rows));
	tcase_add_loop_test(tc, scripts_cut_their_lists_where_we_do, 0, 2);
	tcase_add_test(tc, the_page_says_what_an_answer_may_have);
	suite_add_tcase(s, tc);
	return s;
}
