/* privkey.h - libcrypto's keys in SSH's words: types, public blobs, signatures; and how a private
 * one is kept. */
#ifndef TRANSPORT_SSH_PRIVKEY_H
#define TRANSPORT_SSH_PRIVKEY_H

#include <openssl/evp.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "transport/ssh/wire.h"

enum { PRIVKEY_TYPE_MAX = 32, PRIVKEY_RSA_BITS_MAX = 16384 };

/* Whether sign-in with a key of this type works here: ed25519, ecdsa, rsa; no certificates and
 * no hardware tokens, whose signatures libssh2 does not pass on. */
bool privkey_type_supported(const char *type);

/* libcrypto's group of an "ecdsa-sha2-nistp256"; NULL for other types. */
const char *privkey_group(const char *type);

/* The public half as a blob; yours: free() it. NULL for a key that SSH has no type for. */
unsigned char *privkey_public(EVP_PKEY *key, size_t *out_len);

/* The signature algorithm that a sign-in request names, "rsa-sha2-512" for example; of a
 * certificate's name that of its key. FAULT_NO_USABLE_KEY when data is no such request or is about
 * a key of another type. */
int privkey_algorithm(const unsigned char *data, size_t len, const char *key_type,
		      char out[PRIVKEY_TYPE_MAX], struct err *err);

/* A private key for as long as it may have to sign: in memory of base/secret.h, where libcrypto's
 * own form of it cannot be. secret_free() it. NULL when libcrypto does not show it. */
struct kept_key;
struct kept_key *privkey_keep(const EVP_PKEY *key);

/* The bare signature, without the algorithm's name; yours: free() it. -1 when the key is not
 * up to it. */
int privkey_sign(struct kept_key *kept, const char *algorithm, const unsigned char *data,
		 size_t len, unsigned char **out, size_t *out_len);

#endif
