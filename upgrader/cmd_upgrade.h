/* cmd_upgrade.h - the command `upgrade`. */
#ifndef UPGRADER_CMD_UPGRADE_H
#define UPGRADER_CMD_UPGRADE_H

#include "base/cmd.h"

extern const struct cmd cmd_upgrade;

#endif
