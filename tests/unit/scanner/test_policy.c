/* test_policy.c - policies as read, what holds for a host by its groups, and that what is
 * remembered is read back as it was. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "scanner/checks/checks.h"
#include "scanner/policy/policy.h"
#include "scanner/policy/policy_inside.h"
#include "tests/unit/unit.h"
#include "verdicts.h"

static struct policies *parse(const char *text)
{
	struct err err = { 0 };
	struct policies *p = policies_parse(text, strlen(text), "p.yml", &err);

	ck_assert_msg(p != NULL, "%s", err.msg);
	return p;
}

static const char all_keys[] =
	"minimum: 2.0.9249.0\n"
	"target: 2.0.9938.0\n"
	"stale-after: 36h\n"
	"thresholds:\n"
	"  scratch-free-bytes: 3.5 gb\n"
	"  scratch-free-percent: 6%\n"
	"  scratch-data-fail-percent: 7\n"
	"  scratch-data-warn-percent: 12\n"
	"  system-state-bytes: 33GB\n"
	"  system-state-warn-bytes: '40000000000'\n"
	"  dotnet: 4.6.2\n"
	"  dotnet-warn: 4.8\n"
	"  clock-warn: 90s\n"
	"  clock-fail: 10m\n"
	"  updates-warn: 60d\n"
	"  backup-warn: 2d\n"
	"  backup-fail: 4d\n"
	"  shadow-percent: 15\n"
	"checks: {os.clock: off, mars.witnesses: fail, os.dotnet: warn}\n"
	"versions:\n"
	"  - {version: 2.0.9990.0, meaning: 'no longer \"signs\"', source: our notes}\n"
	"  - {version: 2.0.9991.0, meaning: MABS only, source: x, dpm-only: yes}\n"
	"groups:\n"
	"  web:\n"
	"    target: none\n"
	"    thresholds: {clock-warn: 4m, backup-fail: never}\n"
	"    checks: {os.clock: documented}\n"
	"  db: {target: 2.0.9940.0, minimum: 2.0.9300.0, thresholds: {clock-warn: 3m}}\n"
	"  all: {thresholds: {shadow-percent: 16}}\n"
	"exceptions:\n"
	"  - {host: web01, check: os.dotnet, owner: jane, reason: \"waits, ü\", expires: "
	"2027-03-31}\n"
	"  - {group: db, check: '*', owner: joe, reason: moves, expires: 2027-01-01}\n"
	"  - {host: WEB01, check: os.dotnet, owner: jane, reason: longer, expires: 2027-04-30}\n";

static int check_at(const char *id)
{
	return (int)check_id(check_find(id));
}

START_TEST(every_key_is_read)
{
	struct policies *p = parse(all_keys);
	struct policy have;
	char text[VERSION_TEXT];

	policies_for(p, NULL, 0, &have);
	ck_assert_str_eq(version_format(have.minimum, text), "2.0.9249.0");
	ck_assert(have.has_target);
	ck_assert_str_eq(version_format(have.target, text), "2.0.9938.0");
	ck_assert_int_eq(have.stale_after_ms, 36 * 3600000);
	ck_assert_int_eq(have.scratch_min_bytes, 7 * GB / 2);
	ck_assert_int_eq(have.scratch_warn_percent, 6);
	ck_assert_int_eq(have.scratch_fail_data_percent, 7);
	ck_assert_int_eq(have.scratch_warn_data_percent, 12);
	ck_assert_int_eq(have.state_fail_bytes, 33 * GB);
	ck_assert_int_eq(have.state_warn_bytes, 40000000000);
	ck_assert_int_eq(have.dotnet_min_release, 394802);
	ck_assert_int_eq(have.dotnet_warn_release, 528040);
	ck_assert_int_eq(have.clock_warn_ms, 90000);
	ck_assert_int_eq(have.clock_fail_ms, 600000);
	ck_assert_int_eq(have.updates_warn_ms, 60 * DAY_MS);
	ck_assert_int_eq(have.backup_warn_ms, 2 * DAY_MS);
	ck_assert_int_eq(have.backup_fail_ms, 4 * DAY_MS);
	ck_assert_int_eq(have.shadow_min_percent, 16);  /* of the group all */
	ck_assert_int_eq(have.grade[check_at("os.clock")].level, LEVEL_OFF);
	ck_assert_int_eq(have.grade[check_at("mars.witnesses")].level, LEVEL_FAIL);
	ck_assert_int_eq(have.grade[check_at("os.dotnet")].level, LEVEL_WARN);
	ck_assert_int_eq(have.grade[check_at("mars.target")].level, LEVEL_DOCUMENTED);
	ck_assert_int_eq(have.threshold_count, 2);
	ck_assert_str_eq(have.threshold[0].meaning, "no longer \"signs\"");
	ck_assert(!have.threshold[0].dpm_only && have.threshold[1].dpm_only);
	policies_free(p);
}
END_TEST

/* Every member of a policy has a key. */
START_TEST(a_policy_has_a_key_for_everything)
{
	struct policy policy;

	policy_default(&policy);
	for (const struct policy_key *key = policy_keys; key->name; key++) {
		struct policy_value value, back;
		char text[POLICY_TEXT];
		struct err err;

		policy_value_get(key, &policy, &value);
		policy_value_format(key, &value, text);
		ck_assert_msg(policy_value_parse(key, text, &back, &err) == 0, "%s: %s: %s",
			      key->name, text, err.msg);
		ck_assert_msg(memcmp(&value, &back, sizeof(value)) == 0, "%s: %s", key->name, text);
	}
}
END_TEST

/* clang-format off */
static const struct { const char *group[2]; const char *target; int64_t clock_s, backup_fail; } who[] = {
	{ { NULL },          "2.0.9938.0", 90,  4 * DAY_MS },
	{ { "other" },       "2.0.9938.0", 90,  4 * DAY_MS },
	{ { "web" },         "",           240, 0          },
	{ { "WEB" },         "",           240, 0          },
	{ { "db" },          "2.0.9940.0", 180, 4 * DAY_MS },
	{ { "web", "db" },   "2.0.9940.0", 180, 0          },     /* db stands later in the file */
	{ { "db", "web" },   "2.0.9940.0", 180, 0          },
};
/* clang-format on */

START_TEST(the_later_group_of_the_file_wins)
{
	struct policies *p = parse(all_keys);
	int count = (who[_i].group[0] != NULL) + (who[_i].group[1] != NULL);
	char text[VERSION_TEXT] = "";
	struct policy have;

	policies_for(p, who[_i].group, count, &have);
	if (have.has_target)
		version_format(have.target, text);
	ck_assert_str_eq(text, who[_i].target);
	ck_assert_int_eq(have.clock_warn_ms / 1000, who[_i].clock_s);
	ck_assert_int_eq(have.backup_fail_ms, who[_i].backup_fail);
	policies_free(p);
}
END_TEST

/* Whoever says only when a backup fails need not say when one warns: it is no later. */
START_TEST(backups_may_fail_before_the_documented_warning)
{
	static const char *const texts[] = { "thresholds: {backup-fail: 3d}\n",
					     "groups: {web: {thresholds: {backup-fail: 3d}}}\n" };
	static const char *const group[] = { "web" };

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct policies *p = parse(texts[i]);
		struct policy have;

		policies_for(p, group, 1, &have);
		ck_assert_int_eq(have.backup_fail_ms, 3 * DAY_MS);
		verdict_holds(&(struct row)ROW("backup.last", V_PASS, "completed", "backup.last",
					       "completed_utc_ms=1699827200000", "backup.last-job",
					       "good_utc_ms=null"),
			      &(struct context){ .policy = &have });
		verdict_holds(&(struct row)ROW("backup.last", V_FAIL, "completed", "backup.last",
					       "completed_utc_ms=1699640000000", "backup.last-job",
					       "good_utc_ms=null"),
			      &(struct context){ .policy = &have });
		policies_free(p);
	}
}
END_TEST

START_TEST(targets_from_elsewhere_stand_below_or_above)
{
	struct policies *p = parse("groups: {web: {target: 2.0.9940.0}}");
	static const char *const web[] = { "web" };
	const struct policy_key *target = &policy_keys[1];
	struct policy have;
	struct version v;

	ck_assert(policies_has_target(p));
	policies_for(p, NULL, 0, &have);
	ck_assert(!have.has_target);
	version_parse("2.0.9900.0", &v);
	policies_set_target(p, v, false, "remembered");
	policies_for(p, NULL, 0, &have);
	ck_assert(have.has_target && version_cmp(have.target, v) == 0);
	ck_assert_str_eq(policies_origin(p, NULL, 0, target), "remembered");
	policies_for(p, web, 1, &have);
	ck_assert_int_eq(have.target.part[2], 9940);
	ck_assert_str_eq(policies_origin(p, web, 1, target), "group web");
	version_parse("2.0.9950.0", &v);
	policies_set_target(p, v, true, "--target");
	policies_for(p, web, 1, &have);
	ck_assert_int_eq(have.target.part[2], 9950);
	ck_assert_str_eq(policies_origin(p, web, 1, target), "--target");
	policies_free(p);
}
END_TEST

START_TEST(what_is_remembered_is_read_back)
{
	static const char *const some[] = {
		all_keys, "", "# nothing\n", "~\n", "{}", "groups: {z: {}, a: {target: 2.0.9999.0}}"
	};
	struct policies *p = parse(some[_i]), *again;
	AUTO_FREE char *text = policies_text(p);
	AUTO_FREE char *second = NULL;

	again = parse(text);
	second = policies_text(again);
	ck_assert_str_eq(text, second);
	ck_assert_int_eq(policies_group_count(again), policies_group_count(p));
	for (int i = 0; i < policies_group_count(p); i++)
		ck_assert_str_eq(policies_group(p, i), policies_group(again, i));
	policies_free(p);
	policies_free(again);
}
END_TEST

/* clang-format off */
static const struct { const char *host, *group, *check, *reason; } covered[] = {
	{ "web01", "web", "os.dotnet", "longer" },      /* of two the one that lasts longest */
	{ "WEB01", "web", "os.dotnet", "longer" },
	{ "web01", "web", "os.clock",  NULL },
	{ "web02", "web", "os.dotnet", NULL },
	{ "db01",  "db",  "os.clock",  "moves" },
	{ "web01", "DB",  "os.dotnet", "longer" },
	{ "web01", "db",  "os.clock",  "moves" },
};
/* clang-format on */

/* clang-format off */
static const char windows_text[] =
	"windows:\n"
	"  zone: Europe/Berlin\n"
	"  weekly: Sat 22:00-04:00\n"
	"  blackouts: [2026-12-20 - 2027-01-06]\n"
	"groups:\n"
	"  tokyo: {windows: {zone: Asia/Tokyo}}\n"
	"  web: {windows: {dates: [2026-12-12 20:00-21:00, 2026-12-26], blackouts: 2026-12-12 20:30-20:40}}\n"
	"  lab: {windows: {weekly: always}}\n"
	"  frozen: {windows: {weekly: never}}\n";
static const struct { const char *group[2], *opens; int minutes; } windows[] = {
	/* the next from 2026-12-07 on, and how long it lasts */
	{ { NULL },             "2026-12-12T21:00:00Z", 360 },
	{ { "other" },          "2026-12-12T21:00:00Z", 360 },
	{ { "tokyo" },          "2026-12-12T13:00:00Z", 360 },
	{ { "web" },            "2026-12-12T19:00:00Z", 30 },           /* its own in the place of those above */
	{ { "web", "tokyo" },   "2026-12-12T11:00:00Z", 30 },
	{ { "lab" },            "2026-12-07T00:00:00Z", 13 * 1440 - 60 }, /* the freeze of all is one for it */
	{ { "frozen" },         NULL,                   0 },
	{ { "lab", "frozen" },  NULL,                   0 },            /* frozen stands later in the file */
};
/* clang-format on */

START_TEST(a_group_has_windows_of_its_own)
{
	struct policies *p = parse(windows_text);
	AUTO_FREE char *text = policies_text(p);
	struct policies *again = parse(text);
	int count = windows[_i].group[0] ? 1 + (windows[_i].group[1] != NULL) : 0;
	struct policies *both[] = { p, again };
	int64_t now, opens;
	struct span s;

	ck_assert(clock_parse_utc("2026-12-07", &now));
	for (int k = 0; k < 2; k++) {
		const struct calendar *c = policies_calendar(both[k], windows[_i].group, count);

		ck_assert_int_eq(calendar_next(c, now, &s), windows[_i].opens != NULL);
		if (windows[_i].opens) {
			ck_assert(clock_parse_utc(windows[_i].opens, &opens));
			ck_assert_int_eq(s.from_utc_ms, opens);
			ck_assert_int_eq((s.to_utc_ms - s.from_utc_ms) / MINUTE_MS,
					 windows[_i].minutes);
		}
		ck_assert_ptr_eq(policies_calendar(both[k], windows[_i].group, count), c);
		policies_free(both[k]);
	}
}
END_TEST

/* clang-format off */
#define FROM_MONDAY "windows: {zone: UTC, weekly: Mon 01:00-02:00, blackouts: [2026-12-14]}\n"
static const struct { const char *text, *group, *opens; } reboots[] = {
	{ FROM_MONDAY, "web", "2026-12-07T01:00:00Z" },         /* nothing is said of restarts */
	{ FROM_MONDAY "reboot-windows: {weekly: Tue 03:00-04:00}", "web", "2026-12-08T03:00:00Z" },
	{ FROM_MONDAY "reboot-windows: {weekly: Tue 03:00-04:00, zone: Europe/Berlin}", "web", "2026-12-08T02:00:00Z" },
	{ FROM_MONDAY "reboot-windows: {zone: Europe/Berlin}", "web", "2026-12-07T00:00:00Z" },
	{ FROM_MONDAY "reboot-windows: {blackouts: [2026-12-07]}", "web", "2026-12-21T01:00:00Z" },
	{ FROM_MONDAY "reboot-windows: {dates: [2026-12-14 - 2026-12-15]}", "web", "2026-12-15T00:00:00Z" },
	{ FROM_MONDAY "groups: {web: {reboot-windows: {weekly: Tue 03:00-04:00}}}", "web", "2026-12-08T03:00:00Z" },
	{ FROM_MONDAY "groups: {web: {reboot-windows: {weekly: Tue 03:00-04:00}}}", "db", "2026-12-07T01:00:00Z" },
	{ FROM_MONDAY "reboot-windows: {weekly: Tue 03:00-04:00}\ngroups: {web: {windows: {weekly: always}}}", "web",
	  "2026-12-08T03:00:00Z" },
};
/* clang-format on */

START_TEST(restarts_have_windows_of_their_own)
{
	struct policies *p = parse(reboots[_i].text);
	AUTO_FREE char *text = policies_text(p);
	struct policies *again = parse(text), *both[] = { p, again };
	const char *const group[] = { reboots[_i].group };
	int64_t now, opens;
	struct span s;

	ck_assert(clock_parse_utc("2026-12-07", &now));
	ck_assert(clock_parse_utc(reboots[_i].opens, &opens));
	for (int k = 0; k < 2; k++) {
		const struct calendar *c = policies_reboot_calendar(both[k], group, 1);

		ck_assert(calendar_next(c, now, &s));
		ck_assert_msg(s.from_utc_ms == opens, "%s: %lld", reboots[_i].text,
			      (long long)s.from_utc_ms);
		ck_assert_ptr_eq(policies_reboot_calendar(both[k], group, 1), c);
		/* those of upgrades are as they were */
		if (strncmp(reboots[_i].text, FROM_MONDAY, strlen(FROM_MONDAY)) == 0 &&
		    !strstr(reboots[_i].text, "always")) {
			ck_assert(calendar_next(policies_calendar(both[k], group, 1), now, &s));
			ck_assert(clock_parse_utc("2026-12-07T01:00:00Z", &opens));
			ck_assert_int_eq(s.from_utc_ms, opens);
			ck_assert(clock_parse_utc(reboots[_i].opens, &opens));
		}
		policies_free(both[k]);
	}
}
END_TEST

START_TEST(a_plan_may_expire_otherwise)
{
	struct policies *p = parse("plan-expires: 36h"), *none = parse("{}");
	AUTO_FREE char *text = policies_text(p), *nothing = policies_text(none);
	struct policies *again = parse(text);

	ck_assert_int_eq(policies_plan_ms(p), 36 * HOUR_MS);
	ck_assert_int_eq(policies_plan_ms(again), 36 * HOUR_MS);
	ck_assert_int_eq(policies_plan_ms(none), 0);
	ck_assert_ptr_null(strstr(nothing, "plan-expires"));
	policies_free(p);
	policies_free(none);
	policies_free(again);
}
END_TEST

START_TEST(a_plan_may_want_another_login)
{
	struct policies *p = parse("approval: another-login");
	AUTO_FREE char *text = policies_text(p);
	struct policies *again = parse(text), *other = parse("approval: any-login");

	ck_assert(policies_another_login(p));
	ck_assert(policies_another_login(again));
	ck_assert(!policies_another_login(other));
	policies_free(p);
	policies_free(again);
	policies_free(other);
}
END_TEST

START_TEST(without_windows_there_is_no_calendar)
{
	struct policies *p = parse("groups: {web: {windows: {weekly: always}}}");

	ck_assert_ptr_null(policies_calendar(p, NULL, 0));
	ck_assert_ptr_nonnull(policies_calendar(p, (const char *const[]){ "web" }, 1));
	policies_free(p);
}
END_TEST

/* Beside the policy; what was read is remembered without the file. */
START_TEST(blackouts_come_from_a_calendar_program)
{
	const char *folder = unit_folder();
	AUTO_FREE char *file = xasprintf("%s/policy.yml", folder);
	AUTO_FREE char *events = xasprintf("%s/off.ics", folder);
	AUTO_FREE char *text = NULL;
	struct policies *p;
	struct err err;

	unit_write(file, "windows: {zone: UTC, weekly: always, blackouts-from: off.ics}\n");
	p = policies_read(file, &err);
	ck_assert_ptr_null(p);
	ck_assert_ptr_nonnull(strstr(err.msg, "policy.yml:1:54: blackouts-from: "));
	ck_assert_ptr_nonnull(strstr(err.msg, "off.ics"));
	unit_write(events,
		   "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART;VALUE=DATE:20201225\r\n"
		   "RRULE:FREQ=YEARLY\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n");
	p = policies_read(file, &err);
	ck_assert_msg(p != NULL, "%s", err.msg);
	text = policies_text(p);
	ck_assert_ptr_null(strstr(text, "off.ics"));
	ck_assert_ptr_nonnull(strstr(text, "-12-25 - 20"));
	policies_free(p);
	p = parse(text);
	policies_free(p);
	unit_write(events, "no calendar");
	ck_assert_ptr_null(policies_read(file, &err));
	ck_assert_ptr_nonnull(strstr(err.msg, "off.ics: this is no iCalendar file"));
}
END_TEST

/* A check may go with a newer version: who was excepted from it stops no scan. */
START_TEST(an_exception_from_a_check_that_is_gone_is_read)
{
	struct policies *p = parse("exceptions:\n"
				   "- {host: a, check: os.clok, owner: j, reason: r, "
				   "expires: 2099-01-01}\n"
				   "- {host: a, check: 'zz', owner: j, reason: r, "
				   "expires: 2099-01-01}\n"
				   "- {host: a, check: '*', owner: j, reason: r, "
				   "expires: 2099-01-01}\n"
				   "- {host: a, check: os.clock, owner: j, reason: r, "
				   "expires: 2099-01-01}\n");
	AUTO_FREE char *text = policies_text(p);
	struct policies *again = parse(text);
	const char *near = NULL;

	ck_assert(exception_is_of_no_check(policies_exception(again, 0), &near));
	ck_assert_str_eq(near, "os.clock");
	ck_assert(exception_is_of_no_check(policies_exception(again, 1), &near));
	ck_assert_ptr_null(near);
	ck_assert(!exception_is_of_no_check(policies_exception(again, 2), &near));
	ck_assert(!exception_is_of_no_check(policies_exception(again, 3), &near));
	policies_free(again);
	policies_free(p);
}
END_TEST

START_TEST(an_exception_covers_its_host_or_group)
{
	struct policies *p = parse(all_keys);
	const struct exception *e =
		policies_covering(p, covered[_i].host, &covered[_i].group, 1, covered[_i].check);

	ck_assert_int_eq(e != NULL, covered[_i].reason != NULL);
	if (e)
		ck_assert_str_eq(e->reason, covered[_i].reason);
	policies_free(p);
}
END_TEST

START_TEST(an_exception_lasts_to_the_end_of_its_day)
{
	struct policies *p = parse(all_keys);
	const struct exception *e = policies_exception(p, 0);
	char day[POLICY_DAY], end[CLOCK_TEXT];

	ck_assert_str_eq(clock_format_utc(e->expires_utc_ms, end), "2027-04-01T00:00:00Z");
	ck_assert_str_eq(exception_day(e, day), "2027-03-31");
	policies_free(p);
}
END_TEST

/* docs/policy.md: a row a key, with the value that holds where no policy says otherwise. */
START_TEST(the_page_names_every_key_and_its_documented_value)
{
	const struct policy_key *key = &policy_keys[_i];
	AUTO_FREE char *row = xasprintf("\n| `%s` | ", key->name);
	char value[POLICY_TEXT], want[POLICY_TEXT + 8];
	struct policy_value documented;
	struct policy policy;
	struct err err;
	size_t len;
	AUTO_FREE char *page = file_read("docs/policy.md", 100000, &len, &err);
	const char *at;

	ck_assert_msg(page != NULL, "%s (unit tests run at the top of the sources)", err.msg);
	policy_default(&policy);
	policy_value_get(key, &policy, &documented);
	at = strstr(page, row);
	ck_assert_msg(at != NULL, "no row of %s", key->name);
	at = strchr(at + strlen(row), '|');
	snprintf(want, sizeof(want), "| %s |", policy_value_format(key, &documented, value));
	ck_assert_msg(at && strncmp(at, want, strlen(want)) == 0, "%s: '%s' expected, not '%.20s'",
		      key->name, want, at ? at : "");
}
END_TEST

/* Levels and severities, alone and together: as they are written, they are read. */
START_TEST(the_page_names_every_grade)
{
	const bool severity = _i >= LEVEL_COUNT;
	const struct grade grade = { severity ? LEVEL_DOCUMENTED : (unsigned char)_i,
				     severity ? (unsigned char)(_i - LEVEL_COUNT + 1) : 0 };
	const struct grade both = { LEVEL_FAIL, grade.counts_as };
	char text[POLICY_TEXT], two[POLICY_TEXT];
	struct grade have;
	struct err err;
	size_t len;
	AUTO_FREE char *page = file_read("docs/policy.md", 100000, &len, &err);
	AUTO_FREE char *row =
		xasprintf(severity ? "`%s`" : "\n| `%s` | ", grade_format(grade, text));

	ck_assert_msg(page && strstr(page, row), "no %s", row);
	ck_assert(grade_parse(text, &have, &err) == 0);
	ck_assert_int_eq(have.level, grade.level);
	ck_assert_int_eq(have.counts_as, grade.counts_as);
	ck_assert(grade_parse(grade_format(both, two), &have, &err) == 0);
	ck_assert_int_eq(have.level, LEVEL_FAIL);
	ck_assert_int_eq(have.counts_as, grade.counts_as);
}
END_TEST

static const char *const no_grade[] = { "", " ", "of", "off ", " off", "off  info", "info fail",
					"off fail", "info info", "fail info info" };

START_TEST(no_other_words_are_a_grade)
{
	struct grade have;
	struct err err;

	ck_assert_msg(grade_parse(no_grade[_i], &have, &err) < 0, "'%s'", no_grade[_i]);
}
END_TEST

UNIT_SUITE(policy)
{
	Suite *s = suite_create("policy");
	TCase *tc = tcase_create("policy");

	tcase_add_test(tc, every_key_is_read);
	tcase_add_test(tc, a_policy_has_a_key_for_everything);
	tcase_add_loop_test(tc, the_page_names_every_key_and_its_documented_value, 0,
			    policy_key_count());
	tcase_add_loop_test(tc, the_page_names_every_grade, 0, LEVEL_COUNT + SEVERITY_COUNT);
	tcase_add_loop_test(tc, no_other_words_are_a_grade, 0, ARRAY_LEN(no_grade));
	tcase_add_loop_test(tc, the_later_group_of_the_file_wins, 0, ARRAY_LEN(who));
	tcase_add_test(tc, backups_may_fail_before_the_documented_warning);
	tcase_add_test(tc, targets_from_elsewhere_stand_below_or_above);
	tcase_add_loop_test(tc, what_is_remembered_is_read_back, 0, 6);
	tcase_add_loop_test(tc, a_group_has_windows_of_its_own, 0, ARRAY_LEN(windows));
	tcase_add_test(tc, a_plan_may_want_another_login);
	tcase_add_loop_test(tc, restarts_have_windows_of_their_own, 0, (int)ARRAY_LEN(reboots));
	tcase_add_test(tc, a_plan_may_expire_otherwise);
	tcase_add_test(tc, without_windows_there_is_no_calendar);
	tcase_add_test(tc, blackouts_come_from_a_calendar_program);
	tcase_add_test(tc, an_exception_from_a_check_that_is_gone_is_read);
	tcase_add_loop_test(tc, an_exception_covers_its_host_or_group, 0, ARRAY_LEN(covered));
	tcase_add_test(tc, an_exception_lasts_to_the_end_of_its_day);
	suite_add_tcase(s, tc);
	return s;
}
