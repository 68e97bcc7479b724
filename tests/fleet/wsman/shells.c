/* shells.c - the shells of a host: Create and Delete, whose they are, how many a user has, and
 * their end when nobody asks for them (MS-WSMV 3.1.4.1.31.5). */
#include "tests/fleet/wsman/shells.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "tests/fleet/wsman/body.h"

static void on_timer_closed(uv_handle_t *handle)
{
	struct ws_shell *s = handle->data;

	if (--s->handles > 0)
		return;
	free(s->user);
	free(s);
}

static void shell_free(struct ws_shell *s, enum ws_fault fault)
{
	struct ws_shell **place = &s->host->shell;

	while (*place != s)
		place = &(*place)->next;
	*place = s->next;
	ws_command_free(s->command, fault);
	uv_close((uv_handle_t *)&s->idle, on_timer_closed);
	uv_close((uv_handle_t *)&s->lifetime, on_timer_closed);
}

void ws_shells_end(struct ws_host *host)
{
	while (host->shell)
		shell_free(host->shell, WS_NONE);
}

static void on_lifetime(uv_timer_t *timer)
{
	shell_free(timer->data, WS_ABORTED);
}

static bool in_use(const struct ws_shell *s)
{
	return s->command && (s->command->receive || s->command->send);
}

static void on_idle(uv_timer_t *timer)
{
	struct ws_shell *s = timer->data;

	if (in_use(s))
		uv_timer_start(&s->idle, on_idle, (uint64_t)s->idle_ms, 0);
	else
		shell_free(s, WS_ABORTED);
}

static int64_t shells_of(const struct ws_host *host, const char *user)
{
	int64_t count = 0;

	for (const struct ws_shell *s = host->shell; s; s = s->next)
		count += strcmp(s->user, user) == 0;
	return count;
}

static struct ws_shell *shell_new(struct ws_call *call, const struct ws_shell_ask *ask)
{
	struct ws_shell *s = xcalloc(1, sizeof(*s));
	uv_loop_t *loop = ws_call_loop(call);

	s->host = call->host;
	ws_uuid(s->id);
	s->user = xstrdup(call->user);
	s->streams = ask->streams;
	s->idle_ms = ask->idle_ms >= 0 ? ask->idle_ms : call->settings.idle_timeout_ms;
	uv_timer_init(loop, &s->idle);
	uv_timer_init(loop, &s->lifetime);
	s->idle.data = s->lifetime.data = s;
	s->handles = 2;
	uv_timer_start(&s->idle, on_idle, (uint64_t)s->idle_ms, 0);
	if (ask->lifetime_ms > 0)
		uv_timer_start(&s->lifetime, on_lifetime, (uint64_t)ask->lifetime_ms, 0);
	s->next = call->host->shell;
	call->host->shell = s;
	return s;
}

/* MS-WSMV 3.1.4.5.2: the reference, and what the shell is. */
static void answer_create(struct ws_call *call, const struct ws_shell *s)
{
	struct buf body;

	buf_init(&body, 1 << 16);
	buf_addf(&body,
		 "<x:ResourceCreated><a:Address>https://%s/wsman</a:Address><a:ReferenceParameters>"
		 "<w:ResourceURI>" RESOURCE_CMD "</w:ResourceURI><w:SelectorSet>"
		 "<w:Selector Name=\"ShellId\">%s</w:Selector></w:SelectorSet>"
		 "</a:ReferenceParameters></x:ResourceCreated>",
		 call->host->address, s->id);
	if (!(call->misbehave & WS_OLD_CREATE)) {
		buf_addf(&body,
			 "<rsp:Shell><rsp:ShellId>%s</rsp:ShellId><rsp:ResourceUri>" RESOURCE_CMD
			 "</rsp:ResourceUri><rsp:Owner>",
			 s->id);
		ws_escape(&body, s->user);
		buf_addf(&body,
			 "</rsp:Owner><rsp:ClientIP>%s</rsp:ClientIP>"
			 "<rsp:IdleTimeOut>PT%lld.%03dS</rsp:IdleTimeOut>"
			 "<rsp:InputStreams>%s</rsp:InputStreams>"
			 "<rsp:OutputStreams>%s%s</rsp:OutputStreams>"
			 "<rsp:ShellRunTime>P0DT0H0M0S</rsp:ShellRunTime>"
			 "<rsp:ShellInactivity>P0DT0H0M0S</rsp:ShellInactivity></rsp:Shell>",
			 call->client, (long long)(s->idle_ms / 1000), (int)(s->idle_ms % 1000),
			 s->streams & WS_STDIN ? "stdin" : "",
			 s->streams & WS_STDOUT ? "stdout " : "",
			 s->streams & WS_STDERR ? "stderr" : "");
	}
	ws_call_done(call, buf_text(&body));
	buf_release(&body);
}

static enum ws_fault create(struct ws_call *call)
{
	struct ws_shell_ask ask;
	enum ws_fault fault = ws_body_shell(&call->request, &ask);
	int64_t most = call->settings.max_shells_per_user;

	if (fault != WS_NONE)
		return fault;
	if (most > 0 && shells_of(call->host, call->user) >= most)
		return WS_QUOTA_SHELLS;
	answer_create(call, shell_new(call, &ask));
	return WS_NONE;
}

static enum ws_fault delete (struct ws_call *call, struct ws_shell *s) {
	enum ws_fault fault = ws_body_nothing(&call->request);

	if (fault != WS_NONE) return fault;
	shell_free(s, WS_ABORTED);
	ws_call_done(call, "");
	return WS_NONE;
}

static struct ws_shell *find(const struct ws_host *host, const char *id)
{
	struct ws_shell *s = host->shell;

	if (strncmp(id, "uuid:", 5) == 0)
		id += 5;
	while (s && text_casecmp(s->id, id) != 0)
		s = s->next;
	return s;
}

/* As Windows says it. */
static void refuse_lost(struct ws_call *call)
{
	AUTO_FREE char *text =
		xasprintf("The request for the Windows Remote Shell with ShellId %s failed because "
			  "the shell was not found on the server. Possible causes are: the "
			  "specified ShellId is incorrect or the shell no longer exists on the "
			  "server. Provide the correct ShellId or create a new shell and retry the "
			  "operation. ",
			  call->request.shell);

	ws_call_refuse(call, WS_SELECTORS, text);
}

static enum ws_fault operate(struct ws_call *call, struct ws_shell *s)
{
	switch (call->request.action) {
	case WS_CREATE:
		return create(call);
	case WS_DELETE:
		return delete (call, s);
	case WS_COMMAND:
		return ws_command_run(call, s);
	case WS_SIGNAL:
		return ws_command_signal(call, s);
	case WS_SEND:
		return ws_command_send(call, s);
	case WS_RECEIVE:
		return ws_command_receive(call, s);
	case WS_ACTION_COUNT:
		break;
	}
	abort();
}

void ws_shells_handle(struct ws_call *call)
{
	struct ws_shell *s = NULL;
	enum ws_fault fault;

	if (call->request.action != WS_CREATE) {
		s = find(call->host, call->request.shell);
		if (s && (call->misbehave & WS_LOST_SHELL)) {
			shell_free(s, WS_ABORTED);
			s = NULL;
		}
		if (!s) {
			refuse_lost(call);
			return;
		}
		if (strcmp(s->user, call->user) != 0) {
			ws_call_refuse(call, WS_ACCESS_DENIED, NULL);
			return;
		}
		if (s->cut) {
			s->cut = false;
			ws_call_cut(call);
			return;
		}
		uv_timer_start(&s->idle, on_idle, (uint64_t)s->idle_ms, 0);
	}
	fault = operate(call, s);
	if (fault != WS_NONE)
		ws_call_refuse(call, fault, NULL);
}

void ws_shells_forget(struct ws_call *call)
{
	struct ws_command *c = call->command;

	if (c && c->receive == call)
		c->receive = NULL;
	if (c && c->send == call)
		c->send = NULL;
	call->command = NULL;
}
