/* bastion.c - which host goes over which line of a bastion. Hosts wait in one row; whoever is
 * first gets the first line that can open a channel, and a line is added while some wait and none
 * is on its way: one proves that we are let in before the next is tried. A bastion that does not
 * let us in is told to all who wait, and for a while to those who come: it is one cause. */
#include "transport/ssh/bastion.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/insist.h"
#include "base/mem.h"
#include "transport/ssh/tunnel.h"

enum {
	LINES_OF_ONE = 2,               /* one that works, one that nothing goes over any more */
	DOWN_MS = 10000,                /* how long the answer of one that is down is believed */
	PATIENCE_MIN_MS = 250,
	PATIENCE_MAX_MS = 2000
};

struct bastion {
	struct transport *t;
	struct endpoint endpoint;
	struct tunnel_list asked;
	struct carrier_list carriers;
	int count;                      /* of them */
	struct err down;                /* why the last line was none */
	int64_t down_until_ms;          /* before that no other is tried */
	int64_t usual_ms;               /* of late, until a host was connected to */
	int hosts;                      /* expected to go through it */
	const char *last_host;          /* of these */
	TAILQ_ENTRY(bastion) link;
};

TAILQ_HEAD(bastion_list, bastion);

struct bastions {
	struct transport *t;
	struct bastion_list list;
};

struct bastions *bastions_new(struct transport *t)
{
	struct bastions *all = xcalloc(1, sizeof(*all));

	all->t = t;
	TAILQ_INIT(&all->list);
	return all;
}

static void end_all(struct tunnel_list *list, const struct err *why)
{
	struct tunnel *tunnel;

	while ((tunnel = TAILQ_FIRST(list)) != NULL) {
		TAILQ_REMOVE(list, tunnel, link);
		tunnel_end(tunnel, why);
	}
}

static void remove_carrier(struct bastion *b, struct carrier *c)
{
	TAILQ_REMOVE(&b->carriers, c, link);
	b->count--;
	free(c);
}

void bastions_stop(struct bastions *all)
{
	struct bastion *b;
	struct carrier *c;

	for (b = TAILQ_FIRST(&all->list); b; b = TAILQ_NEXT(b, link)) {
		INSIST(TAILQ_EMPTY(&b->asked));
		while ((c = TAILQ_FIRST(&b->carriers)) != NULL) {
			end_all(&c->tunnels, NULL);
			session_free(c->session);
			remove_carrier(b, c);
		}
	}
}

void bastions_free(struct bastions *all)
{
	struct bastion *b;

	while ((b = TAILQ_FIRST(&all->list)) != NULL) {
		TAILQ_REMOVE(&all->list, b, link);
		free(b);
	}
	free(all);
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_way(const struct endpoint *a, const struct endpoint *b)
{
	if (a == b)
		return true;
	return a && b && a->port == b->port && same_text(a->name, b->name) &&
	       same_text(a->address, b->address) && same_text(a->user, b->user) &&
	       same_text(a->key_file, b->key_file) && same_text(a->password, b->password) &&
	       same_text(a->known_hosts, b->known_hosts) && a->one_time_code == b->one_time_code &&
	       same_way(a->via, b->via);
}

static struct bastion *bastion_of(struct bastions *all, const struct endpoint *via)
{
	struct bastion *b;

	for (b = TAILQ_FIRST(&all->list); b; b = TAILQ_NEXT(b, link))
		if (same_way(&b->endpoint, via))
			return b;
	b = xcalloc(1, sizeof(*b));
	b->t = all->t;
	b->endpoint = *via;
	TAILQ_INIT(&b->asked);
	TAILQ_INIT(&b->carriers);
	TAILQ_INSERT_TAIL(&all->list, b, link);
	return b;
}

const struct endpoint *bastions_endpoint(struct bastions *all, const struct endpoint *via)
{
	return &bastion_of(all, via)->endpoint;
}

/* Lines that take opens at a time. */
static int sessions_of(const struct bastion *b)
{
	if (b->endpoint.one_time_code)
		return 1;
	return b->endpoint.sessions ? b->endpoint.sessions : CARRIERS;
}

/* All lines, with those that wait for silent hosts. */
static int lines_of(const struct bastion *b)
{
	return sessions_of(b) * CARRIERS_STUCK;
}

int bastion_channels(const struct bastion *b)
{
	return b->endpoint.channels ? b->endpoint.channels : CARRIER_TUNNELS;
}

void bastions_expect(struct bastions *all, const struct endpoint *via, const char *host)
{
	struct bastion *b = bastion_of(all, via);

	if (b->last_host && strcmp(b->last_host, host) == 0)
		return;
	b->hosts++;
	b->last_host = host;
}

bool bastion_is_of_one(const struct bastion *b)
{
	return b->endpoint.itself && b->hosts == 1;
}

/* A line that goes over another has a pair of sockets. */
int bastions_descriptors(const struct bastions *all, int *out_a_host)
{
	const struct bastion *b;
	int count = 0;

	*out_a_host = 0;
	for (b = TAILQ_FIRST(&all->list); b; b = TAILQ_NEXT(b, link)) {
		int each = b->endpoint.via ? 2 : 1;
		int most = lines_of(b), busy = b->hosts + sessions_of(b);

		if (!bastion_is_of_one(b))
			count += each * (most < busy ? most : busy);
		else if (*out_a_host < each * LINES_OF_ONE)
			*out_a_host = each * LINES_OF_ONE;
	}
	return count;
}

/* The one with the fewest tunnels of those that can open one now; NULL none. */
static struct carrier *free_carrier(struct bastion *b)
{
	struct carrier *best = NULL, *c;

	for (c = TAILQ_FIRST(&b->carriers); c; c = TAILQ_NEXT(c, link))
		if (carrier_is_free(c) && (!best || c->count < best->count))
			best = c;
	return best;
}

/* Lines that take opens, or soon do. A line on its way counts as all there may be. Where there may
 * be one alone, each sign-in may ask somebody for a code: it is not replaced for its patience. */
static int lines_at_work(const struct bastion *b, int64_t now_ms)
{
	int sessions = sessions_of(b), count = 0;
	const struct carrier *c;

	for (c = TAILQ_FIRST(&b->carriers); c; c = TAILQ_NEXT(c, link)) {
		if (!c->up)
			return sessions;
		count += !c->condemned && c->count < bastion_channels(b) &&
			 (sessions == 1 || !carrier_is_stuck(c, now_ms));
	}
	return count;
}

/* Whether a line may yet take what is asked: one that was given up takes nothing more, however long
 * its last tunnel lasts. */
static bool has_taker(const struct bastion *b)
{
	const struct carrier *c;

	for (c = TAILQ_FIRST(&b->carriers); c; c = TAILQ_NEXT(c, link))
		if (!c->condemned)
			return true;
	return false;
}

static bool is_needed(const struct carrier *c)
{
	const struct tunnel *tunnel;

	if (!c->up)
		return !TAILQ_EMPTY(&c->bastion->asked);
	for (tunnel = TAILQ_FIRST(&c->tunnels); tunnel; tunnel = TAILQ_NEXT(tunnel, link))
		if (!tunnel->resting && (tunnel->state != TUNNEL_CLOSING || !c->condemned))
			return true;
	return false;
}

static void rest(struct bastion *b)
{
	struct carrier *c;

	for (c = TAILQ_FIRST(&b->carriers); c; c = TAILQ_NEXT(c, link))
		carrier_rest(c, !is_needed(c));
}

void tunnel_rest(struct tunnel *tunnel, bool resting)
{
	if (tunnel->resting == resting)
		return;
	tunnel->resting = resting;
	if (tunnel->poll)
		(resting ? uv_unref : uv_ref)((uv_handle_t *)tunnel->poll);
	rest(tunnel->bastion);
}

void bastion_serve(struct bastion *b)
{
	int64_t now_ms = clock_now_ms();
	struct carrier *c;
	struct tunnel *first;

	while ((first = TAILQ_FIRST(&b->asked)) != NULL && (c = free_carrier(b)) != NULL) {
		TAILQ_REMOVE(&b->asked, first, link);
		carrier_open(c, first);
	}
	if (first && b->count < lines_of(b) && now_ms >= b->down_until_ms &&
	    lines_at_work(b, now_ms) < sessions_of(b)) {
		c = carrier_new(b, b->t, &b->endpoint);
		TAILQ_INSERT_TAIL(&b->carriers, c, link);
		b->count++;
	}
	rest(b);
}

int64_t bastion_patience_ms(const struct bastion *b)
{
	int64_t ms = 4 * b->usual_ms;

	if (ms < PATIENCE_MIN_MS)
		return PATIENCE_MIN_MS;
	return ms > PATIENCE_MAX_MS ? PATIENCE_MAX_MS : ms;
}

void bastion_opened(struct bastion *b, int64_t took_ms)
{
	b->usual_ms += (took_ms - b->usual_ms) / 4;
}

/* The SSH of a server whose WinRM is looked for: it has variables of its own. */
static const char *hint_of_own(const struct err *err)
{
	switch ((int)err->code) {
	case FAULT_REFUSED:
	case FAULT_NO_ANSWER:
	case FAULT_NOT_SSH:
		return "WinRM goes through the server's own SSH (marshal_ssh_port): see that its "
		       "OpenSSH server runs and that firewalls let us reach it, or name a bastion "
		       "(marshal_jump)";
	case FAULT_SIGN_IN_REJECTED:
		return "check marshal_ssh_user, and that our public key is in "
		       "administrators_authorized_keys there: the password is WinRM's alone";
	case FAULT_NO_USABLE_KEY:
		return "SSH below WinRM signs in with marshal_ssh_user and a key "
		       "(ansible_ssh_private_key_file, or one in the key agent), never with the "
		       "password";
	}
	return NULL;
}

/* What the fault says of itself is for a Windows server. */
static void hint_of_bastion(const struct bastion *b, struct err *err)
{
	if (err_own_hint(err))
		return;
	if (b->endpoint.itself) {
		const char *hint = hint_of_own(err);

		if (hint)
			err_hint(err, hint);
		return;
	}
	if (err->code == FAULT_REFUSED || err->code == FAULT_NO_ANSWER)
		err_hint(err, "nothing is known of the hosts behind that bastion: see that its "
			      "sshd runs, and that firewalls let us reach it");
	else if (err->code == FAULT_THROTTLED)
		err_hint(err, "try again in 20 s; the bastion's sshd drops connections up to 10 "
			      "minutes after many failures (PerSourcePenalties), or while too many "
			      "wait for their sign-in (MaxStartups)");
	else if (err->code == FAULT_SIGN_IN_REJECTED)
		err_hint(err, "check that our public key is in that user's authorized_keys on the "
			      "bastion, and look at its sshd log");
}

/* Nothing was carried for who was being connected: it asks another line, before all others. But
 * once, for it may be what the bastion falls by. */
static void ask_again(struct bastion *b, struct carrier *c)
{
	struct tunnel *tunnel = c->opening;

	if (!tunnel || !tunnel->owned || tunnel->asked_again)
		return;
	TAILQ_REMOVE(&c->tunnels, tunnel, link);
	tunnel->asked_again = true;
	tunnel->carrier = NULL;
	tunnel->state = TUNNEL_ASKED;
	TAILQ_INSERT_HEAD(&b->asked, tunnel, link);
}

/* Whose code is wrong, or who has none to give, is asked once a command. */
static bool is_given_up(const struct bastion *b, const struct err *why)
{
	return b->endpoint.one_time_code &&
	       (why->code == FAULT_NO_USABLE_KEY || why->code == FAULT_SIGN_IN_REJECTED);
}

/* A line that opened something was lost with what went over it, and the next may be better. One
 * that never did says what the next would: while others work it is no news for anybody. */
void bastion_lost(struct bastion *b, struct carrier *c, const struct err *why)
{
	bool proven = c->proven;

	ask_again(b, c);
	end_all(&c->tunnels, why);
	remove_carrier(b, c);
	if (!proven) {
		b->down_until_ms = is_given_up(b, why) ? INT64_MAX : clock_now_ms() + DOWN_MS;
		b->down = *why;
		hint_of_bastion(b, &b->down);
		if (!has_taker(b))
			end_all(&b->asked, &b->down);
	}
	bastion_serve(b);
}

/* What hosts ask for. */

struct tunnel *tunnel_new(struct bastions *all, const struct endpoint *via,
			  const struct tunnel_for *wanted)
{
	struct tunnel *tunnel = xcalloc(1, sizeof(*tunnel));
	struct bastion *b = bastion_of(all, via);

	tunnel->wanted = *wanted;
	tunnel->bastion = b;
	tunnel->owned = true;
	tunnel->fd = wanted->fd;
	tunnel->other = -1;
	buf_init(&tunnel->down, SCRATCH_SIZE);
	buf_init(&tunnel->up, SCRATCH_SIZE);
	if (!has_taker(b) && clock_now_ms() < b->down_until_ms) {
		tunnel_end(tunnel, &b->down);
		return tunnel;
	}
	TAILQ_INSERT_TAIL(&b->asked, tunnel, link);
	bastion_serve(b);
	return tunnel;
}

enum turn tunnel_ready(struct tunnel *tunnel, int *out_fd, struct err *err)
{
	switch (tunnel->state) {
	case TUNNEL_ASKED:
	case TUNNEL_OPENING:
		return TURN_WAIT;
	case TUNNEL_OPEN:
	case TUNNEL_CLOSING:
		INSIST(tunnel->other >= 0 || tunnel->wanted.fd >= 0);
		*out_fd = tunnel->other;
		tunnel->other = -1;
		return TURN_DONE;
	case TUNNEL_OVER:
		break;
	}
	if (tunnel->err.code == ERR_NONE)       /* the bastion closed it at once */
		return err_set(err, FAULT_CONNECTION_LOST, "%s closed the connection",
			       tunnel->bastion->endpoint.name);
	*err = tunnel->err;
	return TURN_FAILED;
}

bool tunnel_host_failed(const struct tunnel *tunnel)
{
	switch (tunnel->state) {
	case TUNNEL_ASKED:
	case TUNNEL_OPENING:
		return false;
	case TUNNEL_OPEN:
	case TUNNEL_CLOSING:
		return true;
	case TUNNEL_OVER:
		break;
	}
	return tunnel->host_failed || tunnel->err.code == ERR_NONE;
}

int tunnel_lost(const struct tunnel *tunnel, struct err *err)
{
	if (tunnel->err.code == ERR_NONE)
		return 0;
	*err = tunnel->err;
	return -1;
}

void tunnel_drop(struct tunnel *tunnel)
{
	if (!tunnel)
		return;
	tunnel->owned = false;
	switch (tunnel->state) {
	case TUNNEL_ASKED:
		TAILQ_REMOVE(&tunnel->bastion->asked, tunnel, link);
		tunnel_end(tunnel, NULL);
		break;
	case TUNNEL_OPEN:
		if (tunnel->other >= 0)
			close(tunnel->other);
		tunnel->other = -1;
		if (tunnel->wanted.fd >= 0)     /* its other end is not ours to close */
			shutdown(tunnel->fd, SHUT_RDWR);
		if (tunnel->up.len > 0)         /* nothing of it is looked at till that went */
			carrier_wake(tunnel->carrier);
		break;
	case TUNNEL_OPENING:
	case TUNNEL_CLOSING:
		break;
	case TUNNEL_OVER:
		free(tunnel);
		break;
	}
}
