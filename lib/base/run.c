/* run.c - starts a program in a session of its own, feeds it and reads it through pipes, and sees
 * to its end. */
#include "base/run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/secret.h"
#include "base/text.h"

enum { COMPLAINT_MAX = 2048, COMPLAINT_SHOWN = 200, ENDED_POLL_MS = 10 };

struct running {
	const struct run *run;
	int64_t until_ms;
	pid_t pid;
	int in, out, complaints;        /* our ends; -1: closed */
	size_t sent, len;
	char *text;                     /* secret; max + 1 bytes and a NUL */
	struct buf complaint;
};

static void close_end(int *fd)
{
	mem_auto_close(fd);
	*fd = -1;
}

static int make_pipe(int *ours, int *theirs, int our_end)
{
	int pair[2];

	if (pipe2(pair, O_CLOEXEC) != 0)
		return -1;
	*ours = pair[our_end];
	*theirs = pair[1 - our_end];
	return fcntl(*ours, F_SETFL, O_NONBLOCK);
}

/* Every signal as it was at birth: this program ignores some. Of descriptors that were handed to us
 * it gets none: there may be a password behind one. */
static int spawn(struct running *r, const int theirs[3])
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t none, all;
	int rc;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawn_file_actions_init(&actions);
	for (int i = 0; i < 3; i++)
		posix_spawn_file_actions_adddup2(&actions, theirs[i], i);
	posix_spawn_file_actions_addclosefrom_np(&actions, 3);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &all);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK |
						POSIX_SPAWN_SETSIGDEF);
	rc = posix_spawnp(&r->pid, r->run->argv[0], &actions, &attr, r->run->argv, environ);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&actions);
	return rc;
}

static int start(struct running *r, struct err *err)
{
	int theirs[3] = { -1, -1, -1 }, rc = 0;

	if (r->run->input ? make_pipe(&r->in, &theirs[0], 1) != 0 :
			    (theirs[0] = open("/dev/null", O_RDONLY | O_CLOEXEC)) < 0)
		rc = errno;
	if (rc == 0 && (make_pipe(&r->out, &theirs[1], 0) != 0 ||
			make_pipe(&r->complaints, &theirs[2], 0) != 0))
		rc = errno;
	if (rc == 0)
		rc = spawn(r, theirs);
	for (int i = 0; i < 3; i++)
		close_end(&theirs[i]);
	return rc == 0 ? 0 :
			 err_errno(err, r->run->fault, rc, "cannot run '%.80s'", r->run->argv[0]);
}

/* What it does not read is its own affair: it ended, or closed its input. */
static void feed(struct running *r)
{
	size_t left = r->run->input_len - r->sent;
	ssize_t n = left ? write(r->in, (const char *)r->run->input + r->sent, left) : 0;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	r->sent += n > 0 ? (size_t)n : left;
	if (r->sent == r->run->input_len)
		close_end(&r->in);
}

/* Whether there may be more at once. One byte above the limit is kept, to know of it. */
static bool take_output(struct running *r)
{
	ssize_t n = read(r->out, r->text + r->len, r->run->max + 1 - r->len);

	if (n > 0)
		r->len += (size_t)n;
	else if (n == 0 || (errno != EAGAIN && errno != EINTR))
		close_end(&r->out);
	return n > 0 && r->len <= r->run->max;
}

static bool take_complaint(struct running *r)
{
	char bytes[512];
	ssize_t n = read(r->complaints, bytes, sizeof(bytes));

	if (n > 0)
		(void)buf_add(&r->complaint, bytes, (size_t)n); /* beyond the limit: dropped */
	else if (n == 0 || (errno != EAGAIN && errno != EINTR))
		close_end(&r->complaints);
	return n > 0;
}

/* Until its output ends, is too long, or the time is up. */
static void exchange(struct running *r)
{
	int64_t now_ms;

	while (r->out >= 0 && r->len <= r->run->max && (now_ms = clock_now_ms()) < r->until_ms) {
		struct pollfd fds[] = {
			{ .fd = r->in, .events = POLLOUT },
			{ .fd = r->out, .events = POLLIN },
			{ .fd = r->complaints, .events = POLLIN },
		};

		if (poll(fds, ARRAY_LEN(fds), (int)(r->until_ms - now_ms)) <= 0)
			continue;
		if (fds[0].revents)
			feed(r);
		if (fds[1].revents)
			take_output(r);
		if (fds[2].revents)
			take_complaint(r);
	}
	close_end(&r->in);
}

/* Its status, or -1 when it did not end in time. Its group is killed while its number cannot belong
 * to another yet. */
static int end(struct running *r)
{
	siginfo_t info = { 0 };
	int status;

	while (r->out < 0 && waitid(P_PID, (id_t)r->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
	       info.si_pid == 0 && clock_now_ms() < r->until_ms)
		(void)poll(NULL, 0, ENDED_POLL_MS);
	kill(-r->pid, SIGKILL);
	while (waitpid(r->pid, &status, 0) < 0 && errno == EINTR)
		;
	while (r->complaints >= 0 && take_complaint(r))
		;
	return info.si_pid == 0 ? -1 : status;
}

/* What it complained of, printable; yours. */
static char *complaint_of(const struct running *r)
{
	const char *said = buf_text(&r->complaint);
	size_t len = r->complaint.len;

	while (len > 0 && strchr("\r\n\t ", said[len - 1]))
		len--;
	return text_printable(said, len, COMPLAINT_SHOWN);
}

/* "'pass' WHAT: what it complained of" */
static int failed(const struct running *r, const char *what, struct err *err)
{
	AUTO_FREE char *said = complaint_of(r);

	return err_set(err, r->run->fault, "'%.80s' %s%s%s", r->run->argv[0], what,
		       said[0] ? ": " : "", said);
}

static int judge(const struct running *r, int status, struct err *err)
{
	char what[64];

	if (r->len > r->run->max)
		snprintf(what, sizeof(what), "wrote more than %zu bytes", r->run->max);
	else if (status == -1)
		snprintf(what, sizeof(what), "did not end in %lld ms", (long long)r->run->limit_ms);
	else if (WIFSIGNALED(status))
		snprintf(what, sizeof(what), "was ended by signal %d", WTERMSIG(status));
	else if (WEXITSTATUS(status) != 0)
		snprintf(what, sizeof(what), "ended with status %d", WEXITSTATUS(status));
	else
		return 0;
	return failed(r, what, err);
}

char *run_output(const struct run *run, size_t *out_len, struct err *err)
{
	struct running r = { .run = run,
			     .until_ms = clock_now_ms() + run->limit_ms,
			     .in = -1,
			     .out = -1,
			     .complaints = -1,
			     .text = secret_alloc(run->max + 2) };
	int rc;

	buf_init(&r.complaint, COMPLAINT_MAX);
	rc = start(&r, err);
	if (rc == 0) {
		exchange(&r);
		rc = judge(&r, end(&r), err);
	}
	close_end(&r.in);
	close_end(&r.out);
	close_end(&r.complaints);
	if (rc == 0 && run->out_said && r.complaint.len > 0)
		*run->out_said = complaint_of(&r);
	buf_release(&r.complaint);
	if (rc != 0) {
		secret_free(r.text);
		return NULL;
	}
	r.text[r.len] = '\0';
	*out_len = r.len;
	return r.text;
}
