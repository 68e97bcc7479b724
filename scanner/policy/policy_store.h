/* policy_store.h - the policy as remembered, and the one that holds for a command: the file it was
 * given, else what an earlier one left in the store. Nothing is judged here: scanner/recheck.h. */
#ifndef SCANNER_POLICY_POLICY_STORE_H
#define SCANNER_POLICY_POLICY_STORE_H

#include <jansson.h>

#include "scanner/policy/policy.h"
#include "store/store.h"

/* With the target of hosts for which it names none: the one remembered, else the newest
 * installer's. NULL and err on failure. */
struct policies *policies_load(struct store *s, struct err *err);
/* The policy that --policy (`option`) or $MARSHAL_POLICY names, "none" being the documented one.
 * *out is NULL where neither is given; yours. */
int policies_given(const char *option, struct policies **out, struct err *err);
/* Takes `given` and hands it back with the targets of hosts it names none for; NULL gives
 * policies_load(). NULL and err on failure. */
struct policies *policies_chosen(struct store *s, struct policies *given, struct err *err);
void policies_remember(const struct policies *p, struct tx *tx);

/* The text of the one remembered, "{}" for none; yours. NULL and err on failure. */
char *policies_remembered(struct store *s, struct err *err);
/* A line on what becomes of the one remembered before, whose text is `before`, when `p` takes its
 * place; NULL where there was none. Yours. */
char *policies_replacement(const char *before, const struct policies *p);

/* The groups of a stored host, as policies ask for them; borrowed from the row's own text. */
struct row_groups { json_t *list; const char **name; int count; };
void row_groups_init(struct row_groups *g, const struct host_row *row);
void row_groups_release(struct row_groups *g);
/* What holds for a stored host. */
void policies_for_row(const struct policies *p, const struct host_row *row, struct policy *out);

#endif
