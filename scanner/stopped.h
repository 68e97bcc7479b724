/* stopped.h - servers whose service obengine a run of ours left stopped, or where nobody saw it run
 * since a run changed it: no backup runs there, so that is said before all else. Whose doing it is,
 * the store knows (docs/database.md). */
#ifndef SCANNER_STOPPED_H
#define SCANNER_STOPPED_H

#include <jansson.h>

#include "store/store.h"

enum { RUN_NAME_MAX = 32 };
/* The name of a run as a key on a server gives it, or "unknown" for what is none: people copy it
 * into a command. */
const char *stopped_run_name(const char *run);

/* Logs a warning for each run, with its hosts as ranges and the command that starts them. -1 and
 * err when the store cannot be read. */
int warn_stopped(struct store *s, struct err *err);
/* {"RUN": ["host", ...]} of the same; the caller's. NULL and err. */
json_t *stopped_json(struct store *s, struct err *err);

#endif
