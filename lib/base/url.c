/* url.c - what an address may be: https, a host, a path, and nothing else. */
#include "base/url.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define DIGITS "0123456789"
#define LETTERS DIGITS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

enum { HOST_MAX = 200, SIX_MIN = 2, SIX_MAX = 45, PORT_MAX = 5, PATH_MAX_HERE = 255 };

static bool is_port(const char *text, size_t len)
{
	return len >= 1 && len <= PORT_MAX && strspn(text, DIGITS) >= len;
}

/* "mirror.example.com:8443", "[2001:db8::1]" */
static bool is_host(const char *text, size_t len)
{
	bool six = *text == '[';
	size_t name =
		six ? 1 + strspn(text + 1, DIGITS "abcdefABCDEF:.") : strspn(text, LETTERS ".-");

	if (six ? name - 1 < SIX_MIN || name - 1 > SIX_MAX || text[name] != ']' :
		  name < 1 || name > HOST_MAX)
		return false;
	name += six;
	return name == len ||
	       (name < len && text[name] == ':' && is_port(text + name + 1, len - name - 1));
}

const char *url_expected(const char *url)
{
	const char *host = url + strlen("https://"), *path;
	size_t len;

	if (strncmp(url, "http://", 7) == 0)
		return "an address with https://, since anybody on the way can hold back or change "
		       "what comes by http://";
	if (strncmp(url, "https://", 8) != 0)
		return "an address as https://HOST/FILE";
	len = strcspn(host, "/?#");
	path = host + len;
	if (memchr(host, '@', len))
		return "an address without user and password: it is shown, logged and stored";
	if (strpbrk(path, "?#"))
		return "an address without ? or # and what stands behind, which may be a key to "
		       "the file: it is shown, logged and stored";
	if (!is_host(host, len) || *path != '/' || !path[1] || strlen(url) > URL_MAX ||
	    strlen(path + 1) > PATH_MAX_HERE || path[strspn(path, LETTERS "._~%/+,=:@-")])
		return "an address as https://HOST/FILE, HOST also with :PORT, FILE of letters, "
		       "digits and ._~%/+,=:@-";
	return NULL;
}
