/* http.c - libcurl on our loop. Its callbacks only keep what came and say that something did: a
 * session's own turn reads it, so nothing of a session ever runs inside libcurl. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/insist.h"
#include "base/mem.h"
#include "base/text.h"
#include "transport/winrm/http_inside.h"

enum {
	BODY_MAX = 1 << 20,             /* an envelope that we ask for is 150 KB */
	HEADER_MAX = 512,
	OFFERED_MAX = 16 * 1024         /* with a token of Negotiate */
};

struct http {
	uv_timer_t timer;               /* first: they are one allocation */
	struct transport *t;
	CURLM *multi;
};

/* A socket of libcurl's on the loop. */
struct watched {
	uv_poll_t poll;                 /* first: they are one allocation */
	struct http *http;
	curl_socket_t fd;
};

static void take_results(struct http *h)
{
	CURLMsg *said;
	int left;

	while ((said = curl_multi_info_read(h->multi, &left)) != NULL) {
		struct http_line *l;

		if (said->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(said->easy_handle, CURLINFO_PRIVATE, (char **)&l);
		l->rc = said->data.result;
		curl_multi_remove_handle(h->multi, l->easy);
		l->busy = false;
		l->done = true;
		l->to.wake(l->to.ctx);
	}
}

static void on_poll(uv_poll_t *handle, int status, int events)
{
	struct watched *w = handle->data;
	struct http *h = w->http;
	int running, flags = 0;

	if (status < 0)
		flags = CURL_CSELECT_ERR;
	if (events & UV_READABLE)
		flags |= CURL_CSELECT_IN;
	if (events & UV_WRITABLE)
		flags |= CURL_CSELECT_OUT;
	curl_multi_socket_action(h->multi, w->fd, flags, &running);
	take_results(h);
}

static void on_timer(uv_timer_t *timer)
{
	struct http *h = timer->data;
	int running;

	curl_multi_socket_action(h->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	take_results(h);
}

static int on_set_timer(CURLM *multi, long ms, void *ctx)
{
	struct http *h = ctx;

	(void)multi;
	if (ms < 0)
		uv_timer_stop(&h->timer);
	else    /* never from in here: libcurl is on the stack */
		uv_timer_start(&h->timer, on_timer, (uint64_t)ms, 0);
	return 0;
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *ctx, void *own)
{
	struct http *h = ctx;
	struct watched *w = own;
	int events = 0, rc;

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		if (w)
			transport_close_handle(h->t, w);
		curl_multi_assign(h->multi, fd, NULL);
		return 0;
	}
	if (!w) {
		w = xcalloc(1, sizeof(*w));
		w->http = h;
		w->fd = fd;
		rc = uv_poll_init_socket(h->t->loop, &w->poll, fd);
		INSIST(rc == 0);
		w->poll.data = w;
		h->t->handles++;
		curl_multi_assign(h->multi, fd, w);
	}
	if (what & CURL_POLL_IN)
		events |= UV_READABLE;
	if (what & CURL_POLL_OUT)
		events |= UV_WRITABLE;
	uv_poll_start(&w->poll, events, on_poll);
	return 0;
}

struct http *http_new(struct transport *t)
{
	struct http *h = xcalloc(1, sizeof(*h));

	/* its copies of passwords, and of headers with them, are wiped when it gives them back */
	curl_global_init_mem(CURL_GLOBAL_DEFAULT, malloc, free_wiped, realloc_wiped, strdup,
			     calloc);
	h->t = t;
	h->multi = curl_multi_init();
	INSIST(h->multi);
	curl_multi_setopt(h->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(h->multi, CURLMOPT_SOCKETDATA, h);
	curl_multi_setopt(h->multi, CURLMOPT_TIMERFUNCTION, on_set_timer);
	curl_multi_setopt(h->multi, CURLMOPT_TIMERDATA, h);
	uv_timer_init(t->loop, &h->timer);
	h->timer.data = h;
	t->handles++;
	return h;
}

void http_free(struct http *h)
{
	if (!h)
		return;
	curl_multi_cleanup(h->multi);
	transport_close_handle(h->t, h);
	curl_global_cleanup();
}

/* --- a line -------------------------------------------------------------------------------- */

/* The request, once: libcurl posts again by itself, over another connection, what got no answer
 * over one that was used before, and cannot where it cannot go back. The host may have taken it:
 * input of a program would be there twice. */
static size_t on_send(char *to, size_t one, size_t room, void *ctx)
{
	struct http_line *l = ctx;
	size_t len = l->len - l->sent;

	(void)one;
	len = len < room ? len : room;
	memcpy(to, l->request + l->sent, len);
	l->sent += len;
	return len;
}

static size_t on_body(char *data, size_t one, size_t len, void *ctx)
{
	struct http_line *l = ctx;

	(void)one;
	if (buf_add(&l->body, data, len) == 0)
		return len;
	l->too_much = true;
	return 0;
}

static void keep_header(struct buf *b, const char *value, size_t len)
{
	while (len > 0 && strchr("\r\n \t", value[len - 1]))
		len--;
	while (len > 0 && strchr(" \t", *value)) {
		value++;
		len--;
	}
	if (b->len > 0)
		buf_adds(b, ", ");
	buf_add(b, value, len);         /* what does not fit is left out */
}

static size_t on_header(char *line, size_t one, size_t len, void *ctx)
{
	struct http_line *l = ctx;
	const struct {
		const char *name;
		struct buf *to;
	} wanted[] = {
		{ "www-authenticate:", &l->offered },
		{ "content-type:", &l->type },
		{ "server:", &l->server },
	};

	(void)one;
	if (len > 5 && memcmp(line, "HTTP/", 5) == 0) {         /* of the answer after a 401 */
		buf_clear(&l->offered);
		buf_clear(&l->type);
		buf_clear(&l->body);
	}
	for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
		size_t n = strlen(wanted[i].name);
		AUTO_FREE char *name = len > n ? xstrndup(line, n) : NULL;

		if (name && text_casecmp(name, wanted[i].name) == 0)
			keep_header(wanted[i].to, line + n, len - n);
	}
	return len;
}

struct http_line *http_open(struct http *h, const struct http_to *to)
{
	struct http_line *l = xcalloc(1, sizeof(*l));

	l->http = h;
	l->to = *to;
	l->easy = curl_easy_init();
	l->own = curl_share_init();
	INSIST(l->easy && l->own);
	curl_share_setopt(l->own, CURLSHOPT_SHARE, CURL_LOCK_DATA_CONNECT);
	curl_easy_setopt(l->easy, CURLOPT_SHARE, l->own);
	buf_init(&l->body, BODY_MAX);
	buf_init(&l->offered, OFFERED_MAX);
	buf_init(&l->type, HEADER_MAX);
	buf_init(&l->server, HEADER_MAX);
	l->headers = curl_slist_append(NULL, "Content-Type: application/soap+xml;charset=UTF-8");
	l->headers = curl_slist_append(l->headers, "Expect:");
	curl_easy_setopt(l->easy, CURLOPT_PRIVATE, l);
	curl_easy_setopt(l->easy, CURLOPT_URL, to->url);
	curl_easy_setopt(l->easy, CURLOPT_PROTOCOLS_STR, "https");
	if (to->path)
		curl_easy_setopt(l->easy, CURLOPT_UNIX_SOCKET_PATH, to->path);
	/* the environment's proxy is no way to a host, nor is its .netrc a word for one */
	curl_easy_setopt(l->easy, CURLOPT_PROXY, "");
	curl_easy_setopt(l->easy, CURLOPT_NOSIGNAL, 1L);
	/* a thread that looks a name up is left alone, where all else would wait for it */
	curl_easy_setopt(l->easy, CURLOPT_QUICK_EXIT, 1L);
	curl_easy_setopt(l->easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(l->easy, CURLOPT_HTTPHEADER, l->headers);
	curl_easy_setopt(l->easy, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
	/* libcurl's own limit has connection and TLS in one: those of the session count */
	curl_easy_setopt(l->easy, CURLOPT_CONNECTTIMEOUT_MS, (long)INT_MAX);
	curl_easy_setopt(l->easy, CURLOPT_ERRORBUFFER, l->error);
	curl_easy_setopt(l->easy, CURLOPT_READFUNCTION, on_send);
	curl_easy_setopt(l->easy, CURLOPT_READDATA, l);
	curl_easy_setopt(l->easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(l->easy, CURLOPT_WRITEDATA, l);
	curl_easy_setopt(l->easy, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(l->easy, CURLOPT_HEADERDATA, l);
	http_set_trust(l);
	return l;
}

void http_close(struct http_line *l)
{
	if (!l)
		return;
	if (l->busy)
		curl_multi_remove_handle(l->http->multi, l->easy);
	curl_easy_cleanup(l->easy);
	curl_share_cleanup(l->own);
	curl_slist_free_all(l->headers);
	curl_slist_free_all(l->with_token);
	free(l->request);
	buf_release(&l->body);
	buf_release(&l->offered);
	buf_release(&l->type);
	buf_release(&l->server);
	free(l);
}

/* libcurl keeps copies, and wipes them when they are taken back. */
static void say_who(struct http_line *l, bool say)
{
	curl_easy_setopt(l->easy, CURLOPT_USERNAME, say ? l->to.user : NULL);
	curl_easy_setopt(l->easy, CURLOPT_PASSWORD, say ? l->to.password : NULL);
}

static void post(struct http_line *l, struct curl_slist *headers, bool bare)
{
	INSIST(!l->busy);
	l->done = l->too_much = false;
	l->error[0] = '\0';
	buf_clear(&l->body);
	buf_clear(&l->offered);
	buf_clear(&l->type);
	buf_clear(&l->server);
	curl_easy_setopt(l->easy, CURLOPT_HTTPHEADER, headers);
	say_who(l, !bare);
	l->sent = 0;
	l->len = bare ? 0 : strlen(l->request);
	curl_easy_setopt(l->easy, CURLOPT_POST, 1L);
	curl_easy_setopt(l->easy, CURLOPT_POSTFIELDSIZE, (long)l->len);
	l->busy = true;
	curl_multi_add_handle(l->http->multi, l->easy);
}

void http_post(struct http_line *l, char *text)
{
	INSIST(!l->busy);
	free(l->request);
	l->request = text;
	post(l, l->headers, false);
}

void http_post_bare(struct http_line *l)
{
	post(l, l->headers, true);
}

void http_post_again(struct http_line *l, const char *token, bool bare)
{
	AUTO_FREE char *header = xasprintf("Authorization: Negotiate %s", token);

	INSIST(!l->busy);
	curl_slist_free_all(l->with_token);
	l->with_token = NULL;
	for (const struct curl_slist *h = l->headers; h; h = h->next)
		l->with_token = curl_slist_append(l->with_token, h->data);
	l->with_token = curl_slist_append(l->with_token, header);
	post(l, l->with_token, bare);
}

static bool is_fresh(const struct http_line *l)
{
	long connects = 0;

	curl_easy_getinfo(l->easy, CURLINFO_NUM_CONNECTS, &connects);
	return connects > 0;
}

bool http_is_unheard(const struct http_line *l)
{
	return l->done && l->rc != CURLE_OK && l->judged && is_fresh(l);
}

bool http_has_address(const struct http_line *l)
{
	curl_off_t took_us = 0;

	curl_easy_getinfo(l->easy, CURLINFO_NAMELOOKUP_TIME_T, &took_us);
	return took_us > 0;
}

bool http_is_connected(const struct http_line *l)
{
	return l->connected;
}

bool http_is_busy(const struct http_line *l)
{
	return l->busy;
}

bool http_is_spent(const struct http_line *l)
{
	return l->busy || (l->done && l->rc != CURLE_OK);
}

/* libcurl's codes; what the certificate lacks it says in words. */
static enum turn no_answer(struct http_line *l, struct err *err)
{
	AUTO_FREE char *said = text_printable(l->error, strlen(l->error), 160);
	const char *why = *said ? said : curl_easy_strerror(l->rc);
	const char *besides = http_is_unsigned(l) ? l->shown.unfit : NULL;

	if (l->too_much)
		return err_set(err, FAULT_TOO_MUCH_OUTPUT, "an answer of more than %d bytes",
			       (int)BODY_MAX);
	switch (l->rc) {
	case CURLE_PEER_FAILED_VERIFICATION:
		err_set(err, FAULT_HOST_KEY_UNKNOWN, "the certificate is not trusted: %s%s%s%s%s",
			why, besides ? "; " : "", besides ? besides : "",
			*l->shown.hex ? "; it is SHA256:" : "", l->shown.hex);
		return err_hint(err,
				l->shown.unfit ?
					"have the server show one that is its own and valid, "
					"or approve this one (marshal keys scan, keys approve)" :
					"name the authority (marshal_winrm_ca), pin the "
					"certificate (marshal_winrm_cert), approve it (marshal "
					"keys scan, keys approve), or use --host-key "
					"accept-new once");
	case CURLE_SSL_CACERT_BADFILE:
		err_set(err, FAULT_HOST_KEY_UNKNOWN,
			"the authorities of marshal_winrm_ca cannot be read: %s", why);
		return err_hint(err, "see that the file is there, may be read, and holds "
				     "certificates as PEM");
	case CURLE_COULDNT_CONNECT:
		err_set(err, FAULT_REFUSED, "%s", why);
		return err_hint(err, "see that WinRM has an HTTPS listener there (winrm enumerate "
				     "winrm/config/listener), and that ansible_port is its port");
	case CURLE_COULDNT_RESOLVE_HOST:
		return err_set(err, FAULT_NAME_NOT_FOUND, "%s", why);
	case CURLE_SEND_FAIL_REWIND:    /* in libcurl's words: it may not be posted again */
		return err_set(err, FAULT_CONNECTION_LOST,
			       "the connection ended, without an answer");
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_SSL_CIPHER:
		return err_set(err, FAULT_NO_COMMON_ALGORITHM, "TLS: %s", why);
	default:        /* of libcurl's hundred */
		return err_set(err, FAULT_CONNECTION_LOST, "%s", why);
	}
}

enum turn http_answer(struct http_line *l, struct http_answer *out, struct err *err)
{
	long status = 0;

	if (!l->done)
		return TURN_WAIT;
	if (l->rc != CURLE_OK)
		return no_answer(l, err);
	curl_easy_getinfo(l->easy, CURLINFO_RESPONSE_CODE, &status);
	*out = (struct http_answer){
		.fresh = is_fresh(l),
		.status = (int)status,
		.content_type = buf_text(&l->type),
		.offered = buf_text(&l->offered),
		.server = buf_text(&l->server),
		.binding = l->binding,
		.binding_len = l->binding_len,
		.body = buf_text(&l->body),
		.len = l->body.len,
	};
	return TURN_DONE;
}
