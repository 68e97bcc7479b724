/* fuzz_wsman.c - any bytes as an answer of WinRM to each request, whole and in pieces whose length
 * depends on the bytes: what comes of it must not. And as what is put into a request, which stays
 * XML. The corpus are the recorded answers of the unit tests. */
#include <expat.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "base/mem.h"
#include "transport/winrm/wsman.h"

enum { LINE_MAX_LEN = 20000 };

/* What became of an answer. */
struct seen {
	int rc;
	struct err err;
	struct wsman_answer answer;
	bool ended[2];
	uint64_t hash[2];
	size_t bytes[2];
};

static void on_bytes(void *ctx, enum wsman_stream stream, const char *data, size_t len)
{
	struct seen *seen = ctx;

	if (len == 0)
		abort();
	seen->hash[stream] = fnv_hash(seen->hash[stream], data, len);
	seen->bytes[stream] += len;
}

/* The ids are those of the corpus. */
static struct wsman_request request_of(enum wsman_op op)
{
	struct wsman_request r = {
		.op = op,
		.id = { "11111111-2222-4333-8444-555555555555" },
		.url = "https://web01:5986/wsman",
		.envelope = WSMAN_ENVELOPE,
		.timeout_ms = 20000,
		.command = { "C0DE0000-4567-4EF0-89AB-0123456789AB" },
	};

	if (op != WSMAN_CREATE)
		r.shell = (struct wsman_id){ "0123ABCD-4567-4EF0-89AB-0123456789AB" };
	return r;
}

static void check_printable(const char *text, size_t max)
{
	if (strlen(text) >= max)
		abort();
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 127)
			abort();
}

static void check_answer(const struct wsman_answer *a)
{
	struct wsman_id again;
	struct err err = { .code = ERR_NONE };

	if ((a->shell.text[0] && !wsman_id_read(&again, a->shell.text, strlen(a->shell.text))) ||
	    (a->command.text[0] &&
	     !wsman_id_read(&again, a->command.text, strlen(a->command.text))))
		abort();
	check_printable(a->fault.subcode, sizeof(a->fault.subcode));
	check_printable(a->fault.text, sizeof(a->fault.text));
	if (!a->is_fault)
		return;
	wsman_fault_err(&a->fault, &err);
	check_printable(err.msg, sizeof(err.msg));
	if (!err_is_fault(err.code) || !err.hint)
		abort();
}

static void read_answer(struct seen *seen, enum wsman_op op, const char *data, size_t size,
			size_t step)
{
	const struct wsman_request request = request_of(op);
	struct wsman_output output = { .bytes = on_bytes, .ctx = seen };
	struct wsman_reader *r;

	memset(seen, 0, sizeof(*seen));
	r = wsman_reader_new(&request, op == WSMAN_RECEIVE ? &output : NULL);
	for (size_t at = 0; at < size && seen->rc == 0; at += step)
		seen->rc = wsman_reader_feed(r, data + at, size - at < step ? size - at : step,
					     &seen->err);
	if (seen->rc == 0)
		seen->rc = wsman_reader_finish(r, &seen->answer, &seen->err);
	wsman_reader_free(r);
	memcpy(seen->ended, output.ended, sizeof(seen->ended));
	if (seen->bytes[0] + seen->bytes[1] > size / 4 * 3 + 3)
		abort();
	if (seen->rc == 0)
		check_answer(&seen->answer);
	else if (!err_is_fault(seen->err.code))
		abort();
	check_printable(seen->err.msg, sizeof(seen->err.msg));
}

static bool same_answer(const struct wsman_answer *a, const struct wsman_answer *b)
{
	return a->is_fault == b->is_fault && a->fault.code == b->fault.code &&
	       strcmp(a->fault.subcode, b->fault.subcode) == 0 &&
	       strcmp(a->fault.text, b->fault.text) == 0 &&
	       strcmp(a->shell.text, b->shell.text) == 0 &&
	       strcmp(a->command.text, b->command.text) == 0 && a->state == b->state &&
	       a->has_exit == b->has_exit && a->exit_code == b->exit_code;
}

static void as_answer(const char *data, size_t size)
{
	for (int op = 0; op < WSMAN_OP_COUNT; op++) {
		struct seen whole, pieces;

		read_answer(&whole, (enum wsman_op)op, data, size, size + 1);
		read_answer(&pieces, (enum wsman_op)op, data, size, size % 80 + 1);
		if (whole.rc != pieces.rc || strcmp(whole.err.msg, pieces.err.msg) != 0 ||
		    !same_answer(&whole.answer, &pieces.answer) ||
		    memcmp(whole.ended, pieces.ended, sizeof(whole.ended)) != 0 ||
		    memcmp(whole.hash, pieces.hash, sizeof(whole.hash)) != 0 ||
		    memcmp(whole.bytes, pieces.bytes, sizeof(whole.bytes)) != 0)
			abort();
	}
}

static void as_line(const char *text)
{
	struct wsman_request r = request_of(WSMAN_COMMAND);
	XML_Parser xml = XML_ParserCreate(NULL);
	AUTO_FREE char *request = NULL;

	r.line = text;
	request = wsman_request_text(&r);
	if (XML_Parse(xml, request, (int)strlen(request), 1) != XML_STATUS_OK)
		abort();
	XML_ParserFree(xml);
}

static void as_headers(const char *text)
{
	struct err err = { .code = ERR_NONE };
	AUTO_FREE char *token = wsman_http_token(text);

	(void)wsman_http_is_answer(200, text);
	wsman_http_err(401, "Basic", text, &err);
	check_printable(err.msg, sizeof(err.msg));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_FREE char *text = xstrndup((const char *)data, size);

	as_answer((const char *)data, size);
	if (strlen(text) <= LINE_MAX_LEN)
		as_line(text);
	as_headers(text);
	return 0;
}
