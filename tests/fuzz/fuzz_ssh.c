/* fuzz_ssh.c - any bytes as what a server says before anything is encrypted, libssh2 in between:
 * identification, key exchange, host key, disconnect. It ends with one printable line. The first
 * byte chooses whether an identification stands before the rest, and how much comes at once. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "transport/ssh/ssh.h"

enum { STEPS_MAX = 1000, BYTES_MAX = 60000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
const char *__lsan_default_suppressions(void);

/* libssh2 1.10 loses numbers of an exchange that fails: 376 bytes a connection, not ours to
 * free. */
const char *__lsan_default_suppressions(void)
{
	return "leak:libcrypto.so\n";
}

static void check_line(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 127)
			abort();
}

static void say(int fd, const void *data, size_t len)
{
	if (len > 0 && send(fd, data, len, MSG_NOSIGNAL) != (ssize_t)len)
		abort();
}

static void converse(struct session *s, int peer, const uint8_t *data, size_t size)
{
	size_t piece = data[0] & 2 ? 1 + (size_t)data[0] / 4 : size;
	enum turn r = TURN_MORE;
	struct err err = { .msg = "" };
	char drop[4096];

	if (data[0] & 1)
		say(peer, "SSH-2.0-fuzz\r\n", 14);
	for (size_t at = 1, i = 0; r >= TURN_MORE && i < STEPS_MAX; i++) {
		size_t len = size - at < piece ? size - at : piece;

		say(peer, data + at, len);
		at += len;
		if (at == size)
			shutdown(peer, SHUT_WR);
		r = session_step(s, 1, &err);
		while (recv(peer, drop, sizeof(drop), MSG_DONTWAIT) > 0)
			;
		if (s->state != AT_HANDSHAKE)
			break;
	}
	if (r == TURN_FAILED && (err.code == ERR_NONE || !*err.msg))
		abort();
	check_line(err.msg);
	check_line(s->peer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct transport *t;
	static const struct endpoint server = {
		.name = "web01", .kind = ENDPOINT_SSH, .address = "192.0.2.1", .port = 22
	};
	struct session *s;
	struct err err;
	int fd[2];

	if (size < 2 || size > BYTES_MAX)
		return 0;
	if (!t) {
		struct transport_options options;

		transport_defaults(&options);
		options.known_hosts = "/dev/null";
		options.group_exchange = true;
		t = transport_new(uv_default_loop(), &options);
	}
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fd) != 0)
		abort();
	s = session_new(t, &server);
	ssh_begin(s);
	if (ssh_open_line(s, fd[0], &err) != 0)
		abort();
	session_enter(s, AT_HANDSHAKE);
	converse(s, fd[1], data, size);
	session_free(s);
	uv_run(uv_default_loop(), UV_RUN_NOWAIT);
	uv_run(uv_default_loop(), UV_RUN_NOWAIT);
	close(fd[1]);
	return 0;
}
