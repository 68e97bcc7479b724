/* server.h - WS-Management over HTTPS: what http.sys and the WinRM service do before a shell is
 * asked. One listener, any number of hosts (host.h). Runs in a libuv loop, in one thread. */
#ifndef TESTS_FLEET_WSMAN_SERVER_H
#define TESTS_FLEET_WSMAN_SERVER_H

#include <stdbool.h>
#include <uv.h>

#include "base/err.h"

struct ws_server;

/* What is borrowed must outlive the server. */
struct ws_options {
	const char *fleet;              /* its folder, with addresses/ */
	const char *simhost;
	const char *certificate, *key;  /* texts, PEM */
	const char *users;              /* text, see login.h */
	bool negotiate;                 /* by the keytab that GSSAPI finds */
	bool hasty;                     /* see http.h */
	const char *bound_to;           /* see login.h; NULL: nothing has to be */
	const char *priorities;         /* of GnuTLS; NULL: its own */
	int port;                       /* 0: any that is free */
};

/* NULL and err on failure. */
struct ws_server *ws_server_start(uv_loop_t *loop, const struct ws_options *options,
				  struct err *err);
int ws_server_port(const struct ws_server *server);
/* Ends all connections, shells and what runs in them; the loop comes to its end by that. */
void ws_server_stop(struct ws_server *server);
void ws_server_free(struct ws_server *server);  /* after the loop */

#endif
