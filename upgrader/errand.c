/* errand.c - drives the hosts of an errand, some at a time: look, say in the trail what is done,
 * make the call, look again. A call that is lost is made again. */
#include "upgrader/errand.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/insist.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "scanner/policy/policy_store.h"
#include "scanner/remember.h"
#include "scanner/recheck.h"
#include "upgrader/step_answer.h"

enum {
	PARALLEL = UPGRADE_PARALLEL,
	TRIES = 3,
	RETRY_MS = 5 * 1000,
	TICK_MS = 250
};

/* What is in flight to one host. */
struct errand_line {
	struct errand_target *target;
	struct endpoint endpoint;
	struct session *session;
	struct policy policy;
	struct step_answer answer;
	uv_timer_t timer;
	int64_t begun_ms;
	int tries;
	bool starting;                  /* from the trail's word on */
	struct look *look;              /* to be stored with the next word of the trail */
	const char *event;              /* that word: text, or NULL for none */
	char text[PREFLIGHT_REASON];
	void (*then)(struct errand_line *l);   /* once the store has written */
};

static void fill(struct errand *e);
static void submit(struct errand_line *l);

const char *errand_end_name(const struct errand_kind *kind, enum errand_end end)
{
	INSIST((unsigned)end < ERRAND_END_COUNT && kind->end[end]);
	return kind->end[end];
}

bool errand_is_well(enum errand_end end)
{
	return end == ERRAND_FINE || end == ERRAND_DONE;
}

const json_t *errand_fact(const struct facts *facts, enum fact_id id)
{
	const struct fact *fact = facts_find(facts, id);

	return fact && !fact->older ? fact->value : NULL;
}

void errand_say(struct errand_target *t, enum errand_end end, const char *text)
{
	t->end = end;
	snprintf(t->reason, sizeof(t->reason), "%s", text);
}

static void on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

static void tell(const struct errand_target *t)
{
	enum log_level level = errand_is_well(t->end) ? LOG_INFO : LOG_ERROR;

	progress_clear(&t->errand->progress);
	log_line(level, "%s: %s: %s", t->name, errand_end_name(t->errand->kind, t->end), t->reason);
}

static void land(struct errand_line *l)
{
	struct errand_target *t = l->target;
	struct errand *e = t->errand;

	/* what was done there is written and told */
	INSIST(t->line == l && e->in_flight > 0 && !l->look && *t->reason);
	session_free(l->session);
	step_answer_release(&l->answer);
	t->line = NULL;
	uv_close((uv_handle_t *)&l->timer, on_closed);
	e->in_flight--;
	e->progress.in_flight = e->in_flight;
	e->progress.done++;
	e->progress.failed += !errand_is_well(t->end);
	tell(t);
	fill(e);
}

static void on_time_submit(uv_timer_t *timer)
{
	submit(timer->data);
}

static void on_written(void *ctx, const struct err *err)
{
	struct errand_line *l = ctx;
	struct errand *e = l->target->errand;

	if (err && err->code == ERR_BUSY && e->asked < 2) {
		log_line(LOG_WARN, "%s; tried again", err->msg);
		uv_timer_start(&l->timer, on_time_submit, RETRY_MS, 0);
		return;
	}
	look_free(l->look);
	l->look = NULL;
	if (!err) {
		l->then(l);
		return;
	}
	if (e->broken.code == ERR_NONE)
		e->broken = *err;
	errand_say(l->target, ERRAND_FAILED, "the database could not be written");
	land(l);
}

static void submit(struct errand_line *l)
{
	struct errand_target *t = l->target;
	struct tx *tx = tx_new();

	INSIST(t->line == l && l->then);
	if (l->look && l->look->err.code != FAULT_CANCELLED)
		look_store(l->look, tx, t->name, 0, "upgrade");
	if (l->event)
		tx_event(tx, t->name, 0, t->errand->kind->word, l->event, clock_utc_ms());
	store_submit(t->errand->store, tx, l->event != NULL, &t->errand->loop, on_written, l);
}

/* Durable: the trail's word about a server stands before the server is another, and after. Takes
 * the look; NULL for none. */
static void write_down(struct errand_line *l, struct look *look, const char *event,
		       void (*then)(struct errand_line *l))
{
	INSIST(!l->look);
	l->look = look;
	l->event = event ? l->text : NULL;
	snprintf(l->text, sizeof(l->text), "%s", event ? event : "");
	l->then = then;
	submit(l);
}

static bool may_try_again(const struct errand_line *l, enum err_code code)
{
	return l->target->errand->asked < 2 && l->tries < TRIES && !fault_is_lasting(code) &&
	       code != FAULT_CANCELLED;
}

static void try_again(struct errand_line *l, enum err_code code, uv_timer_cb again)
{
	l->tries++;
	uv_timer_start(&l->timer, again, (uint64_t)fault_wait_ms(code, RETRY_MS), 0);
}

static void look(struct errand_line *l, void (*done)(void *ctx, struct look *look))
{
	struct errand *e = l->target->errand;
	const struct inv_host *host = l->target->host;

	look_start(&(struct look_request){ .session = l->session,
					   .host = host,
					   .store = e->store,
					   .past = json_object_get(e->past, host->name),
					   .policy = &l->policy,
					   .limit_ms = way_probe_limit(e->way, false),
					   .done = done,
					   .ctx = l });
}

/* --- afterwards ---------------------------------------------------------------------------- */
static void look_after(struct errand_line *l);

static void on_time_after(uv_timer_t *timer)
{
	look_after(timer->data);
}

static const json_t *past_of(const struct errand_target *t)
{
	return json_object_get(t->errand->past, t->name);
}

static void on_looked_after(void *ctx, struct look *seen)
{
	struct errand_line *l = ctx;
	struct errand_target *t = l->target;
	const struct errand_kind *kind = t->errand->kind;
	AUTO_FREE char *text = NULL;

	if (seen->err.code != ERR_NONE && may_try_again(l, seen->err.code)) {
		look_free(seen);
		try_again(l, seen->err.code, on_time_after);
		return;
	}
	if (seen->err.code != ERR_NONE) {
		text = xasprintf("%s: %s", kind->unseen, err_text_without(&seen->err, t->name));
		errand_say(t, ERRAND_UNREACHABLE, text);
	} else {
		kind->after(t, &seen->facts, past_of(t));
	}
	write_down(l, seen, t->reason, land);
}

static void look_after(struct errand_line *l)
{
	look(l, on_looked_after);
}

/* --- the call ------------------------------------------------------------------------------- */
static void start(struct errand_line *l);

static void on_time_start(uv_timer_t *timer)
{
	start(timer->data);
}

static void on_line(void *ctx, const char *line, size_t len)
{
	step_answer_line(&((struct errand_line *)ctx)->answer, line, len);
}

static void on_call(void *ctx, const struct err *fault)
{
	struct errand_line *l = ctx;
	struct errand_target *t = l->target;
	const struct errand_kind *kind = t->errand->kind;
	AUTO_FREE char *text = NULL;
	struct err err;
	AUTO_JSON json_t *answer = step_answer_take(&l->answer, t->name, fault, &err);

	if (!answer && may_try_again(l, err.code)) {
		try_again(l, err.code, on_time_start);
	} else if (!answer) {
		text = xasprintf("%s: %s", kind->lost, err_text_without(&err, t->name));
		errand_say(t, ERRAND_UNREACHABLE, text);
		write_down(l, NULL, t->reason, land);
	} else if (!answer_ok(answer)) {
		kind->refused(t, answer);
		write_down(l, NULL, t->reason, land);
	} else {
		l->tries = 0;
		if (kind->answered)
			kind->answered(t, answer);
		look_after(l);
	}
}

static void start(struct errand_line *l)
{
	const struct errand_kind *kind = l->target->errand->kind;
	AUTO_JSON json_t *request = kind->request(l->target);

	json_object_set_new(request, "op", json_string(script_name(kind->script)));
	json_object_set_new(request, "controller", json_string(""));
	l->starting = true;
	step_answer_begin(&l->answer, script_name(kind->script));
	session_call(l->session, &(struct call){ .script = script_of(kind->script),
						 .request = request,
						 .limit_ms = kind->limit_ms + CALL_SLACK_MS,
						 .fixed_limit = true,
						 .line = on_line,
						 .done = on_call,
						 .ctx = l });
}

/* --- the first look ------------------------------------------------------------------------- */
static void on_looked(void *ctx, struct look *seen)
{
	struct errand_line *l = ctx;
	struct errand_target *t = l->target;
	AUTO_FREE char *text = NULL;

	if (seen->err.code != ERR_NONE) {
		errand_say(t, ERRAND_UNREACHABLE, err_text_without(&seen->err, t->name));
		write_down(l, seen, NULL, land);
		return;
	}
	t->errand->kind->judge(t, &seen->facts, past_of(t));
	if (t->end != ERRAND_NOT_BEGUN) {
		write_down(l, seen, NULL, land);
	} else if (t->errand->asked > 1) {
		errand_say(t, ERRAND_NOT_BEGUN, "interrupted");
		write_down(l, seen, NULL, land);
	} else {
		text = t->errand->kind->announce(t);
		write_down(l, seen, text, start);
	}
}

static void take_off(struct errand *e, struct errand_target *t)
{
	struct errand_line *l = xcalloc(1, sizeof(*l));

	INSIST(!t->line && t->host && t->end == ERRAND_NOT_BEGUN);
	t->line = l;
	l->target = t;
	l->begun_ms = clock_now_ms();
	e->in_flight++;
	e->progress.in_flight = e->in_flight;
	uv_timer_init(&e->loop, &l->timer);
	l->timer.data = l;
	endpoint_as_before(e->transport, t->host, json_object_get(e->past, t->host->name),
			   &l->endpoint);
	policies_for(e->policies, t->host->group, t->host->group_count, &l->policy);
	l->session = session_new(e->transport, &l->endpoint);
	look(l, on_looked);
}

static void over(struct errand *e)
{
	if (uv_is_closing((uv_handle_t *)&e->tick))
		return;
	INSIST(e->in_flight == 0);
	uv_close((uv_handle_t *)&e->tick, NULL);
	signals_stop(&e->signals);
}

static void fill(struct errand *e)
{
	while (e->asked == 0 && e->broken.code == ERR_NONE && e->in_flight < PARALLEL &&
	       e->next < e->count) {
		struct errand_target *t = &e->target[e->next++];

		if (t->end == ERRAND_NOT_BEGUN)
			take_off(e, t);
	}
	if (e->in_flight == 0)
		over(e);
}

/* Once: no new host. Twice: a start under way is waited for all the same, it is short. */
static void on_ctrl_c(void *ctx, int count)
{
	struct errand *e = ctx;

	e->asked = count;
	progress_clear(&e->progress);
	if (count == 1)
		log_line(LOG_WARN,
			 "no new host is begun; %d in flight %s (Ctrl-C again: only what was begun "
			 "on a host ends)",
			 e->in_flight, e->in_flight == 1 ? "finishes" : "finish");
	else if (count == 2)
		log_line(LOG_WARN, "what was begun on a host is waited for; all else ends now");
	for (int i = 0; i < e->count && count > 1; i++) {
		struct errand_line *l = e->target[i].line;

		if (l && !l->starting)
			session_end(l->session, FAULT_CANCELLED, "interrupted");
	}
	fill(e);
}

static void collect(void *ctx, struct in_flights *to)
{
	const struct errand *e = ctx;
	struct session_facts way;

	for (int i = 0; i < e->count; i++) {
		const struct errand_line *l = e->target[i].line;

		if (!l)
			continue;
		session_look(l->session, &way);
		in_flights_add(to, &(struct in_flight){ e->target[i].name, way.state, l->begun_ms,
							way.until_ms });
	}
}

static void tell_under_way(void *ctx)
{
	struct errand *e = ctx;

	under_way_tell(&e->under_way, clock_now_ms());
}

static void on_tick(uv_timer_t *timer)
{
	struct errand *e = timer->data;

	if (!transport_is_asking(e->transport))
		under_way_tick(&e->under_way, clock_now_ms());
}

static int prepare_transport(struct errand *e, int *out_open, struct err *err)
{
	AUTO_FREE const struct inv_host **host = xcalloc((size_t)e->count + 1, sizeof(*host));
	int used = 0;

	for (int i = 0; i < e->count; i++)
		if (e->target[i].end == ERRAND_NOT_BEGUN)
			host[used++] = e->target[i].host;
	*out_open = used;
	way_warn(host, used);
	return way_prepare(e->transport, host, used, err);
}

static int drive(struct errand *e, bool quiet, struct err *err)
{
	AUTO_FREE char *said = NULL;
	int open;

	e->policies = policies_adopt(e->store, NULL, &said, err);
	if (said)
		log_line(LOG_WARN, "%s", said);
	e->past = e->policies ? past_of_all(e->store, err) : NULL;
	if (!e->past || prepare_transport(e, &open, err) != 0)
		return -1;
	progress_init(&e->progress, e->kind->word, open, quiet);
	under_way_init(&e->under_way, &e->progress, collect, e);
	uv_timer_init(&e->loop, &e->tick);
	e->tick.data = e;
	uv_timer_start(&e->tick, on_tick, TICK_MS, TICK_MS);
	signals_start(&e->signals, &e->loop, on_ctrl_c, e);
	signals_tell(&e->signals, tell_under_way);
	fill(e);
	uv_run(&e->loop, UV_RUN_DEFAULT);
	progress_clear(&e->progress);
	if (e->broken.code == ERR_NONE)
		return 0;
	*err = e->broken;
	return -1;
}

int errand_drive(struct errand *e, const struct way_options *way, bool quiet, struct err *err)
{
	int rc;

	if (transport_check_limit(err) != 0)
		return -1;
	if (uv_loop_init(&e->loop) != 0)
		return err_set(err, ERR_SYSTEM, "no event loop: too few descriptors (ulimit -n)");
	e->way = way;
	e->transport = transport_new(&e->loop, &way->transport);
	rc = drive(e, quiet, err);
	transport_free(e->transport);
	uv_run(&e->loop, UV_RUN_DEFAULT);
	uv_loop_close(&e->loop);
	json_decref(e->past);
	policies_free(e->policies);
	return rc;
}
