/* negotiate.h - who we are to a server of WinRM that asks for Negotiate (RFC 4559): tokens of
 * GSSAPI, by Kerberos or NTLM. libcurl could make them as well, but it would wait on our loop for
 * the KDC, for one user a process, and has no word for what went wrong; and it has no tokens of
 * the TLS channel, which some servers demand. So they are made here, each on a thread that nobody
 * waits for, and libcurl sends them. Of a realm whose KDCs are silent one host asks. */
#ifndef TRANSPORT_WINRM_NEGOTIATE_H
#define TRANSPORT_WINRM_NEGOTIATE_H

#include "transport/session.h"

/* What the sign-ins of a transport share: threads, and what is known of realms. */
struct negotiations;
struct negotiations *negotiations_new(struct transport *t);
/* When every sign-in was freed. A KDC is not waited for. NULL is fine. */
void negotiations_free(struct negotiations *all);

/* The sign-in of one connection. */
struct negotiate;

/* By the session's endpoint and credential. `host` is the name behind HTTP/ in the directory;
 * borrowed. The session is woken when there is a token. */
struct negotiate *negotiate_new(struct session *s, const char *host);
/* Work under way ends by itself, and what it finds out of a realm counts. NULL is fine. */
void negotiate_free(struct negotiate *n);

/* Asks for the next token. `said` is what the server's Negotiate said, base64, "" at first;
 * `binding` is what both ends know of the TLS channel (RFC 5929, tls-server-end-point), empty where
 * nothing is. */
void negotiate_ask(struct negotiate *n, const char *said, const char *binding, size_t len);
/* TURN_WAIT; TURN_DONE: *out is base64, until the next question; TURN_FAILED: there is none. */
enum turn negotiate_token(struct negotiate *n, const char **out, struct err *err);
/* There was none in `limit_ms`. 1: a KDC has not had that long, for a thread of ours was waited
 * for: until then at least. -1 and why: no more waiting, where a KDC may be what is waited for;
 * then others of its realm wait no longer than this one, unless it has answered before. */
int negotiate_late(struct negotiate *n, int64_t limit_ms, int64_t *out_until_ms, struct err *err);
/* The server let us in and said this: -1 where it had to prove who it is, and did not. */
int negotiate_prove(struct negotiate *n, const char *said, struct err *err);

#endif
