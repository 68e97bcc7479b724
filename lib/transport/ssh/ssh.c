/* ssh.c - what all SSH tables share, and the table of a session over its own line: idle, the way
 * to a signed-in line, ready, work. */
#include "transport/ssh/ssh.h"

#include <stdlib.h>

#include "base/mem.h"
#include "transport/dial.h"

void ssh_begin(struct session *s)
{
	s->ssh = xcalloc(1, sizeof(*s->ssh));
	s->ssh->session = s;
}

/* What is missing here is missing without dialling. */
static enum turn lead(struct session *s, struct err *err)
{
	const struct endpoint *e = s->endpoint;

	if (!s->ssh)
		ssh_begin(s);
	if (s->task.kind == TASK_GREET) /* nobody signs in */
		return session_enter(s, AT_NAME);
	if (!e->user)
		return ssh_no_user(err);
	if (!s->credential)
		s->credential = ssh_credential(s->t, e, err);
	return s->credential ? session_enter(s, AT_NAME) : TURN_FAILED;
}

enum turn ssh_idle(struct session *s, struct err *err)
{
	return s->task.kind == TASK_NONE ? session_wait(s, 0) : lead(s, err);
}

/* The channel and what is of SFTP go with libssh2's session. */
void ssh_close(struct session *s, bool in_order)
{
	struct ssh *ssh = s->ssh;

	dial_close(s);
	credential_leave(s);
	if (!ssh)
		return;
	line_close(ssh->line, in_order);
	ssh->line = NULL;
	ssh->channel = NULL;
	ssh->sftp = NULL;
	ssh->file = NULL;
	signing_drop(ssh->signing);
	ssh->signing = NULL;
	ssh->sign_err.code = ssh->asked_err.code = ERR_NONE;
	ssh->rounds = ssh->codes = 0;
	ssh->answered = ssh->proven = false;
	ssh_forget_code(ssh);
	free(ssh->host_key_types);
	ssh->host_key_types = NULL;
}

void ssh_flush(struct session *s)
{
	if (s->ssh && s->ssh->line)
		line_flush(s->ssh->line);
}

/* A talker that waits for our next word is no slow SSH server. */
int ssh_late(struct session *s, struct err *err)
{
	struct line *l = s->ssh->line;

	if (s->state == AT_CODE)
		return ssh_code_late(s, err);
	return s->state == AT_HANDSHAKE && !l->identified && l->talk_len > 0 ?
		       line_quote_talk(l, err) :
		       0;
}

void ssh_release(struct session *s)
{
	free(s->ssh);
	s->ssh = NULL;
}

static enum turn do_ready(struct session *s, struct err *err)
{
	struct line *l = s->ssh->line;
	const struct task *task = &s->task;

	if (line_peer_left(l)) {        /* while nothing was going on: a task dials again */
		ssh_close(s, false);
		return session_enter(s, STATE_IDLE);
	}
	(void)err;
	if (task->kind == TASK_NONE)
		return session_wait(s, UV_DISCONNECT);
	if (task->kind == TASK_REACH)
		return TURN_DONE;
	session_begin_task(s);
	/* An answer with all that surrounds it; an upload's acknowledgements. */
	line_allow(l, task->kind == TASK_CALL ?
			      4 * (uint64_t)s->t->options.limits.output + (1 << 20) :
			      (1 << 20) + task->len / 16);
	return session_enter(s, task->kind == TASK_CALL ? AT_CHANNEL : AT_SFTP);
}

/* clang-format off */
static const struct state_row rows[SSH_STATES] = {
	[STATE_IDLE]   = { "idle",      ssh_idle,      LIMIT_NONE,    ERR_NONE },
	[STATE_READY]  = { "ready",     do_ready,      LIMIT_NONE,    ERR_NONE },
	SSH_LEADING_ROWS,
	[AT_CHANNEL]   = { "channel",   ssh_channel,   LIMIT_CHANNEL, FAULT_TIME_LIMIT },
	[AT_EXEC]      = { "exec",      ssh_exec,      LIMIT_TASK,    FAULT_TIME_LIMIT },
	[AT_SEND]      = { "send",      ssh_send,      LIMIT_TASK,    FAULT_TIME_LIMIT },
	[AT_RUN]       = { "run",       ssh_run,       LIMIT_TASK,    FAULT_TIME_LIMIT },
	[AT_EXIT]      = { "exit",      ssh_exit,      LIMIT_TASK,    FAULT_TIME_LIMIT },
	[AT_SFTP]      = { "sftp",      ssh_sftp,      LIMIT_CHANNEL, FAULT_TIME_LIMIT },
	[AT_CREATE]    = { "open",      ssh_create,    LIMIT_TASK,    FAULT_TIME_LIMIT },
	[AT_WRITE]     = { "write",     ssh_write,     LIMIT_TASK,    FAULT_TIME_LIMIT },
	[AT_FINISH]    = { "close",     ssh_finish,    LIMIT_TASK,    FAULT_TIME_LIMIT },
};
/* clang-format on */
const struct machine machine_ssh = { .row = rows,
				     .close = ssh_close,
				     .flush = ssh_flush,
				     .late = ssh_late,
				     .release = ssh_release,
				     .host_failed = dial_host_failed };
