/* read.c - reading events, versions, scans and settings. Lists that grow for ever are read newest
 * first with a limit, and turned round here. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"
#include "store/store_inside.h"

int store_versions(struct store *s, const char *host, struct version_rows *out, struct err *err)
{
	struct db *db = store_reader(s, err);
	struct rows *rows = db ? db_query(db, SQL_AGENT_VERSIONS, VALUES(TEXT(host)), err) : NULL;
	struct version_rows list = { 0 };
	int cap = 0, r = rows ? 0 : -1;

	while (rows && (r = db_next(rows, err)) == 1) {
		MEM_GROW(list.row, list.count, cap);
		list.row[list.count++] =
			(struct version_row){ xstrdup(db_text(rows, 0)), db_time(rows, 1),
					      xstrdup(db_text(rows, 2)) };
	}
	store_reader_back(s, db);
	if (r == 0)
		*out = list;
	else
		version_rows_release(&list);
	return r;
}

void version_rows_release(struct version_rows *rows)
{
	for (int i = 0; i < rows->count; i++) {
		free(rows->row[i].version);
		free(rows->row[i].source);
	}
	free(rows->row);
	*rows = (struct version_rows){ 0 };
}

/* The member of a host's past, made where it is not there yet. */
static json_t *past_of(json_t *all, const char *host, const char *member)
{
	json_t *past = json_object_get(all, host);

	if (!past) {
		past = json_pack("{s:[], s:{}, s:{}, s:{}, s:{}, s:{}, s:{}, s:{}, s:{}, s:{}}",
				 "versions", "failing", "passing", "standing", "until", "machine",
				 "way", "runs", "plans", "fault");
		json_object_set_new(all, host, past);
	}
	return json_object_get(past, member);
}

static int read_past_versions(struct db *db, json_t *all, struct err *err)
{
	struct rows *rows = db_query(db, SQL_AGENT_VERSIONS_ALL, NO_VALUES, err);
	int r = rows ? 0 : -1;

	while (rows && (r = db_next(rows, err)) == 1)
		json_array_append_new(past_of(all, db_text(rows, 0), "versions"),
				      json_pack("[I, s, I]", (json_int_t)db_time(rows, 1),
						db_text(rows, 2), (json_int_t)db_time(rows, 3)));
	return r;
}

/* What was seen where there was no version. */
static int read_past_blanks(struct db *db, const char *fact, json_t *all, struct err *err)
{
	struct rows *rows = db_query(db, SQL_AGENT_BLANKS, VALUES(TEXT(fact)), err);
	int r = rows ? 0 : -1;

	while (rows && (r = db_next(rows, err)) == 1) {
		const char *text = db_text(rows, 2);
		AUTO_JSON json_t *value = json_parse(text, strlen(text), NULL);
		json_t *versions = past_of(all, db_text(rows, 0), "versions"), *entry;
		size_t i;

		json_array_foreach(versions, i, entry)
		{
			int64_t at = json_integer_value(json_array_get(entry, 0));

			if (value && at == db_time(rows, 1))
				json_array_append(entry, value);
		}
	}
	return r;
}

static int read_past_failing(struct db *db, json_t *all, struct err *err)
{
	struct rows *rows = db_query(db, SQL_FINDINGS_FAILING, NO_VALUES, err);
	int r = rows ? 0 : -1;

	while (rows && (r = db_next(rows, err)) == 1)
		json_object_set_new(
			past_of(all, db_text(rows, 0), "failing"), db_text(rows, 1),
			json_pack("[I, s]", (json_int_t)db_time(rows, 2), db_text(rows, 3)));
	return r;
}

static int read_past_passing(struct db *db, const char *passing, json_t *all, struct err *err)
{
	struct rows *rows = db_query(db, SQL_FINDING_PASSING, VALUES(TEXT(passing)), err);
	int r = rows ? 0 : -1;

	while (rows && (r = db_next(rows, err)) == 1)
		json_object_set_new(past_of(all, db_text(rows, 0), "passing"), db_text(rows, 1),
				    json_integer(db_time(rows, 2)));
	return r;
}

static int read_past_machines(struct db *db, json_t *all, struct err *err)
{
	struct rows *rows = db_query(db, SQL_MACHINES, NO_VALUES, err);
	int r = rows ? 0 : -1;

	while (rows && (r = db_next(rows, err)) == 1) {
		json_t *machine = past_of(all, db_text(rows, 0), "machine");

		json_object_set_new(machine, "known", json_string(db_text(rows, 1)));
		json_object_set_new(machine, "last", json_string(db_text(rows, 2)));
		json_object_set_new(machine, "since", json_integer(db_time(rows, 3)));
	}
	return r;
}

static int read_past_ways(struct db *db, json_t *all, struct err *err)
{
	struct rows *rows = db_query(db, SQL_NOT_BY_SSH, NO_VALUES, err);
	int r = rows ? 0 : -1;

	while (rows && (r = db_next(rows, err)) == 1)
		json_object_set_new(past_of(all, db_text(rows, 0), "way"), "not_by_ssh",
				    json_string(db_text(rows, 1)));
	return r;
}

static int read_past_fault(struct db *db, const char *fault, json_t *all, struct err *err)
{
	struct rows *rows = db_query(db, SQL_FAULT_SINCE, VALUES(TEXT(fault)), err);
	int r = rows ? 0 : -1;

	while (rows && (r = db_next(rows, err)) == 1)
		json_object_set_new(past_of(all, db_text(rows, 0), "fault"), fault,
				    json_integer(db_time(rows, 1)));
	return r;
}

static int read_past_fact(struct db *db, const char *fact, const char *const *with, json_t *all,
			  struct err *err)
{
	struct rows *rows =
		db_query(db, SQL_FACT_WITH, VALUES(TEXT(fact), TEXT(with[0]), TEXT(with[1])), err);
	int r = rows ? 0 : -1;

	while (rows && (r = db_next(rows, err)) == 1) {
		const char *text = db_text(rows, 2);
		json_t *value = json_parse(text, strlen(text), NULL);

		/* a database from elsewhere may hold anything */
		if (value)
			json_object_set_new(
				past_of(all, db_text(rows, 0), "standing"), fact,
				json_pack("[I, o]", (json_int_t)db_time(rows, 1), value));
	}
	return r;
}

static int read_past_until(struct db *db, const struct past_wanted *wanted, json_t *all,
			   struct err *err)
{
	struct rows *rows = db_query(db, SQL_FACT_ONCE_WITH,
				     VALUES(TEXT(wanted->once), TEXT(wanted->held)), err);
	int r = rows ? 0 : -1;

	while (rows && (r = db_next(rows, err)) == 1) {
		json_t *until = past_of(all, db_text(rows, 0), "until");
		int64_t utc_ms = db_time(rows, 1);

		if (utc_ms == 0 || !json_object_get(until, wanted->once))
			json_object_set_new(until, wanted->once, json_integer(utc_ms));
	}
	return r;
}

/* A folder that a host was given before its plan was started, and that this host's part of the run
 * never came to: it left the plan, or the run is over. */
static bool left_its_plan(struct rows *rows, bool done)
{
	bool ended = strcmp(db_text(rows, 5), job_state_name(JOB_ENDED)) == 0;
	enum outcome outcome = outcome_from_name(db_text(rows, 6));
	bool for_good = outcome == OUTCOME_EXCLUDED || outcome == OUTCOME_BLOCKED ||
			outcome == OUTCOME_CURRENT;

	return *db_text(rows, 7) && db_time(rows, 8) == 0 && ended && (for_good || done);
}

static void add_past_run(json_t *all, struct rows *rows)
{
	const char *host = db_text(rows, 0), *run = db_text(rows, 1), *state = db_text(rows, 2);
	bool done = strcmp(state, run_state_name(RUN_STATE_DONE)) == 0;
	bool dropped = strcmp(state, run_state_name(RUN_STATE_DROPPED)) == 0;

	if (!run_state_is_plan(state) && left_its_plan(rows, done))
		json_object_set_new(past_of(all, host, "plans"), run,
				    json_pack("{s:s, s:i, s:b}", "name", db_text(rows, 3), "until",
					      0, "left", 1));
	else if (!run_state_is_plan(state))
		json_object_set_new(past_of(all, host, "runs"), run, json_boolean(done));
	else
		json_object_set_new(past_of(all, host, "plans"), run,
				    json_pack("{s:s, s:I}", "name", db_text(rows, 3), "until",
					      (json_int_t)(dropped ? 0 : db_time(rows, 4))));
}

/* The runs that a host was in, and whether each is over; and plans that were not started. */
static int read_past_runs(struct db *db, json_t *all, struct err *err)
{
	struct rows *rows = db_query(db, SQL_RUNS_OF_HOSTS, NO_VALUES, err);
	int r = rows ? 0 : -1;

	while (rows && (r = db_next(rows, err)) == 1)
		add_past_run(all, rows);
	return r;
}

json_t *store_all_past(struct store *s, const struct past_wanted *wanted, struct err *err)
{
	struct db *db = store_reader(s, err);
	json_t *all = json_object();
	int r = db ? read_past_versions(db, all, err) : -1;

	if (r == 0)
		r = read_past_blanks(db, wanted->blank, all, err);
	if (r == 0)
		r = read_past_failing(db, all, err);
	if (r == 0)
		r = read_past_passing(db, wanted->passing, all, err);
	if (r == 0)
		r = read_past_machines(db, all, err);
	if (r == 0)
		r = read_past_ways(db, all, err);
	if (r == 0)
		r = read_past_runs(db, all, err);
	if (r == 0)
		r = read_past_fault(db, wanted->fault, all, err);
	for (int i = 0; r == 0 && wanted->fact[i]; i++)
		r = read_past_fact(db, wanted->fact[i], wanted->with, all, err);
	if (r == 0)
		r = read_past_until(db, wanted, all, err);
	store_reader_back(s, db);
	if (r == 0)
		return all;
	json_decref(all);
	return NULL;
}

char *store_setting(struct store *s, enum setting setting, struct err *err)
{
	struct db *db = store_reader(s, err);
	struct rows *rows = NULL;
	char *value = NULL;

	if (db)
		rows = db_query(db, SQL_SETTING_GET, VALUES(TEXT(setting_name(setting))), err);

	/* NULL without a code is "not set". */
	if (rows && err)
		err->code = ERR_NONE;
	if (rows && db_next(rows, err) == 1) {
		value = xstrdup(db_text(rows, 0));
		db_done(rows);
	}
	store_reader_back(s, db);
	return value;
}

static struct rows *query_events(struct db *db, int64_t run, const char *host, int max,
				 struct err *err)
{
	if (run)
		return db_query(db, SQL_EVENTS_RUN,
				VALUES(TEXT(host ? host : ""), INT(run), INT(max)), err);
	if (host)
		return db_query(db, SQL_EVENTS_HOST, VALUES(TEXT(host), INT(max)), err);
	return db_query(db, SQL_EVENTS, VALUES(INT(max)), err);
}

static void turn_round(struct event_rows *list)
{
	for (int i = 0, k = list->count - 1; i < k; i++, k--) {
		struct event_row row = list->row[i];

		list->row[i] = list->row[k];
		list->row[k] = row;
	}
}

/* Hands the reader back. */
static int read_events(struct store *s, struct db *db, struct rows *rows, struct event_rows *out,
		       struct err *err)
{
	struct event_rows list = { 0 };
	int cap = 0, r = rows ? 0 : -1;

	while (rows && (r = db_next(rows, err)) == 1) {
		MEM_GROW(list.row, list.count, cap);
		list.row[list.count++] = (struct event_row){
			.utc_ms = db_time(rows, 0),
			.host = xstrdup(db_text(rows, 1)),
			.kind = xstrdup(db_text(rows, 2)),
			.text = xstrdup(db_text(rows, 3)),
			.actor = xstrdup(db_text(rows, 4)),
			.run = db_int(rows, 5),
		};
	}
	store_reader_back(s, db);
	if (r != 0) {
		event_rows_release(&list);
		return -1;
	}
	turn_round(&list);
	*out = list;
	return 0;
}

int store_events(struct store *s, int64_t run, const char *host, int max, struct event_rows *out,
		 struct err *err)
{
	struct db *db = store_reader(s, err);

	return read_events(s, db, db ? query_events(db, run, host, max, err) : NULL, out, err);
}

int store_run_trail(struct store *s, int64_t run, int max, struct event_rows *out, struct err *err)
{
	struct db *db = store_reader(s, err);

	return read_events(s, db,
			   db ? db_query(db, SQL_RUN_TRAIL, VALUES(INT(run), INT(max)), err) : NULL,
			   out, err);
}

void event_rows_release(struct event_rows *rows)
{
	for (int i = 0; i < rows->count; i++) {
		free(rows->row[i].host);
		free(rows->row[i].kind);
		free(rows->row[i].text);
		free(rows->row[i].actor);
	}
	free(rows->row);
	*rows = (struct event_rows){ 0 };
}

static struct scan_row read_scan(struct rows *rows)
{
	return (struct scan_row){
		.id = db_int(rows, 0),
		.patterns = xstrdup(db_text(rows, 1)),
		.how = xstrdup(db_text(rows, 2)),
		.actor = xstrdup(db_text(rows, 3)),
		.hosts = (int)db_int(rows, 4),
		.seen = (int)db_int(rows, 5),
		.faults = (int)db_int(rows, 6),
		.begun_utc_ms = db_time(rows, 7),
		.ended_utc_ms = db_time(rows, 8),
		.process = db_int(rows, 9),
	};
}

int store_scan_last(struct store *s, struct scan_row *out, struct err *err)
{
	struct db *db = store_reader(s, err);
	struct rows *rows = db ? db_query(db, SQL_SCAN_LAST, NO_VALUES, err) : NULL;
	int r = rows ? db_next(rows, err) : -1;

	if (r == 0)
		*out = (struct scan_row){ 0 };
	if (r == 1) {
		*out = read_scan(rows);
		db_done(rows);
	}
	store_reader_back(s, db);
	return r < 0 ? -1 : 0;
}

int store_scans(struct store *s, int64_t since_utc_ms, int max, struct scan_rows *out,
		struct err *err)
{
	struct db *db = store_reader(s, err);
	struct rows *rows =
		db ? db_query(db, SQL_SCANS, VALUES(INT(since_utc_ms), INT(max)), err) : NULL;
	struct scan_rows list = { 0 };
	int cap = 0, r = rows ? 0 : -1;

	while (rows && (r = db_next(rows, err)) == 1) {
		MEM_GROW(list.row, list.count, cap);
		list.row[list.count++] = read_scan(rows);
	}
	store_reader_back(s, db);
	if (r == 0)
		*out = list;
	else
		scan_rows_release(&list);
	return r;
}

void scan_row_release(struct scan_row *row)
{
	free(row->patterns);
	free(row->how);
	free(row->actor);
	*row = (struct scan_row){ 0 };
}

void scan_rows_release(struct scan_rows *rows)
{
	for (int i = 0; i < rows->count; i++)
		scan_row_release(&rows->row[i]);
	free(rows->row);
	*rows = (struct scan_rows){ 0 };
}
