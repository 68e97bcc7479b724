/* keep_look.c - what a look writes. The common case is a host where nothing changed: then it
 * writes the host's row, its readings and the look, and only reads the rest. */
#include <stdlib.h>
#include <string.h>

#include "base/insist.h"
#include "base/text.h"
#include "store/keep.h"
#include "store/machine.h"

static void before_release(struct before *b)
{
	free(b->fault);
	free(b->fault_text);
	free(b->fault_hint);
	free(b->status);
	free(b->version);
	free(b->mars);
	free(b->shown);
	free(b->engine_changed_by);
	free(b->engine_stopped_by);
	free(b->computer);
	free(b->machine);
	free(b->machine_known);
	free(b->kind);
	free(b->not_by_ssh);
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
	out->seen_utc_ms = db_time(rows, 1);
	out->tried_utc_ms = db_time(rows, 2);
	out->facts_utc_ms[DEPTH_FAST] = db_time(rows, 3);
	out->facts_utc_ms[DEPTH_DEEP] = db_time(rows, 12);
	out->facts_utc_ms[DEPTH_SYSTEM] = db_time(rows, 13);
	out->fault = xstrdup(db_text(rows, 4));
	out->fault_text = xstrdup(db_text(rows, 5));
	out->status = xstrdup(db_text(rows, 6));
	out->version = xstrdup(db_text_or_null(rows, 7));
	out->mars = xstrdup(db_text(rows, 8));
	out->skip = db_int(rows, 9) != 0;
	out->gone_utc_ms = db_time(rows, 10);
	out->shown = xstrdup(db_text(rows, 11));
	out->engine_changed_by = xstrdup(db_text(rows, 14));
	out->engine_stopped_by = xstrdup(db_text(rows, 15));
	out->computer = xstrdup(db_text(rows, 16));
	out->machine = xstrdup(db_text(rows, 17));
	out->machine_known = xstrdup(db_text(rows, 18));
	out->failed_looks = db_int(rows, 19);
	out->kind = xstrdup(db_text(rows, 20));
	out->not_by_ssh = xstrdup(db_text(rows, 21));
	out->fault_hint = xstrdup(db_text(rows, 22));
	db_done(rows);
	return 0;
}

/* Which run of ours is to blame for a service that stands still: the one that the key on the host
 * names, else the journal's. Where the key was not read, what was said of it last still holds. */
static const char *stopped_by(const struct before *b, const struct store_look *look)
{
	switch (look->engine) {
	case STORE_ENGINE_NOT_SEEN:
		break;
	case STORE_ENGINE_RUNS:
		return "";
	case STORE_ENGINE_STOPPED:
		if (look->engine_run && look->engine_run[0])
			return look->engine_run;
		if (look->engine_run || b->engine_changed_by[0])
			return b->engine_changed_by;
		break;
	}
	return b->engine_stopped_by;
}

static int64_t failed_looks(const struct before *b, const struct store_look *look, bool newest)
{
	if (!newest)
		return b->failed_looks;
	return look->fault ? b->failed_looks + 1 : 0;
}

static int write_host(struct writer *w, const struct before *b, const struct store_look *look,
		      struct err *err)
{
	/* A file collected by hand may be older than last night's failed try, which then still
	 * counts. */
	bool newest = strcmp(look->source, "import") != 0 || look->utc_ms >= b->tried_utc_ms;
	bool whole = !look->fault;
	int64_t facts[DEPTHS];

	memcpy(facts, b->facts_utc_ms, sizeof(facts));
	for (int i = 0; i < look->fact_count; i++)
		facts[look->fact[i].depth] = look->utc_ms;

	if (look->version && !text_same(look->version, b->version) &&
	    db_run(w->db, SQL_AGENT_VERSION_ADD,
		   VALUES(INT(b->id), INT(b->kept_utc_ms), TEXT(look->version), TEXT(look->source),
			  INT(look->host_utc_ms)),
		   err) < 0)
		return -1;
	return db_run(w->db, SQL_HOST_LOOKED,
		      VALUES(INT(b->id), INT(whole ? look->utc_ms : b->seen_utc_ms),
			     INT(newest ? look->utc_ms : b->tried_utc_ms), INT(facts[DEPTH_FAST]),
			     TEXT(!newest ? b->fault :
				  whole	  ? "" :
					    look->fault),
			     TEXT(!newest ? b->fault_text :
				  whole	  ? "" :
					    look->fault_text),
			     TEXT(look->status ? look->status : b->status),
			     TEXT(look->version ? look->version : b->version),
			     INT(facts[DEPTH_DEEP]), INT(facts[DEPTH_SYSTEM]),
			     TEXT(look->engine == STORE_ENGINE_RUNS ? "" : b->engine_changed_by),
			     TEXT(stopped_by(b, look)), INT(failed_looks(b, look, newest)),
			     TEXT(look->kind ? look->kind : b->kind),
			     TEXT(look->not_by_ssh ? look->not_by_ssh : b->not_by_ssh),
			     TEXT(!newest ? b->fault_hint :
				  whole	  ? "" :
					    look->fault_hint)),
		      err);
}

static int tell_machine(struct writer *w, const struct before *b, const struct store_look *look,
			const char *kind, const char *text, struct err *err)
{
	return db_run(w->db, SQL_EVENT_ADD,
		      VALUES(INT(store_new_id()), INT(look->utc_ms), INT(b->id), INT_OR_NULL(0),
			     TEXT(kind), TEXT(text), TEXT(store_actor())),
		      err);
}

/* Which machine answers: the trail says once that it is another one, and who accepted that. */
static int write_machine(struct writer *w, const struct before *b, const struct store_look *look,
			 struct err *err)
{
	const char *computer = look->computer ? look->computer : b->computer;
	const char *machine = look->machine ? look->machine : b->machine;
	struct machine_ids known, seen, next;
	char text[MACHINE_TEXT];
	bool other;
	int r = 0;

	machine_read(b->machine_known, &known);
	machine_read(machine, &seen);
	machine_remember(&known, &seen, look->accept_changed && look->machine, &next);
	machine_text(&next, text);
	if (strcmp(computer, b->computer) == 0 && strcmp(machine, b->machine) == 0 &&
	    (!look->machine || strcmp(text, b->machine_known) == 0))
		return 0;
	other = machine_compare(&known, &seen) == MACHINE_OTHER;
	if (other && machine_compare(&next, &seen) == MACHINE_SAME)
		r = tell_machine(w, b, look, "machine-accepted",
				 "another machine answers, as intended", err);
	else if (other && strcmp(machine, b->machine) != 0)
		r = tell_machine(w, b, look, "machine-changed",
				 "another machine than before answers", err);
	if (r < 0)
		return -1;
	return db_run(w->db, SQL_HOST_MACHINE,
		      VALUES(INT(b->id), TEXT(computer), TEXT(machine),
			     TEXT(look->machine ? text : b->machine_known)),
		      err);
}

static int write_look_row(struct writer *w, const struct before *b, const struct store_look *look,
			  struct err *err)
{
	const char *fault = look->fault ? look->fault : "";

	if (db_run(w->db, SQL_LOOK_ADD,
		   VALUES(INT(b->id), INT(b->kept_utc_ms), INT_OR_NULL(look->scan),
			  TEXT(look->source), INT(look->took_ms), TEXT(fault)),
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

	if (strcmp(look->source, "import") == 0 && look->utc_ms < b->facts_utc_ms[DEPTH_FAST]) {
		err_set(err, ERR_USAGE, "host '%s': newer facts are stored already", look->host);
		return err_hint(err, "nothing is to be done, or collect them on the host again");
	}
	if (look->fact_count &&
	    (keep_facts(w, b, look, err) != 0 || keep_readings(w, b, look, err) != 0))
		return -1;
	if (look->status && keep_findings(w, b, &judged, err) != 0)
		return -1;
	if (write_host(w, b, look, err) < 0 || write_machine(w, b, look, err) < 0 ||
	    write_look_row(w, b, look, err) < 0)
		return -1;
	return keep_word(w, b, look->status ? look->status : b->status, err);
}

static int write_look(struct writer *w, const void *what, struct err *err)
{
	const struct store_look *look = what;
	struct before b = { 0 };
	int r = before_read(w, look->host, &b, err);

	if (r == 0)
		r = keep_time(w, b.id, look->utc_ms, &b.kept_utc_ms, err);
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

	INSIST(look->host && look->source && look->fact_count >= 0 && look->finding_count >= 0);
	copy->host = tx_text(tx, look->host);
	copy->source = tx_text(tx, look->source);
	copy->fault = tx_text(tx, look->fault);
	copy->fault_text = tx_text(tx, look->fault_text ? look->fault_text : "");
	copy->fault_hint = tx_text(tx, look->fault_hint ? look->fault_hint : "");
	copy->fact = copy_facts(tx, look->fact, look->fact_count);
	copy->reading = copy_readings(tx, look->reading, look->reading_count);
	copy->finding = copy_findings(tx, look->finding, look->finding_count);
	copy->status = tx_text(tx, look->status);
	copy->version = tx_text(tx, look->version);
	copy->engine_run = tx_text(tx, look->engine_run);
	copy->computer = tx_text(tx, look->computer);
	copy->machine = tx_text(tx, look->machine);
	copy->kind = tx_text(tx, look->kind);
	copy->not_by_ssh = tx_text(tx, look->not_by_ssh);
	tx_add(tx, write_look, copy);
}

static int write_judged(struct writer *w, const void *what, struct err *err)
{
	const struct judged *j = what;
	struct before b = { 0 };
	int r = before_read(w, j->host, &b, err);

	if (r == 0)
		r = keep_time(w, b.id, j->utc_ms, &b.kept_utc_ms, err);
	if (r == 0)
		r = keep_findings(w, &b, j, err);
	if (r == 0 && db_run(w->db, SQL_HOST_JUDGED, VALUES(INT(b.id), TEXT(j->status)), err) < 0)
		r = -1;
	if (r == 0)
		r = keep_word(w, &b, j->status, err);
	before_release(&b);
	return r;
}

void tx_judged(struct tx *tx, const char *host, const struct store_finding *finding, int count,
	       const char *status, int64_t utc_ms)
{
	struct judged *j = tx_alloc(tx, sizeof(*j));

	*j = (struct judged){ tx_text(tx, host), copy_findings(tx, finding, count), count,
			      tx_text(tx, status), utc_ms };
	tx_add(tx, write_judged, j);
}
