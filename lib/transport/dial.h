/* dial.h - from an address to a connected descriptor: the name by libuv's pool (numeric
 * addresses without it), then each address in turn, not blocking. */
#ifndef TRANSPORT_DIAL_H
#define TRANSPORT_DIAL_H

#include "transport/session.h"

/* The work of two states of a table. TURN_DONE: the name has addresses, one of them is connected
 * to. */
enum turn dial_name(struct session *s, struct err *err);
enum turn dial_connect(struct session *s, struct err *err);
int dial_take(struct session *s);               /* the descriptor, watched, now the caller's */
void dial_close(struct session *s);             /* forgets a dial under way */

#endif
