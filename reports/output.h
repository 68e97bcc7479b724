/* output.h - the options that every report has: in which format, and where to. */
#ifndef REPORTS_OUTPUT_H
#define REPORTS_OUTPUT_H

#include <stdbool.h>

#include "reports/html_page.h"
#include "reports/writer.h"

/* The first member of a command's own options: OUTPUT_OPTIONS reckons with that. */
struct output_opts {
	const char *format, *file;
	bool json, wide, raw, bom;
};

/* clang-format off */
#define OUTPUT_OPTIONS \
	{ "format", 0, OPT_TEXT, "FORMAT", "table (default), " REPORT_FORMATS, \
	  offsetof(struct output_opts, format), 0, 0 }, \
	{ "json", 0, OPT_FLAG, NULL, "same as --format json", \
	  offsetof(struct output_opts, json), 0, 0 }, \
	{ "output", 'o', OPT_TEXT, "FILE", "write to FILE, which appears when it is complete", \
	  offsetof(struct output_opts, file), 0, 0 }, \
	{ "wide", 0, OPT_FLAG, NULL, "all columns in the table, and long cells whole", \
	  offsetof(struct output_opts, wide), 0, 0 }, \
	{ "raw", 0, OPT_FLAG, NULL, "CSV for programs: no apostrophe before what a spreadsheet " \
	  "would take for a formula", offsetof(struct output_opts, raw), 0, 0 }, \
	{ "bom", 0, OPT_FLAG, NULL, "CSV with a byte order mark, so that Excel reads it as UTF-8", \
	  offsetof(struct output_opts, bom), 0, 0 }
/* clang-format on */

/* clang-format off */
#define OUTPUT_RULES \
	{ "json", OPT_NOT_WITH, "format", NULL, "it stands for --format json" }, \
	{ "wide", OPT_NOT_WITH, "json", NULL, "it is about the table" }, \
	{ "wide", OPT_ONLY_WITH, "format", "table", "it is about the table" }, \
	{ "raw", OPT_NOT_WITH, "json", NULL, "it is about CSV" }, \
	{ "raw", OPT_ONLY_WITH, "format", "csv", "it is about CSV" }, \
	{ "bom", OPT_NOT_WITH, "json", NULL, "it is about CSV" }, \
	{ "bom", OPT_ONLY_WITH, "format", "csv", "it is about CSV" }
/* clang-format on */

#define OUTPUT_DEFAULTS { .format = "table", .file = "-" }

/* What of the options can be wrong, before any work is done. */
int output_check(const struct output_opts *o, enum report_id report, enum report_format *out,
		 struct err *err);
/* Writes the report whole or not at all: a full disk leaves the old file. */
int output_put(const struct output_opts *o, const struct report *r, enum report_format format,
	       struct err *err);
/* The same for the page of the compliance report. */
int output_put_page(const struct output_opts *o, const struct page *page, struct err *err);

#endif
