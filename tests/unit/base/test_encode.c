/* test_encode.c - bytes as text and as a number, by vectors that are not ours: RFC 4648 for base64,
 * the FNV reference vectors (draft-eastlake-fnv) for the hash. */
#include <stdlib.h>
#include <string.h>

#include "../unit.h"
#include "base/encode.h"
#include "base/mem.h"

START_TEST(base64_is_that_of_rfc_4648)
{
	static const struct {
		const char *bytes, *text;
	} vectors[] = {
		{ "", "" },
		{ "f", "Zg==" },
		{ "fo", "Zm8=" },
		{ "foo", "Zm9v" },
		{ "foob", "Zm9vYg==" },
		{ "fooba", "Zm9vYmE=" },
		{ "foobar", "Zm9vYmFy" },
	};

	for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
		size_t len = 0;
		AUTO_FREE char *text =
			base64_encode(vectors[i].bytes, strlen(vectors[i].bytes), &len);

		ck_assert_str_eq(text, vectors[i].text);
		ck_assert_uint_eq(len, strlen(vectors[i].text));
	}
}
END_TEST

/* RFC 4648 says in 3.5 that the bits that no byte has are zero, in 12 why others are refused. */
static const struct { const char *label, *text, *bytes; } coded[] = {
	{ "nothing", "", "" },
	{ "one byte", "Zg==", "f" },
	{ "two bytes", "Zm8=", "fo" },
	{ "three", "Zm9v", "foo" },
	{ "white space in it", " Zm\r\n9v\tYm Fy\n", "foobar" },
	{ "white space in the padding", "Zg= =", "f" },
	{ "62 and 63", "++//", "\xfb\xef\xff" },
	{ "cut after one", "Z", NULL },
	{ "cut after two", "Zg", NULL },
	{ "half of the padding", "Zg=", NULL },
	{ "padding alone", "====", NULL },
	{ "padding too early", "Z===", NULL },
	{ "padding too much", "Zg===", NULL },
	{ "padding inside", "Zg==Zg==", NULL },
	{ "a letter in the padding", "Zg=v", NULL },
	{ "bits that no byte has, one", "Zh==", NULL },
	{ "bits that no byte has, two", "Zm9=", NULL },
	{ "another alphabet", "_-8=", NULL },
	{ "what is none", "Zm9v!", NULL },
	{ "a high bit", "Zm9\xf6", NULL },
};

/* The bytes, NULL where it is none; fed `step` characters at a time. */
static char *decoded(const char *text, size_t step)
{
	struct base64_reader r = { 0 };
	char *out = xcalloc(1, strlen(text) + 4);
	size_t len = 0, left = strlen(text);

	for (const char *at = text; left > 0;) {
		size_t n = left < step ? left : step, count;

		if (!base64_read(&r, at, n, out + len, &count))
			break;
		ck_assert_uint_le(count, n + 3);
		len += count;
		at += n;
		left -= n;
	}
	if (left == 0 && base64_is_whole(&r))
		return out;
	free(out);
	return NULL;
}

START_TEST(base64_is_read_in_pieces)
{
	for (size_t step = 1; step < 12; step++) {
		AUTO_FREE char *got = decoded(coded[_i].text, step);

		ck_assert_msg(got ? coded[_i].bytes && strcmp(got, coded[_i].bytes) == 0 :
				    !coded[_i].bytes,
			      "%s in pieces of %zu: %s", coded[_i].label, step,
			      got ? got : "refused");
	}
}
END_TEST

START_TEST(digits_are_lower_case_and_two_a_byte)
{
	char out[9];

	hex_encode("\x00\x7f\x80\xff", 4, out);
	ck_assert_str_eq(out, "007f80ff");
}
END_TEST

START_TEST(random_digits_differ)
{
	char a[65], b[65];
	struct err err = { 0 };

	ck_assert_int_eq(random_hex(a, 32, &err), 0);
	ck_assert_int_eq(random_hex(b, 32, &err), 0);
	ck_assert_uint_eq(strspn(a, "0123456789abcdef"), 64);
	ck_assert_str_ne(a, b);
}
END_TEST

START_TEST(the_hash_is_fnv_1a)
{
	ck_assert(fnv_hash(FNV_BEGIN, "", 0) == UINT64_C(0xcbf29ce484222325));
	ck_assert(fnv_hash(FNV_BEGIN, "a", 1) == UINT64_C(0xaf63dc4c8601ec8c));
	ck_assert(fnv_hash(FNV_BEGIN, "foobar", 6) == UINT64_C(0x85944171f73967e8));
	ck_assert(fnv_hash(fnv_hash(FNV_BEGIN, "foo", 3), "bar", 3) ==
		  UINT64_C(0x85944171f73967e8));
}
END_TEST

UNIT_SUITE(encode)
{
	Suite *s = suite_create("encode");
	TCase *tc = tcase_create("encode");

	tcase_add_test(tc, base64_is_that_of_rfc_4648);
	tcase_add_loop_test(tc, base64_is_read_in_pieces, 0, (int)ARRAY_LEN(coded));
	tcase_add_test(tc, digits_are_lower_case_and_two_a_byte);
	tcase_add_test(tc, random_digits_differ);
	tcase_add_test(tc, the_hash_is_fnv_1a);
	suite_add_tcase(s, tc);
	return s;
}
