/* checks.h - the catalogue of checks: pure functions from facts and policy to a verdict. No
 * network, no clock of their own, no store. One row a check in checks.c: `marshal checks` prints
 * it. */
#ifndef SCANNER_CHECKS_H
#define SCANNER_CHECKS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/version.h"
#include "scanner/facts.h"

enum verdict { V_PASS, V_FAIL, V_WARN, V_UNKNOWN, V_NOT_EXAMINED, V_NOT_APPLICABLE };
enum severity { SEVERITY_BLOCKS_BACKUP, SEVERITY_BLOCKS_UPGRADE, SEVERITY_WARNS, SEVERITY_INFORMS };

/* Thresholds. policy_default() gives the documented ones. */
struct policy {
	struct version minimum;                 /* 2.0.9083.0, KB 4096064 */
	bool has_target;
	struct version target;
	int64_t scratch_min_bytes;              /* 2.5 GB */
	int scratch_warn_percent;               /* 5 */
	int64_t dotnet_min_release;             /* 379893 is 4.5.2 */
	int64_t clock_warn_ms, clock_fail_ms;   /* 5 and 15 minutes */
};
void policy_default(struct policy *out);

/* What a check may look at beside the facts. */
struct context {
	const struct facts *facts;
	const struct policy *policy;
	const char *cloud;                      /* word of the inventory */
	/* [[utc_ms, version], ...] oldest first; may be NULL */
	const json_t *versions;
};

enum { EVIDENCE_MAX = 400 };
struct finding {
	const struct check *check;
	enum verdict verdict;
	char evidence[EVIDENCE_MAX];            /* printable, one line */
};

struct check {
	const char *id;                         /* "mars.version": stable */
	const char *title;
	enum severity severity;
	const char *document;                   /* "KB 4096064" */
	const char *remedy;
	/* writes up to EVIDENCE_MAX */
	enum verdict (*judge)(const struct context *c, char *evidence);
};
extern const struct check checks[];             /* ends with a row without an id */
int checks_count(void);
const struct check *check_find(const char *id);

const char *verdict_name(enum verdict v);       /* "not examined" */
enum verdict verdict_from_name(const char *name);       /* V_UNKNOWN for a strange one */
const char *severity_name(enum severity s);

#endif
