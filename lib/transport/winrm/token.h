/* token.h - the tokens of GSSAPI (RFC 2743, 2744) by which a connection is signed in: who we are to
 * it, and the work that makes them. Knows no loop and no session. What a token works with is its
 * own; an identity is shared, behind a lock, and lives as long as the last who has it. */
#ifndef TRANSPORT_WINRM_TOKEN_H
#define TRANSPORT_WINRM_TOKEN_H

#include <gssapi/gssapi.h>
#include <stdbool.h>

#include "transport/credential.h"
#include "transport/transport.h"

/* What a credential is to GSSAPI: tickets, or a password that gets them. One a credential and
 * mechanism, for all its hosts: the KDC hears of a password once, and what it says to that counts
 * for all. */
struct identity;
/* The credential's; of the loop's thread. */
struct identity *identity_of(struct credential *c, enum winrm_sign_in by);
void identity_drop(struct identity *i);         /* any thread; NULL is fine */
/* "marshal@FLEET.EXAMPLE"; NULL: whoever's tickets there are. */
const char *identity_user(const struct identity *i);
bool identity_has_password(const struct identity *i);

/* The sign-in of one connection, step by step. */
struct token {
	struct identity *identity;
	bool known;                     /* the identity's password has its ticket */
	char *host;                     /* the name behind HTTP/ in the directory */
	gss_cred_id_t cred;             /* its own: GSSAPI locks one while it asks a KDC */
	gss_ctx_id_t context;
	bool goes_on;                   /* something is to come from the server */
	char *said, *binding;           /* what the next step works with */
	size_t said_len, binding_len;
	char *text;                     /* what the last one made: base64, NULL nothing */
	bool failed;
	struct err err;
	bool is_silent;                 /* it failed because no KDC was reached, */
	char realm[256];                /* of this realm, "" unknown */
};
/* Another one of the same identity. Copies the host's name. */
void token_init(struct token *k, struct identity *i, const char *host);
void token_release(struct token *k);
/* What the server said, base64, "" at first; and what both ends know of the TLS channel. -1: that
 * is no base64, and the token has failed. */
int token_hear(struct token *k, const char *said, const char *binding, size_t len);
/* Whether the next step asks a KDC for the user's ticket alone, which comes first. */
bool token_wants_user(const struct token *k);
/* Whether it asks one for the host's; those behind that ask nobody. */
bool token_wants_host(const struct token *k);
/* The next step: may ask a KDC, and wait for it. Where that was for the user's ticket there is no
 * text yet. */
void token_make(struct token *k);

#endif
