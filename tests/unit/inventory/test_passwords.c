/* test_passwords.c - which password a host has by its variables, and that none is shown. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "tests/unit/inventory/files.h"
#include "tests/unit/unit.h"

#define IN_GROUPS "[a:children]\nb\n[b]\nh ansible_user=adm"

/* clang-format off */
static const struct { const char *text, *password; } ways[] = {
	{ "h marshal_password_file=/run/secret\n", "file:/run/secret" },
	{ "h marshal_password_env=ADMIN\n", "env:ADMIN" },
	{ "h marshal_password_command=\"pass show 'x y'\"\n", "command:pass show 'x y'" },
	{ "h marshal_password_credential=admin\n", "credential:admin" },
	{ "h marshal_password_fd=5\n", "fd:5" },
	{ "h marshal_password_prompt=yes ansible_user=adm\n", "prompt:adm (host h)" },
	{ "h marshal_password_prompt=no\n", NULL },
	/* what is strongest counts, whatever its name */
	{ IN_GROUPS "\n[a:vars]\nmarshal_password_file=/a\n[b:vars]\nmarshal_password_env=B\n", "env:B" },
	{ IN_GROUPS "\n[b:vars]\nmarshal_password_file=/b\n[a:vars]\nmarshal_password_env=A\n", "file:/b" },
	{ IN_GROUPS " marshal_password_env=H\n[b:vars]\nmarshal_password_file=/b\n", "env:H" },
	{ IN_GROUPS " marshal_password_fd=3\n[b:vars]\nmarshal_password_credential=x\n", "fd:3" },
	{ IN_GROUPS "\n[b:vars]\nmarshal_password_prompt=yes\n[a:vars]\nmarshal_password_file=/a\n", "prompt:adm (group b)" },
	{ IN_GROUPS " x=1\n[b:vars]\nmarshal_password_file=/b\n", "file:/b" },
	/* and may be nothing */
	{ IN_GROUPS " marshal_password_env=\n[b:vars]\nmarshal_password_file=/b\n", NULL },
	{ IN_GROUPS " marshal_password_prompt=no\n[b:vars]\nmarshal_password_file=/b\n", NULL },
	{ "h marshal_password_prompt=no marshal_password_fd=3\n", "fd:3" },
	/* Ansible's own */
	{ "h ansible_password=geheim\n", "text:geheim" },
	{ "h ansible_ssh_pass=geheim\n", "text:geheim" },
	{ "h ansible_ssh_password=geheim ansible_ssh_pass=x ansible_password=y\n", "text:geheim" },
	{ "h ansible_password=y ansible_ssh_pass=\n", NULL },
	{ "h ansible_password='ge heim'\n", "text:ge heim" },
	{ "h ansible_password=geheim ansible_private_key_file=/k\n", NULL },
	{ "h ansible_password=geheim ansible_private_key_file=/k ansible_connection=winrm\n", "text:geheim" },
	{ "h ansible_password=geheim ansible_ssh_pass=x ansible_connection=winrm\n", "text:geheim" },
	{ "h ansible_password=geheim marshal_password_env=E ansible_private_key_file=/k\n", "env:E" },
};
/* clang-format on */

START_TEST(one_password_counts)
{
	struct inventory *inv = load_text("f.ini", ways[_i].text);

	ck_assert_pstr_eq(inventory_find(inv, "h")->password, ways[_i].password);
	inventory_free(inv);
}
END_TEST

START_TEST(a_file_is_found_beside_the_inventory)
{
	const char *folder = unit_folder();
	AUTO_FREE char *want = xasprintf("file:%s/secret", folder);
	struct inventory *inv;

	put_file(folder, "f.ini", "h\n");
	put_file(folder, "group_vars/all.yml", "marshal_password_file: secret\n");
	inv = must_load(folder, "f.ini");
	ck_assert_str_eq(inventory_find(inv, "h")->password, want);
	inventory_free(inv);
}
END_TEST

/* Written by `ansible-vault encrypt_string`, shortened. */
#define VAULTED "!vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  6132\n  3334\n"
#define ENCRYPTED "$ANSIBLE_VAULT;1.1;AES256\n6132\n3334\n"

/* clang-format off */
static const struct { const char *vars, *file, *password; } vaulted[] = {
	{ "marshal_vault_password_file: /v\nansible_password: " VAULTED, NULL, "vault:/v\n" ENCRYPTED },
	{ "ansible_ssh_pass: " VAULTED, "/ansibles", "vault:/ansibles\n" ENCRYPTED },
	{ "marshal_vault_password_file: /v\nansible_password: " VAULTED, "/ansibles", "vault:/v\n" ENCRYPTED },
	{ "ansible_private_key_file: /k\nansible_password: " VAULTED, NULL, NULL },
	{ "marshal_password_env: E\nansible_password: " VAULTED, NULL, "env:E" },
};
/* clang-format on */

START_TEST(a_vaulted_password_is_kept_as_it_is)
{
	const char *folder = unit_folder();
	struct inventory *inv;

	if (vaulted[_i].file)
		setenv("ANSIBLE_VAULT_PASSWORD_FILE", vaulted[_i].file, 1);
	else
		unsetenv("ANSIBLE_VAULT_PASSWORD_FILE");
	put_file(folder, "f.ini", "h\n");
	put_file(folder, "host_vars/h.yml", vaulted[_i].vars);
	inv = must_load(folder, "f.ini");
	ck_assert_pstr_eq(inventory_find(inv, "h")->password, vaulted[_i].password);
	ck_assert_int_eq(inventory_warning_count(inv), 0);
	inventory_free(inv);
}
END_TEST

/* clang-format off */
static const struct { const char *text, *want; } errors[] = {
	{ "h marshal_password_file=/a marshal_password_env=B\n",
	  "marshal_password_file beside another marshal_password_ variable: expected one" },
	{ "[w]\nh\n[w:vars]\nmarshal_password_fd=3\nmarshal_password_prompt=yes\n",
	  "marshal_password_prompt beside another marshal_password_ variable: expected one" },
	{ "h marshal_password_fd=three\n", "marshal_password_fd: expected the number of a descriptor" },
	{ "h marshal_password_prompt=maybe\n", "marshal_password_prompt: expected yes or no" },
	{ "h marshal_password_file=~bob/x\n",
	  "marshal_password_file: expected a path that starts with /, ~/ or a name" },
	{ "h marshal_password=x\n", "unknown variable 'marshal_password': did you mean 'marshal_password_fd'?" },
};
/* clang-format on */

START_TEST(what_cannot_be_is_the_fault_of_its_hosts)
{
	struct inventory *inv = load_text("f.ini", errors[_i].text);

	ck_assert_pstr_eq(inventory_find(inv, "h")->unresolved, errors[_i].want);
	ck_assert_int_eq(inventory_find(inv, "h")->connection, CONNECT_UNRESOLVED);
	inventory_free(inv);
}
END_TEST

static const struct { const char *text, *want; } programs[] = {
	{ "h marshal_password_command='pass show x'\n",
	  "marshal_password_command in a file that others can change" },
	{ "h marshal_vault_password_file=/run/vault\n",
	  "marshal_vault_password_file in a file that others can change" },
};

START_TEST(no_command_is_taken_from_a_file_of_everybodys)
{
	const char *folder = unit_folder(), *got;
	AUTO_FREE char *path = xasprintf("%s/f.ini", folder);

	put_file(folder, "f.ini", programs[_i].text);
	ck_assert_int_eq(chmod(path, 0666), 0);
	got = load_error(folder, "f.ini");
	ck_assert_msg(strstr(got, programs[_i].want), "%s", got);
}
END_TEST

START_TEST(a_password_in_clear_is_warned_of_once)
{
	struct inventory *inv = load_text(
		"f.ini", "[w]\nh[1:3]\nk ansible_private_key_file=/k\n"
			 "l ansible_connection=local\n[w:vars]\nansible_ssh_pass=geheim\n");

	ck_assert_int_eq(inventory_warning_count(inv), 2);
	ck_assert_str_eq(inventory_warning(inv, 0),
			 "3 hosts (first h1): ansible_password stands in clear in the inventory, "
			 "and is used: better name where it is kept (marshal_password_command, "
			 "_file, ...)");
	ck_assert_str_eq(inventory_warning(inv, 1),
			 "host k: ansible_password stands in clear in the inventory, and is not "
			 "used: a key file or a marshal_password_ variable counts more");
	inventory_free(inv);
}
END_TEST

/* clang-format off */
static const struct { const char *text, *user, *password; } hops[] = {
	{ "h ansible_user=u marshal_password_env=H marshal_jump=gate\ngate\n", "u", NULL },
	{ "h ansible_user=u marshal_password_env=H marshal_jump=gate\n", "u", NULL },
	{ "h ansible_user=u marshal_jump=gate\ngate ansible_user=g marshal_password_env=G\n", "g", "env:G" },
	{ "h ansible_user=u marshal_jump=g@gate\ngate ansible_user=g ansible_password=x\n", "g", "text:x" },
	/* not another user's */
	{ "h ansible_user=u marshal_jump=ops@gate\ngate ansible_user=g marshal_password_env=G\n", "ops", NULL },
	{ "h ansible_user=u marshal_jump=gate\ngate marshal_password_env=G\n", "u", NULL },
};
/* clang-format on */

START_TEST(a_bastion_has_its_own_password_alone)
{
	struct inventory *inv = load_text("f.ini", hops[_i].text);
	const struct inv_host *h = inventory_find(inv, "h");

	ck_assert_int_eq(h->hop_count, 1);
	ck_assert_str_eq(h->hop[0].user, hops[_i].user);
	ck_assert_pstr_eq(h->hop[0].password, hops[_i].password);
	inventory_free(inv);
}
END_TEST

UNIT_SUITE(inventory_passwords)
{
	Suite *s = suite_create("inventory_passwords");
	TCase *tc = tcase_create("inventory_passwords");

	tcase_add_loop_test(tc, one_password_counts, 0, ARRAY_LEN(ways));
	tcase_add_test(tc, a_file_is_found_beside_the_inventory);
	tcase_add_loop_test(tc, what_cannot_be_is_the_fault_of_its_hosts, 0, ARRAY_LEN(errors));
	tcase_add_loop_test(tc, no_command_is_taken_from_a_file_of_everybodys, 0,
			    ARRAY_LEN(programs));
	tcase_add_loop_test(tc, a_vaulted_password_is_kept_as_it_is, 0, ARRAY_LEN(vaulted));
	tcase_add_test(tc, a_password_in_clear_is_warned_of_once);
	tcase_add_loop_test(tc, a_bastion_has_its_own_password_alone, 0, ARRAY_LEN(hops));
	suite_add_tcase(s, tc);
	return s;
}
