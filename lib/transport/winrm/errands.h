/* errands.h - work that may block for long: each on a thread of its own, that nobody waits for at
 * the end. What is queued with libuv keeps its loop going, and its threads are joined at exit: a
 * KDC that is silent would keep a person who pressed Ctrl-C for half a minute. */
#ifndef TRANSPORT_WINRM_ERRANDS_H
#define TRANSPORT_WINRM_ERRANDS_H

#include <sys/queue.h>

#include "transport/session.h"

struct errands;

/* First in what a thread works with: from errands_begin() on that is its own, until `done` gives
 * it back. All callbacks but `run` and `drop` are the loop's. */
struct errand {
	void (*run)(struct errand *e);  /* on the thread */
	void (*done)(struct errand *e); /* it came to its end; `refused`: it never ran */
	/* In the place of `done` when the errands were freed meanwhile: on the thread, or in
	 * errands_free(). To free it, with nothing of the loop's. */
	void (*drop)(struct errand *e);
	int refused;                    /* errno: there is no thread to be had */
	struct errands *all;
	STAILQ_ENTRY(errand) next;
};

struct errands *errands_new(struct transport *t);
/* What is under way goes on, and ends with the process where that ends before. NULL is fine. */
void errands_free(struct errands *all);
/* So many are under way that the next one has to wait until `done` of one was called. */
bool errands_full(const struct errands *all);
/* `run`, `done` and `drop` are set; there is room. It begins at once. */
void errands_begin(struct errands *all, struct errand *e);

#endif
