/* wire.h - the two things SSH's blobs are made of: 32-bit numbers and strings with their
 * length in front. Reading past the end marks the reader bad and gives nothing. */
#ifndef TRANSPORT_SSH_WIRE_H
#define TRANSPORT_SSH_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct wire {
	const unsigned char *at;
	size_t left;
	bool bad;               /* something was missing; everything read since is empty */
};

struct wire wire_of(const void *data, size_t len);
uint8_t wire_byte(struct wire *w);
uint32_t wire_u32(struct wire *w);
/* Borrowed; NULL when bad. */
const unsigned char *wire_take(struct wire *w, size_t len);
const unsigned char *wire_string(struct wire *w, size_t *out_len);
bool wire_is(struct wire *w, const char *text);         /* the next string is this one */

/* Return -1 when the buffer's limit would be passed. */
int wire_add_u32(struct buf *b, uint32_t value);
int wire_add_string(struct buf *b, const void *data, size_t len);

/* The type a key blob names ("ssh-ed25519"): copied to out when it is printable ASCII without
 * blanks and fits. */
bool wire_key_type(const unsigned char *blob, size_t len, char *out, size_t out_size);

/* Base64 to bytes, without white space inside; out has WIRE_BYTES(len). False when it is none. */
#define WIRE_BYTES(len) ((len) / 4 * 3)
bool wire_base64(const char *text, size_t len, unsigned char *out, size_t *out_len);

#endif
