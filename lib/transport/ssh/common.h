/* common.h - what all SSH lines of a command share: the lists of known hosts and the keyring. */
#ifndef TRANSPORT_SSH_COMMON_H
#define TRANSPORT_SSH_COMMON_H

#include <uv.h>

#include "base/err.h"
#include "transport/credential.h"
#include "transport/ssh/keyring.h"
#include "transport/ssh/trusts.h"
#include "transport/transport.h"

struct ssh_common;

/* Begins with libssh2, once a transport. Borrows the loop. Never NULL. */
struct ssh_common *ssh_common_new(uv_loop_t *loop);
/* Wipes all keys. When every line was closed. Handles of the key agent close in the loop. */
void ssh_common_free(struct ssh_common *common);

/* Loads what this endpoint names, as transport_prepare() says. */
int ssh_common_prepare(struct transport *t, const struct endpoint *e, struct err *err);

/* These live as long as the transport. The list that the endpoint or the options name, as its files
 * are now; NULL and err when one of them cannot be read, each time. */
struct trust *ssh_trust(struct transport *t, const struct endpoint *e, struct err *err);
/* The credential that the endpoint names, which has a user; NULL with FAULT_NO_USABLE_KEY. */
struct credential *ssh_credential(struct transport *t, const struct endpoint *e, struct err *err);
int ssh_identify(struct transport *t, const struct endpoint *e, struct transport_identity *out,
		 struct err *err);              /* as transport_identify() */
int ssh_no_user(struct err *err);               /* that an endpoint names none */

#endif
