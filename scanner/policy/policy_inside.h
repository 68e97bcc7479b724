/* policy_inside.h - a policy from the inside: its keys, and what a file said of them. Only the
 * files policy*.c and the command that shows a policy include it. */
#ifndef SCANNER_POLICY_POLICY_INSIDE_H
#define SCANNER_POLICY_POLICY_INSIDE_H

#include <jansson.h>

#include "base/arena.h"
#include "base/map.h"
#include "calendar/calendar.h"
#include "inventory/yaml_tree.h"
#include "scanner/policy/policy.h"
#include "store/plans.h"

/* Sizes, as Windows shows them. */
#define KB (INT64_C(1) << 10)
#define MB (INT64_C(1) << 20)
#define GB (INT64_C(1) << 30)
#define TB (INT64_C(1) << 40)

/* --- policy_keys.c: every key with one value ---------------------------------------------- */
enum policy_key_kind {
	KEY_VERSION, KEY_TARGET,        /* a target may be "none" */
	KEY_SPAN, KEY_BYTES, KEY_PERCENT, KEY_DOTNET
};
struct policy_key {
	const char *name;               /* "clock-warn" */
	enum policy_key_kind kind;
	bool threshold;                 /* stands under `thresholds:` */
	bool never;                     /* "never" is a value: 0 */
	size_t offset;                  /* in struct policy */
	int64_t min, max;               /* of numbers, both allowed */
	const char *one;                /* a word that is a value too: 1; NULL for none */
};
extern const struct policy_key policy_keys[];   /* ends with a row without a name */
int policy_key_count(void);
/* The key of a member of struct policy. */
#define AT(member) offsetof(struct policy, member)
const struct policy_key *policy_key_at(size_t offset);

struct policy_value { int64_t number; struct version version; };
/* Reads a value as people write it; err says what was expected, not where. */
int policy_value_parse(const struct policy_key *key, const char *text, struct policy_value *out,
		       struct err *err);
void policy_value_set(const struct policy_key *key, const struct policy_value *value,
		      struct policy *to);
void policy_value_get(const struct policy_key *key, const struct policy *from,
		      struct policy_value *out);
enum { POLICY_TEXT = 64 };
/* As policy_value_parse() reads it. Writes to out (POLICY_TEXT bytes) and returns it. */
const char *policy_value_format(const struct policy_key *key, const struct policy_value *value,
				char *out);

/* What `approval` may be. */
#define APPROVAL "approval"
#define APPROVAL_ANY_LOGIN "any-login"
#define APPROVAL_ANOTHER_LOGIN "another-login"

#define PLAN_EXPIRES "plan-expires"
#define PLAN_EXPIRES_LEAST_MS HOUR_MS
#define PLAN_EXPIRES_MOST_MS (PLAN_DAYS_MAX * DAY_MS)

#define LEVEL_WORD_DOCUMENTED "documented"
/* A grade as people write it: a level, a severity, or both with a blank between. err says what
 * was expected, not where. */
int grade_parse(const char *text, struct grade *out, struct err *err);
/* As grade_parse() reads it. Writes to out (POLICY_TEXT bytes) and returns it. */
const char *grade_format(struct grade grade, char *out);

/* --- policy.c ----------------------------------------------------------------------------- */
struct policy_setting {
	const struct policy_key *key;
	struct policy_value value;
	struct place at;
};

/* Of a file. */
enum {
	POLICY_FILE_MAX = 1 << 20, POLICY_GROUPS_MAX = 1000, POLICY_EXCEPTIONS_MAX = 10000,
	POLICY_VERSIONS_MAX = 200, POLICY_RULES_MAX = 10000,
	POLICY_LINE = 500,              /* bytes of a reason or a meaning */
	POLICY_NAMES = 32               /* keys allowed in one place */
};

/* Windows as said in one place: rules of calendar.h, as they were written. */
struct policy_rule { enum calendar_rule kind; const char *text; };
struct policy_windows {
	const char *zone;               /* NULL: not said here */
	struct policy_rule *rule;
	int count, cap;
	bool opens;                     /* some of them say when it is open */
};

/* What is said in one place: at the top, or for a group. */
struct policy_layer {
	const char *group;              /* NULL: for all */
	const char *origin;             /* "policy", "group dmz" */
	struct policy_setting *setting;
	int count;
	bool said[CHECK_COUNT];         /* which checks it grades */
	struct grade grade[CHECK_COUNT];
	struct policy_windows windows, reboots;
};

struct policies {
	struct arena arena;             /* all of it, also its texts */
	const char *path;               /* absolute, "" where it came from no file */
	struct policy_layer top;
	struct policy_layer *layer;     /* of groups, in the order of the file */
	int layer_count;
	struct threshold *threshold;
	int threshold_count;
	struct exception *exception;
	int exception_count;
	int rule_count;                 /* of all layers */
	bool another_login;             /* see policies_another_login() */
	int64_t plan_ms;                /* see policies_plan_ms() */
	struct map calendars;           /* made when first asked for, see policy_windows.c */
	struct kept *kept;              /* the same in a row */
	struct { bool on; struct version version; const char *origin; } fallback, over;
};

/* The i-th layer from the top that holds for a host in these groups; i begins at 0. NULL behind the
 * last. */
const struct policy_layer *policies_layer(const struct policies *p, int *i,
					  const char *const *group, int count);

/* Where a value, and the grade of a check, come from: "documented", "policy", "group dmz". */
const char *policies_origin(const struct policies *p, const char *const *group, int count,
			    const struct policy_key *key);
const char *policies_grade_origin(const struct policies *p, const char *const *group, int count,
				  int check);

/* The check that is spelt nearly so, or NULL. */
const char *policy_nearest_check(const char *id);

/* --- policy_nodes.c: what a file may say at one place; -1 and ERR_USAGE with that place ----- */
/* "expected minimum, target or checks", with the nearest where one is near. */
int policy_unknown_key(const struct ynode *key, const char *const *name, int count,
		       struct err *err);
int policy_want_map(const struct ynode *n, const char *what, struct err *err);
int policy_want_list(const struct ynode *n, const char *what, int max, struct err *err);
/* One value, not empty, one printable line: it is stored and shown. */
int policy_want_text(const struct ynode *n, const char *what, size_t max, struct err *err);

/* --- policy_windows.c: when hosts may be changed ------------------------------------------- */
/* Into `out`, which is of one of p's layers; what: the map's name. */
int policy_windows_read(struct policies *p, struct policy_windows *out, const char *what,
			const struct ynode *map, struct err *err);
void policy_windows_release(struct policies *p);
json_t *policy_windows_json(const struct policy_windows *w);    /* NULL: nothing is said */
/* What holds for a host in these groups, in the order of the layers: the zone, where one is named,
 * then every rule. */
#define POLICY_REBOOTS "reboot-windows"
struct policy_window {
	bool is_zone;
	bool reboots;                   /* of restarts alone */
	enum calendar_rule kind;        /* of what is no zone */
	const char *text, *origin;
};
void policies_windows(const struct policies *p, const char *const *group, int count,
		      void (*each)(void *ctx, const struct policy_window *w), void *ctx);
/* What is said of restarts alone. False: nothing is. each may be NULL. */
bool policies_reboot_windows(const struct policies *p, const char *const *group, int count,
			     void (*each)(void *ctx, const struct policy_window *w), void *ctx);
/* "zone", "window", "blackout", "reboot window" */
const char *policy_window_word(const struct policy_window *w);

#endif
