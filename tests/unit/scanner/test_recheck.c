/* test_recheck.c - judging again what the store knows, once newer rules are there: all hosts and
 * the number of the rules, or nothing. */
#include "../unit.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "answers.h"
#include "base/mem.h"
#include "broken.h"
#include "scanner/look.h"
#include "scanner/recheck.h"
#include "tests/unit/store/fixture.h"

#define WITHOUT_AGENT                                                                       \
	"{\"exe_path\":null,\"exe_version\":null,\"install_path\":null,\"installed\":false," \
	"\"service_path\":null,\"service_version\":null,\"uninstall\":[]}"

static void change(const char *path, const char *sql)
{
	sqlite3 *db = NULL;
	char *why = NULL;

	ck_assert_int_eq(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
	ck_assert_msg(sqlite3_exec(db, sql, NULL, NULL, &why) == SQLITE_OK, "%s", why);
	sqlite3_close(db);
}

/* Both without an agent, which the rules of before took for compliant. */
static void judged_before(struct store *s)
{
	static const char *const name[] = { "h1", "h2" };
	static const struct store_fact fact[] = { { "agent", DEPTH_FAST, WITHOUT_AGENT, NULL, NULL,
						    1 } };
	static const struct store_finding found[] = { { "mars.installed", "pass", "so it is", NULL,
							false } };
	struct tx *tx = tx_new();

	for (size_t i = 0; i < ARRAY_LEN(name); i++)
		tx_look(tx, &(struct store_look){ .host = name[i],
						  .source = "scan",
						  .utc_ms = 5000,
						  .fact = fact,
						  .fact_count = 1,
						  .finding = found,
						  .finding_count = 1,
						  .status = "compliant" });
	tx_setting(tx, SETTING_RULES, "1");
	must_run(s, tx);
}

/* It ends at the second host, as the disk may become full there: what was written of the first is
 * taken back, so that no reader meets hosts of both rules under one number. */
START_TEST(what_ends_in_its_middle_leaves_no_mix)
{
	AUTO_FREE char *path = xstrdup(temp_path());
	AUTO_FREE char *said = NULL;
	struct store *s = open_at(path);
	struct policies *p;
	struct err err;

	put_hosts(s, (const char *const[]){ "h1", "h2" }, 2);
	judged_before(s);
	change(path, "create unique index cut on host (status) where status <> 'compliant'");
	ck_assert_ptr_null(policies_adopt(s, NULL, &said, &err));
	ck_assert_int_eq(query_count(path, "host where status = 'compliant'"), 2);
	ck_assert_int_eq(query_count(path, "finding where verdict = 'pass'"), 2);
	ck_assert_int_eq(query_count(path, "finding"), 2);
	ck_assert_int_eq(query_count(path, "finding_past"), 0);
	ck_assert_int_eq(judged_by_older_rules(s, &err), 1);

	change(path, "drop index cut");
	p = policies_adopt(s, NULL, &said, &err);
	ck_assert_msg(p != NULL, "%s", err.msg);
	ck_assert_int_eq(query_count(path, "host where status <> 'compliant' and status <> ''"), 2);
	ck_assert_int_eq(judged_by_older_rules(s, &err), 0);
	ck_assert_str_eq(said, "2 hosts changed status because rules changed");
	policies_free(p);
	store_close(s);
}
END_TEST

/* What a check counts for may change the status alone, and is the reason then; where nothing is in
 * trouble it is none. */
START_TEST(a_severity_is_a_reason_too)
{
	static const char text[] = "checks: {network.tls12: may-fail, service.vss: info}\n";
	struct store *s = open_at(temp_path());
	struct recheck result = { 0 };
	struct policies *p;
	struct policy policy;
	struct look *look = xcalloc(1, sizeof(*look));
	struct tx *tx = tx_new();
	struct err err;

	put_hosts(s, (const char *const[]){ "h1" }, 1);
	healthy_but(&look->facts, "tls", NO_TLS12);
	policy_default(&policy);
	look->utc_ms = HEALTHY_UTC_MS;
	look_judge(look, &(struct context){ .name = "h1", .policy = &policy, .cloud = "public" },
		   "required");
	look_store(look, tx, "h1", 0, "import");
	look_free(look);
	must_run(s, tx);
	p = policies_parse(text, sizeof(text) - 1, "p.yml", &err);
	ck_assert_msg(p != NULL, "%s", err.msg);
	tx = tx_new();
	ck_assert_int_eq(recheck_run(s, p, NULL, tx, &result, &err), 0);
	must_run(s, tx);
	ck_assert_int_eq(result.moved.count, 1);
	ck_assert_int_eq(result.moved.item[0].after, STATUS_COMPLIANT);
	ck_assert_str_eq(result.moved.item[0].because,
			 "network.tls12: counts as may-fail, was stops-backups");
	ck_assert_int_eq(result.same.count, 0);
	recheck_release(&result);
	policies_free(p);
	store_close(s);
}
END_TEST

UNIT_SUITE(recheck)
{
	Suite *suite = suite_create("recheck");
	TCase *tc = tcase_create("judging again");

	tcase_add_test(tc, a_severity_is_a_reason_too);
	tcase_add_test(tc, what_ends_in_its_middle_leaves_no_mix);
	suite_add_tcase(suite, tc);
	return suite;
}
