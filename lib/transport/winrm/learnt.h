/* learnt.h - the certificates of WinRM hosts that no authority vouches for and that were learnt at
 * the first sight of them (--host-key accept-new), as host keys are: in a file beside known_hosts,
 * known_certificates, "HOST:PORT SHA256:HEX" a line. From then on the host has to show that one.
 * Whoever deletes the line has it learnt anew. */
#ifndef TRANSPORT_WINRM_LEARNT_H
#define TRANSPORT_WINRM_LEARNT_H

#include "base/err.h"

struct learnt;

struct learnt *learnt_new(void);
void learnt_free(struct learnt *all);   /* NULL is fine */

/* One that is known: the SHA-256 of the certificate, 64 hex digits, and where it stands,
 * "FILE line 3". */
struct learnt_pin { char hex[65]; char *place; };

/* Whose, and the file of known_hosts that it is beside; NULL: the user's. */
struct learnt_of { const char *known_hosts, *host; int port; };

/* The file is read once. *out: NULL: none. -1 and err: it cannot be read, or a line is none. */
int learnt_find(struct learnt *all, const struct learnt_of *of, const struct learnt_pin **out,
		struct err *err);
/* Adds a line, for this command too. */
int learnt_add(struct learnt *all, const struct learnt_of *of, const char *hex,
	       const struct learnt_pin **out, struct err *err);

#endif
