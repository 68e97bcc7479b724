/* wsman_read.c - see wsman_read.h. */
#include "tests/unit/transport/wsman_read.h"

#include <string.h>

#include "base/mem.h"
#include "tests/unit/unit.h"

enum { OUTPUT_MAX = 1 << 20 };

static void on_bytes(void *ctx, enum wsman_stream stream, const char *data, size_t len)
{
	struct read *read = ctx;

	ck_assert_uint_gt(len, 0);
	if (read->stream != (int)stream + 1)
		ck_assert_int_eq(buf_addf(&read->streams, "%d:", (int)stream + 1), 0);
	read->stream = (int)stream + 1;
	ck_assert_int_eq(buf_add(&read->streams, data, len), 0);
}

struct wsman_request read_request(enum wsman_op op)
{
	return (struct wsman_request){
		.op = op,
		.id = { OURS },
		.envelope = WSMAN_ENVELOPE,
		.command = { COMMAND_ID },
	};
}

void read_init(struct read *read)
{
	*read = (struct read){ .output = { .bytes = on_bytes, .ctx = read } };
	buf_init(&read->streams, OUTPUT_MAX);
}

void read_answer(struct read *out, const struct wsman_request *request, const char *text,
		 size_t len, size_t step)
{
	struct wsman_reader *r;

	read_init(out);
	r = wsman_reader_new(request, request->op == WSMAN_RECEIVE ? &out->output : NULL);
	for (size_t at = 0; at < len && out->rc == 0; at += step) {
		size_t n = len - at < step ? len - at : step;
		AUTO_FREE char *piece = xmalloc(n);

		/* exactly n bytes, so that reading past them is seen */
		memcpy(piece, text + at, n);
		out->rc = wsman_reader_feed(r, piece, n, &out->err);
	}
	if (out->rc == 0)
		out->rc = wsman_reader_finish(r, &out->answer, &out->err);
	if (out->rc != 0) {
		struct err again;

		/* what failed once fails always, and says the same */
		ck_assert_int_eq(wsman_reader_feed(r, "x", 1, &again), -1);
		ck_assert_str_eq(again.msg, out->err.msg);
		ck_assert_int_eq(wsman_reader_finish(r, &out->answer, NULL), -1);
	}
	wsman_reader_free(r);
}

void read_release(struct read *read)
{
	buf_release(&read->streams);
}

char *read_summary(const struct read *read)
{
	const struct wsman_answer *a = &read->answer;

	if (read->rc != 0)
		return xasprintf("wrong: %s", read->err.msg);
	if (a->is_fault)
		return xasprintf("fault %u %s: %s", a->fault.code, a->fault.subcode, a->fault.text);
	if (read->streams.len > 0 || a->state == WSMAN_DONE)
		return xasprintf("'%s' %s%s%s %d", buf_text(&read->streams),
				 a->state == WSMAN_DONE ? "done" : "running",
				 read->output.ended[WSMAN_STDOUT] ? " out-ended" : "",
				 read->output.ended[WSMAN_STDERR] ? " err-ended" : "",
				 a->has_exit ? a->exit_code : -1);
	return xasprintf("ok %s%s", a->shell.text, a->command.text);
}
