/* JSON: what passes and what is refused before anything is built. */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"

static const struct { const char *label, *text, *canonical; } good[] = {
	{ "keys are sorted", "{\"b\": 1, \"a\": [true, null]}", "{\"a\":[true,null],\"b\":1}" },
	{ "a scalar alone", " 42 ", "42" },
	{ "brackets in strings", "{\"a\": \"[[[[{{{{\\\"[[[\"}", "{\"a\":\"[[[[{{{{\\\"[[[\"}" },
	{ "escaped quotes", "[\"\\\\\", \"\\\"\"]", "[\"\\\\\",\"\\\"\"]" },
	{ "a pair of surrogates", "\"\\ud83d\\ude00\"", "\"\xF0\x9F\x98\x80\"" },
	{ "the largest integer", "9223372036854775807", "9223372036854775807" },
};

START_TEST(good_documents_pass)
{
	struct err err = { 0 };
	AUTO_JSON json_t *v = json_parse(good[_i].text, strlen(good[_i].text), &err);

	ck_assert_msg(v != NULL, "%s: %s", good[_i].label, err.msg);
	AUTO_FREE char *text = json_canonical(v);

	ck_assert_str_eq(text, good[_i].canonical);
}
END_TEST

static const struct { const char *label, *text; } bad[] = {
	{ "nothing", "" },
	{ "a key twice", "{\"a\": 1, \"a\": 1}" },
	{ "text behind", "{} {}" },
	{ "a lone surrogate", "[\"\\ud83d\"]" },
	{ "an integer above 64 bits", "[92233720368547758080]" },
	{ "a real above double", "[1e999]" },
	{ "an open string", "[\"abc" },
	{ "a backslash at the end", "[\"abc\\" },
	{ "an escaped NUL in a key", "{\"\\u0000\": 1}" },
	{ "invalid UTF-8", "[\"\xFF\"]" },
	{ "a line end in a string", "[\"a\nb\"]" },
	{ "brackets that do not match", "[}" },
	{ "more ends than begins", "]]]]" },
};

START_TEST(bad_documents_are_wrong_answers)
{
	struct err err = { 0 };

	ck_assert_msg(!json_parse(bad[_i].text, strlen(bad[_i].text), &err), "%s", bad[_i].label);
	ck_assert_int_eq(err.code, FAULT_WRONG_ANSWER);
	ck_assert_ptr_null(json_parse_trusted(bad[_i].text, strlen(bad[_i].text), &err));
	ck_assert_int_eq(err.code, ERR_USAGE);
}
END_TEST

/* `open` n times, then `close` n times. */
static char *nested(int n, char open, char close)
{
	char *text = xcalloc(2 * (size_t)n + 1, 1);

	memset(text, open, (size_t)n);
	memset(text + n, close, (size_t)n);
	return text;
}

static bool parses(const char *text)
{
	struct err err;
	json_t *v = json_parse(text, strlen(text), &err);

	json_decref(v);
	return v != NULL;
}

START_TEST(depth_is_limited)
{
	AUTO_FREE char *at = nested(JSON_MAX_DEPTH, '[', ']');
	AUTO_FREE char *above = nested(JSON_MAX_DEPTH + 1, '[', ']');
	AUTO_FREE char *far = nested(1000000, '[', ']');

	ck_assert(parses(at));
	ck_assert(!parses(above));
	ck_assert(!parses(far));
}
END_TEST

/* "[" item, item ... "]" with n items: n + 1 values where an item is one. */
static char *repeated(int n, const char *item)
{
	struct buf b;

	buf_init(&b, 1 << 24);
	buf_adds(&b, "[");
	for (int i = 0; i < n; i++)
		buf_addf(&b, "%s%s", i ? "," : "", item);
	buf_adds(&b, "]");
	return buf_take(&b);
}

START_TEST(the_number_of_values_is_limited)
{
	static const char *const items[] = {
		"1", "\"a\"", "{}", "[]", "null", "-1.5e3", " true\n"
	};

	for (size_t i = 0; i < ARRAY_LEN(items); i++) {
		AUTO_FREE char *at = repeated(JSON_MAX_VALUES - 1, items[i]);
		AUTO_FREE char *above = repeated(JSON_MAX_VALUES, items[i]);
		struct err err;

		ck_assert_msg(parses(at), "%s", items[i]);
		ck_assert_msg(!parses(above), "%s", items[i]);
		AUTO_JSON json_t *trusted = json_parse_trusted(above, strlen(above), &err);

		ck_assert_ptr_nonnull(trusted);
	}
}
END_TEST

START_TEST(keys_are_no_values)
{
	struct buf b;

	buf_init(&b, 1 << 24);
	buf_adds(&b, "{");
	for (int i = 0; i < JSON_MAX_VALUES - 1; i++)
		buf_addf(&b, "%s\"k%d\" : %d", i ? "," : "", i, i);
	buf_adds(&b, "}");
	ck_assert(parses(buf_text(&b)));
	buf_release(&b);
}
END_TEST

START_TEST(getters_give_only_their_type)
{
	static const char text[] =
		"{\"i\":5,\"b\":false,\"s\":\"x\",\"o\":{},\"a\":[],\"n\":null,\"r\":1.5}";
	AUTO_JSON json_t *v = json_parse(text, strlen(text), NULL);
	int64_t i = 7;
	bool b = true;

	ck_assert(json_get_int(v, "i", &i) && i == 5);
	ck_assert(json_get_bool(v, "b", &b) && !b);
	ck_assert(!json_get_int(v, "r", &i) && !json_get_int(v, "n", &i) && i == 5);
	ck_assert(!json_get_bool(v, "i", &b));
	ck_assert_str_eq(json_get_str(v, "s"), "x");
	ck_assert_ptr_null(json_get_str(v, "n"));
	ck_assert_ptr_null(json_get_str(v, "absent"));
	ck_assert(json_get_obj(v, "o") && !json_get_obj(v, "a"));
	ck_assert(json_get_arr(v, "a") && !json_get_arr(v, "o"));
	ck_assert_ptr_null(json_get_str(NULL, "s"));
}
END_TEST

UNIT_SUITE(json)
{
	Suite *s = suite_create("json");
	TCase *tc = tcase_create("json");

	tcase_add_loop_test(tc, good_documents_pass, 0, ARRAY_LEN(good));
	tcase_add_loop_test(tc, bad_documents_are_wrong_answers, 0, ARRAY_LEN(bad));
	tcase_add_test(tc, depth_is_limited);
	tcase_add_test(tc, the_number_of_values_is_limited);
	tcase_add_test(tc, keys_are_no_values);
	tcase_add_test(tc, getters_give_only_their_type);
	suite_add_tcase(s, tc);
	return s;
}
