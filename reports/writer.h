/* writer.h - the formats of a report. Each writer reads the model and nothing else. */
#ifndef REPORTS_WRITER_H
#define REPORTS_WRITER_H

#include <stdio.h>

#include "reports/model.h"

enum report_format { FORMAT_TABLE, FORMAT_CSV, FORMAT_JSON };
int report_format_parse(const char *name, enum report_format *out, struct err *err);

/* Writes the report; -1 with ERR_SYSTEM when the stream failed. `wide`: all columns on the terminal. */
int report_write(const struct report *r, enum report_format format, bool wide, FILE *f, struct err *err);

/* One CSV cell: RFC 4180 quoting; a text that a spreadsheet would take for a formula (= + - @ TAB CR first, also
 * behind blanks or a line break) gets a leading apostrophe. */
void csv_cell(FILE *f, const char *text);

#endif
