/* door.h - a way for libcurl into a tunnel. libcurl takes no descriptor that is connected already
 * (7.88 calls connect(2) on it), but a path: so a door is a socket that listens in a folder of ours
 * that nobody else may enter, and whatever comes in through it is carried to one host's address by
 * its bastion. There is no port: other users of this machine have no way in. */
#ifndef TRANSPORT_WINRM_DOOR_H
#define TRANSPORT_WINRM_DOOR_H

#include "transport/transport.h"

struct doors;
struct door;

struct doors *doors_new(void);
/* Removes the folder. When every door is closed. NULL is fine. */
void doors_free(struct doors *all);

/* Where it leads; borrowed until it is closed. `wake` is called when door_way() may say something
 * else. */
struct door_to {
	const struct endpoint *via;
	const char *address;
	int port;
	void (*wake)(void *ctx);
	void *ctx;
};

/* NULL and err: no folder, no descriptors. */
struct door *door_open(struct transport *t, const struct door_to *to, struct err *err);
const char *door_path(const struct door *d);
/* Of what came in last: TURN_WAIT: nobody yet, or the bastion is asked; TURN_DONE: the host is at
 * the other end; TURN_FAILED: there is no way, the bastion's line was lost, or there were no
 * descriptors for who came in, and nobody comes in any more. */
enum turn door_way(const struct door *d, struct err *err);
/* Whether what failed of that is the host, and not the bastion. */
bool door_host_failed(const struct door *d);
/* What goes through it ends. The folder keeps nothing of it. NULL is fine. */
void door_close(struct door *d);

#endif
