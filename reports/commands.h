/* commands.h - the commands of this folder: what the database knows, and its upkeep. */
#ifndef REPORTS_COMMANDS_H
#define REPORTS_COMMANDS_H

#include "base/cmd.h"
#include "reports/columns.h"

#define REPORT_COMMAND(name, ...) extern const struct cmd cmd_report_##name;
REPORT_COMMANDS(REPORT_COMMAND)
#undef REPORT_COMMAND

extern const struct cmd cmd_db_backup;
extern const struct cmd cmd_db_check;
extern const struct cmd cmd_db_info;
extern const struct cmd cmd_db_prune;
extern const struct cmd cmd_db_rename;
extern const struct cmd cmd_diff;
extern const struct cmd cmd_inventory_diff;
extern const struct cmd cmd_nagios;
extern const struct cmd cmd_show;
extern const struct cmd cmd_why;

#endif
