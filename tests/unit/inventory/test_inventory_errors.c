/* test_inventory_errors.c - every way in which a file can be wrong: the message names file, line,
 * column and what was expected, and nothing is loaded. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "tests/unit/inventory/files.h"
#include "tests/unit/unit.h"

#define OPEN_16 "[[[[[[[[[[[[[[[["
#define OPEN_64 OPEN_16 OPEN_16 OPEN_16 OPEN_16

static const struct {
	const char *file, *text, *want;
} cases[] = {
	/* names */
	{ "f.yml", "w:\n  hosts:\n    a:\n    b:\n    a:\n",
	  "f.yml:5:5: key 'a' is there twice, first at line 3" },
	{ "f.ini", "a\nA\n", "f.ini:2:1: host 'A' differs only in case from 'a' (f.ini:1)" },
	{ "f.ini", "[Web]\na\n[web]\nb\n",
	  "f.ini:3:2: group 'web' differs only in case from 'Web'" },
	{ "f.ini", "a ansible_host=10.0.0.1\nb ansible_host=10.0.0.1\n",
	  "f.ini:2:1: host 'b' has the address 10.0.0.1 port 22 of host 'a' (f.ini:1)" },
	{ "f.ini", "a\nb ansible_host=A ansible_port=22\n",
	  "f.ini:2:1: host 'b' has the address A port 22 of host 'a'" },
	{ "f.ini", "a ansible_host=10.0.0.1\nb ansible_host=1 ansible_ssh_host=10.0.0.1\n",
	  "f.ini:2:1: host 'b' has the address 10.0.0.1 port 22 of host 'a' (f.ini:1)" },
	{ "f.ini", "a/b\n", "f.ini:1:1: 'a/b' cannot name a host: expected letters" },
	{ "f.ini", "x\n..\n", "f.ini:2:1: '..' cannot name a host" },
	{ "f.ini", "adm@web\n", "f.ini:1:1: 'adm@web' cannot name a host" },
	{ "f.ini", "all\n", "f.ini:1:1: 'all' is the name of a group" },
	{ "f.ini", "web:x:y\n", "f.ini:1:1: 'web:x:y' is neither NAME:PORT nor an IPv6 address" },
	{ "f.yml", "we b:\n  hosts: {a: }\n", "f.yml:1:1: 'we b' cannot name a group" },
	/* groups */
	{ "f.ini", "[web]\na\n[a:children]\nwbe\n",
	  "f.ini:4:1: unknown group 'wbe' in children: expected one with hosts, children or vars; "
	  "did you mean 'web'?" },
	{ "f.ini", "[a:children]\nb\n[b:children]\nc\n[c:children]\na\n",
	  "groups form a loop: a -> b -> c -> a" },
	{ "f.ini", "[a:children]\na\n", "groups form a loop: a -> a" },
	{ "f.yml", "w:\n  children:\n    all:\n      hosts: {x: }\n",
	  "groups form a loop: all -> w -> all" },
	{ "f.ini", "[x:children]\na\n[a:children]\nb\n[b:children]\na\nc\n[c]\nh\n",
	  "groups form a loop: a -> b -> a" },
	/* variables */
	{ "f.ini", "a marshal_skip=maybe\n",
	  "f.ini:1:3: marshal_skip is 'maybe': expected yes or no" },
	{ "f.yml", "w:\n  vars:\n    marshal_skip: [yes]\n",
	  "f.yml:3:5: marshal_skip is '[true]': expected one value" },
	{ "f.ini", "a marshal_mars=no\n",
	  "f.ini:1:3: marshal_mars is 'no': expected required, optional or none" },
	{ "f.ini", "[w:vars]\nansible_group_priority=high\n",
	  "f.ini:2:1: ansible_group_priority is 'high': expected a number" },
	{ "f.yml", "w:\n  vars: {x: !ruby/object a}\n", "f.yml:2:13: unknown tag '!ruby/object'" },
	/* what makes groups uncertain */
	{ "f.ini", "[w:vars]\nansible_group_priority={{ p }}\n",
	  "f.ini:2:1: ansible_group_priority is '{{ p }}': expected a number" },
	{ "f.yml", "'{{ g }}':\n  hosts: {a: }\n", "f.yml:1:1: '{{ g }}' cannot name a group" },
	{ "f.yml", "w:\n  vars: {x: !vault [a]}\n", "f.yml:2:13: unknown tag '!vault'" },
	/* YAML */
	{ "f.yml", "", "f.yml:1:1: the file is empty: expected a map of groups" },
	{ "f.yml", "- a\n", "f.yml:1:1: expected a map of groups, not a list" },
	{ "f.yml", "w:\n  hosts:\n    - a\n", "f.yml:3:5: hosts: expected a map, not a list" },
	{ "f.yml", "w:\n  children: [a]\n", "f.yml:2:13: children: expected a map, not a list" },
	{ "f.yml", "w:\n  vars: x\n", "f.yml:2:9: vars: expected a map, not a text" },
	{ "f.yml", "w: x\n", "f.yml:1:4: group: expected a map, not a text" },
	{ "f.yml", "w:\n  hosts:\n    a: x\n", "f.yml:3:8: host a: expected a map, not a text" },
	{ "f.yml", "w:\n  host: {a: }\n",
	  "f.yml:2:3: 'host' in group 'w': expected hosts, children or vars" },
	{ "f.yml", "w:\n  hosts: {a: \n", "f.yml:3:1: while parsing a flow node" },
	{ "f.yml", "w:\n\thosts:\n", "f.yml:2:1: while scanning for the next token" },
	{ "f.yml", "a: {}\n---\nb: {}\n", "f.yml:2:1: a second document: expected one in a file" },
	{ "f.yml", "plugin: aws_ec2\n", "f.yml:1:1: this configures an inventory plugin" },
	{ "f.yml", "w:\n  vars: {x: *y}\n", "f.yml:2:13: alias *y: no anchor of that name" },
	{ "f.yml", "w: &w\n  children: *w\n",
	  "f.yml:2:13: alias *w: no anchor of that name is complete before it" },
	{ "f.yml", "w:\n  vars:\n    <<: 5\n",
	  "f.yml:3:9: expected a map or a list of maps behind <<" },
	{ "f.yml", "[a]: {}\n", "f.yml:1:1: expected a text as key" },
	{ "f.yml", "w:\n  hosts: {\"a\\0b\": }\n", "f.yml:2:11: 'a\uFFFDb' cannot name a host" },
	{ "f.yml", "w:\n  hosts: \"a\\0b\"\n", "f.yml:2:10: 'a\uFFFDb' cannot name a host" },
	{ "f.yml", "\"all\\0b\": {hosts: {a: }}\n", "f.yml:1:1: 'all\uFFFDb' cannot name a group" },
	{ "f.yml", "w:\n  vars: {x: " OPEN_64 OPEN_64 OPEN_64, "f.yml:2:202: nested deeper than 192" },
	/* INI */
	{ "f.ini", "[w\n", "f.ini:1:1: expected [GROUP], [GROUP:children] or [GROUP:vars]" },
	{ "f.ini", "[w] x\n", "f.ini:1:1: expected [GROUP]" },
	{ "f.ini", "[w:kids]\n", "f.ini:1:1: expected :children or :vars, not ':kids'" },
	{ "f.ini", "a b\n", "f.ini:1:3: expected KEY=VALUE behind the host, not 'b'" },
	{ "f.ini", "a x='y\n", "f.ini:1:5: the quote ' is not closed" },
	{ "f.ini", "[w:vars]\nx\n", "f.ini:2:1: expected KEY=VALUE in [w:vars]" },
	{ "f.ini", "[w:children]\na b\n", "f.ini:2:1: expected one group's name a line" },
	{ "f.ini", "# \xc3\xa4\nh\xc3\xa4 x\n", "f.ini:2:1: 'h\xc3\xa4' cannot name a host" },
	/* ranges */
	{ "f.ini", "w[1:\n", "f.ini:1:1: range in 'w[1:': ']' is missing" },
	{ "f.ini", "w[1:999999999]\n", "f.ini:1:1: 'w[1:999999999]' makes more than 200000 names" },
	{ "f.ini", "w[1:999]x[1:999]\n", "makes more than 200000 names" },
	{ "f.ini", "w[5:1]\n", "range in 'w[5:1]': the first is above the last" },
	{ "f.ini", "w[01:1]\n", "with leading zeros both ends must be equally long" },
	{ "f.ini", "w[a:Z]\n", "both ends must be letters of one case" },
	{ "f.ini", "w[1:9:0]\n", "the step must be a number from 1" },
	{ "f.ini", "w[]\n", "expected [FIRST:LAST] or [FIRST:LAST:STEP]" },
	/* bytes */
	{ "f.ini", "a\nb\xff\n", "f.ini:2:2: expected UTF-8 text" },
	{ "f.yml", "# \xc3\xa4\xe2\x82\xac\xc3(\n", "f.yml:1:5: expected UTF-8 text" },
	{ "f.ini",
	  "\xff\xfe"
	  "a",
	  "f.ini:1:1: this is UTF-16: expected UTF-8 text" },
	{ "f.yml", "$ANSIBLE_VAULT;1.1;AES256\n", "f.yml:1:1: encrypted by ansible-vault" },
	{ "f.py", "#!/usr/bin/python3\n", "f.py:1:1: this is a program" },
};

START_TEST(names_the_place_and_what_was_expected)
{
	const char *folder = unit_folder(), *got;

	put_file(folder, cases[_i].file, cases[_i].text);
	got = load_error(folder, cases[_i].file);
	ck_assert_msg(strstr(got, cases[_i].want), "row %d:\ntext %s\nwant %s\ngot  %s", _i,
		      cases[_i].text, cases[_i].want, got);
}
END_TEST

static const struct {
	const char *name, *text, *want;
} beside[] = {
	{ "group_vars/w.yml", "marshal_skip: 2\n", "group_vars/w.yml:1:1: marshal_skip is '2'" },
	{ "group_vars/w", "- a\n", "group_vars/w:1:1: group w: expected a map, not a list" },
	{ "group_vars/all/b.yml", "x: 1\nx: 2\n",
	  "group_vars/all/b.yml:2:1: key 'x' is there twice" },
	{ "host_vars/h.json", "{\"marshal_mars\": 1}", "host_vars/h.json:1:2: marshal_mars is '1'" },
};

START_TEST(names_the_place_in_files_beside)
{
	const char *folder = unit_folder(), *got;

	put_file(folder, "f.ini", "[w]\nh\n");
	put_file(folder, beside[_i].name, beside[_i].text);
	got = load_error(folder, "f.ini");
	ck_assert_msg(strstr(got, beside[_i].want), "want %s\ngot  %s", beside[_i].want, got);
}
END_TEST

START_TEST(a_folder_and_a_missing_file_are_said_clearly)
{
	const char *folder = unit_folder(), *got;
	AUTO_FREE char *inner = xasprintf("%s/inv", folder);

	ck_assert_int_eq(mkdir(inner, 0700), 0);
	got = load_error(folder, "inv");
	ck_assert_msg(strstr(got, "inv: the folder holds no inventory"), "%s", got);
	/* whom nobody writes to, and who could be a program */
	AUTO_FREE char *pipe = xasprintf("%s/pipe", inner);

	ck_assert_int_eq(mkfifo(pipe, 0700), 0);
	got = load_error(folder, "inv");
	ck_assert_msg(strstr(got, "inv/pipe' is a pipe"), "%s", got);
	got = load_error(folder, "none.yml");
	ck_assert_msg(strstr(got, "none.yml"), "%s", got);
}
END_TEST

UNIT_SUITE(inventory_errors)
{
	Suite *s = suite_create("inventory_errors");
	TCase *tc = tcase_create("errors");

	tcase_add_loop_test(tc, names_the_place_and_what_was_expected, 0, ARRAY_LEN(cases));
	tcase_add_loop_test(tc, names_the_place_in_files_beside, 0, ARRAY_LEN(beside));
	tcase_add_test(tc, a_folder_and_a_missing_file_are_said_clearly);
	suite_add_tcase(s, tc);
	return s;
}
