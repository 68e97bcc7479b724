/* ssh_line.c - the bytes of an SSH line. libssh2 sends and receives through callbacks here:
 * output is taken whole (gathered, and kept when the kernel is full), so libssh2 never holds
 * a half-sent packet that the next call would trip over; input has a budget a step
 * and a bound a task, whatever packets the peer sends. What is learnt on the way says later
 * why a line broke. */
#include "transport/ssh/ssh.h"

#include <ctype.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"

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
	struct line *l = ((struct session *)*abstract)->line;
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

static ssize_t on_send(libssh2_socket_t fd, const void *data, size_t len, int flags,
		       void **abstract)
{
	struct line *l = ((struct session *)*abstract)->line;
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
	struct line *l = ((struct session *)*abstract)->line;

	(void)session;
	(void)language;
	(void)language_len;
	free(l->farewell);
	l->farewell = text_printable(message, message_len > 0 ? (size_t)message_len : 0, 120);
	l->farewell_code = reason;
}

void line_flush(struct session *s)
{
	struct line *l = s->line;

	if (!l)
		return;
	send_gathered(l);
	if (l->out.len > 0)
		s->watch[0].want |= UV_WRITABLE;
	l->dry = false;
	l->left = READ_A_STEP;
	l->asked = 0;
}

enum turn line_wait(struct session *s)
{
	return session_wait(s, UV_READABLE);    /* flush adds writable */
}

void line_allow(struct session *s, uint64_t bytes)
{
	s->line->allowed = s->line->received + bytes;
}

/* For calls that last: firewalls forget silent connections, and the kernel notices a peer
 * that vanished. Not for all, it is five system calls. */
void line_keep_alive(struct session *s)
{
	struct line *l = s->line;
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
	l->alive_ms = s->now_ms + (next > 0 ? next : 1) * 1000;
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

int line_open(struct session *s, int fd, struct err *err)
{
	struct line *l = s->line = xcalloc(1, sizeof(*l));

	l->fd = fd;
	s->cpu_us = 0;
	l->left = READ_A_STEP;
	l->allowed = SSH_BEFORE_WORK_MAX;
	buf_init(&l->out, OUT_MAX);
	l->ssh = libssh2_session_init_ex(line_alloc, line_unalloc, line_realloc, s);
	if (!l->ssh)
		return err_set(err, FAULT_CONNECTION_LOST, "libssh2 could not begin a session");
	libssh2_session_set_blocking(l->ssh, 0);
	call_back(l->ssh, LIBSSH2_CALLBACK_RECV, (any_function *)on_recv);
	call_back(l->ssh, LIBSSH2_CALLBACK_SEND, (any_function *)on_send);
	call_back(l->ssh, LIBSSH2_CALLBACK_DISCONNECT, (any_function *)on_disconnect);
	libssh2_keepalive_config(l->ssh, 0, KEEP_ALIVE_S);
	return 0;
}

/* With callbacks that fail (`closing`), and no system call, libssh2 frees everything at once;
 * on a live but silent line it would ask to be called again for ever. */
void line_close(struct session *s, bool in_order)
{
	struct line *l = s->line;

	if (!l)
		return;
	if (in_order && l->ssh && libssh2_session_disconnect(l->ssh, "done") == 0)
		send_gathered(l);
	session_unwatch(s, 0);
	l->closing = true;
	if (l->file)
		libssh2_sftp_close_handle(l->file);
	if (l->sftp)
		libssh2_sftp_shutdown(l->sftp);
	if (l->ssh)
		libssh2_session_free(l->ssh);
	line_memory_release(&l->memory);
	close(l->fd);
	signing_drop(l->signing);
	buf_release(&l->out);
	free(l->host_key_types);
	free(l->farewell);
	free(l);
	s->line = NULL;
}

int line_quote_talk(struct session *s, struct err *err)
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
	struct line *l = s->line;
	size_t len = l->talk_len;
	AUTO_FREE char *said = NULL;

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
	return err_set(err, FAULT_NOT_SSH, "port %d is not SSH, it says '%s'", s->endpoint->port,
		       said);
}

enum turn line_failed(struct session *s, int rc, const char *what, struct err *err)
{
	struct line *l = s->line;
	AUTO_FREE char *said = NULL;
	char *text = NULL;

	if (l->flooded && s->task.until_ms > 0)
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
	if (l->ended && l->why != 0)
		return err_errno(err, FAULT_CONNECTION_LOST, l->why, "%s", what);
	if (l->ended)
		return err_set(err, FAULT_CONNECTION_LOST, "%s: the server closed the connection",
			       what);
	libssh2_session_last_error(l->ssh, &text, NULL, 0);
	said = text_printable(text ? text : "", text ? strlen(text) : 0, 120);
	return err_set(err, FAULT_CONNECTION_LOST, "%s: %s (%d)", what, said, rc);
}
