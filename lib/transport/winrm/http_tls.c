/* http_tls.c - what a server shows of itself, and that nothing is said to it before somebody looked
 * at that. */
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/encode.h"
#include "transport/winrm/http_inside.h"

/* RFC 5929 4.1: the certificate's hash by the function of its signature, and SHA-256 where that is
 * an old one. None where the signature names none. */
static void note_binding(struct http_line *l, X509 *certificate)
{
	static const char type[] = "tls-server-end-point:";
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned len = 0;
	int by = NID_undef;
	const EVP_MD *md;

	l->binding_len = 0;
	if (!X509_get_signature_info(certificate, &by, NULL, NULL, NULL))
		return;
	md = by == NID_md5 || by == NID_sha1 ? EVP_sha256() : EVP_get_digestbynid(by);
	if (!md || !X509_digest(certificate, md, digest, &len))
		return;
	memcpy(l->binding, type, sizeof(type) - 1);
	memcpy(l->binding + sizeof(type) - 1, digest, len);
	l->binding_len = sizeof(type) - 1 + len;
}

static int64_t time_of(const ASN1_TIME *at)
{
	struct tm parts;

	return at && ASN1_TIME_to_tm(at, &parts) == 1 ? (int64_t)timegm(&parts) * 1000 : 0;
}

/* A name may be an address, which older certificates have as a name. */
static bool is_named(X509 *certificate, const char *name)
{
	return X509_check_ip_asc(certificate, name, 0) == 1 ||
	       X509_check_host(certificate, name, 0, 0, NULL) == 1;
}

/* Of one that is signed by itself OpenSSL says no more than that, and libcurl looks at the name
 * only where OpenSSL says nothing. */
static const char *unfit(const struct http_line *l, X509 *certificate)
{
	int64_t now_ms = clock_utc_ms();

	if (now_ms < l->shown.from_utc_ms)
		return "it is not valid yet";
	if (now_ms > l->shown.until_utc_ms)
		return "it has expired";
	return is_named(certificate, l->to.name) ? NULL : "it is another host's";
}

static void note_certificate(struct http_line *l, X509 *certificate)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	l->shown = (struct http_certificate){ .hex = "" };
	if (!X509_digest(certificate, EVP_sha256(), digest, &len))
		return;
	hex_encode(digest, len, l->shown.hex);
	l->shown.from_utc_ms = time_of(X509_get0_notBefore(certificate));
	l->shown.until_utc_ms = time_of(X509_get0_notAfter(certificate));
	l->shown.unfit = unfit(l, certificate);
}

/* Around OpenSSL's own: of one that is not believed we are told nothing else. */
static int on_verify(X509_STORE_CTX *store, void *ctx)
{
	X509 *certificate = X509_STORE_CTX_get0_cert(store);

	if (certificate)
		note_certificate(ctx, certificate);
	return X509_verify_cert(store);
}

static CURLcode on_tls(CURL *easy, void *tls, void *ctx)
{
	struct http_line *l = ctx;

	(void)easy;
	l->judged = false;
	l->connected = true;
	l->to.wake(l->to.ctx);
	SSL_CTX_set_cert_verify_callback(tls, on_verify, l);
	return CURLE_OK;
}

/* Before a request, and with it the password, goes out: whether the certificate is the one. Of a
 * connection that was told so it stays true. */
static int on_before_request(void *ctx, char *peer, char *own, int peer_port, int own_port)
{
	struct http_line *l = ctx;
	const struct curl_tlssessioninfo *tls = NULL;
	X509 *certificate;
	bool good;

	(void)peer;
	(void)own;
	(void)peer_port;
	(void)own_port;
	if (l->judged)
		return CURL_PREREQFUNC_OK;
	if (curl_easy_getinfo(l->easy, CURLINFO_TLS_SSL_PTR, &tls) != CURLE_OK || !tls ||
	    tls->backend != CURLSSLBACKEND_OPENSSL)
		return CURL_PREREQFUNC_ABORT;
	certificate = SSL_get1_peer_certificate(tls->internals);
	snprintf(l->tls, sizeof(l->tls), "%s, %s", SSL_get_version(tls->internals),
		 SSL_get_cipher_name(tls->internals));
	if (certificate)
		note_certificate(l, certificate);
	good = certificate && l->shown.hex[0] && l->to.judge(l->to.ctx, &l->shown) == 0;
	if (good && !l->to.user)
		note_binding(l, certificate);
	X509_free(certificate);
	l->judged = good;
	return good ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

void http_set_trust(struct http_line *l)
{
	curl_easy_setopt(l->easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (l->to.ca_file) {
		curl_easy_setopt(l->easy, CURLOPT_CAINFO, l->to.ca_file);
		curl_easy_setopt(l->easy, CURLOPT_CAPATH, NULL);        /* in their place */
	}
	curl_easy_setopt(l->easy, CURLOPT_PREREQFUNCTION, on_before_request);
	curl_easy_setopt(l->easy, CURLOPT_PREREQDATA, l);
	curl_easy_setopt(l->easy, CURLOPT_SSL_CTX_FUNCTION, on_tls);
	curl_easy_setopt(l->easy, CURLOPT_SSL_CTX_DATA, l);
	if (l->to.verify)
		return;
	curl_easy_setopt(l->easy, CURLOPT_SSL_VERIFYPEER, 0L);
	curl_easy_setopt(l->easy, CURLOPT_SSL_VERIFYHOST, 0L);
}

bool http_is_unsigned(const struct http_line *l)
{
	long why = X509_V_OK;

	curl_easy_getinfo(l->easy, CURLINFO_SSL_VERIFYRESULT, &why);
	return why == X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT ||
	       why == X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN ||
	       why == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY ||
	       why == X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE;
}

bool http_nobody_vouches(const struct http_line *l)
{
	return l && l->done && l->rc == CURLE_PEER_FAILED_VERIFICATION && http_is_unsigned(l) &&
	       !l->shown.unfit;
}

const struct http_certificate *http_certificate(const struct http_line *l)
{
	return &l->shown;
}

const char *http_tls(const struct http_line *l)
{
	return l->tls;
}
