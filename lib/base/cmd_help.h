/* cmd_help.h - the texts of --help, made from the tables of commands and options. */
#ifndef BASE_CMD_HELP_H
#define BASE_CMD_HELP_H

#include <stdbool.h>
#include <stdio.h>

#include "base/cmd.h"

void cmd_help_program(FILE *f, const struct cmd *const *commands);
void cmd_help_group(FILE *f, const struct cmd *const *commands, const char *group);
void cmd_help_command(FILE *f, const struct cmd *c);

/* Whether some commands have two words of which this is the first. */
bool cmd_help_is_group(const struct cmd *const *commands, const char *word);

#endif
