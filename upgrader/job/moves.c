/* moves.c - how a job moves along its edges: every move is one durable transaction in the
 * store, made before the work (so that a crash leaves a trace of what may have begun) and
 * after it. It checks in the same transaction that the host is still leased to this process, and
 * that nobody else moved the job. The job goes on when the store has said yes. When it says no,
 * the job stops where it is. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/insist.h"
#include "base/log.h"
#include "base/mem.h"
#include "store/lease.h"
#include "upgrader/run.h"

enum { TRIES_UNCHANGED = 3, REJECTIONS = 3 };
#define OUTSIDE "its maintenance window is closed"

static void submit(struct job *j);

/* Nothing of the move was stored, so it is made again; until then nothing is done to the host.
 * False: the database is not busy, or we were asked to stop. */
static bool wait_for_store(struct job *j, const struct err *err)
{
	if (err->code != ERR_BUSY || job_must_pause(j))
		return false;
	if (!j->run->store_busy)
		log_line(LOG_WARN,
			 "%s; nothing goes on before it is free, which is tried again and again "
			 "(Ctrl-C twice: stop)",
			 err->msg);
	j->run->store_busy = true;
	job_wait(j, j->run->pace.retry_ms, submit);
	return true;
}

static void moved(struct job *j)
{
	look_free(j->look);     /* it was stored with the move */
	j->look = NULL;
	j->run->store_busy = false;
	j->state = j->moving_to;
	j->row.version++;
	if (j->hold == HOLD_GIVE)
		j->lease = 0;
}

static void on_moved(void *ctx, const struct err *err)
{
	struct job *j = ctx;
	void (*then)(struct job *) = j->then;

	INSIST(j->active && j->moving && !j->waiting);
	if (err && wait_for_store(j, err))
		return;
	j->moving = false;
	if (err && j->hold == HOLD_TAKE)
		j->lease = 0;
	if (!err) {
		moved(j);
		then(j);
	} else if (err->code == ERR_HELD) {
		j->held = true;
		job_end_for_now(j, err->msg);
	} else if (err->code == ERR_MOVED) {
		run_job_taken(j, err);
	} else {
		run_job_lost(j, err);
	}
}

/* Whether the work of that state stops obengine, where it ran: by us, by the installer, or with the
 * whole server. */
static bool stops_engine(const struct job *j, enum job_state state)
{
	bool restarts = state == JOB_REBOOTING && job_recall(j, MEMORY_REBOOT_ASKED);

	return (state == JOB_CYCLING || state == JOB_STARTING || restarts) && j->row.changed &&
	       job_found_running(j);
}

/* One that was not begun, or found its host in other hands, has none to keep. A look may be the
 * first to tell that its server is held under another name; who changed the server goes on, and so
 * does who only takes away what is left. */
static void lease(struct job *j, struct tx *tx)
{
	if (j->hold == HOLD_TAKE)
		tx_lease_take(tx, j->row.host, j->row.run, &j->lease);
	else if (j->lease && j->hold == HOLD_GIVE)
		tx_lease_give(tx, j->row.host, j->row.run, j->lease);
	else if (j->lease)
		tx_lease_keep(tx, j->row.host, j->row.run, j->lease,
			      j->look && !j->row.changed && j->moving_to != JOB_UNDO);
}

static void submit(struct job *j)
{
	const char *event = j->run->staging	     ? job_stage_event(j, j->moving_to) :
			    j->moving_to == j->state ? "note" :
						       job_state_name(j->moving_to);
	int64_t now = clock_utc_ms();
	struct tx *tx = tx_new();

	INSIST(j->moving && *j->row.host);
	if (j->run->staging)
		tx_run_is(tx, &j->run->row);    /* its plan was neither started nor dropped */
	if (j->look)
		look_store(j->look, tx, j->row.host, 0, "upgrade");
	if (j->row.begun_utc_ms == 0)
		j->row.begun_utc_ms = now;
	j->row.ended_utc_ms = *j->row.outcome ? now : 0;
	job_set(&j->row.state, job_state_name(j->moving_to));
	tx_job_move(tx, job_stored(j), event, j->move_text, now);
	if (stops_engine(j, j->moving_to))
		tx_engine_change(tx, j->row.host, j->run->row.name);
	else if (j->engine_runs)
		tx_engine_change(tx, j->row.host, "");
	lease(j, tx);
	store_submit(j->run->store, tx, true, j->run->loop, on_moved, j);
}

bool job_is_idle(const struct job *j)
{
	return !j->moving && !j->waiting && !j->calling && !j->wants_upload && !j->uploading;
}

/* A job goes along its edges, stays where it is, or is given up. */
static bool may_move(const struct job *j, enum job_state from, enum job_state to)
{
	const struct edge *e = edge_next(from, &j->run->terms);

	return e && (to == from || to == JOB_UNDO || to == JOB_ENDED ||
		     to == (from == e->during ? e->to : e->during));
}

static void move(struct job *j, enum job_state to, enum hold hold, const char *text,
		 void (*then)(struct job *j))
{
	INSIST(j->active && job_is_idle(j));
	INSIST(may_move(j, j->state, to));
	snprintf(j->move_text, sizeof(j->move_text), "%s", text);
	j->moving = true;
	j->moving_to = to;
	j->hold = hold;
	j->then = then;
	submit(j);
}

/* The work of the edge under way, unless we were asked to stop while its move was journalled. */
static void work(struct job *j)
{
	const struct edge *e = edge_of(j->state);

	INSIST(e && j->state == e->during);
	j->step.deadline_ms = clock_now_ms() + e->limit(&j->run->terms);
	j->again = e->work;
	/* the move may have waited for the database */
	if (!j->was_changed && job_window_is_over(j) && j->state != JOB_UNDOING) {
		j->row.changed = false; /* the work did not begin */
		job_end_for_now(j, OUTSIDE);
		return;
	}
	if (job_must_pause(j) && j->state != JOB_UNDOING) {
		if (j->was_changed) {
			job_pause(j);
		} else {
			j->row.changed = false; /* the work did not begin */
			job_end(j, OUTCOME_CANCELLED, "interrupted");
		}
		return;
	}
	e->work(j);
}

/* From a state that is no work's: the end, or the next edge. */
static void advance(struct job *j)
{
	const struct edge *e = edge_next(j->state, &j->run->terms);

	if (j->state == JOB_ENDED) {
		run_job_ended(j);
		return;
	}
	INSIST(e && j->state != e->during);
	if (j->run->staging && j->state == JOB_STAGED) {
		job_end(j, OUTCOME_STAGED, "%s", j->move_text);
		return;
	}
	if (job_is_outside(j)) {
		job_end_for_now(j, OUTSIDE);
		return;
	}
	if (job_must_pause(j) && j->state != JOB_UNDO) {
		if (j->row.changed)
			job_pause(j);
		else
			job_end(j, OUTCOME_CANCELLED, "interrupted");
		return;
	}
	j->step = (struct step){ 0 };
	j->was_changed = j->row.changed;
	if (e->prepare && !e->prepare(j))
		return;
	if (j->state == JOB_PLANNED)
		move(j, e->during, HOLD_TAKE, j->returns > 0 ? "once more" : "", work);
	else
		move(j, e->during, HOLD_KEEP, "", work);
}

static void resume(struct job *j)
{
	const struct edge *e = edge_next(j->state, &j->run->terms);

	INSIST(e && job_is_idle(j));
	j->again = e->work;
	j->step.deadline_ms = clock_now_ms() + e->limit(&j->run->terms);
	if (j->state != e->during)
		advance(j);
	else
		e->work(j);
}

/* Whether the host must be looked at again before the job goes on: it waited, and the installer
 * was not started yet. The work of cycling and starting first asks what became of it. */
static bool looks_again(enum job_state state)
{
	return state > JOB_LOOKING && state < JOB_STARTING && state != JOB_CYCLING;
}

void job_begin(struct job *j)
{
	INSIST(!j->active && !j->ended && j->state != JOB_ENDED && j->host);
	INSIST(job_is_idle(j));
	j->active = true;
	j->held = false;
	j->begun_ms = clock_now_ms();
	if (j->run->staging)
		job_stage_begin(j);
	if (j->state == JOB_PLANNED) {
		advance(j);
		return;
	}
	j->step = (struct step){ .resumed = true };
	j->was_changed = j->row.changed;
	if (job_is_outside(j))
		job_end_for_now(j, OUTSIDE);
	else if (looks_again(j->state))
		work_look_again(j, resume);
	else
		resume(j);
}

void job_done(struct job *j, const char *fmt, ...)
{
	const struct edge *e = edge_of(j->state);
	char text[JOB_EVENT_TEXT];
	va_list args;

	INSIST(e && j->state == e->during);
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (e->to == JOB_ENDED) {
		const char *ending = json_string_value(job_recall(j, MEMORY_ENDING));

		j->run->ops->close(j);
		job_tell_overrun(j);
		job_set(&j->row.outcome, ending ? ending : outcome_name(OUTCOME_UPGRADED));
	}
	move(j, e->to, e->to == JOB_ENDED ? HOLD_GIVE : HOLD_KEEP, text, advance);
}

/* Where this job has not come to what lies there for its plan, and that stays, there is nothing to
 * do on the host; nor may there be, where others have it and we came to nothing there. */
static bool owes_undo(const struct job *j, enum outcome outcome)
{
	if (j->held && j->state < JOB_STAGING && !j->row.changed)
		return false;
	return j->row.changed ||
	       (*j->row.folder && !(j->state < JOB_STAGING && job_stays_staged(j, outcome)));
}

void job_end(struct job *j, enum outcome outcome, const char *fmt, ...)
{
	char text[JOB_EVENT_TEXT];
	va_list args;

	INSIST(outcome != OUTCOME_NONE && j->state != JOB_ENDED);
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	job_set(&j->row.reason, text);
	if (outcome == OUTCOME_UNCERTAIN) {
		j->run->ops->close(j);
		job_set(&j->row.outcome, outcome_name(outcome));
		move(j, j->state, HOLD_GIVE, text, run_job_ended);
	} else if (owes_undo(j, outcome)) {
		job_remember(j, MEMORY_ENDING, json_string(outcome_name(outcome)));
		move(j, JOB_UNDO, HOLD_KEEP, text, advance);
	} else {
		j->run->ops->close(j);
		if (j->held && *j->row.folder && !j->run->staging)
			job_not_cleaned(j);     /* a resume comes back to it */
		job_set(&j->row.outcome, outcome_name(outcome));
		move(j, JOB_ENDED, HOLD_GIVE, text, advance);
	}
}

void job_pause(struct job *j)
{
	j->run->ops->close(j);
	if (j->run->broken.code != ERR_NONE)    /* nothing can be written any more */
		run_job_ended(j);
	else
		move(j, j->state, HOLD_GIVE, "left here, a resume goes on", run_job_ended);
}

bool job_must_pause(const struct job *j)
{
	return j->run->stop == RUN_PAUSE || j->run->broken.code != ERR_NONE;
}

void job_note(struct job *j, const char *text, void (*then)(struct job *j))
{
	move(j, j->state, HOLD_KEEP, text, then);
}

static void on_time(uv_timer_t *timer)
{
	struct job *j = timer->data;

	INSIST(j->active && j->waiting);
	j->waiting = false;
	j->on_timer(j);
}

void job_wait(struct job *j, int64_t ms, void (*then)(struct job *j))
{
	INSIST(j->active && !j->waiting && !j->calling && ms >= 0);
	if (!j->timer.data) {
		uv_timer_init(j->run->loop, &j->timer);
		j->timer.data = j;
	}
	j->on_timer = then;
	j->waiting = true;
	uv_update_time(j->run->loop);
	uv_timer_start(&j->timer, on_time, (uint64_t)ms, 0);
}

static int64_t limit_of(const struct step *s)
{
	return s->look_until_ms ? s->look_until_ms : s->deadline_ms;
}

int64_t job_left_ms(const struct job *j)
{
	int64_t left = limit_of(&j->step) - clock_now_ms();

	return left > 0 ? left : 0;
}

int64_t job_until_ms(const struct job *j)
{
	int64_t limit = limit_of(&j->step);

	return limit > 0 ? limit : INT64_MAX;
}

/* A wait was cut because we were asked to stop. */
static void settle(struct job *j)
{
	if (j->cancelled && j->run->broken.code == ERR_NONE)
		job_end(j, OUTCOME_CANCELLED, "interrupted");
	else
		job_pause(j);
}

/* What is waited for on the host, which needs nobody: it may be left at any time. */
static bool goes_on_by_itself(const struct job *j)
{
	return j->state == JOB_INSTALLING || j->state == JOB_REBOOTING ||
	       j->state == JOB_BACKING_UP;
}

void job_interrupt(struct job *j)
{
	bool undoing = j->state == JOB_UNDO || j->state == JOB_UNDOING;

	INSIST(j->active);
	if (j->state == JOB_ENDED || undoing || j->moving)
		return;                 /* a move that is on its way asks when it is there */
	if (!j->row.changed)
		j->cancelled = true;
	else if (!goes_on_by_itself(j))
		return;                 /* a changed host: the step ends by itself */
	if (j->waiting || j->wants_upload) {
		if (j->waiting)
			uv_timer_stop(&j->timer);
		j->waiting = j->wants_upload = false;
		if (j->uploading)       /* it waited for its next piece */
			run_upload_give(j);
		settle(j);
	} else if (j->calling) {
		j->run->ops->cancel(j);
	}
}

/* A server that was just started may not reach its domain yet, and know no account of that: asked a
 * few times more, and slowly, since rejections may lock an account. */
static bool is_rejected_early(const struct job *j, enum err_code code)
{
	return code == FAULT_SIGN_IN_REJECTED && j->state == JOB_REBOOTING &&
	       job_recall(j, MEMORY_REBOOT_ASKED) && j->step.rejections < REJECTIONS;
}

static bool may_try_again(const struct job *j, enum err_code code)
{
	bool lasts = fault_is_lasting(code) && !is_rejected_early(j, code);

	if (lasts || j->state == JOB_LOOKING || job_left_ms(j) == 0)
		return false;
	return j->row.changed || j->step.tries < TRIES_UNCHANGED;
}

static enum outcome outcome_of_fault(const struct job *j, enum err_code code)
{
	switch (code) {
	case FAULT_UNSUPPORTED_TRANSPORT:
	case FAULT_UNRESOLVED_VARIABLE:
	case FAULT_NO_POWERSHELL:
	case FAULT_CONSTRAINED_LANGUAGE:
	case FAULT_ACCESS_DENIED:
	case FAULT_UPLOAD_FAILED:
		return OUTCOME_BLOCKED;
	case FAULT_BLOCKED_BY_SECURITY:
		return OUTCOME_STEP_BLOCKED;
	case FAULT_PROGRAM_FAILED:
	case FAULT_WRONG_ANSWER:
	case FAULT_TOO_MUCH_OUTPUT:
		/* it was seen well a moment ago, so something is wrong with the step */
		return j->state == JOB_LOOKING ? OUTCOME_UNREACHABLE : OUTCOME_FAILED;
	default:
		return OUTCOME_UNREACHABLE;
	}
}

static void give_up(struct job *j, const struct err *err)
{
	/* the host's name stands before every reason anyway */
	const char *text = err_text_without(err, j->row.host);

	if (j->state == JOB_UNDOING || j->state == JOB_LOOKING_LAST) {
		bool cleaned = j->state != JOB_UNDOING || j->step.flag;
		AUTO_FREE char *reason =
			xasprintf("%s%s%s: %s", j->row.reason, *j->row.reason ? "; " : "",
				  cleaned ? "not looked at again" : "not cleaned up", text);

		if (!cleaned)
			job_not_cleaned(j);
		job_set(&j->row.reason, reason);
		job_done(j, "%s", text);
		return;
	}
	if (err_is_fault(err->code))
		job_set(&j->row.fault, err_name(err->code));
	if (!j->row.changed)
		job_end(j, outcome_of_fault(j, err->code), "%s", text);
	else
		job_end(j, OUTCOME_UNCERTAIN, "%s: %s", job_state_name(j->state), text);
}

static void repeat(struct job *j)
{
	j->again(j);
}

void job_fault(struct job *j, const struct err *err)
{
	bool cut = j->cancelled || goes_on_by_itself(j);

	INSIST(err->code != ERR_NONE && job_is_idle(j));
	j->run->ops->close(j);
	if (job_must_pause(j) && (cut || j->run->broken.code != ERR_NONE) &&
	    j->state != JOB_UNDOING) {
		settle(j);
	} else if (may_try_again(j, err->code)) {
		int64_t wait_ms = fault_wait_ms(err->code, j->run->pace.retry_ms);

		if (is_rejected_early(j, err->code)) {
			j->step.rejections++;
			wait_ms = j->run->pace.rejected_ms;
		}
		j->step.tries++;
		job_wait(j, wait_ms, repeat);
	} else if (j->state == JOB_REBOOTING && reboot_is_blocked(j, err)) {
		return;
	} else {
		give_up(j, err);
	}
}

static void closed(uv_handle_t *handle)
{
	handle->data = NULL;
}

/* The timer's handle is part of the job: the loop must turn once more before the job goes. */
void job_release(struct job *j)
{
	j->run->ops->close(j);
	if (j->timer.data && !uv_is_closing((uv_handle_t *)&j->timer))
		uv_close((uv_handle_t *)&j->timer, closed);
}
