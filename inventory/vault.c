/* vault.c - what ansible-vault encrypted, whole files and single values, opened by Ansible's own
 * program where the user names the file with its password. It is held in memory alone. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/run.h"
#include "base/secret.h"
#include "inventory/build.h"

enum { OPEN_MS = 30 * 1000 };

const char *vault_file_of_all(void)
{
	const char *file = getenv("ANSIBLE_VAULT_PASSWORD_FILE");

	return file ? file : "";
}

char *vault_open(const char *file, const char *text, size_t len, size_t *out_len, struct err *err)
{
	char *const argv[] = { "ansible-vault",
			       "decrypt",
			       "--vault-password-file",
			       (char *)file,
			       "--output",
			       "-",
			       "-",
			       NULL };
	struct run run = { .argv = argv,
			   .input = text,
			   .input_len = len,
			   .max = LIMIT_FILE,
			   .limit_ms = OPEN_MS,
			   .fault = FAULT_UNRESOLVED_VARIABLE };

	secret_guard();
	return run_output(&run, out_len, err);
}

static void set_not_opened(struct arena *a, struct var *v, const char *text)
{
	var_set_wrong(a, v, text, text);
}

/* One value for all hosts that share it; what was wrong with it is kept as well. */
static const struct var *open_value(struct inventory *inv, const struct var *v, const char *file)
{
	struct arena *a = &inv->arena;
	const char *key = arena_printf(a, "%s\n%s\n%s", v->is.name, file, v->is.value);
	struct var *opened = map_get(&inv->opened, key);
	struct err err;
	size_t len = 0;
	char *text;

	if (opened)
		return opened;
	opened = arena_alloc(a, 1, sizeof(*opened));
	*opened = *v;
	text = vault_open(file, v->is.value, strlen(v->is.value), &len, &err);
	while (text && len > 0 && (text[len - 1] == '\n' || text[len - 1] == '\r'))
		text[--len] = '\0';
	if (!text) {
		set_not_opened(
			a, opened,
			arena_printf(a, "%s is vaulted, and not opened: %s", v->is.name, err.msg));
	} else if (strlen(text) != len) {
		set_not_opened(a, opened,
			       arena_printf(a, "%s is vaulted, and no text", v->is.name));
	} else {
		opened->open = var_is_template(text) ? OPEN_TEMPLATE : OPEN_NOT;
		opened->secret = true;
		opened->is.value = arena_strdup(a, text);
		/* of an address or a user a wrong value is no error */
		(void)known_check(a, opened, &err);
	}
	secret_free(text);
	map_add(&inv->opened, key, opened);
	return opened;
}

const struct var *vault_opened(struct inventory *inv, const struct var *v, const char *file)
{
	bool can = v->open == OPEN_VAULTED && !v->collection && known_is_vaulted(v->is.value) &&
		   known_is_opened(v->known) && file[0];

	return can ? open_value(inv, v, file) : v;
}

struct closed *closed_add(struct inventory *inv, const char *path, const char *owner,
			  const char *why)
{
	struct closed *c = arena_alloc(&inv->arena, 1, sizeof(*c));

	MEM_GROW(inv->closed, inv->closed_count, inv->closed_cap);
	inv->closed[inv->closed_count++] = c;
	c->path = arena_strdup(&inv->arena, path);
	c->owner = arena_strdup(&inv->arena, owner);
	c->why = arena_strdup(&inv->arena, why);
	return c;
}

static bool is_of_host(const struct closed *c)
{
	return strncmp(c->owner, "host ", 5) == 0;
}

/* Of the files of single hosts that are closed for the same cause as c, which is the first of them,
 * the others are counted into it. */
static int fold_closed(struct inventory *inv, struct closed *c)
{
	int more = 0;

	for (int i = 0; i < inv->closed_count; i++) {
		struct closed *other = inv->closed[i];

		if (other == c || !other->path || !is_of_host(other) ||
		    strcmp(other->why, c->why) != 0)
			continue;
		if (c->hosts == 0)
			c->first = other->first;
		c->hosts += other->hosts;
		other->path = NULL;
		more++;
	}
	return more;
}

static void warn_of_closed(struct inventory *inv, const struct closed *c, int more)
{
	AUTO_FREE char *files =
		more ? xasprintf(" and %d more of hosts are", more) : xstrdup(" is");
	AUTO_FREE char *whose = more ? xstrdup("those hosts") : xstrdup(c->owner);
	AUTO_FREE char *faults =
		c->hosts == 0 ?
			xstrdup("") :
			xasprintf(": %d host%s (first %s) not dialled, fault unresolved-variable, "
				  "unless marshal_without_vaulted says otherwise",
				  c->hosts, c->hosts == 1 ? "" : "s", c->first);

	build_warn(inv,
		   "%s%s encrypted by ansible-vault as a whole and not read (%s): %s may get "
		   "address or way from there%s",
		   c->path, files, c->why, whose, faults);
}

void warn_closed(struct inventory *inv)
{
	for (int i = 0; i < inv->closed_count; i++) {
		struct closed *c = inv->closed[i];

		if (c->path)
			warn_of_closed(inv, c, is_of_host(c) ? fold_closed(inv, c) : 0);
	}
}
