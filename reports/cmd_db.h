/* cmd_db.h - the commands that look after the database: `db backup`, `db check`, `db info`, `db
 * prune`. */
#ifndef REPORTS_CMD_DB_H
#define REPORTS_CMD_DB_H

#include "base/cmd.h"

extern const struct cmd cmd_db_backup;
extern const struct cmd cmd_db_check;
extern const struct cmd cmd_db_info;
extern const struct cmd cmd_db_prune;

#endif
