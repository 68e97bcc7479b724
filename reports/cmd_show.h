/* cmd_show.h - the command `show`. */
#ifndef REPORTS_CMD_SHOW_H
#define REPORTS_CMD_SHOW_H

#include "base/cmd.h"

extern const struct cmd cmd_show;

#endif
