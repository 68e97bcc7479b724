/* http_inside.h - a line of HTTPS, for the files of it: http.c has libcurl on our loop, requests
 * and their answers, http_tls.c what a server shows of itself. Nobody else includes this. */
#ifndef TRANSPORT_WINRM_HTTP_INSIDE_H
#define TRANSPORT_WINRM_HTTP_INSIDE_H

#include <curl/curl.h>

#include "base/buf.h"
#include "transport/winrm/http.h"

enum { HTTP_BINDING_MAX = 128 };

struct http_line {
	struct http *http;
	struct http_to to;
	CURL *easy;
	CURLSH *own;                    /* the connection is in here, and not with those of all */
	struct curl_slist *headers, *with_token;
	char *request;
	size_t len, sent;               /* of it */
	bool busy, done, too_much;
	CURLcode rc;
	char error[CURL_ERROR_SIZE];
	bool connected;                 /* TLS has begun with who is there */
	bool judged;                    /* its connection, and these are of it: */
	char tls[100];
	struct http_certificate shown;
	char binding[HTTP_BINDING_MAX];
	size_t binding_len;
	struct buf body, offered, type, server;
};

/* http_tls.c */
/* What has to be true of the certificate, before the first request. */
void http_set_trust(struct http_line *l);
/* Its certificate is signed by nobody who is known. */
bool http_is_unsigned(const struct http_line *l);

#endif
