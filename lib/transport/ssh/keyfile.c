/* keyfile.c - reads keys out of text. PEM and PKCS#8 are libcrypto's work; "openssh-key-v1" is
 * read here: a public part, then a secret part that may be encrypted with a key that
 * bcrypt_pbkdf() makes of the passphrase. */
#include "transport/ssh/keyfile.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/secret.h"
#include "transport/ssh/bcrypt_pbkdf.h"
#include "transport/ssh/privkey.h"
#include "transport/ssh/wire.h"

#define OPENSSH_BEGIN "-----BEGIN OPENSSH PRIVATE KEY-----"
#define OPENSSH_END   "-----END OPENSSH PRIVATE KEY-----"

enum { CIPHER_KEY_MAX = 32, CIPHER_IV = 16, CIPHER_BLOCK = 16 };

/* clang-format off */
static const struct { const char *name, *evp; size_t key_len; } ciphers[] = {
	{ "aes128-ctr", "AES-128-CTR", 16 },
	{ "aes192-ctr", "AES-192-CTR", 24 },
	{ "aes256-ctr", "AES-256-CTR", 32 },    /* ssh-keygen's default */
	{ "aes128-cbc", "AES-128-CBC", 16 },
	{ "aes192-cbc", "AES-192-CBC", 24 },
	{ "aes256-cbc", "AES-256-CBC", 32 },
};
/* clang-format on */

/* openssh-key-v1, taken apart; everything is borrowed from the decoded bytes. */
struct parts {
	char cipher[32], kdf[32];
	const unsigned char *options, *public, *secret;
	size_t options_len, public_len, secret_len;
};

static bool copy_word(struct wire *w, char *out, size_t out_size)
{
	size_t len;
	const unsigned char *word = wire_string(w, &len);

	if (!word || len >= out_size || memchr(word, '\0', len))
		return false;
	memcpy(out, word, len);
	out[len] = '\0';
	return true;
}

/* The bytes between the two armour lines, a secret. NULL when they are none. */
static unsigned char *unarmour(const char *text, size_t len, size_t *out_len)
{
	const char *begin = memmem(text, len, OPENSSH_BEGIN, strlen(OPENSSH_BEGIN)), *end;
	AUTO_SECRET char *base64 = NULL;
	unsigned char *bytes;
	size_t n = 0;

	if (!begin)
		return NULL;
	begin += strlen(OPENSSH_BEGIN); /* behind it: the two lines' dashes may overlap */
	end = memmem(begin, len - (size_t)(begin - text), OPENSSH_END, strlen(OPENSSH_END));
	if (!end)
		return NULL;
	base64 = secret_alloc((size_t)(end - begin));
	for (; begin < end; begin++) {
		if (*begin != '\n' && *begin != '\r')
			base64[n++] = *begin;
	}
	bytes = secret_alloc(WIRE_BYTES(n));
	if (wire_base64(base64, n, bytes, out_len))
		return bytes;
	secret_free(bytes);
	return NULL;
}

static bool take_apart(const unsigned char *bytes, size_t len, struct parts *out)
{
	static const char magic[] = "openssh-key-v1";
	struct wire w = wire_of(bytes, len);
	const unsigned char *head = wire_take(&w, sizeof(magic));

	if (!head || memcmp(head, magic, sizeof(magic)) != 0 ||
	    !copy_word(&w, out->cipher, sizeof(out->cipher)) ||
	    !copy_word(&w, out->kdf, sizeof(out->kdf)))
		return false;
	out->options = wire_string(&w, &out->options_len);
	if (wire_u32(&w) != 1)          /* one key a file: nothing ever wrote more */
		return false;
	out->public = wire_string(&w, &out->public_len);
	out->secret = wire_string(&w, &out->secret_len);
	return !w.bad;
}

static enum keyfile_result bad(struct err *err, const char *why)
{
	err_set(err, FAULT_NO_USABLE_KEY, "%s", why);
	return KEYFILE_BAD;
}

static enum keyfile_result locked(struct err *err, const char *why)
{
	err_set(err, FAULT_NO_USABLE_KEY, "%s", why);
	return KEYFILE_LOCKED;
}

static bool decipher(const char *evp_name, const unsigned char *key, const unsigned char *iv,
		     const struct parts *p, unsigned char *out)
{
	EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, evp_name, NULL);
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int done = 0;
	bool ok = cipher && ctx && EVP_DecryptInit_ex2(ctx, cipher, key, iv, NULL) == 1 &&
		  EVP_CIPHER_CTX_set_padding(ctx, 0) == 1 &&
		  EVP_DecryptUpdate(ctx, out, &done, p->secret, (int)p->secret_len) == 1;

	EVP_CIPHER_CTX_free(ctx);
	EVP_CIPHER_free(cipher);
	return ok && (size_t)done == p->secret_len;
}

/* Decrypts p->secret into out, of the same length. */
static enum keyfile_result decrypt(const struct parts *p, const char *passphrase,
				   unsigned char *out, struct err *err)
{
	struct wire options = wire_of(p->options, p->options_len);
	AUTO_SECRET unsigned char *key = secret_alloc(CIPHER_KEY_MAX + CIPHER_IV);
	size_t salt_len, key_len, which = 0;
	const unsigned char *salt = wire_string(&options, &salt_len);
	unsigned rounds = wire_u32(&options);

	while (which < ARRAY_LEN(ciphers) && strcmp(ciphers[which].name, p->cipher) != 0)
		which++;
	if (which == ARRAY_LEN(ciphers) || strcmp(p->kdf, "bcrypt") != 0)
		return bad(err, "encrypted with a cipher that is not supported (AES in CTR or CBC "
				"mode is)");
	if (options.bad || p->secret_len % CIPHER_BLOCK != 0)
		return bad(err, "the file is damaged");
	if (rounds > KEYFILE_ROUNDS_MAX)
		return bad(err, "protected with more rounds than can be waited for");
	if (!passphrase)
		return locked(err, "protected by a passphrase");
	key_len = ciphers[which].key_len;
	if (bcrypt_pbkdf(passphrase, salt, salt_len, rounds, key, key_len + CIPHER_IV) != 0)
		return locked(err, "wrong passphrase");
	if (!decipher(ciphers[which].evp, key, key + key_len, p, out))
		return bad(err, "cannot be decrypted");
	return KEYFILE_OK;
}

/* The numbers of one key on their way to libcrypto. */
struct numbers {
	OSSL_PARAM_BLD *build;
	BIGNUM *number[8];
	int count;
	bool bad;
};

static BIGNUM *keep(struct numbers *n, const char *name, BIGNUM *number)
{
	if (!number || OSSL_PARAM_BLD_push_BN(n->build, name, number) != 1)
		n->bad = true;
	n->number[n->count++] = number;
	return number;
}

/* The next mpint: positive, and no longer than any key has it. */
static BIGNUM *read_number(struct numbers *n, const char *name, struct wire *w)
{
	size_t len;
	const unsigned char *bytes = wire_string(w, &len);

	if (!bytes || len == 0 || len > PRIVKEY_RSA_BITS_MAX / 8 + 1 || bytes[0] > 127)
		return keep(n, name, NULL);
	return keep(n, name, BN_bin2bn(bytes, (int)len, NULL));
}

/* Frees, and so wipes (privkey.c), all that was collected. NULL when the numbers make no key. */
static EVP_PKEY *build_key(struct numbers *n, const char *algorithm)
{
	OSSL_PARAM *params = n->bad ? NULL : OSSL_PARAM_BLD_to_param(n->build);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, algorithm, NULL);
	EVP_PKEY *key = NULL;

	if (params && ctx && EVP_PKEY_fromdata_init(ctx) == 1 &&
	    EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_KEYPAIR, params) != 1)
		key = NULL;
	OSSL_PARAM_free(params);
	EVP_PKEY_CTX_free(ctx);
	OSSL_PARAM_BLD_free(n->build);
	for (int i = 0; i < n->count; i++)
		BN_clear_free(n->number[i]);
	return key;
}

static EVP_PKEY *read_ed25519(struct wire *w)
{
	size_t len;

	/* The secret string is the seed with the public half behind it. */
	(void)wire_string(w, &len);
	const unsigned char *secret = wire_string(w, &len);

	if (!secret || len != 64)
		return NULL;
	return EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, secret, 32);
}

static EVP_PKEY *read_ecdsa(struct wire *w, const char *type)
{
	struct numbers n = { .build = OSSL_PARAM_BLD_new() };
	size_t curve_len, len;
	const unsigned char *point;

	(void)wire_string(w, &curve_len);
	point = wire_string(w, &len);
	if (!point ||
	    OSSL_PARAM_BLD_push_utf8_string(n.build, OSSL_PKEY_PARAM_GROUP_NAME,
					    privkey_group(type), 0) != 1 ||
	    OSSL_PARAM_BLD_push_octet_string(n.build, OSSL_PKEY_PARAM_PUB_KEY, point, len) != 1)
		n.bad = true;
	read_number(&n, OSSL_PKEY_PARAM_PRIV_KEY, w);
	return build_key(&n, "EC");
}

/* d modulo one prime less one, which OpenSSH leaves out and libcrypto wants. */
static BIGNUM *exponent(const BIGNUM *d, const BIGNUM *prime)
{
	BIGNUM *less = prime ? BN_dup(prime) : NULL, *result = BN_new();
	BN_CTX *ctx = BN_CTX_new();

	if (!d || !less || !result || !ctx || BN_sub_word(less, 1) != 1 ||
	    BN_mod(result, d, less, ctx) != 1) {
		BN_clear_free(result);
		result = NULL;
	}
	BN_clear_free(less);
	BN_CTX_free(ctx);
	return result;
}

static EVP_PKEY *read_rsa(struct wire *w)
{
	struct numbers n = { .build = OSSL_PARAM_BLD_new() };
	const BIGNUM *d, *p, *q;

	read_number(&n, OSSL_PKEY_PARAM_RSA_N, w);
	read_number(&n, OSSL_PKEY_PARAM_RSA_E, w);
	d = read_number(&n, OSSL_PKEY_PARAM_RSA_D, w);
	read_number(&n, OSSL_PKEY_PARAM_RSA_COEFFICIENT1, w);
	p = read_number(&n, OSSL_PKEY_PARAM_RSA_FACTOR1, w);
	q = read_number(&n, OSSL_PKEY_PARAM_RSA_FACTOR2, w);
	keep(&n, OSSL_PKEY_PARAM_RSA_EXPONENT1, exponent(d, p));
	keep(&n, OSSL_PKEY_PARAM_RSA_EXPONENT2, exponent(d, q));
	return build_key(&n, "RSA");
}

/* The decrypted secret part: two equal numbers show that the passphrase was right. */
static enum keyfile_result read_secret(const unsigned char *secret, size_t len, bool encrypted,
				       EVP_PKEY **out, struct err *err)
{
	struct wire w = wire_of(secret, len);
	char type[PRIVKEY_TYPE_MAX];
	uint32_t check = wire_u32(&w);

	if (wire_u32(&w) != check || w.bad)
		return encrypted ? locked(err, "wrong passphrase") :
				   bad(err, "the file is damaged");
	if (!copy_word(&w, type, sizeof(type)) || !privkey_type_supported(type))
		return bad(err,
			   "a key of a type that is not supported (ed25519, ecdsa and rsa are)");
	if (privkey_group(type))
		*out = read_ecdsa(&w, type);
	else if (strcmp(type, "ssh-rsa") == 0)
		*out = read_rsa(&w);
	else
		*out = read_ed25519(&w);
	return *out ? KEYFILE_OK : bad(err, "the file is damaged");
}

/* Both halves must belong together: what is offered is the public one. */
static bool is_pair(EVP_PKEY *key, const struct parts *p)
{
	size_t len;
	AUTO_FREE unsigned char *public = privkey_public(key, &len);

	return public && len == p->public_len && memcmp(public, p->public, len) == 0;
}

static enum keyfile_result read_openssh(const unsigned char *bytes, size_t len,
					const char *passphrase, EVP_PKEY **out, struct err *err)
{
	struct parts p;
	AUTO_SECRET unsigned char *decrypted = NULL;
	enum keyfile_result result = KEYFILE_OK;
	EVP_PKEY *key = NULL;
	bool encrypted;

	if (!take_apart(bytes, len, &p) || p.secret_len == 0)
		return bad(err, "the file is damaged");
	encrypted = strcmp(p.cipher, "none") != 0;
	if (encrypted) {
		decrypted = secret_alloc(p.secret_len);
		result = decrypt(&p, passphrase, decrypted, err);
	}
	if (result == KEYFILE_OK)
		result = read_secret(encrypted ? decrypted : p.secret, p.secret_len, encrypted,
				     &key, err);
	if (result == KEYFILE_OK && !is_pair(key, &p)) {
		EVP_PKEY_free(key);
		return bad(err, "its public and its private half do not belong together");
	}
	if (result == KEYFILE_OK)
		*out = key;
	return result;
}

/* libcrypto asks for a passphrase when the key is encrypted, and only then. */
struct asked {
	const char *passphrase;
	bool asked;
};

static int give_passphrase(char *buf, int size, int writing, void *ctx)
{
	struct asked *a = ctx;
	size_t len = a->passphrase ? strlen(a->passphrase) : 0;

	(void)writing;
	a->asked = true;
	if (!a->passphrase || len > (size_t)size)
		return -1;
	memcpy(buf, a->passphrase, len);
	return (int)len;
}

/* What is often named in the place of a private key. */
static enum keyfile_result no_private_key(const char *text, size_t len, struct err *err)
{
	static const char putty[] = "PuTTY-User-Key-File-";
	AUTO_FREE unsigned char *public = NULL;
	size_t public_len;

	if (len >= strlen(putty) && memcmp(text, putty, strlen(putty)) == 0) {
		bad(err, "is in PuTTY's format, which is not read");
		err_hint(err, "convert it: puttygen KEY.ppk -O private-openssh -o KEY (package "
			      "putty-tools), and name the new file");
		return KEYFILE_BAD;
	}
	public = keyfile_public(text, len, &public_len);
	if (!public)
		return bad(err, "holds no private key that can be read");
	bad(err, "holds a public key, and no private key");
	err_hint(err, "name the file of its private half, without .pub; or have the key agent hold "
		      "it (ssh-add)");
	return KEYFILE_BAD;
}

static enum keyfile_result read_pem(const char *text, size_t len, const char *passphrase,
				    EVP_PKEY **out, struct err *err)
{
	struct asked asked = { .passphrase = passphrase };
	BIO *bio = BIO_new_mem_buf(text, (int)len);
	EVP_PKEY *key = bio ? PEM_read_bio_PrivateKey(bio, NULL, give_passphrase, &asked) : NULL;
	AUTO_FREE unsigned char *public = NULL;
	size_t public_len;

	BIO_free(bio);
	ERR_clear_error();
	if (!key && asked.asked)
		return locked(err, passphrase ? "wrong passphrase" : "protected by a passphrase");
	if (!key)
		return no_private_key(text, len, err);
	public = privkey_public(key, &public_len);
	if (!public) {
		EVP_PKEY_free(key);
		return bad(err,
			   "a key of a type that is not supported (ed25519, ecdsa and rsa are)");
	}
	*out = key;
	return KEYFILE_OK;
}

enum keyfile_result keyfile_private(const char *text, size_t len, const char *passphrase,
				    EVP_PKEY **out, struct err *err)
{
	AUTO_SECRET unsigned char *bytes = NULL;
	enum keyfile_result result;
	size_t bytes_len;

	if (len > KEYFILE_MAX)
		return bad(err, "too large for a key");
	if (!memmem(text, len, OPENSSH_BEGIN, strlen(OPENSSH_BEGIN)))
		return read_pem(text, len, passphrase, out, err);
	bytes = unarmour(text, len, &bytes_len);
	if (!bytes)
		return bad(err, "the file is damaged");
	result = read_openssh(bytes, bytes_len, passphrase, out, err);
	ERR_clear_error();
	return result;
}

/* "type base64 comment" on the first line. */
static unsigned char *read_public_line(const char *text, size_t len, size_t *out_len)
{
	const char *lf = memchr(text, '\n', len), *end = lf ? lf : text + len;
	const char *blank = memchr(text, ' ', (size_t)(end - text)), *word;
	AUTO_FREE unsigned char *blob = NULL;
	char type[2 * PRIVKEY_TYPE_MAX];        /* of a certificate, too */
	unsigned char *result;
	size_t n = 0;

	if (!blank)
		return NULL;
	word = blank + 1;
	while (word + n < end && word[n] != ' ' && word[n] != '\r')
		n++;
	blob = xmalloc(WIRE_BYTES(n));
	if (!wire_base64(word, n, blob, out_len) ||
	    !wire_key_type(blob, *out_len, type, sizeof(type)) ||
	    strlen(type) != (size_t)(blank - text) || memcmp(type, text, strlen(type)) != 0)
		return NULL;
	result = blob;
	blob = NULL;
	return result;
}

unsigned char *keyfile_public(const char *text, size_t len, size_t *out_len)
{
	struct parts p;
	AUTO_SECRET unsigned char *bytes = NULL;
	unsigned char *public = NULL;
	size_t bytes_len;

	if (len > KEYFILE_MAX)
		return NULL;
	bytes = unarmour(text, len, &bytes_len);
	if (!bytes)
		return read_public_line(text, len, out_len);
	if (take_apart(bytes, bytes_len, &p) && p.public_len > 0) {
		public = xmalloc(p.public_len);
		memcpy(public, p.public, p.public_len);
		*out_len = p.public_len;
	}
	return public;
}
