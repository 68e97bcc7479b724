/* fuzz_ics.c - a calendar of any bytes: rules that calendar.h takes, in bounded time, or one error.
 * It is libical that reads it, so what libical makes of it is looked at, too. */
#include <stdlib.h>

#include "calendar/ics.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void add(void *ctx, const char *rule)
{
	struct calendar *c = ctx;
	struct err err;

	if (calendar_add(c, CALENDAR_DATE, rule, &err) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	/* 2026 to 2028 */
	static const struct span years = { 1767225600000, 1861920000000 };
	struct calendar *c = calendar_new();
	struct err err = { .code = ERR_NONE };

	if (ics_read((const char *)data, size, &years, add, c, &err) != 0 && err.code != ERR_USAGE)
		abort();
	calendar_free(c);
	return 0;
}
