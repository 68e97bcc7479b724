/* keep.c - the process that a running fleet is. It starts the sshds, holds the ports where none
 * shall answer, and inherits whatever they leave behind, so that its end is the end of all: `fleet
 * stop` signals this one process. D/fleet.pid is locked for as long as it lives. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "tests/fleet/fleet.h"
#include "tests/fleet/ports.h"

enum { MAX_SSHD = 8, START_LIMIT_MS = 15000 };

struct keeper {
	const char *folder, *preload;
	/* a program of its own instead of a configuration of sshd: is_program */
	struct sshd { int port; const char *config; bool is_program; pid_t pid; } sshd[MAX_SSHD];
	int sshds;
	int talker, throttled;  /* -1 where there is none */
	int pid_file;
};

static int lock_pid_file(struct keeper *k, struct err *err)
{
	AUTO_FREE char *path = xasprintf("%s/fleet.pid", k->folder);

	k->pid_file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (k->pid_file < 0)
		return err_errno(err, ERR_SYSTEM, errno, "cannot write '%s'", path);
	if (flock(k->pid_file, LOCK_EX | LOCK_NB) != 0)
		return err_set(err, ERR_SYSTEM, "a fleet runs in '%s' already", k->folder);
	if (ftruncate(k->pid_file, 0) != 0 || dprintf(k->pid_file, "%d\n", (int)getpid()) < 0)
		return err_errno(err, ERR_SYSTEM, errno, "cannot write '%s'", path);
	return 0;
}

static int sshd_start(struct keeper *k, struct sshd *sshd, struct err *err)
{
	AUTO_FREE char *log = xasprintf("%s/sshd.log", k->folder);
	pid_t keeper = getpid();
	sigset_t none;

	sshd->pid = fork();
	if (sshd->pid < 0)
		return err_errno(err, ERR_SYSTEM, errno, "cannot fork");
	if (sshd->pid > 0)
		return 0;
	prctl(PR_SET_PDEATHSIG, SIGTERM);       /* a keeper that was killed leaves no sshd */
	if (getppid() != keeper)
		_exit(1);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (sshd->is_program) {
		close_range(3, ~0U,
			    0); /* as sshd does: somebody waits for the end of one of these */
		execl(sshd->config, sshd->config, (char *)NULL);
		_exit(127);
	}
	setenv("LD_PRELOAD", k->preload, 1);
	execl("/usr/sbin/sshd", "/usr/sbin/sshd", "-D", "-f", sshd->config, "-E", log,
	      (char *)NULL);
	_exit(127);
}

/* Until every sshd accepts connections; one that ended (its port was taken) is an error. */
static int sshd_wait(struct keeper *k, struct err *err)
{
	int64_t until = clock_now_ms() + START_LIMIT_MS;

	for (int i = 0; i < k->sshds; i++) {
		while (!port_answers(k->sshd[i].port)) {
			if (waitpid(k->sshd[i].pid, NULL, WNOHANG) != 0 || clock_now_ms() > until)
				return err_set(err, ERR_SYSTEM,
					       "no sshd on port %d, see %s/sshd.log",
					       k->sshd[i].port, k->folder);
			poll(NULL, 0, 10);
		}
	}
	return 0;
}

static pid_t parent_of(pid_t pid)
{
	char path[64], text[512] = "";
	const char *after;
	int fd, parent = 0;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	if (read(fd, text, sizeof(text) - 1) > 0 && (after = strrchr(text, ')')) != NULL)
		sscanf(after + 1, " %*c %d", &parent);
	close(fd);
	return parent;
}

static bool is_below(pid_t pid, pid_t ancestor)
{
	for (int depth = 0; pid > 1 && depth < 32; depth++) {
		pid = parent_of(pid);
		if (pid == ancestor)
			return true;
	}
	return false;
}

/* Ends every process below this one. What loses its parent on the way comes to us. */
static void end_all(const struct keeper *k)
{
	pid_t self = getpid();

	for (int i = 0; i < k->sshds; i++)
		kill(k->sshd[i].pid, SIGKILL);  /* first those that make new ones */
	for (int round = 0; round < 500; round++) {
		DIR *proc = opendir("/proc");
		const struct dirent *e;

		while (proc && (e = readdir(proc)) != NULL) {
			pid_t pid = (pid_t)strtol(e->d_name, NULL, 10);

			if (pid > 1 && is_below(pid, self))
				kill(pid, SIGKILL);
		}
		if (proc)
			closedir(proc);
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
		if (waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD)
			return;
		poll(NULL, 0, 10);
	}
}

static void keep(const struct keeper *k, int signals)
{
	struct pollfd fds[] = { { .fd = signals, .events = POLLIN },
				{ .fd = k->talker, .events = POLLIN },
				{ .fd = k->throttled, .events = POLLIN } };
	struct signalfd_siginfo info;

	for (;;) {
		if (poll(fds, ARRAY_LEN(fds), -1) < 0 && errno != EINTR)
			return;
		if (fds[1].revents)
			port_say(k->talker, "220 Microsoft FTP Service\r\n");
		if (fds[2].revents)
			port_say(k->throttled, "Exceeded MaxStartups\r\n");
		if (fds[0].revents && read(signals, &info, sizeof(info)) == sizeof(info) &&
		    info.ssi_signo != SIGCHLD)
			return;
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
	}
}

/* One word of the command line: refused=PORT, sshd=PORT:CONFIG, program=PORT:FILE,
 * preload=FILE, ... */
static int take_word(struct keeper *k, const char *word, struct err *err)
{
	const char *value = strchr(word, '=');
	size_t len = value ? (size_t)(value - word) : 0;
	int port = value ? (int)strtol(value + 1, NULL, 10) : 0, fd = 0;
	const char *colon = value ? strchr(value, ':') : NULL;

	if (len == 7 && strncmp(word, "preload", len) == 0)
		k->preload = value + 1;
	else if (len == 7 && strncmp(word, "refused", len) == 0)
		fd = port_refused(port, err);
	else if (len == 6 && strncmp(word, "silent", len) == 0)
		fd = port_silent(port, err);
	else if (len == 6 && strncmp(word, "talker", len) == 0)
		fd = k->talker = port_open(port, err);
	else if (len == 9 && strncmp(word, "throttled", len) == 0)
		fd = k->throttled = port_open(port, err);
	else if (len == 4 && strncmp(word, "sshd", len) == 0 && colon && k->sshds < MAX_SSHD)
		k->sshd[k->sshds++] = (struct sshd){ .port = port, .config = colon + 1 };
	else if (len == 7 && strncmp(word, "program", len) == 0 && colon && k->sshds < MAX_SSHD)
		k->sshd[k->sshds++] =
			(struct sshd){ .port = port, .config = colon + 1, .is_program = true };
	else
		return err_set(err, ERR_USAGE, "cannot keep '%s'", word);
	return fd < 0 ? -1 : 0;
}

static int set_up(struct keeper *k, int argc, char **argv, struct err *err)
{
	if (lock_pid_file(k, err) != 0)
		return -1;
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	for (int i = 1; i < argc; i++) {
		if (take_word(k, argv[i], err) != 0)
			return -1;
	}
	for (int i = 0; i < k->sshds; i++) {
		if (sshd_start(k, &k->sshd[i], err) != 0)
			return -1;
	}
	return sshd_wait(k, err);
}

/* In the background from here on: `tell` hears an empty word, or why it failed. */
static void keeper_main(int argc, char **argv, int tell)
{
	struct keeper k = { .folder = argv[0], .preload = "", .talker = -1, .throttled = -1 };
	struct err err = { 0 };
	sigset_t set;
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), rc;

	setsid();
	for (int fd = 0; fd < 3; fd++)
		dup2(null, fd);
	/* a lock or a pipe of whoever started the fleet must not live as long as it */
	(void)dup2(tell, 3);
	tell = 3;
	close_range(4, ~0U, 0);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	rc = set_up(&k, argc, argv, &err);
	if (rc != 0)
		dprintf(tell, "%s", err.msg);
	else
		dprintf(tell, "ok");
	close(tell);
	if (rc == 0)
		keep(&k, signalfd(-1, &set, SFD_CLOEXEC));
	end_all(&k);
	_exit(rc == 0 ? 0 : 1);
}

int cmd_keep(int argc, char **argv)
{
	char text[600] = "";
	int tell[2];
	ssize_t n, len = 0;

	if (pipe2(tell, O_CLOEXEC) != 0)
		return 1;
	switch (fork()) {
	case -1:
		perror("simhost: cannot fork");
		return 1;
	case 0:
		close(tell[0]);
		keeper_main(argc, argv, tell[1]);
	}
	close(tell[1]);
	while ((n = read(tell[0], text + len, sizeof(text) - 1 - (size_t)len)) > 0)
		len += n;
	if (strcmp(text, "ok") == 0)
		return 0;
	fprintf(stderr, "simhost: %s\n", text);
	return 1;
}
