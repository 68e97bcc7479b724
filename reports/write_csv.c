/* write_csv.c - a report as CSV: a header line of the ids, then a line a row. */
#include <inttypes.h>

#include "base/clock.h"
#include "base/csv.h"
#include "reports/writer.h"

static void put_cell(FILE *f, const struct column *column, const struct cell *cell, bool raw)
{
	char text[CLOCK_TEXT];

	if (!cell->known)
		return;
	switch (column->type) {
	case COL_TEXT:
	case COL_LIST:
		csv_cell(f, cell->text, raw);
		return;
	case COL_INT:
	case COL_SPAN:
	case COL_SHARE:
		fprintf(f, "%" PRId64, cell->number);
		return;
	case COL_BOOL:
		fputs(cell->number ? "yes" : "no", f);
		return;
	case COL_TIME:
		fputs(clock_format_utc(cell->number, text), f);
		return;
	}
}

void write_csv(const struct report *r, const struct write_options *options, FILE *f)
{
	fputs(options->bom ? "\xEF\xBB\xBF" : "", f);
	for (int i = 0; i < r->column_count; i++)
		fprintf(f, "%s%s", i ? "," : "", r->column[i].id);
	fputs("\r\n", f);
	for (int row = 0; row < r->row_count; row++) {
		for (int i = 0; i < r->column_count; i++) {
			if (i)
				fputc(',', f);
			put_cell(f, &r->column[i], report_cell(r, row, i), options->raw);
		}
		fputs("\r\n", f);
	}
}
