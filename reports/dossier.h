/* dossier.h - everything known about one host, gathered before anything is printed. */
#ifndef REPORTS_DOSSIER_H
#define REPORTS_DOSSIER_H

#include <stdio.h>

#include "inventory/inventory.h"
#include "scanner/checks/checks.h"
#include "scanner/policy/policy.h"
#include "store/status.h"
#include "store/store.h"

struct dossier {
	const struct inv_host *host;    /* NULL: no inventory was given, or it is not in it */
	struct host_rows rows;          /* one */
	struct host_view view;
	struct version_rows versions;
	struct event_rows events;       /* the newest EVENTS */
	struct job_rows upgrade;        /* the newest that brought a version; none or one */
	unsigned duties;                /* that it left */
	char *stopped_by;               /* the run that left obengine stopped, or not seen running
					 * since; NULL: none did */
	bool stopped_seen;              /* the first of these two */
	const struct policies *policies;
	bool older_rules;               /* judged it: it is undetermined */
	struct facts facts;             /* of the row, for remedies */
	struct policy policy;           /* of the host */
	char minimum[VERSION_TEXT], target[VERSION_TEXT];       /* by policy; target "" none */
	int64_t now_utc_ms;
};
enum { DOSSIER_EVENTS = 20 };

/* Gathers from the store; host, policies, older_rules and now_utc_ms are the caller's.
 * stale_after_ms 0: as the policy says. ERR_NOT_FOUND names the nearest. */
int dossier_load(struct dossier *d, struct store *s, const char *name, int64_t stale_after_ms,
		 struct err *err);
void dossier_release(struct dossier *d);
/* What to do about what this check found on the host. */
void dossier_remedy(const struct dossier *d, const struct check *check, struct remedy *out);
/* The exception that covers a finding in trouble, expired or not; NULL: none. */
const struct exception *dossier_exception(const struct dossier *d, const struct finding_row *f);

/* JOB_MEMORY_LOGS of the newest upgrade; NULL without. */
const json_t *dossier_logs(const struct dossier *d);

/* For people. all: also the evidence of what passed, and the facts. */
void dossier_print(const struct dossier *d, bool all, FILE *f);
void dossier_findings(const struct dossier *d, bool all, FILE *f);      /* a part of it */
/* What each fact took on the host, the slowest first. */
void dossier_print_timing(const struct dossier *d, FILE *f);
json_t *dossier_json(const struct dossier *d);          /* the caller owns it */

#endif
