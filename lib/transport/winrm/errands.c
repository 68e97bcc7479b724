/* errands.c - threads that share one thing with the loop: a list of what is done, behind a lock. It
 * lives as long as the last of them. */
#include "transport/winrm/errands.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "base/mem.h"

enum { THREADS_MAX = 64 };

STAILQ_HEAD(errand_list, errand);

struct errands {
	struct transport *t;
	int running;                    /* of the loop */
	pthread_mutex_t lock;           /* over the rest */
	int refs;                       /* the loop's, and one a thread */
	uv_async_t *async;              /* NULL: the loop has gone */
	struct errand_list done;
};

/* Unlocks. */
static void leave(struct errands *all)
{
	bool last = --all->refs == 0;

	pthread_mutex_unlock(&all->lock);
	if (!last)
		return;
	pthread_mutex_destroy(&all->lock);
	free(all);
}

static void *on_thread(void *arg)
{
	struct errand *e = arg;
	struct errands *all = e->all;

	e->run(e);
	pthread_mutex_lock(&all->lock);
	if (all->async) {               /* e is the loop's from here on */
		STAILQ_INSERT_TAIL(&all->done, e, next);
		uv_async_send(all->async);
		leave(all);
		return NULL;
	}
	leave(all);
	e->drop(e);
	return NULL;
}

/* A signal is for the thread that has the loop. */
static int start_thread(struct errand *e)
{
	sigset_t none, before;
	pthread_attr_t attr;
	pthread_t thread;
	int rc;

	sigfillset(&none);
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_sigmask(SIG_SETMASK, &none, &before);
	rc = pthread_create(&thread, &attr, on_thread, e);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attr);
	return rc;
}

bool errands_full(const struct errands *all)
{
	return all->running >= THREADS_MAX;
}

void errands_begin(struct errands *all, struct errand *e)
{
	e->all = all;
	pthread_mutex_lock(&all->lock);
	all->refs++;
	pthread_mutex_unlock(&all->lock);
	all->running++;
	e->refused = start_thread(e);
	if (e->refused == 0)
		return;
	pthread_mutex_lock(&all->lock);
	STAILQ_INSERT_TAIL(&all->done, e, next);
	uv_async_send(all->async);
	leave(all);
}

static void on_async(uv_async_t *async)
{
	struct errands *all = async->data;
	struct errand_list done = STAILQ_HEAD_INITIALIZER(done);
	struct errand *e;

	pthread_mutex_lock(&all->lock);
	STAILQ_CONCAT(&done, &all->done);
	pthread_mutex_unlock(&all->lock);
	while ((e = STAILQ_FIRST(&done)) != NULL) {
		STAILQ_REMOVE_HEAD(&done, next);
		all->running--;
		e->done(e);
	}
}

struct errands *errands_new(struct transport *t)
{
	struct errands *all = xcalloc(1, sizeof(*all));

	all->t = t;
	all->refs = 1;
	STAILQ_INIT(&all->done);
	pthread_mutex_init(&all->lock, NULL);
	all->async = xcalloc(1, sizeof(*all->async));
	uv_async_init(t->loop, all->async, on_async);
	all->async->data = all;
	t->handles++;
	/* who waits for an errand has a limit, and nobody else does */
	uv_unref((uv_handle_t *)all->async);
	return all;
}

static void drop_all(struct errand_list *list)
{
	struct errand *e;

	while ((e = STAILQ_FIRST(list)) != NULL) {
		STAILQ_REMOVE_HEAD(list, next);
		e->drop(e);
	}
}

void errands_free(struct errands *all)
{
	struct errand_list done = STAILQ_HEAD_INITIALIZER(done);

	if (!all)
		return;
	pthread_mutex_lock(&all->lock);
	transport_close_handle(all->t, all->async);
	all->async = NULL;
	STAILQ_CONCAT(&done, &all->done);
	leave(all);
	drop_all(&done);
}
