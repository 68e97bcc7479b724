/* keyfile.h - what key files hold: OpenSSH's own format, PEM and PKCS#8, and public keys on one
 * line. Pure, and fuzzed. */
#ifndef TRANSPORT_SSH_KEYFILE_H
#define TRANSPORT_SSH_KEYFILE_H

#include <openssl/evp.h>
#include <stddef.h>

#include "base/err.h"

enum { KEYFILE_MAX = 64 * 1024, KEYFILE_ROUNDS_MAX = 10000 };

/* LOCKED: no passphrase was given, or a wrong one. */
enum keyfile_result { KEYFILE_OK, KEYFILE_LOCKED, KEYFILE_BAD };

/* The public half, where the text shows it to everyone: OpenSSH's format has it in front of
 * the secret part, a .pub file is nothing else. Yours: free() it; NULL when there is none. */
unsigned char *keyfile_public(const char *text, size_t len, size_t *out_len);

/* passphrase NULL: none. KEYFILE_OK fills *out (EVP_PKEY_free() it), the others err. */
enum keyfile_result keyfile_private(const char *text, size_t len, const char *passphrase,
				    EVP_PKEY **out, struct err *err);

#endif
