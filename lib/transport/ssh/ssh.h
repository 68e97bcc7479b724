/* ssh.h - the parts of the SSH table: the line (ssh_line.c: bytes in and out, what is known
 * when it breaks; ssh_memory.c: libssh2's memory), the way to a signed-in session (ssh.c), the work
 * over it (ssh_work.c). */
#ifndef TRANSPORT_SSH_SSH_H
#define TRANSPORT_SSH_SSH_H

#include "transport/session.h"

LIST_HEAD(piece_list, piece);

/* What libssh2 allocated for a line. */
struct line_memory {
	struct piece_list pieces;
	size_t size;
	bool refused;                   /* it asked for more than a line may have */
};

enum {
	AT_NAME = STATE_FIRST, AT_CONNECT, AT_HANDSHAKE,
	AT_HOST_KEY, AT_GATE, AT_SIGN_IN, AT_REJECTED,
	AT_CHANNEL, AT_EXEC, AT_SEND, AT_RUN, AT_EXIT,
	AT_SFTP, AT_OPEN, AT_WRITE, AT_CLOSE, SSH_STATES
};

enum { KEEP_ALIVE_S = 30 };
enum {
	SSH_BEFORE_WORK_MAX = 1 << 20,  /* handshake and sign-in need a few KB */
	SSH_PIECE_MAX = 1 << 20,        /* libssh2's largest are SFTP's packets, 256 KB */
	SSH_MEMORY_MAX = 16 << 20       /* an upload's piece, what waits to be read */
};

/* A connected line and libssh2's objects on it. */
struct line {
	int fd;
	struct line_memory memory;
	LIBSSH2_SESSION *ssh;
	LIBSSH2_CHANNEL *channel;
	LIBSSH2_SFTP *sftp;
	LIBSSH2_SFTP_HANDLE *file;
	struct trust *trust;            /* the transport's */
	char *host_key_types;           /* what we ask for */

	struct buf out;                 /* bytes the kernel did not take, or that wait for more */
	size_t left;                    /* bytes this step may still read */
	bool dry;                       /* the kernel has no more for this step */
	int asked;                      /* how often libssh2 asked for bytes in this step */
	bool spun;                      /* it would never have stopped: the line is given up */
	uint64_t received, allowed;     /* bytes read, and how many that may become */
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
	struct signing *signing;
	struct err sign_err;            /* code ERR_NONE: the signature did not fail */
	bool sign_waits;
};

/* ssh_line.c */
int line_open(struct session *s, int fd, struct err *err);      /* fd is watched already */
void line_close(struct session *s, bool in_order);
void line_flush(struct session *s);
void line_keep_alive(struct session *s);
void line_allow(struct session *s, uint64_t bytes);     /* that many more may be read */
/* libssh2 said rc, not EAGAIN: the fault that explains it best. `what` was tried. */
enum turn line_failed(struct session *s, int rc, const char *what, struct err *err);
enum turn line_wait(struct session *s);
int line_quote_talk(struct session *s, struct err *err);        /* not-ssh or throttled */

/* ssh_memory.c: for libssh2_session_init_ex() with the session, whose line is there already */
LIBSSH2_ALLOC_FUNC(line_alloc);
LIBSSH2_FREE_FUNC(line_unalloc);
LIBSSH2_REALLOC_FUNC(line_realloc);
void line_memory_release(struct line_memory *m);        /* after libssh2_session_free() */

/* ssh_work.c: the states from channel on */
enum turn ssh_channel(struct session *s, struct err *err);
enum turn ssh_exec(struct session *s, struct err *err);
enum turn ssh_send(struct session *s, struct err *err);
enum turn ssh_run(struct session *s, struct err *err);
enum turn ssh_exit(struct session *s, struct err *err);
enum turn ssh_sftp(struct session *s, struct err *err);
enum turn ssh_open(struct session *s, struct err *err);
enum turn ssh_write(struct session *s, struct err *err);
enum turn ssh_close(struct session *s, struct err *err);

#endif
