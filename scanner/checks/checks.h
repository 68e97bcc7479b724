/* checks.h - the catalogue of checks: pure functions from facts and policy to a verdict. No
 * network, no clock of their own, no store: "now" is when a fact was seen. check_rows.h lists them;
 * what they say is a row each in checks.c, which `marshal checks` and docs/checks.md print; the
 * functions stand by family in checks_*.c. */
#ifndef SCANNER_CHECKS_CHECKS_H
#define SCANNER_CHECKS_CHECKS_H

#include <stdbool.h>
#include <stdint.h>

#include "scanner/checks/check_rows.h"
#include "scanner/checks/verdicts.h"
#include "scanner/explain/known_errors.h"
#include "scanner/facts/facts.h"
#include "scanner/facts/server_kind.h"
#include "scanner/policy/policy.h"

/* What a check may look at beside the facts. */
struct context {
	const struct facts *facts;
	const struct policy *policy;
	const char *name, *address;             /* who was asked, as the inventory says */
	const char *computer_name;              /* and what it calls itself there, "" not given */
	const char *cloud;                      /* words of the inventory, "" when not given */
	const char *time_zone;                  /* a Windows zone id */
	const char *offline;                    /* source, copy: seeds backups offline */
	const json_t *past;                     /* as past_of_all() has it; may be NULL */
	bool accept_changed;                    /* another machine than before is as intended */
	bool again;                             /* the facts are those that were judged last */
};

/* In the place of a version of an agent that is there, and has none that can be read. */
#define WORD_UNREADABLE "unreadable"

enum { EVIDENCE_MAX = 400 };
struct finding {
	const struct check *check;
	enum verdict verdict;
	enum severity severity;                 /* what it counts for here: judge.h */
	bool new_reason;                        /* it failed before, for another: reason.h */
	char evidence[EVIDENCE_MAX];            /* printable, one line */
};

struct check {
	const char *id;                         /* "mars.version": stable */
	const char *title;
	enum severity severity;
	const char *follows;                    /* when it fails: why the severity is this */
	const char *looks_at;                   /* "file version of cbengine.exe" */
	const char *rule;                       /* when it fails, warns, is not applicable */
	const char *document;                   /* "KB 4096064" */
	const char *remedy;                     /* in words */
	const char *command;                    /* of the document, NULL: it gives none */
};
/* Writes up to EVIDENCE_MAX; evidence comes as "". */
enum verdict check_verdict(enum check_id id, const struct context *c, char *evidence);

/* Whether this evidence tells of another machine than before, and not of another name alone: what
 * else was found is of that one. */
bool is_other_machine(enum check_id id, const char *evidence);

/* By enum check_id; ends with a row without an id. */
extern const struct check checks[CHECK_COUNT + 1];
/* NULL for a strange one: what is stored may be of another marshal. */
const struct check *check_find(const char *id);
enum check_id check_id(const struct check *check);      /* of a row of checks[] */
bool check_is(const char *id, enum check_id which);

/* The evidence of what was `not examined` because nobody asked, the same on every host; the last:
 * the check, or the fact that it reads, did not exist yet. */
extern const char check_not_deep[], check_not_system[], check_newer[];

/* The end of the newest backup that completed, by our clock: of the events and of the jobs. */
enum told { TOLD_NONE, TOLD_ABSURD, TOLD_TIME };
enum told last_good(const struct context *c, int64_t *out_utc_ms);
/* TOLD_TIME: the newest backup on record failed, as far as the times of both are possible. */
enum told newest_failed(const struct context *c);
/* When the server was started last, by our clock. */
enum told last_boot(const struct context *c, int64_t *out_utc_ms);
enum server_kind kind_of_server(const struct context *c);
bool is_dpm(const struct context *c);           /* or MABS: its jobs are DPM's */

/* Whether an agent is installed; false: not known. What a removed one left behind (its Setup key,
 * but neither program nor service) is none: agent_left(). */
bool agent_installed(const struct facts *f, bool *out_installed);
bool agent_left(const struct facts *f);

/* The version of the agent that backs up: of cbengine.exe in the agent's folder, or of the program
 * that the service obengine runs, where that is an older one. false: the first has none that can be
 * read. */
bool agent_version(const struct facts *f, struct version *out);
bool agent_exe_version(const struct facts *f, struct version *out);     /* the first of them */

/* What to do about a check, by what the facts and the evidence (NULL: none is known) say was found:
 * the catalogue's own words where that makes no difference. remedies.c. */
enum { REMEDY_COMMAND = 200 };
struct remedy {
	const char *text, *command;             /* command NULL: none */
	char room[REMEDY_COMMAND];              /* of a command that names something found */
	char said[ERROR_REMEDY];                /* of a text that does */
	const char *evidence;                   /* of what it is about, "" none is known */
};
void check_remedy(const struct check *check, const struct context *c, const char *evidence,
		  struct remedy *out);
/* Whether it may differ from host to host. */
bool check_remedy_differs(const struct check *check);

/* The longest time between two backups that the schedules leave: those of the agent's policies
 * where they are known, else of its task. 0: not known. MARS starts a backup at some times of some
 * days of every week, or of every second to fourth week; in which of them is not told, so that
 * such a schedule is taken alone, and the shortest is what all of them together leave at most. */
int64_t schedule_gap_ms(const struct context *c);

/* Versions from which on something works, as documents name them; by version. */
extern const struct threshold thresholds[];
extern const int thresholds_count;

const char *verdict_name(enum verdict v);       /* "not examined" */
enum verdict verdict_from_name(const char *name);       /* V_UNKNOWN for a strange one */
enum weight verdict_weight(enum verdict v);
bool verdict_is_trouble(enum verdict v);        /* what an exception may cover */
const char *severity_name(enum severity s);
/* false: no such word; *out stays. */
bool severity_from_name(const char *name, enum severity *out);

#endif
