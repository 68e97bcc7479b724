/* writer.c - from the name of a format to its writer. */
#include "reports/writer.h"

#include <string.h>

#include "base/buf.h"
#include "base/insist.h"

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

int report_format_check(enum report_format format, enum report_id report, struct err *err)
{
	struct buf have;

	if (format != FORMAT_PROMETHEUS || has_prometheus(report))
		return 0;
	buf_init(&have, 400);
	for (int i = 0; i < REPORT_COUNT; i++)
		if (has_prometheus((enum report_id)i))
			buf_addf(&have, "%s%s", have.len ? ", " : "",
				 report_kind((enum report_id)i)->name);
	err_set(err, ERR_USAGE, "--format prometheus: '%s' is no gauge; these are: %s",
		report_kind(report)->name, buf_text(&have));
	buf_release(&have);
	return -1;
}

void report_write(const struct report *r, enum report_format format,
		  const struct write_options *options, FILE *f)
{
	INSIST((unsigned)format < FORMAT_COUNT);
	formats[format].write(r, options, f);
}
