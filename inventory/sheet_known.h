/* sheet_known.h - what the inventory and the database know of each host, as a report. */
#ifndef INVENTORY_SHEET_KNOWN_H
#define INVENTORY_SHEET_KNOWN_H

#include <stdbool.h>

#include "inventory/sheet.h"

struct inventory;

/* db as --db has it; it is only read. Borrows names of the inventory. Release it also after a
 * failure. *out_older: hosts were judged by older rules, and count as undetermined. */
int sheet_of_known(const struct inventory *inv, const char *db, struct sheet *out, bool *out_older,
		   struct err *err);

#endif
