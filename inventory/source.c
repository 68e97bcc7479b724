/* source.c - one file in memory: found, read, freed of its BOM, known to be UTF-8 text. Files
 * made on Windows are read as they are; what Ansible would run or decrypt is refused by name. */
#include "inventory/source.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"

int place_error(const struct place *at, struct err *err, const char *fmt, ...)
{
	char text[sizeof(err->msg)];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	err_set(err, ERR_USAGE, "%s:%d:%d: %s", at->file->path, at->line, at->col, text);
	return err_hint(err, at->file->kind->hint);
}

struct place source_place(const struct source *src, size_t offset)
{
	struct place at = { src, 1, 1 };

	for (size_t i = 0; i < offset && i < src->len; i++) {
		unsigned char c = (unsigned char)src->text[i];

		if (c == '\n') {
			at.line++;
			at.col = 1;
		} else if ((c & 0xc0) != 0x80) { /* a character's first byte */
			at.col++;
		}
	}
	return at;
}

/* Offset of the first byte that is no UTF-8 text. */
static size_t first_bad(const char *text, size_t len)
{
	size_t i = 0;

	while (i < len && text[i] != '\0') {
		unsigned char c = (unsigned char)text[i];
		size_t n = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;

		if (n > len - i || !text_is_utf8(text + i, n))
			break;
		i += n;
	}
	return i;
}

static int check_text(struct source *src, struct err *err)
{
	struct place top = { src, 1, 1 };

	if (src->len >= 2 &&
	    (!memcmp(src->text, "\xff\xfe", 2) || !memcmp(src->text, "\xfe\xff", 2)))
		return place_error(&top, err, "this is UTF-16: expected UTF-8 text");
	if (src->len >= 3 && !memcmp(src->text, "\xef\xbb\xbf", 3)) {
		src->len -= 3;
		memmove(src->text, src->text + 3, src->len + 1);
	}
	if (memchr(src->text, '\0', src->len) || !text_is_utf8(src->text, src->len)) {
		struct place at = source_place(src, first_bad(src->text, src->len));

		return place_error(&at, err, "expected UTF-8 text");
	}
	src->vaulted = strncmp(src->text, "$ANSIBLE_VAULT;", 15) == 0;
	if (src->vaulted && !src->kind->vaulted_whole)
		return place_error(&top, err, "encrypted by ansible-vault: expected plain text");
	if (!strncmp(src->text, "#!", 2) &&
	    !strncmp(src->text + 2 + strspn(src->text + 2, " "), "/", 1))
		return place_error(&top, err,
				   "this is a program: expected %s, such as its saved output, or "
				   "the right to run it (chmod +x)",
				   src->kind->noun);
	return 0;
}

int source_of(struct arena *a, const struct source *as, char *text, size_t len, struct source **out,
	      struct err *err)
{
	struct source *src = arena_alloc(a, 1, sizeof(*src));

	*src = *as;
	src->text = text;
	src->len = len;
	if (check_text(src, err) < 0) {
		source_close(src);
		return -1;
	}
	*out = src;
	return 0;
}

int source_open(struct arena *a, const struct source_kind *kind, const char *path, const char *base,
		struct source **out, struct err *err)
{
	struct source as = { .kind = kind, .base = base };
	struct stat st;
	size_t len;
	char *text;

	if (strcmp(path, "-") != 0 && stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return err_set(err, ERR_USAGE, "%s: this is a folder: expected %s", path,
			       kind->noun);
	as.path = arena_strdup(a, strcmp(path, "-") ? path : "(standard input)");
	text = file_read(path, kind->max, &len, err);
	return text ? source_of(a, &as, text, len, out, err) : -1;
}

/* "\ud83d" at p: the number behind a \u with so many hex digits; -1 where there is none. */
static int escaped(const char *p)
{
	int number = 0;

	if (p[0] != '\\' || p[1] != 'u')
		return -1;
	for (int i = 2; i < 6; i++) {
		if (!isxdigit((unsigned char)p[i]))
			return -1;
		number = number * 16 +
			 (isdigit((unsigned char)p[i]) ? p[i] - '0' : (p[i] | 32) - 'a' + 10);
	}
	return number;
}

void source_join_pairs(struct source *src)
{
	char *from = src->text, *to = from, *end = from + src->len;

	while (from < end) {
		int high = escaped(from), low = high < 0 ? -1 : escaped(from + 6), code;

		if (high < 0xD800 || high > 0xDBFF || low < 0xDC00 || low > 0xDFFF) {
			/* a backslash that is itself escaped escapes nothing */
			if (*from == '\\' && from + 1 < end)
				*to++ = *from++;
			*to++ = *from++;
			continue;
		}
		code = 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
		*to++ = (char)(0xF0 | code >> 18);
		*to++ = (char)(0x80 | (code >> 12 & 0x3F));
		*to++ = (char)(0x80 | (code >> 6 & 0x3F));
		*to++ = (char)(0x80 | (code & 0x3F));
		from += 12;
	}
	*to = '\0';
	src->len = (size_t)(to - src->text);
}

void source_close(struct source *src)
{
	free(src->text);
	src->text = NULL;
	src->len = 0;
}
