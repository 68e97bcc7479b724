/* past.h - what the store knows of all hosts from before, as checks want it. */
#ifndef SCANNER_PAST_H
#define SCANNER_PAST_H

#include "store/store.h"

/* As store_all_past(): since when registrations pass, and services that were starting or stopping.
 * The caller's; NULL with err. */
json_t *past_of_all(struct store *s, struct err *err);

#endif
