/* dial.c - from an address to a connected descriptor. Several addresses of a name share the
 * connect limit: each gets an equal part of what is left, so that a first one that drops
 * packets does not hide a second one that answers. */
#include "transport/dial.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "transport/ssh/bastion.h"

/* A name being looked up; outlives its session when that is closed meanwhile. */
struct lookup {
	uv_getaddrinfo_t request;
	struct transport *t;
	struct session *s;              /* NULL: nobody waits any more */
};

struct dial {
	struct lookup *lookup;          /* under way; NULL when not */
	int name_rc;                    /* libuv's answer */
	struct addrinfo *list;          /* of libuv or of getaddrinfo(3) */
	const struct addrinfo *next;    /* to be tried after the present one */
	int left;                       /* addresses not yet tried */
	int fd;                         /* connecting; -1 none */
	int64_t begun_ms, until_ms;     /* the present address */
	int why;                        /* errno of the last address that failed */
};

static void on_name(uv_getaddrinfo_t *request, int status, struct addrinfo *list)
{
	struct lookup *lookup = request->data;
	struct session *s = lookup->s;

	if (s) {
		s->dial->lookup = NULL;
		s->dial->name_rc = status;
		s->dial->list = list;
		transport_wake(s);
	} else {
		uv_freeaddrinfo(list);
	}
	transport_handle_gone(lookup->t);
	free(lookup);
}

static int begin_name(struct session *s, struct err *err)
{
	const struct endpoint *e = s->endpoint;
	struct addrinfo want = { .ai_socktype = SOCK_STREAM,
				 .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV };
	struct dial *d;
	char port[16];
	int rc;

	d = s->dial = xcalloc(1, sizeof(*d));
	d->fd = -1;
	snprintf(port, sizeof(port), "%d", e->port);
	if (getaddrinfo(e->address, port, &want, &d->list) == 0)
		return 0;       /* was numeric: no pool, no resolver */
	d->list = NULL;
	want.ai_flags = AI_NUMERICSERV | AI_ADDRCONFIG;
	d->lookup = xcalloc(1, sizeof(*d->lookup));
	*d->lookup = (struct lookup){ .t = s->t, .s = s };
	d->lookup->request.data = d->lookup;
	rc = uv_getaddrinfo(s->t->loop, &d->lookup->request, on_name, e->address, port, &want);
	if (rc == 0) {
		s->t->handles++;
		return 0;
	}
	free(d->lookup);        /* refused before it began: an over-long or malformed name */
	d->lookup = NULL;
	return err_set(err, FAULT_NAME_NOT_FOUND, "'%s': %s", e->address, uv_strerror(rc));
}

enum turn dial_name(struct session *s, struct err *err)
{
	struct dial *d = s->dial;

	if (!d) {
		if (begin_name(s, err) != 0)
			return TURN_FAILED;
		d = s->dial;
	}
	if (d->lookup)
		return session_wait(s, 0);
	if (d->name_rc != 0)
		return err_set(err, FAULT_NAME_NOT_FOUND, "'%s': %s", s->endpoint->address,
			       uv_strerror(d->name_rc));
	d->next = d->list;
	for (const struct addrinfo *a = d->list; a; a = a->ai_next)
		d->left++;
	session_found(s, "%d address%s", d->left, d->left == 1 ? "" : "es");
	return TURN_DONE;
}

static void drop_socket(struct session *s)
{
	struct dial *d = s->dial;

	if (d->fd < 0)
		return;
	session_unwatch(s, 0);
	close(d->fd);
	d->fd = -1;
}

/* Starts on the next address. 0: under way or connected; -1: failed at once, d->why says why. */
static int begin_connect(struct session *s)
{
	struct dial *d = s->dial;
	const struct addrinfo *a = d->next;
	int on = 1;

	d->next = a->ai_next;
	d->begun_ms = s->now_ms;
	d->until_ms = s->now_ms + (s->deadline_ms - s->now_ms) / d->left--;
	d->fd = socket(a->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (d->fd < 0) {
		d->why = errno;
		return -1;
	}
	setsockopt(d->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (connect(d->fd, a->ai_addr, a->ai_addrlen) != 0 && errno != EINPROGRESS) {
		d->why = errno;
		close(d->fd);
		d->fd = -1;
		return -1;
	}
	session_watch(s, 0, d->fd);
	return 0;
}

/* 1 connected, 0 not yet, -1 failed. */
static int look_at_socket(struct dial *d)
{
	struct sockaddr_storage peer;
	socklen_t len = sizeof(d->why), peer_len = sizeof(peer);
	int why = 0;

	if (getsockopt(d->fd, SOL_SOCKET, SO_ERROR, &why, &len) != 0)
		why = errno;
	if (why != 0) {
		d->why = why;
		return -1;
	}
	return getpeername(d->fd, (struct sockaddr *)&peer, &peer_len) == 0;
}

static void tell_peer(struct session *s)
{
	struct sockaddr_storage peer;
	socklen_t len = sizeof(peer);
	char address[INET6_ADDRSTRLEN];

	if (getpeername(s->dial->fd, (struct sockaddr *)&peer, &len) == 0 &&
	    getnameinfo((struct sockaddr *)&peer, len, address, sizeof(address), NULL, 0,
			NI_NUMERICHOST) == 0)
		session_found(s, "%s port %d", address, s->endpoint->port);
}

static enum turn all_failed(struct session *s, struct err *err)
{
	const struct endpoint *e = s->endpoint;
	int why = s->dial->why;

	return err_errno(err, why == ECONNREFUSED ? FAULT_REFUSED : FAULT_NO_ANSWER, why,
			 "%s port %d", e->address, e->port);
}

enum turn dial_connect(struct session *s, struct err *err)
{
	struct dial *d = s->dial;
	int rc = d->fd < 0 ? -1 : look_at_socket(d);

	if (rc == 0 && s->now_ms >= d->until_ms && d->left > 0) {
		d->why = ETIMEDOUT;
		rc = -1;
	}
	if (rc > 0) {
		tell_peer(s);
		s->rtt_ms = s->now_ms - d->begun_ms;
		return TURN_DONE;
	}
	if (rc < 0) {
		drop_socket(s);
		if (d->left == 0)
			return all_failed(s, err);
		begin_connect(s);
		return TURN_MORE;
	}
	s->wake_ms = d->until_ms;
	return session_wait(s, UV_WRITABLE);
}

enum turn dial_tunnel(struct session *s, struct err *err)
{
	const struct endpoint *e = s->endpoint;
	enum turn r;
	int fd;

	if (!s->tunnel)
		s->tunnel = tunnel_new(s->t->bastions, e->via,
				       &(struct tunnel_for){ .address = e->address,
							     .port = e->port,
							     .fd = -1,
							     .wake = transport_wake_session,
							     .ctx = s });
	r = tunnel_ready(s->tunnel, &fd, err);
	if (r == TURN_WAIT)
		return session_wait(s, 0);
	if (r != TURN_DONE)
		return r;
	s->dial = xcalloc(1, sizeof(*s->dial));
	s->dial->fd = fd;
	session_watch(s, 0, fd);
	session_found(s, "%s port %d by %s", e->address, e->port, e->via->name);
	return TURN_DONE;
}

static void forget(struct session *s)
{
	struct dial *d = s->dial;

	if (d->lookup) {
		d->lookup->s = NULL;
		uv_cancel((uv_req_t *)&d->lookup->request);     /* else its answer is dropped */
	}
	uv_freeaddrinfo(d->list);
	free(d);
	s->dial = NULL;
}

int dial_take(struct session *s)
{
	int fd = s->dial->fd;

	forget(s);
	return fd;
}

void dial_close(struct session *s)
{
	if (s->dial) {
		drop_socket(s);
		forget(s);
	}
	tunnel_drop(s->tunnel);
	s->tunnel = NULL;
}

bool dial_host_failed(const struct session *s)
{
	return !s->endpoint->via || (s->tunnel && tunnel_host_failed(s->tunnel));
}

int dial_lost(const struct session *s, struct err *err)
{
	return s->tunnel ? tunnel_lost(s->tunnel, err) : 0;
}
