/* base64.c - blanks between, fours of digits, = at the end only. */
#include "tests/fleet/wsman/base64.h"

#include <string.h>

static int digit_of(char c)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

long ws_base64_decode(const char *text, char *out)
{
	unsigned bits = 0;
	long len = 0;
	int digits = 0, pads = 0;

	for (; *text; text++) {
		if (strchr(" \t\r\n", *text))
			continue;
		if (*text == '=') {
			pads++;
			continue;
		}
		if (pads || digit_of(*text) < 0)
			return -1;
		bits = bits << 6 | (unsigned)digit_of(*text);
		if (digits++ % 4 > 0)
			out[len++] = (char)(bits >> (2 * ((3 - (digits - 1)) & 3)));
	}
	return digits % 4 == 1 || pads != (4 - digits % 4) % 4 ? -1 : len;
}
