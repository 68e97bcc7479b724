/* work.c - what is done over a signed-in session: a call (channel, exec, two lines of
 * input, answer, exit status) or an upload by SFTP. Both streams of a command are drained all
 * the time: 2 MB of unread stderr would stall it for good. */
#include "transport/ssh/ssh.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

enum {
	WINDOW = 256 << 10,             /* what a host may send ahead of our reading */
	SEND_AHEAD_MAX = 64 << 10,      /* gathered output above which no more is added */
	PACED_PIECE = 256 << 10,        /* smooth, and quick enough over 50 ms */
	UPLOAD_PIECE = 1 << 20          /* libssh2 pipelines within one call only: 16 MB
					 * over 50 ms took 26 s with 32 KB, now 1.4 s */
};

/* The call. */

enum turn ssh_channel(struct session *s, struct err *err)
{
	struct ssh *ssh = s->ssh;
	struct line *l = ssh->line;
	int rc;

	ssh->channel = libssh2_channel_open_ex(l->ssh, "session", strlen("session"), WINDOW,
					       LIBSSH2_CHANNEL_PACKET_DEFAULT, NULL, 0);
	if (ssh->channel)
		return session_enter(s, AT_EXEC);
	rc = libssh2_session_last_errno(l->ssh);
	if (rc == LIBSSH2_ERROR_EAGAIN)
		return line_wait(l);
	if (rc == LIBSSH2_ERROR_CHANNEL_FAILURE && !l->ended)
		return err_set(err, FAULT_CHANNEL_REFUSED,
			       "signed in, but the server opens no session (MaxSessions 0?)");
	return line_failed(l, rc, "opening a channel", err);
}

enum turn ssh_exec(struct session *s, struct err *err)
{
	struct ssh *ssh = s->ssh;
	struct line *l = ssh->line;
	const char *command = script_command();
	int rc = libssh2_channel_process_startup(ssh->channel, "exec", strlen("exec"), command,
						 (unsigned)strlen(command));

	if (rc == LIBSSH2_ERROR_EAGAIN)
		return line_wait(l);
	if (rc == LIBSSH2_ERROR_CHANNEL_REQUEST_DENIED && !l->ended)
		return err_set(err, FAULT_CHANNEL_REFUSED, "the server refuses to run commands");
	if (rc != 0)
		return line_failed(l, rc, "asking to run the command", err);
	l->alive_ms = s->now_ms + KEEP_ALIVE_S * 1000;
	return session_enter(s, AT_SEND);
}

/* Reads a piece of each stream. 1: something came, 0: nothing now, -1: err. */
static int read_streams(struct session *s, struct err *err)
{
	LIBSSH2_CHANNEL *channel = s->ssh->channel;
	char *bytes = s->t->scratch;
	int came = 0;

	for (int stream = 0; stream <= SSH_EXTENDED_DATA_STDERR; stream++) {
		ssize_t n = libssh2_channel_read_ex(channel, stream, bytes, SCRATCH_SIZE);

		if (n == LIBSSH2_ERROR_EAGAIN || n == 0)
			continue;
		if (n < 0)
			return line_failed(s->ssh->line, (int)n, "reading the answer", err);
		if (stream == SSH_EXTENDED_DATA_STDERR)
			session_complain(s, bytes, (size_t)n);
		else if (session_take(s, bytes, (size_t)n, err) != 0)
			return -1;
		came = 1;
	}
	return came;
}

enum turn ssh_send(struct session *s, struct err *err)
{
	struct ssh *ssh = s->ssh;
	struct line *l = ssh->line;
	size_t len = 0;
	const char *next = session_to_send(s, &len);
	int came;
	ssize_t n;

	if (!next) {
		n = s->task.too_late ? 0 : libssh2_channel_send_eof(ssh->channel);
		if (n == LIBSSH2_ERROR_EAGAIN)
			return line_wait(l);
		if (n != 0)
			return line_failed(l, (int)n, "ending standard input", err);
		s->sent_utc_ms = clock_utc_ms();
		return session_enter(s, AT_RUN);
	}
	came = read_streams(s, err);    /* a program that writes before it reads is no deadlock */
	if (came < 0)
		return TURN_FAILED;
	if (libssh2_channel_eof(ssh->channel)) {
		s->task.too_late = true;
		return TURN_MORE;
	}
	if (l->out.len > SEND_AHEAD_MAX)
		return came ? TURN_MORE : line_wait(l);
	n = libssh2_channel_write_ex(ssh->channel, 0, next, len);
	if (n == LIBSSH2_ERROR_EAGAIN)
		return came ? TURN_MORE : line_wait(l);
	if (n < 0)
		return line_failed(l, (int)n, "sending the script", err);
	s->task.sent += (size_t)n;
	return TURN_MORE;
}

enum turn ssh_run(struct session *s, struct err *err)
{
	struct ssh *ssh = s->ssh;
	struct line *l = ssh->line;
	int came = read_streams(s, err);

	if (came < 0)
		return TURN_FAILED;
	if (came > 0)
		return TURN_MORE;
	if (libssh2_channel_eof(ssh->channel))
		return session_enter(s, AT_EXIT);
	if (s->now_ms >= l->alive_ms)
		line_keep_alive(l);
	s->wake_ms = l->alive_ms;
	return line_wait(l);
}

/* A command killed by a signal has exit status 0 in libssh2: the signal is asked for first. */
enum turn ssh_exit(struct session *s, struct err *err)
{
	struct ssh *ssh = s->ssh;
	struct line *l = ssh->line;
	struct task *task = &s->task;
	char *signal = NULL;
	int rc = libssh2_channel_wait_closed(ssh->channel), status;

	if (rc == LIBSSH2_ERROR_EAGAIN)
		return line_wait(l);
	if (rc != 0)
		return line_failed(l, rc, "waiting for the exit status", err);
	rc = libssh2_channel_get_exit_signal(ssh->channel, &signal, NULL, NULL, NULL, NULL, NULL);
	if (rc != 0)
		return line_failed(l, rc, "asking for the exit signal", err);
	status = signal ? -1 : libssh2_channel_get_exit_status(ssh->channel);
	rc = answer_finish(&task->answer, status, signal, buf_text(&task->complaint), err);
	if (signal)
		libssh2_free(l->ssh, signal);
	libssh2_channel_free(ssh->channel);       /* closed by the peer: does not wait */
	ssh->channel = NULL;
	s->keep_line = rc != 0;
	if (rc != 0)
		return TURN_FAILED;
	session_enter(s, STATE_READY);
	return TURN_DONE;
}

/* The upload. */

static const char *sftp_reason(unsigned long code)
{
	switch (code) {
	case LIBSSH2_FX_NO_SUCH_FILE:
	case LIBSSH2_FX_NO_SUCH_PATH:
		return "no such file or folder";
	case LIBSSH2_FX_PERMISSION_DENIED:
		return "permission denied";
	case LIBSSH2_FX_WRITE_PROTECT:
		return "the volume is write-protected";
	case LIBSSH2_FX_NO_SPACE_ON_FILESYSTEM:
		return "no space on the volume";
	case LIBSSH2_FX_QUOTA_EXCEEDED:
		return "the quota is used up";
	case LIBSSH2_FX_FAILURE:
		return "the server says only 'failure' (a full volume, a file in use)";
	default:        /* of the protocol's numbers, not an enum of ours */
		return "the server refuses";
	}
}

/* An SFTP call said rc, not EAGAIN. */
static enum turn upload_failed(struct session *s, int rc, const char *what, struct err *err)
{
	struct ssh *ssh = s->ssh;
	struct line *l = ssh->line;

	if (rc == LIBSSH2_ERROR_SFTP_PROTOCOL && !l->ended) {
		unsigned long code = libssh2_sftp_last_error(ssh->sftp);

		return err_set(err, FAULT_UPLOAD_FAILED, "%s '%s': %s (%lu)", what, s->task.remote,
			       sftp_reason(code), code);
	}
	return line_failed(l, rc, what, err);
}

/* libssh2_sftp_init() does not return from a refusal before the peer closed the channel too. */
enum turn ssh_sftp(struct session *s, struct err *err)
{
	struct ssh *ssh = s->ssh;
	struct line *l = ssh->line;
	int rc;

	ssh->sftp = libssh2_sftp_init(l->ssh);
	if (ssh->sftp)
		return session_enter(s, AT_CREATE);
	rc = libssh2_session_last_errno(l->ssh);
	if (rc == LIBSSH2_ERROR_EAGAIN)
		return line_wait(l);
	if (!l->ended && (rc == LIBSSH2_ERROR_CHANNEL_FAILURE || l->spun))
		return err_set(err, FAULT_CHANNEL_REFUSED, "the server offers no SFTP");
	return line_failed(l, rc, "beginning SFTP", err);
}

enum turn ssh_create(struct session *s, struct err *err)
{
	struct ssh *ssh = s->ssh;
	struct line *l = ssh->line;
	int rc;

	ssh->file =
		libssh2_sftp_open_ex(ssh->sftp, s->task.remote, (unsigned)strlen(s->task.remote),
				     LIBSSH2_FXF_WRITE | LIBSSH2_FXF_CREAT | LIBSSH2_FXF_TRUNC,
				     0600, LIBSSH2_SFTP_OPENFILE);
	if (ssh->file)
		return session_enter(s, AT_WRITE);
	rc = libssh2_session_last_errno(l->ssh);
	if (rc == LIBSSH2_ERROR_EAGAIN)
		return line_wait(l);
	return upload_failed(s, rc, "creating", err);
}

/* The next piece, and when it goes. */
static void take_piece(struct session *s)
{
	struct task *task = &s->task;
	size_t len = task->len - task->at, most = task->pace ? PACED_PIECE : UPLOAD_PIECE;

	task->may_go = len < most ? len : most;
	task->go_ms = s->now_ms + (task->pace ? task->pace(task->ctx, task->may_go) : 0);
}

/* Same place and length after EAGAIN: libssh2 skips what it already made into packets. */
enum turn ssh_write(struct session *s, struct err *err)
{
	struct task *task = &s->task;
	ssize_t n;

	if (task->at == task->len)
		return session_enter(s, AT_FINISH);
	if (task->may_go == 0)
		take_piece(s);
	if (s->now_ms < task->go_ms) {
		s->wake_ms = task->go_ms;
		return line_wait(s->ssh->line);
	}
	n = libssh2_sftp_write(s->ssh->file, task->data + task->at, task->may_go);
	if (n == LIBSSH2_ERROR_EAGAIN)
		return line_wait(s->ssh->line);
	if (n < 0)
		return upload_failed(s, (int)n, "writing", err);
	task->at += (size_t)n;
	task->may_go -= (size_t)n;
	if (task->progress && !s->dead)
		task->progress(task->ctx, task->at);
	return TURN_MORE;
}

enum turn ssh_finish(struct session *s, struct err *err)
{
	struct ssh *ssh = s->ssh;
	struct line *l = ssh->line;
	int rc;

	if (ssh->file) {
		rc = libssh2_sftp_close_handle(ssh->file);
		if (rc == LIBSSH2_ERROR_EAGAIN)
			return line_wait(l);
		ssh->file = NULL;
		if (rc != 0)            /* the last bytes may fail here */
			return upload_failed(s, rc, "closing", err);
	}
	rc = libssh2_sftp_shutdown(ssh->sftp);
	if (rc == LIBSSH2_ERROR_EAGAIN)
		return line_wait(l);
	ssh->sftp = NULL;
	session_enter(s, STATE_READY);
	return TURN_DONE;
}
