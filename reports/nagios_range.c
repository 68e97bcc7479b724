/* nagios_range.c - ranges of Nagios. */
#include "reports/nagios_range.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#include "base/mem.h"

/* Digits that a range of ours may have: a share has three before the point. */
enum { DIGITS_MAX = 9 };

bool range_is_meant(const char *text)
{
	return *text && strchr("@~:-.0123456789", *text);
}

/* A number without exponent, a locale's point or blanks; false: there is none, or more than it. */
static bool read_number(const char *text, double *out)
{
	double sign = *text == '-' ? -1 : 1, unit = 1, value = 0;
	bool behind = false;
	int digits = 0;

	for (text += *text == '-'; *text; text++) {
		if (*text == '.' && !behind) {
			behind = true;
			continue;
		}
		if (!isdigit((unsigned char)*text) || ++digits > DIGITS_MAX)
			return false;
		value = value * 10 + (*text - '0');
		unit *= behind ? 10 : 1;
	}
	*out = sign * value / unit;
	return digits > 0;
}

static int none(const char *text, struct err *err)
{
	return err_set(err, ERR_USAGE, "'%s' is no range: expected such as 90: or 80:90", text);
}

int range_parse(const char *text, struct range *out, struct err *err)
{
	AUTO_FREE char *parts = xstrdup(text);
	char *start = parts + (*parts == '@'), *colon = strchr(start, ':');

	*out = (struct range){ .end = INFINITY, .inside = *parts == '@', .text = text };
	if (!colon)
		return read_number(start, &out->end) && out->end >= 0 ? 0 : none(text, err);
	*colon = '\0';
	if (strcmp(start, "~") == 0)
		out->start = -INFINITY;
	else if (*start && !read_number(start, &out->start))
		return none(text, err);
	if (colon[1] && !read_number(colon + 1, &out->end))
		return none(text, err);
	if (out->start > out->end)
		return err_set(err, ERR_USAGE, "'%s' starts above its end", text);
	return 0;
}

bool range_rings(const struct range *range, double value)
{
	bool within = value >= range->start && value <= range->end;

	return range->text && within == range->inside;
}
