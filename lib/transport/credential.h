/* credential.h - a user and a secret (a key, a password), and what became of it, over all hosts and
 * all ways in together: a rejection over one way counts for the others, for the account that would
 * be locked is one. */
#ifndef TRANSPORT_CREDENTIAL_H
#define TRANSPORT_CREDENTIAL_H

#include "transport/gate.h"
#include "transport/password.h"
#include "transport/session.h"

struct key;
struct identity;

struct credential {
	const char *user;               /* "": whoever the tickets are of */
	struct key *key;                /* NULL: a password */
	const struct password *password;        /* both NULL: Kerberos tickets */
	char *label;                    /* "user 'x' with key '/path'", for messages */
	struct gate gate;
	struct identity *identity[WINRM_SIGN_INS];      /* of token.h; NULL: not asked for */
	char *reason;                   /* what the last rejection said; NULL none */
	int codes;                      /* one-time codes that were typed since one was accepted */
	struct session_list waiting;
};

struct credentials;
struct credentials *credentials_new(void);
void credentials_free(struct credentials *all);         /* NULL is fine */

/* The one of this user and secret, a key, a password or tickets; the same for the same. Lives as
 * long as the transport. `what` is the secret in a message: "key '/path'". */
struct credential *credential_of(struct transport *t, const char *user, struct key *key,
				 const struct password *password, const char *what);

/* Some host has taken it, and it is offered still: nobody waits for a turn. */
bool credential_is_accepted(const struct credential *c);
/* The gate before a sign-in, for states of a table; the session has its credential. TURN_DONE: it
 * may offer it now; TURN_WAIT: another does, it is woken; TURN_FAILED: rejected too often. */
enum turn credential_turn(struct session *s, struct err *err);
void credential_accepted(struct session *s);
/* Keeps what err says for those who are not let try any more. */
void credential_rejected(struct session *s, const struct err *err);
/* Gives up the turn, if it had it, without an answer. Also of a session without a credential. */
void credential_leave(struct session *s);

#endif
