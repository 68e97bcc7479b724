/* look.c - what a look writes. The common case is a host where nothing changed: then it writes the
 * host's row, the look and its readings, and only reads the rest. */
#include <stdlib.h>
#include <string.h>

#include "store/tx.h"

/* The host as it was before this look. */
struct before {
	int64_t id, seen_utc_ms, tried_utc_ms, facts_utc_ms;
	char *fault, *fault_text, *status, *version;
	char *mars, *shown;
	bool skip;
	int64_t gone_utc_ms;
};

struct judged {
	const char *host;
	const struct store_finding *finding;
	int count;
	const char *status;
	int64_t utc_ms;
};

static void before_release(struct before *b)
{
	free(b->fault);
	free(b->fault_text);
	free(b->status);
	free(b->version);
	free(b->mars);
	free(b->shown);
}

static int before_read(struct writer *w, const char *host, struct before *out, struct err *err)
{
	struct rows *rows = db_query(w->db, SQL_HOST_FIND, VALUES(TEXT(host)), err);
	int r = rows ? db_next(rows, err) : -1;

	if (r == 0)
		return err_set(err, ERR_NOT_FOUND, "host '%s' is not in the database", host);
	if (r < 0)
		return -1;
	out->id = db_int(rows, 0);
	out->seen_utc_ms = db_int(rows, 1);
	out->tried_utc_ms = db_int(rows, 2);
	out->facts_utc_ms = db_int(rows, 3);
	out->fault = xstrdup(db_text(rows, 4));
	out->fault_text = xstrdup(db_text(rows, 5));
	out->status = xstrdup(db_text(rows, 6));
	out->version = xstrdup(db_text_or_null(rows, 7));
	out->mars = xstrdup(db_text(rows, 8));
	out->skip = db_int(rows, 9) != 0;
	out->gone_utc_ms = db_int(rows, 10);
	out->shown = xstrdup(db_text(rows, 11));
	db_done(rows);
	return 0;
}

static int write_shown(struct writer *w, const struct before *b, const char *status, int64_t utc_ms,
		       struct err *err)
{
	return shown_write(
		w, &(struct shown){ b->id, b->gone_utc_ms, status, b->mars, b->skip, b->shown },
		utc_ms, err);
}

static bool same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

/* What the look says about one stored name. */
struct change {
	int64_t name;
	enum { CHANGE_NONE, CHANGE_NEW, CHANGE_VALUE, CHANGE_CONFIRM, CHANGE_EVIDENCE } what;
};

/* A stored row that the look does not mention. */
struct left_over {
	int64_t *name;
	int count, cap;
};

static struct change *find_change(struct change *change, int count, int64_t name)
{
	for (int i = 0; i < count; i++) {
		if (change[i].name == name)
			return &change[i];
	}
	return NULL;
}

static int compare_facts(struct writer *w, int64_t host, const struct store_look *look,
			 struct change *change, struct left_over *left, struct err *err)
{
	struct rows *rows = db_query(w->db, SQL_FACTS_NOW, VALUES(INT(host)), err);
	int r;

	if (!rows)
		return -1;
	while ((r = db_next(rows, err)) == 1) {
		struct change *c = find_change(change, look->fact_count, db_int(rows, 0));
		bool own_time = db_text_or_null(rows, 1) != NULL;

		if (c) {
			const struct store_fact *f = &look->fact[c - change];
			bool equal = same(f->value, db_text_or_null(rows, 2)) &&
				     same(f->error, db_text_or_null(rows, 3)) &&
				     same(f->error_kind, db_text_or_null(rows, 4));

			c->what = !equal ? CHANGE_VALUE : own_time ? CHANGE_CONFIRM : CHANGE_NONE;
		} else if (!own_time) {
			MEM_GROW(left->name, left->count, left->cap);
			left->name[left->count++] = db_int(rows, 0);
		}
	}
	return r;
}

static int write_fact(struct writer *w, int64_t host, const struct store_fact *f,
		      const struct change *c, int64_t utc_ms, struct err *err)
{
	/* Confirmed by the host's newest look again: no time of its own any more. */
	if (c->what == CHANGE_CONFIRM)
		return db_run(w->db, SQL_FACT_CONFIRM,
			      VALUES(INT(host), INT(c->name), INT_OR_NULL(0)), err);
	if (c->what == CHANGE_VALUE &&
	    db_run(w->db, SQL_FACT_CLOSE, VALUES(INT(host), INT(c->name), INT(utc_ms)), err) < 0)
		return -1;
	return db_run(w->db, SQL_FACT_ADD,
		      VALUES(INT(host), INT(c->name), INT(utc_ms), TEXT(f->value),
			     TEXT(f->value ? NULL : f->error),
			     TEXT(f->value ? NULL : f->error_kind), INT(f->ms)),
		      err);
}

static int write_facts(struct writer *w, const struct before *b, const struct store_look *look,
		       struct err *err)
{
	AUTO_FREE struct change *change = xcalloc((size_t)look->fact_count + 1, sizeof(*change));
	struct left_over left = { 0 };
	int r = 0;

	for (int i = 0; i < look->fact_count && r == 0; i++) {
		change[i].what = CHANGE_NEW;
		r = word_id(w, look->fact[i].name, &change[i].name, err);
	}
	if (r == 0)
		r = compare_facts(w, b->id, look, change, &left, err);
	for (int i = 0; i < look->fact_count && r == 0; i++) {
		if (change[i].what != CHANGE_NONE &&
		    write_fact(w, b->id, &look->fact[i], &change[i], look->utc_ms, err) < 0)
			r = -1;
	}
	/* Not asked or not answered this time: they keep the time of the look before. */
	for (int i = 0; i < left.count && r == 0; i++) {
		if (db_run(w->db, SQL_FACT_CONFIRM,
			   VALUES(INT(b->id), INT(left.name[i]), INT(b->facts_utc_ms)), err) < 0)
			r = -1;
	}
	free(left.name);
	return r;
}

static int write_readings(struct writer *w, int64_t host, const struct store_look *look,
			  struct err *err)
{
	for (int i = 0; i < look->reading_count; i++) {
		const struct store_reading *r = &look->reading[i];
		int64_t fact, name;

		if (word_id(w, r->fact, &fact, err) != 0 || word_id(w, r->name, &name, err) != 0 ||
		    db_run(w->db, SQL_READING_ADD,
			   VALUES(INT(host), INT(look->utc_ms), INT(fact), INT(name),
				  INT(r->value)),
			   err) < 0)
			return -1;
	}
	return 0;
}

static int compare_findings(struct writer *w, int64_t host, const struct judged *j,
			    struct change *change, struct left_over *left, struct err *err)
{
	struct rows *rows = db_query(w->db, SQL_FINDINGS_NOW, VALUES(INT(host)), err);
	int r;

	if (!rows)
		return -1;
	while ((r = db_next(rows, err)) == 1) {
		struct change *c = find_change(change, j->count, db_int(rows, 0));

		if (!c) {
			MEM_GROW(left->name, left->count, left->cap);
			left->name[left->count++] = db_int(rows, 0);
		} else if (!same(j->finding[c - change].verdict, db_text(rows, 1))) {
			c->what = CHANGE_VALUE;
		} else {
			c->what = same(j->finding[c - change].evidence, db_text(rows, 2)) ?
					  CHANGE_NONE :
					  CHANGE_EVIDENCE;
		}
	}
	return r;
}

static int write_finding(struct writer *w, int64_t host, const struct store_finding *f,
			 const struct change *c, int64_t utc_ms, struct err *err)
{
	if (c->what == CHANGE_EVIDENCE)
		return db_run(w->db, SQL_FINDING_EVIDENCE,
			      VALUES(INT(host), INT(c->name), TEXT(f->evidence)), err);
	if (c->what == CHANGE_VALUE &&
	    db_run(w->db, SQL_FINDING_CLOSE, VALUES(INT(host), INT(c->name), INT(utc_ms)), err) < 0)
		return -1;
	return db_run(
		w->db, SQL_FINDING_ADD,
		VALUES(INT(host), INT(c->name), INT(utc_ms), TEXT(f->verdict), TEXT(f->evidence)),
		err);
}

static int write_findings(struct writer *w, int64_t host, const struct judged *j, struct err *err)
{
	AUTO_FREE struct change *change = xcalloc((size_t)j->count + 1, sizeof(*change));
	struct left_over left = { 0 };
	int r = 0;

	for (int i = 0; i < j->count && r == 0; i++) {
		change[i].what = CHANGE_NEW;
		r = word_id(w, j->finding[i].check, &change[i].name, err);
	}
	if (r == 0)
		r = compare_findings(w, host, j, change, &left, err);
	for (int i = 0; i < j->count && r == 0; i++) {
		if (change[i].what != CHANGE_NONE &&
		    write_finding(w, host, &j->finding[i], &change[i], j->utc_ms, err) < 0)
			r = -1;
	}
	/* A judgement is whole: a check it does not name does not exist any more. */
	for (int i = 0; i < left.count && r == 0; i++) {
		if (db_run(w->db, SQL_FINDING_CLOSE,
			   VALUES(INT(host), INT(left.name[i]), INT(j->utc_ms)), err) < 0)
			r = -1;
	}
	free(left.name);
	return r;
}

static int write_host(struct writer *w, const struct before *b, const struct store_look *look,
		      struct err *err)
{
	/* A file collected by hand may be older than last night's failed try, which then still
	 * counts. */
	bool newest = strcmp(look->source, "import") != 0 || look->utc_ms >= b->tried_utc_ms;
	bool whole = !look->fault;

	if (look->version && !same(look->version, b->version) &&
	    db_run(w->db, SQL_AGENT_VERSION_ADD,
		   VALUES(INT(b->id), INT(look->utc_ms), TEXT(look->version), TEXT(look->source)),
		   err) < 0)
		return -1;
	return db_run(w->db, SQL_HOST_LOOKED,
		      VALUES(INT(b->id), INT(whole ? look->utc_ms : b->seen_utc_ms),
			     INT(newest ? look->utc_ms : b->tried_utc_ms),
			     INT(look->fact_count ? look->utc_ms : b->facts_utc_ms),
			     TEXT(!newest ? b->fault :
				  whole	  ? "" :
					    look->fault),
			     TEXT(!newest ? b->fault_text :
				  whole	  ? "" :
					    look->fault_text),
			     TEXT(look->status ? look->status : b->status),
			     TEXT(look->version ? look->version : b->version)),
		      err);
}

static int write_look(struct writer *w, int64_t host, const struct store_look *look,
		      struct err *err)
{
	const char *fault = look->fault ? look->fault : "";

	if (db_run(w->db, SQL_LOOK_ADD,
		   VALUES(INT(host), INT(look->utc_ms), INT_OR_NULL(look->scan), TEXT(look->source),
			  INT(look->took_ms), TEXT(fault)),
		   err) < 0)
		return -1;
	if (!look->scan)
		return 0;
	return db_run(w->db, SQL_SCAN_COUNT,
		      VALUES(INT(look->scan), INT(!look->fault), INT(!!look->fault)), err);
}

static int look_parts(struct writer *w, const struct before *b, const struct store_look *look,
		      struct err *err)
{
	struct judged judged = { look->host, look->finding, look->finding_count, look->status,
				 look->utc_ms };

	if (strcmp(look->source, "import") == 0 && look->utc_ms < b->facts_utc_ms) {
		err_set(err, ERR_USAGE, "host '%s': newer facts are stored already", look->host);
		return err_hint(err, "nothing is to be done, or collect them on the host again");
	}
	if (look->fact_count && write_facts(w, b, look, err) != 0)
		return -1;
	if (write_readings(w, b->id, look, err) != 0)
		return -1;
	if (look->status && write_findings(w, b->id, &judged, err) != 0)
		return -1;
	if (write_host(w, b, look, err) < 0 || write_look(w, b->id, look, err) < 0)
		return -1;
	return write_shown(w, b, look->status ? look->status : b->status, look->utc_ms, err);
}

static int run_look(struct writer *w, const void *what, struct err *err)
{
	const struct store_look *look = what;
	struct before b = { 0 };
	int r = before_read(w, look->host, &b, err);

	if (r == 0)
		r = look_parts(w, &b, look, err);
	before_release(&b);
	return r;
}

static const struct store_finding *copy_findings(struct tx *tx, const struct store_finding *finding,
						 int count)
{
	struct store_finding *copy = tx_copy(tx, finding, (size_t)count * sizeof(*finding));

	for (int i = 0; i < count; i++) {
		copy[i].check = tx_text(tx, finding[i].check);
		copy[i].verdict = tx_text(tx, finding[i].verdict);
		copy[i].evidence = tx_text(tx, finding[i].evidence ? finding[i].evidence : "");
	}
	return copy;
}

static const struct store_fact *copy_facts(struct tx *tx, const struct store_fact *fact, int count)
{
	struct store_fact *copy = tx_copy(tx, fact, (size_t)count * sizeof(*fact));

	for (int i = 0; i < count; i++) {
		copy[i].name = tx_text(tx, fact[i].name);
		copy[i].value = tx_text(tx, fact[i].value);
		copy[i].error = fact[i].value ? NULL : tx_text(tx, fact[i].error);
		copy[i].error_kind = fact[i].value ? NULL : tx_text(tx, fact[i].error_kind);
	}
	return copy;
}

static const struct store_reading *copy_readings(struct tx *tx, const struct store_reading *reading,
						 int count)
{
	struct store_reading *copy = tx_copy(tx, reading, (size_t)count * sizeof(*reading));

	for (int i = 0; i < count; i++) {
		copy[i].fact = tx_text(tx, reading[i].fact);
		copy[i].name = tx_text(tx, reading[i].name);
	}
	return copy;
}

void tx_look(struct tx *tx, const struct store_look *look)
{
	struct store_look *copy = tx_copy(tx, look, sizeof(*look));

	copy->host = tx_text(tx, look->host);
	copy->source = tx_text(tx, look->source);
	copy->fault = tx_text(tx, look->fault);
	copy->fault_text = tx_text(tx, look->fault_text ? look->fault_text : "");
	copy->fact = copy_facts(tx, look->fact, look->fact_count);
	copy->reading = copy_readings(tx, look->reading, look->reading_count);
	copy->finding = copy_findings(tx, look->finding, look->finding_count);
	copy->status = tx_text(tx, look->status);
	copy->version = tx_text(tx, look->version);
	tx_add(tx, run_look, copy);
}

static int run_judged(struct writer *w, const void *what, struct err *err)
{
	const struct judged *j = what;
	struct before b = { 0 };
	int r = before_read(w, j->host, &b, err);

	if (r == 0)
		r = write_findings(w, b.id, j, err);
	if (r == 0 && db_run(w->db, SQL_HOST_JUDGED, VALUES(INT(b.id), TEXT(j->status)), err) < 0)
		r = -1;
	if (r == 0)
		r = write_shown(w, &b, j->status, j->utc_ms, err);
	before_release(&b);
	return r;
}

void tx_judged(struct tx *tx, const char *host, const struct store_finding *finding, int count,
	       const char *status, int64_t utc_ms)
{
	struct judged *j = tx_alloc(tx, sizeof(*j));

	*j = (struct judged){ tx_text(tx, host), copy_findings(tx, finding, count), count,
			      tx_text(tx, status), utc_ms };
	tx_add(tx, run_judged, j);
}
