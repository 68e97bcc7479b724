/* sshtool.c - runs ssh-keygen and its like for the tests of this folder. */
#include "tests/unit/transport/sshtool.h"

#include <fcntl.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "tests/unit/unit.h"
#include "transport/ssh/keyfile.h"
#include "transport/ssh/wire.h"

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

/* A number of the key that nobody may know, in big endian. */
static size_t secret_number(const EVP_PKEY *key, unsigned char *out, size_t size)
{
	const char *name =
		EVP_PKEY_is_a(key, "RSA") ? OSSL_PKEY_PARAM_RSA_FACTOR1 : OSSL_PKEY_PARAM_PRIV_KEY;
	BIGNUM *number = NULL;
	size_t len = size;

	if (EVP_PKEY_is_a(key, "ED25519"))
		return EVP_PKEY_get_raw_private_key(key, out, &len) == 1 ? len : 0;
	if (EVP_PKEY_get_bn_param(key, name, &number) != 1)
		return 0;
	len = (size_t)BN_bn2bin(number, out);
	BN_free(number);
	return len;
}

/* In the child. Whatever goes wrong shows in the parent, which gets nothing. */
static void tell_secrets(int out, const char *path, const char *passphrase)
{
	struct tool_secrets s;
	unsigned char number[512];
	size_t len, number_len;
	struct err err;
	EVP_PKEY *key = NULL;
	char *text = file_read_secret(path, KEYFILE_MAX, &len, &err), *line;

	if (!text || keyfile_private(text, len, passphrase, &key, &err) != KEYFILE_OK ||
	    (number_len = secret_number(key, number, sizeof(number))) < TOOL_SECRET_LEN)
		_exit(1);
	line = (char *)memchr(text + len / 2, '\n', len / 2) + 1;
	for (int i = 0; i < TOOL_SECRET_LEN; i++) {
		s.inverted[0][i] = (unsigned char)~number[number_len - 1 - i];
		s.inverted[1][TOOL_SECRET_LEN - 1 - i] = s.inverted[0][i];
		s.inverted[2][i] = (unsigned char)~line[i];
	}
	_exit(write(out, &s, sizeof(s)) != sizeof(s));
}

struct tool_secrets tool_secrets_of(const char *path, const char *passphrase)
{
	struct tool_secrets s;
	int pipe_fds[2];
	pid_t pid;

	ck_assert_int_eq(pipe2(pipe_fds, O_CLOEXEC), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		tell_secrets(pipe_fds[1], path, passphrase);
	close(pipe_fds[1]);
	ck_assert_int_eq(read(pipe_fds[0], &s, sizeof(s)), sizeof(s));
	close(pipe_fds[0]);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	return s;
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
