/* facts_clean.c - what servers say of their proxies, without secrets. What is left is never longer
 * than what was said, so that it is made in a copy of it. Where a text can be read in two ways, the
 * one that keeps less is taken. */
#include "scanner/facts/facts_clean.h"

#include <string.h>
#include <strings.h>

#include "base/mem.h"

#define BETWEEN "; \t\r\n"
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

/* Of the word before the proxy for one protocol, "https=". 0: there is none. */
static size_t label_len(const char *s)
{
	static const char *const labels[] = { "http=", "https=", "ftp=", "socks=" };

	for (size_t i = 0; i < ARRAY_LEN(labels); i++)
		if (strncasecmp(s, labels[i], strlen(labels[i])) == 0)
			return strlen(labels[i]);
	return 0;
}

/* Where the proxy at s ends. A password may hold a semicolon too, so that only one before the next
 * label counts. */
static const char *part_end(const char *s)
{
	for (;;) {
		const char *end = s + strcspn(s, BETWEEN);

		s = end + strspn(end, BETWEEN);
		if (!*s || label_len(s) > 0)
			return end;
	}
}

/* Of "http://" or "//" at s. 0: there is neither. */
static size_t scheme_len(const char *s)
{
	size_t len = strspn(s, LETTERS);

	if (len > 0 && s[len] == ':')
		len++;
	else
		len = 0;
	return strncmp(s + len, "//", 2) == 0 ? len + 2 : 0;
}

/* Behind the last @ before the end, or s itself. */
static const char *past_sign_in(const char *s, const char *end)
{
	const char *at = memrchr(s, '@', (size_t)(end - s));

	return at ? at + 1 : s;
}

char *clean_proxy(const char *text)
{
	char *clean = xstrdup(text), *out = clean;
	const char *s = text + strspn(text, BETWEEN);

	while (*s) {
		size_t len = label_len(s);
		const char *end = part_end(s);

		if (out > clean)
			*out++ = ';';
		memcpy(out, s, len);
		out += len;
		s = past_sign_in(s + len, end);
		s += scheme_len(s);
		len = strcspn(s, BETWEEN "/?#");
		memcpy(out, s, len);
		out += len;
		s = end + strspn(end, BETWEEN);
	}
	*out = '\0';
	return clean;
}

char *clean_address(const char *text)
{
	char *clean = xstrdup(text);
	size_t scheme = scheme_len(text);
	const char *host =
		past_sign_in(text + scheme, text + scheme + strcspn(text + scheme, "/?#"));
	size_t len = strcspn(host, "?#");

	memcpy(clean + scheme, host, len);
	clean[scheme + len] = '\0';
	return clean;
}
