/* test_cmd_inventory.c - the three commands as a user runs them: what they print, how they end.
 * Each test is a process of its own, so its stdout may be turned into a file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "inventory/commands.h"
#include "tests/unit/inventory/files.h"
#include "tests/unit/unit.h"

static const char keys[] = "all: {hosts: {h: {ansible_ssh_private_key: inside a,\n"
			   "ansible_private_key: inside b, ansible_private_key_file: k.pem}}}\n";
static const char good[] = "all:\n  vars: {ansible_user: adm, db_password: geheim}\n"
			   "w: {hosts: {web2: {ansible_port: 2222}, web10: }}\n"
			   "x: {hosts: {\"2001:db8::1\": {note: \"a\\eb\"}}}\n";

static const char clear[] = "all: {hosts: {h: {ansible_password: geheim}}}\n";
static const char told[] = "all: {hosts: {h: {marshal_password_command: pass show x}}}\n";

static const char open[] =
	"w: {hosts: {a: , b: }, vars: {ansible_user: '{{ admin }}', vault_pw: geheim,\n"
	"note: '{{ vault_pw }}', db: {user: sa, password: geheim}, list: [{api_token: geheim}],\n"
	"key: !vault \"$ANSIBLE_VAULT;geheim\", pem: \"-----BEGIN PRIVATE KEY-----geheim\"}}\n"
	"x: {hosts: {c: {ansible_user: u, ansible_port: 22x}, d: {ansible_connection: local}}}\n";

/* What only the name, or only the value gives away. */
static const char veiled[] =
	"w: {hosts: {a: }, vars: {db_creds: geheim, sql_connection_string: geheim, conn: geheim,\n"
	"pin: geheim, app: \"Server=db;PassWord = geheim\", dsn: [{x: \"uid=a;PWD=geheim\"}],\n"
	"pgp: \"-----BEGIN PGP PRIVATE KEY BLOCK-----geheim\",\n"
	"proxy: \"http://u:geheim@proxy:3128/x\", urls: [\"https://x/y, ftp://:geheim@z\"],\n"
	"link: \"see https://docs/a:b@c\", mail: \"mailto:a@b\", git: \"ssh://git@host:22/x\",\n"
	"accreditation: seen, connections: seen, spin: seen, note: \"pwd of the app\"}}\n";

/* What is no place of a password may be the password. */
static const char misplaced[] =
	"w: {hosts: {h: {marshal_password: geheim, marshal_password_of: geheim,\n"
	"marshal_password_fd: geheim}, p: {marshal_password_prompt: geheim},\n"
	"c: {marshal_password_command: [geheim]}, e: {marshal_password_file: \"geheim\\nb\"},\n"
	"x: {marshal_password_command: {x: geheim}}}}\n";

static const struct {
	const char *text;
	const char *argv[5]; /* behind -i FILE */
	int want_status;
	const char *want, *want_not;
} cases[] = {
	{ good,
	  { "inventory", "list" },
	  0,
	  "web2         web2:2222         adm   ssh         w",
	  NULL },
	{ good, { "inventory", "list" }, 0, "2001:db8::1  [2001:db8::1]:22", NULL },
	{ good, { "inventory", "list", "w:!web2" }, 0, "web10", "web2 " },
	{ good, { "inventory", "list", "--json", "web2" }, 0, "\"port\": 2222", "web10" },
	{ good, { "inventory", "list", "nosuch" }, 2, "", "web" },
	{ good, { "inventory", "check" }, 0, "hosts     3 (ssh 3, winrm 0, local 0, unsupported 0, unresolved 0)", NULL },
	{ good, { "inventory", "check", "more.ini" }, 0, "hosts     4 (ssh 4,", NULL },
	{ good, { "inventory", "check", "more.ini", "none.ini" }, 2, "", "hosts" },
	{ good, { "inventory", "show", "WEB2" }, 0, "ansible_port  2222", NULL },
	{ good, { "inventory", "show", "web2" }, 0, "(hidden)", "geheim" },
	{ good, { "inventory", "show", "--json", "web2" }, 0, "\"(hidden)\"", "geheim" },
	{ keys, { "inventory", "show", "h" }, 0, "ansible_private_key_file  k.pem", "inside" },
	{ clear, { "inventory", "show", "h" }, 0, "password           (hidden)", "geheim" },
	{ clear, { "inventory", "show", "--json", "h" }, 0, "\"password\": \"(hidden)\"", "geheim" },
	{ clear, { "inventory", "list", "--json" }, 0, "\"password\": \"(hidden)\"", "geheim" },
	{ clear, { "inventory", "check" }, 0, "warnings  2", "geheim" },
	{ veiled, { "inventory", "show", "a" }, 0, "accreditation          seen", "geheim" },
	{ veiled, { "inventory", "show", "a" }, 0, "connections            seen", "Server" },
	{ veiled, { "inventory", "show", "a" }, 0, "spin                   seen", "uid" },
	{ veiled, { "inventory", "show", "a" }, 0, "pwd of the app", "geheim" },
	{ veiled, { "inventory", "show", "a" }, 0, "see https://docs/a:b@c", "geheim" },
	{ veiled, { "inventory", "show", "a" }, 0, "ssh://git@host:22/x", "geheim" },
	{ veiled, { "inventory", "show", "--json", "a" }, 0, "(hidden)", "geheim" },
	{ told, { "inventory", "show", "h" }, 0, "marshal_password_command  pass show x", "hidden" },
	{ misplaced, { "inventory", "check" }, 1, "errors    4", "geheim" },
	{ misplaced, { "inventory", "list", "--json" }, 0, "marshal_password_fd: expected the number", "geheim" },
	{ misplaced, { "inventory", "show", "h" }, 0, "marshal_password_of  (hidden)", "geheim" },
	{ misplaced, { "inventory", "show", "p" }, 0, "marshal_password_prompt  (hidden)", "geheim" },
	{ misplaced, { "inventory", "show", "c" }, 0, "marshal_password_command  (hidden)", "geheim" },
	{ misplaced, { "inventory", "show", "x", "--json" }, 0, "(hidden)", "geheim" },
	{ misplaced, { "inventory", "show", "e" }, 0, "marshal_password_file  (hidden)", "geheim" },
	{ told, { "inventory", "list", "--json" }, 0, "\"command:pass show x\"", "hidden" },
	{ good, { "inventory", "list", "--json" }, 0, "\"password\": null", "geheim" },
	{ open, { "inventory", "check" }, 1, "ssh 0, winrm 0, local 1, unsupported 0, unresolved 3)\n"
	  "skipped   1\ngroups    4\nwarnings  1\nerrors    2\n", "geheim" },
	{ open, { "inventory", "show", "a" }, 0, "unresolved         ansible_user is a template ({{ }})", "geheim" },
	{ open, { "inventory", "show", "a" }, 0, "{\"password\":\"(hidden)\",\"user\":\"sa\"}", "geheim" },
	{ open, { "inventory", "show", "a" }, 0, "[{\"api_token\":\"(hidden)\"}]", "geheim" },
	{ open, { "inventory", "show", "a" }, 0, "key           (vaulted)", "geheim" },
	{ open, { "inventory", "show", "a" }, 0, "note          {{ vault_pw }}", "geheim" },
	{ open, { "inventory", "show", "--json", "b" }, 0, "\"value\": \"{{ admin }}\"", "geheim" },
	{ open, { "inventory", "list", "--json" }, 0, "expected a number from 1 to 65535\"", "geheim" },
	{ good, { "inventory", "show", "2001:db8::1" }, 0, "a\\x1bb", "\x1b" },
	{ good, { "inventory", "show", "w" }, 2, "", "web" },
	{ good, { "inventory", "show" }, 2, "", "web" },
	{ "w: {hosts: [a]}\n", { "inventory", "check" }, 2, "", "hosts" },
	{ "w: {hosts: [a]}\n", { "inventory", "list" }, 2, "", "a" },
};

START_TEST(commands_print_and_end_as_promised)
{
	static const struct cmd *const commands[] = { &cmd_inventory_check, &cmd_inventory_list,
						      &cmd_inventory_show, NULL };
	const char *folder = unit_folder();
	AUTO_FREE char *path = xasprintf("%s/f.yml", folder);
	AUTO_FREE char *out = xasprintf("%s/out", folder);
	AUTO_FREE char *got = NULL;
	char *argv[8] = { "marshal", "-i", path };
	int argc = 3, status;
	size_t len;
	struct err err;

	put_file(folder, "f.yml", cases[_i].text);
	put_file(folder, "more.ini", "extra ansible_user=adm\n");
	ck_assert_int_eq(chdir(folder), 0);
	for (int i = 0; cases[_i].argv[i]; i++)
		argv[argc++] = (char *)cases[_i].argv[i];
	ck_assert_ptr_nonnull(freopen(out, "w", stdout));
	status = cmd_main(commands, argc, argv);
	fflush(stdout);
	got = file_read(out, 1 << 20, &len, &err);
	ck_assert_ptr_nonnull(got);
	ck_assert_msg(status == cases[_i].want_status, "row %d: status %d", _i, status);
	ck_assert_msg(strstr(got, cases[_i].want), "row %d: no '%s' in\n%s", _i, cases[_i].want,
		      got);
	ck_assert_msg(!cases[_i].want_not || !strstr(got, cases[_i].want_not),
		      "row %d: '%s' in\n%s", _i, cases[_i].want_not, got);
}
END_TEST

#define ADDRESS ": expected a name or an address (the port is ansible_port)"
#define NOT_DIALLED ": not dialled, fault unresolved-variable\n"
#define PLAIN "marshal: hint: write a plain value for this host\n"

/* What check says on stderr, all of it, without the folder's name. */
/* clang-format off */
static const struct { const char *text; int status; const char *want; } said[] = {
	{ "w: {vars: {ansible_user: u}, hosts: {h: {ansible_host: 'https://x'}}}\n", 1,
	  "marshal: error: host h (f.yml:1:42): ansible_host is 'https://x'" ADDRESS NOT_DIALLED PLAIN },
	{ "w: {vars: {ansible_user: u}, hosts: {h: {ansible_host: '10.0.0.1:2222'}}}\n", 1,
	  "marshal: error: host h (f.yml:1:42): ansible_host is '10.0.0.1:2222'" ADDRESS NOT_DIALLED PLAIN },
	{ "w: {vars: {ansible_user: u}, hosts: {a: {ansible_host: 'x/1'}, b: {ansible_host: 'x/2'}, "
	  "c: {ansible_host: 'x/3'}, d: {ansible_port: 0}}}\n", 1,
	  "marshal: error: 3 hosts (first a, f.yml:1:42): ansible_host is 'x/1'" ADDRESS
	  " (and other values of others)" NOT_DIALLED PLAIN
	  "marshal: error: host d (f.yml:1:120): ansible_port is '0': expected a number from 1 to 65535" NOT_DIALLED },
	{ "w: {vars: {ansible_user: u, ansible_port: 0}, hosts: {a: , b: }}\n", 1,
	  "marshal: error: 2 hosts (first a, f.yml:1:29 (group w)): ansible_port is '0': expected a number from 1 "
	  "to 65535" NOT_DIALLED PLAIN },
	{ "w: {vars: {ansible_user: u}, hosts: {a: {marshal_cloud: x, ansible_port: 1x}, b: {marshal_cloud: y, "
	  "ansible_port: 2x}}}\n", 1,
	  "marshal: error: 2 hosts (first a, f.yml:1:60): ansible_port is '1x': expected a number from 1 to 65535; "
	  "marshal_cloud is 'x': expected public, china, usgov or german (and other values of others)" NOT_DIALLED PLAIN },
	{ "w: {vars: {ansible_user: u}, hosts: {h: {ansible_host: 'u:geheim@x'}, i: {marshal_jump: 'u:geheim@x'}}}\n", 1,
	  "marshal: error: host h (f.yml:1:42): ansible_host" ADDRESS NOT_DIALLED PLAIN
	  "marshal: error: host i (f.yml:1:75): marshal_jump: expected a host of the inventory, or USER@HOST:PORT, several "
	  "with commas between them" NOT_DIALLED },
	{ "w: {vars: {ansible_user: u}, hosts: {a: {ansible_host: x/1}, b: {marshal_clowd: china}}}\n", 1,
	  "marshal: error: host a (f.yml:1:42): ansible_host is 'x/1'" ADDRESS NOT_DIALLED PLAIN
	  "marshal: error: host b (f.yml:1:66): unknown variable 'marshal_clowd': did you mean 'marshal_cloud'?" NOT_DIALLED
	  "marshal: hint: correct the variable's name, or take it out: as long as nobody knows what it was to say, its hosts "
	  "are left alone\n" },
	{ "w: {vars: {ansible_user: u}, hosts: {a: {ansible_host: 'x/1', marshal_skip: yes}}}\n", 0, "" },
	{ "w: {vars: {ansible_connection: psrp}, hosts: {a: , b: }}\n", 0,
	  "marshal: warning: 2 hosts (first a): ansible_connection 'psrp' is not supported: not dialled, fault "
	  "unsupported-transport\n" },
};
/* clang-format on */

START_TEST(check_says_each_cause_once)
{
	static const struct cmd *const commands[] = { &cmd_inventory_check, NULL };
	const char *folder = unit_folder();
	AUTO_FREE char *out = xasprintf("%s/out", folder);
	AUTO_FREE char *got = NULL;
	char *argv[] = { "marshal", "inventory", "check", "f.yml", NULL };
	int status;
	size_t len;
	struct err err;

	put_file(folder, "f.yml", said[_i].text);
	ck_assert_int_eq(chdir(folder), 0);
	ck_assert_ptr_nonnull(freopen(out, "w", stderr));
	status = cmd_main(commands, 4, argv);
	fflush(stderr);
	got = file_read(out, 1 << 20, &len, &err);
	ck_assert_pstr_eq(got, said[_i].want);
	ck_assert_int_eq(status, said[_i].status);
}
END_TEST

/* What is closed for one cause to many hosts, each with a file of its own, is one line, too. */
START_TEST(files_that_nobody_opened_are_one_line)
{
	static const struct cmd *const commands[] = { &cmd_inventory_check, NULL };
	const char *folder = unit_folder();
	AUTO_FREE char *out = xasprintf("%s/out", folder);
	AUTO_FREE char *got = NULL;
	char *argv[] = { "marshal", "inventory", "check", "f.ini", NULL };
	size_t len;
	struct err err;

	unsetenv("ANSIBLE_VAULT_PASSWORD_FILE");
	put_file(folder, "f.ini",
		 "a ansible_user=u\nb ansible_user=u ansible_port=0\nc ansible_user=u\n");
	for (const char *host = "abc"; *host; host++) {
		AUTO_FREE char *name = xasprintf("host_vars/%c.yml", *host);

		put_file(folder, name, "$ANSIBLE_VAULT;1.1;AES256\n6132\n");
	}
	ck_assert_int_eq(chdir(folder), 0);
	ck_assert_ptr_nonnull(freopen(out, "w", stderr));
	ck_assert_int_eq(cmd_main(commands, 4, argv), 1);
	fflush(stderr);
	got = file_read(out, 1 << 20, &len, &err);
	ck_assert_pstr_eq(
		got,
		"marshal: warning: host_vars/a.yml and 2 more of hosts are encrypted by "
		"ansible-vault as a whole and not read (ANSIBLE_VAULT_PASSWORD_FILE names no file "
		"with its password): those hosts may get address or way from there: 3 hosts (first "
		"a) not dialled, fault unresolved-variable, unless marshal_without_vaulted says "
		"otherwise\n"
		"marshal: error: host b (f.ini:2:18): ansible_port is '0': expected a number from "
		"1 to 65535" NOT_DIALLED
		"marshal: hint: the message names it: docs/inventory.md (Templates, vaulted and "
		"wrong values) has what each of them wants\n");
}
END_TEST

UNIT_SUITE(cmd_inventory)
{
	Suite *s = suite_create("cmd_inventory");
	TCase *tc = tcase_create("commands");

	tcase_add_loop_test(tc, commands_print_and_end_as_promised, 0, ARRAY_LEN(cases));
	tcase_add_loop_test(tc, check_says_each_cause_once, 0, ARRAY_LEN(said));
	tcase_add_test(tc, files_that_nobody_opened_are_one_line);
	suite_add_tcase(s, tc);
	return s;
}
