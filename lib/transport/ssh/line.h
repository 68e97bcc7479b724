/* line.h - one SSH connection: its descriptor, libssh2's session, the bytes in and out, what is
 * known when it breaks, and the memory libssh2 takes for it. One session of ours drives it: its
 * turns move the bytes, its limits are the line's. What goes on over it, channels, belongs to the
 * one who opened them and ends with it. */
#ifndef TRANSPORT_SSH_LINE_H
#define TRANSPORT_SSH_LINE_H

#include <libssh2.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "base/buf.h"
#include "base/err.h"
#include "transport/session.h"

LIST_HEAD(piece_list, piece);

/* What libssh2 allocated for a line. */
struct line_memory {
	struct piece_list pieces;
	size_t size, max;
	bool refused;                   /* it asked for more than a line may have */
};

enum { KEEP_ALIVE_S = 30 };
enum {
	SSH_BEFORE_WORK_MAX = 1 << 20,  /* handshake and sign-in need a few KB */
	SSH_PIECE_MAX = 1 << 20,        /* libssh2's largest are SFTP's packets, 256 KB */
	SSH_MEMORY_MAX = 16 << 20       /* an upload's piece, what waits to be read */
};

struct line {
	struct session *driver;
	int fd;
	struct line_memory memory;
	LIBSSH2_SESSION *ssh;           /* its abstract is the line */

	struct buf out;                 /* bytes the kernel did not take, or that wait for more */
	size_t left;                    /* bytes this step may still read */
	bool dry;                       /* the kernel has no more for this step */
	int asked;                      /* how often libssh2 asked for bytes in this step */
	bool spun;                      /* it would never have stopped: the line is given up */
	uint64_t received, allowed;     /* bytes read, and how many that may become */
	uint64_t acknowledged;          /* of those read, at once */
	bool working;                   /* more was allowed than what comes before any work */
	bool closing, ended, flooded;   /* by us, by the peer or the network, above `allowed` */
	int why;                        /* errno of its end; 0: the peer closed it */
	int64_t alive_ms;               /* when the next keep-alive is due */
	bool kept_alive;

	/* Before the identification. Its bytes pass through hello, so libssh2's reads of one
	 * byte each cost no system call and a peer that never stops talking is cut off. */
	char hello[512];
	size_t hello_len, hello_at, talked;
	int matched;                    /* characters of "SSH-" at a line's begin; -1 no more */
	bool identified;
	char talk[96];                  /* the first bytes, for messages */
	size_t talk_len;

	int farewell_code;              /* of the peer's disconnect message; 0 none */
	char *farewell;                 /* printable */
};

/* A line over a connected descriptor that its driver watches; takes it over. NULL and err. */
struct line *line_open(struct session *driver, int fd, struct err *err);
/* Closes and frees it, with a goodbye when nothing was going on. NULL is fine. */
void line_close(struct line *l, bool in_order);
/* At the end of each step: sends what gathered, says what the driver waits for besides. */
void line_flush(struct line *l);
/* For a line that lasts, when alive_ms has come; sets the next. */
void line_keep_alive(struct line *l);
/* What was read is acknowledged at once. A server sends a small packet, and the next when that was:
 * kernels wait 40 ms with it where they have nothing to say, and a host that answers through a
 * tunnel would be as slow as that each time. */
void line_acknowledge(struct line *l);
void line_allow(struct line *l, uint64_t bytes);        /* that many more may be read */
/* libssh2 said rc, not EAGAIN: the fault that explains it best. `what` was tried. */
enum turn line_failed(struct line *l, int rc, const char *what, struct err *err);
enum turn line_wait(struct line *l);                    /* for the peer, or room to send */
bool line_peer_left(const struct line *l);              /* while nothing was going on */
int line_quote_talk(struct line *l, struct err *err);   /* not-ssh or throttled */

/* line_memory.c: for libssh2_session_init_ex() with the line */
LIBSSH2_ALLOC_FUNC(line_alloc);
LIBSSH2_FREE_FUNC(line_unalloc);
LIBSSH2_REALLOC_FUNC(line_realloc);
void line_memory_release(struct line_memory *m);        /* after libssh2_session_free() */

#endif
