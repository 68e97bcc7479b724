/* commands.h - the commands that change servers. */
#ifndef UPGRADER_COMMANDS_H
#define UPGRADER_COMMANDS_H

#include "base/cmd.h"

extern const struct cmd cmd_upgrade;
extern const struct cmd cmd_upgrade_approve;
extern const struct cmd cmd_upgrade_clean;
extern const struct cmd cmd_upgrade_drop;
extern const struct cmd cmd_upgrade_plan;
extern const struct cmd cmd_upgrade_release;
extern const struct cmd cmd_upgrade_restore;
extern const struct cmd cmd_upgrade_resume;
extern const struct cmd cmd_upgrade_stage;
extern const struct cmd cmd_upgrade_start;
extern const struct cmd cmd_test_wsb;

#endif
