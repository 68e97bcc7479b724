/* policy.h - what counts as good: the thresholds that checks use. policy_default() gives the
 * documented ones; a policy file (docs/policy.md) changes them, for all hosts or for a group. */
#ifndef SCANNER_POLICY_H
#define SCANNER_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/version.h"

/* What a policy makes of a check: OFF is not judged (not applicable), WARN turns its failures into
 * warnings, FAIL its warnings into failures. */
enum level { LEVEL_DOCUMENTED, LEVEL_OFF, LEVEL_WARN, LEVEL_FAIL };
enum { CHECKS_MAX = 64 };

/* A version below which something is missing. The documented ones stand in thresholds.c, an
 * operator's own in the policy file. */
struct threshold {
	struct version version;
	const char *meaning;                    /* "new vault credential files can be read" */
	const char *source;
	bool dpm_only;                          /* concerns DPM and MABS servers alone */
};

struct policy {
	struct version minimum;                 /* 2.0.9083.0, KB 4096064 */
	bool has_target;
	struct version target;
	int64_t stale_after_ms;                 /* 3 days: facts older than that */
	int64_t scratch_min_bytes;              /* 2.5 GB, whatever else holds */
	int scratch_warn_percent;               /* 5, of the volume: the data's size is unknown */
	int scratch_fail_data_percent;          /* 5, of the protected data */
	int scratch_warn_data_percent;          /* 10, of the protected data */
	int64_t state_fail_bytes;               /* 30 GB where system state is protected */
	int64_t state_warn_bytes;               /* 35 GB */
	int64_t dotnet_min_release;             /* 379893 is 4.5.2 */
	int64_t dotnet_warn_release;            /* 528040 is 4.8; 0: never warns (the default) */
	int64_t clock_warn_ms, clock_fail_ms;   /* 5 and 15 minutes */
	int64_t updates_warn_ms;                /* 90 days since the newest update */
	int64_t backup_warn_ms;                 /* 8 days since the last good backup */
	int64_t backup_fail_ms;                 /* 0: never fails by age alone (the default) */
	int shadow_min_percent;                 /* 10, of the volume whose copies are limited */
	const struct threshold *threshold;      /* beside the documented ones; borrowed */
	int threshold_count;
	unsigned char level[CHECKS_MAX];        /* enum level, in the catalogue's order */
};
void policy_default(struct policy *out);

/* A policy file as a whole: what holds for all, what groups of the inventory override (in the
 * order of the file, a later one wins), and the exceptions. */
struct policies;

/* Somebody's word that a finding is accepted until a day. It changes no verdict and no status: it
 * is counted beside them. */
struct exception {
	const char *host, *group;               /* one of them, the other NULL */
	const char *check;                      /* id, or "*" */
	const char *owner, *reason;
	int64_t expires_utc_ms;                 /* the end of that day */
};

/* The documented policy, without exceptions. */
struct policies *policies_default(void);
/* Reads the YAML file. NULL and err (ERR_USAGE with file, line and column) on failure. */
struct policies *policies_read(const char *path, struct err *err);
void policies_free(struct policies *p);         /* NULL is fine */

/* What holds for a host in these groups. */
void policies_for(const struct policies *p, const char *const *group, int count,
		  struct policy *out);

int policies_exception_count(const struct policies *p);
const struct exception *policies_exception(const struct policies *p, int i);
/* The exception that covers this finding, one that has not expired first; NULL: none. */
const struct exception *policies_covering(const struct policies *p, const char *host,
					  const char *const *group, int count, const char *check);

#endif
