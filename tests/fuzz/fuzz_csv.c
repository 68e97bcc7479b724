/* fuzz_csv.c - any bytes as a table: read without harm; what was read and written again is read
 * as the same. */
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

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct copy first = { .rows = 0 }, second = { .rows = 0 };
	AUTO_FREE char *text = NULL;
	size_t len = 0;
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
	if (csv_read(text, len, write_row, &second, &err) != 0 || second.rows != first.rows ||
	    second.columns != first.columns)
		abort();
	return 0;
}
