/* cmd_rules.h - no option is accepted without effect: which options a command reads, and which of
 * its options exclude or need each other, from the tables of cmd.h. */
#ifndef BASE_CMD_RULES_H
#define BASE_CMD_RULES_H

#include "base/buf.h"
#include "base/cmd.h"

/* What was typed for a command; all borrowed. */
struct typed {
	const struct opt *const *option;
	int count;
	const void *opts;               /* the command's options struct, filled */
	char **arg;
	int nargs;
};

/* ERR_USAGE names the option that would be void, the other, and what to do. */
int cmd_rules_check(const struct cmd *c, const struct typed *t, struct err *err);

/* Adds to the help of an option what it excludes and needs: " (not with --a, --b; only with
 * --c)". */
void cmd_rules_text(const struct cmd *c, const struct opt *o, struct buf *out);

/* Of a shared option: whether every command has it; and whether this one does. */
bool cmd_is_for_all(const struct opt *shared);
bool cmd_reads(const struct cmd *c, const struct opt *shared);

#endif
