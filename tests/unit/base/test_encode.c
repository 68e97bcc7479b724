/* test_encode.c - bytes as text and as a number, by vectors that are not ours: RFC 4648 for base64,
 * the FNV reference vectors (draft-eastlake-fnv) for the hash. */
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
	tcase_add_test(tc, digits_are_lower_case_and_two_a_byte);
	tcase_add_test(tc, random_digits_differ);
	tcase_add_test(tc, the_hash_is_fnv_1a);
	suite_add_tcase(s, tc);
	return s;
}
