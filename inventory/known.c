/* known.c - the variables that mean something to us, one row each: how the text is read, which
 * field of a host it fills and which ways in read it. A value is checked where it is written
 * (wrong.c). */
#include <stdlib.h>
#include <string.h>

#include "base/insist.h"
#include "base/mem.h"
#include "base/secret.h"
#include "base/text.h"
#include "base/url.h"
#include "inventory/build.h"
#include "inventory/known.h"

static const char *const clouds[] = {
	[CLOUD_PUBLIC] = "public",
	[CLOUD_CHINA] = "china",
	[CLOUD_USGOV] = "usgov",
	[CLOUD_GERMAN] = "german",
};
static const char *const mars[] = {
	[MARS_REQUIRED] = "required",
	[MARS_OPTIONAL] = "optional",
	[MARS_NONE] = "none",
};
static const char *const offlines[] = {
	[OFFLINE_NONE] = "none",
	[OFFLINE_SOURCE] = "source",
	[OFFLINE_COPY] = "copy",
};

/* Of two names for one thing Ansible lets the one count that stands last in the documentation of
 * its connection plugin, also when a group gives it and the host the other, also when it is empty:
 * round 1 (`ansible-doc -t connection ssh`; a scenario asks the program itself). The last column
 * says which ways in read it (known.h). */
/* clang-format off */
#define FIELD(name) offsetof(struct inv_host, name)
static const struct known table[] = {
	{ "ansible_connection",              CONNECTION,  0,                         0, READ_ALWAYS },
	{ "ansible_host",                    ADDRESS,     FIELD(address),            0, READ_SSH | READ_WINRM },
	{ "ansible_paramiko_host",           PARAMIKO,    0,                         0, READ_SSH },
	{ "ansible_paramiko_port",           PARAMIKO,    0,                         0, READ_SSH },
	{ "ansible_paramiko_private_key_file",PARAMIKO,    0,                         0, READ_SSH },
	{ "ansible_paramiko_proxy_command",  PARAMIKO,    0,                         0, READ_SSH },
	{ "ansible_paramiko_user",           PARAMIKO,    0,                         0, READ_SSH },
	{ "ansible_password",                SECRET,      FIELD(password_in_clear),  0, READ_SSH | READ_WINRM },
	{ "ansible_port",                    PORT,        FIELD(port),               0, READ_SSH | READ_WINRM },
	{ "ansible_private_key_file",        PATH,        FIELD(key_file),           0, READ_SSH | READ_CARRIED },
	{ "ansible_ssh_args",                SSH_ARGS,    0,                         0, READ_SSH | READ_CARRIED },
	{ "ansible_ssh_common_args",         SSH_ARGS,    0,                         0, READ_SSH | READ_CARRIED },
	{ "ansible_ssh_executable",          SSH_PROGRAM, 0,                         0, READ_SSH | READ_CARRIED },
	{ "ansible_ssh_extra_args",          SSH_ARGS,    0,                         0, READ_SSH | READ_CARRIED },
	{ "ansible_ssh_host",                ADDRESS,     FIELD(address),            1, READ_SSH },
	{ "ansible_ssh_pass",                SECRET,      FIELD(password_in_clear),  1, READ_SSH },
	{ "ansible_ssh_password",            SECRET,      FIELD(password_in_clear),  1, READ_SSH },
	{ "ansible_ssh_port",                PORT,        FIELD(port),               1, READ_SSH },
	{ "ansible_ssh_private_key_file",    PATH,        FIELD(key_file),           1, READ_SSH | READ_CARRIED },
	{ "ansible_ssh_user",                TEXT,        FIELD(user),               1, READ_SSH },
	{ "ansible_user",                    TEXT,        FIELD(user),               0, READ_SSH | READ_WINRM },
	{ "ansible_winrm_ca_trust_path",     WINRM,       0,                         0, READ_WINRM },
	{ "ansible_winrm_kerberos_hostname_override",WINRM,       0,                         0, READ_WINRM },
	{ "ansible_winrm_operation_timeout_sec",WINRM,       0,                         0, READ_WINRM },
	{ "ansible_winrm_pass",              SECRET,      FIELD(winrm_password),     0, READ_WINRM },
	{ "ansible_winrm_password",          SECRET,      FIELD(winrm_password),     0, READ_WINRM },
	{ "ansible_winrm_port",              WINRM,       0,                         0, READ_WINRM },
	{ "ansible_winrm_scheme",            WINRM,       0,                         0, READ_WINRM },
	{ "ansible_winrm_transport",         WINRM,       0,                         0, READ_WINRM },
	{ "ansible_winrm_user",              WINRM,       0,                         0, READ_WINRM },
	{ "marshal_bastion_channels",        COUNT,       FIELD(channels),           0, READ_SSH },
	{ "marshal_bastion_sessions",        COUNT,       FIELD(sessions),           0, READ_SSH },
	{ "marshal_cloud",                   CLOUD,       0,                         0, READ_ALWAYS },
	{ "marshal_computer_name",           TEXT,        FIELD(computer_name),      0, READ_ALWAYS },
	{ "marshal_installer_url",           URL,         0,                         0, READ_ALWAYS },
	{ "marshal_jump",                    JUMP,        0,                         0, READ_SSH | READ_CARRIED },
	{ "marshal_known_hosts",             PATH,        FIELD(known_hosts),        0, READ_SSH | READ_CARRIED },
	{ "marshal_limited_internet",        FLAG,        FIELD(limited_internet),   0, READ_ALWAYS },
	{ "marshal_mars",                    MARS,        0,                         0, READ_ALWAYS },
	{ "marshal_offline",                 OFFLINE,     0,                         0, READ_ALWAYS },
	{ "marshal_one_time_code",           FLAG,        FIELD(one_time_code),      0, READ_SSH },
	{ "marshal_owner",                   TEXT,        FIELD(owner),              0, 0 },
	{ "marshal_password_command",        PASSWORD,    0,                         0, READ_SSH | READ_WINRM },
	{ "marshal_password_credential",     PASSWORD,    0,                         0, READ_SSH | READ_WINRM },
	{ "marshal_password_env",            PASSWORD,    0,                         0, READ_SSH | READ_WINRM },
	{ "marshal_password_fd",             PASSWORD,    0,                         0, READ_SSH | READ_WINRM },
	{ "marshal_password_file",           PASSWORD,    0,                         0, READ_SSH | READ_WINRM },
	{ "marshal_password_prompt",         PASSWORD,    0,                         0, READ_SSH | READ_WINRM },
	{ "marshal_program",                 PATH,        FIELD(program),            0, READ_LOCAL },
	{ "marshal_site",                    TEXT,        FIELD(site),               0, 0 },
	{ "marshal_skip",                    FLAG,        FIELD(skip),               0, READ_ALWAYS },
	{ "marshal_ssh_port",                PORT,        FIELD(ssh_port),           0, READ_CARRIED },
	{ "marshal_ssh_user",                TEXT,        FIELD(ssh_user),           0, READ_CARRIED },
	{ "marshal_time_zone",               ZONE,        FIELD(time_zone),          0, READ_ALWAYS },
	{ "marshal_transport",               TRANSPORT,   0,                         0, READ_ALWAYS },
	{ "marshal_vault",                   TEXT,        FIELD(vault),              0, 0 },
	{ "marshal_vault_password_file",     PATH,        FIELD(vault_password_file),0, READ_SSH | READ_WINRM },
	{ "marshal_winrm_ca",                PATH,        FIELD(winrm_ca),           0, READ_WINRM },
	{ "marshal_winrm_cert",              WINRM,       0,                         0, READ_WINRM },
	{ "marshal_without_vaulted",         FLAG,        FIELD(without_vaulted),    0, READ_ALWAYS },
};

static const struct { const char *name; enum inv_connection way; } connections[] = {
	{ "ssh", CONNECT_SSH }, { "smart", CONNECT_SSH }, { "paramiko", CONNECT_SSH },
	{ "paramiko_ssh", CONNECT_SSH }, { "local", CONNECT_LOCAL },
	{ "winrm", CONNECT_WINRM },
};
/* clang-format on */

const char *inv_cloud_name(enum inv_cloud cloud)
{
	INSIST((unsigned)cloud < ARRAY_LEN(clouds));
	return clouds[cloud];
}

const char *inv_mars_name(enum inv_mars value)
{
	INSIST((unsigned)value < ARRAY_LEN(mars));
	return mars[value];
}

const char *inv_offline_name(enum inv_offline value)
{
	INSIST((unsigned)value < ARRAY_LEN(offlines));
	return offlines[value];
}

int known_find(const char *name)
{
	if (strncmp(name, "ansible_", 8) != 0 && strncmp(name, "marshal_", 8) != 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		if (strcmp(name, table[i].name) == 0)
			return (int)i;
	return -1;
}

int known_count(void)
{
	return ARRAY_LEN(table);
}

const struct known *known_row(int known)
{
	INSIST(known >= 0 && (size_t)known < ARRAY_LEN(table));
	return &table[known];
}

/* "user:password@host" */
static bool has_sign_in(const char *text)
{
	const char *at = strrchr(text, '@');

	return at && memchr(text, ':', (size_t)(at - text));
}

static int wrong(const struct var *v, const char *expected, struct err *err)
{
	enum kind kind = table[v->known].kind;

	/* is not shown: what is no place of a password may be the password */
	if (kind == SECRET || kind == PASSWORD || v->secret || has_sign_in(v->is.value))
		return place_error(&v->at, err, "%s: expected %s", v->is.name, expected);
	return place_error(&v->at, err, "%s is '%.80s': expected %s", v->is.name, v->is.value,
			   expected);
}

/* As Ansible reads booleans, in any case. */
static bool flag(const char *text, bool *out)
{
	static const char *const yes[] = { "yes", "true", "on", "y", "t", "1" };
	static const char *const no[] = { "no", "false", "off", "n", "f", "0" };

	for (size_t i = 0; i < ARRAY_LEN(yes); i++) {
		*out = text_casecmp(text, yes[i]) == 0;
		if (*out || text_casecmp(text, no[i]) == 0)
			return true;
	}
	return false;
}

static int word(const char *text, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(text, list[i]) == 0)
			return (int)i;
	return -1;
}

bool known_number(const char *text, int most, int *out)
{
	size_t len = strlen(text);

	if (len < 1 || len > 5 || strspn(text, "0123456789") != len)
		return false;
	*out = (int)strtol(text, NULL, 10);
	return *out >= 1 && *out <= most;
}

/* Printable and of one line: it is shown, stored and handed to other programs. */
static bool plain(const char *text, bool blanks)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f || (*text == ' ' && !blanks))
			return false;
	return true;
}

/* What a name or an address looks like; a port is said elsewhere, and a URL is none. */
static bool is_address(const char *text)
{
	AUTO_FREE char *bare = xstrndup(text, strcspn(text, "%"));

	return plain(text, false) && !strpbrk(text, "/[]@,;=") &&
	       (!strchr(text, ':') || name_is_ipv6(bare));
}

static int connection(const struct var *v, struct inv_host *out, struct err *err)
{
	const char *name = v->is.value;

	if (name[0] == '\0')
		return 0;
	if (!plain(name, false) || strlen(name) > 100)
		return wrong(v, "the name of one of Ansible's connections", err);
	if (strncmp(name, "ansible.builtin.", 16) == 0)
		name += 16;
	out->connection = CONNECT_UNSUPPORTED;
	out->connection_name = v->is.value;
	for (size_t i = 0; i < ARRAY_LEN(connections); i++)
		if (strcmp(name, connections[i].name) == 0)
			out->connection = connections[i].way;
	return 0;
}

/* Of ours, which counts more than Ansible's. */
static int transport(const struct var *v, struct inv_host *out, struct err *err)
{
	const char *value = v->is.value;

	if (value[0] == '\0')
		return 0;
	if (strcmp(value, "ssh") != 0 && strcmp(value, "winrm") != 0 &&
	    strcmp(value, "winrm-direct") != 0 && strcmp(value, "auto") != 0)
		return wrong(v, "ssh, winrm, winrm-direct or auto", err);
	out->winrm_too = strcmp(value, "auto") == 0;
	out->connection = out->winrm_too || strcmp(value, "ssh") == 0 ? CONNECT_SSH : CONNECT_WINRM;
	out->connection_name = value;
	out->direct = strcmp(value, "winrm-direct") == 0;
	return 0;
}

/* NULL for a bare or another user's ~. A program without a slash is looked for in PATH. */
static const char *absolute(struct arena *a, const struct var *v)
{
	const char *path = v->is.value, *home = getenv("HOME");

	if (path[0] == '/' || (strcmp(v->is.name, "marshal_program") == 0 && !strchr(path, '/')))
		return path;
	if (path[0] != '~')
		return arena_printf(a, "%s/%s", v->base, path);
	return path[1] == '/' && home ? arena_printf(a, "%s%s", home, path + 1) : NULL;
}

enum { VAULTED_MAX = 64 * 1024 };

bool known_is_vaulted(const char *value)
{
	return strncmp(value, "$ANSIBLE_VAULT;", 15) == 0;
}

static int text(struct arena *a, const struct known *k, const struct var *v, struct inv_host *out,
		struct err *err)
{
	const char **field = (const char **)((char *)out + k->offset);
	const char *value = v->is.value;
	size_t limit = k->kind == PATH	 ? 4000 :
		       k->kind == ZONE	 ? 64 :
		       k->kind == SECRET ? 1023 :
					   255;

	/* the default: so a host can take back what its group gives */
	if (value[0] == '\0' && k->round > 0)
		*field = k->kind == ADDRESS ? out->name : NULL;
	if (value[0] == '\0')
		return 0;
	if (k->kind == SECRET && known_is_vaulted(value))
		limit = VAULTED_MAX;
	if (strlen(value) > limit)
		return place_error(&v->at, err, "%s is too long", k->name);
	if (k->kind == ADDRESS && !is_address(value))
		return wrong(v, "a name or an address (the port is ansible_port)", err);
	if (!plain(value, true) && limit != VAULTED_MAX)
		return wrong(v, "one line of text", err);
	if (k->kind == PATH) {
		value = absolute(a, v);
		if (!value)
			return wrong(v, "a path that starts with /, ~/ or a name", err);
	}
	*field = value;
	return 0;
}

static void detour(struct arena *a, const struct var *v, const char *what, struct inv_host *out)
{
	if (what && v->is.value[0] != '\0')
		out->detour = arena_printf(a, "%s with %s", v->is.name, what);
}

/* Arguments of several variables, which Ansible puts one behind the other. */
static void ssh_args(struct arena *a, const struct var *v, struct inv_host *out)
{
	const char *jump = NULL;

	detour(a, v, detour_of_args(a, v->is.value, &jump), out);
	if (jump && out->jump && strcmp(jump, out->jump) != 0)
		detour(a, v, "a second way", out);
	else if (jump)
		out->jump = jump;
}

/* It stands behind Ansible's in the order of names, and takes back what they say. */
static int jump(const struct var *v, struct inv_host *out, struct err *err)
{
	const char *value = v->is.value;

	if (value[0] && strcmp(value, "none") != 0 && !jump_is_chain(value))
		return wrong(v,
			     "a host of the inventory, or USER@HOST:PORT, several with commas "
			     "between them",
			     err);
	out->jump = value[0] && strcmp(value, "none") != 0 ? value : NULL;
	return 0;
}

/* Not quoted where it is wrong: it may hold a password. */
static int url(const struct var *v, struct inv_host *out, struct err *err)
{
	const char *value = v->is.value;

	if (value[0] && strcmp(value, "none") != 0 && url_expected(value))
		return place_error(&v->at, err, "%s: expected none or %s", v->is.name,
				   url_expected(value));
	out->installer_url = value[0] ? value : NULL;
	return 0;
}

static int count(const struct var *v, int *out, struct err *err)
{
	return v->is.value[0] == '\0' || known_number(v->is.value, COUNT_MAX, out) ?
		       0 :
		       wrong(v, "a number from 1 to 1000", err);
}

/* One of the words of a list; its number goes into *out. */
static int one_of(const struct var *v, const char *const *list, size_t len, int *out,
		  struct err *err)
{
	AUTO_FREE char *expected = xstrdup(list[0]);

	*out = word(v->is.value, list, len);
	if (*out >= 0)
		return 0;
	for (size_t i = 1; i < len; i++) {
		char *longer = xasprintf("%s%s%s", expected, i + 1 < len ? ", " : " or ", list[i]);

		mem_auto_free(&expected);
		expected = longer;
	}
	return wrong(v, expected, err);
}

/* What has one field and one form. */
static int apply_value(struct arena *a, const struct known *k, const struct var *v,
		       struct inv_host *out, struct err *err)
{
	void *field = (char *)out + k->offset;
	int n;

	switch (k->kind) {
	case PORT:
		return known_number(v->is.value, PORT_MAX, field) ?
			       0 :
			       wrong(v, "a number from 1 to 65535", err);
	case FLAG:
		return flag(v->is.value, field) ? 0 : wrong(v, "yes or no", err);
	case COUNT:
		return count(v, field, err);
	case CLOUD:
		if (one_of(v, clouds, ARRAY_LEN(clouds), &n, err) != 0)
			return -1;
		out->cloud = (enum inv_cloud)n;
		return 0;
	case MARS:
		if (one_of(v, mars, ARRAY_LEN(mars), &n, err) != 0)
			return -1;
		out->mars = (enum inv_mars)n;
		return 0;
	case OFFLINE:
		if (one_of(v, offlines, ARRAY_LEN(offlines), &n, err) != 0)
			return -1;
		out->offline = (enum inv_offline)n;
		return 0;
	case TEXT:
	case ADDRESS:
	case PATH:
	case ZONE:
	case SECRET:
		return text(a, k, v, out, err);
	case CONNECTION:
	case SSH_ARGS:
	case SSH_PROGRAM:
	case PARAMIKO:
	case JUMP:
	case TRANSPORT:
	case WINRM:
	case PASSWORD:
	case URL:
		break;
	}
	INSIST(!"of a kind with one field");
	return 0;
}

bool known_is_opened(int known)
{
	return known >= 0 && (table[known].kind == ADDRESS || strstr(table[known].name, "_user"));
}

bool known_is_password(int known)
{
	return known >= 0 && table[known].kind == PASSWORD;
}

void known_hide(const struct var *v)
{
	if (known_is_password(v->known) && strcmp(v->is.name, "marshal_password_env") == 0 &&
	    v->open == OPEN_NOT && !v->collection && v->is.value[0])
		secret_env_hide(v->is.value);
}

/* Behind the last blank: "(group web)". */
static const char *owner_of(const struct var *v)
{
	const char *owner = strrchr(v->is.origin, '(');

	return owner ? owner : "";
}

bool known_same_owner(const struct var *a, const struct var *b)
{
	return strcmp(owner_of(a), owner_of(b)) == 0;
}

/* marshal_password_X, of one owner alone (settle.c), as struct endpoint has it: "X:value". */
static int password(struct arena *a, const struct var *v, struct inv_host *out, struct err *err)
{
	const char *kind = v->is.name + strlen("marshal_password_"), *value = v->is.value;
	bool yes = true;

	if (value[0] && (strlen(value) > 4000 || !plain(value, true)))
		return wrong(v, "one line of text", err);
	if (strcmp(kind, "prompt") == 0) {
		if (value[0] && !flag(value, &yes))
			return wrong(v, "yes or no", err);
		value = value[0] && yes ? owner_of(v) : "";
	}
	if (value[0] == '\0')
		return 0;
	if (strcmp(kind, "file") == 0 && !(value = absolute(a, v)))
		return wrong(v, "a path that starts with /, ~/ or a name", err);
	if (strcmp(kind, "fd") == 0 &&
	    (strlen(value) > 5 || value[strspn(value, "0123456789")] != '\0'))
		return wrong(v, "the number of a descriptor", err);
	if (out->password)
		return place_error(&v->at, err,
				   "%s beside another marshal_password_ variable: expected one",
				   v->is.name);
	out->password = arena_printf(a, "%s:%s", kind, value);
	return 0;
}

/* The one that Ansible has as a list, too. winrm.c reads its JSON as it reads one in a text. */
static bool takes_list(const struct var *v)
{
	return strcmp(v->is.name, "ansible_winrm_transport") == 0 && v->is.value[0] == '[';
}

int known_apply(struct arena *a, const struct var *v, int round, struct inv_host *out,
		struct err *err)
{
	const struct known *k = v->known >= 0 ? &table[v->known] : NULL;

	if (!k || k->round != round || (v->null && strncmp(k->name, "ansible_", 8) == 0))
		return 0;
	if (v->collection && !takes_list(v))
		return wrong(v, "one value, no list or map", err);
	/* the second has names of Ansible's SSH plugin, of which the key alone is not WinRM's */
	if (round > 0 && out->connection == CONNECT_WINRM && k->kind != PATH)
		return 0;
	switch (k->kind) {
	case CONNECTION:
		return connection(v, out, err);
	case SSH_ARGS:
		ssh_args(a, v, out);
		return 0;
	case JUMP:
		return jump(v, out, err);
	case TRANSPORT:
		return transport(v, out, err);
	case WINRM:
		return winrm_apply(a, v, out) == 0 ? 0 : wrong(v, winrm_expected(v->is.name), err);
	case URL:
		return url(v, out, err);
	case PASSWORD:
		return password(a, v, out, err);
	case SSH_PROGRAM:
		detour(a, v, detour_of_program(v->is.value), out);
		return 0;
	case PARAMIKO:
		if (v->is.value[0] != '\0')
			out->paramiko = v->is.name;
		return 0;
	case TEXT:
	case ADDRESS:
	case PORT:
	case FLAG:
	case PATH:
	case CLOUD:
	case MARS:
	case OFFLINE:
	case ZONE:
	case COUNT:
	case SECRET:
		break;
	}
	return apply_value(a, k, v, out, err);
}
