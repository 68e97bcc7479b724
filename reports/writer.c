/* writer.c - from the name of a format to its writer. */
#include "reports/writer.h"

#include <string.h>

int report_format_parse(const char *name, enum report_format *out, struct err *err)
{
	static const char *const names[] = {
		[FORMAT_TABLE] = "table", [FORMAT_CSV] = "csv", [FORMAT_JSON] = "json"
	};

	for (int i = FORMAT_TABLE; i <= FORMAT_JSON; i++)
		if (strcmp(name, names[i]) == 0) {
			*out = (enum report_format)i;
			return 0;
		}
	return err_set(err, ERR_USAGE, "'%s' is no format: table, csv or json was expected", name);
}

void report_write(const struct report *r, enum report_format format, bool wide, FILE *f)
{
	switch (format) {
	case FORMAT_TABLE:
		write_table(r, wide, f);
		return;
	case FORMAT_CSV:
		write_csv(r, f);
		return;
	case FORMAT_JSON:
		write_json(r, f);
		return;
	}
}
