/* hostline.c - reads one line of known_hosts and tells whether it is about a host. Follows
 * sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT": any name of the list may match, a negated one
 * that matches takes the whole line out. */
#include "transport/ssh/hostline.h"

#include <openssl/core_names.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "base/mem.h"
#include "transport/ssh/wire.h"

enum { KEY_MAX = 16 * 1024, SALT_TEXT = 28 };

/* The next word of a line, blanks before it skipped; length 0 at the end. */
static const char *next_word(const char **at, const char *end, size_t *out_len)
{
	const char *word;

	while (*at < end && (**at == ' ' || **at == '\t'))
		(*at)++;
	word = *at;
	while (*at < end && **at != ' ' && **at != '\t')
		(*at)++;
	*out_len = (size_t)(*at - word);
	return word;
}

static bool word_is(const char *word, size_t len, const char *text)
{
	return len == strlen(text) && memcmp(word, text, len) == 0;
}

/* Exactly 20 bytes from their base64. */
static bool read_hash(const char *text, size_t len, unsigned char out[HOST_HASH_LEN])
{
	unsigned char bytes[WIRE_BYTES(SALT_TEXT)];
	size_t bytes_len;

	if (len != SALT_TEXT || !wire_base64(text, len, bytes, &bytes_len) ||
	    bytes_len != HOST_HASH_LEN)
		return false;
	memcpy(out, bytes, HOST_HASH_LEN);
	return true;
}

static bool read_names(struct host_line *l, const char *word, size_t len)
{
	if (word[0] == '|') {
		const char *salt = word + 3;
		const char *bar = len > 3 ? memchr(salt, '|', len - 3) : NULL;

		l->hashed = true;
		return bar && memcmp(word, "|1|", 3) == 0 &&
		       read_hash(salt, (size_t)(bar - salt), l->salt) &&
		       read_hash(bar + 1, (size_t)(word + len - bar - 1), l->hash);
	}
	l->names = xstrndup(word, len);
	for (char *p = l->names; *p; p++) {
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p - 'A' + 'a');
	}
	l->patterned = strpbrk(l->names, "*?!") != NULL;
	return strlen(l->names) == len;
}

static bool read_key(struct host_line *l, const char *type, size_t type_len, const char *word,
		     size_t len)
{
	if (len > KEY_MAX)
		return false;
	l->key = xmalloc(WIRE_BYTES(len));
	return wire_base64(word, len, l->key, &l->key_len) &&
	       wire_key_type(l->key, l->key_len, l->type, sizeof(l->type)) &&
	       word_is(type, type_len, l->type);
}

static bool read_marker(struct host_line *l, const char *word, size_t len)
{
	if (word_is(word, len, "@revoked"))
		l->marker = HOST_REVOKED;
	else if (word_is(word, len, "@cert-authority"))
		l->marker = HOST_AUTHORITY;
	return l->marker != HOST_PLAIN;
}

int host_line_parse(const char *text, size_t len, struct host_line *out, const char **out_why)
{
	const char *at = text, *end = text + len, *names, *type, *key;
	size_t names_len, type_len, key_len;
	struct host_line l = { .marker = HOST_PLAIN };

	while (end > at && (end[-1] == '\r' || end[-1] == ' ' || end[-1] == '\t'))
		end--;
	names = next_word(&at, end, &names_len);
	if (names_len == 0 || *names == '#')
		return 1;
	*out_why = "unknown marker";
	if (*names == '@') {
		if (!read_marker(&l, names, names_len))
			return -1;
		names = next_word(&at, end, &names_len);
	}
	type = next_word(&at, end, &type_len);
	key = next_word(&at, end, &key_len);
	*out_why = NULL;
	if (key_len == 0)
		*out_why = "names, type and key expected";
	else if (!read_names(&l, names, names_len))
		*out_why = "bad host name";
	else if (!read_key(&l, type, type_len, key, key_len))
		*out_why = "bad key, or one of another type than the line says";
	if (*out_why) {
		host_line_release(&l);
		return -1;
	}
	*out = l;
	return 0;
}

void host_line_release(struct host_line *l)
{
	free(l->names);
	free(l->key);
	l->names = NULL;
	l->key = NULL;
}

const char *host_line_next(const char **at, size_t *out_len)
{
	const char *name = *at;

	if (*name == '\0')
		return NULL;
	*out_len = strcspn(name, ",");
	*at = name + *out_len + (name[*out_len] == ',');
	return name;
}

/* `*` and `?` only: [ and ] belong to the port. Goes back to the last star alone, so
 * that a hostile pattern costs length times length at most. */
static bool glob(const char *pattern, size_t len, const char *name)
{
	const char *end = pattern + len, *star = NULL, *mark = NULL;

	while (*name) {
		if (pattern < end && *pattern == '*') {
			star = ++pattern;
			mark = name;
		} else if (pattern < end && (*pattern == '?' || *pattern == *name)) {
			pattern++;
			name++;
		} else if (star) {
			pattern = star;
			name = ++mark;
		} else {
			return false;
		}
	}
	while (pattern < end && *pattern == '*')
		pattern++;
	return pattern == end;
}

EVP_MAC_CTX *host_line_hmac(void)
{
	static const unsigned char any_key[HOST_HASH_LEN];
	char digest[] = "SHA1";
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
		OSSL_PARAM_construct_end(),
	};
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	EVP_MAC_CTX *hmac = mac ? EVP_MAC_CTX_new(mac) : NULL;

	EVP_MAC_free(mac);              /* hmac keeps it */
	if (hmac && EVP_MAC_init(hmac, any_key, sizeof(any_key), params) == 1)
		return hmac;
	EVP_MAC_CTX_free(hmac);
	return NULL;
}

static bool hash_name(EVP_MAC_CTX *hmac, const unsigned char salt[HOST_HASH_LEN], const char *name,
		      unsigned char out[EVP_MAX_MD_SIZE])
{
	size_t len;

	return hmac && EVP_MAC_init(hmac, salt, HOST_HASH_LEN, NULL) == 1 &&
	       EVP_MAC_update(hmac, (const unsigned char *)name, strlen(name)) == 1 &&
	       EVP_MAC_final(hmac, out, &len, EVP_MAX_MD_SIZE) == 1 && len == HOST_HASH_LEN;
}

bool host_line_matches(const struct host_line *l, const char *name, EVP_MAC_CTX *hmac)
{
	unsigned char hash[EVP_MAX_MD_SIZE];
	const char *at = l->names, *item;
	bool found = false;
	size_t len;

	if (l->hashed)
		return hash_name(hmac, l->salt, name, hash) &&
		       memcmp(hash, l->hash, HOST_HASH_LEN) == 0;
	while ((item = host_line_next(&at, &len)) != NULL) {
		if (len > 0 && *item == '!') {
			if (glob(item + 1, len - 1, name))
				return false;
		} else if (glob(item, len, name)) {
			found = true;
		}
	}
	return found;
}

char *host_line_hash(const char *name)
{
	unsigned char salt[HOST_HASH_LEN], hash[EVP_MAX_MD_SIZE];
	AUTO_FREE char *salt_text = NULL, *hash_text = NULL;
	EVP_MAC_CTX *hmac = host_line_hmac();
	bool made = RAND_bytes(salt, sizeof(salt)) == 1 && hash_name(hmac, salt, name, hash);

	EVP_MAC_CTX_free(hmac);
	if (!made)
		return NULL;
	salt_text = base64_encode(salt, sizeof(salt), NULL);
	hash_text = base64_encode(hash, HOST_HASH_LEN, NULL);
	return xasprintf("|1|%s|%s", salt_text, hash_text);
}
