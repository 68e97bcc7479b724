/* door.c - a listening Unix socket a host, in one folder of this process. Only this process itself
 * is let in: the folder's mode keeps other users out, and the peer's process id their programs that
 * run as the same user. */
#include "transport/winrm/door.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/insist.h"
#include "base/mem.h"
#include "transport/session.h"
#include "transport/ssh/bastion.h"

struct doors {
	char *folder;                   /* NULL: not made yet */
	unsigned count;                 /* names are numbers */
};

struct door {
	struct transport *t;
	struct door_to to;
	struct sockaddr_un path;
	int fd;                         /* -1: shut, since */
	struct err why_shut;
	uv_poll_t *poll;
	struct tunnel *tunnel;          /* of what came in last; NULL none */
};

struct doors *doors_new(void)
{
	return xcalloc(1, sizeof(struct doors));
}

void doors_free(struct doors *all)
{
	if (!all)
		return;
	if (all->folder)
		rmdir(all->folder);
	free(all->folder);
	free(all);
}

/* A folder whose paths fit a socket's: 107 bytes. mkdtemp(3) makes it with mode 0700. */
static int make_folder(struct doors *all, struct err *err)
{
	const char *where = getenv("TMPDIR");
	enum {
		ROOM = sizeof((struct sockaddr_un *)0)->sun_path -
		       sizeof("/marshal-XXXXXX/4294967295")
	};

	if (all->folder)
		return 0;
	if (!where || where[0] != '/' || strlen(where) > ROOM)
		where = "/tmp";
	all->folder = xasprintf("%s/marshal-XXXXXX", where);
	if (mkdtemp(all->folder))
		return 0;
	err_errno(err, FAULT_NO_ANSWER, errno, "no folder '%s'", all->folder);
	mem_auto_free(&all->folder);
	return -1;
}

static void wake_owner(void *ctx)
{
	struct door *d = ctx;

	d->to.wake(d->to.ctx);
}

static bool is_us(int fd)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 && peer.pid == getpid();
}

/* Nobody comes in any more, and who waits is turned away. */
static void shut(struct door *d)
{
	if (d->fd < 0)
		return;
	transport_close_handle(d->t, d->poll);
	close(d->fd);
	unlink(d->path.sun_path);
	d->fd = -1;
}

/* Who comes in would stand there until there is a descriptor, and the loop would ask all the
 * time. */
static void not_let_in(struct door *d, int why)
{
	if (why != EMFILE && why != ENFILE && why != ENOBUFS && why != ENOMEM)
		return;
	err_errno(&d->why_shut, FAULT_NO_ANSWER, why, "socket '%s'", d->path.sun_path);
	shut(d);
	wake_owner(d);
}

static void on_poll(uv_poll_t *handle, int status, int events)
{
	struct door *d = handle->data;
	int fd = accept4(d->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	(void)status;
	(void)events;
	if (fd < 0) {
		not_let_in(d, errno);
		return;
	}
	if (!is_us(fd)) {
		close(fd);
		return;
	}
	tunnel_drop(d->tunnel);         /* libcurl has given up the one before */
	d->tunnel = tunnel_new(d->t->bastions, d->to.via,
			       &(struct tunnel_for){ .address = d->to.address,
						     .port = d->to.port,
						     .fd = fd,
						     .wake = wake_owner,
						     .ctx = d });
	wake_owner(d);
}

static int listen_at(struct door *d, struct err *err)
{
	d->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (d->fd >= 0 && bind(d->fd, (struct sockaddr *)&d->path, sizeof(d->path)) == 0 &&
	    listen(d->fd, 4) == 0)
		return 0;
	err_errno(err, FAULT_NO_ANSWER, errno, "socket '%s'", d->path.sun_path);
	if (d->fd >= 0)
		close(d->fd);
	return -1;
}

struct door *door_open(struct transport *t, const struct door_to *to, struct err *err)
{
	struct doors *all = t->doors;
	struct door *d;
	int rc;

	if (make_folder(all, err) != 0)
		return NULL;
	d = xcalloc(1, sizeof(*d));
	d->t = t;
	d->to = *to;
	d->path.sun_family = AF_UNIX;
	snprintf(d->path.sun_path, sizeof(d->path.sun_path), "%s/%u", all->folder, all->count++);
	if (listen_at(d, err) != 0) {
		free(d);
		return NULL;
	}
	d->poll = xcalloc(1, sizeof(*d->poll));
	rc = uv_poll_init(t->loop, d->poll, d->fd);
	INSIST(rc == 0);
	d->poll->data = d;
	t->handles++;
	uv_poll_start(d->poll, UV_READABLE, on_poll);
	uv_unref((uv_handle_t *)d->poll);       /* who waits for its owner has other handles */
	return d;
}

const char *door_path(const struct door *d)
{
	return d->path.sun_path;
}

enum turn door_way(const struct door *d, struct err *err)
{
	int unused;

	if (d->fd < 0) {
		*err = d->why_shut;
		return TURN_FAILED;
	}
	return d->tunnel ? tunnel_ready(d->tunnel, &unused, err) : TURN_WAIT;
}

bool door_host_failed(const struct door *d)
{
	return d->tunnel && tunnel_host_failed(d->tunnel);
}

void door_close(struct door *d)
{
	if (!d)
		return;
	tunnel_drop(d->tunnel);
	shut(d);
	free(d);
}
