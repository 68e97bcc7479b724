/* scan.c - one look at many hosts: keeps `jobs` of them in flight on one loop, starts the next
 * as one ends, hands what was seen to the store in batches. */
#include "scanner/scan.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/insist.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/signals.h"
#include "base/term.h"
#include "scanner/deep.h"
#include "scanner/remember.h"
#include "scanner/under_way.h"

enum { BATCH_LOOKS = 64, BATCH_MS = 200 };

struct scan {
	uv_loop_t loop;
	const struct scan_options *options;
	const struct selection *hosts;
	struct store *store;
	struct transport *transport;
	json_t *past;               /* of all hosts, as before this scan */
	bool *deep;                     /* of each host of the selection: all its facts */
	int64_t id;
	int next, in_flight, jobs;
	bool stopping;
	struct flight *flights;         /* those in flight */
	struct tx *batch;
	int batch_looks, writing;       /* looks in the batch; batches handed over, not yet done */
	struct err store_err;
	uv_timer_t tick, deadline;
	struct signals signals;
	struct progress progress;
	struct under_way under_way;
	struct scan_result *result;
};

struct flight {
	struct scan *scan;
	struct flight *prev, *next;
	const struct inv_host *host;
	struct endpoint endpoint;
	struct session *session;
	struct policy policy;           /* of this host */
	int64_t begun_ms;
	uv_timer_t limit;
};

static void fill(struct scan *scan);

/* Ends what is in flight; what was seen of it so far is not kept, as it was our doing. */
static void stop(struct scan *scan, const char *why)
{
	if (scan->stopping)
		return;
	scan->stopping = true;
	for (struct flight *f = scan->flights; f; f = f->next)
		session_end(f->session, FAULT_CANCELLED, why);
	fill(scan);
}

static void on_ctrl_c(void *ctx, int count)
{
	struct scan *scan = ctx;

	(void)count;
	scan->result->interrupted = true;
	stop(scan, "interrupted");
}

static void on_deadline(uv_timer_t *timer)
{
	struct scan *scan = timer->data;

	scan->result->deadline = true;
	stop(scan, "the scan's deadline passed");
}

static void on_written(void *ctx, const struct err *err)
{
	struct scan *scan = ctx;

	INSIST(scan->writing > 0);
	scan->writing--;
	if (err && scan->store_err.code == ERR_NONE) {
		scan->store_err = *err;
		stop(scan, "the database failed");
	}
	fill(scan);
}

static void write_batch(struct scan *scan)
{
	if (scan->batch_looks == 0)
		return;
	scan->writing++;
	scan->batch_looks = 0;
	store_submit(scan->store, scan->batch, false, &scan->loop, on_written, scan);
	scan->batch = tx_new();
}

static void collect(void *ctx, struct in_flights *to)
{
	const struct scan *scan = ctx;
	struct session_facts way;

	for (const struct flight *f = scan->flights; f; f = f->next) {
		int64_t host_ms = f->begun_ms + scan->options->way.host_limit_ms;

		session_look(f->session, &way);
		in_flights_add(
			to, &(struct in_flight){ f->host->name, way.state, f->begun_ms,
						 way.until_ms < host_ms ? way.until_ms : host_ms });
	}
}

static void count_progress(struct scan *scan)
{
	scan->progress.done =
		scan->result->seen + scan->result->not_seen + scan->result->skipped.hosts;
	scan->progress.failed = scan->result->not_seen;
	scan->progress.in_flight = scan->in_flight;
}

static void tell(void *ctx)
{
	struct scan *scan = ctx;

	count_progress(scan);
	under_way_tell(&scan->under_way, clock_now_ms());
}

static void on_tick(uv_timer_t *timer)
{
	struct scan *scan = timer->data;

	write_batch(scan);
	count_progress(scan);
	if (!transport_is_asking(scan->transport))
		under_way_tick(&scan->under_way, clock_now_ms());
}

static void on_flight_closed(uv_handle_t *handle)
{
	free(handle->data);
}

static void count_fault(struct scan *scan, const struct flight *f, const struct err *err)
{
	struct causes *causes = &scan->result->causes;
	struct cause *cause =
		causes_add(causes, err->code, f->host->name, f->host->address, err->msg);

	causes_hint(causes, cause, err->hint);
	scan->result->not_seen++;
}

static void land(struct flight *f)
{
	struct scan *scan = f->scan;

	INSIST(scan->in_flight > 0 && (f->prev ? f->prev->next : scan->flights) == f);
	session_free(f->session);
	if (f->prev)
		f->prev->next = f->next;
	else
		scan->flights = f->next;
	if (f->next)
		f->next->prev = f->prev;
	scan->in_flight--;
	uv_close((uv_handle_t *)&f->limit, on_flight_closed);
}

static void on_looked(void *ctx, struct look *look)
{
	struct flight *f = ctx;
	struct scan *scan = f->scan;

	if (look->err.code == ERR_NONE) {
		scan->result->seen++;
		scan->result->compliant += look->judgement.status == STATUS_COMPLIANT;
	} else {
		count_fault(scan, f, &look->err);
		log_line(LOG_DEBUG, "%s", look->err.msg);
	}
	if (look->as_system && look->as_system->left)
		log_line(LOG_WARN, "%s: %s", f->host->name, look->as_system->note);
	if (look->facts.rejected > 0)
		log_line(LOG_DEBUG, "%s: %d lines of the answer were no fact, the first: %s",
			 f->host->name, look->facts.rejected, look->facts.rejected_first);
	if (look->err.code != FAULT_CANCELLED) {
		look_store(look, scan->batch, f->host->name, scan->id, "scan");
		if (look->as_system)
			tx_event(scan->batch, f->host->name, 0, "as-system", look->as_system->note,
				 look->utc_ms);
		if (++scan->batch_looks >= BATCH_LOOKS)
			write_batch(scan);
	}
	look_free(look);
	land(f);
	fill(scan);
}

static void on_host_limit(uv_timer_t *timer)
{
	struct flight *f = timer->data;

	session_end(f->session, FAULT_TIME_LIMIT, "the limit for a whole host passed");
}

static void take_off(struct scan *scan, const struct inv_host *host, bool deep)
{
	struct flight *f = xcalloc(1, sizeof(*f));

	f->scan = scan;
	f->host = host;
	f->begun_ms = clock_now_ms();
	f->next = scan->flights;
	if (f->next)
		f->next->prev = f;
	scan->flights = f;
	scan->in_flight++;
	policies_for(scan->options->policies, host->group, host->group_count, &f->policy);
	endpoint_as_before(scan->transport, host, json_object_get(scan->past, host->name),
			   &f->endpoint);
	f->session = session_new(scan->transport, &f->endpoint);
	uv_timer_init(&scan->loop, &f->limit);
	f->limit.data = f;
	uv_timer_start(&f->limit, on_host_limit, (uint64_t)scan->options->way.host_limit_ms, 0);
	look_start(&(struct look_request){
		.session = f->session,
		.host = host,
		.store = scan->store,
		.past = json_object_get(scan->past, host->name),
		.policy = &f->policy,
		.limit_ms = way_probe_limit(&scan->options->way, deep),
		.deep = deep,
		.accept_changed = scan->options->accept_changed,
		.as_system = scan->options->as_system,
		.done = on_looked,
		.ctx = f,
	});
}

/* All is done: nothing in flight, nothing to start, nothing being written. */
static void end(struct scan *scan)
{
	if (uv_is_closing((uv_handle_t *)&scan->tick))
		return;
	INSIST(!scan->flights && scan->writing == 0);
	uv_close((uv_handle_t *)&scan->tick, NULL);
	uv_close((uv_handle_t *)&scan->deadline, NULL);
	signals_stop(&scan->signals);
}

/* Starts hosts while there is room. Called whenever a host ended or a batch was written. */
static void fill(struct scan *scan)
{
	while (!scan->stopping && scan->in_flight < scan->jobs && scan->next < scan->hosts->count) {
		const struct inv_host *host = scan->hosts->host[scan->next];
		bool deep = scan->deep[scan->next++];

		if (host->skip)
			inv_skipped_add(&scan->result->skipped, host);
		else
			take_off(scan, host, deep);
	}
	if (scan->in_flight > 0 || (!scan->stopping && scan->next < scan->hosts->count))
		return;
	if (scan->store_err.code == ERR_NONE)
		write_batch(scan);
	if (scan->writing == 0)
		end(scan);
}

static int prepare_transport(struct scan *scan, struct err *err)
{
	int count = scan->hosts->count, used = 0;
	AUTO_FREE const struct inv_host **host = xcalloc((size_t)count + 1, sizeof(*host));

	for (int i = 0; i < count; i++)
		if (!scan->hosts->host[i]->skip)
			host[used++] = scan->hosts->host[i];
	way_warn(host, used);
	return way_prepare(scan->transport, host, used, err);
}

static void begin_timers(struct scan *scan)
{
	uv_timer_init(&scan->loop, &scan->tick);
	uv_timer_init(&scan->loop, &scan->deadline);
	scan->tick.data = scan;
	scan->deadline.data = scan;
	uv_timer_start(&scan->tick, on_tick, BATCH_MS, BATCH_MS);
	if (scan->options->deadline_ms > 0)
		uv_timer_start(&scan->deadline, on_deadline, (uint64_t)scan->options->deadline_ms,
			       0);
	signals_start(&scan->signals, &scan->loop, on_ctrl_c, scan);
	signals_tell(&scan->signals, tell);
}

static int begin_scan(struct scan *scan, struct err *err)
{
	struct tx *tx = tx_new();

	scan->id = store_new_id();
	tx_scan_begin(tx, scan->id, scan->options->patterns, scan->hosts->count, clock_utc_ms());
	if (scan->options->as_system)
		tx_event(tx, NULL, 0, "as-system",
			 "begun: a task of SYSTEM on each host, made and removed by one call",
			 clock_utc_ms());
	return store_write(scan->store, tx, scan->options->as_system, err);
}

static int end_scan(struct scan *scan, struct err *err)
{
	struct scan_result *r = scan->result;
	struct tx *tx;

	if (scan->store_err.code != ERR_NONE) {
		*err = scan->store_err;
		return -1;
	}
	/* each host is told of once */
	INSIST(scan->in_flight == 0 && r->seen + r->skipped.hosts + r->not_seen <= r->total);
	r->not_begun = r->total - r->seen - r->skipped.hosts - r->not_seen;
	r->not_seen += r->not_begun;
	tx = tx_new();
	tx_scan_end(tx, scan->id,
		    r->interrupted ? "interrupted" :
		    r->deadline	   ? "deadline" :
				     "done",
		    clock_utc_ms());
	return store_write(scan->store, tx, false, err);
}

static int scan_to_end(struct scan *scan, struct err *err)
{
	if (prepare_transport(scan, err) != 0)
		return -1;
	scan->jobs = way_jobs(scan->options->way.jobs, scan->transport);
	if (begin_scan(scan, err) != 0)
		return -1;
	begin_timers(scan);
	fill(scan);
	uv_run(&scan->loop, UV_RUN_DEFAULT);
	progress_clear(&scan->progress);
	return end_scan(scan, err);
}

int scan_run(const struct selection *hosts, struct store *store, const struct scan_options *options,
	     struct scan_result *out, struct err *err)
{
	struct scan scan = { .options = options, .hosts = hosts, .store = store, .result = out };
	int64_t begun_ms = clock_now_ms();
	int rc = -1;

	*out = (struct scan_result){ .total = hosts->count };
	if (transport_check_limit(err) != 0)
		return -1;
	scan.past = past_of_all(store, err);
	scan.deep = scan.past ? deep_plan(hosts, store, options, clock_utc_ms(), err) : NULL;
	if (!scan.deep) {
		json_decref(scan.past);
		return -1;
	}
	if (uv_loop_init(&scan.loop) != 0) {
		json_decref(scan.past);
		free(scan.deep);
		return err_set(err, ERR_SYSTEM, "no event loop: too few descriptors (ulimit -n)");
	}
	scan.transport = transport_new(&scan.loop, &options->way.transport);
	scan.batch = tx_new();
	progress_init(&scan.progress, "scan", hosts->count, options->quiet);
	under_way_init(&scan.under_way, &scan.progress, collect, &scan);
	rc = scan_to_end(&scan, err);
	transport_free(scan.transport);
	uv_run(&scan.loop, UV_RUN_DEFAULT);
	uv_loop_close(&scan.loop);
	tx_free(scan.batch);
	json_decref(scan.past);
	free(scan.deep);
	out->took_ms = clock_now_ms() - begun_ms;
	return rc;
}
