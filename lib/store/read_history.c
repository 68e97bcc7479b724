/* read_history.c - how things stood at a moment, and how they came to change. A moment is read in
 * the order the rows lie in, without any sorting by SQL, and put together here. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "store/store_inside.h"

/* A host while it is put together. */
struct then {
	int64_t id, status_utc_ms, version_utc_ms;
	int cap;
	struct moment_row row;
};

struct moment {
	struct then *host;              /* by id */
	int count, cap;
	struct arena texts;
	struct names names;
};

static struct then *find_host(struct moment *m, int64_t id)
{
	int low = 0, high = m->count;

	while (low < high) {
		int middle = (low + high) / 2;

		if (m->host[middle].id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low < m->count && m->host[low].id == id ? &m->host[low] : NULL;
}

static int read_names(struct db *db, struct moment *m, struct err *err)
{
	struct rows *rows = db_query(db, SQL_HOST_NAMES, NO_VALUES, err);
	int r;

	if (!rows)
		return -1;
	while ((r = db_next(rows, err)) == 1) {
		MEM_GROW(m->host, m->count, m->cap);
		m->host[m->count++] = (struct then){
			.id = db_int(rows, 0),
			.row.name = arena_strdup(&m->texts, db_text(rows, 1)),
		};
	}
	return r;
}

/* The newest of each host up to the moment; rows come in any order. */
static int read_words(struct db *db, struct moment *m, int64_t utc_ms, struct err *err)
{
	struct rows *rows = db_query(db, SQL_MOMENT_STATUS, VALUES(INT(utc_ms)), err);
	int r;

	if (!rows)
		return -1;
	while ((r = db_next(rows, err)) == 1) {
		struct then *t = find_host(m, db_int(rows, 0));

		if (!t || (t->row.status && db_time(rows, 1) < t->status_utc_ms))
			continue;
		t->status_utc_ms = db_time(rows, 1);
		t->row.status = arena_strdup(&m->texts, db_text(rows, 2));
	}
	return r;
}

static int read_versions(struct db *db, struct moment *m, int64_t utc_ms, struct err *err)
{
	struct rows *rows = db_query(db, SQL_MOMENT_VERSIONS, VALUES(INT(utc_ms)), err);
	int r;

	if (!rows)
		return -1;
	while ((r = db_next(rows, err)) == 1) {
		struct then *t = find_host(m, db_int(rows, 0));

		if (!t || (t->row.version && db_time(rows, 1) < t->version_utc_ms))
			continue;
		t->version_utc_ms = db_time(rows, 1);
		t->row.version = arena_strdup(&m->texts, db_text(rows, 2));
	}
	return r;
}

static int read_looks(struct db *db, struct moment *m, int64_t utc_ms, struct err *err)
{
	struct rows *rows = db_query(db, SQL_MOMENT_LOOKS, VALUES(INT(utc_ms)), err);
	int r;

	if (!rows)
		return -1;
	while ((r = db_next(rows, err)) == 1) {
		struct then *t = find_host(m, db_int(rows, 0));

		if (t)
			t->row.fault = arena_strdup(&m->texts, db_text(rows, 1));
	}
	return r;
}

static int read_findings(struct db *db, struct moment *m, int64_t utc_ms, int want, struct err *err)
{
	struct finding_reader reader = { .names = &m->names, .texts = &m->texts };
	struct rows *rows = db_query(db, finding_query(want, true), VALUES(INT(utc_ms)), err);
	int r;

	if (!rows)
		return -1;
	while ((r = db_next(rows, err)) == 1) {
		struct then *t = find_host(m, db_int(rows, 0));

		if (!t)
			continue;
		MEM_GROW(t->row.finding, t->row.finding_count, t->cap);
		t->row.finding[t->row.finding_count++] = finding_read(&reader, rows);
	}
	return r;
}

static int read_moment(struct db *db, struct moment *m, int64_t utc_ms, int want, struct err *err)
{
	if (read_names(db, m, err) != 0 || read_words(db, m, utc_ms, err) != 0 ||
	    read_versions(db, m, utc_ms, err) != 0)
		return -1;
	if (!(want & (ROWS_FINDINGS | ROWS_TROUBLE)))
		return 0;
	if (read_looks(db, m, utc_ms, err) != 0)
		return -1;
	if (names_read(db, &m->names, &m->texts, err) != 0)
		return -1;
	return read_findings(db, m, utc_ms, want, err);
}

static int by_name(const void *a, const void *b)
{
	return strverscmp(((const struct moment_row *)a)->name,
			  ((const struct moment_row *)b)->name);
}

static int by_check(const void *a, const void *b)
{
	return strcmp(((const struct finding_row *)a)->check,
		      ((const struct finding_row *)b)->check);
}

/* A host without a word had not come yet. */
static void hand_over(struct moment *m, int want, struct moment_rows *out)
{
	*out = (struct moment_rows){ .row = xcalloc((size_t)m->count + 1, sizeof(*out->row)),
				     .texts = m->texts };
	for (int i = 0; i < m->count; i++) {
		struct moment_row *row = &m->host[i].row;

		if (!row->status || (!(want & ROWS_GONE) && strcmp(row->status, "gone") == 0)) {
			free(row->finding);
			continue;
		}
		if (!row->version)
			row->version = arena_strdup(&out->texts, "");
		if (!row->fault)
			row->fault = arena_strdup(&out->texts, "");
		if (row->finding)
			qsort(row->finding, (size_t)row->finding_count, sizeof(*row->finding),
			      by_check);
		out->row[out->count++] = *row;
	}
	free(m->host);
	qsort(out->row, (size_t)out->count, sizeof(*out->row), by_name);
}

int store_moment(struct store *s, int64_t utc_ms, int want, struct moment_rows *out,
		 struct err *err)
{
	struct db *db = store_reader(s, err);
	struct moment m = { 0 };
	int r = db ? read_moment(db, &m, utc_ms, want, err) : -1;

	store_reader_back(s, db);
	if (r == 0) {
		hand_over(&m, want, out);
		return 0;
	}
	for (int i = 0; i < m.count; i++)
		free(m.host[i].row.finding);
	free(m.host);
	arena_release(&m.texts);
	return -1;
}

int store_first_moment(struct store *s, int64_t *out_utc_ms, struct err *err)
{
	struct db *db = store_reader(s, err);
	struct rows *rows = db ? db_query(db, SQL_MOMENT_FIRST, NO_VALUES, err) : NULL;
	int r = rows ? db_next(rows, err) : -1;

	if (r == 1) {
		*out_utc_ms = db_time(rows, 0);
		db_done(rows);
	}
	store_reader_back(s, db);
	return r == 1 ? 0 : -1;
}

int store_examined(struct store *s, const char *host, const char *check, int64_t utc_ms,
		   char **out_verdict, struct err *err)
{
	struct db *db = store_reader(s, err);
	struct rows *rows = db ? db_query(db, SQL_MOMENT_EXAMINED,
					  VALUES(TEXT(host), TEXT(check), INT(utc_ms)), err) :
				 NULL;
	int r = rows ? db_next(rows, err) : -1;

	if (r == 1 && out_verdict)
		*out_verdict = xstrdup(db_text(rows, 0));
	if (r == 1)
		db_done(rows);
	store_reader_back(s, db);
	return r;
}

void moment_rows_release(struct moment_rows *rows)
{
	for (int i = 0; i < rows->count; i++)
		free(rows->row[i].finding);
	free(rows->row);
	arena_release(&rows->texts);
	*rows = (struct moment_rows){ 0 };
}

int store_status_changes(struct store *s, int64_t since_utc_ms,
			 void (*each)(void *ctx, const struct status_change *change), void *ctx,
			 struct err *err)
{
	struct db *db = store_reader(s, err);
	struct rows *rows =
		db ? db_query(db, SQL_STATUS_CHANGES, VALUES(INT(since_utc_ms)), err) : NULL;
	int r = rows ? 0 : -1;

	while (rows && (r = db_next(rows, err)) == 1)
		each(ctx, &(struct status_change){ .utc_ms = db_time(rows, 0),
						   .host = db_text(rows, 1),
						   .was = db_text(rows, 2),
						   .status = db_text(rows, 3) });
	store_reader_back(s, db);
	return r;
}
