/* writer.h - the formats of a report. Each writer reads the model and nothing else. What they
 * promise stands in docs/formats.md. */
#ifndef REPORTS_WRITER_H
#define REPORTS_WRITER_H

#include <stdbool.h>
#include <stdio.h>

#include "reports/model.h"

enum report_format { FORMAT_TABLE, FORMAT_CSV, FORMAT_JSON };
int report_format_parse(const char *name, enum report_format *out, struct err *err);

/* Writes the report. `wide`: all columns of the table. Whether the stream took it, its owner
 * asks (file_out_commit()). */
void report_write(const struct report *r, enum report_format format, bool wide, FILE *f);

void write_table(const struct report *r, bool wide, FILE *f);
void write_csv(const struct report *r, FILE *f);
void write_json(const struct report *r, FILE *f);

/* One CSV cell: RFC 4180 quoting; a text that a spreadsheet would take for a formula (= + - @
 * first, also behind blanks or line breaks, or a tab or CR first) gets a leading apostrophe. */
void csv_cell(FILE *f, const char *text);

#endif
