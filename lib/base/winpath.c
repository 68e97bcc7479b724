/* winpath.c - Windows paths made alike, so that they can be compared as texts. */
#include "base/winpath.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"

static bool is_separator(char c)
{
	return c == '\\' || c == '/';
}

/* The small letter of one that UTF-8 writes in two bytes: Latin, Greek, Cyrillic. */
static unsigned fold(unsigned c)
{
	if ((c >= 0xc0 && c <= 0xde && c != 0xd7) || (c >= 0x391 && c <= 0x3a9) ||
	    (c >= 0x410 && c <= 0x42f))
		return c + 32;
	if (c >= 0x400 && c <= 0x40f)
		return c + 80;
	if ((c >= 0x100 && c <= 0x12f) || (c >= 0x14a && c <= 0x177))
		return c | 1;
	if ((c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17e))
		return c + (c & 1);
	return c;
}

static void fold_case(char *text)
{
	for (unsigned char *p = (unsigned char *)text; *p; p++) {
		if (*p >= 'A' && *p <= 'Z') {
			*p = (unsigned char)(*p + 'a' - 'A');
		} else if (*p >= 0xc3 && *p <= 0xdf && (p[1] & 0xc0) == 0x80) {
			unsigned c = fold((unsigned)(*p & 0x1f) << 6 | (p[1] & 0x3f));

			*p++ = (unsigned char)(0xc0 | c >> 6);
			*p = (unsigned char)(0x80 | (c & 0x3f));
		}
	}
}

static bool begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

/* \\?\C:\x is C:\x, \\?\UNC\server\share is \\server\share; a volume's \\?\Volume{..} stays. */
static void drop_prefix(char *text)
{
	static const char unc[] = "\\\\?\\unc\\";
	char *rest = text + strlen("\\\\?\\");

	if (begins(text, unc))
		memmove(text + 2, text + strlen(unc), strlen(text + strlen(unc)) + 1);
	else if (begins(text, "\\\\?\\") && rest[0] && rest[1] == ':')
		memmove(text, rest, strlen(rest) + 1);
}

char *winpath_normal(const char *path)
{
	char *out = xstrdup(path);
	size_t len = 0;

	for (const char *p = path; *p; p++) {
		char c = is_separator(*p) ? '\\' : *p;

		if (c == '\\' && len > 1 && out[len - 1] == '\\')
			continue;       /* two in a row are a share's, at the front alone */
		out[len++] = c;
	}
	out[len] = '\0';
	fold_case(out);
	drop_prefix(out);
	for (len = strlen(out); len > 0 && out[len - 1] == '\\'; len--)
		out[len - 1] = '\0';
	return out;
}

bool winpath_equal(const char *a, const char *b)
{
	AUTO_FREE char *left = winpath_normal(a), *right = winpath_normal(b);

	return strcmp(left, right) == 0;
}

bool winpath_within(const char *folder, const char *path)
{
	AUTO_FREE char *above = winpath_normal(folder), *below = winpath_normal(path);
	size_t len = strlen(above);

	return len > 0 && begins(below, above) && (below[len] == '\0' || below[len] == '\\');
}

bool winpath_matches(const char *pattern, const char *path)
{
	AUTO_FREE char *wanted = winpath_normal(pattern), *given = winpath_normal(path);

	return text_glob(wanted, given);
}

bool winpath_is_share(const char *path)
{
	AUTO_FREE char *text = winpath_normal(path);

	return begins(text, "\\\\") && text[2] != '?' && text[2] != '.' && text[2] != '\0';
}

const char *winpath_name(const char *path)
{
	const char *name = path;

	for (const char *p = path; *p; p++)
		if (is_separator(*p) && p[1])
			name = p + 1;
	return name;
}
