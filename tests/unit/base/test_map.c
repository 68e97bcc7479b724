/* test_map.c - the hash table and the arena that its keys mostly live in. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/map.h"
#include "tests/unit/unit.h"

START_TEST(holds_what_was_added_whatever_the_size)
{
	struct map m = { 0 };
	struct arena a = { 0 };
	int count = 20000;

	ck_assert_ptr_null(map_get(&m, "anything"));
	for (int i = 0; i < count; i++) {
		char *key = arena_printf(&a, "host%d", i);

		ck_assert_ptr_null(map_add(&m, key, key));
	}
	ck_assert_uint_eq(m.count, (size_t)count);
	for (int i = 0; i < count; i++) {
		char key[32];

		snprintf(key, sizeof(key), "host%d", i);
		ck_assert_str_eq(map_get(&m, key), key);
	}
	ck_assert_ptr_null(map_get(&m, "host20000"));
	ck_assert_ptr_null(map_get(&m, ""));
	map_release(&m);
	arena_release(&a);
	ck_assert_ptr_null(map_get(&m, "host1"));
}
END_TEST

START_TEST(a_key_that_is_there_keeps_its_value)
{
	struct map m = { 0 };
	int one = 1, two = 2;

	ck_assert_ptr_null(map_add(&m, "a", &one));
	ck_assert_ptr_eq(map_add(&m, "a", &two), &one);
	ck_assert_ptr_eq(map_get(&m, "a"), &one);
	ck_assert_uint_eq(m.count, 1);
	map_release(&m);
}
END_TEST

/* One assertion for all: each costs a message to the parent process. */
static bool all_are(const unsigned char *p, size_t len, unsigned char byte)
{
	while (len > 0 && p[len - 1] == byte)
		len--;
	return len == 0;
}

START_TEST(arena_memory_is_zeroed_aligned_and_apart)
{
	static const size_t sizes[] = { 1, 7, 8, 100, 16 * 1024, 17 * 1024, 1 << 20, 0, 3 };
	enum { COUNT = sizeof(sizes) / sizeof(sizes[0]) };
	struct arena a = { 0 };
	unsigned char *p[COUNT];

	for (size_t i = 0; i < COUNT; i++) {
		p[i] = arena_alloc(&a, sizes[i], 1);
		ck_assert_uint_eq((uintptr_t)p[i] % _Alignof(max_align_t), 0);
		ck_assert(all_are(p[i], sizes[i], 0));
		memset(p[i], (int)i + 1, sizes[i]);
	}
	for (size_t i = 0; i < COUNT; i++)
		ck_assert(all_are(p[i], sizes[i], (unsigned char)(i + 1)));
	arena_release(&a);
	ck_assert_str_eq(arena_printf(&a, "%s-%d", "x", 5), "x-5");
	ck_assert_str_eq(arena_strndup(&a, "abcdef", 3), "abc");
	arena_release(&a);
}
END_TEST

UNIT_SUITE(map)
{
	Suite *s = suite_create("map");
	TCase *tc = tcase_create("map");

	tcase_add_test(tc, holds_what_was_added_whatever_the_size);
	tcase_add_test(tc, a_key_that_is_there_keeps_its_value);
	tcase_add_test(tc, arena_memory_is_zeroed_aligned_and_apart);
	suite_add_tcase(s, tc);
	return s;
}
