/* test_policy_errors.c - every mistake in a policy is one error that names line, column and what
 * was expected; nothing is half read. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "scanner/policy/policy.h"
#include "tests/unit/unit.h"

/* clang-format off */
static const struct { const char *text, *at, *says; } wrong[] = {
	/* YAML itself */
	{ "minimum: [", "2:1", "did not find expected node content" },
	{ "minimum: 2.0.9083.0\nminimum: 2.0.9084.0\n", "2:1", "is there twice, first at line 1" },
	{ "a: 1\n---\nb: 2\n", "2:1", "a second document" },
	{ "- minimum\n", "1:1", "a policy: expected a map" },
	{ "minimum: !vault x\n", "1:10", "!vault" },
	/* keys */
	{ "minimun: 2.0.9083.0\n", "1:1", "'minimun' is no key here; did you mean 'minimum'?" },
	{ "xyzzy: 1\n", "1:1", "expected minimum, target, stale-after, thresholds, checks, "
	  "windows, reboot-windows, versions, groups, exceptions, approval or plan-expires" },
	{ "plan-expires: 7\n", "1:15", "plan-expires: expected a time with its unit, 1h to 90d" },
	{ "plan-expires: 59m\n", "1:15", "plan-expires: expected a time with its unit, 1h to 90d" },
	{ "plan-expires: 91d\n", "1:15", "plan-expires: expected a time with its unit, 1h to 90d" },
	{ "groups: {web: {plan-expires: 1d}}\n", "1:16", "'plan-expires' is no key here" },
	{ "approval: nobody\n", "1:11", "approval: expected another-login or any-login" },
	{ "groups: {web: {approval: any-login}}\n", "1:16", "'approval' is no key here" },
	{ "thresholds: {clock: 5m}\n", "1:14", "'clock' is no key here" },
	{ "thresholds:\n  clock-wran: 5m\n", "2:3", "did you mean 'clock-warn'?" },
	{ "thresholds: 5\n", "1:13", "thresholds: expected a map" },
	{ "clock-warn: 5m\n", "1:1", "'clock-warn' is no key here" },
	{ "groups:\n  web:\n    exceptions: []\n", "3:5", "'exceptions' is no key here" },
	{ "groups: [web]\n", "1:9", "groups: expected a map" },
	{ "groups: {web: 1}\n", "1:15", "web: expected a map" },
	{ "groups: {'we b': {}}\n", "1:10", "name of a group" },
	{ "groups: {web: {}, Web: {}}\n", "1:19", "differs only in case from 'web'" },
	/* values */
	{ "minimum:\n", "1:9", "minimum: expected one value" },
	{ "minimum: [2]\n", "1:10", "minimum: expected one value" },
	{ "minimum: new\n", "1:10", "minimum: 'new': expected a version such as 2.0.9938.0" },
	{ "minimum: 2.0.9082.9\n", "1:10", "below 2.0.9083.0 every backup fails" },
	{ "groups: {web: {minimum: 2.0.9000.0}}\n", "1:25", "below 2.0.9083.0" },
	{ "target: newest\n", "1:9", "such as 2.0.9938.0, or none" },
	{ "target: \"2.0.9938.0\\e\"\n", "1:9", "one line of printable text" },
	{ "versions: [{version: 2.0.1, meaning: \"\\uffff\", source: z}]\n", "1:38", "printable" },
	{ "versions: [{version: 2.0.1, meaning: \"a\\Lb\", source: z}]\n", "1:38", "printable" },
	{ "stale-after: 3 weeks\n", "1:14", "expected a time with its unit such as 30s" },
	{ "stale-after: never\n", "1:14", "a time with its unit such as 30s, 10m, 2h or 3d" },
	{ "stale-after: 999999999999d\n", "1:14", "expected a time" },
	{ "stale-after: 0s\n", "1:14", "expected 1 s to 3650 d" },
	{ "stale-after: 0\n", "1:14", "expected a time with its unit" },
	{ "thresholds: {clock-warn: 2}\n", "1:26", "clock-warn: '2': expected a time with its unit" },
	{ "thresholds: {scratch-free-bytes: 5 apples}\n", "1:34", "a size such as 2.5GB" },
	{ "thresholds: {scratch-free-bytes: -5}\n", "1:34", "a size such as 2.5GB" },
	{ "thresholds: {scratch-free-bytes: 1.2345GB}\n", "1:34", "a size" },
	{ "thresholds: {scratch-free-bytes: 9999999999999999TB}\n", "1:34", "at most 1024TB" },
	{ "thresholds: {scratch-free-bytes: 1.5}\n", "1:34", "a size" },
	{ "thresholds: {scratch-free-percent: 101}\n", "1:36", "0 to 100" },
	{ "thresholds: {scratch-free-percent: '%'}\n", "1:36", "0 to 100" },
	{ "thresholds: {dotnet: 4.9}\n", "1:22", ".NET from 4.5 to 4.8.1, such as 4.5.2" },
	{ "thresholds: {dotnet: never}\n", "1:22", "such as 4.5.2" },
	{ "thresholds: {clock-warn: 2d}\n", "1:26", "expected 1 s to 1 d" },
	/* values that do not go together */
	{ "target: 2.0.9900.0\nminimum: 2.0.9901.0\n", "2:10", "minimum (2.0.9901.0) is above target" },
	{ "thresholds: {clock-warn: 20m}\n", "1:26", "clock-warn (20m) is above clock-fail (15m)" },
	{ "thresholds: {system-state-bytes: 40GB}\n", "1:34",
	  "is above system-state-warn-bytes (35GB)" },
	{ "thresholds: {backup-warn: 8d, backup-fail: 3d}\n", "1:44", "backup-warn (8d) is above backup-fail (3d)" },
	{ "thresholds: {backup-warn: 7d, backup-fail: 3d}\n", "1:44", "backup-warn (7d) is above backup-fail (3d)" },
	{ "thresholds: {dotnet-warn: 4.5.1}\n", "1:27", "dotnet (4.5.2) is above dotnet-warn" },
	{ "thresholds: {scratch-data-warn-percent: 4}\n", "1:41", "is above" },
	{ "target: 2.0.9900.0\ngroups: {a: {}, b: {minimum: 2.0.9901.0}}\n", "2:30", "is above target" },
	/* checks */
	{ "checks: {os.dotnot: off}\n", "1:10", "no check 'os.dotnot'; did you mean 'os.dotnet'?" },
	{ "checks: {x: off}\n", "1:10", "expected an id such as mars.version" },
	{ "checks: {os.dotnet: no}\n", "1:21", "os.dotnet: expected off, warn, fail or documented" },
	{ "checks: {os.dotnet: [off]}\n", "1:21", "expected off, warn" },
	{ "checks: {os.dotnet: fial}\n", "1:21", "os.dotnet: 'fial' is no level and no severity; did you mean 'fail'?" },
	{ "checks: {os.dotnet: stop-backups}\n", "1:21", "did you mean 'stops-backups'?" },
	{ "checks: {os.dotnet: fail mayfail}\n", "1:21", "'mayfail' is no level and no severity; did you mean 'may-fail'?" },
	{ "checks: {os.dotnet: may-fail warn}\n", "1:21", "the level stands first: 'warn may-fail'" },
	{ "checks: {os.dotnet: fail blocks}\n", "1:21", "a severity such as stops-backups" },
	{ "checks: {os.dotnet: warn may-fail now}\n", "1:21", "or both" },
	{ "checks: {os.dotnet: info info}\n", "1:21", "or both" },
	{ "checks: {mars.version: warn}\n", "1:24", "mars.version always counts" },
	{ "checks: {mars.installed: off}\n", "1:26", "always counts" },
	{ "checks: off\n", "1:9", "checks: expected a map" },
	/* windows */
	{ "windows: x\n", "1:10", "windows: expected a map" },
	{ "windows: {weekly: [], zone: UTC}\n", "1:19", "weekly: expected one or more; 'weekly: always'" },
	{ "windows: {weekly: Sat}\n", "1:19", "weekly: 'Sat': expected days and two times" },
	{ "windows: {weekly: [Sat 22:00-04:00, {}]}\n", "1:37", "weekly: expected one value" },
	{ "windows: {dates: [2026-02-30]}\n", "1:19", "dates: '2026-02-30': expected days or times" },
	{ "windows: {blackouts: Sat 22:00-04:00}\n", "1:22", "blackouts: 'Sat 22:00-04:00': expected days or times" },
	{ "windows: {zone: Europe/Berln}\n", "1:17", "zone: there is no time zone 'Europe/Berln'; did you mean 'Europe/Berlin'?" },
	{ "windows: {weakly: always}\n", "1:11", "did you mean 'weekly'?" },
	{ "windows: {blackouts-from: missing.ics}\n", "1:27", "blackouts-from: " },
	{ "groups: {web: {windows: {weekly: Sun}}}\n", "1:34", "weekly: 'Sun'" },
	/* versions */
	{ "versions: 1\n", "1:11", "versions: expected a list" },
	{ "versions: [1]\n", "1:12", "versions: expected a map" },
	{ "versions: [{version: 2.0.1}]\n", "1:12", "expected 'meaning' in this entry" },
	{ "versions: [{version: x, meaning: y, source: z}]\n", "1:22", "version: expected one" },
	{ "versions: [{versoin: x}]\n", "1:13", "did you mean 'version'?" },
	{ "versions: [{version: 2.0.1, meaning: y, source: z, dpm-only: 1}]\n", "1:62", "yes or no" },
	/* exceptions */
	{ "exceptions: {}\n", "1:13", "exceptions: expected a list" },
	{ "exceptions:\n  - {check: os.clock, owner: j, reason: r, expires: 2027-01-01}\n", "2:5",
	  "expected either 'host' or 'group'" },
	{ "exceptions:\n  - {host: a, group: b, check: os.clock, owner: j, reason: r, "
	  "expires: 2027-01-01}\n", "2:5", "expected either 'host' or 'group'" },
	{ "exceptions:\n  - {host: a, check: os.clock, owner: j, expires: 2027-01-01}\n", "2:5",
	  "expected 'reason'" },
	{ "exceptions:\n  - {host: a, check: os.clock, owner: '', reason: r}\n", "2:39",
	  "owner: expected one value" },
	{ "exceptions:\n  - {host: 'a*', check: '*', owner: j, reason: r, expires: 2027-01-01}\n",
	  "2:12", "host: expected a name as in the inventory, without patterns" },
	{ "exceptions:\n  - {host: a, check: '*', owner: j, reason: r, expires: 31.03.2027}\n",
	  "2:57", "expires: expected the last day as 2027-03-31" },
	{ "exceptions:\n  - {host: a, check: '*', owner: j, reason: r, expires: 2027-02-31}\n",
	  "2:57", "expires: expected the last day" },
	{ "exceptions:\n  - {host: a, check: '*', owner: j, reason: r, expires: "
	  "2027-02-01T00:00:00Z}\n", "2:57", "expires: expected the last day" },
	{ "exceptions:\n  - {host: a, chek: '*'}\n", "2:15", "did you mean 'check'?" },
};
/* clang-format on */

START_TEST(a_mistake_is_named_with_its_place)
{
	struct err err = { 0 };
	char begin[64];
	struct policies *p = policies_parse(wrong[_i].text, strlen(wrong[_i].text), "p.yml", &err);

	ck_assert_msg(p == NULL, "was read: %s", wrong[_i].text);
	ck_assert_int_eq(err.code, ERR_USAGE);
	snprintf(begin, sizeof(begin), "p.yml:%s: ", wrong[_i].at);
	ck_assert_msg(strncmp(err.msg, begin, strlen(begin)) == 0, "%s\ngives %s\nwanted %s",
		      wrong[_i].text, err.msg, begin);
	ck_assert_msg(strstr(err.msg, wrong[_i].says) != NULL, "%s\ngives %s\nwanted %s",
		      wrong[_i].text, err.msg, wrong[_i].says);
	ck_assert_msg(strstr(err.hint, "docs/policy.md") != NULL, "%s", err.hint);
}
END_TEST

static void put_file(const char *path, const char *text, size_t len)
{
	FILE *f = fopen(path, "w");

	ck_assert(f && fwrite(text, 1, len, f) == len && fclose(f) == 0);
}

START_TEST(a_file_is_read_or_refused_as_a_whole)
{
	AUTO_FREE char *path = xasprintf("%s/policy.yml", unit_folder());
	size_t large = 2 << 20;
	AUTO_FREE char *text = xmalloc(large);
	struct policies *p;
	struct err err;

	put_file(path, "\xef\xbb\xbfstale-after: 1d\r\n", 19);
	p = policies_read(path, &err);
	ck_assert_msg(p != NULL, "%s", err.msg);
	policies_free(p);
	memset(text, '#', large);
	put_file(path, text, large);
	ck_assert_ptr_null(policies_read(path, &err));
	ck_assert_int_eq(err.code, ERR_USAGE);
	put_file(path, "stale-after: \xff\n", 15);
	ck_assert_ptr_null(policies_read(path, &err));
	ck_assert_msg(strstr(err.msg, ":1:14: expected UTF-8 text") != NULL, "%s", err.msg);
	ck_assert_ptr_null(policies_read(unit_folder(), &err));
	ck_assert_msg(strstr(err.msg, "a policy file") != NULL, "%s", err.msg);
	ck_assert_ptr_null(policies_read("/nowhere/policy.yml", &err));
	ck_assert_int_eq(err.code, ERR_USAGE);
}
END_TEST

/* A small file may name one entry very often. */
START_TEST(aliases_multiply_nothing)
{
	struct buf text;
	struct err err;

	buf_init(&text, 1 << 20);
	buf_adds(&text, "exceptions:\n- &e {host: a, check: '*', owner: j, reason: r, "
			"expires: 2027-01-01}\n");
	for (int i = 0; i < 10001; i++)
		buf_adds(&text, "- *e\n");
	ck_assert_ptr_null(policies_parse(buf_text(&text), text.len, "p.yml", &err));
	ck_assert_msg(strstr(err.msg, "more than 10000 entries") != NULL, "%s", err.msg);
	buf_release(&text);
}
END_TEST

UNIT_SUITE(policy_errors)
{
	Suite *s = suite_create("policy_errors");
	TCase *tc = tcase_create("policy_errors");

	tcase_add_loop_test(tc, a_mistake_is_named_with_its_place, 0, ARRAY_LEN(wrong));
	tcase_add_test(tc, a_file_is_read_or_refused_as_a_whole);
	tcase_add_test(tc, aliases_multiply_nothing);
	suite_add_tcase(s, tc);
	return s;
}
