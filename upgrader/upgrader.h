/* upgrader.h - bringing servers up to date. The plan is data before it is action: plan.c makes it
 * from stored facts, run.c says which host may begin, job/job.c has the table of edges every host
 * goes through and job/moves.c moves it along, job/work_*.c do what stands on an edge, preflight.c
 * says what forbids it. */
#ifndef UPGRADER_UPGRADER_H
#define UPGRADER_UPGRADER_H

#include "base/url.h"
#include "base/version.h"
#include "inventory/inventory.h"
#include "scanner/look.h"
#include "scanner/way.h"
#include "store/machine.h"
#include "store/outcomes.h"
#include "store/store.h"
#include "upgrader/slot.h"
#include "upgrader/waves.h"

/* The installer as staged: read once, hashed once. `path` is absolute. */
struct installer {
	char *path;
	const unsigned char *data; size_t len;
	char sha256[65];
	struct version version;
	bool has_signature;             /* as pe_has_signature() says */
};
int installer_open(const char *path, struct installer *out, struct err *err);
/* Not asked by installer_open(): a run that goes on cleans up, whatever its installer is. */
int installer_want_signature(const struct installer *i, struct err *err);
void installer_close(struct installer *i);

/* One first, then so many at a time, until so many failed. Unreachable may be any number. */
#define UPGRADE_FIRST 1
#define UPGRADE_PARALLEL 10
#define UPGRADE_MAX_FAILURES 2

/* What goes through a WinRM shell unasked: each 4 MB costs a server a PowerShell. */
#define PUSH_MB 10

/* As long is waited for obengine to run, after a call that starts it. */
#define UPGRADE_START_MINUTES 3
/* Of a call, beside what it waits for on the host: PowerShell's start on a busy server. */
enum { CALL_SLACK_MS = 60 * 1000 };

/* What the operator allowed. Kept in the run, so that a resume goes on under the same. */
struct upgrade_terms {
	bool include_dpm, accept_unknown_backup, accept_stopped, close_console, allow_unsigned;
	bool push_large;                /* also an installer above PUSH_MB, through a WinRM shell */
	bool push;                      /* from here where a host cannot fetch it */
	bool rehearse;                  /* all but the change: ends before obengine is stopped */
	bool verify_backup;             /* each host backs up once, after it was upgraded */
	bool reboot_if_needed;          /* and restarts before that, where a restart is pending */
	bool gate;                      /* each wave waits for a resume */
	bool canaries;                  /* the first wave was named */
	bool ignore_windows;            /* hosts are begun whenever their turn comes */
	/* Of this process: windows that open so long after its begin are waited for, and nothing is
	 * begun later. 0: none is waited for. */
	int64_t deadline_ms;
	char download[URL_MAX + 1];     /* where hosts fetch it that name no address; "": nowhere */
	int first, parallel;
	int per_site;                   /* in flight of one site; 0: any number */
	struct budget max_failures, max_unreachable, max_slow;
	int max_consecutive;            /* failures in a row; 0: any number */
	struct waves waves;
	struct budget promote;          /* so many of a wave succeeded; none: all have ended */
	bool promote_confirmed;         /* and a backup confirmed it */
	int64_t soak;                   /* between two waves, ms */
	int64_t limit_upload, limit_console, limit_stop, limit_start, limit_install, limit_verify;
	int64_t limit_reboot, limit_backup;
};
void upgrade_terms_default(struct upgrade_terms *out);
/* What shares are of, as the scheduler has it (schedule.h). */
struct shares_of {
	int hosts;                      /* that the run has to change */
	/* apart: of these not to be changed */
	struct { int hosts, apart; } wave[WAVES_MAX + 3];
};
/* The option by which a run goes on less carefully than it began; NULL: none. A deadline is nothing
 * that was approved. */
const char *upgrade_terms_loosened(const struct upgrade_terms *begun,
				   const struct upgrade_terms *now, const struct shares_of *of);
/* Whether an installer of that size may go through a WinRM shell; where not, how that is told of
 * one with so many MB. */
bool upgrade_terms_push(const struct upgrade_terms *terms, size_t len);
#define PUSH_REFUSED \
	"an installer of %zu MB would go through its WinRM shell in pieces " \
	"(--push-large, or have it fetched: --download URL)"
/* How the installer gets to a host. */
enum delivery { DELIVERY_SFTP, DELIVERY_PIECES, DELIVERY_EITHER, DELIVERY_COPY, DELIVERY_DOWNLOAD };
enum delivery delivery_of(const struct upgrade_terms *terms, const struct inv_host *host);
const char *delivery_word(enum delivery d);            /* "download" */
/* Where the host fetches it itself; NULL: it is put there from here. */
const char *delivery_url(const struct upgrade_terms *terms, const struct inv_host *host);
/* For people: "fetched there from https://..., else by SFTP". Yours: free() it. */
char *delivery_text(const struct upgrade_terms *terms, const struct inv_host *host);

/* What --limit names of an upgrade.
 * row(word, member, default in minutes, what follows it in a text) */
/* clang-format off */
#define STEP_LIMITS(row) \
	row("upload", limit_upload, 15, ", ") row("console", limit_console, 10, ", ") \
	row("stop", limit_stop, 3, ", ") row("start", limit_start, UPGRADE_START_MINUTES, ", ") \
	row("install", limit_install, 45, ", ") row("verify", limit_verify, 5, ", ") \
	row("reboot", limit_reboot, 30, ", ") row("backup", limit_backup, 480, "")
/* clang-format on */
#define STEP_LIMIT_SAID(word, member, minutes, then) word then
#define STEP_LIMIT_WORDS STEP_LIMITS(STEP_LIMIT_SAID)
#define STEP_LIMIT_SET(word, member, minutes, then) word "=" SAID(minutes) "m" then
#define STEP_LIMIT_HELP STEP_LIMITS(STEP_LIMIT_SET)
/* "install=1h". -1 with ERR_NOT_FOUND: none of these names. */
int upgrade_terms_limit(struct upgrade_terms *terms, const char *text, struct err *err);
/* How long a server stays reserved for a run that is not heard of any more: its longest limit, and
 * as much more. */
#define HOLD_MORE_MINUTES 10
int64_t upgrade_terms_hold_ms(const struct upgrade_terms *terms);
/* All its steps together. Neither counts a backup: that is no part of the change, and each look at
 * it renews the reservation; nor does the latter a restart. */
int64_t upgrade_terms_all_ms(const struct upgrade_terms *terms);
/* As in the row of a run. The object is the caller's; reading leaves what is missing at its
 * default. */
json_t *upgrade_terms_json(const struct upgrade_terms *terms);
void upgrade_terms_read(struct upgrade_terms *out, const json_t *from);

/* What forbids an upgrade of this host, from facts alone. FOR_NOW: it passes by itself (a backup,
 * an installer, another run). */
enum preflight { PREFLIGHT_GO, PREFLIGHT_CURRENT, PREFLIGHT_BLOCKED, PREFLIGHT_FOR_NOW };
enum { PREFLIGHT_REASON = 400 };
struct preflight_input {
	const struct facts *facts;
	const struct inv_host *host;
	const struct installer *installer;
	const struct upgrade_terms *terms;
	const struct machine_ids *machine;  /* that shall answer, who_known(); NULL: not known */
	int64_t now_utc_ms;
	/* Right before a change nothing old counts, which is what the look that was just made did
	 * not answer (fact.older): it blocks. A plan (planning true) has stored facts only: those
	 * seen before fresh_utc_ms are old to it. It notes what was in the way at the last look,
	 * since it is looked at again, and lets only what lasts decide: kind of server, cloud,
	 * agent. */
	int64_t fresh_utc_ms;
	bool planning;
	/* Whose reservation of the server is no obstacle; NULL: nobody's. */
	const char *run, *controller;
};
enum preflight preflight(const struct preflight_input *in, char reason[PREFLIGHT_REASON]);
/* The check host.account fails: nothing else that was found can be believed. */
bool seen_without_rights(const struct facts *facts);
/* The facts it reads; ends with FACT_NONE. */
const enum fact_id *preflight_facts(void);

/* How long the upgrade of a host may last: 95 of 100 that were made took no longer. By the host's
 * own, by those of its site, by all; or none was made, and it is assumed. */
enum expected_from { EXPECTED_ASSUMED, EXPECTED_ALL, EXPECTED_SITE, EXPECTED_OWN };
struct expected {
	int64_t ms;
	enum expected_from from;
};

/* A plan: one row a host, with the reason. */
struct plan_row {
	const struct inv_host *host;
	enum preflight verdict;
	bool excluded;                  /* by the inventory: no part of the run */
	bool registers;                 /* is to be registered again afterwards */
	bool unreadable;                /* the version of an agent that is there */
	bool never_seen;                /* nothing is known of it */
	bool unreachable;               /* something is, but the last look did not reach it */
	bool unbelieved;                /* it was seen without an administrator's rights
					 * (host.account): nothing that is known need be so */
	int64_t release;                /* of Windows, by its build; 0: not known */
	int wave;                       /* that it comes in; 0: none */
	char before[VERSION_TEXT];
	char reason[PREFLIGHT_REASON];
	int brief;                      /* bytes of reason without what its last try said; 0: all */
	char *stops;                    /* checks that stop its backups beside the version, a
					 * semicolon between; "" none are known */
	char *contradicted;             /* the same of those that a newer good backup contradicts */
	char *but;                      /* its words; NULL without any */
	char *stopped_by;               /* a run of ours left obengine stopped; else NULL */
	int64_t seen_utc_ms;            /* last; 0: never */
	int64_t due_utc_ms;             /* its next backup, as it was known then; 0: not known */
	bool noted;                     /* the last look found something, which forbids nothing */
	enum slot slot;                 /* of one to upgrade: when it may be begun, */
	struct span window;             /* in this window; */
	const struct calendar *calendar;        /* on its clock. NULL: at any time. The plan's */
	struct expected expected;       /* how long it may last, which has to fit into a window */
};
/* How long a run may last, estimate.h. */
struct samples;
struct estimate {
	int waves;
	int batches;            /* the first hosts, then so many at a time, in each wave */
	int upgrades;           /* of this database, that it was learnt from; 0: none */
	int64_t host_ms;        /* half of those took no longer */
	int64_t long_ms;        /* nor 95 of 100 */
	int64_t all_ms;
	int64_t most_ms;        /* the limits of its steps let no host take longer */
	struct samples *samples;
};
struct plan {
	struct plan_row *row;
	int count;
	int to_upgrade, current, blocked, excluded;
	int to_register;                /* of those to upgrade; */
	int unreadable;                 /* likewise: nobody knows whether it must be */
	int to_mend;                    /* likewise, with checks in `stops` */
	int contradicted;               /* likewise, in `contradicted` */
	int unbelieved;                 /* likewise */
	int never_seen, unreachable;    /* likewise; the second: seen, but not at the last look */
	int waiting;                    /* likewise, for a window that opens later */
	struct estimate estimate;       /* of all those to upgrade */
	struct policies *policies;      /* whose calendars the rows have */
	bool older_rules;               /* judged `stops` and `contradicted`: there may be more */
};
bool plan_row_is_upgraded(const struct plan_row *row);
bool plan_row_is_unbelieved(const struct plan_row *row);        /* of those to upgrade */
int plan_make(struct store *s, const struct selection *hosts, const struct installer *installer,
	      const struct upgrade_terms *terms, struct plan *out, struct err *err);
/* The first wave are those of these hosts that are to be upgraded, and not one of each release;
 * none of them is ERR_USAGE. */
int plan_canary(struct plan *plan, const struct upgrade_terms *terms,
		const struct selection *canary, struct err *err);
void plan_release(struct plan *p);

#endif
