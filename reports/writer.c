/* writer.c - from the name of a format to its writer. */
#include "reports/writer.h"

#include <string.h>

/* clang-format off */
static const struct {
	const char *name;
	void (*write)(const struct report *r, const struct write_options *options, FILE *f);
} formats[FORMAT_COUNT] = {
	[FORMAT_TABLE]      = { "table", write_table },
	[FORMAT_CSV]        = { "csv", write_csv },
	[FORMAT_JSON]       = { "json", write_json },
	[FORMAT_JSONL]      = { "jsonl", write_jsonl },
	[FORMAT_HTML]       = { "html", write_html },
	[FORMAT_PROMETHEUS] = { "prometheus", write_prometheus },
};
/* clang-format on */

int report_format_parse(const char *name, enum report_format *out, struct err *err)
{
	for (int i = 0; i < FORMAT_COUNT; i++)
		if (strcmp(name, formats[i].name) == 0) {
			*out = (enum report_format)i;
			return 0;
		}
	return err_set(err, ERR_USAGE, "'%s' is no format: table, " REPORT_FORMATS " was expected",
		       name);
}

int report_format_check(enum report_format format, const char *report, struct err *err)
{
	if (format != FORMAT_PROMETHEUS || has_prometheus(report))
		return 0;
	return err_set(err, ERR_USAGE,
		       "--format prometheus: '%s' is no gauge; compliance, checks, versions, "
		       "faults and exceptions are",
		       report);
}

void report_write(const struct report *r, enum report_format format,
		  const struct write_options *options, FILE *f)
{
	formats[format].write(r, options, f);
}
