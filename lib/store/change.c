/* change.c - what is written beside looks: inventory, settings, scans, runs and their jobs,
 * the trail. Each tx_ function copies its arguments; the write_ function of the same name
 * writes them later, on the store thread. */
#include <stdlib.h>
#include <string.h>

#include "base/insist.h"
#include "base/json.h"
#include "store/keep.h"

struct inventory_hosts {
	struct store_host *host; /* sorted by name */
	int count;
	int64_t utc_ms;
};

/* The rest has few fields: one struct serves all. */
struct line {
	int64_t id, number, utc_ms;
	const char *host, *a, *b, *actor;
};

struct job_move {
	struct store_job_row job;
	const char *memory, *event, *text, *actor;
	int64_t event_id, utc_ms;
};

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct store_host *)a)->name, ((const struct store_host *)b)->name);
}

/* Hosts of the store that this inventory does not name. */
static int mark_gone(struct writer *w, const struct inventory_hosts *inv, int *out_gone,
		     struct err *err)
{
	struct rows *rows = db_query(w->db, SQL_HOST_PRESENT, NO_VALUES, err);
	AUTO_FREE int64_t *gone = NULL;
	int count = 0, cap = 0, r;

	if (!rows)
		return -1;
	while ((r = db_next(rows, err)) == 1) {
		struct store_host key = { .name = db_text(rows, 1) };

		if (bsearch(&key, inv->host, (size_t)inv->count, sizeof(key), by_name))
			continue;
		MEM_GROW(gone, count, cap);
		gone[count++] = db_int(rows, 0);
	}
	for (int i = 0; i < count && r == 0; i++) {
		if (db_run(w->db, SQL_HOST_GONE, VALUES(INT(gone[i]), INT(inv->utc_ms)), err) < 0)
			r = -1;
	}
	*out_gone = count;
	return r;
}

static int write_inventory(struct writer *w, const void *what, struct err *err)
{
	const struct inventory_hosts *inv = what;
	int written = 0, gone;
	int64_t last;

	if (db_number(w->db, SQL_HOST_MAX, &last, err) != 0 ||
	    (last != 0 && db_small_id(last, HOST_ID_MAX, "host", err) != 0) ||
	    db_small_id(last + 1 + inv->count, HOST_ID_MAX, "host", err) != 0)
		return -1;
	for (int i = 0; i < inv->count; i++) {
		const struct store_host *h = &inv->host[i];

		/* A known host keeps its id; this one is used where the name is new. */
		int n = db_run(w->db, SQL_HOST_PUT,
			       VALUES(INT(last + 1 + i), TEXT(h->name), TEXT(h->address),
				      TEXT(h->owner), TEXT(h->site), TEXT(h->vault), TEXT(h->cloud),
				      TEXT(h->mars), INT(h->skip), TEXT(h->groups),
				      TEXT(h->time_zone), TEXT(h->offline), INT(inv->utc_ms),
				      TEXT(h->computer_name)),
			       err);

		if (n < 0)
			return -1;
		written += n;
	}
	if (mark_gone(w, inv, &gone, err) != 0)
		return -1;
	return written + gone > 0 ? keep_words(w, inv->utc_ms, err) : 0;
}

void tx_inventory(struct tx *tx, const struct store_host *host, int count, int64_t utc_ms)
{
	struct inventory_hosts *inv = tx_alloc(tx, sizeof(*inv));

	inv->host = tx_copy(tx, host, (size_t)count * sizeof(*host));
	inv->count = count;
	inv->utc_ms = utc_ms;
	for (int i = 0; i < count; i++) {
		const char **text[] = { &inv->host[i].name,    &inv->host[i].address,
					&inv->host[i].owner,   &inv->host[i].site,
					&inv->host[i].vault,   &inv->host[i].cloud,
					&inv->host[i].mars,    &inv->host[i].time_zone,
					&inv->host[i].offline, &inv->host[i].computer_name };
		const char *groups = inv->host[i].groups;

		for (size_t k = 0; k < ARRAY_LEN(text); k++)
			*text[k] = tx_text(tx, *text[k] ? *text[k] : "");
		inv->host[i].groups = tx_text(tx, groups ? groups : "[]");
	}
	qsort(inv->host, (size_t)count, sizeof(*host), by_name);
	tx_add(tx, write_inventory, inv);
}

static int write_setting(struct writer *w, const void *what, struct err *err)
{
	const struct line *l = what;

	return db_run(w->db, SQL_SETTING_PUT, VALUES(TEXT(l->a), TEXT(l->b)), err) < 0 ? -1 : 0;
}

static int write_setting_once(struct writer *w, const void *what, struct err *err)
{
	const struct line *l = what;

	return db_run(w->db, SQL_SETTING_ADD, VALUES(TEXT(l->a), TEXT(l->b)), err) < 0 ? -1 : 0;
}

/* Copies all texts of a line. */
static void add_line(struct tx *tx, int (*write)(struct writer *, const void *, struct err *),
		     const struct line *line)
{
	struct line *l = tx_copy(tx, line, sizeof(*line));

	l->host = tx_text(tx, line->host);
	l->a = tx_text(tx, line->a);
	l->b = tx_text(tx, line->b);
	l->actor = store_actor();
	tx_add(tx, write, l);
}

#define SETTING_WORD(id, word) word,
static const char *const setting_names[SETTING_COUNT] = { SETTINGS(SETTING_WORD) };

const char *setting_name(enum setting setting)
{
	INSIST((unsigned)setting < SETTING_COUNT);
	return setting_names[setting];
}

void tx_setting(struct tx *tx, enum setting setting, const char *value)
{
	add_line(tx, write_setting, &(struct line){ .a = setting_name(setting), .b = value });
}

void tx_setting_once(struct tx *tx, enum setting setting, const char *value)
{
	add_line(tx, write_setting_once, &(struct line){ .a = setting_name(setting), .b = value });
}

static int write_engine_change(struct writer *w, const void *what, struct err *err)
{
	const struct line *l = what;
	int64_t host;

	if (host_id(w, l->host, &host, err) != 0)
		return -1;
	return db_run(w->db, SQL_HOST_ENGINE, VALUES(INT(host), TEXT(l->a)), err) < 0 ? -1 : 0;
}

void tx_engine_change(struct tx *tx, const char *host, const char *run)
{
	add_line(tx, write_engine_change, &(struct line){ .host = host, .a = run });
}

static int write_scan_begin(struct writer *w, const void *what, struct err *err)
{
	const struct line *l = what;

	return db_run(w->db, SQL_SCAN_BEGIN,
		      VALUES(INT(l->id), TEXT(l->a), INT(l->number), TEXT(l->actor), INT(l->utc_ms),
			     INT(w->process)),
		      err) < 0 ?
		       -1 :
		       0;
}

void tx_scan_begin(struct tx *tx, int64_t scan, const char *patterns, int hosts, int64_t utc_ms)
{
	add_line(tx, write_scan_begin,
		 &(struct line){ .id = scan, .number = hosts, .utc_ms = utc_ms, .a = patterns });
}

static int write_scan_end(struct writer *w, const void *what, struct err *err)
{
	const struct line *l = what;
	int64_t utc_ms = l->utc_ms > w->kept_utc_ms ? l->utc_ms : w->kept_utc_ms;

	return db_run(w->db, SQL_SCAN_END, VALUES(INT(l->id), TEXT(l->a), INT(utc_ms)), err) < 0 ?
		       -1 :
		       0;
}

void tx_scan_end(struct tx *tx, int64_t scan, const char *how, int64_t utc_ms)
{
	add_line(tx, write_scan_end, &(struct line){ .id = scan, .utc_ms = utc_ms, .a = how });
}

static int write_run_create(struct writer *w, const void *what, struct err *err)
{
	const struct store_run_row *r = what;

	return db_run(w->db, SQL_RUN_ADD,
		      VALUES(INT(r->id), TEXT(r->name), TEXT(r->installer), TEXT(r->sha256),
			     TEXT(r->target), TEXT(r->options), TEXT(r->state), TEXT(r->actor),
			     INT(r->begun_utc_ms), INT(w->process), TEXT(r->note)),
		      err) < 0 ?
		       -1 :
		       0;
}

static int write_job_create(struct writer *w, const void *what, struct err *err)
{
	const struct job_move *m = what;
	const struct store_job_row *j = &m->job;
	int64_t host;

	if (host_id(w, j->host, &host, err) != 0)
		return -1;
	return db_run(w->db, SQL_JOB_ADD,
		      VALUES(INT(j->id), INT(j->run), INT(host), INT(j->position), TEXT(j->state),
			     TEXT(j->outcome), TEXT(j->reason), TEXT(j->before), TEXT(j->after),
			     TEXT(j->folder), TEXT(m->memory), INT(j->changed),
			     INT(j->reboot_pending), INT(j->begun_utc_ms), INT(j->ended_utc_ms),
			     TEXT(j->fault), INT(j->wave)),
		      err) < 0 ?
		       -1 :
		       0;
}

static char *text_or_empty(struct tx *tx, const char *text)
{
	return tx_text(tx, text ? text : "");
}

static struct job_move *copy_job(struct tx *tx, const struct store_job_row *job)
{
	struct job_move *m = tx_alloc(tx, sizeof(*m));
	AUTO_FREE char *memory = job->memory ? json_canonical(job->memory) : NULL;

	m->job = *job;
	m->job.memory = NULL;
	m->job.host = tx_text(tx, job->host);
	m->job.state = tx_text(tx, job->state);
	m->job.outcome = text_or_empty(tx, job->outcome);
	m->job.reason = text_or_empty(tx, job->reason);
	m->job.before = text_or_empty(tx, job->before);
	m->job.after = text_or_empty(tx, job->after);
	m->job.folder = text_or_empty(tx, job->folder);
	m->job.fault = text_or_empty(tx, job->fault);
	m->memory = tx_text(tx, memory ? memory : "{}");
	return m;
}

void tx_run_create(struct tx *tx, const struct store_run_row *run, const struct store_job_row *job,
		   int count)
{
	struct store_run_row *r = tx_copy(tx, run, sizeof(*run));

	r->name = tx_text(tx, run->name);
	r->installer = text_or_empty(tx, run->installer);
	r->sha256 = text_or_empty(tx, run->sha256);
	r->target = text_or_empty(tx, run->target);
	r->options = tx_text(tx, run->options ? run->options : "{}");
	r->state = tx_text(tx, run->state ? run->state : run_state_name(RUN_STATE_RUNNING));
	r->actor = tx_text(tx, run->actor ? run->actor : store_actor());
	r->note = text_or_empty(tx, run->note);
	tx_add(tx, write_run_create, r);
	for (int i = 0; i < count; i++) {
		struct job_move *m = copy_job(tx, &job[i]);

		m->job.run = run->id;
		tx_add(tx, write_job_create, m);
	}
}

/* Why a compare-and-set wrote nothing: what it is called now, and of whom. */
static int not_moved(struct writer *w, enum sql which, int64_t id, const char *what,
		     struct err *err)
{
	struct rows *rows = db_query(w->db, which, VALUES(INT(id)), err);
	int r = rows ? db_next(rows, err) : -1;

	if (r == 0)
		return err_set(err, ERR_NOT_FOUND, "there is no such %s", what);
	if (r < 0)
		return -1;
	err_set(err, ERR_MOVED,
		"the %s '%s' is not as it was seen, but '%s': somebody else moved it", what,
		db_text(rows, 1), db_text(rows, 0));
	db_done(rows);
	return -1;
}

static int write_run_state(struct writer *w, const void *what, struct err *err)
{
	const struct line *l = what;
	bool runs = strcmp(l->a, run_state_name(RUN_STATE_RUNNING)) == 0;
	int moved = db_run(w->db, SQL_RUN_STATE,
			   VALUES(INT(l->id), TEXT(l->a), INT(l->utc_ms),
				  INT(runs ? w->process : 0), INT(l->number)),
			   err);

	return moved > 0 ? 0 : moved < 0 ? -1 : not_moved(w, SQL_RUN_NOW, l->id, "run", err);
}

void tx_run_state(struct tx *tx, const struct store_run_row *run, enum run_state state,
		  int64_t utc_ms)
{
	/* one that runs has no end */
	add_line(tx, write_run_state,
		 &(struct line){ .id = run->id,
				 .number = run->version,
				 .utc_ms = state == RUN_STATE_RUNNING ? 0 : utc_ms,
				 .a = run_state_name(state) });
}

static int write_run_is(struct writer *w, const void *what, struct err *err)
{
	const struct line *l = what;
	struct rows *rows = db_query(w->db, SQL_RUN_NOW, VALUES(INT(l->id)), err);
	int r = rows ? db_next(rows, err) : -1;
	bool same = r == 1 && strcmp(db_text(rows, 0), l->a) == 0;

	if (r == 1)
		db_done(rows);
	return same ? 0 : r < 0 ? -1 : not_moved(w, SQL_RUN_NOW, l->id, "run", err);
}

void tx_run_is(struct tx *tx, const struct store_run_row *run)
{
	add_line(tx, write_run_is, &(struct line){ .id = run->id, .a = run->state });
}

static int write_job_move(struct writer *w, const void *what, struct err *err)
{
	const struct job_move *m = what;
	const struct store_job_row *j = &m->job;
	int moved = db_run(w->db, SQL_JOB_MOVE,
			   VALUES(INT(j->id), INT(j->version), TEXT(j->state), TEXT(j->outcome),
				  TEXT(j->reason), TEXT(j->before), TEXT(j->after), TEXT(j->folder),
				  TEXT(m->memory), INT(j->changed), INT(j->reboot_pending),
				  INT(j->begun_utc_ms), INT(j->ended_utc_ms), TEXT(j->fault)),
			   err);

	if (moved < 0)
		return -1;
	if (moved == 0)
		return not_moved(w, SQL_JOB_STATE, j->id, "job of host", err);
	return db_run(w->db, SQL_JOB_EVENT,
		      VALUES(INT(m->event_id), INT(m->utc_ms), INT(j->id), TEXT(m->event),
			     TEXT(m->text), TEXT(m->actor)),
		      err) < 0 ?
		       -1 :
		       0;
}

void tx_job_move(struct tx *tx, const struct store_job_row *job, const char *event,
		 const char *text, int64_t utc_ms)
{
	struct job_move *m = copy_job(tx, job);

	INSIST(job->id && job->state && event);
	m->event = tx_text(tx, event);
	m->text = text_or_empty(tx, text);
	m->actor = store_actor();
	m->event_id = store_new_id();
	m->utc_ms = utc_ms;
	tx_add(tx, write_job_move, m);
}

static int write_event(struct writer *w, const void *what, struct err *err)
{
	const struct line *l = what;
	int64_t host = 0;

	if (l->host && host_id(w, l->host, &host, err) != 0)
		return -1;
	return db_run(w->db, SQL_EVENT_ADD,
		      VALUES(INT(l->id), INT(l->utc_ms), INT_OR_NULL(host), INT_OR_NULL(l->number),
			     TEXT(l->a), TEXT(l->b), TEXT(l->actor)),
		      err) < 0 ?
		       -1 :
		       0;
}

void tx_event(struct tx *tx, const char *host, int64_t run, const char *kind, const char *text,
	      int64_t utc_ms)
{
	add_line(tx, write_event,
		 &(struct line){ .id = store_new_id(),
				 .number = run,
				 .utc_ms = utc_ms,
				 .host = host,
				 .a = kind,
				 .b = text ? text : "" });
}
