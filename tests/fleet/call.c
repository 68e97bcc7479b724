/* call.c - one call of a script, from its input to its exit status; and what sshd starts. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "tests/fleet/play.h"
#include "transport/script.h"

enum { EXIT_NO_REQUEST = 70 };

/* clang-format off */
static const struct { const char *op; int (*play)(struct play *p, struct err *err); } ops[] = {
	{ "probe",         play_probe },
	{ "as-system",     play_as_system },
	{ "stage-open",    play_stage_open },
	{ "stage-put",     play_stage_put },
	{ "stage-get",     play_stage_get },
	{ "stage-check",   play_stage_check },
	{ "console-wait",  play_console_wait },
	{ "engine-cycle",  play_engine_cycle },
	{ "engine-start",  play_engine_start },
	{ "install-start", play_install_start },
	{ "install-wait",  play_install_wait },
	{ "reboot-start",  play_reboot_start },
	{ "reboot-state",  play_reboot_state },
	{ "backup-start",  play_backup_start },
	{ "backup-wait",   play_backup_wait },
	{ "clean",         play_clean },
	{ "sweep",         play_sweep },
	{ "wsb-check",     play_wsb_check },
	{ "wsb-start",     play_wsb_start },
	{ "wsb-wait",      play_wsb_wait },
	{ "wsb-end",       play_wsb_end },
};
/* clang-format on */
/* a probe is asked by one name, whatever its text has */
_Static_assert(ARRAY_LEN(ops) == SCRIPT_COUNT - 2, "every call is played");

static int answer(struct play *p, struct err *err)
{
	int status, rc;
	size_t i;

	for (i = 0; i < ARRAY_LEN(ops) && strcmp(ops[i].op, p->op) != 0; i++)
		;
	if (play_gate(p, err) != 0)
		return -1;
	if (play_instead(p, &status))
		return status;
	play_begin(p);
	if (i == ARRAY_LEN(ops))
		rc = step_refused(p, "bad-request", false, "no such operation");
	else if ((p->faults & F_FAILED) && ops[i].play != play_probe &&
		 ops[i].play != play_as_system)
		rc = step_refused(p, "failed", false, play_text(p, TEXT_REFUSED));
	else
		rc = ops[i].play(p, err);
	if (rc != 0)
		return -1;
	play_end(p);
	return 0;
}

int play_call(struct state *s, bool served)
{
	struct play p = { .state = s, .served = served };
	struct err err = { 0 };
	int status;

	/* the client that went away must not end work that a server would go on with */
	signal(SIGPIPE, SIG_IGN);
	play_power(&p);
	status = play_read(&p, STDIN_FILENO, &err);
	if (status == 0)
		status = play_faults(&p, &err);
	if (status == 0)
		status = answer(&p, &err);
	if (status < 0) {
		fprintf(stderr, "%s\n", err.msg);
		status = EXIT_NO_REQUEST;
	}
	status = play_shell(&p, status);
	json_decref(p.request);
	free(p.data);
	return status;
}

/* The third word of "client port server port" is the address by which a server was reached. */
static char *server_path(const char *fleet)
{
	const char *connection = getenv("SSH_CONNECTION");
	char address[64];

	if (!connection || sscanf(connection, "%*s %*s %63s", address) != 1 ||
	    strspn(address, "0123456789.") != strlen(address))
		return NULL;
	return xasprintf("%s/addresses/%s", fleet, address);
}

/* Uploads are real: OpenSSH's own sftp-server writes below the server's folder. */
static int serve_sftp(struct state *s)
{
	struct play p = { .state = s, .served = true };
	static const char *const programs[] = { "/usr/lib/openssh/sftp-server",
						"/usr/libexec/openssh/sftp-server",
						"/usr/libexec/sftp-server" };
	const char *fault = state_text(s->root, "faults.upload");

	mkdir(s->files, 0700);
	play_power(&p);
	if (fault && strcmp(fault, "refuse") == 0)
		return 1;
	if (fault && strcmp(fault, "disk-full") == 0) {
		struct rlimit some = { 16 << 10, 16 << 10 };

		/* a write past the limit then fails as on a full disk, and is no signal */
		signal(SIGXFSZ, SIG_IGN);
		setrlimit(RLIMIT_FSIZE, &some);
	}
	if (fault && strcmp(fault, "drop") == 0) {
		struct rlimit some = { 16 << 10, 16 << 10 };

		setrlimit(RLIMIT_FSIZE, &some);
	}
	for (size_t i = 0; i < ARRAY_LEN(programs); i++)
		execl(programs[i], "sftp-server", "-d", s->files, (char *)NULL);
	fprintf(stderr, "simhost: no sftp-server found\n");
	return 1;
}

/* What tests/bench/bench lets other programs fetch: 2 KB, and nothing of a server's state. */
static int serve_bench(void)
{
	for (int i = 0; i < 32; i++)
		puts("...............................................................");
	return 0;
}

int serve_ssh(const char *fleet)
{
	const char *command = getenv("SSH_ORIGINAL_COMMAND");
	AUTO_FREE char *path = server_path(fleet);
	struct state s;
	struct err err = { 0 };
	int status;

	if (command && strcmp(command, "bench") == 0)
		return serve_bench();
	if (!path || state_open(&s, path, &err) != 0) {
		fprintf(stderr, "simhost: %s\n", path ? err.msg : "not started by sshd");
		return 1;
	}
	if (command && strcmp(command, "internal-sftp") == 0) {
		status = serve_sftp(&s);
	} else if (command && strncasecmp(command, "powershell", 10) == 0) {
		status = play_call(&s, true);
	} else {
		fprintf(stderr, "simhost: plays powershell.exe and sftp, not '%s'\n",
			command ? command : "a shell");
		status = 1;
	}
	state_close(&s);
	return status;
}
