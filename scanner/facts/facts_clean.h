/* facts_clean.h - takes secrets out of what a server says of its proxies, and ids out of what it
 * says of itself. The probe does the first too, but a server sends what it likes. */
#ifndef SCANNER_FACTS_FACTS_CLEAN_H
#define SCANNER_FACTS_FACTS_CLEAN_H

#include <stdbool.h>

/* "host:port" of a proxy, or of each in "http=host:port;https=host:port", without the user and the
 * password before it and without what follows it. Yours: free() it. */
char *clean_proxy(const char *text);

/* The address of an automatic configuration without user, password, query and fragment. Yours. */
char *clean_address(const char *text);

/* What is kept of an id of a machine: enough of a hash of it, and of what kind it is, to know it
 * again. False: it is none, because it has not the shape of a UUID or a machine's SID, or because
 * it is all zeros or Fs, as boards without one say. */
enum { CLEAN_ID = 33 };
bool clean_id(const char *kind, const char *text, char out[CLEAN_ID]);

#endif
