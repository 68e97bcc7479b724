/* keep_facts.c - facts and readings of a look. A fact is a row when its value changed; its numbers
 * that change at every look, and what collecting it took, are one text a host, the newest alone. */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "store/keep.h"

/* What the look says about one fact. */
struct change {
	int64_t name;
	enum { CHANGE_NONE, CHANGE_NEW, CHANGE_VALUE, CHANGE_CONFIRM } what;
};

/* Stored facts that the look was to answer and did not. */
struct left_over {
	struct left { int64_t name; enum depth depth; } *item;
	int count, cap;
};

static bool answers_depth(const struct store_look *look, enum depth depth)
{
	for (int i = 0; i < look->fact_count; i++) {
		if (look->fact[i].depth == depth)
			return true;
	}
	return false;
}

static enum depth depth_of(int64_t stored)
{
	return stored >= 0 && stored < DEPTHS ? (enum depth)stored : DEPTH_FAST;
}

static struct change *find_change(struct change *change, int count, int64_t name)
{
	for (int i = 0; i < count; i++) {
		if (change[i].name == name)
			return &change[i];
	}
	return NULL;
}

static int compare(struct writer *w, int64_t host, const struct store_look *look,
		   struct change *change, struct left_over *left, struct err *err)
{
	struct rows *rows = db_query(w->db, SQL_FACTS_NOW, VALUES(INT(host)), err);
	int r;

	if (!rows)
		return -1;
	while ((r = db_next(rows, err)) == 1) {
		struct change *c = find_change(change, look->fact_count, db_int(rows, 0));
		enum depth depth = depth_of(db_int(rows, 1));
		bool own_time = db_text_or_null(rows, 2) != NULL;

		if (c) {
			const struct store_fact *f = &look->fact[c - change];
			bool equal = text_same(f->value, db_text_or_null(rows, 3)) &&
				     text_same(f->error, db_text_or_null(rows, 4)) &&
				     text_same(f->error_kind, db_text_or_null(rows, 5));

			c->what = !equal			? CHANGE_VALUE :
				  own_time || f->depth != depth ? CHANGE_CONFIRM :
								  CHANGE_NONE;
		} else if (!own_time && answers_depth(look, depth)) {
			MEM_GROW(left->item, left->count, left->cap);
			left->item[left->count++] = (struct left){ db_int(rows, 0), depth };
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
			      VALUES(INT(host), INT(c->name), INT_OR_NULL(0), INT(f->depth)), err);
	if (c->what == CHANGE_VALUE &&
	    db_run(w->db, SQL_FACT_PAST, VALUES(INT(host), INT(c->name), INT(utc_ms)), err) < 0)
		return -1;
	return db_run(w->db, SQL_FACT_PUT,
		      VALUES(INT(host), INT(c->name), INT(f->depth), INT(utc_ms), TEXT(f->value),
			     TEXT(f->value ? NULL : f->error),
			     TEXT(f->value ? NULL : f->error_kind)),
		      err);
}

/* What the host's times say of a fact that was not answered is not true any more from here on. */
static int give_own_times(struct writer *w, const struct before *b, const struct left_over *left,
			  struct err *err)
{
	for (int i = 0; i < left->count; i++) {
		const struct left *l = &left->item[i];

		if (db_run(w->db, SQL_FACT_CONFIRM,
			   VALUES(INT(b->id), INT(l->name), INT(b->facts_utc_ms[l->depth]),
				  INT(l->depth)),
			   err) < 0)
			return -1;
	}
	return 0;
}

int keep_facts(struct writer *w, const struct before *b, const struct store_look *look,
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
		r = compare(w, b->id, look, change, &left, err);
	for (int i = 0; i < look->fact_count && r == 0; i++) {
		if (change[i].what != CHANGE_NONE &&
		    write_fact(w, b->id, &look->fact[i], &change[i], b->kept_utc_ms, err) < 0)
			r = -1;
	}
	if (r == 0)
		r = give_own_times(w, b, &left, err);
	free(left.item);
	return r;
}

/* An empty object for a host without readings. NULL when the text is damaged. */
static json_t *stored_readings(struct writer *w, const struct before *b, struct err *err)
{
	struct rows *rows = db_query(w->db, SQL_READING_GET, VALUES(INT(b->id)), err);
	int r = rows ? db_next(rows, err) : -1;
	json_t *readings;

	if (r < 0)
		return NULL;
	if (r == 0)
		return json_object();
	readings = json_parse_trusted(db_text(rows, 0), strlen(db_text(rows, 0)), err);
	db_done(rows);
	if (!json_is_object(readings)) {
		json_decref(readings);
		err_set(err, ERR_STORE,
			"the readings of a host are no JSON: the database is damaged");
		err_hint(err, STORE_DAMAGED);
		return NULL;
	}
	return readings;
}

static void add_reading(json_t *readings, const struct store_reading *r)
{
	json_t *part = json_object_get(readings, r->fact), *numbers;

	if (!part)
		return;
	numbers = json_array_get(part, READING_NUMBERS);
	if (!numbers) {
		numbers = json_object();
		json_array_append_new(part, numbers);
	}
	json_object_set_new(numbers, r->name, json_integer(r->value));
}

int keep_readings(struct writer *w, const struct before *b, const struct store_look *look,
		  struct err *err)
{
	AUTO_JSON json_t *readings = stored_readings(w, b, err);
	AUTO_FREE char *text = NULL;

	if (!readings)
		return -1;
	/* An answered fact has the readings of this look alone. */
	for (int i = 0; i < look->fact_count; i++)
		json_object_set_new(readings, look->fact[i].name,
				    json_pack("[i]", look->fact[i].ms));
	for (int i = 0; i < look->reading_count; i++)
		add_reading(readings, &look->reading[i]);
	text = json_canonical(readings);
	return db_run(w->db, SQL_READING_PUT, VALUES(INT(b->id), TEXT(text)), err) < 0 ? -1 : 0;
}
