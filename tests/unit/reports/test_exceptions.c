/* test_exceptions.c - what exceptions and the policies of groups do to reports: they are counted
 * beside the status, and change none. */
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "reports/alarm.h"
#include "reports/model.h"
#include "scanner/judge.h"
#include "tests/unit/unit.h"

#define NOW (INT64_C(20000) * DAY_MS)      /* 2024-10-04 */

static const char policy[] =
	"target: 2.0.9938.0\n"
	"groups: {old: {minimum: 2.0.9200.0, target: none, stale-after: 9d}}\n"
	"exceptions:\n"
	"- {host: a, check: os.dotnet, owner: j, reason: r, expires: 2024-10-04}\n"
	"- {host: b, check: os.dotnet, owner: j, reason: r, expires: 2024-10-03}\n"
	"- {group: old, check: '*', owner: j, reason: r, expires: 2024-12-31}\n"
	"- {host: p, check: os.dotnet, owner: j, reason: r, expires: 2024-12-31}\n";

static char may_fail[] = "may-fail";
static struct finding_row dotnet[] = { { "os.dotnet", "fail", "", 0, NULL } };
static struct finding_row two[] = { { "os.dotnet", "fail", "", 0, NULL },
				    { "service.obengine", "fail", "", 0, NULL } };
static struct finding_row contradicted[] = { { "os.dotnet", "fail", "", 0, NULL },
					     { "service.obengine", "fail", "", 0, may_fail } };
static struct finding_row old[] = { { "mars.version", "fail", "", 0, NULL },
				    { "os.clock", "warn", "", 0, NULL } };
static struct finding_row unknown[] = { { "os.dotnet", "not examined", "", 0, NULL },
					{ "mars.target", "fail", "", 0, NULL } };
static struct finding_row warns[] = { { "os.clock", "warn", "", 0, NULL } };
static struct finding_row passes[] = { { "os.dotnet", "pass", "", 0, NULL } };

/* clang-format off */
static const struct {
	const char *name, *groups, *status, *mars;
	struct finding_row *finding; int count;
	bool accepted; const char *exceptions; const char *minimum, *target;
} cases[] = {
	{ "a", "[]", "at-risk", "required", dotnet, 1, true, "os.dotnet", "2.0.9083.0", "2.0.9938.0" },
	{ "A", "[]", "at-risk", "required", dotnet, 1, true, "os.dotnet", "2.0.9083.0", "2.0.9938.0" },
	/* the second failure is nobody's exception */
	{ "a", "[]", "at-risk", "required", two, 2, false, "os.dotnet", "2.0.9083.0", "2.0.9938.0" },
	/* but backups contradict it */
	{ "a", "[]", "at-risk", "required", contradicted, 2, true, "os.dotnet", "2.0.9083.0", "2.0.9938.0" },
	/* expired yesterday */
	{ "b", "[]", "at-risk", "required", dotnet, 1, false, "", "2.0.9083.0", "2.0.9938.0" },
	{ "c", "[]", "at-risk", "required", dotnet, 1, false, "", "2.0.9083.0", "2.0.9938.0" },
	{ "d", "[\"old\",\"x\"]", "outdated", "required", old, 2, true, "mars.version;os.clock", "2.0.9200.0", "" },
	/* what is excluded needs no exception */
	{ "d", "[\"old\"]", "outdated", "none", old, 2, false, "", "2.0.9200.0", "" },
	/* unknown, and behind afterwards, which is no worse than compliant here */
	{ "a", "[]", "undetermined", "required", unknown, 2, true, "os.dotnet", "2.0.9083.0", "2.0.9938.0" },
	/* nothing to accept: compliant, or never judged */
	{ "p", "[]", "compliant", "required", passes, 1, false, "", "2.0.9083.0", "2.0.9938.0" },
	{ "d", "[\"old\"]", "", "required", NULL, 0, false, "", "2.0.9200.0", "" },
	{ "c", "[]", "compliant", "required", warns, 1, false, "", "2.0.9083.0", "2.0.9938.0" },
};
/* clang-format on */

static struct report *report_one(int i, int64_t seen_utc_ms, bool older_rules)
{
	struct host_row row = {
		.name = (char *)cases[i].name,
		.groups = (char *)cases[i].groups,
		.status = (char *)cases[i].status,
		.mars = (char *)cases[i].mars,
		.finding = cases[i].finding,
		.finding_count = cases[i].count,
		.seen_utc_ms = seen_utc_ms,
		.fault = "",
		.version = "2.0.9100.0",
		.engine_stopped_by = "",
	};
	struct err err = { 0 };
	struct policies *policies = policies_parse(policy, strlen(policy), "p.yml", &err);
	struct report_options options = { .now_utc_ms = NOW,
					  .policies = policies,
					  .older_rules = older_rules,
					  .host_count = -1 };
	struct report *r;

	ck_assert_msg(policies != NULL, "%s", err.msg);
	r = compliance_of(&(struct host_rows){ .row = &row, .count = 1 }, NULL, &options);
	policies_free(policies);
	return r;
}

static const char *text_of(const struct report *r, int column)
{
	const char *text = report_cell(r, 0, column)->text;

	return text ? text : "";
}

START_TEST(an_exception_is_counted_beside_the_status)
{
	struct report *r = report_one(_i, NOW - DAY_MS, false);
	int accepted = (int)json_integer_value(json_object_get(r->summary, "accepted"));

	if (strcmp(cases[_i].mars, "none") != 0 && cases[_i].status[0])
		ck_assert_str_eq(text_of(r, COMPLIANCE_STATUS), cases[_i].status);
	ck_assert_int_eq(report_cell(r, 0, COMPLIANCE_ACCEPTED)->number, cases[_i].accepted);
	ck_assert_int_eq(accepted, cases[_i].accepted);
	ck_assert_str_eq(text_of(r, COMPLIANCE_EXCEPTIONS), cases[_i].exceptions);
	ck_assert_str_eq(text_of(r, COMPLIANCE_MINIMUM), cases[_i].minimum);
	ck_assert_str_eq(text_of(r, COMPLIANCE_TARGET), cases[_i].target);
	ck_assert_int_eq(json_integer_value(json_object_get(r->summary, "exceptions_expired")), 1);
	report_free(r);
}
END_TEST

/* What newer rules find no exception covers need not be covered. */
START_TEST(nothing_is_accepted_before_newer_rules_judged_it)
{
	struct report *r = report_one(0, NOW - DAY_MS, true);

	ck_assert_str_eq(text_of(r, COMPLIANCE_STATUS), "undetermined");
	ck_assert_int_eq(report_cell(r, 0, COMPLIANCE_ACCEPTED)->number, 0);
	ck_assert_str_eq(text_of(r, COMPLIANCE_EXCEPTIONS), "os.dotnet");
	report_free(r);
}
END_TEST

/* By check or by severity, whatever the status. */
static const struct { const char *word; int host; bool rings; } findings[] = {
	{ "os.dotnet", 0, false }, { "stops-backups", 0, false },       /* somebody answers for it */
	{ "os.dotnet", 2, false }, { "service.obengine", 2, true }, { "stops-backups", 2, true },
	{ "may-fail", 2, false },  { "os.dotnet", 4, true },        { "os.clock", 4, false },
	/* a check that is named rings where it warns, its severity does not */
	{ "os.clock", 11, true }, { "may-fail", 11, false }, { "os.dotnet", 11, false },
	/* what backups contradict counts as what may fail */
	{ "stops-backups", 3, false }, { "may-fail", 3, true }, { "service.obengine", 3, true },
};

START_TEST(an_accepted_finding_rings_for_nobody)
{
	struct report *r = report_one(findings[_i].host, NOW - DAY_MS, false);
	const char *word[] = { findings[_i].word };
	struct opt_list list = { .item = word, .count = 1 };
	struct alarms alarms;
	struct err err;

	ck_assert_int_eq(
		alarms_parse(alarm_words(REPORT_COMPLIANCE), "fail-on", &list, &alarms, &err), 0);
	ck_assert_int_eq(alarms_any(&alarms, r), findings[_i].rings);
	report_free(r);
}
END_TEST

START_TEST(how_old_is_stale_is_the_groups_word)
{
	struct report *other = report_one(0, NOW - 4 * DAY_MS, false),
		      *group = report_one(6, NOW - 4 * DAY_MS, false);

	ck_assert_int_eq(report_cell(other, 0, COMPLIANCE_STALE)->number, 1);
	ck_assert_int_eq(report_cell(group, 0, COMPLIANCE_STALE)->number, 0);
	report_free(other);
	report_free(group);
}
END_TEST

UNIT_SUITE(exceptions)
{
	Suite *s = suite_create("exceptions");
	TCase *tc = tcase_create("exceptions");

	tcase_add_loop_test(tc, an_exception_is_counted_beside_the_status, 0, ARRAY_LEN(cases));
	tcase_add_test(tc, nothing_is_accepted_before_newer_rules_judged_it);
	tcase_add_loop_test(tc, an_accepted_finding_rings_for_nobody, 0, ARRAY_LEN(findings));
	tcase_add_test(tc, how_old_is_stale_is_the_groups_word);
	suite_add_tcase(s, tc);
	return s;
}
