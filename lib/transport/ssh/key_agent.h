/* key_agent.h - the key agent, spoken to over its socket from the loop. Requests go out at once and
 * are answered in order over one connection; an agent that never answers blocks nobody. */
#ifndef TRANSPORT_SSH_KEY_AGENT_H
#define TRANSPORT_SSH_KEY_AGENT_H

#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "base/err.h"
#include "transport/ssh/keyring.h"

/* Flags of a sign request: what an RSA key is to sign with. */
enum { KEY_AGENT_RSA_SHA256 = 2, KEY_AGENT_RSA_SHA512 = 4 };

/* Blocks until the agent has named its keys, at most limit_ms. `found` gets each key's
 * blob and comment, borrowed. */
int key_agent_list(const char *path, int limit_ms,
	       void (*found)(void *ctx, const unsigned char *blob, size_t blob_len,
			     const unsigned char *comment, size_t comment_len),
	       void *ctx, struct err *err);

/* The same of an answer that is there: the bytes of one message. */
int key_agent_list_read(const unsigned char *answer, size_t len,
		    void (*found)(void *ctx, const unsigned char *blob, size_t blob_len,
				  const unsigned char *comment, size_t comment_len),
		    void *ctx, struct err *err);

/* How long a list is waited for, in ms. */
enum { KEY_AGENT_ASK_MS = 5000 };

struct key_agent;

/* Copies the path. Connects when first asked. */
struct key_agent *key_agent_new(uv_loop_t *loop, const char *path);
/* Every signing must have been dropped. Its handles are closed when the loop has turned once
 * more. NULL is fine. */
void key_agent_free(struct key_agent *a);

/* What to sign, and with which key. */
struct key_agent_request {
	const unsigned char *blob, *data;
	size_t blob_len, len;
	uint32_t flags;
};

/* Asks for one signature; `wake` is called from the loop once it is there or has failed. The
 * request is copied. */
struct signing *key_agent_sign(struct key_agent *a, const struct key_agent_request *request,
			   void (*wake)(void *ctx), void *ctx);

/* SIGN_DONE: *out is the whole signature, algorithm's name included, borrowed until
 * signing_drop(). */
enum sign_result signing_look(const struct signing *s, const unsigned char **out, size_t *out_len,
			      struct err *err);

#endif
