/* statuses.h - every status there is, a row each, in the order of precedence: what a new one needs
 * besides the rule that gives it (judge.c) stands here, and who lists statuses walks these rows.
 *   word      as it is written everywhere
 *   column    of the history, and its head; wide: in a table shown with --wide alone
 *   weight    its colour and tone, its layer of the trend, and how it rings (nagios)
 *   area      its class in the page (page.css)
 *   why       beside its count in the page
 *   meaning, remedy   of `marshal explain` */
#ifndef SCANNER_STATUSES_H
#define SCANNER_STATUSES_H

#include "base/weight.h"
#include "scanner/policy/documented.h"

/* clang-format off */
/*  row(ID, word, column, head, wide, weight, area, why, meaning, remedy) */
#define STATUSES(row) \
	row(EXCLUDED, "excluded", "excluded", "EXCLUDED", true, NONE, "a9", \
	    "not counted", \
	    "the inventory leaves the host out, or it has no agent and need not have one", \
	    "nothing to do") \
	row(NEVER_SEEN, "never-seen", "never_seen", "NEVER", true, UNKNOWN, "a4", \
	    "nothing is known of it yet", \
	    "no look at the host ever brought its facts", \
	    "`marshal scan HOST`") \
	row(NOT_INSTALLED, "not-installed", "not_installed", "ABSENT", false, BAD, "a8", \
	    "has no agent and should have one", \
	    "there is no agent, and the inventory says there must be one", \
	    "install the agent and register the server, or set marshal_mars: optional or none") \
	row(OUTDATED, "outdated", "outdated", "OLD", false, BAD, "a7", \
	    "agent too old: every backup fails", \
	    "the agent is older than the minimum, or its version cannot be read; " \
	    "below " MINIMUM_SAID " every backup fails", \
	    "`marshal upgrade HOST --installer MARSAgentInstaller.exe`") \
	row(NEEDS_REGISTRATION, "needs-registration", "needs_registration", "REG", false, BAD, "a6", \
	    "not registered with a vault, or to be registered again", \
	    "the server is not registered with a vault, never or not any more; or the agent came from below " \
	    MINIMUM_SAID ", and no backup completed since", \
	    "register the server with a new vault credential file; again: with the same passphrase") \
	row(FAILING, "failing", "failing", "FAILS", false, BAD, "a10", \
	    "backups are seen to fail, or to be missing", \
	    "the newest backup failed and none succeeded since, or there was no good one for longer " \
	    "than the policy's backup-fail", \
	    "`marshal show HOST` has the error and what to do; then run a backup") \
	row(AT_RISK, "at-risk", "at_risk", "RISK", false, BAD, "a5", \
	    "a check that stops backups fails", \
	    "a check that stops backups fails", \
	    "`marshal show HOST` says which, and what to do") \
	row(UNDETERMINED, "undetermined", "undetermined", "UNKNOWN", true, UNKNOWN, "a3", \
	    "a check that decides has no answer", \
	    "a check that stops backups could not be answered; or nothing that was seen counts, as the account was " \
	    "no administrator or another machine than before answered; or older rules judged it", \
	    "`marshal show HOST` says which; then scan again, with --as-system or --deep where " \
	    "its evidence names one") \
	row(BEHIND, "behind", "behind", "BEHIND", false, BEHIND, "a2", \
	    "no such check fails; older than the target", \
	    "no check that stops backups fails; the agent is older than the target", \
	    "plan an upgrade; other findings may remain: `marshal show HOST` lists them") \
	row(COMPLIANT, "compliant", "compliant", "GOOD", false, GOOD, "a1", \
	    "no check that stops backups fails", \
	    "no check that stops backups fails, and the agent is at the target", \
	    "other findings may remain: `marshal show HOST` lists them")

/* Words beside the status of a host.
 *   rings     COUNTED: where the host is not excluded; ALWAYS; ANY: where its column says anything
 *   then      what follows it in a sentence that lists these words */
#define WORD_STOPPED "obengine-stopped"
/*  row(ID, word, rings, then, meaning, remedy) */
#define WORDS_BESIDE(row) \
	row(UNREACHABLE, "unreachable", COUNTED, ", ", \
	    "the last look at the host ended in a fault; its status is from an earlier one, or it has none", \
	    "`marshal report faults` says why; `marshal explain` the fault") \
	row(STALE, "stale", COUNTED, ", ", \
	    "the facts are older than the policy allows, or --stale-after: they may no longer be true", \
	    "`marshal scan HOST`") \
	row(ACCEPTED, "accepted", ALWAYS, " or ", \
	    "exceptions of the policy cover all that keeps the host from compliant or behind; its status stays", \
	    "`marshal report exceptions` says who answers for it, and until when") \
	row(ENGINE, WORD_STOPPED, ANY, "", \
	    "a run of marshal left the service obengine stopped there, as the journal or the key on the server says: no backup runs; " \
	    "or a run changed it, and nobody saw it running since, nor is at it", \
	    "`marshal upgrade restore HOST` looks, and starts it")
/* clang-format on */

#define STATUS_ID(id, ...) STATUS_##id,
enum status { STATUSES(STATUS_ID) STATUS_COUNT };
#undef STATUS_ID

struct status_row {
	const char *word;
	enum weight weight;
	const char *area, *why;
};
extern const struct status_row statuses[STATUS_COUNT];          /* judge.c */

#endif
