/* test_url.c - addresses that files may be fetched from, and what is said of others. */
#include "../unit.h"

#include <string.h>

#include "base/mem.h"
#include "base/url.h"

/* clang-format off */
static const struct { const char *url, *expected; } rows[] = {
	{ "https://mirror.example.com/MARSAgentInstaller.exe", NULL },
	{ "https://m/x", NULL },
	{ "https://10.0.0.7:8443/a/b%20c/~d+e,f=g:h@i.exe", NULL },
	{ "https://[2001:db8::1]/x", NULL },
	{ "https://[2001:db8::1]:443/x", NULL },
	{ "http://m/x", "hold back or change" },
	{ "ftp://m/x", "https://HOST/FILE" },
	{ "HTTPS://m/x", "https://HOST/FILE" },
	{ "m/x", "https://HOST/FILE" },
	{ "", "https://HOST/FILE" },
	{ "https://", "HOST also with :PORT" },
	{ "https:///x", "HOST also with :PORT" },
	{ "https://m", "HOST also with :PORT" },
	{ "https://m/", "HOST also with :PORT" },
	{ "https://m:/x", "HOST also with :PORT" },
	{ "https://m:123456/x", "HOST also with :PORT" },
	{ "https://m:8o/x", "HOST also with :PORT" },
	{ "https://[::1/x", "HOST also with :PORT" },
	{ "https://[]/x", "HOST also with :PORT" },
	{ "https://[::1]a/x", "HOST also with :PORT" },
	{ "https://m_1/x", "HOST also with :PORT" },
	{ "https://m/x y", "HOST also with :PORT" },
	{ "https://m/x'", "HOST also with :PORT" },
	{ "https://m/x$(y)", "HOST also with :PORT" },
	{ "https://m/x\n", "HOST also with :PORT" },
	{ "https://m/\xc3\xbc", "HOST also with :PORT" },
	{ "https://m\\x", "HOST also with :PORT" },
	{ "https://u:p@m/x", "without user and password" },
	{ "https://@m/x", "without user and password" },
	{ "https://m/x?sig=abc", "a key to the file" },
	{ "https://m?x", "a key to the file" },
	{ "https://m/x#y", "a key to the file" },
};
/* clang-format on */

START_TEST(addresses_are_good_or_said_what_is_not)
{
	const char *got = url_expected(rows[_i].url), *want = rows[_i].expected;

	ck_assert_msg(want ? got && strstr(got, want) : !got, "%s: %s", rows[_i].url,
		      got ? got : "good");
}
END_TEST

START_TEST(one_that_is_too_long_is_none)
{
	char url[URL_MAX + 10] = "https://m/";

	memset(url + 10, 'x', 255);
	ck_assert_ptr_null(url_expected(url));
	url[265] = 'x';
	ck_assert_ptr_nonnull(url_expected(url));
}
END_TEST

UNIT_SUITE(url)
{
	Suite *s = suite_create("url");
	TCase *tc = tcase_create("addresses of the Web");

	tcase_add_loop_test(tc, addresses_are_good_or_said_what_is_not, 0, (int)ARRAY_LEN(rows));
	tcase_add_test(tc, one_that_is_too_long_is_none);
	suite_add_tcase(s, tc);
	return s;
}
