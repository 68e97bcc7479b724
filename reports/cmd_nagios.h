/* cmd_nagios.h - the command `nagios`. */
#ifndef REPORTS_CMD_NAGIOS_H
#define REPORTS_CMD_NAGIOS_H

#include "base/cmd.h"

extern const struct cmd cmd_nagios;

#endif
