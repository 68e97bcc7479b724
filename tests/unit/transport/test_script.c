/* The embedded scripts: each one whole, the command line short enough for Windows. */
#include "tests/unit/unit.h"

#include <string.h>

#include "base/mem.h"
#include "transport/script.h"

START_TEST(every_script_can_be_found)
{
	for (const struct script *s = scripts; s->name; s++) {
		ck_assert_ptr_eq(script_find(s->name), s);
		ck_assert_uint_eq(strlen(s->text), s->len);
		ck_assert(strncmp(s->path, "lib/transport/prelude.ps1 ", 26) == 0);
		ck_assert(strncmp(s->text, "param($Request, $Data)\n", 23) == 0);
	}
	ck_assert_ptr_null(script_find("no such"));
	ck_assert_ptr_null(script_find("bootstrap"));
	ck_assert_ptr_null(script_find("task-boot"));
}
END_TEST

/* As a server has it: base64 of UTF-16, behind the program that Task Scheduler starts. */
START_TEST(a_task_can_be_found_and_has_its_command)
{
	for (const struct script *s = script_tasks; s->name; s++) {
		AUTO_FREE char *command = script_task_command(s);

		ck_assert_ptr_eq(script_find_task(s->name), s);
		ck_assert_uint_eq(strlen(s->text), s->len);
		ck_assert_ptr_nonnull(strstr(command, "\\v1.0\\powershell.exe -NoProfile "
						      "-NonInteractive -EncodedCommand "));
		for (size_t i = 0; i < s->len; i++)
			ck_assert_int_ge((signed char)s->text[i], 0);
	}
	ck_assert_ptr_null(script_find_task("probe"));
}
END_TEST

START_TEST(fingerprints_are_of_the_text)
{
	const struct script abc = { "abc", "abc.ps1", "-", "abc", 3 };
	char out[65];

	script_sha256(&abc, out);
	ck_assert_str_eq(out, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}
END_TEST

START_TEST(the_command_line_fits)
{
	const char *command = script_command();

	ck_assert(strncmp(command, "powershell.exe -NoProfile -NonInteractive -EncodedCommand ",
			  58) == 0);
	ck_assert_uint_lt(strlen(command), 8190);
	ck_assert_ptr_eq(command, script_command());
	ck_assert_uint_eq(strlen(script_bootstrap.text), script_bootstrap.len);
	for (size_t i = 0; i < script_bootstrap.len; i++)
		ck_assert_int_ge((signed char)script_bootstrap.text[i], 0);
}
END_TEST

UNIT_SUITE(script)
{
	Suite *s = suite_create("script");
	TCase *tc = tcase_create("script");

	tcase_add_test(tc, every_script_can_be_found);
	tcase_add_test(tc, a_task_can_be_found_and_has_its_command);
	tcase_add_test(tc, fingerprints_are_of_the_text);
	tcase_add_test(tc, the_command_line_fits);
	suite_add_tcase(s, tc);
	return s;
}
