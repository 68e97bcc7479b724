/* agent.h - the key agent, spoken to over its socket from the loop. Requests go out at once and
 * are answered in order over one connection; an agent that never answers blocks nobody. */
#ifndef TRANSPORT_AGENT_H
#define TRANSPORT_AGENT_H

#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "base/err.h"
#include "transport/keyring.h"

/* Flags of a sign request: what an RSA key is to sign with. */
enum { AGENT_RSA_SHA256 = 2, AGENT_RSA_SHA512 = 4 };

/* Blocks until the agent has named its keys, at most limit_ms. `found` gets each key's
 * blob and comment, borrowed. */
int agent_list(const char *path, int limit_ms,
	       void (*found)(void *ctx, const unsigned char *blob, size_t blob_len,
			     const unsigned char *comment, size_t comment_len),
	       void *ctx, struct err *err);

/* The same of an answer that is there: the bytes of one message. */
int agent_list_read(const unsigned char *answer, size_t len,
		    void (*found)(void *ctx, const unsigned char *blob, size_t blob_len,
				  const unsigned char *comment, size_t comment_len),
		    void *ctx, struct err *err);

struct agent;

/* Copies the path. Connects when first asked. */
struct agent *agent_new(uv_loop_t *loop, const char *path);
/* Every signing must have been dropped. Its handles are closed when the loop has turned once
 * more. NULL is fine. */
void agent_free(struct agent *a);

/* What to sign, and with which key. */
struct agent_request {
	const unsigned char *blob, *data;
	size_t blob_len, len;
	uint32_t flags;
};

/* Asks for one signature; `wake` is called from the loop once it is there or has failed. The
 * request is copied. */
struct signing *agent_sign(struct agent *a, const struct agent_request *request,
			   void (*wake)(void *ctx), void *ctx);

/* SIGN_DONE: *out is the whole signature, algorithm's name included, borrowed until
 * signing_drop(). */
enum sign_result signing_look(const struct signing *s, const unsigned char **out, size_t *out_len,
			      struct err *err);

#endif
