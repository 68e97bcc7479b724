/* bcrypt_pbkdf.h - from a passphrase to a key, the way OpenSSH protects private keys. */
#ifndef TRANSPORT_SSH_BCRYPT_PBKDF_H
#define TRANSPORT_SSH_BCRYPT_PBKDF_H

#include <stddef.h>

/* Fills key; each round takes a few milliseconds. -1 for an empty passphrase or salt, no
 * rounds or key_len above 1024. */
int bcrypt_pbkdf(const char *passphrase, const unsigned char *salt, size_t salt_len,
		 unsigned rounds, unsigned char *key, size_t key_len);

#endif
