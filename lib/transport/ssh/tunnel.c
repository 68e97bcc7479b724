/* tunnel.c - the bytes of one channel, between libssh2 and our end of a pair of sockets. What does
 * not fit is kept here, a piece at most each way, and nothing more is taken from that side: so a
 * host that reads nothing fills its own window, and nobody else's. */
#include "transport/ssh/tunnel.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/insist.h"
#include "base/mem.h"

static void on_poll(uv_poll_t *handle, int status, int events)
{
	struct tunnel *tunnel = handle->data;

	(void)events;
	if (status < 0)
		tunnel->mask = 0;       /* libuv stopped watching by itself */
	tunnel->heard = true;
	carrier_wake(tunnel->carrier);
}

int tunnel_connect(struct tunnel *tunnel, LIBSSH2_CHANNEL *channel, struct err *err)
{
	struct transport *t = tunnel->carrier->session->t;
	int pair[2], rc;

	tunnel->channel = channel;
	if (tunnel->fd < 0) {
		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) != 0)
			return err_errno(err, FAULT_NO_ANSWER, errno, "socketpair");
		tunnel->fd = pair[0];
		tunnel->other = pair[1];
	}
	tunnel->poll = xcalloc(1, sizeof(*tunnel->poll));
	rc = uv_poll_init(t->loop, tunnel->poll, tunnel->fd);
	INSIST(rc == 0);
	tunnel->poll->data = tunnel;
	t->handles++;
	tunnel->state = TUNNEL_OPEN;
	return 0;
}

/* Bytes for the host. What its socket does not take waits. */
static void give_host(struct tunnel *tunnel, const char *data, size_t len)
{
	ssize_t n = send(tunnel->fd, data, len, MSG_NOSIGNAL);

	if (n < 0 && errno != EAGAIN && errno != EINTR) {
		tunnel->host_ended = true;
		return;
	}
	if (n < (ssize_t)len)
		buf_add(&tunnel->down, data + (n > 0 ? n : 0), len - (size_t)(n > 0 ? n : 0));
}

/* Sends what waits, as far as it goes. */
static void flush_down(struct tunnel *tunnel)
{
	ssize_t n = send(tunnel->fd, tunnel->down.data, tunnel->down.len, MSG_NOSIGNAL);

	if (n < 0 && errno != EAGAIN && errno != EINTR)
		tunnel->host_ended = true;
	else if (n > 0)
		buf_drop(&tunnel->down, (size_t)n);
	if (tunnel->down.len == 0 || tunnel->host_ended) {      /* many tunnels keep no buffers */
		buf_release(&tunnel->down);
		buf_init(&tunnel->down, SCRATCH_SIZE);
	}
}

/* From the bastion to the host. */
static ssize_t carry_down(struct tunnel *tunnel)
{
	char *scratch = tunnel->carrier->session->t->scratch;
	unsigned long queued = 0;
	ssize_t n;

	if (tunnel->down.len > 0)
		flush_down(tunnel);
	if (tunnel->down.len > 0 || tunnel->host_ended || tunnel->peer_ended)
		return 0;
	libssh2_channel_window_read_ex(tunnel->channel, &queued, NULL);
	if (queued == 0) {
		tunnel->peer_ended = libssh2_channel_eof(tunnel->channel);
		if (tunnel->peer_ended)
			shutdown(tunnel->fd, SHUT_WR);
		return 0;
	}
	n = libssh2_channel_read_ex(tunnel->channel, 0, scratch, SCRATCH_SIZE);
	if (n == LIBSSH2_ERROR_EAGAIN)
		return 0;
	if (n > 0)
		give_host(tunnel, scratch, (size_t)n);
	return n;
}

/* The host's bytes, as many as the bastion's window takes; or libssh2's error. */
static ssize_t give_bastion(struct tunnel *tunnel, const char *data, size_t len)
{
	size_t at = 0;

	while (at < len) {
		ssize_t n = libssh2_channel_write_ex(tunnel->channel, 0, data + at, len - at);

		if (n == LIBSSH2_ERROR_EAGAIN || n == 0)
			break;
		if (n < 0)
			return n;
		at += (size_t)n;
	}
	return (ssize_t)at;
}

static ssize_t flush_up(struct tunnel *tunnel)
{
	ssize_t n = give_bastion(tunnel, tunnel->up.data, tunnel->up.len);

	if (n > 0)
		buf_drop(&tunnel->up, (size_t)n);
	if (tunnel->up.len == 0) {
		buf_release(&tunnel->up);
		buf_init(&tunnel->up, SCRATCH_SIZE);
	}
	return n;
}

/* From the host to the bastion. */
static ssize_t carry_up(struct tunnel *tunnel, const struct line *l)
{
	char *scratch = tunnel->carrier->session->t->scratch;
	ssize_t came, n;

	if (tunnel->up.len > 0)
		return flush_up(tunnel);
	if (!tunnel->heard || tunnel->host_ended || l->out.len > TUNNEL_AHEAD_MAX)
		return 0;
	came = recv(tunnel->fd, scratch, SCRATCH_SIZE, 0);
	if (came == 0 || (came < 0 && errno != EAGAIN && errno != EINTR))
		tunnel->host_ended = true;
	tunnel->heard = came == SCRATCH_SIZE;   /* else the loop says when there is more */
	if (came <= 0)
		return 0;
	n = give_bastion(tunnel, scratch, (size_t)came);
	if (n >= 0 && n < came)
		buf_add(&tunnel->up, scratch + n, (size_t)(came - n));
	return n;
}

ssize_t tunnel_carry(struct tunnel *tunnel, struct line *l)
{
	ssize_t down = carry_down(tunnel);
	ssize_t up = down < 0 ? 0 : carry_up(tunnel, l);

	if (down < 0 || up < 0)
		return down < 0 ? down : up;
	return down + up;
}

void tunnel_watch(struct tunnel *tunnel, bool may_send)
{
	int want = tunnel->down.len > 0 ? UV_WRITABLE : 0;

	if (may_send && tunnel->up.len == 0 && !tunnel->host_ended)
		want |= UV_READABLE;
	if (tunnel->mask == want)
		return;
	if (want)
		uv_poll_start(tunnel->poll, want, on_poll);
	else
		uv_poll_stop(tunnel->poll);
	tunnel->mask = want;
}

void tunnel_end(struct tunnel *tunnel, const struct err *why)
{
	INSIST(tunnel->state != TUNNEL_OVER);
	if (tunnel->poll) {
		transport_close_handle(tunnel->carrier->session->t, tunnel->poll);
		tunnel->poll = NULL;
	}
	if (tunnel->fd >= 0)
		close(tunnel->fd);
	if (tunnel->other >= 0)
		close(tunnel->other);
	tunnel->fd = tunnel->other = -1;
	buf_release(&tunnel->down);
	buf_release(&tunnel->up);
	tunnel->carrier = NULL;
	tunnel->channel = NULL;
	tunnel->state = TUNNEL_OVER;
	tunnel->err.code = ERR_NONE;
	if (why)
		tunnel->err = *why;
	if (tunnel->owned)
		tunnel->wanted.wake(tunnel->wanted.ctx);
	else
		free(tunnel);
}
