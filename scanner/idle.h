/* idle.h - exceptions of the policy that nobody needs: said by the scan of a night. */
#ifndef SCANNER_IDLE_H
#define SCANNER_IDLE_H

#include "scanner/policy/policy.h"
#include "store/store.h"

/* Logs a warning for those that have not expired, and name no host of the inventory as last loaded
 * or no check of this version, or cover no finding: each of a few, and how many more there are. */
int warn_idle(const struct policies *p, struct store *s, int64_t now_utc_ms, struct err *err);
/* The same for those alone whose check this version does not have, by commands that read a policy
 * file. Gives how many. */
int warn_no_check(const struct policies *p, int64_t now_utc_ms);

#endif
