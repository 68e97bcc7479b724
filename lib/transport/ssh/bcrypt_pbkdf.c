/* bcrypt_pbkdf.c - OpenSSH's key derivation: PBKDF2 with bcrypt in place of HMAC, on SHA-512 of
 * passphrase and salt. libcrypto has none. Blowfish starts from the binary digits of pi:
 * they are computed when first needed (a few hundredths of a second) rather than kept as
 * a table nobody can check by eye. */
#include "transport/ssh/bcrypt_pbkdf.h"

#include <openssl/evp.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/secret.h"

enum {
	P_WORDS = 18, S_WORDS = 4 * 256, PI_WORDS = P_WORDS + S_WORDS,
	FIXED = 1 + PI_WORDS + 2,       /* before the point, the digits, two words of rounding */
	HASH = 32, SHA512 = 64, KEY_MAX = 1024, SALT_MAX = 1024
};

struct blowfish {
	uint32_t word[PI_WORDS];        /* the P array, then four S boxes of 256 */
};

/* All that is made of a passphrase, in memory for secrets. */
struct work {
	struct blowfish initial, b;
	uint32_t word[2];
	unsigned char pass[SHA512], salt[SHA512], hash[HASH], out[HASH];
};

/* A fixed-point number, most significant word first: in place divided by a small one. Words before
 * `first` are zero; returns the first that is not. */
static int divide(uint32_t *number, uint32_t by, int first)
{
	uint64_t rest = 0;

	for (int i = first; i < FIXED; i++) {
		rest = rest << 32 | number[i];
		number[i] = (uint32_t)(rest / by);
		rest %= by;
	}
	while (first < FIXED && number[first] == 0)
		first++;
	return first;
}

static void add(uint32_t *sum, const uint32_t *number, bool negative)
{
	uint64_t carry = negative;

	for (int i = FIXED - 1; i >= 0; i--) {
		carry += (uint64_t)sum[i] + (negative ? ~number[i] : number[i]);
		sum[i] = (uint32_t)carry;
		carry >>= 32;
	}
}

/* sum += or -= factor * arctan(1 / x), by its series. */
static void add_arctan(uint32_t *sum, uint32_t factor, uint32_t x, bool negative)
{
	uint32_t power[FIXED] = { factor }, term[FIXED];
	int first = divide(power, x, 0);

	for (uint32_t n = 1; first < FIXED; n += 2) {
		memcpy(term, power, sizeof(term));
		divide(term, n, first);
		add(sum, term, negative);
		negative = !negative;
		first = divide(power, x * x, first);
	}
}

/* Machin: pi = 16 arctan(1/5) - 4 arctan(1/239). */
static void initial_state(struct blowfish *out)
{
	uint32_t pi[FIXED] = { 0 };

	add_arctan(pi, 16, 5, false);
	add_arctan(pi, 4, 239, true);
	memcpy(out->word, pi + 1, sizeof(out->word));
}

static uint32_t mix(const uint32_t *s, uint32_t x)
{
	return ((s[x >> 24] + s[256 + (x >> 16 & 255)]) ^ s[512 + (x >> 8 & 255)]) +
	       s[768 + (x & 255)];
}

static void encipher(const struct blowfish *b, uint32_t *left, uint32_t *right)
{
	const uint32_t *p = b->word, *s = b->word + P_WORDS;
	uint32_t l = *left ^ p[0], r = *right;

	for (int i = 1; i < 17; i += 2) {
		r ^= mix(s, l) ^ p[i];
		l ^= mix(s, r) ^ p[i + 1];
	}
	*left = r ^ p[17];
	*right = l;
}

/* The next 32 bits of 64 bytes, which begin again at their end. */
static uint32_t next_word(const unsigned char data[SHA512], int *at)
{
	const unsigned char *p = data + *at;

	*at = (*at + 4) % SHA512;
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* One key schedule; salt NULL is a salt of zeros. */
static void expand(struct blowfish *b, const unsigned char *salt, const unsigned char *key)
{
	uint32_t l = 0, r = 0;
	int at = 0;

	for (int i = 0; i < P_WORDS; i++)
		b->word[i] ^= next_word(key, &at);
	at = 0;
	for (int i = 0; i < PI_WORDS; i += 2) {
		if (salt) {
			l ^= next_word(salt, &at);
			r ^= next_word(salt, &at);
		}
		encipher(b, &l, &r);
		b->word[i] = l;
		b->word[i + 1] = r;
	}
}

/* From w->pass and w->salt to w->hash. */
static void bcrypt_hash(struct work *w)
{
	static const char magic[] = "OxychromaticBlowfishSwatDynamite";
	unsigned char block[SHA512] = { 0 };

	w->b = w->initial;
	expand(&w->b, w->salt, w->pass);
	for (int i = 0; i < 64; i++) {
		expand(&w->b, NULL, w->salt);
		expand(&w->b, NULL, w->pass);
	}
	memcpy(block, magic, HASH);
	for (int at = 0; at < HASH;) {
		int start = at;

		w->word[0] = next_word(block, &at);
		w->word[1] = next_word(block, &at);
		for (int i = 0; i < 64; i++)
			encipher(&w->b, &w->word[0], &w->word[1]);
		/* little endian here, unlike everywhere else in Blowfish */
		for (int i = 0; i < 8; i++)
			w->hash[start + i] = (unsigned char)(w->word[i / 4] >> 8 * (i % 4));
	}
}

static int sha512(const void *data, size_t len, unsigned char out[SHA512])
{
	return EVP_Digest(data, len, out, NULL, EVP_sha512(), NULL) == 1 ? 0 : -1;
}

/* One block of the key, all rounds: w->out. */
static int derive(struct work *w, const unsigned char *salt, size_t salt_len, unsigned rounds)
{
	if (sha512(salt, salt_len, w->salt) != 0)
		return -1;
	bcrypt_hash(w);
	memcpy(w->out, w->hash, HASH);
	for (unsigned i = 1; i < rounds; i++) {
		if (sha512(w->hash, HASH, w->salt) != 0)
			return -1;
		bcrypt_hash(w);
		for (int k = 0; k < HASH; k++)
			w->out[k] ^= w->hash[k];
	}
	return 0;
}

int bcrypt_pbkdf(const char *passphrase, const unsigned char *salt, size_t salt_len,
		 unsigned rounds, unsigned char *key, size_t key_len)
{
	AUTO_SECRET struct work *w = NULL;
	unsigned char counted[SALT_MAX + 4];
	size_t stride = (key_len + HASH - 1) / HASH;
	int rc = 0;

	if (*passphrase == '\0' || salt_len == 0 || salt_len > SALT_MAX || key_len == 0 ||
	    key_len > KEY_MAX || rounds == 0)
		return -1;
	w = secret_alloc(sizeof(*w));
	if (sha512(passphrase, strlen(passphrase), w->pass) != 0)
		return -1;
	initial_state(&w->initial);
	memcpy(counted, salt, salt_len);
	for (size_t block = 0; block < stride && rc == 0; block++) {
		memcpy(counted + salt_len,
		       (const unsigned char[]){ 0, 0, 0, (unsigned char)(block + 1) }, 4);
		rc = derive(w, counted, salt_len + 4, rounds);
		/* Blocks are interleaved, so that no part of the key is cheaper than another. */
		for (size_t i = 0; i < HASH && block + i * stride < key_len; i++)
			key[block + i * stride] = w->out[i];
	}
	return rc;
}
