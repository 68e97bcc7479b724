/* wsb.h - the test of Windows Server Backup: one backup of the system state of one host, on
 * request, as Microsoft's documents ask for. It runs in a task of the host's own
 * (upgrader/wsb/wsb.ps1), so whoever follows it may go away and come back. Every call waits for its
 * end. */
#ifndef UPGRADER_WSB_WSB_H
#define UPGRADER_WSB_WSB_H

#include "inventory/inventory.h"
#include "scanner/look.h"
#include "scanner/way.h"
#include "store/store.h"

struct wsb_options {
	const struct inv_host *host;
	struct store *store;                    /* the host must be known to it */
	const struct way_options *way;
	const char *target;                     /* "E:"; NULL to follow only */
	int64_t need_bytes;                     /* free on the target */
	bool quiet;                             /* no word while it runs */
};

/* Dials at the first call; Ctrl-C is heard while it is open. Borrows all of the options. */
struct wsb;
int wsb_open(const struct wsb_options *options, struct wsb **out, struct err *err);
void wsb_close(struct wsb *w);                  /* NULL is fine */

struct wsb_volume { int64_t size_bytes, free_bytes; bool image_exists; };
/* What forbids the test is the error. Changes nothing. */
int wsb_check(struct wsb *w, struct wsb_volume *out, struct err *err);

/* Locks the host, writes into the trail what is about to be done, and starts the backup. When
 * the line is lost on the way it may have been started: wsb_follow() finds out. */
int wsb_start(struct wsb *w, struct err *err);

/* WSB_NONE: no test is under way. WSB_LEFT: Ctrl-C, it goes on. WSB_UNKNOWN: Ctrl-C before the
 * host said anything about it. */
enum wsb_end { WSB_WORKS, WSB_FAILED, WSB_NONE, WSB_LEFT, WSB_UNKNOWN };
const char *wsb_end_name(enum wsb_end end);     /* works, failed, none, running, unknown */
struct wsb_result {
	enum wsb_end end;
	bool has_job, has_exit;
	char state[40];                         /* the job's word, printable */
	int64_t hresult, detail, exit;          /* of the job, detail 0 none; of wbadmin.exe */
	int64_t begun_utc_ms, ended_utc_ms;     /* of the job, 0 unknown; by the host's clock */
	bool task_left;                         /* could not be taken away: it goes by itself */
};
/* What an answer to wsb-wait says, pure: 1 it is over and *out is filled, 0 it runs, -1 it is none.
 * *begun_utc_ms is when the test began as far as that is known (0), and is brought up to date. */
int wsb_read(const json_t *answer, int64_t *begun_utc_ms, struct wsb_result *out,
	     struct err *err);

/* Until its end, over lost lines, each told as it is lost; gives the lock back. */
int wsb_follow(struct wsb *w, struct wsb_result *out, struct err *err);

#endif
