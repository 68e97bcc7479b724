/* html_table.h - a report as a table. Columns in which nothing is known are left out. The rows of a
 * table with tools are grids of one template, so that a browser lays out only those it shows:
 * for ten thousand rows that is the difference between a moment and a quarter of a minute. */
#ifndef REPORTS_HTML_TABLE_H
#define REPORTS_HTML_TABLE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/buf.h"
#include "reports/model.h"

struct table_view {
	const char *caption;
	bool tools;                     /* the page's main table: fields to filter by */
	uint64_t skip;                  /* columns left out, a bit each */
	uint64_t link;                  /* columns of check ids that lead to "#c-ID" */
	int fold;                       /* a list: what most rows have is said once; 0 none */
	/* columns whose known cells begin with a word of at most 12 letters that this writes */
	uint64_t with_word;
	void (*word)(FILE *f, const struct report *r, int row, int column);
};
void html_table(FILE *f, const struct report *r, const struct table_view *v);
/* The widths of the columns of a table with tools, as a style: for html_begin(). */
enum { TABLE_STYLE = 2048 };
void html_table_style(const struct report *r, const struct table_view *v, struct buf *out);

/* Whether all rows say the same, or nothing. */
bool html_uniform(const struct report *r, int column);
bool html_same(const struct report *r, int column, int other);  /* two columns, row by row */

#endif
