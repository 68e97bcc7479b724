/* model.h - a report is a query and a writer. The model is a table of typed columns with rows,
 * and a summary; every writer (text, CSV, JSON) reads the same one. */
#ifndef REPORTS_MODEL_H
#define REPORTS_MODEL_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "store/store.h"

enum column_type {
	COL_TEXT, COL_INT, COL_BOOL,
	COL_TIME,                       /* utc ms, 0 none */
	COL_SPAN,                       /* seconds */
	COL_LIST                        /* words joined by ';' */
};

struct column {
	const char *id;                 /* the CSV header and JSON key: stable */
	const char *title;              /* the terminal's */
	enum column_type type;
	bool wide;                      /* left out on the terminal unless --wide */
};

struct cell {
	char *text;                     /* of TEXT and LIST */
	int64_t number;                 /* of all others */
	bool known;
};

struct report {
	const char *name;               /* "compliance" */
	int version;                    /* of the header and schema */
	const struct column *column;
	int column_count;
	struct cell *cell;              /* row-major */
	int row_count, row_cap;
	int status_column;              /* coloured by its word on a terminal; -1 none */
	json_t *summary;                /* object, in every format but CSV; reals are shares of 1 */
	int64_t utc_ms;
};

/* Borrows name and columns, which are static. */
struct report *report_new(const char *name, int version, const struct column *column, int count);
void report_free(struct report *r);                             /* NULL is fine */
void report_row(struct report *r);                              /* begins one, all cells unknown */
void report_text(struct report *r, int column, const char *text);       /* NULL or "": unknown */
void report_int(struct report *r, int column, int64_t value);   /* all types but TEXT and LIST */
const struct cell *report_cell(const struct report *r, int row, int column);

struct report_options {
	int64_t now_utc_ms, stale_after_ms;     /* 3 days */
	const char *minimum, *target;           /* texts, "" none */
	char *const *host;                      /* only these, sorted as by strcmp() */
	int host_count;                         /* -1 for all */
};

/* Where a column of the compliance report stands. */
enum compliance_column {
	COMPLIANCE_HOST, COMPLIANCE_STATUS, COMPLIANCE_UNREACHABLE, COMPLIANCE_FAULT,
	COMPLIANCE_STALE, COMPLIANCE_AGE, COMPLIANCE_VERSION, COMPLIANCE_MINIMUM, COMPLIANCE_TARGET,
	COMPLIANCE_FAILING, COMPLIANCE_UNKNOWN, COMPLIANCE_WARNING, COMPLIANCE_AGENT,
	COMPLIANCE_SEEN, COMPLIANCE_TRIED, COMPLIANCE_OWNER, COMPLIANCE_SITE, COMPLIANCE_VAULT,
	COMPLIANCE_ADDRESS, COMPLIANCE_COUNT
};

/* One row a host of the inventory as last loaded. NULL and err on failure. */
struct report *report_compliance(struct store *s, const struct report_options *o, struct err *err);

/* The same from rows that are there already. */
struct report *compliance_of(const struct host_rows *hosts, const struct report_options *o);

/* One row a job of the run of that name, or "last". */
struct report *report_run(struct store *s, const char *run, const struct report_options *o,
			  struct err *err);

#endif
