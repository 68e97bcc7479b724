/* negotiate.h - who we are to a server of WinRM that asks for Negotiate (RFC 4559): tokens of
 * GSSAPI, by Kerberos or NTLM. libcurl could make them as well, but it would wait on our loop for
 * the KDC, for one user a process, and has no word for what went wrong; and it has no tokens of
 * the TLS channel, which some servers demand. So they are made here, on a thread of libuv's, and
 * libcurl sends them. */
#ifndef TRANSPORT_WINRM_NEGOTIATE_H
#define TRANSPORT_WINRM_NEGOTIATE_H

#include "transport/session.h"

/* What a credential is to GSSAPI: tickets, or a password that gets them. One a credential and
 * mechanism, for all its hosts: the KDC hears of a password once, and what it says to that counts
 * for all. */
struct identity;
void identity_drop(struct identity *i);         /* when its credential goes; NULL is fine */

/* The sign-in of one connection. */
struct negotiate;

/* By the session's endpoint and credential. `host` is the name behind HTTP/ in the directory;
 * borrowed until the first negotiate_ask(). The session is woken when there is a token. */
struct negotiate *negotiate_new(struct session *s, const char *host);
/* Work under way ends by itself, unheard. NULL is fine. */
void negotiate_free(struct negotiate *n);

/* Asks for the next token. `said` is what the server's Negotiate said, base64, "" at first;
 * `binding` is what both ends know of the TLS channel (RFC 5929, tls-server-end-point), empty where
 * nothing is. */
void negotiate_ask(struct negotiate *n, const char *said, const char *binding, size_t len);
/* TURN_WAIT; TURN_DONE: *out is base64, until the next question; TURN_FAILED: there is none. */
enum turn negotiate_token(struct negotiate *n, const char **out, struct err *err);
/* The server let us in and said this: -1 where it had to prove who it is, and did not. */
int negotiate_prove(struct negotiate *n, const char *said, struct err *err);

#endif
