/* targets.h - whose host keys a command is about: the hosts of the patterns that are reached by
 * SSH, and before each the bastions it stands behind. */
#ifndef SCANNER_KEYS_TARGETS_H
#define SCANNER_KEYS_TARGETS_H

#include "base/map.h"
#include "inventory/inventory.h"
#include "transport/transport.h"

/* All borrowed from the inventory but what it is called in known_hosts. */
struct key_target {
	const char *name, *address;
	int port;
	const char *known_hosts;        /* NULL: as the command line says */
	char *known_as;                 /* "host", "[host]:port" */
	const struct inv_host *host;
	int hop;                        /* of host, a bastion; -1: the host itself */
};

/* Each address and port once. */
struct key_targets {
	struct key_target *item;
	int count, cap;
	int skipped;                    /* hosts with marshal_skip that are no bastions */
	int without_ssh;
	struct map seen;
};

/* ERR_USAGE where a pattern matches nothing. Release it in both cases. */
int key_targets_select(const struct inventory *inv, char *const *pattern, int count,
		       struct key_targets *out, struct err *err);
void key_targets_release(struct key_targets *t);

/* How it is reached by who does not sign in: on the way there bastions are signed in to. */
void key_target_endpoint(struct transport *t, const struct key_target *target,
			 struct endpoint *out);

#endif
