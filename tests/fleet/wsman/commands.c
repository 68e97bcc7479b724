/* commands.c - what runs in a shell: Command, Send, Receive and Signal (MS-WSMV 3.1.4.11 to 14). */
#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "base/mem.h"
#include "base/text.h"
#include "tests/fleet/wsman/body.h"
#include "tests/fleet/wsman/shells.h"

enum {
	LINE_MAX_CMD = 8191,            /* of a command line of cmd.exe */
	ENVELOPE_REST = 2500,           /* of an answer without its streams */
	BLOCK_REST = 160                /* of a Stream element without its bytes */
};

static const char *const stream_names[2] = { "stdout", "stderr" };
static const unsigned stream_bits[2] = { WS_STDOUT, WS_STDERR };

void ws_command_free(struct ws_command *c, enum ws_fault fault)
{
	struct ws_call *parked[2];

	if (!c)
		return;
	parked[0] = c->receive;
	parked[1] = c->send;
	for (int i = 0; i < 2; i++) {
		if (!parked[i])
			continue;
		ws_shells_forget(parked[i]);
		if (fault == WS_NONE)
			ws_call_cut(parked[i]);
		else
			ws_call_refuse(parked[i], fault, NULL);
	}
	ws_process_free(c->process);
	free(c);
}

static void add_blocks(struct ws_command *c, int i, int64_t *room, struct buf *body)
{
	struct buf *bytes = ws_process_output(c->process, i);
	int64_t block = c->receive->settings.block_bytes;

	while (bytes->len > 0) {
		int64_t n = (*room - BLOCK_REST) / 4 * 3;
		AUTO_FREE char *text = NULL;

		n = n > block ? block : n;
		n = n > (int64_t)bytes->len ? (int64_t)bytes->len : n;
		if (n <= 0)
			break;
		text = base64_encode(bytes->data, (size_t)n, NULL);
		buf_addf(body, "<rsp:Stream Name=\"%s\" CommandId=\"%s\">%s</rsp:Stream>",
			 stream_names[i], c->id, text);
		*room -= BLOCK_REST + (int64_t)strlen(text);
		buf_drop(bytes, (size_t)n);
	}
	ws_process_taken(c->process, i);
}

/* Note 122: both streams end by their attribute; the state says that the command did. */
static void add_state(struct ws_command *c, struct buf *body, bool done, int64_t code)
{
	static const char state[] =
		"<rsp:CommandState CommandId=\"%s\" State=\"" NS_SHELL "/CommandState/%s\">";

	for (int i = 0; done && i < 2; i++) {
		if (c->receive->streams & stream_bits[i])
			buf_addf(body,
				 "<rsp:Stream Name=\"%s\" CommandId=\"%s\" End=\"true\">"
				 "</rsp:Stream>",
				 stream_names[i], c->id);
	}
	buf_addf(body, state, c->id,
		 done				    ? "Done" :
		 c->receive->misbehave & WS_PENDING ? "Pending" :
						      "Running");
	if (done || (c->receive->misbehave & WS_RUNNING_EXIT))
		buf_addf(body, "<rsp:ExitCode>%lld</rsp:ExitCode>", (long long)code);
	buf_adds(body, "</rsp:CommandState>");
}

static bool drained(const struct ws_command *c, unsigned streams)
{
	for (int i = 0; i < 2; i++) {
		if ((streams & stream_bits[i]) && !ws_process_output_ended(c->process, i))
			return false;
	}
	return true;
}

/* Answers the Receive that waits, if there is something to say. */
static void answer_receive(struct ws_command *c)
{
	struct ws_call *call = c->receive;
	int64_t code = 0, room = ws_call_room(call) - ENVELOPE_REST;
	struct buf body;
	bool done;

	buf_init(&body, 64 << 20);
	buf_adds(&body, "<rsp:ReceiveResponse>");
	for (int i = 0; i < 2; i++) {
		if (call->streams & stream_bits[i])
			add_blocks(c, i, &room, &body);
	}
	done = ws_process_ended(c->process, &code) && drained(c, call->streams);
	if (!done && (call->misbehave & WS_EMPTY) && body.len == strlen("<rsp:ReceiveResponse>"))
		buf_addf(&body, "<rsp:Stream Name=\"stdout\" CommandId=\"%s\"/>", c->id);
	if (done || body.len > strlen("<rsp:ReceiveResponse>")) {
		add_state(c, &body, done, code);
		buf_adds(&body, "</rsp:ReceiveResponse>");
		c->done = done;
		ws_shells_forget(call);
		ws_call_done(call, buf_text(&body));
	}
	buf_release(&body);
}

/* simhost asks for an end of its line: whoever waits loses the connection, else who comes next. A
 * server that restarts loses all its shells. */
static void cut_line(struct ws_command *c)
{
	struct ws_shell *shell = c->shell;
	struct ws_call *parked = c->receive ? c->receive : c->send;
	struct ws_settings now;

	if (ws_host_settings(shell->host, &now, NULL) == 0 && now.away) {
		shell->host->restarts++;
		ws_shells_end(shell->host);
		return;
	}
	if (!parked) {
		shell->cut = true;
		return;
	}
	ws_shells_forget(parked);
	ws_call_cut(parked);
}

static void on_change(void *ctx)
{
	struct ws_command *c = ctx;
	struct ws_call *send = c->send;

	if (ws_process_take_cut(c->process)) {
		cut_line(c);
		return;
	}
	if (send && !ws_process_writing(c->process)) {
		ws_shells_forget(send);
		ws_call_done(send, "<rsp:SendResponse/>");
	}
	/* what the client did not agree to take is nobody's */
	for (int i = 0; i < 2; i++) {
		if (c->shell->streams & stream_bits[i])
			continue;
		buf_clear(ws_process_output(c->process, i));
		ws_process_taken(c->process, i);
	}
	if (c->receive)
		answer_receive(c);
}

/* As sshd starts it by the fleet's ForceCommand, with the environment that it reads. */
static struct ws_process *start(struct ws_call *call, struct ws_command *c, const char *line)
{
	const struct ws_program *program = ws_program_of(call);
	AUTO_FREE char *connection = xasprintf("SSH_CONNECTION=%s 1 %s %d", call->client,
					       call->host->address, program->port);
	AUTO_FREE char *command = xasprintf("SSH_ORIGINAL_COMMAND=%s", line);
	AUTO_FREE char *path =
		xasprintf("PATH=%s", getenv("PATH") ? getenv("PATH") : "/usr/bin:/bin");
	char line_text[] = "MARSHAL_LINE=3", home[] = "HOME=/";
	char *env[] = { connection, command, path, line_text, home, NULL };
	char *serve[] = { (char *)program->simhost, (char *)"--serve", (char *)program->fleet,
			  NULL };
	char *too_long[] = { (char *)"/bin/sh", (char *)"-c",
			     (char *)"echo 'The command line is too long.' >&2; exit 1", NULL };

	return ws_process_start(ws_call_loop(call), strlen(line) > LINE_MAX_CMD ? too_long : serve,
				env, on_change, c, NULL);
}

static int64_t operations_of(const struct ws_shell *mine)
{
	int64_t count = 0;

	for (const struct ws_shell *s = mine->host->shell; s; s = s->next)
		count += strcmp(s->user, mine->user) == 0 ? s->operations : 0;
	return count;
}

enum ws_fault ws_command_run(struct ws_call *call, struct ws_shell *shell)
{
	const char *line;
	enum ws_fault fault = ws_body_command(&call->request, &line);
	AUTO_FREE char *body = NULL;
	struct ws_command *c;

	if (fault != WS_NONE)
		return fault;
	if (shell->command)
		return WS_CONCURRENCY;
	if (operations_of(shell) >= call->settings.max_operations_per_user)
		return WS_QUOTA_OPERATIONS;
	c = xcalloc(1, sizeof(*c));
	c->shell = shell;
	ws_uuid(c->id);
	c->process = start(call, c, line);
	if (!c->process) {
		free(c);
		return WS_INTERNAL;
	}
	shell->command = c;
	shell->operations++;
	body = xasprintf(
		"<rsp:CommandResponse><rsp:CommandId>%s</rsp:CommandId></rsp:CommandResponse>",
		c->id);
	ws_call_done(call, body);
	return WS_NONE;
}

static struct ws_command *find(const struct ws_shell *shell, const char *id)
{
	struct ws_command *c = shell->command;

	return c && text_casecmp(c->id, id) == 0 ? c : NULL;
}

enum ws_fault ws_command_send(struct ws_call *call, struct ws_shell *shell)
{
	struct ws_send send;
	enum ws_fault fault = ws_body_send(&call->request, &send);
	struct ws_command *c;

	if (fault != WS_NONE)
		return fault;
	if (!(shell->streams & WS_STDIN))
		return WS_STREAM_IN;
	c = find(shell, send.command);
	if (!c)
		return WS_PARAMETER;
	if (c->send)
		return WS_CONCURRENCY;
	if (c->input_ended)
		return WS_INPUT_ENDED;
	c->input_ended = send.end;
	ws_process_write(c->process, send.bytes, send.len, send.end);
	if (!ws_process_writing(c->process)) {
		ws_call_done(call, "<rsp:SendResponse/>");
		return WS_NONE;
	}
	c->send = call;
	call->command = c;
	ws_call_park(call);
	return WS_NONE;
}

enum ws_fault ws_command_receive(struct ws_call *call, struct ws_shell *shell)
{
	struct ws_receive receive;
	enum ws_fault fault = ws_body_receive(&call->request, &receive);
	struct ws_command *c;

	if (fault != WS_NONE)
		return fault;
	c = find(shell, receive.command);
	if (!c || c->done)
		return WS_PARAMETER;
	if (receive.streams & ~shell->streams)
		return WS_STREAM_OUT;
	if (c->receive)
		return WS_CONCURRENCY;
	c->receive = call;
	call->command = c;
	call->streams = receive.streams;
	ws_call_park(call);
	answer_receive(c);
	return WS_NONE;
}

enum ws_fault ws_command_signal(struct ws_call *call, struct ws_shell *shell)
{
	struct ws_signal_ask ask;
	enum ws_fault fault = ws_body_signal(&call->request, &ask);
	struct ws_command *c;

	if (fault != WS_NONE)
		return fault;
	c = find(shell, ask.command);
	if (!c)
		return WS_PARAMETER;
	if (ask.signal == WS_TERMINATE) {
		shell->command = NULL;
		ws_command_free(c, WS_TERMINATED);
	} else {
		ws_process_kill(c->process);
	}
	ws_call_done(call, "<rsp:SignalResponse/>");
	return WS_NONE;
}
