/* test_plan.c - plans from stored facts and the inventory, and the terms a run remembers. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "inventory/inventory.h"
#include "scanner/look.h"
#include "tests/unit/scanner/answers.h"
#include "tests/unit/scanner/broken.h"
#include "tests/unit/store/fixture.h"
#include "tests/unit/unit.h"
#include "upgrader/controller.h"
#include "upgrader/estimate.h"

#define STOPPED "\"value\":{\"exists\":true,\"state\":1,\"start\":2}"

#define KEY "\"value\":{\"msi_busy\":false,\"agent_installer\":0," \
	"\"marker\":{\"run\":\"r1\",\"engine\":\"running\"}}"

enum { HOUR = 60 * 60 * 1000 };

#define AGENT_OF(version) \
	"\"value\":{\"installed\":true,\"install_path\":null,\"exe_path\":\"x\","               \
	"\"exe_version\":\"" version "\",\"uninstall\":[],\"service_path\":null,"                \
	"\"service_version\":null}"
#define CONSOLE "\"value\":{\"open\":[{\"pid\":7,\"user\":\"CORP\\\\anna\"},{\"pid\":8}]}"
#define NO_ADMIN "\"value\":{\"name\":\"H1\",\"domain\":null,\"user\":\"x\",\"admin\":false}"
#define BACKUP "\"value\":{\"running\":true,\"source\":\"event\",\"since_utc_ms\":null}"

/* clang-format off */
static const struct {
	const char *label;
	const char *vars;               /* of the host in the inventory */
	bool seen;
	const char *fact, *rest;        /* what differs from a healthy server with 2.0.9938.0 */
	int64_t age_ms;
	bool excluded;
	enum preflight want;
	const char *before, *reason;
	bool left_stopped;              /* by a run of ours */
	const char *stops;              /* its backups, whatever the version; NULL: nothing */
} cases[] = {
	{ "healthy", "", true, NULL, NULL, 0, false, PREFLIGHT_GO, "2.0.9938.0", "", false, NULL },
	{ "never tried", "", false, NULL, NULL, 0, false, PREFLIGHT_GO, "",
	  "never seen: never tried; the fresh look decides", false, NULL },
	{ "current", "", true, "agent", AGENT_OF("2.0.9999.0"), 0, false, PREFLIGHT_CURRENT,
	  "2.0.9999.0", "2.0.9999.0 already", false, NULL },
	{ "to be registered again", "", true, "agent", AGENT_OF("2.0.9070.0"), 0, false, PREFLIGHT_GO,
	  "2.0.9070.0", "", false, NULL },
	{ "unreadable", "", true, "agent", AGENT_OF("broken"), 0, false, PREFLIGHT_GO, "", "",
	  false, NULL },
	{ "old and left out", "marshal_skip=yes", true, "agent", AGENT_OF("2.0.9082.9"), 0, true,
	  PREFLIGHT_GO, "2.0.9082.9", "marshal_skip", false, NULL },
	{ "backup running now", "", true, "backup.running", BACKUP, 0, false, PREFLIGHT_FOR_NOW,
	  "2.0.9938.0", "a backup is running", false, NULL },
	{ "backup running last night", "", true, "backup.running", BACKUP, 8 * HOUR, false,
	  PREFLIGHT_GO, "2.0.9938.0", "looked at again first; 8 h ago: a backup is running",
	  false, NULL },
	{ "a console open", "", true, "consoles", CONSOLE, 0, false, PREFLIGHT_GO, "2.0.9938.0",
	  "a console of the agent was open (CORP\\anna and others): it is waited for", false, NULL },
	{ "absent and required", "", true, "agent", NO_AGENT, 0, false, PREFLIGHT_BLOCKED, "",
	  "no agent is installed", false, NULL },
	{ "absent and optional", "marshal_mars=optional", true, "agent", NO_AGENT, 0, true,
	  PREFLIGHT_GO, "", "optional", false, NULL },
	{ "there and optional", "marshal_mars=optional", true, NULL, NULL, 0, false, PREFLIGHT_GO,
	  "2.0.9938.0", "", false, NULL },
	{ "none", "marshal_mars=none", true, NULL, NULL, 0, true, PREFLIGHT_GO, "2.0.9938.0",
	  "marshal_mars: none", false, NULL },
	{ "left stopped and current", "", true, "agent", AGENT_OF("2.0.9999.0"), 0, false,
	  PREFLIGHT_GO, "2.0.9999.0", "obengine was stopped by run r1: it is started first", true, NULL },
	{ "left stopped under its key", "", true, "backup.running", BACKUP, 0, false, PREFLIGHT_GO,
	  "2.0.9938.0", "obengine was stopped by run r1: it is started first", true, NULL },
	{ "left stopped and agent gone", "", true, "agent", NO_AGENT, 0, false, PREFLIGHT_BLOCKED,
	  "", "no agent is installed", true, NULL },
	{ "stopped by somebody", "", true, "service.obengine", STOPPED, 0, false, PREFLIGHT_BLOCKED,
	  "2.0.9938.0", "obengine was found stopped", false, NULL },
	{ "stopped by somebody, accepted", "", true, "service.obengine", STOPPED, 0, false,
	  PREFLIGHT_GO, "2.0.9938.0", "", false, "service.obengine" },
	{ "no passphrase", "", true, "agent-config", NO_PASSPHRASE, 0, false, PREFLIGHT_GO,
	  "2.0.9938.0", "", false, "backup.passphrase" },
	{ "old, and never registered", "", true, "agent-config", NOT_REGISTERED, 8 * HOUR, false,
	  PREFLIGHT_GO, "2.0.9938.0", "", false, "mars.registration" },
	{ "the portal is blind, and backups go on", "", true, "service.management-agent",
	  "\"value\":{\"exists\":true,\"name\":\"m\",\"state\":1,\"start\":2}", 0, false,
	  PREFLIGHT_GO, "2.0.9938.0", "", false, NULL },
	{ "local, and nothing to run", "marshal_program=", true, "agent",
	  AGENT_OF("2.0.9082.9"), 0, true, PREFLIGHT_GO, "2.0.9082.9",
	  "connection local without marshal_program", false, NULL },
	{ "no passphrase, and left out", "marshal_skip=yes", true, "agent-config", NO_PASSPHRASE, 0,
	  true, PREFLIGHT_GO, "2.0.9938.0", "marshal_skip", false, NULL },
	{ "no administrator now", "", true, "host", NO_ADMIN, 0, false, PREFLIGHT_BLOCKED,
	  "2.0.9938.0", "is no administrator there", false, NULL },
	{ "no administrator last night", "", true, "host", NO_ADMIN, 8 * HOUR, false, PREFLIGHT_GO,
	  "2.0.9938.0", "looked at again first; 8 h ago: x is no administrator there", false, NULL },
	{ "no administrator, left stopped", "", true, "host", NO_ADMIN, 0, false, PREFLIGHT_GO,
	  "2.0.9938.0", "it is started first", true, NULL },
	{ "no administrator, and left out", "marshal_skip=yes", true, "host", NO_ADMIN, 0, true,
	  PREFLIGHT_GO, "2.0.9938.0", "marshal_skip", false, NULL },
	{ "skipped", "marshal_skip=yes", true, NULL, NULL, 0, true, PREFLIGHT_GO, "2.0.9938.0",
	  "marshal_skip", false, NULL },
};
/* clang-format on */

/* The look of a moment ago; `past`: since when checks fail, or NULL. Frees the look. */
static void put_judged(struct store *s, struct look *look, int64_t age_ms, const json_t *past)
{
	struct policy policy;
	struct tx *tx = tx_new();

	look->utc_ms = clock_utc_ms() - age_ms;
	for (int k = 0; k < look->facts.count; k++)
		look->facts.fact[k].utc_ms = look->utc_ms;
	/* what is due is reckoned from now */
	json_object_set_new((json_t *)facts_value(&look->facts, FACT_BACKUP_NEXT), "next_utc_ms",
			    json_null());
	policy_default(&policy);
	policy.backup_fail_ms = 0;      /* the healthy server's backup is of 2023 */
	look_judge(look, &(struct context){ .policy = &policy, .cloud = "public", .past = past },
		   "required");
	look_store(look, tx, "h1", 0, "import");
	look_free(look);
	must_run(s, tx);
}

static void put_look(struct store *s, int i)
{
	struct look *look = xcalloc(1, sizeof(*look));
	struct answer left[] = { { "service.obengine", STOPPED },
				 { "installers", KEY },
				 { cases[i].fact, cases[i].rest } };

	if (cases[i].left_stopped)
		healthy_with(&look->facts, left, ARRAY_LEN(left));
	else
		healthy_but(&look->facts, cases[i].fact, cases[i].rest);
	put_judged(s, look, cases[i].age_ms, NULL);
}

START_TEST(every_host_has_its_reason)
{
	static struct installer newer = { .len = 100, .version = { { 2, 0, 9999, 0 } } };
	AUTO_FREE char *path = xasprintf("%s/hosts.ini", unit_folder());
	AUTO_FCLOSE FILE *file = fopen(path, "w");
	struct store *s = temp_store();
	struct selection hosts;
	struct upgrade_terms terms;
	struct inventory *inv;
	struct plan plan;
	struct err err;

	fprintf(file, "h1 ansible_connection=local marshal_program=fake %s\n", cases[_i].vars);
	fflush(file);
	inv = inventory_load((const char *const *)&path, 1, &err);
	ck_assert_msg(inv != NULL, "%s", err.msg);
	if (cases[_i].seen)
		put_look(s, _i);
	upgrade_terms_default(&terms);
	terms.accept_stopped = strstr(cases[_i].label, "accepted") != NULL;
	ck_assert_int_eq(inventory_select(inv, NULL, 0, &hosts, &err), 0);
	ck_assert_int_eq(plan_make(s, &hosts, &newer, &terms, &plan, &err), 0);
	ck_assert_int_eq(plan.count, 1);
	ck_assert_msg(plan.row[0].excluded == cases[_i].excluded, "%s", cases[_i].label);
	ck_assert_msg(plan.row[0].excluded || plan.row[0].verdict == cases[_i].want, "%s: %s",
		      cases[_i].label, plan.row[0].reason);
	ck_assert_msg(strcmp(plan.row[0].before, cases[_i].before) == 0, "%s: before %s",
		      cases[_i].label, plan.row[0].before);
	ck_assert_msg(*cases[_i].reason ? strstr(plan.row[0].reason, cases[_i].reason) != NULL :
					  !*plan.row[0].reason,
		      "%s: '%s'", cases[_i].label, plan.row[0].reason);
	ck_assert_msg(plan.to_register == (strcmp(cases[_i].before, "2.0.9070.0") == 0), "%s",
		      cases[_i].label);
	ck_assert_int_eq(plan.unreadable, strcmp(cases[_i].label, "unreadable") == 0);
	ck_assert_int_eq(plan.to_mend, cases[_i].stops != NULL);
	ck_assert_msg(plan.unbelieved ==
			      (cases[_i].rest && cases[_i].want == PREFLIGHT_GO &&
			       !cases[_i].excluded && strcmp(cases[_i].rest, NO_ADMIN) == 0),
		      "%s", cases[_i].label);
	if (cases[_i].stops)
		ck_assert_str_eq(plan.row[0].stops, cases[_i].stops);
	ck_assert_int_eq(plan.to_upgrade + plan.current + plan.blocked + plan.excluded, 1);
	plan_release(&plan);
	selection_release(&hosts);
	inventory_free(inv);
	store_close(s);
}
END_TEST

/* One that is registered with no vault is told so, and not that it must be again. */
START_TEST(only_what_is_registered_is_registered_again)
{
	static struct installer newer = { .len = 100, .version = { { 2, 0, 9999, 0 } } };
	static const struct inv_host host = { .name = "h1" };
	static const struct answer answers[] = { { "agent", AGENT_OF("2.0.9070.0") },
						 { "agent-config", NOT_REGISTERED } };
	const struct inv_host *one = &host;
	struct selection hosts = { .host = &one, .count = 1 };
	struct upgrade_terms terms;
	struct plan plan;
	struct err err;

	upgrade_terms_default(&terms);
	for (int count = 1; count <= 2; count++) {
		struct store *s = temp_store();
		struct look *look = xcalloc(1, sizeof(*look));

		healthy_with(&look->facts, answers, count);
		put_judged(s, look, 0, NULL);
		ck_assert_int_eq(plan_make(s, &hosts, &newer, &terms, &plan, &err), 0);
		ck_assert_int_eq(plan.to_register, count == 1);
		ck_assert_str_eq(plan.row[0].stops, count == 1 ? "" : "mars.registration");
		plan_release(&plan);
		store_close(s);
	}
}
END_TEST

/* Judged after a backup that went through although each of these failed since the year before. */
static const struct {
	const char *fact, *rest, *check;
	bool contradicted;
	const char *why;
} outlived[] = {
	{ "agent-config", NO_PASSPHRASE, "backup.passphrase", true,
	  "no encryption key is set" },
	{ "tls", NO_TLS12, "network.tls12", true,
	  "SChannel has TLS 1.2 switched off for clients" },
	{ "agent-config", NOT_REGISTERED, "mars.registration", false,
	  "never registered with a vault" },
};

START_TEST(what_backups_contradict_stands_in_a_plan)
{
	static struct installer newer = { .len = 100, .version = { { 2, 0, 9999, 0 } } };
	static const struct inv_host host = { .name = "h1" };
	const struct inv_host *one = &host;
	struct selection hosts = { .host = &one, .count = 1 };
	struct store *s = temp_store();
	AUTO_JSON json_t *past = json_pack("{s:{s:[I, s]}}", "failing", outlived[_i].check,
					   (json_int_t)1699990000000 - DAY_MS, outlived[_i].why);
	struct look *look = xcalloc(1, sizeof(*look));
	bool contradicted = outlived[_i].contradicted;
	struct upgrade_terms terms;
	struct plan plan;
	struct err err;

	healthy_but(&look->facts, outlived[_i].fact, outlived[_i].rest);
	put_judged(s, look, 0, past);
	upgrade_terms_default(&terms);
	ck_assert_int_eq(plan_make(s, &hosts, &newer, &terms, &plan, &err), 0);
	ck_assert_int_eq(plan.to_upgrade, 1);
	ck_assert_int_eq(plan.contradicted, contradicted);
	ck_assert_int_eq(plan.to_mend, !contradicted);
	ck_assert_str_eq(contradicted ? plan.row[0].contradicted : plan.row[0].stops,
			 outlived[_i].check);
	ck_assert_str_eq(contradicted ? plan.row[0].stops : plan.row[0].contradicted, "");
	if (contradicted)
		ck_assert_str_eq(plan.row[0].but, "but backups go through: one completed "
						  "2023-11-14T19:26:40Z");
	plan_release(&plan);
	store_close(s);
}
END_TEST

/* Backups that go through change the status, and nothing of what an upgrade asks before it. */
START_TEST(a_contradiction_opens_no_login_url)
{
	static struct installer newer = { .len = 100, .version = { { 2, 0, 9999, 0 } } };
	static const struct inv_host host = { .name = "h1", .limited_internet = true };
	const struct inv_host *one = &host;
	struct selection hosts = { .host = &one, .count = 1 };
	struct store *s = temp_store();
	AUTO_JSON json_t *past = json_pack(
		"{s:{s:[I, s]}}", "failing", "network.login-url",
		(json_int_t)1699990000000 - DAY_MS,
		"login.windows.net: no answer (timeout), through proxy proxy:8080 (agent)");
	struct look *look = xcalloc(1, sizeof(*look));
	struct upgrade_terms terms;
	struct host_rows rows;
	struct plan plan;
	struct err err;

	healthy_but(&look->facts, "network.login", LOGIN("null", "false", "\"timeout\""));
	put_judged(s, look, 0, past);
	upgrade_terms_default(&terms);
	ck_assert_int_eq(store_hosts(s, "h1", 0, &rows, &err), 0);
	ck_assert_str_eq(rows.row->status, "compliant");
	host_rows_release(&rows);
	ck_assert_int_eq(plan_make(s, &hosts, &newer, &terms, &plan, &err), 0);
	ck_assert_str_eq(plan.row[0].contradicted, "network.login-url");
	ck_assert_int_eq(plan.row[0].verdict, PREFLIGHT_BLOCKED);
	ck_assert_ptr_nonnull(strstr(plan.row[0].reason, "login URL"));
	plan_release(&plan);
	store_close(s);
}
END_TEST

/* How many looks failed, behind one that was whole or behind none; what stands before and behind
 * when the last was, and why. */
static const struct { bool seen; int failed; const char *before, *behind; } tried[] = {
	{ false, 1, "never seen: tried once, no-answer, ", "; the fresh look decides" },
	{ false, 3, "never seen: tried 3 times, last: no-answer, ", "; the fresh look decides" },
	{ true, 0, "", "" },
	{ true, 1, "not reached since it was last seen: tried once, no-answer, ", "" },
	{ true, 3, "not reached since it was last seen: tried 3 times, last: no-answer, ", "" },
};

START_TEST(what_was_not_reached_is_told_by_its_tries)
{
	static struct installer newer = { .len = 100, .version = { { 2, 0, 9999, 0 } } };
	static const struct inv_host host = { .name = "h1" };
	const struct inv_host *one = &host;
	struct selection hosts = { .host = &one, .count = 1 };
	struct store *s = temp_store();
	struct upgrade_terms terms;
	struct plan plan;
	char when[CLOCK_TEXT];
	int64_t last = 0;
	struct err err;

	if (tried[_i].seen)
		put_look(s, 0);
	for (int i = 0; i < tried[_i].failed; i++) {
		struct tx *tx = tx_new();

		tx_look(tx, &(struct store_look){ .host = "h1",
						  .source = "scan",
						  .utc_ms = last = clock_utc_ms() + 1 + i,
						  .fault = "no-answer",
						  .fault_text = "h1: silence" });
		must_run(s, tx);
	}
	upgrade_terms_default(&terms);
	ck_assert_int_eq(plan_make(s, &hosts, &newer, &terms, &plan, &err), 0);
	AUTO_FREE char *want = xasprintf("%s%s%s%s", tried[_i].before, clock_format_utc(last, when),
					 last ? ": silence" : "", tried[_i].behind);

	ck_assert_str_eq(plan.row[0].reason, want);
	ck_assert_int_eq(plan.to_upgrade, 1);
	ck_assert_int_eq(plan.never_seen, !tried[_i].seen);
	ck_assert_int_eq(plan.unreachable, tried[_i].seen && tried[_i].failed > 0);
	plan_release(&plan);
	store_close(s);
}
END_TEST

/* What no look can reach is not counted as if one could, whatever was seen of it before. */
START_TEST(a_host_without_a_way_is_blocked)
{
	static struct installer newer = { .len = 100, .version = { { 2, 0, 9999, 0 } } };
	static const struct inv_host host[] = {
		{ .name = "h1", .connection = CONNECT_UNSUPPORTED, .unsupported = "'docker'" },
		{ .name = "h1", .connection = CONNECT_UNRESOLVED, .unresolved = "a template" },
	};
	const struct inv_host *one = &host[_i % 2];
	struct selection hosts = { .host = &one, .count = 1 };
	struct store *s = temp_store();
	struct upgrade_terms terms;
	struct plan plan;
	struct err err;

	if (_i > 1)
		put_look(s, 0);
	upgrade_terms_default(&terms);
	ck_assert_int_eq(plan_make(s, &hosts, &newer, &terms, &plan, &err), 0);
	ck_assert_str_eq(plan.row[0].reason,
			 _i % 2 ? "unresolved-variable: a template" :
				  "unsupported-transport: 'docker' is not supported");
	ck_assert_int_eq(plan.to_upgrade, 0);
	ck_assert_int_eq(plan.blocked, 1);
	ck_assert_int_eq(plan.never_seen + plan.unreachable + plan.estimate.batches, 0);
	plan_release(&plan);
	store_close(s);
}
END_TEST

static const struct { int hosts[3], first, parallel, batches; } batches[] = {
	{ { 0 }, 1, 10, 0 },	   { { 1 }, 1, 10, 1 },	      { { 2 }, 1, 10, 2 },
	{ { 11 }, 1, 10, 2 },	   { { 12 }, 1, 10, 3 },      { { 3 }, 5, 10, 1 },
	{ { 30 }, 2, 7, 5 },	   { { 1, 10 }, 1, 10, 2 },   { { 4, 10 }, 1, 10, 3 },
	{ { 4, 11, 1 }, 1, 10, 5 }, { { 2, 10 }, 3, 10, 3 },
};

START_TEST(a_run_is_estimated_by_those_before)
{
	struct store *s = temp_store();
	struct upgrade_terms terms;
	struct estimate e;
	struct err err;

	upgrade_terms_default(&terms);
	terms.first = batches[_i].first;
	terms.parallel = batches[_i].parallel;
	put_hosts(s, (const char *const[]){ "h1" }, 1);
	ck_assert_int_eq(estimate_learn(s, &terms, &e, &err), 0);
	estimate_hosts(&e, &terms, batches[_i].hosts, 3);
	ck_assert_int_eq(e.long_ms, ESTIMATE_LONG_MINUTES * MINUTE_MS);
	ck_assert_int_eq(e.batches, batches[_i].batches);
	ck_assert_int_eq(e.upgrades, 0);
	ck_assert_int_eq(e.all_ms, e.batches * ESTIMATE_HOST_MINUTES * MINUTE_MS);
	estimate_release(&e);
	put_upgrades(s, 1, &(struct put_upgrade){ "h1", 4, "upgraded" }, 1);
	/* over a weekend */
	put_upgrades(s, 2, &(struct put_upgrade){ "h1", 3000, "upgraded" }, 1);
	put_upgrades(s, 3, &(struct put_upgrade){ "h1", 6, "upgraded" }, 1);
	put_upgrades(s, 4, &(struct put_upgrade){ "h1", 1, "blocked" }, 1);
	ck_assert_int_eq(estimate_learn(s, &terms, &e, &err), 0);
	estimate_hosts(&e, &terms, batches[_i].hosts, 3);
	ck_assert_int_eq(e.upgrades, 3);
	ck_assert_int_eq(e.long_ms, ESTIMATE_LONG_MINUTES * MINUTE_MS); /* of so few */
	ck_assert_int_eq(e.host_ms, 6 * MINUTE_MS);
	ck_assert_int_eq(e.all_ms, e.batches * 6 * MINUTE_MS);
	terms.soak = MINUTE_MS;
	estimate_hosts(&e, &terms, batches[_i].hosts, 3);
	ck_assert_int_eq(e.all_ms, e.batches * 6 * MINUTE_MS + 2 * MINUTE_MS);
	estimate_release(&e);
	store_close(s);
}
END_TEST

START_TEST(a_policy_comes_back_as_it_was_stored)
{
	struct upgrade_terms terms, back;
	struct err err;

	upgrade_terms_default(&terms);
	terms.include_dpm = terms.close_console = true;
	terms.first = 3;
	ck_assert_int_eq(upgrade_terms_limit(&terms, "install=2h", &err), 0);
	{
		AUTO_JSON json_t *json = upgrade_terms_json(&terms);

		upgrade_terms_read(&back, json);
	}
	ck_assert(back.include_dpm && back.close_console && !back.accept_stopped);
	ck_assert_int_eq(back.first, 3);
	ck_assert_int_eq(back.limit_install, 2 * HOUR);
	ck_assert_int_eq(back.limit_verify, terms.limit_verify);
}
END_TEST

START_TEST(a_server_is_held_for_the_longest_limit_and_ten_minutes)
{
	struct upgrade_terms terms;
	struct err err;

	upgrade_terms_default(&terms);
	ck_assert_int_eq(upgrade_terms_hold_ms(&terms), 55 * HOUR / 60);
	ck_assert_int_eq(upgrade_terms_limit(&terms, "upload=2h", &err), 0);
	ck_assert_int_eq(upgrade_terms_hold_ms(&terms), 130 * HOUR / 60);
}
END_TEST

START_TEST(a_database_has_one_name_on_servers)
{
	static const char fine[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
	struct store *s = temp_store(), *other = temp_store();
	struct err err;
	AUTO_FREE char *first = controller_name(s, &err), *again = controller_name(s, &err),
		       *others = controller_name(other, &err);
	struct tx *tx = tx_new();

	ck_assert(first && again && others);
	ck_assert_str_eq(first, again);
	ck_assert_str_ne(first, others);
	ck_assert_uint_eq(strspn(first, fine), strlen(first));
	ck_assert_uint_le(strlen(first), CONTROLLER_MAX);
	/* of two processes that made one at the same time, the first one's is that of both */
	tx_setting_once(tx, SETTING_CONTROLLER, "second-00000000");
	must_run(s, tx);
	tx = tx_new();
	free(again);
	again = controller_name(s, &err);
	ck_assert_str_eq(first, again);
	tx_setting(tx, SETTING_CONTROLLER, "no name; <x>");
	must_run(s, tx);
	free(again);
	again = controller_name(s, &err);
	ck_assert_uint_eq(strspn(again, fine), strlen(again));
	store_close(other);
	store_close(s);
}
END_TEST

static const struct { const char *text; enum err_code want; } limits[] = {
	{ "stop=4m", ERR_NONE },      { "stop=8m", ERR_USAGE },    { "start=5m1s", ERR_USAGE },
	{ "lunch=1h", ERR_NOT_FOUND }, { "install", ERR_NOT_FOUND }, { "install=soon", ERR_USAGE },
	{ "install=25h", ERR_USAGE }, { "=1m", ERR_NOT_FOUND },    { "upload=1ms", ERR_NONE },
};

START_TEST(limits_are_read_and_bounded)
{
	struct upgrade_terms terms;
	struct err err = { .code = ERR_NONE };

	upgrade_terms_default(&terms);
	if (upgrade_terms_limit(&terms, limits[_i].text, &err) == 0)
		err.code = ERR_NONE;
	ck_assert_msg(err.code == limits[_i].want, "%s: %s", limits[_i].text, err.msg);
}
END_TEST

UNIT_SUITE(plan)
{
	Suite *s = suite_create("plan");
	TCase *tc = tcase_create("plans");

	tcase_add_loop_test(tc, every_host_has_its_reason, 0, (int)ARRAY_LEN(cases));
	tcase_add_test(tc, only_what_is_registered_is_registered_again);
	tcase_add_loop_test(tc, what_backups_contradict_stands_in_a_plan, 0, ARRAY_LEN(outlived));
	tcase_add_test(tc, a_contradiction_opens_no_login_url);
	tcase_add_loop_test(tc, what_was_not_reached_is_told_by_its_tries, 0, ARRAY_LEN(tried));
	tcase_add_loop_test(tc, a_host_without_a_way_is_blocked, 0, 4);
	tcase_add_loop_test(tc, a_run_is_estimated_by_those_before, 0, ARRAY_LEN(batches));
	tcase_add_test(tc, a_server_is_held_for_the_longest_limit_and_ten_minutes);
	tcase_add_test(tc, a_database_has_one_name_on_servers);
	tcase_add_test(tc, a_policy_comes_back_as_it_was_stored);
	tcase_add_loop_test(tc, limits_are_read_and_bounded, 0, (int)ARRAY_LEN(limits));
	suite_add_tcase(s, tc);
	return s;
}
