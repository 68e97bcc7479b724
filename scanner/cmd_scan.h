/* cmd_scan.h - the commands of this folder but for those about policies (cmd_policy.h). */
#ifndef SCANNER_CMD_SCAN_H
#define SCANNER_CMD_SCAN_H

#include "base/cmd.h"

extern const struct cmd cmd_scan;               /* scan */
extern const struct cmd cmd_checks;             /* checks */
extern const struct cmd cmd_explain;            /* explain */
extern const struct cmd cmd_facts_import;       /* facts import */
extern const struct cmd cmd_probe_print;         /* probe print */

#endif
