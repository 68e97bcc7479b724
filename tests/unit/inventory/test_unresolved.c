/* test_unresolved.c - templates, vaulted and wrong values: kept as they stand, and the fault of
 * those hosts alone whose way in reads them. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/unit/inventory/files.h"
#include "tests/unit/unit.h"

#define T "'{{ x }}'"
#define V "!vault \"$ANSIBLE_VAULT;1.1;AES256\\n6132\\n\""
#define KEY "ansible_ssh_private_key_file: /k"
#define WINRM "ansible_connection: winrm, marshal_ssh_user: s, ansible_user: u"
#define T_OF(name) name " is a template ({{ }})"
#define NO_VAULT(name) name " is vaulted, and no vault password file is known"

/* clang-format off */
static const struct {
	const char *vars;               /* of host h, in YAML's flow style */
	const char *want;               /* NULL: all is resolved */
} cases[] = {
	/* the usual layout of Windows, for one that signs in by key */
	{ "ansible_user: u, " KEY ", ansible_password: " T, NULL },
	{ "ansible_user: u, " KEY ", ansible_password: " V, NULL },
	{ "ansible_user: u, marshal_password_env: E, ansible_password: " T, NULL },
	{ "ansible_user: u, ansible_password: " T, T_OF("ansible_password") },
	{ "ansible_user: u, ansible_password: " V, NO_VAULT("ansible_password") },
	{ "ansible_user: u, ansible_password: [" V "]", "ansible_password is vaulted, and only passwords, addresses and users are opened" },
	{ "ansible_user: u, marshal_transport: auto, marshal_jump: g, " KEY ", ansible_password: " T, T_OF("ansible_password") },
	{ WINRM ", " KEY ", ansible_password: " T, T_OF("ansible_password") },
	{ WINRM ", ansible_winrm_password: p, ansible_password: " T, NULL },
	{ WINRM ", ansible_password: p, ansible_winrm_password: " T, T_OF("ansible_winrm_password") },
	/* what nobody reads */
	{ "x: " T ", y: " V ", z: [1, {a: " T "}]", NULL },
	{ "marshal_owner: " T ", marshal_site: " V ", marshal_vault: " T, NULL },
	{ "ansible_become_password: " T ", ansible_winrm_port: " T ", marshal_winrm_ca: " T ", ansible_winrm_transport: [a, b]", NULL },
	{ "ansible_paramiko_host: " T, NULL },
	{ "ansible_paramiko_host: " T ", ansible_connection: paramiko", T_OF("ansible_paramiko_host") },
	{ "marshal_program: " T ", marshal_ssh_user: " T, NULL },
	{ "marshal_vault_password_file: " T, NULL },
	{ "ansible_connection: local, marshal_program: /p, ansible_user: " T ", ansible_host: " T ", ansible_password: " T, NULL },
	{ "ansible_connection: network_cli, ansible_user: " T ", ansible_host: " T, NULL },
	/* what every way reads */
	{ "ansible_connection: " T, T_OF("ansible_connection") },
	{ "ansible_connection: " T ", marshal_transport: ssh", NULL },
	{ "ansible_host: " T, T_OF("ansible_host") },
	{ "ansible_host: '{% if a %}b{% endif %}'", T_OF("ansible_host") },
	{ "ansible_host: " V, NO_VAULT("ansible_host") },
	{ "ansible_user: " V, NO_VAULT("ansible_user") },
	{ "ansible_port: " V, "ansible_port is vaulted, and only passwords, addresses and users are opened" },
	{ "ansible_port: " T ", ansible_user: " T, T_OF("ansible_port") "; " T_OF("ansible_user") },
	{ "marshal_skip: " T, T_OF("marshal_skip") },
	{ "marshal_cloud: " T, T_OF("marshal_cloud") },
	{ "ansible_connection: local, marshal_program: " T, T_OF("marshal_program") },
	{ KEY ", ansible_private_key_file: " T, NULL },
	{ "ansible_ssh_private_key_file: " T, T_OF("ansible_ssh_private_key_file") },
	{ "marshal_vault_password_file: " T ", ansible_password: " V, T_OF("marshal_vault_password_file") "; " NO_VAULT("ansible_password") },
	/* of two names the one that counts */
	{ "ansible_user: " T ", ansible_ssh_user: u", NULL },
	{ "ansible_user: u, ansible_ssh_user: " T, T_OF("ansible_ssh_user") },
	{ "ansible_user: " T ", ansible_ssh_user: ", T_OF("ansible_user") },
	{ WINRM ", ansible_ssh_user: " T, NULL },
	{ "ansible_connection: winrm, marshal_ssh_user: s, ansible_ssh_user: u, ansible_user: " T, T_OF("ansible_user") },
	{ "ansible_connection: winrm, marshal_ssh_user: s, ansible_winrm_user: u, ansible_user: " T, NULL },
	{ "ansible_connection: winrm, ansible_user: u, marshal_ssh_user: " T, T_OF("marshal_ssh_user") },
	{ "marshal_transport: winrm-direct, ansible_user: u, marshal_ssh_user: " T ", ansible_ssh_common_args: " T, NULL },
	{ "ansible_ssh_common_args: " T, T_OF("ansible_ssh_common_args") },
	{ "ansible_ssh_common_args: " T ", marshal_jump: g", NULL },
	{ "ansible_ssh_common_args: " T ", marshal_jump: none", NULL },
	{ "ansible_ssh_common_args: " T ", marshal_jump: " T, T_OF("marshal_jump") },
	/* braces that are none */
	{ "ansible_user: !unsafe " T, NULL },
	/* wrong values */
	{ "ansible_host: 'https://x'", "ansible_host is 'https://x': expected a name or an address (the port is ansible_port)" },
	{ "ansible_host: 10.0.0.1:2222", "ansible_host is '10.0.0.1:2222': expected a name or an address (the port is ansible_port)" },
	{ "ansible_host: 'x y'", "ansible_host is 'x y': expected a name or an address (the port is ansible_port)" },
	{ "ansible_host: fe80::1%eth0", NULL },
	{ "ansible_port: 0", "ansible_port is '0': expected a number from 1 to 65535" },
	{ "ansible_port: 22x", "ansible_port is '22x': expected a number from 1 to 65535" },
	{ "ansible_connection: local, marshal_program: /p, ansible_port: 22x", NULL },
	{ "ansible_user: \"a\\nb\"", "ansible_user is 'a\nb': expected one line of text" },
	{ "ansible_user: \"a\\0b\"", "ansible_user holds a NUL or a \\N{NAME}" },
	{ "x: \"a\\0b\", y: [\"a\\0b\"], \"z\\0\": 1", NULL },
	{ "ansible_user: [a]", "ansible_user is '[\"a\"]': expected one value, no list or map" },
	{ "ansible_password: \"ge\\nheim\"", "ansible_password: expected one line of text" },
	{ "ansible_password: [geheim]", "ansible_password: expected one value, no list or map" },
	/* of ours as well */
	{ "marshal_cloud: mars", "marshal_cloud is 'mars': expected public, china, usgov or german" },
	{ "marshal_offline: yes", "marshal_offline is 'yes': expected none, source or copy" },
	{ "marshal_limited_internet: 2", "marshal_limited_internet is '2': expected yes or no" },
	{ "marshal_limited_internet: [no]", "marshal_limited_internet is '[false]': expected one value, no list or map" },
	{ "marshal_transport: telnet", "marshal_transport is 'telnet': expected ssh, winrm, winrm-direct or auto" },
	{ "marshal_transport: telnet, marshal_skip: yes", "marshal_transport is 'telnet': expected ssh, winrm, winrm-direct or auto" },
	{ "ansible_connection: network_cli, marshal_transport: telnet", "marshal_transport is 'telnet': expected ssh, winrm, winrm-direct or auto" },
	{ "marshal_jump: 'a b'", "marshal_jump is 'a b': expected a host of the inventory, or USER@HOST:PORT, several with commas between them" },
	{ "marshal_bastion_sessions: 0", "marshal_bastion_sessions is '0': expected a number from 1 to 1000" },
	{ "marshal_bastion_channels: many", "marshal_bastion_channels is 'many': expected a number from 1 to 1000" },
	{ "marshal_time_zone: 0123456789012345678901234567890123456789012345678901234567890123X", "marshal_time_zone is too long" },
	{ "marshal_installer_url: 'http://m/x.exe'",
	  "marshal_installer_url: expected none or an address with https://, since anybody on the way can "
	  "hold back or change what comes by http://" },
	{ "marshal_installer_url: 'https://u:p@m/x.exe'",
	  "marshal_installer_url: expected none or an address without user and password: it is shown, logged and stored" },
	{ "marshal_known_hosts: '~bob/x'", "marshal_known_hosts is '~bob/x': expected a path that starts with /, ~/ or a name" },
	{ "marshal_password_env: A, marshal_password_file: B", "marshal_password_file beside another marshal_password_ variable: expected one" },
	{ "marshal_password_env: A, marshal_password_file: ''", NULL },
	{ "marshal_password_fd: x", "marshal_password_fd: expected the number of a descriptor" },
	{ WINRM ", marshal_winrm_cert: xy", "marshal_winrm_cert is 'xy': expected the SHA-256 of its certificate: 64 hexadecimal digits" },
	{ "marshal_winrm_cert: xy, marshal_ssh_port: 0", NULL },
	{ "marshal_owner: [x]", NULL },
	{ "marshal_onwer: x", "unknown variable 'marshal_onwer': did you mean 'marshal_owner'?" },
	{ "marshal_skp: yes", "unknown variable 'marshal_skp': did you mean 'marshal_skip'?" },
	{ "marshal_skp: " T, "unknown variable 'marshal_skp': did you mean 'marshal_skip'?" },
	{ "marshal_zzzzzzzzzzzzzz: ''", "unknown variable 'marshal_zzzzzzzzzzzzzz': docs/inventory.md lists those that begin with marshal_" },
	{ "ansible_connection: local, marshal_program: /p, marshal_onwer: x", "unknown variable 'marshal_onwer': did you mean 'marshal_owner'?" },
};
/* clang-format on */

START_TEST(is_the_fault_of_hosts_whose_way_reads_it)
{
	AUTO_FREE char *text = xasprintf(
		"w: {hosts: {h: {%s}, other: {ansible_user: u}, g: {marshal_skip: yes}}}\n",
		cases[_i].vars);
	struct inventory *inv;
	const struct inv_host *h;

	unsetenv("ANSIBLE_VAULT_PASSWORD_FILE");
	inv = load_text("f.yml", text);
	h = inventory_find(inv, "h");
	ck_assert_msg(!h->unresolved == !cases[_i].want &&
			      (!h->unresolved || strcmp(h->unresolved, cases[_i].want) == 0),
		      "%s: %s", cases[_i].vars, h->unresolved ? h->unresolved : "resolved");
	ck_assert_int_eq(h->connection == CONNECT_UNRESOLVED, cases[_i].want != NULL);
	ck_assert_msg(!cases[_i].want || strstr(h->unresolved_at, "f.yml:1:"), "%s",
		      cases[_i].vars);
	ck_assert_int_eq(inventory_find(inv, "other")->connection, CONNECT_SSH);
	inventory_free(inv);
}
END_TEST

/* clang-format off */
static const struct { const char *text, *want; } lines[] = {
	{ "h ansible_user={{u}}\n", T_OF("ansible_user") },
	{ "h x={{y}} z='\\N{BULLET}'\n", NULL },
	{ "[w]\nh\n[w:vars]\nansible_user = {{ u }}\n", T_OF("ansible_user") },
	{ "[w]\nh\n[w:vars]\nansible_user='CORP\\new'\n", "ansible_user is 'CORP\new': expected one line of text" },
	{ "[w]\nh\n[w:vars]\nansible_user='CORP\\0ld'\n", "ansible_user holds a NUL or a \\N{NAME}" },
	{ "[w]\nh\n[w:vars]\nx='\\N{BULLET}'\n", NULL },
	{ "h:99999\n", "ansible_port is '99999': expected a number from 1 to 65535" },
};
/* clang-format on */

START_TEST(an_ini_line_as_well)
{
	struct inventory *inv = load_text("f.ini", lines[_i].text);

	ck_assert_pstr_eq(inventory_find(inv, "h")->unresolved, lines[_i].want);
	inventory_free(inv);
}
END_TEST

/* What a group says wrong is the fault of those of its hosts that say nothing better. */
START_TEST(a_wrong_value_of_a_group_counts_where_nothing_is_stronger)
{
	struct inventory *inv = load_text(
		"f.yml", "w: {hosts: {a: , b: {marshal_cloud: china}, c: {marshal_skip: yes}},\n"
			 "vars: {marshal_cloud: mars}}\nx: {hosts: {d: {marshal_jump: a}}}\n");

	ck_assert_str_eq(inventory_find(inv, "a")->unresolved,
			 "marshal_cloud is 'mars': expected public, china, usgov or german");
	ck_assert_msg(strstr(inventory_find(inv, "a")->unresolved_at, "f.yml:2:8 (group w)"), "%s",
		      inventory_find(inv, "a")->unresolved_at);
	ck_assert_int_eq(inventory_find(inv, "b")->connection, CONNECT_SSH);
	ck_assert_int_eq(inventory_find(inv, "b")->cloud, CLOUD_CHINA);
	ck_assert_int_eq(inventory_find(inv, "d")->connection, CONNECT_UNSUPPORTED);
	ck_assert_int_eq(inventory_warning_count(inv), 0);
	inventory_free(inv);
}
END_TEST

/* Where it counts for nobody it is told all the same: it must not wait for the day it counts. */
/* clang-format off */
static const struct { const char *text, *want; } unused[] = {
	{ "w: {hosts: {a: {marshal_cloud: china}}, vars: {marshal_cloud: mars}}\n",
	  "f.yml:1:48 (group w): marshal_cloud is 'mars': expected public, china, usgov or german: "
	  "it counts for no host that is contacted" },
	{ "w: {vars: {marshal_onwer: x}}\n",
	  "f.yml:1:12 (group w): unknown variable 'marshal_onwer': did you mean 'marshal_owner'?: "
	  "it counts for no host that is contacted" },
	{ "w: {hosts: {a: {marshal_ssh_port: 0}, b: {marshal_ssh_port: x}, c: {marshal_ssh_port: y}}}\n",
	  "f.yml:1:17 (host a): marshal_ssh_port is '0': expected a number from 1 to 65535: it "
	  "counts for no host that is contacted; and 2 others of it" },
	{ "w: {hosts: {a: {marshal_skip: yes, marshal_onwer: x}}}\n",
	  "(host a): unknown variable 'marshal_onwer': did you mean 'marshal_owner'?: it counts" },
	{ "w: {hosts: {a: {marshal_owner: [x]}, b: {marshal_owner: y}, c: {marshal_owner: {z: 1}}}}\n",
	  "2 hosts (first a): marshal_owner is a template, vaulted or no line of text: the column "
	  "stays empty" },
};
/* clang-format on */

START_TEST(what_is_wrong_and_counts_for_no_host_is_a_warning)
{
	struct inventory *inv = load_text("f.yml", unused[_i].text);
	bool found = false;

	for (int i = 0; i < inventory_warning_count(inv); i++)
		found |= strstr(inventory_warning(inv, i), unused[_i].want) != NULL;
	ck_assert_msg(found, "%d: %s", inventory_warning_count(inv),
		      inventory_warning_count(inv) ? inventory_warning(inv, 0) : "");
	inventory_free(inv);
}
END_TEST

START_TEST(any_other_connection_is_not_supported_for_that_host)
{
	struct inventory *inv = load_text("f.ini", "[w]\na ansible_connection=network_cli\n"
						   "b ansible_connection=community.docker.docker\n"
						   "c ansible_connection=psrp ansible_host=x\n"
						   "d ansible_connection=\ne ansible_host=x\n");

	ck_assert_str_eq(inventory_find(inv, "a")->unsupported, "ansible_connection 'network_cli'");
	ck_assert_str_eq(inventory_find(inv, "b")->unsupported,
			 "ansible_connection 'community.docker.docker'");
	ck_assert_int_eq(inventory_find(inv, "c")->connection, CONNECT_UNSUPPORTED);
	ck_assert_int_eq(inventory_find(inv, "d")->connection, CONNECT_SSH);
	ck_assert_int_eq(inventory_find(inv, "e")->connection, CONNECT_SSH);
	inventory_free(inv);
}
END_TEST

START_TEST(an_encrypted_file_of_variables_is_warned_of)
{
	const char *folder = unit_folder();
	struct inventory *inv;

	unsetenv("ANSIBLE_VAULT_PASSWORD_FILE");
	put_file(folder, "f.ini", "[w]\nh ansible_user=u\n");
	put_file(folder, "group_vars/w/vault.yml", "$ANSIBLE_VAULT;1.1;AES256\n6132\n");
	put_file(folder, "group_vars/w/vars.yml", "x: 1\n");
	inv = must_load(folder, "f.ini");
	ck_assert_str_eq(variable_of(inv, "h", "x"), "1");
	ck_assert_int_eq(inventory_warning_count(inv), 1);
	ck_assert_msg(strstr(inventory_warning(inv, 0),
			     "group_vars/w/vault.yml is encrypted by ansible-vault as a whole and "
			     "not read (ANSIBLE_VAULT_PASSWORD_FILE names no file with its "
			     "password): group w may get address or way from there: 1 host (first "
			     "h) not dialled, fault unresolved-variable, unless"),
		      "%s", inventory_warning(inv, 0));
	inventory_free(inv);
}
END_TEST

/* Its address or its way may stand there, under a name that counts more than what is seen. */
START_TEST(leaves_no_way_to_hosts_of_an_encrypted_file)
{
	const char *folder = unit_folder(), *closed = "$ANSIBLE_VAULT;1.1;AES256\n6132\n";
	struct inventory *inv;
	const struct inv_host *h;

	unsetenv("ANSIBLE_VAULT_PASSWORD_FILE");
	put_file(folder, "f.ini",
		 "[top:children]\nw\n[w]\na ansible_host=10.0.0.1 ansible_user=u\n"
		 "[v]\nb\nc\nd marshal_without_vaulted=yes\n");
	put_file(folder, "group_vars/top.yml", closed);
	put_file(folder, "host_vars/b.yml", closed);
	put_file(folder, "host_vars/d/x.yml", closed);
	inv = must_load(folder, "f.ini");
	h = inventory_find(inv, "a");
	ck_assert_int_eq(h->connection, CONNECT_UNRESOLVED);
	ck_assert_msg(strstr(h->unresolved, "group_vars/top.yml is vaulted as a whole, and no "
					    "vault password opens it"),
		      "%s", h->unresolved);
	ck_assert_msg(strstr(h->unresolved_at, "group_vars/top.yml"), "%s", h->unresolved_at);
	ck_assert_int_eq(inventory_find(inv, "b")->connection, CONNECT_UNRESOLVED);
	ck_assert_int_eq(inventory_find(inv, "c")->connection, CONNECT_SSH);
	ck_assert_int_eq(inventory_find(inv, "d")->connection, CONNECT_SSH);
	inventory_free(inv);
}
END_TEST

/* What is seen to be never dialled needs no more of it, except to be a bastion. */
/* clang-format off */
static const struct { const char *vars, *want; } hints[] = {
	{ "ansible_host: " T, "write a plain value" },
	{ "ansible_host: a b", "write a plain value" },
	{ "ansible_port: " V, "write it in clear" },
	{ "marshal_cloud: mars", "write a plain value" },
	{ "marshal_skp: yes", "correct the variable's name" },
	{ "ansible_host: " V, "in marshal_vault_password_file or $ANSIBLE_VAULT_PASSWORD_FILE" },
	{ "ansible_user: u, ansible_password: " V, "or a marshal_password_ variable does" },
	{ "ansible_host: " V ", ansible_user: " V, "marshal_vault_password_file" },
	{ "ansible_host: " V ", ansible_port: " T, NULL },
};
/* clang-format on */

START_TEST(each_cause_says_what_to_do)
{
	AUTO_FREE char *text = xasprintf("w: {hosts: {h: {%s}}}\n", hints[_i].vars);
	struct inventory *inv;
	const char *hint;

	unsetenv("ANSIBLE_VAULT_PASSWORD_FILE");
	inv = load_text("f.yml", text);
	hint = inventory_find(inv, "h")->unresolved_hint;
	ck_assert_msg(!hint == !hints[_i].want && (!hint || strstr(hint, hints[_i].want)), "%s: %s",
		      hints[_i].vars, hint ? hint : "none");
	inventory_free(inv);
}
END_TEST

START_TEST(an_encrypted_file_leaves_what_is_never_dialled_as_it_is)
{
	const char *folder = unit_folder();
	struct inventory *inv;

	unsetenv("ANSIBLE_VAULT_PASSWORD_FILE");
	put_file(folder, "f.ini",
		 "sw ansible_connection=network_cli\nlocalhost ansible_connection=local\n"
		 "p ansible_connection=local marshal_program=x\n"
		 "away ansible_host=x marshal_skip=yes\nb ansible_user=u marshal_jump=away "
		 "marshal_without_vaulted=yes\n");
	put_file(folder, "group_vars/all.yml", "$ANSIBLE_VAULT;1.1;AES256\n6132\n");
	inv = must_load(folder, "f.ini");
	ck_assert_int_eq(inventory_find(inv, "sw")->connection, CONNECT_UNSUPPORTED);
	ck_assert_pstr_eq(inventory_find(inv, "sw")->unresolved, NULL);
	ck_assert_int_eq(inventory_find(inv, "localhost")->connection, CONNECT_LOCAL);
	ck_assert(inventory_find(inv, "localhost")->skip);
	ck_assert_int_eq(inventory_find(inv, "p")->connection, CONNECT_UNRESOLVED);
	ck_assert(inventory_find(inv, "away")->skip);
	ck_assert_int_eq(inventory_find(inv, "b")->connection, CONNECT_UNSUPPORTED);
	inventory_free(inv);
}
END_TEST

START_TEST(a_local_host_without_a_program_is_passed_over)
{
	struct inventory *inv =
		load_text("f.ini", "localhost ansible_connection=local\n"
				   "m ansible_connection=local marshal_skip=yes\n"
				   "p ansible_connection=local marshal_program=x\n");

	ck_assert(inventory_find(inv, "localhost")->skip);
	ck_assert_str_eq(inv_why_skipped(inventory_find(inv, "localhost")),
			 "connection local without marshal_program");
	ck_assert_str_eq(inv_why_skipped(inventory_find(inv, "m")), "marshal_skip");
	ck_assert(!inventory_find(inv, "p")->skip);
	inventory_free(inv);
}
END_TEST

/* clang-format off */
static const struct { int marked, no_program; const char *want; } skipped[] = {
	{ 2, 0, "2 skipped (marshal_skip)" },
	{ 0, 1, "1 skipped (connection local without marshal_program)" },
	{ 2, 1, "3 skipped (2 marshal_skip, 1 connection local without marshal_program)" },
};
/* clang-format on */

START_TEST(those_passed_over_are_counted_with_the_reason)
{
	struct inv_skipped count = { 0 };
	AUTO_FREE char *text = NULL;

	for (int i = 0; i < skipped[_i].marked; i++)
		inv_skipped_add(&count, &(struct inv_host){ .skip = true });
	for (int i = 0; i < skipped[_i].no_program; i++)
		inv_skipped_add(&count, &(struct inv_host){ .skip = true, .no_program = true });
	ck_assert_int_eq(count.hosts, skipped[_i].marked + skipped[_i].no_program);
	text = inv_skipped_text(&count);
	ck_assert_str_eq(text, skipped[_i].want);
}
END_TEST

UNIT_SUITE(unresolved)
{
	Suite *s = suite_create("unresolved");
	TCase *tc = tcase_create("unresolved");

	tcase_add_loop_test(tc, is_the_fault_of_hosts_whose_way_reads_it, 0, ARRAY_LEN(cases));
	tcase_add_loop_test(tc, an_ini_line_as_well, 0, ARRAY_LEN(lines));
	tcase_add_test(tc, a_wrong_value_of_a_group_counts_where_nothing_is_stronger);
	tcase_add_loop_test(tc, what_is_wrong_and_counts_for_no_host_is_a_warning, 0,
			    ARRAY_LEN(unused));
	tcase_add_test(tc, any_other_connection_is_not_supported_for_that_host);
	tcase_add_test(tc, an_encrypted_file_of_variables_is_warned_of);
	tcase_add_test(tc, leaves_no_way_to_hosts_of_an_encrypted_file);
	tcase_add_loop_test(tc, each_cause_says_what_to_do, 0, ARRAY_LEN(hints));
	tcase_add_test(tc, an_encrypted_file_leaves_what_is_never_dialled_as_it_is);
	tcase_add_test(tc, a_local_host_without_a_program_is_passed_over);
	tcase_add_loop_test(tc, those_passed_over_are_counted_with_the_reason, 0,
			    ARRAY_LEN(skipped));
	suite_add_tcase(s, tc);
	return s;
}
