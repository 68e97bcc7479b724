/* knowncerts.h - what is known of the certificates of WinRM hosts, a file beside known_hosts,
 * known_certificates. A line is one of
 *     HOST:PORT SHA256:HEX        it has to show that one, whoever signed it: learnt or approved
 *     HOST:PORT authority         an authority vouched for it once: so one always has to
 *     @revoked * SHA256:HEX       to be refused from whoever shows it
 * A host behind bastions is HOST:PORT@BASTION,...: two networks may use one address. What is
 * said of HOST:PORT alone counts for it where nothing is said of that name. The last line of a name
 * counts. */
#ifndef TRANSPORT_WINRM_KNOWNCERTS_H
#define TRANSPORT_WINRM_KNOWNCERTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

enum { CERT_HEX = 64 };                 /* digits of the SHA-256 of a certificate in DER */

struct knowncerts;                      /* those of one file */

struct known_cert {
	char hex[CERT_HEX + 1];         /* "": an authority vouches for it */
	char *name;                     /* NULL: revoked */
	const char *path;
	int line;
	struct known_cert *next;
};

/* "known_certificates" beside a file of known hosts; NULL: the user's. Yours. */
char *knowncerts_path(const char *known_hosts);
/* Missing is empty; a last line without LF that is none is skipped, with a warning. NULL and err:
 * it cannot be read, or a line is none. */
struct knowncerts *knowncerts_load(const char *path, struct err *err);
/* Text as if it were there (fuzzing). */
struct knowncerts *knowncerts_parse(const char *path, const char *text, size_t len,
				    struct err *err);
void knowncerts_free(struct knowncerts *k);             /* NULL is fine */

/* "host:5986@bastion,[gate]:2222"; `through`: its bastions, NULL none. Yours. */
char *knowncerts_name(const char *host, int port, const char *through);

/* Whether it can stand in a line: what would mean something else there, or break it, cannot. */
bool knowncerts_can_name(const char *name);

/* What is known of a name; NULL: nothing. Borrowed until the next call with an err. */
const struct known_cert *knowncerts_find(const struct knowncerts *k, const char *name);
/* The line that revokes it; NULL: none. */
const struct known_cert *knowncerts_revoked(const struct knowncerts *k, const char *hex);

/* Adds a line, unless the file meanwhile, by another process, says something of the name: no two
 * can learn different ones: 1 then. hex NULL: that an authority vouches for it. *out is what
 * counts, the new line or the other. */
int knowncerts_learn(struct knowncerts *k, const char *name, const char *hex,
		     const struct known_cert **out, struct err *err);

/* From now on that one counts, and no other line of the name: who has compared them says so, with
 * what was known of the name then, `before` (NULL: nothing, "": an authority's). ERR_USAGE and
 * nothing is written where the file says something else by now, or revokes it. Lines that go are
 * counted, and path.old keeps them; what is said of HOST:PORT alone stays. */
int knowncerts_put(struct knowncerts *k, const char *name, const char *hex, const char *before,
		   int *out_lines, struct err *err);
int knowncerts_revoke(struct knowncerts *k, const char *hex, struct err *err);
/* Every certificate that is one's, in no order. */
void knowncerts_visit(const struct knowncerts *k,
		      void (*visit)(void *ctx, const struct known_cert *c), void *ctx);
const char *knowncerts_file(const struct knowncerts *k);

/* Those that a command goes by. */
struct knowncerts_files;
struct knowncerts_files *knowncerts_files_new(void);
void knowncerts_files_free(struct knowncerts_files *files);
/* That beside a file of known hosts, as knowncerts_path(), as it is now: read again where it was
 * changed, and NULL until it can be read whole. Beside what is no regular file, /dev/null perhaps,
 * nothing is written. Lives as long as the files. */
struct knowncerts *knowncerts_beside(struct knowncerts_files *files, const char *known_hosts,
				     struct err *err);

#endif
