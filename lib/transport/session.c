/* session.c - the driver of every conversation: one table of states (ssh.c, local.c), one
 * function that sets the state, limits of time in one place, wake-ups by descriptor, timer
 * and queue. A turn is bounded, so a host that always has data cannot starve the others.
 * A limit is of what the host had: while the loop did not listen (lag.h) its answer lay there
 * unread, so that time is taken off when it is read, and nobody is called late before the loop has
 * listened once more. Owners are called back with nothing of the session on the stack that they
 * could break: they may free it or give it its next work there. */
#include "transport/session.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/insist.h"
#include "base/mem.h"
#include "transport/ssh/bastion.h"

enum {
	NONCE_BYTES = 16,
	PERSON_MS = 100000      /* below sshd's LoginGraceTime, 120 s */
};

static int64_t limit_ms(const struct session *s, enum limit limit)
{
	const struct transport_limits *l = &s->t->options.limits;

	switch (limit) {
	case LIMIT_NONE:
		break;
	case LIMIT_NAME:
		return l->name;
	case LIMIT_CONNECT:
		return l->connect;
	case LIMIT_HANDSHAKE:
		return l->handshake;
	case LIMIT_SIGN_IN:
		return l->sign_in;
	case LIMIT_CHANNEL:
		return l->channel;
	case LIMIT_PERSON:
		return PERSON_MS;
	case LIMIT_TASK:
		return s->task.limit_ms;
	}
	return INT64_MAX;
}

enum turn session_enter(struct session *s, int state)
{
	enum limit limit = s->machine->row[state].limit;

	INSIST(state >= 0 && s->machine->row[state].run);
	s->state = state;
	if (limit == LIMIT_NONE)
		s->deadline_ms = INT64_MAX;
	else if (limit == LIMIT_TASK)   /* one limit over several states */
		s->deadline_ms = s->task.until_ms;
	else
		s->deadline_ms = s->now_ms + limit_ms(s, limit);
	session_moved(s);
	return TURN_MORE;
}

enum turn session_wait(struct session *s, int mask)
{
	s->watch[0].want = mask;
	return TURN_WAIT;
}

void session_begin_task(struct session *s)
{
	s->task.until_ms = s->now_ms + s->task.limit_ms;
	s->cpu_us = 0;
}

void session_own_work(struct session *s, int64_t begun_us)
{
	s->cpu_us -= clock_cpu_us() - begun_us;
}

static bool is_too_busy(const struct session *s)
{
	int64_t ms = s->t->options.group_exchange ? CPU_GROUP_EXCHANGE_MS : CPU_MS;
	uint64_t bytes = s->task.taken + s->task.at + s->task.sent;

	return s->cpu_us > ms * 1000 + (int64_t)(bytes * CPU_MB_MS * 1000 / (1 << 20));
}

static enum turn too_busy(const struct session *s, struct err *err)
{
	char spent[CLOCK_TEXT];

	clock_format_duration(s->cpu_us / 1000, spent);
	err_set(err, FAULT_WRONG_ANSWER,
		"the server kept this program busy for %s of CPU time beside its work", spent);
	return err_hint(err, "an sshd that changes keys all the time (RekeyLimit) or uses large "
			     "moduli does that; others wait meanwhile");
}

enum turn session_idle(struct session *s, struct err *err)
{
	(void)err;
	return s->task.kind == TASK_NONE ? session_wait(s, 0) : session_enter(s, STATE_FIRST);
}

/* Of a call that is reckoned against something on the server; the way there is not. */
static bool is_fixed(const struct session *s)
{
	return s->task.fixed_limit && s->machine->row[s->state].limit == LIMIT_TASK;
}

void session_heard(struct session *s, int64_t now_ms)
{
	int64_t away_ms = lag_away_ms(&s->t->lag, now_ms);

	if (is_fixed(s) || s->deadline_ms == INT64_MAX)
		return;
	s->deadline_ms += away_ms;
	if (s->machine->row[s->state].limit == LIMIT_TASK)
		s->task.until_ms += away_ms;
}

static bool is_late(const struct session *s)
{
	return s->now_ms >= s->deadline_ms &&
	       (is_fixed(s) || lag_listened_since(&s->t->lag, s->deadline_ms));
}

static enum turn too_late(struct session *s, struct err *err)
{
	const struct state_row *row = &s->machine->row[s->state];
	char limit[CLOCK_TEXT];
	int told = s->machine->late ? s->machine->late(s, err) : 0;

	if (told != 0)
		return told < 0 ? TURN_FAILED : TURN_MORE;
	clock_format_duration(limit_ms(s, row->limit), limit);
	/* a state is named as its limit is; the task's limit has a name of its owner's */
	if (row->limit == LIMIT_TASK && s->task.limit_name)
		return err_set(err, row->late, "no answer in %s (%s)", limit, s->task.limit_name);
	return err_set(err, row->late, "no answer in %s", limit);
}

enum turn session_step(struct session *s, int64_t now_ms, struct err *err)
{
	int64_t begun_us = clock_cpu_us();
	enum turn r = TURN_MORE;

	s->now_ms = now_ms;
	s->wake_ms = INT64_MAX;
	if (s->ending.code != ERR_NONE) {
		*err = s->ending;
		s->ending.code = ERR_NONE;
		r = TURN_FAILED;
	}
	for (int turn = 0; r == TURN_MORE && turn < TURNS_MAX; turn++)
		r = s->machine->row[s->state].run(s, err);
	/* what a done task leaves to send goes out with the next, or with the goodbye */
	if (r != TURN_FAILED && r != TURN_DONE && s->machine->flush)
		s->machine->flush(s);
	s->cpu_us += clock_cpu_us() - begun_us;
	if (r >= TURN_MORE && is_too_busy(s))
		r = too_busy(s, err);
	if (r >= TURN_MORE && is_late(s))       /* busy or silent, both end */
		r = too_late(s, err);
	if (r == TURN_FAILED && s->state == STATE_IDLE)
		return err_in(err, "%s", s->endpoint->name);
	if (r == TURN_FAILED)
		return err_in(err, "%s: %s", s->endpoint->name, s->machine->row[s->state].name);
	return r;
}

/* Watching. */

static void on_poll(uv_poll_t *handle, int status, int events)
{
	struct session *s = handle->data;
	struct watch *w = &s->watch[handle == s->watch[1].handle];
	int64_t now_ms = clock_now_ms();

	(void)events;
	lag_heard(&s->t->lag, now_ms);
	session_heard(s, now_ms);
	if (status < 0)
		w->mask = 0;    /* libuv stops watching a descriptor with an error by itself */
	session_turn(s);
}

static void on_timer(uv_timer_t *timer)
{
	struct session *s = timer->data;

	s->armed_ms = INT64_MAX;
	if (clock_now_ms() >= s->deadline_ms && !lag_listened_since(&s->t->lag, s->deadline_ms))
		transport_overdue(s);
	else
		session_turn(s);
}

/* Each start costs libuv an epoll_ctl: only when the mask changes. */
static void set_mask(struct watch *w)
{
	if (!w->handle || w->mask == w->want)
		return;
	if (w->want)
		uv_poll_start(w->handle, w->want, on_poll);
	else
		uv_poll_stop(w->handle);
	w->mask = w->want;
}

static void arm(struct session *s)
{
	int64_t at = s->deadline_ms < s->wake_ms ? s->deadline_ms : s->wake_ms;
	int64_t now = at == s->armed_ms ? 0 : clock_now_ms();

	set_mask(&s->watch[0]);
	set_mask(&s->watch[1]);
	if (at == s->armed_ms)
		return;
	if (at == INT64_MAX) {
		uv_timer_stop(&s->timer);
	} else if (now >= s->deadline_ms) {
		transport_overdue(s);
		return;
	} else {
		/* libuv counts from the begin of its round, which may be a while ago */
		uv_update_time(s->t->loop);
		uv_timer_start(&s->timer, on_timer, at > now ? (uint64_t)(at - now) : 0, 0);
	}
	s->armed_ms = at;
}

void session_watch(struct session *s, int which, int fd)
{
	struct watch *w = &s->watch[which];

	int rc;

	INSIST(!w->handle);
	w->handle = xcalloc(1, sizeof(*w->handle));
	rc = uv_poll_init(s->t->loop, w->handle, fd);
	INSIST(rc == 0);                /* fails only for what is watched already or a file */
	(void)rc;
	w->handle->data = s;
	w->mask = 0;
	w->want = which == 0 ? 0 : UV_READABLE;
	s->t->handles++;
	if (s->background)
		uv_unref((uv_handle_t *)w->handle);
}

void session_unwatch(struct session *s, int which)
{
	struct watch *w = &s->watch[which];

	if (!w->handle)
		return;
	transport_close_handle(s->t, w->handle);
	memset(w, 0, sizeof(*w));
}

/* The task and its end. */

static void release_task(struct task *task)
{
	if (task->kind == TASK_CALL) {
		answer_release(&task->answer);
		buf_release(&task->complaint);
	}
	free(task->request);
	free(task->remote);
	task->request = task->remote = NULL;
}

/* Tells the owner, who may give the next task or free the session in `done`. */
static void task_over(struct session *s, const struct err *err)
{
	struct task old = s->task;

	INSIST(old.kind == TASK_NONE || old.done);
	memset(&s->task, 0, sizeof(s->task));
	s->ending.code = ERR_NONE;
	release_task(&old);
	if (old.kind != TASK_NONE && !s->dead)
		old.done(old.ctx, err);
}

static bool part(struct session *s)
{
	s->parting = s->machine->part && s->machine->part(s);
	return s->parting;
}

static void fail(struct session *s, struct err *err)
{
	/* who sent everything has answered, even when the line broke before it was closed */
	bool whole = s->task.kind == TASK_CALL && s->task.answer.ended &&
		     (err->code == FAULT_CONNECTION_LOST || err->code == FAULT_TIME_LIMIT);

	if (session_goes_another_way(s, err))
		return;
	if (s->keep_line) {
		s->keep_line = false;
		session_enter(s, STATE_READY);
	} else if (!part(s)) {
		s->machine->close(s, false);
		session_enter(s, STATE_IDLE);
	}
	task_over(s, whole ? NULL : err);
}

/* What was to be said is said, or could not be: a task that came meanwhile begins anew. */
static void parted(struct session *s, bool in_order)
{
	s->parting = false;
	s->machine->close(s, in_order);
	session_enter(s, STATE_IDLE);
	transport_wake(s);
}

/* A task that came while a goodbye is said, and is to end. */
static void end_waiting_task(struct session *s)
{
	struct err err = s->ending;

	s->ending.code = ERR_NONE;
	err_in(&err, "%s", s->endpoint->name);
	task_over(s, &err);
}

void session_turn(struct session *s)
{
	struct err err = { .code = ERR_NONE };
	enum turn r;

	if (s->dead && !s->parting)
		return;
	if (s->parting && s->ending.code != ERR_NONE)
		end_waiting_task(s);
	r = session_step(s, clock_now_ms(), &err);
	if (s->parting && r < TURN_MORE) {
		parted(s, r == TURN_DONE);
		return;
	}
	if (r == TURN_FAILED)
		fail(s, &err);
	else if (r == TURN_DONE)
		task_over(s, NULL);
	if (s->dead && !s->parting)
		return;
	if (r == TURN_WAIT)
		arm(s);
	else    /* more to do, a line that got idle, or a new task: the next turn arms */
		transport_wake(s);
}

static void timer_closed(uv_handle_t *handle)
{
	struct session *s = handle->data;
	struct transport *t = s->t;

	free(s);
	transport_handle_gone(t);
}

void session_reap(struct session *s, bool now)
{
	INSIST(s->dead);
	if (!now && (s->parting || part(s))) {
		if (!s->is_leaving)
			TAILQ_INSERT_TAIL(&s->t->parting, s, parted);
		s->is_leaving = true;
		session_turn(s);
		return;
	}
	if (s->is_leaving)
		TAILQ_REMOVE(&s->t->parting, s, parted);
	if (s->queued)
		TAILQ_REMOVE(&s->t->queue, s, queue);
	if (s->is_overdue)
		TAILQ_REMOVE(&s->t->overdue, s, overdue);
	s->machine->close(s, s->state == STATE_READY &&
				     (s->task.kind == TASK_NONE || s->task.kind == TASK_CARRY));
	if (s->machine->release)
		s->machine->release(s);
	release_task(&s->task);
	free(s->found);
	free(s->passed_over);
	uv_close((uv_handle_t *)&s->timer, timer_closed);
}

int session_take(struct session *s, const char *data, size_t len, struct err *err)
{
	s->task.taken += len;
	return answer_feed(&s->task.answer, data, len, err);
}

void session_complain(struct session *s, const char *data, size_t len)
{
	struct buf *b = &s->task.complaint;
	size_t room = b->max - b->len;

	s->task.taken += len;
	buf_add(b, data, len < room ? len : room);
}

/* What owners call. */

struct session *session_new(struct transport *t, const struct endpoint *endpoint)
{
	struct session *s = xcalloc(1, sizeof(*s));

	s->t = t;
	s->own = *endpoint;
	s->endpoint = s->first = &s->own;
	s->machine = session_machine(endpoint);
	s->now_ms = clock_now_ms();
	s->deadline_ms = s->wake_ms = s->armed_ms = INT64_MAX;
	s->rtt_ms = -1;
	uv_timer_init(t->loop, &s->timer);
	s->timer.data = s;
	t->handles++;
	return s;
}

void session_free(struct session *s)
{
	if (!s || s->dead)
		return;
	s->dead = true;
	transport_wake(s);
}

static void on_line(void *ctx, const char *line, size_t len)
{
	struct session *s = ctx;

	if (s->first_line_utc_ms == 0)
		s->first_line_utc_ms = clock_utc_ms();
	if (!s->dead)
		s->task.line(s->task.ctx, line, len);
}

void session_call(struct session *s, const struct call *call)
{
	const struct transport_limits *l = &s->t->options.limits;
	char nonce[2 * NONCE_BYTES + 1] = "";

	INSIST(!s->dead && s->task.kind == TASK_NONE);
	INSIST(call->script && call->done && call->line && json_is_object(call->request));
	INSIST(call->data ? call->len > 0 && call->len <= CALL_DATA_MAX : call->len == 0);
	s->task = (struct task){
		.kind = TASK_CALL,
		.limit_ms = call->limit_ms,
		.limit_name = call->limit_name,
		.fixed_limit = call->fixed_limit,
		.done = call->done,
		.ctx = call->ctx,
		.line = call->line,
		.script = transport_payload(s->t, call->script),
	};
	random_hex(nonce, NONCE_BYTES, &s->ending);
	session_make_input(&s->task, call, nonce);
	answer_init(&s->task.answer, nonce, l->output, l->line, on_line, s);
	buf_init(&s->task.complaint, COMPLAINT_MAX);
	s->sent_utc_ms = s->first_line_utc_ms = 0;
	transport_wake(s);
}

void session_upload(struct session *s, const struct upload *upload)
{
	INSIST(!s->dead && s->task.kind == TASK_NONE);
	INSIST(upload->remote && upload->done && (upload->data || upload->len == 0));
	s->task = (struct task){
		.kind = TASK_UPLOAD,
		.limit_ms = upload->limit_ms,
		.fixed_limit = true,
		.done = upload->done,
		.ctx = upload->ctx,
		.remote = xstrdup(upload->remote),
		.data = upload->data,
		.len = upload->len,
		.progress = upload->sent,
		.pace = upload->pace,
	};
	transport_wake(s);
}

void session_carry(struct session *s, void (*done)(void *ctx, const struct err *err), void *ctx)
{
	INSIST(!s->dead && s->task.kind == TASK_NONE);
	s->task = (struct task){ .kind = TASK_CARRY, .done = done, .ctx = ctx };
	transport_wake(s);
}

void session_reach(struct session *s, void (*done)(void *ctx, const struct err *err), void *ctx)
{
	INSIST(!s->dead && s->task.kind == TASK_NONE && s->endpoint->kind == ENDPOINT_SSH);
	s->task = (struct task){ .kind = TASK_REACH, .done = done, .ctx = ctx };
	transport_wake(s);
}

void session_greet(struct session *s, const struct greet *greet)
{
	INSIST(!s->dead && s->task.kind == TASK_NONE);
	INSIST(s->machine == &machine_ssh || s->machine == &machine_winrm);
	s->task = (struct task){
		.kind = TASK_GREET, .shown = greet->shown, .done = greet->done, .ctx = greet->ctx
	};
	transport_wake(s);
}

void session_background(struct session *s, bool on)
{
	void (*tell)(uv_handle_t *) = on ? uv_unref : uv_ref;

	s->background = on;
	tell((uv_handle_t *)&s->timer);
	for (size_t i = 0; i < ARRAY_LEN(s->watch); i++)
		if (s->watch[i].handle)
			tell((uv_handle_t *)s->watch[i].handle);
	if (s->tunnel)
		tunnel_rest(s->tunnel, on);
}

void session_end(struct session *s, enum err_code code, const char *why)
{
	INSIST(code != ERR_NONE);
	if (s->task.kind == TASK_NONE)
		return;
	err_set(&s->ending, code, "%s", why);
	transport_wake(s);
}

/* A host we have no way to, or whose way is not known: its fault without being dialled. */
static enum turn no_way(struct session *s, struct err *err)
{
	return s->task.kind == TASK_NONE ? session_wait(s, 0) : session_no_way(s->endpoint, err);
}

static void nothing_to_close(struct session *s, bool in_order)
{
	(void)s;
	(void)in_order;
}

static const struct state_row no_rows[] = {
	[STATE_IDLE] = { "idle", no_way, LIMIT_NONE, ERR_NONE },
};
const struct machine machine_none = { .row = no_rows, .close = nothing_to_close };
