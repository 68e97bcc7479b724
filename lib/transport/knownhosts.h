/* knownhosts.h - OpenSSH's known_hosts: plain and hashed names, [host]:port, wildcards,
 * negation, @revoked and @cert-authority (the latter skipped). Each file is parsed once for all hosts. */
#ifndef TRANSPORT_KNOWNHOSTS_H
#define TRANSPORT_KNOWNHOSTS_H

#include <stddef.h>

#include "base/err.h"

struct knownhosts;

enum kh_result { KH_MATCH, KH_CHANGED, KH_UNKNOWN, KH_REVOKED };

struct knownhosts *knownhosts_new(void);
void knownhosts_free(struct knownhosts *kh);

/* Reads a file; a missing one is empty, a bad line is skipped with a warning in the log. */
int knownhosts_load(struct knownhosts *kh, const char *path, struct err *err);
/* Parses text as if it were in `path` (tests, fuzzing). */
void knownhosts_parse(struct knownhosts *kh, const char *path, const char *text, size_t len);

/* The types recorded for a host, as a libssh2 method list ("ssh-ed25519,ecdsa-sha2-nistp256"), in the order to
 * ask for; "" when the host is unknown. Yours: free() it. */
char *knownhosts_types(const struct knownhosts *kh, const char *host, int port);

/* Compares a raw key blob. For KH_CHANGED and KH_REVOKED *out_path and *out_line name
 * the first line that disagrees (borrowed). */
enum kh_result knownhosts_check(const struct knownhosts *kh, const char *host, int port,
				const unsigned char *key, size_t len,
				const char **out_path, int *out_line);

/* Appends to `path` (mode 0600 when made, hashed when the file's other names are) and to memory. */
int knownhosts_learn(struct knownhosts *kh, const char *path, const char *host, int port,
		     const unsigned char *key, size_t len, struct err *err);

/* "SHA256:..." as ssh-keygen -l prints it; yours: free() it. */
char *knownhosts_fingerprint(const unsigned char *key, size_t len);

#endif
