/* cmd_test.h - the command `test wsb`. */
#ifndef UPGRADER_WSB_CMD_TEST_H
#define UPGRADER_WSB_CMD_TEST_H

#include "base/cmd.h"

extern const struct cmd cmd_test_wsb;

#endif
