/* test_realms.c - who may ask a KDC, who waits, and what is known afterwards. */
#include "transport/winrm/realms.h"

#include <string.h>

#include "base/mem.h"
#include "tests/unit/unit.h"

enum { LONG_MS = 61000 };

static struct realms *all;
static struct realm_way user, host, both;
static const struct err away = { .code = FAULT_TIME_LIMIT, .msg = "no ticket" };
static const int first, second;         /* who asks */

static void begin(void)
{
	all = realms_new();
	user = (struct realm_way){ { realm_of(all, "FLEET.EXAMPLE") }, 1 };
	host = (struct realm_way){ { realm_of(all, "gone.example") }, 1 };
	both = (struct realm_way){ { user.realm[0], host.realm[0] }, 2 };
}

static void end(void)
{
	realms_free(all);
}

static enum realm_says ask(const struct realm_way *way, const void *who, int64_t now_ms)
{
	struct err err = { .code = ERR_NONE };
	enum realm_says says = realms_ask(way, who, now_ms, &err);

	ck_assert_int_eq(err.code, says == REALM_SILENT ? FAULT_TIME_LIMIT : ERR_NONE);
	return says;
}

START_TEST(a_realm_has_one_name_in_any_case)
{
	ck_assert_ptr_eq(realm_of(all, "Gone.Example"), host.realm[0]);
	ck_assert_ptr_ne(realm_of(all, ""), host.realm[0]);
}
END_TEST

START_TEST(one_asks_and_the_others_wait_for_what_he_hears)
{
	ck_assert_int_eq(ask(&user, &first, 0), REALM_ASK);
	ck_assert_int_eq(ask(&user, &first, 0), REALM_ASK);
	ck_assert_int_eq(ask(&user, &second, 0), REALM_WAIT);
	ck_assert_int_eq(ask(&both, &second, 0), REALM_WAIT);
	realms_heard(&user, &first, NULL, &away, 5);
	ck_assert_int_eq(ask(&user, &first, 5), REALM_ASK);
	ck_assert_int_eq(ask(&user, &second, 5), REALM_ASK);
}
END_TEST

START_TEST(who_cannot_ask_now_waits_and_stands_in_nobody_s_way)
{
	ck_assert_int_eq(ask(&user, NULL, 0), REALM_WAIT);
	ck_assert_ptr_null(realms_asker(&user));
	ck_assert_int_eq(ask(&user, &second, 0), REALM_ASK);
	ck_assert_ptr_eq(realms_asker(&user), &second);
	ck_assert_ptr_eq(realms_asker(&both), &second);
	realms_heard(&user, &second, "FLEET.EXAMPLE", &away, 1);
	ck_assert_int_eq(ask(&user, NULL, 2), REALM_SILENT);
}
END_TEST

START_TEST(who_did_not_come_to_ask_has_heard_nothing)
{
	ask(&user, &first, 0);
	realms_unasked(&user, &first);
	ck_assert_int_eq(ask(&user, &second, 1), REALM_ASK);
	ck_assert_int_eq(ask(&user, &first, 1), REALM_WAIT);
}
END_TEST

START_TEST(who_waited_too_long_for_one_that_has_answered_blames_it_for_himself_alone)
{
	ask(&both, &first, 0);
	realms_heard(&both, &first, NULL, &away, 1);
	realms_waited(&both, &away, 2);
	ck_assert_int_eq(ask(&both, &second, 3), REALM_ASK);
}
END_TEST

/* clang-format off */
static const struct {
	const char *label, *silent;
	enum realm_says user, host;
} cases[] = {
	{ "the user's",                 "FLEET.EXAMPLE", REALM_SILENT, REALM_ASK },
	{ "the host's",                 "GONE.EXAMPLE",  REALM_ASK,    REALM_SILENT },
	{ "one that it sends on to",    "THIRD.EXAMPLE", REALM_ASK,    REALM_SILENT },
	{ "unknown: the first asked",   "",              REALM_SILENT, REALM_ASK },
	{ "none: a no is an answer",    NULL,            REALM_ASK,    REALM_ASK },
};
/* clang-format on */

START_TEST(the_one_that_is_silent_is_not_asked_for_a_while)
{
	ck_assert_int_eq(ask(&both, &first, 0), REALM_ASK);
	realms_heard(&both, &first, cases[_i].silent, &away, 10);
	ck_assert_msg(ask(&user, &second, 11) == cases[_i].user, "%s: user", cases[_i].label);
	ck_assert_msg(ask(&host, &second, 11) == cases[_i].host, "%s: host", cases[_i].label);
	ck_assert_int_eq(ask(&user, &second, 10 + LONG_MS), REALM_ASK);
	ck_assert_int_eq(ask(&host, &second, 10 + LONG_MS), REALM_ASK);
}
END_TEST

START_TEST(the_first_words_for_it_stay_while_it_is_silent)
{
	const struct err later = { .code = FAULT_TIME_LIMIT, .msg = "in other words" };
	struct err err;

	ask(&user, &first, 0);
	realms_waited(&user, &away, 10);
	ck_assert_int_eq(realms_ask(&user, &second, 11, &err), REALM_SILENT);
	ck_assert_str_eq(err.msg, "no ticket");
	realms_heard(&user, &first, "FLEET.EXAMPLE", &later, 20);
	ck_assert_int_eq(realms_ask(&user, &second, 21, &err), REALM_SILENT);
	ck_assert_str_eq(err.msg, "no ticket");
}
END_TEST

START_TEST(who_waited_too_long_may_hear_something_yet)
{
	ask(&user, &first, 0);
	realms_waited(&user, &away, 10);
	ck_assert_int_eq(ask(&user, &second, 11), REALM_SILENT);
	ck_assert_int_eq(ask(&user, &second, 10 + LONG_MS), REALM_WAIT);
	realms_heard(&user, &first, NULL, &away, 20);
	ck_assert_int_eq(ask(&user, &second, 21), REALM_ASK);
}
END_TEST

START_TEST(where_the_user_s_answers_it_is_the_host_s_that_is_waited_for)
{
	ask(&user, &first, 0);
	realms_heard(&user, &first, NULL, &away, 1);
	ask(&both, &first, 2);
	realms_waited(&both, &away, 3);
	ck_assert_int_eq(ask(&user, &second, 4), REALM_ASK);
	ck_assert_int_eq(ask(&host, &second, 4), REALM_SILENT);
}
END_TEST

START_TEST(one_that_answered_once_is_asked_by_one_again_where_it_fell_silent)
{
	ask(&user, &first, 0);
	realms_heard(&user, &first, NULL, &away, 1);
	ask(&user, &first, 2);
	realms_heard(&user, &first, "FLEET.EXAMPLE", &away, 3);
	ck_assert_int_eq(ask(&user, &first, 3 + LONG_MS), REALM_ASK);
	ck_assert_int_eq(ask(&user, &second, 3 + LONG_MS), REALM_WAIT);
}
END_TEST

START_TEST(who_needs_no_kdc_asks_nobody)
{
	const struct realm_way none = { .count = 0 };

	ck_assert_int_eq(ask(&none, &first, 0), REALM_ASK);
	realms_heard(&none, &first, "", &away, 1);
	realms_waited(&none, &away, 1);
	ck_assert_int_eq(ask(&none, &second, 2), REALM_ASK);
}
END_TEST

UNIT_SUITE(realms)
{
	Suite *s = suite_create("realms");
	TCase *tc = tcase_create("realms");

	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, a_realm_has_one_name_in_any_case);
	tcase_add_test(tc, one_asks_and_the_others_wait_for_what_he_hears);
	tcase_add_test(tc, who_cannot_ask_now_waits_and_stands_in_nobody_s_way);
	tcase_add_test(tc, who_did_not_come_to_ask_has_heard_nothing);
	tcase_add_test(tc,
		       who_waited_too_long_for_one_that_has_answered_blames_it_for_himself_alone);
	tcase_add_loop_test(tc, the_one_that_is_silent_is_not_asked_for_a_while, 0,
			    ARRAY_LEN(cases));
	tcase_add_test(tc, the_first_words_for_it_stay_while_it_is_silent);
	tcase_add_test(tc, who_waited_too_long_may_hear_something_yet);
	tcase_add_test(tc, where_the_user_s_answers_it_is_the_host_s_that_is_waited_for);
	tcase_add_test(tc, one_that_answered_once_is_asked_by_one_again_where_it_fell_silent);
	tcase_add_test(tc, who_needs_no_kdc_asks_nobody);
	suite_add_tcase(s, tc);
	return s;
}
