/* test_odd.c - what reads otherwise than it looks, and is no error: one warning each. */
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "tests/unit/inventory/files.h"
#include "tests/unit/unit.h"

/* clang-format off */
#define SEMICOLON "a semicolon begins no comment here and ends no value: it is part of it, as in Ansible"
static const struct {
	const char *file, *text;
	const char *want;               /* the only warning, without the folder; NULL: none */
} cases[] = {
	{ "f.ini", "h ansible_user=CORP\\svc\n",
	  "f.ini:1:20: a backslash outside of quotes is taken away here, as in Ansible: put the value in single quotes" },
	{ "f.ini", "h ansible_user='CORP\\svc' x=\"a\\b\"\n", NULL },
	{ "f.ini", "h x=a\\ b\ni x=a\\b y=c\\d\n",
	  "f.ini:1:6: a backslash outside of quotes is taken away here, as in Ansible: put the value in single quotes (and 2 more)" },
	{ "f.ini", "[w]\nh\n[w:vars]\nansible_user=CORP\\svc\n", NULL },
	{ "f.yml",
	  "w: {hosts: {f.yml: {marshal_site: s}, b: {marshal_owner: o, marshal_vault: }}, vars:\n"
	  "  {marshal_owner: '{{ o }}', marshal_vault: }}\n",
	  "f.yml: marshal_owner is a template, vaulted or no line of text: the column stays empty" },
	{ "f.ini", "[w]\nh\n[w:vars]\nansible_user=svc ; note\n",
	  "f.ini:4:18: " SEMICOLON },
	{ "f.ini", "[w]\nh\n[w:vars]\nansible_user=svc;\nx=\n", "f.ini:4:17: " SEMICOLON },
	{ "f.ini", "h ansible_user=svc; x=1;2\ni ansible_user=svc ;x=1\n", "f.ini:1:19: " SEMICOLON " (and 1 more)" },
	{ "f.ini", "h ansible_user='svc;' x=\"a;\" ansible_port=22\n", NULL },
	{ "f.ini", "[w]\nh\n[w:vars]\nx='svc ; note'\ny=a;b\n", NULL },
	{ "f.ini", "[w]\na\n[x]\na\n[w]\n  a\n",
	  "f.ini:6:3: the host is there twice in its section, and the later line counts more" },
	{ "f.ini", "[w]\na[1:3]\na2 x=1\na3\n",
	  "f.ini:3:1: the host is there twice in its section, and the later line counts more (and 1 more)" },
	{ "f.yml", "w:\n  hosts:\n    a[1:3]:\n    a2:\n",
	  "f.yml:4:5: the host is there twice, and the later one counts more" },
	{ "f.yml", "web:\n  hosts: {a: }\nall:\n  children:\n    wbe:\n",
	  "f.yml:5:5: empty group 'wbe' in children: expected one with hosts, children or vars; did you mean 'web'?" },
	{ "f.yml", "all: {children: {g5: {}, w: {hosts: {a: }}}}\n",
	  "f.yml:1:18: empty group 'g5' in children: expected one with hosts, children or vars" },
};
/* clang-format on */

START_TEST(is_warned_of_once)
{
	struct inventory *inv = load_text(cases[_i].file, cases[_i].text);
	const char *got = inventory_warning_count(inv) ? inventory_warning(inv, 0) : NULL;
	const char *name = got ? strstr(got, cases[_i].file) : NULL;

	ck_assert_pstr_eq(name, cases[_i].want);
	ck_assert_int_eq(inventory_warning_count(inv), cases[_i].want != NULL);
	inventory_free(inv);
}
END_TEST

START_TEST(of_a_host_twice_the_later_line_counts)
{
	struct inventory *inv = load_text("f.ini", "[w]\na x=1 y=1\na x=2\n");

	ck_assert_int_eq(inventory_count(inv), 1);
	ck_assert_str_eq(variable_of(inv, "a", "x"), "2");
	ck_assert_str_eq(variable_of(inv, "a", "y"), "1");
	inventory_free(inv);
}
END_TEST

/* clang-format off */
static const struct { const char *name, *text, *hint; } meant[] = {
	{ "f.yml", "# ours\n\n[web]\nweb01 ansible_user=u\n",
	  "this looks like INI: such a file's name must not end in .yml, .yaml or .json" },
	{ "f.yaml", "[web]\nweb01\n", "this looks like INI: such a file's name must not end in .yml, .yaml or .json" },
	{ "f.json", "[web]\nweb01\n", "this looks like INI: such a file's name must not end in .yml, .yaml or .json" },
	{ "f.json", "[web:children]\ndb\n", "this looks like INI: such a file's name must not end in .yml, .yaml or .json" },
	{ "f.ini", "root@web01\n", "the user is a variable: web01 ansible_user=root" },
	{ "f.yml", "w: {hosts: {root@web01: }}\n", "the user is a variable: web01 ansible_user=root" },
	{ "f.json", "[\"web\", \"db\"]\n", "correct the file; docs/inventory.md describes what it may hold" },
};
/* clang-format on */

START_TEST(what_was_meant_is_said)
{
	const char *folder = unit_folder();
	AUTO_FREE char *path = xasprintf("%s/%s", folder, meant[_i].name);
	const char *paths[] = { path };
	struct err err;

	put_file(folder, meant[_i].name, meant[_i].text);
	ck_assert_ptr_null(inventory_load(paths, 1, &err));
	ck_assert_str_eq(err.hint, meant[_i].hint);
}
END_TEST

/* Groups within groups, one host in the innermost. */
static char *nested(int levels)
{
	struct buf b;

	buf_init(&b, 1 << 20);
	for (int i = 1; i <= levels; i++)
		buf_addf(&b, "%sg%d: {", i > 1 ? "children: {" : "", i);
	buf_adds(&b, "hosts: {h: }");
	for (int i = 1; i <= levels; i++)
		buf_adds(&b, i > 1 ? "}}" : "}");
	buf_adds(&b, "\n");
	return buf_take(&b);
}

START_TEST(groups_of_yaml_are_as_deep_as_those_of_ini)
{
	AUTO_FREE char *most = nested(64), *more = nested(65);
	struct inventory *inv = load_text("f.yml", most);
	const char *folder = unit_folder(), *got;

	ck_assert_int_eq(inventory_find(inv, "h")->group_count, 64);
	inventory_free(inv);
	put_file(folder, "g.yml", more);
	got = load_error(folder, "g.yml");
	ck_assert_msg(strstr(got, "groups nested deeper than 64"), "%s", got);
}
END_TEST

UNIT_SUITE(odd)
{
	Suite *s = suite_create("odd");
	TCase *tc = tcase_create("odd");

	tcase_add_loop_test(tc, is_warned_of_once, 0, ARRAY_LEN(cases));
	tcase_add_test(tc, of_a_host_twice_the_later_line_counts);
	tcase_add_loop_test(tc, what_was_meant_is_said, 0, ARRAY_LEN(meant));
	tcase_add_test(tc, groups_of_yaml_are_as_deep_as_those_of_ini);
	suite_add_tcase(s, tc);
	return s;
}
