/* fuzz_json.c - any bytes as JSON and as text for a terminal. What our own scan lets through
 * must stay within the limits, and what is shown must be harmless. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int count(const json_t *value, int depth)
{
	const char *key;
	json_t *member;
	size_t i;
	int n = 1;

	if (depth > JSON_MAX_DEPTH + 1)
		abort();
	json_object_foreach((json_t *)value, key, member) n += count(member, depth + 1);
	json_array_foreach(value, i, member) n += count(member, depth + 1);
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_JSON json_t *value = json_parse((const char *)data, size, NULL);
	AUTO_FREE char *shown = text_printable((const char *)data, size, 100);

	if (value && count(value, 1) > JSON_MAX_VALUES)
		abort();
	if (strlen(shown) > 100 || !text_is_utf8(shown, strlen(shown)) || strpbrk(shown, "\x1b\n"))
		abort();
	return 0;
}
