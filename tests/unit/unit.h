/* unit.h - a unit test file registers its suite by itself:
 *     UNIT_SUITE(version) { Suite *s = suite_create("version"); ...; return s; }
 * Run one with CK_RUN_SUITE=version; without forking (a debugger) with CK_FORK=no. */
#ifndef UNIT_UNIT_H
#define UNIT_UNIT_H

#include <check.h>
#include <stdint.h>

void unit_register(Suite *(*make)(void));

#define UNIT_SUITE(name) \
	static Suite *suite_##name(void); \
	__attribute__((constructor)) static void register_##name(void) \
	{ \
		unit_register(suite_##name); \
	} \
	static Suite *suite_##name(void)

/* A new empty folder below $TMPDIR, removed with all in it at exit. Borrowed. */
const char *unit_folder(void);

/* A whole file of text, made anew; and what stands in one, at most 1 MB: yours. The test ends where
 * it cannot be. */
void unit_write(const char *path, const char *text);
char *unit_read(const char *path);

/* Turns the clocks that only go on ahead, for this test (each runs in a process of its own). */
void unit_clock_turn(int64_t ms);

/* Ends a test that cannot run here; tests/run counts and prints it. */
#define UNIT_SKIP(why) \
	do { \
		unit_skip(__func__, why); \
		return; \
	} while (0)
void unit_skip(const char *test, const char *why);

#endif
