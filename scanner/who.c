/* who.c - see who.h. */
#include "scanner/who.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fold.h"
#include "base/json.h"
#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/text.h"
#include "scanner/facts/identity.h"

#define NIGHT_MS DAY_MS         /* seen within it: at the same time */

static const char *const id_names[MACHINE_IDS] = {
	[MACHINE_UUID] = "SMBIOS UUID",
	[MACHINE_GUID] = "MachineGuid",
	[MACHINE_SID] = "machine SID",
};

/* An id that a host showed. */
struct shown { const char *id; int kind, host; };

struct clones {
	struct host_rows rows;          /* all hosts, gone ones too */
	struct machine_ids *machine;        /* that each showed last */
	struct shown *shown;            /* by those that answer now, by id, then by host */
	int count;
	struct map shared;              /* an id -> the first struct shown that has it */
	struct map server;              /* the name of a host -> the host_row that has its server's
					 * first name; of those with several */
};

static int by_id(const void *a, const void *b)
{
	const struct shown *x = a, *y = b;
	int order = strcmp(x->id, y->id);

	return order ? order : x->host - y->host;
}

/* How many entries from `at` on have its id. A hash of one kind is never that of another. */
static int same_id(const struct clones *c, int at)
{
	int end = at;

	while (end < c->count && strcmp(c->shown[end].id, c->shown[at].id) == 0)
		end++;
	return end - at;
}

/* Whether computers of different names have the id; one of two names here is one computer. */
static bool is_shared(const struct clones *c, int at, int count)
{
	int64_t newest_utc_ms = 0;
	const char *computer = NULL;

	for (int i = at; i < at + count; i++) {
		const struct host_row *row = &c->rows.row[c->shown[i].host];

		if (row->seen_utc_ms > newest_utc_ms)
			newest_utc_ms = row->seen_utc_ms;
	}
	for (int i = at; i < at + count; i++) {
		const struct host_row *row = &c->rows.row[c->shown[i].host];

		if (row->seen_utc_ms < newest_utc_ms - NIGHT_MS)
			continue;
		if (computer && text_casecmp(computer, row->computer) != 0)
			return true;
		computer = row->computer;
	}
	return false;
}

/* Of a host that cannot be seen nobody knows whether it is still there. */
static bool answers(const struct host_row *row)
{
	return row->gone_utc_ms == 0 && row->fault[0] == '\0' && row->computer[0];
}

static void collect(struct clones *c)
{
	c->machine = xcalloc((size_t)c->rows.count + 1, sizeof(*c->machine));
	c->shown = xcalloc((size_t)c->rows.count * MACHINE_IDS + 1, sizeof(*c->shown));
	for (int i = 0; i < c->rows.count; i++) {
		machine_read(c->rows.row[i].machine, &c->machine[i]);
		for (int k = 0; k < MACHINE_IDS && answers(&c->rows.row[i]); k++)
			if (c->machine[i].id[k][0])
				c->shown[c->count++] = (struct shown){ c->machine[i].id[k], k, i };
	}
	qsort(c->shown, (size_t)c->count, sizeof(*c->shown), by_id);
}

/* Of hosts with one id those that are one server: the same machine, and the same computer name. The
 * first is the first of the rows. */
static void find_servers(struct clones *c, int at, int count)
{
	for (int i = at; i < at + count; i++) {
		int first = c->shown[i].host;
		struct host_row *row = &c->rows.row[first];

		if (map_get(&c->server, row->name))
			continue;       /* found by another id, or behind one */
		for (int k = i + 1; k < at + count; k++) {
			int other = c->shown[k].host;
			struct host_row *twin = &c->rows.row[other];

			if (other == first || text_casecmp(row->computer, twin->computer) != 0 ||
			    machine_compare(&c->machine[first], &c->machine[other]) != MACHINE_SAME)
				continue;
			map_add(&c->server, row->name, row);
			map_add(&c->server, twin->name, row);
		}
	}
}

struct clones *clones_find(struct store *s, struct err *err)
{
	struct clones *c = xcalloc(1, sizeof(*c));

	if (store_hosts(s, NULL, ROWS_GONE, &c->rows, err) != 0) {
		free(c);
		return NULL;
	}
	collect(c);
	for (int at = 0, count; at < c->count; at += count) {
		count = same_id(c, at);
		if (is_shared(c, at, count))
			map_add(&c->shared, c->shown[at].id, &c->shown[at]);
		find_servers(c, at, count);
	}
	return c;
}

void clones_free(struct clones *c)
{
	if (!c)
		return;
	map_release(&c->shared);
	map_release(&c->server);
	free(c->shown);
	free(c->machine);
	host_rows_release(&c->rows);
	free(c);
}

/* Takes out of `known` what a clone has too, before or now. */
static void leave_out(const struct clones *c, const struct machine_ids *seen,
		      struct machine_ids *known)
{
	for (int i = 0; i < MACHINE_IDS; i++)
		if (map_get(&c->shared, known->id[i]) || map_get(&c->shared, seen->id[i]))
			known->id[i][0] = '\0';
}

void who_known(const struct clones *c, const char *machine_known, const struct facts *facts,
	       struct machine_ids *out)
{
	struct machine_ids seen;

	identity_ids(facts_value(facts, FACT_IDENTITY), &seen);
	machine_read(machine_known, out);
	leave_out(c, &seen, out);
}

void who_stored(struct store *s, const char *host, const struct facts *facts,
		struct machine_ids *out)
{
	struct clones *clones = NULL;
	struct machine_ids seen;
	struct host_rows rows;
	struct err err;

	*out = (struct machine_ids){ 0 };
	if (store_hosts(s, host, 0, &rows, &err) != 0)
		return;
	if (rows.count > 0)
		machine_read(rows.row[0].machine_known, out);
	identity_ids(facts_value(facts, FACT_IDENTITY), &seen);
	/* all hosts are read for the rare one only */
	if (machine_compare(out, &seen) == MACHINE_OTHER)
		clones = clones_find(s, &err);
	if (clones)
		leave_out(clones, &seen, out);
	clones_free(clones);
	host_rows_release(&rows);
}

const char *who_server(const struct clones *c, const char *host)
{
	const struct host_row *first = map_get(&c->server, host);

	return first ? first->name : NULL;
}

static void warn_twins(const struct clones *c)
{
	for (int i = 0; i < c->rows.count; i++) {
		const char *name = c->rows.row[i].name, *first = who_server(c, name);

		if (!first || strcmp(first, name) == 0)
			continue;
		log_line(LOG_WARN,
			 "%s is the same server as %s, by its machine and its computer name: an "
			 "upgrade plans it once; take one of them out of the inventory",
			 name, first);
	}
}

static void warn_changed(const struct clones *c)
{
	AUTO_FREE const char **name = xcalloc((size_t)c->rows.count + 1, sizeof(*name));
	AUTO_FREE char *hosts = NULL;
	struct machine_ids known;
	int count = 0;

	for (int i = 0; i < c->rows.count; i++) {
		const struct host_row *row = &c->rows.row[i];

		machine_read(row->machine_known, &known);
		leave_out(c, &c->machine[i], &known);
		if (row->gone_utc_ms == 0 &&
		    machine_compare(&known, &c->machine[i]) == MACHINE_OTHER)
			name[count++] = row->name;
	}
	if (count == 0)
		return;
	hosts = fold_names(name, count);
	log_line(LOG_WARN,
		 "another machine than before answers for %d host%s, which no upgrade changes: %s; "
		 "where that is as intended: marshal scan --accept-changed HOST",
		 count, count == 1 ? "" : "s", hosts);
}

/* The hosts of one shared id; yours. */
static char *shared_hosts(const struct clones *c, int at)
{
	int count = same_id(c, at);
	AUTO_FREE const char **name = xcalloc((size_t)count, sizeof(*name));

	for (int i = 0; i < count; i++)
		name[i] = c->rows.row[c->shown[at + i].host].name;
	return fold_names(name, count);
}

static void warn_clones(const struct clones *c)
{
	for (int at = 0, count; at < c->count; at += count) {
		AUTO_FREE char *hosts = NULL;

		count = same_id(c, at);
		if (!map_get(&c->shared, c->shown[at].id))
			continue;
		hosts = shared_hosts(c, at);
		log_line(LOG_WARN,
			 "%d hosts have one %s, clones of each other or of one image, and are not "
			 "told apart by it: %s",
			 count, id_names[c->shown[at].kind], hosts);
	}
}

/* A host that is gone, with the machine that it was, and the next such that has the same id. */
struct gone {
	const struct host_row *row;
	struct machine_ids known;
	struct gone *next[MACHINE_IDS];
};

/* Each of their ids -> the hosts that are gone and had it. Two that are the same machine share one
 * at least. The array is yours. */
static struct gone *find_gone(const struct clones *c, struct map *by_id)
{
	struct gone *gone = xcalloc((size_t)c->rows.count + 1, sizeof(*gone));

	for (int i = 0; i < c->rows.count; i++) {
		struct gone *g = &gone[i], *first;

		if (c->rows.row[i].gone_utc_ms == 0)
			continue;
		g->row = &c->rows.row[i];
		machine_read(g->row->machine_known, &g->known);
		for (int k = 0; k < MACHINE_IDS; k++) {
			first = g->known.id[k][0] ? map_add(by_id, g->known.id[k], g) : NULL;
			if (!first)
				continue;
			g->next[k] = first->next[k];
			first->next[k] = g;
		}
	}
	return gone;
}

/* A host that is gone, by the machine that it was: any of them; NULL: none. */
static const struct host_row *gone_with(const struct clones *c, const struct map *by_id,
					const struct machine_ids *machine)
{
	for (int k = 0; k < MACHINE_IDS; k++)
		for (const struct gone *g = map_get(by_id, machine->id[k]); g; g = g->next[k]) {
			struct machine_ids known = g->known;

			leave_out(c, machine, &known);
			if (machine_compare(&known, machine) == MACHINE_SAME)
				return g->row;
		}
	return NULL;
}

static void warn_renamed(const struct clones *c)
{
	struct map by_id = { 0 };
	AUTO_FREE struct gone *gone = find_gone(c, &by_id);

	for (int i = 0; i < c->rows.count; i++) {
		const struct host_row *row = &c->rows.row[i], *was;

		if (row->gone_utc_ms != 0)
			continue;
		was = gone_with(c, &by_id, &c->machine[i]);
		if (was)
			log_line(LOG_WARN,
				 "host %s is the machine that was %s, which no inventory names any "
				 "more: marshal db rename %s %s carries its history over",
				 row->name, was->name, text_pasteable(was->name, "OLD"),
				 text_pasteable(row->name, "NEW"));
	}
	map_release(&by_id);
}

int who_past(struct store *s, json_t *all, struct err *err)
{
	struct clones *c = clones_find(s, err);
	AUTO_JSON json_t *shared = json_object();
	const char *host;
	json_t *past;

	if (!c)
		return -1;
	for (int at = 0; at < c->count; at += same_id(c, at))
		if (map_get(&c->shared, c->shown[at].id))
			json_object_set_new(shared, c->shown[at].id, json_true());
	json_object_foreach(all, host, past)
	{
		json_t *machine = json_object_get(past, "machine");
		const char *first = who_server(c, host);

		json_object_set(machine, "shared", shared);
		if (first && strcmp(first, host) != 0)
			json_object_set_new(machine, "twin", json_string(first));
	}
	clones_free(c);
	return 0;
}

int warn_who(struct store *s, struct err *err)
{
	struct clones *c = clones_find(s, err);

	if (!c)
		return -1;
	warn_changed(c);
	warn_clones(c);
	warn_twins(c);
	warn_renamed(c);
	clones_free(c);
	return 0;
}
