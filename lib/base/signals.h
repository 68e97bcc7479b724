/* signals.h - what a person or the system asked for while a loop runs. SIGINT counts; SIGTERM and
 * SIGHUP are a first request and never another. SIGPIPE is ignored. */
#ifndef BASE_SIGNALS_H
#define BASE_SIGNALS_H

#include <uv.h>

struct signals {
	uv_signal_t sigint, sigterm, sighup;
	int count;                              /* how often we were asked to stop */
	void (*asked)(void *ctx, int count);
	void *ctx;
};

/* From now on a terminal that goes away (SIGHUP) ends nothing. */
void signals_keep_going(void);

/* SIGHUP is heeded unless whoever started us had it ignored (nohup). */
int signals_start(struct signals *s, uv_loop_t *loop, void (*asked)(void *, int), void *ctx);
void signals_stop(struct signals *s);           /* then run the loop until its handles are closed */

/* For a command that only reads and whose caller does not wait: after so many seconds the line is
 * written to standard output as it stands and the process ends with this status, wherever it is.
 * 0 seconds: not any more. The line must live on. */
void signals_end_after(unsigned seconds, const char *line, int status);

#endif
