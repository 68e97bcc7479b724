/* key_agent.c - the agent protocol (draft-ietf-sshm-ssh-agent): a length, a type, a body. Answers
 * carry no number, so the queue of requests is kept in the order they were sent, dropped
 * ones included. When the connection ends all of them fail; the next request connects anew. */
#include "transport/ssh/key_agent.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "transport/ssh/wire.h"

enum {
	MESSAGE_MAX = 256 * 1024,       /* as OpenSSH's agent has it */
	SIGNATURE_MAX = 16 * 1024,
	TYPE_SIGN_REQUEST = 13, TYPE_SIGN_RESPONSE = 14, TYPE_FAILURE = 5
};

struct node {
	struct node *next, *before;     /* a ring */
};

struct signing {
	struct node node;               /* first: a node is its signing */
	struct key_agent *agent;
	struct buf request;             /* emptied when sent */
	enum sign_result state;
	bool dropped;
	unsigned char *signature;
	size_t signature_len;
	struct err err;
	void (*wake)(void *ctx);
	void *ctx;
};

/* A connection; outlives the agent until its handle is closed. */
struct link {
	uv_pipe_t pipe;
	uv_connect_t connect;
	struct key_agent *agent;            /* NULL once given up */
	bool connected;
	struct buf in;
	char chunk[4096];
};

struct key_agent {
	uv_loop_t *loop;
	char *path;
	struct link *link;              /* NULL: none, the next request makes one */
	struct node queue, failing;
	int waiting;                    /* in the queue, not dropped */
};

/* One message on its way. */
struct sending {
	uv_write_t write;
	char *data;
};

static void ring_init(struct node *ring)
{
	ring->next = ring->before = ring;
}

static void ring_add(struct node *ring, struct node *n)
{
	n->next = ring;
	n->before = ring->before;
	ring->before->next = n;
	ring->before = n;
}

static void ring_remove(struct node *n)
{
	n->before->next = n->next;
	n->next->before = n->before;
	ring_init(n);
}

static void signing_free(struct signing *s)
{
	ring_remove(&s->node);
	buf_release(&s->request);
	free(s->signature);
	free(s);
}

/* An idle connection must not keep the loop running. */
static void keep_loop(struct key_agent *a)
{
	if (!a->link)
		return;
	if (a->waiting > 0)
		uv_ref((uv_handle_t *)&a->link->pipe);
	else
		uv_unref((uv_handle_t *)&a->link->pipe);
}

static void link_closed(uv_handle_t *handle)
{
	struct link *l = handle->data;

	buf_release(&l->in);
	free(l);
}

static void link_close(struct key_agent *a)
{
	struct link *l = a->link;

	a->link = NULL;
	if (!l)
		return;
	l->agent = NULL;
	uv_close((uv_handle_t *)&l->pipe, link_closed);
}

/* Takes one off the queue: answered, or never to be. */
static void finish(struct signing *s, enum sign_result state)
{
	struct key_agent *a = s->agent;

	ring_remove(&s->node);
	if (s->dropped) {
		signing_free(s);
		return;
	}
	a->waiting--;
	s->state = state;
	s->wake(s->ctx);
}

/* The connection is of no use any more: all that wait fail, later ones try a new one. */
static void agent_broke(struct key_agent *a, const char *why)
{
	link_close(a);
	/* Moved first, as those woken may ask again. */
	while (a->queue.next != &a->queue) {
		struct node *n = a->queue.next;

		ring_remove(n);
		ring_add(&a->failing, n);
	}
	while (a->failing.next != &a->failing) {
		struct signing *s = (struct signing *)a->failing.next;

		err_set(&s->err, FAULT_NO_USABLE_KEY, "key agent: %s", why);
		err_hint(&s->err, "see that the key agent of SSH_AUTH_SOCK runs and holds the key "
				  "(ssh-add -l), or name the key's file without an agent");
		finish(s, SIGN_FAILED);
	}
}

/* How the end of a connection looks depends on what was under way. */
static void agent_ended(struct key_agent *a, int status)
{
	bool gone = status == UV_EOF || status == UV_ECONNRESET || status == UV_EPIPE;

	agent_broke(a, gone ? "has gone" : uv_strerror(status));
}

/* One whole message, for the oldest request. */
static void take_answer(struct key_agent *a, const char *body, size_t len)
{
	struct signing *s = (struct signing *)a->queue.next;
	struct wire w = wire_of(body, len);
	uint8_t type = wire_byte(&w);
	size_t signature_len;
	const unsigned char *signature = wire_string(&w, &signature_len);
	enum sign_result state = SIGN_FAILED;

	if (type == TYPE_SIGN_RESPONSE && signature && signature_len <= SIGNATURE_MAX) {
		s->signature = xmalloc(signature_len + 1);
		memcpy(s->signature, signature, signature_len);
		s->signature_len = signature_len;
		state = SIGN_DONE;
	} else if (type == TYPE_FAILURE) {
		err_set(&s->err, FAULT_NO_USABLE_KEY, "key agent: refused to sign");
	} else {
		err_set(&s->err, FAULT_NO_USABLE_KEY, "key agent: answered nonsense");
	}
	finish(s, state);
}

static void take_bytes(struct link *l)
{
	while (l->agent && l->in.len >= 4) {
		struct key_agent *a = l->agent;
		struct wire w = wire_of(l->in.data, l->in.len);
		size_t len = wire_u32(&w);

		if (len == 0 || len > MESSAGE_MAX || a->queue.next == &a->queue) {
			agent_broke(a, "broke the protocol");
			return;
		}
		if (l->in.len - 4 < len)
			return;
		take_answer(a, l->in.data + 4, len);
		buf_drop(&l->in, 4 + len);
	}
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *out)
{
	struct link *l = handle->data;

	(void)suggested;
	*out = uv_buf_init(l->chunk, sizeof(l->chunk));
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	struct link *l = stream->data;

	if (n == 0 || !l->agent)
		return;
	if (n < 0) {
		agent_ended(l->agent, (int)n);
		return;
	}
	if (buf_add(&l->in, buf->base, (size_t)n) != 0) {
		agent_broke(l->agent, "broke the protocol");
		return;
	}
	take_bytes(l);
	if (l->agent)
		keep_loop(l->agent);
}

static void on_sent(uv_write_t *write, int status)
{
	struct sending *m = (struct sending *)write;
	struct link *l = write->handle->data;

	free(m->data);
	free(m);
	if (status < 0 && l->agent)
		agent_ended(l->agent, status);
}

static void send_request(struct link *l, struct signing *s)
{
	struct sending *m = xcalloc(1, sizeof(*m));
	uv_buf_t out;
	int rc;

	out.len = s->request.len;
	out.base = m->data = buf_take(&s->request);
	rc = uv_write(&m->write, (uv_stream_t *)&l->pipe, &out, 1, on_sent);
	if (rc == 0)
		return;
	free(m->data);
	free(m);
	/* The reader sees the end of the connection too, and fails everything from the loop. */
}

static void on_connect(uv_connect_t *connect, int status)
{
	struct link *l = connect->handle->data;
	struct key_agent *a = l->agent;

	if (!a)
		return;
	if (status == 0)
		status = uv_read_start((uv_stream_t *)&l->pipe, on_alloc, on_read);
	if (status < 0) {
		agent_ended(a, status);
		return;
	}
	l->connected = true;
	for (struct node *n = a->queue.next; n != &a->queue; n = n->next)
		send_request(l, (struct signing *)n);
}

static void link_open(struct key_agent *a)
{
	struct link *l = xcalloc(1, sizeof(*l));

	l->agent = a;
	buf_init(&l->in, MESSAGE_MAX + 4 + sizeof(l->chunk));
	(void)uv_pipe_init(a->loop, &l->pipe, 0);       /* cannot fail without a descriptor */
	l->pipe.data = l;
	a->link = l;
	uv_pipe_connect(&l->connect, &l->pipe, a->path, on_connect);
}

struct key_agent *key_agent_new(uv_loop_t *loop, const char *path)
{
	struct key_agent *a = xcalloc(1, sizeof(*a));

	a->loop = loop;
	a->path = xstrdup(path);
	ring_init(&a->queue);
	ring_init(&a->failing);
	return a;
}

void key_agent_free(struct key_agent *a)
{
	if (!a)
		return;
	link_close(a);
	while (a->queue.next != &a->queue)
		signing_free((struct signing *)a->queue.next);
	free(a->path);
	free(a);
}

struct signing *key_agent_sign(struct key_agent *a, const struct key_agent_request *request,
			       void (*wake)(void *ctx), void *ctx)
{
	struct signing *s = xcalloc(1, sizeof(*s));
	char type = TYPE_SIGN_REQUEST;

	s->agent = a;
	s->state = SIGN_WAIT;
	s->wake = wake;
	s->ctx = ctx;
	ring_init(&s->node);
	buf_init(&s->request, MESSAGE_MAX + 4);
	/* type, flags and two lengths are 13 bytes */
	if (request->blob_len + request->len > MESSAGE_MAX - 13) {
		s->state = SIGN_FAILED;
		err_set(&s->err, FAULT_NO_USABLE_KEY, "key agent: too much to sign");
		return s;
	}
	(void)wire_add_u32(&s->request, (uint32_t)(13 + request->blob_len + request->len));
	(void)buf_add(&s->request, &type, 1);
	(void)wire_add_string(&s->request, request->blob, request->blob_len);
	(void)wire_add_string(&s->request, request->data, request->len);
	(void)wire_add_u32(&s->request, request->flags);
	ring_add(&a->queue, &s->node);
	a->waiting++;
	if (!a->link)
		link_open(a);
	else if (a->link->connected)
		send_request(a->link, s);
	keep_loop(a);
	return s;
}

enum sign_result signing_look(const struct signing *s, const unsigned char **out, size_t *out_len,
			      struct err *err)
{
	if (s->state == SIGN_DONE) {
		*out = s->signature;
		*out_len = s->signature_len;
	} else if (s->state == SIGN_FAILED && err) {
		*err = s->err;
	}
	return s->state;
}

void signing_drop(struct signing *s)
{
	if (!s)
		return;
	if (s->state != SIGN_WAIT) {
		signing_free(s);
		return;
	}
	/* Its answer may still come: the place in the queue stays. */
	s->dropped = true;
	s->agent->waiting--;
	keep_loop(s->agent);
}
