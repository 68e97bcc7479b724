/* call.h - one request from its first byte to the last of its answer. It is answered at once, or
 * parked until something happens: output, its OperationTimeout, or that its client goes away. */
#ifndef TESTS_FLEET_WSMAN_CALL_H
#define TESTS_FLEET_WSMAN_CALL_H

#include <uv.h>

#include "tests/fleet/wsman/host.h"
#include "tests/fleet/wsman/request.h"

struct ws_command;

struct ws_call {
	struct ws_host *host;
	struct ws_settings settings;
	struct ws_request request;
	const char *user, *client;      /* who, from which address */
	unsigned misbehave;             /* bits of host.h */
	struct ws_command *command;     /* that it is parked at, or NULL */
	unsigned streams;               /* that a parked Receive wants */
};

/* Each of these but park() is the end of the call: not to be touched afterwards. body is XML. */
void ws_call_done(struct ws_call *call, const char *body);
void ws_call_refuse(struct ws_call *call, enum ws_fault fault, const char *message);
void ws_call_cut(struct ws_call *call);         /* the connection ends */
void ws_call_park(struct ws_call *call);        /* until one of those, or its OperationTimeout */

/* Of an envelope for this client: the smaller of its and the server's limit. */
int64_t ws_call_room(const struct ws_call *call);
uv_loop_t *ws_call_loop(const struct ws_call *call);

/* shells.c: what a good request does. Ends or parks the call. */
void ws_shells_handle(struct ws_call *call);
/* The call is parked no more: timed out, or its client has gone. */
void ws_shells_forget(struct ws_call *call);
void ws_shells_end(struct ws_host *host);       /* all of a host, as when it restarts */

#endif
