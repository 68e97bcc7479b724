/* test_machine.c - which machine a host is: when two answers are of one, and what is remembered. */
#include <stdio.h>
#include <string.h>

#include "../unit.h"
#include "base/mem.h"
#include "fixture.h"
#include "store/lease.h"
#include "store/machine.h"

/* "ab-": the ids a and b, the third not known. */
static void machine_of(const char *letters, struct machine_ids *out)
{
	*out = (struct machine_ids){ 0 };
	for (int i = 0; i < MACHINE_IDS; i++)
		if (letters[i] != '-')
			memset(out->id[i], letters[i], MACHINE_ID - 1);
}

static const char *letters_of(const struct machine_ids *m)
{
	static char letters[MACHINE_IDS + 1];

	for (int i = 0; i < MACHINE_IDS; i++)
		letters[i] = m->id[i][0] ? m->id[i][0] : '-';
	return letters;
}

/* clang-format off */
static const struct {
	const char *before, *seen;
	enum machine_answer answer;
	const char *next, *accepted;
} cases[] = {
	{ "---", "abc", MACHINE_NOT_KNOWN, "abc", "abc" },
	{ "abc", "abc", MACHINE_SAME,      "abc", "abc" },
	{ "abc", "abd", MACHINE_SAME,      "abd", "abd" },
	{ "abc", "ab-", MACHINE_SAME,      "abc", "abc" },
	{ "ab-", "abc", MACHINE_SAME,      "abc", "abc" },
	{ "abc", "ade", MACHINE_OTHER,     "abc", "ade" },
	{ "abc", "def", MACHINE_OTHER,     "abc", "def" },
	{ "ab-", "cd-", MACHINE_OTHER,     "ab-", "cd-" },
	{ "abc", "a--", MACHINE_NOT_KNOWN, "abc", "abc" },
	{ "abc", "d--", MACHINE_NOT_KNOWN, "abc", "abc" },
	{ "abc", "ad-", MACHINE_NOT_KNOWN, "abc", "ad-" },
	{ "abc", "---", MACHINE_NOT_KNOWN, "abc", "abc" },
	{ "a--", "-bc", MACHINE_NOT_KNOWN, "-bc", "-bc" },
	{ "a--", "---", MACHINE_NOT_KNOWN, "a--", "a--" },
	{ "ab-", "-bc", MACHINE_NOT_KNOWN, "ab-", "-bc" },
};
/* clang-format on */

START_TEST(two_of_three_say_who_it_is)
{
	struct machine_ids before, seen, next, accepted;

	machine_of(cases[_i].before, &before);
	machine_of(cases[_i].seen, &seen);
	ck_assert_int_eq(machine_compare(&before, &seen), cases[_i].answer);
	ck_assert_int_eq(machine_compare(&seen, &before), cases[_i].answer);
	machine_remember(&before, &seen, false, &next);
	machine_remember(&before, &seen, true, &accepted);
	ck_assert_str_eq(letters_of(&next), cases[_i].next);
	ck_assert_str_eq(letters_of(&accepted), cases[_i].accepted);
}
END_TEST

START_TEST(a_text_of_it_is_read_again)
{
	static const char *const strange[] = {
		"",
		" ",
		"- -",
		"x y z",
		"'; drop table host; --",
		"0123456789abcdef0123456789abcdef0 - -",
		"\xff\xfe \x1b[2J -",
	};
	struct machine_ids machine, back;
	char text[MACHINE_TEXT];

	machine_of("a-c", &machine);
	machine_read(machine_text(&machine, text), &back);
	ck_assert_str_eq(letters_of(&back), "a-c");
	for (size_t i = 0; i < ARRAY_LEN(strange); i++) {
		machine_read(strange[i], &back);
		ck_assert_msg(machine_known(&back) == 0, "%s", strange[i]);
	}
}
END_TEST

static void answers(struct store *s, const char *letters, bool accept)
{
	struct machine_ids machine;
	struct tx *tx = tx_new();
	char text[MACHINE_TEXT];

	if (letters)
		machine_of(letters, &machine);
	tx_look(tx, &(struct store_look){ .host = "h1",
					  .source = "scan",
					  .utc_ms = 5000,
					  .computer = letters ? "H1" : NULL,
					  .machine = letters ? machine_text(&machine, text) : NULL,
					  .accept_changed = accept });
	must_run(s, tx);
}

static void is_kept(struct store *s, const char *seen, const char *known, int changed, int accepted)
{
	struct host_rows rows;
	struct event_rows events;
	struct machine_ids machine;
	struct err err;

	get_host(s, "h1", &rows);
	ck_assert_str_eq(rows.row->computer, "H1");
	machine_read(rows.row->machine, &machine);
	ck_assert_str_eq(letters_of(&machine), seen);
	machine_read(rows.row->machine_known, &machine);
	ck_assert_str_eq(letters_of(&machine), known);
	host_rows_release(&rows);
	ck_assert_int_eq(store_events(s, 0, "h1", 100, &events, &err), 0);
	for (int i = 0; i < events.count; i++) {
		changed -= strcmp(events.row[i].kind, "machine-changed") == 0;
		accepted -= strcmp(events.row[i].kind, "machine-accepted") == 0;
	}
	ck_assert(changed == 0 && accepted == 0);
	event_rows_release(&events);
}

START_TEST(another_machine_is_told_once_and_accepted_by_name)
{
	struct store *s = temp_store();

	answers(s, "abc", false);
	is_kept(s, "abc", "abc", 0, 0);
	answers(s, "def", false);
	is_kept(s, "def", "abc", 1, 0);
	answers(s, "def", false);
	answers(s, NULL, true);         /* it did not tell: there is nothing to accept */
	is_kept(s, "def", "abc", 1, 0);
	answers(s, "def", true);
	is_kept(s, "def", "def", 1, 1);
	answers(s, "def", true);
	is_kept(s, "def", "def", 1, 1);
	store_close(s);
}
END_TEST

static struct tx *renaming(const char *old, const char *now)
{
	struct tx *tx = tx_new();

	tx_rename(tx, old, now, 9000);
	return tx;
}

START_TEST(a_host_gets_the_history_of_one_that_is_gone)
{
	static const char *const left[] = { "h2", "h3" };
	struct store *s = temp_store(), *other = open_at(store_file(s));
	int64_t epoch;
	struct tx *tx;

	answers(s, "abc", false);
	must_fail(s, renaming("h1", "h2"), ERR_USAGE, "h1' is in the inventory");
	put_hosts(s, left, ARRAY_LEN(left));
	must_fail(s, renaming("h1", "h1"), ERR_USAGE, "h1' is not in the inventory");
	must_fail(s, renaming("h1", "h9"), ERR_NOT_FOUND, "h9");
	tx = tx_new();
	tx_lease_take(tx, "h2", 0, &epoch);
	must_run(other, tx);
	must_fail(s, renaming("h1", "h2"), ERR_HELD, "h2' is being changed");
	must_run(s, renaming("h1", "h3"));
	put_hosts(s, left, ARRAY_LEN(left));    /* as the next command does */
	ck_assert_int_eq(query_count(store_file(s), "host where gone_utc_ms <> 0"), 1);
	ck_assert_int_eq(query_count(store_file(s), "host h join look l on l.host = h.id "
						    "where h.name = 'h3'"),
			 1);
	store_close(other);
	store_close(s);
}
END_TEST

UNIT_SUITE(machine)
{
	Suite *s = suite_create("machine");
	TCase *tc = tcase_create("machine");

	tcase_add_loop_test(tc, two_of_three_say_who_it_is, 0, ARRAY_LEN(cases));
	tcase_add_test(tc, a_text_of_it_is_read_again);
	tcase_add_test(tc, another_machine_is_told_once_and_accepted_by_name);
	tcase_add_test(tc, a_host_gets_the_history_of_one_that_is_gone);
	suite_add_tcase(s, tc);
	return s;
}
