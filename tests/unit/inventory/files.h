/* files.h - inventories for tests: a folder of files given as text, loaded as a user would. */
#ifndef UNIT_INVENTORY_FILES_H
#define UNIT_INVENTORY_FILES_H

#include "inventory/inventory.h"

/* Writes text to folder/name, making the folders on the way. */
void put_file(const char *folder, const char *name, const char *text);

/* Loads folder/name; the test ends where it cannot be. */
struct inventory *must_load(const char *folder, const char *name);

/* put_file() in a new folder and must_load(). */
struct inventory *load_text(const char *name, const char *text);

/* The message for a file that must not load, without the folder. In a static buffer. */
const char *load_error(const char *folder, const char *name);

/* "web1 web2" for the pattern, "error: ..." where there are none. Yours: free() it. */
char *select_text(const struct inventory *inv, const char *pattern);

/* A host's variable, "(none)" when it has none. */
const char *variable_of(const struct inventory *inv, const char *host, const char *name);

#endif
