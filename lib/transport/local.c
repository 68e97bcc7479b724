/* local.c - a program in place of a host, for tests and rehearsals: it gets the command line's
 * words as arguments, the same two lines on standard input, and answers in the same way. An
 * upload is a copy. The program runs in a session of its own and is killed with all it started
 * when its call ends before it does. */
#include "transport/session.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"

enum { AT_START = STATE_FIRST, AT_SEND, AT_RUN, AT_EXIT, AT_OPEN, AT_WRITE, LOCAL_STATES };
enum { WRITE_PIECE = 1 << 20 };

/* Outlives its session until the program is reaped. */
struct child {
	uv_process_t process;
	struct transport *t;
	struct session *s;              /* NULL: nobody waits any more */
	int talk, complaints;           /* our ends of its stdin and stdout, of its stderr; or -1 */
	bool exited;
	int64_t status;
	int signal;
};

static void child_closed(uv_handle_t *handle)
{
	struct child *c = handle->data;

	transport_handle_gone(c->t);
	free(c);
}

static void on_exit_of_child(uv_process_t *process, int64_t status, int signal)
{
	struct child *c = process->data;

	c->exited = true;
	c->status = status;
	c->signal = signal;
	if (c->s)
		transport_wake(c->s);
	else
		uv_close((uv_handle_t *)process, child_closed);
}

static void close_end(struct session *s, int which, int *fd)
{
	if (*fd < 0)
		return;
	session_unwatch(s, which);
	close(*fd);
	*fd = -1;
}

static void local_close(struct session *s, bool in_order)
{
	struct child *c = s->child;

	(void)in_order;
	if (!c)
		return;
	close_end(s, 0, &c->talk);
	close_end(s, 1, &c->complaints);
	s->child = NULL;
	c->s = NULL;
	if (c->exited)
		uv_close((uv_handle_t *)&c->process, child_closed);
	else
		kill(-c->process.pid, SIGKILL);         /* it leads a process group */
}

/* The program and the words of the command line. The array and *out_words are the caller's. */
static char **make_args(const struct endpoint *e, char **out_words)
{
	char **args = NULL, *rest = *out_words = xstrdup(script_command()), *word;
	int count = 0, cap = 0;

	MEM_GROW(args, count, cap);
	args[count++] = (char *)e->program;
	while ((word = strsep(&rest, " ")) != NULL) {
		MEM_GROW(args, count, cap);
		if (*word)
			args[count++] = word;
	}
	MEM_GROW(args, count, cap);
	args[count] = NULL;
	return args;
}

/* Our environment and MARSHAL_HOST; the last string is the caller's to free, and the array. */
static char **make_environment(const char *host)
{
	size_t n = 0;
	char **env;

	while (environ[n])
		n++;
	env = xcalloc(n + 2, sizeof(*env));
	env[0] = xasprintf("MARSHAL_HOST=%s", host);
	memcpy(env + 1, environ, n * sizeof(*env));
	return env;
}

static int spawn(struct session *s, int child_talk, int child_complaints)
{
	struct child *c = s->child;
	char *words = NULL;
	char **args = make_args(s->endpoint, &words), **env = make_environment(s->endpoint->name);
	uv_stdio_container_t stdio[3] = {
		{ .flags = UV_INHERIT_FD, .data.fd = child_talk },
		{ .flags = UV_INHERIT_FD, .data.fd = child_talk },
		{ .flags = UV_INHERIT_FD, .data.fd = child_complaints },
	};
	uv_process_options_t options = {
		.file = s->endpoint->program,
		.args = args,
		.env = env,
		.exit_cb = on_exit_of_child,
		.flags = UV_PROCESS_DETACHED,
		.stdio = stdio,
		.stdio_count = 3,
	};
	int rc = uv_spawn(s->t->loop, &c->process, &options);

	c->process.data = c;
	s->t->handles++;        /* also a failed one has to be closed */
	free(words);
	free(args);
	free(env[0]);
	free(env);
	return rc;
}

static int begin_child(struct session *s, struct err *err)
{
	AUTO_CLOSE int talk = -1;
	AUTO_CLOSE int complaints = -1;
	struct child *c;
	int pair[2], pipes[2], rc;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		return err_errno(err, FAULT_NO_ANSWER, errno, "socketpair");
	talk = pair[1];
	if (pipe2(pipes, O_CLOEXEC) != 0) {
		err_errno(err, FAULT_NO_ANSWER, errno, "pipe");
		close(pair[0]);
		return -1;
	}
	complaints = pipes[1];
	c = s->child = xcalloc(1, sizeof(*c));
	*c = (struct child){ .t = s->t, .s = s, .talk = pair[0], .complaints = pipes[0] };
	fcntl(c->talk, F_SETFL, O_NONBLOCK);
	fcntl(c->complaints, F_SETFL, O_NONBLOCK);
	rc = spawn(s, talk, complaints);
	if (rc != 0) {
		c->exited = true;
		return err_set(err, FAULT_REFUSED, "cannot run '%s': %s", s->endpoint->program,
			       uv_strerror(rc));
	}
	session_watch(s, 0, c->talk);
	session_watch(s, 1, c->complaints);
	s->connected = true;
	return 0;
}

static enum turn do_start(struct session *s, struct err *err)
{
	session_begin_task(s);
	if (s->task.kind == TASK_UPLOAD)
		return session_enter(s, AT_OPEN);
	if (!s->endpoint->program)
		return err_set(err, FAULT_REFUSED,
			       "ansible_connection is local, but marshal_program "
			       "is not set");
	if (begin_child(s, err) != 0)
		return TURN_FAILED;
	return session_enter(s, AT_SEND);
}

/* Reads a piece of a stream. 1: something came, 0: nothing now, -1: it ended, -2: err. */
static int read_end(struct session *s, int fd, bool is_answer, struct err *err)
{
	char *bytes = s->t->scratch;
	ssize_t n = fd < 0 ? 0 : read(fd, bytes, SCRATCH_SIZE);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0)             /* a program that died with our input unread resets the pair */
		return -1;
	if (!is_answer)
		session_complain(s, bytes, (size_t)n);
	else if (session_take(s, bytes, (size_t)n, err) != 0)
		return -2;
	return 1;
}

/* Both streams. 1: something came, 0: nothing now, -1: the answer ended, -2: err. */
static int read_both(struct session *s, struct err *err)
{
	struct child *c = s->child;
	int complained = read_end(s, c->complaints, false, err);
	int answered = read_end(s, c->talk, true, err);

	if (complained == -1)
		close_end(s, 1, &c->complaints);
	if (answered == 0)
		return complained == 1;
	return answered;
}

static enum turn do_send(struct session *s, struct err *err)
{
	struct child *c = s->child;
	size_t len = 0;
	const char *next = session_to_send(s, &len);
	int came = read_both(s, err);
	ssize_t n;

	if (came == -2)
		return TURN_FAILED;
	if (came == -1)
		return session_enter(s, AT_EXIT);
	if (!next) {
		shutdown(c->talk, SHUT_WR);
		s->sent_utc_ms = clock_utc_ms();
		return session_enter(s, AT_RUN);
	}
	n = send(c->talk, next, len, MSG_NOSIGNAL);
	if (n < 0 && errno != EAGAIN && errno != EINTR)
		s->task.too_late = true;        /* it closed its input: what it says still counts */
	else if (n > 0)
		s->task.sent += (size_t)n;
	else if (came == 0)
		return session_wait(s, UV_READABLE | UV_WRITABLE);
	return TURN_MORE;
}

static enum turn do_run(struct session *s, struct err *err)
{
	int came = read_both(s, err);

	if (came == -2)
		return TURN_FAILED;
	if (came == -1)
		return session_enter(s, AT_EXIT);
	return came == 1 ? TURN_MORE : session_wait(s, UV_READABLE);
}

static enum turn do_exit(struct session *s, struct err *err)
{
	struct child *c = s->child;
	char signal[24] = "";
	int rc;

	close_end(s, 0, &c->talk);
	if (read_both(s, err) == 1)             /* what it said before it ended */
		return TURN_MORE;
	if (!c->exited)
		return session_wait(s, 0);
	if (c->signal)
		snprintf(signal, sizeof(signal), "%s",
			 sigabbrev_np(c->signal) ? sigabbrev_np(c->signal) : "?");
	rc = answer_finish(&s->task.answer, c->signal ? -1 : (int)c->status,
			   c->signal ? signal : NULL, buf_text(&s->task.complaint), err);
	local_close(s, true);
	if (rc != 0)
		return TURN_FAILED;
	session_enter(s, STATE_IDLE);
	return TURN_DONE;
}

/* An upload: a copy, a piece a turn. */

static enum turn upload_failed(struct session *s, const char *what, struct err *err)
{
	return err_errno(err, FAULT_UPLOAD_FAILED, errno, "%s '%s'", what, s->task.remote);
}

static enum turn do_open(struct session *s, struct err *err)
{
	AUTO_CLOSE int fd = open(s->task.remote, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0)
		return upload_failed(s, "creating", err);
	return session_enter(s, AT_WRITE);
}

static enum turn do_write(struct session *s, struct err *err)
{
	struct task *task = &s->task;
	size_t len = task->len - task->at;
	AUTO_CLOSE int fd = open(task->remote, O_WRONLY | O_APPEND | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return upload_failed(s, "opening", err);
	if (len == 0) {
		session_enter(s, STATE_IDLE);
		return TURN_DONE;
	}
	n = write(fd, task->data + task->at, len < WRITE_PIECE ? len : WRITE_PIECE);
	if (n < 0)
		return upload_failed(s, "writing", err);
	task->at += (size_t)n;
	if (task->progress && !s->dead)
		task->progress(task->ctx, task->at);
	return TURN_MORE;
}

/* clang-format off */
static const struct state_row rows[LOCAL_STATES] = {
	[STATE_IDLE]  = { "idle",  session_idle, LIMIT_NONE, ERR_NONE },
	[STATE_READY] = { "ready", session_idle, LIMIT_NONE, ERR_NONE },   /* never: has no line */
	[AT_START]    = { "start", do_start,     LIMIT_NONE, ERR_NONE },
	[AT_SEND]     = { "send",  do_send,      LIMIT_TASK, FAULT_TIME_LIMIT },
	[AT_RUN]      = { "run",   do_run,       LIMIT_TASK, FAULT_TIME_LIMIT },
	[AT_EXIT]     = { "exit",  do_exit,      LIMIT_TASK, FAULT_TIME_LIMIT },
	[AT_OPEN]     = { "open",  do_open,      LIMIT_TASK, FAULT_TIME_LIMIT },
	[AT_WRITE]    = { "write", do_write,     LIMIT_TASK, FAULT_TIME_LIMIT },
};
/* clang-format on */
const struct machine machine_local = { .row = rows, .close = local_close };
