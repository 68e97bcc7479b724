/* lease.c - one change at a time on a host, over all processes: a host is leased to a process of
 * table process for two minutes, again and again while it works. That of a dead process is free,
 * and so is one that is over by the clock of this boot: whoever held it finds that out with its
 * next move. The clock of another boot says nothing here - a container may have a boot of its own -
 * so what was leased there stays until somebody frees it by hand. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "store/lease.h"
#include "store/machine.h"
#include "store/process.h"
#include "store/store_inside.h"
#include "store/tx.h"

struct lease {
	int64_t run, process, epoch, event, utc_ms;
	const char *host, *text, *actor;
	int64_t *out_epoch;
	bool seen_anew;
};

/* What leases are reckoned by. A store that many machines share has one clock, its server's; SQLite
 * has that of this boot, and no boot that is known ends no lease but with its process. */
struct lease_clock { char boot[BOOT_TEXT]; int64_t now_ms; };

static struct lease_clock clock_of_leases(void)
{
	struct lease_clock c = { .now_ms = clock_boot_ms() };

	boot_name(c.boot);
	return c;
}

/* A row of SQL_LEASES_HELD: columns of the process, then these. */
enum { SINCE = PROCESS_COLUMNS_COUNT, RUN, HOST, RUN_NAME, HOST_ID, EPOCH, BOOT, UNTIL,
       MACHINE, MACHINE_KNOWN, COMPUTER };

static bool is_of_our_boot(struct rows *rows, const struct lease_clock *c)
{
	return *c->boot && strcmp(db_text(rows, BOOT), c->boot) == 0;
}

static bool is_over(struct rows *rows, const struct lease_clock *c, const struct process_row *p)
{
	return process_life(p) == PROCESS_DEAD ||
	       (is_of_our_boot(rows, c) && db_int(rows, UNTIL) <= c->now_ms);
}

/* A server as the store knows it from its answers under one name. Servers that were made from one
 * image may be one machine by their ids, yet not by what they call themselves. */
struct server { struct machine_ids machine; char computer[64]; };

/* By what shall answer under that name, else by what did. */
static void server_of(const char *known, const char *last, const char *computer, struct server *out)
{
	machine_read(known, &out->machine);
	if (machine_known(&out->machine) == 0)
		machine_read(last, &out->machine);
	snprintf(out->computer, sizeof(out->computer), "%s", computer);
}

static bool is_same(const struct server *a, const struct server *b)
{
	return machine_compare(&a->machine, &b->machine) == MACHINE_SAME &&
	       strcasecmp(a->computer, b->computer) == 0;
}

static int server_of_host(struct writer *w, const char *host, int64_t *out_id, struct server *out,
			  struct err *err)
{
	struct rows *rows = db_query(w->db, SQL_HOST_FIND, VALUES(TEXT(host)), err);
	int r = rows ? db_next(rows, err) : -1;

	if (r == 0)
		return err_set(err, ERR_NOT_FOUND, "host '%s' is not in the database", host);
	if (r < 0)
		return -1;
	*out_id = db_int(rows, 0);
	server_of(db_text(rows, 18), db_text(rows, 17), db_text(rows, 16), out);
	db_done(rows);
	return 0;
}

/* Whether the row keeps us from that host: it holds the host itself, or the same server under
 * another name - of our own too. */
static bool is_in_the_way(struct rows *rows, int64_t id, const struct server *server,
			  const struct lease_clock *c, int64_t own)
{
	struct process_row p = process_read(rows);
	struct server theirs;

	if (db_int(rows, HOST_ID) == id)
		return p.id != own && !is_over(rows, c, &p);
	server_of(db_text(rows, MACHINE_KNOWN), db_text(rows, MACHINE), db_text(rows, COMPUTER),
		  &theirs);
	return is_same(server, &theirs) && !is_over(rows, c, &p);
}

static void say_held(struct rows *rows, const char *host, int64_t own, struct err *err)
{
	struct process_row p = process_read(rows);
	AUTO_FREE char *who = process_describe(&p, db_time(rows, SINCE));
	const char *name = db_text(rows, HOST);

	if (strcmp(name, host) == 0)
		err_set(err, ERR_HELD, "host '%s' is being changed by %s", host, who);
	else if (p.id == own)
		err_set(err, ERR_HELD,
			"host '%s' is the same server as '%s', which is being changed", host, name);
	else
		err_set(err, ERR_HELD, "host '%s' is being changed, as '%s', by %s", host, name,
			who);
}

int lease_none_other(struct writer *w, const char *host, int64_t *out_id, struct err *err)
{
	struct lease_clock now = clock_of_leases();
	struct server server;
	struct rows *rows;
	int r;

	if (server_of_host(w, host, out_id, &server, err) != 0)
		return -1;
	rows = db_query(w->db, SQL_LEASES_HELD, VALUES(TEXT("")), err);
	if (!rows)
		return -1;
	while ((r = db_next(rows, err)) == 1) {
		if (!is_in_the_way(rows, *out_id, &server, &now, w->process))
			continue;
		say_held(rows, host, w->process, err);
		db_done(rows);
		return -1;
	}
	return r;
}

static int write_none(struct writer *w, const void *what, struct err *err)
{
	struct rows *rows = db_query(w->db, SQL_LEASES_HELD, VALUES(TEXT("")), err);
	struct lease_clock now = clock_of_leases();
	const struct lease *l = what;
	int r = rows ? 0 : -1;

	while (rows && (r = db_next(rows, err)) == 1) {
		struct process_row p = process_read(rows);
		AUTO_FREE char *who = NULL;

		if (db_int(rows, RUN) != l->run || p.id == w->process || is_over(rows, &now, &p))
			continue;
		who = process_describe(&p, db_time(rows, SINCE));
		err_set(err, ERR_HELD, "hosts of %s are held by %s", l->text, who);
		db_done(rows);
		return -1;
	}
	return r;
}

void tx_lease_none(struct tx *tx, int64_t run, const char *called)
{
	struct lease *l = tx_alloc(tx, sizeof(*l));

	*l = (struct lease){ .run = run, .text = tx_text(tx, called) };
	tx_add(tx, write_none, l);
}

static struct lease *new_lease(struct tx *tx, const char *host, int64_t run, int64_t epoch)
{
	struct lease *l = tx_alloc(tx, sizeof(*l));

	l->host = tx_text(tx, host);
	l->run = run;
	l->epoch = epoch;
	return l;
}

static int read_epoch(struct writer *w, int64_t host, int64_t *out, struct err *err)
{
	struct rows *rows = db_query(w->db, SQL_LEASE_EPOCH, VALUES(INT(host)), err);

	if (!rows || db_next(rows, err) != 1)
		return -1;
	*out = db_int(rows, 0);
	db_done(rows);
	return 0;
}

static int write_take(struct writer *w, const void *what, struct err *err)
{
	const struct lease *l = what;
	struct lease_clock now = clock_of_leases();
	int64_t host;

	if (!w->process)
		return err_set(err, ERR_STORE, "a lease needs a process that registered");
	if (lease_none_other(w, l->host, &host, err) != 0 ||
	    db_run(w->db, SQL_LEASE_TAKE,
		   VALUES(INT(host), INT(l->run), INT(w->process), TEXT(now.boot),
			  INT(now.now_ms + LEASE_MS), INT(l->utc_ms)),
		   err) < 0)
		return -1;
	return read_epoch(w, host, l->out_epoch, err);
}

void tx_lease_take(struct tx *tx, const char *host, int64_t run, int64_t *out_epoch)
{
	struct lease *l = new_lease(tx, host, run, 0);

	l->out_epoch = out_epoch;
	l->utc_ms = clock_utc_ms();
	tx_add(tx, write_take, l);
}

static int not_ours(const struct lease *l, struct err *err)
{
	return err_set(
		err, ERR_MOVED,
		"host '%s' is not held by this process any more: its lease was over, or freed",
		l->host);
}

static int write_keep(struct writer *w, const void *what, struct err *err)
{
	const struct lease *l = what;
	struct lease_clock now = clock_of_leases();
	int64_t host;
	int kept;

	if (l->seen_anew ? lease_none_other(w, l->host, &host, err) != 0 :
			   host_id(w, l->host, &host, err) != 0)
		return -1;
	kept = db_run(w->db, SQL_LEASE_KEEP,
		      VALUES(INT(host), INT(l->run), INT(w->process), INT(l->epoch), TEXT(now.boot),
			     INT(now.now_ms + LEASE_MS)),
		      err);
	return kept < 0 ? -1 : kept == 0 ? not_ours(l, err) : 0;
}

void tx_lease_keep(struct tx *tx, const char *host, int64_t run, int64_t epoch, bool seen_anew)
{
	struct lease *l = new_lease(tx, host, run, epoch);

	l->seen_anew = seen_anew;
	tx_add(tx, write_keep, l);
}

static int write_give(struct writer *w, const void *what, struct err *err)
{
	const struct lease *l = what;
	int64_t host;
	int given;

	if (host_id(w, l->host, &host, err) != 0)
		return -1;
	given = db_run(w->db, SQL_LEASE_GIVE,
		       VALUES(INT(host), INT(l->run), INT(w->process), INT(l->epoch)), err);
	return given < 0 ? -1 : given == 0 ? not_ours(l, err) : 0;
}

void tx_lease_give(struct tx *tx, const char *host, int64_t run, int64_t epoch)
{
	tx_add(tx, write_give, new_lease(tx, host, run, epoch));
}

/* --- keeping them ----------------------------------------------------------------------------- */

static int write_renew(struct writer *w, const void *what, struct err *err)
{
	struct lease_clock now = clock_of_leases();

	(void)what;
	return db_run(w->db, SQL_LEASES_RENEW,
		      VALUES(INT(w->process), TEXT(now.boot), INT(now.now_ms + LEASE_MS)),
		      err) < 0 ?
		       -1 :
		       0;
}

void tx_leases_renew(struct tx *tx)
{
	tx_add(tx, write_renew, tx);
}

/* Where the database is busy nobody else can take them either. */
static void on_renewed(void *ctx, const struct err *err)
{
	struct lease_timer *t = ctx;

	t->under_way = false;
	if (err)
		log_line(LOG_WARN,
			 "hosts are kept for this process once the database can be "
			 "written: %s",
			 err->msg);
}

static void on_time(uv_timer_t *timer)
{
	struct lease_timer *t = timer->data;
	struct tx *tx;

	if (t->under_way)
		return;
	t->under_way = true;
	tx = tx_new();
	tx_leases_renew(tx);
	store_submit(t->store, tx, false, timer->loop, on_renewed, t);
}

void lease_timer_start(struct lease_timer *t, struct store *s, uv_loop_t *loop)
{
	t->store = s;
	t->under_way = false;
	uv_timer_init(loop, &t->timer);
	t->timer.data = t;
	uv_timer_start(&t->timer, on_time, LEASE_MS / 3, LEASE_MS / 3);
}

void lease_timer_stop(struct lease_timer *t)
{
	uv_close((uv_handle_t *)&t->timer, NULL);
}

/* --- what stands, and freeing it by hand --- */

static void read_lease(struct rows *rows, int64_t own, const struct lease_clock *now,
		       struct lease_rows *list, int *cap)
{
	struct process_row p = process_read(rows);
	struct lease_row *l;

	if (p.id == own || is_over(rows, now, &p))
		return;
	MEM_GROW(list->row, list->count, *cap);
	l = &list->row[list->count++];
	*l = (struct lease_row){
		.host = xstrdup(db_text(rows, HOST)),
		.run = db_int(rows, RUN),
		.run_name = xstrdup(db_text(rows, RUN_NAME)),
		.holder = process_describe(&p, db_time(rows, SINCE)),
		.process = p.id,
		.epoch = db_int(rows, EPOCH),
		.seen_alive = process_life(&p) == PROCESS_SEEN,
		.ends = is_of_our_boot(rows, now),
		.computer = xstrdup(db_text(rows, COMPUTER)),
		.machine = xstrdup(
			db_text(rows, *db_text(rows, MACHINE_KNOWN) ? MACHINE_KNOWN : MACHINE)),
	};
}

bool lease_is_of(const struct lease_row *lease, const struct host_row *host)
{
	struct server held, asked;

	server_of(lease->machine, "", lease->computer, &held);
	server_of(host->machine_known, host->machine, host->computer, &asked);
	return strcmp(lease->host, host->name) == 0 || is_same(&held, &asked);
}

int store_leases(struct store *s, const char *host, struct lease_rows *out, struct err *err)
{
	struct lease_clock now = clock_of_leases();
	struct db *db = store_reader(s, err);
	struct rows *rows =
		db ? db_query(db, SQL_LEASES_HELD, VALUES(TEXT(host ? host : "")), err) : NULL;
	struct lease_rows list = { 0 };
	int cap = 0, r = rows ? 0 : -1;

	while (rows && (r = db_next(rows, err)) == 1)
		read_lease(rows, store_process(s), &now, &list, &cap);
	store_reader_back(s, db);
	if (r == 0)
		*out = list;
	else
		lease_rows_release(&list);
	return r;
}

void lease_rows_release(struct lease_rows *rows)
{
	for (int i = 0; i < rows->count; i++) {
		free(rows->row[i].host);
		free(rows->row[i].run_name);
		free(rows->row[i].holder);
		free(rows->row[i].computer);
		free(rows->row[i].machine);
	}
	free(rows->row);
	*rows = (struct lease_rows){ 0 };
}

/* The holder may have come to this machine's sight, or the host to another, since it was read. */
static int write_free(struct writer *w, const void *what, struct err *err)
{
	const struct lease *l = what;
	int64_t host;
	int freed;

	if (host_id(w, l->host, &host, err) != 0)
		return -1;
	freed = db_run(w->db, SQL_LEASE_GIVE,
		       VALUES(INT(host), INT(l->run), INT(l->process), INT(l->epoch)), err);
	if (freed < 0)
		return -1;
	if (freed == 0)
		return err_set(err, ERR_HELD,
			       "the lease of host '%s' is not the one that was shown any more",
			       l->host);
	return db_run(w->db, SQL_EVENT_ADD,
		      VALUES(INT(l->event), INT(l->utc_ms), INT(host), INT_OR_NULL(0),
			     TEXT("lease"), TEXT(l->text), TEXT(l->actor)),
		      err) < 0 ?
		       -1 :
		       0;
}

void tx_lease_free(struct tx *tx, const struct lease_row *lease, int64_t utc_ms)
{
	struct lease *l = new_lease(tx, lease->host, lease->run, lease->epoch);
	AUTO_FREE char *text = xasprintf("freed by hand: it was held by %s", lease->holder);

	l->process = lease->process;
	l->text = tx_text(tx, text);
	l->actor = store_actor();
	l->event = store_new_id();
	l->utc_ms = utc_ms;
	tx_add(tx, write_free, l);
}
