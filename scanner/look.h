/* look.h - one look at one host: a probe over a session of the caller's, its facts judged. What
 * scans make of many, and an upgrade of its own host. */
#ifndef SCANNER_LOOK_H
#define SCANNER_LOOK_H

#include "inventory/inventory.h"
#include "scanner/as_system.h"
#include "scanner/facts/facts.h"
#include "scanner/judge.h"
#include "store/store.h"
#include "transport/transport.h"

/* One probe of one host over a session of the caller's. */
struct look {
	struct facts facts;             /* of this look, the older ones under them */
	struct judgement judgement;
	struct err err;                 /* code ERR_NONE when seen whole */
	int64_t took_ms, utc_ms;        /* the whole look; when its answer was complete */
	char *not_by_ssh;               /* as store_look has it; NULL: nothing to say */
	bool accept_changed;            /* another machine than before is as intended */
	struct as_system *as_system;    /* what became of that call; NULL when it was not made */
};
struct look_request {
	struct session *session;
	const struct inv_host *host;
	/* read for what a cut answer leaves open; NULL: nothing known */
	struct store *store;
	const json_t *past;             /* of this host, as past_of_all() has it; may be NULL */
	const struct policy *policy;    /* what holds for this host */
	const enum fact_id *only;       /* ends with FACT_NONE; NULL for all */
	enum fact_id also;              /* beside the fast ones, where `only` is NULL and deep is
					 * not; FACT_HOST, which is fast: none */
	bool deep;                      /* all facts, not the fast ones; `only` wins over it */
	bool accept_changed;            /* as in the look */
	bool as_system;                 /* and then those that only SYSTEM may read, by a task */
	int64_t limit_ms;               /* of the probe */
	void (*done)(void *ctx, struct look *look);      /* the look is the callee's: look_free() */
	void *ctx;
};
/* The text of a look: the shortest that can answer what is asked, as probe_request() takes it. */
const struct script *look_script(const enum fact_id *only, bool deep);
/* Copies the request; what it points to is borrowed until done is called, from the loop. */
void look_start(const struct look_request *request);
void look_free(struct look *look);
/* Adds the look to a transaction. What was not answered in it keeps its older row. */
void look_store(const struct look *look, struct tx *tx, const char *host, int64_t scan,
		const char *source);
/* Judges a look's facts by what `about` holds beside them; `mars` is the inventory's word. */
void look_judge(struct look *look, const struct context *about, const char *mars);

#endif
