/* write_csv.c - a report as CSV for spreadsheets (RFC 4180). A server's answer must never
 * become a formula that runs on the desk of whoever opens the file. */
#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "reports/writer.h"

/* = + - @ in their full width are formulas to a Japanese spreadsheet. */
static bool begins_wide(const char *s)
{
	static const char *const wide[] = { "\xEF\xBC\x9D", "\xEF\xBC\x8B", "\xEF\xBC\x8D",
					    "\xEF\xBC\xA0" };

	for (size_t i = 0; i < ARRAY_LEN(wide); i++)
		if (strncmp(s, wide[i], 3) == 0)
			return true;
	return false;
}

static bool is_formula(const char *s)
{
	if (*s == '\t' || *s == '\r')
		return true;
	s += strspn(s, " \t\r\n\v\f");
	return (*s && strchr("=+-@", *s)) || begins_wide(s);
}

void csv_cell(FILE *f, const char *text, bool raw)
{
	bool formula = !raw && is_formula(text);
	bool quote = strpbrk(text, ",\"\r\n\t;") || text[0] == ' ' || formula;

	if (!quote) {
		fputs(text, f);
		return;
	}
	fputs(formula ? "\"'" : "\"", f);
	for (; *text; text++) {
		if (*text == '"')
			fputc('"', f);
		fputc(*text, f);
	}
	fputc('"', f);
}

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
