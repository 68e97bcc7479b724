/* fuzz_csv.c - any bytes as a table: read without harm; what was read and written again is read
 * as the same, and begins no formula, whichever separator its reader believes in. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/csv.h"
#include "base/mem.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

struct copy {
	FILE *out;
	int rows, columns;
};

static int write_row(void *ctx, int line, const char *const *field, int count, struct err *err)
{
	struct copy *c = ctx;

	(void)err;
	if (line < 1 || count < 1 || count > CSV_COLUMNS_MAX || (c->rows && count != c->columns))
		abort();
	c->rows++;
	c->columns = count;
	for (int i = 0; i < count; i++) {
		if (i && c->out)
			fputc(',', c->out);
		if (c->out)
			csv_cell(c->out, field[i], false);
	}
	if (c->out)
		fputs("\r\n", c->out);
	return 0;
}

/* Behind what a spreadsheet with another separator takes for the end of a cell, and behind what it
 * may take off in front of one. */
static void no_formula(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		size_t at = i + 1;

		if (!text[i] || !strchr(";\t\r\n", text[i]))
			continue;
		while (at < len && text[at] && strchr(" \"", text[at]))
			at++;
		if (at < len && text[at] && strchr("=+-@", text[at]))
			abort();
	}
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct copy first = { .rows = 0 }, second = { .rows = 0 };
	AUTO_FREE char *text = NULL;
	AUTO_FREE char *again = NULL;
	size_t len = 0, again_len = 0;
	struct err err;
	int rc;

	first.out = open_memstream(&text, &len);
	if (!first.out)
		abort();
	rc = csv_read((const char *)data, size, write_row, &first, &err);
	fclose(first.out);
	/* a column alone may be empty on its line, and then the line is none */
	if (rc != 0 || first.columns < 2)
		return 0;
	no_formula(text, len);
	second.out = open_memstream(&again, &again_len);
	if (!second.out)
		abort();
	rc = csv_read(text, len, write_row, &second, &err);
	fclose(second.out);
	/* what was escaped once is as it stands from then on */
	if (rc != 0 || second.rows != first.rows || again_len != len ||
	    memcmp(again, text, len) != 0)
		abort();
	return 0;
}
