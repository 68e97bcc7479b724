/* cmd_manual.h - the command `manual`: the part of the manual page that is made from the tables of
 * commands and options, in the form scdoc(1) reads. docs/marshal.1.scd holds the rest. */
#ifndef BASE_CMD_MANUAL_H
#define BASE_CMD_MANUAL_H

#include "base/cmd.h"

extern const struct cmd cmd_manual;

#endif
