/* process.c - see process.h. Descriptor 3 is a pipe on which simhost asks for an end of the line to
 * its client: behind sshd it ends sshd for that. */
#include "tests/fleet/wsman/process.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { OUTPUT_MAX = 64 << 10, READ_BYTES = 16 << 10, PIPES = 4, INPUT = 0, LINE = 3 };
static const int64_t status_control_c_exit = 3221225786;

struct ws_process {
	uv_process_t process;
	uv_pipe_t pipe[PIPES];          /* as the descriptors of the child */
	struct buf output[2];
	bool ended[2], line_ended, reading[2], cut;
	bool exited, input_ended, spawned;
	int writes;
	int64_t code;
	int handles;
	void (*on_change)(void *ctx);   /* NULL: nobody cares any more */
	void *ctx;
	char bytes[READ_BYTES];
};

struct writing { uv_write_t request; struct ws_process *p; char bytes[]; };

static void changed(struct ws_process *p)
{
	if (p->on_change)
		p->on_change(p->ctx);
}

static void on_closed(uv_handle_t *handle)
{
	struct ws_process *p = handle->data;

	if (--p->handles > 0)
		return;
	buf_release(&p->output[0]);
	buf_release(&p->output[1]);
	free(p);
}

static void on_exit_of(uv_process_t *process, int64_t status, int by_signal)
{
	struct ws_process *p = process->data;

	p->exited = true;
	p->code = by_signal ? status_control_c_exit : status;
	if (p->on_change)
		changed(p);
	else
		uv_close((uv_handle_t *)process, on_closed);
}

static void give_room(uv_handle_t *handle, size_t suggested, uv_buf_t *out)
{
	struct ws_process *p = handle->data;

	(void)suggested;
	*out = uv_buf_init(p->bytes, READ_BYTES);
}

static int stream_of(const struct ws_process *p, const uv_stream_t *stream)
{
	return (const uv_pipe_t *)stream == &p->pipe[1] ? 0 : 1;
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *bytes)
{
	struct ws_process *p = stream->data;
	int i = stream_of(p, stream);

	if (n == 0)
		return;
	if ((uv_pipe_t *)stream == &p->pipe[LINE]) {
		p->cut |= n > 0;
		p->line_ended = n < 0;
		if (n < 0)
			uv_read_stop(stream);
	} else if (n < 0) {
		p->ended[i] = true;
		uv_read_stop(stream);
	} else {
		buf_add(&p->output[i], bytes->base, (size_t)n);
		if (p->output[i].len >= OUTPUT_MAX - READ_BYTES) {
			uv_read_stop(stream);
			p->reading[i] = false;
		}
	}
	changed(p);
}

void ws_process_taken(struct ws_process *p, int stream)
{
	if (p->reading[stream] || p->ended[stream] ||
	    p->output[stream].len >= OUTPUT_MAX - READ_BYTES)
		return;
	p->reading[stream] = true;
	uv_read_start((uv_stream_t *)&p->pipe[1 + stream], give_room, on_read);
}

static void init_pipes(struct ws_process *p, uv_loop_t *loop, uv_stdio_container_t *stdio)
{
	for (int i = 0; i < PIPES; i++) {
		uv_pipe_init(loop, &p->pipe[i], 0);
		p->pipe[i].data = p;
		p->handles++;
		stdio[i].flags =
			UV_CREATE_PIPE | (i == INPUT ? UV_READABLE_PIPE : UV_WRITABLE_PIPE);
		stdio[i].data.stream = (uv_stream_t *)&p->pipe[i];
	}
}

struct ws_process *ws_process_start(uv_loop_t *loop, char **argv, char **env,
				    void (*on_change)(void *ctx), void *ctx, struct err *err)
{
	struct ws_process *p = xcalloc(1, sizeof(*p));
	uv_stdio_container_t stdio[PIPES] = { 0 };
	uv_process_options_t options = { .exit_cb = on_exit_of,
					 .file = argv[0],
					 .args = argv,
					 .env = env,
					 .stdio = stdio,
					 .stdio_count = PIPES };
	int rc;

	buf_init(&p->output[0], OUTPUT_MAX);
	buf_init(&p->output[1], OUTPUT_MAX);
	init_pipes(p, loop, stdio);
	p->process.data = p;
	p->on_change = on_change;
	p->ctx = ctx;
	p->handles++;
	rc = uv_spawn(loop, &p->process, &options);
	p->spawned = rc == 0;
	if (rc != 0) {
		ws_process_free(p);
		err_set(err, ERR_SYSTEM, "cannot start '%s': %s", argv[0], uv_strerror(rc));
		return NULL;
	}
	ws_process_taken(p, 0);
	ws_process_taken(p, 1);
	uv_read_start((uv_stream_t *)&p->pipe[LINE], give_room, on_read);
	return p;
}

void ws_process_free(struct ws_process *p)
{
	if (!p)
		return;
	p->on_change = NULL;
	ws_process_kill(p);
	for (int i = 0; i < PIPES; i++) {
		if (!uv_is_closing((uv_handle_t *)&p->pipe[i]))
			uv_close((uv_handle_t *)&p->pipe[i], on_closed);
	}
	/* one that runs is waited for, so that it leaves no zombie */
	if (p->exited || !p->spawned)
		uv_close((uv_handle_t *)&p->process, on_closed);
}

struct buf *ws_process_output(struct ws_process *p, int stream)
{
	return &p->output[stream];
}

bool ws_process_output_ended(const struct ws_process *p, int stream)
{
	return p->ended[stream] && p->output[stream].len == 0;
}

static void end_input(struct ws_process *p)
{
	if (p->input_ended && p->writes == 0 && !uv_is_closing((uv_handle_t *)&p->pipe[INPUT]))
		uv_close((uv_handle_t *)&p->pipe[INPUT], on_closed);
}

static void on_written(uv_write_t *request, int status)
{
	struct writing *w = (struct writing *)request;
	struct ws_process *p = w->p;

	(void)status;
	free(w);
	p->writes--;
	if (!p->on_change)
		return;
	end_input(p);
	changed(p);
}

void ws_process_write(struct ws_process *p, const char *bytes, size_t len, bool end)
{
	struct writing *w = xmalloc(sizeof(*w) + len);
	uv_buf_t buf = uv_buf_init(w->bytes, (unsigned)len);

	w->p = p;
	memcpy(w->bytes, bytes, len);
	p->input_ended |= end;
	if (len > 0 && !uv_is_closing((uv_handle_t *)&p->pipe[INPUT]) &&
	    uv_write(&w->request, (uv_stream_t *)&p->pipe[INPUT], &buf, 1, on_written) == 0)
		p->writes++;
	else
		free(w);
	end_input(p);
}

bool ws_process_writing(const struct ws_process *p)
{
	return p->writes > 0;
}

bool ws_process_ended(const struct ws_process *p, int64_t *out_code)
{
	/* the line's too: what it says comes before the end, in whatever order the loop hears */
	if (!p->exited || !p->ended[0] || !p->ended[1] || !p->line_ended)
		return false;
	*out_code = p->code;
	return true;
}

void ws_process_kill(struct ws_process *p)
{
	if (p->spawned && !p->exited)
		uv_process_kill(&p->process, SIGKILL);
}

bool ws_process_take_cut(struct ws_process *p)
{
	bool cut = p->cut;

	p->cut = false;
	return cut;
}
