/* fuzz_keyfile.c - any bytes as a key file: as text, and as the inside of OpenSSH's format,
 * which a mutated base64 would hardly ever reach. */
#include <openssl/evp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "transport/ssh/keyfile.h"
#include "transport/ssh/privkey.h"
#include "transport/ssh/usercert.h"

static void try_text(const char *text, size_t len)
{
	EVP_PKEY *key = NULL;
	struct err err;
	size_t public_len;

	free(keyfile_public(text, len, &public_len));
	free(usercert_read(text, len,
			   &(struct usercert_key){ .public = (const unsigned char *)text,
						   .len = len,
						   .type = "ssh-ed25519" },
			   0, &public_len, &err));
	if (keyfile_private(text, len, NULL, &key, &err) != KEYFILE_OK)
		return;
	free(privkey_public(key, &public_len));
	EVP_PKEY_free(key);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_FREE unsigned char *base64 = xmalloc(size / 3 * 4 + 5);
	AUTO_FREE char *armoured = NULL;

	if (size > 16384)
		return 0;
	try_text((const char *)data, size);
	EVP_EncodeBlock(base64, data, (int)size);
	armoured = xasprintf(
		"-----BEGIN OPENSSH PRIVATE KEY-----\n%s\n-----END OPENSSH PRIVATE KEY-----\n",
		(char *)base64);
	try_text(armoured, strlen(armoured));
	return 0;
}
