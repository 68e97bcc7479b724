/* remember.h - what the store keeps for the scanner: the inventory, for reports that are made
 * without one, and the past of hosts, for checks. */
#ifndef SCANNER_REMEMBER_H
#define SCANNER_REMEMBER_H

#include "inventory/inventory.h"
#include "store/store.h"

/* Hands the inventory to the store (every command that reads one and writes to the store does), and
 * judges those stored hosts again, by the policy that holds, whose groups or other words that
 * judging goes by are others now: says how many. ERR_STORE, ERR_BUSY. */
int inventory_remember(const struct inventory *inv, struct store *s, struct err *err);
/* The same without judging: for who judges all afterwards. */
int inventory_keep(const struct inventory *inv, struct store *s, struct err *err);

/* How an inventory differs from the one that the store was handed last. */
struct inventory_changes {
	int added, missing, changed;    /* hosts: not stored, stored alone, described otherwise */
};
int inventory_compare(const struct inventory *inv, struct store *s, struct inventory_changes *out,
		      struct err *err);

/* As store_all_past(): since when registrations pass, and services that were starting or stopping;
 * "machine" has "shared" besides: an object with each id that clones have, and "twin" where
 * the host is another name of a server: the first. The caller's; NULL with err. */
json_t *past_of_all(struct store *s, struct err *err);

#endif
