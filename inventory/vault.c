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
		var_set_wrong(
			a, opened,
			arena_printf(a, "%s is vaulted, and not opened: %s", v->is.name, err.msg));
	} else if (strlen(text) != len) {
		var_set_wrong(a, opened, arena_printf(a, "%s is vaulted, and no text", v->is.name));
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
