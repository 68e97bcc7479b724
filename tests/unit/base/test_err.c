/* Errors: ids are stable and unique, long messages keep both ends, levels add in front. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <glob.h>
#include <stdbool.h>
#include <string.h>

#include "base/err.h"
#include "base/faults.h"
#include "base/file.h"
#include "base/mem.h"

START_TEST(every_code_has_an_id_a_meaning_and_a_hint)
{
	for (int code = ERR_NONE; code < ERR_COUNT; code++) {
		const char *name = err_name((enum err_code)code);

		ck_assert_msg(name && name[0], "code %d has no id", code);
		ck_assert_msg(err_meaning_of((enum err_code)code)[0], "%s has no meaning", name);
		ck_assert_msg(err_hint_of((enum err_code)code)[0], "%s has no hint", name);
		if (code != ERR_NONE)
			ck_assert_int_eq(err_from_name(name), code);
		for (const char *c = name; *c; c++)
			ck_assert_msg((*c >= 'a' && *c <= 'z') || *c == '-', "id '%s'", name);
	}
	ck_assert_int_eq(err_from_name("no such"), ERR_NONE);
	ck_assert_int_eq(err_from_name(NULL), ERR_NONE);
}
END_TEST

static const struct { enum err_code code; int fault, status; } cases[] = {
	{ FAULT_NAME_NOT_FOUND, 1, 1 }, { FAULT_CANCELLED, 1, 1 }, { ERR_USAGE, 0, 2 },
	{ ERR_NOT_FOUND, 0, 2 }, { ERR_STORE, 0, 3 }, { ERR_SYSTEM, 0, 3 }, { ERR_BUSY, 0, 3 },
	{ ERR_HELD, 0, 3 }, { ERR_MOVED, 0, 3 },
	{ ERR_NONE, 0, 3 },
};

START_TEST(codes_lead_to_their_exit_status)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		ck_assert_int_eq(!!err_is_fault(cases[i].code), cases[i].fault);
		ck_assert_int_eq(err_exit_status(cases[i].code), cases[i].status);
	}
}
END_TEST

START_TEST(levels_stand_before_the_message)
{
	struct err err;

	ck_assert_int_eq(err_set(&err, FAULT_REFUSED, "port %d", 22), -1);
	ck_assert_int_eq(err_in(&err, "%s", "connect"), -1);
	ck_assert_int_eq(err_in(&err, "%s", "web1"), -1);
	ck_assert_str_eq(err.msg, "web1: connect: port 22");
	ck_assert_int_eq(err.code, FAULT_REFUSED);
	ck_assert_str_eq(err.hint, err_hint_of(FAULT_REFUSED));
	err_hint(&err, "other");
	ck_assert_str_eq(err.hint, "other");
	err_set(&err, ERR_STORE, "again: %s", err.msg);         /* may quote itself */
	ck_assert_str_eq(err.msg, "again: web1: connect: port 22");
	err_errno(&err, ERR_SYSTEM, ENOENT, "open '%s'", "x");
	ck_assert_str_eq(err.msg, "open 'x': No such file or directory");
	ck_assert_int_eq(err_set(NULL, ERR_USAGE, "nobody asks"), -1);
	ck_assert_int_eq(err_in(NULL, "nobody asks"), -1);
}
END_TEST

START_TEST(a_long_message_loses_its_middle)
{
	struct err err;
	char text[2001];

	/* two bytes a character: a cut inside one would leave half of it */
	for (int i = 0; i < 2000; i += 2)
		memcpy(text + i, "\xC3\xA4", 2);
	text[2000] = '\0';
	err_set(&err, ERR_USAGE, "begin %s end", text);
	ck_assert_uint_lt(strlen(err.msg), sizeof(err.msg));
	ck_assert_uint_gt(strlen(err.msg), sizeof(err.msg) - 8);
	ck_assert(strncmp(err.msg, "begin \xC3\xA4", 8) == 0);
	ck_assert_ptr_nonnull(strstr(err.msg, "\xC3\xA4 ... \xC3\xA4"));
	ck_assert_str_eq(err.msg + strlen(err.msg) - 6, "\xC3\xA4 end");
}
END_TEST

#define FAULT_NAME(id, name, ...) name,
static const char *const faults[] = { FAULTS(FAULT_NAME) };

/* A fault that no server of a test has was never seen told. */
START_TEST(every_fault_is_met_by_a_scenario)
{
	glob_t found;
	bool met = false;

	ck_assert_int_eq(glob("tests/scenario/*.sh", 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc && !met; i++) {
		struct err err;
		size_t len;
		AUTO_FREE char *text = file_read(found.gl_pathv[i], 200000, &len, &err);

		ck_assert_msg(text != NULL, "%s", err.msg);
		met = strstr(text, faults[_i]) != NULL;
	}
	globfree(&found);
	ck_assert_msg(met, "no scenario names %s", faults[_i]);
}
END_TEST

UNIT_SUITE(err)
{
	Suite *s = suite_create("err");
	TCase *tc = tcase_create("err");

	tcase_add_test(tc, every_code_has_an_id_a_meaning_and_a_hint);
	tcase_add_test(tc, codes_lead_to_their_exit_status);
	tcase_add_test(tc, levels_stand_before_the_message);
	tcase_add_test(tc, a_long_message_loses_its_middle);
	tcase_add_loop_test(tc, every_fault_is_met_by_a_scenario, 0, ARRAY_LEN(faults));
	suite_add_tcase(s, tc);
	return s;
}
