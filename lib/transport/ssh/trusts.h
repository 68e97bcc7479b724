/* trusts.h - the known hosts that a command goes by: a list of files is read once, whoever names
 * it. */
#ifndef TRANSPORT_SSH_TRUSTS_H
#define TRANSPORT_SSH_TRUSTS_H

#include "base/err.h"

/* The known hosts of one list of files. */
struct trust {
	char *first;                    /* learnt keys go there */
	char *second;                   /* NULL none */
	struct knownhosts *known;
};

struct trusts;

struct trusts *trusts_new(void);
void trusts_free(struct trusts *t);

/* That of the file `named`; NULL: the user's and the system's. It lives as long as the trusts. NULL
 * and err when a file of it cannot be read, each time. */
struct trust *trusts_get(struct trusts *t, const char *named, struct err *err);
/* The same, read again where others have changed a file of it meanwhile: what was borrowed of its
 * known hosts before is gone then. */
struct trust *trusts_get_current(struct trusts *t, const char *named, struct err *err);

#endif
