/* process.h - table process: who is at work on this database, and whether they still live. */
#ifndef STORE_PROCESS_H
#define STORE_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "store/db.h"

/* Adds this process and removes those of this machine that died; a transaction of its own. */
int process_register(struct db *db, const char *command, int64_t *out_id, struct err *err);
int process_leave(struct db *db, int64_t id, struct err *err);

/* A process of another machine counts as alive: it cannot be asked. */
bool process_alive(const char *machine, int64_t pid, const char *started);

/* "scan (pid 7 on web-1, user bob, since 2026-...)". Yours: free() it. */
char *process_describe(const char *command, int64_t pid, const char *machine, const char *user,
		       int64_t since_utc_ms);

/* Makes "locked" say by whom: the live ones but `own` (0: none is ours). Returns -1. */
int process_name_holders(struct db *db, int64_t own, int64_t waited_ms, struct err *err);

#endif
