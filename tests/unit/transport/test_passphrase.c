/* test_passphrase.c - a person at a pseudo-terminal: types, makes mistakes, gives up. */
#include "tests/unit/unit.h"

#include <pty.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/secret.h"
#include "tests/unit/memory.h"
#include "tests/unit/transport/sshtool.h"
#include "transport/ssh/keyring.h"
#include "transport/passphrase.h"
#include "transport/password.h"

/* Reads until the text was shown, or the child closed the terminal. */
static bool shows(int fd, struct buf *seen, const char *text)
{
	char chunk[256];
	ssize_t n;

	while (!seen->data || !strstr(seen->data, text)) {
		n = read(fd, chunk, sizeof(chunk));
		if (n <= 0 || buf_add(seen, chunk, (size_t)n) != 0)
			return false;
	}
	return true;
}

static bool echoes(int fd)
{
	struct termios t;

	ck_assert_int_eq(tcgetattr(fd, &t), 0);
	return (t.c_lflag & ECHO) != 0;
}

/* clang-format off */
static const struct { const char *label, *typed; int status; } cases[] = {
	{ "typed",          "open sesame\n", 0 },
	{ "wrong",          "sesame\n",      1 },
	{ "corrected",      "open x\x7fsesame\n", 0 },
	{ "end of file",    "\x04",          2 },
	{ "interrupted",    "half\x03",      128 + SIGINT },
};
/* clang-format on */

/* The child's end of it. */
static void ask_in_child(void)
{
	char *got;
	int status;

	signal(SIGINT, SIG_DFL);        /* Check has a handler of its own */
	got = passphrase_ask("Secret: ", "passphrase", NULL);
	status = !got ? 2 : strcmp(got, "open sesame") != 0;

	secret_free(got);
	_exit(status);
}

START_TEST(what_is_typed_is_read_and_not_shown)
{
	struct buf seen;
	int fd, status;
	pid_t pid = forkpty(&fd, NULL, NULL, NULL);

	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		ask_in_child();
	buf_init(&seen, 1 << 16);
	ck_assert(shows(fd, &seen, "Secret: "));
	ck_assert(!echoes(fd));
	ck_assert_int_eq(write(fd, cases[_i].typed, strlen(cases[_i].typed)),
			 (ssize_t)strlen(cases[_i].typed));
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(echoes(fd));
	status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	ck_assert_msg(status == cases[_i].status, "%s: %d", cases[_i].label, status);
	shows(fd, &seen, "never");
	ck_assert_ptr_null(strstr(buf_text(&seen), "sesame"));
	buf_release(&seen);
	close(fd);
}
END_TEST

START_TEST(without_a_terminal_nothing_is_asked)
{
	struct err err;
	int status;
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		setsid();       /* a session of its own has none */
		_exit(passphrase_ask("Secret: ", "passphrase", &err) ||
		      err.code != FAULT_NO_USABLE_KEY);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}
END_TEST

/* Opens a protected key in the child: 0 when it signed in time, else 1. */
static void open_in_child(const char *path)
{
	uv_loop_t loop;
	struct keyring *kr;
	struct err err;
	bool found;

	log_set_level(LOG_ERROR);
	uv_loop_init(&loop);
	kr = keyring_new(&loop, NULL);
	found = keyring_key(kr, path, true, &err) != NULL;
	/* asked again, nothing is asked again */
	found = (keyring_key(kr, path, true, &err) != NULL) == found && found;
	keyring_free(kr);
	_exit(!found);
}

/* clang-format off */
static const struct { const char *typed[4]; int status; } tries[] = {
	{ { "right\n" }, 0 },
	{ { "wrong\n", "\n", "right\n" }, 0 },
	{ { "wrong\n", "wrong\n", "wrong\n" }, 1 },
	{ { "wrong\n", "\x04" }, 1 },
};
/* clang-format on */

START_TEST(three_tries_open_a_key)
{
	static const char *const args[] = { "-t", "ed25519", "-a", "1", NULL };
	AUTO_FREE char *path = NULL;
	int fd, status;
	pid_t pid;

	if (!tool_have_keygen())
		return;
	path = tool_keygen("right", args);
	pid = forkpty(&fd, NULL, NULL, NULL);
	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		open_in_child(path);
	for (int i = 0; tries[_i].typed[i]; i++) {
		const char *typed = tries[_i].typed[i];
		struct buf seen;

		buf_init(&seen, 1 << 16);
		ck_assert(shows(fd, &seen,
				i ? "That was wrong. Passphrase for key" : "Passphrase for key"));
		ck_assert(shows(fd, &seen, "': "));
		ck_assert_int_eq(write(fd, typed, strlen(typed)), (ssize_t)strlen(typed));
		buf_release(&seen);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), tries[_i].status);
	close(fd);
}
END_TEST

/* Nothing that is looked for may be in the memory of who looks: this is how it is typed. */
#define SPOKEN "correct horse battery"

/* How often it, or what it protects, stands in memory once the key was read. In the child. */
static void count_in_child(const char *path, const struct tool_secrets *secrets)
{
	unsigned char inverted[sizeof(SPOKEN) - 1];
	struct memory_seen seen = { 0, 0 };
	uv_loop_t loop;
	struct keyring *kr;
	int kept = 0, elsewhere;

	for (size_t i = 0; i < sizeof(inverted); i++)
		inverted[i] = (unsigned char)~SPOKEN[i];
	log_set_level(LOG_ERROR);
	uv_loop_init(&loop);
	kr = keyring_new(&loop, NULL);
	if (!keyring_key(kr, path, true, NULL))
		_exit(100);
	seen = memory_look(inverted, sizeof(inverted));
	elsewhere = seen.secret + seen.elsewhere;
	for (int i = 0; i < TOOL_SECRETS; i++) {
		seen = memory_look(secrets->inverted[i], TOOL_SECRET_LEN);
		kept += seen.secret;
		elsewhere += seen.elsewhere;
	}
	keyring_free(kr);
	_exit(kept != 1 ? 101 : elsewhere);
}

static const char *const spoken_for[][8] = {
	{ "-t", "ed25519", "-a", "2" },
	{ "-t", "ecdsa", "-m", "PKCS8" },
	{ "-t", "rsa", "-b", "2048", "-m", "PEM" },
};

START_TEST(of_a_passphrase_nothing_is_left)
{
	AUTO_FREE char *path = NULL;
	struct tool_secrets secrets;
	struct buf seen;
	int fd, status;
	pid_t pid;

	if (!tool_have_keygen())
		return;
	path = tool_keygen(SPOKEN, spoken_for[_i]);
	secrets = tool_secrets_of(path, SPOKEN);
	pid = forkpty(&fd, NULL, NULL, NULL);
	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		count_in_child(path, &secrets);
	buf_init(&seen, 1 << 16);
	ck_assert(shows(fd, &seen, "': "));
	ck_assert_int_eq(write(fd, SPOKEN "\n", sizeof(SPOKEN)), sizeof(SPOKEN));
	shows(fd, &seen, "never");      /* to its end */
	buf_release(&seen);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 0);
	close(fd);
}
END_TEST

/* Two hosts of one label, and one whose typed line is empty. In the child. */
static void fetch_in_child(void)
{
	struct passwords *all = passwords_new();
	const struct password *p;
	struct err err;
	bool good;

	p = password_of(all, "prompt:group web", true, &err);
	good = p && strcmp(password_text(p), "sesame") == 0 &&
	       password_of(all, "prompt:group web", true, &err) == p;
	good &= !password_of(all, "prompt:group db", true, &err) &&
		strcmp(err.msg, "the password of group db is empty") == 0;
	passwords_free(all);
	_exit(!good);
}

START_TEST(a_password_is_asked_for_once_a_label)
{
	static const char *const asked[][2] = {
		{ "Password of group web: ", "sesame\n" },
		{ "Password of group db: ", "\n" },
	};
	struct buf seen;
	int fd, status;
	pid_t pid = forkpty(&fd, NULL, NULL, NULL);

	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		fetch_in_child();
	buf_init(&seen, 1 << 16);
	for (size_t i = 0; i < ARRAY_LEN(asked); i++) {
		ck_assert(shows(fd, &seen, asked[i][0]));
		ck_assert_int_gt(write(fd, asked[i][1], strlen(asked[i][1])), 0);
	}
	shows(fd, &seen, "never");
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	ck_assert_ptr_null(strstr(buf_text(&seen), "sesame"));
	buf_release(&seen);
	close(fd);
}
END_TEST

UNIT_SUITE(passphrase)
{
	Suite *s = suite_create("passphrase");
	TCase *tc = tcase_create("passphrase");

	tcase_set_timeout(tc, 30);
	tcase_add_loop_test(tc, what_is_typed_is_read_and_not_shown, 0, ARRAY_LEN(cases));
	tcase_add_test(tc, without_a_terminal_nothing_is_asked);
	tcase_add_test(tc, a_password_is_asked_for_once_a_label);
	tcase_add_loop_test(tc, three_tries_open_a_key, 0, ARRAY_LEN(tries));
	tcase_add_loop_test(tc, of_a_passphrase_nothing_is_left, 0, ARRAY_LEN(spoken_for));
	suite_add_tcase(s, tc);
	return s;
}
