/* test_ways.c - how a host is reached: names that mean one thing, bastions, WinRM, and ways that
 * we do not go. */
#include "base/buf.h"
#include "base/mem.h"
#include "tests/unit/inventory/files.h"
#include "tests/unit/unit.h"

/* Two names for one thing, as Ansible 2.14 and 2.19 dial them: see tests/scenario/ansible.sh. */
static const struct {
	const char *file, *text, *address;
	int port;
	const char *user, *key;
} ways[] = {
	/* clang-format off */
	{ "f.ini", "h ansible_ssh_host=b ansible_host=a\n", "b", 22, NULL, NULL },
	{ "f.ini", "h ansible_host=a\n[w]\nh\n[w:vars]\nansible_ssh_host=b\n", "b", 22, NULL, NULL },
	{ "f.ini", "h ansible_ssh_host= ansible_host=a\n", "h", 22, NULL, NULL },
	{ "f.ini", "h ansible_ssh_host=None ansible_host=a\n", "a", 22, NULL, NULL },
	{ "f.yml", "w: {hosts: {h: {ansible_host: a, ansible_ssh_host: , ansible_port: }}}\n", "a", 22, NULL, NULL },
	{ "f.ini", "h:1 ansible_ssh_port=2\n", "h", 2, NULL, NULL },
	{ "f.ini", "h ansible_ssh_port=2 ansible_port=1\n", "h", 2, NULL, NULL },
	{ "f.ini", "h ansible_ssh_user=b ansible_user=a\n", "h", 22, "b", NULL },
	{ "f.ini", "h ansible_ssh_user=b\n", "h", 22, "b", NULL },
	{ "f.ini", "h ansible_user=a ansible_ssh_user=\n", "h", 22, NULL, NULL },
	{ "f.ini", "h ansible_private_key_file=/a ansible_ssh_private_key_file=/b\n", "h", 22, NULL, "/b" },
	{ "f.ini", "h ansible_private_key_file=/a\n", "h", 22, NULL, "/a" },
	{ "f.ini", "h ansible_private_key_file=/a ansible_ssh_private_key_file=\n", "h", 22, NULL, NULL },
	/* clang-format on */
};

START_TEST(of_two_names_the_one_counts_that_ansible_takes)
{
	struct inventory *inv = load_text(ways[_i].file, ways[_i].text);
	const struct inv_host *h = inventory_find(inv, "h");

	ck_assert_str_eq(h->address, ways[_i].address);
	ck_assert_int_eq(h->port, ways[_i].port);
	ck_assert_pstr_eq(h->user, ways[_i].user);
	ck_assert_pstr_eq(h->key_file, ways[_i].key);
	inventory_free(inv);
}
END_TEST

/* NULL: dialled. */
static const struct { const char *vars, *unsupported; } detours[] = {
	/* clang-format off */
	{ "ansible_ssh_common_args='-oproxyjump gate'", "ansible_ssh_common_args with ProxyJump" },
	{ "ansible_ssh_common_args='-o ProxyJump=gate:x'", "ansible_ssh_common_args with ProxyJump" },
	{ "ansible_ssh_common_args='-J gate' ansible_ssh_args='-J other'", "ansible_ssh_common_args with a second way" },
	{ "ansible_ssh_args='-J gate -o ProxyJump=other'", "ansible_ssh_args with ProxyJump" },
	{ "ansible_ssh_args='-o ProxyCommand=\"nc -X connect -x proxy:80 %h %p\"'", "ansible_ssh_args with ProxyCommand" },
	{ "ansible_ssh_args='-o ProxyCommand=\"ssh -W other:22 gate\"'", "ansible_ssh_args with ProxyCommand" },
	{ "ansible_ssh_args='-o ProxyCommand=\"ssh gate nc %h %p\"'", "ansible_ssh_args with ProxyCommand" },
	{ "ansible_ssh_args='-o ProxyCommand=\"ssh -W %h:%p -F x gate\"'", "ansible_ssh_args with ProxyCommand" },
	{ "ansible_ssh_args='-o ProxyCommand=\"ssh -W %h:%p gate | tee x\"'", "ansible_ssh_args with ProxyCommand" },
	{ "ansible_ssh_args='-o ProxyCommand=\"ssh -W %h:%p\"'", "ansible_ssh_args with ProxyCommand" },
	{ "ansible_ssh_args='-o ProxyCommand=\"sh -W %h:%p gate\"'", "ansible_ssh_args with ProxyCommand" },
	{ "ansible_ssh_args='-o \" HostName = other\"'", "ansible_ssh_args with HostName" },
	{ "ansible_ssh_args='-l me -o Port=2'", "ansible_ssh_args with Port" },
	{ "ansible_ssh_args='-p 2'", "ansible_ssh_args with -p" },
	{ "ansible_ssh_args='-J %u@gate'", "ansible_ssh_args with -J" },
	{ "ansible_ssh_args='-F other'", "ansible_ssh_args with -F" },
	{ "ansible_ssh_args=gate", "ansible_ssh_args with a word that is no option" },
	{ "ansible_ssh_args='-C -- gate'", "ansible_ssh_args with a word that is no option" },
	{ "ansible_ssh_args='-C -o'", "ansible_ssh_args with an option without its value" },
	{ "ansible_ssh_args=\"-C '-o\"", "ansible_ssh_args with a quote that is not closed" },
	{ "ansible_ssh_executable=/opt/gate", "ansible_ssh_executable with a program that is not ssh" },
	{ "ansible_connection=paramiko ansible_paramiko_host=x", "ansible_paramiko_host with paramiko" },
	{ "ansible_connection=paramiko ansible_paramiko_port=2", "ansible_paramiko_port with paramiko" },
	{ "ansible_connection=paramiko_ssh ansible_paramiko_private_key_file=k", "ansible_paramiko_private_key_file with paramiko" },
	{ "ansible_connection=paramiko ansible_paramiko_proxy_command='ssh -W %h:%p x'",
	  "ansible_paramiko_proxy_command with paramiko" },
	{ "ansible_connection=psrp ansible_ssh_args='-J gate'", "ansible_connection 'psrp'" },
	{ "ansible_ssh_args='-C -o ControlMaster=auto -o ControlPersist=60s -o ControlPath=x'", NULL },
	{ "ansible_ssh_args='-vo StrictHostKeyChecking=no -i port -l jumper -E -J'", NULL },
	{ "ansible_ssh_args=", NULL },
	{ "ansible_ssh_executable=/usr/bin/ssh", NULL },
	{ "ansible_paramiko_host=x", NULL },
	{ "ansible_paramiko_proxy_command=x", NULL },
	{ "ansible_connection=local ansible_ssh_args='-J gate'", NULL },
	/* clang-format on */
};

START_TEST(a_host_with_a_detour_is_not_dialled)
{
	AUTO_FREE char *text = xasprintf("h %s\n", detours[_i].vars);
	struct inventory *inv = load_text("f.ini", text);
	const struct inv_host *h = inventory_find(inv, "h");

	ck_assert_pstr_eq(h->unsupported, detours[_i].unsupported);
	ck_assert_int_eq(h->connection == CONNECT_UNSUPPORTED, detours[_i].unsupported != NULL);
	inventory_free(inv);
}
END_TEST

/* What the host is reached through, each as "name=address:port user"; the file stands before the
 * line of the host. */
static const struct { const char *before, *vars, *way; } chains[] = {
	/* clang-format off */
	{ "", "marshal_jump=gate", "gate=gate:22 me" },
	{ "", "marshal_jump=ops@gate:2222,10.0.0.9", "gate=gate:2222 ops,10.0.0.9=10.0.0.9:22 me" },
	{ "", "marshal_jump=ssh://ops@[2001:db8::1]:23", "2001:db8::1=2001:db8::1:23 ops" },
	{ "", "marshal_jump=2001:db8::1", "2001:db8::1=2001:db8::1:22 me" },
	{ "", "ansible_ssh_common_args='-J gate'", "gate=gate:22 me" },
	{ "", "ansible_ssh_extra_args='-4CJgate'", "gate=gate:22 me" },
	{ "gate ansible_user=ops\n", "ansible_ssh_common_args='-J %r@gate'", "gate=gate:22 me" },
	{ "", "ansible_ssh_args='-o ProxyCommand=\"ssh -W %h:%p -q -l %r gate\"'", "gate=gate:22 me" },
	{ "", "ansible_connection=winrm marshal_jump=%r@gate marshal_ssh_user=ops", "gate=gate:22 ops" },
	{ "", "ansible_ssh_args='-J gate' ansible_ssh_common_args='-oProxyJump=gate'", "gate=gate:22 me" },
	{ "", "ansible_ssh_common_args='-o \"proxyjump ops@gate\"'", "gate=gate:22 ops" },
	{ "", "ansible_ssh_common_args='-o ProxyJump=none -o ProxyCommand=none'", "" },
	{ "", "ansible_ssh_args='-C -o ProxyCommand=\"ssh -q -W %h:%p -p 2222 -o StrictHostKeyChecking=no ops@gate\"'",
	  "gate=gate:2222 ops" },
	{ "", "ansible_ssh_args='-o ProxyCommand=\"/usr/bin/ssh -l ops gate -W [%h]:%p\"'", "gate=gate:22 ops" },
	{ "", "ansible_ssh_common_args='-J gate' marshal_jump=other", "other=other:22 me" },
	{ "", "ansible_ssh_common_args='-J gate' marshal_jump=", "" },
	{ "", "ansible_ssh_common_args='-J gate' marshal_jump=none", "" },
	{ "gate ansible_host=10.0.0.1 ansible_port=2222 ansible_user=ops\n", "marshal_jump=GATE", "gate=10.0.0.1:2222 ops" },
	{ "gate ansible_host=10.0.0.1 ansible_port=2222\n", "marshal_jump=her@gate:23", "gate=10.0.0.1:23 her" },
	{ "outer ansible_user=a\ngate marshal_jump=outer ansible_user=b\n", "marshal_jump=gate", "outer=outer:22 a,gate=gate:22 b" },
	{ "outer\ngate marshal_jump=outer\n", "marshal_jump=x,gate", "x=x:22 me,gate=gate:22 me" },
	{ "gate ansible_user=ops\n", "ansible_connection=winrm marshal_jump=gate", "gate=gate:22 ops" },
	{ "", "ansible_connection=winrm marshal_jump=gate marshal_ssh_user=ops", "gate=gate:22 ops" },
	{ "", "ansible_connection=winrm marshal_ssh_user=ops marshal_ssh_port=23", "h=h:23 ops" },
	{ "", "marshal_transport=winrm-direct marshal_ssh_user=ops marshal_jump=gate", "" },
	{ "", "ansible_connection=local marshal_jump=gate", "" },
	/* clang-format on */
};

START_TEST(a_host_stands_behind_bastions)
{
	AUTO_FREE char *text =
		xasprintf("%sh ansible_user=me %s\n", chains[_i].before, chains[_i].vars);
	struct inventory *inv = load_text("f.ini", text);
	const struct inv_host *h = inventory_find(inv, "h");
	struct buf way;

	buf_init(&way, 1000);
	buf_adds(&way, "");
	for (int i = 0; i < h->hop_count; i++)
		buf_addf(&way, "%s%s=%s:%d %s", i ? "," : "", h->hop[i].name, h->hop[i].address,
			 h->hop[i].port, h->hop[i].user);
	ck_assert_str_eq(buf_text(&way), chains[_i].way);
	/* of a way through itself there is no other */
	ck_assert_int_eq(h->through != NULL, h->hop_count > 0 && !h->itself);
	ck_assert_ptr_null(h->unsupported);
	buf_release(&way);
	inventory_free(inv);
}
END_TEST

START_TEST(a_way_has_a_name_of_its_own)
{
	struct inventory *inv = load_text(
		"f.ini", "gate ansible_host=10.0.0.1 ansible_port=2222\nh marshal_jump=out,gate\n");

	ck_assert_str_eq(inventory_find(inv, "h")->through, "out,[10.0.0.1]:2222");
	inventory_free(inv);
}
END_TEST

static const struct { const char *text, *unsupported; } no_chains[] = {
	/* clang-format off */
	{ "h marshal_jump=h\n", "the way 'h', which leads over the host itself," },
	{ "h marshal_jump=a\na marshal_jump=b\nb marshal_jump=a\n", "the way 'a', which leads in a circle," },
	{ "h marshal_jump=a\na ansible_connection=local\n", "the way 'a', which leads over a host that is not reached by SSH," },
	{ "h marshal_jump=a\na ansible_ssh_args='-F x'\n", "the way 'a', which leads over a host that is not reached by SSH," },
	/* clang-format on */
};

START_TEST(a_way_that_leads_nowhere_is_not_gone)
{
	struct inventory *inv = load_text("f.ini", no_chains[_i].text);
	const struct inv_host *h = inventory_find(inv, "h");

	ck_assert_pstr_eq(h->unsupported, no_chains[_i].unsupported);
	ck_assert_int_eq(h->connection, CONNECT_UNSUPPORTED);
	ck_assert_int_eq(h->hop_count, 0);
	inventory_free(inv);
}
END_TEST

/* clang-format off */
#define PLAIN_HTTP(where, instead) "plain HTTP of WinRM (" where "; give the server an HTTPS listener by " \
	"'winrm quickconfig -transport:https', and " instead ")"
/* clang-format on */

/* Of "h ansible_connection=winrm marshal_ssh_user=ops ansible_user=me" and these. */
static const struct {
	const char *vars, *unsupported;
	int port;
	const char *user, *key, *ca, *cert;
} winrm[] = {
	/* clang-format off */
	{ "", NULL, 5986, "me", NULL, NULL, NULL },
	{ "ansible_port=15986 ansible_ssh_port=22 ansible_ssh_user=her ansible_ssh_private_key_file=/k", NULL, 15986, "me", "/k", NULL, NULL },
	{ "ansible_winrm_port=25986 ansible_port=1 ansible_winrm_user=her", NULL, 25986, "her", NULL, NULL, NULL },
	{ "ansible_winrm_scheme=https ansible_winrm_transport=credssp,basic ansible_winrm_ca_trust_path=/ca", NULL, 5986, "me", NULL, "/ca", NULL },
	{ "marshal_winrm_ca=/our ansible_winrm_ca_trust_path=/theirs", NULL, 5986, "me", NULL, "/our", NULL },
	{ "marshal_winrm_cert=SHA256:00:11223344556677889900aabbccddeeff00112233445566778899AABBCCDDEE", NULL, 5986, "me", NULL, NULL,
	  "0011223344556677889900aabbccddeeff00112233445566778899aabbccddee" },
	{ "ansible_winrm_scheme=http", PLAIN_HTTP("ansible_winrm_scheme", "set https"), 5986, "me", NULL, NULL, NULL },
	{ "ansible_port=5985", PLAIN_HTTP("port 5985", "set 5986"), 5985, "me", NULL, NULL, NULL },
	{ "ansible_winrm_transport=certificate", "ansible_winrm_transport 'certificate'", 5986, "me", NULL, NULL, NULL },
	{ "ansible_winrm_transport=kerberos ansible_user=C\\\\me", "Kerberos for 'C\\me', who has to be named as USER@REALM", 5986, "C\\me",
	  NULL, NULL, NULL },
	{ "marshal_ssh_user=", "WinRM with neither marshal_jump nor marshal_ssh_user", 5986, "me", NULL, NULL, NULL },
	{ "marshal_transport=winrm-direct marshal_ssh_user=", NULL, 5986, "me", NULL, NULL, NULL },
	/* clang-format on */
};

START_TEST(a_host_is_reached_by_winrm)
{
	AUTO_FREE char *text = xasprintf("[g]\nh %s\n[g:vars]\nansible_connection=winrm\n"
					 "marshal_ssh_user=ops\nansible_user=me\n",
					 winrm[_i].vars);
	struct inventory *inv = load_text("f.ini", text);
	const struct inv_host *h = inventory_find(inv, "h");

	ck_assert_pstr_eq(h->unsupported, winrm[_i].unsupported);
	ck_assert_int_eq(h->connection,
			 winrm[_i].unsupported ? CONNECT_UNSUPPORTED : CONNECT_WINRM);
	ck_assert_int_eq(h->port, winrm[_i].port);
	ck_assert_pstr_eq(h->user, winrm[_i].user);
	ck_assert_pstr_eq(h->key_file, winrm[_i].key);
	ck_assert_pstr_eq(h->winrm_ca, winrm[_i].ca);
	ck_assert_pstr_eq(h->winrm_cert, winrm[_i].cert);
	inventory_free(inv);
}
END_TEST

static const struct {
	const char *vars;
	enum inv_sign_in sign_in;
} sign_ins[] = {
	/* clang-format off */
	{ "ansible_user=me", SIGN_IN_BASIC },
	{ "ansible_user=C\\me", SIGN_IN_BASIC },
	{ "ansible_user=me@C.EXAMPLE", SIGN_IN_KERBEROS },
	{ "ansible_user=me@C.EXAMPLE ansible_winrm_transport=basic", SIGN_IN_BASIC },
	{ "ansible_winrm_user=me@C.EXAMPLE ansible_user=me", SIGN_IN_KERBEROS },
	{ "ansible_winrm_transport=kerberos", SIGN_IN_KERBEROS },
	{ "ansible_winrm_transport=ntlm,kerberos", SIGN_IN_NTLM },
	{ "ansible_winrm_transport='[\"credssp\", \"kerberos\"]'", SIGN_IN_KERBEROS },
	{ "ansible_winrm_transport=ssl", SIGN_IN_BASIC },
	/* clang-format on */
};

START_TEST(a_winrm_host_is_signed_in_to_as_ansible_would)
{
	AUTO_FREE char *text = xasprintf("h ansible_connection=winrm marshal_ssh_user=ops %s\n",
					 sign_ins[_i].vars);
	struct inventory *inv = load_text("f.ini", text);

	ck_assert_pstr_eq(inventory_find(inv, "h")->unsupported, NULL);
	ck_assert_int_eq(inventory_find(inv, "h")->sign_in, sign_ins[_i].sign_in);
	inventory_free(inv);
}
END_TEST

START_TEST(how_winrm_is_signed_in_to_may_be_a_list)
{
	struct inventory *inv = load_text(
		"f.yml", "g: {hosts: {h: {ansible_winrm_transport: [credssp, ntlm]}, i: "
			 "{ansible_winrm_transport: [credssp]}}, vars: {ansible_connection: winrm, "
			 "marshal_ssh_user: ops, ansible_user: me}}\n");

	ck_assert_pstr_eq(inventory_find(inv, "h")->unsupported, NULL);
	ck_assert_int_eq(inventory_find(inv, "h")->sign_in, SIGN_IN_NTLM);
	ck_assert_str_eq(inventory_find(inv, "i")->unsupported,
			 "ansible_winrm_transport '[\"credssp\"]'");
	inventory_free(inv);
	inv = load_text("f.yml", "g: {hosts: {h: {ansible_winrm_transport: {ntlm: 1}}}, vars: "
				 "{ansible_connection: winrm, marshal_ssh_user: ops}}\n");
	ck_assert_int_eq(inventory_find(inv, "h")->connection, CONNECT_UNRESOLVED);
	inventory_free(inv);
}
END_TEST

/* Its password is WinRM's alone: an sshd never hears it, nor from those behind it. */
START_TEST(a_bastion_of_two_ways_keeps_its_password)
{
	struct inventory *inv = load_text(
		"f.ini", "gate marshal_transport=auto marshal_jump=outer ansible_user=me "
			 "ansible_password=p\n"
			 "door ansible_user=me ansible_password=q\n"
			 "h marshal_jump=gate ansible_user=me\n"
			 "i marshal_jump=door ansible_user=me\n"
			 "j marshal_transport=winrm-direct marshal_jump=gate ansible_user=me\n");
	const struct inv_host *h = inventory_find(inv, "h");

	ck_assert_int_eq(h->hop_count, 2);
	ck_assert_str_eq(h->hop[1].name, "gate");
	ck_assert_ptr_null(h->hop[1].password);
	ck_assert_str_eq(inventory_find(inv, "i")->hop[0].password, "text:q");
	ck_assert_str_eq(inventory_warning(inv, inventory_warning_count(inv) - 1),
			 "host j: marshal_jump does not count with winrm-direct: it goes straight");
	inventory_free(inv);
}
END_TEST

START_TEST(a_host_may_have_two_ways)
{
	struct inventory *inv = load_text(
		"f.ini",
		"h marshal_transport=auto marshal_jump=b ansible_port=22022 ansible_user=me "
		"ansible_winrm_user=her ansible_winrm_port=15986 ansible_password=p "
		"ansible_ssh_private_key_file=/k ansible_winrm_server_cert_validation=ignore\n"
		"i marshal_transport=auto marshal_jump=b ansible_user=me@C.EXAMPLE\n"
		"j marshal_transport=auto marshal_jump=b ansible_winrm_scheme=http\n"
		"b ansible_user=ops\n");
	const struct inv_host *h = inventory_find(inv, "h");

	ck_assert(h->winrm_too && h->connection == CONNECT_SSH);
	ck_assert_int_eq(h->port, 22022);
	ck_assert_str_eq(h->user, "me");
	ck_assert_int_eq(h->winrm_port, 15986);
	ck_assert_str_eq(h->winrm_user, "her");
	ck_assert_str_eq(h->password, "text:p");
	h = inventory_find(inv, "i");
	ck_assert_int_eq(h->port, 22);
	ck_assert_int_eq(h->winrm_port, 5986);
	ck_assert_str_eq(h->winrm_user, "me@C.EXAMPLE");
	ck_assert_int_eq(h->sign_in, SIGN_IN_KERBEROS);
	ck_assert_int_eq(inventory_warning_count(inv), 2);
	ck_assert_ptr_nonnull(strstr(inventory_warning(inv, 1),
				     "host h: ansible_winrm_server_cert_validation is not heeded"));
	ck_assert_str_eq(inventory_find(inv, "j")->unsupported,
			 PLAIN_HTTP("ansible_winrm_scheme", "set https"));
	inventory_free(inv);
}
END_TEST

START_TEST(ansibles_other_names_of_winrm_are_read_or_said_to_be_not)
{
	struct inventory *inv = load_text(
		"f.ini",
		"h ansible_connection=winrm marshal_ssh_user=ops ansible_password=a "
		"ansible_winrm_password=b ansible_winrm_operation_timeout_sec=7 "
		"ansible_winrm_kerberos_hostname_override=k ansible_winrm_read_timeout_sec=9 "
		"ansible_winrm_server_cert_validation=ignore\n"
		"i ansible_connection=winrm marshal_ssh_user=ops "
		"ansible_winrm_server_cert_validation=validate\n"
		"j ansible_winrm_read_timeout_sec=9 ansible_winrm_password=b\n");
	const struct inv_host *h = inventory_find(inv, "h");

	ck_assert_str_eq(h->password, "text:b");
	ck_assert_pstr_eq(inventory_find(inv, "j")->password, NULL);
	ck_assert_int_eq(h->answer_s, 7);
	ck_assert_str_eq(h->service_host, "k");
	ck_assert_int_eq(inventory_warning_count(inv), 3);
	ck_assert_str_eq(inventory_warning(inv, 1),
			 "host h: ansible_winrm_read_timeout_sec is not heeded: "
			 "limits are options (--limit)");
	ck_assert_str_eq(
		inventory_warning(inv, 2),
		"host h: ansible_winrm_server_cert_validation is not heeded: certificates are "
		"verified: name the authority (marshal_winrm_ca), or pin the certificate "
		"(marshal_winrm_cert)");
	inventory_free(inv);
}
END_TEST

/* A minute is what we wait for an answer; the inventory is as good with more. */
START_TEST(more_patience_than_ours_is_said)
{
	struct inventory *inv = load_text(
		"f.ini", "[all:vars]\nansible_connection=winrm\nmarshal_ssh_user=ops\n[w]\n"
			 "h ansible_winrm_operation_timeout_sec=120\n"
			 "i ansible_winrm_operation_timeout_sec=60\n");

	ck_assert_int_eq(inventory_find(inv, "h")->answer_s, 60);
	ck_assert_int_eq(inventory_warning_count(inv), 1);
	ck_assert_str_eq(
		inventory_warning(inv, 0),
		"host h: ansible_winrm_operation_timeout_sec is not heeded: no host is asked to "
		"keep a request open for longer than 60 s");
	inventory_free(inv);
}
END_TEST

START_TEST(two_gateways_may_lead_to_one_address)
{
	struct inventory *inv =
		load_text("f.ini", "a ansible_host=10.0.0.1 ansible_ssh_common_args='-J x'\n"
				   "b ansible_host=10.0.0.1 ansible_ssh_common_args='-J y'\n");

	ck_assert_int_eq(inventory_count(inv), 2);
	inventory_free(inv);
}
END_TEST

UNIT_SUITE(ways)
{
	Suite *s = suite_create("ways");
	TCase *tc = tcase_create("ways");

	tcase_add_loop_test(tc, of_two_names_the_one_counts_that_ansible_takes, 0, ARRAY_LEN(ways));
	tcase_add_loop_test(tc, a_host_with_a_detour_is_not_dialled, 0, ARRAY_LEN(detours));
	tcase_add_loop_test(tc, a_host_stands_behind_bastions, 0, ARRAY_LEN(chains));
	tcase_add_loop_test(tc, a_host_is_reached_by_winrm, 0, ARRAY_LEN(winrm));
	tcase_add_loop_test(tc, a_winrm_host_is_signed_in_to_as_ansible_would, 0,
			    ARRAY_LEN(sign_ins));
	tcase_add_test(tc, how_winrm_is_signed_in_to_may_be_a_list);
	tcase_add_test(tc, a_bastion_of_two_ways_keeps_its_password);
	tcase_add_test(tc, a_host_may_have_two_ways);
	tcase_add_test(tc, ansibles_other_names_of_winrm_are_read_or_said_to_be_not);
	tcase_add_test(tc, more_patience_than_ours_is_said);
	tcase_add_test(tc, a_way_has_a_name_of_its_own);
	tcase_add_loop_test(tc, a_way_that_leads_nowhere_is_not_gone, 0, ARRAY_LEN(no_chains));
	tcase_add_test(tc, two_gateways_may_lead_to_one_address);
	suite_add_tcase(s, tc);
	return s;
}
