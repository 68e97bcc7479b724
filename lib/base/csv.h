/* csv.h - cells as spreadsheets take and give them: RFC 4180, with an apostrophe before what a
 * spreadsheet would run as a formula. What is written here is read here again, also after Excel,
 * a German one too, has saved it. */
#ifndef BASE_CSV_H
#define BASE_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/err.h"

/* One cell: RFC 4180 quoting. Unless raw: a text that a spreadsheet would take for a formula (= + -
 * @ first, also behind blanks and quotes, or a tab or CR first) gets a leading apostrophe, and so
 * does, inside the text, what stands behind a semicolon, tab or line end, where one with another
 * separator begins a cell; what would turn or hide text is escaped as on a terminal, for good. */
void csv_cell(FILE *f, const char *text, bool raw);

enum { CSV_COLUMNS_MAX = 256 };

/* Reads text with its header, fields between commas, semicolons or tabs as its first line has
 * them, lines ended by LF or CRLF, a byte order mark or none; apostrophes are taken away again.
 * Hands over each line's fields (borrowed until `row` returns), the header first; stops at the
 * first that fails. Strict: a stray quote, a NUL, or a line with another number of fields is
 * ERR_USAGE with its line. */
int csv_read(const char *text, size_t len,
	     int (*row)(void *ctx, int line, const char *const *field, int count, struct err *err),
	     void *ctx, struct err *err);

#endif
