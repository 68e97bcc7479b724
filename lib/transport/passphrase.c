/* passphrase.c - reads one line from /dev/tty without echo. Whatever ends the reading, the
 * terminal gets its settings back first; a signal is then raised again, for whoever
 * handled it before. */
#include "transport/passphrase.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/secret.h"

static const int caught[] = { SIGINT, SIGTERM, SIGQUIT, SIGHUP, SIGTSTP, SIGTTIN, SIGTTOU };

static volatile sig_atomic_t came;      /* the handler's word to the reader: the signal, or 0 */

static void note_signal(int number)
{
	came = number;
}

static void catch_signals(struct sigaction *before)
{
	struct sigaction action = { .sa_handler = note_signal };

	/* no SA_RESTART: read() must end */
	sigemptyset(&action.sa_mask);
	came = 0;
	for (size_t i = 0; i < ARRAY_LEN(caught); i++)
		sigaction(caught[i], &action, &before[i]);
}

static void release_signals(const struct sigaction *before)
{
	for (size_t i = 0; i < ARRAY_LEN(caught); i++)
		sigaction(caught[i], &before[i], NULL);
}

/* Byte by byte, so that nothing behind the line is taken. -1 at the end of file or a signal. */
static int read_line(int fd, char *out)
{
	size_t len = 0;

	for (;;) {
		char *c = &out[len];
		ssize_t n = came ? -1 : read(fd, c, 1);

		if (n < 0 && errno == EINTR && !came)
			continue;
		if (n <= 0)
			return -1;
		if (*c == '\n' || *c == '\r')
			break;
		if (len < PASSPHRASE_MAX - 1)
			len++;
	}
	out[len] = '\0';
	return 0;
}

static int read_hidden(int fd, const char *prompt, char *out)
{
	struct termios shown, hidden;
	int rc;

	if (tcgetattr(fd, &shown) != 0)
		return -1;
	hidden = shown;
	hidden.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK);
	hidden.c_lflag |= ECHONL;
	if (tcsetattr(fd, TCSAFLUSH, &hidden) != 0)
		return -1;
	rc = write(fd, prompt, strlen(prompt)) < 0 ? -1 : read_line(fd, out);
	while (tcsetattr(fd, TCSAFLUSH, &shown) != 0 && errno == EINTR && came != SIGTTOU)
		;
	return rc;
}

char *passphrase_ask(const char *prompt, const char *what, struct err *err)
{
	AUTO_CLOSE int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
	struct sigaction before[ARRAY_LEN(caught)];
	char *out;
	int rc;

	if (fd < 0) {
		err_set(err, FAULT_NO_USABLE_KEY, "no terminal to ask for the %s", what);
		return NULL;
	}
	out = secret_alloc(PASSPHRASE_MAX);
	do {
		int number;

		catch_signals(before);
		rc = read_hidden(fd, prompt, out);
		release_signals(before);
		number = came;
		if (number)
			raise(number);
		/* Stopped and continued: the person is asked again. */
	} while (rc != 0 && (came == SIGTSTP || came == SIGTTIN || came == SIGTTOU));
	if (rc == 0)
		return out;
	secret_free(out);
	err_set(err, FAULT_NO_USABLE_KEY, "no %s was given", what);
	return NULL;
}
