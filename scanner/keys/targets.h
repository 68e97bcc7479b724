/* targets.h - whose keys a command is about: the hosts of the patterns, and before each the
 * bastions it stands behind. By SSH it is a host key, by WinRM a certificate. */
#ifndef SCANNER_KEYS_TARGETS_H
#define SCANNER_KEYS_TARGETS_H

#include "base/map.h"
#include "inventory/choice.h"
#include "inventory/inventory.h"
#include "scanner/keys/kind.h"
#include "transport/transport.h"

/* All borrowed from the inventory but what it is called in the file of its kind. */
struct key_target {
	enum key_kind kind;
	const char *name, *address;
	int port;
	const char *known_hosts;        /* NULL: as the command line says */
	char *known_as;                 /* "host", "[host]:port"; "host:5986@bastion" */
	char *id;                       /* with its file, to know it by */
	const struct inv_host *host;
	int hop;                        /* of host, a bastion; -1: the host itself */
	/* Of a host with two ways by SSH, which is asked first: its certificate, shown where nobody
	 * answers there. -1: none. */
	int otherwise;
	bool second;                    /* it is such a one: not asked by itself */
};

/* Each name in a file once. */
struct key_targets {
	struct key_target *item;
	int count, cap;
	int asked;                      /* of them, the others are `second` */
	struct inv_skipped skipped;     /* that are no bastions */
	/* Names of hosts that are never dialled. */
	struct key_names { const char **name; int count, cap; } without_way, unresolved;
	struct map seen;
};

/* ERR_USAGE where a pattern matches nothing. Release it in both cases. */
int key_targets_select(const struct inventory *inv, const struct wish *wish,
		       struct key_targets *out, struct err *err);
void key_targets_release(struct key_targets *t);

/* How it is reached by who does not sign in: on the way there bastions are signed in to. */
void key_target_endpoint(struct transport *t, const struct key_target *target,
			 struct endpoint *out);

#endif
