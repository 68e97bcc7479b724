/* test_local.c - calls and uploads over the local transport: programs that answer, talk
 * nonsense, hang, flood, do not listen or die. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/mem.h"
#include "tests/unit/transport/calls.h"
#include "tests/unit/unit.h"

#define READ_NONCE                                                                                 \
	"#!/bin/sh\n"                                                                              \
	"read -r script; read -r request\n"                                                        \
	"request=$(printf %s \"$request\" | base64 -d)\n"                                          \
	"nonce=${request#*\\\"nonce\\\":\\\"}; nonce=${nonce%%\\\"*}\n"
#define BEGIN "echo \"<<<answer $nonce begin>>>\"\n"
#define END "echo \"<<<answer $nonce end>>>\"\n"

static const struct {
	const char *label, *program;
	enum err_code code;
	int lines;
	const char *says;               /* in the first line or the message */
} cases[] = {
	{ "answers", READ_NONCE BEGIN "echo '{\"a\": 1}'; echo '{}'\n" END, ERR_NONE, 2,
	  "{\"a\": 1}" },
	{ "words are arguments", READ_NONCE BEGIN "echo $1 $2\n" END, ERR_NONE, 1,
	  "powershell.exe -NoProfile" },
	{ "knows its host", READ_NONCE BEGIN "echo $MARSHAL_HOST\n" END, ERR_NONE, 1, "win-01" },
	{ "gets the script", READ_NONCE BEGIN "printf %s \"$script\" | base64 -d; echo\n" END,
	  ERR_NONE, 1,
	  "Write-Output 1" },
	{ "gets the request", READ_NONCE BEGIN "echo \"${request%%,\\\"nonce*}\"\n" END,
	  ERR_NONE, 1,
	  "{\"ask\":\"nothing\"" },
	{ "gets the version", READ_NONCE BEGIN "echo \"{\\\"v${request##*\\\"v}\"\n" END, ERR_NONE, 1,
	  "{\"v\":2}" },
	{ "input ends", READ_NONCE BEGIN "wc -c\n" END, ERR_NONE, 1, "0" },
	{ "answered, then failed", READ_NONCE BEGIN END "exit 3", ERR_NONE, 0, "" },
	{ "nonsense", "#!/bin/sh\ncat >/dev/null; echo hello", FAULT_WRONG_ANSWER, 0, "hello" },
	{ "failed", "#!/bin/sh\ncat >/dev/null; echo broken >&2; exit 3", FAULT_PROGRAM_FAILED, 0,
	  "broken" },
	{ "ends without reading", "#!/bin/sh\necho early >&2; exit 9", FAULT_PROGRAM_FAILED, 0,
	  "early" },
	{ "killed", "#!/bin/sh\nread -r a; kill -9 $$", FAULT_PROGRAM_FAILED, 0, "KILL" },
	{ "hangs", READ_NONCE BEGIN "echo 1; exec sleep 100", FAULT_TIME_LIMIT, 1,
	  "win-01: run: no answer in 1 s" },
	{ "child hangs on to the output", READ_NONCE BEGIN END "sleep 5 &", ERR_NONE, 0, "" },
	{ "answered, but stays", READ_NONCE BEGIN "echo 1\n" END "exec sleep 100", ERR_NONE, 1,
	  "1" },
	{ "floods", READ_NONCE BEGIN "head -c 100000000 /dev/zero | tr '\\0' x | fold -w 999",
	  FAULT_TOO_MUCH_OUTPUT, -1, "4194304" },
	{ "floods stderr", READ_NONCE "head -c 4000000 /dev/zero >&2\n" BEGIN "echo 1\n" END,
	  ERR_NONE, 1,
	  "1" },
	{ "floods before it reads", "#!/bin/sh\nexec head -c 100000000 /dev/zero",
	  FAULT_TOO_MUCH_OUTPUT, 0,
	  "" },
	{ "long line", READ_NONCE BEGIN "head -c 300000 /dev/zero | tr '\\0' x; echo; echo 1\n" END,
	  ERR_NONE, 2, "" },
	{ "cannot run", "#!/nowhere/at/all\n", FAULT_REFUSED, 0, "win-01: start: cannot run" },
};

struct lines { int count, done; char text[2][2000]; };

static void keep_line(void *ctx, const char *line, size_t len)
{
	struct lines *l = ctx;

	(void)len;
	if (l->count < (int)ARRAY_LEN(l->text))
		snprintf(l->text[l->count], sizeof(l->text[0]), "%s", line ? line : "");
	l->count++;
}

static void keep_end(void *ctx, const struct err *err)
{
	ck_assert_msg(!err, "%s", err ? err->msg : "");
	((struct lines *)ctx)->done++;
}

START_TEST(call_ends_as_expected)
{
	struct endpoint e = { .name = "win-01",
			      .kind = ENDPOINT_LOCAL,
			      .program = calls_program(cases[_i].program) };
	struct told told;
	const char *text;

	calls_once(NULL, &e, "nothing", 1500, &told);
	text = told.err.code == ERR_NONE ? told.first : told.err.msg;
	ck_assert_msg(told.err.code == cases[_i].code, "%s: %s: %s", cases[_i].label,
		      err_name(told.err.code), told.err.msg);
	ck_assert_msg(cases[_i].lines < 0 || told.lines == cases[_i].lines, "%s: %d lines",
		      cases[_i].label, told.lines);
	ck_assert_msg(strstr(text, cases[_i].says) != NULL, "%s: says '%s'", cases[_i].label, text);
}
END_TEST

START_TEST(no_program_is_killed_too_late)
{
	struct endpoint e = { .name = "win-01",
			      .kind = ENDPOINT_LOCAL,
			      .program = calls_program("#!/bin/sh\nsleep 12 & exec sleep 100") };
	int64_t begun_ms = clock_now_ms();
	struct told told;

	calls_once(NULL, &e, "nothing", 100, &told);    /* waits until its handle is closed */
	ck_assert_int_eq(told.err.code, FAULT_TIME_LIMIT);
	ck_assert_int_lt(clock_now_ms() - begun_ms, 10000);
}
END_TEST

/* Data is a line of its own behind the request, which says how much and what it is. */
START_TEST(data_of_a_call_is_its_third_line)
{
	static const struct script script = { "test", "test.ps1", "-", "1", 1 };
	static const char program[] = READ_NONCE
		"read -r data\n" BEGIN
		"printf '%s %s %s\n' \"$(printf %s \"$data\" | base64 -d | wc -c)\" "
		"\"$(printf %s \"$data\" | base64 -d | sha256sum | cut -c-64)\" \"$(wc -c)\"\n"
		"echo \"$request\"\n" END;
	AUTO_FREE char *data = xmalloc(CALL_DATA_MAX);
	AUTO_FREE char *wanted = NULL;
	AUTO_JSON json_t *request = json_object();
	struct endpoint e = { .name = "win-01",
			      .kind = ENDPOINT_LOCAL,
			      .program = calls_program(program) };
	size_t len = _i ? CALL_DATA_MAX : 1;
	char sha256[65];
	struct calls c;
	struct session *s;
	struct lines lines = { .count = 0 };

	for (size_t i = 0; i < len; i++)
		data[i] = (char)(i * 31 ^ i >> 9);
	sha256_hex(data, len, sha256);
	calls_begin(&c, NULL);
	s = session_new(c.transport, &e);
	session_call(s, &(struct call){ .script = &script,
					.request = request,
					.data = data,
					.len = len,
					.limit_ms = 20000,
					.line = keep_line,
					.done = keep_end,
					.ctx = &lines });
	while (!lines.done && uv_run(&c.loop, UV_RUN_ONCE))
		;
	session_free(s);
	calls_end(&c);
	ck_assert_int_eq(lines.count, 2);
	wanted = xasprintf("%zu %s 0", len, sha256);
	ck_assert_str_eq(lines.text[0], wanted);
	free(wanted);
	wanted = xasprintf("\"data\":{\"size\":%zu,\"sha256\":\"%s\"}", len, sha256);
	ck_assert_ptr_nonnull(strstr(lines.text[1], wanted));
}
END_TEST

START_TEST(long_line_is_told_by_its_length)
{
	struct endpoint e = { .name = "win-01",
			      .kind = ENDPOINT_LOCAL,
			      .program = calls_program(READ_NONCE BEGIN "head -c 300000 /dev/zero |"
									"tr '\\0' x; echo\n" END) };
	struct told told;

	calls_once(NULL, &e, "nothing", 5000, &told);
	ck_assert_int_eq(told.over, 1);
	ck_assert_uint_eq(told.bytes, 300000);
}
END_TEST

START_TEST(ended_call_says_why)
{
	struct endpoint e = { .name = "win-01",
			      .kind = ENDPOINT_LOCAL,
			      .program = calls_program("#!/bin/sh\nsleep 100") };
	struct told told;
	struct calls c;
	struct session *s;

	calls_begin(&c, NULL);
	s = session_new(c.transport, &e);
	calls_start(s, "nothing", 100000, &told);
	uv_run(&c.loop, UV_RUN_ONCE);
	session_end(s, FAULT_CANCELLED, "asked to stop");
	ck_assert_int_eq(told.done, 0);         /* from the loop, not from here */
	calls_run(&c, &told);
	ck_assert_int_eq(told.err.code, FAULT_CANCELLED);
	ck_assert_ptr_nonnull(strstr(told.err.msg, "asked to stop"));
	session_end(s, FAULT_CANCELLED, "nothing is going on");
	session_free(s);
	calls_end(&c);
	ck_assert_int_eq(told.done, 1);
}
END_TEST

START_TEST(freed_session_says_nothing)
{
	struct endpoint e = { .name = "win-01",
			      .kind = ENDPOINT_LOCAL,
			      .program = calls_program(READ_NONCE BEGIN END) };
	struct told told;
	struct calls c;
	struct session *s;

	calls_begin(&c, NULL);
	for (int turns = 0; turns < 6; turns++) {
		s = session_new(c.transport, &e);
		calls_start(s, "nothing", 100000, &told);
		for (int i = 0; i < turns && !told.done; i++)
			uv_run(&c.loop, UV_RUN_ONCE);
		told.done = 0;
		session_free(s);
		uv_run(&c.loop, UV_RUN_DEFAULT);        /* ends: nothing is left but the idle */
		ck_assert_int_eq(told.done, 0);
	}
	calls_end(&c);
}
END_TEST

/* In the callbacks an owner may do anything. */
struct owner { struct session *s; struct told told; int calls; };

static void no_line(void *ctx, const char *line, size_t len)
{
	(void)ctx;
	ck_abort_msg("%.*s", (int)len, line);
}

static void again_or_free(void *ctx, const struct err *err)
{
	static const struct script script = { "test", "test.ps1", "-", "1", 1 };
	struct owner *o = ctx;
	json_t *request = json_object();

	ck_assert_ptr_null(err);
	if (++o->calls == 3)
		session_free(o->s);
	else
		session_call(o->s, &(struct call){ .script = &script,
						   .request = request,
						   .limit_ms = 5000,
						   .line = no_line,
						   .done = again_or_free,
						   .ctx = o });
	json_decref(request);
}

START_TEST(owner_calls_again_and_frees_in_done)
{
	struct endpoint e = { .name = "win-01",
			      .kind = ENDPOINT_LOCAL,
			      .program = calls_program(READ_NONCE BEGIN END) };
	struct owner o = { .calls = 0 };
	struct calls c;

	calls_begin(&c, NULL);
	o.s = session_new(c.transport, &e);
	again_or_free(&o, NULL);
	uv_run(&c.loop, UV_RUN_DEFAULT);
	ck_assert_int_eq(o.calls, 3);
	calls_end(&c);
}
END_TEST

static void on_uploaded(void *ctx, const struct err *err)
{
	struct told *told = ctx;

	told->done++;
	if (err)
		told->err = *err;
}

static void on_sent(void *ctx, size_t bytes)
{
	((struct told *)ctx)->bytes = bytes;
}

static void upload(const char *remote, const void *data, size_t len, struct told *told)
{
	struct endpoint e = { .name = "win-01", .kind = ENDPOINT_LOCAL };
	struct calls c;
	struct session *s;

	memset(told, 0, sizeof(*told));
	calls_begin(&c, NULL);
	s = session_new(c.transport, &e);
	session_upload(s, &(struct upload){ .remote = remote,
					    .data = data,
					    .len = len,
					    .limit_ms = 5000,
					    .sent = on_sent,
					    .done = on_uploaded,
					    .ctx = told });
	calls_run(&c, told);
	session_free(s);
	calls_end(&c);
}

START_TEST(upload_copies_every_byte)
{
	enum { SIZE = 3 * 1024 * 1024 + 17 };
	AUTO_FREE char *data = xmalloc(SIZE);
	AUTO_FREE char *got = xmalloc(SIZE + 1);
	AUTO_FREE char *path = xasprintf("%s/copy", unit_folder());
	AUTO_FCLOSE FILE *f = NULL;
	struct told told;

	for (int i = 0; i < SIZE; i++)
		data[i] = (char)(i * 31 ^ i >> 9);
	upload(path, data, SIZE, &told);
	ck_assert_int_eq(told.err.code, ERR_NONE);
	ck_assert_uint_eq(told.bytes, SIZE);
	f = fopen(path, "r");
	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fread(got, 1, SIZE + 1, f), SIZE);
	ck_assert(memcmp(got, data, SIZE) == 0);
}
END_TEST

START_TEST(upload_to_nowhere_fails)
{
	struct told told;

	upload("/nowhere/at/all", "x", 1, &told);
	ck_assert_int_eq(told.err.code, FAULT_UPLOAD_FAILED);
	ck_assert_ptr_nonnull(strstr(told.err.msg, "/nowhere/at/all"));
}
END_TEST

UNIT_SUITE(local)
{
	Suite *s = suite_create("local");
	TCase *tc = tcase_create("local");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, call_ends_as_expected, 0, ARRAY_LEN(cases));
	tcase_add_test(tc, no_program_is_killed_too_late);
	tcase_add_loop_test(tc, data_of_a_call_is_its_third_line, 0, 2);
	tcase_add_test(tc, long_line_is_told_by_its_length);
	tcase_add_test(tc, ended_call_says_why);
	tcase_add_test(tc, freed_session_says_nothing);
	tcase_add_test(tc, owner_calls_again_and_frees_in_done);
	tcase_add_test(tc, upload_copies_every_byte);
	tcase_add_test(tc, upload_to_nowhere_fails);
	suite_add_tcase(s, tc);
	return s;
}
