/* sshtool.c - runs ssh-keygen and its like for the tests of this folder. */
#include "tests/unit/transport/sshtool.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "tests/unit/unit.h"
#include "transport/wire.h"

enum { ARGS_MAX = 20 };

/* Its stdout goes to `out`, -1 for nowhere. */
static int run_to(int out, const char *const *argv)
{
	int status, null = open("/dev/null", O_RDWR | O_CLOEXEC);
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		dup2(null, STDIN_FILENO);
		dup2(out >= 0 ? out : null, STDOUT_FILENO);
		dup2(null, STDERR_FILENO);
		execvp(argv[0], (char *const *)argv);
		_exit(127);
	}
	close(null);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int tool_run(const char *const *argv)
{
	return run_to(-1, argv);
}

char *tool_output(const char *const *argv)
{
	FILE *f = tmpfile();
	char text[16384];
	size_t len;
	int status;

	ck_assert_ptr_nonnull(f);
	status = run_to(fileno(f), argv);
	rewind(f);
	len = fread(text, 1, sizeof(text), f);
	fclose(f);
	return status == 0 ? xstrndup(text, len) : NULL;
}

bool tool_have_keygen(void)
{
	/* Without a file it complains, but it is there. */
	bool have = tool_run((const char *const[]){ "ssh-keygen", "-l", "-f", "/nowhere", NULL }) !=
		    127;

	if (!have)
		fprintf(stderr, "skipped: ssh-keygen is not installed\n");
	return have;
}

char *tool_keygen(const char *passphrase, const char *const *args)
{
	char *path = xasprintf("%s/key", unit_folder());
	const char *argv[ARGS_MAX] = { "ssh-keygen", "-q", "-N", passphrase, "-f", path };
	int n = 6;

	while (*args && n < ARGS_MAX - 1)
		argv[n++] = *args++;
	ck_assert_int_eq(tool_run(argv), 0);
	return path;
}

void tool_signin_request(struct buf *out, const char *algorithm)
{
	buf_init(out, 4096);
	wire_add_string(out, "a session id of 32 bytes, really", 32);
	buf_add(out, "\x32", 1);
	wire_add_string(out, "user", 4);
	wire_add_string(out, "ssh-connection", 14);
	wire_add_string(out, "publickey", 9);
	buf_add(out, "\x01", 1);
	wire_add_string(out, algorithm, strlen(algorithm));
	wire_add_string(out, "blob", 4);
}
