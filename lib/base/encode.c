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

void sha256_hex(const void *bytes, size_t len, char out[65])
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned digest_len = 0;
	int made = EVP_Digest(bytes, len, digest, &digest_len, EVP_sha256(), NULL);

	INSIST(made == 1 && digest_len == 32);
	hex_encode(digest, digest_len, out);
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

/* 0 to 63, 64 for white space, 65 for padding, -1 for what is none. */
static int value_of(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	switch (c) {
	case '+':
		return 62;
	case '/':
		return 63;
	case ' ':
	case '\t':
	case '\r':
	case '\n':
		return 64;
	case '=':
		return 65;
	default:
		return -1;
	}
}

/* A group of four is there: its one to three bytes. False where bits are set that no byte has. */
static bool end_group(struct base64_reader *r, char *out, size_t *out_len)
{
	if (r->padding > 0 && (r->bits & (r->padding == 1 ? 0xFFu : 0xFFFFu)) != 0)
		return false;
	for (int i = 0; i < 3 - r->padding; i++)
		out[(*out_len)++] = (char)(r->bits >> (16 - 8 * i) & 0xFF);
	*r = (struct base64_reader){ .ended = r->padding > 0 };
	return true;
}

bool base64_read(struct base64_reader *r, const char *text, size_t len, char *out, size_t *out_len)
{
	*out_len = 0;
	for (size_t i = 0; i < len; i++) {
		int value = value_of(text[i]);
		bool pad = value == 65;

		if (value == 64)
			continue;
		if (value < 0 || r->ended || (pad && r->chars < 2) || (!pad && r->padding > 0))
			return false;
		r->bits = r->bits << 6 | (pad ? 0 : (uint32_t)value);
		r->padding += pad;
		if (++r->chars == 4 && !end_group(r, out, out_len))
			return false;
	}
	return true;
}

bool base64_is_whole(const struct base64_reader *r)
{
	return r->chars == 0;
}

uint64_t fnv_hash(uint64_t before, const void *bytes, size_t len)
{
	const unsigned char *p = bytes;
	uint64_t hash = before;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ p[i]) * UINT64_C(1099511628211);
	return hash;
}
