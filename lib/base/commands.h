/* commands.h - commands about the program itself: `version`, which --version runs too;
 * `manual`, the part of the manual page that is made from the tables of commands and options,
 * in the form scdoc(1) reads (docs/marshal.1.scd holds the rest). */
#ifndef BASE_COMMANDS_H
#define BASE_COMMANDS_H

#include "base/cmd.h"

#define MARSHAL_VERSION "0.2.0"

extern const struct cmd cmd_manual;
extern const struct cmd cmd_version;

#endif
