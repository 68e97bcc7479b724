/* test_password.c - passwords from each place they can come from, and what is left of them. */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/secret.h"
#include "tests/unit/memory.h"
#include "transport/password.h"

/* One for the whole test. */
static const char *folder(void)
{
	static const char *made;

	return made ? made : (made = unit_folder());
}

static char *write_file(const char *name, const void *text, size_t len, unsigned mode)
{
	char *path = xasprintf("%s/%s", folder(), name);
	AUTO_CLOSE int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, len), (ssize_t)len);
	ck_assert_int_eq(fchmod(fd, mode), 0);
	return path;
}

/* That `from` gives this password, or, where want is NULL, fails and says so. */
static void expect(const char *label, const char *from, const char *want, const char *says)
{
	enum err_code fault =
		strncmp(from, "vault:", 6) == 0 ? FAULT_UNRESOLVED_VARIABLE : FAULT_NO_USABLE_KEY;
	struct passwords *all = passwords_new();
	struct err err = { 0 };
	const struct password *p = password_of(all, from, false, &err);

	if (want) {
		ck_assert_msg(p, "%s: %s", label, err.msg);
		ck_assert_msg(strcmp(password_text(p), want) == 0, "%s", label);
		ck_assert_msg(strstr(password_label(p), says), "%s: %s", label, password_label(p));
	} else {
		ck_assert_msg(!p, "%s", label);
		ck_assert_int_eq(err.code, fault);
		ck_assert_msg(strstr(err.msg, says), "%s: %s", label, err.msg);
	}
	/* what was said first stays */
	ck_assert_ptr_eq(password_of(all, from, true, &err), p);
	passwords_free(all);
}

static char longest[1024] = "", too_long[1025] = "";

/* clang-format off */
static const struct {
	const char *label, *text;
	size_t len;                     /* 0: of the text */
	unsigned mode;
	const char *want, *says;
} files[] = {
	{ "a line",        "horse\n",    0, 0600, "horse", "the password in file '" },
	{ "no line end",   "horse",      0, 0400, "horse", "the password in file '" },
	{ "as of Windows", "horse\r\n",  0, 0600, "horse", "the password in file '" },
	{ "blanks count",  " ho rse \n", 0, 0600, " ho rse ", "" },
	{ "the longest",   longest,      0, 0600, longest, "" },
	{ "too long",      too_long,     0, 0600, NULL, "is longer than 1023 bytes" },
	{ "two lines",     "ho\nrse\n",  0, 0600, NULL, "is not one line of text" },
	{ "a NUL",         "ho\0rse\n",  7, 0600, NULL, "is not one line of text" },
	{ "empty",         "",           0, 0600, NULL, "is empty" },
	{ "only an end",   "\n",         0, 0600, NULL, "is empty" },
	{ "of a group",    "horse\n",    0, 0640, NULL, "others can read it (mode 0640)" },
	{ "of all",        "horse\n",    0, 0604, NULL, "others can read it (mode 0604)" },
	{ "of writers",    "horse\n",    0, 0620, NULL, "others can read it (mode 0620)" },
};
/* clang-format on */

START_TEST(a_file_of_nobody_elses_holds_one_line)
{
	AUTO_FREE char *path = NULL, *from = NULL;

	memset(longest, 'x', sizeof(longest) - 1);
	memset(too_long, 'x', sizeof(too_long) - 1);
	path = write_file("password", files[_i].text,
			  files[_i].len ? files[_i].len : strlen(files[_i].text), files[_i].mode);
	from = xasprintf("file:%s", path);
	expect(files[_i].label, from, files[_i].want, files[_i].says);
}
END_TEST

START_TEST(what_is_no_file_is_said)
{
	AUTO_FREE char *missing = xasprintf("file:%s/none", folder());
	AUTO_FREE char *no_file = xasprintf("file:%s", folder());

	expect("missing", missing, NULL, "/none': No such file or directory");
	expect("a folder", no_file, NULL, "Is a directory");
	expect("nowhere", "vault.example.com/x", NULL, "no such source of passwords");
}
END_TEST

START_TEST(the_environment_is_read_and_wiped)
{
	char *at;

	setenv("UNIT_PASSWORD", "horse", 1);
	at = getenv("UNIT_PASSWORD");
	expect("set", "env:UNIT_PASSWORD", "horse", "environment variable 'UNIT_PASSWORD'");
	ck_assert_ptr_null(getenv("UNIT_PASSWORD"));
	ck_assert_int_eq(at[0], '\0');
	ck_assert_int_eq(at[4], '\0');
	expect("not set", "env:UNIT_PASSWORD", NULL, "'UNIT_PASSWORD': it is not set");
	setenv("UNIT_PASSWORD", "", 1);
	expect("empty", "env:UNIT_PASSWORD", NULL, "is empty");
	setenv("UNIT_PASSWORD", "a\nb", 1);
	expect("lines", "env:UNIT_PASSWORD", NULL, "is not one line of text");
}
END_TEST

/* A pipe with this in it, whose reading end is as handed over by who started us. */
static char *from_pipe(const char *text, bool handed, int *out_write)
{
	int pair[2];

	ck_assert_int_eq(pipe2(pair, O_CLOEXEC), 0);
	ck_assert_int_eq(write(pair[1], text, strlen(text)), (ssize_t)strlen(text));
	if (handed)
		fcntl(pair[0], F_SETFD, 0);
	if (out_write)
		*out_write = pair[1];
	else
		close(pair[1]);
	return xasprintf("fd:%d", pair[0]);
}

START_TEST(a_descriptor_is_read_once_if_it_was_handed_to_us)
{
	AUTO_FREE char *good = from_pipe("horse\n", true, NULL);
	AUTO_FREE char *own = from_pipe("horse\n", false, NULL);

	expect("handed", good, "horse", "the password on descriptor ");
	ck_assert_int_eq(fcntl((int)strtol(good + 3, NULL, 10), F_GETFD), -1);
	expect("closed", good, NULL, "was not handed to this program");
	expect("our own", own, NULL, "was not handed to this program");
	ck_assert_int_ge(fcntl((int)strtol(own + 3, NULL, 10), F_GETFD), 0);
	expect("no number", "fd:three", NULL, "was not handed to this program");
	expect("below", "fd:-1", NULL, "was not handed to this program");
}
END_TEST

START_TEST(a_command_inherits_no_descriptor)
{
	AUTO_FREE char *handed = from_pipe("horse\n", true, NULL);
	AUTO_FREE char *from = xasprintf("command:cat /dev/fd/%s", handed + 3);

	expect("looked for", from, NULL, "ended with status");
	expect("still there", handed, "horse", "the password on descriptor ");
}
END_TEST

/* By the inventory, which names it before anybody asks. */
START_TEST(what_was_hidden_is_found)
{
	setenv("UNIT_PASSWORD", "horse", 1);
	secret_env_hide("UNIT_PASSWORD");
	secret_env_hide("UNIT_PASSWORD");
	ck_assert_ptr_null(getenv("UNIT_PASSWORD"));
	expect("no command has it", "command:sh -c 'echo x$UNIT_PASSWORD'", "x", "");
	expect("hidden", "env:UNIT_PASSWORD", "horse", "environment variable 'UNIT_PASSWORD'");
	expect("once", "env:UNIT_PASSWORD", NULL, "'UNIT_PASSWORD': it is not set");
	secret_env_hide("UNIT_PASSWORD");
}
END_TEST

START_TEST(systemd_keeps_credentials_in_a_folder)
{
	AUTO_FREE char *path = write_file("admin", "horse", 5, 0440);

	unsetenv("CREDENTIALS_DIRECTORY");
	expect("no folder", "credential:admin", NULL, "CREDENTIALS_DIRECTORY is not set");
	setenv("CREDENTIALS_DIRECTORY", folder(), 1);
	expect("there", "credential:admin", "horse", "systemd's credential 'admin'");
	expect("missing", "credential:other", NULL, "No such file");
	expect("elsewhere", "credential:../admin", NULL, "no name of one");
	expect("below", "credential:a/b", NULL, "no name of one");
	expect("hidden", "credential:..", NULL, "no name of one");
}
END_TEST

/* clang-format off */
static const struct { const char *label, *line, *want, *says; } commands[] = {
	{ "printed",      "echo horse",               "horse", "of command 'echo horse'" },
	{ "quoted",       "printf '%s' \"ho rse\"",   "ho rse", "" },
	{ "no shell",     "echo $HOME;",              "$HOME;", "" },
	{ "a shell",      "sh -c 'echo horse | rev'", "esroh", "" },
	{ "no input",     "sh -c 'read a; echo x$a'", "x", "" },
	{ "two lines",    "printf 'a\\nb\\n'",        NULL, "is not one line of text" },
	{ "nothing",      "true",                     NULL, "is empty" },
	{ "no words",     " ",                        NULL, "it is empty" },
	{ "an open quote", "echo 'horse",             NULL, "a quote is not closed" },
	{ "not there",    "/nonexistent/x",           NULL, "cannot run '/nonexistent/x': No such file" },
	{ "failed",       "sh -c 'echo horse; echo no \033such >&2; exit 3'", NULL,
	  "'sh' ended with status 3: no \\x1bsuch" },
	{ "failed silently", "false",                 NULL, "'false' ended with status 1" },
	{ "killed",       "sh -c 'kill -9 $$'",       NULL, "'sh' was ended by signal 9" },
	{ "without end",  "cat /dev/zero",            NULL, "'cat' wrote more than 1025 bytes" },
	{ "talkative",    "sh -c 'head -c 300000 /dev/zero >&2; echo horse'", "horse", "" },
	{ "no terminal",  "sh -c 'echo x >/dev/tty'", NULL, "ended with status" },
};
/* clang-format on */

START_TEST(a_command_tells_it)
{
	AUTO_FREE char *from = xasprintf("command:%s", commands[_i].line);

	expect(commands[_i].label, from, commands[_i].want, commands[_i].says);
	/* what it told is in no message */
	if (!commands[_i].want)
		expect("not told", from, NULL, commands[_i].says);
}
END_TEST

START_TEST(of_a_failed_command_the_output_is_not_told)
{
	struct passwords *all = passwords_new();
	struct err err;

	ck_assert_ptr_null(
		password_of(all, "command:sh -c 'cat /proc/self/comm; exit 3'", false, &err));
	ck_assert_ptr_null(strstr(err.msg, "cat\n"));
	ck_assert_ptr_null(strstr(err.msg, "status 3: "));
	passwords_free(all);
}
END_TEST

static void on_usr1(int number)
{
	(void)number;
	unit_clock_turn(20000);
}

/* It ignores what can be ignored, and so does what it began; it turns our clock itself. That is an
 * orphan, and so ours: a shell that is killed a moment after its child would reap it before us. */
START_TEST(a_command_has_thirty_seconds_and_its_group_goes_with_it)
{
	AUTO_FREE char *pid_file = xasprintf("%s/pid", folder());
	AUTO_FREE char *from = xasprintf("command:sh -c 'trap \"\" TERM HUP INT; (sleep 1000 & "
					 "echo $! >%s); echo stuck >&2; "
					 "while :; do kill -USR1 $PPID; sleep 0.05; done'",
					 pid_file);
	struct passwords *all = passwords_new();
	int64_t begun_ms = clock_now_ms();
	struct err err;
	FILE *f;
	int pid = 0, status;

	signal(SIGUSR1, on_usr1);
	prctl(PR_SET_CHILD_SUBREAPER, 1);       /* what is left of the group becomes ours */
	ck_assert_ptr_null(password_of(all, from, false, &err));
	ck_assert_msg(strstr(err.msg, "'sh' did not end in 30000 ms: stuck"), "%s", err.msg);
	ck_assert_int_ge(clock_now_ms() - begun_ms, 30000);
	f = fopen(pid_file, "r");
	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(fscanf(f, "%d", &pid), 1);
	fclose(f);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	passwords_free(all);
}
END_TEST

/* In the place of Ansible's: says what it was called with, and the first line of its input. */
static const char vault_program[] = "#!/bin/sh\nread -r line\necho \"$* $line\"\n";

START_TEST(ansibles_program_decrypts_what_is_vaulted)
{
	AUTO_FREE char *path =
		write_file("ansible-vault", vault_program, sizeof(vault_program) - 1, 0700);
	AUTO_FREE char *search = xasprintf("%s:%s", folder(), getenv("PATH"));

	setenv("PATH", search, 1);
	expect("vaulted", "vault:/v p\n$ANSIBLE_VAULT;1\n6162\n",
	       "decrypt --vault-password-file /v p --output - - $ANSIBLE_VAULT;1",
	       "the vaulted ansible_password of the inventory (by '/v p')");
	ck_assert_int_eq(unlink(path), 0);
	setenv("PATH", folder(), 1);
	expect("no program", "vault:/v\n$ANSIBLE_VAULT;1\n6162\n", NULL,
	       "cannot run 'ansible-vault': No such file");
}
END_TEST

START_TEST(nobody_is_asked_who_must_not_be)
{
	expect("no prompt", "prompt:group web", NULL,
	       "the password of group web: nobody can be asked for it here");
}
END_TEST

START_TEST(the_same_password_is_one)
{
	AUTO_FREE char *path = write_file("same", "horse\n", 6, 0600);
	AUTO_FREE char *from = xasprintf("file:%s", path);
	struct passwords *all = passwords_new();
	struct err err;
	const struct password *p = password_of(all, from, false, &err);

	ck_assert_ptr_nonnull(p);
	ck_assert_ptr_eq(password_of(all, "command:echo horse", false, &err), p);
	ck_assert_ptr_ne(password_of(all, "command:echo cow", false, &err), p);
	ck_assert_ptr_ne(password_of(all, "text:pig", false, &err), p);
	passwords_free(all);
}
END_TEST

/* Inverted, so that the test itself holds none. */
enum { WORD = 24 };
static void write_word(char *out, unsigned char *inverted)
{
	for (int i = 0; i < WORD; i++)
		inverted[i] = (unsigned char)~(out[i] = (char)('a' + (i * 7 + getpid()) % 26));
}

static const char *const kept[] = { "file", "fd", "command", "text" };

START_TEST(it_is_kept_in_secret_pages_alone_and_wiped)
{
	unsigned char inverted[WORD];
	char word[WORD + 1] = "";
	AUTO_FREE char *path = NULL, *from = NULL;
	struct passwords *all = passwords_new();
	struct rlimit core;
	struct err err;

	write_word(word, inverted);
	path = write_file("kept", word, WORD, 0600);
	from = _i == 0 ? xasprintf("file:%s", path) :
	       _i == 1 ? from_pipe(word, true, NULL) :
	       _i == 2 ? xasprintf("command:cat %s", path) :
			 xasprintf("text:%s", word);
	explicit_bzero(word, sizeof(word));
	ck_assert_ptr_nonnull(password_of(all, from, false, &err));
	if (_i == 3)
		explicit_bzero(from, strlen(from));
	/* of a text both it and what names it are secrets */
	ck_assert_msg(memory_look(inverted, WORD).secret == (_i == 3 ? 2 : 1), "%s", kept[_i]);
	ck_assert_msg(memory_look(inverted, WORD).elsewhere == 0, "%s", kept[_i]);
	passwords_free(all);
	ck_assert_msg(memory_look(inverted, WORD).secret == 0, "%s", kept[_i]);
	ck_assert_int_eq(getrlimit(RLIMIT_CORE, &core), 0);
	ck_assert_int_eq((int)core.rlim_cur, 0);
#ifndef __SANITIZE_ADDRESS__
	ck_assert_int_eq(prctl(PR_GET_DUMPABLE), 0);
#endif
}
END_TEST

/* The folder of these tests may be one that others can write. */
static void be_quiet(void)
{
	log_set_level(LOG_ERROR);
}

UNIT_SUITE(password)
{
	Suite *s = suite_create("password");
	TCase *tc = tcase_create("password");

	tcase_add_checked_fixture(tc, be_quiet, NULL);
	tcase_add_loop_test(tc, a_file_of_nobody_elses_holds_one_line, 0, ARRAY_LEN(files));
	tcase_add_test(tc, what_is_no_file_is_said);
	tcase_add_test(tc, the_environment_is_read_and_wiped);
	tcase_add_test(tc, a_descriptor_is_read_once_if_it_was_handed_to_us);
	tcase_add_test(tc, a_command_inherits_no_descriptor);
	tcase_add_test(tc, what_was_hidden_is_found);
	tcase_add_test(tc, systemd_keeps_credentials_in_a_folder);
	tcase_add_loop_test(tc, a_command_tells_it, 0, ARRAY_LEN(commands));
	tcase_add_test(tc, of_a_failed_command_the_output_is_not_told);
	tcase_add_test(tc, a_command_has_thirty_seconds_and_its_group_goes_with_it);
	tcase_add_test(tc, ansibles_program_decrypts_what_is_vaulted);
	tcase_add_test(tc, nobody_is_asked_who_must_not_be);
	tcase_add_test(tc, the_same_password_is_one);
	tcase_add_loop_test(tc, it_is_kept_in_secret_pages_alone_and_wiped, 0, ARRAY_LEN(kept));
	suite_add_tcase(s, tc);
	return s;
}
