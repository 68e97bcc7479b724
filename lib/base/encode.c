/* encode.c - see encode.h. */
#include "base/encode.h"

#include <errno.h>
#include <limits.h>
#include <openssl/evp.h>
#include <sys/random.h>

#include "base/insist.h"
#include "base/mem.h"

enum { RANDOM_MAX = 32 };

void hex_encode(const void *bytes, size_t len, char *out)
{
	const unsigned char *p = bytes;

	for (size_t i = 0; i < len; i++) {
		out[2 * i] = "0123456789abcdef"[p[i] >> 4];
		out[2 * i + 1] = "0123456789abcdef"[p[i] & 15];
	}
	out[2 * len] = '\0';
}

int random_hex(char *out, size_t bytes, struct err *err)
{
	unsigned char random[RANDOM_MAX];

	INSIST(bytes <= sizeof(random));
	if (getrandom(random, bytes, 0) != (ssize_t)bytes)
		return err_errno(err, ERR_SYSTEM, errno, "no random bytes from the kernel");
	hex_encode(random, bytes, out);
	return 0;
}

char *base64_encode(const void *bytes, size_t len, size_t *out_len)
{
	char *text = xmalloc((len + 2) / 3 * 4 + 1);
	int made;

	INSIST(len <= INT_MAX / 4 * 3);
	made = EVP_EncodeBlock((unsigned char *)text, bytes, (int)len);
	if (out_len)
		*out_len = (size_t)made;
	return text;
}

uint64_t fnv_hash(uint64_t before, const void *bytes, size_t len)
{
	const unsigned char *p = bytes;
	uint64_t hash = before;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ p[i]) * UINT64_C(1099511628211);
	return hash;
}
