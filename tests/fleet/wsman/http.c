/* http.c - see http.h. */
#include "tests/fleet/wsman/http.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "base/mem.h"

enum { HUGE_BYTES = 16 << 20, NOT_YET = 0, TOO_LARGE = 413 };
#define SOAP_TYPE "application/soap+xml;charset=UTF-8"

struct ws_http_call {
	struct ws_call call;            /* first: the two are one */
	struct ws_http *http;
	struct MHD_Connection *connection;
	struct buf body;
	char client[INET_ADDRSTRLEN];
	char *user;
	unsigned restarts;              /* of the host, when its headers were read */
	int refused;                    /* a status, before there is a body */
	char *token;                    /* of Negotiate, for the answer; or NULL */
	bool chunked, stranger, parked, cut;
	int status;                     /* of the answer, NOT_YET: none */
	const char *type;
	char *answer;
	uv_timer_t timer;
	uv_poll_t watch;
	int handles;
	struct ws_http_call *next;      /* parked too */
};

static struct ws_http_call *http_of(struct ws_call *call)
{
	return (struct ws_http_call *)call;
}

/* --- answers --------------------------------------------------------------------------------- */

static void unpark(struct ws_http_call *c)
{
	struct ws_http_call **place = &c->http->parked;

	if (!c->parked)
		return;
	while (*place != c)
		place = &(*place)->next;
	*place = c->next;
	c->parked = false;
	uv_timer_stop(&c->timer);
	uv_poll_stop(&c->watch);        /* before the library closes the descriptor */
	c->http->resumed = true;
	MHD_resume_connection(c->connection);
}

static void finish(struct ws_http_call *c, int status, const char *type, char *answer)
{
	c->status = status;
	c->type = type;
	c->answer = answer;
	unpark(c);
}

/* What the host's state wants to go wrong. True when the answer is there by that. */
static bool misbehaved(struct ws_http_call *c, char *answer)
{
	unsigned bits = c->call.misbehave;

	c->cut = bits & WS_CUT;
	if (bits & WS_HUGE) {
		char *huge = xmalloc(HUGE_BYTES + 1);

		memset(huge, ' ', HUGE_BYTES);
		memcpy(huge, answer, strlen(answer));
		huge[HUGE_BYTES] = '\0';
		finish(c, 200, SOAP_TYPE, huge);
	} else if (bits & WS_GARBAGE) {
		finish(c, 200, SOAP_TYPE, xstrdup("<s:Envelope><s:Body>\x01 no XML"));
	} else if (bits & WS_NO_SOAP) {
		finish(c, 500, "text/html", xstrdup("<html><h1>Internal Server Error</h1></html>"));
	} else if (bits & WS_UNAVAILABLE) {
		finish(c, 503, "text/html", xstrdup("<h2>Service Unavailable</h2>"));
	} else {
		return false;
	}
	free(answer);
	return true;
}

static const char *relates_to(const struct ws_call *call)
{
	if ((call->misbehave & WS_NO_RELATES) || !call->request.message_id ||
	    !*call->request.message_id)
		return NULL;
	return call->misbehave & WS_WRONG_RELATES ? "uuid:00000000-0000-4000-8000-000000000000" :
						    call->request.message_id;
}

void ws_call_done(struct ws_call *call, const char *body)
{
	char *answer = ws_reply(call->request.action, relates_to(call), body);

	if (!misbehaved(http_of(call), answer))
		finish(http_of(call), 200, SOAP_TYPE, answer);
}

void ws_call_refuse(struct ws_call *call, enum ws_fault fault, const char *message)
{
	struct ws_refusal refusal = { .fault = fault,
				      .relates_to = relates_to(call),
				      .machine = call->host->address,
				      .message = message,
				      .not_understood = call->request.not_understood };
	char *answer = ws_reply_fault(&refusal);

	if (!misbehaved(http_of(call), answer))
		finish(http_of(call), 500, SOAP_TYPE, answer);
}

void ws_call_cut(struct ws_call *call)
{
	finish(http_of(call), -1, NULL, NULL);
}

int64_t ws_call_room(const struct ws_call *call)
{
	int64_t server = call->settings.max_envelope_kb * 1024;
	int64_t client = call->request.envelope_bytes;

	return client > 0 && client < server ? client : server;
}

uv_loop_t *ws_call_loop(const struct ws_call *call)
{
	return ((const struct ws_http_call *)call)->http->loop;
}

const struct ws_program *ws_program_of(const struct ws_call *call)
{
	return &((const struct ws_http_call *)call)->http->program;
}

static void on_timeout(uv_timer_t *timer)
{
	struct ws_http_call *c = timer->data;

	ws_shells_forget(&c->call);
	ws_call_refuse(&c->call, WS_TIMED_OUT, NULL);
}

static void on_client_gone(uv_poll_t *watch, int status, int events)
{
	struct ws_http_call *c = watch->data;

	(void)status;
	(void)events;
	ws_shells_forget(&c->call);
	ws_call_cut(&c->call);
}

/* MS-WSMV 3.1.4.1.6: the server's own limit where the client says none, or more. */
static int64_t timeout_of(const struct ws_call *call)
{
	int64_t most = call->settings.max_timeout_ms, said = call->request.timeout_ms;

	return said == WS_TIMEOUT_NONE || said > most ? most : said;
}

void ws_call_park(struct ws_call *call)
{
	struct ws_http_call *c = http_of(call);
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(c->connection, MHD_CONNECTION_INFO_CONNECTION_FD);

	uv_timer_init(c->http->loop, &c->timer);
	uv_poll_init(c->http->loop, &c->watch, info->connect_fd);
	c->timer.data = c->watch.data = c;
	c->handles = 2;
	c->parked = true;
	c->next = c->http->parked;
	c->http->parked = c;
	MHD_suspend_connection(c->connection);
	uv_poll_start(&c->watch, UV_DISCONNECT, on_client_gone);
	if (!(call->misbehave & WS_SILENT))
		uv_timer_start(&c->timer, on_timeout, (uint64_t)timeout_of(call), 0);
}

/* --- requests -------------------------------------------------------------------------------- */

/* Whether somebody has signed in; else the status is there. Who is somebody and may not is told so
 * by the fault w:AccessDenied. */
static int check_user(struct ws_http_call *c)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(c->connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	enum ws_login_is is = ws_login_check(info->socket_context, c->connection, &c->http->users,
					     &c->user, &c->token);

	c->stranger = is == WS_LOGIN_STRANGER;
	c->call.user = c->user;
	return is == WS_LOGIN_GOOD || c->stranger ? NOT_YET : MHD_HTTP_UNAUTHORIZED;
}

/* Type and charset, whatever the case and the blanks (RFC 9110 8.3.1). */
static bool good_type(const char *type)
{
	static const char soap[] = "application/soap+xml";
	const char *charset;

	if (!type || strncasecmp(type, soap, strlen(soap)) != 0)
		return false;
	type += strlen(soap);
	type += strspn(type, " ");
	charset = strcasestr(type, "charset=");
	if (*type != ';' || !charset)
		return false;
	charset += strlen("charset=");
	charset += *charset == '"';
	return strncasecmp(charset, "utf-8", 5) == 0 && strchr("\" ;", charset[5]);
}

static const char *header_of(const struct ws_http_call *c, const char *name)
{
	return MHD_lookup_connection_value(c->connection, MHD_HEADER_KIND, name);
}

/* What the first line and the headers decide: a status, or NOT_YET. */
static int check_headers(struct ws_http_call *c, const char *url, const char *method)
{
	const char *length = header_of(c, "Content-Length");
	int64_t most = c->call.settings.max_envelope_kb * 1024;

	if (strcmp(url, "/wsman") != 0)
		return MHD_HTTP_NOT_FOUND;
	if (strcmp(method, "POST") != 0)
		return MHD_HTTP_METHOD_NOT_ALLOWED;
	c->chunked = header_of(c, "Transfer-Encoding") != NULL;
	if (length && strtoll(length, NULL, 10) > most)
		return TOO_LARGE;
	if (check_user(c) != NOT_YET)
		return MHD_HTTP_UNAUTHORIZED;
	return good_type(header_of(c, "Content-Type")) ? NOT_YET : MHD_HTTP_UNSUPPORTED_MEDIA_TYPE;
}

/* The address that the client came from, and that of the host it came to. */
static void addresses(struct ws_http_call *c, char *host)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(c->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct sockaddr_in a = { 0 };
	socklen_t len = sizeof(a);

	(void)getsockname(info->connect_fd, (struct sockaddr *)&a, &len);
	inet_ntop(AF_INET, &a.sin_addr, host, INET_ADDRSTRLEN);
	len = sizeof(a);
	(void)getpeername(info->connect_fd, (struct sockaddr *)&a, &len);
	inet_ntop(AF_INET, &a.sin_addr, c->client, sizeof(c->client));
}

/* NULL: such a host there is not, or it is away. */
static struct ws_http_call *call_new(struct ws_http *http, struct MHD_Connection *connection)
{
	struct ws_http_call *c = xcalloc(1, sizeof(*c));
	char address[INET_ADDRSTRLEN] = "";

	c->http = http;
	c->connection = connection;
	addresses(c, address);
	c->call.client = c->client;
	c->call.host = ws_host_find(&http->hosts, http->program.fleet, address);
	if (!c->call.host || ws_host_settings(c->call.host, &c->call.settings, NULL) != 0 ||
	    c->call.settings.away) {
		free(c);
		return NULL;
	}
	c->restarts = c->call.host->restarts;
	buf_init(&c->body, (size_t)c->call.settings.max_envelope_kb * 1024);
	return c;
}

static void process(struct ws_http_call *c)
{
	struct ws_call *call = &c->call;
	enum ws_fault fault;
	struct err err;

	if (c->restarts != call->host->restarts) {      /* it was under way to the one before */
		ws_call_cut(call);
		return;
	}
	if (c->chunked) {
		ws_call_refuse(call, WS_CHUNKED, NULL);
		return;
	}
	fault = ws_request_read(&call->request, buf_text(&c->body), c->body.len);
	if (c->stranger)
		fault = WS_ACCESS_DENIED;
	if (fault == WS_NONE && !ws_host_new_message(call->host, call->request.message_id))
		fault = WS_HEADER_INVALID;
	if (fault == WS_NONE &&
	    ws_host_misbehaves(call->host, call->request.action, &call->misbehave, &err) != 0) {
		ws_call_refuse(call, WS_INTERNAL, err.msg);
		return;
	}
	if (fault == WS_NONE && (call->misbehave & WS_DENIED))
		fault = WS_ACCESS_DENIED;
	if (fault == WS_NONE && (call->misbehave & WS_UNREACHED))
		fault = WS_DESTINATION;
	if (fault != WS_NONE)
		ws_call_refuse(call, fault, NULL);
	else if (call->misbehave & WS_DROP)
		ws_call_cut(call);
	else if (call->misbehave & WS_SILENT)
		ws_call_park(call);
	else
		ws_shells_handle(call);
}

/* --- what the library calls ------------------------------------------------------------------ */

/* The first half, then nothing more: the library closes the connection. */
static ssize_t half(void *ctx, uint64_t at, char *out, size_t max)
{
	const char *answer = ctx;
	size_t end = strlen(answer) / 2, n;

	if (at >= end)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	n = end - at < max ? end - at : max;
	memcpy(out, answer + at, n);
	return (ssize_t)n;
}

/* The ways to sign in with a 401, and Negotiate's token with any answer (RFC 4559 5). */
static void add_sign_in(const struct ws_http_call *c, struct MHD_Response *response)
{
	AUTO_FREE char *token = c->token ? xasprintf("Negotiate %s", c->token) : NULL;

	if (token)
		MHD_add_response_header(response, "WWW-Authenticate", token);
	if (c->status != MHD_HTTP_UNAUTHORIZED)
		return;
	if (!token && c->http->users.negotiate)
		MHD_add_response_header(response, "WWW-Authenticate", "Negotiate");
	MHD_add_response_header(response, "WWW-Authenticate", "Basic realm=\"WSMAN\"");
}

static enum MHD_Result send_answer(struct ws_http_call *c)
{
	struct MHD_Response *response;
	const char *answer = c->answer ? c->answer : "";
	enum MHD_Result rc;

	if (c->status < 0)
		return MHD_NO;
	if (c->cut)
		response = MHD_create_response_from_callback(strlen(answer), 1024, half, c->answer,
							     NULL);
	else
		response = MHD_create_response_from_buffer(strlen(answer), (void *)answer,
							   MHD_RESPMEM_MUST_COPY);
	if (c->type)
		MHD_add_response_header(response, "Content-Type", c->type);
	MHD_add_response_header(response, "Server", "Microsoft-HTTPAPI/2.0");
	add_sign_in(c, response);
	if (c->call.misbehave & WS_CLOSES)
		MHD_add_response_header(response, "Connection", "close");
	if (c->status == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(response, "Allow", "POST");
	rc = MHD_queue_response(c->connection, (unsigned)c->status, response);
	MHD_destroy_response(response);
	return rc;
}

static bool has_body(const struct ws_http_call *c)
{
	const char *length = header_of(c, "Content-Length");

	return c->chunked || (length && strtoll(length, NULL, 10) > 0);
}

enum MHD_Result ws_http_handle(void *http, struct MHD_Connection *connection, const char *url,
			       const char *method, const char *version, const char *upload,
			       size_t *upload_len, void **call)
{
	struct ws_http_call *c = *call;

	(void)version;
	if (!c) {
		*call = c = call_new(http, connection);
		if (!c)
			return MHD_NO;
		c->refused = check_headers(c, url, method);
		if (!c->refused || !c->http->hasty || !has_body(c))
			return MHD_YES; /* answered once the request has come to its end */
		c->status = c->refused;
		return send_answer(c);
	}
	if (*upload_len > 0) {
		if (!c->refused && buf_add(&c->body, upload, *upload_len) != 0)
			c->refused = TOO_LARGE;
		*upload_len = 0;
		return MHD_YES;
	}
	if (c->status == NOT_YET && c->refused)
		c->status = c->refused;
	else if (c->status == NOT_YET)
		process(c);
	return c->parked ? MHD_YES : send_answer(c);
}

static void call_free(struct ws_http_call *c)
{
	ws_request_release(&c->call.request);
	buf_release(&c->body);
	free(c->user);
	free(c->token);
	free(c->answer);
	free(c);
}

static void on_closed(uv_handle_t *handle)
{
	struct ws_http_call *c = handle->data;

	if (--c->handles == 0)
		call_free(c);
}

void ws_http_completed(void *http, struct MHD_Connection *connection, void **call,
		       enum MHD_RequestTerminationCode how)
{
	struct ws_http_call *c = *call;

	(void)http;
	(void)connection;
	(void)how;
	*call = NULL;
	if (!c)
		return;
	ws_shells_forget(&c->call);
	if (c->handles == 0) {
		call_free(c);
		return;
	}
	uv_close((uv_handle_t *)&c->timer, on_closed);
	uv_close((uv_handle_t *)&c->watch, on_closed);
}

void ws_http_connection(void *ctx, struct MHD_Connection *connection, void **login,
			enum MHD_ConnectionNotificationCode what)
{
	(void)ctx;
	(void)connection;
	if (what == MHD_CONNECTION_NOTIFY_STARTED)
		*login = ws_login_new();
	else
		ws_login_free(*login);
}

void ws_http_end(struct ws_http *http)
{
	for (struct ws_host *host = http->hosts; host; host = host->next)
		ws_shells_end(host);
	while (http->parked)
		ws_call_cut(&http->parked->call);
}
