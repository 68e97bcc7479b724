/* server.c - see server.h. libmicrohttpd has its own epoll, which our loop looks at. */
#include "tests/fleet/wsman/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "tests/fleet/wsman/http.h"

enum { QUEUE = 4096, CONNECTIONS = 8000, KEEP_ALIVE_S = 120 };

struct ws_server {
	struct ws_options options;
	struct ws_http http;
	struct MHD_Daemon *daemon;
	uv_loop_t *loop;
	uv_poll_t poll;
	uv_prepare_t prepare;
	uv_timer_t timer;
	int port;
};

/* All of 127.0.0.0/8, and nothing from outside this machine. */
static int listener(int port, int *out_port, struct err *err)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_port = htons((uint16_t)port),
				 .sin_addr.s_addr = htonl(INADDR_ANY) };
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), one = 1;

	if (fd < 0)
		return err_errno(err, ERR_SYSTEM, errno, "cannot make a socket");
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	/* where the kernel does not allow it, is_ours() still turns everyone else away */
	(void)setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3);
	if (bind(fd, (struct sockaddr *)&a, sizeof(a)) != 0 || listen(fd, QUEUE) != 0 ||
	    getsockname(fd, (struct sockaddr *)&a, &len) != 0) {
		err_errno(err, ERR_SYSTEM, errno, "cannot listen on port %d", port);
		close(fd);
		return -1;
	}
	*out_port = ntohs(a.sin_port);
	return fd;
}

static enum MHD_Result is_ours(void *ctx, const struct sockaddr *from, socklen_t len)
{
	const struct sockaddr_in *in = (const struct sockaddr_in *)(const void *)from;

	(void)ctx;
	return len >= sizeof(*in) && in->sin_family == AF_INET &&
			       ntohl(in->sin_addr.s_addr) >> 24 == 127 ?
		       MHD_YES :
		       MHD_NO;
}

static void on_ready(uv_poll_t *poll, int status, int events)
{
	(void)poll;
	(void)status;
	(void)events;
}

static void on_time(uv_timer_t *timer)
{
	(void)timer;
}

/* Each round of the loop: whatever woke it up, the library goes on. */
static void on_prepare(uv_prepare_t *prepare)
{
	struct ws_server *server = prepare->data;
	MHD_UNSIGNED_LONG_LONG ms;

	server->http.resumed = false;
	MHD_run(server->daemon);
	if (server->http.resumed)
		uv_timer_start(&server->timer, on_time, 0, 0);
	else if (MHD_get_timeout(server->daemon, &ms) == MHD_YES)
		uv_timer_start(&server->timer, on_time, ms, 0);
	else
		uv_timer_stop(&server->timer);
}

static int start_daemon(struct ws_server *server, struct err *err)
{
	const struct ws_options *o = &server->options;
	int fd = listener(o->port, &server->port, err);

	if (fd < 0)
		return -1;
	server->daemon = MHD_start_daemon(
		MHD_USE_TLS | MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, is_ours, NULL,
		ws_http_handle, &server->http, MHD_OPTION_LISTEN_SOCKET, fd,
		MHD_OPTION_HTTPS_MEM_CERT, o->certificate, MHD_OPTION_HTTPS_MEM_KEY, o->key,
		MHD_OPTION_HTTPS_PRIORITIES, o->priorities ? o->priorities : "NORMAL",
		MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT,
		(unsigned)KEEP_ALIVE_S, MHD_OPTION_NOTIFY_COMPLETED, ws_http_completed,
		&server->http, MHD_OPTION_NOTIFY_CONNECTION, ws_http_connection, NULL,
		MHD_OPTION_END);
	if (server->daemon)
		return 0;
	close(fd);
	return err_set(err, ERR_SYSTEM, "cannot serve HTTPS: certificate, key or priorities");
}

struct ws_server *ws_server_start(uv_loop_t *loop, const struct ws_options *options,
				  struct err *err)
{
	struct ws_server *server = xcalloc(1, sizeof(*server));
	const union MHD_DaemonInfo *epoll;

	server->options = *options;
	server->loop = loop;
	if (start_daemon(server, err) != 0) {
		free(server);
		return NULL;
	}
	server->http = (struct ws_http){ .loop = loop,
					 .hasty = options->hasty,
					 .users = { .lines = options->users,
						    .negotiate = options->negotiate,
						    .bound_to = options->bound_to },
					 .program = { .simhost = options->simhost,
						      .fleet = options->fleet,
						      .port = server->port } };
	epoll = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	uv_poll_init(loop, &server->poll, epoll->epoll_fd);
	uv_poll_start(&server->poll, UV_READABLE, on_ready);
	uv_timer_init(loop, &server->timer);
	uv_prepare_init(loop, &server->prepare);
	server->prepare.data = server;
	uv_prepare_start(&server->prepare, on_prepare);
	return server;
}

int ws_server_port(const struct ws_server *server)
{
	return server->port;
}

void ws_server_stop(struct ws_server *server)
{
	ws_http_end(&server->http);
	uv_close((uv_handle_t *)&server->poll, NULL);
	uv_close((uv_handle_t *)&server->prepare, NULL);
	uv_close((uv_handle_t *)&server->timer, NULL);
	MHD_stop_daemon(server->daemon);
}

void ws_server_free(struct ws_server *server)
{
	ws_hosts_free(server->http.hosts);
	free(server);
}
