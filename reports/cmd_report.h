/* cmd_report.h - the commands `report compliance` and `report run`. */
#ifndef REPORTS_CMD_REPORT_H
#define REPORTS_CMD_REPORT_H

#include "base/cmd.h"

extern const struct cmd cmd_report_compliance;
extern const struct cmd cmd_report_run;

#endif
