/* errand.h - a small thing done on some hosts, outside of any run: look, say in the trail what is
 * done, one call, look again; some hosts at a time, with a result for each. What the thing is a
 * kind says (restore.h, clean.h). Each kind's call is made again where its line was lost: doing it
 * twice does no harm. No lock of the database is taken: the host's own script looks who is
 * there. */
#ifndef UPGRADER_ERRAND_H
#define UPGRADER_ERRAND_H

#include "base/signals.h"
#include "base/term.h"
#include "scanner/look.h"
#include "scanner/under_way.h"
#include "scanner/way.h"
#include "upgrader/upgrader.h"

enum { RUN_NAME = 33 };                 /* with its NUL */

enum errand_end {
	ERRAND_NOT_BEGUN,
	ERRAND_FINE,                    /* nothing was to be done */
	ERRAND_DONE,
	ERRAND_REFUSED,                 /* it is not for us to do */
	ERRAND_AT_WORK,                 /* an installer works: nothing was done */
	ERRAND_STOPPED,                 /* obengine does not run: not all was done, or nothing */
	ERRAND_FAILED,
	ERRAND_UNREACHABLE,
	ERRAND_LEFT_OUT,                /* never contacted: the inventory forbids it or forgot it */
	ERRAND_END_COUNT
};
bool errand_is_well(enum errand_end end);

/* One host. Strings are its own. */
struct errand_target {
	char *name;
	const struct inv_host *host;    /* NULL: in no inventory any more */
	char *changed_by, *stopped_by;  /* the store's words (struct host_row), "" none */
	char *left;                     /* what the last look said of left-overs, "" none */
	enum errand_end end;
	char run[RUN_NAME];             /* the one to blame, once that is known */
	char reason[PREFLIGHT_REASON];
	json_t *more;                   /* what the kind keeps from a look to its call and after */
	struct errand_line *line;       /* while it is in flight */
	struct errand *errand;
};

/* Ends, runs and reasons are set in the target. */
struct errand_kind {
	const char *word;               /* in the trail */
	int rows;                       /* ROWS_ of the store that its targets want */
	const char *end[ERRAND_END_COUNT];      /* "not-ours"; NULL where it never ends so */
	/* "whether it was done is not known", "it was done, and not looked at again" */
	const char *lost, *unseen;
	enum script_id script;
	int limit_ms;
	/* A look: the call is made where t->end stays ERRAND_NOT_BEGUN. */
	void (*judge)(struct errand_target *t, const struct facts *facts, const json_t *past);
	char *(*announce)(const struct errand_target *t);       /* the trail's word before; yours */
	json_t *(*request)(const struct errand_target *t);      /* yours; without op */
	void (*refused)(struct errand_target *t, const json_t *answer);
	void (*answered)(struct errand_target *t, json_t *answer);      /* it is ok; NULL is fine */
	/* The look after the call. */
	void (*after)(struct errand_target *t, const struct facts *facts, const json_t *past);
};
const char *errand_end_name(const struct errand_kind *kind, enum errand_end end);

struct errand {
	const struct errand_kind *kind;
	struct store *store;
	struct errand_target *target;   /* by name */
	int count;
	char run[RUN_NAME];             /* asked for by this run; "": by hosts */
	/* while errand_drive() runs */
	const struct way_options *way;
	struct policies *policies;
	json_t *past;
	uv_loop_t loop;
	struct transport *transport;
	struct signals signals;
	uv_timer_t tick;
	struct progress progress;
	struct under_way under_way;
	int next, in_flight;
	int asked;                      /* Ctrl-C, so often */
	struct err broken;              /* the store's, when something could not be written */
};

/* Adds a host once. */
struct errand_target *errand_add(struct errand *e, const char *name);
/* These hosts instead. */
void errand_select(struct errand *e, const struct selection *hosts);
/* Lays the inventory and what the store says under the targets. */
int errand_prepare(struct errand *e, const struct inventory *inv, struct err *err);
/* Looks, does it, looks again; ends, reasons and runs of the targets are filled. -1: the store. */
int errand_drive(struct errand *e, const struct way_options *way, bool quiet, struct err *err);
void errand_release(struct errand *e);
/* What a target says: text is copied. */
void errand_say(struct errand_target *t, enum errand_end end, const char *text);
/* The value of a fact that this very look brought; NULL: it did not. */
const json_t *errand_fact(const struct facts *facts, enum fact_id id);

#endif
