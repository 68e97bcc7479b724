/* model.h - a report is a query and a writer. The model is a table of typed columns with rows,
 * and a summary; every writer (writer.h) reads the same one. */
#ifndef REPORTS_MODEL_H
#define REPORTS_MODEL_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "scanner/checks/verdicts.h"
#include "scanner/policy/policy.h"
#include "scanner/statuses.h"
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
	/* On the terminal: always; with --wide only; behind the status where any row has it. */
	enum column_shown { SHOWN_ALWAYS = false, SHOWN_WIDE = true, SHOWN_RARE } shown;
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
	int quiet_rows;                 /* the last ones, which the terminal counts in one line */
	const char *quiet;              /* what it says of them: "checks pass" */
	json_t *summary;                /* object, in every format but CSV; reals are shares of 1 */
	json_t *advice;                 /* object, on the terminal: what to do, by check or fault */
	int64_t utc_ms;
};

/* Borrows name and columns, which are static. */
struct report *report_new(const char *name, int version, const struct column *column, int count);
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
	int64_t since_utc_ms;                   /* history: from here on; 0: 90 days */
	const struct policies *policies;
	char *const *host;                      /* only these, sorted as by strcmp() */
	int host_count;                         /* -1 for all */
};

bool report_wants(const struct report_options *o, const char *host);
/* What the moment of the report knows about a host, and what its policy says. */
void report_view(const struct report_options *o, const struct host_row *row,
		 struct host_view *out_view, struct policy *out_policy);
json_t *report_json_text(const char *text);             /* null for NULL and ""; the caller's */

/* What holds for hosts in no group of the policy. Texts have VERSION_TEXT bytes, "" is none. */
struct report_limits { char minimum[VERSION_TEXT], target[VERSION_TEXT]; int64_t stale_after_ms; };
void report_limits(const struct report_options *o, struct report_limits *out);

/* Counts expired exceptions in the summary: they are named in every report they could matter to. */
void report_expired(struct report *r, const struct report_options *o);

/* Where a column of the compliance report stands. */
enum compliance_column {
	COMPLIANCE_HOST, COMPLIANCE_STATUS, COMPLIANCE_UNREACHABLE, COMPLIANCE_FAULT,
	COMPLIANCE_STALE, COMPLIANCE_AGE, COMPLIANCE_VERSION, COMPLIANCE_MINIMUM, COMPLIANCE_TARGET,
	COMPLIANCE_FAILING, COMPLIANCE_UNKNOWN, COMPLIANCE_WARNING, COMPLIANCE_AGENT,
	COMPLIANCE_SEEN, COMPLIANCE_TRIED, COMPLIANCE_OWNER, COMPLIANCE_SITE, COMPLIANCE_VAULT,
	COMPLIANCE_ADDRESS,
	COMPLIANCE_ACCEPTED,            /* would be compliant, did active exceptions not count */
	COMPLIANCE_EXCEPTIONS,          /* checks in trouble that an active one covers */
	COMPLIANCE_ENGINE,              /* the run of ours that left obengine stopped there */
	COMPLIANCE_COUNT
};

/* One row a host of the inventory as last loaded. NULL and err on failure. */
struct report *report_compliance(struct store *s, const struct report_options *o, struct err *err);

/* The same from rows that are there already. */
struct report *compliance_of(const struct host_rows *hosts, const struct report_options *o);

/* One row a check of the catalogue: how many hosts got which verdict, without excluded ones. First
 * what is in trouble, by severity, then by the failing hosts that nobody answers for. */
#define CHECKS_VERDICT(id, ...) CHECKS_##id,
enum checks_column {
	CHECKS_ID, CHECKS_TITLE, CHECKS_SEVERITY,
	VERDICTS(CHECKS_VERDICT)        /* in their order */
	CHECKS_EXCEPTED,                /* of fail, warn and unknown: those under an exception */
	CHECKS_HOSTS,                   /* that fail, as ranges: web[01-40] */
	CHECKS_REMEDY, CHECKS_COMMAND, CHECKS_DOCUMENT, CHECKS_COUNT
};
struct report *report_checks(struct store *s, const struct report_options *o, struct err *err);

/* One row a cause: hosts whose last look ended in the same fault for the same reason, most hosts
 * first. */
enum faults_column {
	FAULTS_FAULT, FAULTS_COUNT_OF, FAULTS_HOSTS, FAULTS_TEXT, FAULTS_HINT,
	FAULTS_SINCE,                   /* when the one unseen for longest was last seen */
	FAULTS_COUNT
};
struct report *report_faults(struct store *s, const struct report_options *o, struct err *err);

/* One row a version of the agent, newest first; the last one counts hosts without one. */
enum versions_column {
	VERSIONS_VERSION, VERSIONS_COUNT_OF, VERSIONS_SHARE,   /* per mille of those with one */
	VERSIONS_STATE,                 /* outdated, behind, ok: by policy */
	VERSIONS_HOSTS, VERSIONS_COUNT
};
struct report *report_versions(struct store *s, const struct report_options *o, struct err *err);

/* One row an exception of the policy: its state is expired, active or unused (it covers nothing).
 * Expired ones come first. */
enum exceptions_column {
	EXCEPTIONS_STATE, EXCEPTIONS_SCOPE, EXCEPTIONS_NAME, EXCEPTIONS_CHECK, EXCEPTIONS_OWNER,
	EXCEPTIONS_REASON, EXCEPTIONS_EXPIRES, EXCEPTIONS_COVERS, EXCEPTIONS_HOSTS,
	EXCEPTIONS_COUNT
};
struct report *report_exceptions(struct store *s, const struct report_options *o,
				 struct err *err);

/* One row a day (UTC), oldest first: the fleet as it stood at its end, or now. */
enum history_column {
	HISTORY_DAY, HISTORY_HOSTS, HISTORY_SHARE,      /* per mille compliant, of not excluded */
	HISTORY_STATUS,                                 /* the first of STATUS_COUNT columns */
	HISTORY_COUNT = HISTORY_STATUS + STATUS_COUNT
};
struct report *report_history(struct store *s, const struct report_options *o, struct err *err);

/* One row a change between two moments, worst first, with the hosts that have it. */
enum diff_column {
	DIFF_CHANGE, DIFF_SUBJECT,      /* status, version, or the id of a check */
	DIFF_BEFORE, DIFF_AFTER, DIFF_COUNT_OF, DIFF_HOSTS, DIFF_COUNT
};
struct report *report_diff(struct store *s, int64_t from_utc_ms, int64_t to_utc_ms,
			   const struct report_options *o, struct err *err);

/* One row a job of the run of that name, or "last". */
enum run_column {
	RUN_HOST, RUN_OUTCOME, RUN_BEFORE, RUN_AFTER, RUN_REASON, RUN_REBOOT, RUN_CHANGED,
	RUN_STATE, RUN_BEGAN, RUN_ENDED, RUN_TOOK, RUN_FOLDER,
	RUN_ENGINE,                     /* as COMPLIANCE_ENGINE, now: of whatever run */
	RUN_COUNT
};
struct report *report_run(struct store *s, const char *run, const struct report_options *o,
			  struct err *err);

#endif
