/* cmd_report.h - the commands `report ...`, one a report. */
#ifndef REPORTS_CMD_REPORT_H
#define REPORTS_CMD_REPORT_H

#include "base/cmd.h"
#include "reports/columns.h"

#define REPORT_COMMAND(name, ...) extern const struct cmd cmd_report_##name;
REPORT_COMMANDS(REPORT_COMMAND)
#undef REPORT_COMMAND

#endif
