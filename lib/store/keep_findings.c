/* keep_findings.c - the verdicts of a judgement: a row when the verdict changed. While it stays,
 * its evidence is kept up to date in place, and the day of its reason. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "store/keep.h"

struct change {
	int64_t name;
	enum { CHANGE_NONE, CHANGE_NEW, CHANGE_VERDICT, CHANGE_EVIDENCE } what;
};

/* Stored checks that the judgement does not name. */
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

static int compare(struct writer *w, int64_t host, const struct judged *j, struct change *change,
		   struct left_over *left, struct err *err)
{
	struct rows *rows = db_query(w->db, SQL_FINDINGS_NOW, VALUES(INT(host)), err);
	int r;

	if (!rows)
		return -1;
	while ((r = db_next(rows, err)) == 1) {
		struct change *c = find_change(change, j->count, db_int(rows, 0));
		const struct store_finding *f = c ? &j->finding[c - change] : NULL;

		if (!c) {
			MEM_GROW(left->name, left->count, left->cap);
			left->name[left->count++] = db_int(rows, 0);
		} else if (strcmp(f->verdict, db_text(rows, 1)) != 0) {
			c->what = CHANGE_VERDICT;
		} else {
			c->what = strcmp(f->evidence, db_text(rows, 2)) == 0 &&
						  text_same(f->severity, db_text_or_null(rows, 3)) ?
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
			      VALUES(INT(host), INT(c->name), TEXT(f->evidence), TEXT(f->severity),
				     INT(f->new_reason ? utc_ms : 0)),
			      err);
	if (c->what == CHANGE_VERDICT &&
	    db_run(w->db, SQL_FINDING_PAST, VALUES(INT(host), INT(c->name), INT(utc_ms)), err) < 0)
		return -1;
	return db_run(w->db, SQL_FINDING_PUT,
		      VALUES(INT(host), INT(c->name), INT(utc_ms), TEXT(f->verdict),
			     TEXT(f->evidence), TEXT(f->severity)),
		      err);
}

/* A judgement is whole: a check it does not name does not exist any more. */
static int drop_findings(struct writer *w, int64_t host, const struct left_over *left,
			 int64_t utc_ms, struct err *err)
{
	for (int i = 0; i < left->count; i++) {
		if (db_run(w->db, SQL_FINDING_PAST,
			   VALUES(INT(host), INT(left->name[i]), INT(utc_ms)), err) < 0 ||
		    db_run(w->db, SQL_FINDING_DROP, VALUES(INT(host), INT(left->name[i])), err) < 0)
			return -1;
	}
	return 0;
}

int keep_findings(struct writer *w, const struct before *b, const struct judged *j, struct err *err)
{
	AUTO_FREE struct change *change = xcalloc((size_t)j->count + 1, sizeof(*change));
	struct left_over left = { 0 };
	int r = 0;

	for (int i = 0; i < j->count && r == 0; i++) {
		change[i].what = CHANGE_NEW;
		r = word_id(w, j->finding[i].check, &change[i].name, err);
	}
	if (r == 0)
		r = compare(w, b->id, j, change, &left, err);
	for (int i = 0; i < j->count && r == 0; i++) {
		if (change[i].what != CHANGE_NONE &&
		    write_finding(w, b->id, &j->finding[i], &change[i], b->kept_utc_ms, err) < 0)
			r = -1;
	}
	if (r == 0)
		r = drop_findings(w, b->id, &left, b->kept_utc_ms, err);
	free(left.name);
	return r;
}
