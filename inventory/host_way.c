/* host_way.c - what the variables of a host come to: its way in, and whether all that this way
 * reads says something. A template, or what ansible-vault encrypted, stands in many inventories for
 * what another tool needs; it is a host's fault only where the way to that host would have used
 * it. */
#include <string.h>

#include "base/insist.h"
#include "base/mem.h"
#include "base/secret.h"
#include "inventory/build.h"
#include "inventory/known.h"

/* The variables of one host. */
struct deciding {
	struct arena *arena;
	const struct var *const *var;
	int count;
	struct inv_host *host;
};

bool var_is_template(const char *text)
{
	return strstr(text, "{{") || strstr(text, "{%") || strstr(text, "{#");
}

bool var_is_applied(const struct var *v)
{
	if (v->known < 0)
		return false;
	/* what stands vaulted for a password is opened when it is needed */
	return v->open == OPEN_NOT ||
	       (v->open == OPEN_VAULTED && !v->collection && known_is_vaulted(v->is.value) &&
		known_row(v->known)->kind == SECRET);
}

/* --- what the way reads --------------------------------------------------------------------- */

/* Of two names the first says nothing where the other is given. */
/* clang-format off */
static const struct { const char *name, *stronger; unsigned readers; } stronger[] = {
	{ "ansible_connection",          "marshal_transport",      READ_ALWAYS },
	{ "ansible_password",            "ansible_winrm_pass",     READ_WINRM },
	{ "ansible_password",            "ansible_winrm_password", READ_WINRM },
	{ "ansible_port",                "ansible_winrm_port",     READ_WINRM },
	{ "ansible_ssh_args",            "marshal_jump",           READ_ALWAYS },
	{ "ansible_ssh_common_args",     "marshal_jump",           READ_ALWAYS },
	{ "ansible_ssh_extra_args",      "marshal_jump",           READ_ALWAYS },
	{ "ansible_user",                "ansible_winrm_user",     READ_WINRM },
	{ "ansible_winrm_ca_trust_path", "marshal_winrm_ca",       READ_ALWAYS },
};
/* clang-format on */

static unsigned readers_of(const struct inv_host *h)
{
	switch (h->connection) {
	case CONNECT_SSH:
		return READ_ALWAYS | READ_SSH | (h->winrm_too ? READ_WINRM : 0);
	case CONNECT_WINRM:
		return READ_ALWAYS | READ_WINRM | (h->direct ? 0 : READ_CARRIED);
	case CONNECT_LOCAL:
		return READ_ALWAYS | READ_LOCAL;
	case CONNECT_UNSUPPORTED:
	case CONNECT_UNRESOLVED:
		break;
	}
	return READ_ALWAYS;
}

/* Whether other gives the same field and is applied after v, see KNOWN_ROUNDS. */
static bool is_applied_over(const struct inv_host *h, const struct var *v, const struct var *other)
{
	const struct known *k = known_row(v->known), *o = known_row(other->known);

	if (k->offset == 0 || k->offset != o->offset || other->null ||
	    !(o->readers & readers_of(h)))
		return false;
	return o->round > k->round || (o->round == k->round && strcmp(o->name, k->name) > 0);
}

static bool is_beaten(const struct deciding *d, const struct var *v)
{
	unsigned readers = readers_of(d->host);

	for (int i = 0; i < d->count; i++) {
		const struct var *other = d->var[i];

		if (other == v || other->known < 0)
			continue;
		if (is_applied_over(d->host, v, other))
			return true;
		for (size_t k = 0; k < ARRAY_LEN(stronger); k++)
			if (strcmp(v->is.name, stronger[k].name) == 0 &&
			    strcmp(other->is.name, stronger[k].stronger) == 0 &&
			    (stronger[k].readers & readers) && other->is.value[0] && !other->null)
				return true;
	}
	return false;
}

static bool by_paramiko(const struct inv_host *h)
{
	const char *plugin = h->connection_name;

	if (strncmp(plugin, "ansible.builtin.", 16) == 0)
		plugin += 16;
	return strncmp(plugin, "paramiko", 8) == 0;
}

/* Whether what stands for a password in Ansible's variables is used: one identity a host. */
static bool uses_password(const struct inv_host *h)
{
	return !h->password && h->connection != CONNECT_LOCAL &&
	       !(h->connection == CONNECT_SSH && h->key_file && !h->winrm_too);
}

static bool is_read(const struct deciding *d, const struct var *v)
{
	const struct known *k;
	const struct inv_host *h = d->host;

	if (v->known < 0)               /* what it was to say nobody knows */
		return v->open == OPEN_WRONG;
	k = known_row(v->known);
	if (!(k->readers & readers_of(h)) || is_beaten(d, v))
		return false;
	if (k->kind == SECRET)
		return uses_password(h);
	if (k->offset == offsetof(struct inv_host, vault_password_file))
		return uses_password(h) && h->password_in_clear &&
		       known_is_vaulted(h->password_in_clear);
	return k->kind != PARAMIKO || by_paramiko(h);
}

/* --- what says nothing ---------------------------------------------------------------------- */

static const char hint_plain[] = "write a plain value for this host";
static const char hint_name[] =
	"correct the variable's name, or take it out: as long as nobody knows what it was to "
	"say, its hosts are left alone";
static const char hint_template[] =
	"marshal runs no templates: write a plain value for this host; where it is a password, a "
	"key file or a marshal_password_ variable does as well";
static const char hint_vaulted[] =
	"name the file with the vault's password in marshal_vault_password_file or "
	"$ANSIBLE_VAULT_PASSWORD_FILE; where it is a password, a key file or a marshal_password_ "
	"variable does as well";
static const char hint_not_opened[] =
	"see that the vault password file that is named holds the password of this value, and that "
	"ansible-vault (ansible-core) is installed";
static const char hint_in_clear[] =
	"write it in clear for this host: where they are vaulted, passwords, addresses and users "
	"alone are opened";
static const char hint_file[] =
	"name the file with the password of the vault in $ANSIBLE_VAULT_PASSWORD_FILE (for whole "
	"files that alone counts); or, where the way to this host needs nothing of that file, say "
	"marshal_without_vaulted: yes in one that is not encrypted";

static const char *joined(struct deciding *d, const char *before, const char *what)
{
	return before ? arena_printf(d->arena, "%s; %s", before, what) : what;
}

/* `hint` is static. */
static void unresolved(struct deciding *d, const char *at, const char *what, const char *hint)
{
	struct inv_host *h = d->host;

	if (!h->unresolved) {
		h->unresolved_at = at;
		h->unresolved_hint = hint;
	} else if (h->unresolved_hint != hint) {
		h->unresolved_hint = NULL;
	}
	h->unresolved = joined(d, h->unresolved, what);
}

/* By a variable. The key is as what, without its value. */
static void unresolved_by(struct deciding *d, const struct var *v, const char *what,
			  const char *key, const char *hint)
{
	struct inv_host *h = d->host;
	const char *of_host = strstr(v->is.origin, " (host ");

	unresolved(d,
		   of_host ?
			   arena_strndup(d->arena, v->is.origin, (size_t)(of_host - v->is.origin)) :
			   v->is.origin,
		   what, hint);
	h->unresolved_own = joined(d, h->unresolved_own, what);
	h->unresolved_key = joined(d, h->unresolved_key, key);
}

static const char *why_open(struct arena *a, const struct var *v, const char **out_hint)
{
	*out_hint = hint_plain;
	switch (v->open) {
	case OPEN_NOT:
		break;
	case OPEN_TEMPLATE:
		*out_hint = hint_template;
		return arena_printf(a, "%s is a template ({{ }})", v->is.name);
	case OPEN_VAULTED:
		*out_hint = known_is_opened(v->known) ? hint_vaulted : hint_in_clear;
		return known_is_opened(v->known) ?
			       arena_printf(a, "%s is vaulted, and no vault password file is known",
					    v->is.name) :
			       arena_printf(a,
					    "%s is vaulted, and only passwords, addresses and "
					    "users are opened",
					    v->is.name);
	case OPEN_NO_TEXT:
		return arena_printf(a, "%s holds a NUL or a \\N{NAME}", v->is.name);
	case OPEN_WRONG:
		*out_hint = v->known < 0 ? hint_name : hint_plain;
		if (known_is_vaulted(v->is.value))
			*out_hint = hint_not_opened;
		return v->wrong->text;
	}
	return "";
}

static void find_unresolved(struct deciding *d)
{
	for (int i = 0; i < d->count; i++) {
		const struct var *v = d->var[i];
		const char *hint, *why;

		if (var_is_applied(v) || !is_read(d, v))
			continue;
		if (v->open == OPEN_WRONG)
			v->wrong->counts |= !d->host->skip;
		why = why_open(d->arena, v, &hint);
		unresolved_by(d, v, why, v->open == OPEN_WRONG ? v->wrong->key : why, hint);
	}
}

/* --- the end -------------------------------------------------------------------------------- */

const char *vault_file_of(const struct inv_host *h)
{
	return h->vault_password_file ? h->vault_password_file : vault_file_of_all();
}

/* The variable that says the password; from its value, which is borrowed from it. */
static const struct var *password_var(const struct deciding *d)
{
	for (int i = 0; i < d->count; i++)
		if (d->var[i]->is.value == d->host->password_in_clear)
			return d->var[i];
	INSIST(!"a password of no variable");
	return NULL;
}

static void vaulted_password(struct deciding *d)
{
	struct inv_host *h = d->host;
	const char *file = vault_file_of(h), *vaulted = h->password_in_clear, *what;
	const struct var *v = password_var(d);

	h->password_in_clear = NULL;
	if (file[0]) {
		h->password = arena_printf(d->arena, "vault:%s\n%s", file, vaulted);
		return;
	}
	what = arena_printf(d->arena, "%s is vaulted, and no vault password file is known",
			    v->is.name);
	unresolved_by(d, v, what, what, hint_vaulted);
}

static void decide_password(struct deciding *d)
{
	struct inv_host *h = d->host;
	bool secret;

	if (h->connection == CONNECT_LOCAL)
		h->password = h->password_in_clear = NULL;
	if (h->password && strncmp(h->password, "prompt:", 7) == 0)
		h->password = arena_printf(d->arena, "prompt:%s %s", h->user ? h->user : "nobody",
					   h->password + 7);
	/* what was encrypted stands in clear nowhere */
	if (h->password_in_clear && !uses_password(h) && password_var(d)->secret)
		h->password_in_clear = NULL;
	if (!h->password_in_clear || !uses_password(h))
		return;
	if (known_is_vaulted(h->password_in_clear)) {
		vaulted_password(d);
		return;
	}
	secret_guard();
	secret = password_var(d)->secret;
	h->password =
		arena_printf(d->arena, "%s:%s", secret ? "opened" : "text", h->password_in_clear);
	if (secret)
		h->password_in_clear = NULL;
}

/* Names that only the plugin of paramiko looks at, and lets count more than all others. */
static void decide_detour(struct deciding *d)
{
	struct inv_host *h = d->host;

	if (by_paramiko(h) && h->paramiko)
		h->detour = arena_printf(d->arena, "%s with paramiko", h->paramiko);
	if (h->connection == CONNECT_LOCAL || h->connection == CONNECT_UNSUPPORTED)
		h->detour = NULL;
	if (h->connection == CONNECT_LOCAL)
		h->jump = NULL;
}

/* Whatever leads to the host may stand in such a file, under a name that counts more. */
static void find_closed(struct deciding *d, struct closed *closed)
{
	struct inv_host *h = d->host;

	if (!closed || h->without_vaulted)
		return;
	unresolved(d, closed->path,
		   arena_printf(d->arena,
				"%s is vaulted as a whole, and no vault password opens it",
				closed->path),
		   hint_file);
	if (!h->skip && closed->hosts++ == 0)
		closed->first = h->name;
}

/* Whatever else a file says. A host with marshal_skip may be a bastion, which is dialled. */
static bool is_never_dialled(const struct inv_host *h)
{
	return h->connection == CONNECT_UNSUPPORTED ||
	       (h->connection == CONNECT_LOCAL && !h->program);
}

const char *inv_why_skipped(const struct inv_host *h)
{
	return h->no_program ? "connection local without marshal_program" : "marshal_skip";
}

void inv_skipped_add(struct inv_skipped *s, const struct inv_host *h)
{
	s->hosts++;
	s->no_program += h->no_program;
}

char *inv_skipped_text(const struct inv_skipped *s)
{
	static const struct inv_host marked = { .skip = true }, local = { .no_program = true };
	int said = s->hosts - s->no_program;

	if (said == 0 || s->no_program == 0)
		return xasprintf("%d skipped (%s)", s->hosts,
				 inv_why_skipped(said == 0 ? &local : &marked));
	return xasprintf("%d skipped (%d %s, %d %s)", s->hosts, said, inv_why_skipped(&marked),
			 s->no_program, inv_why_skipped(&local));
}

void host_way(struct arena *a, const struct var *const *var, int count, struct closed *closed,
	      struct inv_host *out)
{
	struct deciding d = { a, var, count, out };

	decide_detour(&d);
	if (inv_speaks_winrm(out))
		winrm_end(a, out);
	if (out->port == 0)
		out->port = 22;
	find_unresolved(&d);
	if (out->connection != CONNECT_UNSUPPORTED)
		decide_password(&d);
	if (!is_never_dialled(out))
		find_closed(&d, closed);
	if (out->connection == CONNECT_UNSUPPORTED)
		out->unsupported = arena_printf(a, "ansible_connection '%s'", out->connection_name);
	else
		out->unsupported = out->detour ? out->detour : out->winrm_cannot;
	if (out->unresolved)
		out->connection = CONNECT_UNRESOLVED;
	else if (out->unsupported)
		out->connection = CONNECT_UNSUPPORTED;
	else if (out->connection == CONNECT_LOCAL && !out->program)
		out->no_program = !out->skip;   /* Ansible's own machine, as a rule */
	out->skip = out->skip || out->no_program;
}
