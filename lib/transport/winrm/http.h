/* http.h - HTTPS for sessions, by libcurl: one multi handle a transport, its sockets and its timer
 * on our loop. An http_line is one session's: it keeps one connection from request to request, for
 * Negotiate signs in connections, and a TLS handshake a message would cost more than all else; no
 * other line ever gets it, for it is signed in as whoever this one is.
 * Nothing blocks; what is received is bounded. */
#ifndef TRANSPORT_WINRM_HTTP_H
#define TRANSPORT_WINRM_HTTP_H

#include "transport/session.h"

struct http;                    /* the transport's */
struct http_line;

/* What a server showed as its own. */
struct http_certificate {
	char hex[65];                   /* the SHA-256 of its DER; "": none was seen */
	int64_t from_utc_ms, until_utc_ms;
	/* Why it would be wrong whoever had signed it: "it has expired"; NULL: it would not. */
	const char *unfit;
};

struct http *http_new(struct transport *t);
void http_free(struct http *h);         /* when every line was closed; NULL is fine */

/* Where to and who we are there; borrowed until the line is closed. */
struct http_to {
	const char *url;
	const char *name;               /* of the host in it: what a certificate has to name */
	const char *path;               /* of the door that it goes through; NULL: straight */
	const char *user, *password;    /* of Basic; NULL: no word of who we are */
	const char *ca_file;            /* NULL: those of the system */
	/* It has to be signed by them, for this host and this time; else judge() alone decides. */
	bool verify;
	/* Hears of the certificate before a request, and with it the password, goes out. -1:
	 * nothing goes. */
	int (*judge)(void *ctx, const struct http_certificate *shown);
	/* From the loop, when http_answer() has one, or http_is_connected() is true. */
	void (*wake)(void *ctx);
	void *ctx;
};

struct http_line *http_open(struct http *h, const struct http_to *to);
void http_close(struct http_line *l);   /* the connection too; NULL is fine */

/* A POST of SOAP, to be asked for with http_answer(). One at a time. `text` is taken over. */
void http_post(struct http_line *l, char *text);
/* The same text once more, with a token of Negotiate (base64); `bare`: the token and no text. */
void http_post_again(struct http_line *l, const char *token, bool bare);
/* A POST of nothing, not even of who we are: to be asked for that, or to see who answers. */
void http_post_bare(struct http_line *l);
/* The last request got no answer, over a connection that was made for it. */
bool http_is_unheard(const struct http_line *l);
/* Of the last request, which got no answer: its certificate is signed by nobody who is known, as by
 * itself. Not one that is unfit besides. */
bool http_nobody_vouches(const struct http_line *l);
/* The one that was shown last, believed or not. */
const struct http_certificate *http_certificate(const struct http_line *l);
/* Straight: the name of the host has been looked up. */
bool http_has_address(const struct http_line *l);
/* Who is to be asked is there: through a door at once, else when the host took the connection. */
bool http_is_connected(const struct http_line *l);
bool http_is_busy(const struct http_line *l);
/* Its last request got no answer, or waits for one: what goes over it next may not go at all, as
 * libcurl from 8.7 on has it of a request that it could not repeat. */
bool http_is_spent(const struct http_line *l);
/* Of the connection of the last answer: "TLSv1.3, TLS_AES_256_GCM_SHA384". */
const char *http_tls(const struct http_line *l);

/* An answer, valid until the next request. */
struct http_answer {
	int status;
	const char *content_type;       /* "" for none */
	const char *offered;            /* WWW-Authenticate headers with commas between, "" */
	const char *binding;            /* of the connection: "tls-server-end-point:" and what */
	size_t binding_len;             /* RFC 5929 has behind it; 0: it has none */
	bool fresh;                     /* it came over a connection that was made for it */
	const char *server;             /* "" */
	const char *body;
	size_t len;
};
/* TURN_WAIT, TURN_DONE, or TURN_FAILED: no answer, with the fault that it is. */
enum turn http_answer(struct http_line *l, struct http_answer *out, struct err *err);

#endif
