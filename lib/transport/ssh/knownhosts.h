/* knownhosts.h - OpenSSH's known_hosts: plain and hashed names, [host]:port, wildcards,
 * negation, @revoked and @cert-authority (which is told and has no effect). Each file is parsed
 * once. */
#ifndef TRANSPORT_SSH_KNOWNHOSTS_H
#define TRANSPORT_SSH_KNOWNHOSTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* The types of host keys, in the order to ask for when nothing is known better, and libssh2's
 * methods for each.  row(type, methods, what is between them in a list) */
/* clang-format off */
#define HOST_KEY_TYPES(row) \
	row("ssh-ed25519",         "ssh-ed25519", ",") \
	row("ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256", ",") \
	row("ecdsa-sha2-nistp384", "ecdsa-sha2-nistp384", ",") \
	row("ecdsa-sha2-nistp521", "ecdsa-sha2-nistp521", ",") \
	row("ssh-rsa",             "rsa-sha2-512,rsa-sha2-256,ssh-rsa", "")
/* clang-format on */

struct knownhosts;

/* KH_OTHER_TYPE: recorded, but with keys of other types only. Where hashed names are, that is
 * known only now: if knownhosts_types() gives another list than was asked with, connect once
 * more with the new one; if it gives the same, this is as bad as KH_CHANGED. */
enum kh_result { KH_MATCH, KH_CHANGED, KH_UNKNOWN, KH_REVOKED, KH_OTHER_TYPE };

struct knownhosts *knownhosts_new(void);
void knownhosts_free(struct knownhosts *kh);

/* Reads a file; a missing one is empty, a bad line is skipped with a warning in the log. One
 * warning tells of its @cert-authority lines. */
int knownhosts_load(struct knownhosts *kh, const char *path, struct err *err);
/* Whether the files are still as they were read, or as knownhosts_learn() left them. */
bool knownhosts_is_current(const struct knownhosts *kh);
/* Parses text as if it were in `path` (tests, fuzzing). */
void knownhosts_parse(struct knownhosts *kh, const char *path, const char *text, size_t len);

/* A libssh2 method list ("ssh-ed25519,ecdsa-sha2-nistp256,..."), in the order to ask for: the
 * types recorded for the host, then all others, so that a server without the recorded key shows
 * which it has. "" when the host is unknown. Hashed names cost one HMAC a line and host to look
 * up: at 1,000 lines a third of what a whole host may cost. So they are not looked up here: the
 * types most frequent among hashed lines come first, which is right for files that one tool
 * wrote, and knownhosts_check() finds the line by its key. Yours: free() it. */
char *knownhosts_types(const struct knownhosts *kh, const char *host, int port);

/* A raw key blob, as the server showed it; borrowed. */
struct host_key {
	const unsigned char *data;
	size_t len;
};
/* Where a line stands, and its key; both borrowed from the known hosts. */
struct kh_place {
	const char *path;
	int line;
	struct host_key key;
};

/* Compares a key. *out is the line that has it (KH_MATCH, KH_REVOKED), for KH_CHANGED and
 * KH_OTHER_TYPE the first one that disagrees. */
enum kh_result knownhosts_check(struct knownhosts *kh, const char *host, int port,
				const struct host_key *key, struct kh_place *out);

/* Whether an @cert-authority line is about this host, which knownhosts_check() has found unknown;
 * *out is the first. */
bool knownhosts_authority(const struct knownhosts *kh, const char *host, int port,
			  struct kh_place *out);

/* Appends to `path` (mode 0600 when made, hashed when more of its names are than not) and to
 * memory. -1 and nothing is written where by now the file, by another process, has another key of
 * the host, or revokes this one. */
int knownhosts_learn(struct knownhosts *kh, const char *path, const char *host, int port,
		     const struct host_key *key, struct err *err);

/* An @revoked line for every name: of whoever shows this key. */
int knownhosts_revoke(struct knownhosts *kh, const char *path, const struct host_key *key,
		      struct err *err);

/* What known_hosts calls a host: "host" in lower case, "[host]:port" when that is not 22; yours. */
char *knownhosts_name(const char *host, int port);
/* "name type key" and LF; NULL when the name cannot stand there, or it is no key. Yours. */
char *knownhosts_line(const char *name, const struct host_key *key);

/* Every plain line about a host, of all hosts when that is NULL. */
void knownhosts_visit(struct knownhosts *kh, const char *host, int port,
		      void (*visit)(void *ctx, const struct kh_place *at), void *ctx);

/* "SHA256:..." as ssh-keygen -l prints it; yours: free() it. */
char *knownhosts_fingerprint(const struct host_key *key);

#endif
