/* login.h - who a connection is: Basic with each request (RFC 7617), or Negotiate once a connection
 * (RFC 4559; what http.sys does: who has signed in needs no header again). Negotiate is GSSAPI's
 * with the keytab of the test; over TLS nothing is sealed (MS-WSMV 2.2.9.1 is of HTTP). */
#ifndef TESTS_FLEET_WSMAN_LOGIN_H
#define TESTS_FLEET_WSMAN_LOGIN_H

#include <microhttpd.h>
#include <stdbool.h>

/* Of one connection. */
struct ws_login;
struct ws_login *ws_login_new(void);
void ws_login_free(struct ws_login *login);     /* NULL is fine */

/* Names and passwords, NAME:PASSWORD a line; who signs in by Negotiate stands there as NAME: and
 * nothing. */
struct ws_users {
	const char *lines;              /* with a line *: everybody is let in, unasked */
	bool negotiate;
	/* The SHA-256 of the certificate, hex, where a token has to be bound to the TLS channel
	 * (RFC 5929 4; Windows' CbtHardeningLevel Strict); else NULL. */
	const char *bound_to;
};

enum ws_login_is {
	WS_LOGIN_NOBODY,                /* 401 */
	WS_LOGIN_GOES_ON,               /* 401 with the token */
	WS_LOGIN_STRANGER,              /* is somebody, but nobody who may */
	WS_LOGIN_GOOD
};
/* out_user is yours, NULL but with WS_LOGIN_GOOD. out_token: for the answer, yours, or NULL. */
enum ws_login_is ws_login_check(struct ws_login *login, struct MHD_Connection *connection,
				const struct ws_users *users, char **out_user, char **out_token);

#endif
