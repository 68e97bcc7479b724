/* cmd_policy.h - what commands that use a policy share. */
#ifndef SCANNER_CMD_POLICY_H
#define SCANNER_CMD_POLICY_H

#include "base/cmd.h"
#include "scanner/policy/policy.h"

/* --policy, for the table of options of a command; the value goes to policies_given(). */
#define POLICY_OPTION(offset) \
	{ "policy", 0, OPT_TEXT, "FILE", \
	  "thresholds, levels and exceptions ($MARSHAL_POLICY); remembered, none forgets it", \
	  offset, 0, 0 }

/* Logs a warning for each exception that has expired: they are never passed over in silence. Gives
 * how many. */
int warn_expired(const struct policies *p, int64_t now_utc_ms);

#endif
