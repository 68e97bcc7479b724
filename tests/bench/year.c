/* year.c - fills a database with nights of scans, as a fleet would: through the same judging and
 * the same transactions as a scan, with the facts of a healthy server of which something breaks or
 * heals on one night in ten. Facts and checks are those of the catalogue, so that the database
 * grows as they do. Usage: year DATABASE HOSTS NIGHTS */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "../unit/scanner/answers.h"
#include "base/clock.h"
#include "base/mem.h"
#include "scanner/facts/facts_kinds.h"
#include "scanner/recheck.h"
#include "scanner/scan.h"

enum {
	NIGHT_MS = 86400000,
	MONTH = 30,                     /* nights; new updates on the first */
	BATCH = 100,                    /* looks a transaction */
	AHEAD = 4,                      /* transactions that wait for the store */
	DEEP_EVERY = 7,                 /* nights */
	CHANGED = 10, SILENT = 100,     /* one night in so many */
	TOOK_MS = 900,
};

/* What may be otherwise on a server than on a healthy one. */
static const struct {
	enum fact_id fact;
	const char *member, *value;
} troubles[] = {
	{ FACT_SERVICE_OBENGINE, "state", "1" },
	{ FACT_SERVICE_MANAGEMENT_AGENT, "state", "1" },
	{ FACT_REBOOT, "servicing", "true" },
	{ FACT_REBOOT, "renames", "3" },
	{ FACT_OS, "build", "20348" },
	{ FACT_DOTNET, "release", "378675" },
	{ FACT_CONSOLES, "open", "[{\"pid\":4711,\"user\":\"CORP\\\\anna\",\"session\":2}]" },
	{ FACT_NETWORK_PROXY, "winhttp", "\"proxy.example.com:8080\"" },
	{ FACT_AGENT_CONFIG, "task_enabled", "false" },
	{ FACT_SCRATCH, "deduplicated", "true" },
	{ FACT_POWERSHELL, "execution_policy", "\"Restricted\"" },
	{ FACT_BACKUP_LAST, "failed_event", "11" },
	{ FACT_FEATURES, "windows_server_backup", "\"Available\"" },
	{ FACT_ANTIVIRUS, "defender", "true" },
};
static const char *const versions[] = { "2.0.8725.0", "2.0.9202.0", "2.0.9250.0", "2.0.9262.0" };

struct host {
	char name[32];
	unsigned trouble;               /* bits of the table */
	int version;
	int64_t free_bytes;
};

struct year {
	struct store *store;
	uv_loop_t loop;
	struct host *host;
	int hosts, nights, waiting;
	int64_t begin_utc_ms;
	struct facts healthy;
	json_t *troubled[ARRAY_LEN(troubles)];
	json_t *agent[ARRAY_LEN(versions)];
	json_t *updates;                /* of this month */
	struct policy policy;
	uint64_t random;
};

/* The same year every time. */
static unsigned roll(struct year *y, unsigned sides)
{
	y->random = y->random * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(y->random >> 33) % sides;
}

static void fail(const char *what, const struct err *err)
{
	fprintf(stderr, "year: %s: %s\n", what, err->msg);
	exit(1);
}

static void put_inventory(struct year *y)
{
	static const char *const owner[] = { "infra", "erp", "web", "finance" };
	struct store_host *rows = xcalloc((size_t)y->hosts, sizeof(*rows));
	struct tx *tx = tx_new();
	struct err err;

	for (int i = 0; i < y->hosts; i++)
		rows[i] = (struct store_host){
			.name = y->host[i].name,
			.address = y->host[i].name,
			.owner = owner[i % 4],
			.site = i % 3 ? "Berlin" : "Osaka",
			.vault = "vault-1",
			.cloud = "public",
			.mars = i % 50 ? "required" : "optional",
			.skip = i % 100 == 99,
			.groups = i % 2 ? "[\"prod\",\"web\"]" : "[\"db\",\"test\"]",
		};
	tx_inventory(tx, rows, y->hosts, y->begin_utc_ms - NIGHT_MS);
	tx_setting(tx, SETTING_TARGET, versions[ARRAY_LEN(versions) - 1]);
	rules_remember(tx);
	if (store_write(y->store, tx, false, &err) != 0)
		fail("inventory", &err);
	free(rows);
}

static json_t *replaced(const json_t *value, const char *member, json_t *by)
{
	json_t *copy = json_deep_copy(value);

	json_object_set_new(copy, member, by);
	return copy;
}

static json_t *agent_of(const json_t *healthy, const char *version)
{
	json_t *agent = replaced(healthy, "exe_version", json_string(version)), *row;
	size_t i;

	json_object_set_new(agent, "service_version", json_string(version));
	json_array_foreach(json_object_get(agent, "uninstall"), i, row)
	{
		json_object_set_new(row, "version", json_string(version));
	}
	return agent;
}

static void prepare(struct year *y)
{
	healthy_but(&y->healthy, NULL, NULL);
	policy_default(&y->policy);
	for (size_t i = 0; i < ARRAY_LEN(troubles); i++) {
		const json_t *value = facts_value(&y->healthy, troubles[i].fact);

		if (value)
			y->troubled[i] =
				replaced(value, troubles[i].member,
					 json_loads(troubles[i].value, JSON_DECODE_ANY, NULL));
	}
	for (size_t i = 0; i < ARRAY_LEN(versions); i++)
		y->agent[i] = agent_of(facts_value(&y->healthy, FACT_AGENT), versions[i]);
	y->host = xcalloc((size_t)y->hosts, sizeof(*y->host));
	for (int i = 0; i < y->hosts; i++) {
		struct host *h = &y->host[i];

		snprintf(h->name, sizeof(h->name), "srv%05d.example.com", i + 1);
		h->version = roll(y, 20) == 0 ? 0 : 1 + (int)roll(y, 2);
		h->free_bytes = 40000000000 + (int64_t)roll(y, 500000) * 100000;
		if (roll(y, 5) == 0)
			h->trouble = 1u << roll(y, ARRAY_LEN(troubles));
	}
}

static void change(struct year *y, struct host *h)
{
	for (size_t i = 0; i < ARRAY_LEN(troubles); i++) {
		if ((h->trouble & 1u << i) && roll(y, 100) < 85)
			h->trouble &= ~(1u << i);
	}
	for (unsigned i = roll(y, 3); i < 3; i++)
		h->trouble |= 1u << roll(y, ARRAY_LEN(troubles));
	if (h->version + 1 < (int)ARRAY_LEN(versions) && roll(y, 15) == 0)
		h->version++;
}

static const json_t *value_now(const struct year *y, const struct host *h, const char *name,
			       const json_t *healthy)
{
	if (strcmp(name, fact_name(FACT_AGENT)) == 0)
		return y->agent[h->version];
	if (strcmp(name, fact_name(FACT_UPDATES)) == 0)
		return y->updates;
	for (size_t i = 0; i < ARRAY_LEN(troubles); i++) {
		if ((h->trouble & 1u << i) && y->troubled[i] &&
		    strcmp(fact_name(troubles[i].fact), name) == 0)
			return y->troubled[i];
	}
	return healthy;
}

/* A value with the numbers of this night. */
static json_t *tonight(struct year *y, const struct host *h, const struct kind *kind,
		       const json_t *value, int64_t utc_ms)
{
	json_t *copy = NULL;

	for (int i = 0; i < MAX_MEMBERS && kind->member[i].name; i++) {
		const struct member *m = &kind->member[i];
		int64_t number = json_integer_value(json_object_get(value, m->name));

		if (!(m->flags & READING) || number == 0)
			continue;
		if (strcmp(m->name, "free_bytes") == 0)
			number = h->free_bytes;
		else if (strncmp(m->name, "next_", 5) == 0)
			number = utc_ms + (int64_t)roll(y, 43200) * 1000;
		else if (strstr(m->name, "utc_ms"))
			number = utc_ms - (int64_t)roll(y, 3600) * 1000;
		if (!copy)
			copy = json_copy((json_t *)value);
		json_object_set_new(copy, m->name, json_integer(number));
	}
	return copy ? copy : json_incref((json_t *)value);
}

static void add_fact(struct year *y, struct look *look, const struct host *h,
		     const struct fact *from, int64_t utc_ms)
{
	struct facts *f = &look->facts;
	const struct kind *kind = kind_find(from->name);
	struct fact *fact;

	if (kind->depth == DEPTH_SYSTEM || !from->value)
		return;
	MEM_GROW(f->fact, f->count, f->cap);
	fact = &f->fact[f->count++];
	*fact = (struct fact){ .name = kind->name,
			       .ms = (int)roll(y, 200),
			       .utc_ms = utc_ms,
			       .value = tonight(y, h, kind,
						value_now(y, h, from->name, from->value), utc_ms) };
}

static void look_at(struct year *y, int host, int night, int64_t scan, struct tx *tx)
{
	struct host *h = &y->host[host];
	struct look *look = xcalloc(1, sizeof(*look));
	int64_t age = (night + host) % DEEP_EVERY; /* of deep facts, in nights */

	look->utc_ms = y->begin_utc_ms + (int64_t)night * NIGHT_MS + (int64_t)host * 30;
	if (age > night)
		age = night;
	look->took_ms = TOOK_MS;
	h->free_bytes += (int64_t)roll(y, 2000000) - 1000000;
	if (night == 0 || roll(y, CHANGED) == 0)
		change(y, h);
	if (roll(y, SILENT) == 0) {
		err_set(&look->err, FAULT_NO_ANSWER, "%s: connect: no answer in 10 s", h->name);
	} else {
		for (int i = 0; i < y->healthy.count; i++) {
			const struct fact *from = &y->healthy.fact[i];

			add_fact(y, look, h, from,
				 kind_find(from->name)->depth == DEPTH_FAST ?
					 look->utc_ms :
					 look->utc_ms - age * NIGHT_MS);
		}
		facts_set_skew(&look->facts, roll(y, 400));
		look_judge(look,
			   &(struct context){ .policy = &y->policy,
					      .name = h->name,
					      .address = h->name,
					      .computer_name = "",
					      .cloud = "public",
					      .time_zone = "",
					      .offline = "" },
			   host % 50 ? "required" : "optional");
	}
	look_store(look, tx, h->name, scan, "scan");
	look_free(look);
}

static void on_written(void *ctx, const struct err *err)
{
	struct year *y = ctx;

	y->waiting--;
	if (err)
		fail("store", err);
}

static void hand_over(struct year *y, struct tx *tx)
{
	y->waiting++;
	store_submit(y->store, tx, false, &y->loop, on_written, y);
	while (y->waiting >= AHEAD)
		uv_run(&y->loop, UV_RUN_ONCE);
}

static void live_night(struct year *y, int night)
{
	int64_t begun_utc_ms = y->begin_utc_ms + (int64_t)night * NIGHT_MS;
	int64_t scan = store_new_id();
	struct tx *tx = tx_new();

	if (night % MONTH == 0) {
		json_decref(y->updates);
		y->updates = replaced(facts_value(&y->healthy, FACT_UPDATES), "newest_utc_ms",
				      json_integer(begun_utc_ms));
	}
	tx_scan_begin(tx, scan, "all", y->hosts, begun_utc_ms);
	for (int i = 0; i < y->hosts; i++) {
		if (i % 100 != 99)      /* skipped by the inventory */
			look_at(y, i, night, scan, tx);
		if (i % BATCH == BATCH - 1) {
			hand_over(y, tx);
			tx = tx_new();
		}
	}
	tx_scan_end(tx, scan, "done", begun_utc_ms + 1800000);
	hand_over(y, tx);
	if (night % 30 == 29)
		fprintf(stderr, "year: %d of %d nights\n", night + 1, y->nights);
}

/* One upgrade in the year, for the report of a run. */
static void put_run(struct year *y)
{
	int count = y->hosts < 500 ? y->hosts : 500;
	struct store_job_row *job = xcalloc((size_t)count, sizeof(*job));
	struct store_run_row run = { .id = store_new_id(),
				     .name = "20260101-0001",
				     .target = "2.0.9262.0",
				     .state = "done",
				     .begun_utc_ms = y->begin_utc_ms };

	for (int i = 0; i < count; i++)
		job[i] = (struct store_job_row){ .id = store_new_id(),
						 .host = y->host[i].name,
						 .position = i,
						 .state = "ended",
						 .outcome = "upgraded",
						 .before = "2.0.9250.0",
						 .after = "2.0.9262.0",
						 .changed = true };
	struct tx *tx = tx_new();

	tx_run_create(tx, &run, job, count);
	hand_over(y, tx);
	free(job);
}

int main(int argc, char **argv)
{
	struct year y = { .random = 20240101 };
	struct store_options options = { .command = "bench" };
	struct err err;

	if (argc != 4) {
		fputs("usage: year DATABASE HOSTS NIGHTS\n", stderr);
		return 2;
	}
	options.path = argv[1];
	y.hosts = (int)strtol(argv[2], NULL, 10);
	y.nights = (int)strtol(argv[3], NULL, 10);
	y.begin_utc_ms = clock_utc_ms() - (int64_t)y.nights * NIGHT_MS;
	y.store = store_open(&options, &err);
	if (!y.store || uv_loop_init(&y.loop) != 0)
		fail("open", &err);
	prepare(&y);
	put_inventory(&y);
	put_run(&y);
	for (int night = 0; night < y.nights; night++)
		live_night(&y, night);
	while (y.waiting > 0)
		uv_run(&y.loop, UV_RUN_ONCE);
	store_close(y.store);
	return 0;
}
