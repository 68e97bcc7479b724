/* writer.h - the formats of a report. Each writer reads the model and nothing else. What they
 * promise stands in docs/formats.md. */
#ifndef REPORTS_WRITER_H
#define REPORTS_WRITER_H

#include <stdbool.h>
#include <stdio.h>

#include "reports/model.h"

enum report_format {
	FORMAT_TABLE, FORMAT_CSV, FORMAT_JSON, FORMAT_JSONL, FORMAT_PROMETHEUS, FORMAT_HTML,
	FORMAT_COUNT
};
#define REPORT_FORMATS "csv, json, jsonl, html or prometheus"         /* beside table, for help */

int report_format_parse(const char *name, enum report_format *out, struct err *err);
/* Whether that report has this format; ERR_USAGE says which have. */
int report_format_check(enum report_format format, enum report_id report, struct err *err);

struct write_options {
	bool wide;                      /* table: all columns, and long cells whole */
	bool raw;                       /* CSV: cells as they are, for programs */
	bool bom;                       /* CSV: a byte order mark first, for Excel */
};

/* Writes the report. Whether the stream took it, its owner asks (file_out_commit()). */
void report_write(const struct report *r, enum report_format format,
		  const struct write_options *options, FILE *f);

void write_table(const struct report *r, const struct write_options *options, FILE *f);
void write_csv(const struct report *r, const struct write_options *options, FILE *f);
void write_json(const struct report *r, const struct write_options *options, FILE *f);
void write_jsonl(const struct report *r, const struct write_options *options, FILE *f);
void write_prometheus(const struct report *r, const struct write_options *options, FILE *f);
void write_html(const struct report *r, const struct write_options *options, FILE *f);
bool has_prometheus(enum report_id report);

#endif
