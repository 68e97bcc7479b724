/* fuzz_words.c - any text as a version, a moment, a duration, a name: what is taken is written and
 * read again as the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/version.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void as_version(const char *text)
{
	struct version version, again;
	char written[VERSION_TEXT];

	if (version_parse(text, &version) &&
	    (!version_parse(version_format(version, written), &again) ||
	     version_cmp(version, again) != 0))
		abort();
}

static void as_moment(const char *text)
{
	char written[CLOCK_TEXT];
	int64_t moment, again;

	if (!clock_parse_utc(text, &moment) || moment <= 0)
		return;
	clock_format_utc(moment, written);
	if (!clock_parse_utc(written, &again) || again != moment - moment % 1000)
		abort();
}

static void as_duration(const char *text)
{
	char written[CLOCK_TEXT];
	struct err err;
	int64_t ms;

	if (clock_parse_duration(text, &ms, &err) == 0 &&
	    strlen(clock_format_duration(ms, written)) >= sizeof(written))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_FREE char *text = xstrndup((const char *)data, size);
	AUTO_FREE char *shown = text_printable((const char *)data, size, 40);

	as_version(text);
	as_moment(text);
	as_duration(text);
	if (text_is_name(text) && (!*text || strlen(text) > 255 || strchr(text, '/')))
		abort();
	if (strlen(shown) > 40)
		abort();
	return 0;
}
