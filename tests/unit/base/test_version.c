/* Versions are numbers: five digits are more than four. */
#include "tests/unit/unit.h"

#include "base/mem.h"
#include "base/version.h"

static const struct { const char *text; bool ok; const char *out; } parsed[] = {
	{ "2.0.9083.0", true, "2.0.9083.0" },
	{ " 2.0.9083.0\r\n", true, "2.0.9083.0" },
	{ "2", true, "2.0.0.0" },
	{ "2.0.10001", true, "2.0.10001.0" },
	{ "4294967295.0.0.1", true, "4294967295.0.0.1" },
	{ "002.00.0009.0", true, "2.0.9.0" },
	{ "4294967296.0.0.0", false, NULL },
	{ "0.0", false, NULL },
	{ "0.0.0.0", false, NULL },
	{ "0.0.0.1", true, "0.0.0.1" },
	{ "", false, NULL },
	{ "  ", false, NULL },
	{ ".", false, NULL },
	{ "2.", false, NULL },
	{ "2..1", false, NULL },
	{ "2.0.9083.0.", false, NULL },
	{ "2.0.9083.0.1", false, NULL },
	{ "2.0.9083.0 beta", false, NULL },
	{ "-2.0", false, NULL },
	{ "+2.0", false, NULL },
	{ "v2.0", false, NULL },
	{ NULL, false, NULL },
};

START_TEST(texts_are_read_or_refused)
{
	struct version v = { { 7, 7, 7, 7 } };
	char out[VERSION_TEXT];

	ck_assert_int_eq(version_parse(parsed[_i].text, &v), parsed[_i].ok);
	if (parsed[_i].ok)
		ck_assert_str_eq(version_format(v, out), parsed[_i].out);
	else
		ck_assert_str_eq(version_format(v, out), "7.7.7.7");
}
END_TEST

static const struct { const char *a, *b; int want; } compared[] = {
	{ "2.0.9083.0", "2.0.9083.0", 0 },
	{ "2.0.9083.0", "2.0.10000.0", -1 },
	{ "2.0.9.0", "2.0.9083.0", -1 },
	{ "3.0", "2.9.9.9", 1 },
	{ "2.0.9083", "2.0.9083.1", -1 },
	{ "4294967295", "1", 1 },
};

START_TEST(numbers_are_compared)
{
	struct version a, b;

	ck_assert(version_parse(compared[_i].a, &a) && version_parse(compared[_i].b, &b));
	ck_assert_int_eq(version_cmp(a, b), compared[_i].want);
	ck_assert_int_eq(version_cmp(b, a), -compared[_i].want);
}
END_TEST

UNIT_SUITE(version)
{
	Suite *s = suite_create("version");
	TCase *tc = tcase_create("version");

	tcase_add_loop_test(tc, texts_are_read_or_refused, 0, ARRAY_LEN(parsed));
	tcase_add_loop_test(tc, numbers_are_compared, 0, ARRAY_LEN(compared));
	suite_add_tcase(s, tc);
	return s;
}
