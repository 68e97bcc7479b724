/* ledger.c - a run's rows in the store: written from a plan, taken up again after a crash or
 * an interruption, closed at the end. What a job may do when it is taken up stands here: hosts
 * that were begun go on from their journalled state, hosts that nothing happened to are begun
 * anew. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/log.h"
#include "base/mem.h"
#include "upgrader/controller.h"
#include "upgrader/run.h"

/* "20261121-7c3e": what people type, and part of names on hosts. NULL and err on failure. */
static char *new_name(struct store *store, int64_t utc_ms, struct err *err)
{
	time_t seconds = (time_t)(utc_ms / 1000);
	struct store_run_row other;
	char day[16], tail[5];
	struct tm tm;

	gmtime_r(&seconds, &tm);
	strftime(day, sizeof(day), "%Y%m%d", &tm);
	for (;;) {
		AUTO_FREE char *name = NULL;

		if (random_hex(tail, 2, err) < 0)
			return NULL;
		name = xasprintf("%s-%s", day, tail);
		if (store_run_find(store, name, &other, err) < 0)
			return err->code == ERR_NOT_FOUND ? xstrdup(name) : NULL;
		store_run_release(&other);      /* taken; short names are worth another try */
	}
}

/* All strings of a row are there, so that nobody asks. */
static void copy_row(struct store_job_row *to, const struct store_job_row *from)
{
	const struct {
		char **to;
		const char *from;
	} text[] = {
		{ &to->host, from->host },	 { &to->state, from->state },
		{ &to->outcome, from->outcome }, { &to->reason, from->reason },
		{ &to->before, from->before },	 { &to->after, from->after },
		{ &to->folder, from->folder },	 { &to->fault, from->fault },
	};

	*to = *from;
	for (size_t i = 0; i < ARRAY_LEN(text); i++)
		*text[i].to = xstrdup(text[i].from ? text[i].from : "");
	to->memory = from->memory ? json_deep_copy(from->memory) : json_object();
}

static void release_row(struct store_job_row *r)
{
	free(r->host);
	free(r->state);
	free(r->outcome);
	free(r->reason);
	free(r->before);
	free(r->after);
	free(r->folder);
	free(r->fault);
	json_decref(r->memory);
}

static struct job *add_job(struct run *run, const struct store_job_row *row,
			   const struct inv_host *host)
{
	struct job *j = &run->job[run->count++];

	j->run = run;
	j->host = host;
	copy_row(&j->row, row);
	return j;
}

static void plan_job(struct run *run, const struct plan_row *p, int64_t now)
{
	struct store_job_row row = { .id = store_new_id(),
				     .run = run->row.id,
				     .host = (char *)p->host->name,
				     .before = (char *)p->before,
				     .reason = (char *)p->reason,
				     .position = run->count + 1 };
	struct job *j;

	if (p->verdict != PREFLIGHT_GO)
		row.ended_utc_ms = now;
	row.state = (char *)job_state_name(p->verdict == PREFLIGHT_GO ? JOB_PLANNED : JOB_ENDED);
	row.outcome = (char *)outcome_name(p->verdict == PREFLIGHT_GO	   ? OUTCOME_NONE :
					   p->verdict == PREFLIGHT_CURRENT ? OUTCOME_CURRENT :
					   p->verdict == PREFLIGHT_FOR_NOW ? OUTCOME_BLOCKED_NOW :
									     OUTCOME_BLOCKED);
	j = add_job(run, &row, p->host);
	j->state = p->verdict == PREFLIGHT_GO ? JOB_PLANNED : JOB_ENDED;
	j->ended = j->stood = p->verdict != PREFLIGHT_GO;
}

int run_create(struct run *run, const struct plan *plan, json_t *options, const char *note,
	       struct err *err)
{
	AUTO_JSON json_t *taken = options;
	AUTO_FREE struct store_job_row *rows = xcalloc((size_t)plan->count + 1, sizeof(*rows));
	char target[VERSION_TEXT];
	int64_t now = clock_utc_ms();
	char *name = new_name(run->store, now, err);
	struct tx *tx;

	if (!name)
		return -1;
	run->controller = controller_name(run->store, err);
	if (!run->controller) {
		free(name);
		return -1;
	}
	run->row = (struct store_run_row){
		.id = store_new_id(),
		.name = name,
		.installer = xstrdup(run->installer->path),
		.sha256 = xstrdup(run->installer->sha256),
		.target = xstrdup(version_format(run->installer->version, target)),
		.options = json_dumps(taken, JSON_COMPACT | JSON_SORT_KEYS),
		.state = xstrdup(run_state_name(RUN_STATE_RUNNING)),
		.actor = xstrdup(store_actor()),
		.note = xstrdup(note ? note : ""),
		.begun_utc_ms = now,
	};
	run->job = xcalloc((size_t)plan->count + 1, sizeof(*run->job));
	for (int i = 0; i < plan->count; i++)
		if (!plan->row[i].excluded)
			plan_job(run, &plan->row[i], now);
	for (int i = 0; i < run->count; i++)
		rows[i] = run->job[i].row;
	tx = tx_new();
	tx_run_create(tx, &run->row, rows, run->count);
	tx_event(tx, NULL, run->row.id, "run", "begun", now);
	return store_write(run->store, tx, true, err);
}

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
		if (!(j->row.changed && job_left_some(j)))
			return TAKE_ANEW;
		break;
	case OUTCOME_BLOCKED:
	case OUTCOME_STEP_BLOCKED:
	case OUTCOME_UPGRADED:
	case OUTCOME_CURRENT:
	case OUTCOME_FAILED:
	case OUTCOME_NEEDS_HANDS:
	case OUTCOME_DAMAGED:
	case OUTCOME_AGENT_GONE:
		break;
	}
	return job_left_some(j) || j->owes_engine ? TAKE_CLEAN : TAKE_ENDED;
}

/* A folder that could not be taken away keeps its name: staging comes back to it, and whatever
 * else ends the job takes it away. */
static void take_anew(struct job *j, struct tx *tx, int64_t now)
{
	json_t *left = json_incref((json_t *)job_recall(j, MEMORY_LEFT));

	job_set(&j->row.state, job_state_name(JOB_PLANNED));
	job_set(&j->row.outcome, "");
	job_set(&j->row.reason, "");
	job_set(&j->row.fault, "");
	json_object_clear(j->row.memory);
	if (left)
		job_remember(j, MEMORY_LEFT, left);
	else
		job_set(&j->row.folder, "");
	j->row.begun_utc_ms = j->row.ended_utc_ms = 0;
	j->row.changed = false;         /* what was changed was put back before it ended */
	tx_job_move(tx, &j->row, job_state_name(j->state), "resumed", "from the beginning", now);
	j->state = JOB_PLANNED;
}

static void take_on(struct job *j, struct tx *tx, int64_t now)
{
	job_set(&j->row.outcome, "");
	job_set(&j->row.fault, "");
	j->row.ended_utc_ms = 0;
	tx_lock(tx, j->row.host, j->row.run);
	tx_job_move(tx, &j->row, job_state_name(j->state), "resumed", "goes on", now);
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
	tx_lock(tx, j->row.host, j->row.run);
	tx_job_move(tx, &j->row, job_state_name(j->state), "resumed", "to be cleaned up", now);
	j->state = JOB_UNDO;
}

static const struct lock_row *lock_of(const struct lock_rows *locks, const char *host)
{
	for (int i = 0; i < locks->count; i++)
		if (strcmp(locks->row[i].host, host) == 0)
			return &locks->row[i];
	return NULL;
}

/* Why the job is, or may be, in the hands of another process; NULL: it is not. One at work on this
 * run holds the hosts it is at, and may begin any host that is planned; what has ended there is
 * left to us. */
static char *in_other_hands(const struct job *j, enum take how, const struct lock_rows *locks)
{
	const struct lock_row *lock = lock_of(locks, j->row.host);
	bool planned = j->state == JOB_PLANNED && !*j->row.outcome;

	if (lock && (how == TAKE_ON || how == TAKE_CLEAN || lock->run == j->run->row.id))
		return xasprintf("it is being changed by %s%s", lock->holder,
				 lock->seen_alive ? "" :
						    "; where that is gone for good, `marshal "
						    "upgrade release` frees the host");
	if (j->run->elsewhere && planned)
		return xasprintf("another process may walk this run, since it holds other hosts");
	return NULL;
}

static void decide(struct job *j, const struct lock_rows *locks)
{
	j->owes_engine = left_engine_stopped(j);
	j->take = how_to_take(j);
	if (j->take == TAKE_ENDED)
		return;
	j->left_because = in_other_hands(j, j->take, locks);
	j->passed_over = j->left_because != NULL;
	if (!j->left_because && !j->host)
		j->left_because = xstrdup("it is no longer in the inventory");
	else if (!j->left_because && j->host->skip)
		j->left_because = xstrdup("the inventory says marshal_skip");
	if (j->left_because)
		j->take = TAKE_LEFT;
}

static void decide_all(struct run *run, const struct lock_rows *locks)
{
	run->elsewhere = false;
	for (int i = 0; i < locks->count; i++)
		run->elsewhere |= locks->row[i].run == run->row.id;
	for (int i = 0; i < run->count; i++)
		decide(&run->job[i], locks);
}

static void take(struct job *j, struct tx *tx, int64_t now)
{
	switch (j->take) {
	case TAKE_LEFT:
	case TAKE_ENDED:
		j->ended = true;
		j->stood = *j->row.outcome != '\0';
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
	}
}

static void drop_jobs(struct run *run)
{
	for (int i = 0; i < run->count; i++) {
		look_free(run->job[i].look);
		free(run->job[i].left_because);
		release_row(&run->job[i].row);
	}
	free(run->job);
	free(run->shown);
	run->job = NULL;
	run->shown = NULL;
	run->count = 0;
}

static int add_jobs(struct run *run, const struct inventory *inv, const struct job_rows *rows,
		    struct err *err)
{
	run->job = xcalloc((size_t)rows->count + 1, sizeof(*run->job));
	for (int i = 0; i < rows->count; i++) {
		struct job *j = add_job(run, &rows->row[i], inventory_find(inv, rows->row[i].host));

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
	for (int i = 0; i < run->count; i++)
		if (run->job[i].take == TAKE_LEFT)
			log_line(LOG_WARN, "%s: left as it is: %s", run->job[i].row.host,
				 run->job[i].left_because);
}

static int take_up_all(struct run *run, struct err *err)
{
	int64_t now = clock_utc_ms();
	struct tx *tx = tx_new();
	int taken = 0;

	for (int i = 0; i < run->count; i++) {
		struct job *j = &run->job[i];

		taken += j->take == TAKE_ON || j->take == TAKE_ANEW;
		take(j, tx, now);
	}
	run->halted = taken == 0 && run_is(run, RUN_STATE_HALTED);
	if (!run->elsewhere)            /* else it stays the run of who is at it */
		tx_run_state(tx, run->row.id, RUN_STATE_RUNNING, now);
	tx_event(tx, NULL, run->row.id, "run", "resumed", now);
	return store_write(run->store, tx, true, err);
}

int run_look_at(struct run *run, const struct inventory *inv, struct err *err)
{
	struct lock_rows locks = { 0 };
	struct job_rows rows = { 0 };
	int r;

	drop_jobs(run);
	r = store_locks(run->store, NULL, &locks, err);
	if (r == 0)
		r = store_jobs(run->store, run->row.id, &rows, err);
	if (r == 0)
		r = add_jobs(run, inv, &rows, err);
	if (r == 0)
		decide_all(run, &locks);
	lock_rows_release(&locks);
	job_rows_release(&rows);
	return r;
}

int run_take_up(struct run *run, const struct inventory *inv, struct err *err)
{
	enum { TRIES = 3 };             /* a host may be taken by another while we look */
	int r = -1;

	run->controller = controller_name(run->store, err);
	if (!run->controller)
		return -1;
	for (int i = 0; i < TRIES; i++) {
		r = run_look_at(run, inv, err);
		if (r == 0)
			r = take_up_all(run, err);
		if (r == 0) {
			job_set(&run->row.state, run_state_name(RUN_STATE_RUNNING));
			run_tell_left(run);
		}
		if (r == 0 || err->code != ERR_HELD)
			break;
	}
	return r;
}

/* Whether something of the plan is still open. */
static bool has_open(const struct run *run)
{
	for (int i = 0; i < run->count; i++) {
		enum outcome outcome = outcome_from_name(run->job[i].row.outcome);

		if (outcome == OUTCOME_NONE || outcome == OUTCOME_NOT_STARTED ||
		    outcome == OUTCOME_CANCELLED)
			return true;
	}
	return false;
}

bool run_is(const struct run *run, enum run_state state)
{
	return strcmp(run->row.state, run_state_name(state)) == 0;
}

static enum run_state end_of(const struct run *run)
{
	if (run->halted)
		return RUN_STATE_HALTED;
	return has_open(run) ? RUN_STATE_INTERRUPTED : RUN_STATE_DONE;
}

/* Gives their outcome to the hosts that were never begun, and says which these are. */
static bool *end_planned(struct run *run, int64_t now)
{
	const char *why = run->halted ? "the run halted before its turn" :
					"the run was interrupted before its turn";
	bool *ended = xcalloc((size_t)run->count + 1, sizeof(*ended));

	for (int i = 0; i < run->count; i++) {
		struct job *j = &run->job[i];

		if (j->state != JOB_PLANNED || *j->row.outcome || j->passed_over)
			continue;
		ended[i] = true;
		job_set(&j->row.outcome, outcome_name(OUTCOME_NOT_STARTED));
		job_set(&j->row.reason, j->host ? why : "no longer in the inventory");
		j->row.ended_utc_ms = now;
	}
	return ended;
}

static int write_end(struct run *run, const bool *ended, int64_t now, struct err *err)
{
	enum run_state end = end_of(run);
	struct tx *tx = tx_new();

	for (int i = 0; i < run->count; i++) {
		struct job *j = &run->job[i];

		if (ended[i])
			tx_job_move(tx, &j->row, job_state_name(JOB_PLANNED),
				    outcome_name(OUTCOME_NOT_STARTED), j->row.reason, now);
	}
	if (!run->elsewhere)
		tx_run_state(tx, run->row.id, end, now);
	tx_event(tx, NULL, run->row.id, "run", run->elsewhere ? "left" : run_state_name(end), now);
	return store_write(run->store, tx, true, err);
}

int run_close_ledger(struct run *run, struct err *err)
{
	enum { TRIES = 20 };            /* each waits as long as the store does, half a minute */
	int64_t now = clock_utc_ms();
	AUTO_FREE bool *ended = end_planned(run, now);
	int r = -1;

	if (!run->elsewhere)
		job_set(&run->row.state, run_state_name(end_of(run)));
	for (int i = 0; i < TRIES && r != 0; i++) {
		r = write_end(run, ended, now, err);
		if (r == 0 || err->code != ERR_BUSY)
			break;
		log_line(LOG_WARN, "%s; the end of the run is written when it is free", err->msg);
	}
	return r;
}

void run_release(struct run *run)
{
	drop_jobs(run);
	free(run->controller);
	policies_free(run->policies);
	json_decref(run->past);
	store_run_release(&run->row);
}
