/* test_key_agent.c - the agent's client against an agent made here, in the same loop, that does
 * what a real one would not: nonsense, silence, answers in pieces, a sudden end. */
#include "tests/unit/unit.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "transport/ssh/key_agent.h"
#include "transport/ssh/wire.h"

/* A signature "sig N" for the Nth request, as a whole message with its length in front. */
static int add_answer(struct buf *b, int n)
{
	AUTO_FREE char *sig = xasprintf("sig %d", n);
	char type = 14;

	wire_add_u32(b, (uint32_t)(5 + strlen(sig)));
	buf_add(b, &type, 1);
	return wire_add_string(b, sig, strlen(sig));
}

enum manner {
	ANSWERS, IN_PIECES, REFUSES, UNKNOWN_TYPE, SHORT_STRING, SIGNATURE_TOO_LONG, EMPTY,
	TOO_LONG, GOES, SILENT, UNASKED
};

struct fake {
	uv_loop_t loop;
	uv_pipe_t listener, client;
	bool has_client;
	enum manner manner;
	struct buf in;
	int requests;           /* seen whole */
	char *path;
	char chunk[512];
	int woken;
};

static void on_sent(uv_write_t *w, int status)
{
	(void)status;
	free(w->data);
	free(w);
}

static void say(struct fake *f, const void *data, size_t len)
{
	uv_write_t *w = xcalloc(1, sizeof(*w));
	uv_buf_t out;

	w->data = xmalloc(len);
	memcpy(w->data, data, len);
	out = uv_buf_init(w->data, (unsigned)len);
	if (uv_write(w, (uv_stream_t *)&f->client, &out, 1, on_sent) != 0)
		on_sent(w, 0);
}

static void hang_up(struct fake *f)
{
	if (f->has_client && !uv_is_closing((uv_handle_t *)&f->client))
		uv_close((uv_handle_t *)&f->client, NULL);
}

static void answer(struct fake *f, int n)
{
	struct buf b;

	buf_init(&b, 1 << 20);
	switch (f->manner) {
	case ANSWERS:
	case UNASKED:
		add_answer(&b, n);
		if (f->manner == UNASKED)
			add_answer(&b, n);
		break;
	case IN_PIECES:
		add_answer(&b, n);
		for (size_t i = 0; i < b.len; i++)
			say(f, b.data + i, 1);
		buf_clear(&b);
		break;
	case REFUSES:
		buf_add(&b, "\0\0\0\1\5", 5);
		break;
	case UNKNOWN_TYPE:
		buf_add(&b, "\0\0\0\1\x63", 5);
		break;
	case SHORT_STRING:
		buf_add(&b, "\0\0\0\6\x0e\0\0\0\2x", 10);
		break;
	case EMPTY:
		buf_add(&b, "\0\0\0\0", 4);
		break;
	case TOO_LONG:
		buf_add(&b, "\x7f\xff\xff\xff", 4);
		break;
	case SIGNATURE_TOO_LONG:
		buf_add(&b, "\0\0\x50\5\x0e\0\0\x50\0", 9);
		for (int i = 0; i < 0x5000; i++)
			buf_add(&b, "x", 1);
		break;
	case GOES:
		hang_up(f);
		break;
	case SILENT:
		break;
	}
	if (b.len > 0)
		say(f, b.data, b.len);
	buf_release(&b);
}

static void on_alloc(uv_handle_t *h, size_t suggested, uv_buf_t *out)
{
	struct fake *f = h->data;

	(void)suggested;
	*out = uv_buf_init(f->chunk, sizeof(f->chunk));
}

static void on_read(uv_stream_t *s, ssize_t n, const uv_buf_t *buf)
{
	struct fake *f = s->data;
	struct wire w;
	uint32_t len;

	if (n < 0) {
		hang_up(f);
		return;
	}
	ck_assert_int_eq(buf_add(&f->in, buf->base, (size_t)n), 0);
	while (f->in.len >= 4) {
		w = wire_of(f->in.data, f->in.len);
		len = wire_u32(&w);
		if (f->in.len - 4 < len)
			return;
		ck_assert_int_eq(wire_byte(&w), 13);
		buf_drop(&f->in, 4 + len);
		answer(f, f->requests++);
	}
}

static void on_client(uv_stream_t *listener, int status)
{
	struct fake *f = listener->data;

	ck_assert_int_eq(status, 0);
	uv_pipe_init(&f->loop, &f->client, 0);
	f->client.data = f;
	f->has_client = true;
	ck_assert_int_eq(uv_accept(listener, (uv_stream_t *)&f->client), 0);
	uv_unref((uv_handle_t *)&f->client);
	uv_read_start((uv_stream_t *)&f->client, on_alloc, on_read);
}

/* Its handles do not keep the loop: what does is what is tested. */
static void fake_start(struct fake *f, enum manner manner)
{
	memset(f, 0, sizeof(*f));
	signal(SIGPIPE, SIG_IGN);
	f->manner = manner;
	f->path = xasprintf("%s/agent", unit_folder());
	buf_init(&f->in, 1 << 20);
	uv_loop_init(&f->loop);
	uv_pipe_init(&f->loop, &f->listener, 0);
	f->listener.data = f;
	ck_assert_int_eq(uv_pipe_bind(&f->listener, f->path), 0);
	ck_assert_int_eq(uv_listen((uv_stream_t *)&f->listener, 5, on_client), 0);
	uv_unref((uv_handle_t *)&f->listener);
}

static void fake_end(struct fake *f)
{
	hang_up(f);
	uv_close((uv_handle_t *)&f->listener, NULL);
	uv_run(&f->loop, UV_RUN_DEFAULT);
	ck_assert_int_eq(uv_loop_close(&f->loop), 0);
	buf_release(&f->in);
	free(f->path);
}

static void on_wake(void *ctx)
{
	((struct fake *)ctx)->woken++;
}

static struct signing *ask(struct fake *f, struct key_agent *a)
{
	struct key_agent_request request = { .blob = (const unsigned char *)"blob",
					     .blob_len = 4,
					     .data = (const unsigned char *)"data",
					     .len = 4 };

	return key_agent_sign(a, &request, on_wake, f);
}

static bool is_signature(struct signing *s, const char *want)
{
	const unsigned char *sig;
	size_t len;
	struct err err;

	return signing_look(s, &sig, &len, &err) == SIGN_DONE && len == strlen(want) &&
	       memcmp(sig, want, len) == 0;
}

/* clang-format off */
static const struct { const char *label; enum manner manner; const char *word; } cases[] = {
	{ "answers",           ANSWERS,      NULL },
	{ "answers in pieces", IN_PIECES,    NULL },
	{ "refuses",           REFUSES,      "refused" },
	{ "unknown type",      UNKNOWN_TYPE, "nonsense" },
	{ "short string",      SHORT_STRING, "nonsense" },
	{ "long signature",    SIGNATURE_TOO_LONG, "nonsense" },
	{ "empty message",     EMPTY,        "protocol" },
	{ "too long",          TOO_LONG,     "protocol" },
	{ "goes away",         GOES,         "gone" },
};
/* clang-format on */

START_TEST(every_request_ends)
{
	enum { COUNT = 40 };
	struct fake f;
	struct key_agent *a;
	struct signing *s[COUNT];

	fake_start(&f, cases[_i].manner);
	a = key_agent_new(&f.loop, f.path);
	for (int i = 0; i < COUNT; i++)
		s[i] = ask(&f, a);
	uv_run(&f.loop, UV_RUN_DEFAULT);
	ck_assert_int_eq(f.woken, COUNT);
	for (int i = 0; i < COUNT; i++) {
		AUTO_FREE char *want = xasprintf("sig %d", i);
		const unsigned char *sig;
		size_t len;
		struct err err = { .msg = "" };

		if (cases[_i].word) {
			ck_assert_int_eq(signing_look(s[i], &sig, &len, &err), SIGN_FAILED);
			ck_assert_int_eq(err.code, FAULT_NO_USABLE_KEY);
			ck_assert_msg(strstr(err.msg, cases[_i].word) != NULL, "%s: %s",
				      cases[_i].label, err.msg);
		} else {
			ck_assert_msg(is_signature(s[i], want), "%s: %d", cases[_i].label, i);
		}
		signing_drop(s[i]);
	}
	key_agent_free(a);
	fake_end(&f);
}
END_TEST

START_TEST(dropped_requests_keep_their_place)
{
	struct fake f;
	struct key_agent *a;
	struct signing *s[4];

	fake_start(&f, ANSWERS);
	a = key_agent_new(&f.loop, f.path);
	for (int i = 0; i < 4; i++)
		s[i] = ask(&f, a);
	signing_drop(s[0]);
	signing_drop(s[2]);
	uv_run(&f.loop, UV_RUN_DEFAULT);
	ck_assert_int_eq(f.woken, 2);
	ck_assert(is_signature(s[1], "sig 1"));
	ck_assert(is_signature(s[3], "sig 3"));
	signing_drop(s[1]);
	signing_drop(s[3]);
	key_agent_free(a);
	fake_end(&f);
}
END_TEST

START_TEST(a_silent_agent_keeps_no_loop)
{
	struct fake f;
	struct key_agent *a;
	struct signing *s;

	fake_start(&f, SILENT);
	a = key_agent_new(&f.loop, f.path);
	s = ask(&f, a);
	while (f.requests == 0)
		uv_run(&f.loop, UV_RUN_ONCE);
	signing_drop(s);
	/* returns: nobody waits any more */
	uv_run(&f.loop, UV_RUN_DEFAULT);
	ck_assert_int_eq(f.woken, 0);
	key_agent_free(a);
	fake_end(&f);
}
END_TEST

START_TEST(a_new_connection_is_made_after_the_old_one_broke)
{
	struct fake f;
	struct key_agent *a;
	struct signing *s;

	fake_start(&f, GOES);
	a = key_agent_new(&f.loop, f.path);
	s = ask(&f, a);
	uv_run(&f.loop, UV_RUN_DEFAULT);
	ck_assert_int_eq(f.woken, 1);
	signing_drop(s);
	f.manner = ANSWERS;
	s = ask(&f, a);
	uv_run(&f.loop, UV_RUN_DEFAULT);
	ck_assert(is_signature(s, "sig 1"));
	signing_drop(s);
	key_agent_free(a);
	fake_end(&f);
}
END_TEST

START_TEST(an_answer_nobody_asked_for_breaks_the_connection)
{
	struct fake f;
	struct key_agent *a;
	struct signing *s;

	fake_start(&f, UNASKED);
	a = key_agent_new(&f.loop, f.path);
	s = ask(&f, a);
	uv_run(&f.loop, UV_RUN_DEFAULT);
	ck_assert(is_signature(s, "sig 0"));
	signing_drop(s);
	key_agent_free(a);
	fake_end(&f);
}
END_TEST

START_TEST(no_agent_there_fails_at_once)
{
	struct fake f;
	struct key_agent *a;
	struct signing *s;
	const unsigned char *sig;
	size_t len;
	struct err err;

	fake_start(&f, ANSWERS);
	a = key_agent_new(&f.loop, "/nowhere/agent");
	s = ask(&f, a);
	uv_run(&f.loop, UV_RUN_DEFAULT);
	ck_assert_int_eq(signing_look(s, &sig, &len, &err), SIGN_FAILED);
	ck_assert_ptr_nonnull(strstr(err.msg, "no such file"));
	signing_drop(s);
	key_agent_free(a);
	fake_end(&f);
}
END_TEST

UNIT_SUITE(agent)
{
	Suite *s = suite_create("agent");
	TCase *tc = tcase_create("agent");

	tcase_add_loop_test(tc, every_request_ends, 0, ARRAY_LEN(cases));
	tcase_add_test(tc, dropped_requests_keep_their_place);
	tcase_add_test(tc, a_silent_agent_keeps_no_loop);
	tcase_add_test(tc, a_new_connection_is_made_after_the_old_one_broke);
	tcase_add_test(tc, an_answer_nobody_asked_for_breaks_the_connection);
	tcase_add_test(tc, no_agent_there_fails_at_once);
	suite_add_tcase(s, tc);
	return s;
}
