/* controller.h - by what name this program's database is known on servers: the reservation of a
 * server holds it, so that another database's run is told from ours. */
#ifndef UPGRADER_CONTROLLER_H
#define UPGRADER_CONTROLLER_H

#include "store/store.h"

enum { CONTROLLER_MAX = 80 };

/* "machine-1a2b3c4d": the machine's name as it was and eight random digits, made once and kept in
 * the database as setting "controller". Letters, digits, . _ - only. Yours: free() it. NULL and err
 * when the store fails. */
char *controller_name(struct store *s, struct err *err);

#endif
