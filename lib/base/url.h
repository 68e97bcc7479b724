/* url.h - an address of the Web that a file is fetched from, as an operator gives it. It is shown,
 * logged and stored, and handed to hosts as data: so nothing secret may stand in it, and nothing
 * that any program on its way could read in another way. */
#ifndef BASE_URL_H
#define BASE_URL_H

enum { URL_MAX = 300 };

/* What was expected in its place; NULL: it is good. Never quotes it: a bad one may hold a
 * password. */
const char *url_expected(const char *url);

#endif
