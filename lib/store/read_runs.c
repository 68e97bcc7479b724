/* read_runs.c - runs and their jobs as the store has them, and whether anybody is at a run: the
 * process that took it up last stands in its row. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"
#include "store/process.h"
#include "store/store_inside.h"

static int no_such_run(struct db *db, const char *name, struct err *err)
{
	enum { NAMED = 8, ROOM = 300 };
	struct rows *rows = db_query(db, SQL_RUN_NAMES, VALUES(INT(NAMED)), err);
	struct buf names;
	int r = rows ? 0 : -1;

	buf_init(&names, ROOM);
	while (rows && (r = db_next(rows, err)) == 1) {
		/* What has no room is left out: the newest stand first. */
		if (buf_addf(&names, "%s%s", *buf_text(&names) ? ", " : "", db_text(rows, 0)) != 0)
			continue;
	}
	if (r == 0 && !*buf_text(&names)) {
		err_set(err, ERR_NOT_FOUND, "there is no run yet");
		err_hint(err, "`marshal upgrade` makes one, but for a dry run");
	} else if (r == 0) {
		err_set(err, ERR_NOT_FOUND, "there is no run '%s'; the newest are %s", name,
			buf_text(&names));
	}
	buf_release(&names);
	return -1;
}

static struct store_run_row read_run(struct rows *rows)
{
	return (struct store_run_row){
		.id = db_int(rows, 0),
		.name = xstrdup(db_text(rows, 1)),
		.installer = xstrdup(db_text(rows, 2)),
		.sha256 = xstrdup(db_text(rows, 3)),
		.target = xstrdup(db_text(rows, 4)),
		.options = xstrdup(db_text(rows, 5)),
		.state = xstrdup(db_text(rows, 6)),
		.actor = xstrdup(db_text(rows, 7)),
		.begun_utc_ms = db_time(rows, 8),
		.ended_utc_ms = db_time(rows, 9),
		.process = db_int(rows, 10),
		.note = xstrdup(db_text(rows, 11)),
		.version = db_int(rows, 12),
	};
}

int store_run_find(struct store *s, const char *name, struct store_run_row *out, struct err *err)
{
	bool last = strcmp(name, "last") == 0;
	struct db *db = store_reader(s, err);
	struct rows *rows = !db	 ? NULL :
			    last ? db_query(db, SQL_RUN_LAST, NO_VALUES, err) :
				   db_query(db, SQL_RUN_NAMED, VALUES(TEXT(name)), err);
	int r = rows ? db_next(rows, err) : -1;

	if (r == 1) {
		*out = read_run(rows);
		db_done(rows);
	} else if (r == 0) {
		no_such_run(db, name, err);
	}
	store_reader_back(s, db);
	return r == 1 ? 0 : -1;
}

int store_run_of(struct store *s, int64_t id, struct store_run_row *out, struct err *err)
{
	struct db *db = store_reader(s, err);
	struct rows *rows = db ? db_query(db, SQL_RUN_OF_ID, VALUES(INT(id)), err) : NULL;
	int r = rows ? db_next(rows, err) : -1;

	if (r == 1) {
		*out = read_run(rows);
		db_done(rows);
	} else if (r == 0) {
		err_set(err, ERR_STORE, "a job has no run: the database is damaged");
		err_hint(err, STORE_DAMAGED);
	}
	store_reader_back(s, db);
	return r == 1 ? 0 : -1;
}

int store_runs_in(struct store *s, enum run_state state, int max, struct run_rows *out,
		  struct err *err)
{
	struct db *db = store_reader(s, err);
	struct rows *rows = db ? db_query(db, SQL_RUNS_IN_STATE,
					  VALUES(TEXT(run_state_name(state)), INT(max)), err) :
				 NULL;
	struct run_rows list = { 0 };
	int cap = 0, r = rows ? 0 : -1;

	while (rows && (r = db_next(rows, err)) == 1) {
		MEM_GROW(list.row, list.count, cap);
		list.row[list.count++] = read_run(rows);
	}
	store_reader_back(s, db);
	if (r == 0)
		*out = list;
	else
		run_rows_release(&list);
	return r;
}

void run_rows_release(struct run_rows *rows)
{
	for (int i = 0; i < rows->count; i++)
		store_run_release(&rows->row[i]);
	free(rows->row);
	*rows = (struct run_rows){ 0 };
}

/* Who is at it: NULL for nobody of whom anything is known. */
static char *read_holder(struct db *db, enum sql sql, int64_t id, enum process_life *out_life,
			 struct err *err)
{
	struct rows *rows = db_query(db, sql, VALUES(INT(id)), err);
	int r = rows ? db_next(rows, err) : -1;
	char *who = NULL;

	if (r == 1) {
		struct process_row p = process_read(rows);

		*out_life = process_life(&p);
		who = process_describe(&p, p.since_utc_ms);
		db_done(rows);
	}
	return r < 0 ? NULL : who ? who : xstrdup("");
}

/* Of one that has not ended. One of before this was noted has no process, as one whose process was
 * swept away has none in table process: the latter is known to have died. */
static enum run_life life_of(int64_t process, bool is_there, enum process_life life)
{
	if (process == 0)
		return RUN_LIFE_NOT_KNOWN;
	if (!is_there || life == PROCESS_DEAD)
		return RUN_LIFE_DIED;
	return life == PROCESS_SEEN ? RUN_LIFE_AT_WORK : RUN_LIFE_NOT_KNOWN;
}

/* All of it but when it was heard of last, of one that has not ended. */
static int find_standing(struct store *s, enum sql sql, int64_t id, int64_t process,
			 struct run_standing *out, struct err *err)
{
	enum process_life life = PROCESS_DEAD;
	struct db *db = store_reader(s, err);

	out->holder = db ? read_holder(db, sql, id, &life, err) : NULL;
	store_reader_back(s, db);
	if (!out->holder)
		return -1;
	out->life = life_of(process, *out->holder != '\0', life);
	out->ours = process != 0 && process == store_process(s);
	return 0;
}

int store_run_life(struct store *s, const struct store_run_row *run, struct run_standing *out,
		   struct err *err)
{
	bool running = strcmp(run->state, run_state_name(RUN_STATE_RUNNING)) == 0;
	struct event_rows last;

	*out = (struct run_standing){ .life = RUN_LIFE_ENDED };
	if (store_events(s, run->id, NULL, 1, &last, err) < 0)
		return -1;
	out->last_utc_ms = last.count > 0 ? last.row[0].utc_ms : run->begun_utc_ms;
	event_rows_release(&last);
	if (find_standing(s, SQL_RUN_HOLDER, run->id, run->process, out, err) != 0)
		return -1;
	if (!running)
		out->life = RUN_LIFE_ENDED;
	return 0;
}

int store_scan_life(struct store *s, const struct scan_row *scan, struct run_standing *out,
		    struct err *err)
{
	*out = (struct run_standing){ .last_utc_ms = scan->begun_utc_ms };
	if (find_standing(s, SQL_SCAN_HOLDER, scan->id, scan->process, out, err) != 0)
		return -1;
	if (scan->ended_utc_ms)
		out->life = RUN_LIFE_ENDED;
	return 0;
}

void run_standing_release(struct run_standing *standing)
{
	free(standing->holder);
	*standing = (struct run_standing){ 0 };
}

void store_run_release(struct store_run_row *run)
{
	free(run->name);
	free(run->installer);
	free(run->sha256);
	free(run->target);
	free(run->options);
	free(run->state);
	free(run->actor);
	free(run->note);
	*run = (struct store_run_row){ 0 };
}

static int read_job(struct rows *rows, struct store_job_row *out, struct err *err)
{
	const char *memory = db_text(rows, 10);

	*out = (struct store_job_row){
		.id = db_int(rows, 0),
		.run = db_int(rows, 1),
		.host = xstrdup(db_text(rows, 2)),
		.position = (int)db_int(rows, 3),
		.state = xstrdup(db_text(rows, 4)),
		.outcome = xstrdup(db_text(rows, 5)),
		.reason = xstrdup(db_text(rows, 6)),
		.before = xstrdup(db_text(rows, 7)),
		.after = xstrdup(db_text(rows, 8)),
		.folder = xstrdup(db_text(rows, 9)),
		.changed = db_int(rows, 11) != 0,
		.reboot_pending = db_int(rows, 12) != 0,
		.begun_utc_ms = db_time(rows, 13),
		.ended_utc_ms = db_time(rows, 14),
		.fault = xstrdup(db_text(rows, 15)),
		.version = db_int(rows, 16),
		.wave = (int)db_int(rows, 17),
		.memory = json_parse_trusted(memory, strlen(memory), err),
	};
	if (out->memory)
		return 0;
	err_set(err, ERR_STORE, "the job of host '%s' is no JSON: the database is damaged",
		out->host);
	return err_hint(err, STORE_DAMAGED);
}

/* Hands the reader back. */
static int read_jobs(struct store *s, struct db *db, struct rows *rows, struct job_rows *out,
		     struct err *err)
{
	struct job_rows list = { 0 };
	int cap = 0, r = rows ? 0 : -1;

	while (rows && (r = db_next(rows, err)) == 1) {
		MEM_GROW(list.row, list.count, cap);
		if (read_job(rows, &list.row[list.count++], err) == 0)
			continue;
		db_done(rows);
		r = -1;
		break;
	}
	store_reader_back(s, db);
	if (r == 0)
		*out = list;
	else
		job_rows_release(&list);
	return r;
}

int store_jobs(struct store *s, int64_t run, struct job_rows *out, struct err *err)
{
	struct db *db = store_reader(s, err);
	struct rows *rows = db ? db_query(db, SQL_JOBS, VALUES(INT(run)), err) : NULL;

	return read_jobs(s, db, rows, out, err);
}

int store_jobs_of(struct store *s, const char *host, int max, struct job_rows *out, struct err *err)
{
	struct db *db = store_reader(s, err);
	struct rows *rows =
		db ? db_query(db, SQL_JOBS_OF_HOST, VALUES(TEXT(host), INT(max)), err) : NULL;

	return read_jobs(s, db, rows, out, err);
}

int store_job_last(struct store *s, const char *host, struct job_rows *out, struct err *err)
{
	struct db *db = store_reader(s, err);
	struct rows *rows = db ? db_query(db, SQL_JOB_LAST, VALUES(TEXT(host)), err) : NULL;

	return read_jobs(s, db, rows, out, err);
}

void job_rows_release(struct job_rows *rows)
{
	for (int i = 0; i < rows->count; i++) {
		struct store_job_row *j = &rows->row[i];

		free(j->host);
		free(j->state);
		free(j->outcome);
		free(j->reason);
		free(j->before);
		free(j->after);
		free(j->folder);
		free(j->fault);
		json_decref(j->memory);
	}
	free(rows->row);
	*rows = (struct job_rows){ 0 };
}
