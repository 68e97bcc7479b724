/* causes.c - which faults are one and the same. What differs from host to host although the cause
 * is one is cut out of the text; every other number stays, as it may be what matters. */
#include "base/causes.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

enum { TEXT_MAX = 2048 };
static const char ellipsis[] = "\xE2\x80\xA6";

static bool in_word(char c)
{
	return isalnum((unsigned char)c) || c == '-' || c == '_';
}

/* How many bytes at `at` are this word, 0 when they are not or are a part of a longer one. */
static size_t word_at(const char *text, const char *at, const char *word)
{
	size_t len = strlen(word);

	if (len == 0 || strncasecmp(at, word, len) != 0 || in_word(at[len]) ||
	    (at > text && in_word(at[-1])))
		return 0;
	return len;
}

/* What stands behind these words is a host's own: "port 2222", "line 31", a key's fingerprint. */
static size_t own_behind(const char *at, size_t *out_own)
{
	static const struct {
		const char *word, *own;
	} table[] = {
		{ " port ", "0123456789" },
		{ " line ", "0123456789" },
		{ "SHA256:", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=" },
	};

	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		size_t len = strlen(table[i].word);

		if (strncmp(at, table[i].word, len) != 0)
			continue;
		*out_own = strspn(at + len, table[i].own);
		return *out_own ? len : 0;
	}
	return 0;
}

/* "ansible_port is '0': expected ..." */
static size_t value_at(const char *at, size_t *out_own)
{
	static const char before[] = " is '", behind[] = "': expected ";
	const char *end = strncmp(at, before, sizeof(before) - 1) == 0 ?
				  strstr(at + sizeof(before) - 1, behind) :
				  NULL;

	*out_own = end ? (size_t)(end - at) - (sizeof(before) - 1) : 0;
	return *out_own ? sizeof(before) - 1 : 0;
}

/* The text as any other host could have met it; with `values` also whatever was wrong in it. */
static void without_own(const char *text, const char *name, const char *address, bool values,
			struct buf *out)
{
	for (const char *at = text; *at;) {
		size_t own = 0, kept = values ? value_at(at, &own) : 0;

		kept = kept ? kept : own_behind(at, &own);
		if (kept == 0) {
			own = word_at(text, at, address);
			own = own ? own : word_at(text, at, name);
		}
		buf_add(out, at, kept);
		buf_adds(out, own ? ellipsis : (char[]){ *at, '\0' });
		at += own ? kept + own : 1;
	}
}

/* Messages begin with the host they are about: it is named beside them. */
static const char *behind_name(const char *text, const char *name)
{
	size_t len = strlen(name);

	return strncmp(text, name, len) == 0 && strncmp(text + len, ": ", 2) == 0 ? text + len + 2 :
										    text;
}

static struct cause *new_cause(struct causes *c, enum err_code fault, const char *key,
			       const char *text, const char *alike)
{
	struct cause *cause = arena_alloc(&c->texts, 1, sizeof(*cause));

	cause->fault = fault;
	cause->text = arena_strdup(&c->texts, text);
	cause->alike = arena_strdup(&c->texts, alike);
	cause->key = arena_strdup(&c->texts, key);
	map_add(&c->by_key, cause->key, cause);
	MEM_GROW(c->item, c->count, c->cap);
	c->item[c->count++] = cause;
	return cause;
}

struct cause *causes_add(struct causes *c, enum err_code fault, const char *name,
			 const char *address, const char *text)
{
	struct cause *cause;
	struct buf folded, alike;

	text = behind_name(text, name);
	buf_init(&folded, TEXT_MAX);
	buf_init(&alike, TEXT_MAX);
	buf_addf(&folded, "%d ", (int)fault);
	without_own(text, name, address, fault == FAULT_UNRESOLVED_VARIABLE, &folded);
	without_own(text, name, address, false, &alike);
	cause = map_get(&c->by_key, buf_text(&folded));
	if (!cause) {
		cause = new_cause(c, fault, buf_text(&folded), text, buf_text(&alike));
	} else {
		if (cause->alike && strcmp(cause->alike, buf_text(&alike)) != 0)
			cause->alike = NULL;
		cause->text = cause->alike ? cause->alike : strchr(cause->key, ' ') + 1;
	}
	buf_release(&folded);
	buf_release(&alike);
	MEM_GROW(cause->name, cause->count, cause->cap);
	cause->name[cause->count++] = name;
	return cause;
}

void causes_hint(struct causes *c, struct cause *cause, const char *hint)
{
	if (!cause->hint && hint && *hint && strcmp(hint, err_hint_of(cause->fault)) != 0)
		cause->hint = arena_strdup(&c->texts, hint);
}

static int by_size(const void *a, const void *b)
{
	const struct cause *x = *(struct cause *const *)a, *y = *(struct cause *const *)b;

	if (x->count != y->count)
		return y->count - x->count;
	return x->fault != y->fault ? (int)x->fault - (int)y->fault : strcmp(x->text, y->text);
}

void causes_order(struct causes *c)
{
	if (c->count)
		qsort(c->item, (size_t)c->count, sizeof(*c->item), by_size);
}

void causes_release(struct causes *c)
{
	for (int i = 0; i < c->count; i++)
		free(c->item[i]->name);
	free(c->item);
	map_release(&c->by_key);
	arena_release(&c->texts);
	*c = (struct causes){ 0 };
}
