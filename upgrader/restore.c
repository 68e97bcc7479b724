/* restore.c - drives hosts whose obengine shall run again, some at a time: look, say in the
 * trail what is done, start, look again. A call that is lost is made again: starting a service that
 * runs does nothing. */
#include "upgrader/restore.h"

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
	START_MS = UPGRADE_START_MINUTES * 60 * 1000,
	TICK_MS = 250
};

/* What is in flight to one host. */
struct restore_line {
	struct restore_target *target;
	struct endpoint endpoint;
	struct session *session;
	struct policy policy;
	struct step_answer answer;
	uv_timer_t timer;
	int tries;
	bool starting;                  /* from the trail's word on */
	struct look *look;              /* to be stored with the next word of the trail */
	const char *event;              /* that word: text, or NULL for none */
	char text[PREFLIGHT_REASON];
	void (*then)(struct restore_line *l);   /* once the store has written */
};

static void fill(struct restore *r);
static void submit(struct restore_line *l);

static void say(struct restore_target *t, enum restore_end end, const char *text)
{
	t->end = end;
	snprintf(t->reason, sizeof(t->reason), "%s", text);
}

static void on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

static void tell(const struct restore_target *t)
{
	enum log_level level = restore_is_well(t->end) ? LOG_INFO : LOG_ERROR;

	progress_clear(&t->restore->progress);
	log_line(level, "%s: %s: %s", t->name, restore_end_name(t->end), t->reason);
}

static void land(struct restore_line *l)
{
	struct restore_target *t = l->target;
	struct restore *r = t->restore;

	/* what was done there is written and told */
	INSIST(t->line == l && r->in_flight > 0 && !l->look && *t->reason);
	session_free(l->session);
	step_answer_release(&l->answer);
	t->line = NULL;
	uv_close((uv_handle_t *)&l->timer, on_closed);
	r->in_flight--;
	r->progress.in_flight = r->in_flight;
	r->progress.done++;
	r->progress.failed += !restore_is_well(t->end);
	tell(t);
	fill(r);
}

static void on_time_submit(uv_timer_t *timer)
{
	submit(timer->data);
}

static void on_written(void *ctx, const struct err *err)
{
	struct restore_line *l = ctx;
	struct restore *r = l->target->restore;

	if (err && err->code == ERR_BUSY && r->asked < 2) {
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
	if (r->broken.code == ERR_NONE)
		r->broken = *err;
	say(l->target, RESTORE_FAILED, "the database could not be written");
	land(l);
}

static void submit(struct restore_line *l)
{
	struct restore_target *t = l->target;
	struct tx *tx = tx_new();

	INSIST(t->line == l && l->then);
	if (l->look && l->look->err.code != FAULT_CANCELLED)
		look_store(l->look, tx, t->name, 0, "upgrade");
	if (l->event)
		tx_event(tx, t->name, 0, "restore", l->event, clock_utc_ms());
	store_submit(t->restore->store, tx, l->event != NULL, &t->restore->loop, on_written, l);
}

/* Durable: the trail's word about a server stands before the server is another, and after. Takes
 * the look; NULL for none. */
static void write_down(struct restore_line *l, struct look *look, const char *event,
		       void (*then)(struct restore_line *l))
{
	INSIST(!l->look);
	l->look = look;
	l->event = event ? l->text : NULL;
	snprintf(l->text, sizeof(l->text), "%s", event ? event : "");
	l->then = then;
	submit(l);
}

static bool may_try_again(const struct restore_line *l, enum err_code code)
{
	return l->target->restore->asked < 2 && l->tries < TRIES && !fault_is_lasting(code) &&
	       code != FAULT_CANCELLED;
}

static void try_again(struct restore_line *l, enum err_code code, uv_timer_cb again)
{
	l->tries++;
	uv_timer_start(&l->timer, again, (uint64_t)fault_wait_ms(code, RETRY_MS), 0);
}

static void look(struct restore_line *l, void (*done)(void *ctx, struct look *look))
{
	struct restore *r = l->target->restore;
	const struct inv_host *host = l->target->host;

	look_start(&(struct look_request){ .session = l->session,
					   .host = host,
					   .store = r->store,
					   .past = json_object_get(r->past, host->name),
					   .policy = &l->policy,
					   .limit_ms = way_probe_limit(r->way, false),
					   .done = done,
					   .ctx = l });
}

/* --- afterwards ---------------------------------------------------------------------------- */
static void look_after(struct restore_line *l);

static void on_time_after(uv_timer_t *timer)
{
	look_after(timer->data);
}

static void on_looked_after(void *ctx, struct look *seen)
{
	char run[RUN_NAME], reason[PREFLIGHT_REASON];
	struct restore_line *l = ctx;
	struct restore_target *t = l->target;
	AUTO_FREE char *text = NULL;

	if (seen->err.code != ERR_NONE && may_try_again(l, seen->err.code)) {
		look_free(seen);
		try_again(l, seen->err.code, on_time_after);
		return;
	}
	if (seen->err.code != ERR_NONE) {
		text = xasprintf("obengine was started, and not looked at again: %s",
				 err_text_without(&seen->err, t->name));
		say(t, RESTORE_UNREACHABLE, text);
	} else if (restore_judge(&seen->facts, t->run, run, reason) == RESTORE_RUNS) {
		text = xasprintf("obengine runs again, which run %s had left stopped", t->run);
		say(t, RESTORE_STARTED, text);
	} else {
		say(t, RESTORE_FAILED, "obengine was started and does not run");
	}
	write_down(l, seen, t->reason, land);
}

static void look_after(struct restore_line *l)
{
	look(l, on_looked_after);
}

/* --- the start ------------------------------------------------------------------------------ */
static void start(struct restore_line *l);

static void on_time_start(uv_timer_t *timer)
{
	start(timer->data);
}

static void on_line(void *ctx, const char *line, size_t len)
{
	step_answer_line(&((struct restore_line *)ctx)->answer, line, len);
}

static void on_call(void *ctx, const struct err *fault)
{
	struct restore_line *l = ctx;
	struct restore_target *t = l->target;
	AUTO_FREE char *text = NULL;
	struct err err;
	AUTO_JSON json_t *answer = step_answer_take(&l->answer, t->name, fault, &err);

	if (!answer && may_try_again(l, err.code)) {
		try_again(l, err.code, on_time_start);
	} else if (!answer) {
		text = xasprintf("whether obengine was started is not known: %s",
				 err_text_without(&err, t->name));
		say(t, RESTORE_UNREACHABLE, text);
		write_down(l, NULL, t->reason, land);
	} else if (!answer_ok(answer)) {
		t->end = restore_refused(answer, t->reason);
		write_down(l, NULL, t->reason, land);
	} else {
		l->tries = 0;
		look_after(l);
	}
}

static void start(struct restore_line *l)
{
	AUTO_JSON json_t *request =
		json_pack("{s:s, s:s, s:s, s:i}", "op", script_name(SCRIPT_ENGINE_START), "run",
			  l->target->run, "controller", "", "start_ms", START_MS);

	l->starting = true;
	step_answer_begin(&l->answer, script_name(SCRIPT_ENGINE_START));
	session_call(l->session, &(struct call){ .script = script_of(SCRIPT_ENGINE_START),
						 .request = request,
						 .limit_ms = START_MS + CALL_SLACK_MS,
						 .fixed_limit = true,
						 .line = on_line,
						 .done = on_call,
						 .ctx = l });
}

/* --- the first look ------------------------------------------------------------------------- */
static void on_looked(void *ctx, struct look *seen)
{
	struct restore_line *l = ctx;
	struct restore_target *t = l->target;
	AUTO_FREE char *text = NULL;

	if (seen->err.code != ERR_NONE) {
		say(t, RESTORE_UNREACHABLE, err_text_without(&seen->err, t->name));
		write_down(l, seen, NULL, land);
		return;
	}
	t->end = restore_judge(&seen->facts, t->changed_by, t->run, t->reason);
	if (t->end != RESTORE_NOT_BEGUN) {
		write_down(l, seen, NULL, land);
	} else if (t->restore->asked > 1) {
		say(t, RESTORE_NOT_BEGUN, "interrupted");
		write_down(l, seen, NULL, land);
	} else {
		text = xasprintf("obengine is started, which run %s left stopped", t->run);
		write_down(l, seen, text, start);
	}
}

static void take_off(struct restore *r, struct restore_target *t)
{
	struct restore_line *l = xcalloc(1, sizeof(*l));

	INSIST(!t->line && t->host && t->end == RESTORE_NOT_BEGUN);
	t->line = l;
	l->target = t;
	r->in_flight++;
	r->progress.in_flight = r->in_flight;
	uv_timer_init(&r->loop, &l->timer);
	l->timer.data = l;
	endpoint_as_before(r->transport, t->host, json_object_get(r->past, t->host->name),
			   &l->endpoint);
	policies_for(r->policies, t->host->group, t->host->group_count, &l->policy);
	l->session = session_new(r->transport, &l->endpoint);
	look(l, on_looked);
}

static void over(struct restore *r)
{
	if (uv_is_closing((uv_handle_t *)&r->tick))
		return;
	INSIST(r->in_flight == 0);
	uv_close((uv_handle_t *)&r->tick, NULL);
	signals_stop(&r->signals);
}

static void fill(struct restore *r)
{
	while (r->asked == 0 && r->broken.code == ERR_NONE && r->in_flight < PARALLEL &&
	       r->next < r->count) {
		struct restore_target *t = &r->target[r->next++];

		if (t->end == RESTORE_NOT_BEGUN)
			take_off(r, t);
	}
	if (r->in_flight == 0)
		over(r);
}

/* Once: no new host. Twice: a start under way is waited for all the same, it is short. */
static void on_ctrl_c(void *ctx, int count)
{
	struct restore *r = ctx;

	r->asked = count;
	progress_clear(&r->progress);
	log_line(LOG_WARN, "no new host is begun; %d in flight %s", r->in_flight,
		 r->in_flight == 1 ? "finishes" : "finish");
	for (int i = 0; i < r->count && count > 1; i++) {
		struct restore_line *l = r->target[i].line;

		if (l && !l->starting)
			session_end(l->session, FAULT_CANCELLED, "interrupted");
	}
	fill(r);
}

static void on_tick(uv_timer_t *timer)
{
	struct restore *r = timer->data;

	progress_show(&r->progress, clock_now_ms());
}

static int prepare_transport(struct restore *r, int *out_open, struct err *err)
{
	AUTO_FREE const struct inv_host **host = xcalloc((size_t)r->count + 1, sizeof(*host));
	int used = 0;

	for (int i = 0; i < r->count; i++)
		if (r->target[i].end == RESTORE_NOT_BEGUN)
			host[used++] = r->target[i].host;
	*out_open = used;
	way_warn(host, used);
	return way_prepare(r->transport, host, used, err);
}

static int drive(struct restore *r, bool quiet, struct err *err)
{
	AUTO_FREE char *said = NULL;
	int open;

	r->policies = policies_adopt(r->store, NULL, &said, err);
	if (said)
		log_line(LOG_WARN, "%s", said);
	r->past = r->policies ? past_of_all(r->store, err) : NULL;
	if (!r->past || prepare_transport(r, &open, err) != 0)
		return -1;
	progress_init(&r->progress, "restore", open, quiet);
	uv_timer_init(&r->loop, &r->tick);
	r->tick.data = r;
	uv_timer_start(&r->tick, on_tick, TICK_MS, TICK_MS);
	signals_start(&r->signals, &r->loop, on_ctrl_c, r);
	fill(r);
	uv_run(&r->loop, UV_RUN_DEFAULT);
	progress_clear(&r->progress);
	if (r->broken.code == ERR_NONE)
		return 0;
	*err = r->broken;
	return -1;
}

int restore_drive(struct restore *r, const struct way_options *way, bool quiet, struct err *err)
{
	int rc;

	if (transport_check_limit(err) != 0)
		return -1;
	if (uv_loop_init(&r->loop) != 0)
		return err_set(err, ERR_SYSTEM, "no event loop: too few descriptors (ulimit -n)");
	r->way = way;
	r->transport = transport_new(&r->loop, &way->transport);
	rc = drive(r, quiet, err);
	transport_free(r->transport);
	uv_run(&r->loop, UV_RUN_DEFAULT);
	uv_loop_close(&r->loop);
	json_decref(r->past);
	policies_free(r->policies);
	return rc;
}
