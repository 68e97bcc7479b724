/* rename.c - a host under a new name: its row, and with it all that is kept of it, gets that name.
 * The row that the new name began goes on as the one that is gone, under the old name, so that
 * nothing is lost of the few looks that it had. */
#include <string.h>

#include "base/mem.h"
#include "store/machine.h"
#include "store/tx.h"
#include "store/keep.h"

struct renaming { const char *old, *now; int64_t utc_ms, event[2]; const char *actor; };

struct named { int64_t id; bool gone; struct machine_ids machine; };

/* The machine of a host that is gone is the one that should have answered. */
static int find(struct writer *w, const char *name, struct named *out, struct err *err)
{
	struct rows *rows = db_query(w->db, SQL_HOST_FIND, VALUES(TEXT(name)), err);
	int r = rows ? db_next(rows, err) : -1;

	if (r == 0)
		return err_set(err, ERR_NOT_FOUND, "host '%s' is not in the database", name);
	if (r < 0)
		return -1;
	out->id = db_int(rows, 0);
	out->gone = db_time(rows, 10) != 0;
	machine_read(db_text(rows, out->gone ? 18 : 17), &out->machine);
	db_done(rows);
	return 0;
}

static int not_held(struct writer *w, const char *name, struct err *err)
{
	int64_t id;

	if (lease_none_other(w, name, &id, err) == 0)
		return 0;
	return err->code == ERR_HELD ?
		       err_hint(err, "wait for its run, or see `marshal upgrade release`") :
		       -1;
}

static int may_rename(const struct renaming *n, const struct named *old, const struct named *now,
		      struct err *err)
{
	if (!old->gone) {
		err_set(err, ERR_USAGE, "host '%s' is in the inventory", n->old);
		return err_hint(err, "a host gets the history of one that no inventory names");
	}
	if (now->gone)
		return err_set(err, ERR_USAGE, "host '%s' is not in the inventory", n->now);
	if (machine_compare(&old->machine, &now->machine) == MACHINE_OTHER)
		return err_set(err, ERR_USAGE, "host '%s' is another machine than '%s' was", n->now,
			       n->old);
	return 0;
}

static int tell(struct writer *w, const struct renaming *n, int which, int64_t host,
		struct err *err)
{
	AUTO_FREE char *text = xasprintf(which ? "its history stands under %s now" : "it was %s",
					 which ? n->now : n->old);

	return db_run(w->db, SQL_EVENT_ADD,
		      VALUES(INT(n->event[which]), INT(n->utc_ms), INT(host), INT_OR_NULL(0),
			     TEXT("renamed"), TEXT(text), TEXT(n->actor)),
		      err);
}

static int write_rename(struct writer *w, const void *what, struct err *err)
{
	const struct renaming *n = what;
	struct named old, now;

	if (find(w, n->old, &old, err) != 0 || find(w, n->now, &now, err) != 0 ||
	    may_rename(n, &old, &now, err) != 0 || not_held(w, n->old, err) != 0 ||
	    not_held(w, n->now, err) != 0)
		return -1;
	/* no name is there twice, and none is empty: that one is free */
	if (db_run(w->db, SQL_HOST_TAKES, VALUES(INT(old.id), INT(now.id)), err) < 0 ||
	    db_run(w->db, SQL_HOST_LEFT, VALUES(INT(now.id), INT(n->utc_ms)), err) < 0 ||
	    db_run(w->db, SQL_HOST_NAME, VALUES(INT(now.id), TEXT("")), err) < 0 ||
	    db_run(w->db, SQL_HOST_NAME, VALUES(INT(old.id), TEXT(n->now)), err) < 0 ||
	    db_run(w->db, SQL_HOST_NAME, VALUES(INT(now.id), TEXT(n->old)), err) < 0 ||
	    tell(w, n, 0, old.id, err) < 0 || tell(w, n, 1, now.id, err) < 0)
		return -1;
	return keep_words(w, n->utc_ms, err);
}

void tx_rename(struct tx *tx, const char *old, const char *now, int64_t utc_ms)
{
	struct renaming *n = tx_alloc(tx, sizeof(*n));

	*n = (struct renaming){ tx_text(tx, old),
				tx_text(tx, now),
				utc_ms,
				{ store_new_id(), store_new_id() },
				store_actor() };
	tx_add(tx, write_rename, n);
}
