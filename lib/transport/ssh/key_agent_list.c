/* key_agent_list.c - the one thing that is asked of the key agent before the loop runs: which keys
 * it holds. Blocks, within a limit. */
#include "transport/ssh/key_agent.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "transport/ssh/wire.h"

enum { ANSWER_MAX = 256 * 1024, KEYS_MAX = 1000, TYPE_REQUEST = 11, TYPE_ANSWER = 12 };

/* Waits until fd can be read or written; -1 when the time is over. */
static int wait_for(int fd, short events, int64_t deadline_ms, struct err *err)
{
	int64_t left = deadline_ms - clock_now_ms();
	struct pollfd p = { .fd = fd, .events = events };

	/* After a signal the caller tries, and comes back here with less time. */
	if (left > 0 && poll(&p, 1, (int)left) != 0)
		return 0;
	return err_set(err, FAULT_NO_USABLE_KEY, "key agent: no answer in time");
}

static int connect_to(const char *path, int64_t deadline_ms, struct err *err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	AUTO_CLOSE int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int result;

	if (strlen(path) >= sizeof(address.sun_path))
		return err_set(err, FAULT_NO_USABLE_KEY, "key agent: its path is too long");
	memcpy(address.sun_path, path, strlen(path) + 1);
	/* EAGAIN: its backlog is full, which is no agent of use either. */
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0)
		return err_errno(err, FAULT_NO_USABLE_KEY, errno, "key agent '%s'", path);
	if (wait_for(fd, POLLOUT, deadline_ms, err) != 0)
		return -1;
	result = fd;
	fd = -1;
	return result;
}

static int read_exactly(int fd, void *out, size_t len, int64_t deadline_ms, struct err *err)
{
	for (size_t got = 0; got < len;) {
		ssize_t n = read(fd, (char *)out + got, len - got);

		if (n > 0)
			got += (size_t)n;
		else if (n == 0)
			return err_set(err, FAULT_NO_USABLE_KEY,
				       "key agent: closed the connection");
		else if (errno != EAGAIN && errno != EINTR)
			return err_errno(err, FAULT_NO_USABLE_KEY, errno, "key agent");
		else if (wait_for(fd, POLLIN, deadline_ms, err) != 0)
			return -1;
	}
	return 0;
}

int key_agent_list_read(const unsigned char *answer, size_t len,
			void (*found)(void *ctx, const unsigned char *blob, size_t blob_len,
				      const unsigned char *comment, size_t comment_len),
			void *ctx, struct err *err)
{
	struct wire w = wire_of(answer, len);
	uint32_t count;

	if (wire_byte(&w) != TYPE_ANSWER)
		return err_set(err, FAULT_NO_USABLE_KEY, "key agent: does not name its keys");
	count = wire_u32(&w);
	for (uint32_t i = 0; i < count && i < KEYS_MAX; i++) {
		size_t blob_len, comment_len;
		const unsigned char *blob = wire_string(&w, &blob_len);
		const unsigned char *comment = wire_string(&w, &comment_len);

		if (w.bad)
			return err_set(err, FAULT_NO_USABLE_KEY, "key agent: broke the protocol");
		found(ctx, blob, blob_len, comment, comment_len);
	}
	return 0;
}

int key_agent_list(const char *path, int limit_ms,
		   void (*found)(void *ctx, const unsigned char *blob, size_t blob_len,
				 const unsigned char *comment, size_t comment_len),
		   void *ctx, struct err *err)
{
	static const unsigned char request[5] = { 0, 0, 0, 1, TYPE_REQUEST };
	int64_t deadline_ms = clock_now_ms() + limit_ms;
	AUTO_CLOSE int fd = connect_to(path, deadline_ms, err);
	AUTO_FREE unsigned char *answer = NULL;
	unsigned char head[4];
	struct wire w = wire_of(head, sizeof(head));
	uint32_t len;

	if (fd < 0)
		return -1;
	if (send(fd, request, sizeof(request), MSG_NOSIGNAL) != (ssize_t)sizeof(request))
		return err_errno(err, FAULT_NO_USABLE_KEY, errno, "key agent");
	if (read_exactly(fd, head, sizeof(head), deadline_ms, err) != 0)
		return -1;
	len = wire_u32(&w);
	if (len == 0 || len > ANSWER_MAX)
		return err_set(err, FAULT_NO_USABLE_KEY, "key agent: broke the protocol");
	answer = xmalloc(len);
	if (read_exactly(fd, answer, len, deadline_ms, err) != 0)
		return -1;
	return key_agent_list_read(answer, len, found, ctx, err);
}
