/* died.h - runs whose process is gone in their middle: nobody goes on with them by itself. */
#ifndef SCANNER_DIED_H
#define SCANNER_DIED_H

#include "store/store.h"

/* Logs a warning for each, with what was left and the command that goes on. -1 and err when the
 * store cannot be read. */
int warn_died(struct store *s, struct err *err);

#endif
