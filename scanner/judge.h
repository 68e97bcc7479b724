/* judge.h - from facts to findings and one word for a host. The status from facts is stored when
 * judged; excluded and never-seen are laid over when read: store/status.h. */
#ifndef SCANNER_JUDGE_H
#define SCANNER_JUDGE_H

#include "scanner/checks/checks.h"
#include "scanner/statuses.h"
#include "store/status.h"
#include "store/store.h"

const char *status_name(enum status s);         /* "needs-registration" */
bool status_from_name(const char *name, enum status *out);

/* What a change of the status says. Better and worse are said of what is known of a host that
 * counts: nothing got better where a failure is only not known any more. */
enum move { MOVE_OTHER, MOVE_WORSE, MOVE_BETTER };
enum move status_move(enum status before, enum status after);

struct judgement {
	struct finding *finding;                /* one a check, in the catalogue's order */
	int count;
	/* never excluded or never-seen, but for optional and absent: excluded */
	enum status status;
	char version[VERSION_TEXT];             /* of the agent, "" when none or unreadable */
	bool installed_known, installed;
};

/* A finding that stops backups while a good backup is newer than the day on which its reason began
 * is contradicted by it: what we see as the signed-in user is not what the agent meets. It counts
 * as one that may fail, and its evidence says so. Versions, registration and schedule are not
 * contradicted: they decide about the next backup. A login URL of which nothing is known is, while
 * CHECK_LAST passes.
 * What no backup of this server goes through without, of what it backs up, counts as stops-backups.
 * `mars` is the inventory's word: required, optional, none. What the policy makes of a check is
 * applied here and nowhere else. */
void judge(const struct context *c, const char *mars, struct judgement *out);
void judgement_release(struct judgement *j);
/* As rows for the store: yours, free() the array; texts are borrowed from j. */
struct store_finding *judgement_rows(const struct judgement *j);

/* What a stored finding counts for; SEVERITY_COUNT: nobody knows its check. */
enum severity finding_severity(const struct finding_row *finding);
/* The words in its evidence by which backups contradict it; NULL: they do not. */
const char *finding_contradicted(const struct finding_row *finding);
/* Whether it says that another machine than before answers. */
bool finding_other_machine(const struct finding_row *finding);

/* Adds what is missing to a judged row with all its findings: a check of the catalogue by which it
 * was never judged is newer than that, `not examined` and no pass. */
void findings_complete(struct host_row *row);

/* The status that stored findings give, had those that `passed` marks (one a finding, NULL: none)
 * passed. */
enum status status_from_findings(const struct finding_row *finding, int count, const char *mars,
				 const bool *passed);

#endif
