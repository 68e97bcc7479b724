/* winrm.c - the table of a session over WinRM: a shell is made, each call is a command in it, with
 * the same two lines of input and the same answer as over SSH. Every way out deletes the shell by a
 * request of its own; one that is leaked by a crash ends after IDLE_MS, for what a user may have of
 * them is little (25 on old servers). */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/insist.h"
#include "base/mem.h"
#include "base/text.h"
#include "transport/credential.h"
#include "transport/winrm/door.h"
#include "transport/winrm/winrm.h"
#include "transport/winrm/winrm_inside.h"

enum {
	ANSWER_MS = 20000,      /* when a Receive is answered although there is nothing */
	IDLE_MS = 180000,       /* longer than we are silent between two steps of an upgrade */
	TOO_LARGE = 413         /* HTTP's word for it, before the host looks at what it says */
};

/* --- a request and its answer -------------------------------------------------------------- */

/* What all requests of a session have, with an id that none had. */
static int address(const struct winrm *w, struct wsman_request *r, struct err *err)
{
	int64_t answer_ms = w->session->endpoint->answer_ms;
	char hex[33];

	if (random_hex(hex, 16, err) != 0)
		return -1;
	wsman_id_make(&r->id, hex);
	r->url = w->url;
	r->envelope = w->envelope;
	r->timeout_ms = answer_ms ? answer_ms : ANSWER_MS;
	r->shell = w->shell;
	r->command = w->command;
	return 0;
}

static void post(struct winrm *w, const struct wsman_request *r)
{
	w->asked = *r;
	w->too_large = w->bare = false;
	http_post(w->http, wsman_request_text(r));
}

static int ask(struct winrm *w, struct wsman_request r, struct err *err)
{
	if (address(w, &r, err) != 0)
		return -1;
	post(w, &r);
	return 0;
}

static enum turn read_answer(struct session *s, const struct http_answer *http,
			     struct wsman_answer *out, struct err *err)
{
	struct winrm *w = s->winrm;
	struct wsman_output *output = w->asked.op == WSMAN_RECEIVE ? &w->output : NULL;
	struct wsman_reader *r;
	int rc;

	w->too_large = http->status == TOO_LARGE;
	if (!wsman_http_is_answer(http->status, http->content_type))
		return winrm_refused(s, http, err);
	if (winrm_let_in(s, http, err) != 0)
		return TURN_FAILED;
	r = wsman_reader_new(&w->asked, output);
	rc = wsman_reader_feed(r, http->body, http->len, err);
	if (rc == 0)
		rc = wsman_reader_finish(r, out, err);
	wsman_reader_free(r);
	return rc == 0 ? TURN_DONE : TURN_FAILED;
}

/* The answer to what was asked. TURN_WAIT until it is there; TURN_MORE: it is asked once more, in
 * another state. A fault is an answer, too. */
static enum turn answered(struct session *s, struct wsman_answer *out, struct err *err)
{
	struct http_answer http;
	enum turn r = http_answer(s->winrm->http, &http, err);

	if (r == TURN_WAIT)
		return session_wait(s, 0);
	if (r == TURN_FAILED)
		return winrm_no_answer(s, err);
	if (!s->peer[0]) {
		AUTO_FREE char *said = text_printable(http.server, strlen(http.server), 100);

		snprintf(s->peer, sizeof(s->peer), "WinRM%s%s", *said ? ", " : "", said);
	}
	return read_answer(s, &http, out, err);
}

/* As answered(), and a fault is a failure. */
static enum turn answered_well(struct session *s, struct wsman_answer *out, struct err *err)
{
	enum turn r = answered(s, out, err);

	if (r == TURN_DONE && out->is_fault) {
		wsman_fault_err(&out->fault, err);
		return TURN_FAILED;
	}
	return r;
}

/* --- the way to a shell -------------------------------------------------------------------- */

static void describe(struct session *s)
{
	const struct endpoint *e = s->endpoint;
	const char *name = winrm_name(e);

	s->winrm = xcalloc(1, sizeof(*s->winrm));
	s->winrm->session = s;
	s->winrm->envelope = WSMAN_ENVELOPE;
	s->winrm->url = xasprintf(
		strchr(name, ':') ? "https://[%s]:%d/wsman" : "https://%s:%d/wsman", name, e->port);
}

static int ask_for_shell(struct session *s, struct err *err)
{
	return ask(s->winrm, (struct wsman_request){ .op = WSMAN_CREATE, .idle_ms = IDLE_MS }, err);
}

static enum turn do_idle(struct session *s, struct err *err)
{
	if (s->task.kind == TASK_NONE)
		return session_wait(s, 0);
	if (s->task.kind != TASK_GREET && !s->credential) {
		s->credential = winrm_credential(s->t, s->endpoint, err);
		if (!s->credential)
			return TURN_FAILED;
	}
	if (!s->winrm)
		describe(s);
	if (winrm_open_line(s, err) != 0)
		return TURN_FAILED;
	/* by Negotiate nothing is told before it is asked for */
	s->winrm->knocks = s->task.kind != TASK_GREET && s->endpoint->sign_in == WINRM_BASIC &&
			   !credential_is_accepted(s->credential);
	if (s->winrm->knocks)
		http_post_bare(s->winrm->http);
	else if (ask_for_shell(s, err) != 0)
		return TURN_FAILED;
	return session_enter(s, s->winrm->door ? AT_TUNNEL : AT_CONNECT);
}

static enum turn way_is_there(struct session *s)
{
	return session_enter(s, s->winrm->knocks ? AT_KNOCK : AT_CREATE);
}

/* Where there is no door libcurl dials by itself. */
static enum turn do_connect(struct session *s, struct err *err)
{
	const struct endpoint *e = s->endpoint;
	struct http_line *http = s->winrm->http;
	struct http_answer none;

	if (!http_is_connected(http) && http_is_busy(http))
		return session_wait(s, 0);
	if (!http_is_connected(http) && http_answer(http, &none, err) == TURN_FAILED)
		return winrm_no_answer(s, err);
	session_found(s, "%s port %d", e->address, e->port);
	return way_is_there(s);
}

/* The bastion's own limits count here. */
static enum turn do_tunnel(struct session *s, struct err *err)
{
	const struct endpoint *e = s->endpoint;
	enum turn r = door_way(s->winrm->door, err);

	if (r == TURN_WAIT && http_is_busy(s->winrm->http))
		return session_wait(s, 0);
	if (r == TURN_FAILED)
		return r;
	if (r == TURN_DONE)
		session_found(s, "%s port %d by %s", e->address, e->port, e->via->name);
	return way_is_there(s);
}

/* Whatever it answers, somebody is there, and has shown a certificate that is good. */
static enum turn do_knock(struct session *s, struct err *err)
{
	struct http_answer any;
	enum turn r = http_answer(s->winrm->http, &any, err);

	if (r == TURN_WAIT)
		return session_wait(s, 0);
	return r == TURN_FAILED ? winrm_no_answer(s, err) : session_enter(s, AT_GATE);
}

/* Hosts wait for each other, and only for such as are there. */
static enum turn do_gate(struct session *s, struct err *err)
{
	struct http_answer asked;
	enum turn r = credential_turn(s, err);

	if (r == TURN_WAIT)
		return session_wait(s, 0);
	if (r != TURN_DONE)
		return r;
	if (s->endpoint->sign_in != WINRM_BASIC)
		return http_answer(s->winrm->http, &asked, err) == TURN_DONE ?
			       winrm_say_who(s, &asked) :
			       TURN_FAILED;
	return ask_for_shell(s, err) == 0 ? session_enter(s, AT_CREATE) : TURN_FAILED;
}

static enum turn do_create(struct session *s, struct err *err)
{
	struct wsman_answer answer;
	enum turn r;

	if (s->task.kind == TASK_GREET)
		return winrm_greeted(s, err);
	r = answered_well(s, &answer, err);
	if (r != TURN_DONE)
		return r;
	credential_accepted(s);
	winrm_vouched(s);
	session_found(s, "%s; %s", s->credential->label, http_tls(s->winrm->http));
	s->winrm->shell = answer.shell;
	s->winrm->learning = false;     /* what is shown from now on was seen before */
	s->connected = true;
	return session_enter(s, STATE_READY);
}

/* --- a call -------------------------------------------------------------------------------- */

static void on_bytes(void *ctx, enum wsman_stream stream, const char *data, size_t len)
{
	struct session *s = ctx;
	struct winrm *w = s->winrm;
	uint64_t most = 4 * (uint64_t)s->t->options.limits.output;      /* with complaints */

	if (w->failed.code != ERR_NONE)
		return;
	if (stream == WSMAN_STDERR)
		session_complain(s, data, len);
	else
		session_take(s, data, len, &w->failed);
	if (w->failed.code == ERR_NONE && s->task.taken > most)
		err_set(&w->failed, FAULT_TOO_MUCH_OUTPUT, "the server sent more than %llu bytes",
			(unsigned long long)most);
}

static enum turn do_ready(struct session *s, struct err *err)
{
	struct winrm *w = s->winrm;

	if (s->task.kind == TASK_NONE)
		return session_wait(s, 0);
	if (s->task.kind == TASK_UPLOAD) {
		s->keep_line = true;
		return err_set(err, FAULT_UPLOAD_FAILED,
			       "WinRM takes no files beside calls (session_puts_files)");
	}
	session_begin_task(s);
	w->command.text[0] = '\0';
	w->output = (struct wsman_output){ .bytes = on_bytes, .ctx = s };
	w->failed.code = ERR_NONE;
	if (ask(w, (struct wsman_request){ .op = WSMAN_COMMAND, .line = script_command() }, err) !=
	    0)
		return TURN_FAILED;
	return session_enter(s, AT_COMMAND);
}

/* Begins the next piece of input. */
static enum turn send_next(struct session *s, struct err *err)
{
	struct wsman_request next = { .op = WSMAN_SEND };
	size_t room, len = 0;

	if (address(s->winrm, &next, err) != 0)
		return TURN_FAILED;
	room = wsman_input_room(&next);
	next.input = session_to_send(s, &len);
	next.input_len = len < room ? len : room;
	s->task.sent += next.input_len;
	next.last = session_to_send(s, &len) == NULL;
	post(s->winrm, &next);
	return session_enter(s, AT_SEND);
}

static enum turn do_command(struct session *s, struct err *err)
{
	struct winrm *w = s->winrm;
	struct wsman_answer answer;
	enum turn r = answered(s, &answer, err);

	if (r != TURN_DONE)
		return r;
	if (answer.is_fault && wsman_fault_is_gone(&answer.fault) && !w->made_again) {
		w->made_again = true;           /* it was idle for too long: a new one */
		winrm_close_line(s);
		return session_enter(s, STATE_IDLE);
	}
	if (answer.is_fault) {
		wsman_fault_err(&answer.fault, err);
		return TURN_FAILED;
	}
	w->made_again = false;
	w->command = answer.command;
	return send_next(s, err);
}

static enum turn receive(struct session *s, struct err *err)
{
	if (ask(s->winrm, (struct wsman_request){ .op = WSMAN_RECEIVE }, err) != 0)
		return TURN_FAILED;
	return session_enter(s, AT_RECEIVE);
}

/* Somebody has set MaxEnvelopeSizekb lower: what was refused goes in smaller messages. */
static bool shrink(struct session *s)
{
	struct winrm *w = s->winrm;

	if (!w->too_large || w->envelope / 2 < WSMAN_ENVELOPE_LEAST)
		return false;
	w->envelope /= 2;
	s->task.sent -= w->asked.input_len;
	return true;
}

/* A program that ended takes nothing more: what it said counts. */
static enum turn do_send(struct session *s, struct err *err)
{
	struct wsman_answer answer;
	enum turn r = answered(s, &answer, err);
	size_t len;

	if (r == TURN_FAILED && shrink(s))
		return send_next(s, err);
	if (r != TURN_DONE)
		return r;
	if (answer.is_fault && wsman_fault_is_timeout(&answer.fault)) {
		wsman_fault_err(&answer.fault, err);
		return TURN_FAILED;
	}
	if (answer.is_fault) {
		s->task.too_late = true;
		s->winrm->refused = answer.fault;
	}
	if (session_to_send(s, &len))
		return send_next(s, err);
	s->sent_utc_ms = clock_utc_ms();
	return receive(s, err);
}

static enum turn do_receive(struct session *s, struct err *err)
{
	struct winrm *w = s->winrm;
	struct wsman_answer answer;
	enum turn r = answered(s, &answer, err);

	if (r != TURN_DONE)
		return r;
	if (w->failed.code != ERR_NONE) {
		*err = w->failed;
		return TURN_FAILED;
	}
	if (answer.is_fault && !wsman_fault_is_timeout(&answer.fault)) {
		wsman_fault_err(&answer.fault, err);
		return TURN_FAILED;
	}
	if (answer.is_fault && s->task.too_late) {
		wsman_fault_err(&w->refused, err);      /* it waits for its input, or hangs */
		return TURN_FAILED;
	}
	if (answer.is_fault || answer.state == WSMAN_RUNNING)
		return receive(s, err);
	w->exit_code = answer.has_exit ? answer.exit_code : -1;
	if (ask(w, (struct wsman_request){ .op = WSMAN_SIGNAL }, err) != 0)
		return TURN_FAILED;
	return session_enter(s, AT_SIGNAL);
}

/* Whatever is answered, the program has ended and said what it had to say. */
static enum turn do_signal(struct session *s, struct err *err)
{
	struct task *task = &s->task;
	struct wsman_answer answer;
	enum turn r = answered(s, &answer, err);

	if (r == TURN_WAIT || r == TURN_MORE)
		return r;
	s->winrm->command.text[0] = '\0';
	if (answer_finish(&task->answer, s->winrm->exit_code, NULL, buf_text(&task->complaint),
			  err) != 0) {
		s->keep_line = r == TURN_DONE;
		return TURN_FAILED;
	}
	session_enter(s, STATE_READY);
	return TURN_DONE;
}

/* --- the end ------------------------------------------------------------------------------- */

/* The answer to a request under way is nobody's any more: its connection goes, another deletes. */
static bool winrm_part(struct session *s)
{
	struct winrm *w = s->winrm;
	struct wsman_id shell;
	struct err unused;

	if (!w || !w->shell.text[0])
		return false;
	shell = w->shell;
	winrm_end_sign_in(w);
	if (http_is_spent(w->http)) {
		winrm_close_line(s);
		if (winrm_open_line(s, &unused) != 0)
			return false;
	}
	w->shell = shell;
	w->command.text[0] = '\0';
	if (ask(w, (struct wsman_request){ .op = WSMAN_DELETE }, &unused) != 0)
		return false;
	session_enter(s, AT_DELETE);
	return true;
}

static enum turn do_delete(struct session *s, struct err *err)
{
	struct wsman_answer answer;

	return answered(s, &answer, err);
}

/* Who has shown a certificate is there, whatever he says of hosts that he asks himself. */
static bool winrm_host_failed(const struct session *s)
{
	const struct winrm *w = s->winrm;

	return w && w->door && door_host_failed(w->door) && !http_certificate(w->http)->hex[0];
}

static void winrm_close(struct session *s, bool in_order)
{
	(void)in_order;
	credential_leave(s);
	if (s->winrm)
		winrm_close_line(s);
}

static void winrm_release(struct session *s)
{
	if (!s->winrm)
		return;
	free(s->winrm->url);
	free(s->winrm);
	s->certificate = NULL;
	s->winrm = NULL;
}

/* clang-format off */
static const struct state_row rows[WINRM_STATES] = {
	[STATE_IDLE]  = { "idle",    do_idle,    LIMIT_NONE,    ERR_NONE },
	[STATE_READY] = { "ready",   do_ready,   LIMIT_NONE,    ERR_NONE },
	[AT_CONNECT]  = { "connect", do_connect, LIMIT_CONNECT, FAULT_NO_ANSWER },
	[AT_TUNNEL]   = { "tunnel",  do_tunnel,  LIMIT_NONE,    ERR_NONE },
	[AT_KNOCK]    = { "sign-in", do_knock,   LIMIT_SIGN_IN, FAULT_TIME_LIMIT },
	[AT_GATE]     = { "sign-in", do_gate,    LIMIT_NONE,    ERR_NONE },
	[AT_TOKEN]    = { "sign-in", winrm_do_token,   LIMIT_SIGN_IN, FAULT_TIME_LIMIT },
	[AT_CREATE]   = { "sign-in", do_create,  LIMIT_SIGN_IN, FAULT_TIME_LIMIT },
	[AT_COMMAND]  = { "channel", do_command, LIMIT_CHANNEL, FAULT_TIME_LIMIT },
	[AT_SEND]     = { "send",    do_send,    LIMIT_TASK,    FAULT_TIME_LIMIT },
	[AT_RECEIVE]  = { "run",     do_receive, LIMIT_TASK,    FAULT_TIME_LIMIT },
	[AT_SIGNAL]   = { "exit",    do_signal,  LIMIT_TASK,    FAULT_TIME_LIMIT },
	[AT_DELETE]   = { "goodbye", do_delete,  LIMIT_CHANNEL, FAULT_TIME_LIMIT },
};
/* clang-format on */
const struct machine machine_winrm = {
	.row = rows,
	.close = winrm_close,
	.late = winrm_late,
	.release = winrm_release,
	.part = winrm_part,
	.host_failed = winrm_host_failed,
};
