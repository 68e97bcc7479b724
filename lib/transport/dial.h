/* dial.h - the only maker of connected descriptors. Either the name by libuv's pool (numeric
 * addresses without it), then each address in turn, not blocking; or a tunnel through the
 * endpoint's bastion. */
#ifndef TRANSPORT_DIAL_H
#define TRANSPORT_DIAL_H

#include "transport/session.h"

/* The work of three states of a table. TURN_DONE: the name has addresses; one of them is connected
 * to; the bastion connected to it. The last has no limit of its own: hosts wait for each other
 * there, and the bastion's states and opens have theirs. */
enum turn dial_name(struct session *s, struct err *err);
enum turn dial_connect(struct session *s, struct err *err);
enum turn dial_tunnel(struct session *s, struct err *err);
int dial_take(struct session *s);               /* the descriptor, watched, now the caller's */
/* Forgets a dial under way; a tunnel too, whose descriptor was closed. */
void dial_close(struct session *s);
/* Whether what failed is the host, and no bastion before it. */
bool dial_host_failed(const struct session *s);
/* Why a descriptor that was taken ended: -1 and err when its bastion's line was lost, else 0. */
int dial_lost(const struct session *s, struct err *err);

#endif
