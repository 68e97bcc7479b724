/* plans.c - see plans.h. */
#include "store/plans.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/mem.h"
#include "store/store_inside.h"
#include "store/tx.h"

struct plan {
	int64_t run, expires_utc_ms, utc_ms, began;
	const char *name, *hash, *policy, *actor;
};

static int name_is_free(struct writer *w, const char *name, struct err *err)
{
	struct rows *rows = db_query(w->db, SQL_PLAN_NAMED, VALUES(TEXT(name)), err);
	int r = rows ? db_next(rows, err) : -1;

	if (r != 1)
		return r;
	db_done(rows);
	err_set(err, ERR_USAGE, "there is a plan '%s' already", name);
	return err_hint(err, "name it otherwise, or drop that one: marshal upgrade drop PLAN");
}

static int write_create(struct writer *w, const void *what, struct err *err)
{
	const struct plan *p = what;

	if (name_is_free(w, p->name, err) != 0)
		return -1;
	return db_run(w->db, SQL_PLAN_ADD,
		      VALUES(INT(p->run), TEXT(p->name), TEXT(p->hash), TEXT(p->policy),
			     INT(p->expires_utc_ms)),
		      err) < 0 ?
		       -1 :
		       0;
}

void tx_plan_create(struct tx *tx, const struct store_run_row *run, const struct store_job_row *job,
		    int count, const struct store_plan_row *plan, int64_t utc_ms)
{
	struct plan *p = tx_alloc(tx, sizeof(*p));

	*p = (struct plan){ .run = run->id,
			    .expires_utc_ms = plan->expires_utc_ms,
			    .name = tx_text(tx, plan->name),
			    .hash = tx_text(tx, plan->hash),
			    .policy = tx_text(tx, plan->policy) };
	tx_run_create(tx, run, job, count);
	tx_add(tx, write_create, p);
	tx_event(tx, NULL, run->id, "run", run_state_name(RUN_STATE_PLANNED), utc_ms);
}

static int write_approve(struct writer *w, const void *what, struct err *err)
{
	const struct plan *p = what;

	return db_run(w->db, SQL_PLAN_APPROVE,
		      VALUES(INT(p->run), TEXT(p->hash), TEXT(p->actor), INT(p->utc_ms)), err) < 0 ?
		       -1 :
		       0;
}

void tx_plan_approve(struct tx *tx, const struct store_run_row *run, const char *hash,
		     int64_t utc_ms)
{
	struct plan *p = tx_alloc(tx, sizeof(*p));
	AUTO_FREE char *text = xasprintf("approved: %s", hash);

	*p = (struct plan){
		.run = run->id, .utc_ms = utc_ms, .hash = tx_text(tx, hash), .actor = store_actor()
	};
	tx_run_state(tx, run, RUN_STATE_APPROVED, 0);
	tx_add(tx, write_approve, p);
	tx_event(tx, NULL, run->id, "run", text, utc_ms);
}

static int write_drop(struct writer *w, const void *what, struct err *err)
{
	const struct plan *p = what;

	return db_run(w->db, SQL_PLAN_NAME, VALUES(INT(p->run), TEXT(p->name)), err) < 0 ? -1 : 0;
}

void tx_plan_drop(struct tx *tx, const struct store_run_row *run, int64_t utc_ms)
{
	struct plan *p = tx_alloc(tx, sizeof(*p));

	*p = (struct plan){ .run = run->id, .name = tx_text(tx, run->name) };
	tx_run_state(tx, run, RUN_STATE_DROPPED, utc_ms);
	tx_add(tx, write_drop, p);
	tx_event(tx, NULL, run->id, "run", run_state_name(RUN_STATE_DROPPED), utc_ms);
}

static int write_start(struct writer *w, const void *what, struct err *err)
{
	const struct plan *p = what;

	return db_run(w->db, SQL_RUN_BEGAN, VALUES(INT(p->run), INT(p->utc_ms), INT(p->began)),
		      err) < 0 ?
		       -1 :
		       0;
}

void tx_plan_start(struct tx *tx, const struct store_run_row *run, int64_t utc_ms)
{
	struct plan *p = tx_alloc(tx, sizeof(*p));

	*p = (struct plan){ .run = run->id, .utc_ms = utc_ms, .began = store_new_id() };
	tx_run_state(tx, run, RUN_STATE_RUNNING, utc_ms);
	tx_add(tx, write_start, p);
	tx_event(tx, NULL, run->id, "run", "begun", utc_ms);
}

/* --- reading ---------------------------------------------------------------------------------- */

static int no_such_plan(struct db *db, const char *name, struct err *err)
{
	enum { NAMED = 8, ROOM = 300 };
	struct rows *rows = db_query(db, SQL_PLAN_NAMES, VALUES(INT(NAMED)), err);
	struct buf names;
	int r = rows ? 0 : -1;

	buf_init(&names, ROOM);
	while (rows && (r = db_next(rows, err)) == 1) {
		/* What has no room is left out: the newest stand first. */
		if (buf_addf(&names, "%s%s", *buf_text(&names) ? ", " : "", db_text(rows, 0)) != 0)
			continue;
	}
	if (r == 0 && *buf_text(&names))
		err_set(err, ERR_NOT_FOUND, "there is no plan '%s'; the newest are %s", name,
			buf_text(&names));
	else if (r == 0)
		err_set(err, ERR_NOT_FOUND, "there is no plan that waits");
	if (r == 0)
		err_hint(err, "`marshal upgrade plan` makes one");
	buf_release(&names);
	return -1;
}

int store_plan_find(struct store *s, const char *name, struct store_plan_row *out,
		    struct store_run_row *out_run, struct err *err)
{
	struct db *db = store_reader(s, err);
	struct rows *rows = db ? db_query(db, SQL_PLAN_NAMED, VALUES(TEXT(name)), err) : NULL;
	int r = rows ? db_next(rows, err) : -1;
	AUTO_FREE char *run = NULL;

	if (r == 1) {
		*out = (struct store_plan_row){
			.run = db_int(rows, 0),
			.name = xstrdup(db_text(rows, 1)),
			.hash = xstrdup(db_text(rows, 2)),
			.policy = xstrdup(db_text(rows, 3)),
			.expires_utc_ms = db_time(rows, 4),
			.approved_hash = xstrdup(db_text(rows, 5)),
			.approved_by = xstrdup(db_text(rows, 6)),
			.approved_utc_ms = db_time(rows, 7),
		};
		run = xstrdup(db_text(rows, 8));
		db_done(rows);
	} else if (r == 0) {
		no_such_plan(db, name, err);
	}
	store_reader_back(s, db);
	if (r != 1)
		return -1;
	if (store_run_find(s, run, out_run, err) == 0)
		return 0;
	store_plan_release(out);
	return -1;
}

void store_plan_release(struct store_plan_row *plan)
{
	free(plan->name);
	free(plan->hash);
	free(plan->policy);
	free(plan->approved_hash);
	free(plan->approved_by);
	*plan = (struct store_plan_row){ 0 };
}
