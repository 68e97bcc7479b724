/* tunnel.h - the inside of tunnels, for those who carry them: bastion.c (who waits for which line),
 * carrier.c (one shared line and its channels), tunnel.c (the bytes of one channel). */
#ifndef TRANSPORT_SSH_TUNNEL_H
#define TRANSPORT_SSH_TUNNEL_H

#include <libssh2.h>

#include "transport/ssh/bastion.h"
#include "transport/ssh/line.h"

enum {
	TUNNEL_WINDOW = 256 << 10,      /* what a bastion may send ahead of our reading */
	/* Bytes for a bastion that wait in a line, above which nothing is read from its hosts. */
	TUNNEL_AHEAD_MAX = 256 << 10,
	CARRIERS = 4,                   /* lines of a bastion that take opens at a time */
	CARRIERS_STUCK = 25,            /* times as many with those that wait for silent hosts */
	CARRIER_TUNNELS = 100
};

enum tunnel_state { TUNNEL_ASKED, TUNNEL_OPENING, TUNNEL_OPEN, TUNNEL_CLOSING, TUNNEL_OVER };

struct carrier;

struct tunnel {
	struct tunnel_for wanted;
	struct bastion *bastion;
	struct carrier *carrier;        /* from TUNNEL_OPENING on; NULL before and when over */
	enum tunnel_state state;
	bool owned;                     /* tunnel_drop() was not called yet */
	bool resting;                   /* as tunnel_rest() says */
	bool asked_again;               /* a line fell while it was being opened there */
	struct err err;                 /* why it is over; ERR_NONE: in order */
	bool host_failed;               /* the bastion tried, and gets no connection to the host */
	TAILQ_ENTRY(tunnel) link;       /* of the asked, or of the carrier's */

	LIBSSH2_CHANNEL *channel;
	int64_t close_until_ms;         /* closing: the bastion should have agreed by then */
	int fd;                         /* our end; -1 none */
	int other;                      /* the end to be handed out; -1 none any more */
	uv_poll_t *poll;                /* of our end */
	int mask;
	bool heard;                     /* the loop found something since it was looked at */
	/* the other end was closed; the bastion's side said its end */
	bool host_ended, peer_ended;
	struct buf down, up;            /* for the host, for the bastion: what did not fit */
};
TAILQ_HEAD(tunnel_list, tunnel);

/* tunnel.c */
/* Its channel is there: a pair of sockets where none was given. -1 and err: no descriptors. */
int tunnel_connect(struct tunnel *tunnel, LIBSSH2_CHANNEL *channel, struct err *err);
/* Carries what it can both ways; the line was read before. The bytes carried, or libssh2's
 * error. */
ssize_t tunnel_carry(struct tunnel *tunnel, struct line *l);
/* Says to the loop what it waits for. */
void tunnel_watch(struct tunnel *tunnel, bool may_send);
/* Over, in order or by this fault: closes our end, tells who waits, and frees it once nobody
 * owns it. The channel is gone, or goes with its line. */
void tunnel_end(struct tunnel *tunnel, const struct err *why);

/* carrier.c */
struct carrier {
	struct bastion *bastion;
	struct session *session;
	bool up;                        /* signed in */
	bool proven;                    /* an open was answered, or waited for in vain */
	bool condemned;                 /* takes no more, ends with its last tunnel */
	struct tunnel *opening;         /* of `tunnels`; NULL none */
	int64_t opening_since_ms;
	int64_t rest_until_ms;          /* of one host: it ends then unless asked */
	struct tunnel_list tunnels;
	int count;                      /* of them */
	TAILQ_ENTRY(carrier) link;
};
TAILQ_HEAD(carrier_list, carrier);

struct carrier *carrier_new(struct bastion *b, struct transport *t, const struct endpoint *via);
/* Whether it can begin to open a channel now; whether one that it opens takes longer than
 * usual. */
bool carrier_is_free(const struct carrier *c);
bool carrier_is_stuck(const struct carrier *c, int64_t now_ms);
void carrier_open(struct carrier *c, struct tunnel *tunnel);
/* Something of its tunnels changed: a turn for it. */
void carrier_wake(struct carrier *c);
/* Without hosts it keeps no loop from ending. */
void carrier_rest(struct carrier *c, bool resting);

/* bastion.c, for carriers */
void bastion_serve(struct bastion *b);          /* a line came up, got free or stuck */
/* How long an open may wait before another line takes the place of this one: a few times as long
 * as one takes there. */
int64_t bastion_patience_ms(const struct bastion *b);
int bastion_channels(const struct bastion *b);  /* hosts a line */
/* It is the SSH of the one host behind it: its lines rest for a second and no longer, since each
 * host has its own. Others rest on: a new line may cost somebody a code. */
bool bastion_is_of_one(const struct bastion *b);
void bastion_opened(struct bastion *b, int64_t took_ms);
/* This one's line ended, by that fault, or was never one: its tunnels are the callee's to end. */
void bastion_lost(struct bastion *b, struct carrier *c, const struct err *why);

extern const struct machine machine_carrier;

#endif
