/* wsb.c - starts and follows a backup of the system state on one host, a call at a time over one
 * session. Waiting is calls that wait on the host: a line lost in between costs a reconnect. */
#include "upgrader/wsb/wsb.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/signals.h"
#include "base/text.h"
#include "store/lease.h"
#include "upgrader/step_answer.h"

enum {
	CHECK_MS = 150 * 1000,          /* three questions to commands that may hang */
	SLICE_MS = 60 * 1000,           /* one call that waits on the host */
	SLACK_MS = 120 * 1000,
	RETRY_MS = 5 * 1000,
	TELL_MS = 10 * 60 * 1000,       /* how often a running one is spoken of */
	LOST_MS = 30 * 60 * 1000,       /* without any answer: more than a restart takes */
	CLOCK_SLACK_MS = 2 * 60 * 1000, /* a job begins when its task does */
	HOST_TEXT = 200
};

struct wsb {
	struct wsb_options o;
	uv_loop_t loop;
	struct transport *transport;
	struct endpoint endpoint;
	struct session *session;
	struct signals signals;
	uv_timer_t timer;
	struct step_answer answer;
	struct err fault;
	bool done, asked;
	bool may_cut, pausing;          /* Ctrl-C ends this call; this pause */
	bool known;                     /* the host answered wsb-start or wsb-wait */
	bool lost;                      /* the last look had no answer, which was told */
	int64_t lock, lease;            /* what holds the host, and its epoch; lock 0: nothing */
	struct lease_timer leases;
	int64_t begun_utc_ms;           /* the task's, by the host's clock; 0 unknown */
};

static void on_ctrl_c(void *ctx, int count)
{
	struct wsb *w = ctx;

	(void)count;
	w->asked = true;
	if (w->may_cut)
		session_end(w->session, FAULT_CANCELLED, "interrupted");
	if (w->pausing)
		w->done = true;
}

int wsb_open(const struct wsb_options *options, struct wsb **out, struct err *err)
{
	struct wsb *w = xcalloc(1, sizeof(*w));
	const struct endpoint *endpoint = &w->endpoint;

	if (transport_check_limit(err) != 0) {
		free(w);
		return -1;
	}
	if (uv_loop_init(&w->loop) != 0) {
		free(w);
		return err_set(err, ERR_SYSTEM, "no event loop: too few descriptors (ulimit -n)");
	}
	w->o = *options;
	w->transport = transport_new(&w->loop, &options->way->transport);
	endpoint_of(w->transport, options->host, &w->endpoint);
	w->session = session_new(w->transport, &w->endpoint);
	uv_timer_init(&w->loop, &w->timer);
	w->timer.data = w;
	signals_start(&w->signals, &w->loop, on_ctrl_c, w);
	if (transport_prepare(w->transport, &endpoint, 1, err) != 0) {
		wsb_close(w);
		return -1;
	}
	*out = w;
	return 0;
}

/* What can still fail here is only the end of a lease, which ends with this process anyway. */
static void unlock(struct wsb *w)
{
	struct tx *tx = tx_new();
	struct err err;

	tx_lease_give(tx, w->o.host->name, w->lock, w->lease);
	w->lock = 0;
	lease_timer_stop(&w->leases);
	if (store_write(w->o.store, tx, false, &err) != 0)
		log_line(LOG_WARN, "%s", err.msg);
}

void wsb_close(struct wsb *w)
{
	if (!w)
		return;
	if (w->lock)
		unlock(w);
	session_free(w->session);
	signals_stop(&w->signals);
	uv_close((uv_handle_t *)&w->timer, NULL);
	transport_free(w->transport);
	uv_run(&w->loop, UV_RUN_DEFAULT);
	uv_loop_close(&w->loop);
	step_answer_release(&w->answer);
	free(w);
}

static void run_until_done(struct wsb *w)
{
	while (!w->done)
		uv_run(&w->loop, UV_RUN_ONCE);
}

static void on_time(uv_timer_t *timer)
{
	((struct wsb *)timer->data)->done = true;
}

static void pause_ms(struct wsb *w, int64_t ms)
{
	w->done = w->asked;
	w->pausing = true;
	uv_timer_start(&w->timer, on_time, (uint64_t)ms, 0);
	run_until_done(w);
	uv_timer_stop(&w->timer);
	w->pausing = false;
}

static void on_line(void *ctx, const char *line, size_t len)
{
	step_answer_line(&((struct wsb *)ctx)->answer, line, len);
}

static void on_call(void *ctx, const struct err *err)
{
	struct wsb *w = ctx;

	w->fault = err ? *err : (struct err){ .code = ERR_NONE };
	w->done = true;
}

/* One step, waited for. Takes the request; the answer is yours, NULL with err. */
static json_t *ask(struct wsb *w, enum script_id step, json_t *more, int64_t limit_ms,
		   struct err *err)
{
	AUTO_JSON json_t *request = more ? more : json_object();

	json_object_set_new(request, "op", json_string(script_name(step)));
	step_answer_begin(&w->answer, script_name(step));
	w->done = false;
	session_call(w->session, &(struct call){ .script = script_of(step),
						 .request = request,
						 .limit_ms = limit_ms,
						 .fixed_limit = true,
						 .line = on_line,
						 .done = on_call,
						 .ctx = w });
	run_until_done(w);
	return step_answer_take(&w->answer, w->o.host->name,
				w->fault.code == ERR_NONE ? NULL : &w->fault, err);
}

/* clang-format off */
static const struct { enum step_code code; enum err_code as; const char *text, *hint; } refusals[] = {
	{ CODE_NOT_A_VOLUME,   ERR_USAGE, "is no fixed volume with NTFS or ReFS of this host",
	  "name a local volume of the host, with --target E:" },
	{ CODE_SYSTEM_VOLUME,  ERR_USAGE, "holds Windows itself, and is no place for this backup",
	  "name another local volume of the host" },
	{ CODE_DISK_FULL,      FAULT_PROGRAM_FAILED, "has too little room for a backup of the system state",
	  "make room on it, or name another volume" },
	{ CODE_NOT_INSTALLED,  FAULT_PROGRAM_FAILED, "was not tried: Windows Server Backup is not installed",
	  "Install-WindowsFeature Windows-Server-Backup, where system state is to be protected" },
	{ CODE_BACKUP_RUNNING, FAULT_PROGRAM_FAILED, "was not tried: another backup is running",
	  "wait for its end and try again" },
	{ CODE_BACKUP_UNKNOWN, FAULT_PROGRAM_FAILED, "was not tried: whether a backup is running cannot be known",
	  "marshal scan this host, and see what its backup checks say" },
	{ CODE_RESERVED,       FAULT_PROGRAM_FAILED, "was not tried: an upgrade has reserved the host",
	  "wait for the end of that run, or take it up: marshal upgrade resume RUN" },
	{ CODE_LOCKED,         FAULT_PROGRAM_FAILED, "was not tried: another call of marshal is at work on the host",
	  "try again in a minute" },
	{ CODE_TASK_EXISTS,    FAULT_PROGRAM_FAILED, "was not tried: a test was begun on this host already",
	  "look at it with --follow, which also takes its task away once it has ended" },
	{ CODE_TASK_DENIED,    FAULT_ACCESS_DENIED, "was not tried: no task of SYSTEM could be made",
	  "sign in with an account that is administrator of the host" },
};
/* clang-format on */

static int refused(const struct wsb *w, const json_t *answer, struct err *err)
{
	const char *code = answer_code(answer), *text = json_get_str(answer, "text");
	const char *host = w->o.host->name, *said = text ? text : code;
	AUTO_FREE char *shown = text_printable(said, strlen(said), HOST_TEXT);

	for (size_t i = 0; i < ARRAY_LEN(refusals); i++) {
		if (!answer_says(answer, refusals[i].code))
			continue;
		err_set(err, refusals[i].as, "%s: %s %s (%s)", host,
			w->o.target ? w->o.target : "it", refusals[i].text, shown);
		return err_hint(err, refusals[i].hint);
	}
	return err_set(err, FAULT_PROGRAM_FAILED, "%s: %s", host, shown);
}

static json_t *target_request(const struct wsb *w)
{
	return json_pack("{s:s, s:I}", "target", w->o.target, "need_bytes",
			 (json_int_t)w->o.need_bytes);
}

int wsb_check(struct wsb *w, struct wsb_volume *out, struct err *err)
{
	AUTO_JSON json_t *answer = NULL;
	const json_t *volume;

	w->may_cut = true;
	answer = ask(w, SCRIPT_WSB_CHECK, target_request(w), CHECK_MS, err);
	w->may_cut = false;
	if (!answer)
		return -1;
	if (!answer_ok(answer))
		return refused(w, answer, err);
	*out = (struct wsb_volume){ .size_bytes = 0 };
	volume = json_get_obj(answer, "volume");
	json_get_int(volume, "size_bytes", &out->size_bytes);
	json_get_int(volume, "free_bytes", &out->free_bytes);
	json_get_bool(answer, "image_exists", &out->image_exists);
	return 0;
}

/* Durable: a line of the trail that is lost would be one about a changed host. */
static int note(struct wsb *w, struct tx *tx, const char *text, struct err *err)
{
	tx_event(tx, w->o.host->name, 0, "wsb", text, clock_utc_ms());
	return store_write(w->o.store, tx, true, err);
}

int wsb_start(struct wsb *w, struct err *err)
{
	AUTO_JSON json_t *answer = NULL;
	AUTO_FREE char *text =
		xasprintf("begins: wbadmin start systemstatebackup -backuptarget:%s", w->o.target);
	int64_t lock = store_new_id();
	struct tx *tx = tx_new();
	struct err own;

	tx_lease_take(tx, w->o.host->name, lock, &w->lease);
	if (note(w, tx, text, err) != 0)
		return -1;
	w->lock = lock;
	lease_timer_start(&w->leases, w->o.store, &w->loop);
	answer = ask(w, SCRIPT_WSB_START, target_request(w), CHECK_MS, &own);
	if (answer && !answer_ok(answer)) {
		AUTO_FREE char *no = NULL;

		refused(w, answer, &own);
		no = xasprintf("not begun: %s", own.msg);
		if (note(w, tx_new(), no, err) == 0)
			*err = own;
		return -1;
	}
	w->known = answer != NULL;
	if (answer)
		json_get_int(answer, "begun_utc_ms", &w->begun_utc_ms);
	else
		log_line(LOG_WARN, "%s: whether it was begun is looked at now", own.msg);
	return note(w, tx_new(),
		    answer ? "begun, in task \\marshal\\wsb-test of SYSTEM" :
			     "the line was lost: it may have begun",
		    err);
}

/* --- following ----------------------------------------------------------------------------- */

const char *wsb_end_name(enum wsb_end end)
{
	switch (end) {
	case WSB_WORKS:
		return "works";
	case WSB_FAILED:
		return "failed";
	case WSB_NONE:
		return "none";
	case WSB_LEFT:
		return "running";
	case WSB_UNKNOWN:
		return "unknown";
	}
	return "";
}

/* A time that a clock can show, or 0. */
static int64_t read_time(const json_t *job, const char *name)
{
	int64_t ms = 0;

	json_get_int(job, name, &ms);
	return ms > 0 && ms < YEAR_10000_UTC_MS ? ms : 0;
}

static void read_job(const json_t *answer, struct wsb_result *out)
{
	const json_t *job = json_get_obj(answer, "job");
	const char *state = json_get_str(job, "state");
	AUTO_FREE char *shown = NULL;

	out->has_exit = json_get_int(answer, "exit", &out->exit);
	if (!state || !json_get_int(job, "hresult", &out->hresult))
		return;
	json_get_int(job, "detailed_hresult", &out->detail);
	shown = text_printable(state, strlen(state), sizeof(out->state) - 1);
	memcpy(out->state, shown, strlen(shown) + 1);
	out->begun_utc_ms = read_time(job, "begun_utc_ms");
	out->ended_utc_ms = read_time(job, "ended_utc_ms");
	out->has_job = true;
}

/* The last job of Windows Server Backup is the test's own only when it is not older. */
static void judge_end(bool none, int64_t begun_utc_ms, struct wsb_result *out)
{
	bool ours = out->has_job && begun_utc_ms > CLOCK_SLACK_MS &&
		    out->begun_utc_ms >= begun_utc_ms - CLOCK_SLACK_MS;

	if (none && !ours) {
		out->end = WSB_NONE;
		return;
	}
	if (!ours)
		out->has_job = false;
	out->end = ours && out->hresult == 0 && strncmp(out->state, "Completed", 9) == 0 ?
			   WSB_WORKS :
			   WSB_FAILED;
}

int wsb_read(const json_t *answer, int64_t *begun_utc_ms, struct wsb_result *out, struct err *err)
{
	const char *state = json_get_str(answer, "state");
	bool none = state && strcmp(state, "none") == 0;

	json_get_int(answer, "begun_utc_ms", begun_utc_ms);
	if (state && strcmp(state, "running") == 0)
		return 0;
	if (!none && !(state && strcmp(state, "ended") == 0))
		return err_set(err, FAULT_WRONG_ANSWER, "wsb-wait: no state");
	*out = (struct wsb_result){ .end = WSB_NONE };
	read_job(answer, out);
	judge_end(none, *begun_utc_ms, out);
	return 1;
}

static void tell_running(const struct wsb *w, int64_t since_ms, int64_t *told_ms)
{
	char took[CLOCK_TEXT];

	if (w->o.quiet || clock_now_ms() - *told_ms < TELL_MS)
		return;
	*told_ms = clock_now_ms();
	log_line(LOG_INFO, "%s: still running, followed for %s", w->o.host->name,
		 clock_format_duration(*told_ms - since_ms, took));
}

/* Once when the line is lost, once when it is back: a retry each few seconds is no news. */
static void tell_line(struct wsb *w, const struct err *lost)
{
	if (lost && w->lost)
		log_line(LOG_DEBUG, "%s", lost->msg);
	else if (lost)
		log_line(LOG_WARN, "%s; tried again until it answers", lost->msg);
	else if (w->lost)
		log_line(LOG_INFO, "%s: reached again", w->o.host->name);
	w->lost = lost != NULL;
}

/* As wsb_read(). */
static int look(struct wsb *w, struct wsb_result *out, struct err *err)
{
	AUTO_JSON json_t *answer = NULL;
	int r;

	w->may_cut = true;
	answer = ask(w, SCRIPT_WSB_WAIT, json_pack("{s:i}", "wait_ms", SLICE_MS),
		     SLICE_MS + SLACK_MS, err);
	w->may_cut = false;
	if (!answer)
		return -1;
	if (!answer_ok(answer))
		return refused(w, answer, err);
	r = wsb_read(answer, &w->begun_utc_ms, out, err);
	return r < 0 ? err_in(err, "%s", w->o.host->name) : r;
}

/* The task goes by itself too, so its removal is tried once. */
static void take_task_away(struct wsb *w, struct wsb_result *out)
{
	AUTO_JSON json_t *answer = NULL;
	struct err err;
	bool removed = false;

	answer = ask(w, SCRIPT_WSB_END, NULL, CHECK_MS, &err);
	if (answer)
		json_get_bool(answer, "removed", &removed);
	out->task_left = !removed;
}

static int close_trail(struct wsb *w, const struct wsb_result *r, struct err *err)
{
	AUTO_FREE char *text = NULL;

	if (r->end == WSB_LEFT)
		text = xstrdup("left running");
	else if (r->has_job)
		text = xasprintf("ended: %s, state %s, HRESULT 0x%08llX", wsb_end_name(r->end),
				 r->state, (unsigned long long)r->hresult);
	else
		text = xasprintf("ended: %s, no job is on record", wsb_end_name(r->end));
	return note(w, tx_new(), text, err);
}

/* Until its end, Ctrl-C, or half an hour without an answer. */
static int wait_for_end(struct wsb *w, struct wsb_result *out, struct err *err)
{
	int64_t since_ms = clock_now_ms(), told_ms = since_ms, heard_ms = since_ms;

	while (!w->asked) {
		int r = look(w, out, err);

		if (r >= 0) {
			tell_line(w, NULL);
			w->known = true;
		}
		if (r > 0)
			return 0;
		if (r == 0) {
			heard_ms = clock_now_ms();
			tell_running(w, since_ms, &told_ms);
			continue;
		}
		if (w->asked)
			break;
		if (fault_is_lasting(err->code) || !err_is_fault(err->code) ||
		    clock_now_ms() - heard_ms > LOST_MS)
			return -1;
		tell_line(w, err);
		pause_ms(w, fault_wait_ms(err->code, RETRY_MS));
	}
	out->end = w->known ? WSB_LEFT : WSB_UNKNOWN;
	return 0;
}

int wsb_follow(struct wsb *w, struct wsb_result *out, struct err *err)
{
	*out = (struct wsb_result){ .end = WSB_NONE };
	if (wait_for_end(w, out, err) != 0)
		return -1;
	if (out->end == WSB_WORKS || out->end == WSB_FAILED)
		take_task_away(w, out);
	/* following what was never there or never seen leaves no line in the trail */
	if (out->end == WSB_UNKNOWN || (out->end == WSB_NONE && !w->lock))
		return 0;
	return close_trail(w, out, err);
}
