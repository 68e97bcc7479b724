/* version.c - agent versions as four numbers. */
#include "base/version.h"

#include <stdio.h>

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* One number at *at, which is moved behind it. */
static bool parse_part(const char **at, uint32_t *out)
{
	uint64_t n = 0;

	if (!is_digit(**at))
		return false;
	for (; is_digit(**at); (*at)++) {
		n = n * 10 + (uint64_t)(**at - '0');
		if (n > UINT32_MAX)
			return false;
	}
	*out = (uint32_t)n;
	return true;
}

bool version_parse(const char *text, struct version *out)
{
	struct version v = { { 0 } };

	if (!text)
		return false;
	while (is_blank(*text))
		text++;
	for (int i = 0; i < 4; i++) {
		if (!parse_part(&text, &v.part[i]))
			return false;
		if (*text != '.')
			break;
		text++;
		if (i == 3)
			return false;   /* a fifth number, or a point too many */
	}
	while (is_blank(*text))
		text++;
	if (*text || !(v.part[0] | v.part[1] | v.part[2] | v.part[3]))
		return false;
	*out = v;
	return true;
}

int version_cmp(struct version a, struct version b)
{
	for (int i = 0; i < 4; i++)
		if (a.part[i] != b.part[i])
			return a.part[i] < b.part[i] ? -1 : 1;
	return 0;
}

const char *version_format(struct version v, char *out)
{
	snprintf(out, VERSION_TEXT, "%u.%u.%u.%u", v.part[0], v.part[1], v.part[2], v.part[3]);
	return out;
}
