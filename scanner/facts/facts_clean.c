/* facts_clean.c - what servers say of their proxies, without secrets. What is left is never longer
 * than what was said, so that it is made in a copy of it. Where a text can be read in two ways, the
 * one that keeps less is taken. */
#include "scanner/facts/facts_clean.h"

#include <ctype.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/encode.h"
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

/* 8-4-4-4-12 hexadecimal digits, not all of them 0 and not all F. */
static bool is_uuid(const char *s)
{
	static const char shape[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
	size_t len = strlen(shape);

	if (strlen(s) != len)
		return false;
	for (size_t i = 0; i < len; i++)
		if (shape[i] == '-' ? s[i] != '-' : !strchr("0123456789abcdefABCDEF", s[i]))
			return false;
	return strspn(s, "0-") < len && strspn(s, "fF-") < len;
}

/* S-1-5-21 and three numbers of 32 bits. */
static bool is_machine_sid(const char *s)
{
	static const char begin[] = "S-1-5-21";

	if (strncmp(s, begin, strlen(begin)) != 0)
		return false;
	s += strlen(begin);
	for (int i = 0; i < 3; i++) {
		size_t digits = *s == '-' ? strspn(s + 1, "0123456789") : 0;

		if (digits < 1 || digits > 10 || strtoull(s + 1, NULL, 10) > UINT32_MAX)
			return false;
		s += 1 + digits;
	}
	return *s == '\0';
}

bool clean_id(const char *kind, const char *text, char out[CLEAN_ID])
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	AUTO_FREE char *whole = NULL;

	if (!is_uuid(text) && !is_machine_sid(text))
		return false;
	whole = xasprintf("%s %s", kind, text);
	for (char *c = whole; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	EVP_Digest(whole, strlen(whole), digest, NULL, EVP_sha256(), NULL);
	hex_encode(digest, (CLEAN_ID - 1) / 2, out);
	return true;
}
