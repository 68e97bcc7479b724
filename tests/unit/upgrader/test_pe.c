/* test_pe.c - versions out of PE files made here byte by byte, whole and damaged at every field. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/unit/upgrader/pefile.h"
#include "tests/unit/unit.h"
#include "upgrader/pe.h"
#include "upgrader/upgrader.h"

/* clang-format off */
static const struct {
	const char *label;
	bool plus;                      /* PE32+ */
	size_t at; uint32_t value; int bytes;   /* what is overwritten; bytes 0: nothing */
	size_t cut;                     /* the file ends here; 0: whole */
	const char *want;               /* the version, or part of the message */
} cases[] = {
	{ "PE32",                     false, 0, 0, 0, 0, "2.0.9262.7" },
	{ "PE32+",                    true,  0, 0, 0, 0, "2.0.9262.7" },
	{ "not MZ",                   false, 0, 0x4b50, 2, 0, "does not begin with MZ" },
	{ "PE header far away",       false, 0x3c, 0xfffffff0u, 4, 0, "no PE header" },
	{ "no PE signature",          false, PEFILE_PE, 0x1234, 4, 0, "no PE header" },
	{ "no sections",              false, PEFILE_PE + 6, 0, 2, 0, "makes no sense" },
	{ "too many sections",        false, PEFILE_PE + 6, 0xffff, 2, 0, "makes no sense" },
	{ "optional header too long", false, PEFILE_PE + 20, 0xffff, 2, 0, "makes no sense" },
	{ "unknown magic",            false, PEFILE_PE + 24, 0x107, 2, 0, "unknown kind" },
	{ "two directories only",     false, PEFILE_PE + 24 + 92, 2, 4, 0, "has no resources" },
	{ "no resources",             false, PEFILE_PE + 24 + 96 + 16, 0, 4, 0, "has no resources" },
	{ "resources elsewhere",      false, PEFILE_PE + 24 + 96 + 16, 0x900000, 4, 0, "outside the file" },
	{ "resources too long",       false, PEFILE_PE + 24 + 96 + 20, 0x7fffffff, 4, 0, "outside the file" },
	{ "no version among them",    false, PEFILE_RSRC + 16, 3, 4, 0, "no version resource" },
	{ "entries without end",      false, PEFILE_RSRC + 14, 0xffff, 2, 0, "no version resource" },
	{ "type is no table",         false, PEFILE_RSRC + 20, 0x18, 4, 0, "no version resource" },
	{ "name is no table",         false, PEFILE_RSRC + 0x18 + 20, 0x30, 4, 0, "leads nowhere" },
	{ "language is a table",      false, PEFILE_RSRC + 0x30 + 20, 0x80000048u, 4, 0, "leads nowhere" },
	{ "tables far away",          false, PEFILE_RSRC + 20, 0xfffffff0u, 4, 0, "leads nowhere" },
	{ "data outside",             false, PEFILE_RSRC + 0x48, 0xfffffff0u, 4, 0, "outside the file" },
	{ "data too short",           false, PEFILE_RSRC + 0x4c, 60, 4, 0, "makes no sense" },
	{ "another key",              false, PEFILE_RSRC + 0x58 + 6, 'X', 2, 0, "makes no sense" },
	{ "another signature",        false, PEFILE_RSRC + 0x58 + 40, 0, 4, 0, "makes no sense" },
	{ "cut in the sections",      false, 0, 0, 0, PEFILE_PE + 24 + 224 + 10, "table of sections" },
	{ "cut in the resources",     false, 0, 0, 0, PEFILE_RSRC + 0x60, "copied whole" },
	{ "empty",                    false, 0, 0, 0, 1, "does not begin with MZ" },
};
/* clang-format on */

START_TEST(versions_are_read_and_damage_is_named)
{
	size_t len;
	AUTO_FREE unsigned char *data = pefile_make(cases[_i].plus, 2, 0, 9262, 7, &len);
	AUTO_FREE unsigned char *exact = NULL;
	struct version version = { { 0 } };
	struct err err = { .code = ERR_NONE };
	char text[VERSION_TEXT];

	for (int i = 0; i < cases[_i].bytes; i++)
		data[cases[_i].at + (size_t)i] = (unsigned char)(cases[_i].value >> (8 * i));
	if (cases[_i].cut)
		len = cases[_i].cut;
	exact = xmalloc(len);           /* so that the sanitizer sees a read behind the end */
	memcpy(exact, data, len);
	if (pe_file_version(exact, len, &version, &err) == 0)
		ck_assert_msg(strcmp(version_format(version, text), cases[_i].want) == 0, "%s: %s",
			      cases[_i].label, text);
	else
		ck_assert_msg(err.code == ERR_USAGE && strstr(err.msg, cases[_i].want), "%s: %s",
			      cases[_i].label, err.msg);
}
END_TEST

START_TEST(every_cut_is_survived)
{
	size_t len;
	AUTO_FREE unsigned char *data = pefile_make(_i == 1, 2, 0, 9262, 7, &len);

	for (size_t cut = 0; cut < len; cut++) {
		AUTO_FREE unsigned char *exact = xmalloc(cut + 1);
		struct version version;
		struct err err;

		memcpy(exact, data, cut);
		ck_assert_msg(pe_file_version(exact, cut, &version, &err) < 0, "cut at %zu", cut);
	}
}
END_TEST

enum { TABLE = 16 };
/* clang-format off */
static const struct {
	const char *label;
	bool plus;
	uint32_t directories, at, len;  /* at: counted from where the program ends; len 0: none */
	bool want;
} signatures[] = {
	{ "none",                     false, 16, 0, 0, false },
	{ "one behind the program",   false, 16, 0, TABLE, true },
	{ "in PE32+",                 true,  16, 0, TABLE, true },
	{ "the file was cut",         false, 16, 1, TABLE, false },
	{ "it lies far behind",       false, 16, 0x7fffffff, TABLE, false },
	{ "longer than all there is", false, 16, 0, 0xffffffffu, false },
	{ "too short for one",        false, 16, 0, 7, false },
	{ "four directories only",    false, 4, 0, TABLE, false },
	{ "directories without end",  false, 0xffffffffu, 0, TABLE, true },
};
/* clang-format on */

static void put_u32(unsigned char *at, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		at[i] = (unsigned char)(value >> (8 * i));
}

START_TEST(a_signature_is_seen_where_it_is_whole)
{
	size_t len;
	AUTO_FREE unsigned char *data = pefile_make(signatures[_i].plus, 2, 0, 9262, 7, &len);
	AUTO_FREE unsigned char *exact = xcalloc(1, len + TABLE);
	unsigned char *directories = exact + PEFILE_PE + 24 + (signatures[_i].plus ? 112 : 96);

	memcpy(exact, data, len);
	put_u32(directories - 4, signatures[_i].directories);
	if (signatures[_i].len) {
		put_u32(directories + 32, (uint32_t)len + signatures[_i].at);
		put_u32(directories + 36, signatures[_i].len);
	}
	ck_assert_msg(pe_has_signature(exact, len + TABLE) == signatures[_i].want, "%s",
		      signatures[_i].label);
	ck_assert(!pe_has_signature(exact, PEFILE_PE + 10));
}
END_TEST

START_TEST(an_installer_is_hashed_and_named_by_its_whole_path)
{
	const char *folder = unit_folder();
	AUTO_FREE char *path = xasprintf("%s/setup.exe", folder);
	AUTO_FREE char *odd = xasprintf("%s/../%s/setup.exe", folder, strrchr(folder, '/') + 1);
	struct installer installer;
	struct err err;
	char text[VERSION_TEXT];

	pefile_write(path, 2, 0, 9262, 7);
	ck_assert_msg(installer_open(odd, &installer, &err) == 0, "%s", err.msg);
	ck_assert_str_eq(version_format(installer.version, text), "2.0.9262.7");
	ck_assert_uint_eq(strlen(installer.sha256), 64);
	ck_assert_ptr_null(strstr(installer.path, ".."));
	installer_close(&installer);
}
END_TEST

START_TEST(what_is_no_installer_is_refused_by_name)
{
	AUTO_FREE char *path = xasprintf("%s/notes.txt", unit_folder());
	AUTO_FCLOSE FILE *f = fopen(path, "w");
	struct installer installer;
	struct err err;

	fputs("hello", f);
	fflush(f);
	ck_assert_int_eq(installer_open(path, &installer, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.msg, "notes.txt"));
	ck_assert_int_eq(installer_open("/nowhere/at/all.exe", &installer, &err), -1);
	ck_assert_int_eq(err.code, ERR_USAGE);
}
END_TEST

static const struct { int part[4]; const char *says; } no_agents[] = {
	{ { 10, 0, 17763, 1 }, "no MARS agent has it" },
	{ { 2, 1, 9938, 0 }, "no MARS agent has it" },
	{ { 2, 0, 9082, 65535 }, "older than 2.0.9083.0" },
};

START_TEST(another_program_is_no_installer)
{
	AUTO_FREE char *path = xasprintf("%s/notepad.exe", unit_folder());
	const int *part = no_agents[_i].part;
	struct installer installer;
	struct err err;

	pefile_write(path, part[0], part[1], part[2], part[3]);
	ck_assert_int_eq(installer_open(path, &installer, &err), -1);
	ck_assert_int_eq(err.code, ERR_USAGE);
	ck_assert_msg(strstr(err.msg, no_agents[_i].says) != NULL, "%s", err.msg);
}
END_TEST

UNIT_SUITE(pe)
{
	Suite *s = suite_create("pe");
	TCase *tc = tcase_create("files");

	tcase_add_loop_test(tc, versions_are_read_and_damage_is_named, 0, (int)ARRAY_LEN(cases));
	tcase_add_loop_test(tc, every_cut_is_survived, 0, 2);
	tcase_add_loop_test(tc, a_signature_is_seen_where_it_is_whole, 0, ARRAY_LEN(signatures));
	tcase_add_test(tc, an_installer_is_hashed_and_named_by_its_whole_path);
	tcase_add_test(tc, what_is_no_installer_is_refused_by_name);
	tcase_add_loop_test(tc, another_program_is_no_installer, 0, ARRAY_LEN(no_agents));
	suite_add_tcase(s, tc);
	return s;
}
