/* rate.c - see rate.h. */
#include "base/rate.h"

#include <stdlib.h>
#include <string.h>

#define BYTES_MAX INT64_C(100000000000)

const char *rate_expected(const char *text, int64_t *out_bytes_s)
{
	static const char units[] = "KMG";
	const char *unit;
	int64_t number, factor = 1;
	char *end;

	if (*text < '1' || *text > '9' || strspn(text, "0123456789") > 12)
		return RATE_EXPECTED;
	number = strtoll(text, &end, 10);
	unit = *end ? strchr(units, *end) : NULL;
	if (*end && (!unit || end[1]))
		return RATE_EXPECTED;
	for (const char *u = units; unit && u <= unit; u++)
		factor *= 1000;
	if (number > BYTES_MAX / factor)
		return RATE_EXPECTED;
	*out_bytes_s = number * factor;
	return NULL;
}

int64_t rate_take(struct rate *r, size_t len, int64_t now_ms)
{
	int64_t now_us = now_ms * 1000, begin_us, takes_us;

	if (r->bytes_s == 0)
		return 0;
	begin_us = r->free_us > now_us ? r->free_us : now_us;
	takes_us = (int64_t)((double)len * 1e6 / (double)r->bytes_s);
	r->free_us = begin_us + takes_us;
	return (begin_us - now_us + 999) / 1000;
}
