/* http.h - requests and answers as HTTP: who asks, whether it may, and what a host does to an
 * answer that shall go wrong. Rules: MS-WSMV 3.1.4.1.20 (413), 3.1.4.1.31.8 (no chunks), SOAP 1.2
 * part 2, 7.5.2.2 (405, 415), login.h (401). */
#ifndef TESTS_FLEET_WSMAN_HTTP_H
#define TESTS_FLEET_WSMAN_HTTP_H

#include <microhttpd.h>
#include <uv.h>

#include "tests/fleet/wsman/login.h"
#include "tests/fleet/wsman/shells.h"

struct ws_http_call;
struct ws_http {
	uv_loop_t *loop;
	struct ws_users users;
	bool hasty;                     /* refuses before the body has come, and closes */
	struct ws_program program;
	struct ws_host *hosts;
	struct ws_http_call *parked;    /* all that wait */
	bool resumed;                   /* the library has work that it will not tell of */
};

/* For MHD_start_daemon(); the first argument is the struct ws_http. */
enum MHD_Result ws_http_handle(void *http, struct MHD_Connection *connection, const char *url,
			       const char *method, const char *version, const char *upload,
			       size_t *upload_len, void **call);
void ws_http_completed(void *http, struct MHD_Connection *connection, void **call,
		       enum MHD_RequestTerminationCode how);
void ws_http_connection(void *ctx, struct MHD_Connection *connection, void **login,
			enum MHD_ConnectionNotificationCode what);
void ws_http_end(struct ws_http *http);         /* all shells, and all that wait */

#endif
