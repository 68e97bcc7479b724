/* who.h - which machine answers under the name of a host, beside all other hosts: whether it is the
 * one that did before, whether another host is a clone of it, whether it is a host that is gone
 * under a new name. An id that two hosts with different computer names have at the same time tells
 * nobody from anybody, and is left out. */
#ifndef SCANNER_WHO_H
#define SCANNER_WHO_H

#include "scanner/facts/facts.h"
#include "store/machine.h"
#include "store/store.h"

/* The ids that are on more than one host. NULL and err when the store cannot be read. */
struct clones;
struct clones *clones_find(struct store *s, struct err *err);
void clones_free(struct clones *c);                     /* NULL is fine */

/* What of the machine that shall answer (host_row.machine_known) can be compared with the one that
 * did: without what a clone has too. */
void who_known(const struct clones *c, const char *machine_known, const struct facts *facts,
	       struct machine_ids *out);
/* The same for one host, read from the store; none known where that fails. */
void who_stored(struct store *s, const char *host, const struct facts *facts,
		struct machine_ids *out);

/* The first name of the server that answers under that of a host, where one machine with one
 * computer name answers under several; NULL: it has no other. Borrowed. */
const char *who_server(const struct clones *c, const char *host);

/* Says in the past of all hosts which ids are on more than one (identity.h), and of those that are
 * another name of a server which is: the member "twin" of "machine". -1 and err when the
 * store cannot be read. */
int who_past(struct store *s, json_t *all, struct err *err);

/* Warns of hosts that another machine answers for, of clones, of servers with two names, and of
 * hosts that are gone and answer under another name. -1 and err when the store cannot be read. */
int warn_who(struct store *s, struct err *err);

#endif
