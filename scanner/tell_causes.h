/* tell_causes.h - what a command could not do to hosts, folded by cause: as people and as programs
 * read it. */
#ifndef SCANNER_TELL_CAUSES_H
#define SCANNER_TELL_CAUSES_H

#include <jansson.h>

#include "base/causes.h"

/* A table, what each cause was, and what to do about each fault. To standard output. Long lists of
 * names are cut where `rest` says which command has all of them; NULL: none has. */
void causes_print(const struct causes *causes, const char *rest);
json_t *causes_json(const struct causes *causes);       /* hosts a fault, by its id; yours */

#endif
