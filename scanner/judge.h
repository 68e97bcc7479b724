/* judge.h - from facts to findings and one word for a host. The status from facts is stored when
 * judged; excluded and never-scanned are laid over when read, by status_of() alone. */
#ifndef SCANNER_JUDGE_H
#define SCANNER_JUDGE_H

#include "scanner/checks.h"
#include "store/store.h"

enum status {           /* in the order of precedence */
	STATUS_EXCLUDED, STATUS_NEVER_SCANNED, STATUS_NOT_INSTALLED, STATUS_OUTDATED,
	STATUS_NEEDS_REGISTRATION, STATUS_AT_RISK, STATUS_UNDETERMINED, STATUS_BEHIND,
	STATUS_COMPLIANT, STATUS_COUNT
};
const char *status_name(enum status s);         /* "needs-registration" */
bool status_from_name(const char *name, enum status *out);

struct judgement {
	struct finding *finding;                /* one a check, in the catalogue's order */
	int count;
	/* never excluded or never-scanned, but for optional and absent: excluded */
	enum status status;
	char version[VERSION_TEXT];             /* cbengine.exe's, "" when none or unreadable */
	bool installed_known, installed;
};

/* `mars` is the inventory's word: required, optional, none. */
void judge(const struct context *c, const char *mars, struct judgement *out);
void judgement_release(struct judgement *j);
/* As rows for the store: yours, free() the array; texts are borrowed from j. */
struct store_finding *judgement_rows(const struct judgement *j);

/* The policy with the target as remembered in the store. */
int policy_load(struct store *s, struct policy *out, struct err *err);

/* Judges every stored host again (the target changed). */
int judge_stored(struct store *s, const struct policy *policy, struct err *err);

#endif
