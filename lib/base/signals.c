/* signals.c - being asked to stop. Ctrl-C counts up; SIGTERM and SIGHUP are a first Ctrl-C and
 * never a second, so that neither a service manager nor a terminal that goes away can cut short
 * what is being changed on a server. */
#include "base/signals.h"

#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

static void on_signal(uv_signal_t *handle, int signum)
{
	struct signals *s = handle->data;

	if (signum == SIGUSR1) {
		s->tell(s->ctx);
		return;
	}
	if (signum != SIGINT && s->count > 0)
		return;
	s->count++;
	s->asked(s->ctx, s->count);
}

static int watch(struct signals *s, uv_loop_t *loop, uv_signal_t *handle, int signum)
{
	int rc = uv_signal_init(loop, handle);

	if (rc < 0)
		return rc;
	handle->data = s;
	uv_unref((uv_handle_t *)handle);        /* waiting for Ctrl-C is no work */
	return uv_signal_start(handle, on_signal, signum);
}

void signals_keep_going(void)
{
	signal(SIGHUP, SIG_IGN);
}

void signals_spare_usr1(void)
{
	signal(SIGUSR1, SIG_IGN);
}

static bool is_ignored(int signum)
{
	struct sigaction now;

	return sigaction(signum, NULL, &now) == 0 && now.sa_handler == SIG_IGN;
}

int signals_start(struct signals *s, uv_loop_t *loop, void (*asked)(void *, int), void *ctx)
{
	*s = (struct signals){ .asked = asked, .ctx = ctx };
	/* a reader of our output that goes away does not end the work */
	signal(SIGPIPE, SIG_IGN);
	if (watch(s, loop, &s->sigint, SIGINT) < 0 || watch(s, loop, &s->sigterm, SIGTERM) < 0)
		return -1;
	return is_ignored(SIGHUP) ? 0 : watch(s, loop, &s->sighup, SIGHUP);
}

void signals_tell(struct signals *s, void (*tell)(void *ctx))
{
	s->tell = tell;
	watch(s, s->sigint.loop, &s->sigusr1, SIGUSR1);
}

void signals_stop(struct signals *s)
{
	if (s->sigusr1.data) {
		uv_close((uv_handle_t *)&s->sigusr1, NULL);
		signals_spare_usr1();   /* libuv gives it its default back, which is to die */
	}
	uv_close((uv_handle_t *)&s->sigint, NULL);
	uv_close((uv_handle_t *)&s->sigterm, NULL);
	if (s->sighup.data)
		uv_close((uv_handle_t *)&s->sighup, NULL);
}

static const char *last_line;
static volatile sig_atomic_t last_status;

/* Only what a signal's handler may call. */
static void on_alarm(int signum)
{
	(void)signum;
	/* where nobody listens the status says it too */
	if (write(STDOUT_FILENO, last_line, strlen(last_line)) < 0)
		_exit(last_status);
	_exit(last_status);
}

void signals_end_after(unsigned seconds, const char *line, int status)
{
	last_line = line;
	last_status = status;
	if (seconds > 0)
		signal(SIGALRM, on_alarm);
	alarm(seconds);
}
