/* model.h - a report is a query and a writer. The model is a table of typed columns with rows,
 * and a summary; every writer (text, CSV, JSON) reads the same one. */
#ifndef REPORTS_MODEL_H
#define REPORTS_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "store/store.h"

enum column_type { COL_TEXT, COL_INT, COL_BOOL, COL_TIME /* utc ms, 0 none */, COL_LIST /* words joined by ';' */ };

struct column {
	const char *id;                 /* the CSV header and JSON key: stable */
	const char *title;              /* the terminal's */
	enum column_type type;
	bool wide;                      /* left out on the terminal unless --wide */
};

struct cell { char *text; int64_t number; bool known; };       /* text for TEXT and LIST */

struct report {
	const char *name;               /* "compliance" */
	int version;                    /* of the header and schema */
	const struct column *column; int column_count;
	struct cell *cell;              /* row-major */
	int row_count, row_cap;
	int status_column;              /* coloured by status on a terminal; -1 none */
	json_t *summary;                /* object, in every format but CSV */
	int64_t utc_ms;
};

struct report *report_new(const char *name, int version, const struct column *column, int count);
void report_free(struct report *r);
void report_row(struct report *r);                              /* begins one, all cells unknown */
void report_text(struct report *r, int column, const char *text);
void report_int(struct report *r, int column, int64_t value);   /* also BOOL and TIME */

struct report_options {
	int64_t now_utc_ms, stale_after_ms;     /* 3 days */
	const char *minimum, *target;           /* texts, "" none */
	char *const *host; int host_count;      /* only these, 0 for all */
};
struct report *report_compliance(struct store *s, const struct report_options *o, struct err *err);
struct report *report_run(struct store *s, const char *run, const struct report_options *o, struct err *err);

#endif
