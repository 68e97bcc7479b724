/* What a host said becomes harmless; names, globs and near words. */
#include "tests/unit/unit.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"

#define WHOLE 1000

static const struct { const char *label, *in; size_t max; const char *out; } printable[] = {
	{ "plain", "abc", WHOLE, "abc" },
	{ "umlauts and kanji", "\xC3\xA4\xE6\x97\xA5", WHOLE, "\xC3\xA4\xE6\x97\xA5" },
	{ "an escape sequence", "\x1b[31mred", WHOLE, "\\x1b[31mred" },
	{ "line ends and tabs", "a\r\n\tb", WHOLE, "a\\r\\n\\tb" },
	{ "delete", "\x7f", WHOLE, "\\x7f" },
	{ "C1 as UTF-8", "\xC2\x9B" "31m", WHOLE, "\\x9b31m" },
	{ "C1 as one byte", "\x9B" "31m", WHOLE, "\\x9b31m" },
	{ "text turned round", "a\xE2\x80\xAE" "b", WHOLE, "a\\u202eb" },
	{ "isolates", "\xE2\x81\xA6", WHOLE, "\\u2066" },
	{ "line separator", "\xE2\x80\xA8", WHOLE, "\\u2028" },
	{ "overlong slash", "\xC0\xAF", WHOLE, "\\xc0\\xaf" },
	{ "a surrogate", "\xED\xA0\x80", WHOLE, "\\xed\\xa0\\x80" },
	{ "above U+10FFFF", "\xF4\x90\x80\x80", WHOLE, "\\xf4\\x90\\x80\\x80" },
	{ "cut in a character", "ab\xE6\x97", WHOLE, "ab\\xe6\\x97" },
	{ "fits exactly", "abcdef", 6, "abcdef" },
	{ "one too long", "abcdefg", 6, "abc\xE2\x80\xA6" },
	{ "not cut inside a character", "ab\xE6\x97\xA5zzz", 7, "ab\xE2\x80\xA6" },
	{ "not cut inside an escape", "ab\x1bzzzzz", 6, "ab\xE2\x80\xA6" },
	{ "no room for the ellipsis", "abc", 2, "" },
	{ "nothing", "", WHOLE, "" },
};

START_TEST(hostile_text_is_escaped)
{
	AUTO_FREE char *out =
		text_printable(printable[_i].in, strlen(printable[_i].in), printable[_i].max);

	ck_assert_msg(strcmp(out, printable[_i].out) == 0, "%s: '%s'", printable[_i].label, out);
	ck_assert(text_is_utf8(out, strlen(out)));
}
END_TEST

START_TEST(a_nul_is_escaped)
{
	AUTO_FREE char *out = text_printable("a\0b", 3, WHOLE);

	ck_assert_str_eq(out, "a\\x00b");
}
END_TEST

static const struct { const char *s; bool ok; } names[] = {
	{ "web-01.example.com", true }, { "fe80::1", true }, { "user@host_1", true }, { "", false },
	{ "-option", false }, { "a b", false }, { "a/b", false }, { "a\nb", false },
	{ "\xC3\xA4", false }, { "*", false },
};

START_TEST(names_are_plain_words)
{
	ck_assert_msg(text_is_name(names[_i].s) == names[_i].ok, "'%s'", names[_i].s);
}
END_TEST

START_TEST(names_have_255_bytes_at_most)
{
	char name[258];

	memset(name, 'a', sizeof(name));
	name[255] = '\0';
	ck_assert(text_is_name(name));
	name[255] = 'a';
	name[256] = '\0';
	ck_assert(!text_is_name(name));
}
END_TEST

static const struct { const char *pattern, *s; bool hit; } globs[] = {
	{ "web*", "web01", true }, { "*", "", true }, { "*", "x", true }, { "", "", true },
	{ "", "x", false }, { "WEB?1", "web01", true }, { "web?", "web", false },
	{ "*01", "a01b01", true }, { "*01", "a01b", false }, { "w[a-f]b", "wEb", true },
	{ "w[!a-f]b", "web", false }, { "w[^a-f]b", "wzb", true }, { "w[]x]b", "w]b", true },
	{ "w[-x]b", "w-b", true }, { "w[ab", "w[ab", true }, { "w[ab", "wab", false },
	{ "a*b*c", "aXbYbZc", true }, { "a*b*c", "aXcYb", false }, { "web01", "web01", true },
	{ "web01", "web011", false }, { "**a", "a", true }, { "[a-]x", "-x", true },
};

START_TEST(globs_match)
{
	ck_assert_msg(text_glob(globs[_i].pattern, globs[_i].s) == globs[_i].hit, "'%s' '%s'",
		      globs[_i].pattern, globs[_i].s);
}
END_TEST

START_TEST(a_hostile_glob_ends_soon)
{
	char s[20001];

	memset(s, 'a', 20000);
	s[20000] = '\0';
	ck_assert(!text_glob("*a*a*a*a*a*a*a*a*a*a*a*a*b", s));
}
END_TEST

START_TEST(case_is_ignored_for_ascii)
{
	ck_assert_int_eq(text_casecmp("WEB", "web"), 0);
	ck_assert_int_lt(text_casecmp("a", "B"), 0);
	ck_assert_int_gt(text_casecmp("ab", "a"), 0);
	ck_assert_int_ne(text_casecmp("\xC3\x84", "\xC3\xA4"), 0);
}
END_TEST

static const struct { const char *a, *b; int want; } near[] = {
	{ "scan", "scan", 0 }, { "scna", "scan", 1 }, { "scn", "scan", 1 }, { "Scan", "scan", 0 },
	{ "", "scan", 4 }, { "report", "repo", 2 }, { "kitten", "sitting", 3 },
};

START_TEST(distance_counts_edits)
{
	ck_assert_int_eq(text_distance(near[_i].a, near[_i].b), near[_i].want);
	ck_assert_int_eq(text_distance(near[_i].b, near[_i].a), near[_i].want);
}
END_TEST

static const struct { const char *word, *want; } meant[] = {
	{ "wbe", "web" }, { "reprot", "report" }, { "inventry", "inventory" }, { "scans", "scan" },
	{ "fix", NULL }, { "s", NULL }, { "all", NULL }, { "repair", NULL }, { "install", NULL },
	{ "status", NULL },
};

START_TEST(only_slips_are_another_word)
{
	static const char *const words[] = { "db",	  "web",     "sql",	"scan", "report",
					     "inventory", "restore", "explain", "diff" };

	ck_assert_pstr_eq(text_nearest(meant[_i].word, words, ARRAY_LEN(words)), meant[_i].want);
}
END_TEST

static const struct { const char *word; bool fine; } pasted[] = {
	{ "web01.corp-a_b:22", true }, { "CORP@x", true }, { "", false },     { "-x", false },
	{ "a;b", false },	       { "$(x)", false },  { "a b", false }, { "a\nb", false },
	{ "\xc3\xa4", false },	       { "`x`", false },   { "a'b", false }, { "a|b", false },
};

START_TEST(only_harmless_words_get_into_commands)
{
	ck_assert_str_eq(text_pasteable(pasted[_i].word, "HOST"),
			 pasted[_i].fine ? pasted[_i].word : "HOST");
}
END_TEST

static const struct { const char *list, *word; bool want; } lists[] = {
	{ "a;bc;d", "a", true },  { "a;bc;d", "bc", true }, { "a;bc;d", "d", true },
	{ "a;bc;d", "b", false }, { "a;bc;d", "c", false }, { "bc", "bc", true },
	{ "bcd", "bc", false },   { "", "a", false },       { "a;;b", "", false },
	{ ";b", "b", true },      { "b;", "b", true },      { "a,b", "b", false },
};

START_TEST(a_word_is_in_a_list_whole)
{
	ck_assert_int_eq(text_in_list(lists[_i].list, ';', lists[_i].word), lists[_i].want);
}
END_TEST

UNIT_SUITE(text)
{
	Suite *s = suite_create("text");
	TCase *tc = tcase_create("text");

	tcase_add_loop_test(tc, a_word_is_in_a_list_whole, 0, ARRAY_LEN(lists));
	tcase_add_loop_test(tc, hostile_text_is_escaped, 0, ARRAY_LEN(printable));
	tcase_add_test(tc, a_nul_is_escaped);
	tcase_add_loop_test(tc, names_are_plain_words, 0, ARRAY_LEN(names));
	tcase_add_test(tc, names_have_255_bytes_at_most);
	tcase_add_loop_test(tc, globs_match, 0, ARRAY_LEN(globs));
	tcase_add_test(tc, a_hostile_glob_ends_soon);
	tcase_add_test(tc, case_is_ignored_for_ascii);
	tcase_add_loop_test(tc, only_harmless_words_get_into_commands, 0, ARRAY_LEN(pasted));
	tcase_add_loop_test(tc, only_slips_are_another_word, 0, ARRAY_LEN(meant));
	tcase_add_loop_test(tc, distance_counts_edits, 0, ARRAY_LEN(near));
	suite_add_tcase(s, tc);
	return s;
}
