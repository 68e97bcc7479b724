/* restore.h - starts obengine again where a run of ours left it stopped. Each host is looked at
 * first; what its key or the journal does not lay at our door is left to a person. No lock is
 * waited for: starting the service harms nobody, but under an installer, and for that the host's
 * own script looks. */
#ifndef UPGRADER_RESTORE_H
#define UPGRADER_RESTORE_H

#include "base/signals.h"
#include "base/term.h"
#include "scanner/look.h"
#include "scanner/way.h"
#include "upgrader/upgrader.h"

enum { RUN_NAME = 33 };                 /* with its NUL */

enum restore_end {
	RESTORE_NOT_BEGUN,
	RESTORE_RUNS,                   /* nothing was to be done */
	RESTORE_STARTED,
	RESTORE_NOT_OURS,               /* stopped by somebody else */
	RESTORE_AT_WORK,                /* an installer works: nothing was started */
	RESTORE_FAILED,
	RESTORE_UNREACHABLE,
	RESTORE_LEFT_OUT                /* never contacted: the inventory forbids it or forgot it */
};
const char *restore_end_name(enum restore_end end);     /* "not-ours" */
bool restore_is_well(enum restore_end end);             /* obengine runs there */

/* One host. Strings are its own. */
struct restore_target {
	char *name;
	const struct inv_host *host;    /* NULL: in no inventory any more */
	char *changed_by, *stopped_by;  /* the store's words (struct host_row), "" none */
	enum restore_end end;
	char run[RUN_NAME];             /* the one to blame, once that is known */
	char reason[PREFLIGHT_REASON];
	struct restore_line *line;      /* while it is in flight */
	struct restore *restore;
};

struct restore {
	struct store *store;
	struct restore_target *target;  /* by name */
	int count;
	char run[RUN_NAME];             /* asked for by this run; "": by hosts */
	/* while restore_drive() runs */
	const struct way_options *way;
	struct policies *policies;
	json_t *past;
	uv_loop_t loop;
	struct transport *transport;
	struct signals signals;
	uv_timer_t tick;
	struct progress progress;
	int next, in_flight;
	int asked;                      /* Ctrl-C, so often */
	struct err broken;              /* the store's, when something could not be written */
};

/* Whose hosts: those that run of the store changed while obengine ran, and those that are stored
 * as left stopped by one of that name. *out_options are the run's own ("" where it is not in this
 * store), yours. ERR_NOT_FOUND: neither. */
int restore_find(struct restore *r, const char *run, char **out_options, struct err *err);
/* These hosts instead. */
void restore_select(struct restore *r, const struct selection *hosts);
/* Lays the inventory and what the store says under the targets. */
int restore_prepare(struct restore *r, const struct inventory *inv, struct err *err);
/* Looks, starts, looks again; ends, reasons and runs of the targets are filled. -1: the store. */
int restore_drive(struct restore *r, const struct way_options *way, bool quiet, struct err *err);
void restore_release(struct restore *r);

/* What the facts of a look say, pure; those laid under from older ones do not count.
 * RESTORE_NOT_BEGUN where obengine is to be started. changed_by: of the journal, "" none. */
enum restore_end restore_judge(const struct facts *facts, const char *changed_by,
			       char run[RUN_NAME], char reason[PREFLIGHT_REASON]);
/* What a refusal of engine-start means, pure. */
enum restore_end restore_refused(const json_t *answer, char reason[PREFLIGHT_REASON]);

#endif
