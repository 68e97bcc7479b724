/* cmd_report.h - the commands `report ...`, one a report. */
#ifndef REPORTS_CMD_REPORT_H
#define REPORTS_CMD_REPORT_H

#include "base/cmd.h"

extern const struct cmd cmd_report_checks;
extern const struct cmd cmd_report_compliance;
extern const struct cmd cmd_report_exceptions;
extern const struct cmd cmd_report_faults;
extern const struct cmd cmd_report_history;
extern const struct cmd cmd_report_run;
extern const struct cmd cmd_report_versions;

#endif
