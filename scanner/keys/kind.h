/* kind.h - what servers prove themselves with, by SSH and by WinRM: collected, compared, approved
 * and revoked by the same commands, each with its own files. */
#ifndef SCANNER_KEYS_KIND_H
#define SCANNER_KEYS_KIND_H

#include <stdbool.h>

#include "transport/ssh/knownhosts.h"

/* Of a certificate, whatever takes a struct host_key has the 64 digits of its SHA-256. */
enum key_kind { KEY_OF_HOST, KEY_CERTIFICATE, KEY_KINDS };

/* "SHA256:..." as ssh-keygen -l prints it; of a certificate in hex. Yours. */
char *key_fingerprint(enum key_kind kind, const struct host_key *key);
/* Whether it is the one that somebody has written: digits in any letter case. */
bool key_print_is(const char *fingerprint, const char *written);
/* Which of the two it can be. */
enum key_kind key_kind_of_print(const char *fingerprint);
/* "2 host keys", "a certificate": of so many of each kind. Yours. */
char *key_counted(const int count[KEY_KINDS]);

#endif
