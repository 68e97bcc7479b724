/* signals.h - what a person or the system asked for while a loop runs. SIGINT counts; SIGTERM and
 * SIGHUP are a first request and never another. SIGUSR1 asks how things are. SIGPIPE is ignored. */
#ifndef BASE_SIGNALS_H
#define BASE_SIGNALS_H

#include <uv.h>

struct signals {
	uv_signal_t sigint, sigterm, sighup, sigusr1;
	int count;                              /* how often we were asked to stop */
	void (*asked)(void *ctx, int count);
	void (*tell)(void *ctx);
	void *ctx;
};

/* From now on SIGUSR1 ends nothing, also where nobody hears it yet or any more. */
void signals_spare_usr1(void);
/* From now on a terminal that goes away (SIGHUP) ends nothing. */
void signals_keep_going(void);

/* SIGHUP is heeded unless whoever started us had it ignored (nohup). */
int signals_start(struct signals *s, uv_loop_t *loop, void (*asked)(void *, int), void *ctx);
/* Once it is started: SIGUSR1 has it told how things are. */
void signals_tell(struct signals *s, void (*tell)(void *ctx));
void signals_stop(struct signals *s);           /* then run the loop until its handles are closed */

/* For a command that only reads and whose caller does not wait: after so many seconds the line is
 * written to standard output as it stands and the process ends with this status, wherever it is.
 * 0 seconds: not any more. The line must live on. */
void signals_end_after(unsigned seconds, const char *line, int status);

#endif
