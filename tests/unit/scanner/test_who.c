/* test_who.c - what of a machine tells it from others: an id that a clone has too does not. */
#include "../unit.h"

#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "scanner/facts/identity.h"
#include "scanner/remember.h"
#include "scanner/who.h"
#include "tests/unit/store/fixture.h"

#define NOW INT64_C(1700000000000)
#define A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define C "cccccccccccccccccccccccccccccccc"
#define D "dddddddddddddddddddddddddddddddd"

static struct store *s;

static void look_at(const char *host, const char *computer, const char *machine, int64_t utc_ms,
		    const char *fault)
{
	struct tx *tx = tx_new();

	tx_look(tx, &(struct store_look){ .host = host,
					  .source = "scan",
					  .utc_ms = utc_ms,
					  .fault = fault,
					  .fault_text = fault,
					  .computer = computer,
					  .machine = machine });
	must_run(s, tx);
}

/* How many ids of the machine that h1 shall be can be compared with what it says now. */
static int comparable(void)
{
	struct facts facts;
	struct machine_ids known;
	struct clones *clones;
	struct err err;

	facts_init(&facts);
	clones = clones_find(s, &err);
	ck_assert_msg(clones != NULL, "%s", err.msg);
	who_known(clones, A " " B " " C, &facts, &known);
	clones_free(clones);
	facts_release(&facts);
	return machine_known(&known);
}

/* clang-format off */
static const struct {
	const char *label, *computer, *machine;         /* of h2 */
	int64_t seen_utc_ms;
	const char *fault;
	int want;
} cases[] = {
	{ "nothing in common",         "H2", D " - -",          NOW, NULL, 3 },
	{ "one UUID",                  "H2", A " " D " -",      NOW, NULL, 2 },
	{ "all of it",                 "H2", A " " B " " C,     NOW, NULL, 0 },
	{ "one computer, two names",   "h1", A " " B " " C,     NOW, NULL, 3 },
	{ "seen the night before",     "H2", A " " B " " C,     NOW - DAY_MS - 1, NULL, 3 },
	{ "seen the same night",       "H2", A " " B " " C,     NOW - DAY_MS, NULL, 0 },
	{ "not to be seen any more",   "H2", A " " B " " C,     NOW, "no-answer", 3 },
};
/* clang-format on */

START_TEST(what_a_clone_has_too_tells_nobody_apart)
{
	s = temp_store();
	look_at("h1", "H1", A " " B " " C, NOW, NULL);
	look_at("h2", cases[_i].computer, cases[_i].machine, cases[_i].seen_utc_ms,
		cases[_i].fault);
	ck_assert_msg(comparable() == cases[_i].want, "%s: %d", cases[_i].label, comparable());
	store_close(s);
}
END_TEST

START_TEST(a_host_that_is_gone_is_no_clone)
{
	static const char *const left[] = { "h1" };

	s = temp_store();
	look_at("h1", "H1", A " " B " " C, NOW, NULL);
	look_at("h2", "H2", A " " B " " C, NOW, NULL);
	put_hosts(s, left, 1);
	ck_assert_int_eq(comparable(), 3);
	store_close(s);
}
END_TEST

/* What a look at one host compares with. */
START_TEST(one_host_is_compared_with_what_is_stored)
{
	AUTO_JSON json_t *value =
		json_pack("{s:s, s:s, s:s}", "uuid", D, "machine_guid", D, "machine_sid", C);
	AUTO_JSON json_t *stored = json_pack("{s:O}", "identity", value);
	struct machine_ids known, seen;
	struct facts facts;

	s = temp_store();
	facts_init(&facts);
	facts_under(&facts, stored, NULL);
	identity_ids(value, &seen);
	who_stored(s, "h1", &facts, &known);
	ck_assert_int_eq(machine_known(&known), 0);
	look_at("h1", "H1", A " " B " " C, NOW, NULL);
	who_stored(s, "h1", &facts, &known);
	ck_assert_int_eq(machine_compare(&known, &seen), MACHINE_OTHER);
	/* one of those that differ is on another host too */
	look_at("h2", "H2", D " - -", NOW, NULL);
	look_at("h3", "H3", D " - -", NOW, NULL);
	who_stored(s, "h1", &facts, &known);
	ck_assert_int_eq(machine_compare(&known, &seen), MACHINE_NOT_KNOWN);
	facts_release(&facts);
	store_close(s);
}
END_TEST

static const json_t *machine_of(const json_t *past, const char *host)
{
	return json_object_get(json_object_get(past, host), "machine");
}

/* What a check is told of it. */
START_TEST(the_past_of_a_host_has_which_machine_it_was)
{
	AUTO_JSON json_t *past = NULL;
	struct err err;

	s = temp_store();
	look_at("h1", "H1", A " " B " " C, NOW, NULL);
	look_at("h2", "H2", B " - " A, NOW, NULL);
	look_at("h3", "H3", B " - -", NOW, NULL);
	look_at("h1", "H1", D " " D " " C, NOW + 1, NULL);
	look_at("h1", "H1", D " " D " " C, NOW + 2, NULL);
	past = past_of_all(s, &err);
	ck_assert_msg(past != NULL, "%s", err.msg);
	ck_assert_str_eq(json_get_str(machine_of(past, "h1"), "known"), A " " B " " C);
	ck_assert_str_eq(json_get_str(machine_of(past, "h1"), "last"), D " " D " " C);
	ck_assert_int_eq(json_integer_value(json_object_get(machine_of(past, "h1"), "since")),
			 NOW + 1);
	ck_assert_int_eq(json_integer_value(json_object_get(machine_of(past, "h2"), "since")), 0);
	ck_assert_int_eq(json_object_size(json_get_obj(machine_of(past, "h1"), "shared")), 1);
	ck_assert_ptr_nonnull(json_object_get(json_get_obj(machine_of(past, "h1"), "shared"), B));
	store_close(s);
}
END_TEST

/* The rows are ordered by name; one that does not answer has no server. */
static const struct {
	const char *computer, *machine, *fault, *server_of_1, *server_of_3;
} servers[] = {
	{ "h1", A " " B " " C, NULL, "h1", "h1" },
	{ "H1", A " " B " -", NULL, "h1", "h1" },
	{ "H1", A " - -", NULL, NULL, NULL },
	{ "H3", A " " B " " C, NULL, NULL, NULL },
	{ "H1", A " " B " " C, "no-answer", NULL, NULL },
	{ "H1", D " " B " " C, NULL, "h1", "h1" },
};

START_TEST(one_server_may_have_two_names)
{
	AUTO_JSON json_t *past = NULL;
	struct clones *clones;
	struct err err;

	s = temp_store();
	look_at("h1", "H1", A " " B " " C, NOW, NULL);
	look_at("h2", "H2", D " " D " " D, NOW, NULL);
	look_at("h3", servers[_i].computer, servers[_i].machine, NOW, NULL);
	if (servers[_i].fault)
		look_at("h3", NULL, NULL, NOW + 1, servers[_i].fault);
	clones = clones_find(s, &err);
	ck_assert_msg(clones != NULL, "%s", err.msg);
	ck_assert_pstr_eq(who_server(clones, "h1"), servers[_i].server_of_1);
	ck_assert_pstr_eq(who_server(clones, "h2"), NULL);
	ck_assert_pstr_eq(who_server(clones, "h3"), servers[_i].server_of_3);
	clones_free(clones);
	past = past_of_all(s, &err);    /* what the check of the second name is told */
	ck_assert_ptr_null(json_get_str(machine_of(past, "h1"), "twin"));
	ck_assert_pstr_eq(json_get_str(machine_of(past, "h3"), "twin"), servers[_i].server_of_3);
	store_close(s);
}
END_TEST

UNIT_SUITE(who)
{
	Suite *suite = suite_create("who");
	TCase *tc = tcase_create("who");

	tcase_add_loop_test(tc, what_a_clone_has_too_tells_nobody_apart, 0, ARRAY_LEN(cases));
	tcase_add_test(tc, a_host_that_is_gone_is_no_clone);
	tcase_add_test(tc, one_host_is_compared_with_what_is_stored);
	tcase_add_test(tc, the_past_of_a_host_has_which_machine_it_was);
	tcase_add_loop_test(tc, one_server_may_have_two_names, 0, ARRAY_LEN(servers));
	suite_add_tcase(suite, tc);
	return suite;
}
