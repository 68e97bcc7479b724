/* ports.c - ports of loopback: free ones to give away, and listeners for what goes wrong before
 * an SSH server speaks. */
#include "tests/fleet/ports.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "tests/fleet/fleet.h"

enum { MAX_PORTS = 32, FILLERS = 4 };

static struct sockaddr_in any_address(int port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
				     .sin_port = htons((uint16_t)port),
				     .sin_addr.s_addr =
					     htonl(port ? INADDR_ANY : INADDR_LOOPBACK) };
}

/* Every 127.x.y.z is ours, and nothing from outside this machine. */
static int bound(int port, struct err *err)
{
	struct sockaddr_in a = any_address(port);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int one = 1;

	if (fd < 0)
		return err_errno(err, ERR_SYSTEM, errno, "cannot make a socket");
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	(void)setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3);
	if (bind(fd, (struct sockaddr *)&a, sizeof(a)) != 0) {
		err_errno(err, ERR_SYSTEM, errno, "cannot take port %d", port);
		close(fd);
		return -1;
	}
	return fd;
}

int port_refused(int port, struct err *err)
{
	return bound(port, err);        /* taken, so that no other program listens there */
}

int port_open(int port, struct err *err)
{
	int fd = bound(port, err);

	if (fd >= 0 && listen(fd, 1024) != 0) {
		err_errno(err, ERR_SYSTEM, errno, "cannot listen on port %d", port);
		close(fd);
		return -1;
	}
	return fd;
}

int port_silent(int port, struct err *err)
{
	struct sockaddr_in a = any_address(port);
	int fd = bound(port, err);

	if (fd < 0)
		return -1;
	if (listen(fd, 0) != 0) {
		err_errno(err, ERR_SYSTEM, errno, "cannot listen on port %d", port);
		close(fd);
		return -1;
	}
	/* these stay open: the queue is full, the kernel drops everyone else's SYN */
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	for (int i = 0; i < FILLERS; i++) {
		int filler = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

		if (filler >= 0)
			(void)connect(filler, (struct sockaddr *)&a, sizeof(a));
	}
	return fd;
}

void port_say(int listener, const char *text)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

	if (fd < 0)
		return;
	(void)send(fd, text, strlen(text), MSG_NOSIGNAL);
	shutdown(fd, SHUT_WR);
	close(fd);
}

bool port_answers(int port)
{
	struct sockaddr_in a = any_address(port);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int rc;

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	rc = fd < 0 ? -1 : connect(fd, (struct sockaddr *)&a, sizeof(a));
	if (fd >= 0)
		close(fd);
	return rc == 0;
}

int cmd_free_ports(int argc, char **argv)
{
	int n = (int)strtol(argv[0], NULL, 10);
	int fd[MAX_PORTS];

	(void)argc;
	if (n < 1 || n > MAX_PORTS)
		return 2;
	/* all held until the last is found, so that no two are the same */
	for (int i = 0; i < n; i++) {
		struct sockaddr_in a = any_address(0);
		socklen_t len = sizeof(a);

		fd[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (fd[i] < 0 || bind(fd[i], (struct sockaddr *)&a, sizeof(a)) != 0 ||
		    getsockname(fd[i], (struct sockaddr *)&a, &len) != 0) {
			perror("simhost: no free port");
			return 1;
		}
		printf("%d\n", ntohs(a.sin_port));
	}
	return 0;
}
