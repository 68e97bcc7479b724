/* upkeep.c - what is in the database, and taking out what only repeats. A host at a time is laid
 * out: when it was looked at, and when anything of it changed; what lies between goes. */
#include "store/upkeep.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "store/engine/db_whole.h"
#include "store/store_inside.h"
#include "store/tx.h"

enum {
	HOSTS_AT_ONCE = 20,     /* a transaction: some ten milliseconds */
	LOOK_BYTES = 55,        /* a row with its place in the index */
	FACT_BYTES = 60,        /* the same without its value */
};

int store_backup(const char *path, const char *to, bool replace, const struct upkeep_watch *watch,
		 int64_t *out_bytes, struct err *err)
{
	struct stat mine, other;
	bool there = stat(to, &other) == 0;

	if (there && stat(path, &mine) == 0 && mine.st_dev == other.st_dev &&
	    mine.st_ino == other.st_ino)
		return err_set(err, ERR_USAGE, "'%s' is the database itself", to);
	if (there && !S_ISREG(other.st_mode))
		return err_set(err, ERR_USAGE, "'%s' is no regular file", to);
	if (there && !replace) {
		err_set(err, ERR_USAGE, "'%s' exists already", to);
		return err_hint(err, "name another file, or replace it with --force");
	}
	return db_copy(path, to, replace, watch, out_bytes, err);
}

int store_check(const char *path, void (*each)(void *ctx, const char *trouble), void *ctx,
		struct err *err)
{
	return db_check(path, each, ctx, err);
}

/* --- info --- */

static int by_rows(const void *a, const void *b)
{
	const struct table_rows *x = a, *y = b;

	if (x->rows != y->rows)
		return x->rows > y->rows ? -1 : 1;
	return strcmp(x->name, y->name);
}

static int read_tables(struct db *db, struct store_info *out, struct err *err)
{
	struct rows *rows = db_query(db, SQL_TABLE_ROWS, NO_VALUES, err);
	int cap = 0, r;

	if (!rows)
		return -1;
	while ((r = db_next(rows, err)) == 1) {
		MEM_GROW(out->table, out->table_count, cap);
		out->table[out->table_count++] =
			(struct table_rows){ xstrdup(db_text(rows, 0)), db_int(rows, 1) };
	}
	if (r == 0)
		qsort(out->table, (size_t)out->table_count, sizeof(*out->table), by_rows);
	return r;
}

static int read_info(struct db *db, struct store_info *out, struct err *err)
{
	struct rows *rows;

	if (db_number(db, SQL_VERSION_NOW, &out->schema, err) != 0 ||
	    read_tables(db, out, err) != 0 ||
	    db_size(db, &out->bytes, &out->free_bytes, &out->log_bytes, err) != 0)
		return -1;
	rows = db_query(db, SQL_LOOK_TIMES, NO_VALUES, err);
	if (!rows || db_next(rows, err) != 1)
		return -1;
	out->oldest_utc_ms = db_time(rows, 0);
	out->newest_utc_ms = db_time(rows, 1);
	db_done(rows);
	return 0;
}

int store_info(struct store *s, struct store_info *out, struct err *err)
{
	struct db *db = store_reader(s, err);
	struct store_info info = { 0 };
	int r = db ? read_info(db, &info, err) : -1;

	store_reader_back(s, db);
	if (r == 0)
		*out = info;
	else
		store_info_release(&info);
	return r;
}

void store_info_release(struct store_info *info)
{
	for (int i = 0; i < info->table_count; i++)
		free(info->table[i].name);
	free(info->table);
	*info = (struct store_info){ 0 };
}

/* --- prune --- */

struct look_time { int64_t host, utc_ms; char *fault; bool by_hand; };
struct fact_time { int64_t host, name, since_utc_ms; };

/* What some hosts have of the past, by host and time. */
struct past {
	struct look_time *look;
	int look_count, look_cap;
	struct change_time { int64_t host, utc_ms; } *change;
	int change_count, change_cap;
	struct fact_time *fact;
	int fact_count, fact_cap;
};

struct range {
	int64_t first, last, before_utc_ms;     /* hosts; moment */
};

static void past_release(struct past *p)
{
	for (int i = 0; i < p->look_count; i++)
		free(p->look[i].fault);
	free(p->look);
	free(p->change);
	free(p->fact);
}

static int read_looks(struct db *db, const struct range *r, struct past *p, struct err *err)
{
	struct rows *rows = db_query(db, SQL_PAST_LOOKS, VALUES(INT(r->first), INT(r->last)), err);
	int more;

	if (!rows)
		return -1;
	while ((more = db_next(rows, err)) == 1) {
		MEM_GROW(p->look, p->look_count, p->look_cap);
		p->look[p->look_count++] =
			(struct look_time){ db_int(rows, 0), db_int(rows, 1),
					    xstrdup(db_text(rows, 2)),
					    strcmp(db_text(rows, 3), "scan") != 0 };
	}
	return more;
}

static void add_change(struct past *p, int64_t host, int64_t utc_ms)
{
	MEM_GROW(p->change, p->change_count, p->change_cap);
	p->change[p->change_count++] = (struct change_time){ host, utc_ms };
}

static int read_changes(struct db *db, const struct range *r, struct past *p, struct err *err)
{
	struct rows *rows =
		db_query(db, SQL_PAST_CHANGES, VALUES(INT(r->first), INT(r->last)), err);
	int more;

	if (!rows)
		return -1;
	while ((more = db_next(rows, err)) == 1)
		add_change(p, db_int(rows, 0), db_int(rows, 1));
	return more;
}

/* Values that were there before and came again later are told apart from those that are the first
 * or the last of their kind: these are changes, the others go. */
static int read_facts(struct db *db, const struct range *r, struct past *p,
		      struct prune_result *out, struct err *err)
{
	struct rows *rows =
		db_query(db, SQL_PAST_FACTS,
			 VALUES(INT(r->first), INT(r->last), INT(r->before_utc_ms)), err);
	int more;

	if (!rows)
		return -1;
	while ((more = db_next(rows, err)) == 1) {
		int64_t host = db_int(rows, 0), since_utc_ms = db_time(rows, 2);
		int64_t nth = db_int(rows, 4), of = db_int(rows, 5);
		bool old = db_time(rows, 3) <= r->before_utc_ms;

		if (!old || nth == 1 || nth == of) {
			out->facts_kept += old;
			add_change(p, host, since_utc_ms);
			continue;
		}
		MEM_GROW(p->fact, p->fact_count, p->fact_cap);
		p->fact[p->fact_count++] =
			(struct fact_time){ host, db_int(rows, 1), since_utc_ms };
		out->bytes += FACT_BYTES + db_int(rows, 6);
	}
	return more;
}

static int by_time(const void *a, const void *b)
{
	const struct change_time *x = a, *y = b;

	if (x->host != y->host)
		return x->host < y->host ? -1 : 1;
	return x->utc_ms < y->utc_ms ? -1 : x->utc_ms > y->utc_ms;
}

static int compare_time(const struct change_time *c, const struct look_time *l)
{
	return by_time(c, &(struct change_time){ l->host, l->utc_ms });
}

/* The first look of something new: of the host, of a fault or its end, of a changed fact. */
static bool begins(const struct past *p, int i, int *change)
{
	const struct look_time *l = &p->look[i], *before = i > 0 ? l - 1 : NULL;

	while (*change < p->change_count && compare_time(&p->change[*change], l) < 0)
		(*change)++;
	if (!before || before->host != l->host || l->by_hand ||
	    strcmp(before->fault, l->fault) != 0)
		return true;
	return *change < p->change_count && compare_time(&p->change[*change], l) == 0;
}

static int drop_looks(struct db *db, const struct range *r, const struct past *p, bool drop,
		      struct prune_result *out, struct err *err)
{
	AUTO_FREE bool *first = xcalloc((size_t)p->look_count + 1, sizeof(*first));
	int change = 0;

	first[p->look_count] = true;    /* the newest of the last host stays */
	for (int i = 0; i < p->look_count; i++)
		first[i] = begins(p, i, &change);
	for (int i = 0; i < p->look_count; i++) {
		const struct look_time *l = &p->look[i];

		if (l->utc_ms >= r->before_utc_ms)
			continue;
		if (first[i] || first[i + 1]) {
			out->looks_kept++;
			continue;
		}
		out->looks++;
		out->bytes += LOOK_BYTES;
		if (drop &&
		    db_run(db, SQL_LOOK_DROP, VALUES(INT(l->host), INT(l->utc_ms)), err) < 0)
			return -1;
	}
	return 0;
}

static int drop_facts(struct db *db, const struct past *p, bool drop, struct prune_result *out,
		      struct err *err)
{
	for (int i = 0; i < p->fact_count; i++) {
		const struct fact_time *f = &p->fact[i];

		out->facts++;
		if (drop &&
		    db_run(db, SQL_PAST_FACT_DROP,
			   VALUES(INT(f->host), INT(f->name), INT(f->since_utc_ms)), err) < 0)
			return -1;
	}
	return 0;
}

static int prune_range(struct db *db, const struct range *r, bool drop, struct prune_result *out,
		       struct err *err)
{
	struct past p = { 0 };
	int rc = read_looks(db, r, &p, err);

	if (rc == 0)
		rc = read_changes(db, r, &p, err);
	if (rc == 0)
		rc = read_facts(db, r, &p, out, err);
	if (rc == 0 && p.change_count)
		qsort(p.change, (size_t)p.change_count, sizeof(*p.change), by_time);
	if (rc == 0)
		rc = drop_looks(db, r, &p, drop, out, err);
	if (rc == 0)
		rc = drop_facts(db, &p, drop, out, err);
	past_release(&p);
	return rc;
}

/* As an operation of a transaction: the result is the caller's, who waits for its end. It may run
 * again where the commit failed, so it adds to what was before. */
struct prune_op {
	struct range range;
	struct prune_result before, *result;
};

static int write_prune(struct writer *w, const void *what, struct err *err)
{
	const struct prune_op *op = what;
	struct prune_result sum = op->before;

	if (prune_range(w->db, &op->range, true, &sum, err) != 0)
		return -1;
	*op->result = sum;
	return 0;
}

static int prune_in_store(struct store *s, const struct range *r, struct prune_result *out,
			  struct err *err)
{
	const struct prune_op op = { *r, *out, out };
	struct tx *tx = tx_new();

	tx_add(tx, write_prune, tx_copy(tx, &op, sizeof(op)));
	if (store_write(s, tx, false, err) != 0)
		return -1;
	db_let_others();
	return 0;
}

static int count_in_store(struct store *s, const struct range *r, struct prune_result *out,
			  struct err *err)
{
	struct db *db = store_reader(s, err);
	int rc = db ? prune_range(db, r, false, out, err) : -1;

	store_reader_back(s, db);
	return rc;
}

static int last_host(struct store *s, int64_t *out, struct err *err)
{
	struct db *db = store_reader(s, err);
	int rc = db ? db_number(db, SQL_HOST_MAX, out, err) : -1;

	store_reader_back(s, db);
	return rc;
}

/* The first host from that id on, 0 for none: ids have gaps. */
static int next_host(struct store *s, int64_t from, int64_t *out, struct err *err)
{
	struct db *db = store_reader(s, err);
	struct rows *rows = db ? db_query(db, SQL_HOST_NEXT, VALUES(INT(from)), err) : NULL;
	int rc = rows && db_next(rows, err) == 1 ? 0 : -1;

	if (rc == 0) {
		*out = db_int(rows, 0);
		db_done(rows);
	}
	store_reader_back(s, db);
	if (rc == 0 && *out != 0)
		rc = db_small_id(*out, HOST_ID_MAX, "host", err);
	return rc;
}

int store_prune(struct store *s, const struct prune_options *o, struct prune_result *out,
		struct err *err)
{
	struct prune_result sum = { 0 };
	int64_t host = 0, last;

	if (last_host(s, &last, err) != 0)
		return -1;
	for (;;) {
		struct range r;

		if (next_host(s, host + 1, &host, err) != 0)
			return -1;
		if (host == 0)
			break;
		r = (struct range){ host, host + HOSTS_AT_ONCE - 1, o->before_utc_ms };
		if ((o->dry_run ? count_in_store(s, &r, &sum, err) :
				  prune_in_store(s, &r, &sum, err)) != 0)
			return -1;
		if (o->watch.go_on && !o->watch.go_on(o->watch.ctx, host, last)) {
			err_set(err, FAULT_CANCELLED,
				"interrupted: some hosts are pruned, others not");
			return err_hint(err, "run the command again, it goes on with the others");
		}
		host = r.last;
	}
	*out = sum;
	return 0;
}

int store_vacuum(struct store *s, struct err *err)
{
	struct db_options options = { .path = store_file(s),
				      .writer = true,
				      .wait_ms = STORE_BUSY_WAIT_MS };
	struct db *db = db_open(&options, err);
	int r = db ? db_vacuum(db, err) : -1;

	db_close(db);
	return r;
}
