/* test_http.c - what HTTPS leaves behind. What it does is seen against servers, in scenarios. */
#include "transport/winrm/http.h"

#include <dlfcn.h>
#include <netdb.h>
#include <semaphore.h>
#include <string.h>

#include "base/encode.h"
#include "base/secret.h"
#include "tests/unit/memory.h"
#include "tests/unit/transport/calls.h"
#include "tests/unit/unit.h"

enum { WORD = 32, BEFORE = 100 };       /* what is freed is written over at its begin */

static bool woken;

static void wake(void *ctx)
{
	(void)ctx;
	woken = true;
}

START_TEST(a_password_is_wiped_with_its_line)
{
	char *password = secret_alloc(BEFORE + WORD + 1), inverted[WORD];
	struct transport_options options;
	struct transport *t;
	struct http_line *l;
	struct http *h;
	uv_loop_t loop;
	struct err err;

	memset(password, 'x', BEFORE);
	ck_assert_int_eq(random_hex(password + BEFORE, WORD / 2, &err), 0);
	for (int i = 0; i < WORD; i++)
		inverted[i] = (char)~password[BEFORE + i];
	ck_assert_int_eq(uv_loop_init(&loop), 0);
	transport_defaults(&options);
	t = transport_new(&loop, &options);
	h = http_new(t);
	l = http_open(h, &(struct http_to){ .url = "https://127.0.0.1:1/",
					    .name = "127.0.0.1",
					    .user = "me",
					    .password = password,
					    .wake = wake });
	http_post(l, strdup("<a/>"));
	while (!woken)
		uv_run(&loop, UV_RUN_ONCE);
	http_close(l);
	http_free(h);
	ck_assert_int_eq(memory_look(inverted, WORD).secret, 1);
	ck_assert_int_eq(memory_look(inverted, WORD).elsewhere, 0);
	secret_free(password);
	transport_free(t);
	uv_run(&loop, UV_RUN_DEFAULT);
	ck_assert_int_eq(uv_loop_close(&loop), 0);
}
END_TEST

/* In the place of the C library's: of one name nothing is heard until the test says so. */
#define SLOW_NAME "slow.example"
static _Atomic bool asked;
static sem_t answer;
int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
		struct addrinfo **out)
{
	int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **);

	*(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
	if (!name || strcmp(name, SLOW_NAME) != 0)
		return real(name, service, hints, out);
	asked = true;
	sem_wait(&answer);
	return EAI_AGAIN;
}

/* Else it is the limit of the test that ends it. */
START_TEST(a_name_that_is_looked_up_holds_up_nobody)
{
	struct transport_options options;
	struct transport *t;
	struct http_line *l;
	struct http *h;
	uv_loop_t loop;

	ck_assert_int_eq(sem_init(&answer, 0, 0), 0);
	ck_assert_int_eq(uv_loop_init(&loop), 0);
	transport_defaults(&options);
	t = transport_new(&loop, &options);
	h = http_new(t);
	l = http_open(h, &(struct http_to){ .url = "https://" SLOW_NAME ":1/",
					    .name = SLOW_NAME,
					    .wake = wake });
	http_post(l, strdup("<a/>"));
	while (!asked)
		uv_run(&loop, UV_RUN_ONCE);
	http_close(l);
	http_free(h);
	transport_free(t);
	uv_run(&loop, UV_RUN_DEFAULT);
	ck_assert_int_eq(uv_loop_close(&loop), 0);
	sem_post(&answer);
}
END_TEST

START_TEST(a_name_that_nobody_answers_for_is_told_as_that)
{
	struct endpoint e = { .name = "web01",
			      .kind = ENDPOINT_WINRM,
			      .address = SLOW_NAME,
			      .port = 5986,
			      .sign_in = WINRM_KERBEROS };
	struct transport_options options;
	struct told told;

	ck_assert_int_eq(sem_init(&answer, 0, 0), 0);
	transport_defaults(&options);
	options.known_hosts = "/dev/null";
	options.limits.connect = 20;
	calls_once(&options, &e, "nothing", 1000, &told);
	ck_assert_int_eq(told.err.code, FAULT_NAME_NOT_FOUND);
	ck_assert_str_eq(told.err.msg,
			 "web01: connect: '" SLOW_NAME "': DNS did not answer in 20 ms");
	sem_post(&answer);
}
END_TEST

UNIT_SUITE(http)
{
	Suite *s = suite_create("http");
	TCase *tc = tcase_create("http");

	tcase_add_test(tc, a_password_is_wiped_with_its_line);
	tcase_add_test(tc, a_name_that_is_looked_up_holds_up_nobody);
	tcase_add_test(tc, a_name_that_nobody_answers_for_is_told_as_that);
	suite_add_tcase(s, tc);
	return s;
}
