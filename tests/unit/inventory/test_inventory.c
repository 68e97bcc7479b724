/* test_inventory.c - what good files mean: hosts, groups, variables and their precedence. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "tests/unit/inventory/files.h"
#include "tests/unit/unit.h"

/* Which hosts a file has, in their order. */
static const struct {
	const char *file, *text, *want;
} names[] = {
	{ "f.ini", "web10\nweb9\nweb01\nweb1\n", "web01 web1 web9 web10" },
	{ "f.ini", "web[08:11]\n", "web08 web09 web10 web11" },
	{ "f.ini", "web[1:9:4].x\n", "web1.x web5.x web9.x" },
	{ "f.ini", "db-[a:c]\n", "db-a db-b db-c" },
	{ "f.ini", "[:2]n\n", "0n 1n 2n" },
	{ "f.ini", "r[1:2]s[a:b]\n", "r1sa r1sb r2sa r2sb" },
	{ "f.ini", "[w]\n[01:02].example.com\n[2001:db8::2]:2222\n",
	  "01.example.com 02.example.com 2001:db8::2" },
	{ "f.ini", "\xef\xbb\xbf[w]\r\na\r\nb  # c\r\n; d\r\n#e\r\n\r\n", "a b" },
	{ "f.ini", "[w]# c\na\n[w] # again\nb", "a b" },
	{ "f.ini", "", "" },
	{ "f.yml", "\xef\xbb\xbfw:\r\n  hosts:\r\n    b:\r\n    a:\r\n", "a b" },
	{ "f.YAML", "{\"w\": {\"hosts\": {\"a\": null, \"b[1:2]\": {}}}}", "a b1 b2" },
	{ "f.yml", "all:\n  hosts: a\n", "a" },
	{ "f.yml", "all:\n  hosts:\n  children:\n  vars:\n", "" },
	{ "f.yml", "x: {hosts: &h {a: , b: }}\ny: {hosts: *h}\n", "a b" },
	{ "f.yml", "x: {hosts: &h {a: }}\ny: {hosts: {<<: *h, c: }}\n", "a c" },
};

START_TEST(hosts_are_those_of_the_file)
{
	struct inventory *inv = load_text(names[_i].file, names[_i].text);
	struct buf b;

	buf_init(&b, 10000);
	for (int i = 0; i < inventory_count(inv); i++)
		buf_addf(&b, "%s%s", i ? " " : "", inventory_host(inv, i)->name);
	ck_assert_str_eq(buf_text(&b), names[_i].want);
	buf_release(&b);
	inventory_free(inv);
}
END_TEST

/* The value of one variable of host h. */
static const struct {
	const char *file, *text, *name, *want;
} values[] = {
	{ "f.ini", "h x=1\n", "x", "1" },
	{ "f.ini", "h x='a b' y=2 # z=3\n", "x", "a b" },
	{ "f.ini", "h x='a b' y=2 # z=3\n", "z", "(none)" },
	{ "f.ini", "h x=\"a \\\" b\"\n", "x", "a \" b" },
	{ "f.ini", "h x=a\\ b\n", "x", "a b" },
	{ "f.ini", "h x=C:\\\\t y=a#b\n", "x", "C:\\t" },
	{ "f.ini", "h x=C:\\\\t y=a#b\n", "y", "a" },
	{ "f.ini", "h x=\n", "x", "" },
	{ "f.ini", "h x=a=b\n", "x", "a=b" },
	{ "f.ini", "[w]\nh\n[w:vars]\nx = a b \n", "x", "a b" },
	{ "f.ini", "[w]\nh\n[w:vars]\nx='a b'\n", "x", "a b" },
	{ "f.ini", "[w]\nh\n[w:vars]\nx=a # b\n", "x", "a # b" },
	{ "f.ini", "[w]\nh\n[w:vars]\nx=5 # b\n", "x", "5" },
	{ "f.ini", "[w]\nh\n[w:vars]\nx=C:\\t\n", "x", "C:\\t" },
	{ "f.ini", "[w]\nh x=1\nh2 x=2\n[w:vars]\nx=3\n", "x", "1" },
	/* what Python makes of a string; a scenario asks Ansible about more */
	{ "f.ini", "[w]\nh\n[w:vars]\nx='CORP\\svc'\n", "x", "CORP\\svc" },
	{ "f.ini", "[w]\nh\n[w:vars]\nx=\"CORP\\\\svc\" # c\n", "x", "CORP\\svc" },
	{ "f.ini", "[w]\nh\n[w:vars]\nx='a\\new'\n", "x", "a\new" },
	{ "f.ini", "[w]\nh\n[w:vars]\nx=r'a\\new'\n", "x", "a\\new" },
	{ "f.ini", "[w]\nh\n[w:vars]\nx='a\\'s' \"b\"\n", "x", "a'sb" },
	{ "f.ini", "[w]\nh\n[w:vars]\nx='\\x41\\u00e4\\U0001f600\\101'\n", "x",
	  "A\xc3\xa4\xf0\x9f\x98\x80"
	  "A" },
	{ "f.ini", "[w]\nh\n[w:vars]\nx='\\x4'\n", "x", "'\\x4'" },
	{ "f.ini", "[w]\nh\n[w:vars]\nx='\\ud800'\n", "x", "'\\ud800'" },
	{ "f.ini", "[w]\nh\n[w:vars]\nx='C:\\a\\'\n", "x", "'C:\\a\\'" },
	{ "f.ini", "[w]\nh\n[w:vars]\nx='a\\s' b\n", "x", "'a\\s' b" },
	{ "f.ini", "h x='C:\\a\\svc'\n", "x", "C:\\a\\svc" },
	{ "f.ini", "h x=\"'CORP\\svc'\"\n", "x", "CORP\\svc" },
	{ "f.ini", "h:2200\n", "ansible_port", "2200" },
	{ "f.yml", "w: {hosts: {h: {x: yes}}}", "x", "yes" },
	{ "f.yml", "w: {hosts: {h: {x: 0010}}}", "x", "0010" },
	{ "f.yml", "w: {hosts: {h: {x: null}}}", "x", "" },
	{ "f.yml", "w: {hosts: {h: {x: 'null'}}}", "x", "null" },
	{ "f.yml", "w: {hosts: {h: {x: !unsafe '{{ y }}'}}}", "x", "{{ y }}" },
	{ "f.yml", "w: {hosts: {h: {x: {b: [1, no, ~, 'no'], a: 1.5}}}}", "x",
	  "{\"a\":\"1.5\",\"b\":[1,false,null,\"no\"]}" },
	{ "f.yml", "w:\n  vars: {<<: &d {x: 1, y: 2}, x: 3}\n  hosts: {h: }\n", "x", "3" },
	{ "f.yml", "w:\n  vars: {<<: [{x: 1}, {x: 2, y: 4}]}\n  hosts: {h: }\n", "y", "4" },
	{ "f.yml", "w: {hosts: {'h[1:3]': {x: 1}, h: }}", "x", "(none)" },
	/* precedence: all, then by depth, then by name, then the host */
	{ "f.yml", "all: {vars: {x: all}, children: {w: {hosts: {h: }}}}", "x", "all" },
	{ "f.yml", "all: {vars: {x: all}}\nw: {vars: {x: w}, hosts: {h: }}", "x", "w" },
	{ "f.yml", "p: {vars: {x: p}, children: {a: {vars: {x: a}, hosts: {h: }}}}", "x", "a" },
	{ "f.yml",
	  "z: {vars: {x: z}, children: {a: {hosts: {h: }, vars: {x: a}}}}\nb: {vars: {x: b}, "
	  "hosts: "
	  "{h: }}",
	  "x", "a" },
	{ "f.yml", "a: {vars: {x: a}, hosts: {h: }}\nb: {vars: {x: b}, hosts: {h: }}", "x", "b" },
	{ "f.yml",
	  "a: {vars: {x: a, ansible_group_priority: 10}, hosts: {h: }}\nb: {vars: {x: b}, hosts: "
	  "{h: }}",
	  "x", "a" },
	{ "f.yml", "a: {vars: {ansible_group_priority: 10}, hosts: {h: }}",
	  "ansible_group_priority", "(none)" },
	{ "f.yml", "a: {vars: {x: a}, hosts: {h: {x: h}}}", "x", "h" },
	{ "f.yml", "ungrouped: {vars: {x: u}}\na: {hosts: {h: }}", "x", "(none)" },
	{ "f.yml", "ungrouped: {vars: {x: u}}\nall: {hosts: {h: }}", "x", "u" },
};

START_TEST(a_variable_has_the_value_ansible_gives_it)
{
	struct inventory *inv = load_text(values[_i].file, values[_i].text);
	const char *got = variable_of(inv, "h", values[_i].name);

	ck_assert_msg(strcmp(got, values[_i].want) == 0, "%s: %s is '%s', not '%s'",
		      values[_i].text, values[_i].name, got, values[_i].want);
	inventory_free(inv);
}
END_TEST

/* The places that can set x, the weakest first. Case N has the first N of them. */
static const struct {
	const char *name, *with;
} places[] = {
	{ "f.yml", NULL },
	{ "group_vars/all.yml", "x: gv-all\n" },
	{ "group_vars/p/a.yml", "x: gv-p\n" },
	{ "group_vars/w", "x: gv-w\n" },
	{ "host_vars/h.json", "{\"x\": \"hv\"}" },
};

START_TEST(files_beside_come_in_ansibles_order)
{
	static const char *const want[] = { "w", "gv-all", "gv-p", "gv-w", "hv" };
	static const char *const host_wins[] = { "host", "host", "host", "host", "hv" };

	for (int own = 0; own <= 1; own++) {
		const char *folder = unit_folder();
		struct inventory *inv;

		put_file(folder, "f.yml",
			 own ? "all: {vars: {x: a}}\np: {vars: {x: p}, children: {w: {vars: {x: "
			       "w}, hosts: {h: {x: host}}}}}" :
			       "all: {vars: {x: a}}\np: {vars: {x: p}, children: {w: {vars: {x: "
			       "w}, hosts: {h: }}}}");
		for (int i = 1; i <= _i; i++)
			put_file(folder, places[i].name, places[i].with);
		inv = must_load(folder, "f.yml");
		ck_assert_str_eq(variable_of(inv, "h", "x"), own ? host_wins[_i] : want[_i]);
		inventory_free(inv);
	}
}
END_TEST

START_TEST(a_site_names_its_mirror_and_a_host_takes_it_back)
{
	const char *folder = unit_folder();
	struct inventory *inv;

	put_file(folder, "f.ini",
		 "o\n[p]\na\nb marshal_installer_url=none\nc marshal_installer_url=\n"
		 "[p:vars]\nmarshal_installer_url=https://m/x.exe\n");
	inv = must_load(folder, "f.ini");
	ck_assert_str_eq(inventory_find(inv, "a")->installer_url, "https://m/x.exe");
	ck_assert_str_eq(inventory_find(inv, "b")->installer_url, "none");
	ck_assert_ptr_null(inventory_find(inv, "c")->installer_url);
	ck_assert_ptr_null(inventory_find(inv, "o")->installer_url);
	inventory_free(inv);
}
END_TEST

START_TEST(fields_of_a_host_are_settled)
{
	const char *folder = unit_folder();
	AUTO_FREE char *real = realpath(folder, NULL);
	AUTO_FREE char *key = xasprintf("%s/home/.ssh/id", folder);
	AUTO_FREE char *known = xasprintf("%s/kh", real);
	AUTO_FREE char *home = xasprintf("%s/home", folder);
	struct inventory *inv;
	const struct inv_host *h;

	setenv("HOME", home, 1);
	put_file(folder, "f.ini",
		 "h ansible_host=10.0.0.1 ansible_user=adm ansible_ssh_private_key_file=~/.ssh/id "
		 "marshal_known_hosts=kh "
		 "marshal_cloud=china marshal_limited_internet=No marshal_mars=optional "
		 "marshal_skip=TRUE "
		 "marshal_owner='Team A' marshal_site=b marshal_vault=v "
		 "marshal_offline=copy marshal_time_zone='W. Europe Standard Time' "
		 "marshal_computer_name=SRV1\n"
		 "l ansible_connection=local marshal_program=simhost\nw "
		 "ansible_connection=winrm\nd\n"
		 "[p]\nd\n[p:vars]\nansible_user=x\nmarshal_program=./sim\n[q:children]\np\n");
	inv = must_load(folder, "f.ini");
	h = inventory_find(inv, "H");
	ck_assert_str_eq(h->address, "10.0.0.1");
	ck_assert_str_eq(h->user, "adm");
	ck_assert_str_eq(h->key_file, key);
	ck_assert_str_eq(h->known_hosts, known);
	ck_assert_int_eq(h->cloud, CLOUD_CHINA);
	ck_assert(!h->limited_internet);
	ck_assert_int_eq(h->mars, MARS_OPTIONAL);
	ck_assert(h->skip);
	ck_assert_str_eq(h->owner, "Team A");
	ck_assert_str_eq(h->site, "b");
	ck_assert_str_eq(h->vault, "v");
	ck_assert_int_eq(h->offline, OFFLINE_COPY);
	ck_assert_str_eq(h->time_zone, "W. Europe Standard Time");
	ck_assert_str_eq(h->computer_name, "SRV1");
	ck_assert_int_eq(h->group_count, 1);
	ck_assert_str_eq(h->group[0], "ungrouped");
	ck_assert_int_eq(inventory_find(inv, "l")->connection, CONNECT_LOCAL);
	ck_assert_str_eq(inventory_find(inv, "l")->program, "simhost");
	ck_assert_int_eq(inventory_find(inv, "w")->connection, CONNECT_UNSUPPORTED);
	ck_assert_str_eq(inventory_find(inv, "w")->connection_name, "winrm");
	h = inventory_find(inv, "d");
	ck_assert_str_eq(h->address, "d");
	ck_assert_int_eq(h->port, 22);
	ck_assert_ptr_null(h->key_file);
	ck_assert_ptr_null(h->known_hosts);
	ck_assert_int_eq(h->connection, CONNECT_SSH);
	ck_assert(h->limited_internet && !h->skip && h->owner[0] == '\0');
	ck_assert(h->offline == OFFLINE_NONE && h->time_zone[0] == '\0' && !*h->computer_name);
	ck_assert_int_eq(h->mars, MARS_REQUIRED);
	ck_assert_int_eq(h->group_count, 2);
	ck_assert_str_eq(h->group[0], "p");
	ck_assert_str_eq(h->group[1], "q");
	ck_assert(strncmp(h->program, real, strlen(real)) == 0);
	ck_assert_ptr_null(inventory_find(inv, "nobody"));
	inventory_free(inv);
}
END_TEST

START_TEST(connection_variables_that_are_not_heeded_are_told_once)
{
	struct inventory *inv =
		load_text("f.ini", "[w]\nh[1:3]\nk ansible_become=yes ansible_ssh_retries=\n"
				   "[w:vars]\nansible_ssh_pkcs11_provider=x\n"
				   "[m]\nl ansible_connection=local ansible_ssh_timeout=3\n");

	ck_assert_int_eq(inventory_warning_count(inv), 2);
	ck_assert_str_eq(inventory_warning(inv, 0),
			 "host k: ansible_become is not heeded: the account that signs in is used");
	ck_assert_str_eq(
		inventory_warning(inv, 1),
		"4 hosts (first h1): ansible_ssh_pkcs11_provider is not heeded: name a key's file, "
		"or give it to the key agent");
	inventory_free(inv);
}
END_TEST

START_TEST(an_empty_text_takes_a_value_back)
{
	struct inventory *inv =
		load_text("f.ini", "[w]\nh ansible_user=\nk\n[w:vars]\nansible_user=adm\n");

	ck_assert_ptr_null(inventory_find(inv, "h")->user);
	ck_assert_str_eq(inventory_find(inv, "k")->user, "adm");
	inventory_free(inv);
}
END_TEST

START_TEST(origin_says_where_a_value_came_from)
{
	struct inventory *inv = load_text("f.yml", "w:\n  vars: {x: 1}\n  hosts:\n    h: {y: 2}\n");
	const struct inv_host *h = inventory_find(inv, "h");

	ck_assert_int_eq(h->variable_count, 2);
	ck_assert_msg(strstr(h->variable[0].origin, "/f.yml:2:10 (group w)"), "%s",
		      h->variable[0].origin);
	ck_assert_msg(strstr(h->variable[1].origin, "/f.yml:4:9 (host h)"), "%s",
		      h->variable[1].origin);
	inventory_free(inv);
}
END_TEST

START_TEST(several_files_are_one_inventory)
{
	const char *folder = unit_folder();
	AUTO_FREE char *one = xasprintf("%s/a/one.yml", folder);
	AUTO_FREE char *two = xasprintf("%s/b/two.ini", folder);
	const char *paths[] = { one, two };
	struct inventory *inv;
	struct err err = { 0 };

	put_file(folder, "a/one.yml", "w: {hosts: {h: {x: 1, y: 1}}, children: {c: }}\n");
	put_file(folder, "b/two.ini", "[w]\nh x=2\n[c]\nk\n");
	put_file(folder, "a/group_vars/w.yml", "z: a\n");
	put_file(folder, "b/group_vars/w.yml", "z: b\n");
	inv = inventory_load(paths, 2, &err);
	ck_assert_msg(inv, "%s", err.msg);
	ck_assert_int_eq(inventory_count(inv), 2);
	ck_assert_str_eq(variable_of(inv, "h", "x"), "2");
	ck_assert_str_eq(variable_of(inv, "h", "y"), "1");
	ck_assert_str_eq(variable_of(inv, "h", "z"), "b");
	inventory_free(inv);
}
END_TEST

START_TEST(what_is_odd_is_a_warning)
{
	const char *folder = unit_folder();
	static const char *const want[] = {
		"group_vars/w.yml is not read: 'w' comes first",
		"host_vars/nobody.yml belongs to no host",
		"group 'e' has neither hosts nor children",
		"'h' is both a group and a host",
	};
	struct inventory *inv;

	put_file(folder, "f.ini", "[w]\nh\n[e:vars]\nx=1\n[h]\nh\n");
	put_file(folder, "group_vars/w", "x: 1\n");
	put_file(folder, "group_vars/w.yml", "x: 2\n");
	put_file(folder, "group_vars/.w.yml.swp", "\xff");
	put_file(folder, "group_vars/w.yml~", "\xff");
	put_file(folder, "host_vars/nobody.yml", "x: 2\n");
	inv = must_load(folder, "f.ini");
	ck_assert_str_eq(variable_of(inv, "h", "x"), "1");
	ck_assert_int_eq(inventory_warning_count(inv), (int)ARRAY_LEN(want));
	for (size_t i = 0; i < ARRAY_LEN(want); i++)
		ck_assert_msg(strstr(inventory_warning(inv, (int)i), want[i]), "%s",
			      inventory_warning(inv, (int)i));
	inventory_free(inv);
}
END_TEST

/* Head and line of an inventory of 50,000 hosts; the line has the host's number four times. */
/* clang-format off */
static const struct { const char *file, *head, *line; } large[] = {
	{ "f.yml", "w:\n  vars: {ansible_user: a}\n  hosts:\n", "    srv%05d: {ansible_host: 10.1.%d.%d, x: %d}\n" },
	{ "f.ini", "[w]\n", "srv%05d ansible_host=10.1.%d.%d ansible_user=a x=%d\n" },
	{ "f.csv", "host,ansible_host,x,groups\n", "srv%05d,10.1.%d.%d,%d,w\n" },
	{ "f.json", "{\"w\": {\"hosts\": {\"srv\": {}", ", \"srv%05d\": {\"ansible_host\": \"10.1.%d.%d\", \"x\": %d}\n" },
};
/* clang-format on */

/* Of the time that the processor works, so others on the machine count little. */
#if defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__)
enum { LARGE_US = 1000 * 1000 };
#else
enum { LARGE_US = 20 * 1000 * 1000 };
#endif

START_TEST(fifty_thousand_hosts_load_within_a_second)
{
	bool json = large[_i].head[0] == '{';
	const char *folder = unit_folder();
	int64_t took_us = INT64_MAX;
	struct buf b;

	buf_init(&b, 64 << 20);
	buf_adds(&b, large[_i].head);
	for (int i = json; i < 50000; i++)
		buf_addf(&b, large[_i].line, i, i / 250, i % 250, i);
	buf_adds(&b, json ? "}}}" : "");
	put_file(folder, large[_i].file, buf_text(&b));
	buf_release(&b);
	/* the best of three, where others have the caches */
	for (int i = 0; i < 3 && took_us > LARGE_US; i++) {
		int64_t begun_us = clock_cpu_us();
		struct inventory *inv = must_load(folder, large[_i].file);

		took_us = clock_cpu_us() - begun_us;
		ck_assert_int_eq(inventory_count(inv), 50000);
		inventory_free(inv);
	}
	ck_assert_msg(took_us <= LARGE_US, "%s took %lld us", large[_i].file, (long long)took_us);
}
END_TEST

START_TEST(aliases_cannot_multiply_without_end)
{
	struct buf b;
	const char *folder = unit_folder(), *got;

	buf_init(&b, 10000);
	buf_adds(&b, "w:\n  vars:\n    a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
	for (int i = 1; i < 12; i++)
		buf_addf(&b, "    a%d: &a%d [*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d]\n", i, i,
			 i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
	put_file(folder, "f.yml", buf_text(&b));
	got = load_error(folder, "f.yml");
	ck_assert_msg(strstr(got, "more than 5000000 entries"), "%s", got);
	buf_release(&b);
}
END_TEST

START_TEST(one_line_gives_no_billion_variables)
{
	const char *folder = unit_folder(), *got;
	struct buf b;

	buf_init(&b, 10000);
	buf_adds(&b, "h[1:200000]");
	for (int i = 0; i < 200; i++)
		buf_addf(&b, " x%d=1", i);
	put_file(folder, "f.ini", buf_text(&b));
	got = load_error(folder, "f.ini");
	ck_assert_msg(strstr(got, "f.ini:1:603: more than 20000000 variables of hosts"), "%s", got);
	buf_release(&b);
}
END_TEST

UNIT_SUITE(inventory)
{
	Suite *s = suite_create("inventory");
	TCase *tc = tcase_create("inventory");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, hosts_are_those_of_the_file, 0, ARRAY_LEN(names));
	tcase_add_loop_test(tc, a_variable_has_the_value_ansible_gives_it, 0, ARRAY_LEN(values));
	tcase_add_loop_test(tc, files_beside_come_in_ansibles_order, 0, ARRAY_LEN(places));
	tcase_add_test(tc, a_site_names_its_mirror_and_a_host_takes_it_back);
	tcase_add_test(tc, fields_of_a_host_are_settled);
	tcase_add_test(tc, connection_variables_that_are_not_heeded_are_told_once);
	tcase_add_test(tc, an_empty_text_takes_a_value_back);
	tcase_add_test(tc, origin_says_where_a_value_came_from);
	tcase_add_test(tc, several_files_are_one_inventory);
	tcase_add_test(tc, what_is_odd_is_a_warning);
	tcase_add_loop_test(tc, fifty_thousand_hosts_load_within_a_second, 0, ARRAY_LEN(large));
	tcase_add_test(tc, one_line_gives_no_billion_variables);
	tcase_add_test(tc, aliases_cannot_multiply_without_end);
	suite_add_tcase(s, tc);
	return s;
}
