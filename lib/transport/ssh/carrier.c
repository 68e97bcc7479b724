/* carrier.c - one line of a bastion and what goes through it: the table of the session that drives
 * it, which is led up as every line is, and whose work is to open channels, one at a time, and to
 * carry bytes for all that are open. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "transport/ssh/ssh.h"
#include "transport/ssh/tunnel.h"
#include "transport/ssh/wire.h"

enum {
	MESSAGE_MAX = 4096,
	REST_OF_ONE_MS = 1000,
	/* What may be read in KEEP_ALIVE_S besides what is carried: the protocol's own messages. */
	AROUND_MAX = 4 << 20,
	QUEUE_MAX = TUNNEL_WINDOW + (64 << 10)  /* of a tunnel whose host reads nothing */
};

static struct carrier *carrier_of(const struct session *s)
{
	return s->task.ctx;
}

static void on_over(void *ctx, const struct err *err)
{
	struct carrier *c = ctx;
	struct session *s = c->session;

	bastion_lost(c->bastion, c, err);
	session_free(s);
}

struct carrier *carrier_new(struct bastion *b, struct transport *t, const struct endpoint *via)
{
	struct carrier *c = xcalloc(1, sizeof(*c));

	c->bastion = b;
	TAILQ_INIT(&c->tunnels);
	c->session = session_new(t, via);
	c->session->machine = &machine_carrier;
	session_carry(c->session, on_over, c);
	return c;
}

bool carrier_is_free(const struct carrier *c)
{
	return c->up && !c->condemned && !c->opening && c->count < bastion_channels(c->bastion);
}

bool carrier_is_stuck(const struct carrier *c, int64_t now_ms)
{
	return c->opening && c->opening_since_ms > 0 &&
	       now_ms - c->opening_since_ms >= bastion_patience_ms(c->bastion);
}

void carrier_wake(struct carrier *c)
{
	transport_wake(c->session);
}

void carrier_rest(struct carrier *c, bool resting)
{
	if (c->session->background != resting)
		session_background(c->session, resting);
}

void carrier_open(struct carrier *c, struct tunnel *tunnel)
{
	tunnel->carrier = c;
	tunnel->state = TUNNEL_OPENING;
	TAILQ_INSERT_TAIL(&c->tunnels, tunnel, link);
	c->count++;
	c->opening = tunnel;
	c->opening_since_ms = 0;
	carrier_wake(c);
}

static void end_tunnel(struct carrier *c, struct tunnel *tunnel, const struct err *why)
{
	TAILQ_REMOVE(&c->tunnels, tunnel, link);
	c->count--;
	if (c->opening == tunnel)
		c->opening = NULL;
	tunnel_end(tunnel, why);
}

/* Opening. */

/* RFC 4254, 7.2: where to, and where from, which nobody uses. */
static LIBSSH2_CHANNEL *open_channel(LIBSSH2_SESSION *ssh, const struct tunnel_for *wanted)
{
	static const char from[] = "127.0.0.1";
	LIBSSH2_CHANNEL *channel;
	struct buf message;

	buf_init(&message, MESSAGE_MAX);
	wire_add_string(&message, wanted->address, strlen(wanted->address));
	wire_add_u32(&message, (uint32_t)wanted->port);
	wire_add_string(&message, from, strlen(from));
	wire_add_u32(&message, 0);
	channel = libssh2_channel_open_ex(ssh, "direct-tcpip", strlen("direct-tcpip"),
					  TUNNEL_WINDOW, LIBSSH2_CHANNEL_PACKET_DEFAULT,
					  message.data, (unsigned)message.len);
	buf_release(&message);
	return channel;
}

/* The bastion said no. libssh2 tells its reason as a text alone (RFC 4254, 5.1). */
static void refused(const struct carrier *c, const struct tunnel_for *wanted, struct err *err)
{
	const char *name = c->session->endpoint->name;
	char *said = NULL;

	libssh2_session_last_error(c->session->ssh->line->ssh, &said, NULL, 0);
	if (said && strstr(said, "prohibited")) {
		err_set(err, FAULT_CHANNEL_REFUSED, "%s does not let us through to %s port %d",
			name, wanted->address, wanted->port);
		err_hint(err, "its sshd forbids it: AllowTcpForwarding, PermitOpen, or a "
			      "restriction of our key");
	} else if (said && strstr(said, "shortage")) {
		err_set(err, FAULT_THROTTLED, "%s has no room for one more connection", name);
		err_hint(err, "try again in 20 s, with fewer hosts behind that bastion at once "
			      "(--jobs), or raise the open files of its sshd (LimitNOFILE)");
	} else {
		c->opening->host_failed = true;
		err_set(err, FAULT_REFUSED, "%s gets no connection to %s port %d", name,
			wanted->address, wanted->port);
		err_hint(err, c->session->endpoint->itself ?
				      "SSH let us in, and no WinRM listens on that port of the "
				      "server's loopback: winrm enumerate winrm/config/listener "
				      "names its ports, ansible_port is the one of HTTPS" :
				      "seen from there the port is closed, no route leads to it, "
				      "or the name means nothing");
	}
}

static void opened(struct carrier *c, LIBSSH2_CHANNEL *channel)
{
	struct tunnel *tunnel = c->opening;
	struct err err;

	c->opening = NULL;
	if (!tunnel->owned) {                   /* nobody wants it any more */
		tunnel->channel = channel;
		tunnel->state = TUNNEL_CLOSING;
		tunnel->close_until_ms = c->session->now_ms + c->session->t->options.limits.channel;
	} else if (tunnel_connect(tunnel, channel, &err) != 0) {
		libssh2_channel_free(channel);
		end_tunnel(c, tunnel, &err);
	} else {
		libssh2_channel_handle_extended_data2(channel,
						      LIBSSH2_CHANNEL_EXTENDED_DATA_IGNORE);
		c->session->ssh->line->allowed += QUEUE_MAX;
		tunnel->wanted.wake(tunnel->wanted.ctx);
	}
}

/* The host gets its fault; what the others have goes on. */
static int carrier_late(struct session *s, struct err *err)
{
	struct carrier *c = carrier_of(s);
	struct err why;

	if (!c->up)
		return ssh_late(s, err);
	c->opening->host_failed = true;
	err_set(&why, FAULT_NO_ANSWER, "%s gets no answer from %s port %d", s->endpoint->name,
		c->opening->wanted.address, c->opening->wanted.port);
	end_tunnel(c, c->opening, &why);
	c->proven = c->condemned = true;
	s->deadline_ms = INT64_MAX;
	bastion_serve(c->bastion);
	return 1;
}

/* 0, or -1: the line is lost. */
static int go_on_opening(struct carrier *c, struct err *err)
{
	struct session *s = c->session;
	struct line *l = s->ssh->line;
	struct err why;
	LIBSSH2_CHANNEL *channel;
	int rc;

	if (c->opening_since_ms == 0) {
		c->opening_since_ms = s->now_ms;
		/* a line in its place would cost a person a code: then libssh2's minute counts */
		if (!s->endpoint->one_time_code)
			s->deadline_ms = s->now_ms + s->t->options.limits.connect;
	}
	channel = open_channel(l->ssh, &c->opening->wanted);
	rc = channel ? 0 : libssh2_session_last_errno(l->ssh);
	if (rc == LIBSSH2_ERROR_EAGAIN)
		return 0;
	if (rc == LIBSSH2_ERROR_TIMEOUT) {      /* it waits for a minute and no longer */
		carrier_late(s, err);
		return 0;
	}
	s->deadline_ms = INT64_MAX;
	if (rc != 0 && (rc != LIBSSH2_ERROR_CHANNEL_FAILURE || l->ended))
		return line_failed(l, rc, "opening a channel", err);
	c->proven = true;
	if (channel) {
		bastion_opened(c->bastion, s->now_ms - c->opening_since_ms);
		opened(c, channel);
	} else {
		refused(c, &c->opening->wanted, &why);
		end_tunnel(c, c->opening, &why);
	}
	bastion_serve(c->bastion);
	return 0;
}

/* Carrying. */

/* Reads the line once for all: what came lies in libssh2's queue then. Nothing is ever read of
 * the other stream, so this one takes nothing out of the queue. */
static int listen_once(struct carrier *c, struct err *err)
{
	struct tunnel *tunnel;
	ssize_t n;
	char byte;

	for (tunnel = TAILQ_FIRST(&c->tunnels); tunnel; tunnel = TAILQ_NEXT(tunnel, link)) {
		if (tunnel->state != TUNNEL_OPEN)
			continue;
		n = libssh2_channel_read_ex(tunnel->channel, SSH_EXTENDED_DATA_STDERR, &byte, 1);
		if (n < 0 && n != LIBSSH2_ERROR_EAGAIN)
			return line_failed(c->session->ssh->line, (int)n, "reading", err);
		return 0;
	}
	return 0;
}

/* 0 gone or not yet, -1: the line is lost. */
static int go_on_closing(struct carrier *c, struct tunnel *tunnel, struct err *err)
{
	struct session *s = c->session;
	int rc = libssh2_channel_free(tunnel->channel);

	if (rc == LIBSSH2_ERROR_EAGAIN && s->now_ms >= tunnel->close_until_ms && !c->condemned) {
		c->condemned = true;
		bastion_serve(c->bastion);
	}
	if (rc == LIBSSH2_ERROR_EAGAIN)
		return 0;
	if (rc != 0)
		return line_failed(s->ssh->line, rc, "closing a channel", err);
	end_tunnel(c, tunnel, NULL);
	bastion_serve(c->bastion);
	return 0;
}

/* One tunnel's round. Bytes carried, -1: the line is lost. */
static ssize_t attend(struct carrier *c, struct tunnel *tunnel, struct err *err)
{
	struct session *s = c->session;
	struct line *l = s->ssh->line;
	ssize_t n;

	if (tunnel->state == TUNNEL_CLOSING)
		return go_on_closing(c, tunnel, err);
	if (tunnel->state != TUNNEL_OPEN)
		return 0;
	n = tunnel_carry(tunnel, l);
	if (n < 0)
		return line_failed(l, (int)n, "carrying", err);
	/* what waits for a bastion that takes nothing more is of nobody when its host is gone */
	if (tunnel->up.len > 0 ? !tunnel->owned : tunnel->host_ended) {
		tunnel->state = TUNNEL_CLOSING;
		tunnel->close_until_ms = s->now_ms + s->t->options.limits.channel;
		tunnel_watch(tunnel, false);
		return go_on_closing(c, tunnel, err) == 0 ? n : -1;
	}
	return n;
}

static enum turn keep(struct carrier *c, int64_t carried)
{
	struct session *s = c->session;
	struct line *l = s->ssh->line;
	struct tunnel *tunnel;

	if (s->now_ms >= l->alive_ms) {
		line_keep_alive(l);
		/* what a line may cost, it may cost again: it lasts as long as its hosts */
		line_allow(l, AROUND_MAX + (uint64_t)c->count * QUEUE_MAX);
		s->cpu_us = 0;
		s->task.taken = 0;
	}
	s->wake_ms = l->alive_ms;
	if (c->count == 0 && bastion_is_of_one(c->bastion) && c->rest_until_ms < s->wake_ms)
		s->wake_ms = c->rest_until_ms;
	if (c->count == 0)
		return session_wait(s, UV_DISCONNECT);
	if (c->opening && !carrier_is_stuck(c, s->now_ms))
		s->wake_ms = c->opening_since_ms + bastion_patience_ms(c->bastion);
	for (tunnel = TAILQ_FIRST(&c->tunnels); tunnel && !c->condemned;
	     tunnel = TAILQ_NEXT(tunnel, link))
		if (tunnel->state == TUNNEL_CLOSING && tunnel->close_until_ms < s->wake_ms)
			s->wake_ms = tunnel->close_until_ms;
	if (carried > 0)
		return TURN_MORE;
	for (tunnel = TAILQ_FIRST(&c->tunnels); tunnel; tunnel = TAILQ_NEXT(tunnel, link))
		if (tunnel->state == TUNNEL_OPEN)
			tunnel_watch(tunnel, l->out.len <= TUNNEL_AHEAD_MAX);
	return line_wait(l);
}

static enum turn carry(struct session *s, struct err *err)
{
	struct carrier *c = carrier_of(s);
	struct line *l = s->ssh->line;
	struct tunnel *tunnel, *next;
	int64_t carried = 0;

	if (!c->up) {
		c->up = true;
		session_begin_task(s);
		line_allow(l, AROUND_MAX);
		l->memory.max = SSH_MEMORY_MAX + (size_t)bastion_channels(c->bastion) * QUEUE_MAX;
		l->alive_ms = s->now_ms + KEEP_ALIVE_S * 1000;
		bastion_serve(c->bastion);
	}
	if (c->count > 0)
		c->rest_until_ms = s->now_ms + REST_OF_ONE_MS;
	else if (bastion_is_of_one(c->bastion) && s->now_ms >= c->rest_until_ms)
		c->condemned = c->proven = true;
	if (c->count == 0 && line_peer_left(l)) {
		c->proven = true;       /* nobody asked for anything: it says nothing of the next */
		return err_set(err, FAULT_CONNECTION_LOST, "the server closed the connection");
	}
	if (c->opening && go_on_opening(c, err) != 0)
		return TURN_FAILED;
	if (listen_once(c, err) != 0)
		return TURN_FAILED;
	line_acknowledge(l);
	for (tunnel = TAILQ_FIRST(&c->tunnels); tunnel; tunnel = next) {
		ssize_t n;

		next = TAILQ_NEXT(tunnel, link);
		n = attend(c, tunnel, err);
		if (n < 0)
			return TURN_FAILED;
		carried += n;
	}
	s->task.taken += (uint64_t)carried;
	l->allowed += 2 * (uint64_t)carried;
	if (c->condemned && c->count == 0)
		return TURN_DONE;
	if (carrier_is_stuck(c, s->now_ms))
		bastion_serve(c->bastion);
	return keep(c, carried);
}

/* clang-format off */
static const struct state_row rows[AT_WORK] = {
	[STATE_IDLE]   = { "idle", ssh_idle, LIMIT_NONE, ERR_NONE },
	[STATE_READY]  = { "line", carry,    LIMIT_NONE, FAULT_NO_ANSWER },
	SSH_LEADING_ROWS,
};
/* clang-format on */
const struct machine machine_carrier = { .row = rows,
					 .close = ssh_close,
					 .flush = ssh_flush,
					 .late = carrier_late,
					 .release = ssh_release };
