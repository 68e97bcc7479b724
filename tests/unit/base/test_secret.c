/* Memory for secrets: locked where that is allowed, in no core file, wiped when given back. */
#include "tests/unit/unit.h"

#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/secret.h"
#include "tests/unit/memory.h"

enum { WORD = 32 };

static int not_wiped;

/* What all of the program calls in the place of munmap() (the linker's --wrap): the last look at
 * what stood there. */
int __real_munmap(void *at, size_t size);
int __wrap_munmap(void *at, size_t size);

int __wrap_munmap(void *at, size_t size)
{
	for (size_t i = 0; i < size; i++)
		not_wiped += ((unsigned char *)at)[i] != 0;
	return __real_munmap(at, size);
}

/* A word that stands nowhere yet, inverted. */
static void make_word(unsigned char inverted[WORD])
{
	for (int i = 0; i < WORD; i++)
		inverted[i] = (unsigned char)(1 + (i * 37 + (int)getpid()) % 250);
}

static void write_word(unsigned char *out, const unsigned char inverted[WORD])
{
	for (int i = 0; i < WORD; i++)
		out[i] = (unsigned char)~inverted[i];
}

/* Under a sanitizer mlock() says that it did, and does nothing. */
static bool may_lock(void)
{
	static char page[8192];
	long before = memory_locked_kb();
	bool may = mlock(page, sizeof(page)) == 0 && memory_locked_kb() > before;

	munlock(page, sizeof(page));
	return may;
}

START_TEST(secrets_are_locked_each_for_itself)
{
	long page_kb = sysconf(_SC_PAGESIZE) / 1024, before = memory_locked_kb();
	char *one, *two;

	if (!may_lock())
		UNIT_SKIP("no memory can be locked here");
	one = secret_alloc(10);
	ck_assert_int_eq(memory_locked_kb(), before + page_kb);
	two = secret_alloc((size_t)page_kb * 1024);
	ck_assert_int_eq(memory_locked_kb(), before + 3 * page_kb);
	secret_free(one);
	ck_assert_int_eq(memory_locked_kb(), before + 2 * page_kb);
	secret_free(two);
	ck_assert_int_eq(memory_locked_kb(), before);
}
END_TEST

/* Root may lock in spite of the limit, so this is no longer root. */
START_TEST(without_locks_all_else_holds)
{
	const struct rlimit none = { 0, 0 };
	long before = memory_locked_kb();
	enum { SIZE = 100000 };
	char *secret;

	(void)!setresuid(65534, 65534, 65534);
	ck_assert_int_eq(setrlimit(RLIMIT_MEMLOCK, &none), 0);
	secret = secret_alloc(SIZE);
	for (int i = 0; i < SIZE; i++)
		ck_assert_int_eq(secret[i], 0);
	memset(secret, 'x', SIZE);
	ck_assert_int_eq(memory_locked_kb(), before);
	not_wiped = 0;
	secret_free(secret);
	ck_assert_int_eq(not_wiped, 0);
}
END_TEST

START_TEST(a_secret_is_wiped_and_in_no_core_file)
{
	unsigned char word[WORD], *secret = secret_alloc(WORD);

	make_word(word);
	write_word(secret, word);
	ck_assert_int_eq(memory_look(word, WORD).secret, 1);
	ck_assert_int_eq(memory_look(word, WORD).elsewhere, 0);
	not_wiped = 0;
	secret_free(secret);
	ck_assert_int_eq(not_wiped, 0);
	ck_assert_int_eq(memory_look(word, WORD).secret, 0);
	secret_free(NULL);
}
END_TEST

START_TEST(a_block_of_the_heap_is_wiped)
{
	enum { BLOCK = 200 };
	unsigned char word[WORD], *block = xmalloc(BLOCK);

	make_word(word);
	write_word(block + BLOCK - WORD, word);
	ck_assert_int_eq(memory_look(word, WORD).elsewhere, 1);
	free_wiped(block);
	ck_assert_int_eq(memory_look(word, WORD).elsewhere, 0);
	free_wiped(NULL);
}
END_TEST

UNIT_SUITE(secret)
{
	Suite *s = suite_create("secret");
	TCase *tc = tcase_create("secret");

	tcase_add_test(tc, secrets_are_locked_each_for_itself);
	tcase_add_test(tc, without_locks_all_else_holds);
	tcase_add_test(tc, a_secret_is_wiped_and_in_no_core_file);
	tcase_add_test(tc, a_block_of_the_heap_is_wiped);
	suite_add_tcase(s, tc);
	return s;
}
