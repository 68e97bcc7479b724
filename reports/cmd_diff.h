/* cmd_diff.h - the command `diff`. */
#ifndef REPORTS_CMD_DIFF_H
#define REPORTS_CMD_DIFF_H

#include "base/cmd.h"

extern const struct cmd cmd_diff;

#endif
