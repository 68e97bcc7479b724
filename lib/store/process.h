/* process.h - table process: who is at work on this database, and whether they still live. */
#ifndef STORE_PROCESS_H
#define STORE_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "store/engine/db.h"

/* Adds this process and removes those of this machine that died; a transaction of its own. */
int process_register(struct db *db, const char *command, int64_t *out_id, struct err *err);
int process_leave(struct db *db, int64_t id, struct err *err);

/* This machine's, or "unknown". */
void machine_name(char out[256]);

/* The boot that this machine or container is in, "" and false: not known. */
enum { BOOT_TEXT = 64 };
bool boot_name(char out[BOOT_TEXT]);

/* A row of the table, from a statement whose first columns are SQL's PROCESS_COLUMNS. Texts are
 * borrowed until the next row. */
struct process_row {
	int64_t id, pid, since_utc_ms;
	int64_t pid_space;              /* inode of its pid namespace; 0: it did not know */
	const char *machine, *started, *user, *command;
};
enum { PROCESS_COLUMNS_COUNT = 8 };
struct process_row process_read(struct rows *rows);

/* What can be known of it from here. One of another machine or of another pid namespace (a
 * container) cannot be asked, and counts as alive. */
enum process_life { PROCESS_DEAD, PROCESS_UNSEEN, PROCESS_SEEN };
enum process_life process_life(const struct process_row *p);

/* "scan (pid 7 on web-1, user bob, since 2026-...)", since then or, for what it holds, since
 * another time. Yours: free() it. */
char *process_describe(const struct process_row *p, int64_t since_utc_ms);

/* Makes "locked" say by whom: the live ones but `own` (0: none is ours). Returns -1. */
int process_name_holders(struct db *db, int64_t own, int64_t waited_ms, struct err *err);

#endif
