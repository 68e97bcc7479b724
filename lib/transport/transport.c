/* transport.c - what the sessions of a command share: options, keys, known hosts, the state of
 * every credential, the scripts as they are sent, and the queue of sessions that want a turn.
 * Everything that wakes a session goes through that queue, so no session ever runs
 * inside another's callback, and freed ones are reaped with nothing of theirs on the stack. */
#include "transport/transport.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/log.h"
#include "base/mem.h"
#include "transport/credential.h"
#include "transport/password.h"
#include "transport/prompt.h"
#include "transport/session.h"
#include "transport/ssh/bastion.h"
#include "transport/ssh/common.h"
#include "transport/winrm/door.h"
#include "transport/winrm/http.h"
#include "transport/winrm/knowncerts.h"
#include "transport/winrm/negotiate.h"

enum {
	FDS_PER_SESSION = 2,    /* a line; a local program takes two, as does a tunnel */
	/* the door, what libcurl connects to it and what came in there; of Negotiate a KDC */
	FDS_PER_DOOR = 4,
	FDS_RESERVED = 100      /* the database, the loop, the agent, programs begun */
};

#define LINE_LIMIT_DEFAULT(word, member, seconds, then) .member = (seconds)*1000,

void transport_defaults(struct transport_options *out)
{
	*out = (struct transport_options){
		.limits = { LINE_LIMITS(LINE_LIMIT_DEFAULT, "") },
		.host_key = HOST_KEY_STRICT,
	};
	out->limits.output = 4 << 20;
	out->limits.line = 256 << 10;
}

/* So many may be open; the limit is raised to its hard value. */
static int open_files(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) != 0)
		return 600;
	if (r.rlim_cur < r.rlim_max) {
		struct rlimit raised = { r.rlim_max, r.rlim_max };

		if (setrlimit(RLIMIT_NOFILE, &raised) == 0)
			r = raised;
	}
	return r.rlim_cur == RLIM_INFINITY || r.rlim_cur > 1000000 ? 1000000 : (int)r.rlim_cur;
}

int transport_max_in_flight(const struct transport *t)
{
	int reserved = FDS_RESERVED, each = FDS_PER_SESSION, own = 0, files = open_files();

	if (t) {
		reserved += bastions_descriptors(t->bastions, &own);
		each = (t->by_doors ? FDS_PER_DOOR : FDS_PER_SESSION) + own;
	}
	return files < reserved ? 0 : (files - reserved) / each;
}

static int no_descriptors(const struct transport *t, struct err *err)
{
	int own = 0, lines = t ? bastions_descriptors(t->bastions, &own) : 0;

	if (lines == 0) {
		err_set(err, ERR_SYSTEM,
			"the open-files limit of %d allows no session with any host", open_files());
		return err_hint(err, "raise it: ulimit -n 4096, or LimitNOFILE= of the service");
	}
	err_set(err, ERR_SYSTEM,
		"the open-files limit of %d allows no session with any host: lines to bastions "
		"may take %d of it",
		open_files(), lines);
	return err_hint(err, "raise it: ulimit -n 4096, or LimitNOFILE= of the service; or have "
			     "fewer sessions to each (marshal_bastion_sessions)");
}

int transport_check_limit(struct err *err)
{
	return transport_max_in_flight(NULL) > 0 ? 0 : no_descriptors(NULL, err);
}

/* Turns of those queued now; who is queued meanwhile waits for the loop's next round. */
static void run_queue(uv_idle_t *idle)
{
	struct transport *t = idle->data;
	struct session_list now = TAILQ_HEAD_INITIALIZER(now);
	struct session *s;

	TAILQ_CONCAT(&now, &t->queue, queue);
	while ((s = TAILQ_FIRST(&now)) != NULL) {
		TAILQ_REMOVE(&now, s, queue);
		s->queued = false;
		if (s->dead)
			session_reap(s, false);
		else
			session_turn(s);
	}
	if (TAILQ_EMPTY(&t->queue) && TAILQ_EMPTY(&t->overdue))
		uv_idle_stop(idle);
}

static void on_prepare(uv_prepare_t *handle)
{
	struct transport *t = handle->data;

	lag_listen(&t->lag, clock_now_ms(), uv_backend_timeout(t->loop));
}

static void on_check(uv_check_t *handle)
{
	struct transport *t = handle->data;
	struct session_list now = TAILQ_HEAD_INITIALIZER(now);
	struct session *s;

	lag_heard(&t->lag, clock_now_ms());
	TAILQ_CONCAT(&now, &t->overdue, overdue);
	while ((s = TAILQ_FIRST(&now)) != NULL) {
		TAILQ_REMOVE(&now, s, overdue);
		s->is_overdue = false;
		session_turn(s);
	}
}

/* While the idle handle is active the loop does not wait. */
static void start_idle(struct transport *t)
{
	if (!uv_is_active((uv_handle_t *)&t->idle))
		uv_idle_start(&t->idle, run_queue);
}

void transport_overdue(struct session *s)
{
	struct transport *t = s->t;

	if (s->is_overdue)
		return;
	s->is_overdue = true;
	TAILQ_INSERT_TAIL(&t->overdue, s, overdue);
	start_idle(t);
}

void transport_wake(struct session *s)
{
	struct transport *t = s->t;

	if (s->queued)
		return;
	s->queued = true;
	TAILQ_INSERT_TAIL(&t->queue, s, queue);
	start_idle(t);
}

struct transport *transport_new(uv_loop_t *loop, const struct transport_options *options)
{
	struct transport *t = xcalloc(1, sizeof(*t));

	/* Two names at a time is libuv's own limit, far too few with a slow resolver. Counts
	 * only before the pool is first used, and never over the user's own value. */
	setenv("UV_THREADPOOL_SIZE", "64", 0);
	t->loop = loop;
	t->options = *options;
	t->options.known_hosts = t->known_hosts = xstrdup(options->known_hosts);
	t->ssh = ssh_common_new(loop);
	t->credentials = credentials_new();
	t->passwords = passwords_new();
	t->prompts = prompts_new(t);
	t->bastions = bastions_new(t);
	t->doors = doors_new();
	t->certificates = knowncerts_files_new();
	TAILQ_INIT(&t->parting);
	TAILQ_INIT(&t->queue);
	uv_idle_init(loop, &t->idle);
	TAILQ_INIT(&t->overdue);
	uv_prepare_init(loop, &t->prepare);
	uv_check_init(loop, &t->check);
	t->idle.data = t->prepare.data = t->check.data = t;
	t->handles = 3;
	uv_prepare_start(&t->prepare, on_prepare);
	uv_check_start(&t->check, on_check);
	/* they watch the loop, and keep it from nothing */
	uv_unref((uv_handle_t *)&t->prepare);
	uv_unref((uv_handle_t *)&t->check);
	return t;
}

void transport_wake_session(void *session)
{
	transport_wake(session);
}

static void handle_closed(uv_handle_t *handle)
{
	transport_handle_gone(handle->data);
	free(handle);
}

void transport_close_handle(struct transport *t, void *handle)
{
	uv_handle_t *h = handle;

	h->data = t;            /* whoever it was of may be gone by then */
	uv_close(h, handle_closed);
}

void transport_handle_gone(struct transport *t)
{
	if (--t->handles > 0)
		return;
	free(t->known_hosts);
	free(t);
}

static void own_closed(uv_handle_t *handle)
{
	transport_handle_gone(handle->data);
}

/* Nobody waits any longer for what they have to say. */
static void drop_parting(struct transport *t)
{
	struct session *s;

	while ((s = TAILQ_FIRST(&t->parting)) != NULL)
		session_reap(s, true);
}

void transport_free(struct transport *t)
{
	if (!t)
		return;
	run_queue(&t->idle);    /* the freed sessions wait there to be reaped */
	drop_parting(t);
	bastions_stop(t->bastions);     /* nobody goes through them any more */
	run_queue(&t->idle);
	bastions_free(t->bastions);
	http_free(t->http);
	negotiations_free(t->negotiations);
	doors_free(t->doors);
	knowncerts_files_free(t->certificates);
	while (t->payloads) {
		struct payload *p = t->payloads;

		t->payloads = p->next;
		free(p->text);
		free(p);
	}
	while (t->endpoints) {
		struct kept_endpoint *kept = t->endpoints;

		t->endpoints = kept->next;
		free(kept);
	}
	credentials_free(t->credentials);
	passwords_free(t->passwords);
	prompts_free(t->prompts);
	ssh_common_free(t->ssh);
	uv_close((uv_handle_t *)&t->idle, own_closed);
	uv_close((uv_handle_t *)&t->prepare, own_closed);
	uv_close((uv_handle_t *)&t->check, own_closed);
}

bool transport_is_asking(const struct transport *t)
{
	return prompts_stand(t->prompts);
}

const struct payload *transport_payload(struct transport *t, const struct script *script)
{
	struct payload *p;

	for (p = t->payloads; p; p = p->next)   /* about ten scripts */
		if (p->script == script)
			return p;
	p = xcalloc(1, sizeof(*p));
	p->script = script;
	p->text = base64_encode(script->text, script->len, &p->len);
	p->text[p->len++] = '\n'; /* in the place of the NUL: it has a length */
	p->next = t->payloads;
	t->payloads = p;
	return p;
}

const struct endpoint *transport_endpoint(struct transport *t, const struct endpoint *e)
{
	struct kept_endpoint *kept = xcalloc(1, sizeof(*kept));

	kept->endpoint = *e;
	kept->next = t->endpoints;
	t->endpoints = kept;
	return &kept->endpoint;
}

const struct endpoint *transport_bastion(struct transport *t, const struct endpoint *bastion)
{
	return bastions_endpoint(t->bastions, bastion);
}

/* All endpoints of a way: bastion after bastion, then the host by its other way, which has the
 * same. */
static const struct endpoint *next_of(const struct endpoint *host, const struct endpoint *e)
{
	if (e == host->otherwise)
		return NULL;
	return e->via ? e->via : host->otherwise;
}

/* Those whose programs would inherit what others are fetched from come last. */
static void fetch_passwords(struct transport *t, const struct endpoint *const *endpoint, int count)
{
	struct err kept;        /* with the password: each host that needs it tells */

	for (int programs = 0; programs < 2; programs++)
		for (int i = 0; i < count; i++)
			for (const struct endpoint *e = endpoint[i]; e; e = next_of(endpoint[i], e))
				if (e->password && password_from_program(e->password) == programs)
					password_of(t->passwords, e->password,
						    !t->options.no_prompt, &kept);
}

/* What the way to it takes, for transport_max_in_flight(). */
static void expect(struct transport *t, const struct endpoint *e)
{
	t->by_doors |= e->kind == ENDPOINT_WINRM && e->via;
	if (e->via)
		bastions_expect(t->bastions, e->via, e->name);
}

int transport_prepare(struct transport *t, const struct endpoint *const *endpoint, int count,
		      struct err *err)
{
	fetch_passwords(t, endpoint, count);
	for (int i = 0; i < count; i++) {
		for (const struct endpoint *e = endpoint[i]; e; e = next_of(endpoint[i], e)) {
			expect(t, e);
			if (e->kind == ENDPOINT_SSH && ssh_common_prepare(t, e, err) != 0)
				return -1;
		}
	}
	return transport_max_in_flight(t) > 0 ? 0 : no_descriptors(t, err);
}
