/* sheet.h - a report that was written, read back: rows of texts below ids of columns. */
#ifndef INVENTORY_SHEET_H
#define INVENTORY_SHEET_H

#include "base/arena.h"
#include "base/err.h"

struct sheet {
	const char **column;
	int columns;
	const char **cell;              /* row-major; "" where nothing is known */
	int *line;                      /* of each row, in its file */
	int rows, rows_cap;
	struct arena texts;
};

/* CSV, JSON or JSON lines, told by how the file begins; lists are words joined by ';', yes/no are
 * these words. ERR_USAGE names file and line. Release it also after a failure. */
int sheet_read(const char *path, struct sheet *out, struct err *err);
void sheet_release(struct sheet *s);

/* The same by hand: its columns, then rows of empty cells to fill; gives the first of a row's. */
void sheet_begin(struct sheet *s, const char *const *id, int count);
const char **sheet_row(struct sheet *s, int line);

int sheet_column(const struct sheet *s, const char *id);        /* -1: there is none */
const char *sheet_cell(const struct sheet *s, int row, int column);

#endif
