/* remember.h - the inventory as the store keeps it, for reports that are made without one. */
#ifndef SCANNER_REMEMBER_H
#define SCANNER_REMEMBER_H

#include "inventory/inventory.h"
#include "store/store.h"

/* Hands the inventory to the store (every command that reads one does). ERR_STORE, ERR_BUSY. */
int inventory_remember(const struct inventory *inv, struct store *s, struct err *err);

#endif
