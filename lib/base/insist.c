/* insist.c - see insist.h. What it has to say is said before anything is asked of the rest of the
 * program. */
#include "base/insist.h"

#include <execinfo.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { FRAMES_MAX = 64 };

static const char *hint;

void insist_hint(const char *text)
{
	hint = text;
}

_Noreturn void insist_failed(const char *condition, const char *file, int line,
			     const char *function)
{
	void *frame[FRAMES_MAX];
	int count;

	dprintf(STDERR_FILENO, "marshal: bug: %s:%d: %s: '%s' does not hold\n", file, line,
		function, condition);
	if (hint)
		dprintf(STDERR_FILENO, "marshal: hint: %s\n", hint);
	/* the first call of it asks for memory after all */
	count = backtrace(frame, FRAMES_MAX);
	backtrace_symbols_fd(frame, count, STDERR_FILENO);
	abort();
}
