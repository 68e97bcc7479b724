/* connection.c - what else an inventory shared with Ansible says of the way to a host. Arguments
 * for ssh that lead over bastions are a way that we go too (jump.c). Others that lead elsewhere
 * than straight to the host's address - by a program, to another name or port - make a host one
 * that we have no way to: dialled directly, that address may be another machine. All other
 * connection variables that we know and do not heed are warned of. Facts: ssh(1), ssh_config(5);
 * names: `ansible-doc -t connection ssh`, and
 * paramiko_ssh. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "inventory/build.h"

/* --- arguments of ssh ---------------------------------------------------------------------- */
enum { WORD_MAX = 64 * 1024 };

/* Letters of ssh that take a value (ssh.c of OpenSSH 9.9, and older ones). */
#define WITH_VALUE "BbcDEeFIiJLlmOoPpQRSWw"

/* Of those the ones that lead elsewhere; a configuration (-F) can hold all of them. */
static const struct { char letter; const char *what; } letters[] = {
	{ 'F', "-F" }, { 'p', "-p" }, { 'S', "-S" }, { 'W', "-W" }, { 'w', "-w" },
};

/* -o; in any letter case. */
static const char *const options[] = {
	"CanonicalDomains", "CanonicalizeHostname", "Host",      "HostName", "Include",
	"Match",            "Port",                 "ProxyCommand", "ProxyJump", "ProxyUseFdpass",
	"Tunnel",
};

/* What arguments say of the way. */
struct said {
	struct arena *arena;
	const char *what;               /* leads elsewhere */
	const char *jump;               /* over bastions */
};

/* One of two ways over bastions is not chosen here. */
static void set_jump(struct said *said, const char *jump, const char *what)
{
	if (text_casecmp(jump, "none") == 0)
		return;
	if (!jump_is_chain(jump) || (said->jump && strcmp(said->jump, jump) != 0))
		said->what = what;
	else
		said->jump = arena_strdup(said->arena, jump);
}

/* "ProxyJump=x", "proxyjump x" */
static void take_option(struct said *said, const char *text)
{
	const char *option = NULL, *jump, *value;
	size_t len;

	text += strspn(text, " \t");
	len = strcspn(text, "= \t");
	for (size_t i = 0; i < ARRAY_LEN(options) && !option; i++) {
		AUTO_FREE char *name = xstrndup(text, len);

		if (text_casecmp(name, options[i]) == 0)
			option = options[i];
	}
	if (!option)
		return;
	value = text + len + strspn(text + len, " \t");
	value += *value == '=';
	value += strspn(value, " \t");
	if (strcmp(option, "ProxyJump") == 0) {
		set_jump(said, value, option);
	} else if (strcmp(option, "ProxyCommand") == 0 && text_casecmp(value, "none") != 0) {
		jump = jump_of_command(said->arena, value);
		set_jump(said, jump ? jump : "", option);
	} else if (strcmp(option, "ProxyCommand") != 0) {
		said->what = option;
	}
}

/* One word with letters, whose value may be the next one. */
static void take_letters(struct said *said, const char *word, const char **pos, struct buf *next)
{
	for (const char *c = word + 1; *c && !said->what; c++) {
		const char *value = c + 1;

		for (size_t i = 0; i < ARRAY_LEN(letters); i++)
			if (*c == letters[i].letter)
				said->what = letters[i].what;
		if (!strchr(WITH_VALUE, *c) || said->what)
			continue;
		if (*value == '\0') {
			if (text_next_word(pos, next) <= 0)
				said->what = "an option without its value";
			value = buf_text(next);
		}
		if (*c == 'J' && !said->what)
			set_jump(said, value, "-J");
		else if (*c == 'o' && !said->what)
			take_option(said, value);
		return;
	}
}

const char *detour_of_args(struct arena *a, const char *value, const char **out_jump)
{
	struct said said = { .arena = a };
	struct buf word, next;
	int r = 0;

	buf_init(&word, WORD_MAX);
	buf_init(&next, WORD_MAX);
	if (strlen(value) >= WORD_MAX)
		said.what = "too long a text";
	while (!said.what && (r = text_next_word(&value, &word)) > 0) {
		const char *text = buf_text(&word);

		/* a word alone would stand where ssh expects the host */
		if (text[0] != '-' || text[1] == '\0' || text[1] == '-')
			said.what = "a word that is no option";
		else
			take_letters(&said, text, &value, &next);
	}
	if (r < 0)
		said.what = "a quote that is not closed";
	buf_release(&word);
	buf_release(&next);
	*out_jump = said.what ? NULL : said.jump;
	return said.what;
}

const char *detour_of_program(const char *path)
{
	const char *slash = strrchr(path, '/');

	return strcmp(slash ? slash + 1 : path, "ssh") == 0 ? NULL : "a program that is not ssh";
}

/* --- what is not heeded -------------------------------------------------------------------- */
/* clang-format off */
static const struct { const char *name, *instead; } unheeded[] = {
	{ "ansible_become",                   "the account that signs in is used" },
	{ "ansible_control_path",             NULL },
	{ "ansible_control_path_dir",         NULL },
	{ "ansible_host_key_checking",        "unknown host keys are refused (--host-key)" },
	{ "ansible_paramiko_host",            NULL },
	{ "ansible_paramiko_host_key_checking", "unknown host keys are refused (--host-key)" },
	{ "ansible_paramiko_pass",            "ansible_password is" },
	{ "ansible_paramiko_password",        "ansible_password is" },
	{ "ansible_paramiko_port",            NULL },
	{ "ansible_paramiko_private_key_file", NULL },
	{ "ansible_paramiko_proxy_command",   NULL },
	{ "ansible_paramiko_timeout",         "limits are options (--limit)" },
	{ "ansible_paramiko_use_rsa_sha2_algorithms", NULL },
	{ "ansible_paramiko_user",            NULL },
	{ "ansible_pipelining",               NULL },
	{ "ansible_private_key",              "name its file, or give it to the key agent" },
	{ "ansible_private_key_passphrase",   "it is asked for, or the key agent has the key" },
	{ "ansible_scp_executable",           NULL },
	{ "ansible_scp_extra_args",           NULL },
	{ "ansible_scp_if_ssh",               NULL },
	{ "ansible_sftp_batch_mode",          NULL },
	{ "ansible_sftp_executable",          NULL },
	{ "ansible_sftp_extra_args",          NULL },
	{ "ansible_ssh_args",                 NULL },
	{ "ansible_ssh_common_args",          NULL },
	{ "ansible_ssh_executable",           NULL },
	{ "ansible_ssh_extra_args",           NULL },
	{ "ansible_ssh_host_key_checking",    "unknown host keys are refused (--host-key)" },
	{ "ansible_ssh_passphrase",           "it is asked for, or the key agent has the key" },
	{ "ansible_ssh_password_mechanism",   NULL },
	{ "ansible_ssh_pipelining",           NULL },
	{ "ansible_ssh_pkcs11_provider",      "name a key's file, or give it to the key agent" },
	{ "ansible_ssh_private_key",          "name its file, or give it to the key agent" },
	{ "ansible_ssh_private_key_passphrase", "it is asked for, or the key agent has the key" },
	{ "ansible_ssh_retries",              NULL },
	{ "ansible_ssh_timeout",              "limits are options (--limit)" },
	{ "ansible_ssh_transfer_method",      NULL },
	{ "ansible_ssh_use_tty",              NULL },
	{ "ansible_ssh_verbosity",            NULL },
	{ "ansible_sshpass_prompt",           NULL },
	{ "ansible_timeout",                  "limits are options (--limit)" },
	{ "ansible_winrm_cert_key_pem",       "a certificate of ours is not shown" },
	{ "ansible_winrm_cert_pem",           "a certificate of ours is not shown" },
	{ "ansible_winrm_connection_timeout", "limits are options (--limit)" },
	{ "ansible_winrm_kerberos_delegation", "nobody is given our tickets" },
	{ "ansible_winrm_kinit_args",         NULL },
	{ "ansible_winrm_kinit_cmd",          "tickets come from the password, or are there" },
	{ "ansible_winrm_kinit_mode",         "tickets come from the password, or are there" },
	{ "ansible_winrm_message_encryption", "it is HTTPS" },
	{ "ansible_winrm_operation_timeout_sec", "no host is asked to keep a request open for longer than 60 s" },
	{ "ansible_winrm_path",               "it is /wsman" },
	{ "ansible_winrm_proxy",              "bastions are (marshal_jump)" },
	{ "ansible_winrm_read_timeout_sec",   "limits are options (--limit)" },
	{ "ansible_winrm_realm",              "the user is written USER@REALM" },
	{ "ansible_winrm_send_cbt",           "tokens are always of the TLS channel" },
	{ "ansible_winrm_server_cert_validation",
	  "certificates are verified: name the authority (marshal_winrm_ca), or pin the "
	  "certificate (marshal_winrm_cert)" },
	{ "ansible_winrm_service",            "it is HTTP" },
};
/* clang-format on */

enum { UNHEEDED = sizeof(unheeded) / sizeof(unheeded[0]) };

static int unheeded_index(const char *name)
{
	if (strncmp(name, "ansible_", 8) != 0)
		return -1;
	for (int i = 0; i < UNHEEDED; i++)
		if (strcmp(name, unheeded[i].name) == 0)
			return i;
	return -1;
}

/* What counts nowhere on this way, or says what is done without it. */
static bool says_nothing(const struct inv_host *h, const struct variable *v)
{
	bool winrm = strncmp(v->name, "ansible_winrm_", 14) == 0;

	if (v->value[0] == '\0' || !(winrm ? inv_speaks_winrm(h) : h->connection == CONNECT_SSH))
		return true;
	if (strcmp(v->name, "ansible_winrm_operation_timeout_sec") == 0)
		return h->answer_s != WINRM_ANSWER_S_MAX ||
		       strtol(v->value, NULL, 10) == WINRM_ANSWER_S_MAX;
	return strcmp(v->name, "ansible_winrm_server_cert_validation") == 0 &&
	       strcmp(v->value, "validate") == 0;
}

/* One line for all hosts, "3 hosts (first h1): ..."; none where there are none. */
static void warn_of(struct inventory *inv, int count, const char *first, const char *what)
{
	if (count == 1)
		build_warn(inv, "host %s: %s", first, what);
	else if (count > 1)
		build_warn(inv, "%d hosts (first %s): %s", count, first, what);
}

void warn_passwords(struct inventory *inv)
{
	int used = 0, unused = 0;
	const char *first_used = NULL, *first_unused = NULL;

	for (int i = 0; i < inv->host_count; i++) {
		const struct inv_host *h = &inv->host[i];

		if (h->password && strncmp(h->password, "text:", 5) == 0) {
			if (used++ == 0)
				first_used = h->name;
		} else if (h->password_in_clear && !known_is_vaulted(h->password_in_clear)) {
			if (unused++ == 0)
				first_unused = h->name;
		}
	}
	warn_of(inv, used, first_used,
		"ansible_password stands in clear in the inventory, and is used: better name "
		"where it is kept (marshal_password_command, _file, ...)");
	warn_of(inv, unused, first_unused,
		"ansible_password stands in clear in the inventory, and is not used: a key file or "
		"a marshal_password_ variable counts more");
}

/* Hosts that say something of the column which is no text of one line. */
static void warn_column(struct inventory *inv, const char *name, size_t offset)
{
	AUTO_FREE char *what = xasprintf("%s is a template, vaulted or no line of text: the column "
					 "stays empty",
					 name);
	int count = 0;
	const char *first = NULL;

	for (int i = 0; i < inv->host_count; i++) {
		const struct inv_host *h = &inv->host[i];
		const char *column = *(const char *const *)((const char *)h + offset);

		for (int k = 0; k < h->variable_count && column[0] == '\0'; k++)
			if (strcmp(h->variable[k].name, name) == 0 && h->variable[k].value[0] &&
			    count++ == 0)
				first = h->name;
	}
	warn_of(inv, count, first, what);
}

void warn_columns(struct inventory *inv)
{
	warn_column(inv, "marshal_owner", offsetof(struct inv_host, owner));
	warn_column(inv, "marshal_site", offsetof(struct inv_host, site));
	warn_column(inv, "marshal_vault", offsetof(struct inv_host, vault));
}

/* What a group says of its bastion does not count where a host was told to go without. */
static void warn_straight(struct inventory *inv)
{
	const char *first = NULL;
	int count = 0;

	for (int i = 0; i < inv->host_count; i++) {
		const struct inv_host *h = &inv->host[i];

		if (h->direct && h->jump && count++ == 0)
			first = h->name;
	}
	warn_of(inv, count, first,
		"marshal_jump does not count with winrm-direct: it goes straight");
}

void warn_unheeded(struct inventory *inv)
{
	int count[UNHEEDED] = { 0 };
	const char *first[UNHEEDED];

	for (int i = 0; i < inv->host_count; i++) {
		const struct inv_host *h = &inv->host[i];

		for (int k = 0; k < h->variable_count; k++) {
			int n = unheeded_index(h->variable[k].name);

			if (n < 0 || says_nothing(h, &h->variable[k]))
				continue;
			if (count[n]++ == 0)
				first[n] = h->name;
		}
	}
	for (int i = 0; i < UNHEEDED; i++) {
		const char *instead = unheeded[i].instead;
		AUTO_FREE char *what = xasprintf("%s is not heeded%s%s", unheeded[i].name,
						 instead ? ": " : "", instead ? instead : "");

		warn_of(inv, count[i], count[i] ? first[i] : NULL, what);
	}
	warn_straight(inv);
}
