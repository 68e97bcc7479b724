/* known.c - the variables that mean something to us, one row each: how the text is read and
 * which field of a host it fills. A value is checked where it is written, even where another
 * overrides it: a wrong one never waits for the day it counts. */
#include <stdlib.h>
#include <string.h>

#include "base/insist.h"
#include "base/mem.h"
#include "base/secret.h"
#include "base/text.h"
#include "inventory/build.h"

enum kind {
	TEXT, ADDRESS, PORT, FLAG, PATH, CLOUD, MARS, OFFLINE, ZONE, CONNECTION,
	SSH_ARGS, SSH_PROGRAM, PARAMIKO, JUMP, COUNT, TRANSPORT, WINRM, SECRET, PASSWORD
};

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
 * round 1 (`ansible-doc -t connection ssh`; a scenario asks the program itself). */
/* clang-format off */
static const struct known {
	const char *name;
	enum kind kind;
	size_t offset;                  /* of the field, for the kinds that are plain texts */
	int round;
} table[] = {
	{ "ansible_connection",           CONNECTION, 0,                                     0 },
	{ "ansible_host",                 ADDRESS,    offsetof(struct inv_host, address),    0 },
	{ "ansible_paramiko_host",        PARAMIKO,   0,                                     0 },
	{ "ansible_paramiko_port",        PARAMIKO,   0,                                     0 },
	{ "ansible_paramiko_private_key_file", PARAMIKO, 0,                                  0 },
	{ "ansible_paramiko_proxy_command", PARAMIKO, 0,                                     0 },
	{ "ansible_paramiko_user",        PARAMIKO,   0,                                     0 },
	{ "ansible_password",             SECRET,     offsetof(struct inv_host, password_in_clear), 0 },
	{ "ansible_port",                 PORT,       offsetof(struct inv_host, port),       0 },
	{ "ansible_private_key_file",     PATH,       offsetof(struct inv_host, key_file),   0 },
	{ "ansible_ssh_args",             SSH_ARGS,   0,                                     0 },
	{ "ansible_ssh_common_args",      SSH_ARGS,   0,                                     0 },
	{ "ansible_ssh_executable",       SSH_PROGRAM, 0,                                    0 },
	{ "ansible_ssh_extra_args",       SSH_ARGS,   0,                                     0 },
	{ "ansible_ssh_host",             ADDRESS,    offsetof(struct inv_host, address),    1 },
	{ "ansible_ssh_pass",             SECRET,     offsetof(struct inv_host, password_in_clear), 1 },
	{ "ansible_ssh_password",         SECRET,     offsetof(struct inv_host, password_in_clear), 1 },
	{ "ansible_ssh_port",             PORT,       offsetof(struct inv_host, port),       1 },
	{ "ansible_ssh_private_key_file", PATH,       offsetof(struct inv_host, key_file),   1 },
	{ "ansible_ssh_user",             TEXT,       offsetof(struct inv_host, user),       1 },
	{ "ansible_user",                 TEXT,       offsetof(struct inv_host, user),       0 },
	{ "ansible_winrm_ca_trust_path",  WINRM,      0,                                     0 },
	{ "ansible_winrm_kerberos_hostname_override", WINRM, 0,                              0 },
	{ "ansible_winrm_operation_timeout_sec", WINRM, 0,                                   0 },
	{ "ansible_winrm_pass",           SECRET,     offsetof(struct inv_host, winrm_password), 0 },
	{ "ansible_winrm_password",       SECRET,     offsetof(struct inv_host, winrm_password), 0 },
	{ "ansible_winrm_port",           WINRM,      0,                                     0 },
	{ "ansible_winrm_scheme",         WINRM,      0,                                     0 },
	{ "ansible_winrm_transport",      WINRM,      0,                                     0 },
	{ "ansible_winrm_user",           WINRM,      0,                                     0 },
	{ "marshal_bastion_channels",     COUNT,      offsetof(struct inv_host, channels),   0 },
	{ "marshal_bastion_sessions",     COUNT,      offsetof(struct inv_host, sessions),   0 },
	{ "marshal_cloud",                CLOUD,      0,                                     0 },
	{ "marshal_computer_name",        TEXT,       offsetof(struct inv_host, computer_name), 0 },
	{ "marshal_jump",                 JUMP,       0,                                     0 },
	{ "marshal_known_hosts",          PATH,       offsetof(struct inv_host, known_hosts), 0 },
	{ "marshal_limited_internet",     FLAG,       offsetof(struct inv_host, limited_internet), 0 },
	{ "marshal_mars",                 MARS,       0,                                     0 },
	{ "marshal_offline",              OFFLINE,    0,                                     0 },
	{ "marshal_owner",                TEXT,       offsetof(struct inv_host, owner),      0 },
	{ "marshal_password_command",     PASSWORD,   0,                                     0 },
	{ "marshal_password_credential",  PASSWORD,   0,                                     0 },
	{ "marshal_password_env",         PASSWORD,   0,                                     0 },
	{ "marshal_password_fd",          PASSWORD,   0,                                     0 },
	{ "marshal_password_file",        PASSWORD,   0,                                     0 },
	{ "marshal_password_prompt",      PASSWORD,   0,                                     0 },
	{ "marshal_program",              PATH,       offsetof(struct inv_host, program),    0 },
	{ "marshal_site",                 TEXT,       offsetof(struct inv_host, site),       0 },
	{ "marshal_skip",                 FLAG,       offsetof(struct inv_host, skip),       0 },
	{ "marshal_ssh_port",             PORT,       offsetof(struct inv_host, ssh_port),   0 },
	{ "marshal_ssh_user",             TEXT,       offsetof(struct inv_host, ssh_user),   0 },
	{ "marshal_time_zone",            ZONE,       offsetof(struct inv_host, time_zone),  0 },
	{ "marshal_transport",            TRANSPORT,  0,                                     0 },
	{ "marshal_vault",                TEXT,       offsetof(struct inv_host, vault),      0 },
	{ "marshal_vault_password_file",  PATH,       offsetof(struct inv_host, vault_password_file), 0 },
	{ "marshal_winrm_ca",             PATH,       offsetof(struct inv_host, winrm_ca),   0 },
	{ "marshal_winrm_cert",           WINRM,      0,                                     0 },
};

static const struct { const char *name; enum inv_connection way; } connections[] = {
	{ "ssh", CONNECT_SSH }, { "smart", CONNECT_SSH }, { "paramiko", CONNECT_SSH },
	{ "paramiko_ssh", CONNECT_SSH }, { "local", CONNECT_LOCAL },
	{ "winrm", CONNECT_WINRM }, { "psrp", CONNECT_UNSUPPORTED },
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

static int wrong(const struct var *v, const char *expected, struct err *err)
{
	if (table[v->known].kind == SECRET)     /* is not shown */
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

static bool port(const char *text, int *out)
{
	size_t len = strlen(text);

	if (len < 1 || len > 5 || strspn(text, "0123456789") != len)
		return false;
	*out = (int)strtol(text, NULL, 10);
	return *out >= 1 && *out <= 65535;
}

static int connection(const struct var *v, struct inv_host *out, struct err *err)
{
	const char *name = v->is.value;

	if (strncmp(name, "ansible.builtin.", 16) == 0)
		name += 16;
	for (size_t i = 0; i < ARRAY_LEN(connections); i++) {
		if (strcmp(name, connections[i].name) == 0) {
			out->connection = connections[i].way;
			out->connection_name = v->is.value;
			return 0;
		}
	}
	return wrong(v, "ssh, smart, paramiko, local, winrm or psrp", err);
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

/* Printable and of one line: it is shown, stored and handed to other programs. */
static bool plain(const char *text, bool blanks)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f || (*text == ' ' && !blanks))
			return false;
	return true;
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

/* Whoever can write the file would run what he likes as the one who reads it. */
static int refuse_loose(const struct var *v, struct err *err)
{
	if (!v->at.file->loose)
		return 0;
	place_error(&v->at, err, "%s in a file that others can change: %s", v->is.name,
		    v->at.file->loose);
	return err_hint(err, "make the file and its folders yours, and no one else's to write");
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
	if (!plain(value, k->kind != ADDRESS) && limit != VAULTED_MAX)
		return wrong(v, k->kind == ADDRESS ? "a name or an address" : "one line of text",
			     err);
	/* one that can be run is run by ansible-vault, for the password that it prints */
	if ((k->offset == offsetof(struct inv_host, program) ||
	     k->offset == offsetof(struct inv_host, vault_password_file)) &&
	    refuse_loose(v, err) != 0)
		return -1;
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

static int count(const struct var *v, int *out, struct err *err)
{
	return v->is.value[0] == '\0' || (port(v->is.value, out) && *out <= 1000) ?
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
		return port(v->is.value, field) ? 0 : wrong(v, "a number from 1 to 65535", err);
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
		break;
	}
	INSIST(!"of a kind with one field");
	return 0;
}

bool known_is_secret(const char *name)
{
	int known = known_find(name);

	return known >= 0 && table[known].kind == SECRET;
}

bool known_is_password(int known)
{
	return known >= 0 && table[known].kind == PASSWORD;
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
	if (strcmp(kind, "command") == 0 && refuse_loose(v, err) != 0)
		return -1;
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

int known_apply(struct arena *a, const struct var *v, int round, struct inv_host *out,
		struct err *err)
{
	const struct known *k = v->known >= 0 ? &table[v->known] : NULL;

	if (!k || k->round != round || (v->null && strncmp(k->name, "ansible_", 8) == 0))
		return 0;
	if (v->collection)
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

/* "" where none is named: that is the fault of the hosts that need it. */
static const char *vault_password_file(const struct inv_host *h)
{
	const char *ansibles = getenv("ANSIBLE_VAULT_PASSWORD_FILE");

	return h->vault_password_file ? h->vault_password_file : ansibles ? ansibles : "";
}

/* One identity a host: what stands in clear is passed over where SSH has a key. */
static void password_end(struct arena *a, struct inv_host *out)
{
	if (out->connection == CONNECT_LOCAL)
		out->password = out->password_in_clear = NULL;
	if (out->password && strncmp(out->password, "prompt:", 7) == 0)
		out->password = arena_printf(a, "prompt:%s %s", out->user ? out->user : "nobody",
					     out->password + 7);
	if (out->password || !out->password_in_clear ||
	    (out->connection == CONNECT_SSH && out->key_file && !out->winrm_too))
		return;
	if (known_is_vaulted(out->password_in_clear)) {
		out->password = arena_printf(a, "vault:%s\n%s", vault_password_file(out),
					     out->password_in_clear);
		out->password_in_clear = NULL;
		return;
	}
	secret_guard();
	out->password = arena_printf(a, "text:%s", out->password_in_clear);
}

void known_end(struct arena *a, struct inv_host *out)
{
	const char *plugin = out->connection_name;

	if (strncmp(plugin, "ansible.builtin.", 16) == 0)
		plugin += 16;
	/* names that this plugin alone looks at, and lets count more than all others */
	if (strncmp(plugin, "paramiko", 8) == 0 && out->paramiko)
		out->detour = arena_printf(a, "%s with paramiko", out->paramiko);
	if (out->connection == CONNECT_LOCAL || out->connection == CONNECT_UNSUPPORTED)
		out->detour = NULL;
	if (out->connection == CONNECT_LOCAL)
		out->jump = NULL;
	if (out->connection == CONNECT_WINRM || out->winrm_too)
		winrm_end(a, out);
	if (out->port == 0)
		out->port = 22;
	password_end(a, out);
	if (out->detour) {
		out->connection = CONNECT_UNSUPPORTED;
		out->unsupported = out->detour;
	} else if (out->connection == CONNECT_UNSUPPORTED && !out->unsupported) {
		out->unsupported = arena_printf(a, "ansible_connection '%s'", out->connection_name);
	}
}

int known_check(const struct var *v, struct err *err)
{
	struct arena scratch = { 0 };
	struct inv_host unused = { 0 };
	const char *names[ARRAY_LEN(table)], *near;
	int count = 0, r;

	if (strncmp(v->is.name, "marshal_", 8) != 0 || v->known >= 0) {
		r = v->known < 0 ? 0 :
				   known_apply(&scratch, v, table[v->known].round, &unused, err);
		arena_release(&scratch);
		return r;
	}
	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		if (strncmp(table[i].name, "marshal_", 8) == 0)
			names[count++] = table[i].name;
	near = text_nearest(v->is.name, names, count);
	if (near)
		return place_error(&v->at, err, "unknown variable '%s': did you mean '%s'?",
				   v->is.name, near);
	return place_error(&v->at, err,
			   "unknown variable '%s': docs/inventory.md lists those that "
			   "begin with marshal_",
			   v->is.name);
}
