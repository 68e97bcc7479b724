/* select.h - what keys commands that ask no server begin with: the inventory, whose keys, the
 * files, and what is pending. */
#ifndef SCANNER_KEYS_SELECT_H
#define SCANNER_KEYS_SELECT_H

#include "base/cmd.h"
#include "scanner/keys/rows.h"

struct key_selection {
	struct inventory *inv;
	struct key_targets targets;
	struct key_files *files;
	struct key_rows rows;
};

/* As typed, or NULL: --known-hosts, and --from a list. */
struct key_sources {
	const char *known_hosts, *from;
};

/* Close it in both cases. */
int key_selection_open(const struct app *app, char **pattern, int count,
		       const struct key_sources *sources, struct key_selection *out,
		       struct err *err);
void key_selection_close(struct key_selection *s);

#endif
