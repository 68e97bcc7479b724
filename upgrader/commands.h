/* commands.h - the commands that change servers, and what they share. */
#ifndef UPGRADER_COMMANDS_H
#define UPGRADER_COMMANDS_H

#include <jansson.h>

#include "base/cmd.h"
#include "inventory/inventory.h"

extern const struct cmd cmd_upgrade;
extern const struct cmd cmd_upgrade_release;
extern const struct cmd cmd_upgrade_restore;
extern const struct cmd cmd_test_wsb;

/* The inventory that the command line names; where it names none, that of the run with these
 * options. NULL and err. The caller's. */
struct inventory *upgrade_inventory(const struct app *app, const json_t *options, struct err *err);

#endif
