/* usercert.h - a certificate of one of our own keys (OpenSSH's PROTOCOL.certkeys), as it stands
 * beside the key in KEY-cert.pub. A server that refuses one says no more than that it refuses the
 * key: what it would check is checked here, where there are words for it. Pure, and fuzzed. */
#ifndef TRANSPORT_SSH_USERCERT_H
#define TRANSPORT_SSH_USERCERT_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* Between the type of a key and nothing. */
#define USERCERT_SUFFIX "-cert-v01@openssh.com"

/* The key that it has to be of, as a blob. */
struct usercert_key { const unsigned char *public; size_t len; const char *type; };

/* The blob to offer in the place of the key's; yours: free() it. NULL with FAULT_NO_USABLE_KEY: it
 * is none, a host's, another key's, or not valid at that time (seconds since 1970). */
unsigned char *usercert_read(const char *text, size_t len, const struct usercert_key *key,
			     int64_t now_s, size_t *out_len, struct err *err);

#endif
