/* test_keyfile.c - key files as ssh-keygen writes them, in every format and cipher, read and
 * signed with; libcrypto checks the signatures with what ssh-keygen says the public half is. */
#include "tests/unit/unit.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/secret.h"
#include "tests/unit/transport/sshtool.h"
#include "transport/ssh/bcrypt_pbkdf.h"
#include "transport/ssh/keyfile.h"
#include "transport/ssh/privkey.h"
#include "transport/ssh/wire.h"

static char *read_file(const char *path, const char *suffix, size_t *out_len)
{
	AUTO_FREE char *whole = xasprintf("%s%s", path, suffix);
	struct err err = { .msg = "" };
	char *text = file_read(whole, KEYFILE_MAX, out_len, &err);

	ck_assert_msg(text != NULL, "%s", err.msg);
	return text;
}

/* From libssh2's form back to what libcrypto verifies. */
static bool verifies(EVP_PKEY *public, const char *digest, const struct buf *data,
		     const unsigned char *sig, size_t sig_len)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned char *der = NULL;
	bool ok;

	if (EVP_PKEY_is_a(public, "EC")) {
		struct wire w = wire_of(sig, sig_len);
		size_t r_len, s_len;
		const unsigned char *r = wire_string(&w, &r_len), *s = wire_string(&w, &s_len);
		ECDSA_SIG *pair = ECDSA_SIG_new();

		ck_assert(s && w.left == 0 && r[0] < 128 && s[0] < 128);
		ECDSA_SIG_set0(pair, BN_bin2bn(r, (int)r_len, NULL),
			       BN_bin2bn(s, (int)s_len, NULL));
		sig_len = (size_t)i2d_ECDSA_SIG(pair, &der);
		ECDSA_SIG_free(pair);
	}
	ok = EVP_DigestVerifyInit_ex(ctx, NULL, digest, NULL, NULL, public, NULL) == 1 &&
	     EVP_DigestVerify(ctx, der ? der : sig, sig_len, (unsigned char *)data->data,
			      data->len) == 1;
	OPENSSL_free(der);
	EVP_MD_CTX_free(ctx);
	return ok;
}

/* ssh-keygen exports no ed25519: that public half is the last 32 bytes of the blob. */
static EVP_PKEY *public_by_keygen(const char *path)
{
	AUTO_FREE char *file = xasprintf("%s.pub", path), *line = NULL;
	AUTO_FREE unsigned char *blob = NULL;
	AUTO_FREE char *pem = tool_output(
		(const char *const[]){ "ssh-keygen", "-e", "-m", "PKCS8", "-f", file, NULL });
	size_t len;
	BIO *bio;
	EVP_PKEY *key;

	if (!pem) {
		line = read_file(path, ".pub", &len);
		ck_assert_int_eq(strncmp(line, "ssh-ed25519 ", 12), 0);
		blob = keyfile_public(line, len, &len);
		return EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, blob + len - 32, 32);
	}
	bio = BIO_new_mem_buf(pem, -1);
	key = PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
	BIO_free(bio);
	return key;
}

/* clang-format off */
static const struct {
	const char *label, *passphrase, *args[10], *type, *algorithm, *digest;
} keys[] = {
	{ "ed25519", "", { "-t", "ed25519" }, "ssh-ed25519", "ssh-ed25519", NULL },
	{ "ecdsa 256", "", { "-t", "ecdsa", "-b", "256" },
	  "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256", "SHA256" },
	{ "ecdsa 384", "", { "-t", "ecdsa", "-b", "384" },
	  "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp384", "SHA384" },
	{ "ecdsa 521", "", { "-t", "ecdsa", "-b", "521" },
	  "ecdsa-sha2-nistp521", "ecdsa-sha2-nistp521", "SHA512" },
	{ "rsa", "", { "-t", "rsa", "-b", "2048" }, "ssh-rsa", "ssh-rsa", "SHA1" },
	{ "rsa, SHA-256", "", { "-t", "rsa", "-b", "2048" }, "ssh-rsa", "rsa-sha2-256", "SHA256" },
	{ "rsa, SHA-512", "", { "-t", "rsa", "-b", "2048" }, "ssh-rsa", "rsa-sha2-512", "SHA512" },
	{ "rsa PEM", "", { "-t", "rsa", "-b", "2048", "-m", "PEM" }, "ssh-rsa", "ssh-rsa", "SHA1" },
	{ "ecdsa PEM", "", { "-t", "ecdsa", "-m", "PEM" },
	  "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256", "SHA256" },
	{ "ecdsa PKCS8", "", { "-t", "ecdsa", "-m", "PKCS8" },
	  "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256", "SHA256" },
	{ "1 round", "x", { "-t", "ed25519", "-a", "1" }, "ssh-ed25519", "ssh-ed25519", NULL },
	{ "16 rounds", "pass phrase", { "-t", "ed25519", "-a", "16" },
	  "ssh-ed25519", "ssh-ed25519", NULL },
	{ "37 rounds", "\xc3\xa4\xc3\xb6", { "-t", "ed25519", "-a", "37" },
	  "ssh-ed25519", "ssh-ed25519", NULL },
	{ "aes128-ctr", "secret", { "-t", "ed25519", "-a", "2", "-Z", "aes128-ctr" },
	  "ssh-ed25519", "ssh-ed25519", NULL },
	{ "aes192-cbc", "secret", { "-t", "ed25519", "-a", "2", "-Z", "aes192-cbc" },
	  "ssh-ed25519", "ssh-ed25519", NULL },
	{ "aes256-cbc", "secret", { "-t", "rsa", "-b", "2048", "-a", "2", "-Z", "aes256-cbc" },
	  "ssh-rsa", "rsa-sha2-256", "SHA256" },
	{ "ecdsa, encrypted", "secret", { "-t", "ecdsa", "-a", "2" },
	  "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256", "SHA256" },
	{ "PEM, encrypted", "secret", { "-t", "rsa", "-b", "2048", "-m", "PEM" },
	  "ssh-rsa", "ssh-rsa", "SHA1" },
	{ "PKCS8, encrypted", "secret", { "-t", "ecdsa", "-m", "PKCS8" },
	  "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256", "SHA256" },
};
/* clang-format on */

static void check_signature(struct kept_key *key, const char *path, int row)
{
	EVP_PKEY *public = public_by_keygen(path);
	char algorithm[PRIVKEY_TYPE_MAX];
	AUTO_FREE unsigned char *sig = NULL;
	size_t sig_len;
	struct buf data;
	struct err err = { .msg = "" };

	tool_signin_request(&data, keys[row].algorithm);
	ck_assert_msg(privkey_algorithm((unsigned char *)data.data, data.len, keys[row].type,
					algorithm, &err) == 0,
		      "%s", err.msg);
	/* several, as the length of a number varies */
	for (int i = 0; i < 20; i++) {
		ck_assert_int_eq(privkey_sign(key, algorithm, (unsigned char *)data.data, data.len,
					      &sig, &sig_len),
				 0);
		ck_assert_msg(verifies(public, keys[row].digest, &data, sig, sig_len), "%s",
			      keys[row].label);
		free(sig);
		sig = NULL;
	}
	buf_release(&data);
	EVP_PKEY_free(public);
}

START_TEST(keys_of_ssh_keygen_sign)
{
	const char *pass = keys[_i].passphrase;
	AUTO_FREE char *path = NULL, *text = NULL, *line = NULL;
	AUTO_FREE unsigned char *public = NULL, *own = NULL;
	size_t len, line_len, public_len, own_len;
	AUTO_SECRET struct kept_key *kept = NULL;
	EVP_PKEY *key = NULL;
	struct err err = { .msg = "" };

	if (!tool_have_keygen())
		return;
	path = tool_keygen(pass, keys[_i].args);
	text = read_file(path, "", &len);
	if (*pass) {
		ck_assert_int_eq(keyfile_private(text, len, NULL, &key, &err), KEYFILE_LOCKED);
		ck_assert_ptr_nonnull(strstr(err.msg, "passphrase"));
		ck_assert_int_eq(keyfile_private(text, len, "wrong", &key, &err), KEYFILE_LOCKED);
		ck_assert_int_eq(keyfile_private(text, len, "", &key, &err), KEYFILE_LOCKED);
		ck_assert_ptr_null(key);
	}
	ck_assert_msg(keyfile_private(text, len, *pass ? pass : NULL, &key, &err) == KEYFILE_OK,
		      "%s: %s", keys[_i].label, err.msg);
	line = read_file(path, ".pub", &line_len);
	public = keyfile_public(line, line_len, &public_len);
	own = privkey_public(key, &own_len);
	ck_assert_ptr_nonnull(own);
	ck_assert_uint_eq(own_len, public_len);
	ck_assert_mem_eq(own, public, own_len);
	kept = privkey_keep(key);
	EVP_PKEY_free(key);
	ck_assert_ptr_nonnull(kept);
	check_signature(kept, path, _i);
}
END_TEST

START_TEST(a_damaged_file_is_told)
{
	static const char *const args[] = { "-t", "rsa", "-b", "1024", NULL };
	AUTO_FREE char *path = NULL, *text = NULL;
	size_t len;
	struct err err;

	if (!tool_have_keygen())
		return;
	path = tool_keygen("", args);
	text = read_file(path, "", &len);
	for (size_t cut = 0; cut < len - 40; cut += 13) {
		AUTO_FREE char *damaged = xstrndup(text, len);
		EVP_PKEY *key = NULL;

		/* one character of the base64, which may also make another key of it, or lock it */
		if (damaged[cut] != '\n')
			damaged[cut] = damaged[cut] == 'B' ? 'C' : 'B';
		if (keyfile_private(damaged, len, NULL, &key, &err) == KEYFILE_OK)
			EVP_PKEY_free(key);
		ck_assert_int_eq(keyfile_private(text, cut, NULL, &key, &err), KEYFILE_BAD);
		ck_assert_int_eq(err.code, FAULT_NO_USABLE_KEY);
	}
}
END_TEST

/* clang-format off */
#define BEGIN "-----BEGIN OPENSSH PRIVATE KEY-----\n"
#define END   "\n-----END OPENSSH PRIVATE KEY-----"
static const struct { const char *label, *text, *word; } bad[] = {
	{ "empty",          "",                    "no private key" },
	{ "nonsense",       "hello",               "no private key" },
	{ "a public key",   "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAAQE= me\n",
	  "public key, and no private key" },
	{ "PuTTY's",        "PuTTY-User-Key-File-3: ssh-ed25519\r\nEncryption: none\r\n",
	  "is in PuTTY's format" },
	{ "no base64",      BEGIN "*" END,         "damaged" },
	{ "no end",         BEGIN "AAAA\n",        "damaged" },
	{ "nothing inside", BEGIN END,             "damaged" },
	{ "wrong magic",    BEGIN "AAAA" END,      "damaged" },
	{ "the end's first dashes are the begin's last",
	  "-----BEGIN OPENSSH PRIVATE KEY-----END OPENSSH PRIVATE KEY-----", "damaged" },
	{ "PEM of nothing",
	  "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n",
	  "no private key" },
};
/* clang-format on */

START_TEST(what_is_no_key_is_refused)
{
	EVP_PKEY *key = NULL;
	struct err err = { .msg = "" };

	ck_assert_int_eq(keyfile_private(bad[_i].text, strlen(bad[_i].text), NULL, &key, &err),
			 KEYFILE_BAD);
	ck_assert_msg(strstr(err.msg, bad[_i].word) != NULL, "%s: %s", bad[_i].label, err.msg);
	if (*bad[_i].word == 'd') {     /* nor has it a public half */
		size_t len;

		ck_assert_ptr_null(keyfile_public(bad[_i].text, strlen(bad[_i].text), &len));
	}
}
END_TEST

START_TEST(another_cipher_is_named_as_not_supported)
{
	static const char *const args[] = { "-t", "ed25519", "-a",
					    "1",  "-Z",	     "chacha20-poly1305@openssh.com",
					    NULL };
	AUTO_FREE char *path = NULL, *text = NULL;
	EVP_PKEY *key = NULL;
	size_t len;
	struct err err = { .msg = "" };

	if (!tool_have_keygen())
		return;
	path = tool_keygen("secret", args);
	text = read_file(path, "", &len);
	ck_assert_int_eq(keyfile_private(text, len, "secret", &key, &err), KEYFILE_BAD);
	ck_assert_ptr_nonnull(strstr(err.msg, "not supported"));
}
END_TEST

START_TEST(the_public_half_shows_without_a_passphrase)
{
	static const char *const args[] = { "-t", "ecdsa", "-a", "1", NULL };
	AUTO_FREE char *path = NULL, *text = NULL, *line = NULL;
	AUTO_FREE unsigned char *inside = NULL, *beside = NULL;
	size_t len, line_len, inside_len, beside_len;

	if (!tool_have_keygen())
		return;
	path = tool_keygen("secret", args);
	text = read_file(path, "", &len);
	line = read_file(path, ".pub", &line_len);
	inside = keyfile_public(text, len, &inside_len);
	beside = keyfile_public(line, line_len, &beside_len);
	ck_assert(inside && beside);
	ck_assert_uint_eq(inside_len, beside_len);
	ck_assert_mem_eq(inside, beside, inside_len);
}
END_TEST

START_TEST(only_sign_in_requests_of_the_key_s_type_are_signed)
{
	char algorithm[PRIVKEY_TYPE_MAX];
	struct buf data;
	struct err err;

	tool_signin_request(&data, "rsa-sha2-256");
	ck_assert_int_eq(
		privkey_algorithm((unsigned char *)data.data, data.len, "ssh-rsa", algorithm, &err),
		0);
	ck_assert_str_eq(algorithm, "rsa-sha2-256");
	ck_assert_int_eq(privkey_algorithm((unsigned char *)data.data, data.len, "ssh-ed25519",
					   algorithm, &err),
			 -1);
	for (size_t cut = 0; cut < data.len - 8; cut++)
		ck_assert_int_eq(privkey_algorithm((unsigned char *)data.data, cut, "ssh-rsa",
						   algorithm, &err),
				 -1);
	buf_release(&data);
}
END_TEST

START_TEST(bcrypt_pbkdf_gives_known_bytes)
{
	static const unsigned char want[] = {
		0x5b, 0xbf, 0x0c, 0xc2, 0x93, 0x58, 0x7f, 0x1c, 0x36, 0x35, 0x55,
		0x5c, 0x27, 0x79, 0x65, 0x98, 0xd4, 0x7e, 0x57, 0x90, 0x71, 0xbf,
		0x42, 0x7e, 0x9d, 0x8f, 0xbe, 0x84, 0x2a, 0xba, 0x34, 0xd9,
	};
	static const unsigned char salt[] = { 's', 'a', 'l', 't' };
	unsigned char key[sizeof(want)];

	/* the vector that OpenBSD's own tests have for four rounds */
	ck_assert_int_eq(bcrypt_pbkdf("password", salt, 4, 4, key, sizeof(key)), 0);
	ck_assert_mem_eq(key, want, sizeof(want));
	ck_assert_int_eq(bcrypt_pbkdf("password", salt, 4, 0, key, sizeof(key)), -1);
	ck_assert_int_eq(bcrypt_pbkdf("", salt, 4, 1, key, sizeof(key)), -1);
}
END_TEST

UNIT_SUITE(keyfile)
{
	Suite *s = suite_create("keyfile");
	TCase *tc = tcase_create("keyfile");

	tcase_set_timeout(tc, 60);      /* making an RSA key may take its time */
	tcase_add_loop_test(tc, keys_of_ssh_keygen_sign, 0, ARRAY_LEN(keys));
	tcase_add_test(tc, a_damaged_file_is_told);
	tcase_add_loop_test(tc, what_is_no_key_is_refused, 0, ARRAY_LEN(bad));
	tcase_add_test(tc, another_cipher_is_named_as_not_supported);
	tcase_add_test(tc, the_public_half_shows_without_a_passphrase);
	tcase_add_test(tc, only_sign_in_requests_of_the_key_s_type_are_signed);
	tcase_add_test(tc, bcrypt_pbkdf_gives_known_bytes);
	suite_add_tcase(s, tc);
	return s;
}
