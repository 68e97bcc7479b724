/* test_keyring.c - from a file's name to a signature: with keys of our own, and with a real
 * key agent that is started and ended here. */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "tests/unit/memory.h"
#include "tests/unit/transport/sshtool.h"
#include "transport/ssh/keyring.h"

static const char *const ed25519[] = { "-t", "ed25519", "-a", "1", NULL };
static const char *const rsa[] = { "-t", "rsa", "-b", "2048", NULL };

/* A key agent of this test's own. */
struct real_agent {
	pid_t pid;
	char *path;
};

/* Stands between test and agent: ends the agent when told to, and when the test dies before it
 * could tell (the agent itself would not hear of that). */
static void guard_agent(const char *path, int out)
{
	sigset_t end;
	pid_t pid;

	sigemptyset(&end);
	sigaddset(&end, SIGTERM);
	sigaddset(&end, SIGCHLD);
	sigprocmask(SIG_BLOCK, &end, NULL);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	pid = fork();
	if (pid == 0) {
		sigprocmask(SIG_UNBLOCK, &end, NULL);
		dup2(out, STDOUT_FILENO);
		close(out);
		execlp("ssh-agent", "ssh-agent", "-D", "-a", path, (char *)NULL);
		_exit(127);
	}
	close(out);
	sigwaitinfo(&end, NULL);
	kill(pid, SIGTERM);
	waitpid(pid, NULL, 0);
	_exit(0);
}

/* False where no ssh-agent is installed. It says where it listens as soon as it does. */
static bool agent_start(struct real_agent *a)
{
	char said[512];
	int out[2];
	ssize_t n;

	a->path = xasprintf("%s/agent", unit_folder());
	ck_assert_int_eq(pipe2(out, O_CLOEXEC), 0);
	a->pid = fork();
	ck_assert_int_ge(a->pid, 0);
	if (a->pid == 0)
		guard_agent(a->path, out[1]);
	close(out[1]);
	n = read(out[0], said, sizeof(said));
	close(out[0]);
	if (n <= 0)
		fprintf(stderr, "skipped: ssh-agent does not start\n");
	ck_assert_int_eq(setenv("SSH_AUTH_SOCK", a->path, 1), 0);
	return n > 0;
}

static void agent_end(struct real_agent *a)
{
	ck_assert_int_eq(kill(a->pid, SIGTERM), 0);
	ck_assert_int_eq(waitpid(a->pid, NULL, 0), a->pid);
	free(a->path);
}

static void agent_give(const char *path)
{
	ck_assert_int_eq(tool_run((const char *const[]){ "ssh-add", "-q", path, NULL }), 0);
}

static void note_wake(void *ctx)
{
	++*(int *)ctx;
}

/* Signs as a session does: asks, waits for the loop, asks again. */
static enum sign_result sign(uv_loop_t *loop, struct key *k, const char *algorithm, size_t *out_len,
			     struct err *err)
{
	struct signing *state = NULL;
	unsigned char *sig = NULL;
	enum sign_result result = SIGN_WAIT;
	struct buf data;
	int woken = 0, asked = 0;

	tool_signin_request(&data, algorithm);
	for (; result == SIGN_WAIT && asked < 3; asked++) {
		struct sign_request request = { (unsigned char *)data.data, data.len, note_wake,
						&woken };

		result = key_sign(k, &state, &request, &sig, out_len, err);
		/* the loop ends by itself: nothing to wait for is left in it */
		if (result == SIGN_WAIT)
			uv_run(loop, UV_RUN_DEFAULT);
	}
	ck_assert_int_eq(asked, woken + 1);
	ck_assert_ptr_null(state);
	free(sig);
	buf_release(&data);
	return result;
}

static void loop_end(uv_loop_t *loop, struct keyring *kr)
{
	keyring_free(kr);
	uv_run(loop, UV_RUN_DEFAULT);
	ck_assert_int_eq(uv_loop_close(loop), 0);
}

START_TEST(a_key_file_is_found_once_and_signs)
{
	uv_loop_t loop;
	struct keyring *kr;
	AUTO_FREE char *path = NULL;
	struct key *k;
	struct err err = { .msg = "" };
	size_t len;

	if (!tool_have_keygen())
		return;
	uv_loop_init(&loop);
	kr = keyring_new(&loop, NULL);
	path = tool_keygen("", ed25519);
	k = keyring_key(kr, path, false, &err);
	ck_assert_msg(k != NULL, "%s", err.msg);
	ck_assert_str_eq(key_type(k), "ssh-ed25519");
	ck_assert_str_eq(key_label(k), path);
	ck_assert_ptr_nonnull(key_public(k, &len));
	ck_assert_uint_eq(len, 51);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_ptr_eq(keyring_key(kr, path, false, &err), k);
	ck_assert_int_eq(sign(&loop, k, "ssh-ed25519", &len, &err), SIGN_DONE);
	ck_assert_uint_eq(len, 64);
	ck_assert_int_eq(sign(&loop, k, "ssh-rsa", &len, &err), SIGN_FAILED);
	loop_end(&loop, kr);
}
END_TEST

START_TEST(a_process_that_holds_a_key_is_not_looked_into)
{
	uv_loop_t loop;
	struct keyring *kr;
	AUTO_FREE char *path = NULL;
	struct rlimit core;
	struct err err = { .msg = "" };

	if (!tool_have_keygen())
		return;
	uv_loop_init(&loop);
	kr = keyring_new(&loop, NULL);
	path = tool_keygen("", ed25519);
	ck_assert_msg(keyring_key(kr, path, false, &err) != NULL, "%s", err.msg);
	ck_assert_int_eq(getrlimit(RLIMIT_CORE, &core), 0);
	ck_assert_uint_eq(core.rlim_cur, 0);
	ck_assert_uint_eq(core.rlim_max, 0);
#ifndef __SANITIZE_ADDRESS__
	ck_assert_int_eq(prctl(PR_GET_DUMPABLE), 0);
#endif
	keyring_free(kr);
	uv_run(&loop, UV_RUN_DEFAULT);
	ck_assert_int_eq(uv_loop_close(&loop), 0);
}
END_TEST

/* clang-format off */
static const struct { const char *algorithm, *args[8]; } kept[] = {
	{ "ssh-ed25519",         { "-t", "ed25519" } },
	{ "ecdsa-sha2-nistp256", { "-t", "ecdsa" } },
	{ "ecdsa-sha2-nistp384", { "-t", "ecdsa", "-b", "384", "-m", "PEM" } },
	{ "rsa-sha2-512",        { "-t", "rsa", "-b", "2048" } },
	{ "rsa-sha2-512",        { "-t", "rsa", "-b", "2048", "-m", "PEM" } },
	{ "rsa-sha2-512",        { "-t", "rsa", "-b", "2048", "-m", "PKCS8" } },
};
/* clang-format on */

START_TEST(a_key_is_kept_with_the_secrets_alone)
{
	uv_loop_t loop;
	struct keyring *kr;
	AUTO_FREE char *path = NULL;
	struct tool_secrets secrets;
	struct memory_seen seen;
	struct key *k;
	struct err err = { .msg = "" };
	int places = 0;
	size_t len;

	if (!tool_have_keygen())
		return;
	uv_loop_init(&loop);
	kr = keyring_new(&loop, NULL);
	path = tool_keygen("", kept[_i].args);
	secrets = tool_secrets_of(path, NULL);
	k = keyring_key(kr, path, false, &err);
	ck_assert_msg(k != NULL, "%s", err.msg);
	for (int signs = 0; signs < 2; signs++) {
		for (int i = 0; i < TOOL_SECRETS; i++) {
			seen = memory_look(secrets.inverted[i], TOOL_SECRET_LEN);
			ck_assert_msg(seen.elsewhere == 0, "secret %d, %d signatures", i, signs);
			places += seen.secret;
		}
		ck_assert_int_eq(places, signs + 1);
		ck_assert_int_eq(sign(&loop, k, kept[_i].algorithm, &len, &err), SIGN_DONE);
	}
	keyring_free(kr);
	for (int i = 0; i < TOOL_SECRETS; i++) {
		seen = memory_look(secrets.inverted[i], TOOL_SECRET_LEN);
		ck_assert_int_eq(seen.secret + seen.elsewhere, 0);
	}
	uv_run(&loop, UV_RUN_DEFAULT);
	ck_assert_int_eq(uv_loop_close(&loop), 0);
}
END_TEST

START_TEST(failures_are_faults_of_hosts_and_kept)
{
	uv_loop_t loop;
	struct keyring *kr;
	AUTO_FREE char *locked = NULL, *missing = NULL, *blocker = NULL;
	struct err err;

	if (!tool_have_keygen())
		return;
	uv_loop_init(&loop);
	kr = keyring_new(&loop, "/nowhere/agent");
	keyring_ask_key_agent(kr);
	locked = tool_keygen("secret", ed25519);
	missing = xasprintf("%s/missing", unit_folder());
	for (int i = 0; i < 2; i++) {
		memset(&err, 0, sizeof(err));
		ck_assert_ptr_null(keyring_key(kr, locked, false, &err));
		ck_assert_int_eq(err.code, FAULT_NO_USABLE_KEY);
		ck_assert_ptr_nonnull(strstr(err.msg, "passphrase"));
		ck_assert_ptr_nonnull(strstr(err.hint, "ssh-add"));
		ck_assert_ptr_null(keyring_key(kr, missing, false, &err));
		ck_assert_int_eq(err.code, FAULT_NO_USABLE_KEY);
		ck_assert_ptr_nonnull(strstr(err.msg, missing));
		ck_assert_ptr_null(keyring_key(kr, NULL, false, &err));
		ck_assert_msg(strstr(err.msg, "key agent '/nowhere/agent': No such file") != NULL,
			      "%s", err.msg);
		ck_assert_msg(strstr(err.hint, "start the key agent again") != NULL, "%s",
			      err.hint);
		/* what appears later is not looked at again */
		blocker = xasprintf("%s.pub", locked);
		ck_assert_int_eq(rename(blocker, missing) == 0, i == 0);
		free(blocker);
		blocker = NULL;
	}
	loop_end(&loop, kr);
}
END_TEST

START_TEST(a_real_agent_signs)
{
	struct real_agent agent;
	uv_loop_t loop;
	struct keyring *kr;
	AUTO_FREE char *one = NULL, *two = NULL, *other = NULL;
	struct key *k;
	struct err err = { .msg = "" };
	size_t len;

	if (!tool_have_keygen() || !agent_start(&agent))
		return;
	uv_loop_init(&loop);
	one = tool_keygen("", ed25519);
	two = tool_keygen("", rsa);
	other = tool_keygen("secret", ed25519);
	agent_give(one);
	agent_give(two);
	kr = keyring_new(&loop, agent.path);
	keyring_ask_key_agent(kr);
	ck_assert_ptr_null(keyring_key(kr, NULL, false, &err));
	ck_assert_ptr_nonnull(strstr(err.msg, "holds 2"));
	ck_assert_ptr_null(keyring_key(kr, other, false, &err));
	/* the public half is enough */
	ck_assert_int_eq(unlink(one), 0);
	k = keyring_key(kr, one, false, &err);
	ck_assert_msg(k != NULL, "%s", err.msg);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(sign(&loop, k, "ssh-ed25519", &len, &err), SIGN_DONE);
	ck_assert_uint_eq(len, 64);
	k = keyring_key(kr, two, false, &err);
	ck_assert_int_eq(sign(&loop, k, "rsa-sha2-512", &len, &err), SIGN_DONE);
	ck_assert_int_eq(sign(&loop, k, "ssh-rsa", &len, &err), SIGN_DONE);
	ck_assert_uint_eq(len, 256);
	agent_end(&agent);
	ck_assert_int_eq(sign(&loop, k, "ssh-rsa", &len, &err), SIGN_FAILED);
	ck_assert_int_eq(err.code, FAULT_NO_USABLE_KEY);
	ck_assert_msg(strstr(err.msg, "key agent: ") != NULL, "%s", err.msg);
	loop_end(&loop, kr);
}
END_TEST

START_TEST(the_agent_s_only_key_needs_no_name)
{
	struct real_agent agent;
	uv_loop_t loop;
	struct keyring *kr;
	AUTO_FREE char *path = NULL;
	struct key *k;
	struct err err = { .msg = "" };
	size_t len;

	if (!tool_have_keygen() || !agent_start(&agent))
		return;
	uv_loop_init(&loop);
	path = tool_keygen("", ed25519);
	agent_give(path);
	kr = keyring_new(&loop, agent.path);
	keyring_ask_key_agent(kr);
	k = keyring_key(kr, NULL, false, &err);
	ck_assert_msg(k != NULL, "%s", err.msg);
	ck_assert_ptr_nonnull(strchr(key_label(k), '@'));
	ck_assert_int_eq(sign(&loop, k, "ssh-ed25519", &len, &err), SIGN_DONE);
	agent_end(&agent);
	loop_end(&loop, kr);
}
END_TEST

UNIT_SUITE(keyring)
{
	Suite *s = suite_create("keyring");
	TCase *tc = tcase_create("keyring");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, a_key_file_is_found_once_and_signs);
	tcase_add_test(tc, a_process_that_holds_a_key_is_not_looked_into);
	tcase_add_loop_test(tc, a_key_is_kept_with_the_secrets_alone, 0, ARRAY_LEN(kept));
	tcase_add_test(tc, failures_are_faults_of_hosts_and_kept);
	tcase_add_test(tc, a_real_agent_signs);
	tcase_add_test(tc, the_agent_s_only_key_needs_no_name);
	suite_add_tcase(s, tc);
	return s;
}
