/* test_peers.c - what stands in for an SSH server and is none: closed ports, full backlogs,
 * talkers, silence, endless noise. Each peer is a listening socket on a free port of the
 * loopback and a child that plays it. */
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "tests/unit/transport/calls.h"
#include "tests/unit/unit.h"

enum peer { CLOSED, FULL, SILENT, SAYS, SAYS_AND_CLOSES, NOISE, STREAM };

static const struct {
	const char *label;
	enum peer peer;
	const char *text;
	enum err_code code;
	const char *says;
} cases[] = {
	{ "closed port", CLOSED, "", FAULT_REFUSED, "connect: 127.0.0.1 port" },
	{ "full backlog", FULL, "", FAULT_NO_ANSWER, "win-01: connect: no answer in 400 ms" },
	{ "silent after accept", SILENT, "", FAULT_TIME_LIMIT,
	  "win-01: handshake: no answer in 400 ms" },
	{ "talks mail, waits", SAYS, "220 mail.example.org ESMTP\r\n", FAULT_NOT_SSH, "220 mail" },
	{ "talks web, closes", SAYS_AND_CLOSES, "HTTP/1.1 400 Bad\x1b[31m\r\n\r\n", FAULT_NOT_SSH,
	  "HTTP/1.1 400 Bad\\x1b[31m" },
	{ "closes at once", SAYS_AND_CLOSES, "", FAULT_THROTTLED, "MaxStartups" },
	{ "too many startups", SAYS_AND_CLOSES, "Exceeded MaxStartups\r\n", FAULT_THROTTLED,
	  "Exceeded" },
	{ "penalty", SAYS_AND_CLOSES, "Not allowed at this time\r\n", FAULT_THROTTLED,
	  "Not allowed at this time' (PerSourcePenalties, for earlier failures from this address, "
	  "or MaxStartups)" },
	{ "never stops talking", NOISE, "la la la\n", FAULT_NOT_SSH, "la la la" },
	{ "NUL bytes", STREAM, "", FAULT_NOT_SSH, "\\x00" },
	{ "SSH, then closes", SAYS_AND_CLOSES, "SSH-2.0-x\r\n", FAULT_CONNECTION_LOST,
	  "handshake" },
	{ "SSH, then silence", SAYS, "SSH-2.0-x\r\n", FAULT_TIME_LIMIT,
	  "handshake: no answer in 400 ms" },
	{ "SSH behind a greeting", SAYS, "hello\r\nSSH-2.0-x\r\n", FAULT_TIME_LIMIT, "handshake" },
	{ "SSH, then nonsense", SAYS,
	  "SSH-2.0-x\r\n\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1",
	  FAULT_CONNECTION_LOST, "key exchange" },
};

static void play(int listener, enum peer peer, const char *text)
{
	static const char zeros[4096];
	char bytes[4096];
	int fd = accept(listener, NULL, NULL);

	if (fd < 0 || peer == SILENT)
		pause();
	signal(SIGPIPE, SIG_IGN);
	if (write(fd, text, strlen(text)) < 0)
		_exit(1);
	if (peer == SAYS_AND_CLOSES) {
		shutdown(fd, SHUT_WR);
		while (read(fd, bytes, sizeof(bytes)) > 0)      /* else the rest becomes a reset */
			;
		_exit(0);
	}
	while (peer == NOISE && write(fd, text, strlen(text)) > 0)
		;
	while (peer == STREAM && write(fd, zeros, sizeof(zeros)) > 0)
		;
	pause();
}

/* Fills what even listen(0) accepts, so that the next connect hears nothing. */
static void fill_backlog(const struct sockaddr_in *at)
{
	for (int i = 0; i < 4; i++) {
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

		connect(fd, (const struct sockaddr *)at,
			sizeof(*at)); /* closed by the test's end */
	}
}

/* The port; *out_pid is 0 when nobody plays. */
static int begin_peer(enum peer peer, const char *text, pid_t *out_pid)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_eq(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	getsockname(fd, (struct sockaddr *)&at, &len);
	*out_pid = 0;
	if (peer == CLOSED)     /* bound but not listening: refuses, and nobody else gets it */
		return ntohs(at.sin_port);
	ck_assert_int_eq(listen(fd, peer == FULL ? 0 : 8), 0);
	if (peer == FULL) {
		fill_backlog(&at);
		return ntohs(at.sin_port);
	}
	*out_pid = fork();
	if (*out_pid == 0) {
		play(fd, peer, text);
		_exit(0);
	}
	close(fd);
	return ntohs(at.sin_port);
}

static void short_limits(struct transport_options *o)
{
	transport_defaults(o);
	o->no_prompt = true;
	o->known_hosts = "/nowhere/known_hosts";
	o->limits.name = 5000;
	o->limits.connect = o->limits.handshake = 400;
}

START_TEST(peer_is_told_by_its_fault)
{
	struct transport_options options;
	struct endpoint e = { .name = "win-01",
			      .address = "127.0.0.1",
			      .user = "admin",
			      .key_file = calls_key_file() };
	struct told told;
	pid_t pid;

	short_limits(&options);
	e.port = begin_peer(cases[_i].peer, cases[_i].text, &pid);
	calls_once(&options, &e, "nothing", 5000, &told);
	if (pid) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	ck_assert_msg(told.err.code == cases[_i].code, "%s: %s: %s", cases[_i].label,
		      err_name(told.err.code), told.err.msg);
	ck_assert_msg(strstr(told.err.msg, cases[_i].says) != NULL, "%s: says '%s'",
		      cases[_i].label, told.err.msg);
}
END_TEST

static const struct {
	const char *label;
	struct endpoint e;
	enum err_code code;
	const char *says;
} not_dialled[] = {
	{ "over-long label",
	  { .user = "admin",
	    .address = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		       "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example" },
	  FAULT_NAME_NOT_FOUND, "win-01: name: 'aaaa" },
	{ "no user", { .address = "127.0.0.1" }, FAULT_NO_USABLE_KEY, "win-01: no user" },
	{ "no such key", { .address = "127.0.0.1", .user = "admin", .key_file = "/nowhere/key" },
	  FAULT_NO_USABLE_KEY, "/nowhere/key" },
};

START_TEST(what_is_missing_here_is_told_without_dialling)
{
	struct transport_options options;
	struct endpoint e = not_dialled[_i].e;
	struct told told;
	pid_t pid;

	short_limits(&options);
	e.name = "win-01";
	e.port = begin_peer(CLOSED, "", &pid);
	if (_i == 0)
		e.key_file = calls_key_file();
	calls_once(&options, &e, "nothing", 5000, &told);
	ck_assert_msg(told.err.code == not_dialled[_i].code, "%s: %s: %s", not_dialled[_i].label,
		      err_name(told.err.code), told.err.msg);
	ck_assert_msg(strstr(told.err.msg, not_dialled[_i].says) != NULL, "%s: says '%s'",
		      not_dialled[_i].label, told.err.msg);
}
END_TEST

START_TEST(hundred_hosts_that_never_answer_take_one_limit)
{
	enum { HOSTS = 100 };
	struct transport_options options;
	struct endpoint e = { .name = "win-01",
			      .address = "127.0.0.1",
			      .user = "admin",
			      .key_file = calls_key_file() };
	static struct told told[HOSTS];
	struct session *s[HOSTS];
	struct calls c;
	int64_t begun_ms;
	pid_t pid;

	short_limits(&options);
	e.port = begin_peer(FULL, "", &pid);
	calls_begin(&c, &options);
	begun_ms = clock_now_ms();
	for (int i = 0; i < HOSTS; i++) {
		s[i] = session_new(c.transport, &e);
		calls_start(s[i], "nothing", 5000, &told[i]);
	}
	for (int i = 0; i < HOSTS; i++) {
		calls_run(&c, &told[i]);
		ck_assert_int_eq(told[i].err.code, FAULT_NO_ANSWER);
		session_free(s[i]);
	}
	ck_assert_int_lt(clock_now_ms() - begun_ms, 10 * 400);
	calls_end(&c);
}
END_TEST

UNIT_SUITE(peers)
{
	Suite *s = suite_create("peers");
	TCase *tc = tcase_create("peers");

	tcase_set_timeout(tc, 30);
	tcase_add_loop_test(tc, peer_is_told_by_its_fault, 0, ARRAY_LEN(cases));
	tcase_add_loop_test(tc, what_is_missing_here_is_told_without_dialling, 0,
			    ARRAY_LEN(not_dialled));
	tcase_add_test(tc, hundred_hosts_that_never_answer_take_one_limit);
	suite_add_tcase(s, tc);
	return s;
}
