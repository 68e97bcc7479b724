/* text.c - showing and comparing words. Whatever a host said passes text_printable() before it
 * reaches a terminal: a server name or an error text must not be able to move the cursor, to
 * recolour what stands around it or to turn a line round. */
#include "base/text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* Decodes one character of at most len bytes. Gives its length, 0 for invalid UTF-8 (overlong
 * forms, surrogates and what lies above U+10FFFF too). */
static size_t decode(const unsigned char *s, size_t len, uint32_t *out)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n = s[0] < 0x80 ? 1 : s[0] >= 0xF0 ? 4 : s[0] >= 0xE0 ? 3 : s[0] >= 0xC2 ? 2 : 0;
	uint32_t c = n == 1 ? s[0] : n == 2 ? s[0] & 0x1F : n == 3 ? s[0] & 0x0F : s[0] & 0x07;

	if (n == 0 || n > len || s[0] > 0xF4)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xC0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3F);
	}
	if (c < least[n] || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
		return 0;
	*out = c;
	return n;
}

/* Characters that turn the direction of text, hide in it or end a line. */
static bool is_treacherous(uint32_t c)
{
	return c < 0x20 || (c >= 0x7F && c <= 0x9F) || c == 0x061C || c == 0xFEFF ||
	       (c >= 0x200B && c <= 0x200F) || (c >= 0x2028 && c <= 0x202E) ||
	       (c >= 0x2060 && c <= 0x206F) || (c >= 0xFFF9 && c <= 0xFFFB);
}

/* Appends one character or its escape; -1 when it does not fit. */
static int add_char(struct buf *out, const unsigned char *s, size_t n, uint32_t c)
{
	if (n == 0)
		return buf_addf(out, "\\x%02x", s[0]);
	if (!is_treacherous(c))
		return buf_add(out, s, n);
	if (c == '\n')
		return buf_adds(out, "\\n");
	if (c == '\r')
		return buf_adds(out, "\\r");
	if (c == '\t')
		return buf_adds(out, "\\t");
	return c < 0x100 ? buf_addf(out, "\\x%02x", c) : buf_addf(out, "\\u%04x", c);
}

char *text_printable(const char *s, size_t len, size_t max)
{
	static const char ellipsis[] = "\xE2\x80\xA6";
	const size_t tail = sizeof(ellipsis) - 1;
	const unsigned char *at = (const unsigned char *)s;
	size_t fits = 0;        /* the longest beginning that leaves room for the ellipsis */
	struct buf out;

	buf_init(&out, max);
	while (len > 0) {
		uint32_t c = 0;
		size_t n = decode(at, len, &c);

		if (add_char(&out, at, n, c) < 0)
			break;
		if (out.len + tail <= max)
			fits = out.len;
		at += n ? n : 1;
		len -= n ? n : 1;
	}
	if (len > 0 && out.data) {
		out.len = fits;
		out.data[fits] = '\0';
		if (max >= tail)
			buf_adds(&out, ellipsis);
	}
	return buf_take(&out);
}

bool text_is_utf8(const char *s, size_t len)
{
	const unsigned char *at = (const unsigned char *)s;

	while (len > 0) {
		uint32_t c;
		size_t n = decode(at, len, &c);

		if (n == 0)
			return false;
		at += n;
		len -= n;
	}
	return true;
}

static bool is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool text_is_name(const char *s)
{
	size_t len = strnlen(s, 256);

	if (len == 0 || len > 255 || s[0] == '-')
		return false;
	for (; *s; s++)
		if (!is_alnum(*s) && !strchr("._-:@", *s))
			return false;
	return true;
}

static int lower(char c)
{
	return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : (unsigned char)c;
}

const char *text_pasteable(const char *word, const char *otherwise)
{
	return text_is_name(word) ? word : otherwise;
}

bool text_same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

int text_next_word(const char **pos, struct buf *word)
{
	const char *c = *pos + strspn(*pos, " \t\r\n");
	char quote = 0;

	buf_clear(word);
	buf_adds(word, "");
	if (*c == '\0')
		return 0;
	for (; *c && (quote || !strchr(" \t\r\n", *c)); c++) {
		if (quote && *c == quote)
			quote = 0;
		else if (!quote && (*c == '"' || *c == '\''))
			quote = *c;
		else if (*c == '\\' && c[1] && (!quote || (quote == '"' && strchr("\"\\", c[1]))))
			buf_add(word, ++c, 1);
		else
			buf_add(word, c, 1);
	}
	*pos = c;
	return quote ? -1 : 1;
}

int text_casecmp(const char *a, const char *b)
{
	while (*a && lower(*a) == lower(*b)) {
		a++;
		b++;
	}
	return lower(*a) - lower(*b);
}

/* Matches one [..] set; *pattern is moved behind it. A set without its end is a plain '['. */
static bool match_set(const char **pattern, char c)
{
	const char *p = *pattern + 1;
	bool negate = *p == '!' || *p == '^', hit = false;
	const char *first = p += negate;

	for (; *p && (*p != ']' || p == first); p++) {
		int low = lower(*p), high = low;

		if (p[1] == '-' && p[2] && p[2] != ']') {
			high = lower(p[2]);
			p += 2;
		}
		hit = hit || (lower(c) >= low && lower(c) <= high);
	}
	if (*p != ']') {
		*pattern += 1;
		return c == '[';
	}
	*pattern = p + 1;
	return hit != negate;
}

bool text_glob(const char *pattern, const char *s)
{
	const char *star = NULL, *retry = NULL;

	/* the last star alone needs to be tried again: time is at most length times length */
	for (;;) {
		const char *next = pattern + 1;
		bool ok;

		if (*pattern == '*') {
			star = ++pattern;
			retry = s;
			continue;
		}
		if (!*s && !*pattern)
			return true;
		if (*s && *pattern == '[') {
			next = pattern;
			ok = match_set(&next, *s);
		} else {
			ok = *s && *pattern && (*pattern == '?' || lower(*pattern) == lower(*s));
		}
		if (ok) {
			pattern = next;
			s++;
		} else if (star && *retry) {
			pattern = star;
			s = ++retry;
		} else {
			return false;
		}
	}
}

enum { NEAR_MAX = 64 };

int text_distance(const char *a, const char *b)
{
	int la = (int)strnlen(a, NEAR_MAX), lb = (int)strnlen(b, NEAR_MAX);
	int row[NEAR_MAX + 1] = { 0 }, above[NEAR_MAX + 1] = { 0 }, next[NEAR_MAX + 1] = { 0 };

	for (int j = 0; j <= lb; j++)
		row[j] = j;
	for (int i = 1; i <= la; i++) {
		next[0] = i;
		for (int j = 1; j <= lb; j++) {
			int best = row[j - 1] + (lower(a[i - 1]) != lower(b[j - 1]));

			best = row[j] + 1 < best ? row[j] + 1 : best;
			best = next[j - 1] + 1 < best ? next[j - 1] + 1 : best;
			if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
			    lower(a[i - 2]) == lower(b[j - 1]) && above[j - 2] + 1 < best)
				best = above[j - 2] + 1;
			next[j] = best;
		}
		memcpy(above, row, sizeof(row));
		memcpy(row, next, sizeof(row));
	}
	return row[lb];
}

/* How many slips a word of that length may have: more, and it is another word. */
static int slips_of(int len)
{
	return len < 2 ? 0 : len < 6 ? 1 : len < 9 ? 2 : 3;
}

const char *text_nearest(const char *word, const char *const *name, int count)
{
	int best = slips_of((int)strnlen(word, NEAR_MAX));
	const char *nearest = NULL;

	for (int i = 0; i < count; i++) {
		int d = text_distance(word, name[i]);

		/* of two equally near the one that begins alike: wbe is web rather than db */
		if (d < best ||
		    (d == best && (!nearest || (nearest[0] != word[0] && name[i][0] == word[0])))) {
			best = d;
			nearest = name[i];
		}
	}
	return nearest;
}

bool text_in_list(const char *list, char separator, const char *word)
{
	const char stop[] = { separator, '\0' };
	size_t len = strlen(word);

	while (len > 0 && *list) {
		size_t here = strcspn(list, stop);

		if (here == len && memcmp(list, word, len) == 0)
			return true;
		list += here + (list[here] != '\0');
	}
	return false;
}
