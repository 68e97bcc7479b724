/* checks_inside.h - what the families of checks (checks_*.c) share: saying a verdict, facts that
 * are missing, numbers and times that cannot be true. A check judges by numbers, ids and registry
 * values, never by a text in some language; what is absurd is unknown. Each writes its evidence
 * with say() and returns what that returns. */
#ifndef SCANNER_CHECKS_CHECKS_INSIDE_H
#define SCANNER_CHECKS_CHECKS_INSIDE_H

#include "base/clock.h"
#include "scanner/checks/checks.h"
#include "scanner/explain/known_errors.h"

/* Documents that several checks come from. */
#define KB_VERSIONS "KB 4096064, Azure Backup service version and agent versions do not match"
#define KB_REGISTER "KB 4095462, update of the Microsoft Azure Recovery Services agent"
#define DOC_STATE "Troubleshoot System State Backup"
#define DOC_FAQ "FAQ: backing up files and folders (MARS)"
#define DOC_TROUBLE "Troubleshoot the Microsoft Azure Recovery Services (MARS) agent"
#define DOC_SELFHELP "Azure Backup self-help topics"
#define DOC_CMDLETS "Deploy and manage backup with PowerShell"
#define DOC_WSB "Windows Server Backup cmdlets"
#define DOC_MATRIX "Support matrix for backup with the MARS agent"

#define AZURE_ASSET_TAG "7783-7084-3265-9085-8269-3286-77"
#define GIB ((double)(1 << 30))

/* Writes the evidence, at most EVIDENCE_MAX bytes, and gives the verdict back. */
enum verdict say(char *evidence, enum verdict verdict, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Adds to the evidence, behind "; " where something stands there already. */
void say_also(char *evidence, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Whether a member of a fact is this word. */
bool says(const json_t *fact, const char *member, const char *word);
/* Adds a text that the server told, behind some words, where it did. */
void say_of(char *evidence, const json_t *fact, const char *member, const char *before);
/* Adds how long the job of a fact took, where it told. */
void say_took(const struct context *c, enum fact_id fact, char *evidence);
/* Adds "before 0x80070005: Access is denied": what a code means where it was met. */
void say_code(char *evidence, const char *before, enum error_space place, int64_t code);

/* The value of a fact; NULL: *verdict and the evidence say why there is none. */
const json_t *need(const struct context *c, enum fact_id fact, char *evidence,
		   enum verdict *verdict);
/* Whether an agent is installed; else *verdict and the evidence say so. */
bool need_agent(const struct context *c, char *evidence, enum verdict *verdict);
/* need_agent() and need() in one. */
const json_t *need_of_agent(const struct context *c, enum fact_id fact, char *evidence,
			    enum verdict *verdict);

bool is_client(const struct context *c);        /* Windows 10 and the like */

/* What the deep facts may not tell: YES, NO, NOT_KNOWN. */
enum answer { NOT_KNOWN = -1, NO, YES };
enum answer state_protected(const struct context *c);
bool only_state_protected(const struct context *c);     /* known, and no files */
enum answer bool_of(const json_t *obj, const char *key);

/* The agent was asked for both of its policies, has none, and has backed up nothing since. */
bool has_no_policy(const struct context *c);
/* What fails here stops all backups of this server: none of its volumes can be backed up, and
 * nothing else is; the scripts of scheduled ones do not run; no name of the service answers that
 * the agent itself uses. */
bool no_volume_fits(const struct context *c);
bool runs_no_script(const struct context *c);
bool all_names_closed(const struct context *c);

/* The volume of a policy in the fact volumes, by its name; NULL: it is not there. */
const json_t *volume_named(const json_t *fact, const char *name);
/* A row of the fact `services`, NULL: it names none so. */
const json_t *service_named(const json_t *fact, const char *name);

/* What it says where the inventory has the cloud that is closed. */
#define SAID_GERMAN "marshal_cloud is the German cloud"
/* What those of host.identity say. */
#define SAID_OTHER_NAME "it calls itself"
#define SAID_TWIN "it is the same server as"
#define SAID_NOBODY "who answered is not known"
/* What the evidence says of a service that has been starting or stopping for long. */
#define SAID_STUCK "stuck"

/* Whether the version was told in a form that none has; says so then. An agent without one is
 * another case. */
bool version_is_lost(const struct context *c, char *evidence);

/* A text of a fact, "none" for NULL. */
const char *or_none(const char *text);

/* The last backup is young enough, and completed with warnings. */
bool only_warned(const struct context *c);

/* A time that the server told, set to our clock. Before 1990, or more than ahead_ms after the
 * look that brought it, is absurd. */
#define AHEAD_NONE_MS 0                  /* of the past; by the host's own clock, a few minutes */
#define AHEAD_A_DAY_MS DAY_MS           /* of the past, told as a day of the server's time zone */
enum told time_told(const struct context *c, enum fact_id fact, const char *member,
		    int64_t ahead_ms, int64_t *out_utc_ms);
/* The verdict for an absurd one. */
enum verdict say_absurd(char *evidence, const char *what);

/* The versions of the agent that the store knows, oldest first; NULL for none. */
const json_t *versions_of(const struct context *c);
/* When a version of the history was first seen, by our clock as it goes now: told by the host's own
 * clock where that was noted, since ours may have been wrong then. */
int64_t entry_utc_ms(const struct context *c, const json_t *entry);
/* When the agent's version last changed before our eyes; 0: never. */
int64_t version_changed_utc_ms(const struct context *c);

/* One file a family, in the order of check_rows.h. */
typedef enum verdict check_judge(const struct context *c, char *evidence);
#define CHECK_JUDGE(id, word, judge) check_judge judge;
CHECKS(CHECK_JUDGE)
#undef CHECK_JUDGE

/* The newest failure on record, by our clock; *event is 0 where a job told of it. */
enum told last_failure(const struct context *c, int64_t *out_utc_ms, int64_t *event, int64_t *code);
bool is_task_failure(int64_t result);   /* of the task's last run */
/* How a backup that has been running for so long compares with those before it. */
enum run_length { RUNS_AS_USUAL, RUNS_LONGER, RUNS_FOR_DAYS };
enum run_length run_length(const struct context *c, int64_t runs_ms);
/* Whether all that was asked is open, but somebody nobody knows issued a certificate. */
bool is_inspected(const json_t *results);

/* VSS_WRITER_STATE from which on a writer failed, the numbers in vssadmin's brackets. */
enum { WRITER_FAILED = 6 };
/* Whether system state is protected and the writer of it is not in the list. */
bool lacks_system_writer(const struct context *c, const json_t *list);
/* Whether that is so, or it failed. */
bool fails_system_writer(const struct context *c);
/* Whether copies of a volume may have less space than the policy asks for. */
bool is_limited(const struct context *c, const json_t *storage);

#endif
