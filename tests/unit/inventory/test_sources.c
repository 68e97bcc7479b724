/* test_sources.c - what an inventory may come from beside files of YAML and INI: JSON, a folder, a
 * program, a table. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "tests/unit/inventory/files.h"
#include "tests/unit/unit.h"

/* "a=w,x b=w" of hosts and groups. Yours. */
static char *hosts_of(const struct inventory *inv)
{
	struct buf b;

	buf_init(&b, 1 << 16);
	buf_adds(&b, "");
	for (int i = 0; i < inventory_count(inv); i++) {
		const struct inv_host *h = inventory_host(inv, i);

		buf_addf(&b, "%s%s=", i ? " " : "", h->name);
		for (int k = 0; k < h->group_count; k++)
			buf_addf(&b, "%s%s", k ? "," : "", h->group[k]);
	}
	return buf_take(&b);
}

static void put_program(const char *folder, const char *name, const char *text)
{
	AUTO_FREE char *path = xasprintf("%s/%s", folder, name);

	put_file(folder, name, text);
	ck_assert_int_eq(chmod(path, 0700), 0);
}

/* clang-format off */
static const struct { const char *file, *text, *hosts; } good[] = {
	{ "f.json", "{\"w\": {\"hosts\": {\"a\": null, \"b\": {\"x\": 1}}}}", "a=w b=w" },
	{ "f.json", "{\"w\": [\"a\", \"b\", \"a\"], \"p\": {\"children\": [\"w\"]}}", "a=p,w b=p,w" },
	{ "f.json",
	  "\xef\xbb\xbf{\n\t\"w\": {\"hosts\": [\"a\"], \"vars\": {\"x\":1}},\r\n "
	  "\"_meta\":{\"hostvars\":{\"a\":{\"y\":\"\\u00e4\"},\"no\":{}}}}", "a=w" },
	/* as json.dumps writes what lies beyond the first plane; an escaped backslash escapes nothing */
	{ "f.json",
	  "{\"w\": {\"hosts\": [\"a\"], \"vars\": {\"x\": \"\\uD83D\\ude00 \\\\ud83d\"}}}",
	  "a=w" },
	{ "f", " {\"ungrouped\": {\"hosts\": [\"a\"]}, \"e\": {}, \"all\": {\"children\": [\"ungrouped\", \"e\"]}}", "a=ungrouped" },
	{ "f", "# ours\n---\nw: {hosts: {a: }}\n", "a=w" },
	{ "f", "w:\n  hosts:\n    a:\n", "a=w" },
	{ "f.csv", "host\na\nb\n", "a=ungrouped b=ungrouped" },
	{ "f.csv", "\xef\xbb\xbfmarshal_owner;Groups;Name\r\n;\"w, x\";a\r\nme;;b[1:2]\r\n", "a=w,x b1=ungrouped b2=ungrouped" },
	{ "f.csv", "group,host\nw x,a\nw;x,b\n", "a=w,x b=w,x" },
};
/* clang-format on */

START_TEST(gives_these_hosts)
{
	struct inventory *inv = load_text(good[_i].file, good[_i].text);
	AUTO_FREE char *got = hosts_of(inv);

	ck_assert_str_eq(got, good[_i].hosts);
	inventory_free(inv);
}
END_TEST

/* clang-format off */
static const struct { const char *file, *text, *want; } bad[] = {
	{ "f.json", "{\"w\": {\"hosts\": [\"a[1:2]\"]}}", "f.json:1:18: 'a[1:2]' cannot name a host" },
	{ "f.json", "{\"w\": {\"hosts\": [\"a\"], \"host\": []}}", "f.json:1:24: 'host' in group 'w': expected hosts, children or vars" },
	{ "f.json", "{\"w\": {\"hosts\": [[]]}}", "f.json:1:18: hosts: expected a name" },
	{ "f.json", "{\"w\": [\"a\"], \"p\": 5}", "f.json:1:19: group 'p': expected a map or a list" },
	{ "f.json", "{\"w\": [\"a\"], \"_meta\": {\"hostvars\": []}}", "f.json:1:36: _meta.hostvars: expected a map" },
	{ "f.json", "{\"w\": [\"a\"]", "f.json:" },
	{ "f.json", "[]", "f.json:1:1: expected a map of groups, not a list" },
	{ "f.yml", "w: {hosts: [a]}", "f.yml:1:12: hosts: expected a map, not a list" },
	{ "f.csv", "", "f.csv:1:1: there is no header line" },
	{ "f.csv", "a,b\n1,2\n", "f.csv:1:1: no column 'host'" },
	{ "f.csv", "host,name\n", "f.csv:1:1: a second column 'name'" },
	{ "f.csv", "host,group\na,w\nb,w\na,w\n", "f.csv:4:1: host 'a' is there twice" },
	{ "f.csv", "host,group\n,w\n", "f.csv:2:1: a row without a host" },
	{ "f.csv", "host,group\na\n", "f.csv:1:1: line 2" },
	{ "f.csv", "host,marshal_mars\na,b\n", "f.csv:2:1: marshal_mars is 'b'" },
};
/* clang-format on */

START_TEST(or_says_what_is_wrong)
{
	const char *folder = unit_folder(), *got;

	put_file(folder, bad[_i].file, bad[_i].text);
	got = load_error(folder, bad[_i].file);
	ck_assert_msg(strstr(got, bad[_i].want), "row %d: want %s\ngot  %s", _i, bad[_i].want, got);
}
END_TEST

START_TEST(a_table_has_variables_in_its_columns)
{
	struct inventory *inv = load_text("f.csv", "ansible_host,host,Serial No,marshal_owner\n"
						   "10.0.0.1,a,77,\"Shop, Web\"\n,b,,\n"
						   "{{ x }},c,,\n");

	ck_assert_str_eq(inventory_find(inv, "a")->address, "10.0.0.1");
	ck_assert_str_eq(inventory_find(inv, "a")->owner, "Shop, Web");
	ck_assert_str_eq(variable_of(inv, "a", "Serial No"), "77");
	ck_assert_str_eq(inventory_find(inv, "b")->address, "b");
	ck_assert_int_eq(inventory_find(inv, "c")->connection, CONNECT_UNRESOLVED);
	ck_assert_int_eq(inventory_warning_count(inv), 1);
	ck_assert_msg(strstr(inventory_warning(inv, 0),
			     "columns that mean nothing to marshal: Serial No"),
		      "%s", inventory_warning(inv, 0));
	inventory_free(inv);
}
END_TEST

START_TEST(json_has_variables_in_meta)
{
	struct inventory *inv =
		load_text("f.json", "{\"w\": {\"hosts\": [\"a\"], \"vars\": {\"x\": 1, \"z\": 1}}, "
				    "\"_meta\": {\"hostvars\": {\"a\": {\"x\": 2, "
				    "\"ansible_user\": {\"__ansible_unsafe\": \"{{u}}\"}, "
				    "\"v\": {\"__ansible_vault\": \"$ANSIBLE_VAULT;1\"}}}}}");

	ck_assert_str_eq(variable_of(inv, "a", "x"), "2");
	ck_assert_str_eq(variable_of(inv, "a", "z"), "1");
	ck_assert_str_eq(variable_of(inv, "a", "v"), "$ANSIBLE_VAULT;1");
	ck_assert_str_eq(inventory_find(inv, "a")->user, "{{u}}");
	inventory_free(inv);
}
END_TEST

START_TEST(a_folder_is_read_as_ansible_reads_one)
{
	const char *folder = unit_folder();
	AUTO_FREE char *got = NULL;
	struct inventory *inv;

	put_file(folder, "inv/10", "[w]\na marshal_program=b\n");
	put_file(folder, "inv/20.yml", "w: {hosts: {b: {x: 1}}}\n");
	put_program(folder, "inv/30",
		    "#!/bin/sh\necho '{\"w\": [\"c\"], \"_meta\": {\"hostvars\": {}}}'\n");
	put_file(folder, "inv/sub/d.json", "{\"v\": [\"d\"]}");
	put_file(folder, "inv/old.ini", "[w]\nno1\n");
	put_file(folder, "inv/README.md", "no\n");
	put_file(folder, "inv/.git/x", "[w]\nno2\n");
	put_file(folder, "inv/group_vars/w.yml", "y: 1\n");
	inv = must_load(folder, "inv");
	got = hosts_of(inv);
	ck_assert_str_eq(got, "a=w b=w c=w d=v");
	ck_assert_str_eq(variable_of(inv, "c", "y"), "1");
	ck_assert_int_eq(inventory_warning_count(inv), 1);
	ck_assert_msg(strstr(inventory_warning(inv, 0), "inv/old.ini is not read: in a folder"),
		      "%s", inventory_warning(inv, 0));
	inventory_free(inv);
	put_file(folder, "empty/README.md", "no\n");
	ck_assert_str_eq(load_error(folder, "empty"), "empty: the folder holds no inventory");
	/* what a new user puts there */
	put_file(folder, "other/hosts.ini", "[w]\na\n");
	put_file(folder, "other/x.cfg", "[w]\na\n");
	ck_assert_str_eq(load_error(folder, "other"),
			 "other: the folder holds no inventory; other/hosts.ini is not read: in a "
			 "folder Ansible passes over names that end in .ini or .cfg");
}
END_TEST

/* clang-format off */
static const struct { const char *text; unsigned mode; const char *want; } programs[] = {
	{ "#!/bin/sh\necho '{\"w\": [\"a\"], \"_meta\": {\"hostvars\": {}}}'; echo slow >&2\n", 0700, "it said on standard error: slow" },
	{ "#!/bin/sh\n[ \"$*\" = --list ] && echo '{\"_meta\": {\"hostvars\": {}}}'\n", 0700, NULL },
	{ "#!/bin/sh\necho no key >&2; exit 3\n", 0700, "error: 'PATH' ended with status 3: no key" },
	{ "#!/bin/sh\necho '{\"w\": [\"a\"]}'\n", 0700, "error: PATH:1:1: it has no _meta with hostvars" },
	{ "#!/bin/sh\necho w\n", 0700, "error: PATH:1:1: expected a map of groups, not a text" },
	{ "#!/bin/sh\n", 0777, "error: PATH: a program that others can change is not run: " },
	{ "#!/bin/sh\n", 0600, "error: PATH:1:1: this is a program: expected an inventory file" },
	{ "[w]\na\n", 0700, NULL },
};
/* clang-format on */

START_TEST(a_program_prints_its_hosts)
{
	const char *folder = unit_folder(), *want = programs[_i].want;
	AUTO_FREE char *path = xasprintf("%s/p", folder);
	const char *paths[] = { path }, *got = NULL, *at;
	struct inventory *inv;
	struct err err = { 0 };

	put_file(folder, "p", programs[_i].text);
	ck_assert_int_eq(chmod(path, programs[_i].mode), 0);
	inv = inventory_load(paths, 1, &err);
	if (want && strncmp(want, "error: ", 7) == 0) {
		ck_assert_msg(!inv, "row %d", _i);
		/* before and behind the path */
		at = strstr(want, "PATH") + 4;
		ck_assert_msg(strstr(err.msg, path) && strstr(err.msg, at), "row %d: %s", _i,
			      err.msg);
		return;
	}
	ck_assert_msg(inv, "row %d: %s", _i, err.msg);
	got = inventory_warning_count(inv) ? inventory_warning(inv, 0) : NULL;
	ck_assert_msg(!got == !want && (!want || strstr(got, want)), "row %d: %s", _i,
		      got ? got : "");
	inventory_free(inv);
}
END_TEST

/* clang-format off */
static const struct { const char *text, *want; } hanging[] = {
	{ "echo asks the cloud >&2; (sleep 600; :) & wait", "did not end in 300 ms: asks the cloud" },
	/* it ends, and what it left behind holds its output */
	{ "echo '{\"_meta\": {\"hostvars\": {}}}'; echo forgot >&2; (sleep 600; :) & exit 0", "did not end in 300 ms: forgot" },
};
/* clang-format on */

/* Which says what it finds in the variable that a file before it names, though nobody is signed in
 * to with it, and on a descriptor that was handed to us. */
START_TEST(a_program_inherits_no_password)
{
	const char *folder = unit_folder();
	AUTO_FREE char *text = NULL, *hosts = NULL;
	struct inventory *inv;
	int pair[2];

	ck_assert_int_eq(pipe2(pair, O_CLOEXEC), 0);
	ck_assert_int_eq(write(pair[1], "seen", 4), 4);
	close(pair[1]);
	fcntl(pair[0], F_SETFD, 0);
	ck_assert_int_eq(setenv("UNIT_HIDDEN", "seen", 1), 0);
	put_file(folder, "inv/10", "a marshal_password_env=UNIT_HIDDEN\n");
	text = xasprintf("#!/bin/sh\nfound=$(cat /dev/fd/%d)\n"
			 "echo \"{\\\"w\\\": [\\\"b$UNIT_HIDDEN$found\\\"], \"\n"
			 "echo '\"_meta\": {\"hostvars\": {}}}'\n",
			 pair[0]);
	put_program(folder, "inv/20", text);
	inv = must_load(folder, "inv");
	hosts = hosts_of(inv);
	ck_assert_str_eq(hosts, "a=ungrouped b=w");
	inventory_free(inv);
	close(pair[0]);
}
END_TEST

START_TEST(a_program_that_hangs_is_ended_with_its_children)
{
	const char *folder = unit_folder();
	AUTO_FREE char *path = xasprintf("%s/p", folder), *fifo = xasprintf("%s/held", folder);
	AUTO_FREE char *text = xasprintf("#!/bin/sh\nexec 3>'%s'\n%s\n", fifo, hanging[_i].text);
	const char *paths[] = { path };
	AUTO_CLOSE int held = -1;
	struct err err = { 0 };
	char byte;

	ck_assert_int_eq(mkfifo(fifo, 0600), 0);
	held = open(fifo, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	ck_assert_int_ge(held, 0);
	put_program(folder, "p", text);
	ck_assert_ptr_null(inventory_load_within(paths, 1, 300, &err));
	ck_assert_int_eq(err.code, ERR_USAGE);
	ck_assert_msg(strstr(err.msg, path) && strstr(err.msg, hanging[_i].want), "%s", err.msg);
	/* ends when the last who holds the other end is gone */
	ck_assert_int_eq(fcntl(held, F_SETFL, 0), 0);
	ck_assert_int_eq(read(held, &byte, 1), 0);
}
END_TEST

UNIT_SUITE(sources)
{
	Suite *s = suite_create("sources");
	TCase *tc = tcase_create("sources");

	tcase_add_loop_test(tc, gives_these_hosts, 0, ARRAY_LEN(good));
	tcase_add_loop_test(tc, or_says_what_is_wrong, 0, ARRAY_LEN(bad));
	tcase_add_test(tc, a_table_has_variables_in_its_columns);
	tcase_add_test(tc, json_has_variables_in_meta);
	tcase_add_test(tc, a_folder_is_read_as_ansible_reads_one);
	tcase_add_loop_test(tc, a_program_prints_its_hosts, 0, ARRAY_LEN(programs));
	tcase_add_test(tc, a_program_inherits_no_password);
	tcase_add_loop_test(tc, a_program_that_hangs_is_ended_with_its_children, 0,
			    ARRAY_LEN(hanging));
	suite_add_tcase(s, tc);
	return s;
}
