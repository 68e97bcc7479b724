/* line.c - the bytes of an SSH line. libssh2 sends and receives through callbacks here:
 * output is taken whole (gathered, and kept when the kernel is full), so libssh2 never holds
 * a half-sent packet that the next call would trip over; input has a budget a step
 * and a bound a task, whatever packets the peer sends. What is learnt on the way says later
 * why a line broke. */
#include "transport/ssh/line.h"

#include <ctype.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"
#include "transport/dial.h"

enum {
	READ_A_STEP = 128 << 10,        /* then the other hosts have their turn */
	TALK_MAX = 8 << 10,             /* before the identification */
	ASKED_A_STEP = 1000,            /* some ways out of libssh2 call until it is not EAGAIN */
	GATHER_MAX = 4 << 10,           /* small packets leave together at the end of a step */
	OUT_MAX = 8 << 20               /* never reached: an upload hands libssh2 1 MB at a time */
};

/* Looks for a line that begins with "SSH-". */
static void scan_hello(struct line *l, const char *data, size_t len)
{
	size_t room = sizeof(l->talk) - l->talk_len;

	memcpy(l->talk + l->talk_len, data, len < room ? len : room);
	l->talk_len += len < room ? len : room;
	l->talked += len;
	for (size_t i = 0; i < len && !l->identified; i++) {
		if (l->matched >= 0 && data[i] == "SSH-"[l->matched])
			l->identified = ++l->matched == 4;
		else
			l->matched = data[i] == '\n' ? 0 : -1;
	}
}

static ssize_t from_kernel(struct line *l, void *data, size_t len)
{
	ssize_t n;

	if (l->asked++ > ASKED_A_STEP)
		l->spun = true;
	if (l->spun)
		return -ECONNABORTED;
	if (l->dry || l->left == 0)
		return -EAGAIN;
	if (l->received >= l->allowed) {
		l->flooded = true;
		return -EMSGSIZE;
	}
	n = recv(l->fd, data, len, 0);
	if (n < 0 && errno == EINTR)
		return -EAGAIN;
	if (n < 0 && errno == EAGAIN) {
		l->dry = true;
		return -EAGAIN;
	}
	if (n <= 0) {
		l->ended = true;
		l->why = n < 0 ? errno : 0;
		return n < 0 ? -errno : 0;
	}
	l->dry = (size_t)n < len;       /* asking again would only hear EAGAIN */
	l->left -= (size_t)n < l->left ? (size_t)n : l->left;
	l->received += (size_t)n;
	return n;
}

static ssize_t on_recv(libssh2_socket_t fd, void *data, size_t len, int flags, void **abstract)
{
	struct line *l = *abstract;
	ssize_t n;

	(void)fd;
	(void)flags;
	if (l->closing || l->ended)
		return -ECONNRESET;
	if (l->hello_at == l->hello_len && l->identified)
		return from_kernel(l, data, len);
	if (l->hello_at == l->hello_len) {
		if (l->talked > TALK_MAX)
			return -EPROTO;
		n = from_kernel(l, l->hello, sizeof(l->hello));
		if (n <= 0)
			return n;
		l->hello_at = 0;
		l->hello_len = (size_t)n;
		scan_hello(l, l->hello, l->hello_len);
	}
	if (len > l->hello_len - l->hello_at)
		len = l->hello_len - l->hello_at;
	memcpy(data, l->hello + l->hello_at, len);
	l->hello_at += len;
	return (ssize_t)len;
}

/* Sends what was gathered, as far as the kernel takes it. A broken line shows when reading. */
static void send_gathered(struct line *l)
{
	while (l->out.len > 0) {
		ssize_t n = send(l->fd, l->out.data, l->out.len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return;
		buf_drop(&l->out, (size_t)n);
	}
	if (l->out.cap > GATHER_MAX) {          /* 500 waiting hosts keep no large ones */
		buf_release(&l->out);
		buf_init(&l->out, OUT_MAX);
	}
}

void line_acknowledge(struct line *l)
{
	int on = 1;

	if (l->acknowledged == l->received)
		return;
	l->acknowledged = l->received;
	/* holds until the kernel thinks otherwise; through a tunnel, no TCP, it means nothing */
	(void)setsockopt(l->fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof(on));
}

static ssize_t on_send(libssh2_socket_t fd, const void *data, size_t len, int flags,
		       void **abstract)
{
	struct line *l = *abstract;
	const char *p = data;
	size_t sent = 0;

	(void)fd;
	(void)flags;
	if (l->closing)
		return -EPIPE;
	if (l->out.len + len > GATHER_MAX) {
		ssize_t n;

		send_gathered(l);
		n = l->out.len == 0 ? send(l->fd, p, len, MSG_NOSIGNAL) : 0;
		sent = n > 0 ? (size_t)n : 0;
	}
	if (buf_add(&l->out, p + sent, len - sent) != 0)
		return -ENOBUFS;
	return (ssize_t)len;
}

static LIBSSH2_DISCONNECT_FUNC(on_disconnect)
{
	struct line *l = *abstract;

	(void)session;
	(void)language;
	(void)language_len;
	free(l->farewell);
	l->farewell = text_printable(message, message_len > 0 ? (size_t)message_len : 0, 120);
	l->farewell_code = reason;
}

void line_flush(struct line *l)
{
	send_gathered(l);
	if (l->out.len > 0)
		l->driver->watch[0].want |= UV_WRITABLE;
	l->dry = false;
	l->left = READ_A_STEP;
	l->asked = 0;
}

enum turn line_wait(struct line *l)
{
	return session_wait(l->driver, UV_READABLE);    /* flush adds writable */
}

bool line_peer_left(const struct line *l)
{
	struct pollfd peer = { .fd = l->fd, .events = POLLRDHUP };

	/* words may lie there unread: who waits for an end alone would be woken for ever */
	return poll(&peer, 1, 0) > 0;
}

void line_allow(struct line *l, uint64_t bytes)
{
	l->allowed = l->received + bytes;
	l->working = true;
}

/* For calls that last: firewalls forget silent connections, and the kernel notices a peer
 * that vanished. Not for all, it is five system calls. */
void line_keep_alive(struct line *l)
{
	int on = 1, idle = 30, interval = 10, count = 3, next = 0;
	unsigned unanswered_ms = 60000;

	if (!l->kept_alive) {
		setsockopt(l->fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
		setsockopt(l->fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
		setsockopt(l->fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof(interval));
		setsockopt(l->fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof(count));
		setsockopt(l->fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &unanswered_ms,
			   sizeof(unanswered_ms));
		l->kept_alive = true;
	}
	libssh2_keepalive_send(l->ssh, &next);
	l->alive_ms = l->driver->now_ms + (next > 0 ? next : 1) * 1000;
}

/* 1.11.1 deprecates the call that takes functions as data. */
typedef void any_function(void);
static void call_back(LIBSSH2_SESSION *ssh, int which, any_function *function)
{
#if LIBSSH2_VERSION_NUM >= 0x010b01
	libssh2_session_callback_set2(ssh, which, function);
#else
	libssh2_session_callback_set(ssh, which, (void *)function);
#endif
}

struct line *line_open(struct session *driver, int fd, struct err *err)
{
	struct line *l = xcalloc(1, sizeof(*l));

	l->driver = driver;
	l->fd = fd;
	l->memory.max = SSH_MEMORY_MAX;
	driver->cpu_us = 0;
	l->left = READ_A_STEP;
	l->allowed = SSH_BEFORE_WORK_MAX;
	buf_init(&l->out, OUT_MAX);
	l->ssh = libssh2_session_init_ex(line_alloc, line_unalloc, line_realloc, l);
	if (!l->ssh) {
		err_set(err, FAULT_CONNECTION_LOST, "libssh2 could not begin a session");
		line_close(l, false);
		return NULL;
	}
	libssh2_session_set_blocking(l->ssh, 0);
	call_back(l->ssh, LIBSSH2_CALLBACK_RECV, (any_function *)on_recv);
	call_back(l->ssh, LIBSSH2_CALLBACK_SEND, (any_function *)on_send);
	call_back(l->ssh, LIBSSH2_CALLBACK_DISCONNECT, (any_function *)on_disconnect);
	libssh2_keepalive_config(l->ssh, 0, KEEP_ALIVE_S);
	return l;
}

/* With callbacks that fail (`closing`), and no system call, libssh2 frees everything at once,
 * channels too; on a live but silent line it would ask to be called again for ever. */
void line_close(struct line *l, bool in_order)
{
	if (!l)
		return;
	if (in_order && l->ssh && libssh2_session_disconnect(l->ssh, "done") == 0)
		send_gathered(l);
	session_unwatch(l->driver, 0);
	l->closing = true;
	if (l->ssh)
		libssh2_session_free(l->ssh);
	line_memory_release(&l->memory);
	close(l->fd);
	buf_release(&l->out);
	free(l->farewell);
	free(l);
}

int line_quote_talk(struct line *l, struct err *err)
{
	/* sshd's words before its version (sshd.c, drop_connection); from OpenSSH 9.8 on they are
	 * the same for both reasons. */
	static const struct {
		const char *word, *why;
	} busy[] = {
		{ "Exceeded MaxStartups", "" },
		{ "Not allowed at this time",
		  " (PerSourcePenalties, for earlier failures from this address, or MaxStartups)" },
	};
	size_t len = l->talk_len;
	AUTO_FREE char *said = NULL;

	if (dial_lost(l->driver, err) != 0)
		return -1;
	while (len > 0 && isspace((unsigned char)l->talk[len - 1]))
		len--;
	said = text_printable(l->talk, len, 80);
	for (size_t i = 0; i < ARRAY_LEN(busy); i++)
		if (memmem(l->talk, l->talk_len, busy[i].word, strlen(busy[i].word)))
			return err_set(err, FAULT_THROTTLED,
				       "the server refuses connections for now: '%s'%s", said,
				       busy[i].why);
	if (l->talk_len == 0)
		return err_set(err, FAULT_THROTTLED,
			       "closed before a word: the server limits new connections "
			       "(MaxStartups), or a firewall ended it");
	return err_set(err, FAULT_NOT_SSH, "port %d is not SSH, it says '%s'",
		       l->driver->endpoint->port, said);
}

enum turn line_failed(struct line *l, int rc, const char *what, struct err *err)
{
	AUTO_FREE char *said = NULL;
	char *text = NULL;

	if (l->flooded && l->working)
		return err_set(err, FAULT_TOO_MUCH_OUTPUT,
			       "%s: the server sent more than %llu bytes", what,
			       (unsigned long long)l->allowed);
	if (l->flooded)
		return err_set(err, FAULT_WRONG_ANSWER, "%s: more than %d bytes before any work",
			       what, (int)SSH_BEFORE_WORK_MAX);
	if (l->memory.refused)
		return err_set(err, FAULT_TOO_MUCH_OUTPUT,
			       "%s: the server's messages are said to be larger than any are",
			       what);
	if (l->farewell)
		return err_set(err, FAULT_CONNECTION_LOST, "%s: the server disconnected: '%s'",
			       what, l->farewell);
	if (l->ended && dial_lost(l->driver, err) != 0)
		return TURN_FAILED;
	if (l->ended && l->why != 0)
		return err_errno(err, FAULT_CONNECTION_LOST, l->why, "%s", what);
	if (l->ended)
		return err_set(err, FAULT_CONNECTION_LOST, "%s: the server closed the connection",
			       what);
	libssh2_session_last_error(l->ssh, &text, NULL, 0);
	said = text_printable(text ? text : "", text ? strlen(text) : 0, 120);
	return err_set(err, FAULT_CONNECTION_LOST, "%s: %s (%d)", what, said, rc);
}
