/* ledger_take.c - a stored run is taken up again, after a crash or an interruption: hosts that were
 * begun go on from their journalled state, hosts that nothing happened to are begun anew, and what
 * another process holds is left to it. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "scanner/duties.h"
#include "store/lease.h"
#include "store/plans.h"
#include "upgrader/controller.h"
#include "upgrader/ledger.h"
#include "upgrader/planned.h"

/* Whether this run left obengine stopped on the host, as far as the store knows: runs of an older
 * version ended so and remember nothing of it. */
static bool left_engine_stopped(const struct job *j)
{
	const char *run = j->run->row.name;
	struct host_rows rows;
	bool stopped = false;
	struct err err;

	if (!j->row.changed || store_hosts(j->run->store, j->row.host, 0, &rows, &err) != 0)
		return false;           /* the store's trouble shows when the jobs are written */
	for (int i = 0; i < rows.count; i++)
		/* a look that was never stored may have been the only one to see it stopped */
		stopped |= strcmp(rows.row[i].engine_stopped_by, run) == 0 ||
			   strcmp(rows.row[i].engine_changed_by, run) == 0;
	host_rows_release(&rows);
	return stopped;
}

bool job_was_never_approved(const struct job *j)
{
	return j->run->of_plan && j->row.wave <= 0 && j->row.begun_utc_ms == 0;
}

static enum take how_to_take(const struct job *j)
{
	switch (outcome_from_name(j->row.outcome)) {
	case OUTCOME_NONE:
		return j->state == JOB_PLANNED ? TAKE_ANEW : TAKE_ON;
	case OUTCOME_UNCERTAIN:
		return TAKE_ON;
	case OUTCOME_NOT_STARTED:
	case OUTCOME_CANCELLED:         /* both were not changed */
	case OUTCOME_UNREACHABLE:
		return TAKE_ANEW;
	case OUTCOME_BLOCKED_NOW:
		if (!(j->row.changed && job_left_some(j)) && !job_was_never_approved(j))
			return TAKE_ANEW;
		break;
	case OUTCOME_BLOCKED:
	case OUTCOME_STEP_BLOCKED:
	case OUTCOME_UPGRADED:
	case OUTCOME_REHEARSED:
	case OUTCOME_STAGED:
	case OUTCOME_CURRENT:
	case OUTCOME_FAILED:
	case OUTCOME_NEEDS_HANDS:
	case OUTCOME_DAMAGED:
	case OUTCOME_AGENT_GONE:
	case OUTCOME_EXCLUDED:
		break;
	}
	return job_left_some(j) || j->owes_engine ? TAKE_CLEAN : TAKE_ENDED;
}

/* A folder that could not be taken away, or that was staged for its plan, keeps its name: staging
 * comes back to it, and whatever else ends the job takes it away. */
void ledger_begin_anew(struct job *j)
{
	json_t *left = json_incref((json_t *)job_recall(j, MEMORY_LEFT));
	json_t *way = json_incref((json_t *)job_recall(j, MEMORY_WAY));
	bool never_begun = j->row.begun_utc_ms == 0;

	job_set(&j->row.state, job_state_name(JOB_PLANNED));
	job_set(&j->row.outcome, "");
	job_set(&j->row.reason, "");
	job_set(&j->row.fault, "");
	json_object_clear(j->row.memory);
	if (way)
		job_remember(j, MEMORY_WAY, way);
	if (left)
		job_remember(j, MEMORY_LEFT, left);
	else if (!never_begun)
		job_set(&j->row.folder, "");
	j->row.begun_utc_ms = j->row.ended_utc_ms = 0;
	j->row.changed = false;         /* what was changed was put back before it ended */
	j->state = JOB_PLANNED;
}

static void take_anew(struct job *j, struct tx *tx, int64_t now)
{
	ledger_begin_anew(j);
	tx_job_move(tx, &j->row, "resumed", "from the beginning", now);
}

static void take_on(struct job *j, struct tx *tx, int64_t now)
{
	job_set(&j->row.outcome, "");
	job_set(&j->row.fault, "");
	job_forget(j, MEMORY_FORGOTTEN);
	j->row.ended_utc_ms = 0;
	tx_lease_take(tx, j->row.host, j->row.run, &j->lease);
	tx_job_move(tx, &j->row, "resumed", "goes on", now);
}

/* The outcome stands; only what is left on the host is taken away. */
static void take_clean(struct job *j, struct tx *tx, int64_t now)
{
	const char *reason = json_string_value(job_recall(j, MEMORY_REASON));

	j->settled = j->stood = true;
	if (reason)
		job_set(&j->row.reason, reason);
	job_remember(j, MEMORY_ENDING, json_string(j->row.outcome));
	job_set(&j->row.state, job_state_name(JOB_UNDO));
	tx_lease_take(tx, j->row.host, j->row.run, &j->lease);
	tx_job_move(tx, &j->row, "resumed", "to be cleaned up", now);
	j->state = JOB_UNDO;
}

/* Who else has the host, or its server under another name; NULL: nobody. */
static const struct lease_row *lease_of(const struct job *j, const struct lease_rows *leases)
{
	const struct lease_row *found = NULL;
	struct host_rows rows;
	struct err err;

	/* the store's trouble shows when the jobs are written */
	if (leases->count == 0 ||
	    store_hosts(j->run->store, j->row.host, ROWS_GONE, &rows, &err) != 0)
		return NULL;
	for (int i = 0; i < leases->count && rows.count > 0 && !found; i++)
		if (lease_is_of(&leases->row[i], &rows.row[0]))
			found = &leases->row[i];
	host_rows_release(&rows);
	return found;
}

/* Why the job is, or may be, in the hands of another process; NULL: it is not. One at work on this
 * run holds the hosts it is at, and may begin any host that is planned; what has ended there is
 * left to us. */
static char *in_other_hands(const struct job *j, enum take how, const struct lease_rows *leases)
{
	const struct lease_row *lease = lease_of(j, leases);
	bool planned = j->state == JOB_PLANNED && !*j->row.outcome;
	AUTO_FREE char *as = NULL;

	if (lease && (how == TAKE_ON || how == TAKE_CLEAN || lease->run == j->run->row.id)) {
		if (strcmp(lease->host, j->row.host) != 0)
			as = xasprintf(", as '%s',", lease->host);
		return xasprintf("it is being changed%s by %s%s", as ? as : "", lease->holder,
				 lease->seen_alive ? "" :
				 lease->ends ? "; where that is gone, the host is free within two "
					       "minutes" :
					       "; where that is gone for good, `marshal "
					       "upgrade release` frees the host");
	}
	if (j->run->elsewhere && planned)
		return xstrdup("another process is at this run, and may begin it");
	return NULL;
}

static void decide(struct job *j, const struct lease_rows *leases)
{
	j->owes_engine = left_engine_stopped(j);
	j->take = how_to_take(j);
	if (j->take == TAKE_ENDED)
		return;
	j->left_because = in_other_hands(j, j->take, leases);
	j->passed_over = j->left_because != NULL;
	if (!j->left_because && !j->host)
		j->left_because = xstrdup("it is no longer in the inventory");
	else if (!j->left_because && j->host->skip)
		j->left_because = xasprintf("the inventory says %s", inv_why_skipped(j->host));
	if (j->left_because)
		j->take = TAKE_LEFT;
	else if (planned_way_changed(j) && j->take == TAKE_ANEW)
		j->take = TAKE_LEAVE;
	else
		j->way_changed = planned_way_changed(j);
}

static int look_for_plan(struct run *run, struct err *err)
{
	struct store_run_row row;
	struct store_plan_row plan;

	run->of_plan = false;
	if (store_plan_find(run->store, run->row.name, &plan, &row, err) != 0)
		return err->code == ERR_NOT_FOUND ? 0 : -1;
	run->of_plan = plan.run == run->row.id; /* people may call another one so */
	store_run_release(&row);
	store_plan_release(&plan);
	return 0;
}

/* Whether another process walks the run: it was seen to, or it holds hosts for it. */
static int look_elsewhere(struct run *run, const struct lease_rows *leases, struct err *err)
{
	struct run_standing standing;

	if (store_run_life(run->store, &run->row, &standing, err) != 0)
		return -1;
	run->elsewhere = standing.life == RUN_LIFE_AT_WORK && !standing.ours;
	run_standing_release(&standing);
	for (int i = 0; i < leases->count; i++)
		run->elsewhere |= leases->row[i].run == run->row.id;
	return 0;
}

/* What failed is known to who goes on with the run, and shall not count as one of its failures. */
static bool is_to_forget(const struct job *j)
{
	return j->run->forget && !j->passed_over && j->take != TAKE_ON && job_counts_as_failure(j);
}

/* What it will be, in the transaction that is written next. */
static void prepare_take(struct job *j, struct tx *tx, int64_t now)
{
	if (is_to_forget(j))
		job_remember(j, MEMORY_FORGOTTEN, json_true());
	switch (j->take) {
	case TAKE_LEFT:
	case TAKE_ENDED:
		tx_job_move(tx, &j->row, "note", "its failure does not count any more", now);
		break;
	case TAKE_ON:
		take_on(j, tx, now);
		break;
	case TAKE_ANEW:
		take_anew(j, tx, now);
		break;
	case TAKE_CLEAN:
		take_clean(j, tx, now);
		break;
	case TAKE_LEAVE:
		job_set(&j->row.fault, "");
		planned_leave(j, OUTCOME_BLOCKED, PLANNED_WAY_CHANGED);
		tx_job_move(tx, &j->row, "left-plan", j->row.reason, now);
		break;
	}
}

/* A job as it was, because the store did not take it up: it is in other hands now. */
static void leave(struct job *j, struct store_job_row *was, enum job_state state, const char *why)
{
	job_row_release(&j->row);
	j->row = *was;
	j->state = state;
	j->lease = 0;
	j->settled = false;
	j->stood = *j->row.outcome != '\0';
	j->take = TAKE_LEFT;
	job_set(&j->left_because, why);
	j->passed_over = j->ended = true;
}

/* One a transaction: what another process was quicker with, or holds, is left to it, and a crash
 * between two leaves each as it was or taken up. */
static int take_up(struct job *j, int64_t now, struct err *err)
{
	enum job_state state = j->state;
	struct store_job_row was;
	struct tx *tx;

	j->ended = j->take == TAKE_LEFT || j->take == TAKE_ENDED;
	j->stood = j->ended && *j->row.outcome;
	if (j->ended && !is_to_forget(j))
		return 0;
	job_row_copy(&was, &j->row);
	tx = tx_new();
	prepare_take(j, tx, now);
	if (store_write(j->run->store, tx, false, err) == 0) {
		j->row.version++;
		job_row_release(&was);
		return 0;
	}
	leave(j, &was, state, err->msg);
	return err->code == ERR_HELD || err->code == ERR_MOVED ? 0 : -1;
}

static int add_jobs(struct run *run, const struct inventory *inv, const struct job_rows *rows,
		    struct err *err)
{
	run->job = xcalloc((size_t)rows->count + 1, sizeof(*run->job));
	for (int i = 0; i < rows->count; i++) {
		struct job *j = run_add_job(run, &rows->row[i],
					    inv ? inventory_find(inv, rows->row[i].host) : NULL);

		if (!job_state_from_name(j->row.state, &j->state)) {
			err_set(err, ERR_STORE,
				"run '%s': the job of '%s' has the unknown state '%s'",
				run->row.name, j->row.host, j->row.state);
			return err_hint(err, STORE_DAMAGED);
		}
	}
	return 0;
}

void run_tell_left(const struct run *run)
{
	for (int i = 0; i < run->count; i++) {
		const struct job *j = &run->job[i];

		if (j->take == TAKE_LEFT)
			log_line(LOG_WARN, "%s: left as it is: %s", j->row.host, j->left_because);
		else if (j->take == TAKE_LEAVE)
			log_line(LOG_WARN, "%s: leaves the plan: " PLANNED_WAY_CHANGED,
				 j->row.host);
		else if (j->way_changed)
			log_line(LOG_WARN,
				 "%s: was begun, and goes on although " PLANNED_WAY_CHANGED,
				 j->row.host);
	}
}

/* That it goes on, and how otherwise than it began; which is of who says so first. */
static int write_resumed(struct run *run, int64_t now, struct err *err)
{
	bool with = run->resumed_with && *run->resumed_with;
	AUTO_FREE char *what =
		xasprintf("resumed%s%s", with ? " with " : "", with ? run->resumed_with : "");
	struct tx *tx = tx_new();

	if (!run->elsewhere)            /* else it stays the run of who is at it */
		tx_run_state(tx, &run->row, RUN_STATE_RUNNING, now);
	tx_event(tx, NULL, run->row.id, "run", what, now);
	if (store_write(run->store, tx, true, err) != 0)
		return -1;
	run->row.version += !run->elsewhere;
	job_set(&run->row.state, run_state_name(RUN_STATE_RUNNING));
	return 0;
}

enum run_state run_stayed(const struct run *run)
{
	return run_is(run, RUN_STATE_PAUSED) ? RUN_STATE_PAUSED :
	       run_is(run, RUN_STATE_HALTED) ? RUN_STATE_HALTED :
					       RUN_STATE_RUNNING;
}

/* The last wave of which, and of those before it, all have ended; as it is journalled. */
static int waves_ended(const struct run *run)
{
	int last = 0, open = INT_MAX;

	for (int i = 0; i < run->count; i++) {
		const struct store_job_row *row = &run->job[i].row;
		enum outcome o = outcome_from_name(row->outcome);

		if (row->wave <= 0)
			continue;
		if (row->wave > last)
			last = row->wave;
		if (row->wave < open && (o == OUTCOME_NONE || o == OUTCOME_NOT_STARTED ||
					 o == OUTCOME_CANCELLED || o == OUTCOME_UNCERTAIN))
			open = row->wave;
	}
	return open > last ? last : open - 1;
}

static int take_up_all(struct run *run, struct err *err)
{
	enum run_state stayed = run_stayed(run);
	int64_t now = clock_utc_ms();
	int taken = 0;

	run->looked_at = stayed == RUN_STATE_RUNNING ? 0 : waves_ended(run);
	if (write_resumed(run, now, err) != 0)
		return -1;
	for (int i = 0; i < run->count; i++) {
		struct job *j = &run->job[i];

		if (take_up(j, now, err) != 0)
			return -1;
		taken += j->take == TAKE_ON || j->take == TAKE_ANEW;
	}
	run->stays = taken == 0 ? stayed : RUN_STATE_RUNNING;
	return 0;
}

/* Of those that are upgraded, which a good backup confirmed, as the store knows by now. */
static int find_confirmed(struct run *run, struct err *err)
{
	AUTO_FREE const struct store_job_row **row = xcalloc((size_t)run->count + 1, sizeof(*row));
	AUTO_FREE unsigned *left = NULL;

	for (int i = 0; i < run->count; i++)
		row[i] = &run->job[i].row;
	left = duties_find(run->store, row, run->count, err);
	if (!left)
		return -1;
	for (int i = 0; i < run->count; i++) {
		struct job *j = &run->job[i];

		j->confirmed = outcome_from_name(j->row.outcome) == OUTCOME_UPGRADED &&
			       !(left[i] & (1U << DUTY_BACK_UP | DUTIES_UNKNOWN));
	}
	return 0;
}

int ledger_read_jobs(struct run *run, const struct inventory *inv, struct err *err)
{
	struct job_rows rows = { 0 };
	int r;

	run_drop_jobs(run);
	r = store_jobs(run->store, run->row.id, &rows, err);
	if (r == 0)
		r = add_jobs(run, inv, &rows, err);
	job_rows_release(&rows);
	return r;
}

int run_look_at(struct run *run, const struct inventory *inv, struct err *err)
{
	struct lease_rows leases = { 0 };
	int r;

	r = store_leases(run->store, NULL, &leases, err);
	if (r == 0)
		r = look_elsewhere(run, &leases, err);
	if (r == 0)
		r = look_for_plan(run, err);
	if (r == 0)
		r = ledger_read_jobs(run, inv, err);
	if (r == 0)
		r = find_confirmed(run, err);
	for (int i = 0; r == 0 && i < run->count; i++)
		decide(&run->job[i], &leases);
	lease_rows_release(&leases);
	return r;
}

/* The row of the run as it is by now. */
static int read_again(struct run *run, struct err *err)
{
	struct store_run_row now;

	if (store_run_find(run->store, run->row.name, &now, err) != 0)
		return -1;
	store_run_release(&run->row);
	run->row = now;
	return 0;
}

int run_take_up(struct run *run, const struct inventory *inv, struct err *err)
{
	enum { TRIES = 3 };             /* another may take the run up while we look */
	int r = -1;

	run->controller = controller_name(run->store, err);
	if (!run->controller)
		return -1;
	for (int i = 0; i < TRIES; i++) {
		r = i > 0 ? read_again(run, err) : 0;
		if (r == 0)
			r = run_look_at(run, inv, err);
		if (r == 0)
			r = take_up_all(run, err);
		if (r == 0)
			run_tell_left(run);
		if (r == 0 || err->code != ERR_MOVED)
			break;
	}
	return r;
}
