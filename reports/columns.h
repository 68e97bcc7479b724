/* columns.h - every report there is, its columns, and the words that some of them may have, a row
 * each: enums, tables, commands, gauges and alarms are made of these rows, and who lists reports
 * walks them. Ids of columns are stable; new ones are added at the end. docs/formats.md says what
 * each holds. */
#ifndef REPORTS_COLUMNS_H
#define REPORTS_COLUMNS_H

#include "scanner/checks/verdicts.h"
#include "scanner/statuses.h"

/* clang-format off */
/* The commands `report ...`, sorted, and all reports.  row(name, NAME, version) */
#define REPORT_COMMANDS(row) \
	row(checks, CHECKS, 1) row(compliance, COMPLIANCE, 1) row(exceptions, EXCEPTIONS, 1) \
	row(faults, FAULTS, 1) row(history, HISTORY, 1) row(run, RUN, 1) row(versions, VERSIONS, 1)
#define REPORTS(row) REPORT_COMMANDS(row) row(diff, DIFF, 1)

/*  row(ID, id, title, type, shown): as struct column has them (model.h) */
#define COMPLIANCE_COLUMNS(row) \
	row(COMPLIANCE_HOST, "host", "HOST", TEXT, ALWAYS) \
	row(COMPLIANCE_STATUS, "status", "STATUS", TEXT, ALWAYS) \
	row(COMPLIANCE_UNREACHABLE, "unreachable", "UNREACHABLE", BOOL, WIDE) \
	row(COMPLIANCE_FAULT, "fault", "FAULT", TEXT, ALWAYS) \
	row(COMPLIANCE_STALE, "stale", "STALE", BOOL, WIDE) \
	row(COMPLIANCE_AGE, "facts_age_s", "AGE", SPAN, WIDE) \
	row(COMPLIANCE_VERSION, "version", "VERSION", TEXT, ALWAYS) \
	row(COMPLIANCE_MINIMUM, "minimum", "MINIMUM", TEXT, WIDE) \
	row(COMPLIANCE_TARGET, "target", "TARGET", TEXT, WIDE) \
	row(COMPLIANCE_FAILING, "failing_checks", "FAILING", LIST, ALWAYS) \
	row(COMPLIANCE_UNKNOWN, "unknown_checks", "UNKNOWN", LIST, WIDE) \
	row(COMPLIANCE_WARNING, "warning_checks", "WARNING", LIST, WIDE) \
	row(COMPLIANCE_AGENT, "agent_found", "AGENT", BOOL, WIDE) \
	row(COMPLIANCE_SEEN, "last_seen", "LAST SEEN", TIME, WIDE) \
	row(COMPLIANCE_TRIED, "last_tried", "LAST TRIED", TIME, WIDE) \
	row(COMPLIANCE_OWNER, "owner", "OWNER", TEXT, WIDE) \
	row(COMPLIANCE_SITE, "site", "SITE", TEXT, WIDE) \
	row(COMPLIANCE_VAULT, "vault", "VAULT", TEXT, WIDE) \
	row(COMPLIANCE_ADDRESS, "address", "ADDRESS", TEXT, WIDE) \
	/* would be compliant, did active exceptions not count */ \
	row(COMPLIANCE_ACCEPTED, "accepted", "ACCEPTED", BOOL, WIDE) \
	/* checks in trouble that an active one covers */ \
	row(COMPLIANCE_EXCEPTIONS, "exceptions", "EXCEPTIONS", LIST, WIDE) \
	/* the run of ours that left obengine stopped there, or after which nobody saw it run */ \
	row(COMPLIANCE_ENGINE, "obengine_stopped_by", "OBENGINE STOPPED BY", TEXT, RARE) \
	/* what the failing checks that no exception covers count for, each once */ \
	row(COMPLIANCE_SEVERITIES, "failing_severities", "SEVERITIES", LIST, WIDE) \
	/* looks that failed since the host was last seen whole */ \
	row(COMPLIANCE_TRIES, "failed_looks", "TRIES", INT, WIDE) \
	row(COMPLIANCE_KIND, "kind", "KIND", TEXT, WIDE) \
	/* where it is not the host's own, but that older rules judged it */ \
	row(COMPLIANCE_REASON, "status_reason", "WHY", TEXT, RARE)

/* Before the verdicts, in their order, and behind them. */
#define CHECKS_COLUMNS(row) \
	row(CHECKS_ID, "check", "CHECK", TEXT, ALWAYS) \
	row(CHECKS_TITLE, "title", "TITLE", TEXT, WIDE) \
	row(CHECKS_SEVERITY, "severity", "SEVERITY", TEXT, ALWAYS)
#define CHECKS_COLUMNS_BEHIND(row) \
	/* of fail, warn and unknown: those under an exception */ \
	row(CHECKS_EXCEPTED, "excepted", "EXCEPTED", INT, WIDE) \
	/* that fail, as ranges: web[01-40] */ \
	row(CHECKS_HOSTS, "failing_hosts", "FAILING", TEXT, ALWAYS) \
	row(CHECKS_REMEDY, "remedy", "REMEDY", TEXT, WIDE) \
	row(CHECKS_COMMAND, "command", "COMMAND", TEXT, WIDE) \
	row(CHECKS_DOCUMENT, "document", "DOCUMENT", TEXT, WIDE) \
	row(CHECKS_ADDRESSES, "addresses", "ADDRESSES", LIST, WIDE)

#define FAULTS_COLUMNS(row) \
	row(FAULTS_FAULT, "fault", "FAULT", TEXT, ALWAYS) \
	row(FAULTS_COUNT_OF, "count", "COUNT", INT, ALWAYS) \
	row(FAULTS_HOSTS, "hosts", "HOSTS", TEXT, ALWAYS) \
	row(FAULTS_TEXT, "text", "TEXT", TEXT, ALWAYS) \
	row(FAULTS_HINT, "hint", "HINT", TEXT, WIDE) \
	/* when the one unseen for longest was last seen */ \
	row(FAULTS_SINCE, "since", "LAST SEEN", TIME, WIDE)

#define VERSIONS_COLUMNS(row) \
	row(VERSIONS_VERSION, "version", "VERSION", TEXT, ALWAYS) \
	row(VERSIONS_COUNT_OF, "count", "COUNT", INT, ALWAYS) \
	/* of those with one */ \
	row(VERSIONS_SHARE, "share_permille", "SHARE", SHARE, ALWAYS) \
	/* by policy */ \
	row(VERSIONS_STATE, "state", "STATE", TEXT, ALWAYS) \
	row(VERSIONS_HOSTS, "hosts", "HOSTS", TEXT, ALWAYS)

#define EXCEPTIONS_COLUMNS(row) \
	row(EXCEPTIONS_STATE, "state", "STATE", TEXT, ALWAYS) \
	row(EXCEPTIONS_SCOPE, "scope", "SCOPE", TEXT, ALWAYS) \
	row(EXCEPTIONS_NAME, "name", "NAME", TEXT, ALWAYS) \
	row(EXCEPTIONS_CHECK, "check", "CHECK", TEXT, ALWAYS) \
	row(EXCEPTIONS_OWNER, "owner", "OWNER", TEXT, ALWAYS) \
	row(EXCEPTIONS_REASON, "reason", "REASON", TEXT, ALWAYS) \
	row(EXCEPTIONS_EXPIRES, "expires", "EXPIRES", TEXT, ALWAYS) \
	row(EXCEPTIONS_COVERS, "findings", "FINDINGS", INT, ALWAYS) \
	row(EXCEPTIONS_HOSTS, "hosts", "HOSTS", TEXT, WIDE)

/* The statuses follow, in their order. */
#define HISTORY_COLUMNS(row) \
	row(HISTORY_DAY, "day", "DAY", TEXT, ALWAYS) \
	row(HISTORY_HOSTS, "hosts", "HOSTS", INT, ALWAYS) \
	/* compliant, of not excluded */ \
	row(HISTORY_SHARE, "compliant_permille", "SHARE", SHARE, ALWAYS)

#define DIFF_COLUMNS(row) \
	row(DIFF_CHANGE, "change", "CHANGE", TEXT, ALWAYS) \
	/* status, version, or the id of a check */ \
	row(DIFF_SUBJECT, "subject", "SUBJECT", TEXT, ALWAYS) \
	row(DIFF_BEFORE, "before", "BEFORE", TEXT, ALWAYS) \
	row(DIFF_AFTER, "after", "AFTER", TEXT, ALWAYS) \
	row(DIFF_COUNT_OF, "count", "COUNT", INT, ALWAYS) \
	row(DIFF_HOSTS, "hosts", "HOSTS", TEXT, ALWAYS)

#define RUN_COLUMNS(row) \
	row(RUN_HOST, "host", "HOST", TEXT, ALWAYS) \
	row(RUN_OUTCOME, "outcome", "OUTCOME", TEXT, ALWAYS) \
	row(RUN_BEFORE, "before", "BEFORE", TEXT, ALWAYS) \
	row(RUN_AFTER, "after", "AFTER", TEXT, ALWAYS) \
	row(RUN_REASON, "reason", "REASON", TEXT, WHOLE) \
	row(RUN_FAULT, "fault", "FAULT", TEXT, RARE) \
	row(RUN_WAVE, "wave", "WAVE", INT, RARE) \
	row(RUN_REBOOT, "reboot_pending", "REBOOT", BOOL, WIDE) \
	row(RUN_CHANGED, "changed", "CHANGED", BOOL, WIDE) \
	row(RUN_STATE, "state", "STATE", TEXT, WIDE) \
	row(RUN_BEGAN, "began", "BEGAN", TIME, WIDE) \
	row(RUN_ENDED, "ended", "ENDED", TIME, WIDE) \
	row(RUN_TOOK, "took_s", "TOOK", SPAN, WIDE) \
	row(RUN_FOLDER, "folder", "FOLDER", TEXT, WIDE) \
	row(RUN_LOGS, "installer_logs", "INSTALLER LOGS", LIST, WIDE) \
	/* as COMPLIANCE_ENGINE, now: of whatever run */ \
	row(RUN_ENGINE, "obengine_stopped_by", "OBENGINE STOPPED BY", TEXT, RARE) \
	/* of one that was upgraded: a good backup was seen since */ \
	row(RUN_CONFIRMED, "confirmed", "CONFIRMED", BOOL, WIDE) \
	/* duties, as known now */ \
	row(RUN_LEFT, "left_to_do", "LEFT TO DO", LIST, RARE) \
	/* of one that waits in a plan */ \
	row(RUN_STAGED, "staged", "STAGED", TIME, RARE)

/* --- words -------------------------------------------------------------------------------- */
/* Of a version, by policy.  row(ID, word, weight, then) */
#define VERSION_STATES(row) \
	row(OUTDATED, "outdated", BAD, ", ") \
	row(BEHIND, "behind", BEHIND, " or ") \
	row(OK, "ok", GOOD, "")

/* Of an exception, in the order they are shown; unused ones are noticed on a terminal alone.
 * row(ID, word, weight, weight on a page, then) */
#define WORD_EXPIRED "expired"
#define EXCEPTION_STATES(row) \
	row(EXPIRED, WORD_EXPIRED, BAD, BAD, ", ") \
	row(ACTIVE, "active", NONE, NONE, " or ") \
	row(UNUSED, "unused", BEHIND, NONE, "")

/* What became of hosts, in the order it is shown; one without a weight has no colour.
 * row(ID, word, its key in the summary, weight) */
#define WORD_WORSE "worse"
#define WORD_FAILS_NOW "fails-now"
#define DIFF_CHANGES(row) \
	row(WORSE, WORD_WORSE, "worse", BAD) \
	row(BEGAN, WORD_FAILS_NOW, "failures_began", BAD) \
	row(UNREACHED, "unreachable", "unreachable", UNKNOWN) \
	row(VANISHED, "vanished", "vanished", UNKNOWN) \
	row(BETTER, "better", "better", GOOD) \
	row(ENDED, "fails-no-more", "failures_ended", GOOD) \
	row(REACHED, "reached-again", "reached_again", GOOD) \
	row(VERSION, "version", "versions_moved", PLAIN) \
	row(OTHER, "changed", "changed", PLAIN) \
	row(ARRIVED, "new", "new", PLAIN)
/* clang-format on */

#endif
