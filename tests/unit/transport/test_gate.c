/* test_gate.c - the sign-in gate, played through with whole fleets and no network. */
#include "tests/unit/unit.h"

#include <string.h>

#include "base/mem.h"
#include "transport/gate.h"

enum { FLEET_MAX = 1000 };

/* What happens to a host once it may offer the credential. */
enum nature { ACCEPTS, REJECTS, SILENT_BEFORE, SILENT_AT_TURN };

struct fleet {
	enum nature nature[FLEET_MAX];
	bool over[FLEET_MAX];
	int silent[FLEET_MAX];          /* rounds */
	int count, at_once;
	int accepted, rejected, suspended, rounds;
};

/* One host in flight, one round: 1 when it is over. Who gets GO has its answer in the same round;
 * the silent keep their place for `patience` rounds. */
static int turn_of(struct fleet *f, struct gate *gate, int i, int patience)
{
	enum gate_answer answer;

	if (f->nature[i] == SILENT_BEFORE || f->silent[i] > 0) {
		if (++f->silent[i] <= patience)
			return 0;
		gate_left(gate, &f->nature[i]);
		return 1;
	}
	answer = gate_ask(gate, &f->nature[i]);
	if (answer == GATE_WAIT)
		return 0;
	if (answer == GATE_SUSPENDED) {
		f->suspended++;
	} else if (f->nature[i] == SILENT_AT_TURN) {
		f->silent[i] = 1;
		return 0;
	} else if (f->nature[i] == ACCEPTS) {
		f->accepted++;
		gate_accepted(gate, &f->nature[i]);
	} else {
		f->rejected++;
		gate_rejected(gate, &f->nature[i]);
	}
	return 1;
}

static void play(struct fleet *f, int patience)
{
	struct gate gate = { 0 };
	int left = f->count;

	while (left > 0 && f->rounds < 10 * FLEET_MAX) {
		int in_flight = 0;

		f->rounds++;
		for (int i = 0; i < f->count && in_flight < f->at_once; i++) {
			if (f->over[i])
				continue;
			in_flight++;
			f->over[i] = turn_of(f, &gate, i, patience) != 0;
			left -= f->over[i];
		}
	}
}

START_TEST(a_wrong_key_is_offered_twice_in_500_hosts)
{
	struct fleet f = { .count = 500, .at_once = 100 };

	for (int i = 0; i < f.count; i++)
		f.nature[i] = REJECTS;
	play(&f, 5);
	ck_assert_int_eq(f.rejected, CREDENTIAL_FIRST_REJECTIONS);
	ck_assert_int_eq(f.suspended, 498);
}
END_TEST

START_TEST(twenty_hosts_without_the_key_do_not_hide_980)
{
	struct fleet f = { .count = 1000, .at_once = 500 };

	for (int i = 0; i < 20; i++)
		f.nature[1 + i * 50] = REJECTS;
	play(&f, 5);
	ck_assert_int_eq(f.accepted, 980);
	ck_assert_int_eq(f.rejected, 20);
	ck_assert_int_eq(f.suspended, 0);
}
END_TEST

START_TEST(one_odd_first_host_does_not_hide_the_rest)
{
	struct fleet f = { .count = 100, .at_once = 100 };

	f.nature[0] = REJECTS;
	play(&f, 5);
	ck_assert_int_eq(f.accepted, 99);
}
END_TEST

START_TEST(a_host_that_never_gets_there_delays_nobody)
{
	struct fleet f = { .count = 100, .at_once = 100 };

	f.nature[0] = SILENT_BEFORE;
	play(&f, 50);
	ck_assert_int_eq(f.accepted, 99);
	/* all others in the first round, then the silent one's patience */
	ck_assert_int_eq(f.rounds, 51);
}
END_TEST

START_TEST(a_host_silent_at_its_turn_gives_it_back)
{
	struct fleet f = { .count = 3, .at_once = 3 };

	f.nature[0] = SILENT_AT_TURN;
	play(&f, 5);
	ck_assert_int_eq(f.accepted, 2);
	ck_assert_int_eq(f.rounds, 6);
}
END_TEST

/* Steps: A, R, L accepted, rejected, left by host 1; a, r, l by host 2; ? and ! ask for
 * host 1 and host 2. The last step is a question. */
static const struct {
	const char *label, *steps;
	enum gate_answer want;
} cases[] = {
	{ "first asks", "?", GATE_GO },
	{ "asking again keeps the turn", "??", GATE_GO },
	{ "second waits", "?!", GATE_WAIT },
	{ "after acceptance all go", "?A!", GATE_GO },
	{ "after one rejection the next", "?R!", GATE_GO },
	{ "after one rejection one at a time", "?R!?", GATE_WAIT },
	{ "two rejections suspend", "?R!r?", GATE_SUSPENDED },
	{ "who left makes room", "?L!", GATE_GO },
	{ "a bystander leaving makes no room", "?l!", GATE_WAIT },
	{ "nine in a row", "?ARRRRRRRRR?", GATE_GO },
	{ "ten in a row", "?ARRRRRRRRRR?", GATE_SUSPENDED },
	{ "an acceptance starts the row anew", "?ARRRRRRRRRARRRRRRRRR?", GATE_GO },
	{ "a late acceptance lifts nothing", "?ARRRRRRRRRRA?", GATE_SUSPENDED },
	{ "rejections before do not count after", "?RARRRRRRRRR?", GATE_GO },
};

START_TEST(steps_end_as_expected)
{
	struct gate g = { 0 };
	int host[2];
	enum gate_answer got = GATE_GO;

	for (const char *p = cases[_i].steps; *p; p++) {
		const void *who = strchr("ARL?", *p) ? &host[0] : &host[1];

		if (strchr("Aa", *p))
			gate_accepted(&g, who);
		else if (strchr("Rr", *p))
			gate_rejected(&g, who);
		else if (strchr("Ll", *p))
			gate_left(&g, who);
		else
			got = gate_ask(&g, who);
	}
	ck_assert_msg(got == cases[_i].want, "%s: %d", cases[_i].label, (int)got);
}
END_TEST

UNIT_SUITE(gate)
{
	Suite *s = suite_create("gate");
	TCase *tc = tcase_create("gate");

	tcase_add_test(tc, a_wrong_key_is_offered_twice_in_500_hosts);
	tcase_add_test(tc, twenty_hosts_without_the_key_do_not_hide_980);
	tcase_add_test(tc, one_odd_first_host_does_not_hide_the_rest);
	tcase_add_test(tc, a_host_that_never_gets_there_delays_nobody);
	tcase_add_test(tc, a_host_silent_at_its_turn_gives_it_back);
	tcase_add_loop_test(tc, steps_end_as_expected, 0, ARRAY_LEN(cases));
	suite_add_tcase(s, tc);
	return s;
}
