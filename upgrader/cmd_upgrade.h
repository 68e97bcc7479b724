/* cmd_upgrade.h - the command `upgrade`, and what stands below its name. */
#ifndef UPGRADER_CMD_UPGRADE_H
#define UPGRADER_CMD_UPGRADE_H

#include <jansson.h>

#include "base/cmd.h"
#include "inventory/inventory.h"

extern const struct cmd cmd_upgrade;
extern const struct cmd cmd_upgrade_release;
extern const struct cmd cmd_upgrade_restore;

/* The inventory that the command line names; where it names none, that of the run with these
 * options. NULL and err. The caller's. */
struct inventory *upgrade_inventory(const struct app *app, const json_t *options, struct err *err);

#endif
