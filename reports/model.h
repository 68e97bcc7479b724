/* model.h - a report is a query and a writer. The model is a table of typed columns with rows,
 * and a summary; every writer (writer.h) reads the same one. */
#ifndef REPORTS_MODEL_H
#define REPORTS_MODEL_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "reports/columns.h"
#include "scanner/policy/policy.h"
#include "store/status.h"
#include "store/store.h"

enum column_type {
	COL_TEXT, COL_INT, COL_BOOL,
	COL_TIME,                       /* utc ms, 0 none */
	COL_SPAN,                       /* seconds */
	COL_LIST,                       /* words joined by ';' */
	COL_SHARE                       /* per mille */
};

struct column {
	const char *id;                 /* the CSV header and JSON key: stable */
	const char *title;              /* the terminal's */
	enum column_type type;
	/* On the terminal: always; with --wide only; behind the status where any row has it;
	 * without --wide only; always, and never cut. */
	enum column_shown {
		SHOWN_ALWAYS = false,
		SHOWN_WIDE = true,
		SHOWN_RARE,
		SHOWN_NARROW,
		SHOWN_WHOLE
	} shown;
};

#define REPORT_ID(name, id, ...) REPORT_##id,
enum report_id { REPORTS(REPORT_ID) REPORT_COUNT };
#undef REPORT_ID

/* What is the same of all reports of a name. */
struct report_kind {
	const char *name;               /* "compliance" */
	int version;                    /* of the header and schema */
	const struct column *column;
	int column_count;
};
const struct report_kind *report_kind(enum report_id id);

struct cell {
	char *text;                     /* of TEXT and LIST */
	int64_t number;                 /* of all others */
	bool known;
};

struct report {
	const char *name;               /* this and the next as its kind has them */
	int version;
	const struct column *column;
	int column_count;
	struct cell *cell;              /* row-major */
	int row_count, row_cap;
	int status_column;              /* coloured by its word on a terminal; -1 none */
	int quiet_rows;                 /* the last ones, which the terminal counts in one line */
	const char *quiet;              /* what it says of them: "checks pass" */
	json_t *summary;                /* object, in every format but CSV; reals are shares of 1 */
	json_t *advice;                 /* object, on the terminal: what to do, by check or fault */
	int64_t utc_ms;
	bool older_rules;               /* judged what it tells: every format says so */
};

struct report *report_new(const struct report_kind *kind);      /* borrows what it names */
void report_free(struct report *r);                             /* NULL is fine */
void report_row(struct report *r);                              /* begins one, all cells unknown */
void report_text(struct report *r, int column, const char *text);       /* NULL or "": unknown */
void report_int(struct report *r, int column, int64_t value);   /* all types but TEXT and LIST */
void report_advise(struct report *r, const char *about, const char *what);      /* once each */
/* The one rounding of shares: per mille of a share of 1, to the nearest; but 1000 is said of all
 * and of nothing less. */
int report_per_mille(double share);
const struct cell *report_cell(const struct report *r, int row, int column);

struct report_options {
	int64_t now_utc_ms;
	int64_t stale_after_ms;                 /* 0: each host's policy says */
	int64_t since_utc_ms;                   /* history: from here on; 0: HISTORY_DAYS */
	const struct policies *policies;
	bool older_rules;                       /* judged these hosts: they are undetermined */
	char *const *host;                      /* only these, sorted as by strcmp() */
	int host_count;                         /* -1 for all */
	const char *run;                        /* of report_run(): its name; NULL: the last */
	bool came_and_went;                     /* report_diff(): which hosts, and nothing else */
};

/* The report of an id, as of the moment and by the rules that the options name. */
struct report *report_begin(enum report_id id, const struct report_options *o);
#define JUDGED_BY_OLDER "judged by older rules"
/* The status that counts for a host of which the store has that word: undetermined where older
 * rules judged it, whatever they made of it. */
const char *report_word(const struct report_options *o, const char *word);
/* Why it has that status: JUDGED_BY_OLDER; NULL where that is not why. */
const char *report_reason(bool older_rules, const char *status);

bool report_wants(const struct report_options *o, const char *host);
/* What the moment of the report knows about a host, and what its policy says. */
void report_view(const struct report_options *o, const struct host_row *row,
		 struct host_view *out_view, struct policy *out_policy);
/* Its version; "unreadable" of an agent that has none, "" where none is known to be there. Of a row
 * with its troubled findings. */
const char *report_version(const struct host_row *row);
/* The same of a moment. */
const char *report_version_then(const struct moment_row *row);
json_t *report_json_text(const char *text);             /* null for NULL and ""; the caller's */

/* What holds for hosts in no group of the policy. Texts have VERSION_TEXT bytes, "" is none. */
struct report_limits { char minimum[VERSION_TEXT], target[VERSION_TEXT]; int64_t stale_after_ms; };
void report_limits(const struct report_options *o, struct report_limits *out);

/* Counts expired exceptions in the summary: they are named in every report they could matter to. */
void report_expired(struct report *r, const struct report_options *o);

/* Where the columns stand: columns.h. */
#define COLUMN_ID(id, ...) id,
#define CHECKS_VERDICT(id, ...) CHECKS_##id,
enum compliance_column { COMPLIANCE_COLUMNS(COLUMN_ID) COMPLIANCE_COUNT };
enum checks_column {
	CHECKS_COLUMNS(COLUMN_ID)
	VERDICTS(CHECKS_VERDICT)
	CHECKS_COLUMNS_BEHIND(COLUMN_ID)
	CHECKS_COUNT
};
enum faults_column { FAULTS_COLUMNS(COLUMN_ID) FAULTS_COUNT };
enum versions_column { VERSIONS_COLUMNS(COLUMN_ID) VERSIONS_COUNT };
enum exceptions_column { EXCEPTIONS_COLUMNS(COLUMN_ID) EXCEPTIONS_COUNT };
enum history_column {
	HISTORY_COLUMNS(COLUMN_ID)
	HISTORY_STATUS,                 /* the first of STATUS_COUNT columns */
	HISTORY_OTHER = HISTORY_STATUS + STATUS_COUNT,
	HISTORY_COUNT
};
enum diff_column { DIFF_COLUMNS(COLUMN_ID) DIFF_COUNT };
enum run_column { RUN_COLUMNS(COLUMN_ID) RUN_COUNT };
#undef COLUMN_ID
#undef CHECKS_VERDICT

/* The reports; NULL and err on failure. */

/* One row a host of the inventory as last loaded. */
struct report *report_compliance(struct store *s, const struct report_options *o, struct err *err);
/* The same from rows that are there already; of store_stopped() NULL: what the rows say. */
struct report *compliance_of(const struct host_rows *hosts, const struct stopped_rows *stopped,
			     const struct report_options *o);

/* One row a check of the catalogue: how many hosts got which verdict, without excluded ones. First
 * what is in trouble, by severity, then by the failing hosts that nobody answers for. */
struct report *report_checks(struct store *s, const struct report_options *o, struct err *err);

/* One row a cause: hosts whose last look ended in the same fault for the same reason, most hosts
 * first. */
struct report *report_faults(struct store *s, const struct report_options *o, struct err *err);

/* One row a version of the agent, newest first; the last one counts hosts without one. */
struct report *report_versions(struct store *s, const struct report_options *o, struct err *err);

/* One row an exception of the policy, expired ones first. */
struct report *report_exceptions(struct store *s, const struct report_options *o,
				 struct err *err);

/* One row a day (UTC), oldest first: the fleet as it stood at its end, or now. */
#define HISTORY_DAYS 90                 /* with today */
struct report *report_history(struct store *s, const struct report_options *o, struct err *err);

/* One row a job of a run. */
struct report *report_run(struct store *s, const struct report_options *o, struct err *err);

/* One row a change between two moments, worst first, with the hosts that have it. */
struct report *report_diff(struct store *s, int64_t from_utc_ms, int64_t to_utc_ms,
			   const struct report_options *o, struct err *err);

#endif
