/* prompt.c - see prompt.h. The terminal gives whole lines and is watched as a line of the network
 * is. It has its settings back before the next question, and whatever ends this one: an answer, or
 * that nobody wants it any more. */
#include "transport/prompt.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/secret.h"

enum { ANSWER_MAX = 256 };

struct prompt {
	struct prompts *all;
	char *text;
	void (*wake)(void *ctx);
	void *ctx;
	char *answer;                   /* secret; NULL none yet */
	struct err err;                 /* why there will be none; ERR_NONE: there may */
	bool listed;
	TAILQ_ENTRY(prompt) link;
};

TAILQ_HEAD(prompt_list, prompt);

struct prompts {
	struct transport *t;
	struct prompt_list waiting;   /* the first stands on the terminal */
	int fd;                         /* the terminal; -1: no question stands */
	struct termios shown;           /* its settings before */
	uv_poll_t *poll;
};

struct prompts *prompts_new(struct transport *t)
{
	struct prompts *all = xcalloc(1, sizeof(*all));

	all->t = t;
	all->fd = -1;
	TAILQ_INIT(&all->waiting);
	return all;
}

void prompts_free(struct prompts *all)
{
	free(all);
}

bool prompts_stand(const struct prompts *all)
{
	return all->fd >= 0;
}

/* What was typed ahead is of no question. */
static int hide(struct prompts *all)
{
	struct termios hidden;

	if (tcgetattr(all->fd, &all->shown) != 0)
		return -1;
	hidden = all->shown;
	hidden.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK);
	hidden.c_lflag |= ICANON | ECHONL;
	return tcsetattr(all->fd, TCSAFLUSH, &hidden);
}

static void close_terminal(struct prompts *all)
{
	if (all->poll)
		transport_close_handle(all->t, all->poll);
	all->poll = NULL;
	close(all->fd);
	all->fd = -1;
}

static void nobody(void *ctx)
{
	(void)ctx;
}

static void show_next(struct prompts *all);

/* The first has its answer, or err says why not. */
static void settle(struct prompts *all)
{
	struct prompt *p = TAILQ_FIRST(&all->waiting);

	TAILQ_REMOVE(&all->waiting, p, link);
	p->listed = false;
	if (all->fd >= 0) {
		(void)tcsetattr(all->fd, TCSAFLUSH, &all->shown);
		close_terminal(all);
	}
	p->wake(p->ctx);
	show_next(all);
}

static void on_line(uv_poll_t *handle, int status, int events)
{
	struct prompts *all = handle->data;
	struct prompt *p = TAILQ_FIRST(&all->waiting);
	char *line = secret_alloc(ANSWER_MAX);
	ssize_t n = read(all->fd, line, ANSWER_MAX - 1);

	(void)status;
	(void)events;
	if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
		secret_free(line);
		return;
	}
	if (n > 0)
		line[strcspn(line, "\r\n")] = '\0';
	if (n > 0 && line[0]) {
		p->answer = line;
	} else {
		secret_free(line);
		err_set(&p->err, FAULT_NO_USABLE_KEY, "none was given");
	}
	settle(all);
}

/* Who is not in front would be stopped by asking, and the whole work with it. */
static int open_terminal(struct prompts *all, const char *text)
{
	AUTO_FREE char *line = xasprintf("\r\033[K%s", text);         /* over a progress line */
	uv_poll_t *poll;

	all->fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	if (all->fd < 0)
		return -1;
	poll = xcalloc(1, sizeof(*poll));
	if (tcgetpgrp(all->fd) != getpgrp() || hide(all) != 0 ||
	    uv_poll_init(all->t->loop, poll, all->fd) != 0) {
		free(poll);
		close_terminal(all);
		return -1;
	}
	all->poll = poll;
	poll->data = all;
	all->t->handles++;
	uv_unref((uv_handle_t *)poll);  /* who waits for it has a limit, and keeps the loop */
	uv_poll_start(poll, UV_READABLE, on_line);
	(void)!write(all->fd, line, strlen(line));
	return 0;
}

static void show_next(struct prompts *all)
{
	struct prompt *p = TAILQ_FIRST(&all->waiting);

	if (!p || (!all->t->options.no_prompt && open_terminal(all, p->text) == 0))
		return;
	err_set(&p->err, FAULT_NO_USABLE_KEY, "nobody can be asked for it here");
	settle(all);
}

struct prompt *prompt_new(struct prompts *all, const char *text, void (*wake)(void *ctx), void *ctx)
{
	struct prompt *p = xcalloc(1, sizeof(*p));
	bool first = TAILQ_EMPTY(&all->waiting);

	secret_guard();
	p->all = all;
	p->text = xstrdup(text);
	p->wake = wake;
	p->ctx = ctx;
	p->err.code = ERR_NONE;
	p->listed = true;
	TAILQ_INSERT_TAIL(&all->waiting, p, link);
	if (first)
		show_next(all);
	return p;
}

enum turn prompt_answer(struct prompt *p, char **out, struct err *err)
{
	if (p->err.code != ERR_NONE) {
		*err = p->err;
		return TURN_FAILED;
	}
	if (!p->answer)
		return TURN_WAIT;
	*out = p->answer;
	p->answer = NULL;
	return TURN_DONE;
}

void prompt_drop(struct prompt *p)
{
	struct prompts *all;

	if (!p)
		return;
	all = p->all;
	if (p->listed && p == TAILQ_FIRST(&all->waiting)) {
		p->wake = nobody;
		settle(all);
	} else if (p->listed) {
		TAILQ_REMOVE(&all->waiting, p, link);
	}
	secret_free(p->answer);
	free(p->text);
	free(p);
}
