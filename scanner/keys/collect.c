/* collect.c - many short conversations on one loop: keeps `jobs` hosts in flight and starts the
 * next as one ends. */
#include "scanner/keys/collect.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/insist.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/signals.h"
#include "base/term.h"
#include "scanner/under_way.h"

enum { TICK_MS = 250 };

typedef void shown_fn(void *ctx, const struct key_target *target, const struct shown_key *key);

struct collect {
	uv_loop_t loop;
	const struct key_targets *targets;
	struct transport *transport;
	struct asked *asked;            /* one a target */
	shown_fn *shown;
	void *ctx;
	int next, in_flight, jobs;
	bool stopping;
	struct signals signals;
	struct progress progress;
	struct under_way under_way;
	uv_timer_t tick;
	struct collected *result;
};

struct asked {
	struct collect *collect;
	const struct key_target *target;
	struct endpoint endpoint;
	struct session *session;        /* NULL: not in flight */
	int64_t begun_ms;
};

static void fill(struct collect *c);

static void on_ctrl_c(void *ctx, int count)
{
	struct collect *c = ctx;

	(void)count;
	if (c->stopping)
		return;
	c->stopping = c->result->interrupted = true;
	for (int i = 0; i < c->targets->count; i++)
		if (c->asked[i].session)
			session_end(c->asked[i].session, FAULT_CANCELLED, "interrupted");
	fill(c);
}

static void on_shown(void *ctx, const struct shown_key *key)
{
	struct asked *a = ctx;
	const struct key_target *target = a->target;

	if (key->way == ENDPOINT_WINRM && target->kind == KEY_OF_HOST) {
		if (target->otherwise < 0)
			return;         /* it is another's, too, which is asked itself */
		target = &a->collect->targets->item[target->otherwise];
	}
	a->collect->shown(a->collect->ctx, target, key);
}

static void on_done(void *ctx, const struct err *err)
{
	struct asked *a = ctx;
	struct collect *c = a->collect;
	struct collected *r = c->result;
	struct cause *cause;

	if (!err) {
		r->shown++;
	} else {
		r->not_shown++;
		cause = causes_add(&r->causes, err->code, a->target->name, a->target->address,
				   err->msg);
		causes_hint(&r->causes, cause, err->hint);
		log_line(LOG_DEBUG, "%s", err->msg);
	}
	session_free(a->session);
	a->session = NULL;
	c->in_flight--;
	fill(c);
}

static void take_off(struct collect *c, struct asked *a, const struct key_target *target)
{
	a->collect = c;
	a->target = target;
	a->begun_ms = clock_now_ms();
	c->in_flight++;
	key_target_endpoint(c->transport, target, &a->endpoint);
	a->session = session_new(c->transport, &a->endpoint);
	session_greet(a->session, &(struct greet){ .shown = on_shown, .done = on_done, .ctx = a });
}

/* Starts hosts while there is room. Called whenever one ended. */
static void fill(struct collect *c)
{
	while (!c->stopping && c->in_flight < c->jobs && c->next < c->targets->count) {
		int i = c->next++;

		if (!c->targets->item[i].second)
			take_off(c, &c->asked[i], &c->targets->item[i]);
	}
	c->progress.done = c->result->shown + c->result->not_shown;
	c->progress.failed = c->result->not_shown;
	c->progress.in_flight = c->in_flight;
	if (c->in_flight == 0 && !uv_is_closing((uv_handle_t *)&c->tick)) {
		uv_close((uv_handle_t *)&c->tick, NULL);
		signals_stop(&c->signals);
	}
}

static void in_flight(void *ctx, struct in_flights *to)
{
	const struct collect *c = ctx;
	struct session_facts way;

	for (int i = 0; i < c->next; i++) {
		const struct asked *a = &c->asked[i];

		if (!a->session)
			continue;
		session_look(a->session, &way);
		in_flights_add(to, &(struct in_flight){ a->target->name, way.state, a->begun_ms,
							way.until_ms });
	}
}

static void tell(void *ctx)
{
	struct collect *c = ctx;

	under_way_tell(&c->under_way, clock_now_ms());
}

static void on_tick(uv_timer_t *timer)
{
	struct collect *c = timer->data;

	if (!transport_is_asking(c->transport))
		under_way_tick(&c->under_way, clock_now_ms());
}

static int prepare(struct collect *c, struct err *err)
{
	int count = c->targets->count;
	AUTO_FREE struct endpoint *endpoint = xcalloc((size_t)count + 1, sizeof(*endpoint));
	AUTO_FREE const struct endpoint **list = xcalloc((size_t)count + 1, sizeof(*list));

	for (int i = 0; i < count; i++) {
		key_target_endpoint(c->transport, &c->targets->item[i], &endpoint[i]);
		list[i] = &endpoint[i];
	}
	return transport_prepare(c->transport, list, count, err);
}

static int collect_to_end(struct collect *c, const struct collect_options *o, struct err *err)
{
	if (prepare(c, err) != 0)
		return -1;
	c->jobs = way_jobs(o->way.jobs, c->transport);
	uv_timer_init(&c->loop, &c->tick);
	c->tick.data = c;
	uv_timer_start(&c->tick, on_tick, TICK_MS, TICK_MS);
	signals_start(&c->signals, &c->loop, on_ctrl_c, c);
	signals_tell(&c->signals, tell);
	fill(c);
	uv_run(&c->loop, UV_RUN_DEFAULT);
	progress_clear(&c->progress);
	INSIST(c->in_flight == 0);
	c->result->not_begun = c->targets->asked - c->result->shown - c->result->not_shown;
	c->result->not_shown += c->result->not_begun;
	return 0;
}

int collect_run(const struct key_targets *targets, const struct collect_options *options,
		shown_fn *shown, void *ctx, struct collected *out, struct err *err)
{
	struct collect c = { .targets = targets, .shown = shown, .ctx = ctx, .result = out };
	int64_t begun_ms = clock_now_ms();
	int rc;

	*out = (struct collected){ .shown = 0 };
	if (transport_check_limit(err) != 0)
		return -1;
	if (uv_loop_init(&c.loop) != 0)
		return err_set(err, ERR_SYSTEM, "no event loop: too few descriptors (ulimit -n)");
	c.asked = xcalloc((size_t)targets->count + 1, sizeof(*c.asked));
	c.transport = transport_new(&c.loop, &options->way.transport);
	progress_init(&c.progress, "keys scan", targets->asked, options->quiet);
	under_way_init(&c.under_way, &c.progress, in_flight, &c);
	rc = collect_to_end(&c, options, err);
	transport_free(c.transport);
	uv_run(&c.loop, UV_RUN_DEFAULT);
	uv_loop_close(&c.loop);
	free(c.asked);
	out->took_ms = clock_now_ms() - begun_ms;
	return rc;
}
