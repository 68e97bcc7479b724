/* calls.c - for tests of sessions: a transport on a loop of its own, one call, how it ended. */
#include "tests/unit/transport/calls.h"

#include <check.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/unit/unit.h"

static const struct script script = { "test", "test.ps1", "-", "Write-Output 1", 14 };

void calls_begin(struct calls *c, const struct transport_options *options)
{
	struct transport_options defaults;

	transport_defaults(&defaults);
	defaults.no_prompt = true;
	uv_loop_init(&c->loop);
	c->transport = transport_new(&c->loop, options ? options : &defaults);
}

void calls_end(struct calls *c)
{
	transport_free(c->transport);
	uv_run(&c->loop, UV_RUN_DEFAULT);
	ck_assert_int_eq(uv_loop_close(&c->loop), 0);
}

static void on_line(void *ctx, const char *line, size_t len)
{
	struct told *told = ctx;

	if (told->lines++ == 0)
		snprintf(told->first, sizeof(told->first), "%s", line ? line : "");
	told->over += line == NULL;
	told->bytes += len;
}

static void on_done(void *ctx, const struct err *err)
{
	struct told *told = ctx;

	told->done++;
	if (err)
		told->err = *err;
}

void calls_start(struct session *s, const char *ask, int64_t limit_ms, struct told *told)
{
	json_t *request = json_pack("{s:s}", "ask", ask);

	memset(told, 0, sizeof(*told));
	session_call(s, &(struct call){ .script = &script,
					.request = request,
					.limit_ms = limit_ms,
					.line = on_line,
					.done = on_done,
					.ctx = told });
	json_decref(request);           /* borrowed until session_call() returned, not longer */
}

void calls_run(struct calls *c, const struct told *told)
{
	while (!told->done && uv_run(&c->loop, UV_RUN_ONCE))
		;
	ck_assert_int_eq(told->done, 1);
}

void calls_once(const struct transport_options *options, const struct endpoint *e, const char *ask,
		int64_t limit_ms, struct told *told)
{
	struct calls c;
	struct session *s;

	calls_begin(&c, options);
	s = session_new(c.transport, e);
	calls_start(s, ask, limit_ms, told);
	calls_run(&c, told);
	session_free(s);
	calls_end(&c);
	ck_assert_int_eq(told->done, 1);
}

const char *calls_program(const char *text)
{
	static char path[512];
	FILE *f;

	snprintf(path, sizeof(path), "%s/program", unit_folder());
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
	chmod(path, 0700);
	return path;
}

const char *calls_key_file(void)
{
	static char path[512];
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	FILE *f;

	snprintf(path, sizeof(path), "%s/key", unit_folder());
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL);
	fclose(f);
	chmod(path, 0600);
	EVP_PKEY_free(key);
	return path;
}
