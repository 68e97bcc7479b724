/* read_hosts.c - the latest of everything about hosts. A handful of queries for any number of
 * hosts: each is ordered by host id, so that they are laid together like the teeth of a zip. */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/map.h"
#include "base/mem.h"
#include "store/store_inside.h"
#include "store/keep.h"
#include "store/lease.h"

/* A host while it is put together; ids stay in this folder. */
struct place {
	int64_t id, facts_utc_ms;
	struct host_row row;
};

struct places {
	struct place *place; /* by id */
	int count, cap;
	struct arena texts;
	struct names names;
	const char *const *but; /* facts that are not wanted */
	int but_count;
};

enum { HOSTS_AT_ONCE = 500 }; /* with all facts some 25 MB */

static void row_release(struct host_row *r)
{
	json_decref(r->facts);
	json_decref(r->facts_utc);
	json_decref(r->facts_ms);
	free(r->finding);
}

void host_rows_release(struct host_rows *rows)
{
	for (int i = 0; i < rows->count; i++)
		row_release(&rows->row[i]);
	free(rows->row);
	arena_release(&rows->texts);
	*rows = (struct host_rows){ 0 };
}

static void places_release(struct places *p)
{
	for (int i = 0; i < p->count; i++)
		row_release(&p->place[i].row);
	free(p->place);
	arena_release(&p->texts);
}

static char *text(struct places *p, struct rows *rows, int column)
{
	return arena_strdup(&p->texts, db_text(rows, column));
}

static void add_host(struct places *p, struct rows *rows)
{
	struct place *at;

	MEM_GROW(p->place, p->count, p->cap);
	at = &p->place[p->count++];
	*at = (struct place){ .id = db_int(rows, 0), .facts_utc_ms = db_time(rows, 16) };
	at->row = (struct host_row){
		.name = text(p, rows, 1),
		.address = text(p, rows, 2),
		.owner = text(p, rows, 3),
		.site = text(p, rows, 4),
		.vault = text(p, rows, 5),
		.cloud = text(p, rows, 6),
		.mars = text(p, rows, 7),
		.skip = db_int(rows, 8) != 0,
		.gone_utc_ms = db_time(rows, 9),
		.status = text(p, rows, 10),
		.seen_utc_ms = db_time(rows, 11),
		.tried_utc_ms = db_time(rows, 12),
		.fault = text(p, rows, 13),
		.fault_text = text(p, rows, 14),
		.version = text(p, rows, 15),
		.groups = text(p, rows, 17),
		.time_zone = text(p, rows, 18),
		.offline = text(p, rows, 19),
		.first_utc_ms = db_time(rows, 20),
		.deep_utc_ms = db_time(rows, 21),
		.system_utc_ms = db_time(rows, 22),
		.engine_changed_by = text(p, rows, 23),
		.engine_stopped_by = text(p, rows, 24),
		.computer_name = text(p, rows, 25),
		.computer = text(p, rows, 26),
		.machine = text(p, rows, 27),
		.machine_known = text(p, rows, 28),
		.failed_looks = db_int(rows, 29),
		.kind = text(p, rows, 30),
		.not_by_ssh = text(p, rows, 31),
		.fault_hint = text(p, rows, 32),
	};
}

static int check_host(struct rows *rows, struct err *err)
{
	if (db_small_id(db_int(rows, 0), HOST_ID_MAX, "host", err) != 0)
		return -1;
	if (*db_text(rows, 1))
		return 0;
	err_set(err, ERR_STORE, "the database is damaged: host %lld has no name",
		(long long)db_int(rows, 0));
	return err_hint(err, STORE_DAMAGED);
}

/* Of a query for hosts. */
static int read_hosts(struct rows *rows, struct places *p, struct err *err)
{
	int r;

	if (!rows)
		return -1;
	while ((r = db_next(rows, err)) == 1) {
		if (check_host(rows, err) != 0) {
			db_done(rows);
			return -1;
		}
		add_host(p, rows);
	}
	return r;
}

static bool is_wanted(const struct places *p, const char *fact)
{
	for (int i = 0; i < p->but_count; i++) {
		if (strcmp(p->but[i], fact) == 0)
			return false;
	}
	return true;
}

/* The place with that id at or behind *at: rows come in the same order. NULL: a host that was
 * not asked for. */
static struct place *place_of(struct places *p, int64_t id, int *at)
{
	while (*at < p->count && p->place[*at].id < id)
		(*at)++;
	return *at < p->count && p->place[*at].id == id ? &p->place[*at] : NULL;
}

/* Ids of all hosts there are in p, for statements that take a range. */
static int64_t first_id(const struct places *p)
{
	return p->count ? p->place[0].id : 1;
}

static int64_t last_id(const struct places *p)
{
	return p->count ? p->place[p->count - 1].id : 0;
}

static json_t *stored_json(const char *text, const char *host, struct err *err)
{
	json_t *value = json_parse_trusted(text, strlen(text), err);

	if (!value) {
		err_set(err, ERR_STORE,
			"host '%s': a stored fact is no JSON: the database is damaged", host);
		err_hint(err, STORE_DAMAGED);
	}
	return value;
}

static json_t *fact_value(struct rows *rows, const char *host, struct err *err)
{
	const char *value = db_text_or_null(rows, 2);

	if (value)
		return stored_json(value, host, err);
	return json_pack("{s:s, s:s}", "error", db_text(rows, 3), "kind", db_text(rows, 4));
}

static int read_facts(struct db *db, struct places *p, struct err *err)
{
	struct rows *rows = db_query(db, SQL_FACTS, VALUES(INT(first_id(p)), INT(last_id(p))), err);
	int at = 0, r;

	if (!rows)
		return -1;
	for (int i = 0; i < p->count; i++) {
		p->place[i].row.facts = json_object();
		p->place[i].row.facts_utc = json_object();
		p->place[i].row.facts_ms = json_object();
	}
	while ((r = db_next(rows, err)) == 1) {
		struct place *place = place_of(p, db_int(rows, 0), &at);
		const char *name = names_word(&p->names, db_int(rows, 1));
		json_t *value;

		if (!place || !is_wanted(p, name))
			continue;
		value = fact_value(rows, place->row.name, err);
		if (!value) {
			db_done(rows);
			return -1;
		}
		json_object_set_new(place->row.facts, name, value);
		json_object_set_new(place->row.facts_utc, name, json_integer(db_time(rows, 5)));
	}
	return r;
}

/* What collecting each fact took, and its readings into the fact's value. */
static void lay_in(struct host_row *row, const json_t *readings)
{
	const char *name;
	json_t *part;

	json_object_foreach((json_t *)readings, name, part)
	{
		json_t *fact = json_object_get(row->facts, name);
		json_t *numbers = json_array_get(part, READING_NUMBERS);

		if (!fact)
			continue;
		json_object_set(row->facts_ms, name, json_array_get(part, READING_MS));
		if (numbers && json_is_object(fact))
			json_object_update(fact, numbers);
	}
}

static int read_readings(struct db *db, struct places *p, struct err *err)
{
	struct rows *rows =
		db_query(db, SQL_READINGS, VALUES(INT(first_id(p)), INT(last_id(p))), err);
	int at = 0, r;

	if (!rows)
		return -1;
	while ((r = db_next(rows, err)) == 1) {
		struct place *place = place_of(p, db_int(rows, 0), &at);
		AUTO_JSON json_t *readings = NULL;

		if (!place)
			continue;
		readings = stored_json(db_text(rows, 1), place->row.name, err);
		if (!readings) {
			db_done(rows);
			return -1;
		}
		lay_in(&place->row, readings);
	}
	return r;
}

static int read_findings(struct db *db, struct places *p, int want, struct err *err)
{
	struct finding_reader reader = { .names = &p->names, .texts = &p->texts };
	struct rows *rows = db_query(db, finding_query(want, false),
				     VALUES(INT(first_id(p)), INT(last_id(p))), err);
	int at = 0, cap = 0, r;
	struct place *before = NULL;

	if (!rows)
		return -1;
	while ((r = db_next(rows, err)) == 1) {
		struct place *place = place_of(p, db_int(rows, 0), &at);

		if (!place)
			continue;
		if (place != before)
			cap = 0;
		before = place;
		MEM_GROW(place->row.finding, place->row.finding_count, cap);
		place->row.finding[place->row.finding_count++] = finding_read(&reader, rows);
	}
	return r;
}

/* web2 before web10, whatever the locale. */
static int by_name(const void *a, const void *b)
{
	return strverscmp(((const struct host_row *)a)->name, ((const struct host_row *)b)->name);
}

static void hand_over(struct places *p, struct host_rows *out)
{
	out->row = xcalloc((size_t)p->count + 1, sizeof(*out->row));
	out->count = p->count;
	out->texts = p->texts;
	p->texts = (struct arena){ 0 };
	for (int i = 0; i < p->count; i++)
		out->row[i] = p->place[i].row;
	p->count = 0;
	qsort(out->row, (size_t)out->count, sizeof(*out->row), by_name);
}

/* What `want` asks for beside the hosts themselves. */
static int read_parts(struct db *db, int want, struct places *p, struct err *err)
{
	bool findings = want & (ROWS_FINDINGS | ROWS_TROUBLE), facts = want & ROWS_FACTS;

	if ((findings || facts) && names_read(db, &p->names, &p->texts, err) != 0)
		return -1;
	if (facts && (read_facts(db, p, err) != 0 || read_readings(db, p, err) != 0))
		return -1;
	return findings ? read_findings(db, p, want, err) : 0;
}

static int read_all(struct store *s, const char *name, int want, struct places *p,
		    struct host_rows *out, struct err *err)
{
	struct db *db = store_reader(s, err);
	int gone = want & ROWS_GONE, r = -1;

	if (db && name)
		r = read_hosts(db_query(db, SQL_HOST_NAMED, VALUES(INT(gone), TEXT(name)), err), p,
			       err);
	else if (db)
		r = read_hosts(
			db_query(db, SQL_HOSTS, VALUES(INT(gone), INT(0), INT(INT32_MAX)), err), p,
			err);
	if (r == 0)
		r = read_parts(db, want, p, err);
	store_reader_back(s, db);
	if (r == 0)
		hand_over(p, out);
	places_release(p);
	return r;
}

int store_hosts(struct store *s, const char *name, int want, struct host_rows *out, struct err *err)
{
	struct places p = { 0 };

	return read_all(s, name, want, &p, out, err);
}

int store_host_without(struct store *s, const char *name, const char *const *fact, int count,
		       struct host_rows *out, struct err *err)
{
	struct places p = { .but = fact, .but_count = count };

	return read_all(s, name, ROWS_FACTS, &p, out, err);
}

/* The others are read no further. */
static void keep_only(struct places *p, const struct map *only)
{
	int kept = 0;

	for (int i = 0; i < p->count; i++)
		if (map_get(only, p->place[i].row.name))
			p->place[kept++] = p->place[i];
	p->count = kept;
}

/* What store_each_host() was called with. */
struct telling {
	int want;
	const struct map *only;
	int (*each)(void *ctx, const struct host_row *row, struct err *err);
	void *ctx;
};

/* The hosts behind *last, as many as are held at once; told and released. */
static int tell_some(struct db *db, const struct telling *t, int64_t *last, struct err *err)
{
	struct places p = { 0 };
	int gone = t->want & ROWS_GONE, count = 0;
	int r = read_hosts(
		db_query(db, SQL_HOSTS, VALUES(INT(gone), INT(*last), INT(HOSTS_AT_ONCE)), err), &p,
		err);

	if (r == 0) {
		*last = last_id(&p);
		count = p.count;
		if (t->only)
			keep_only(&p, t->only);
		if (p.count > 0)
			r = read_parts(db, t->want, &p, err);
	}
	for (int i = 0; i < p.count && r == 0; i++)
		r = t->each(t->ctx, &p.place[i].row, err);
	places_release(&p);
	return r == 0 ? count : -1;
}

int store_each_host(struct store *s, int want, const struct map *only,
		    int (*each)(void *ctx, const struct host_row *row, struct err *err), void *ctx,
		    struct err *err)
{
	const struct telling t = { want, only, each, ctx };
	struct db *db = store_reader(s, err);
	int64_t last = 0;
	int count = db ? HOSTS_AT_ONCE : -1;

	while (count == HOSTS_AT_ONCE)
		count = tell_some(db, &t, &last, err);
	store_reader_back(s, db);
	return count < 0 ? -1 : 0;
}

static int by_run(const void *a, const void *b)
{
	const struct stopped_row *x = a, *y = b;
	int order = strcmp(x->run, y->run);

	if (order == 0)
		order = y->seen - x->seen;
	return order ? order : strverscmp(x->host, y->host);
}

static bool is_leased(const struct lease_rows *leases, const char *host)
{
	for (int i = 0; i < leases->count; i++)
		if (strcmp(leases->row[i].host, host) == 0)
			return true;
	return false;
}

int store_stopped(struct store *s, struct stopped_rows *out, struct err *err)
{
	struct lease_rows leases = { 0 };
	struct stopped_rows list = { 0 };
	struct rows *rows;
	struct db *db;
	int cap = 0, r = -1;

	if (store_leases(s, NULL, &leases, err) != 0)
		return -1;
	db = store_reader(s, err);
	rows = db ? db_query(db, SQL_HOSTS_STOPPED, NO_VALUES, err) : NULL;
	while (rows && (r = db_next(rows, err)) == 1) {
		bool seen = db_int(rows, 2) != 0;

		if (!seen && is_leased(&leases, db_text(rows, 0)))
			continue;       /* it is being changed */
		MEM_GROW(list.row, list.count, cap);
		list.row[list.count++] = (struct stopped_row){ xstrdup(db_text(rows, 0)),
							       xstrdup(db_text(rows, 1)), seen };
	}
	store_reader_back(s, db);
	lease_rows_release(&leases);
	if (r != 0) {
		stopped_rows_release(&list);
		return -1;
	}
	if (list.count > 0)
		qsort(list.row, (size_t)list.count, sizeof(*list.row), by_run);
	*out = list;
	return 0;
}

char *stopped_text(const char *run, bool seen)
{
	return xasprintf("%s run %s", seen ? "left stopped by" : "not seen running since", run);
}

const struct stopped_row *stopped_find(const struct stopped_rows *rows, const char *host)
{
	for (int i = 0; i < rows->count; i++)
		if (strcmp(rows->row[i].host, host) == 0)
			return &rows->row[i];
	return NULL;
}

void stopped_rows_release(struct stopped_rows *rows)
{
	for (int i = 0; i < rows->count; i++) {
		free(rows->row[i].host);
		free(rows->row[i].run);
	}
	free(rows->row);
	*rows = (struct stopped_rows){ 0 };
}
