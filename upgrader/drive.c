/* drive.c - a run in earnest: loop, transport, signals and the progress line around its jobs.
 * Ctrl-C reaches run_on_ctrl_c(); a terminal that went away reaches nobody. */
#include "base/clock.h"
#include "base/insist.h"
#include "base/log.h"
#include "base/mem.h"
#include "scanner/remember.h"
#include "scanner/recheck.h"
#include "scanner/policy/policy_store.h"
#include "upgrader/estimate.h"
#include "upgrader/run.h"

enum { TICK_MS = 250 };

static void collect(void *ctx, struct in_flights *to)
{
	const struct run *run = ctx;

	for (int i = 0; i < run->count; i++) {
		const struct job *j = &run->job[i];

		if (j->active)
			in_flights_add(to,
				       &(struct in_flight){ j->row.host, job_state_name(j->state),
							    j->begun_ms, job_until_ms(j) });
	}
}

static void tell(void *ctx)
{
	struct run *run = ctx;

	under_way_tell(&run->under_way, clock_now_ms());
}

static void on_tick(uv_timer_t *timer)
{
	struct run *run = timer->data;

	if (!transport_is_asking(run->transport))
		under_way_tick(&run->under_way, clock_now_ms());
	if (run->later)
		run_fill(run);
}

/* Nothing is in flight: what is left on the loop are handles to close. */
static void over(struct run *run)
{
	uv_close((uv_handle_t *)&run->tick, NULL);
	lease_timer_stop(&run->leases);
	signals_stop(&run->signals);
	for (int i = 0; i < run->count; i++)
		job_release(&run->job[i]);
}

static int count_open(const struct run *run)
{
	int open = 0;

	for (int i = 0; i < run->count; i++)
		open += !run->job[i].ended;
	return open;
}

static int drive(struct run *run, bool quiet, struct err *err)
{
	AUTO_FREE char *said = NULL;
	struct estimate estimate;

	run->policies = policies_adopt(run->store, NULL, &said, err);
	if (said)
		log_line(LOG_WARN, "%s", said);
	run->past = run->policies ? past_of_all(run->store, err) : NULL;
	if (!run->past || reach_prepare(run, err) < 0)
		return -1;
	if (estimate_learn(run->store, &run->terms, &estimate, err) < 0)
		return -1;
	run_expect(run, &estimate);
	estimate_release(&estimate);
	if (run->terms.deadline_ms > 0)
		run->until_utc_ms = clock_utc_ms() + run->terms.deadline_ms;
	run->over = over;
	progress_init(&run->progress, run->staging ? "stage" : "upgrade", count_open(run), quiet);
	under_way_init(&run->under_way, &run->progress, collect, run);
	uv_timer_init(run->loop, &run->tick);
	run->tick.data = run;
	uv_timer_start(&run->tick, on_tick, TICK_MS, TICK_MS);
	lease_timer_start(&run->leases, run->store, run->loop);
	signals_start(&run->signals, run->loop, run_on_ctrl_c, run);
	signals_tell(&run->signals, tell);
	run_fill(run);
	uv_run(run->loop, UV_RUN_DEFAULT);
	progress_clear(&run->progress);
	return 0;
}

int run_drive(struct run *run, const struct way_options *way, bool quiet, struct err *err)
{
	AUTO_FREE char *hint =
		xasprintf("go on with: marshal upgrade %s %s", run->staging ? "stage" : "resume",
			  run->staging ? run->staging : run->row.name);
	uv_loop_t loop;
	int rc;

	if (transport_check_limit(err) != 0)
		return -1;
	if (uv_loop_init(&loop) != 0)
		return err_set(err, ERR_SYSTEM, "no event loop: too few descriptors (ulimit -n)");
	run->loop = &loop;
	run->ops = &reach_hosts;
	run->probe_limit_ms = way_probe_limit(way, false);
	run->transport = transport_new(&loop, &way->transport);
	insist_hint(hint);
	rc = drive(run, quiet, err);
	transport_free(run->transport);
	uv_run(&loop, UV_RUN_DEFAULT);
	uv_loop_close(&loop);
	run->loop = NULL;
	insist_hint(NULL);
	if (rc == 0 && run->broken.code != ERR_NONE) {
		*err = run->broken;
		return -1;
	}
	if (rc < 0 || run->staging)     /* what is staged has not begun */
		return rc;
	return run_close_ledger(run, err);
}
