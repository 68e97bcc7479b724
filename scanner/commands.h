/* commands.h - the commands of this folder. */
#ifndef SCANNER_COMMANDS_H
#define SCANNER_COMMANDS_H

#include "base/cmd.h"

extern const struct cmd cmd_scan;               /* scan */
extern const struct cmd cmd_keys_approve;       /* keys approve */
extern const struct cmd cmd_keys_pending;       /* keys pending */
extern const struct cmd cmd_keys_revoke;        /* keys revoke */
extern const struct cmd cmd_keys_scan;          /* keys scan */
extern const struct cmd cmd_checks;             /* checks */
extern const struct cmd cmd_doctor;             /* doctor */
extern const struct cmd cmd_explain;            /* explain */
extern const struct cmd cmd_facts_import;       /* facts import */
extern const struct cmd cmd_policy_check;       /* policy check */
extern const struct cmd cmd_policy_show;        /* policy show */
extern const struct cmd cmd_probe_print;        /* probe print */
extern const struct cmd cmd_recheck;            /* recheck */
extern const struct cmd cmd_windows;            /* windows */

#endif
