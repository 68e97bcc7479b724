/* keyring.h - private keys, parsed once, and the key agent. Signing goes through one function
 * for both: a key of ours signs at once, the agent's answer is waited for on the loop
 * (libssh2's sign callback may return EAGAIN and is called again). Nothing blocks. */
#ifndef TRANSPORT_SSH_KEYRING_H
#define TRANSPORT_SSH_KEYRING_H

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#include "base/err.h"

struct keyring;
struct key;                     /* lives as long as the keyring */

/* key_agent_path: $SSH_AUTH_SOCK, or NULL for none. Reads nothing yet. */
struct keyring *keyring_new(uv_loop_t *loop, const char *key_agent_path);
/* Wipes all secrets. Its handles are closed when the loop has turned once more. NULL is fine. */
void keyring_free(struct keyring *kr);

/* Asks the agent, once and with a limit of 5 s, what it holds (this one blocks; before the loop).
 * An unreachable agent holds nothing. */
void keyring_ask_key_agent(struct keyring *kr);

/* The identity a host shall use: the named file's key, signed by the agent if it holds it (the
 * public half is read from the file, or from file.pub), else parsed here (OpenSSH and PEM
 * formats; ed25519, ecdsa, rsa); without a name the agent's only key, several are an error that
 * asks to name one. Passphrases are asked for on the terminal when may_prompt, three tries, once
 * a file. A certificate beside the file (file-cert.pub) is offered in the key's place. Results and
 * failures are kept by path: a second call with the same path costs nothing. NULL with
 * FAULT_NO_USABLE_KEY. Warns about a file that others may read. */
struct key *keyring_key(struct keyring *kr, const char *path, bool may_prompt, struct err *err);

const char *key_type(const struct key *k);                      /* "ssh-ed25519" */
const char *key_label(const struct key *k);     /* path, or the agent's comment, printable */
bool key_is_certified(const struct key *k);     /* a certificate is offered */
/* "certificate '/x-cert.pub': why": stands beside the key and is not offered. NULL: none does. */
const char *key_passed_over(const struct key *k);
/* The blob to offer: the certificate, else the public half. */
const unsigned char *key_public(const struct key *k, size_t *out_len);

/* One signature under way; NULL before the first call for it. */
struct signing;
enum sign_result { SIGN_DONE, SIGN_WAIT, SIGN_FAILED };

/* What is to be signed, borrowed until the signature is there, and whom to wake. */
struct sign_request {
	const unsigned char *data;
	size_t len;
	void (*wake)(void *ctx);
	void *ctx;
};

/* Signs the data of a sign-in request: *out is the bare signature in the form libssh2's callback
 * returns (without the type string), yours: free() it. What is no such request is not signed.
 * SIGN_WAIT: the agent was asked; `wake` is called from the loop when it answered, then call
 * again with the same data and *state. */
enum sign_result key_sign(struct key *k, struct signing **state, const struct sign_request *request,
			  unsigned char **out, size_t *out_len, struct err *err);
/* Drops one whose session goes away. NULL is fine. */
void signing_drop(struct signing *state);

#endif
