/* Names in range notation: what they become; that patterns give the same hosts again is
 * tests/unit/inventory/test_fold_pattern.c. Faults folded by cause. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/causes.h"
#include "base/fold.h"
#include "base/mem.h"

enum { NAMES = 12 };
static const struct { const char *label, *name[NAMES], *want; } cases[] = {
	{ "none", { NULL }, "" },
	{ "one", { "web01" }, "web01" },
	{ "one without a name", { "" }, "" },
	{ "a run", { "web01", "web02", "web03" }, "web[01-03]" },
	{ "in any order", { "web03", "web01", "web02" }, "web[01-03]" },
	{ "with a gap", { "web01", "web02", "web03", "web07" }, "web[01-03,07]" },
	{ "without zeros", { "web9", "web10", "web11" }, "web[9-11]" },
	{ "zeros and none are two", { "web1", "web01", "web2", "web02" }, "web[01-02,1-2]" },
	{ "wider with zeros", { "web098", "web099", "web100" }, "web[098-100]" },
	{ "too wide for its zeros", { "web09", "web10", "web099", "web100" },
	  "web[09,099,10,100]" },
	{ "a zero alone", { "n0", "n1" }, "n[0-1]" },
	{ "with a suffix", { "web01.corp.example", "web02.corp.example" },
	  "web[01-02].corp.example" },
	{ "two sites", { "web01.dc1", "web02.dc1", "web01.dc2", "web02.dc2" },
	  "web[01-02].dc1,web[01-02].dc2" },
	{ "one host a site", { "web.dc1", "web.dc2" }, "web.dc[1-2]" },
	{ "addresses", { "10.0.0.1", "10.0.0.2", "10.0.1.7" }, "10.0.0.[1-2],10.0.1.7" },
	{ "numbers alone", { "1", "2" }, "[1-2]" },
	{ "the number that differs", { "r1-2019", "r2-2019", "r3-2019" }, "r[1-3]-2019" },
	{ "no numbers", { "beta", "alpha" }, "alpha,beta" },
	{ "IPv6 stays", { "2001:db8::1", "2001:db8::2" }, "2001:db8::1,2001:db8::2" },
	{ "a number too long", { "s1234567890", "s1234567891" }, "s1234567890,s1234567891" },
	{ "several kinds", { "web2", "db1", "web1", "x" }, "db1,web[1-2],x" },
};

START_TEST(names_are_folded)
{
	int count = 0;

	while (count < NAMES && cases[_i].name[count])
		count++;
	AUTO_FREE char *got = fold_names(cases[_i].name, count);

	ck_assert_msg(strcmp(got, cases[_i].want) == 0, "%s: %s", cases[_i].label, got);
}
END_TEST

/* Names of nothing in common, as those of 2,000 servers may be: a summary has some of them, whole,
 * as a pattern, and says how many it leaves out. */
START_TEST(a_summary_is_cut)
{
	enum { COUNT = 2000 };
	static char text[COUNT][16];
	const char *name[COUNT];
	int commas = 0, more = 0;
	size_t room;

	for (int i = 0; i < COUNT; i++) {
		/* _i: scattered names, or numbers with gaps in one range */
		if (_i)
			snprintf(text[i], sizeof(text[i]), "web%04d", 2 * i);
		else
			snprintf(text[i], sizeof(text[i]), "s%c%c%c", 'a' + i % 26,
				 'a' + i / 26 % 26, 'a' + i / 676);
		name[i] = text[i];
	}
	AUTO_FREE char *got = fold_some(name, COUNT, "marshal report faults");

	room = strcspn(got, " ");
	ck_assert_uint_ge(room, FOLD_ROOM);
	ck_assert_uint_lt(room, FOLD_ROOM + 32);
	ck_assert_msg(_i == 0 || got[room - 1] == ']', "%s", got);
	for (size_t i = 0; i < room; i++)
		commas += got[i] == ',';
	ck_assert_msg(sscanf(got + room, " and %d more: ", &more) == 1, "%s", got);
	ck_assert_str_eq(strchr(got, ':') + 2, "marshal report faults");
	ck_assert_int_eq(commas + 1 + more, COUNT);
	AUTO_FREE char *whole = fold_some(name, 3, "not said");

	ck_assert_ptr_null(strstr(whole, "more"));
}
END_TEST

/* clang-format off */
static const struct { const char *label; enum err_code fault; const char *address[2], *text[2], *want; } same[] = {
	{ "names and addresses", FAULT_REFUSED, { "10.0.0.1", "10.0.0.2" },
	  { "web01: connect: 10.0.0.1 port 22: refused", "web02: connect: 10.0.0.2 port 22: refused" },
	  "connect: \u2026 port \u2026: refused" },
	{ "keys and lines", FAULT_REFUSED, { "", "" },
	  { "web01: key SHA256:ab+/ is not line 3", "web02: key SHA256:cdef is not line 17" },
	  "key SHA256:\u2026 is not line \u2026" },
	{ "long names", FAULT_REFUSED, { "web01.corp", "web02.corp" },
	  { "web01: name: 'WEB01.corp': unknown", "web02: name: 'web02.corp': unknown" },
	  "name: '\u2026': unknown" },
	{ "other numbers differ", FAULT_REFUSED, { "", "" },
	  { "web01: no answer in 5 s", "web02: no answer in 3 s" }, NULL },
	{ "a part of a word is no name", FAULT_REFUSED, { "", "" }, { "web01: xweb01", "web02: xweb02" }, NULL },
	{ "nor is a longer address", FAULT_REFUSED, { "10.0.0.1", "10.0.0.2" },
	  { "web01: proxy 10.0.0.15", "web02: proxy 10.0.0.25" }, NULL },
	{ "wrong values", FAULT_UNRESOLVED_VARIABLE, { "", "" },
	  { "web01: ansible_host is '10.0.0.1:22': expected a name; x is 'it's': expected y",
	    "web02: ansible_host is 'a b': expected a name; x is '5': expected y" },
	  "ansible_host is '\u2026': expected a name; x is '\u2026': expected y" },
	{ "one wrong value of all", FAULT_UNRESOLVED_VARIABLE, { "", "" },
	  { "web01: marshal_cloud is 'x web01': expected public", "web02: marshal_cloud is 'x web02': expected public" },
	  "marshal_cloud is 'x \u2026': expected public" },
	{ "of two variables", FAULT_UNRESOLVED_VARIABLE, { "", "" },
	  { "web01: a is 'x': expected b", "web02: b is 'x': expected b" }, NULL },
	{ "what a host is", FAULT_REFUSED, { "", "" },
	  { "web01: state is 'x': expected b", "web02: state is 'y': expected b" }, NULL },
};
/* clang-format on */

START_TEST(one_cause_is_told_once)
{
	struct causes c = { 0 };

	causes_add(&c, same[_i].fault, "web01", same[_i].address[0], same[_i].text[0]);
	causes_add(&c, same[_i].fault, "web02", same[_i].address[1], same[_i].text[1]);
	ck_assert_msg(c.count == (same[_i].want ? 1 : 2), "%s: %d causes", same[_i].label, c.count);
	if (same[_i].want)
		ck_assert_str_eq(c.item[0]->text, same[_i].want);
	causes_release(&c);
}
END_TEST

START_TEST(most_hosts_come_first)
{
	struct causes c = { 0 };

	causes_add(&c, FAULT_REFUSED, "a", "10.0.0.1", "a: 10.0.0.1 said no");
	causes_add(&c, FAULT_NO_ANSWER, "b", "", "b: silence");
	causes_add(&c, FAULT_NO_ANSWER, "c", "", "c: silence");
	causes_add(&c, FAULT_THROTTLED, "d", "", "d: silence");
	causes_order(&c);
	ck_assert_int_eq(c.count, 3);
	ck_assert_int_eq(c.item[0]->fault, FAULT_NO_ANSWER);
	ck_assert_int_eq(c.item[0]->count, 2);
	ck_assert_str_eq(c.item[0]->name[1], "c");
	ck_assert_str_eq(c.item[1]->text, "10.0.0.1 said no");
	causes_release(&c);
}
END_TEST

UNIT_SUITE(fold)
{
	Suite *s = suite_create("fold");
	TCase *tc = tcase_create("fold");

	tcase_add_loop_test(tc, names_are_folded, 0, ARRAY_LEN(cases));
	tcase_add_loop_test(tc, a_summary_is_cut, 0, 2);
	tcase_add_loop_test(tc, one_cause_is_told_once, 0, ARRAY_LEN(same));
	tcase_add_test(tc, most_hosts_come_first);
	suite_add_tcase(s, tc);
	return s;
}
