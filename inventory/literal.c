/* literal.c - values of INI files as Ansible takes them: each is tried as a Python literal first
 * (ast.literal_eval, in plugins/inventory/ini.py), and what is none is the text as it stands. So
 * quotes around all of a value are taken off, and behind a backslash in them stands what it does
 * in Python: 'CORP\svc' is CORP\svc, but 'CORP\new' is two lines. Numbers, lists and maps stay
 * text. */
#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "inventory/build.h"

enum taken { TAKEN, NO_LITERAL, NO_TEXT };

static void add_utf8(struct buf *out, uint32_t c)
{
	unsigned char bytes[4];
	size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

	for (size_t i = n; i-- > 1; c >>= 6)
		bytes[i] = (unsigned char)(0x80 | (c & 0x3f));
	bytes[0] = (unsigned char)(n == 1 ? c : (0xf00u >> n & 0xff) | c);
	buf_add(out, bytes, n);
}

/* `digits` digits of base 16, or up to 3 of base 8. */
static enum taken take_number(const char **at, int base, int digits, struct buf *out)
{
	uint32_t c = 0;
	int n = 0;

	for (; n < digits; n++, (*at)++) {
		const char *set = "0123456789abcdef", *d;

		d = **at ? strchr(set, tolower((unsigned char)**at)) : NULL;
		if (!d || d - set >= base)
			break;
		c = c * (uint32_t)base + (uint32_t)(d - set);
	}
	if ((base == 16 && n < digits) || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
		return NO_LITERAL;
	if (c == 0)
		return NO_TEXT;
	add_utf8(out, c);
	return TAKEN;
}

/* At the character behind a backslash. An unknown one keeps it. */
static enum taken take_escape(const char **at, struct buf *out)
{
	static const char from[] = "\\'\"abfnrtv", to[] = "\\'\"\a\b\f\n\r\t\v";
	const char *known = strchr(from, **at);

	if (**at >= '0' && **at <= '7')
		return take_number(at, 8, 3, out);
	(*at)++;
	switch ((*at)[-1]) {
	case 'x':
		return take_number(at, 16, 2, out);
	case 'u':
		return take_number(at, 16, 4, out);
	case 'U':
		return take_number(at, 16, 8, out);
	case 'N':               /* a character by its name, of which we have no list */
		return **at == '{' ? NO_TEXT : NO_LITERAL;
	default:
		if (!known)
			buf_adds(out, "\\");
		buf_add(out, known ? &to[known - from] : &(*at)[-1], 1);
		return TAKEN;
	}
}

/* One string with its quotes; *at is moved behind it. */
static enum taken take_string(const char **at, struct buf *out)
{
	bool raw = **at == 'r' || **at == 'R';
	char quote;
	size_t ends;

	*at += raw || **at == 'u' || **at == 'U';
	quote = **at;
	if (quote != '"' && quote != '\'')
		return NO_LITERAL;
	ends = (*at)[1] == quote && (*at)[2] == quote ? 3 : 1;
	for (*at += ends; **at;) {
		enum taken r = TAKEN;

		if (**at == quote && (ends == 1 || ((*at)[1] == quote && (*at)[2] == quote))) {
			*at += ends;
			return TAKEN;
		}
		if (**at != '\\') {
			buf_add(out, (*at)++, 1);
		} else if ((*at)[1] == '\0') {
			return NO_LITERAL;
		} else if (raw) {
			buf_add(out, *at, 2);
			*at += 2;
		} else {
			(*at)++;
			r = take_escape(at, out);
		}
		if (r != TAKEN)
			return r;
	}
	return NO_LITERAL;
}

/* Strings with nothing between them are one; behind the last a comment may stand. */
static enum taken take_strings(const char *value, struct buf *out)
{
	const char *at = value + strspn(value, " \t");
	enum taken r;

	do {
		r = take_string(&at, out);
		at += strspn(at, " \t");
	} while (r == TAKEN && *at != '\0' && *at != '#');
	return r;
}

int literal_text(const char *value, char **out, bool *out_null)
{
	size_t len = strcspn(value, "#");
	struct buf text;
	enum taken r;

	buf_init(&text, strlen(value) + 1);
	buf_adds(&text, "");
	r = take_strings(value, &text);
	*out_null = false;
	*out = r == TAKEN ? buf_take(&text) : NULL;
	buf_release(&text);
	if (r == TAKEN)
		return 0;
	if (r == NO_TEXT)
		return -1;
	while (len > 0 && isspace((unsigned char)value[len - 1]))
		len--;
	*out_null = len == 4 && strncmp(value, "None", 4) == 0;
	if ((len > 0 && strspn(value, "0123456789.-") == len) || *out_null ||
	    (len == 4 && !strncmp(value, "True", 4)) || (len == 5 && !strncmp(value, "False", 5)))
		*out = xstrndup(value, len);
	else
		*out = xstrdup(value);
	return 0;
}
