/* test_explain.c - what codes and words mean: found by every form they are written in, and none of
 * the words of this program left out. */
#include "../unit.h"

#include <string.h>

#include "base/mem.h"
#include "scanner/explain/explain.h"
#include "scanner/judge.h"
#include "upgrader/upgrader.h"

/* clang-format off */
static const struct { const char *query, *kind, *name, *text; } cases[] = {
	{ "0x1FBD3",         "error of the agent",     "0x1FBD3 (130003)",        "does not match" },
	{ "0X1fbd3",         "error of the agent",     "0x1FBD3 (130003)",        "does not match" },
	{ "1FBD3",           "error of the agent",     "0x1FBD3 (130003)",        "does not match" },
	{ "130003",          "error of the agent",     "0x1FBD3 (130003)",        "does not match" },
	{ "(ID: 130003)",    "error of the agent",     "0x1FBD3 (130003)",        "does not match" },
	{ "[0x1FC07]",       "error of the agent",     "0x1FC07 (130055)",        "Activation" },
	{ "0x800423f2",      "error of Windows",       "0x800423F2 VSS_E_WRITERERROR_TIMEOUT", "Freeze" },
	{ "-2147212302",     "error of Windows",       "0x800423F2 VSS_E_WRITERERROR_TIMEOUT", "Freeze" },
	{ "2147754994",      "error of Windows",       "0x800423F2 VSS_E_WRITERERROR_TIMEOUT", "Freeze" },
	{ "sallowdiskspace", "error of the agent",     "SalLowDiskSpace",         "full" },
	{ "CBPSourceSnapshotFailed", "error of the agent", "0x186C2 (100034) CBPSourceSnapshotFailed", "snapshot" },
	{ "3010",            "exit code of installers", "3010 ERROR_SUCCESS_REBOOT_REQUIRED", "restart" },
	{ "0",               "exit code of installers", "0",                      "Installed" },
	{ "mars.version",    "check",                  "mars.version",            "minimum" },
	{ "MARS.Version",    "check",                  "mars.version",            "minimum" },
	{ "host-key-changed", "fault",                 "host-key-changed",        "another key" },
	{ "usage",           "error of this program",  "usage",                   "option" },
	{ "needs-registration", "status",              "needs-registration",      "2.0.9083.0" },
	{ "compliant",       "status",                 "compliant",               "no check that stops backups fails" },
	{ "uncertain",       "outcome of an upgrade",  "uncertain",               "not known" },
	{ "not examined",    "verdict",                "not examined",            "nobody asked" },
	{ "stops-backups",   "severity",               "stops-backups",           "status" },
	{ "event 14",        "event",                  "CloudBackup event 14",    "newer version" },
	{ "14",              "event",                  "CloudBackup event 14",    "newer version" },
	{ "CloudBackup 18",  "event",                  "CloudBackup event 18",    "scheduled" },
	{ "volsnap 36",      "event",                  "volsnap event 36",        "limited" },
	{ "9249",            "threshold",              "2.0.9249.0",              "vault credential" },
	{ "2.0.9190.0",      "threshold",              "2.0.9190.0",              "passphrase" },
};
/* clang-format on */

START_TEST(a_query_finds_what_it_names)
{
	struct topic topic[TOPICS_MAX];
	int count = explain(cases[_i].query, topic);

	ck_assert_msg(count == 1, "'%s' names %d", cases[_i].query, count);
	ck_assert_str_eq(topic[0].kind, cases[_i].kind);
	ck_assert_str_eq(topic[0].name, cases[_i].name);
	ck_assert_ptr_nonnull(strstr(topic[0].meaning, cases[_i].text));
	ck_assert_ptr_nonnull(topic[0].remedy);
	ck_assert_ptr_nonnull(topic[0].document);
}
END_TEST

static const char *const strange[] = {
	"", " ", "0x", "0xzz", "99999999999999999999999", "mars", "event", "event x", "event 999",
	"disk 24", "-1", "%s", "2.0.1.0", "..", "\xFF\xFE", "9249 9249",
};

START_TEST(a_strange_query_finds_nothing)
{
	struct topic topic[TOPICS_MAX];

	ck_assert_msg(explain(strange[_i], topic) == 0, "'%s' is %s", strange[_i], topic[0].name);
}
END_TEST

START_TEST(the_nearest_word_is_named)
{
	ck_assert_str_eq(explain_nearest("mars.verson"), "mars.version");
	ck_assert_str_eq(explain_nearest("host-key-change"), "host-key-changed");
	ck_assert_str_eq(explain_nearest("SalLowDiscSpace"), "SalLowDiskSpace");
	ck_assert_ptr_null(explain_nearest("quite another thing"));
	ck_assert_ptr_null(explain_nearest(""));
}
END_TEST

static void explained(const char *word, const char *kind)
{
	struct topic topic[TOPICS_MAX];
	int count = explain(word, topic);

	for (int i = 0; i < count; i++)
		if (strcmp(topic[i].kind, kind) == 0 && strcmp(topic[i].name, word) == 0)
			return;
	ck_abort_msg("no explanation of %s '%s'", kind, word);
}

START_TEST(every_word_of_ours_is_explained)
{
	for (int i = 0; i < STATUS_COUNT; i++)
		explained(status_name((enum status)i), "status");
	for (int i = OUTCOME_NONE + 1; i < OUTCOME_COUNT; i++)
		explained(outcome_name((enum outcome)i), "outcome of an upgrade");
	for (int i = 0; i < VERDICT_COUNT; i++)
		explained(verdict_name((enum verdict)i), "verdict");
	for (int i = 0; i < SEVERITY_COUNT; i++)
		explained(severity_name((enum severity)i), "severity");
	for (int i = ERR_NONE + 1; i <= FAULT_LAST; i++)
		explained(err_name((enum err_code)i), "fault");
	for (int i = 0; i < checks_count(); i++)
		explained(checks[i].id, "check");
}
END_TEST

#define IS_EXPLAINED(id, word, ...) explained(word, "word of the reports");

START_TEST(words_beside_the_status_are_explained)
{
	struct topic topic[TOPICS_MAX];

	WORDS_BESIDE(IS_EXPLAINED)
	ck_assert_int_eq(explain("undetermined", topic), 1);
	ck_assert_ptr_nonnull(strstr(topic[0].remedy, "--as-system"));
	ck_assert_ptr_nonnull(strstr(topic[0].remedy, "--deep"));
}
END_TEST

START_TEST(the_table_of_errors_is_whole)
{
	for (const struct known_error *e = known_errors; e->meaning; e++) {
		ck_assert_ptr_nonnull(e->remedy);
		ck_assert_ptr_nonnull(e->source);
		if (e->space == ERRORS_OF_INSTALLER)
			ck_assert_ptr_eq(error_of_installer(e->code), e);
		else if (e->code != 0)
			ck_assert_ptr_eq(error_known(e->code), e);
		else
			ck_assert_ptr_nonnull(e->name);
	}
	ck_assert_ptr_null(error_known(0));
	ck_assert_ptr_null(error_known(INT64_MIN));
	ck_assert_ptr_null(error_known(INT64_C(0x100000000) + 130003));
	ck_assert_ptr_eq(error_known((int32_t)0x800423F2), error_known(0x800423F2));
}
END_TEST

START_TEST(a_code_is_shown_as_products_write_it)
{
	char out[ERROR_TEXT];

	ck_assert_str_eq(error_shown(130003, out), "0x1FBD3 (130003)");
	ck_assert_str_eq(error_shown(-2147212302, out), "0x800423F2");
	ck_assert_str_eq(error_shown(2147754994, out), "0x800423F2");
	ck_assert_str_eq(error_shown(0, out), "0x0 (0)");
	ck_assert_str_eq(error_shown(INT64_MAX, out), "9223372036854775807");
	ck_assert_str_eq(error_shown(INT64_MIN, out), "-9223372036854775808");
}
END_TEST

UNIT_SUITE(explain)
{
	Suite *s = suite_create("explain");
	TCase *tc = tcase_create("explain");

	tcase_add_loop_test(tc, a_query_finds_what_it_names, 0, ARRAY_LEN(cases));
	tcase_add_loop_test(tc, a_strange_query_finds_nothing, 0, ARRAY_LEN(strange));
	tcase_add_test(tc, the_nearest_word_is_named);
	tcase_add_test(tc, every_word_of_ours_is_explained);
	tcase_add_test(tc, words_beside_the_status_are_explained);
	tcase_add_test(tc, the_table_of_errors_is_whole);
	tcase_add_test(tc, a_code_is_shown_as_products_write_it);
	suite_add_tcase(s, tc);
	return s;
}
