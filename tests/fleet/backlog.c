/* backlog.c - preloaded into the fleet's sshd. What no option of sshd says: 1,000 connections at
 * once need a longer queue than 128; all of 127.0.0.0/8 is listened on, so nobody but this
 * machine may be heard; and the fleet runs under any account, also a locked one or one without a
 * shell, where sshd would turn everyone away, and no start-up file of a shell is read. */
#include <dlfcn.h>
#include <pwd.h>
#include <shadow.h>
#include <stddef.h>
#include <sys/socket.h>

enum { QUEUE = 4096 };

int listen(int fd, int backlog)
{
	int (*real)(int, int);

	(void)backlog;
	*(void **)&real = dlsym(RTLD_NEXT, "listen");
	/* where the kernel does not allow it, AllowUsers in sshd_config still does */
	(void)setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3);
	return real(fd, QUEUE);
}

struct passwd *getpwnam(const char *name)
{
	struct passwd *(*real)(const char *);
	struct passwd *pw;

	*(void **)&real = dlsym(RTLD_NEXT, "getpwnam");
	pw = real(name);
	if (pw) {
		pw->pw_shell = "/bin/sh";
		pw->pw_dir = "/";
	}
	return pw;
}

/* No shadow entry is no lock: keys alone are asked for. */
struct spwd *getspnam(const char *name)
{
	(void)name;
	return NULL;
}
