/* shown.c - what of variables may be seen: passwords that an inventory shared with Ansible holds
 * are nobody's business on a screen, nor are whole keys (ansible_private_key); the names of their
 * files are. */
#include "inventory/shown.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "inventory/build.h"

enum { HIDE_DEEP = 64 };

static const char HIDDEN[] = "(hidden)", VAULTED[] = "(vaulted)";

/* "vault_pw", "pw": a word of its own; with `longer` also the beginning of one: "creds". */
static bool has_word(const char *name, const char *word, bool longer)
{
	size_t len = strlen(word);

	for (const char *at = name; (at = strcasestr(at, word)); at++)
		if ((at == name || strchr("_-.", at[-1])) &&
		    (longer || !at[len] || strchr("_-.", at[len])))
			return true;
	return false;
}

/* "http://user:password@proxy:3128/" */
static bool holds_sign_in(const char *text)
{
	for (const char *at = text; (at = strstr(at, "://")); at += 3) {
		size_t user = strcspn(at + 3, ":@/ "), rest = strcspn(at + 3 + user, "@/ ");

		if (at[3 + user] == ':' && at[3 + user + rest] == '@')
			return true;
	}
	return false;
}

/* "Server=db;Password = x", "-----BEGIN RSA PRIVATE KEY-----" */
static bool holds_secret(const char *text)
{
	static const char *const word[] = { "password", "passwd", "pwd" };

	for (size_t i = 0; i < ARRAY_LEN(word); i++)
		for (const char *at = text; (at = strcasestr(at, word[i])); at++) {
			const char *behind = at + strlen(word[i]);

			if (behind[strspn(behind, " \t")] == '=')
				return true;
		}
	return holds_sign_in(text) || strstr(text, "PRIVATE KEY-----") ||
	       strstr(text, "PRIVATE KEY BLOCK-----");
}

static bool is_secret(const char *name)
{
	static const char *const part[] = {
		"pass",	      "secret",	    "token", "api_key",		  "apikey",
		"credential", "access_key", "pwd",   "connection_string", "connectionstring"
	};

	for (size_t i = 0; i < ARRAY_LEN(part); i++)
		if (strcasestr(name, part[i]))
			return true;
	return has_word(name, "pw", false) || has_word(name, "conn", false) ||
	       has_word(name, "pin", false) || has_word(name, "cred", true) ||
	       (strcasestr(name, "private_key") && !strcasestr(name, "private_key_file"));
}

static const char *shown_text(const char *text)
{
	if (known_is_vaulted(text))
		return VAULTED;
	return holds_secret(text) ? HIDDEN : text;
}

/* A copy without what is secret in it. */
static json_t *shown_json(json_t *value, int depth)
{
	json_t *copy, *item;
	const char *key;
	size_t i;

	if (depth > HIDE_DEEP)
		return json_string(HIDDEN);
	if (json_is_string(value))
		return json_string(shown_text(json_string_value(value)));
	if (json_is_array(value)) {
		copy = json_array();
		json_array_foreach(value, i, item)
			json_array_append_new(copy, shown_json(item, depth + 1));
		return copy;
	}
	if (!json_is_object(value))
		return json_incref(value);
	copy = json_object();
	json_object_foreach(value, key, item) json_object_set_new(
		copy, key, is_secret(key) ? json_string(HIDDEN) : shown_json(item, depth + 1));
	return copy;
}

/* In INI it may be Python's form of a map, which is not taken apart. */
static char *shown_collection(const char *value)
{
	AUTO_JSON json_t *json = json_parse_trusted(value, strlen(value), NULL), *shown = NULL;

	if (!json)
		return xstrdup(is_secret(value) ? HIDDEN : shown_text(value));
	shown = shown_json(json, 0);
	return json_canonical(shown);
}

/* Where a password is; a wrong value may be the password itself. */
static bool is_place(const struct variable *v)
{
	static const struct source nowhere = { .kind = &inventory_files, .path = "" };
	struct var var = {
		.is = *v, .base = "", .known = known_find(v->name), .at = { &nowhere, 0, 0 }
	};
	struct arena scratch = { 0 };
	struct inv_host unused = { 0 };
	struct err why;
	bool is = known_is_password(var.known) && v->value[0] != '[' && v->value[0] != '{' &&
		  known_apply(&scratch, &var, 0, &unused, &why) == 0;

	arena_release(&scratch);
	return is;
}

char *shown_value(const struct variable *v)
{
	if (v->opened || known_is_vaulted(v->value))
		return xstrdup(VAULTED);
	if (is_place(v))
		return xstrdup(shown_text(v->value));
	if (is_secret(v->name))
		return xstrdup(HIDDEN);
	if ((v->value[0] == '{' && !strchr("{%#", v->value[1])) || v->value[0] == '[')
		return shown_collection(v->value);
	return xstrdup(shown_text(v->value));
}
