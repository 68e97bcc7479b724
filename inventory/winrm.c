/* winrm.c - what an inventory says of WinRM, in Ansible's names and ours. It is carried inside SSH,
 * through a bastion or to the host itself, unless winrm-direct asks for less; by HTTPS alone, since
 * Windows takes nothing that is neither encrypted nor sealed, and libcurl seals nothing. Names and
 * defaults: `ansible-doc -t connection winrm`. */
#include <ctype.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "inventory/build.h"
#include "inventory/known.h"

/* Goes before " is not supported", and says what to prepare instead. */
#define PLAIN_HTTP(where, instead) \
	"plain HTTP of WinRM (" where "; give the server an HTTPS listener by 'winrm quickconfig " \
	"-transport:https', and " instead ")"

enum { HTTP_PORT = 5985, HTTPS_PORT = 5986, DIGITS = 64 };

const char *winrm_expected(const char *name)
{
	if (strcmp(name, "marshal_winrm_cert") == 0)
		return "the SHA-256 of its certificate: 64 hexadecimal digits";
	if (strcmp(name, "ansible_winrm_port") == 0)
		return "a number from 1 to 65535";
	if (strcmp(name, "ansible_winrm_operation_timeout_sec") == 0)
		return "a number of seconds";
	return "one line of text";
}

/* "SHA256:ab:cd...", in any letter case, to its 64 digits. */
static bool fingerprint(struct arena *a, const char *text, const char **out)
{
	char digits[DIGITS + 1];
	size_t len = 0;

	if (strncmp(text, "SHA256:", 7) == 0)
		text += 7;
	for (; *text; text++) {
		if (*text == ':')
			continue;
		if (!isxdigit((unsigned char)*text) || len == DIGITS)
			return false;
		digits[len++] = (char)tolower((unsigned char)*text);
	}
	digits[len] = '\0';
	*out = arena_strdup(a, digits);
	return len == DIGITS;
}

/* Of a list of what pywinrm may try the first that we can do: a second use of a password could lock
 * the account. */
static bool first_sign_in(const char *list, enum inv_sign_in *out)
{
	static const struct {
		const char *word;
		enum inv_sign_in is;
	} words[] = {
		{ "kerberos", SIGN_IN_KERBEROS }, { "ntlm", SIGN_IN_NTLM },
		{ "basic", SIGN_IN_BASIC },	  { "ssl", SIGN_IN_BASIC },
		{ "plaintext", SIGN_IN_BASIC },
	};
	AUTO_FREE char *copy = xstrdup(list);
	char *rest = copy, *word;

	while ((word = strsep(&rest, ", []\"'")) != NULL) {
		for (size_t i = 0; i < ARRAY_LEN(words); i++) {
			if (strcmp(word, words[i].word) != 0)
				continue;
			*out = words[i].is;
			return true;
		}
	}
	return false;
}

int winrm_apply(struct arena *a, const struct var *v, struct inv_host *out)
{
	const char *name = v->is.name, *value = v->is.value;

	if (value[0] == '\0')
		return 0;
	if (strlen(value) > 4000 || strpbrk(value, "\n\r"))
		return -1;
	if (strcmp(name, "marshal_winrm_cert") == 0)
		return fingerprint(a, value, &out->winrm_cert) ? 0 : -1;
	if (strcmp(name, "ansible_winrm_port") == 0)
		return known_number(value, PORT_MAX, &out->winrm_port) ? 0 : -1;
	if (strcmp(name, "ansible_winrm_operation_timeout_sec") == 0) {
		if (!known_number(value, INT_MAX, &out->answer_s))
			return -1;
		if (out->answer_s > WINRM_ANSWER_S_MAX) /* which is warned of */
			out->answer_s = WINRM_ANSWER_S_MAX;
		return 0;
	}
	if (strcmp(name, "ansible_winrm_user") == 0)
		out->winrm_user = value;
	else if (strcmp(name, "ansible_winrm_ca_trust_path") == 0 && value[0] == '/' &&
		 !out->winrm_ca)
		out->winrm_ca = value;
	else if (strcmp(name, "ansible_winrm_scheme") == 0 && strcmp(value, "https") != 0)
		out->winrm_cannot = PLAIN_HTTP("ansible_winrm_scheme", "set https");
	else if (strcmp(name, "ansible_winrm_transport") == 0)
		out->winrm_sign_in = value;
	else if (strcmp(name, "ansible_winrm_kerberos_hostname_override") == 0)
		out->service_host = value;
	return 0;
}

/* Without a word for it a user of a realm is signed in by Kerberos, any other by Basic, as Ansible
 * has it. */
static void settle_sign_in(struct arena *a, struct inv_host *out)
{
	const char *user = out->winrm_user ? out->winrm_user : "";

	if (!out->winrm_sign_in)
		out->sign_in = strchr(user, '@') ? SIGN_IN_KERBEROS : SIGN_IN_BASIC;
	else if (!first_sign_in(out->winrm_sign_in, &out->sign_in))
		out->winrm_cannot =
			arena_printf(a, "ansible_winrm_transport '%.40s'", out->winrm_sign_in);
	if (out->sign_in == SIGN_IN_KERBEROS && strchr(user, '\\'))
		out->winrm_cannot = arena_printf(
			a, "Kerberos for '%.60s', who has to be named as USER@REALM", user);
}

bool inv_speaks_winrm(const struct inv_host *h)
{
	return h->connection == CONNECT_WINRM || h->winrm_too;
}

void winrm_end(struct arena *a, struct inv_host *out)
{
	if (!out->winrm_user)
		out->winrm_user = out->user;
	if (out->winrm_password)
		out->password_in_clear = out->winrm_password;
	settle_sign_in(a, out);
	if (!out->winrm_port)
		out->winrm_port = out->port && !out->winrm_too ? out->port : HTTPS_PORT;
	if (out->winrm_port == HTTP_PORT && !out->winrm_cannot)
		out->winrm_cannot = PLAIN_HTTP("port 5985", "set 5986");
	if (!out->winrm_too) {
		out->user = out->winrm_user;
		out->port = out->winrm_port;
		if (!out->winrm_cannot && !out->direct && !out->jump && !out->ssh_user)
			out->winrm_cannot = "WinRM with neither marshal_jump nor marshal_ssh_user";
	}
}
