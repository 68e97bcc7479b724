/* cmd_version.h - the command `version`, which --version runs too. */
#ifndef BASE_CMD_VERSION_H
#define BASE_CMD_VERSION_H

#include "base/cmd.h"

#define MARSHAL_VERSION "0.2.0"

extern const struct cmd cmd_version;

#endif
