/* Buffers: the limit holds to the byte, a refused addition changes nothing. */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

START_TEST(the_limit_holds_to_the_byte)
{
	struct buf b;

	buf_init(&b, 10);
	ck_assert_str_eq(buf_text(&b), "");
	ck_assert_int_eq(buf_adds(&b, "12345"), 0);
	ck_assert_int_eq(buf_add(&b, "67890", 5), 0);
	ck_assert_int_eq(buf_add(&b, "x", 1), -1);
	ck_assert_int_eq(buf_addf(&b, "%d", 7), -1);
	ck_assert_int_eq(buf_add(&b, NULL, 0), 0);
	ck_assert_str_eq(buf_text(&b), "1234567890");
	ck_assert_uint_eq(b.len, 10);
	ck_assert_uint_le(b.cap, 11);
	buf_release(&b);
}
END_TEST

START_TEST(a_huge_addition_is_refused_without_memory)
{
	struct buf b;

	buf_init(&b, 1000);
	buf_adds(&b, "kept");
	ck_assert_int_eq(buf_add(&b, "", SIZE_MAX), -1);
	ck_assert_int_eq(buf_addf(&b, "%2000s", ""), -1);
	ck_assert_str_eq(buf_text(&b), "kept");
	ck_assert_uint_le(b.cap, 1001);
	buf_release(&b);
	buf_init(&b, SIZE_MAX);         /* without a limit in effect */
	ck_assert_int_eq(buf_addf(&b, "%s", "x"), 0);
	buf_release(&b);
}
END_TEST

START_TEST(what_is_dropped_goes_at_the_front)
{
	struct buf b;

	buf_init(&b, 5000);
	for (int i = 0; i < 1000; i++)
		ck_assert_int_eq(buf_addf(&b, "%04d,", i), 0);
	buf_drop(&b, 4990);
	ck_assert_str_eq(buf_text(&b), "0998,0999,");
	buf_drop(&b, 11);
	ck_assert_str_eq(buf_text(&b), "");
	buf_adds(&b, "again");
	AUTO_FREE char *taken = buf_take(&b);

	ck_assert_str_eq(taken, "again");
	ck_assert_str_eq(buf_text(&b), "");
	AUTO_FREE char *empty = buf_take(&b);

	ck_assert_str_eq(empty, "");
	buf_release(&b);
}
END_TEST

struct numbers { int *item; int count, cap; };

START_TEST(growing_arrays_double)
{
	struct numbers v = { 0 };

	for (int i = 0; i < 100; i++) {
		MEM_GROW(v.item, v.count, v.cap);
		v.item[v.count++] = i;
	}
	ck_assert_int_eq(v.item[99], 99);
	ck_assert_int_eq(v.cap, 128);
	free(v.item);
}
END_TEST

START_TEST(copies_of_strings_end_where_they_end)
{
	AUTO_FREE char *part = xstrndup("abcdef", 3);
	AUTO_FREE char *whole = xstrndup("ab", 10);
	AUTO_FREE char *made = xasprintf("%s-%d", "x", 3);

	ck_assert_str_eq(part, "abc");
	ck_assert_str_eq(whole, "ab");
	ck_assert_str_eq(made, "x-3");
	ck_assert_ptr_null(xstrdup(NULL));
}
END_TEST

UNIT_SUITE(buf)
{
	Suite *s = suite_create("buf");
	TCase *tc = tcase_create("buf");

	tcase_add_test(tc, the_limit_holds_to_the_byte);
	tcase_add_test(tc, a_huge_addition_is_refused_without_memory);
	tcase_add_test(tc, what_is_dropped_goes_at_the_front);
	tcase_add_test(tc, growing_arrays_double);
	tcase_add_test(tc, copies_of_strings_end_where_they_end);
	suite_add_tcase(s, tc);
	return s;
}
