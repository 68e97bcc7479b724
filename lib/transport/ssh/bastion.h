/* bastion.h - ways through an SSH server that stands before others. A bastion is a small set of
 * lines, shared by all hosts behind it; a tunnel is one channel over one of them to a host's
 * address and port as the bastion sees them, carried to one end of a pair of sockets, whose other
 * end is handed out as if it were a connection of our own. No port is ever opened: every user of
 * this machine could go through it.
 *
 * libssh2 opens one channel at a time over a line, and a bastion answers only when its own
 * connection stands or failed: a host that drops packets would hold up all behind it. So a line
 * whose open waits longer than a moment takes no more, another takes its place, and one whose open
 * waited for the whole limit (transport_limits.connect) is given up when its last tunnel ended. */
#ifndef TRANSPORT_SSH_BASTION_H
#define TRANSPORT_SSH_BASTION_H

#include "transport/session.h"

struct bastions;
struct tunnel;

struct bastions *bastions_new(struct transport *t);
/* Ends their lines, in the loop. When no session of a host is left. */
void bastions_stop(struct bastions *b);
void bastions_free(struct bastions *b);         /* once the stopped lines are gone */

/* The copy kept of it. */
const struct endpoint *bastions_endpoint(struct bastions *b, const struct endpoint *via);
/* A host will go through it, to be counted. */
void bastions_expect(struct bastions *b, const struct endpoint *via, const char *host);
/* The most descriptors that the lines of all bastions can be. One that is the SSH of the single
 * host behind it is not among them: its lines last as long as that host is in flight, and
 * *out_a_host are what they take then. */
int bastions_descriptors(const struct bastions *b, int *out_a_host);

/* What a tunnel is wanted for: address and port are borrowed until it ends; `wake` is called from
 * the loop whenever tunnel_ready() may say something else. */
struct tunnel_for {
	const char *address;
	int port;
	int fd;                         /* to be carried, taken over; -1: a pair is made */
	void (*wake)(void *ctx);
	void *ctx;
};

/* Never NULL; yours until tunnel_drop(). `via` is the bastion's endpoint. */
struct tunnel *tunnel_new(struct bastions *b, const struct endpoint *via,
			  const struct tunnel_for *wanted);
/* TURN_WAIT: asked for; TURN_DONE: *out_fd is connected, not blocking, and the caller's, once, or
 * -1 where what is carried was given; TURN_FAILED: the bastion could not be reached, or it could
 * not reach the host. */
enum turn tunnel_ready(struct tunnel *tunnel, int *out_fd, struct err *err);
/* Why it ended before its other end was closed by us: -1 and err where the bastion's line was
 * lost; 0 when nothing is known. */
int tunnel_lost(const struct tunnel *tunnel, struct err *err);
/* What failed is the host behind it: it was reached, or the bastion could not reach it. Else the
 * bastion, of whose hosts nothing is known then. */
bool tunnel_host_failed(const struct tunnel *tunnel);
/* It leads to a bastion whose line rests: it keeps no loop from ending meanwhile. */
void tunnel_rest(struct tunnel *tunnel, bool resting);
/* Takes back what was asked for. What goes through one that was handed out ends when its other end
 * is closed; what was given ends now. NULL is fine. */
void tunnel_drop(struct tunnel *tunnel);

#endif
