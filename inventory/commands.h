/* commands.h - the commands `inventory list`, `inventory check` and `inventory show`. */
#ifndef INVENTORY_COMMANDS_H
#define INVENTORY_COMMANDS_H

#include "base/cmd.h"

extern const struct cmd cmd_inventory_list;
extern const struct cmd cmd_inventory_check;
extern const struct cmd cmd_inventory_show;

#endif
