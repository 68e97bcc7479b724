/* facts_clean.h - takes secrets out of what a server says of its proxies. The probe does so too,
 * but a server sends what it likes. */
#ifndef SCANNER_FACTS_FACTS_CLEAN_H
#define SCANNER_FACTS_FACTS_CLEAN_H

/* "host:port" of a proxy, or of each in "http=host:port;https=host:port", without the user and the
 * password before it and without what follows it. Yours: free() it. */
char *clean_proxy(const char *text);

/* The address of an automatic configuration without user, password, query and fragment. Yours. */
char *clean_address(const char *text);

#endif
