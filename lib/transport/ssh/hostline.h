/* hostline.h - one line of known_hosts: markers, names, a key. Pure. */
#ifndef TRANSPORT_SSH_HOSTLINE_H
#define TRANSPORT_SSH_HOSTLINE_H

#include <openssl/evp.h>
#include <stdbool.h>
#include <stddef.h>

enum host_marker { HOST_PLAIN, HOST_REVOKED, HOST_AUTHORITY };
enum { HOST_HASH_LEN = 20, HOST_TYPE_MAX = 64 };

struct host_line {
	enum host_marker marker;
	bool hashed, patterned;         /* |1|salt|hash; has *, ? or ! in a name */
	char *names;                    /* separated by commas, lower case; NULL when hashed */
	unsigned char salt[HOST_HASH_LEN], hash[HOST_HASH_LEN];
	char type[HOST_TYPE_MAX];       /* as in the key */
	unsigned char *key;
	size_t key_len;
	const char *path;               /* borrowed */
	int number;                     /* from 1 */
	bool taken;                     /* hashed, and its host was found: it names no other */
};

/* 0 and *out filled (release it), 1 when the line is blank or a comment, -1 with a reason when
 * it is bad. `text` need not end in NUL. */
int host_line_parse(const char *text, size_t len, struct host_line *out, const char **out_why);
void host_line_release(struct host_line *l);

/* What hashing names needs, made once: a third of the cost of HMAC(3). NULL when it cannot be
 * made; EVP_MAC_CTX_free() it. */
EVP_MAC_CTX *host_line_hmac(void);
/* `name` in lower case, "host" or "[host]:port". */
bool host_line_matches(const struct host_line *l, const char *name, EVP_MAC_CTX *hmac);

/* The next name of the list and its length, from *at on; NULL at the end. */
const char *host_line_next(const char **at, size_t *out_len);

/* "|1|salt|hash" with a fresh salt; yours: free() it. NULL when there is no randomness. */
char *host_line_hash(const char *name);

#endif
