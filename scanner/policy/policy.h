/* policy.h - what counts as good: the thresholds that checks use. policy_default() gives the
 * documented ones, of documented.h; a policy file (docs/policy.md) changes them, for all hosts or
 * for a group. */
#ifndef SCANNER_POLICY_POLICY_H
#define SCANNER_POLICY_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/version.h"
#include "calendar/calendar.h"
#include "scanner/checks/check_rows.h"

/* What a policy makes of a check: OFF is not judged (not applicable), WARN turns its failures into
 * warnings, FAIL its warnings into failures; DOCUMENTED leaves all as it is. `then` follows the
 * word in a sentence that lists them.  row(ID, word, then) */
#define LEVELS(row) \
	row(OFF, "off", ", ") \
	row(WARN, "warn", ", ") \
	row(FAIL, "fail", " or ")
#define LEVEL_ID(id, ...) LEVEL_##id,
#define LEVEL_ONE(...) +1
enum level { LEVEL_DOCUMENTED, LEVELS(LEVEL_ID) };
enum { LEVEL_COUNT = 1 LEVELS(LEVEL_ONE) };     /* no level itself: switches name all */
#undef LEVEL_ID
#undef LEVEL_ONE

/* A version below which something is missing. The documented ones stand in thresholds.c, an
 * operator's own in the policy file. */
struct threshold {
	struct version version;
	const char *meaning;                    /* "new vault credential files can be read" */
	const char *source;
	bool dpm_only;                          /* concerns DPM and MABS servers alone */
};

/* What a policy makes of one check: its level, and what it counts for when it fails. */
struct grade {
	unsigned char level;            /* enum level */
	unsigned char counts_as;        /* 1 + enum severity; 0: as documented */
};

struct policy {
	struct version minimum;                 /* below it every backup fails */
	bool has_target;
	struct version target;
	int64_t stale_after_ms;                 /* facts older than that are stale */
	int64_t scratch_min_bytes;              /* whatever else holds */
	int scratch_warn_percent;               /* of the volume: the data's size is unknown */
	int scratch_fail_data_percent;          /* of the protected data */
	int scratch_warn_data_percent;          /* of the protected data */
	int64_t state_fail_bytes;               /* where system state is protected */
	int64_t state_warn_bytes;
	int64_t dotnet_min_release;             /* NDP\v4\Full, Release: dotnet_name() */
	int64_t dotnet_warn_release;            /* 0: never warns (the default) */
	int64_t clock_warn_ms, clock_fail_ms;   /* from so far apart on, ahead or behind */
	int64_t updates_warn_ms;                /* since the newest update */
	int64_t backup_warn_ms;                 /* since the last good backup */
	int64_t backup_fail_ms;                 /* 0: never fails by age alone; or: */
	int shadow_min_percent;                 /* of the volume whose copies are limited */
	const struct threshold *threshold;      /* beside the documented ones; borrowed */
	int threshold_count;
	struct grade grade[CHECK_COUNT];        /* by enum check_id */
};
enum { BACKUP_FAIL_BY_SCHEDULE = 1 };           /* the default: its longest gap and 26 hours */
void policy_default(struct policy *out);
/* Below it every backup fails (KB 4096064), whatever a policy asks for. */
extern const struct version documented_minimum;
/* From below it to it or above: no backup goes through until the server is registered with its
 * vault again. */
bool crosses_minimum(struct version before, struct version after);
/* The version of the .NET Framework that people know, by the lowest release that bears it. */
const char *dotnet_name(int64_t release);

/* A policy file as a whole: what holds for all, what groups of the inventory override (in the
 * order of the file, a later one wins), and the exceptions. */
struct policies;

/* Somebody's word that a finding is accepted until a day. It changes no verdict and no status: it
 * is counted beside them. */
struct exception {
	const char *host, *group;               /* one of them, the other NULL */
	const char *check;                      /* id, or "*"; there may be no such one */
	const char *owner, *reason;
	int64_t expires_utc_ms;                 /* the end of that day: expired from then on */
};

/* The documented policy, without exceptions. */
struct policies *policies_default(void);
/* Reads the YAML file. NULL and err (ERR_USAGE with file, line and column) on failure. */
struct policies *policies_read(const char *path, struct err *err);
/* The same for text in memory; `name` stands for the file in messages. */
struct policies *policies_parse(const char *text, size_t len, const char *name, struct err *err);
void policies_free(struct policies *p);         /* NULL is fine */
/* As it is remembered: JSON that policies_parse() reads. Targets that were set are not in it.
 * Yours: free() it. */
char *policies_text(const struct policies *p);

/* A target that no policy names: for hosts that have none by policy, or over what policies say.
 * `origin` is for people: "newest installer"; borrowed. */
void policies_set_target(struct policies *p, struct version target, bool over, const char *origin);
bool policies_has_target(const struct policies *p);     /* some host's is named by policy */

/* What holds for a host in these groups. Its thresholds are borrowed from p. */
void policies_for(const struct policies *p, const char *const *group, int count,
		  struct policy *out);

/* When hosts in these groups may be changed. NULL: the policy has no windows for them, at any time.
 * Borrowed from p, and one for all hosts that the same of its groups are about. */
const struct calendar *policies_calendar(struct policies *p, const char *const *group, int count);

/* The same for their restarts: as above where the policy says nothing of those alone. */
const struct calendar *policies_reboot_calendar(struct policies *p, const char *const *group,
						int count);

/* Whether a plan of an upgrade wants the approval of another login than the one that made it, and
 * no upgrade begins without a plan. */
bool policies_another_login(const struct policies *p);
/* How long a plan may be started after it was made; 0: the policy does not say. */
int64_t policies_plan_ms(const struct policies *p);

int policies_group_count(const struct policies *p);     /* groups that override something */
const char *policies_group(const struct policies *p, int i);
int policies_graded_count(const struct policies *p);    /* checks with a grade of any group */
int policies_exception_count(const struct policies *p);
const struct exception *policies_exception(const struct policies *p, int i);
/* Whether the exception is about this host; whether it is about it and this check. */
bool exception_names(const struct exception *e, const char *host, const char *const *group,
		     int count);
bool exception_covers(const struct exception *e, const char *host, const char *const *group,
		      int count, const char *check);
/* Whether its check is none that this version has: mistyped, or gone since. It covers nothing then.
 * *out_near: one that is spelt nearly so, or NULL. */
bool exception_is_of_no_check(const struct exception *e, const char **out_near);
/* Its last day: "2027-03-31". Writes to out (POLICY_DAY bytes) and returns it. */
enum { POLICY_DAY = 16 };
const char *exception_day(const struct exception *e, char *out);
/* The exception that covers this finding, the one that lasts longest; NULL: none. */
const struct exception *policies_covering(const struct policies *p, const char *host,
					  const char *const *group, int count, const char *check);

#endif
