/* options.h - what is typed for a run, and how the run remembers it for those who go on with it. */
#ifndef UPGRADER_OPTIONS_H
#define UPGRADER_OPTIONS_H

#include <stdbool.h>

#include "base/clock.h"
#include "base/cmd.h"
#include "inventory/choice.h"
#include "scanner/way.h"
#include "upgrader/upgrader.h"

/* Of `upgrade`; who goes on with a run has some of them. */
struct upgrade_opts {
	const char *installer, *download, *note, *host_key, *known_hosts;
	bool dry_run, yes, json, csv, group_exchange;
	bool accept_unknown_backup, accept_stopped, close_console, allow_unsigned, push_large;
	bool push, rehearse, ignore_windows, gate;
	int64_t deadline_ms;                    /* 0: not given */
	struct opt_list limit, include;
	int first, parallel;                    /* 0: not given */
	int per_site, max_consecutive;
	int64_t soak;
	const char *max_failures, *max_unreachable, *max_slow, *promote, *waves;
	struct opt_list canary, pattern;
	const char *verify, *reboot;
	bool reset;                             /* of a resume */
	struct choice choice;
};

/* Rows of an option table, for a struct that begins with a struct upgrade_opts. */
/* clang-format off */
#define STEP_LIMIT_OPTION \
	{ "limit", 0, OPT_PAIRS, "STEP=TIME", \
	  "limit of one step, by default " STEP_LIMIT_HELP "; or of a state: " LINE_LIMIT_HELP \
	  ", " PROBE_LIMIT_HELP, offsetof(struct upgrade_opts, limit), 0, 0 }
#define RUN_PACE_OPTIONS \
	{ "first", 0, OPT_INT, "N", \
	  "hosts to upgrade and verify before any other is begun (" SAID(UPGRADE_FIRST) ")", \
	  offsetof(struct upgrade_opts, first), 1, 1000 }, \
	{ "parallel", 0, OPT_INT, "N", "hosts in flight after that (" SAID(UPGRADE_PARALLEL) ")", \
	  offsetof(struct upgrade_opts, parallel), 1, 1000 }, \
	{ "per-site", 0, OPT_INT, "N", "hosts in flight of one site, marshal_site (no limit)", \
	  offsetof(struct upgrade_opts, per_site), 1, 1000 }, \
	{ "promote", 0, OPT_TEXT, "N|P%", \
	  "hosts of a wave that are upgraded or current for the next to begin (all have ended); " \
	  "N:confirmed, P%:confirmed, confirmed (all): and seen to back up well since", \
	  offsetof(struct upgrade_opts, promote), 0, 0 }, \
	{ "soak", 0, OPT_TIME, "TIME", "from there to the next wave (none)", \
	  offsetof(struct upgrade_opts, soak), 1000, 30 * DAY_MS }, \
	{ "max-failures", 0, OPT_TEXT, "N|P%", \
	  "failed or uncertain hosts that pause the run (" SAID(UPGRADE_MAX_FAILURES) \
	  "); P%: of those that it has to change, rounded up", \
	  offsetof(struct upgrade_opts, max_failures), 0, 0 }, \
	{ "max-unreachable", 0, OPT_TEXT, "N|P%", "the same of unreachable hosts (no limit)", \
	  offsetof(struct upgrade_opts, max_unreachable), 0, 0 }, \
	{ "max-slow", 0, OPT_TEXT, "N|P%", \
	  "the same of hosts that took longer than 95 of 100 earlier ones (no limit)", \
	  offsetof(struct upgrade_opts, max_slow), 0, 0 }, \
	{ "max-consecutive", 0, OPT_INT, "N", \
	  "failed hosts with none upgraded between that pause the run (no limit)", \
	  offsetof(struct upgrade_opts, max_consecutive), 1, 1000 }, \
	{ "ignore-windows", 0, OPT_FLAG, NULL, "also hosts whose maintenance window is closed", \
	  offsetof(struct upgrade_opts, ignore_windows), 0, 0 }, \
	STEP_LIMIT_OPTION
/* Of whoever begins hosts, and not of the run. */
#define DEADLINE_OPTION \
	{ "deadline", 0, OPT_TIME, "TIME", \
	  "wait for maintenance windows that open until then, and begin no host later", \
	  offsetof(struct upgrade_opts, deadline_ms), 1000, 30 * DAY_MS }
/* What is upgraded, with what, and what is allowed. */
#define UPGRADE_AT(member) offsetof(struct upgrade_opts, member)
#define UPGRADE_OPTIONS \
	{ "installer", 0, OPT_TEXT, "FILE", "MARSAgentInstaller.exe of the version to bring", \
	  UPGRADE_AT(installer), 0, 0 }, \
	{ "download", 0, OPT_TEXT, "URL", \
	  "where hosts fetch it themselves, by https, that have no marshal_installer_url", \
	  UPGRADE_AT(download), 0, 0 }, \
	{ "push", 0, OPT_FLAG, NULL, "put it there from here where a host cannot fetch it", UPGRADE_AT(push), \
	  0, 0 }, \
	CHOICE_OPTIONS(struct upgrade_opts), \
	{ "pattern", 0, OPT_LIST, "PATTERN", \
	  "more hosts, also those that are called like a command: plan, release, ...", \
	  UPGRADE_AT(pattern), 0, 0 }, \
	RUN_PACE_OPTIONS, \
	{ "canary", 0, OPT_LIST, "PATTERN", \
	  "the first wave (else one ordinary host of each release of Windows)", UPGRADE_AT(canary), \
	  0, 0 }, \
	{ "gate", 0, OPT_FLAG, NULL, "pause behind each wave, until `upgrade resume` goes on", \
	  UPGRADE_AT(gate), 0, 0 }, \
	{ "waves", 0, OPT_TEXT, "LIST", \
	  "where each wave after it ends, as numbers or shares: 5%,25%,100% (all are one)", \
	  UPGRADE_AT(waves), 0, 0 }, \
	{ "verify", 0, OPT_TEXT, "HOW", \
	  "backup: each host backs up once after its upgrade, which is followed to its end; " \
	  "next-backup: a later scan tells (default)", UPGRADE_AT(verify), 0, 0 }, \
	{ "reboot", 0, OPT_TEXT, "HOW", \
	  "if-needed: each host where a restart is pending after its upgrade restarts once, in its " \
	  "windows for that; never: that is left to people (default)", UPGRADE_AT(reboot), 0, 0 }, \
	{ "include", 0, OPT_LIST, "KIND", "dpm: also DPM and MABS servers", UPGRADE_AT(include), 0, 0 }, \
	{ "accept-unknown-backup", 0, OPT_FLAG, NULL, \
	  "also where it cannot be known whether a backup runs or is due", \
	  UPGRADE_AT(accept_unknown_backup), 0, 0 }, \
	{ "accept-stopped", 0, OPT_FLAG, NULL, \
	  "also where obengine is stopped or disabled; it stays so", UPGRADE_AT(accept_stopped), 0, 0 }, \
	{ "close-console", 0, OPT_FLAG, NULL, \
	  "end open consoles of the agent instead of waiting for them", UPGRADE_AT(close_console), 0, 0 }, \
	{ "allow-unsigned", 0, OPT_FLAG, NULL, \
	  "an installer without a signature (the simulated one)", UPGRADE_AT(allow_unsigned), 0, 0 }, \
	{ "push-large", 0, OPT_FLAG, NULL, \
	  "put an installer above " SAID(PUSH_MB) " MB also where only WinRM leads there", \
	  UPGRADE_AT(push_large), 0, 0 }, \
	WAY_OPTIONS(struct upgrade_opts)
/* clang-format on */

/* What was typed, into what it is good for. Texts are borrowed. */
int upgrade_options_read(const struct upgrade_opts *o, struct upgrade_terms *terms,
			 struct way_options *way, struct err *err);

/* "--first 1 --parallel 10 ...", as it would be typed with all that counts. free() it. */
char *upgrade_options_text(const struct upgrade_opts *o, const struct upgrade_terms *terms);

/* What was typed of it for a run that goes on, "" nothing: "--parallel 20 --ignore-windows". free()
 * it. */
char *upgrade_options_given(const struct upgrade_opts *o);

/* All that who goes on needs beside the rows of the jobs. NULL: a path cannot be kept. */
json_t *upgrade_options_keep(const struct app *app, const struct upgrade_opts *o,
			     const struct upgrade_terms *terms, size_t installer_size,
			     struct err *err);

/* A run goes on as it was allowed when it began; how hosts are reached and how carefully may be
 * said anew. Texts are borrowed from both. */
int upgrade_options_again(const struct upgrade_opts *o, const json_t *kept,
			  struct upgrade_terms *terms, struct way_options *way, struct err *err);

/* The inventory that the command line names; where it names none, that of the run with these
 * options. NULL and err. The caller's. */
struct inventory *upgrade_inventory(const struct app *app, const json_t *options, struct err *err);

#endif
